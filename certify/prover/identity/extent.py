"""Extents: intervals of the extended real line, open or closed at each end (theory, I4).

Arithmetic and functions give an extent that holds all values; ends are rounded outward.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

from certify.language.spec import Bound, Range
from certify.prover.enclosure.ball import TooLarge, arb, exact, lower, precision, real_ball, upper

BITS = 64
_HIGHEST = 256  # a power beyond it is only known to be >= 0, or nothing
_SCALE = 2**13

# An end is (0, q), a rational, or (-1, 0) and (1, 0), the infinities: tuples order as they do.
LineEnd = tuple[int, Fraction]
_LOW: LineEnd = (-1, Fraction(0))
_HIGH: LineEnd = (1, Fraction(0))
_ZERO: LineEnd = (0, Fraction(0))


class Extent(NamedTuple):
    """The points between two ends; an infinite end is open."""

    lo: LineEnd
    hi: LineEnd
    lo_open: bool
    hi_open: bool


LINE = Extent(_LOW, _HIGH, True, True)


def point(value: Fraction) -> Extent:
    """{value}"""
    return Extent((0, value), (0, value), False, False)


def closed(lo: Bound, hi: Bound) -> Extent:
    """[lo, hi], open at an infinite end."""
    return Extent(_LOW if lo is None else (0, lo), _HIGH if hi is None else (0, hi), lo is None, hi is None)


def of_range(values: Range) -> Extent:
    """The values that x, or a symbolic parameter, takes."""
    whole = closed(values.low, values.high)
    return whole._replace(lo_open=not values.closed[0], hi_open=not values.closed[1])


def is_positive(extent: Extent) -> bool:
    """Whether every point is > 0; False means not shown."""
    return extent.lo > _ZERO or (extent.lo == _ZERO and extent.lo_open)


def excludes_zero(extent: Extent) -> bool:
    """Whether no point is 0; False means not shown."""
    return is_positive(extent) or is_positive(neg(extent))


# --- arithmetic -------------------------------------------------------------------------


def neg(a: Extent) -> Extent:
    """-a"""
    return Extent((-a.hi[0], -a.hi[1]), (-a.lo[0], -a.lo[1]), a.hi_open, a.lo_open)


def _plus(a: LineEnd, b: LineEnd) -> LineEnd:
    return (a[0] or b[0], Fraction(0)) if a[0] or b[0] else (0, a[1] + b[1])


def add(a: Extent, b: Extent) -> Extent:
    """The sums, rounded outward."""
    # a low end is -inf or finite, a high end inf or finite: no sum inf - inf arises
    lo, hi = _plus(a.lo, b.lo), _plus(a.hi, b.hi)
    return _rounded(Extent(lo, hi, a.lo_open or b.lo_open, a.hi_open or b.hi_open))


def _times(a: LineEnd, a_open: bool, b: LineEnd, b_open: bool) -> tuple[LineEnd, bool]:
    """The product of two ends, and whether it is not attained there."""
    if a == _ZERO or b == _ZERO:  # 0 times anything, as every point is finite
        return _ZERO, not ((a == _ZERO and not a_open) or (b == _ZERO and not b_open))
    sign_a, sign_b = (end[0] or (1 if end[1] > 0 else -1) for end in (a, b))
    if a[0] or b[0]:
        return (sign_a * sign_b, Fraction(0)), True
    return (0, a[1] * b[1]), a_open or b_open


def mul(a: Extent, b: Extent) -> Extent:
    """The products, rounded outward."""
    ends = [
        _times(p, p_open, q, q_open)
        for p, p_open in ((a.lo, a.lo_open), (a.hi, a.hi_open))
        for q, q_open in ((b.lo, b.lo_open), (b.hi, b.hi_open))
    ]
    lo, lo_open = min(ends)  # False before True: attained if any way attains it
    hi, hi_closed = max((end, not is_open) for end, is_open in ends)
    if _straddles(a, b):
        lo_open = lo_open and lo != _ZERO
        hi_closed = hi_closed or hi == _ZERO
    return _rounded(Extent(lo, hi, lo_open, not hi_closed))


def _straddles(a: Extent, b: Extent) -> bool:
    """Whether 0 is a point of either."""
    return not (excludes_zero(a) and excludes_zero(b))


def inverse(a: Extent) -> Extent:
    """1/a for an extent without 0."""
    if not is_positive(a):
        return neg(inverse(neg(a)))
    lo = _ZERO if a.hi[0] else (0, 1 / a.hi[1])
    hi = _HIGH if a.lo == _ZERO else (0, 1 / a.lo[1])
    return _rounded(Extent(lo, hi, a.hi_open, a.lo_open))


def power(a: Extent, n: int) -> Extent:
    """a**n for n >= 0: increasing where a >= 0 or n is odd."""
    if n == 0:
        return point(Fraction(1))
    if n % 2 == 0:
        a = magnitude(a)
    if n > _HIGHEST:
        return Extent(_LOW if a.lo < _ZERO else _ZERO, _HIGH, a.lo < _ZERO, True)
    lo, hi = ((end[0], end[1] ** n) for end in (a.lo, a.hi))
    return _rounded(Extent(lo, hi, a.lo_open, a.hi_open))


def magnitude(a: Extent) -> Extent:
    """|a|"""
    b = neg(a)
    if is_positive(b):
        return b
    if is_positive(a) or a.lo == _ZERO:
        return a
    if b.lo == _ZERO:
        return b
    hi, hi_closed = max((a.hi, not a.hi_open), (b.hi, not b.hi_open))
    return Extent(_ZERO, hi, False, not hi_closed)


def _rounded(a: Extent) -> Extent:
    """An extent around `a` whose ends have few bits."""
    lo, lo_open = _short(a.lo, -1, a.lo_open)
    hi, hi_open = _short(a.hi, 1, a.hi_open)
    return Extent(lo, hi, lo_open, hi_open)


def _short(end: LineEnd, side: int, is_open: bool) -> tuple[LineEnd, bool]:
    """An end of few bits on that side of the given one; what is beyond 2**_SCALE is infinite."""
    value = end[1]
    if end[0] or max(value.numerator.bit_length(), value.denominator.bit_length()) <= 2 * BITS:
        return end, is_open
    found = _below(value) if side < 0 else _negative(_below(-value))
    return found, is_open or found != end


def _negative(end: LineEnd) -> LineEnd:
    return (-end[0], -end[1])


def _below(value: Fraction) -> LineEnd:
    """An end of few bits that is at most the value."""
    numerator, denominator = value.numerator, value.denominator
    size = numerator.bit_length() - denominator.bit_length()
    if abs(size) > _SCALE:
        if value < 0:
            return _LOW if size > 0 else (0, Fraction(-1, 2**_SCALE))
        return (0, Fraction(2**_SCALE)) if size > 0 else _ZERO
    shift = BITS - size
    if shift < 0:
        return (0, Fraction(numerator // (denominator << -shift) << -shift))
    return (0, Fraction((numerator << shift) // denominator, 1 << shift))


# --- functions --------------------------------------------------------------------------

_HALF_PI = (0, Fraction(1570796327, 10**9))  # above pi/2


class _Monotone(NamedTuple):
    """An increasing function: its values at rational ends, and the open range of all values."""

    at: Callable[[arb], arb]
    low: LineEnd
    high: LineEnd


def _number(value: int) -> LineEnd:
    return (0, Fraction(value))


def _softplus(x: arb) -> arb:
    return (x.exp() + 1).log() if x < 0 else x + ((-x).exp() + 1).log()


_INCREASING = {
    "exp": _Monotone(arb.exp, _ZERO, _HIGH),
    "log": _Monotone(arb.log, _LOW, _HIGH),
    "log1p": _Monotone(arb.log1p, _LOW, _HIGH),
    "expm1": _Monotone(arb.expm1, _number(-1), _HIGH),
    "sqrt": _Monotone(arb.sqrt, _ZERO, _HIGH),
    "sinh": _Monotone(arb.sinh, _LOW, _HIGH),
    "tanh": _Monotone(arb.tanh, _number(-1), _number(1)),
    "asin": _Monotone(arb.asin, (0, -_HALF_PI[1]), _HALF_PI),
    "atan": _Monotone(arb.atan, (0, -_HALF_PI[1]), _HALF_PI),
    "asinh": _Monotone(arb.asinh, _LOW, _HIGH),
    "acosh": _Monotone(arb.acosh, _ZERO, _HIGH),
    "atanh": _Monotone(arb.atanh, _LOW, _HIGH),
    "erf": _Monotone(arb.erf, _number(-1), _number(1)),
    "sigmoid": _Monotone(lambda x: 1 / (1 + (-x).exp()), _ZERO, _number(1)),
    "softplus": _Monotone(_softplus, _ZERO, _HIGH),
}


def _increasing(name: str, a: Extent) -> Extent:
    """The image of an extent inside the function's domain."""
    row = _INCREASING[name]
    lo, lo_open = _image(row, a.lo, -1)
    hi, hi_open = _image(row, a.hi, 1)
    # it increases strictly: the value at an open end is not attained
    return Extent(lo, hi, lo_open or a.lo_open, hi_open or a.hi_open)


