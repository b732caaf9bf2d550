"""Sharp images of wide rectangles: extremes of an analytic function's parts, at single points.

For g = u + i*v the partial derivatives are u_x = v_y = Re g' and v_x = -u_y = Im g' (Cauchy
and Riemann).  Where their signs are known on a rectangle, u and v are monotone along its
sides, and their extremes are values at points, mostly corners.  `at` gives a rectangle that
contains g at a point.  A rectangle that touches a cut is refused before any point is asked
for, by comparing its sides with the cut exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from mpmath.libmp import fone, mpf_neg, mpf_sub

from certify.verifier.arithmetic import interval as iv
from certify.verifier.arithmetic import real
from certify.verifier.arithmetic.interval import Interval, Number, Unbounded

Rectangle = tuple[Interval, Interval]
At = Callable[[Number, Number], Rectangle]  # of x and y: contains g(x + i*y)

ONE: Interval = (fone, fone)
ROOM = 24  # bits that rounding may have widened the rectangle of a node by


def is_wide(z: Rectangle, bits: int) -> bool:
    """Whether z is so wide that evaluating at its corners is worth it."""
    widest = max(iv.exponent(mpf_sub(hi, lo, 8, "u")) for lo, hi in z)
    return widest > max(iv.exponent(end) for side in z for end in side) - bits + ROOM


# --- functions that are odd in one variable and even in the other -----------------------


class _Odd(NamedTuple):
    """Bounds of h(p, q), odd in p and even in q, for p in P and q in Q, where P, Q >= 0; h is
    not negative there."""

    below: Callable[[Interval, Interval], Number]
    above: Callable[[Interval, Interval], Number]

    def image(self, p: Interval, q: Interval) -> Interval:
        Q, nothing = iv.magnitude(q), iv.ZERO[0]
        if iv.compare(p[0], nothing) >= 0:
            return self.below(p, Q), self.above(p, Q)
        if iv.compare(p[1], nothing) <= 0:
            P = iv.neg(p)
            return mpf_neg(self.above(P, Q)), mpf_neg(self.below(P, Q))
        return mpf_neg(self.above((nothing, mpf_neg(p[0])), Q)), self.above((nothing, p[1]), Q)


def reciprocal(z: Rectangle, bits: int) -> Rectangle:
    """1/z = h(x, y) - i*h(y, x) with h(p, q) = p/(p*p + q*q); Unbounded if z holds 0.

    h falls with q >= 0; with p >= 0 it rises to 1/(2*q) at p = q, then falls.
    """
    if iv.contains_zero(z[0]) and iv.contains_zero(z[1]):
        raise Unbounded

    def h(p: Number, q: Number) -> Interval:
        size = iv.add(iv.square((p, p), bits), iv.square((q, q), bits), bits)
        return iv.div((p, p), size, bits)

    def below(P: Interval, Q: Interval) -> Number:
        return min_of(h(P[0], Q[1])[0], h(P[1], Q[1])[0])

    def above(P: Interval, Q: Interval) -> Number:
        q = Q[0]
        if iv.compare(P[0], q) < 0 < iv.compare(P[1], q):
            return iv.scale(iv.div(ONE, (q, q), bits), -1)[1]
        return max_of(h(P[0], q)[1], h(P[1], q)[1])

    odd = _Odd(below, above)
    return odd.image(z[0], z[1]), iv.neg(odd.image(z[1], z[0]))


def atan(z: Rectangle, at: At, bits: int) -> Rectangle:
    """atan' = 1/w with w = 1 + z*z = 1 + x*x - y*y + 2*i*x*y: Re atan' has the sign of
    1 + x*x - y*y, Im atan' that of -x*y.  Re atan is odd in x and even in y, Im atan odd in y
    and even in x, and for x, y >= 0:

    Re atan rises with y.  With x it falls while x*x < y*y - 1, to pi/2 - atan(1/n)/2 at
    x = n = sqrt(y*y - 1), then rises: 2*Re atan is the argument of 1 - x*x - y*y + 2*i*x, at
    x = n of -2*n*n + 2*i*n.
    Im atan falls with x.  With y it rises while y*y < 1 + x*x, to asinh(1/x)/2 at
    y = sqrt(1 + x*x), then falls: it is atanh(2*y/(1 + x*x + y*y))/2, there
    atanh(1/sqrt(1 + x*x))/2.

    Either extreme bounds the part for every x, or y, so that it is used wherever the point is
    not shown to lie outside.
    """
    x, y = z
    if iv.contains_zero(x) and not iv.below(iv.magnitude(y), ONE):
        raise Unbounded

    def real_below(X: Interval, Y: Interval) -> Number:
        y = Y[0]
        square = iv.sub(iv.square((y, y), bits), ONE, bits)
        if iv.at_most(square[1], iv.square((X[0], X[0]), bits)[0]):
            return at(X[0], y)[0][0]
        if iv.at_most(iv.square((X[1], X[1]), bits)[1], square[0]):
            return at(X[1], y)[0][0]
        if not iv.is_positive(square):
            return iv.ZERO[0]
        turn = real.atan_real(iv.div(ONE, iv.sqrt(square, bits), bits), bits)
        return iv.sub(real.half_pi(bits), iv.scale(turn, -1), bits)[0]

    def real_above(X: Interval, Y: Interval) -> Number:
        return max_of(at(X[0], Y[1])[0][1], at(X[1], Y[1])[0][1])

    def imaginary_below(Y: Interval, X: Interval) -> Number:
        return min_of(at(X[1], Y[0])[1][0], at(X[1], Y[1])[1][0])

    def imaginary_above(Y: Interval, X: Interval) -> Number:
        x = X[0]
        square = iv.add(ONE, iv.square((x, x), bits), bits)
        if iv.at_most(iv.square((Y[1], Y[1]), bits)[1], square[0]):
            return at(x, Y[1])[1][1]
        if iv.at_most(square[1], iv.square((Y[0], Y[0]), bits)[0]):
            return at(x, Y[0])[1][1]
        inverse = iv.div(ONE, (x, x), bits)  # 0 is not in x, where |y| < 1
        root = iv.sqrt(iv.add(ONE, iv.square(inverse, bits), bits), bits)
        return iv.scale(real.log_real(iv.add(inverse, root, bits), bits), -1)[1]

    return _Odd(real_below, real_above).image(x, y), _Odd(imaginary_below, imaginary_above).image(y, x)


def tanh(z: Rectangle, bits: int) -> Rectangle:
    """tanh z = (sinh 2x + i*sin 2y)/(cosh 2x + cos 2y) for |2y| < pi; Unbounded beyond.

    tanh' = 1/cosh(z)**2: Re tanh' has the sign of 1 + cosh 2x*cos 2y, Im tanh' that of -x*y, where
    |2y| < pi.  For x, y >= 0, Re tanh rises with y; with x it rises while cosh 2x*cos 2y >= -1,
    to 1/sin 2y at cosh 2x = -1/cos 2y, then falls.  Im tanh falls with x; with y it rises while
    cosh 2x*cos 2y >= -1, to 1/sinh 2x at cos 2y = -1/cosh 2x, then falls.  Re tanh is odd in x and
    even in y, Im tanh odd in y and even in x.
    """
    x, y = iv.scale(z[0], 1), iv.scale(z[1], 1)
    if not iv.below(iv.magnitude(y), iv.scale(real.half_pi(bits), 1)):
        raise Unbounded

    def parts(x: Number, y: Number) -> tuple[Interval, Interval, Interval, Interval]:
        return *real.sinh_cosh_real((x, x), bits), *real.sin_cos_real((y, y), bits)

    def turning(x: Number, y: Number) -> Interval:
        _, cosh, _, cos = parts(x, y)
        return iv.add(ONE, iv.mul(cosh, cos, bits), bits)

    def over(part: int, x: Number, y: Number) -> Interval:
        found = parts(x, y)
        return iv.div(found[part], iv.add(found[1], found[3], bits), bits)

    def real_below(X: Interval, Y: Interval) -> Number:
        return min_of(over(0, X[0], Y[0])[0], over(0, X[1], Y[0])[0])

    def real_above(X: Interval, Y: Interval) -> Number:
        if iv.is_positive(turning(X[1], Y[1])):
            return over(0, X[1], Y[1])[1]
        if iv.is_negative(turning(X[0], Y[1])):
            return over(0, X[0], Y[1])[1]
        return iv.div(ONE, parts(X[0], Y[1])[2], bits)[1]

    def imaginary_below(Y: Interval, X: Interval) -> Number:
        return min_of(over(2, X[1], Y[0])[0], over(2, X[1], Y[1])[0])

    def imaginary_above(Y: Interval, X: Interval) -> Number:
        if iv.is_positive(turning(X[0], Y[1])):
            return over(2, X[0], Y[1])[1]
        if iv.is_negative(turning(X[0], Y[0])):
            return over(2, X[0], Y[0])[1]
        return iv.div(ONE, parts(X[0], Y[1])[0], bits)[1]

    return _Odd(real_below, real_above).image(x, y), _Odd(imaginary_below, imaginary_above).image(y, x)


# --- functions with their extremes at corners -------------------------------------------


def sqrt(z: Rectangle, at: At) -> Rectangle:
    """sqrt' = 1/(2*sqrt(z)) has a positive real part off the cut and the sign of -y in its
    imaginary part: Re sqrt rises with x and with |y|, Im sqrt rises with y, and |Im sqrt|,
    of the sign of y, falls with x."""
    x, y = z
    if iv.contains_zero(y) and not iv.is_positive(x):
        raise Unbounded
    left, right = at(x[0], nearest(y))[0][0], at(x[1], furthest(y))[0][1]
    low = at(x[0] if is_below_zero(y[0]) else x[1], y[0])[1][0]
    high = at(x[1] if is_below_zero(y[1]) else x[0], y[1])[1][1]
    return (left, right), (low, high)


def asin(z: Rectangle, at: At) -> Rectangle:
    """asin' = 1/sqrt(1 - z*z): the root has a positive real part off the cuts and the sign of
    Im(1 - z*z) = -2*x*y in its imaginary part.  So Re asin' > 0 and Im asin' has the sign of
    x*y: Re asin rises with x, and Im asin with y; |Re asin| falls with |y|, |Im asin| rises
    with |x|, and they have the signs of x and y."""
    x, y = z
    if iv.contains_zero(y) and not iv.below(iv.magnitude(x), ONE):
        raise Unbounded
    near_x, far_x, near_y, far_y = nearest(x), furthest(x), nearest(y), furthest(y)
    left = at(x[0], near_y if is_below_zero(x[0]) else far_y)[0][0]
    right = at(x[1], far_y if is_below_zero(x[1]) else near_y)[0][1]
    low = at(far_x if is_below_zero(y[0]) else near_x, y[0])[1][0]
    high = at(near_x if is_below_zero(y[1]) else far_x, y[1])[1][1]
    return (left, right), (low, high)


def acosh(z: Rectangle, at: At) -> Rectangle:
    """For y > 0, acosh z = i*acos z = i*pi/2 - i*asin z (DLMF 4.37.21, 4.23.19 on one half
    plane): Re acosh = Im asin rises with |x| and y, Im acosh = pi/2 - Re asin falls with x, and
    with y rises for x > 0, falls for x < 0.  By continuity so at y = 0, x > 1; acosh of the
    conjugate is the conjugate."""
    x, y = z
    if iv.contains_zero(y) and not iv.below(ONE, x):
        raise Unbounded
    if is_below_zero(y[0]) and not is_below_zero(mpf_neg(y[1])):
        size, turn = acosh((x, iv.neg(y)), at)
        return size, iv.neg(turn)
    near_y, far_y = nearest(y), furthest(y)
    size = at(nearest(x), near_y)[0][0], at(furthest(x), far_y)[0][1]
    high = at(x[0], near_y if is_below_zero(x[0]) else far_y)[1][1]
    if is_below_zero(y[0]):  # on both sides of the axis
        return size, (at(x[0], y[0])[1][0], at(x[0], y[1])[1][1])
    return size, (at(x[1], far_y if is_below_zero(x[1]) else near_y)[1][0], high)


# --- ends -------------------------------------------------------------------------------


def is_below_zero(number: Number) -> bool:
    return bool(iv.compare(number, iv.ZERO[0]) < 0)


def nearest(side: Interval) -> Number:
    """The point of an interval nearest to 0."""
    if iv.contains_zero(side):
        return iv.ZERO[0]
    return side[0] if iv.is_positive(side) else side[1]


def furthest(side: Interval) -> Number:
    """The end of an interval furthest from 0."""
    return side[0] if iv.compare(mpf_neg(side[0]), side[1]) > 0 else side[1]


def min_of(a: Number, b: Number) -> Number:
    return a if iv.compare(a, b) <= 0 else b


def max_of(a: Number, b: Number) -> Number:
    return a if iv.compare(a, b) >= 0 else b
