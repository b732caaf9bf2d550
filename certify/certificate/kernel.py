"""Kernel reports: what a kernel did on a range of inputs, as a record and as JSON.

Read as strictly as a certificate: every key, type, order and size, and no JSON number at all.  Text that
names things is of a few characters and known forms, so that it may be shown as it stands.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

from certify.certificate import strict
from certify.certificate.enclosure import MAX_BYTES, is_name
from certify.certificate.figures import COUNTED, MAXIMA, WITNESSED, Ends
from certify.certificate.floats import (
    BFLOAT16,
    FLOAT16,
    FLOAT32,
    FLOAT64,
    FORMATS,
    Format,
    Output,
    hexadecimal,
    key_above,
    key_below,
    key_of,
    value,
)
from certify.certificate.identity import Identity, encode_identity, read_identity
from certify.certificate.strict import Json, encode_term
from certify.language.errors import Rejected, UsageError
from certify.language.numbers import format_number
from certify.language.spec import Spec

FORMAT = "certify/kernel/1"
MAX_KINKS = 1000
MAX_WITNESSES = 2 * len(WITNESSED) + len(MAXIMA)
BLOCK = {BFLOAT16: 2**12, FLOAT16: 2**12, FLOAT32: 2**24, FLOAT64: 2**64}  # keys of a block
MAX_BLOCKS = 2**9

TOTALS = ("inputs", "monotone_pairs", *COUNTED)  # in the order of a block's figures
COVERAGE = ("every", "sample")
PROGRAM = ("framework", "function", "dtype", "mode", "processor")
# The frameworks, each with the mode in which it is run; no name of a file's is ever imported.
MODES = {"torch": "eager, contiguous (vector path)", "jax": "jit of vmap of grad"}

_FRAMEWORK = re.compile(rf"({'|'.join(MODES)}) [0-9][0-9A-Za-z.+-]{{0,60}}\Z", re.ASCII)
_PATH = r"[A-Za-z_][A-Za-z0-9_.:]{0,200}"
_KEYWORD = r", [a-z_][a-z0-9_]{0,40}=('[A-Za-z0-9_]{0,40}'|[A-Za-z0-9_.+-]{1,40})"
_FUNCTION = re.compile(rf"{_PATH}(\(x({_KEYWORD}){{0,8}}\))?\Z", re.ASCII)
_PROCESSOR = re.compile(r"[A-Za-z0-9 ,.()@+/_-]{1,120}\Z", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}\Z", re.ASCII)


class Witness(NamedTuple):
    """An input that shows a figure: the output there, the truth's enclosure, and where the figure is of
    two neighbours the next one as well.

    kind   a figure, one of WITNESSED or MAXIMA
    bound  of a maximum: no output's error is more
    """

    kind: str
    output: Output
    truth: Ends
    bound: Fraction | None = None
    following: tuple[Output, Ends] | None = None


class Block(NamedTuple):
    """The inputs of one block: of TOTALS how many, and the sha256 of the outputs (see `run`)."""

    figures: dict[str, int]
    sha256: str


class Report(NamedTuple):
    """A kernel on the numbers with keys start <= key < stop.

    program      framework, function, dtype, mode, processor
    identity     the proof that the truth, the derivative of its spec, is that of its function
    coverage     every number of the range was run, or a sample
    figures      of TOTALS; `inputs` are the range, or its sample, without the kinks
    kinks        what is left out, and what the kernel returns there
    """

    program: dict[str, str]
    identity: Identity
    form: Format
    start: int
    stop: int
    coverage: str
    figures: dict[str, int]
    kinks: tuple[Output, ...]
    witnesses: tuple[Witness, ...]
    blocks: tuple[Block, ...]

    @property
    def spec(self) -> Spec:
        """f' = s on the whole line: the entry whose derivative is the truth, and its terms."""
        return self.identity.spec

    @property
    def framework(self) -> tuple[str, str]:
        """Its name, one of MODES, and its version."""
        name, _, version = self.program["framework"].partition(" ")
        return name, version

    @property
    def maxima(self) -> dict[str, Witness]:
        """The witness of each maximum."""
        return {w.kind: w for w in self.witnesses if w.kind in MAXIMA}

    @property
    def ranges(self) -> list[tuple[int, int]]:
        """The keys of each block."""
        return ranges(self.form, self.start, self.stop)


def ranges(form: Format, start: int, stop: int) -> list[tuple[int, int]]:
    """The blocks of a range of keys."""
    size = BLOCK[form]
    return [(first, min(first + size, stop)) for first in range(start, stop, size)]


def kinks(identity: Identity, form: Format) -> list[int]:
    """The keys of the numbers that the identity leaves out, ascending; of 0 both."""
    return [
        key
        for point in identity.left_out
        for key in range(key_below(form, point) + 1, key_above(form, point))
    ]


