"""Terms on rectangles, and guards by exact rationals where they are affine.

The verifier's own reading of a term: which branch every guard takes on an open tile or at
a point, and a rectangle that contains the values of the guard-free term that is left.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise

from certify.language.terms import (
    Apply,
    Constant,
    Rational,
    Term,
    Variable,
    Where,
    affine,
    literal_exponent,
)
from certify.verifier import interval as iv
from certify.verifier import rectangle as rect
from certify.verifier.interval import Unbounded
from certify.verifier.rectangle import Rectangle

GUARD_BITS = 128
GUARD_DEPTH = 5  # a guard that is not affine is decided on 2**GUARD_DEPTH parts of a tile

SignOf = Callable[[Term], int]  # the sign of a guard-free term: -1, 0 or 1


class Undecidable(Exception):
    """A guard whose sign is not constant, or not shown to be, where it must be."""


class NotEnclosed(Exception):
    """A subterm that may have a pole or a cut on the rectangle."""

    def __init__(self, term: Term) -> None:
        self.term = term


# --- guards -----------------------------------------------------------------------------


def sign_on_tile(lo: Fraction, hi: Fraction) -> SignOf:
    """The sign that a term has on all of the open interval (lo, hi).

    An affine term is non-zero inside iff it is >= 0 at both ends or <= 0 at both, and not 0
    at both; any other must be off 0 on a rectangle about the closed interval.
    """

    def sign(term: Term) -> int:
        line = affine(term)
        if line is None:
            return _strict_sign_on(term, lo, hi)
        slope, offset = line
        ends = (slope * lo + offset, slope * hi + offset)
        if min(ends) < 0 < max(ends):
            raise Undecidable
        return 1 if max(ends) > 0 else -1 if min(ends) < 0 else 0

    return sign


def sign_near(point: Fraction, side: int) -> SignOf:
    """The sign of a term just left of the point (side -1), at it (0), just right of it (1)."""

    def sign(term: Term) -> int:
        line = affine(term)
        if line is None:
            return _strict_sign(_guard(term), iv.from_fraction(point, GUARD_BITS))
        slope, offset = line
        value = slope * point + offset or slope * side
        return 1 if value > 0 else -1 if value < 0 else 0

    return sign


def _strict_sign_on(term: Term, lo: Fraction, hi: Fraction) -> int:
    """The one strict sign that a term has on 2**GUARD_DEPTH equal parts of [lo, hi]."""
    evaluate = _guard(term)
    step = (hi - lo) / 2**GUARD_DEPTH
    ends = [iv.from_fraction(lo + i * step, GUARD_BITS) for i in range(2**GUARD_DEPTH + 1)]
    signs = {_strict_sign(evaluate, iv.hull(a, b)) for a, b in pairwise(ends)}
    if len(signs) > 1:
        raise Undecidable
    return signs.pop()


def _guard(term: Term) -> Evaluator:
    try:
        return Evaluator((term,), GUARD_BITS)
    except NotEnclosed as stop:
        raise Undecidable from stop


def _strict_sign(evaluate: Evaluator, box: iv.Interval) -> int:
    try:
        value = evaluate((box, iv.ZERO))[0][0]
    except NotEnclosed as stop:
        raise Undecidable from stop
    if iv.contains_zero(value):
        raise Undecidable
    return 1 if iv.is_positive(value) else -1


def choose(term: Term, sign: SignOf) -> Term:
    """The guard-free term that `term` is where every guard has the sign that sign() gives."""
    if isinstance(term, Where):
        s = sign(Apply("sub", (choose(term.left, sign), choose(term.right, sign))))
        holds = {"<": s < 0, "<=": s <= 0, ">": s > 0, ">=": s >= 0}[term.relation]
        return choose(term.then if holds else term.otherwise, sign)
    if not isinstance(term, Apply):
        return term
    parts = tuple(choose(part, sign) for part in term.arguments)
    if term.function == "abs":
        return parts[0] if sign(parts[0]) >= 0 else Apply("neg", parts)
    if term.function == "sign":
        return Rational(Fraction(sign(parts[0])))
    if term.function in ("min", "max"):
        s = sign(Apply("sub", parts))
        return parts[0] if (s >= 0 if term.function == "max" else s <= 0) else parts[1]
    return Apply(term.function, parts)


# --- evaluation -------------------------------------------------------------------------


class Evaluator:
    """Guard-free terms at one precision; equal subterms, and constant ones, only once."""

    def __init__(self, terms: tuple[Term, ...], bits: int) -> None:
        self.bits = bits
        self._slots: dict[Term, int] = {}
        self._values: list[Rectangle | None] = []
        self._steps: list[tuple[int, Apply, tuple[int, ...]]] = []
        self._outputs = tuple(self._slot(term) for term in terms)

    def _slot(self, term: Term) -> int:
        if term in self._slots:
            return self._slots[term]
        arguments: tuple[int, ...] = ()
        if isinstance(term, Apply):
            arguments = tuple(self._slot(part) for part in term.arguments)
        slot = self._slots[term] = len(self._values)
        self._values.append(None)
        if isinstance(term, Apply):
            if any(self._values[i] is None for i in arguments):
                self._steps.append((slot, term, arguments))
            else:
                self._values[slot] = self._apply(term, arguments, self._values)
        elif not isinstance(term, Variable):
            self._values[slot] = self._constant(term)
        return slot

    def _constant(self, term: Term) -> Rectangle:
        if isinstance(term, Rational):
            return iv.from_fraction(term.value, self.bits), iv.ZERO
        if isinstance(term, Constant) and term.name == "pi":
            return rect.pi(self.bits), iv.ZERO
        if isinstance(term, Constant) and term.name == "e":
            return rect.exp(rect.ONE, self.bits)
        raise NotEnclosed(term)

    def _apply(self, term: Apply, arguments: tuple[int, ...], values: list[Rectangle | None]) -> Rectangle:
        parts = [value for i in arguments if (value := values[i]) is not None]
        try:
            if term.function == "pown":
                return rect.power(parts[0], literal_exponent(term), self.bits)
            if term.function == "pow":
                return self._power(parts[0], parts[1])
            if term.function in rect.OPERATIONS:
                return rect.OPERATIONS[term.function](parts[0], parts[1], self.bits)
            return rect.FUNCTIONS[term.function](parts[0], self.bits)
        except Unbounded as stop:
            raise NotEnclosed(term) from stop

    def _power(self, a: Rectangle, b: Rectangle) -> Rectangle:
        """exp(b*log(a))"""
        return rect.exp(rect.mul(b, rect.log(a, self.bits), self.bits), self.bits)

    def __call__(self, x: Rectangle) -> list[Rectangle]:
        """Rectangles that contain the terms' values for every x of the argument; every
        subterm is analytic on a neighbourhood of it.  NotEnclosed where that is not shown."""
        values = self._values.copy()
        place = self._slots.get(Variable())
        if place is not None:
            values[place] = x
        for slot, term, arguments in self._steps:
            values[slot] = self._apply(term, arguments, values)
        return [value for i in self._outputs if (value := values[i]) is not None]
