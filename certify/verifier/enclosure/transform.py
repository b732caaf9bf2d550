"""The quotients Q_k from values at the N-th roots of unity, on integers (theory, T2).

The values are rectangles; their centres become integers in units 2**-places, their radii
one error for all.  A radix-2 transform of the centres then adds a bounded rounding error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from certify.verifier.arithmetic.elementary import pi_fixed, sin_cos_fixed
from certify.verifier.arithmetic.interval import MAX_FIXED, Unbounded, exponent, to_fixed
from certify.verifier.arithmetic.rectangle import Rectangle
from certify.verifier.work import Work, evaluation, operation

Gauss = tuple[int, int]  # real and imaginary part in units
MAX_TABLES = 4  # that are kept


@dataclass(frozen=True)
class Quotients:
    """|N * Q_k - numerators[k] * 2**-places| <= error * 2**-places for 0 <= k < N."""

    numerators: tuple[int, ...]
    error: int
    places: int


class Table(NamedTuple):
    """Integers within 1 unit of 2**-places, in each component, of exp(-2*pi*i*j/N), 0 <= j < N/2."""

    places: int
    values: tuple[Gauss, ...]


class Roots:
    """Tables of roots of unity, of which the last few are kept."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._tables: dict[tuple[int, int], Table] = {}

    def __call__(self, nodes: int, bits: int) -> Table:
        """The table of N-th roots for values of so many bits, or a few more."""
        places = (bits + 24 + nodes.bit_length() + 63) // 64 * 64
        key = (nodes, places)
        if key not in self._tables:
            if len(self._tables) >= MAX_TABLES:
                self._tables.clear()
            self._work.spend(evaluation("sin", places, wide=False) + nodes * 2 * operation(places))
            self._tables[key] = Table(places, roots_of_unity(nodes, places))
        return self._tables[key]


def quotients(columns: list[list[Rectangle]], roots: Table, bits: int, work: Work) -> list[Quotients]:
    """Q_k = (1/N) * sum_j v_j*w^(-j*k) for values v_0, ..., v_(N/2), the first and last real, and
    v_(N-j) = conj(v_j), of each of one or two functions.

    The symmetry makes every Q_k real.  The centres that stand for the values have it exactly, so that
    the transform of v + i*v' has the transforms of v and of v' as its real and imaginary parts, each in
    the units of its own function and off by the errors of its own centres.
    """
    scaled = [_scaled(values, bits) for values in columns]
    nodes = 2 * (len(columns[0]) - 1)
    work.spend(nodes * nodes.bit_length() * operation(roots.places))
    values = [(0, 0)] * nodes
    for (_, _, centres), (turn_p, turn_q) in zip(scaled, ((1, 0), (0, 1)), strict=False):
        # without imaginary parts the first and last are no further from the values, which are real
        inner = centres[1:-1]
        mirrored = [(centres[0][0], 0), *inner, (centres[-1][0], 0), *((p, -q) for p, q in inner[::-1])]
        values = [
            (a + turn_p * p - turn_q * q, b + turn_p * q + turn_q * p)
            for (a, b), (p, q) in zip(values, mirrored, strict=True)
        ]
    # Every |v_j|/u is below 2**(bits + 10), their sums below B = 2**(bits + 11); _transform needs
    # places for that.  By its lemma it errs by at most 4*N on exact values, and the centres by N*e.
    sums = _transform(values, roots.values, roots.places)
    parts = zip(*sums, strict=True)
    return [
        Quotients(tuple(part), nodes * (own + 4), places)
        for (places, own, _), part in zip(scaled, parts, strict=False)
    ]


def _scaled(values: list[Rectangle], bits: int) -> tuple[int, int, list[Gauss]]:
    """Places, the largest error in units of 2**-places, and the centres of the values in them."""
    largest = max(exponent(end) for value in values for side in value for end in side)
    places = bits + 8 - max(largest, -8 * bits)
    centres, errors = zip(*(_centre(value, places) for value in values), strict=True)
    if abs(places) > MAX_FIXED:
        raise Unbounded
    return places, max(errors), list(centres)


def _centre(value: Rectangle, places: int) -> tuple[Gauss, int]:
    """An integer centre, and how far in units any point of the rectangle is from it at most."""
    centre, reach = [], 0
    for lo, hi in value:
        a, b = to_fixed(lo, places), to_fixed(hi, places) + 1  # a <= lo/u, hi/u <= b
        centre.append((a + b) // 2)
        reach += b - (a + b) // 2
    return (centre[0], centre[1]), reach  # |p + i*q| <= |p| + |q|


def roots_of_unity(nodes: int, places: int) -> tuple[Gauss, ...]:
    """Integers within 1 unit, in each component, of exp(-2*pi*i*j/nodes)/u, 0 <= j < nodes/2.

    Powers of the first root, in units v = u*2**-(16 + bits of nodes).  Its angle is within 2*v of
    2*pi/nodes and sin_cos_fixed works with more places, so that its components are within 4*v, and
    itself within 6*v; a product of numbers of modulus 1 adds that, and 3*v for its floors.  After
    j < nodes/2 products the error is below 10*j*v < u/4.
    """
    w = places + 16 + nodes.bit_length()
    angle = 2 * pi_fixed(w) // nodes
    S, C, _, v = sin_cos_fixed((0, angle, -w, angle.bit_length()), w)
    c, s = C >> (v - w), -S >> (v - w)
    roots, x, y = [], 1 << w, 0
    for _ in range(nodes // 2):
        roots.append((_round(x, w - places), _round(y, w - places)))
        x, y = (x * c - y * s) >> w, (x * s + y * c) >> w
    return tuple(roots)


def _round(value: int, shift: int) -> int:
    return (value + (1 << (shift - 1))) >> shift


def _transform(values: list[Gauss], roots: tuple[Gauss, ...], places: int) -> list[Gauss]:
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
    half = roots[0::2]  # the roots of half the order are every other one
    even, odd = _transform(values[0::2], half, places), _transform(values[1::2], half, places)
    low, high = [], []
    for (c, s), (a, b), (p, q) in zip(roots, even, odd, strict=True):
        real, imaginary = (c * p - s * q) >> places, (c * q + s * p) >> places
        low.append((a + real, b + imaginary))
        high.append((a - real, b - imaginary))
    return low + high