# --- writing ----------------------------------------------------------------------------


def encode(report: Report) -> bytes:
    """The JSON text, one witness and one block a line."""
    body: dict[str, Json] = {
        "format": FORMAT,
        "program": dict(report.program),
        "truth": {
            "name": report.spec.name,
            "function": encode_term(report.spec.function),
            "derivative": encode_term(report.spec.derivative),
            "identity": encode_identity(report.identity),
        },
        "range": [_hexadecimal(report.form, key) for key in (report.start, report.stop - 1)],
        "coverage": report.coverage,
        "figures": {kind: str(report.figures[kind]) for kind in TOTALS},
    }
    head = ",\n".join(f" {json.dumps(key)}: {json.dumps(item)}" for key, item in body.items())
    kinks = _lines([_output(report.form, kink) for kink in report.kinks])
    witnesses = _lines([_witness(report.form, witness) for witness in report.witnesses])
    blocks = _lines(
        [
            {"figures": [str(block.figures[kind]) for kind in TOTALS], "sha256": block.sha256}
            for block in report.blocks
        ]
    )
    rows = f' "kinks": {kinks},\n "witnesses": {witnesses},\n "blocks": {blocks}'
    return f"{{\n{head},\n{rows}\n}}\n".encode("ascii")


def _lines(items: list[Json]) -> str:
    return "[\n  " + ",\n  ".join(json.dumps(item) for item in items) + "\n ]" if items else "[]"


def _hexadecimal(form: Format, key: int) -> str:
    number = float(value(form, key))
    return hexadecimal(-0.0 if key == -1 else number)


def _output(form: Format, output: Output) -> dict[str, Json]:
    return {"x": _hexadecimal(form, output.key), "got": output.text}


def _witness(form: Format, witness: Witness) -> dict[str, Json]:
    found: dict[str, Json] = {"kind": witness.kind, **_output(form, witness.output)}
    found["truth"] = [format_number(end) for end in witness.truth]
    if witness.bound is not None:
        found["at_most"] = format_number(witness.bound)
    if witness.following is not None:
        output, truth = witness.following
        found["next"] = {**_output(form, output), "truth": [format_number(end) for end in truth]}
    return found


# --- reading ----------------------------------------------------------------------------

_HEX = re.compile(r"-?0x[01]\.?[0-9a-f]{0,13}p[+-][0-9]{1,4}\Z", re.ASCII)
_SAYS_SO = re.compile(rb'"format"\s*:\s*"certify/kernel/')


def is_report(data: bytes) -> bool:
    """Whether the data says that it is a kernel report."""
    return bool(_SAYS_SO.search(data[:200]))


def decode(data: bytes) -> Report:
    """The report that the bytes hold; Rejected where they are not one, to the letter."""
    if len(data) > MAX_BYTES:
        raise Rejected("file", f"{len(data)} bytes", f"at most {MAX_BYTES}")
    keys = ("format", "program", "truth", "range", "coverage", "figures", "kinks", "witnesses", "blocks")
    body = strict.record(strict.load(data), "report", keys)
    if strict.string(body["format"], "format") != FORMAT:
        raise Rejected("format", strict.shown(body["format"]), FORMAT)
    program = read_program(body["program"])
    form = FORMATS[program["dtype"]]
    coverage = strict.string(body["coverage"], "coverage")
    if coverage not in COVERAGE or (coverage == "sample") != (form is FLOAT64):
        raise Rejected("coverage", strict.shown(coverage), "every, and sample of float64")
    start, stop = _read_range(form, body["range"])
    figures = strict.record(body["figures"], "figures", TOTALS)
    return Report(
        program=program,
        identity=_read_truth(body["truth"]),
        form=form,
        start=start,
        stop=stop,
        coverage=coverage,
        figures={kind: _read_figure(figures[kind], kind) for kind in TOTALS},
        kinks=tuple(
            _read_output(form, strict.record(item, "kink", ("x", "got")), "kink")
            for item in strict.listing(body["kinks"], "kinks", MAX_KINKS)
        ),
        witnesses=tuple(
            _read_witness(form, item, f"witness {i}")
            for i, item in enumerate(strict.listing(body["witnesses"], "witnesses", MAX_WITNESSES), 1)
        ),
        blocks=tuple(
            _read_block(item, f"block {i}")
            for i, item in enumerate(strict.listing(body["blocks"], "blocks", MAX_BLOCKS), 1)
        ),
    )