def _image(row: _Monotone, end: LineEnd, side: int) -> tuple[LineEnd, bool]:
    """An end of the image, rounded outward but not beyond the limit, which is not attained."""
    limit = row.low if side < 0 else row.high
    if end[0]:
        return limit, True
    with precision(BITS):
        ball = row.at(exact(end[1]))
        if not ball.is_finite():
            return limit, True
        try:
            found, _ = _short((0, lower(ball) if side < 0 else upper(ball)), side, False)
        except TooLarge:
            return limit, True
    beyond = found <= limit if side < 0 else found >= limit
    return (limit, True) if beyond else (found, False)


_BOUNDED = Extent(_number(-1), _number(1), False, False)


def _wave(name: str, a: Extent) -> Extent:
    """sin or cos, by a ball about a bounded extent."""
    if a.lo[0] or a.hi[0]:
        return _BOUNDED
    with precision(BITS):
        ball = real_ball(a.lo[1], a.hi[1])
        value = ball.sin() if name == "sin" else ball.cos()
        return closed(max(lower(value), Fraction(-1)), min(upper(value), Fraction(1)))


def image(name: str, a: Extent) -> Extent:
    """The values of a function on an extent inside its domain."""
    if name in _INCREASING:
        return _increasing(name, a)
    if name in ("sin", "cos"):
        return _wave(name, a)
    if name == "cosh":
        grown = _increasing("sinh", magnitude(a))  # cosh^2 = 1 + sinh^2
        return _increasing("sqrt", add(point(Fraction(1)), power(grown, 2)))
    if name == "acos":
        return add(point(_HALF_PI[1]), neg(_increasing("asin", a)))._replace(lo=_LOW, lo_open=True)
    if name == "erfc":
        return add(point(Fraction(1)), neg(_increasing("erf", a)))
    return LINE
