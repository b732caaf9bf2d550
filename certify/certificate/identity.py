"""Records of exact proofs: f' = s as an identity in a tower of generators (theory, I1 to I5).

A *tower* over the rationals, x, pi and the symbolic parameters adds one generator after the
other, each an exponential, a logarithm, a root or an inverse function of what is already
there.  The records hold the choices: the generators, how every application in f and s is
written in them, and the points that cut a piece so that interval evaluation shows each side
condition.  A generator's derivative is a claim.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from certify.certificate import strict
from certify.certificate.strict import MAX_LIST, Json, encode_term
from certify.language.errors import Rejected
from certify.language.names import NAME, RESERVED
from certify.language.numbers import describe, format_number
from certify.language.spec import Bound, Range, Spec
from certify.language.terms import (
    Apply,
    Output,
    Parameter,
    Rational,
    Term,
    Variable,
    Where,
    check_size,
    substitute,
    subterms,
)

KINDS = ("exp", "log", "root", "erf", "sin", "cos", "asin", "atan", "asinh", "acosh", "atanh")
VERDICTS = ("smooth", "subgradient", "jump", "open")

MAX_GENERATORS = 64
MAX_POWER = 4096


class Atom(NamedTuple):
    """kind(of), or for a root the positive number whose degree-th power is `of`."""

    kind: str  # one of KINDS
    degree: int  # of a root, 2 or more; else 1
    of: Term  # in x, pi, the parameters and the generators before


class Generator(NamedTuple):
    """A name for an atom, and the claim of its derivative with respect to x."""

    name: str
    atom: Atom
    derivative: Term


class Step(NamedTuple):
    """How an atom is written in the generators.

    exp, root  factor * product of g**n       log  sum of n*log(g), plus log(factor)
    other      sign * g for the one generator g of that kind (factor is 1 or -1)
    """

    atom: Atom
    factor: Fraction
    powers: tuple[tuple[str, int], ...]


class Tower(NamedTuple):
    """Generators, each over those before it, and the steps that write the other atoms in them."""

    generators: tuple[Generator, ...]
    steps: tuple[Step, ...]

    def expanded(self, term: Term) -> Term:
        """A term over the generators with their atoms in the place of their names."""
        return expanded(term, ((generator.name, generator.atom) for generator in self.generators))


class Piece(NamedTuple):
    """f' = s between two ends, and the points that cut it for the side conditions."""

    tower: Tower
    cover: tuple[Fraction, ...]


class Join(NamedTuple):
    """A point b where the formula of f, or s alone, changes.

    values   f left of b, at b and right of b, in the tower of constants
    slopes   the derivatives of the formulas left and right of b, there
    spec     s(b)
    verdict  smooth: f'(b) = s(b); subgradient: f is continuous, and s(b) lies between the slopes;
             jump: f has no derivative; open: nothing is shown
    """

    at: Fraction
    verdict: str
    tower: Tower
    values: tuple[Term, Term, Term]
    slopes: tuple[Term, Term]
    spec: Term


class Section(NamedTuple):
    """One interval of the domain: the ends of its pieces, ascending, and what is between."""

    ends: tuple[Bound, ...]
    pieces: tuple[Piece, ...]


class Identity(NamedTuple):
    """The proof that f' = s on the whole of the spec's domain, but for its kinks: there f is
    continuous and s between the one-sided derivatives, less the spec's exceptions; the spec's
    tolerances are 0.

    open_ends  the finite ends of the domain where the formula of f changes, all exceptions
    """

    spec: Spec
    sections: tuple[Section, ...]
    joins: tuple[Join, ...]
    open_ends: tuple[Fraction, ...] = ()

    @property
    def left_out(self) -> tuple[Fraction, ...]:
        """The kinks: the points of the domain at which f' = s is not what the statement says."""
        joins = [join.at for join in self.joins if join.verdict != "smooth"]
        return tuple(sorted([*joins, *self.open_ends]))


