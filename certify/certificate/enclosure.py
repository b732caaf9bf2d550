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
from typing import NamedTuple

from certify.certificate import strict
from certify.certificate.identity import (
    KINK_CLAIMS,
    Identity,
    KinkClaims,
    encode_claim,
    encode_identity,
    encode_kink_claims,
    read_end,
    read_identity,
    read_kink_claims,
)
from certify.certificate.strict import MAX_LIST, Json, encode_term
from certify.language.errors import Rejected, UsageError
from certify.language.numbers import describe, format_number
from certify.language.spec import Bound, Interval, Range, Spec, parameter_apart, parse_range
from certify.language.terms import Apply
from certify.notation.parser import NAME, RESERVED

FORMAT = "certify/1"

MAX_BYTES = 4 * 2**20
MAX_TILES = 20_000
MAX_NODES = 2**14
MAX_BITS = 2**15
MAX_COVER_DEPTH = 8
MAX_NAME = 100
MAX_NUMBER_BITS = 13_000  # of a numerator or denominator: the reader's 4000 digits, and a few

VERDICTS = ("smooth", "subgradient", "jump", "outside", "open")


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
    """A point b where the formula of f changes (theory, T5).

    value, spec  claims: f(b) and s(b) lie in them
    verdict      what the intervals decide, see `kinks.kink_verdict`
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


class Undefined(NamedTuple):
    """A point x where f is analytic and s has no value: f'(x) lies in slope.

    term       a subterm of s, as it is at x, that is outside its function's domain
    arguments  claims: the arguments of the term have values at x, which lie in them
    """

    at: Fraction
    quotient: Quotient
    slope: Interval
    term: Apply
    arguments: tuple[Interval, ...]


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


Witness = Point | Kink | Undefined


class Refutation(NamedTuple):
    """The proof that a spec fails at its witness: f is differentiable there, and f' and s differ by
    more than allowed, or s has no value; or it is a kink, at which s is not what the claim asks for."""

    witness: Witness


class Certificate(NamedTuple):
    """A spec, and the proof that it holds or that it fails.

    proof     tiles, or a witness; None where the identity alone is the proof, of an exact spec
    identity  the proof of an exact claim about the same f and s, on a domain and for parameters
              of its own; None beside a refutation, or where none was found
    """

    spec: Spec
    proof: Enclosure | Refutation | None
    identity: Identity | None = None

    @property
    def kind(self) -> str:
        if self.proof is None:
            return "identity"
        return "enclosure" if isinstance(self.proof, Enclosure) else "refutation"


# --- writing ----------------------------------------------------------------------------

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*\Z", re.ASCII)


def encode_statement(spec: Spec, exact: Spec | None = None) -> dict[str, Json]:
    """The statement that a certificate proves or refutes, and the exact claim beside it;
    UsageError for an infinite end or a symbolic parameter in the former."""
    statement: dict[str, Json] = {
        "name": spec.name,
        "function": encode_term(spec.function),
        "derivative": encode_term(spec.derivative),
    }
    if spec is not exact:
        domain = spec.bounded_domain()
        if domain is None or spec.ranges:
            raise UsageError("enclosures state bounded domains and parameters with values only")
        if exact is not None and _is_apart(exact, spec):
            raise UsageError("an exact claim for other formulas, or other values, than the tiles beside it")
        statement |= {
            "parameters": {k: format_number(v) for k, v in sorted(spec.values.items())},
            "domain": [_interval(interval) for interval in domain],
            "atol": format_number(spec.atol),
            "rtol": format_number(spec.rtol),
            **encode_kink_claims(spec),
        }
    if exact is not None:
        statement["exact"] = encode_claim(exact)
    return statement


def _is_apart(exact: Spec, tiles: Spec) -> bool:
    same = (exact.function, exact.derivative) == (tiles.function, tiles.derivative)
    return not same or parameter_apart(exact, tiles) is not None


def statement_of(certificate: Certificate) -> dict[str, Json]:
    """The statement that a certificate makes."""
    identity = certificate.identity
    if certificate.proof is None and identity is not None:
        return encode_statement(identity.spec, identity.spec)
    return encode_statement(certificate.spec, identity.spec if identity else None)


def digest(statement: Mapping[str, Json]) -> str:
    """sha256 of the statement as JSON with sorted keys, no spaces and ASCII escapes."""
    from hashlib import sha256

    text = json.dumps(statement, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return "sha256:" + sha256(text.encode("ascii")).hexdigest()


def encode(certificate: Certificate) -> bytes:
    """The canonical bytes: two levels indented, one tile a line, a final newline."""
    statement = statement_of(certificate)
    proof = certificate.proof
    body: dict[str, Json] = {
        "format": FORMAT,
        "kind": certificate.kind,
        "statement": statement,
        "digest": digest(statement),
    }
    if certificate.spec.prover_only:
        body["prover_only"] = list(certificate.spec.prover_only)
    if isinstance(proof, Enclosure):
        body["components"] = [_component(component) for component in proof.components]
        body["kinks"] = [_kink(kink) for kink in proof.kinks]
        body["seams"] = [_point(seam) for seam in proof.seams]
    elif proof is not None:
        body["witness"] = _witness(proof.witness)
    if certificate.identity is not None:
        body["identity"] = encode_identity(certificate.identity)
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


def _undefined(point: Undefined) -> dict[str, Json]:
    return {
        "at": format_number(point.at),
        **_quotient(point.quotient, with_radius=True),
        "slope": _interval(point.slope),
        "term": encode_term(point.term),
        "arguments": [_interval(interval) for interval in point.arguments],
    }


def _witness(witness: Witness) -> dict[str, Json]:
    if isinstance(witness, Kink):
        return {"kind": "kink", **_kink(witness)}
    if isinstance(witness, Undefined):
        return {"kind": "undefined", **_undefined(witness)}
    return {"kind": "point", **_point(witness)}


# --- reading ----------------------------------------------------------------------------


def decode(data: bytes) -> Certificate:
    """The certificate that the bytes hold; Rejected where they are not one, to the letter.

    Time and memory are bounded by the length of `data`, which is at most MAX_BYTES.
    """
    if len(data) > MAX_BYTES:
        raise Rejected("file", f"{len(data)} bytes", f"at most {MAX_BYTES}")
    body = strict.record(strict.load(data), "certificate", None)
    head = ("format", "kind", "statement", "digest")
    version = strict.string(body.get("format"), "format") if "format" in body else "none"
    if version != FORMAT:
        raise Rejected("format", strict.shown(version), FORMAT)
    kind = strict.string(body.get("kind"), "kind") if "kind" in body else "none"
    if kind not in _KEYS:
        raise Rejected("kind", strict.shown(kind), " or ".join(_KEYS))
    keys = _KEYS[kind]
    has_identity = kind == "identity" or (kind == "enclosure" and "identity" in body)
    optional = (
        *(("identity",) if has_identity else ()),
        *(("prover_only",) if "prover_only" in body else ()),
    )
    strict.record(body, "certificate", (*head, *keys, *optional))
    spec, exact = _read_statement(body["statement"], exact=has_identity, alone=kind == "identity")
    expected = digest(body["statement"])
    if strict.string(body["digest"], "digest") != expected:
        raise Rejected("digest", strict.shown(body["digest"]), expected)
    _check_prover_only(body.get("prover_only", []), spec)
    identity = read_identity(body["identity"], exact) if exact else None
    if kind == "identity":
        return Certificate(spec, None, identity)
    proof = _read_enclosure(body) if kind == "enclosure" else _read_refutation(body)
    return Certificate(spec, proof, identity)


def _check_prover_only(value: Json, spec: Spec) -> None:
    names = [strict.string(item, "prover_only") for item in strict.listing(value, "prover_only", MAX_LIST)]
    if tuple(names) != spec.prover_only:
        needed = ", ".join(spec.prover_only) or "none"
        raise Rejected("prover_only", strict.shown(", ".join(names)), f"{needed}, by the formulas")


_KEYS = {
    "enclosure": ("components", "kinks", "seams"),
    "refutation": ("witness",),
    "identity": (),
}


def _read_statement(value: Json, *, exact: bool, alone: bool) -> tuple[Spec, Spec | None]:
    """The spec, and the exact claim where there is one; one and the same where it is alone."""
    own = () if alone else ("parameters", "domain", "atol", "rtol")
    keys = ("name", "function", "derivative", *own, *(("exact",) if exact else ()))
    optional = () if alone else KINK_CLAIMS
    statement = strict.record(value, "statement", keys, optional)
    claim = _read_spec(statement, _read_claim(statement["exact"])) if exact else None
    if alone and claim:
        return claim, claim
    domain = strict.listing(statement["domain"], "domain", MAX_LIST)
    parameters = _read_parameters(statement["parameters"], symbolic=False)
    window = _Claim(
        parameters=parameters,
        domain=tuple(strict.read_interval(item, f"domain {i}") for i, item in enumerate(domain, 1)),
        atol=strict.number(statement["atol"], "atol"),
        rtol=strict.number(statement["rtol"], "rtol"),
        kinks=read_kink_claims(statement, "", tuple(parameters)),
    )
    if window.atol + window.rtol == 0:
        raise Rejected("atol", "0, and rtol 0", "a tolerance that is not 0")
    spec = _read_spec(statement, window)
    apart = parameter_apart(claim, spec) if claim else None
    if claim and apart:
        found, needed = (strict.shown(str(c.parameters.get(apart, "none"))) for c in (claim, spec))
        raise Rejected(f"exact parameter {apart}", found, f"{needed} as for the tiles, or a range with it")
    return spec, claim


class _Claim(NamedTuple):
    """What a statement holds beside the name and the two formulas."""

    parameters: dict[str, Fraction | Range]
    domain: tuple[tuple[Bound, Bound], ...]
    atol: Fraction
    rtol: Fraction
    kinks: KinkClaims


def _read_claim(value: Json) -> _Claim:
    record = strict.record(value, "exact", ("domain", "parameters"), KINK_CLAIMS)
    intervals = strict.listing(record["domain"], "exact domain", MAX_LIST)
    domain = []
    for i, item in enumerate(intervals, 1):
        ends = strict.listing(item, f"exact domain {i}", 2)
        if len(ends) != 2:
            raise Rejected(f"exact domain {i}", f"{len(ends)} ends", "2")
        where = f"exact domain {i} end"
        domain.append((read_end(ends[0], where, -1), read_end(ends[1], where, 1)))
    parameters = _read_parameters(record["parameters"], symbolic=True)
    kinks = read_kink_claims(record, "exact ", tuple(parameters))
    return _Claim(parameters, tuple(domain), Fraction(0), Fraction(0), kinks)


def _read_parameters(value: Json, *, symbolic: bool) -> dict[str, Fraction | Range]:
    """Names with values; with ranges as well where they may be symbolic."""
    raw = strict.record(value, "parameters", None)
    if len(raw) > MAX_LIST:
        raise Rejected("parameters", f"{len(raw)}", f"at most {MAX_LIST}")
    parameters: dict[str, Fraction | Range] = {}
    for name, item in raw.items():
        if not NAME.match(name) or name in RESERVED:
            raise Rejected("parameters", strict.shown(name), "names that are not reserved")
        where = f"parameter {name}"
        if symbolic and isinstance(item, str) and item[:1] in ("(", "["):
            try:
                parameters[name] = parse_range(item)
            except UsageError as error:
                raise Rejected(where, strict.shown(item), f"a range ({error})") from error
        else:
            parameters[name] = strict.number(item, where)
    return parameters


def _read_spec(statement: Mapping[str, Json], claim: _Claim) -> Spec:
    name = strict.string(statement["name"], "name")
    if not is_name(name):
        needed = f"a letter, then letters, digits, . _ - ({MAX_NAME} at most)"
        raise Rejected("name", strict.shown(name), needed)
    names = tuple(claim.parameters)
    try:
        return Spec(
            name=name,
            function=strict.read_term(statement["function"], "function", names, 1),
            derivative=strict.read_term(statement["derivative"], "derivative", names, 1),
            domain=claim.domain,
            atol=claim.atol,
            rtol=claim.rtol,
            parameters=claim.parameters,
            exceptions=claim.kinks.exceptions,
            kink_values=claim.kinks.values,
        )
    except UsageError as error:
        raise Rejected("statement", str(error), "a well-formed statement") from error


_QUOTIENT_KEYS = ("R", "N", "bits", "depth", "bound")


def _read_quotient(record: Mapping[str, Json], where: str, r: Fraction) -> Quotient:
    R = strict.positive(record["R"], f"{where} R")
    if r >= R:
        raise Rejected(f"{where} R", strict.shown(record["R"]), f"more than the radius {describe(r)}")
    nodes = strict.count(record["N"], f"{where} N", 4, MAX_NODES)
    if nodes & (nodes - 1):
        raise Rejected(f"{where} N", str(nodes), "a power of two")
    return Quotient(
        r=r,
        R=R,
        nodes=nodes,
        bits=strict.count(record["bits"], f"{where} bits", 32, MAX_BITS),
        depth=strict.count(record["depth"], f"{where} depth", 0, MAX_COVER_DEPTH),
        bound=strict.positive(record["bound"], f"{where} bound"),
    )


def _read_component(value: Json, where: str) -> Component:
    record = strict.record(value, where, ("ends", "tiles"))
    raw_ends = strict.listing(record["ends"], f"{where} ends", MAX_TILES + 1)
    ends = tuple(strict.number(end, f"{where} end {i}") for i, end in enumerate(raw_ends))
    for i, (a, b) in enumerate(pairwise(ends), 1):
        if a >= b:
            raise Rejected(f"{where} end {i}", describe(b), f"more than {describe(a)}")
    raw_tiles = strict.listing(record["tiles"], f"{where} tiles", MAX_TILES)
    if len(ends) != len(raw_tiles) + 1 or not raw_tiles:
        raise Rejected(where, f"{len(ends)} ends and {len(raw_tiles)} tiles", "one end more than tiles")
    tiles = tuple(
        _read_tile(tile, f"tile {i} of {len(raw_tiles)}", (b - a) / 2)
        for i, (tile, a, b) in enumerate(zip(raw_tiles, ends, ends[1:], strict=False), 1)
    )
    return Component(ends, tiles)


def _read_tile(value: Json, where: str, r: Fraction) -> Tile:
    record = strict.record(value, where, (*_QUOTIENT_KEYS, "spec_bound", "residual", "slope"))
    return Tile(
        quotient=_read_quotient(record, where, r),
        spec_bound=strict.positive(record["spec_bound"], f"{where} spec_bound"),
        residual=strict.not_negative(record["residual"], f"{where} residual"),
        slope=strict.read_interval(record["slope"], f"{where} slope"),
    )


def _read_side(value: Json, where: str) -> Side:
    record = strict.record(value, where, ("r", *_QUOTIENT_KEYS, "value", "slope"))
    return Side(
        quotient=_read_quotient(record, where, strict.positive(record["r"], f"{where} r")),
        value=strict.read_interval(record["value"], f"{where} value"),
        slope=strict.read_interval(record["slope"], f"{where} slope"),
    )


def _read_kink(value: Json, where: str) -> Kink:
    record = strict.record(value, where, ("at", "verdict", "value", "spec", "left", "right"))
    verdict = strict.string(record["verdict"], f"{where} verdict")
    if verdict not in VERDICTS:
        raise Rejected(f"{where} verdict", strict.shown(verdict), " or ".join(VERDICTS))
    return Kink(
        at=strict.number(record["at"], f"{where} at"),
        verdict=verdict,
        value=strict.read_interval(record["value"], f"{where} value"),
        spec=strict.read_interval(record["spec"], f"{where} spec"),
        left=_read_side(record["left"], f"{where} left"),
        right=_read_side(record["right"], f"{where} right"),
    )


def _read_point(value: Json, where: str) -> Point:
    record = strict.record(value, where, ("at", "r", *_QUOTIENT_KEYS, "slope", "spec"))
    return Point(
        at=strict.number(record["at"], f"{where} at"),
        quotient=_read_quotient(record, where, strict.positive(record["r"], f"{where} r")),
        slope=strict.read_interval(record["slope"], f"{where} slope"),
        spec=strict.read_interval(record["spec"], f"{where} spec"),
    )


def _read_undefined(value: Json, where: str) -> Undefined:
    record = strict.record(value, where, ("at", "r", *_QUOTIENT_KEYS, "slope", "term", "arguments"))
    term = strict.read_term(record["term"], f"{where} term", (), 1)
    if not isinstance(term, Apply):
        raise Rejected(f"{where} term", strict.shown(record["term"]), "a function of arguments")
    arguments = strict.listing(record["arguments"], f"{where} arguments", 2)
    if len(arguments) != len(term.arguments):
        needed = f"{len(term.arguments)}, as many as {term.function} takes"
        raise Rejected(f"{where} arguments", f"{len(arguments)}", needed)
    return Undefined(
        at=strict.number(record["at"], f"{where} at"),
        quotient=_read_quotient(record, where, strict.positive(record["r"], f"{where} r")),
        slope=strict.read_interval(record["slope"], f"{where} slope"),
        term=term,
        arguments=tuple(strict.read_interval(item, f"{where} argument") for item in arguments),
    )


def _read_enclosure(body: Mapping[str, Json]) -> Enclosure:
    raw = strict.listing(body["components"], "components", MAX_LIST)
    components = tuple(_read_component(item, f"component {i}") for i, item in enumerate(raw, 1))
    tiles = sum(len(component.tiles) for component in components)
    if tiles > MAX_TILES:
        raise Rejected("components", f"{tiles} tiles", f"at most {MAX_TILES}")
    kinks = strict.read_ascending(body["kinks"], "kink", _read_kink, lambda kink: kink.at)
    seams = strict.read_ascending(body["seams"], "seam", _read_point, lambda seam: seam.at)
    return Enclosure(components, kinks, seams)


def _read_refutation(body: Mapping[str, Json]) -> Refutation:
    record = dict(strict.record(body["witness"], "witness", None))
    kind = strict.string(record.pop("kind", "none"), "witness kind")
    if kind not in _WITNESSES:
        raise Rejected("witness kind", strict.shown(kind), " or ".join(_WITNESSES))
    return Refutation(_WITNESSES[kind](record, "witness"))


_WITNESSES: dict[str, Callable[[Json, str], Witness]] = {
    "point": _read_point,
    "kink": _read_kink,
    "undefined": _read_undefined,
}


def quotients(proof: Enclosure | Refutation) -> Iterable[Quotient]:
    """Every quotient that a proof asks the verifier to evaluate."""
    if isinstance(proof, Refutation):
        return _point_quotients(proof.witness)
    found = [tile.quotient for component in proof.components for tile in component.tiles]
    points: tuple[Point | Kink, ...] = (*proof.kinks, *proof.seams)
    return found + [quotient for point in points for quotient in _point_quotients(point)]


def _point_quotients(point: Witness) -> list[Quotient]:
    return [point.left.quotient, point.right.quotient] if isinstance(point, Kink) else [point.quotient]


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
