"""Certificates: what a proof chose and claims, as frozen records and as canonical JSON.

The records hold *choices* (tile ends, R, N, bits, depth) and the claims that follow from
them (bounds, residuals, ranges).  Reading is strict: every key, type, order and size is
checked before anything is computed, and whatever is wrong is `Rejected` with where it
stands, what was found and what was needed.  A certificate holds no JSON number at all:
every number is an exact decimal or fraction in a string.  The format and the theorem it
encodes are in `certificates/README.md`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Any, NamedTuple, TypeVar

from certify.errors import NumberError, Rejected, UsageError
from certify.language.functions import CONSTANTS, RELATIONS, arity
from certify.language.numbers import describe, format_number, parse_number
from certify.language.parser import NAME, RESERVED
from certify.language.terms import (
    MAX_DEPTH,
    Apply,
    Constant,
    Output,
    Parameter,
    Rational,
    Term,
    Variable,
    Where,
    X,
    Y,
)
from certify.spec import Interval, Spec

FORMAT = "certify/1"

MAX_BYTES = 4 * 2**20
MAX_TILES = 20_000
MAX_LIST = 1_000  # domain components, kinks, seams, parameters
MAX_NODES = 2**14
MAX_BITS = 2**15
MAX_COVER_DEPTH = 8
MAX_WORK = 10**13  # sum of nodes * bits**2 over all quotients
MAX_NAME = 100
MAX_NUMBER_BITS = 13_000  # of a numerator or denominator: the reader's 4000 digits, and a few

VERDICTS = ("smooth", "subgradient", "jump", "outside")


class Quotient(NamedTuple):
    """The choices of one N-point difference quotient of f on a disc about m (theory, T3).

    r, R    radius of the tile and of the disc, 0 < r < R
    nodes   N, a power of two
    bits    precision at which the verifier evaluates
    depth   how deep the boxes that cover the disc may be subdivided
    bound   claim: |f(z)| <= bound for |z - m| <= R
    """

    r: Fraction
    R: Fraction
    nodes: int
    bits: int
    depth: int
    bound: Fraction


class Tile(NamedTuple):
    """One tile [m - r, m + r] of a piece.

    spec_bound  claim: |s(z)| <= spec_bound on the disc
    residual    claim: |f'(x) - s(x)| <= residual on the tile
    slope       claim: f'(x) lies in it on the tile
    """

    quotient: Quotient
    spec_bound: Fraction
    residual: Fraction
    slope: Interval


class Side(NamedTuple):
    """What f's formula on one side of a kink b gives there: its value and its derivative."""

    quotient: Quotient
    value: Interval
    slope: Interval


class Kink(NamedTuple):
    """A point b where the formula of f changes; the theorem excludes b (theory, T5).

    value, spec  claims: f(b) and s(b) lie in them
    verdict      smooth, subgradient, jump or outside, as the intervals decide
    """

    at: Fraction
    verdict: str
    value: Interval
    spec: Interval
    left: Side
    right: Side


class Point(NamedTuple):
    """Claims at one point x where f is analytic: f'(x) lies in slope, s(x) in spec."""

    at: Fraction
    quotient: Quotient
    slope: Interval
    spec: Interval


class Component(NamedTuple):
    """One interval of the domain: its tile ends, ascending, and one tile between each two."""

    ends: tuple[Fraction, ...]
    tiles: tuple[Tile, ...]


class Enclosure(NamedTuple):
    """The proof that a spec holds: tiles over the domain, kinks, and points that no tile's
    formula of s covers (seams)."""

    components: tuple[Component, ...]
    kinks: tuple[Kink, ...]
    seams: tuple[Point, ...]


class Refutation(NamedTuple):
    """The proof that a spec fails: at the witness, f' and s differ by more than allowed."""

    witness: Point


class Certificate(NamedTuple):
    """A spec and the proof that it holds, or that it fails."""

    spec: Spec
    proof: Enclosure | Refutation

    @property
    def kind(self) -> str:
        return "enclosure" if isinstance(self.proof, Enclosure) else "refutation"