def expanded(term: Term, atoms: Iterable[tuple[str, Atom]]) -> Term:
    """The term with named atoms, each over those before it, in the place of their names;
    TermError where one would be too large to write."""
    known: dict[str, Term] = {}

    def leaf(node: Term) -> Term:
        return known.get(node.name, node) if isinstance(node, Parameter) else node

    for name, (kind, degree, of) in atoms:
        argument = substitute(of, leaf)
        if kind != "root":
            known[name] = Apply(kind, (argument,))
        elif degree == 2:
            known[name] = Apply("sqrt", (argument,))
        else:
            known[name] = Apply("pow", (argument, Rational(Fraction(1, degree))))
        check_size(known[name])
    return substitute(term, leaf)


# --- writing ----------------------------------------------------------------------------


def encode_end(end: Bound, side: int) -> str:
    """A number, or -inf or inf on the side given by its sign."""
    return format_number(end) if end is not None else "-inf" if side < 0 else "inf"


KINK_CLAIMS = ("exceptions", "kink_values")  # keys of a statement that stand only where there are any


class KinkClaims(NamedTuple):
    """What a statement says of kinks beside the rule, as in `Spec`."""

    exceptions: tuple[Fraction, ...]
    values: tuple[tuple[Fraction, Term], ...]


def encode_kink_claims(spec: Spec) -> dict[str, Json]:
    """The exceptions and the values at kinks that a statement holds, where there are any."""
    found: dict[str, Json] = {}
    if spec.exceptions:
        found["exceptions"] = [format_number(at) for at in spec.exceptions]
    if spec.kink_values:
        found["kink_values"] = [[format_number(at), encode_term(value)] for at, value in spec.kink_values]
    return found


def encode_claim(spec: Spec) -> dict[str, Json]:
    """The domain, the parameters and the kinks of an exact claim."""
    return {
        "domain": [[encode_end(lo, -1), encode_end(hi, 1)] for lo, hi in spec.domain],
        "parameters": {
            name: str(value) if isinstance(value, Range) else format_number(value)
            for name, value in sorted(spec.parameters.items())
        },
        **encode_kink_claims(spec),
    }


def encode_identity(identity: Identity) -> dict[str, Json]:
    """The proof, without its claim."""
    return {
        "sections": [
            {
                "ends": _ends(section.ends),
                "pieces": [
                    {**_tower(piece.tower), "cover": [format_number(cut) for cut in piece.cover]}
                    for piece in section.pieces
                ],
            }
            for section in identity.sections
        ],
        "joins": [_join(join) for join in identity.joins],
        "open_ends": [format_number(end) for end in identity.open_ends],
    }


def _ends(ends: tuple[Bound, ...]) -> list[str]:
    return [encode_end(end, -1 if i == 0 else 1) for i, end in enumerate(ends)]


def _atom(atom: Atom) -> dict[str, Json]:
    degree = {"degree": str(atom.degree)} if atom.kind == "root" else {}
    return {"kind": atom.kind, **degree, "of": encode_term(atom.of)}


def _tower(tower: Tower) -> dict[str, Json]:
    return {
        "generators": [
            {"name": g.name, **_atom(g.atom), "derivative": encode_term(g.derivative)}
            for g in tower.generators
        ],
        "steps": [
            {
                **_atom(step.atom),
                "factor": format_number(step.factor),
                "powers": {name: str(n) for name, n in step.powers},
            }
            for step in tower.steps
        ],
    }


def _join(join: Join) -> dict[str, Json]:
    return {
        "at": format_number(join.at),
        "verdict": join.verdict,
        **_tower(join.tower),
        "values": [encode_term(value) for value in join.values],
        "slopes": [encode_term(slope) for slope in join.slopes],
        "spec": encode_term(join.spec),
    }


# --- reading ----------------------------------------------------------------------------


def read_identity(value: Json, spec: Spec) -> Identity:
    """The proof of an exact claim; Rejected where it is not one, to the letter."""
    body = strict.record(value, "identity", ("sections", "joins", "open_ends"))
    raw = strict.listing(body["sections"], "sections", MAX_LIST)
    symbolic = tuple(spec.ranges)
    sections = tuple(_read_section(item, f"section {i}", symbolic) for i, item in enumerate(raw, 1))
    joins = strict.read_ascending(
        body["joins"], "join", lambda item, where: _read_join(item, where, symbolic), lambda j: j.at
    )
    ends = strict.read_ascending(body["open_ends"], "open end", strict.number, lambda end: end)
    return Identity(spec, sections, joins, ends)


