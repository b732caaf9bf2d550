"""The exact claim, checked: f' = s on every piece, the side conditions, and the joins.

Labels [I0] to [I5] are those of certificates/README.md.  The proof's choices (ends, covers,
generators, steps, verdicts) are taken from the record; every formula, derivative and verdict
is computed again, and what differs from the record's claim is a rejection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from certify.certificate import identity as exact
from certify.certificate.identity import Identity, Join, Piece, Section
from certify.language.errors import Rejected
from certify.language.numbers import describe
from certify.language.printer import print_term
from certify.language.spec import Bound, Range, Spec
from certify.language.terms import Apply, Rational, Term, subterms
from certify.verifier.guards import Lines, Shared, SignOf, choose
from certify.verifier.identity.extended import (
    Extended,
    Images,
    NotShown,
    above,
    of_range,
    point,
    under,
)
from certify.verifier.identity.polynomial import Ratio
from certify.verifier.identity.tower import CheckedTower
from certify.verifier.work import Work

_RECORD_WORK = 250  # the least that a piece or a point costs, in products of terms


def verify_identity(identity: Identity, work: Work | None = None) -> None:
    """Rejected unless f' = s at every x of the domain but the points in `identity.left_out`, for
    all the values of the symbolic parameters."""
    _Check(identity, work or Work()).run()


class _CheckedPiece(NamedTuple):
    """A piece that is finished: its formulas of f and s, its tower, and F'."""

    f: Term
    s: Term
    tower: CheckedTower
    slope: Ratio


_Atoms = list[tuple[str, Term]]


