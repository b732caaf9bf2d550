"""Records of exact proofs: f' = s as an identity in a tower of generators (theory, I1 to I5).

A *tower* over the rationals, x, pi and the symbolic parameters adds one generator after the
other, each an exponential, a logarithm, a root or an inverse function of what is already
there.  The records hold the choices: the generators, how every application in f and s is
written in them, and the points that cut a piece so that interval evaluation shows each side
condition.  A generator's derivative is a claim.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, NamedTuple, Self

from certify.certificate import strict
from certify.certificate.fields import (
    FINITE_END,
    FREE_NAME,
    HIGH_END,
    LOW_END,
    NUMBER,
    TERM,
    Field,
    Inline,
    Kind,
    Record,
    check_ends,
    check_increasing,
    end,
    integer,
    many,
    named,
    several,
    word,
)
from certify.certificate.strict import MAX_LIST, Json
from certify.language.errors import Rejected
from certify.language.spec import Bound, Spec
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


def _end(i: int, count: int) -> Kind[Bound]:
    """The kind of an end of a section's pieces: the first and the last may be infinite."""
    return LOW_END if i == 0 else HIGH_END if i == count - 1 else FINITE_END


def _read_ends(value: Json, where: str) -> tuple[Bound, ...]:
    items = strict.listing(value, where, MAX_LIST)
    return tuple(_end(i, len(items)).read(item, f"{where} {i + 1}") for i, item in enumerate(items))


def _write_ends(ends: tuple[Bound, ...]) -> Json:
    return [_end(i, len(ends)).write(end) for i, end in enumerate(ends)]


_ENDS = Kind(_read_ends, _write_ends, many(end("-inf", "inf"), MAX_LIST, least=2).schema)
_COUNTS = named(integer(-MAX_POWER, MAX_POWER), MAX_LIST + MAX_GENERATORS)
_POWERS = Kind(
    lambda value, where: tuple(_COUNTS.read(value, where).items()),
    lambda powers: {name: str(n) for name, n in powers},
    _COUNTS.schema,
)


class Atom(NamedTuple):
    """kind(of), or for a root the positive number whose degree-th power is `of`.

    degree  of a root, 2 or more; else 1
    of      in x, pi, the parameters and the generators before
    """

    kind: Annotated[str, word(*KINDS)]
    degree: Annotated[int, Field(integer(2, MAX_POWER), only=("kind", "root"), otherwise=1)]
    of: Annotated[Term, TERM]


class Generator(NamedTuple):
    """A name for an atom, and the claim of its derivative with respect to x."""

    name: Annotated[str, FREE_NAME]
    atom: Annotated[Atom, Inline(Record(Atom))]
    derivative: Annotated[Term, TERM]


class Step(NamedTuple):
    """How an atom is written in the generators.

    exp, root  factor * product of g**n       log  sum of n*log(g), plus log(factor)
    other      sign * g for the one generator g of that kind (factor is 1 or -1)
    """

    atom: Annotated[Atom, Inline(Record(Atom))]
    factor: Annotated[Fraction, NUMBER]
    powers: Annotated[tuple[tuple[str, int], ...], _POWERS]


class Tower(NamedTuple):
    """Generators, each over those before it, and the steps that write the other atoms in them."""

    generators: Annotated[tuple[Generator, ...], many(Record(Generator), MAX_GENERATORS)]
    steps: Annotated[tuple[Step, ...], many(Record(Step), MAX_GENERATORS)]

    def expanded(self, term: Term) -> Term:
        """A term over the generators with their atoms in the place of their names."""
        return expanded(term, ((generator.name, generator.atom) for generator in self.generators))


class Piece(NamedTuple):
    """f' = s between two ends, and the points that cut it for the side conditions."""

    tower: Annotated[Tower, Inline(Record(Tower))]
    cover: Annotated[tuple[Fraction, ...], many(NUMBER, MAX_LIST)]


class Join(NamedTuple):
    """A point b where the formula of f, or s alone, changes.

    values   f left of b, at b and right of b, in the tower of constants
    slopes   the derivatives of the formulas left and right of b, there
    spec     s(b)
    verdict  smooth: f'(b) = s(b); subgradient: f is continuous, and s(b) lies between the slopes;
             jump: f has no derivative; open: nothing is shown
    """

    at: Annotated[Fraction, NUMBER]
    verdict: Annotated[str, word(*VERDICTS)]
    tower: Annotated[Tower, Inline(Record(Tower))]
    values: Annotated[tuple[Term, Term, Term], several("term", TERM, TERM, TERM)]
    slopes: Annotated[tuple[Term, Term], several("term", TERM, TERM)]
    spec: Annotated[Term, TERM]


