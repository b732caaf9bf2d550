"""The theorem: N-point difference quotients of f enclose f' on a disc (theory, T1 to T4).

From values of a function g at the N-th roots of unity on |z - m| = r, and a bound |g| <= M
on the larger disc |z - m| <= R where g is holomorphic, the quotients

    Q_k = (1/N) * sum_j g(m + r*w^j) * w^(-j*k),    w = exp(2*pi*i/N), q = r/R

satisfy |Q_k - a_k| <= M*q^(k+N)/(1 - q^N) for the coefficients of g(m + r*u) = sum a_k*u^k.
The proofs, with the same labels, are in `certificates/README.md`.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from certify.prover.enclosure.ball import (
    BallProgram,
    NotAnalytic,
    TooLarge,
    acb,
    arb,
    arb_poly,
    exact,
    precision,
    roots_of_unity,
    upper,
)

COVER_BITS = 53
START_DEPTH = 1
DEEPEST = 4


class Cover(NamedTuple):
    """Proof that each function is holomorphic on the disc and |function| <= its bound.

    depth   the deepest subdivision that was needed
    bounds  one bound for each output of the program
    """

    depth: int
    bounds: tuple[Fraction, ...]


def cover_disc(
    program: BallProgram,
    midpoint: Fraction,
    radius: Fraction,
    start: int,
    cap_bits: int,
    bits: int = COVER_BITS,
) -> Cover:
    """Cover |z - midpoint| <= radius by boxes on which every node is finite (T1).

    The functions are real on the real axis and their cuts are symmetric, so the boxes over
    the upper half suffice.  Raises NotAnalytic for a box that fails at depth DEEPEST, and
    TooLarge for one on which a function exceeds 2**cap_bits.
    """
    with precision(bits):
        m, R = acb(exact(midpoint)), exact(radius)
        boxes, cap = list(_start_boxes(start)), arb(2) ** cap_bits
        largest: list[arb] | None = None
        deepest = start
        while boxes:
            depth, i, j = boxes.pop()
            try:
                values = program(m + R * _unit_box(depth, i, j))
            except NotAnalytic:
                if depth == DEEPEST:
                    raise
                boxes.extend(_quarters(depth, i, j))
                deepest = max(deepest, depth + 1)
                continue
            sizes = [value.abs_upper() for value in values]
            if not all(size < cap for size in sizes):
                raise TooLarge
            largest = sizes if largest is None else list(map(max, largest, sizes))
        return Cover(deepest, tuple(upper(size) for size in largest or ()))


@lru_cache(maxsize=4096)
def _unit_box(depth: int, i: int, j: int) -> acb:
    """The square [i, i+1] x [j, j+1] scaled by 2**-depth; dyadic, hence exact."""
    half = arb(1) / 2 ** (depth + 1)
    return acb((2 * i + 1) * half + arb(0, half), (2 * j + 1) * half + arb(0, half))


@lru_cache(maxsize=8)
def _start_boxes(depth: int) -> tuple[tuple[int, int, int], ...]:
    """The squares of side 2**-depth over the upper half of the unit disc, from the centre out:
    the last, taken first, are at the rim, where singularities are met."""
    side = 2**depth
    boxes = [(depth, i, j) for j in range(side) for i in range(-side, side)]
    return tuple(sorted((b for b in boxes if _meets_disc(*b)), key=lambda b: _nearest(b[1]) ** 2 + b[2] ** 2))


def _quarters(depth: int, i: int, j: int) -> list[tuple[int, int, int]]:
    outward = (0, 1) if i >= 0 else (1, 0)
    below = [(depth + 1, 2 * i + a, 2 * j + b) for b in (0, 1) for a in outward]
    return [box for box in below if _meets_disc(*box)]


def _nearest(i: int) -> int:
    """The distance of [i, i + 1] from 0."""
    return i if i >= 0 else -i - 1


def _meets_disc(depth: int, i: int, j: int) -> bool:
    return bool(_nearest(i) ** 2 + j * j <= 4**depth)


def difference_quotients(
    program: BallProgram, midpoint: Fraction, r: Fraction, nodes: int, bits: int
) -> list[arb_poly]:
    """For each output of the program the polynomial with balls that contain Q_0, ..., Q_(N-1)
    as its coefficients (T2).

    N/2 + 1 evaluations: the functions are real on the real axis, so the values at conjugate
    nodes are conjugate and every Q_k is real.
    """
    with precision(bits):
        m, radius = acb(exact(midpoint)), exact(r)
        values = [program(m + radius * w) for w in roots_of_unity(nodes, bits)]
        found = []
        for output in zip(*values, strict=True):
            # Q_k is its own conjugate, (1/N) * sum_j conj(v_j)*w^(j*k): the inverse transform.
            conjugate = [v.conjugate() for v in output]
            transform = acb.dft([*conjugate, *output[-2:0:-1]], inverse=True)
            found.append(arb_poly([t.real for t in transform]))
        return found


def value_error(bound: arb, q: arb, nodes: int) -> arb:
    """|s(m + r*u) - sum_(k<N) S_k*u^k| <= this for |u| <= 1 (T3, the spec)."""
    return 2 * bound * q**nodes / (1 - q)


def slope_error(bound: arb, q: arb, nodes: int, r: arb) -> arb:
    """|f'(m + r*u) - sum_(1<=k<N) k*Q_k*u^(k-1)/r| <= this for |u| <= 1 (T3)."""
    qn = q**nodes
    aliases = q / (1 - qn)
    tail = nodes * (1 - q) + q
    return bound * qn * (aliases + tail) / (1 - q) ** 2 / r


def midpoint_slope_error(bound: arb, q: arb, nodes: int, r: arb) -> arb:
    """|f'(m) - Q_1/r| <= this (T3 at u = 0)."""
    qn = q**nodes
    return bound * qn * q / (1 - qn) / r
