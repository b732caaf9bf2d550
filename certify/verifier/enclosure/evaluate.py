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
    X,
    affine,
    cancelling,
    literal_exponent,
)
from certify.verifier.arithmetic import interval as iv
from certify.verifier.arithmetic import real
from certify.verifier.arithmetic import rectangle as rect
from certify.verifier.arithmetic.interval import Unbounded
from certify.verifier.arithmetic.rectangle import Rectangle
from certify.verifier.enclosure.centred import Centred, Step, may_cancel
from certify.verifier.work import Work, evaluation, exact, power

GUARD_BITS = 128
GUARD_DEPTH = 5  # a guard that is not affine is decided on 2**GUARD_DEPTH parts of a tile

SignOf = Callable[[Term], int]  # the sign of a guard-free term: -1, 0 or 1
Line = tuple[Fraction, Fraction]  # (a, b): a*x + b


class Undecidable(Exception):
    """A guard whose sign is not constant, or not shown to be, where it must be."""


class NotEnclosed(Exception):
    """A subterm that may have a pole or a cut on the rectangle."""

    def __init__(self, term: Term) -> None:
        self.term = term


# --- terms, each only once --------------------------------------------------------------


class Shared:
    """One object for all terms that are equal: what is known of a term is then known by identity."""

    def __init__(self) -> None:
        self._known: dict[object, Term] = {}
        self._seen: dict[int, tuple[Term, Term]] = {}  # by identity, which the term kept here holds

    def __call__(self, term: Term) -> Term:
        """The term, or the equal one that came first; a condition is not looked into."""
        found = self._seen.get(id(term))
        if found is None:
            found = self._seen[id(term)] = term, self._first(term)
        return found[1]

    def _first(self, term: Term) -> Term:
        if isinstance(term, Apply):
            return self.apply(term.function, tuple(self(part) for part in term.arguments))
        if isinstance(term, Where):
            parts = (self(part) for part in (term.left, term.right, term.then, term.otherwise))
            return Where(term.relation, *parts)
        return self._known.setdefault(term, term)

    def apply(self, function: str, parts: tuple[Term, ...]) -> Term:
        """The function applied to parts that are shared."""
        return self._known.setdefault((function, *map(id, parts)), Apply(function, parts))


class Lines:
    """`affine` of terms, each object once; with a number in the place of x, their exact values.

    An exact value is a pair (0, b); None where exact arithmetic gives none.
    """

    def __init__(self, work: Work, x: Line | None = (Fraction(1), Fraction(0))) -> None:
        self.work = work
        self._x = x
        self._known: dict[int, tuple[Term, Line | None]] = {}

    def __call__(self, term: Term) -> Line | None:
        found = self._known.get(id(term))
        if found is None:
            found = self._known[id(term)] = term, self._line(term)
            if found[1] is not None:
                self.work.spend(exact(max(map(_bits, found[1]))))
        return found[1]

    def _line(self, term: Term) -> Line | None:
        self.work.spend(1)
        if isinstance(term, Variable):
            return self._x
        if isinstance(term, Rational):
            return Fraction(0), term.value
        if not isinstance(term, Apply):
            return None
        lines = [self(part) for part in term.arguments]
        known = [line for line in lines if line is not None]
        if len(known) < len(lines):
            return None
        return affine(Apply(term.function, tuple(_as_term(line) for line in known)))


def _as_term(line: Line) -> Term:
    slope, offset = line
    return Apply("add", (Apply("mul", (Rational(slope), X)), Rational(offset))) if slope else Rational(offset)


def _bits(value: Fraction) -> int:
    return max(value.numerator.bit_length(), value.denominator.bit_length())


# --- guards -----------------------------------------------------------------------------


