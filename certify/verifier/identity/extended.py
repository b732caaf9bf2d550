"""Intervals of the extended real line, for the side conditions of identities [I4].

An `Extended` interval may be unbounded, and open or closed at each end; `Images` evaluates
a guard-free term on one and returns an interval that holds all its values, or says which
subterm is not shown to be analytic there.  Ends are exact rationals, rounded outward when they
grow long; what is beyond 2**MAX_SCALE counts as infinite.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise, product
from typing import NamedTuple

from certify.language.functions import GUARDS, OFF_ZERO, PRIMITIVES, Need
from certify.language.side_conditions import needed
from certify.language.spec import Bound, Range
from certify.language.terms import (
    Apply,
    Constant,
    Parameter,
    Rational,
    Term,
    Variable,
    literal_exponent,
)
from certify.verifier.arithmetic import interval as iv
from certify.verifier.arithmetic import real
from certify.verifier.arithmetic.interval import Unbounded
from certify.verifier.arithmetic.primitives import EVALUATED, FUNCTIONS

BITS = 96
MAX_END_BITS = 256  # of a numerator or denominator that is kept exactly
MAX_SCALE = 2**13
MAX_POWER_BITS = 2**16


class Extended(NamedTuple):
    """The reals between lo and hi; None is an infinite end, which is open."""

    lo: Bound
    hi: Bound
    lo_open: bool
    hi_open: bool


class NotShown(Exception):
    """A subterm that may be undefined, or not analytic, somewhere."""

    def __init__(self, term: Term, needed: str) -> None:
        super().__init__(needed)
        self.term, self.needed = term, needed


LINE = Extended(None, None, True, True)


def between(lo: Bound, hi: Bound) -> Extended:
    """The closed interval, open only where an end is infinite."""
    return Extended(lo, hi, lo is None, hi is None)


def point(value: Fraction) -> Extended:
    return Extended(value, value, False, False)


def of_range(values: Range) -> Extended:
    """The values that x, or a symbolic parameter, takes; short ends, as of long ones a product would
    cost more than what is counted for it."""
    return _outward(Extended(values.low, values.high, not values.closed[0], not values.closed[1]))


def above(a: Extended, value: int) -> bool:
    """Whether every point is more than the value."""
    return a.lo is not None and (a.lo > value or (a.lo == value and a.lo_open))


def under(a: Extended, value: int) -> bool:
    """Whether every point is less than the value."""
    return a.hi is not None and (a.hi < value or (a.hi == value and a.hi_open))


def off_zero(a: Extended) -> bool:
    return above(a, 0) or under(a, 0)


# --- arithmetic -------------------------------------------------------------------------


def neg(a: Extended) -> Extended:
    return Extended(None if a.hi is None else -a.hi, None if a.lo is None else -a.lo, a.hi_open, a.lo_open)


def add(a: Extended, b: Extended) -> Extended:
    lo = None if a.lo is None or b.lo is None else a.lo + b.lo
    hi = None if a.hi is None or b.hi is None else a.hi + b.hi
    return _outward(Extended(lo, hi, a.lo_open or b.lo_open, a.hi_open or b.hi_open))


def mul(a: Extended, b: Extended) -> Extended:
    """The hull of the products.  On the box of a and b the product is bilinear: its bounds are
    limits at corners, where 0*inf counts as 0 since 0 is then a limit and 1*inf another corner.
    A bound that is not 0 is attained at a closed corner only, and 0 where a or b holds it.
    """
    corners = [(_times(p, q), p_open or q_open) for (p, p_open), (q, q_open) in product(_ends(a), _ends(b))]
    low, high = min(value for value, _ in corners), max(value for value, _ in corners)
    zero = not (off_zero(a) and off_zero(b))
    return _outward(_from_ends(low, _open_at(low, corners, zero), high, _open_at(high, corners, zero)))


# An end as a pair that orders as the extended line does: (-1, 0), (0, value) or (1, 0).
_End = tuple[int, Fraction]
_NOTHING = Fraction(0)


def _ends(a: Extended) -> tuple[tuple[_End, bool], tuple[_End, bool]]:
    lo = (-1, _NOTHING) if a.lo is None else (0, a.lo)
    hi = (1, _NOTHING) if a.hi is None else (0, a.hi)
    return (lo, a.lo_open), (hi, a.hi_open)


def _times(p: _End, q: _End) -> _End:
    sign = _sign(p) * _sign(q)
    if sign and (p[0] or q[0]):
        return (sign, _NOTHING)
    return (0, p[1] * q[1])


def _sign(p: _End) -> int:
    return p[0] or (p[1] > 0) - (p[1] < 0)


def _open_at(value: _End, corners: list[tuple[_End, bool]], zero: bool) -> bool:
    if value == (0, _NOTHING):
        return not zero
    return all(is_open for corner, is_open in corners if corner == value)


def _from_ends(low: _End, low_open: bool, high: _End, high_open: bool) -> Extended:
    lo = None if low[0] else low[1]
    hi = None if high[0] else high[1]
    return Extended(lo, hi, low_open or lo is None, high_open or hi is None)


def reciprocal(a: Extended) -> Extended:
    """1/a, for an interval without 0: decreasing on either side."""
    if under(a, 0):
        return neg(reciprocal(neg(a)))
    if not above(a, 0):
        return LINE
    lo = Fraction(0) if a.hi is None else 1 / a.hi
    hi = None if not a.lo else 1 / a.lo
    return _outward(Extended(lo, hi, a.hi_open, a.lo_open))


def magnitude(a: Extended) -> Extended:
    """|t| for t in a."""
    b = neg(a)
    if a.lo is not None and a.lo >= 0:
        return a
    if b.lo is not None and b.lo >= 0:
        return b
    if a.hi is None or b.hi is None:
        return Extended(Fraction(0), None, False, True)
    hi = max(a.hi, b.hi)
    hi_open = all(is_open for end, is_open in ((a.hi, a.hi_open), (b.hi, b.hi_open)) if end == hi)
    return Extended(Fraction(0), hi, False, hi_open)


def power(a: Extended, n: int) -> Extended:
    """t**n for t in a and n >= 0: increasing in t for odd n, in |t| for even n."""
    if n == 0:
        return point(Fraction(1))
    if n % 2 and under(a, 0):
        return neg(power(neg(a), n))
    a = _outward(magnitude(a) if n % 2 == 0 else a)
    bits = max((_bits(end) for end in (a.lo, a.hi) if end is not None), default=0)
    if n > 1 and n * bits > MAX_POWER_BITS:
        return Extended(Fraction(0), None, above(a, 0), True) if a.lo is not None and a.lo >= 0 else LINE
    lo, hi = (None if end is None else end**n for end in (a.lo, a.hi))
    return _outward(Extended(lo, hi, a.lo_open, a.hi_open))


# --- rounding ---------------------------------------------------------------------------


def _bits(value: Fraction) -> int:
    return max(value.numerator.bit_length(), value.denominator.bit_length())


def _outward(a: Extended) -> Extended:
    """An interval that contains a, with short ends; an end that moved is open, as no point of a
    reaches it."""
    lo, hi, lo_open, hi_open = a
    if lo is not None and _bits(lo) > MAX_END_BITS:
        short = _below(lo)
        lo, lo_open = short, lo_open or short != lo
    if hi is not None and _bits(hi) > MAX_END_BITS:
        short = _below(-hi)
        short = None if short is None else -short
        hi, hi_open = short, hi_open or short != hi
    return Extended(lo, hi, lo_open, hi_open)


def _below(value: Fraction) -> Bound:
    """A number of few bits that is at most the value; None for minus infinity."""
    p, q = value.numerator, value.denominator
    size = p.bit_length() - q.bit_length()  # the value is 2**size, within a factor of 2
    if size > MAX_SCALE:
        return None if value < 0 else Fraction(2**MAX_SCALE)
    if size < -MAX_SCALE:
        return Fraction(-1, 2**MAX_SCALE) if value < 0 else Fraction(0)
    places = BITS - size
    if places >= 0:
        return Fraction((p << places) // q, 1 << places)
    return Fraction(p // (q << -places) << -places)


# --- functions --------------------------------------------------------------------------


class _Limits(NamedTuple):
    """Those of an increasing function at the ends of the open interval where it is analytic."""

    low: Bound
    high: Bound


_ZERO, _ONE = Fraction(0), Fraction(1)
_QUARTER_TURN = Fraction(11, 7)  # above pi/2
_PARTS = 16

_INCREASING = {
    "exp": _Limits(_ZERO, None),
    "expm1": _Limits(-_ONE, None),
    "log": _Limits(None, None),
    "log1p": _Limits(None, None),
    "sqrt": _Limits(_ZERO, None),
    "sinh": _Limits(None, None),
    "tanh": _Limits(-_ONE, _ONE),
    "asin": _Limits(-_QUARTER_TURN, _QUARTER_TURN),
    "atan": _Limits(-_QUARTER_TURN, _QUARTER_TURN),
    "asinh": _Limits(None, None),
    "acosh": _Limits(_ZERO, None),
    "atanh": _Limits(None, None),
    "erf": _Limits(-_ONE, _ONE),
    "sigmoid": _Limits(_ZERO, _ONE),
    "softplus": _Limits(_ZERO, None),
}


def image(name: str, a: Extended) -> Extended:
    """The values of a function on an interval inside the open set where it is analytic."""
    if name in _INCREASING:
        return _increasing(name, a)
    if name == "acos":
        lo, hi = (iv.to_fraction(end) for end in real.half_pi(BITS))
        found = add(between(lo, hi), neg(image("asin", a)))
        return found if above(found, 0) else found._replace(lo=_ZERO, lo_open=True)
    if name == "erfc":
        return add(point(_ONE), neg(image("erf", a)))
    if name == "cosh":  # sqrt(1 + sinh**2)
        return image("sqrt", add(point(_ONE), power(image("sinh", a), 2)))
    return _periodic(name, a, _PERIODIC[name])


def _increasing(name: str, a: Extended) -> Extended:
    row, need = _INCREASING[name], PRIMITIVES[name].need
    start, end = (need.low, need.high) if need else (None, None)
    lo = row.low if a.lo is None or a.lo == start else _value(name, a.lo, 0)
    hi = row.high if a.hi is None or a.hi == end else _value(name, a.hi, 1)
    # the limits are never attained, so an end that is not better gives way to them
    if lo is None or (row.low is not None and lo <= row.low):
        lo = row.low
    if hi is None or (row.high is not None and hi >= row.high):
        hi = row.high
    # nor are the values at open ends, as the function increases strictly
    lo_open, hi_open = a.lo_open or lo is None or lo == row.low, a.hi_open or hi is None or hi == row.high
    return Extended(lo, hi, lo_open, hi_open)


def _value(name: str, at: Fraction, end: int) -> Bound:
    """A bound of the function's value from below (end 0) or above (1); None where there is none."""
    try:
        real, _ = FUNCTIONS[name]((iv.from_fraction(at, BITS), iv.ZERO), BITS)
        rounded = _outward(point(iv.to_fraction(real[end])))
        return rounded.hi if end else rounded.lo
    except Unbounded:
        return None


