"""Rectangles re + i*im with interval sides, and every primitive on them.

Each function returns a rectangle that contains the values of one analytic function, the
one of its row in `language.functions`, at every point of its argument, or raises Unbounded
where the argument may touch a pole or a cut.  So a finite result proves that the function
is analytic on a neighbourhood of the rectangle.  Remainder bounds of the series are in
`elementary`; the identities used here are stated where they are used.
"""

from __future__ import annotations

from collections.abc import Callable

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
from certify.verifier.work import operation

Rectangle = tuple[Interval, Interval]
Centre = tuple[Number, Number]  # x + i*y

ONE: Rectangle = ((fone, fone), iv.ZERO)
TWO: Rectangle = ((ftwo, ftwo), iv.ZERO)
FAR = 30  # where Re z**2 is beyond 2**FAR, erfc(z) is below anything that matters
MOST_CORNERS = 8  # beyond 2**MOST_CORNERS tanh is +-1 but for 2**-700
BOUND_BITS = 64  # for what only bounds an error
MAX_ERF_SQUARE = 1_000  # the Taylor series of erf is summed for |z|**2 up to this and 2*bits


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


# --- erf --------------------------------------------------------------------------------


def erf_work(z: Rectangle, bits: int) -> int:
    """What erf or erfc of z costs beside other functions: the terms of a series times their products."""
    x, y = ((c, c) for c in _centre(z, bits))
    if _asymptotic(_real_square((x, y), BOUND_BITS), bits):
        return 16 * bits * operation(bits)  # two products of rectangles a term
    q = iv.to_fixed(iv.add(iv.square(x, BOUND_BITS), iv.square(y, BOUND_BITS), BOUND_BITS)[1], 0) + 1
    if q > _largest_square(3 * bits):
        return 0
    places = 2 * bits + 4 * q
    terms, gained = 2 * q + 8, 0
    while gained < places:
        terms += terms // 4
        gained = terms * (terms // (3 * q)).bit_length()
    return 2 * terms * operation(places)


def _largest_square(bits: int) -> int:
    """The largest |c|**2 for which the Taylor series of erf is summed."""
    return MAX_ERF_SQUARE + 2 * bits


def _centre(z: Rectangle, bits: int) -> Centre:
    return iv.ball(z[0], bits)[0], iv.ball(z[1], bits)[0]


def erf(z: Rectangle, bits: int) -> Rectangle:
    """Far out on the right, 1 - erfc(z); else about the centre."""
    if iv.is_negative(z[0]):
        return neg(erf(neg(z, bits), bits), bits)
    if iv.is_positive(z[0]) and _asymptotic(_real_square(z, bits), bits):
        return sub(ONE, _erfc_disc(z, bits), bits)
    return _about_centre(z, lambda c: _erf_taylor(c, bits), bits)


def erfc(z: Rectangle, bits: int) -> Rectangle:
    """2 - erfc(-z) on the left; about the centre on the right, inside the disc of the lemma."""
    if iv.is_negative(z[0]):
        return sub(TWO, erfc(neg(z, bits), bits), bits)
    if not iv.is_positive(z[0]):
        return sub(ONE, erf(z, bits), bits)
    size = _real_square(z, bits)
    if iv.exponent(size[0]) > FAR and iv.is_positive(size):
        return _erfc_disc(z, bits)
    value = _about_centre(z, lambda c: _erfc_at(c, bits), bits)
    if not iv.is_positive(size):
        return value
    disc = _erfc_disc(z, bits)
    return iv.meet(value[0], disc[0]), iv.meet(value[1], disc[1])


def _real_square(z: Rectangle, bits: int) -> Interval:
    """Re z**2"""
    return iv.sub(iv.square(z[0], bits), iv.square(z[1], bits), bits)


def _asymptotic(square: Interval, bits: int) -> bool:
    """Whether exp(-Re z**2) is below 2**-bits."""
    return 10 * iv.to_fixed(square[0], 0) > 7 * bits


def _about_centre(z: Rectangle, at: Callable[[Centre], Rectangle], bits: int) -> Rectangle:
    """The mean value form of erf or erfc about the centre c of z:
    |erf(z) - erf(c)| <= |z - c| * max|erf'|, |erf'(x + i*y)| = 2/sqrt(pi)*exp(y*y - x*x)."""
    centre = _centre(z, bits)
    value = at(centre)
    if z == ((centre[0],) * 2, (centre[1],) * 2):
        return value
    away = modulus((iv.sub(z[0], (centre[0],) * 2, bits), iv.sub(z[1], (centre[1],) * 2, bits)), bits)
    # the rounded centre may lie outside z: the bound is taken over the hull of both
    x, y = (iv.hull(side, (c, c)) for side, c in zip(z, centre, strict=True))
    reach = iv.neg(_real_square((x, y), bits))
    slope = iv.scale(iv.div(exp_real(reach, bits), iv.sqrt(pi(bits), bits), bits), 1)
    return add(value, _square_about_0(iv.mul(slope, away, bits)[1]), bits)


def _square_about_0(reach: Number) -> Rectangle:
    side = iv.neg((reach, reach))[0], reach
    return side, side


def _erfc_disc(z: Rectangle, bits: int) -> Rectangle:
    """Lemma: for Re z > 0, Re z**2 > 0, |erfc(z)| <= |z|*exp(-Re z**2)/(sqrt(pi)*Re z**2): n = 0
    of the lemma of _erfc_series."""
    size = _real_square(z, bits)
    denominator = iv.mul(size, iv.sqrt(pi(bits), bits), bits)
    above = iv.mul(modulus(z, bits), exp_real(iv.neg(size), bits), bits)
    return _square_about_0(iv.div(above, denominator, bits)[1])


def _erfc_at(centre: Centre, bits: int) -> Rectangle:
    """erfc(c), Re c > 0, by its asymptotic series where that reaches the precision; else 1 - erf(c)
    with as many bits added as the subtraction loses, no more than `bits` and a few."""
    c = (centre[0], centre[0]), (centre[1], centre[1])
    size = _real_square(c, BOUND_BITS)
    if _asymptotic(size, bits):
        return _erfc_series(c, size[0], bits)
    lost = max(0, 3 * iv.to_fixed(size[1], 0) // 2 + 8)
    return sub(ONE, _erf_taylor(centre, bits + lost), bits + lost)


def _erfc_series(c: Rectangle, q: Number, bits: int) -> Rectangle:
    """Lemma: for Re z > 0 and q = Re z**2 > 0, with b_m = binomial(-1/2, m)*m!,
    erfc(z) = z*exp(-z**2)/sqrt(pi) * (sum over m < n of b_m/z**(2m+2) + r), |r| <= |b_n|/q**(n+1).

    With t = z*sqrt(1 + v), erfc(z) = z*exp(-z**2)/sqrt(pi) * int_0^inf exp(-z**2*v)/sqrt(1 + v) dv
    (the path from z outward has Re t**2 > 0).  By Taylor's formula for v >= 0, 1/sqrt(1 + v) is the
    sum of binomial(-1/2, m)*v**m, m < n, up to |binomial(-1/2, n)|*v**n, as its n-th derivative is
    largest at 0; and int v**m*exp(-p*v) dv = m!/p**(m+1).

    A term is -(2m - 1)/2/z**2 times the one before; they are added until the bound of r, which is
    (2n - 1)/2/q times the one before, is small enough or falls no more.
    """
    inverse = div(ONE, square(c, bits), bits)
    total, term, n = inverse, inverse, 1
    bound = iv.div(ONE[0], (q, q), BOUND_BITS)
    least = iv.exponent(bound[1]) - bits
    while True:
        half_odd = iv.from_integers(2 * n - 1, 2 * n - 1, -1, BOUND_BITS)
        ratio = iv.div(half_odd, (q, q), BOUND_BITS)
        bound = iv.mul(bound, ratio, BOUND_BITS)
        if iv.exponent(bound[1]) < least or not iv.below(ratio, ONE[0]):
            break
        term = mul((iv.neg(half_odd), iv.ZERO), mul(term, inverse, bits), bits)
        total, n = add(total, term, bits), n + 1
    total = add(total, _square_about_0(bound[1]), bits)
    factor = iv.div(ONE[0], iv.sqrt(pi(bits), bits), bits)
    bell = exp(neg(square(c, bits), bits), bits)
    return mul(mul((factor, iv.ZERO), c, bits), mul(bell, total, bits), bits)


def _erf_taylor(centre: Centre, bits: int) -> Rectangle:
    """erf(c) = 2/sqrt(pi) * c * sum of a_n/(2n + 1), a_n = (-c*c)**n/n! (DLMF 7.6.1).

    In units u = 2**-w, W within 3 of -c*c/u, A_0 = 1/u, A_n = floor(floor(A_(n-1)*W*u)/n) by
    components, q an integer >= |c|**2 + 1, d_n = |A_n - a_n/u|:
      d_n <= (d_(n-1)*q + 3*|a_(n-1)| + 2)/n + 2 <= d_(n-1)*q/n + 3*q**(n-1)/n! + 4,
    (|W*u| <= q absorbs the error of W), so the sum of all d_n is at most exp(q) times
    3*exp(q) + 4*n, and with exp(q) <= 3**q the sum of n terms, each with a floor of 2 more, is
    within D = 3**q*(3*3**q + 4*n) + 2*n units.  Once n >= 2*q the terms at least halve: when
    both components of A_n are at most 1, the tail is at most 2*|a_n|/u <= 2*(2 + d_n) <= 2*D + 4.
    """
    x, y = centre
    size = iv.add(iv.square((x, x), 64), iv.square((y, y), 64), 64)
    q = iv.to_fixed(size[1], 0) + 2
    if q > _largest_square(bits):
        raise Unbounded
    growth = 3**q
    small = min(bits, max(0, -max(iv.exponent(x), iv.exponent(y))))
    w = bits + small + 2 * growth.bit_length() + (q + bits).bit_length() + 16
    X, Y = iv.to_fixed(x, w + 16), iv.to_fixed(y, w + 16)
    p = w + 32
    U, V = (Y * Y - X * X) >> p, -2 * X * Y >> p
    a, b, n, real, imaginary = 1 << w, 0, 0, 0, 0
    while n <= 2 * q or abs(a) > 1 or abs(b) > 1:
        real += a // (2 * n + 1)
        imaginary += b // (2 * n + 1)
        n += 1
        a, b = ((a * U - b * V) >> w) // n, ((a * V + b * U) >> w) // n
    error = 3 * (growth * (3 * growth + 4 * n) + 2 * n) + 4
    total = (
        iv.from_integers(real - error, real + error, -w, bits + small),
        iv.from_integers(imaginary - error, imaginary + error, -w, bits + small),
    )
    scaled = mul(((x, x), (y, y)), total, bits)
    factor = iv.scale(iv.div((fone, fone), iv.sqrt(pi(bits), bits), bits), 1)
    return iv.mul(scaled[0], factor, bits), iv.mul(scaled[1], factor, bits)


FUNCTIONS: dict[str, Callable[[Rectangle, int], Rectangle]] = {
    "neg": neg,
    "exp": exp,
    "log": log,
    "sqrt": sqrt,
    "log1p": log1p,
    "expm1": expm1,
    "sin": sin,
    "cos": cos,
    "tan": tan,
    "sinh": sinh,
    "cosh": cosh,
    "tanh": tanh,
    "asin": asin,
    "acos": acos,
    "atan": atan,
    "asinh": asinh,
    "acosh": acosh,
    "atanh": atanh,
    "erf": erf,
    "erfc": erfc,
    "sigmoid": sigmoid,
    "softplus": softplus,
}

OPERATIONS: dict[str, Callable[[Rectangle, Rectangle, int], Rectangle]] = {
    "add": add,
    "sub": sub,
    "mul": mul,
    "div": div,
}
