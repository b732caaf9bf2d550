"""Closed real intervals with binary ends: the operations that the verifier trusts.

An interval is a pair (lo, hi) of mpmath's raw numbers, sign * man * 2**exp, man odd or 0.  mpmath's
+ - * / and square root of such numbers, rounded down or up (sums of numbers no longer than the
precision: see `_fitting`), are all that is used of it.  They take finite numbers to finite ones, exponents
being unbounded, and no other number is ever made: a divisor that may be 0 is refused first.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from mpmath.libmp import (
    from_man_exp,
    from_rational,
    fzero,
    mpf_add,
    mpf_div,
    mpf_mul,
    mpf_neg,
    mpf_pos,
    mpf_shift,
    mpf_sqrt,
    mpf_sub,
)

Number = Any  # mpmath's raw number, a tuple (sign, man, exp, bitcount)
Interval = tuple[Number, Number]

ZERO: Interval = (fzero, fzero)
MAX_FIXED = 2**22  # bits of an integer that a number is turned into


class Unbounded(Exception):
    """No finite interval encloses the result: a pole, a branch cut or an overflow."""


def compare(a: Number, b: Number) -> int:
    """-1, 0 or 1, as a < b, a = b or a > b, exactly."""
    (sa, ma, ea, ca), (sb, mb, eb, cb) = a, b
    left, right = (-1 if sa else 1) if ma else 0, (-1 if sb else 1) if mb else 0
    if left != right or not left:
        return (left > right) - (left < right)
    larger = ea + ca - eb - cb  # |a| < 2**(ea + ca) <= 2*|a|
    if not larger:
        larger = (ma << (ea - eb)) - mb if ea >= eb else ma - (mb << (eb - ea))
    return left if larger > 0 else -left if larger else 0


def _finite(number: Number) -> bool:
    return bool(number[1]) or number == fzero


def checked(interval: Interval) -> Interval:
    """The interval itself if its ends are finite and in order; Unbounded if not."""
    lo, hi = interval
    if not (_finite(lo) and _finite(hi) and compare(lo, hi) <= 0):
        raise Unbounded
    return interval


def from_fraction(value: Fraction, bits: int) -> Interval:
    """The narrowest interval of `bits`-bit numbers that contains the rational."""
    p, q = value.numerator, value.denominator
    return from_rational(p, q, bits, "f"), from_rational(p, q, bits, "c")


def from_integers(lo: int, hi: int, exponent: int, bits: int) -> Interval:
    """[lo, hi] * 2**exponent, rounded outward to `bits` bits."""
    return checked((from_man_exp(lo, exponent, bits, "f"), from_man_exp(hi, exponent, bits, "c")))


def to_fraction(number: Number) -> Fraction:
    """The exact value of a finite number; Unbounded beyond 2**(+-2**20)."""
    sign, man, exp, _ = number
    if not _finite(number) or abs(exp) > 2**20:
        raise Unbounded
    value = Fraction(int(man) << exp) if exp >= 0 else Fraction(int(man), 1 << -exp)
    return -value if sign else value


def _fitting(bits: int, a: Interval, b: Interval) -> int:
    """A precision that no end of the intervals exceeds.

    mpmath's sum of numbers of very different size is rounded outward only if the larger is
    no longer than the precision.  So sums are rounded first to this precision, then to the
    one asked for; rounding twice in one direction is rounding once.
    """
    longest: int = max(bits, a[0][3], a[1][3], b[0][3], b[1][3])
    return longest


def _rounded(a: Interval, bits: int) -> Interval:
    return mpf_pos(a[0], bits, "f"), mpf_pos(a[1], bits, "c")


def add(a: Interval, b: Interval, bits: int) -> Interval:
    fitting = _fitting(bits, a, b)
    total = mpf_add(a[0], b[0], fitting, "f"), mpf_add(a[1], b[1], fitting, "c")
    return total if fitting == bits else _rounded(total, bits)


def sub(a: Interval, b: Interval, bits: int) -> Interval:
    fitting = _fitting(bits, a, b)
    total = mpf_sub(a[0], b[1], fitting, "f"), mpf_sub(a[1], b[0], fitting, "c")
    return total if fitting == bits else _rounded(total, bits)


def mul(a: Interval, b: Interval, bits: int) -> Interval:
    """By the signs of the ends: where a >= 0, the least product is r times the end of a that makes it so."""
    (p, q), (r, s) = a, b
    if p[0] and q[1] and not q[0]:  # p < 0 < q
        if not (r[0] and s[1] and not s[0]):
            return mul(b, a, bits)
        low = _least(mpf_mul(p, s, bits, "f"), mpf_mul(q, r, bits, "f"))
        return low, _greatest(mpf_mul(p, r, bits, "c"), mpf_mul(q, s, bits, "c"))
    if p[0]:  # a <= 0
        return neg(mul(neg(a), b, bits))
    low, high = (q if r[0] else p), (p if s[0] else q)
    return mpf_mul(low, r, bits, "f"), mpf_mul(high, s, bits, "c")


def _least(a: Number, b: Number) -> Number:
    return a if compare(a, b) <= 0 else b


def _greatest(a: Number, b: Number) -> Number:
    return a if compare(a, b) >= 0 else b


def square(a: Interval, bits: int) -> Interval:
    p, q = magnitude(a)
    return mpf_mul(p, p, bits, "f"), mpf_mul(q, q, bits, "c")


def div(a: Interval, b: Interval, bits: int) -> Interval:
    """a/b; Unbounded if b contains 0."""
    if is_negative(b):
        return div(neg(a), neg(b), bits)
    if not is_positive(b):
        raise Unbounded
    (p, q), (r, s) = a, b
    return mpf_div(p, r if p[0] else s, bits, "f"), mpf_div(q, s if q[0] else r, bits, "c")


def sqrt(a: Interval, bits: int) -> Interval:
    """The square root of a positive interval; Unbounded if it is not."""
    if not is_positive(a):
        raise Unbounded
    return mpf_sqrt(a[0], bits, "f"), mpf_sqrt(a[1], bits, "c")


def neg(a: Interval) -> Interval:
    return mpf_neg(a[1]), mpf_neg(a[0])


def scale(a: Interval, power: int) -> Interval:
    """a * 2**power, exactly."""
    return mpf_shift(a[0], power), mpf_shift(a[1], power)


def is_positive(a: Interval) -> bool:
    return bool(a[0][1]) and not a[0][0]


def is_negative(a: Interval) -> bool:
    return bool(a[1][1] and a[1][0])


def contains_zero(a: Interval) -> bool:
    return not (is_positive(a) or is_negative(a))


def below(a: Interval, b: Interval) -> bool:
    """Whether every point of a is less than every point of b."""
    return compare(a[1], b[0]) < 0


def at_most(a: Number, b: Number) -> bool:
    return compare(a, b) <= 0


def hull(a: Interval, b: Interval) -> Interval:
    return _least(a[0], b[0]), _greatest(a[1], b[1])


def meet(a: Interval, b: Interval) -> Interval:
    """The intersection of two enclosures of one number; Unbounded if it is empty."""
    return checked((_greatest(a[0], b[0]), _least(a[1], b[1])))


def magnitude(a: Interval) -> Interval:
    """[min |t|, max |t|] for t in a."""
    if is_positive(a):
        return a
    flipped = neg(a)
    if is_negative(a):
        return flipped
    return fzero, hull(a, flipped)[1]


def ball(a: Interval, bits: int) -> tuple[Number, Number]:
    """(m, r) with a contained in [m - r, m + r] and m about the middle."""
    m = mpf_shift(mpf_add(a[0], a[1], bits, "n"), -1)  # any m will do
    fitting = _fitting(bits, a, (m, m))
    above, under = mpf_sub(a[1], m, fitting, "c"), mpf_sub(m, a[0], fitting, "c")
    return m, _greatest(above, under)


def to_fixed(number: Number, places: int) -> int:
    """floor(number * 2**places), exactly; Unbounded beyond 2**MAX_FIXED."""
    if exponent(number) + places > MAX_FIXED:
        raise Unbounded
    sign, man, exp, _ = number
    value = -int(man) if sign else int(man)
    shift = exp + places
    return value << shift if shift >= 0 else value >> int(-shift)


def exponent(number: Number) -> int:
    """The least e with |number| < 2**e; very negative for 0."""
    _, man, exp, bitcount = number
    return int(exp + bitcount) if man else -(2**60)