def _periodic(name: str, a: Extended, whole: Extended) -> Extended:
    """The hull of rectangles about equal parts, where the interval is bounded, within the whole image."""
    if a.lo is None or a.hi is None:
        return whole
    parts = _PARTS if a.lo < a.hi else 1
    step = (a.hi - a.lo) / parts
    ends = [iv.from_fraction(a.lo + i * step, BITS) for i in range(parts + 1)]
    try:
        boxes = [FUNCTIONS[name]((iv.hull(p, q), iv.ZERO), BITS)[0] for p, q in pairwise(ends)]
        lo = min(iv.to_fraction(box[0]) for box in boxes)
        hi = max(iv.to_fraction(box[1]) for box in boxes)
    except Unbounded:
        return whole
    return between(lo, hi) if whole == LINE else between(max(lo, -_ONE), min(hi, _ONE))


_PERIODIC = {"sin": between(-_ONE, _ONE), "cos": between(-_ONE, _ONE), "tan": LINE}


# --- terms ------------------------------------------------------------------------------


# about the microseconds that an interval takes
_COST = 25
_COSTS = {
    **dict.fromkeys(FUNCTIONS, 100),
    **dict.fromkeys(("pow", "pown", "erf", "erfc", "atan", "asin", "acos", "cosh"), 250),
    **dict.fromkeys(("sin", "cos", "tan"), 2_500),
}


