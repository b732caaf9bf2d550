"""Kernel reports: what a kernel did on a range of inputs, as a record and as JSON.

Read as strictly as a certificate: every key, type, order and size, and no JSON number at all.  Text that
names things is of a few characters and known forms, so that it may be shown as it stands.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from fractions import Fraction
from typing import Annotated, Any, NamedTuple

from certify.certificate import strict
from certify.certificate.enclosure import FORMULAS, MAX_BYTES, spec_of
from certify.certificate.fields import (
    INTERVAL,
    NOT_NEGATIVE,
    NUMBER,
    TEXT,
    Declared,
    Field,
    Inline,
    Kind,
    Record,
    integer,
    many,
    named,
    several,
    text,
    word,
)
from certify.certificate.figures import COUNTED, MAXIMA, UNDECIDED, WITNESSED, Ends
from certify.certificate.floats import (
    BFLOAT16,
    FLOAT16,
    FLOAT32,
    FLOAT64,
    FORMATS,
    Format,
    KernelOutput,
    hexadecimal,
    key_above,
    key_below,
    key_of,
    value,
)
from certify.certificate.identity import PROOF, Identity, Proof, identity_of
from certify.certificate.strict import MAX_LIST, Json
from certify.language.errors import Rejected, UsageError
from certify.language.spec import LINE, Spec

FORMAT = "certify/kernel/1"
MAX_KINKS = 1000
MAX_WITNESSES = 2 * len(WITNESSED) + len(MAXIMA)
BLOCK = {BFLOAT16: 2**12, FLOAT16: 2**12, FLOAT32: 2**24, FLOAT64: 2**64}  # keys of a block
MAX_BLOCKS = 2**9

ALWAYS = ("inputs", "monotone_pairs", *COUNTED)  # the figures that every report states
TOTALS = (*ALWAYS, UNDECIDED)  # in the order of a block's figures
COVERAGE = ("every", "sample")
GIVEN = "given"  # the origin of a truth that is not the catalogue's: its name is the giver's word
# The frameworks, each with the modes in which it is run, the first one that of its own functions; no name
# of a file's is ever imported.
MODES = {
    "torch": (
        "eager, contiguous (vector path)",
        *(
            f"user {what}, {how}, contiguous"
            for what in ("function", "backward")
            for how in ("eager", "torch.compile", "torch.jit")
        ),
    ),
    "jax": (
        "jit of vmap of grad",
        "jit of vmap of grad of a user function",
        "jit of vmap of a user backward",
    ),
}

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
    output: KernelOutput
    truth: Ends
    bound: Fraction | None = None
    following: tuple[KernelOutput, Ends] | None = None


_FIGURE = integer(0, 2**33)
_UNDECIDED = Field(_FIGURE, key=UNDECIDED, optional=True, otherwise=0)
_ROWS_OF = {n: several("figure", *[_FIGURE] * n) for n in (len(ALWAYS), len(TOTALS))}


def _read_row(item: Json, where: str) -> dict[str, int]:
    """A block's figures; the undecided inputs come last, where there are any."""
    kind = _ROWS_OF[len(TOTALS) if isinstance(item, list) and len(item) == len(TOTALS) else len(ALWAYS)]
    row = kind.read(item, where)
    if row[len(ALWAYS) :] == (0,):
        raise Rejected(f"{where} {UNDECIDED}", "0", "no such figure where there are none")
    return {UNDECIDED: 0, **dict(zip(TOTALS, row, strict=False))}


def _write_row(figures: dict[str, int]) -> Json:
    row = tuple(figures[kind] for kind in (TOTALS if figures[UNDECIDED] else ALWAYS))
    return _ROWS_OF[len(row)].write(row)


_FIGURES = Kind(_read_row, _write_row, {"anyOf": [kind.schema for kind in _ROWS_OF.values()]})


class Block(NamedTuple):
    """The inputs of one block: of TOTALS how many, and the sha256 of the outputs (see `run`)."""

    figures: Annotated[dict[str, int], _FIGURES]
    sha256: Annotated[str, text(_SHA256, "64 hexadecimal digits")]