def read_program(item: Json) -> dict[str, str]:
    """What was run; Rejected where a text is not of the form of its key."""
    program = {k: strict.string(v, k) for k, v in strict.record(item, "program", PROGRAM).items()}
    if program["dtype"] not in FORMATS:
        raise Rejected("dtype", strict.shown(program["dtype"]), " or ".join(FORMATS))
    for key, form, needed in (
        ("framework", _FRAMEWORK, f"{' or '.join(MODES)} and its version"),
        ("function", _FUNCTION, "a path, or a call of one with x and keywords"),
        ("processor", _PROCESSOR, "1 to 120 letters, digits and , . ( ) @ + / _ -"),
    ):
        if not form.match(program[key]):
            raise Rejected(key, strict.shown(program[key]), needed)
    mode = MODES[program["framework"].partition(" ")[0]]
    if program["mode"] != mode:
        raise Rejected("mode", strict.shown(program["mode"]), mode)
    return program


def _read_range(form: Format, item: Json) -> tuple[int, int]:
    ends = strict.listing(item, "range", 2)
    if len(ends) != 2:
        raise Rejected("range", f"{len(ends)} ends", "2")
    start, last = (_read_key(form, end, "range") for end in ends)
    if start > last:
        raise Rejected("range", "a last input below the first", "order")
    return start, last + 1


def _read_figure(item: Json, where: str) -> int:
    return strict.count(item, where, 0, 2**33)


def _read_block(item: Json, where: str) -> Block:
    record = strict.record(item, where, ("figures", "sha256"))
    figures = strict.listing(record["figures"], f"{where} figures", len(TOTALS))
    if len(figures) != len(TOTALS):
        raise Rejected(f"{where} figures", f"{len(figures)} of them", f"{len(TOTALS)}: {', '.join(TOTALS)}")
    digest = strict.string(record["sha256"], f"{where} sha256")
    if not _SHA256.match(digest):
        raise Rejected(f"{where} sha256", strict.shown(digest), "64 hexadecimal digits")
    rows = zip(TOTALS, figures, strict=True)
    return Block({kind: _read_figure(number, f"{where} {kind}") for kind, number in rows}, digest)


def _read_truth(value: Json) -> Identity:
    truth = strict.record(value, "truth", ("name", "function", "derivative", "identity"))
    name = strict.string(truth["name"], "name")
    if not is_name(name):
        raise Rejected("name", strict.shown(name), "the name of an entry")
    function, derivative = (strict.read_term(truth[key], key, (), 1) for key in ("function", "derivative"))
    try:
        spec = Spec(name, function, derivative, ((None, None),), Fraction(0))
    except UsageError as error:
        raise Rejected("truth", str(error), "a well-formed statement") from error
    found = read_identity(truth["identity"], spec)
    # A report says nothing of f at its kinks: each that is a jump, or open, is an exception.
    joins = [join.at for join in found.joins if join.verdict in ("jump", "open")]
    exceptions = tuple(sorted({*joins, *found.open_ends}))
    return found._replace(spec=replace(spec, exceptions=exceptions))


def _read_key(form: Format, item: Json, where: str) -> int:
    text = strict.string(item, where)
    try:
        number = float.fromhex(text) if _HEX.match(text) else None
        if number is None or hexadecimal(number) != text:
            raise Rejected(where, strict.shown(text), "a hexadecimal float, without zeros at its end")
        return key_of(form, Fraction(number), negative=text.startswith("-"))
    except (UsageError, OverflowError) as error:
        raise Rejected(where, strict.shown(text), f"a number of {form.name}") from error


def _read_output(form: Format, record: dict[str, Json], where: str) -> Output:
    key, text = _read_key(form, record["x"], f"{where} x"), strict.string(record["got"], f"{where} got")
    if text in ("nan", "inf", "-inf"):
        return Output(key, None, text)
    got = _read_key(form, record["got"], f"{where} got")
    return Output(key, value(form, got), text)


def _read_witness(form: Format, item: Json, where: str) -> Witness:
    raw = strict.record(item, where, None)
    kind = strict.string(raw.get("kind"), f"{where} kind")
    if kind not in (*WITNESSED, *MAXIMA):
        raise Rejected(f"{where} kind", strict.shown(kind), " or ".join((*WITNESSED, *MAXIMA)))
    more = ("at_most",) if kind in MAXIMA else ("next",) if kind == "not_monotone" else ()
    record = strict.record(raw, where, ("kind", "x", "got", "truth", *more))
    following = None
    if "next" in more:
        second = strict.record(record["next"], f"{where} next", ("x", "got", "truth"))
        truth = strict.read_interval(second["truth"], f"{where} next truth")
        following = _read_output(form, second, f"{where} next"), truth
    return Witness(
        kind=kind,
        output=_read_output(form, record, where),
        truth=strict.read_interval(record["truth"], f"{where} truth"),
        bound=strict.not_negative(record["at_most"], f"{where} at_most") if "at_most" in more else None,
        following=following,
    )
