"""Certificates: what a proof chose and claims, as frozen records and as canonical JSON.

The records hold *choices* (tile ends, R, N, bits, depth) and the claims that follow from
them (bounds, residuals, ranges).  Their fields declare the format (`fields.py`).  Reading is
strict: every key, type, order and size is checked before anything is computed, and whatever is
wrong is `Rejected` with where it stands, what was found and what was needed.  The format in
words and the theorem it encodes are in `certificates/README.md`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, Any, NamedTuple, Self

from certify.certificate import strict
from certify.certificate.fields import (
    CLOSED_TERM,
    COMPACT,
    INTERVAL,
    NOT_NEGATIVE,
    NUMBER,
    PART,
    POSITIVE,
    RANGE,
    TERM,
    TEXT,
    Declared,
    Field,
    Inline,
    Kind,
    Record,
    check_ends,
    integer,
    many,
    named,
    several,
    tagged,
    text,
    word,
)
from certify.certificate.identity import PROOF, Identity, encode_identity, identity_of
from certify.certificate.strict import MAX_LIST, Json
from certify.language.errors import Rejected, UsageError
from certify.language.numbers import describe
from certify.language.spec import Interval, Range, Spec, parameter_apart
from certify.language.terms import Apply

FORMAT = "certify/1"

MAX_BYTES = 4 * 2**20
MAX_TILES = 20_000
MAX_NODES = 2**14
MAX_BITS = 2**15
MAX_COVER_DEPTH = 8
MAX_NAME = 100

VERDICTS = ("smooth", "subgradient", "jump", "outside", "open")


class Quotient(NamedTuple):
    """The choices of one N-point difference quotient of f on a disc about m (theory, T3).

    r, R    radius of the tile and of the disc, 0 < r < R
    nodes   N, a power of two
    bits    precision at which the verifier evaluates
    depth   how deep the boxes that cover the disc may be subdivided
    bound   claim: |f(z)| <= bound for |z - m| <= R
    """

    r: Annotated[Fraction, POSITIVE]
    R: Annotated[Fraction, POSITIVE]
    nodes: Annotated[int, Field(integer(4, MAX_NODES), key="N")]
    bits: Annotated[int, integer(32, MAX_BITS)]
    depth: Annotated[int, integer(0, MAX_COVER_DEPTH)]
    bound: Annotated[Fraction, POSITIVE]

    def checked(self, where: str) -> Self:
        if self.nodes & (self.nodes - 1):
            raise Rejected(f"{where} N", str(self.nodes), "a power of two")
        if self.r >= self.R:
            raise Rejected(f"{where} R", describe(self.R), f"more than the radius {describe(self.r)}")
        return self


class Tile(NamedTuple):
    """One tile [m - r, m + r] of a piece; in a file r is not written, as its ends say it.

    spec_bound  claim: |s(z)| <= spec_bound on the disc
    residual    claim: |f'(x) - s(x)| <= residual on the tile
    slope       claim: f'(x) lies in it on the tile
    """

    quotient: Annotated[Quotient, Inline(Record(Quotient, r=Fraction(0)))]
    spec_bound: Annotated[Fraction, POSITIVE]
    residual: Annotated[Fraction, NOT_NEGATIVE]
    slope: Annotated[Interval, INTERVAL]


class Side(NamedTuple):
    """What f's formula on one side of a kink b gives there: its value and its derivative."""

    quotient: Annotated[Quotient, Inline(Record(Quotient))]
    value: Annotated[Interval, INTERVAL]
    slope: Annotated[Interval, INTERVAL]


class Kink(NamedTuple):
    """A point b where the formula of f changes (theory, T5).

    value, spec  claims: f(b) and s(b) lie in them
    verdict      what the intervals decide, see `kinks.kink_verdict`
    """

    at: Annotated[Fraction, NUMBER]
    verdict: Annotated[str, word(*VERDICTS)]
    value: Annotated[Interval, INTERVAL]
    spec: Annotated[Interval, INTERVAL]
    left: Side
    right: Side


