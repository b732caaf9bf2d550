"""The quotients Q_k from values at the N-th roots of unity, on integers (theory, T2).

The values are rectangles; their centres become integers in units 2**-places, their radii
one error for all.  A radix-2 transform of the centres then adds a bounded rounding error.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from certify.verifier.elementary import pi_fixed, sin_cos_fixed
from certify.verifier.interval import MAX_FIXED, Unbounded, exponent, to_fixed
from certify.verifier.rectangle import Rectangle

Gauss = tuple[int, int]  # real and imaginary part in units


@dataclass(frozen=True)
class Quotients:
    """|N * Q_k - numerators[k] * 2**-places| <= error * 2**-places for 0 <= k < N."""

    numerators: tuple[int, ...]
    error: int
    places: int


def quotients(values: list[Rectangle], bits: int) -> Quotients:
    """Q_k = (1/N) * sum_j v_j*w^(-j*k) for values v_0, ..., v_(N/2) and v_(N-j) = conj(v_j).

    The symmetry makes every Q_k real, so the real parts are kept.
    """
    nodes = 2 * (len(values) - 1)
    largest = max(exponent(end) for value in values for side in value for end in side)
    places = bits + 8 - max(largest, -8 * bits)
    centres, errors = zip(*(_centre(value, places) for value in values), strict=True)
    if abs(places) > MAX_FIXED:
        raise Unbounded
    # Every |v_j|/u is below B = 2**(bits + 10), and _transform needs bits for that.
    mirrored = [(a, -b) for a, b in centres[-2:0:-1]]
    sums = _transform([*centres, *mirrored], bits + 24 + nodes.bit_length())
    # Lemma of _transform: the error of a sum is at most N*(e + 4), e the values' own.
    return Quotients(tuple(a for a, _ in sums), nodes * (max(errors) + 4), places)


def _centre(value: Rectangle, places: int) -> tuple[Gauss, int]:
    """An integer centre, and how far in units any point of the rectangle is from it at most."""
    centre, reach = [], 0
    for lo, hi in value:
        a, b = to_fixed(lo, places), to_fixed(hi, places) + 1  # a <= lo/u, hi/u <= b
        centre.append((a + b) // 2)
        reach += b - (a + b) // 2
    return (centre[0], centre[1]), reach  # |p + i*q| <= |p| + |q|


@lru_cache(maxsize=32)
def roots_of_unity(nodes: int, places: int) -> tuple[Gauss, ...]:
    """Integers within 1 unit, in each component, of exp(-2*pi*i*j/nodes)/u, 0 <= j < nodes/2."""
    w = places + 16
    roots = []
    for j in range(nodes // 2):
        # the angle is within 2**-w * (1 + 1) of 2*pi*j/nodes, sin and cos have slope <= 1
        angle = 2 * j * pi_fixed(w) // nodes
        S, C, _, v = sin_cos_fixed((0, angle, -w, angle.bit_length()), w)
        # its error is below 2**-w as sin_cos_fixed works with more than w + 12 places
        roots.append((_round(C, v - places), -_round(S, v - places)))
    return tuple(roots)


def _round(value: int, shift: int) -> int:
    return (value + (1 << (shift - 1))) >> shift


def _transform(values: list[Gauss], places: int) -> list[Gauss]:
    """sum_j v_j*w^(-j*k) for 0 <= k < N, by X_k = E_k + w^-k*O_k, X_(k+N/2) = E_k - w^-k*O_k.

    Lemma: if each |v_j| <= B units with N*B <= 2**(places - 3) and each v_j has error e, the
    sums have error at most N*(e + 4) - 4.  By induction: let E_k and O_k, of n terms, have
    error d.  |O_k| <= n*B + d, the root has error at most 1.5*2**-places, and the floors cost
    1.5, so the product has error at most d + (n*B + d)*1.5*2**-places + 1.5 <= d + 4 where
    d <= 2**places (e is below 2**(bits + 11)), and the sum 2*d + 4, which is
    2*(n*(e + 4) - 4) + 4 = 2*n*(e + 4) - 4.
    """
    count = len(values)
    if count == 1:
        return values
    even, odd = _transform(values[0::2], places), _transform(values[1::2], places)
    low, high = [], []
    for (c, s), (a, b), (p, q) in zip(roots_of_unity(count, places), even, odd, strict=True):
        real, imaginary = (c * p - s * q) >> places, (c * q + s * p) >> places
        low.append((a + real, b + imaginary))
        high.append((a - real, b - imaginary))
    return low + high
