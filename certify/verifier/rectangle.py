"""Rectangles re + i*im with interval sides, and every primitive on them.

Each function returns a rectangle that contains the values of one analytic function, the
one of its row in `language.functions`, at every point of its argument, or raises Unbounded
where the argument may touch a pole or a cut.  So a finite result proves that the function
is analytic on a neighbourhood of the rectangle.  Remainder bounds of the series are in
`elementary`; the identities used here are stated where they are used.
"""

from __future__ import annotations

from collections.abc import Callable

from mpmath.libmp import fone, mpf_shift

from certify.verifier import interval as iv
from certify.verifier.elementary import (
    MAX_MAGNITUDE,
    atan_fixed,
    exp_fixed,
    half_pi_fixed,
    log_fixed,
    pi_fixed,
    sin_cos_fixed,
)
from certify.verifier.interval import Interval, Number, Unbounded

Rectangle = tuple[Interval, Interval]

ONE: Rectangle = ((fone, fone), iv.ZERO)
LEAST = 2**20  # what is below 2**-LEAST is enclosed by [0, 2**-LEAST]
WIDE = 10  # an interval wider than 2**-WIDE is worth three evaluations of sin and cos
MAX_ERF_SQUARE = 1_000  # the Taylor series of erf is summed for |z|**2 up to this and 2*bits


# --- real functions on intervals --------------------------------------------------------


def pi(bits: int) -> Interval:
    P = pi_fixed(bits + 8)
    return iv.from_integers(P - 1, P + 1, -bits - 8, bits)


def half_pi(bits: int) -> Interval:
    H = half_pi_fixed(bits + 8)
    return iv.from_integers(H - 1, H + 1, -bits - 8, bits)


def _monotone(point: Callable[[Number, int], Interval], x: Interval, bits: int) -> Interval:
    """The image of an increasing function from its enclosures at the two ends."""
    low = point(x[0], bits)
    high = low if x[0] == x[1] else point(x[1], bits)
    return low[0], high[1]


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
    return _monotone(_exp_at, x, bits)


def log_real(x: Interval, bits: int) -> Interval:
    if not iv.is_positive(x):
        raise Unbounded
    return _monotone(_log_at, x, bits)


def atan_real(x: Interval, bits: int) -> Interval:
    return _monotone(_atan_at, x, bits)


def sin_cos_real(x: Interval, bits: int) -> tuple[Interval, Interval]:
    """sin and cos.  On a wide interval on which cos has one sign, sin is monotone and its image
    is spanned by its values at the ends; likewise cos, where sin has one sign."""
    if x == iv.ZERO:
        return iv.ZERO, (fone, fone)
    sine, cosine = _sin_cos_about(x, bits)
    if iv.exponent(iv.ball(x, bits)[1]) > -WIDE:
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
    """(sinh 2x + i*sin 2y)/(cosh 2x + cos 2y) about the imaginary axis; away from it
    (1 - w)/(1 + w) = 1 - 2w/(1 + w) with w = exp(-2z), |w| < 1, and tanh is odd."""
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
        real, imaginary = sqrt((x, iv.neg(y)), bits)
        return real, iv.neg(imaginary)
    raise Unbounded


def asinh(z: Rectangle, bits: int) -> Rectangle:
    """log(z + sqrt(z*z + 1)), odd (DLMF 4.37.16): z*z + 1 is in (-inf, 0] exactly on the
    cuts, and off them the sum has a positive real part."""
    if iv.is_negative(z[0]):
        return neg(asinh(neg(z, bits), bits), bits)
    wider = bits + _smallness(z, bits)
    return log(add(z, sqrt(add(square(z, wider), ONE, wider), wider), wider), wider)


def asin(z: Rectangle, bits: int) -> Rectangle:
    """asin z = asinh(i*z)/i"""
    return over_i(asinh(times_i(z), bits))


def acos(z: Rectangle, bits: int) -> Rectangle:
    """pi/2 - asin z"""
    return sub((half_pi(bits), iv.ZERO), asin(z, bits), bits)


