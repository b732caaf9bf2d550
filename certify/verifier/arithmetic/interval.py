"""Closed real intervals with binary ends: the operations that the verifier trusts.

An interval is a pair (lo, hi) of mpmath's raw numbers, sign * man * 2**exp.  Its + - * /
and square root round outward (sums of numbers no longer than the precision: see `add`) and
are the only arithmetic of mpmath used here; every result is checked to be finite, so that
no infinity or nan ever reaches a comparison.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from mpmath.libmp import (
    from_man_exp,
    from_rational,
    fzero,
    mpf_add,
    mpf_cmp,
    mpf_neg,
    mpf_pos,
    mpf_shift,
    mpf_sub,
)
from mpmath.libmp.libmpi import mpi_add, mpi_div, mpi_mul, mpi_sqrt, mpi_square, mpi_sub

Number = Any  # mpmath's raw number, a tuple (sign, man, exp, bitcount)
Interval = tuple[Number, Number]

ZERO: Interval = (fzero, fzero)
MAX_FIXED = 2**22  # bits of an integer that a number is turned into


class Unbounded(Exception):
    """No finite interval encloses the result: a pole, a branch cut or an overflow."""


def _finite(number: Number) -> bool:
    return bool(number[1]) or number == fzero


def checked(interval: Interval) -> Interval:
    """The interval itself if its ends are finite and in order; Unbounded if not."""
    lo, hi = interval
    if not (_finite(lo) and _finite(hi) and mpf_cmp(lo, hi) <= 0):
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


def _fitting(bits: int, *intervals: Interval) -> int:
    """A precision that no end of the intervals exceeds.

    mpmath's sum of numbers of very different size is rounded outward only if the larger is
    no longer than the precision.  So sums are rounded first to this precision, then to the
    one asked for; rounding twice in one direction is rounding once.
    """
    longest: int = max(end[3] for interval in intervals for end in interval)
    return max(bits, longest)


def _rounded(a: Interval, bits: int) -> Interval:
    return mpf_pos(a[0], bits, "f"), mpf_pos(a[1], bits, "c")


def add(a: Interval, b: Interval, bits: int) -> Interval:
    fitting = _fitting(bits, a, b)
    total = mpi_add(a, b, fitting)
    return checked(total if fitting == bits else _rounded(total, bits))


def sub(a: Interval, b: Interval, bits: int) -> Interval:
    fitting = _fitting(bits, a, b)
    total = mpi_sub(a, b, fitting)
    return checked(total if fitting == bits else _rounded(total, bits))


def mul(a: Interval, b: Interval, bits: int) -> Interval:
    return checked(mpi_mul(a, b, bits))


def square(a: Interval, bits: int) -> Interval:
    return checked(mpi_square(a, bits))


def div(a: Interval, b: Interval, bits: int) -> Interval:
    """a/b; Unbounded if b contains 0."""
    if contains_zero(b):
        raise Unbounded
    return checked(mpi_div(a, b, bits))


def sqrt(a: Interval, bits: int) -> Interval:
    """The square root of a positive interval; Unbounded if it is not."""
    if not is_positive(a):
        raise Unbounded
    return checked(mpi_sqrt(a, bits))


def neg(a: Interval) -> Interval:
    return mpf_neg(a[1]), mpf_neg(a[0])


def scale(a: Interval, power: int) -> Interval:
    """a * 2**power, exactly."""
    return mpf_shift(a[0], power), mpf_shift(a[1], power)


def is_positive(a: Interval) -> bool:
    return bool(mpf_cmp(a[0], fzero) > 0)


def is_negative(a: Interval) -> bool:
    return bool(mpf_cmp(a[1], fzero) < 0)


def contains_zero(a: Interval) -> bool:
    return not (is_positive(a) or is_negative(a))


def below(a: Interval, b: Interval) -> bool:
    """Whether every point of a is less than every point of b."""
    return bool(mpf_cmp(a[1], b[0]) < 0)


def at_most(a: Number, b: Number) -> bool:
    return bool(mpf_cmp(a, b) <= 0)


def hull(a: Interval, b: Interval) -> Interval:
    lo = a[0] if mpf_cmp(a[0], b[0]) <= 0 else b[0]
    hi = a[1] if mpf_cmp(a[1], b[1]) >= 0 else b[1]
    return lo, hi


def meet(a: Interval, b: Interval) -> Interval:
    """The intersection of two enclosures of one number; Unbounded if it is empty."""
    lo = a[0] if mpf_cmp(a[0], b[0]) >= 0 else b[0]
    hi = a[1] if mpf_cmp(a[1], b[1]) <= 0 else b[1]
    return checked((lo, hi))


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
    return m, above if mpf_cmp(above, under) >= 0 else under


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
