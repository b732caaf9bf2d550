"""Rectangles re + i*im with interval sides, and every primitive on them.

Each function returns a rectangle that contains the values of one analytic function, the
one of its row in `language.functions`, at every point of its argument, or raises Unbounded
where the argument may touch a pole or a cut.  So a finite result proves that the function
is analytic on a neighbourhood of the rectangle.  Remainder bounds of the series are in
`elementary`; the identities used here are stated where they are used.
"""

from __future__ import annotations

from mpmath.libmp import fone, ftwo

from certify.verifier.arithmetic import corners
from certify.verifier.arithmetic import interval as iv
from certify.verifier.arithmetic.interval import Interval, Number, Unbounded
from certify.verifier.arithmetic.real import (
    atan_real,
    exp_real,
    half_pi,
    log_real,
    pi,
    sin_cos_real,
    sinh_cosh_real,
)

Rectangle = tuple[Interval, Interval]

ONE: Rectangle = ((fone, fone), iv.ZERO)
TWO: Rectangle = ((ftwo, ftwo), iv.ZERO)
MOST_CORNERS = 8  # beyond 2**MOST_CORNERS tanh is +-1 but for 2**-700


# --- arithmetic -------------------------------------------------------------------------


def add(a: Rectangle, b: Rectangle, bits: int) -> Rectangle:
    return iv.add(a[0], b[0], bits), iv.add(a[1], b[1], bits)


def sub(a: Rectangle, b: Rectangle, bits: int) -> Rectangle:
    return iv.sub(a[0], b[0], bits), iv.sub(a[1], b[1], bits)


def neg(a: Rectangle, bits: int) -> Rectangle:
    return iv.neg(a[0]), iv.neg(a[1])


def mul(a: Rectangle, b: Rectangle, bits: int) -> Rectangle:
    if a[1] == iv.ZERO:
        return iv.mul(a[0], b[0], bits), iv.mul(a[0], b[1], bits)
    if b[1] == iv.ZERO:
        return iv.mul(a[0], b[0], bits), iv.mul(a[1], b[0], bits)
    real = iv.sub(iv.mul(a[0], b[0], bits), iv.mul(a[1], b[1], bits), bits)
    return real, iv.add(iv.mul(a[0], b[1], bits), iv.mul(a[1], b[0], bits), bits)


def square(a: Rectangle, bits: int) -> Rectangle:
    real = iv.sub(iv.square(a[0], bits), iv.square(a[1], bits), bits)
    return real, iv.scale(iv.mul(a[0], a[1], bits), 1)


def div(a: Rectangle, b: Rectangle, bits: int) -> Rectangle:
    if b[1] == iv.ZERO:
        return iv.div(a[0], b[0], bits), iv.div(a[1], b[0], bits)
    if corners.is_wide(b, bits):
        return mul(a, corners.reciprocal(b, bits), bits)
    size = iv.add(iv.square(b[0], bits), iv.square(b[1], bits), bits)
    product = mul(a, (b[0], iv.neg(b[1])), bits)
    return iv.div(product[0], size, bits), iv.div(product[1], size, bits)


def power(a: Rectangle, exponent: int, bits: int) -> Rectangle:
    """a**exponent by repeated squaring; its reciprocal for a negative exponent."""
    result, factor, n = ONE, a, abs(exponent)
    while n:
        if n & 1:
            result = factor if result is ONE else mul(result, factor, bits)
        n >>= 1
        factor = square(factor, bits) if n else factor
    return div(ONE, result, bits) if exponent < 0 else result


def halve(a: Rectangle) -> Rectangle:
    return iv.scale(a[0], -1), iv.scale(a[1], -1)


def times_i(a: Rectangle) -> Rectangle:
    return iv.neg(a[1]), a[0]


def over_i(a: Rectangle) -> Rectangle:
    return a[1], iv.neg(a[0])