def sign_on_tile(lo: Fraction, hi: Fraction, lines: Lines | None = None) -> SignOf:
    """The sign that a term has on all of the open interval (lo, hi).

    An affine term is non-zero inside iff it is >= 0 at both ends or <= 0 at both, and not 0
    at both; any other must have one strict sign on 2**GUARD_DEPTH equal parts of [lo, hi].
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
        slope, offset = line
        ends = (slope * lo + offset, slope * hi + offset)
        if min(ends) < 0 < max(ends):
            raise Undecidable
        return 1 if max(ends) > 0 else -1 if min(ends) < 0 else 0

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
        if line is None:
            return _strict_sign(values, term)
        slope, offset = line
        value = slope * point + offset or slope * side
        return 1 if value > 0 else -1 if value < 0 else 0

    return sign


def _strict_sign(values: Values, term: Term) -> int:
    try:
        value = values(term)[0]
    except NotEnclosed as stop:
        raise Undecidable from stop
    if iv.contains_zero(value):
        raise Undecidable
    return 1 if iv.is_positive(value) else -1


def choose(term: Term, sign: SignOf, shared: Shared | None = None, work: Work | None = None) -> Term:
    """The guard-free term, shared, that a term is where every guard has the sign that sign() gives;
    an object is looked at only once."""
    shared, work = shared or Shared(), work or Work()
    known: dict[int, Term] = {}

    def chosen(node: Term) -> Term:
        found = known.get(id(node))
        if found is None:
            work.spend(1)
            found = known[id(node)] = branch(node)
        return found

    def branch(node: Term) -> Term:
        if isinstance(node, Where):
            s = sign(shared.apply("sub", (chosen(node.left), chosen(node.right))))
            holds = {"<": s < 0, "<=": s <= 0, ">": s > 0, ">=": s >= 0}[node.relation]
            return chosen(node.then if holds else node.otherwise)
        if not isinstance(node, Apply):
            return node
        parts = tuple(chosen(part) for part in node.arguments)
        if node.function == "abs":
            return parts[0] if sign(parts[0]) >= 0 else shared.apply("neg", parts)
        if node.function == "sign":
            return shared(Rational(Fraction(sign(parts[0]))))
        if node.function in ("min", "max"):
            s = sign(shared.apply("sub", parts))
            return parts[0] if (s >= 0 if node.function == "max" else s <= 0) else parts[1]
        return shared.apply(node.function, parts)

    return chosen(shared(term))


# --- evaluation -------------------------------------------------------------------------


def _leaf(term: Term, bits: int) -> Rectangle:
    if isinstance(term, Rational):
        return iv.from_fraction(term.value, bits), iv.ZERO
    if isinstance(term, Constant) and term.name == "pi":
        return real.pi(bits), iv.ZERO
    if isinstance(term, Constant) and term.name == "e":
        return rect.exp(rect.ONE, bits)
    raise NotEnclosed(term)


def _cost(term: Apply, bits: int, *, wide: bool) -> int:
    if term.function == "pown":
        return power(literal_exponent(term), bits)
    return evaluation(term.function, bits, wide=wide)


def _apply(term: Apply, parts: list[Rectangle], bits: int, work: Work) -> Rectangle:
    name = term.function
    try:
        if name in rect.OPERATIONS:
            return rect.OPERATIONS[name](parts[0], parts[1], bits)
        if name == "pown":
            return rect.power(parts[0], literal_exponent(term), bits)
        if name == "pow":  # exp(b*log(a))
            return rect.exp(rect.mul(parts[1], rect.log(parts[0], bits), bits), bits)
        if name in ("erf", "erfc"):
            work.spend(rect.erf_work(parts[0], bits))
        return rect.FUNCTIONS[name](parts[0], bits)
    except Unbounded as stop:
        raise NotEnclosed(term) from stop


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
            return _leaf(term, self._bits)
        parts = [self(part) for part in term.arguments]
        self._work.spend(20 + _cost(term, self._bits, wide=True))
        return _apply(term, parts, self._bits, self._work)


class Evaluator:
    """Guard-free terms at one precision; equal subterms, and constant ones, only once.

    wide  whether the rectangles are boxes: they cost more than points, and on them sums that
          decide where a pole or a cut is are narrowed by mean value forms
    """

    def __init__(
        self, terms: tuple[Term, ...], bits: int, work: Work | None = None, *, wide: bool = False
    ) -> None:
        self.bits = bits
        self._wide = wide
        self._work = work or Work()
        self._shared = Shared()
        self._cost = 1  # of a call
        self._slots: dict[int, int] = {}
        self._values: list[Rectangle | None] = []
        self._steps: list[Step] = []
        self._place: int | None = None
        shared = tuple(self._shared(term) for term in terms)
        self._outputs = tuple(self._slot(term) for term in shared)
        self._sums = self._sums_of(shared) if wide else {}
        self._centres: Evaluator | None = None  # of the sums, made when first asked for

    def _sums_of(self, terms: tuple[Term, ...]) -> dict[int, Term]:
        """The sums with x in them that may need a mean value form, by their slots."""
        moving = {step.slot for step in self._steps}
        slots = ((self._slots[id(term)], term) for term in cancelling(terms))
        return {slot: term for slot, term in slots if slot in moving}

    def _slot(self, term: Term) -> int:
        if id(term) in self._slots:
            return self._slots[id(term)]
        arguments: tuple[int, ...] = ()
        if isinstance(term, Apply):
            arguments = tuple(self._slot(part) for part in term.arguments)
        slot = self._slots[id(term)] = len(self._values)
        self._values.append(self._constant(term, arguments))
        if isinstance(term, Variable):
            self._place = slot
        return slot

    def _constant(self, term: Term, arguments: tuple[int, ...]) -> Rectangle | None:
        """The value of a constant term; any other becomes a step."""
        if isinstance(term, Variable):
            return None
        if not isinstance(term, Apply):
            self._work.spend(exact(_bits(term.value)) if isinstance(term, Rational) else 1)
            return _leaf(term, self.bits)
        cost = _cost(term, self.bits, wide=self._wide)
        parts = [value for i in arguments if (value := self._values[i]) is not None]
        if len(parts) == len(arguments):
            self._work.spend(cost)
            return _apply(term, parts, self.bits, self._work)
        self._cost += cost
        self._steps.append(Step(len(self._values), term, arguments))
        return None

    def __call__(self, x: Rectangle) -> list[Rectangle]:
        """Rectangles that contain the terms' values for every x of the argument; every
        subterm is analytic on a neighbourhood of it.  NotEnclosed where that is not shown."""
        self._work.spend(self._cost)
        values = self._values.copy()
        if self._place is not None:
            values[self._place] = x
        centred = None
        if self._sums and self._place is not None:
            centred = Centred(x, self._place, self._steps, values, self.bits, self._at)
        for slot, term, arguments in self._steps:
            parts = [value for i in arguments if (value := values[i]) is not None]
            values[slot] = value = _apply(term, parts, self.bits, self._work)
            if centred and slot in self._sums and may_cancel(value):
                values[slot] = centred.narrowed(slot, value)
        return [value for i in self._outputs if (value := values[i]) is not None]

    def _at(self, centre: Rectangle) -> dict[int, Rectangle]:
        """The sums at a point, by their slots; none where one has no value."""
        self._work.spend(3 * self._cost)  # of the slopes, which come with them
        try:
            if self._centres is None:
                self._centres = Evaluator(tuple(self._sums.values()), self.bits, self._work)
            return dict(zip(self._sums, self._centres(centre), strict=True))
        except (NotEnclosed, Unbounded):
            return {}