class Point(NamedTuple):
    """Claims at one point x where f is analytic: f'(x) lies in slope, s(x) in spec."""

    at: Annotated[Fraction, NUMBER]
    quotient: Annotated[Quotient, Inline(Record(Quotient))]
    slope: Annotated[Interval, INTERVAL]
    spec: Annotated[Interval, INTERVAL]


class Undefined(NamedTuple):
    """A point x where f is analytic and s has no value: f'(x) lies in slope.

    term       a subterm of s, as it is at x, that is outside its function's domain
    arguments  claims: the arguments of the term have values at x, which lie in them
    """

    at: Annotated[Fraction, NUMBER]
    quotient: Annotated[Quotient, Inline(Record(Quotient))]
    slope: Annotated[Interval, INTERVAL]
    term: Annotated[Apply, CLOSED_TERM]
    arguments: Annotated[tuple[Interval, ...], many(INTERVAL, 2, least=1)]

    def checked(self, where: str) -> Self:
        if not isinstance(self.term, Apply):
            raise Rejected(
                f"{where} term", strict.shown(strict.encode_term(self.term)), "a function of arguments"
            )
        if len(self.arguments) != len(self.term.arguments):
            needed = f"{len(self.term.arguments)}, as many as {self.term.function} takes"
            raise Rejected(f"{where} arguments", f"{len(self.arguments)}", needed)
        return self


class Component(NamedTuple):
    """One interval of the domain: its tile ends, ascending, and one tile between each two."""

    ends: Annotated[tuple[Fraction, ...], many(NUMBER, MAX_TILES + 1, least=2)]
    tiles: Annotated[tuple[Tile, ...], many(Record(Tile), MAX_TILES, least=1)]

    def checked(self, where: str) -> Self:
        """The component with the radius of each tile, half of what lies between its ends."""
        check_ends(self.ends, len(self.tiles), "tiles", where)
        tiles = []
        for i, (tile, a, b) in enumerate(zip(self.tiles, self.ends, self.ends[1:], strict=False), 1):
            quotient = tile.quotient._replace(r=(b - a) / 2).checked(f"{where} tiles {i}")
            tiles.append(tile._replace(quotient=quotient))
        return self._replace(tiles=tuple(tiles))


class Enclosure(NamedTuple):
    """The proof that a spec holds: tiles over the domain, kinks, and points that no tile's
    formula of s covers (seams)."""

    components: Annotated[tuple[Component, ...], many(Record(Component), MAX_LIST, least=1)]
    kinks: Annotated[tuple[Kink, ...], many(Record(Kink), MAX_LIST, by=lambda kink: kink.at)]
    seams: Annotated[tuple[Point, ...], many(Record(Point), MAX_LIST, by=lambda seam: seam.at)]

    def checked(self, where: str) -> Self:
        tiles = sum(len(component.tiles) for component in self.components)
        if tiles > MAX_TILES:
            raise Rejected("components", f"{tiles} tiles", f"at most {MAX_TILES}")
        return self


Witness = Point | Kink | Undefined
_WITNESS = tagged("kind", point=Record(Point), kink=Record(Kink), undefined=Record(Undefined))


class Refutation(NamedTuple):
    """The proof that a spec fails at its witness: f is differentiable there, and f' and s differ by
    more than allowed, or s has no value; or it is a kink, at which s is not what the claim asks for."""

    witness: Annotated[Witness, _WITNESS]


class TileClaim(NamedTuple):
    """What is claimed of a tile: f'(x) lies in slope and |f'(x) - s(x)| <= residual for lo <= x <= hi."""

    lo: Fraction
    hi: Fraction
    slope: Interval
    residual: Fraction


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

    @property
    def tiles(self) -> tuple[TileClaim, ...]:
        """What is claimed of each tile, ascending; () for a refutation or an identity alone."""
        return tuple(
            TileClaim(lo, hi, tile.slope, tile.residual)
            for component in (self.proof.components if isinstance(self.proof, Enclosure) else ())
            for tile, lo, hi in zip(component.tiles, component.ends, component.ends[1:], strict=False)
        )


