"""Kernel reports: what a kernel did on a range of inputs, as a record and as JSON.

Read as strictly as a certificate: every key, type, order and size, and no JSON number at all.  The
counts are what the run found; the witnesses can be checked again, one by one.
"""

from __future__ import annotations

import json
import re
from fractions import Fraction
from typing import NamedTuple

from certify import strict
from certify.certificate import is_name
from certify.errors import Rejected, UsageError
from certify.exact import Identity, encode_identity, read_identity
from certify.kernels.formats import FLOAT64, FORMATS, Format, key_of, value
from certify.language.numbers import format_number
from certify.spec import Spec
from certify.strict import Json, encode_term

FORMAT = "certify/kernel/1"
MAX_BYTES = 2**20
MAX_KINKS = 1000

COUNTS = ("above_1", "nan", "infinite", "zero", "wrong_sign", "not_monotone")
MAXIMA = ("ulp", "ulp_large", "absolute")
COVERAGE = ("every", "sample")
PROGRAM = ("framework", "function", "dtype", "mode", "processor")


class Output(NamedTuple):
    """An input's key, and what the kernel returns there: a number, or None and nan, inf or -inf."""

    key: int
    got: Fraction | None
    text: str  # as a hexadecimal float


class Witness(NamedTuple):
    """An input that shows a figure: the output there, the truth's enclosure, and where the figure is of
    two neighbours the next one as well.

    kind   a figure, one of COUNTS or MAXIMA
    bound  of a maximum: the error there is at most this, and at least all but a millionth of it
    """

    kind: str
    output: Output
    truth: tuple[Fraction, Fraction]
    bound: Fraction | None = None
    following: tuple[Output, tuple[Fraction, Fraction]] | None = None


class Report(NamedTuple):
    """A kernel on the numbers with keys start <= key < stop.

    program      framework, function, dtype, mode, processor
    identity     the proof that the truth, the derivative of its spec, is that of its function
    coverage     every number of the range was run, or a sample
    inputs       how many were compared: the range without kinks, and what was not run
    counts       of COUNTS; pairs is how many pairs of neighbours not_monotone is of
    large        the least |f'| of the inputs that ulp_large is the maximum of
    """

    program: dict[str, str]
    identity: Identity
    form: Format
    start: int
    stop: int
    coverage: str
    inputs: int
    correct: int
    settled: int
    pairs: int
    counts: dict[str, int]
    large: Fraction
    kinks: tuple[Output, ...]
    witnesses: tuple[Witness, ...]

    @property
    def spec(self) -> Spec:
        """f' = s on the whole line: the entry whose derivative is the truth, and its terms."""
        return self.identity.spec

    @property
    def maxima(self) -> dict[str, Witness]:
        """The witness of each maximum."""
        return {w.kind: w for w in self.witnesses if w.kind in MAXIMA}


# --- writing ----------------------------------------------------------------------------


def encode(report: Report) -> bytes:
    """The JSON text, one witness a line."""
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
        "figures": {
            "inputs": str(report.inputs),
            "correctly_rounded": str(report.correct),
            "settled_by_balls": str(report.settled),
            "monotone_pairs": str(report.pairs),
            **{kind: str(report.counts[kind]) for kind in COUNTS},
            "large": format_number(report.large),
        },
    }
    head = ",\n".join(f" {json.dumps(key)}: {json.dumps(item)}" for key, item in body.items())
    kinks = _lines([_output(report.form, kink) for kink in report.kinks])
    witnesses = _lines([_witness(report.form, witness) for witness in report.witnesses])
    return f'{{\n{head},\n "kinks": {kinks},\n "witnesses": {witnesses}\n}}\n'.encode("ascii")


def _lines(items: list[Json]) -> str:
    return "[\n  " + ",\n  ".join(json.dumps(item) for item in items) + "\n ]" if items else "[]"


def _hexadecimal(form: Format, key: int) -> str:
    number = float(value(form, key))
    return hexadecimal(-0.0 if key == -1 else number)


def hexadecimal(number: float) -> str:
    """A finite binary64 number as 0x1.8p+3, without zeros at the end."""
    mantissa, _, exponent = number.hex().partition("p")
    return f"{mantissa.rstrip('0').rstrip('.') if '.' in mantissa else mantissa}p{exponent}"


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


def is_report(data: bytes) -> bool:
    """Whether the data says that it is a kernel report."""
    return f'"format": "{FORMAT}"'.encode() in data[:200]


def decode(data: bytes) -> Report:
    """The report that the bytes hold; Rejected where they are not one, to the letter."""
    if len(data) > MAX_BYTES:
        raise Rejected("file", f"{len(data)} bytes", f"at most {MAX_BYTES}")
    keys = ("format", "program", "truth", "range", "coverage", "figures", "kinks", "witnesses")
    body = strict.record(strict.load(data), "report", keys)
    if strict.string(body["format"], "format") != FORMAT:
        raise Rejected("format", strict.shown(body["format"]), FORMAT)
    program = {k: strict.string(v, k) for k, v in strict.record(body["program"], "program", PROGRAM).items()}
    if program["dtype"] not in FORMATS:
        raise Rejected("dtype", strict.shown(program["dtype"]), " or ".join(FORMATS))
    form = FORMATS[program["dtype"]]
    identity = _read_truth(body["truth"])
    ends = strict.listing(body["range"], "range", 2)
    if len(ends) != 2:
        raise Rejected("range", f"{len(ends)} ends", "2")
    start, last = (_read_key(form, end, "range") for end in ends)
    kinks = strict.listing(body["kinks"], "kinks", MAX_KINKS)
    witnesses = strict.listing(body["witnesses"], "witnesses", 2 * len(COUNTS) + len(MAXIMA))
    coverage = strict.string(body["coverage"], "coverage")
    if coverage not in COVERAGE or (coverage == "sample") != (form is FLOAT64):
        raise Rejected("coverage", strict.shown(coverage), "every, and sample of float64")
    figures = strict.record(
        body["figures"],
        "figures",
        ("inputs", "correctly_rounded", "settled_by_balls", "monotone_pairs", *COUNTS, "large"),
    )
    numbers = {k: strict.count(figures[k], k, 0, 2**33) for k in figures if k != "large"}
    return Report(
        program=program,
        identity=identity,
        form=form,
        start=start,
        stop=last + 1,
        coverage=coverage,
        inputs=numbers["inputs"],
        correct=numbers["correctly_rounded"],
        settled=numbers["settled_by_balls"],
        pairs=numbers["monotone_pairs"],
        counts={kind: numbers[kind] for kind in COUNTS},
        large=strict.positive(figures["large"], "large"),
        kinks=tuple(_read_output(form, strict.record(k, "kink", ("x", "got")), "kink") for k in kinks),
        witnesses=tuple(_read_witness(form, item, f"witness {i}") for i, item in enumerate(witnesses, 1)),
    )


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
    return read_identity(truth["identity"], spec)


def _read_key(form: Format, item: Json, where: str) -> int:
    text = strict.string(item, where)
    if not _HEX.match(text):
        raise Rejected(where, strict.shown(text), "a hexadecimal float")
    try:
        return key_of(form, Fraction(float.fromhex(text)), negative=text.startswith("-"))
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
    if kind not in (*COUNTS, *MAXIMA):
        raise Rejected(f"{where} kind", strict.shown(kind), " or ".join((*COUNTS, *MAXIMA)))
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