def modulus(a: Rectangle, bits: int) -> Interval:
    """|z|"""
    if a[1] == iv.ZERO:
        return iv.magnitude(a[0])
    if a[0] == iv.ZERO:
        return iv.magnitude(a[1])
    total = iv.add(iv.square(a[0], bits), iv.square(a[1], bits), bits)
    return iv.sqrt(total, bits) if iv.is_positive(total) else (iv.ZERO[0], _root_above(total, bits))


def _root_above(total: Interval, bits: int) -> Number:
    """An upper bound of the root of an interval whose lower end is 0."""
    if total[1] == iv.ZERO[0]:
        return iv.ZERO[0]
    return iv.sqrt((total[1], total[1]), bits)[1]


# --- exp and its kin --------------------------------------------------------------------


def exp(z: Rectangle, bits: int) -> Rectangle:
    size = exp_real(z[0], bits)
    if z[1] == iv.ZERO:
        return size, iv.ZERO
    sine, cosine = sin_cos_real(z[1], bits)
    return iv.mul(size, cosine, bits), iv.mul(size, sine, bits)


def _smallness(z: Rectangle, bits: int) -> int:
    """How many bits z is smaller than 1, at most `bits`: what a cancellation near 0 loses."""
    size = max(iv.exponent(end) for side in z for end in side)
    return min(bits, max(0, -size))


def expm1(z: Rectangle, bits: int) -> Rectangle:
    small = _smallness(z, bits)
    if small == bits:
        return _about_itself(z, bits)
    return sub(exp(z, bits + small), ONE, bits + small)


def _about_itself(z: Rectangle, bits: int) -> Rectangle:
    """z +- |z|**2, for functions z + c_2*z**2 + c_3*z**3 + ... with |c_k| <= 1/2, |z| <= 1/2:
    the terms from z**2 on add up to at most |z|**2/2 * 1/(1 - |z|) <= |z|**2."""
    reach = iv.add(iv.square(z[0], bits), iv.square(z[1], bits), bits)[1]
    ball = iv.neg((reach, reach))[0], reach
    return add(z, (ball, iv.ZERO if z[1] == iv.ZERO else ball), bits)


def sinh(z: Rectangle, bits: int) -> Rectangle:
    s, c = sinh_cosh_real(z[0], bits)
    if z[1] == iv.ZERO:
        return s, iv.ZERO
    sine, cosine = sin_cos_real(z[1], bits)
    return iv.mul(s, cosine, bits), iv.mul(c, sine, bits)


def cosh(z: Rectangle, bits: int) -> Rectangle:
    s, c = sinh_cosh_real(z[0], bits)
    if z[1] == iv.ZERO:
        return c, iv.ZERO
    sine, cosine = sin_cos_real(z[1], bits)
    return iv.mul(c, cosine, bits), iv.mul(s, sine, bits)


def sin(z: Rectangle, bits: int) -> Rectangle:
    """sin z = sinh(i*z)/i"""
    return over_i(sinh(times_i(z), bits))


def cos(z: Rectangle, bits: int) -> Rectangle:
    """cos z = cosh(i*z)"""
    return cosh(times_i(z), bits)


def tanh(z: Rectangle, bits: int) -> Rectangle:
    """(sinh 2x + i*sin 2y)/(cosh 2x + cos 2y) about the imaginary axis, at corners where z is wide;
    away from it (1 - w)/(1 + w) = 1 - 2w/(1 + w) with w = exp(-2z), |w| < 1, and tanh is odd."""
    small = max(map(iv.exponent, z[0])) < MOST_CORNERS and iv.below(iv.magnitude(z[1]), half_pi(bits))
    if z[1] != iv.ZERO and small and corners.is_wide(z, bits):
        return corners.tanh(z, bits)
    if iv.is_positive(z[0]) and iv.exponent(z[0][0]) >= -1:
        w = exp((iv.scale(iv.neg(z[0]), 1), iv.scale(iv.neg(z[1]), 1)), bits)
        ratio = div(w, add(ONE, w, bits), bits)
        return sub(ONE, (iv.scale(ratio[0], 1), iv.scale(ratio[1], 1)), bits)
    if iv.is_negative(z[0]) and iv.exponent(z[0][1]) >= -1:
        return neg(tanh(neg(z, bits), bits), bits)
    s, c = sinh_cosh_real(iv.scale(z[0], 1), bits)
    sine, cosine = sin_cos_real(iv.scale(z[1], 1), bits)
    size = iv.add(c, cosine, bits)
    return iv.div(s, size, bits), iv.div(sine, size, bits)