def kink_verdict(kink: Kink, atol: Fraction) -> str | None:
    """The verdict that the claimed intervals of a kink decide; None where they decide none.

    jump         two of f(b-), f(b), f(b+) are certainly different
    smooth       the values agree to atol, and so do both one-sided derivatives and s(b)
    subgradient  the values agree to atol, and s(b) lies within atol of the hull of the
                 one-sided derivatives
    outside      the values agree to atol, and s(b) is certainly outside that
    """
    values = (kink.left.value, kink.value, kink.right.value)
    highest_lo, lowest_hi = max(v[0] for v in values), min(v[1] for v in values)
    if highest_lo > lowest_hi:
        return "jump"
    if max(v[1] for v in values) - min(v[0] for v in values) > atol:
        return None
    slopes = (kink.left.slope, kink.right.slope)
    spec_lo, spec_hi = kink.spec
    three = (*slopes, kink.spec)
    if max(v[1] for v in three) - min(v[0] for v in three) <= atol:
        return "smooth"
    # min(p, q) <= min of the upper ends and max(p, q) >= max of the lower ends
    if spec_lo >= min(v[1] for v in slopes) - atol and spec_hi <= max(v[0] for v in slopes) + atol:
        return "subgradient"
    if spec_lo > max(v[1] for v in slopes) + atol or spec_hi < min(v[0] for v in slopes) - atol:
        return "outside"
    return None


# --- writing ----------------------------------------------------------------------------

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*\Z", re.ASCII)

Json = Any  # nested dict, list and str
T = TypeVar("T")


def encode_term(term: Term) -> Json:
    """Leaves are strings (a number, x, y, a constant, a parameter), the rest lists."""
    if isinstance(term, Rational):
        return format_number(term.value)
    if isinstance(term, Variable):
        return "x"
    if isinstance(term, Output):
        return "y"
    if isinstance(term, Constant | Parameter):
        return term.name
    if isinstance(term, Where):
        condition = [term.relation, encode_term(term.left), encode_term(term.right)]
        return ["where", condition, encode_term(term.then), encode_term(term.otherwise)]
    return [term.function, *(encode_term(part) for part in term.arguments)]


def encode_statement(spec: Spec) -> dict[str, Json]:
    """The statement that a certificate proves or refutes; UsageError for an infinite end."""
    domain = spec.bounded_domain()
    if domain is None:
        raise UsageError(f"format {FORMAT} states bounded domains only")
    return {
        "name": spec.name,
        "function": encode_term(spec.function),
        "derivative": encode_term(spec.derivative),
        "parameters": {k: format_number(v) for k, v in sorted(spec.parameters.items())},
        "domain": [_interval(interval) for interval in domain],
        "atol": format_number(spec.atol),
        "rtol": format_number(spec.rtol),
    }