class _Check:
    def __init__(self, identity: Identity, work: Work) -> None:
        spec = identity.spec
        self.identity = identity
        self.spec: Spec = spec
        self.f, self.s = spec.bound_terms()
        self.size = sum(1 for term in (self.f, self.s) for _ in subterms(term))
        self.shared = Shared()
        self.work = work
        self.affine = Lines(work)
        self.symbolic = tuple(spec.ranges)
        self.extents = {name: of_range(values) for name, values in spec.ranges.items()}
        self.joins = {join.at: join for join in identity.joins}
        self.open_ends = set(identity.open_ends)
        self.kinks: set[Fraction] = set()

    def run(self) -> None:
        domain, sections = self.spec.domain, self.identity.sections
        if self.spec.atol or self.spec.rtol:
            raise Rejected("exact", "a tolerance", "none")
        if len(domain) != len(sections):
            raise Rejected("sections", f"{len(sections)}", "one for each interval of the domain")
        for i, (part, section) in enumerate(zip(domain, sections, strict=True), 1):
            if (section.ends[0], section.ends[-1]) != (part.low, part.high):
                raise Rejected(f"section {i}", "other ends", "those of the domain's interval")
            self._section(section, part)
        if self.joins:
            raise Rejected(f"join at {describe(min(self.joins))}", "no formula changes there", "no join")
        if self.open_ends:
            raise Rejected("open_ends", describe(min(self.open_ends)), "kinks at ends of the domain only")
        for at in (*self.spec.exceptions, *(at for at, _ in self.spec.kink_values)):
            if at not in self.kinks:
                raise Rejected("exact", f"a word on x = {describe(at)}", "kinks of f in the domain only")

    def _section(self, section: Section, part: Range) -> None:
        shown: list[_CheckedPiece] = []
        for i, (piece, (lo, hi)) in enumerate(zip(section.pieces, pairwise(section.ends), strict=True), 1):
            cells = [of_range(part.between(a, b)) for a, b in pairwise((lo, *piece.cover, hi))]
            shown.append(self._piece(f"piece {i} of {len(section.pieces)}", piece, cells))
        for i, end in enumerate(section.ends):
            if end is not None and end in part:  # of an open end of the domain nothing is claimed
                self._meeting(end, shown[i - 1] if i else None, shown[i] if i < len(shown) else None)

    # --- [I0] to [I3] one piece ---------------------------------------------------------

    def _piece(self, where: str, piece: Piece, cells: list[Extended]) -> _CheckedPiece:
        sign = self._sign_on(where, cells)  # [I0]
        f, s = self._formula(self.f, sign), self._formula(self.s, sign)
        atoms = self._atoms(piece.tower)
        for i, x in enumerate(cells, 1):  # [I1] for f, s and the generators
            self._conditions(f"{where} cell {i}", x, (f, s), atoms)
        tower = CheckedTower(piece.tower, self.symbolic, where, self.work)  # [I2]
        slope = tower.derivative(tower.read(f))
        if not tower.ring.equal(slope, tower.read(s)):  # [I3]
            raise Rejected(where, "f' - s is not 0 by the relations", "f' = s")
        return _CheckedPiece(f, s, tower, slope)

    def _formula(self, term: Term, sign: SignOf) -> Term:
        """The formula of f or of s where the guards have these signs."""
        self.work.spend(self.size + _RECORD_WORK)
        return choose(term, sign, self.shared, self.work)

    def _sign_on(self, where: str, cells: list[Extended]) -> SignOf:
        """[I0] The sign of a guard on the open piece: exact where it is affine, else strict on
        every cell."""

        def sign(guard: Term) -> int:
            line = self.affine(guard)
            if line is not None:
                return _affine_sign(where, *line, cells[0].lo, cells[-1].hi)
            return self._strict_sign(where, guard, cells)

        return sign

    def _strict_sign(self, where: str, guard: Term, cells: list[Extended]) -> int:
        guard = self.shared(guard)
        signs = {self._sign_of(Images(x, self.extents), guard) for x in cells}
        if len(signs) > 1 or 0 in signs:
            raise Rejected(f"{where} guard", f"{print_term(guard)} without one sign shown", "one sign")
        return signs.pop()

    def _sign_of(self, images: Images, term: Term) -> int:
        """1 or -1; 0 where neither is shown."""
        try:
            value = images(term)
        except NotShown:
            return 0
        finally:
            self.work.spend(images.cost)
        return int(above(value, 0)) - int(under(value, 0))

    def _atoms(self, tower: exact.Tower) -> _Atoms:
        """The generators' names and functions."""
        return [(generator.name, self.shared(_function(generator.atom))) for generator in tower.generators]

    def _conditions(
        self, where: str, x: Extended, terms: tuple[Term, ...], atoms: _Atoms, claims: tuple[Term, ...] = ()
    ) -> None:
        """[I1] Every subterm of the formulas is analytic for x in the cell, and every generator;
        and what is claimed in the generators has a value."""
        images = Images(x, self.extents)
        try:
            for term in terms:
                images(term)
            for name, atom in atoms:
                images.names[name] = images(atom)
            for claim in claims:
                images(claim)
        except NotShown as stop:
            what = f"{print_term(stop.term)} is not shown to be {stop.needed}"
            raise Rejected(where, what, "the side condition on the whole cell") from stop
        finally:
            self.work.spend(images.cost)

    # --- [I5] the points between pieces --------------------------------------------------

    def _meeting(self, at: Fraction, before: _CheckedPiece | None, after: _CheckedPiece | None) -> None:
        where = f"join at {describe(at)}"
        left, middle, right = (self._formula(self.f, self._sign_near(where, at, side)) for side in (-1, 0, 1))
        s = self._formula(self.s, self._sign_near(where, at, 0))
        sides = [side for side in (before, after) if side]
        self._check_sides(where, left, right, before, after)
        kink = not left == middle == right
        if kink:
            self.kinks.add(at)
        join = self.joins.pop(at, None)
        if len(sides) < 2:
            self._check_outer_end(where, at, join, kink=kink, covered=s in [side.s for side in sides])
            return
        if not kink and s in [side.s for side in sides]:
            if join:
                raise Rejected(where, "no formula changes there", "no join")
            return  # f is analytic at b and a piece's f' = s extends to it
        if join is None:
            raise Rejected(where, "a formula changes there", "a join")
        if not kink and join.verdict != "smooth":
            raise Rejected(where, f"{join.verdict}, where only the formula of s changes", "smooth")
        stated = self.spec.value_at(at)
        terms = (left, middle, right, s) if stated is None else (left, middle, right, s, stated)
        claims = (*join.values, *join.slopes, join.spec)
        self._conditions(where, point(at), terms, self._atoms(join.tower), claims)
        self._join(where, join, (left, middle, right), s, sides)
        if kink and (join.verdict in ("jump", "open")) != (at in self.spec.exceptions):
            raise Rejected(where, join.verdict, "jump or open at the claim's exceptions, and only there")

    def _check_sides(
        self, where: str, left: Term, right: Term, before: _CheckedPiece | None, after: _CheckedPiece | None
    ) -> None:
        """The formulas next to b are those of the pieces: a guard's sign on a piece is its sign
        next to the end of it."""
        if (before and before.f != left) or (after and after.f != right):
            raise Rejected(where, "another formula of f than on the piece", "the piece's")

    def _check_outer_end(
        self, where: str, at: Fraction, join: Join | None, *, kink: bool, covered: bool
    ) -> None:
        if join:
            raise Rejected(where, "an end of the domain", "no join")
        if kink != (at in self.open_ends):
            found = "a formula of f changes there" if kink else "no formula of f changes there"
            raise Rejected("open_ends", f"{describe(at)}: {found}", "the kinks at the domain's ends")
        if kink and (at not in self.spec.exceptions or self.spec.value_at(at) is not None):
            raise Rejected("open_ends", describe(at), "an exception of the claim, without a value")
        self.open_ends.discard(at)
        if not kink and not covered:
            raise Rejected(where, "s has a formula of its own at this end", "the formula of its piece")

    def _sign_near(self, where: str, at: Fraction, side: int) -> SignOf:
        """The sign of a guard just left of b (side -1), at it, just right of it."""

        def sign(guard: Term) -> int:
            line = self.affine(guard)
            if line is None:  # strict at b, hence near it
                return self._strict_sign(where, guard, [point(at)])
            slope, offset = line
            return _sign(slope * at + offset) or _sign(slope) * side

        return sign

    def _join(
        self, where: str, join: Join, f: tuple[Term, Term, Term], s: Term, sides: list[_CheckedPiece]
    ) -> None:
        tower = CheckedTower(join.tower, self.symbolic, where, self.work, x=join.at)
        ring = tower.ring
        values = [tower.read(term) for term in f]
        slopes = [tower.at(side.slope, side.tower) for side in sides]
        spec = tower.read(s)
        claims = (*join.values, *join.slopes, join.spec)
        for name, claim, found in zip(_NAMES, claims, (*values, *slopes, spec), strict=True):
            if not ring.equal(tower.read(claim), found):
                raise Rejected(f"{where} {name}", print_term(claim), "what the formulas give there")
        if not _VERDICTS[join.verdict](tower, values, slopes, spec):
            raise Rejected(where, join.verdict, "a verdict that values and slopes show")
        stated = self.spec.value_at(join.at)
        if stated is not None and not ring.equal(tower.read(stated), spec):
            raise Rejected(f"{where} spec", print_term(join.spec), f"the stated {print_term(stated)}")