def tan(z: Rectangle, bits: int) -> Rectangle:
    """tan z = tanh(i*z)/i"""
    return over_i(tanh(times_i(z), bits))


def sigmoid(z: Rectangle, bits: int) -> Rectangle:
    """w/(1 + w), w = exp(z), on the left; 1/(1 + exp(-z)) on the right; (1 + tanh(z/2))/2
    between: one meromorphic function."""
    if iv.is_negative(z[0]):
        w = exp(z, bits)
        return div(w, add(ONE, w, bits), bits)
    if iv.is_positive(z[0]):
        return div(ONE, add(ONE, exp(neg(z, bits), bits), bits), bits)
    return halve(add(ONE, tanh(halve(z), bits), bits))


def softplus(z: Rectangle, bits: int) -> Rectangle:
    """log1p(exp(z)) on the left, z + log1p(exp(-z)) on the right, log(1 + exp(z)) on the
    strip |Im z| < pi between: one analytic function off i*(-inf, -pi] and i*[pi, inf)."""
    if iv.is_negative(z[0]):
        return log1p(exp(z, bits), bits)
    if iv.is_positive(z[0]):
        return add(z, log1p(exp(neg(z, bits), bits), bits), bits)
    if not iv.below(iv.magnitude(z[1]), pi(bits)):
        raise Unbounded
    return log(add(ONE, exp(z, bits), bits), bits)


# --- log and the inverse functions ------------------------------------------------------


def log(z: Rectangle, bits: int) -> Rectangle:
    """log|z| + i*arg z; Unbounded if z may meet (-inf, 0]."""
    x, y = z
    if y == iv.ZERO:
        return log_real(x, bits), iv.ZERO
    size = iv.add(iv.square(x, bits), iv.square(y, bits), bits)
    return iv.scale(log_real(size, bits), -1), _argument(x, y, bits)


def _argument(x: Interval, y: Interval, bits: int) -> Interval:
    """arg(x + i*y) in (-pi, pi): atan(y/x) on the right half plane, else a quarter turn from
    one of the half planes y > 0 and y < 0."""
    if iv.is_positive(x):
        return atan_real(iv.div(y, x, bits), bits)
    quarter = half_pi(bits)
    if iv.is_positive(y):
        return iv.sub(quarter, atan_real(iv.div(x, y, bits), bits), bits)
    if iv.is_negative(y):
        return iv.neg(iv.add(quarter, atan_real(iv.div(x, y, bits), bits), bits))
    raise Unbounded


def log1p(z: Rectangle, bits: int) -> Rectangle:
    small = _smallness(z, bits)
    if small == bits:
        return _about_itself(z, bits)
    return log(add(ONE, z, bits + small), bits + small)


def sqrt(z: Rectangle, bits: int) -> Rectangle:
    """At corners where z is wide and not real."""
    if z[1] != iv.ZERO and corners.is_wide(z, bits):
        return corners.sqrt(z, lambda x, y: _thin_sqrt(((x, x), (y, y)), bits))
    return _thin_sqrt(z, bits)