# --- the statement ----------------------------------------------------------------------

_NAME = re.compile(rf"[A-Za-z_][A-Za-z0-9_.-]{{0,{MAX_NAME - 1}}}\Z", re.ASCII)


def is_name(name: str) -> bool:
    """Whether a statement or an entry may have this name: nothing that could pass for more."""
    return bool(_NAME.match(name))


def _read_value(value: Json, where: str) -> Fraction | Range:
    is_range = isinstance(value, str) and value[:1] in ("(", "[")
    return RANGE.read(value, where) if is_range else NUMBER.read(value, where)


_VALUE_OR_RANGE: Kind[Fraction | Range] = Kind(
    _read_value,
    lambda value: RANGE.write(value) if isinstance(value, Range) else NUMBER.write(value),
    {"anyOf": [NUMBER.schema, RANGE.schema]},
)

FORMULAS: Record[dict[str, Any]] = Record(
    dict,
    {
        "name": text(
            _NAME, f"the name of an entry: a letter, then letters, digits, . _ - ({MAX_NAME} at most)"
        ),
        "function": TERM,
        "derivative": TERM,
    },
)
_VALUES = many(several("element", NUMBER, TERM), MAX_LIST, by=lambda row: row[0], least=1)
_KINKS: dict[str, Field] = {
    "exceptions": Field(many(NUMBER, MAX_LIST, by=lambda at: at, least=1), optional=True, otherwise=()),
    "kink_values": Field(_VALUES, optional=True, otherwise=()),
}
# What tiles prove or a witness refutes, of the formulas.
_BOUNDED: Record[dict[str, Any]] = Record(
    dict,
    {
        **FORMULAS.fields,
        "parameters": named(NUMBER, MAX_LIST),
        "domain": many(COMPACT, MAX_LIST, least=1),
        "atol": NUMBER,
        "rtol": NUMBER,
        **_KINKS,
    },
)
# What an identity proves of them, beside tiles or alone.
_EXACT: Record[dict[str, Any]] = Record(
    dict,
    {
        "domain": many(PART, MAX_LIST, least=1),
        "parameters": named(_VALUE_OR_RANGE, MAX_LIST),
        **_KINKS,
    },
)


def spec_of(where: str, claim: Mapping[str, Any]) -> Spec:
    """The spec with these fields; Rejected where it makes no sense."""
    try:
        return Spec(**claim)
    except UsageError as error:
        raise Rejected(where, str(error), "a well-formed statement") from error


def _specs(claim: dict[str, Any], exact_claim: dict[str, Any] | None) -> tuple[Spec, Spec | None]:
    """The spec, and the exact claim where there is one; one and the same where it is alone."""
    exact = None
    if exact_claim is not None:
        formulas = {key: claim[key] for key in FORMULAS.fields}
        exact = spec_of("statement exact", {**formulas, **exact_claim, "atol": Fraction(0)})
        if claim.keys() == formulas.keys():
            return exact, exact
    if claim["atol"] + claim["rtol"] == 0:
        raise Rejected("statement atol", "0, and rtol 0", "a tolerance that is not 0")
    spec = spec_of("statement", claim)
    apart = parameter_apart(exact, spec) if exact else None
    if exact and apart:
        found, needed = (strict.shown(str(c.parameters.get(apart, "none"))) for c in (exact, spec))
        raise Rejected(f"exact parameter {apart}", found, f"{needed} as for the tiles, or a range with it")
    return spec, exact


def encode_statement(spec: Spec, exact: Spec | None = None) -> dict[str, Json]:
    """The statement that a certificate proves or refutes, and the exact claim beside it;
    UsageError for an infinite or open end or a symbolic parameter in the former."""
    if spec is exact:
        return {**FORMULAS.row(spec), "exact": _EXACT.row(exact)}
    if spec.compact_domain() is None or spec.ranges:
        raise UsageError("enclosures state bounded, closed domains and parameters with values only")
    if exact is None:
        return _BOUNDED.row(spec)
    same = (exact.function, exact.derivative) == (spec.function, spec.derivative)
    if not same or parameter_apart(exact, spec) is not None:
        raise UsageError("an exact claim for other formulas, or other values, than the tiles beside it")
    return {**_BOUNDED.row(spec), "exact": _EXACT.row(exact)}