def read_kink_claims(record: Mapping[str, Json], of: str, parameters: tuple[str, ...]) -> KinkClaims:
    """The kinks that a statement speaks of; the keys stand only where there are any."""
    for key in KINK_CLAIMS:
        if record.get(key, None) == []:
            raise Rejected(f"{of}{key}", "none", "no such key where there are none")
    exceptions = strict.read_ascending(
        record.get("exceptions", []), f"{of}exception", strict.number, lambda at: at
    )
    values = strict.read_ascending(
        record.get("kink_values", []),
        f"{of}kink value",
        lambda item, where: _read_kink_value(item, where, parameters),
        lambda row: row[0],
    )
    return KinkClaims(exceptions, values)


def _read_kink_value(value: Json, where: str, parameters: tuple[str, ...]) -> tuple[Fraction, Term]:
    parts = strict.listing(value, where, 2)
    if len(parts) != 2:
        raise Rejected(where, f"{len(parts)} elements", "a point and a term")
    return strict.number(parts[0], where), strict.read_term(parts[1], where, parameters, 1)


def read_end(value: Json, where: str, side: int) -> Bound:
    """A number, or the infinity of that side."""
    return None if value == ("-inf" if side < 0 else "inf") else strict.number(value, where)


def _read_section(value: Json, where: str, symbolic: tuple[str, ...]) -> Section:
    body = strict.record(value, where, ("ends", "pieces"))
    raw = strict.listing(body["ends"], f"{where} ends", MAX_LIST)
    pieces = strict.listing(body["pieces"], f"{where} pieces", MAX_LIST)
    if len(raw) != len(pieces) + 1 or not pieces:
        raise Rejected(where, f"{len(raw)} ends and {len(pieces)} pieces", "one end more than pieces")
    last = len(raw) - 1
    ends = (
        read_end(raw[0], f"{where} first end", -1),
        *(strict.number(end, f"{where} end {i}") for i, end in enumerate(raw[1:last], 1)),
        read_end(raw[last], f"{where} last end", 1),
    )
    for i, (a, b) in enumerate(pairwise(ends), 1):
        if a is not None and b is not None and a >= b:
            raise Rejected(f"{where} end {i}", describe(b), f"more than {describe(a)}")
    return Section(
        ends,
        tuple(
            _read_piece(piece, f"piece {i} of {last}", a, b, symbolic)
            for i, (piece, (a, b)) in enumerate(zip(pieces, pairwise(ends), strict=True), 1)
        ),
    )


def _read_piece(value: Json, where: str, lo: Bound, hi: Bound, symbolic: tuple[str, ...]) -> Piece:
    body = strict.record(value, where, ("generators", "steps", "cover"))
    raw = strict.listing(body["cover"], f"{where} cover", MAX_LIST)
    cover = tuple(strict.number(cut, f"{where} cover {i}") for i, cut in enumerate(raw, 1))
    for i, (a, b) in enumerate(pairwise((lo, *cover, hi)), 1):
        if a is not None and b is not None and a >= b:
            raise Rejected(f"{where} cover {i}", describe(b), f"more than {describe(a)}")
    return Piece(_read_tower(body, where, symbolic, constants=False), cover)


