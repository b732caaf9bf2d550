"""The signs of guards on an open tile and beside a point: exact where they are affine, else by rectangles."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from certify.language.affine import sign_beside, sign_between
from certify.language.terms import Apply, Term, Variable
from certify.verifier.arithmetic import interval as iv
from certify.verifier.arithmetic.rectangle import Rectangle
from certify.verifier.enclosure.evaluate import NotEnclosed, apply, cost, leaf
from certify.verifier.guards import Lines, SignOf, Undecidable
from certify.verifier.work import Work

GUARD_BITS = 128
GUARD_DEPTH = 5  # a guard that is not affine is decided on 2**GUARD_DEPTH parts of a tile


def sign_on_tile(lo: Fraction, hi: Fraction, lines: Lines | None = None) -> SignOf:
    """The sign that a term has on all of the open interval (lo, hi).

    A term that is not affine must have one strict sign on 2**GUARD_DEPTH equal parts of [lo, hi].
    """
    lines = lines or Lines(Work())
    parts: list[Values] = []

    def sign(term: Term) -> int:
        line = lines(term)
        if line is None:
            if not parts:
                parts.extend(Values(box, GUARD_BITS, lines.work) for box in _parts(lo, hi))
            signs = {_strict_sign(values, term) for values in parts}
            if len(signs) > 1:
                raise Undecidable
            return signs.pop()
        found = sign_between(line, lo, hi)
        if found is None:
            raise Undecidable
        return found

    return sign


def _parts(lo: Fraction, hi: Fraction) -> list[iv.Interval]:
    step = (hi - lo) / 2**GUARD_DEPTH
    ends = [iv.from_fraction(lo + i * step, GUARD_BITS) for i in range(2**GUARD_DEPTH + 1)]
    return [iv.hull(a, b) for a, b in pairwise(ends)]


def sign_near(point: Fraction, side: int, lines: Lines | None = None) -> SignOf:
    """The sign of a term just left of the point (side -1), at it (0), just right of it (1)."""
    lines = lines or Lines(Work())
    values = Values(iv.from_fraction(point, GUARD_BITS), GUARD_BITS, lines.work)

    def sign(term: Term) -> int:
        line = lines(term)
        return _strict_sign(values, term) if line is None else sign_beside(line, point, side)

    return sign


def _strict_sign(values: Values, term: Term) -> int:
    try:
        value = values(term)[0]
    except NotEnclosed as stop:
        raise Undecidable from stop
    if iv.contains_zero(value):
        raise Undecidable
    return 1 if iv.is_positive(value) else -1


class Values:
    """The values of guard-free terms for real x in one interval; an object only once."""

    def __init__(self, x: iv.Interval, bits: int, work: Work) -> None:
        self._x = x
        self._bits = bits
        self._work = work
        self._known: dict[int, tuple[Term, Rectangle]] = {}

    def __call__(self, term: Term) -> Rectangle:
        """A rectangle that holds the values; every subterm is analytic on a neighbourhood of the
        interval.  NotEnclosed where that is not shown."""
        found = self._known.get(id(term))
        if found is None:
            found = self._known[id(term)] = term, self._value(term)
        return found[1]

    def _value(self, term: Term) -> Rectangle:
        if isinstance(term, Variable):
            return self._x, iv.ZERO
        if not isinstance(term, Apply):
            return leaf(term, self._bits)
        parts = [self(part) for part in term.arguments]
        self._work.spend(20 + cost(term, self._bits, wide=True))
        return apply(term, parts, self._bits, self._work)
