"""Real functions on intervals, from the integer series of `elementary`.

Each function returns an interval that contains the function's values on its argument, or
raises Unbounded where it is not defined on all of it.
"""

from __future__ import annotations

from collections.abc import Callable

from mpmath.libmp import fone, mpf_neg, mpf_shift

from certify.verifier.arithmetic import interval as iv
from certify.verifier.arithmetic.elementary import (
    MAX_MAGNITUDE,
    atan_fixed,
    exp_fixed,
    half_pi_fixed,
    log_fixed,
    pi_fixed,
    sin_cos_fixed,
)
from certify.verifier.arithmetic.interval import Interval, Number, Unbounded

Point = Callable[[Number, int], Interval]  # contains g at a number
Steepest = Callable[[Interval, Interval], Interval]  # above g' on an interval, from it and g(m)

ONE: Interval = (fone, fone)
LEAST = 2**20  # what is below 2**-LEAST is enclosed by [0, 2**-LEAST]
WIDE = 10  # an interval wider than 2**-WIDE is worth three evaluations of sin and cos
NARROW = 16  # an interval narrower than 2**-NARROW is worth one evaluation only
SLOPE_BITS = 32
_NEARLY_ONE = iv.from_integers(2 ** (NARROW - 1), 2 ** (NARROW - 1) + 1, 1 - NARROW, SLOPE_BITS)


def pi(bits: int) -> Interval:
    P = pi_fixed(bits + 8)
    return iv.from_integers(P - 1, P + 1, -bits - 8, bits)


def half_pi(bits: int) -> Interval:
    H = half_pi_fixed(bits + 8)
    return iv.from_integers(H - 1, H + 1, -bits - 8, bits)


def _increasing(point: Point, steepest: Steepest, x: Interval, bits: int) -> Interval:
    """The image of an increasing function g: on a narrow interval by its value at about the middle
    m and |g(t) - g(m)| <= |t - m|*max g', else by its values at the two ends."""
    if x[0] == x[1]:
        return point(x[0], bits)
    middle, radius = iv.ball(x, bits)
    if iv.exponent(radius) < min(iv.exponent(middle), 0) - NARROW:
        value = point(middle, bits)
        slope = steepest(iv.hull(x, (middle, middle)), value)[1]
        reach = iv.mul((radius, radius), (slope, slope), SLOPE_BITS)[1]
        return iv.add(value, (mpf_neg(reach), reach), bits)
    return point(x[0], bits)[0], point(x[1], bits)[1]


def _exp_at(x: Number, bits: int) -> Interval:
    if x == iv.ZERO[0]:
        return fone, fone
    if x[0] and iv.exponent(x) > MAX_MAGNITUDE:  # x <= -2**64, so 0 < exp(x) < 2**-LEAST
        return iv.ZERO[0], mpf_shift(fone, -LEAST)
    V, error, e = exp_fixed(x, bits)
    return iv.from_integers(V - error, V + error, e, bits)


def _log_at(x: Number, bits: int) -> Interval:
    if x == fone:
        return iv.ZERO
    L, error, w = log_fixed(x, bits)
    return iv.from_integers(L - error, L + error, -w, bits)


def _atan_at(x: Number, bits: int) -> Interval:
    if x == iv.ZERO[0]:
        return iv.ZERO
    A, error, w = atan_fixed(x, bits)
    return iv.from_integers(A - error, A + error, -w, bits)


def exp_real(x: Interval, bits: int) -> Interval:
    return _increasing(_exp_at, _exp_steepest, x, bits)


def _exp_steepest(x: Interval, value: Interval) -> Interval:
    """exp(t) <= (1 + 2*rho)*exp(m) where |t - m| <= rho <= 1."""
    return iv.mul(value, _NEARLY_ONE, SLOPE_BITS)


def log_real(x: Interval, bits: int) -> Interval:
    if not iv.is_positive(x):
        raise Unbounded
    return _increasing(_log_at, _log_steepest, x, bits)


def _log_steepest(x: Interval, value: Interval) -> Interval:
    """1/t"""
    return iv.div(ONE, (x[0], x[0]), SLOPE_BITS)


def atan_real(x: Interval, bits: int) -> Interval:
    return _increasing(_atan_at, _atan_steepest, x, bits)


def _atan_steepest(x: Interval, value: Interval) -> Interval:
    """1/(1 + t*t)"""
    least = iv.magnitude(x)[0]
    return iv.div(ONE, iv.add(ONE, iv.square((least, least), SLOPE_BITS), SLOPE_BITS), SLOPE_BITS)


def sin_cos_real(x: Interval, bits: int) -> tuple[Interval, Interval]:
    """sin and cos.  On a wide interval on which cos has one sign, sin is monotone and its image
    is spanned by its values at the ends; likewise cos, where sin has one sign."""
    if x == iv.ZERO:
        return iv.ZERO, (fone, fone)
    width = iv.exponent(iv.ball(x, bits)[1])
    if width > 3:  # a whole period, however far out
        return iv.from_integers(-1, 1, 0, bits), iv.from_integers(-1, 1, 0, bits)
    sine, cosine = _sin_cos_about(x, bits)
    if width > -WIDE:
        ends = [_sin_cos_about((end, end), bits) for end in x]
        monotone_sine, monotone_cosine = not iv.contains_zero(cosine), not iv.contains_zero(sine)
        if monotone_sine:
            sine = iv.hull(ends[0][0], ends[1][0])
        if monotone_cosine:
            cosine = iv.hull(ends[0][1], ends[1][1])
    return sine, cosine


def _sin_cos_about(x: Interval, bits: int) -> tuple[Interval, Interval]:
    """sin and cos of x = m + d, |d| <= rho: |sin x - sin m| <= |sin m|*rho**2/2 + |cos m|*rho,
    from sin x = sin m cos d + cos m sin d; likewise cos; and both lie in [-1, 1]."""
    middle, radius = iv.ball(x, bits)
    S, C, error, w = sin_cos_fixed(middle, bits)
    one = 1 << w
    rho = iv.to_fixed(radius, w) + 1 if radius != iv.ZERO[0] else 0
    if rho > one:
        return iv.from_integers(-one, one, -w, bits), iv.from_integers(-one, one, -w, bits)
    half_square = (rho * rho >> (w + 1)) + 1 if rho else 0

    def around(centre: int, other: int) -> Interval:
        spread = (abs(centre) + error) * half_square + (abs(other) + error) * rho
        reach = error + (spread >> w) + 1
        lo, hi = max(centre - reach, -one), min(centre + reach, one)
        return iv.from_integers(lo, hi, -w, bits)

    return around(S, C), around(C, S)


def sinh_cosh_real(x: Interval, bits: int) -> tuple[Interval, Interval]:
    """sinh is increasing, cosh even and increasing in |x|: from exp at the ends."""
    lo, hi = _sinh_cosh_at(x[0], bits), _sinh_cosh_at(x[1], bits)
    cosh = iv.hull(lo[1], hi[1])
    return (lo[0][0], hi[0][1]), ((fone, cosh[1]) if iv.contains_zero(x) else cosh)


def _sinh_cosh_at(x: Number, bits: int) -> tuple[Interval, Interval]:
    # near 0 the subtraction loses as many bits as x is small: as many more are spent
    wider = bits + min(bits, max(0, -iv.exponent(x))) + 2
    grown = exp_real((x, x), wider)
    shrunk = iv.div((fone, fone), grown, wider)
    sinh = iv.scale(iv.sub(grown, shrunk, wider), -1)
    cosh = iv.scale(iv.add(grown, shrunk, wider), -1)
    return sinh, cosh
