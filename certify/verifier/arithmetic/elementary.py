"""exp, log, sin, cos and atan of exact binary numbers, on Python integers.

Every function returns an integer and an error: with u = 2**-places, the value is within
error*u of integer*u.  One unit means u; "floor costs 1" means that a shift or an integer
division moves a value by less than one unit.  Each lemma stands beside its code.

Two series serve for everything.

Lemma E (factorial series).  Let |Z - z/u| <= 3 and 0 <= Z*u <= 1/4, c_i >= 1 for i = 0 and c_i >= 2
after it, P_0 = 1/u, P_k = floor(P_(k-1)*Z*u) for k < m, M = floor(P_(m-1)*Z*u), and downward from
A_n = 0, with sigma = 1 or -1,
  A_i = P_(i mod m) + sigma*floor(B_i/c_i),    B_i = A_(i+1), but floor(A_(i+1)*M*u) if m divides i + 1.
Then A_0 is within 18 units of sum over i < n of (sigma*z)**i/(c_0*...*c_(i-1)), times 1/u.
  An error p of P_k becomes at most p*Z*u + 3*z**(k-1) + 1 <= p/4 + 3*z**(k-1) + 1, so that all are at
  most 5, and M's too.  Let a_i be what A_i stands for, |a_i| <= 1 + z + ... <= 4/3 + tiny, and d_i the
  error of A_i.  d_n = 0.  B_i has error at most d_(i+1), or d_(i+1)/4 + 5*4/3 + 2 <= d_(i+1)/4 + 9, at
  most max(d_(i+1), 12) in either case; so d_i <= 5 + 1 + max(d_(i+1), 12)/c_i.  For i >= 1 that gives
  d_i <= 12, and so d_0 <= 18.
  With n as `_terms` chooses it the n-th term is at most a quarter of a unit, and those after it fall
  by 1/4 or faster: the tail is below a unit.  So A_0 is within 19 units of the whole series.

Lemma A (arctangent terms).  Let |Z - z/u| <= d <= 13, 0 <= Z*u <= 1/4, Y = floor(Z*Z*u),
P_0 = Z, P_i = floor(P_(i-1)*Y*u).  Then |P_i - z**(2i+1)/u| <= d + 2, and the sum of
+-floor(P_i/(2i+1)), i < n, with P_n = 0 is within (d + 3)*n + d + 4 units of the series.
  |Y - z*z/u| <= d*(|z| + Z*u) + 1 <= d/2 + 1 + tiny.  With e_i for the left side,
  e_i <= e_(i-1)*Y*u + |z|**(2i-1)*(d/2 + 1) + 1 <= e_(i-1)/16 + d/8 + 5/4 + tiny, and
  e_0 <= d, so e_i <= d + 2.  The division's floor costs 1.  With P_n = 0 the tail is at
  most (d + 2)*(1 + 1/16 + ...)/(2n + 1) <= d + 3 units.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import isqrt

from certify.verifier.arithmetic.interval import Number, Unbounded, exponent, to_fixed

MAX_MAGNITUDE = 64  # arguments of exp, sin and cos are below 2**64


@lru_cache(maxsize=64)
def pi_fixed(places: int) -> int:
    """P with |P*u - pi| <= u: pi = 16*atan(1/5) - 4*atan(1/239), Machin."""
    return _combine(places, -1, ((16, 5), (-4, 239)))


@lru_cache(maxsize=64)
def log2_fixed(places: int) -> int:
    """L with |L*u - log 2| <= u: log 2 = 18*h(26) - 2*h(4801) + 8*h(8749), h(n) = atanh(1/n)."""
    return _combine(places, 1, ((18, 26), (-2, 4801), (8, 8749)))


def half_pi_fixed(places: int) -> int:
    """H with |H*u - pi/2| <= u: 1/16 from the constant and 1/2 from rounding."""
    return (pi_fixed(places + 3) + 8) >> 4


def _combine(places: int, sign: int, rows: tuple[tuple[int, int], ...]) -> int:
    """sum of c*h(n) over the rows, h(n) = sum of sign**i * n**-(2i+1)/(2i+1), within one unit.

    With w = places + guard places, the powers' floors cost 25/24 in all and the term's 1: 3 a
    term at most, and there are at most w/4 + 1 terms as n*n > 2**4; the tail is below 2.
    The coefficients' sizes add up to 28 at most, so the sum is within 28*(3*w/4 + 5) <=
    21*w + 140 fine units, less than 2**guard/2; rounding to nearest costs 1/2.
    """
    guard = places.bit_length() + 12
    w = places + guard
    total = 0
    for coefficient, n in rows:
        power, i = (1 << w) // n, 0
        while power:
            total += coefficient * sign**i * (power // (2 * i + 1))
            power //= n * n
            i += 1
    return (total + (1 << (guard - 1))) >> guard


def _round_up_places(places: int) -> int:
    """A multiple of 32, so that constants are made for few precisions."""
    return (places + 31) // 32 * 32


def _terms(Z: int, w: int, factors: int = 1) -> int:
    """n with z**n/(factors*n)! <= u/4 where z <= (Z + 3)*u: at least log2(1/z) bits and factors times
    floor(log2(i)) are gained at each i."""
    gain, n, gained = w - (Z + 3).bit_length(), 0, 0
    while gained < w + 2:
        n += 1
        gained += gain + factors * (n.bit_length() - 1)
    return n


def _factorial_series(Z: int, w: int, n: int, sign: int, divisors: Iterator[int]) -> int:
    """A_0 of Lemma E, with c_(n-1), ..., c_0 as divisors."""
    m = isqrt(n) + 1
    powers = [1 << w, Z]
    while len(powers) <= m:
        powers.append(powers[-1] * Z >> w)
    step, total = powers[m], 0
    for i, divisor in zip(range(n - 1, -1, -1), divisors, strict=True):
        if (i + 1) % m == 0:
            total = total * step >> w
        total = powers[i % m] + sign * (total // divisor)
    return total


def _reduce(x: Number, w: int, constant: int, extra: int) -> tuple[int, int]:
    """(k, T) with |T*u - (x - k*c)| <= 2u and 0 <= T*u <= c.

    `constant` is c at w + extra places, within one of its units, and |k| < 2**extra - 1.
    X = floor(x at w + extra places) costs 1 and k*constant costs |k| of the finer units;
    their sum is at most 2**extra of them, one unit; the last shift costs 1.
    """
    X = to_fixed(x, w + extra)
    k = X // constant
    if k.bit_length() >= extra:
        raise Unbounded
    return k, (X - k * constant) >> extra


def exp_fixed(x: Number, bits: int) -> tuple[int, int, int]:
    """(V, error, e) with |exp(x) - V*2**e| <= error*2**e and V about 2**(bits + some).

    x = k*log 2 + t, s = t/2**h <= log(2)/4 < 1/4 for h >= 2, then h squarings of the sum of
    Lemma E with c_i = i + 1.  A squaring takes an error d of a value v <= exp(log(2)/2) < 3/2 to at
    most 2*v*d + d*d*u + 1 <= 4*d for d >= 2 and d*u <= 1/8: h of them multiply it by at most 4**h.
    Here d starts at 20, and w leaves 12 places beyond all of its growth.
    """
    if exponent(x) > MAX_MAGNITUDE:
        raise Unbounded
    h = isqrt(bits) // 2 + 2
    w = _round_up_places(bits + 2 * h + bits.bit_length() + 12)
    extra = max(0, exponent(x)) + 4
    k, T = _reduce(x, w, log2_fixed(w + extra), extra)
    S = T >> h  # |S - s/u| <= 2/2**h + 1 <= 2
    n = _terms(S, w)
    V = _factorial_series(S, w, n, 1, iter(range(n, 0, -1)))
    for _ in range(h):
        V = V * V >> w
    return V, 20 * 4**h, k - w


def sin_cos_fixed(x: Number, bits: int) -> tuple[int, int, int, int]:
    """(S, C, error, w): sin(x) and cos(x) within error*2**-w of S*2**-w and C*2**-w.

    x = k*pi/2 + t, s = t/2**h <= pi/16 < 1/4 for h >= 3.  Z = floor(S*S*u) is within
    2*(s + S*u) + 1 + tiny <= 3 of s*s/u.  Lemma E with sigma = -1 gives cos(s), c_i = (2i + 1)*(2i + 2),
    and sin(s)/s, c_i = (2i + 2)*(2i + 3), each within 20; the product with S costs 20/4 + 2 + 1.
    Then h doublings (c, s) -> (c*c - s*s, 2*c*s).  A doubling takes an error d of both to at
    most 2*(|c| + |s|)*d + 2*d*d*u + 2 <= 3*d + 2 <= 4*d for d >= 2 and d*u <= 1/16, which w
    provides as in exp_fixed.
    """
    if exponent(x) > MAX_MAGNITUDE:
        raise Unbounded
    h = isqrt(bits) // 4 + 3
    small = min(max(0, -exponent(x)), bits)  # keeps sin(x) accurate relative to x
    w = _round_up_places(bits + small + 2 * h + bits.bit_length() + 12)
    extra = max(0, exponent(x)) + 4
    k, T = _reduce(x, w, half_pi_fixed(w + extra), extra)
    S = T >> h
    Z = S * S >> w
    n = _terms(Z, w, 2)
    C = _factorial_series(Z, w, n, -1, ((2 * i + 1) * (2 * i + 2) for i in range(n - 1, -1, -1)))
    ratio = _factorial_series(Z, w, n, -1, ((2 * i + 2) * (2 * i + 3) for i in range(n - 1, -1, -1)))
    S = S * ratio >> w
    for _ in range(h):
        S, C = C * S >> (w - 1), (C * C - S * S) >> w
    error = 20 * 4**h
    turned = ((S, C), (C, -S), (-S, -C), (-C, S))[k % 4]
    return *turned, error, w


def log_fixed(x: Number, bits: int) -> tuple[int, int, int]:
    """(L, error, w) with |log(x) - L*2**-w| <= error*2**-w, for x > 0.

    x = m*2**E with m in [2/3, 4/3), z = (m - 1)/(m + 1) in [-1/5, 1/7),
    log(x) = E*log 2 + 2*atanh(z): Lemma A with d = 1, doubled, and two units for E*log 2.
    """
    _, man, exp, bitcount = x
    man = int(man)
    E = exp + bitcount - (1 if 3 * man < (1 << (bitcount + 1)) else 0)
    one = 1 << (E - exp)  # m = man/one, and E - exp is the bitcount of man or one less
    small = max(0, bitcount - abs(man - one).bit_length()) if E == 0 else 0
    w = _round_up_places(bits + min(small, bits) + bits.bit_length() + 12)
    Z = (abs(man - one) << w) // (man + one)
    total, error = _arctangent_sum(Z, w, 1, 1)
    total, error = 2 * total, 2 * error
    if man < one:
        total = -total
    extra = E.bit_length() + 1
    return total + ((E * log2_fixed(w + extra)) >> extra), error + 2, w


def _arctangent_sum(Z: int, w: int, sign: int, d: int) -> tuple[int, int]:
    """sum of sign**i * z**(2i+1)/(2i+1) at w places, and its error (Lemma A)."""
    Y = Z * Z >> w
    power, total, i = Z, 0, 0
    while power:
        term = power // (2 * i + 1)
        total += -term if sign < 0 and i % 2 else term
        power = power * Y >> w
        i += 1
    return total, (d + 3) * i + d + 4


def atan_fixed(x: Number, bits: int) -> tuple[int, int, int]:
    """(A, error, w) with |atan(x) - A*2**-w| <= error*2**-w.

    |x| > 1 is turned to 1/|x|.  Three halvings z -> z/(1 + sqrt(1 + z*z)) = tan(atan(z)/2)
    bring z to at most tan(pi/32) < 1/4.  The map has slope at most 1/2; the root's floor
    moves it by at most 1/4 unit and the division's floor by 1, so an error d becomes at
    most d/2 + 3/2 and stays <= 3.  Then Lemma A with d = 3, times 8.
    """
    sign, man, exp, _ = x
    man = int(man)
    small = min(max(0, -exponent(x)), bits)
    w = _round_up_places(bits + small + bits.bit_length() + 16)
    inverted = exponent(x) > 0
    reciprocal = (1 << max(0, w - exp)) // man if inverted else 0  # below a unit where w < exp
    Z = reciprocal if inverted else to_fixed((0, man, exp, man.bit_length()), w)
    for _ in range(3):
        Z = (Z << w) // ((1 << w) + isqrt((1 << (2 * w)) + Z * Z))
    total, error = _arctangent_sum(Z, w, -1, 3)
    total, error = 8 * total, 8 * error
    if inverted:
        total, error = half_pi_fixed(w) - total, error + 1
    return (-total if sign else total), error, w
