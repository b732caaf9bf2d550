"""erf and erfc on rectangles: a Taylor series about the centre, an asymptotic one far out."""

from __future__ import annotations

from collections.abc import Callable

from mpmath.libmp import fone

from certify.verifier.arithmetic import interval as iv
from certify.verifier.arithmetic.interval import Interval, Number, Unbounded
from certify.verifier.arithmetic.real import exp_real, pi
from certify.verifier.arithmetic.rectangle import (
    ONE,
    TWO,
    Rectangle,
    add,
    div,
    exp,
    modulus,
    mul,
    neg,
    square,
    sub,
)
from certify.verifier.work import operation

Centre = tuple[Number, Number]  # x + i*y

FAR = 30  # where Re z**2 is beyond 2**FAR, erfc(z) is below anything that matters
BOUND_BITS = 64  # for what only bounds an error
MAX_ERF_SQUARE = 1_000  # the Taylor series of erf is summed for |z|**2 up to this and 2*bits


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