class Report(NamedTuple):
    """A kernel on the numbers with keys start <= key < stop.

    program      framework, function, dtype, mode, processor
    identity     the proof that the truth, the derivative of its spec, is that of its function
    origin       GIVEN where the truth is not the catalogue's entry of its name, else empty
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
    kinks: tuple[KernelOutput, ...]
    witnesses: tuple[Witness, ...]
    blocks: tuple[Block, ...]
    origin: str = ""

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


# --- the file ---------------------------------------------------------------------------

_HEX = re.compile(r"-?0x[01]\.?[0-9a-f]{0,13}p[+-][0-9]{1,4}\Z", re.ASCII)
_NOT_FINITE = ("nan", "inf", "-inf")

_PROGRAM: Record[dict[str, Any]] = Record(
    dict,
    {
        "framework": text(_FRAMEWORK, f"{' or '.join(MODES)} and its version"),
        "function": text(_FUNCTION, "a path, or a call of one with x and keywords"),
        "dtype": word(*FORMATS),
        "mode": TEXT,
        "processor": text(_PROCESSOR, "1 to 120 letters, digits and , . ( ) @ + / _ -"),
    },
)
_TRUTH: Record[dict[str, Any]] = Record(
    dict,
    {
        "formulas": Inline(FORMULAS),
        "parameters": Field(named(NUMBER, MAX_LIST), optional=True, otherwise={}),
        "origin": Field(word(GIVEN), optional=True, otherwise=""),
        "identity": PROOF,
    },
)


def _input(form: Format) -> Kind[int]:
    """The key of a number of the format, which is written in hexadecimal."""

    def read(item: Json, where: str) -> int:
        text = strict.string(item, where)
        try:
            number = float.fromhex(text) if _HEX.match(text) else None
            if number is None or hexadecimal(number) != text:
                raise Rejected(where, strict.shown(text), "a hexadecimal float, without zeros at its end")
            return key_of(form, Fraction(number), negative=text.startswith("-"))
        except (UsageError, OverflowError) as error:
            raise Rejected(where, strict.shown(text), f"a number of {form.name}") from error

    def write(key: int) -> Json:
        return hexadecimal(-0.0 if key == -1 else float(value(form, key)))

    return Kind(read, write, {"type": "string", "pattern": _HEX.pattern})


def _output(form: Format) -> Record[KernelOutput]:
    """What a kernel returns at an input."""
    number = _input(form)

    def read(item: Json, where: str) -> str:
        if item not in _NOT_FINITE:
            number.read(item, where)
        return strict.string(item, where)

    def made(key: int, text: str) -> KernelOutput:
        return KernelOutput(key, None if text in _NOT_FINITE else Fraction(float.fromhex(text)), text)

    got = replace(TEXT, read=read)
    return Record(made, {"key": Field(number, key="x"), "text": Field(got, key="got")})


def _witness(form: Format) -> Record[Witness]:
    shown: dict[str, Declared] = {"output": Inline(_output(form)), "truth": INTERVAL}
    second: Record[dict[str, Any]] = Record(dict, shown)
    following = Kind(
        lambda item, where: tuple(second.read(item, where).values()),
        lambda pair: second.row(dict(zip(shown, pair, strict=True))),
        second.schema,
    )
    return Record(
        Witness,
        {
            "kind": word(*WITNESSED, *MAXIMA),
            **shown,
            "bound": Field(NOT_NEGATIVE, key="at_most", only=("kind", *MAXIMA)),
            "following": Field(following, key="next", only=("kind", "not_monotone")),
        },
    )


def _file(form: Format) -> Record[dict[str, Any]]:
    return Record(
        dict,
        {
            "format": word(FORMAT),
            "program": _PROGRAM,
            "truth": _TRUTH,
            "range": several("end", _input(form), _input(form)),
            "coverage": TEXT,
            "figures": Record(dict, {**dict.fromkeys(ALWAYS, _FIGURE), UNDECIDED: _UNDECIDED}),
            "kinks": many(_output(form), MAX_KINKS),
            "witnesses": many(_witness(form), MAX_WITNESSES),
            "blocks": many(Record(Block), MAX_BLOCKS),
        },
    )


_ROWS = ("kinks", "witnesses", "blocks")  # written one a line


def encode(report: Report) -> bytes:
    """The JSON text, one kink, one witness and one block a line."""
    truth = {
        "formulas": report.spec,
        "parameters": report.spec.values,
        "origin": report.origin,
        "identity": report.identity.proof,
    }
    ends = report.start, report.stop - 1
    body = _file(report.form).row({**report._asdict(), "format": FORMAT, "truth": truth, "range": ends})
    rows = [f' "{key}": {_lines(item) if key in _ROWS else json.dumps(item)}' for key, item in body.items()]
    return ("{\n" + ",\n".join(rows) + "\n}\n").encode("ascii")


def _lines(items: Any) -> str:
    return "[\n  " + ",\n  ".join(json.dumps(item) for item in items) + "\n ]" if items else "[]"


def decode(data: bytes) -> Report:
    """The report that the bytes hold; Rejected where they are not one, to the letter."""
    if len(data) > MAX_BYTES:
        raise Rejected("file", f"{len(data)} bytes", f"at most {MAX_BYTES}")
    body = strict.mapping(strict.load(data), "report")
    word(FORMAT).read(body.get("format", "none"), "format")
    form = FORMATS[read_program(body.get("program"))["dtype"]]
    file = _file(form).read(body, "")
    coverage, (start, last) = file["coverage"], file["range"]
    if coverage not in COVERAGE or (coverage == "sample") != (form is FLOAT64):
        raise Rejected("coverage", strict.shown(coverage), "every, and sample of float64")
    if start > last:
        raise Rejected("range", "a last input below the first", "order")
    return Report(
        program=file["program"],
        identity=_identity(file["truth"]),
        origin=file["truth"]["origin"],
        form=form,
        start=start,
        stop=last + 1,
        coverage=coverage,
        figures=file["figures"],
        kinks=file["kinks"],
        witnesses=file["witnesses"],
        blocks=file["blocks"],
    )


def read_program(item: Json) -> dict[str, str]:
    """What was run; Rejected where a text is not of the form of its key."""
    program = _PROGRAM.read(item, "program")
    modes = MODES[program["framework"].partition(" ")[0]]
    if program["mode"] not in modes:
        raise Rejected("program mode", strict.shown(program["mode"]), " or ".join(modes))
    return program


def _identity(truth: dict[str, Any]) -> Identity:
    """The identity that proves f' = s on the whole line, for the values of its parameters."""
    claim = {**truth["formulas"], "parameters": truth["parameters"]}
    proof: Proof = truth["identity"]
    spec = spec_of("truth", {**claim, "domain": (LINE,), "atol": Fraction(0)})
    found = identity_of(proof, spec, "truth identity")
    # A report says nothing of f at its kinks: each that is a jump, or open, is an exception.
    joins = [join.at for join in found.joins if join.verdict in ("jump", "open")]
    exceptions = tuple(sorted({*joins, *found.open_ends}))
    return found._replace(spec=replace(spec, exceptions=exceptions))