def digest(statement: Mapping[str, Json]) -> str:
    """sha256 of the statement as JSON with sorted keys, no spaces and ASCII escapes."""
    from hashlib import sha256

    text = json.dumps(statement, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return "sha256:" + sha256(text.encode("ascii")).hexdigest()


def encode(certificate: Certificate) -> bytes:
    """The canonical bytes: two levels indented, one tile a line, a final newline."""
    statement = encode_statement(certificate.spec)
    proof = certificate.proof
    body: dict[str, Json] = {
        "format": FORMAT,
        "kind": certificate.kind,
        "statement": statement,
        "digest": digest(statement),
    }
    if isinstance(proof, Enclosure):
        body["components"] = [_component(component) for component in proof.components]
        body["kinks"] = [_kink(kink) for kink in proof.kinks]
        body["seams"] = [_point(seam) for seam in proof.seams]
    else:
        body["witness"] = _point(proof.witness)
    return (_pretty(body, 0) + "\n").encode("ascii")


def _pretty(value: Json, level: int) -> str:
    """JSON with the outer levels on lines of their own; a record that fits stays on one."""
    compact = json.dumps(value, ensure_ascii=True)
    if not value or isinstance(value, str) or level >= 4 or len(compact) <= 100:
        return compact
    if isinstance(value, dict) and level >= 3:
        return compact
    pad, end = "  " * (level + 1), "  " * level
    if isinstance(value, dict):
        rows = [f"{json.dumps(k)}: {_pretty(v, level + 1)}" for k, v in value.items()]
        return "{\n" + ",\n".join(pad + row for row in rows) + "\n" + end + "}"
    rows = [_pretty(item, level + 1) for item in value]
    return "[\n" + ",\n".join(pad + row for row in rows) + "\n" + end + "]"


def _interval(interval: Interval) -> list[str]:
    return [format_number(interval[0]), format_number(interval[1])]


def _quotient(quotient: Quotient, *, with_radius: bool) -> dict[str, Json]:
    radius = {"r": format_number(quotient.r)} if with_radius else {}
    return {
        **radius,
        "R": format_number(quotient.R),
        "N": str(quotient.nodes),
        "bits": str(quotient.bits),
        "depth": str(quotient.depth),
        "bound": format_number(quotient.bound),
    }


def _component(component: Component) -> dict[str, Json]:
    return {
        "ends": [format_number(end) for end in component.ends],
        "tiles": [
            {
                **_quotient(tile.quotient, with_radius=False),
                "spec_bound": format_number(tile.spec_bound),
                "residual": format_number(tile.residual),
                "slope": _interval(tile.slope),
            }
            for tile in component.tiles
        ],
    }


def _side(side: Side) -> dict[str, Json]:
    return {
        **_quotient(side.quotient, with_radius=True),
        "value": _interval(side.value),
        "slope": _interval(side.slope),
    }


def _kink(kink: Kink) -> dict[str, Json]:
    return {
        "at": format_number(kink.at),
        "verdict": kink.verdict,
        "value": _interval(kink.value),
        "spec": _interval(kink.spec),
        "left": _side(kink.left),
        "right": _side(kink.right),
    }


def _point(point: Point) -> dict[str, Json]:
    return {
        "at": format_number(point.at),
        **_quotient(point.quotient, with_radius=True),
        "slope": _interval(point.slope),
        "spec": _interval(point.spec),
    }


# --- reading ----------------------------------------------------------------------------


def decode(data: bytes) -> Certificate:
    """The certificate that the bytes hold; Rejected where they are not one, to the letter.

    Time and memory are bounded by the length of `data`, which is at most MAX_BYTES.
    """
    if len(data) > MAX_BYTES:
        raise Rejected("file", f"{len(data)} bytes", f"at most {MAX_BYTES}")
    body = _record(_load(data), "certificate", None)
    head = ("format", "kind", "statement", "digest")
    version = _string(body.get("format"), "format") if "format" in body else "none"
    if version != FORMAT:
        raise Rejected("format", _shown(version), FORMAT)
    kind = _string(body.get("kind"), "kind") if "kind" in body else "none"
    if kind == "enclosure":
        _record(body, "certificate", (*head, "components", "kinks", "seams"))
    elif kind == "refutation":
        _record(body, "certificate", (*head, "witness"))
    else:
        raise Rejected("kind", _shown(kind), "enclosure or refutation")
    spec = _read_spec(body["statement"])
    expected = digest(body["statement"])
    if _string(body["digest"], "digest") != expected:
        raise Rejected("digest", _shown(body["digest"]), expected)
    proof = _read_enclosure(body) if kind == "enclosure" else _read_refutation(body)
    _check_work(proof)
    return Certificate(spec, proof)


def _load(data: bytes) -> Json:
    try:
        return json.loads(
            data.decode("ascii"),
            object_pairs_hook=_object,
            parse_int=_no_number,
            parse_float=_no_number,
            parse_constant=_no_number,
        )
    except UnicodeDecodeError as error:
        raise Rejected("file", f"byte {data[error.start]:#x} at {error.start}", "ASCII") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Rejected(where, error.msg.lower(), "JSON") from error
    except RecursionError as error:
        raise Rejected("file", "values nested too deep", f"at most {MAX_DEPTH} levels") from error


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    record: dict[str, Json] = {}
    for key, value in pairs:
        if key in record:
            raise Rejected(f"key {_shown(key)}", "twice in one object", "each key once")
        record[key] = value
    return record


def _no_number(text: str) -> Json:
    raise Rejected("file", f"the bare number {_shown(text)}", "every number as a string")


def _shown(value: Json) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return repr(text if len(text) <= 60 else text[:57] + "...")


def _record(value: Json, where: str, keys: tuple[str, ...] | None) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise Rejected(where, type(value).__name__, "an object")
    if keys is not None:
        missing = [key for key in keys if key not in value]
        unknown = [key for key in value if key not in keys]
        if missing:
            raise Rejected(where, f"no key {missing[0]!r}", "it")
        if unknown:
            raise Rejected(where, f"unknown key {_shown(unknown[0])}", "only " + ", ".join(keys))
    return value


def _list(value: Json, where: str, most: int) -> list[Json]:
    if not isinstance(value, list):
        raise Rejected(where, type(value).__name__, "a list")
    if len(value) > most:
        raise Rejected(where, f"{len(value)} elements", f"at most {most}")
    return value


def _string(value: Json, where: str) -> str:
    if not isinstance(value, str):
        raise Rejected(where, type(value).__name__, "a string")
    return value


def _number(value: Json, where: str) -> Fraction:
    text = _string(value, where)
    try:
        return parse_number(text)
    except NumberError as error:
        raise Rejected(where, _shown(text), f"an exact number ({error})") from error


def _positive(value: Json, where: str) -> Fraction:
    number = _number(value, where)
    if number <= 0:
        raise Rejected(where, _shown(value), "a positive number")
    return number


def _not_negative(value: Json, where: str) -> Fraction:
    number = _number(value, where)
    if number < 0:
        raise Rejected(where, _shown(value), "a number >= 0")
    return number


def _count(value: Json, where: str, least: int, most: int) -> int:
    number = _number(value, where)
    if number.denominator != 1 or not least <= number <= most:
        raise Rejected(where, _shown(value), f"an integer from {least} to {most}")
    return number.numerator


def _read_interval(value: Json, where: str) -> Interval:
    ends = _list(value, where, 2)
    if len(ends) != 2:
        raise Rejected(where, f"{len(ends)} ends", "2")
    lo, hi = _number(ends[0], f"{where} low end"), _number(ends[1], f"{where} high end")
    if lo > hi:
        raise Rejected(where, f"low end {_shown(ends[0])} above high end {_shown(ends[1])}", "order")
    return lo, hi


def _read_spec(value: Json) -> Spec:
    keys = ("name", "function", "derivative", "parameters", "domain", "atol", "rtol")
    statement = _record(value, "statement", keys)
    name = _string(statement["name"], "name")
    if not is_name(name):
        raise Rejected("name", _shown(name), f"a letter, then letters, digits, . _ - ({MAX_NAME} at most)")
    raw = _record(statement["parameters"], "parameters", None)
    if len(raw) > MAX_LIST:
        raise Rejected("parameters", f"{len(raw)}", f"at most {MAX_LIST}")
    parameters = {key: _number(number, f"parameter {key}") for key, number in raw.items()}
    for key in parameters:
        if not NAME.match(key) or key in RESERVED:
            raise Rejected("parameters", _shown(key), "names that are not reserved")
    domain = [
        _read_interval(item, f"domain {i}")
        for i, item in enumerate(_list(statement["domain"], "domain", MAX_LIST), 1)
    ]
    try:
        return Spec(
            name=name,
            function=_read_term(statement["function"], "function", parameters, 1),
            derivative=_read_term(statement["derivative"], "derivative", parameters, 1),
            domain=tuple(domain),
            atol=_number(statement["atol"], "atol"),
            rtol=_number(statement["rtol"], "rtol"),
            parameters=parameters,
        )
    except UsageError as error:
        raise Rejected("statement", str(error), "a well-formed statement") from error


def _read_term(value: Json, where: str, parameters: Mapping[str, Fraction], depth: int) -> Term:
    if depth > MAX_DEPTH:
        raise Rejected(where, f"a term nested more than {MAX_DEPTH} deep", "less")
    if isinstance(value, str):
        return _read_leaf(value, where, parameters)
    parts = _list(value, where, 4)
    name = _string(parts[0], where) if parts else ""

    def read(part: Json) -> Term:
        return _read_term(part, where, parameters, depth + 1)

    if name == "where" and len(parts) == 4:
        condition = _list(parts[1], f"{where}, a condition", 3)
        if len(condition) != 3 or condition[0] not in RELATIONS:
            raise Rejected(where, f"condition {_shown(condition)}", "[relation, term, term]")
        relation, left, right = condition
        return Where(relation, read(left), read(right), read(parts[2]), read(parts[3]))
    wanted = arity(name)
    if wanted is None or wanted != len(parts) - 1:
        raise Rejected(where, f"{_shown(name)} with {len(parts) - 1} arguments", "a known function")
    return Apply(name, tuple(read(part) for part in parts[1:]))


def _read_leaf(text: str, where: str, parameters: Mapping[str, Fraction]) -> Term:
    if text == "x":
        return X
    if text == "y":
        return Y
    if text in CONSTANTS:
        return Constant(text)
    if text in parameters:
        return Parameter(text)
    if text[:1].isdigit() or text[:1] == "-":
        return Rational(_number(text, where))
    raise Rejected(where, f"the leaf {_shown(text)}", "a number, x, y, a constant or a parameter")


_QUOTIENT_KEYS = ("R", "N", "bits", "depth", "bound")


def _read_quotient(record: Mapping[str, Json], where: str, r: Fraction) -> Quotient:
    R = _positive(record["R"], f"{where} R")
    if r >= R:
        raise Rejected(f"{where} R", _shown(record["R"]), f"more than the radius {describe(r)}")
    nodes = _count(record["N"], f"{where} N", 4, MAX_NODES)
    if nodes & (nodes - 1):
        raise Rejected(f"{where} N", str(nodes), "a power of two")
    return Quotient(
        r=r,
        R=R,
        nodes=nodes,
        bits=_count(record["bits"], f"{where} bits", 32, MAX_BITS),
        depth=_count(record["depth"], f"{where} depth", 0, MAX_COVER_DEPTH),
        bound=_positive(record["bound"], f"{where} bound"),
    )


def _read_component(value: Json, where: str) -> Component:
    record = _record(value, where, ("ends", "tiles"))
    raw_ends = _list(record["ends"], f"{where} ends", MAX_TILES + 1)
    ends = tuple(_number(end, f"{where} end {i}") for i, end in enumerate(raw_ends))
    for i, (a, b) in enumerate(pairwise(ends), 1):
        if a >= b:
            raise Rejected(f"{where} end {i}", describe(b), f"more than {describe(a)}")
    raw_tiles = _list(record["tiles"], f"{where} tiles", MAX_TILES)
    if len(ends) != len(raw_tiles) + 1 or not raw_tiles:
        raise Rejected(where, f"{len(ends)} ends and {len(raw_tiles)} tiles", "one end more than tiles")
    tiles = tuple(
        _read_tile(tile, f"tile {i} of {len(raw_tiles)}", (b - a) / 2)
        for i, (tile, a, b) in enumerate(zip(raw_tiles, ends, ends[1:], strict=False), 1)
    )
    return Component(ends, tiles)


def _read_tile(value: Json, where: str, r: Fraction) -> Tile:
    record = _record(value, where, (*_QUOTIENT_KEYS, "spec_bound", "residual", "slope"))
    return Tile(
        quotient=_read_quotient(record, where, r),
        spec_bound=_positive(record["spec_bound"], f"{where} spec_bound"),
        residual=_not_negative(record["residual"], f"{where} residual"),
        slope=_read_interval(record["slope"], f"{where} slope"),
    )


def _read_side(value: Json, where: str) -> Side:
    record = _record(value, where, ("r", *_QUOTIENT_KEYS, "value", "slope"))
    return Side(
        quotient=_read_quotient(record, where, _positive(record["r"], f"{where} r")),
        value=_read_interval(record["value"], f"{where} value"),
        slope=_read_interval(record["slope"], f"{where} slope"),
    )


def _read_kink(value: Json, where: str) -> Kink:
    record = _record(value, where, ("at", "verdict", "value", "spec", "left", "right"))
    verdict = _string(record["verdict"], f"{where} verdict")
    if verdict not in VERDICTS:
        raise Rejected(f"{where} verdict", _shown(verdict), " or ".join(VERDICTS))
    return Kink(
        at=_number(record["at"], f"{where} at"),
        verdict=verdict,
        value=_read_interval(record["value"], f"{where} value"),
        spec=_read_interval(record["spec"], f"{where} spec"),
        left=_read_side(record["left"], f"{where} left"),
        right=_read_side(record["right"], f"{where} right"),
    )


def _read_point(value: Json, where: str) -> Point:
    record = _record(value, where, ("at", "r", *_QUOTIENT_KEYS, "slope", "spec"))
    return Point(
        at=_number(record["at"], f"{where} at"),
        quotient=_read_quotient(record, where, _positive(record["r"], f"{where} r")),
        slope=_read_interval(record["slope"], f"{where} slope"),
        spec=_read_interval(record["spec"], f"{where} spec"),
    )


def _read_enclosure(body: Mapping[str, Json]) -> Enclosure:
    raw = _list(body["components"], "components", MAX_LIST)
    components = tuple(_read_component(item, f"component {i}") for i, item in enumerate(raw, 1))
    tiles = sum(len(component.tiles) for component in components)
    if tiles > MAX_TILES:
        raise Rejected("components", f"{tiles} tiles", f"at most {MAX_TILES}")
    kinks = _read_ascending(body["kinks"], "kink", _read_kink, lambda kink: kink.at)
    seams = _read_ascending(body["seams"], "seam", _read_point, lambda seam: seam.at)
    return Enclosure(components, kinks, seams)


def _read_refutation(body: Mapping[str, Json]) -> Refutation:
    return Refutation(_read_point(body["witness"], "witness"))


def _read_ascending(
    value: Json, what: str, read: Callable[[Json, str], T], at: Callable[[T], Fraction]
) -> tuple[T, ...]:
    items = _list(value, f"{what}s", MAX_LIST)
    records = tuple(read(item, f"{what} {i}") for i, item in enumerate(items, 1))
    for i, (a, b) in enumerate(pairwise(records), 2):
        if at(a) >= at(b):
            raise Rejected(f"{what} {i}", describe(at(b)), f"more than {describe(at(a))}")
    return records


def quotients(proof: Enclosure | Refutation) -> Iterable[Quotient]:
    """Every quotient that a proof asks the verifier to evaluate."""
    if isinstance(proof, Refutation):
        return [proof.witness.quotient]
    found = [tile.quotient for component in proof.components for tile in component.tiles]
    found += [side.quotient for kink in proof.kinks for side in (kink.left, kink.right)]
    return found + [seam.quotient for seam in proof.seams]


def is_name(text: str) -> bool:
    """Whether a statement or an entry may have this name: nothing that could pass for more."""
    return bool(_NAME.match(text)) and len(text) <= MAX_NAME


def is_writable(proof: Enclosure | Refutation) -> bool:
    """Whether every number of the proof is short enough for a reader."""
    return all(
        max(value.numerator.bit_length(), value.denominator.bit_length()) <= MAX_NUMBER_BITS
        for value in _numbers(proof)
    )


def _numbers(record: object) -> Iterator[Fraction]:
    if isinstance(record, Fraction):
        yield record
    elif isinstance(record, tuple):
        for part in record:
            yield from _numbers(part)


def _check_work(proof: Enclosure | Refutation) -> None:
    work = sum(quotient.nodes * quotient.bits**2 for quotient in quotients(proof))
    if work > MAX_WORK:
        raise Rejected("proof", f"work N*bits**2 of {work} in all", f"at most {MAX_WORK}")