def statement_of(certificate: Certificate) -> dict[str, Json]:
    """The statement that a certificate makes."""
    exact = certificate.identity.spec if certificate.identity else None
    return encode_statement(certificate.spec if certificate.proof or exact is None else exact, exact)


def digest(statement: Mapping[str, Json]) -> str:
    """sha256 of the statement as JSON with sorted keys, no spaces and ASCII escapes."""
    from hashlib import sha256

    text = json.dumps(statement, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return "sha256:" + sha256(text.encode("ascii")).hexdigest()


# --- the file ---------------------------------------------------------------------------

_ENCLOSURE, _REFUTATION = Record(Enclosure), Record(Refutation)
_DIGEST = Kind(strict.string, str, {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"})


def _file(kind: str, statement: Mapping[str, Declared], **proof: Declared) -> Record[dict[str, Any]]:
    fields: dict[str, Declared] = {
        "format": word(FORMAT),
        "kind": word(kind),
        "statement": Record(dict, statement),
        "digest": _DIGEST,
        "prover_only": Field(many(TEXT, MAX_LIST), optional=True),
    }
    return Record(dict, {**fields, **proof})


FILES = {
    "enclosure": _file(
        "enclosure",
        {"claim": Inline(_BOUNDED), "exact": Field(_EXACT, optional=True)},
        proof=Inline(_ENCLOSURE),
        identity=Field(PROOF, optional=True),
    ),
    "refutation": _file("refutation", {"claim": Inline(_BOUNDED)}, proof=Inline(_REFUTATION)),
    "identity": _file("identity", {"claim": Inline(FORMULAS), "exact": _EXACT}, identity=PROOF),
}


def decode(data: bytes) -> Certificate:
    """The certificate that the bytes hold; Rejected where they are not one, to the letter.

    Time and memory are bounded by the length of `data`, which is at most MAX_BYTES.
    """
    if len(data) > MAX_BYTES:
        raise Rejected("file", f"{len(data)} bytes", f"at most {MAX_BYTES}")
    body = strict.mapping(strict.load(data), "file")
    word(FORMAT).read(body.get("format", "none"), "format")
    file = FILES[word(*FILES).read(body.get("kind", "none"), "kind")].read(body, "")
    spec, exact = _specs(file["statement"]["claim"], file["statement"].get("exact"))
    expected = digest(strict.mapping(body["statement"], "statement"))
    if file["digest"] != expected:
        raise Rejected("digest", strict.shown(file["digest"]), expected)
    prover_only = file["prover_only"] or ()
    if prover_only != spec.prover_only:
        needed = ", ".join(spec.prover_only) or "none"
        raise Rejected("prover_only", strict.shown(", ".join(prover_only)), f"{needed}, by the formulas")
    identity = file.get("identity")
    if (identity is None) != (exact is None):
        raise Rejected("file", "one of the two", "an exact claim and its identity, or neither")
    found = None if identity is None or exact is None else identity_of(identity, exact)
    return Certificate(spec, file.get("proof"), found)


def encode(certificate: Certificate) -> bytes:
    """The canonical bytes: two levels indented, one tile a line, a final newline."""
    statement = statement_of(certificate)
    body: dict[str, Json] = {
        "format": FORMAT,
        "kind": certificate.kind,
        "statement": statement,
        "digest": digest(statement),
    }
    if certificate.spec.prover_only:
        body["prover_only"] = list(certificate.spec.prover_only)
    if isinstance(certificate.proof, Enclosure):
        body |= _ENCLOSURE.row(certificate.proof)
    elif certificate.proof is not None:
        body |= _REFUTATION.row(certificate.proof)
    if certificate.identity is not None:
        body["identity"] = encode_identity(certificate.identity)
    return (_pretty(body, 0) + "\n").encode("ascii")


def _pretty(value: Any, level: int) -> str:
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