class Images:
    """The values of guard-free terms for x in an interval and each name in its own; an object only once."""

    def __init__(self, x: Extended, names: Mapping[str, Extended]) -> None:
        self.x = _outward(x)
        self.names = dict(names)
        self.cost = 0  # of what was evaluated, in units of the work that a proof may be
        self._known: dict[int, tuple[Term, Extended]] = {}  # by identity, which the term kept holds

    def __call__(self, term: Term) -> Extended:
        """An interval that holds the term's values; every subterm is analytic there [I1].

        NotShown where that is not shown.
        """
        found = self._known.get(id(term))
        if found is None:
            found = self._known[id(term)] = term, self._evaluate(term)
        return found[1]

    def _evaluate(self, term: Term) -> Extended:
        self.cost += _COSTS.get(term.function, _COST) if isinstance(term, Apply) else 1
        match term:
            case Rational(value):
                return _outward(point(value))
            case Variable():
                return self.x
            case Parameter(name):
                return self.names[name]
            case Constant("pi"):
                lo, hi = (iv.to_fraction(end) for end in real.pi(BITS))
                return between(lo, hi)
            case Constant():
                return image("exp", point(_ONE))
            case Apply():
                return self._apply(term, [self(part) for part in term.arguments])
        raise NotShown(term, "a formula without guards")

    def _apply(self, term: Apply, parts: list[Extended]) -> Extended:
        self._check(term)
        a = parts[0]
        match term.function:
            case "neg":
                return neg(a)
            case "add":
                return add(a, parts[1])
            case "sub":
                return add(a, neg(parts[1]))
            case "mul":
                return power(a, 2) if term.arguments[0] == term.arguments[1] else mul(a, parts[1])
            case "div":
                return mul(a, reciprocal(parts[1]))
            case "pown":
                n = literal_exponent(term)
                return power(a, n) if n >= 0 else reciprocal(power(a, -n))
            case "pow":
                return image("exp", mul(parts[1], image("log", a)))
        return image(term.function, a)

    def _check(self, term: Apply) -> None:
        """[I1] A primitive that can be evaluated, whose argument satisfies the table's condition."""
        if term.function in GUARDS:
            raise NotShown(term, "a formula without guards")
        if term.function not in EVALUATED:  # what stands in a guard is in no tower, which would refuse it
            raise NotShown(term, "of functions that the verifier evaluates")
        found = needed(term)
        if found and not _satisfies(self(found[0]), found[1]):
            part, need = found
            raise NotShown(part, "not 0" if need == OFF_ZERO else need.words)


def _satisfies(a: Extended, need: Need) -> bool:
    """Whether every point does."""
    if need == OFF_ZERO:
        return off_zero(a)
    if need.low is None and need.high is None:  # a condition in words only, of the prover's functions
        return False
    return (need.low is None or above(a, need.low)) and (need.high is None or under(a, need.high))