def _thin_sqrt(z: Rectangle, bits: int) -> Rectangle:
    """With z = x + i*y and |z|: p = sqrt((|z| + x)/2), q = y/(2p), for x > 0; for y > 0 by
    q = sqrt((|z| - x)/2), p = y/(2q); for y < 0 the conjugate.  Unbounded at (-inf, 0]."""
    x, y = z
    if y == iv.ZERO:
        return iv.sqrt(x, bits), iv.ZERO
    if iv.is_positive(x):
        root = iv.sqrt(iv.scale(iv.add(modulus(z, bits), x, bits), -1), bits)
        return root, iv.scale(iv.div(y, root, bits), -1)
    if iv.is_positive(y):
        root = iv.sqrt(iv.scale(iv.sub(modulus(z, bits), x, bits), -1), bits)
        return iv.scale(iv.div(y, root, bits), -1), root
    if iv.is_negative(y):
        real, imaginary = _thin_sqrt((x, iv.neg(y)), bits)
        return real, iv.neg(imaginary)
    raise Unbounded


def asin(z: Rectangle, bits: int) -> Rectangle:
    """At corners where z is wide (its cuts are met by the comparison of sides), else asinh(i*z)/i."""
    if corners.is_wide(z, bits):
        return corners.asin(z, lambda x, y: _thin_asin(((x, x), (y, y)), bits))
    return _thin_asin(z, bits)


def _thin_asin(z: Rectangle, bits: int) -> Rectangle:
    return over_i(_thin_asinh(times_i(z), bits))


def asinh(z: Rectangle, bits: int) -> Rectangle:
    """asinh z = i*asin(z/i)"""
    return times_i(asin(over_i(z), bits))


def _thin_asinh(z: Rectangle, bits: int) -> Rectangle:
    """log(z + sqrt(z*z + 1)), odd (DLMF 4.37.16): z*z + 1 is in (-inf, 0] exactly on the
    cuts, and off them the sum has a positive real part."""
    if iv.is_negative(z[0]):
        return neg(_thin_asinh(neg(z, bits), bits), bits)
    wider = bits + _smallness(z, bits)
    return log(add(z, sqrt(add(square(z, wider), ONE, wider), wider), wider), wider)


def acos(z: Rectangle, bits: int) -> Rectangle:
    """pi/2 - asin z"""
    return sub((half_pi(bits), iv.ZERO), asin(z, bits), bits)


def acosh(z: Rectangle, bits: int) -> Rectangle:
    """At corners where z is wide."""
    if corners.is_wide(z, bits):
        return corners.acosh(z, lambda x, y: _thin_acosh(((x, x), (y, y)), bits))
    return _thin_acosh(z, bits)


def _thin_acosh(z: Rectangle, bits: int) -> Rectangle:
    """log(z + sqrt(z - 1)*sqrt(z + 1)), analytic off (-inf, 1]: the logarithm of the square of
    sqrt((z + 1)/2) + sqrt((z - 1)/2) (DLMF 4.37.21), whose argument is below pi/2 in size."""
    left, right = sqrt(sub(z, ONE, bits), bits), sqrt(add(z, ONE, bits), bits)
    return log(add(z, mul(left, right, bits), bits), bits)


def atan(z: Rectangle, bits: int) -> Rectangle:
    """At corners and extremes of the sides where z is wide, else atanh(i*z)/i."""
    if corners.is_wide(z, bits):
        return corners.atan(z, lambda x, y: _thin_atan(((x, x), (y, y)), bits), bits)
    return _thin_atan(z, bits)


def _thin_atan(z: Rectangle, bits: int) -> Rectangle:
    return over_i(_thin_atanh(times_i(z), bits))


def atanh(z: Rectangle, bits: int) -> Rectangle:
    """atanh z = i*atan(z/i)"""
    return times_i(atan(over_i(z), bits))


def _thin_atanh(z: Rectangle, bits: int) -> Rectangle:
    """log((1 + z)/(1 - z))/2 (DLMF 4.37.24): the quotient is in (-inf, 0] exactly on the cuts."""
    wider = bits + _smallness(z, bits)
    quotient = div(add(ONE, z, wider), sub(ONE, z, wider), wider)
    return halve(log(quotient, wider))