class Section(NamedTuple):
    """One interval of the domain: the ends of its pieces, ascending, and what is between."""

    ends: Annotated[tuple[Bound, ...], _ENDS]
    pieces: Annotated[tuple[Piece, ...], many(Record(Piece), MAX_LIST, least=1)]

    def checked(self, where: str) -> Self:
        check_ends(self.ends, len(self.pieces), "pieces", where)
        for i, (piece, (lo, hi)) in enumerate(zip(self.pieces, pairwise(self.ends), strict=True), 1):
            check_increasing((lo, *piece.cover, hi), f"{where} pieces {i} cover")
        return self


class Proof(NamedTuple):
    """An identity as it is in a file, apart from its claim."""

    sections: Annotated[tuple[Section, ...], many(Record(Section), MAX_LIST)]
    joins: Annotated[tuple[Join, ...], many(Record(Join), MAX_LIST, by=lambda join: join.at)]
    open_ends: Annotated[tuple[Fraction, ...], many(NUMBER, MAX_LIST, by=lambda end: end)]


class Identity(NamedTuple):
    """The proof that f' = s on the whole of the spec's domain, but for its kinks: there f is
    continuous and s between the one-sided derivatives, less the spec's exceptions; the spec's
    tolerances are 0.

    open_ends  the closed ends of the domain where the formula of f changes, all exceptions
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

    @property
    def proof(self) -> Proof:
        return Proof(self.sections, self.joins, self.open_ends)


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


# --- names, and what is rational --------------------------------------------------------


def identity_of(proof: Proof, spec: Spec, where: str = "identity") -> Identity:
    """The proof of an exact claim; Rejected where a term holds more than it may there: names that are
    not known, x where it is a constant, or other functions than + - * / and integer powers."""
    symbolic = tuple(spec.ranges)
    for i, section in enumerate(proof.sections, 1):
        for j, piece in enumerate(section.pieces, 1):
            _check_tower(piece.tower, f"{where} sections {i} pieces {j}", symbolic, constants=False)
    for i, join in enumerate(proof.joins, 1):
        place = f"{where} joins {i}"
        known = _check_tower(join.tower, place, symbolic, constants=True)
        for term in (*join.values, *join.slopes, join.spec):
            _check_term(term, place, known, constants=True)
    return Identity(spec, *proof)


def _check_tower(tower: Tower, where: str, symbolic: tuple[str, ...], *, constants: bool) -> list[str]:
    """The names that are known over a tower: each generator's own after its `of` and before all else."""
    known = list(symbolic)
    for i, generator in enumerate(tower.generators, 1):
        place = f"{where} generators {i}"
        if generator.name in known:
            raise Rejected(f"{place} name", strict.shown(generator.name), "a name that is new")
        _check_term(generator.atom.of, f"{place} of", known, constants=constants)
        known.append(generator.name)
    for i, generator in enumerate(tower.generators, 1):
        _check_term(generator.derivative, f"{where} generators {i} derivative", known, constants=constants)
    for i, step in enumerate(tower.steps, 1):
        for name, _ in step.powers:
            if name not in known:
                needed = "generators and symbolic parameters"
                raise Rejected(f"{where} steps {i} powers", strict.shown(name), needed)
        _check_term(step.atom.of, f"{where} steps {i} of", known, constants=constants)
    return known


_RATIONAL = {"neg", "add", "sub", "mul", "div", "pown"}


def _check_term(term: Term, where: str, known: Collection[str], *, constants: bool) -> None:
    """A term with rational operations and known names only; without x where it is a constant."""
    check_size(term)
    for node in subterms(term):
        name = "where" if isinstance(node, Where) else node.function if isinstance(node, Apply) else "add"
        if name not in _RATIONAL:
            raise Rejected(where, name, "+ - * / and integer powers only")
        if isinstance(node, Parameter) and node.name not in known:
            raise Rejected(where, f"the leaf {strict.shown(node.name)}", "names that are known there")
        if isinstance(node, Output) or (constants and isinstance(node, Variable)):
            raise Rejected(
                where,
                "y" if isinstance(node, Output) else "x",
                "a constant" if constants else "a term without y",
            )


PROOF = Record(Proof)


def encode_identity(identity: Identity) -> dict[str, Json]:
    """The proof, without its claim."""
    return PROOF.row(identity.proof)


def read_identity(value: Json, spec: Spec) -> Identity:
    """The proof of an exact claim; Rejected where it is not one, to the letter."""
    return identity_of(PROOF.read(value, "identity"), spec)