_NAMES = ("value left", "value", "value right", "slope left", "slope right", "spec")


def _function(atom: exact.Atom) -> Term:
    """The atom as a term, whose evaluation shows its condition."""
    if atom.kind != "root":
        return Apply(atom.kind, (atom.of,))
    if atom.degree == 2:
        return Apply("sqrt", (atom.of,))
    return Apply("pow", (atom.of, Rational(Fraction(1, atom.degree))))


def _sign(value: Fraction) -> int:
    return (value > 0) - (value < 0)


def _affine_sign(where: str, slope: Fraction, offset: Fraction, lo: Bound, hi: Bound) -> int:
    """The sign of slope*x + offset on (lo, hi), 0 if it is 0 on all of it."""
    left = _sign(slope * lo + offset) if lo is not None else -_sign(slope) or _sign(offset)
    right = _sign(slope * hi + offset) if hi is not None else _sign(slope) or _sign(offset)
    if left * right < 0:
        raise Rejected(where, f"a guard that changes sign at {describe(-offset / slope)}", "an end there")
    return left or right


# --- verdicts ---------------------------------------------------------------------------

_Verdict = Callable[[CheckedTower, list[Ratio], list[Ratio], Ratio], bool]


def _continuous(tower: CheckedTower, values: list[Ratio]) -> bool:
    return all(tower.ring.equal(values[1], value) for value in values)


def _smooth(tower: CheckedTower, values: list[Ratio], slopes: list[Ratio], spec: Ratio) -> bool:
    """Both one-sided derivatives of f at b exist and are s(b)."""
    return _continuous(tower, values) and all(tower.ring.equal(slope, spec) for slope in slopes)


def _subgradient(tower: CheckedTower, values: list[Ratio], slopes: list[Ratio], spec: Ratio) -> bool:
    """s(b) is one of the one-sided derivatives, or off them by rationals of opposite signs."""
    if not _continuous(tower, values):
        return False
    if any(tower.ring.equal(slope, spec) for slope in slopes):
        return True
    left, right = (tower.ring.rational(tower.ring.sub(spec, slope)) for slope in slopes)
    return left is not None and right is not None and left * right < 0


def _jump(tower: CheckedTower, values: list[Ratio], slopes: list[Ratio], spec: Ratio) -> bool:
    """Two of the three values differ by a rational that is not 0."""
    gaps = (tower.ring.sub(a, b) for a, b in _pairs(values))
    return any(tower.ring.rational(gap) not in (None, 0) for gap in gaps)


def _pairs(values: list[Ratio]) -> Iterator[tuple[Ratio, Ratio]]:
    yield from pairwise(values)
    yield values[0], values[2]


_VERDICTS: dict[str, _Verdict] = {
    "smooth": _smooth,
    "subgradient": _subgradient,
    "jump": _jump,
    "open": lambda tower, values, slopes, spec: True,
}