def _read_tower(body: Mapping[str, Json], where: str, symbolic: tuple[str, ...], *, constants: bool) -> Tower:
    rows = []
    known = list(symbolic)
    for i, item in enumerate(strict.listing(body["generators"], f"{where} generators", MAX_GENERATORS), 1):
        here = f"{where} generator {i}"
        row = strict.record(item, here, None)
        strict.record(row, here, _with_degree(("name", "kind", "degree", "of", "derivative"), row))
        name = strict.string(row["name"], f"{here} name")
        if not NAME.match(name) or name in RESERVED or name in known:
            raise Rejected(f"{here} name", strict.shown(name), "a name that is new and not reserved")
        rows.append((name, _read_atom(row, here, known, constants=constants), row["derivative"], here))
        known.append(name)
    generators = [
        Generator(name, atom, _read_term(derivative, f"{here} derivative", known, constants=constants))
        for name, atom, derivative, here in rows
    ]
    raw = strict.listing(body["steps"], f"{where} steps", MAX_GENERATORS)
    steps = tuple(
        _read_step(item, f"{where} step {i}", known, constants=constants) for i, item in enumerate(raw, 1)
    )
    return Tower(tuple(generators), steps)


def _with_degree(keys: tuple[str, ...], row: Mapping[str, Json]) -> tuple[str, ...]:
    return keys if row.get("kind") == "root" else tuple(key for key in keys if key != "degree")


def _read_atom(row: Mapping[str, Json], where: str, known: list[str], *, constants: bool) -> Atom:
    kind = strict.string(row["kind"], f"{where} kind")
    if kind not in KINDS:
        raise Rejected(f"{where} kind", strict.shown(kind), " or ".join(KINDS))
    degree = strict.count(row["degree"], f"{where} degree", 2, MAX_POWER) if kind == "root" else 1
    return Atom(kind, degree, _read_term(row["of"], f"{where} argument", known, constants=constants))


def _read_step(item: Json, where: str, known: list[str], *, constants: bool) -> Step:
    row = strict.record(item, where, None)
    keys = ("kind", "degree", "of", "factor", "powers")
    strict.record(row, where, _with_degree(keys, row))
    raw = strict.record(row["powers"], f"{where} powers", None)
    for name in raw:
        if name not in known:
            raise Rejected(f"{where} powers", strict.shown(name), "generators and symbolic parameters")
    powers = tuple((n, strict.count(v, f"{where} power", -MAX_POWER, MAX_POWER)) for n, v in raw.items())
    factor = strict.number(row["factor"], f"{where} factor")
    return Step(_read_atom(row, where, known, constants=constants), factor, powers)


def _read_join(value: Json, where: str, symbolic: tuple[str, ...]) -> Join:
    keys = ("at", "verdict", "generators", "steps", "values", "slopes", "spec")
    body = strict.record(value, where, keys)
    verdict = strict.string(body["verdict"], f"{where} verdict")
    if verdict not in VERDICTS:
        raise Rejected(f"{where} verdict", strict.shown(verdict), " or ".join(VERDICTS))
    tower = _read_tower(body, where, symbolic, constants=True)
    known = [*symbolic, *(g.name for g in tower.generators)]
    values = tuple(_terms(body["values"], f"{where} values", 3, known))
    slopes = tuple(_terms(body["slopes"], f"{where} slopes", 2, known))
    spec = _read_term(body["spec"], f"{where} spec", known, constants=True)
    at = strict.number(body["at"], f"{where} at")
    return Join(at, verdict, tower, (values[0], values[1], values[2]), (slopes[0], slopes[1]), spec)


def _terms(value: Json, where: str, wanted: int, known: list[str]) -> Iterator[Term]:
    items = strict.listing(value, where, wanted)
    if len(items) != wanted:
        raise Rejected(where, f"{len(items)} terms", str(wanted))
    for item in items:
        yield _read_term(item, where, known, constants=True)


_RATIONAL = {"neg", "add", "sub", "mul", "div", "pown"}


def _read_term(value: Json, where: str, known: list[str], *, constants: bool) -> Term:
    """A term with rational operations only; without x where it is a constant."""
    term = strict.read_term(value, where, known, 1)
    check_size(term)
    for node in subterms(term):
        name = "where" if isinstance(node, Where) else node.function if isinstance(node, Apply) else "add"
        if name not in _RATIONAL:
            raise Rejected(where, name, "+ - * / and integer powers only")
        if isinstance(node, Output) or (constants and isinstance(node, Variable)):
            raise Rejected(where, encode_term(node), "a constant" if constants else "a term without y")
    return term