def acosh(z: Rectangle, bits: int) -> Rectangle:
    """log(z + sqrt(z - 1)*sqrt(z + 1)), analytic off (-inf, 1]: the logarithm of the square of
    sqrt((z + 1)/2) + sqrt((z - 1)/2) (DLMF 4.37.21), whose argument is below pi/2 in size."""
    left, right = sqrt(sub(z, ONE, bits), bits), sqrt(add(z, ONE, bits), bits)
    return log(add(z, mul(left, right, bits), bits), bits)


def atanh(z: Rectangle, bits: int) -> Rectangle:
    """log((1 + z)/(1 - z))/2 (DLMF 4.37.24): the quotient is in (-inf, 0] exactly on the cuts."""
    wider = bits + _smallness(z, bits)
    quotient = div(add(ONE, z, wider), sub(ONE, z, wider), wider)
    return halve(log(quotient, wider))


def atan(z: Rectangle, bits: int) -> Rectangle:
    """atan z = atanh(i*z)/i"""
    return over_i(atanh(times_i(z), bits))


# --- erf --------------------------------------------------------------------------------


def erf(z: Rectangle, bits: int) -> Rectangle:
    """Far out on the right, 1 - erfc(z); else the mean value form about the centre c:
    |erf(z) - erf(c)| <= |z - c| * max|erf'|, |erf'(x + i*y)| = 2/sqrt(pi)*exp(y*y - x*x)."""
    if iv.is_negative(z[0]):
        return neg(erf(neg(z, bits), bits), bits)
    reach = iv.sub(iv.square(z[1], bits), iv.square(z[0], bits), bits)  # -Re z**2
    if iv.is_positive(z[0]) and -iv.to_fixed(reach[1], 0) > bits:
        return sub(ONE, _erfc_disc(z, reach, bits), bits)
    centre = iv.ball(z[0], bits)[0], iv.ball(z[1], bits)[0]
    value = _erf_taylor(centre, bits)
    if z == ((centre[0],) * 2, (centre[1],) * 2):
        return value
    away = modulus((iv.sub(z[0], (centre[0],) * 2, bits), iv.sub(z[1], (centre[1],) * 2, bits)), bits)
    # the rounded centre may lie outside z: the bound is taken over the hull of both
    x, y = (iv.hull(side, (c, c)) for side, c in zip(z, centre, strict=True))
    reach = iv.sub(iv.square(y, bits), iv.square(x, bits), bits)
    slope = iv.scale(iv.div(exp_real(reach, bits), iv.sqrt(pi(bits), bits), bits), 1)
    error = iv.mul(slope, away, bits)[1]
    ball = iv.neg((error, error))[0], error
    return add(value, (ball, ball), bits)


def _erfc_disc(z: Rectangle, reach: Interval, bits: int) -> Rectangle:
    """Lemma: for Re z > 0, Re z**2 > 0, |erfc(z)| <= |z|*exp(-Re z**2)/(sqrt(pi)*Re z**2).
    With t = z*sqrt(1 + v), erfc(z) = z*exp(-z**2)/sqrt(pi) * int_0^inf exp(-z**2*v)/sqrt(1 + v) dv,
    and the integral is at most 1/Re z**2 in modulus."""
    denominator = iv.mul(iv.neg(reach), iv.sqrt(pi(bits), bits), bits)
    size = iv.div(iv.mul(modulus(z, bits), exp_real(reach, bits), bits), denominator, bits)[1]
    ball = iv.neg((size, size))[0], size
    return ball, ball


def _erf_taylor(centre: tuple[Number, Number], bits: int) -> Rectangle:
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
    if q > MAX_ERF_SQUARE + 2 * bits:
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


def erfc(z: Rectangle, bits: int) -> Rectangle:
    """1 - erf(z), with the bits that the cancellation at large Re z**2 > 0 loses added."""
    lost = 0
    if iv.is_positive(z[0]):
        reach = iv.sub(iv.square(z[0], 64), iv.square(z[1], 64), 64)
        lost = min(bits, max(0, 2 * iv.to_fixed(reach[0], 0)))
    return sub(ONE, erf(z, bits + lost), bits + lost)


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
