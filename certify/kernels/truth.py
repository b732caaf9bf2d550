"""The true derivative on ranges of a format's numbers: local polynomials with proved errors.

The catalogue's s is proved identical to f', so that values of s are values of f'.  On a tile, a
range of neighbouring numbers, s is a polynomial in u = (x - m)/r, |u| <= 1, with an error e:

- truncation: the N-point quotients of s on |z - m| = r and a bound of s on the larger disc
  (theory, T1 to T3), by ball arithmetic;
- coefficients: each is rounded to binary64, the difference is added to e; so are those that are
  left out;
- evaluation: Horner's rule in binary64 takes one multiplication and one addition for each of the
  n coefficients after the first; its result is off by at most 2*n*h/(1 - 2*n*h) * sum |c_k| with
  h = 2**-53, and by less than n*2**-1020 where products underflow.  u is exact: x and m are
  multiples of a unit 2**k with |x - m| <= 2**(k + 52), and r is a power of two.

A tile on which that is not accurate enough (a root of f' in it, above all) is split; the smallest
are evaluated point by point, as balls.  Where s cancels on the whole of a disc, as 1 + x/sqrt(x**2 + 4)
does for x far below 0, the bound on the disc is about 1, however small s is, and the truncation of NODES
nodes is more than s; splitting makes neither much smaller, more nodes do.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from certify.certificate.floats import Format, key_above, key_below, value
from certify.certificate.identity import Identity
from certify.certificate.kernel import kinks
from certify.kernels.arrays import Array, bits_of_keys, values_of_bits
from certify.language.errors import CertifyError
from certify.language.terms import Term, rational_value
from certify.prover.enclosure.ball import (
    BallProgram,
    NotAnalytic,
    TooLarge,
    acb,
    arb,
    exact,
    precision,
    real_ball,
)
from certify.prover.enclosure.ball import lower as lower_end
from certify.prover.enclosure.ball import upper as upper_end
from certify.prover.enclosure.quotient import (
    START_DEPTH,
    cover_disc,
    difference_quotients,
    slope_error,
    value_error,
)
from certify.prover.pieces import germ_sign, open_interval_sign, partition, resolve

BITS = 384  # of the quotients: f' may be as small as 2**-150 where s cancels at 1
NODES = 16
MORE_NODES = 64  # where NODES would leave every number to be evaluated by itself
SPREADS = (6, 5, 4, 3)  # log2 of R/r, the largest first
MARGIN = 18  # bits by which the error of a tile is below the ulp of the truth
CAP = 2**12  # a function beyond 2**CAP on a disc is too large
MOST_BITS = 2**14  # of one value; no more was ever needed
EXACT_SPAN = 2**52
PAIR_BITS = 256  # for f' at two neighbours; where it is flatter, their order is not told


class Ambiguous(CertifyError):
    """A true value that MOST_BITS bits do not tell from a boundary."""


class Patch(NamedTuple):
    """A polynomial in u = (x - m)/r with |f'(x) - p(u)| <= error, evaluated in binary64, for the
    numbers with keys start <= key < stop; without coefficients they are evaluated one by one.

    smallest, largest  |p(u)| lies between them
    slope              the sign of f'' on the tile, 0 where it is not shown
    """

    start: int
    stop: int
    midpoint: float
    radius: float
    coefficients: tuple[float, ...]
    error: float
    smallest: float
    largest: float
    slope: int

    def __call__(self, x: Array) -> Array:
        """p(u) by Horner's rule."""
        u = (x - self.midpoint) / self.radius
        total = np.full(x.shape, self.coefficients[-1])
        for c in self.coefficients[-2::-1]:
            total *= u
            total += c
        return total


class Stretch(NamedTuple):
    """The numbers strictly between two points where a formula changes, or at such a point where f' is
    s all the same, and the one formula of f' there."""

    start: int
    stop: int
    formula: Term


class Truth:
    """f' on all numbers of a format but the kinks, by the identity that shows it to be s."""

    def __init__(self, identity: Identity, form: Format) -> None:
        self.form = form
        f, s = identity.spec.bound_terms()
        ends = partition((f, s), None, None)
        first, last = form.keys
        self.kinks = kinks(identity, form)
        self.pieces: list[Stretch] = []
        for lo, hi in pairwise(ends):
            if lo is not None and lo not in identity.left_out:
                at = resolve(s, germ_sign(lo, 0, lambda guard: None))
                self.pieces.append(Stretch(key_below(form, lo) + 1, key_above(form, lo), at))
            start = first if lo is None else key_above(form, lo)
            stop = last if hi is None else key_below(form, hi) + 1
            self.pieces.append(Stretch(start, stop, resolve(s, open_interval_sign(lo, hi))))
        self.pieces = [piece for piece in self.pieces if piece.start < piece.stop]
        self._programs = {piece.formula: BallProgram(piece.formula) for piece in self.pieces}
        self.leaf = 2**12 if form.width == 32 else 2**6

    def tiles(self, start: int, stop: int) -> Iterator[Patch]:
        """Tiles that cover the range of keys, kinks left out, in order."""
        for piece in self.pieces:
            a, b = max(start, piece.start), min(stop, piece.stop)
            for part in ((a, min(b, 0)), (max(a, 0), b)):  # of one sign each
                if part[0] < part[1]:
                    yield from self._cut(piece.formula, *part)

    def _cut(self, formula: Term, start: int, stop: int) -> Iterator[Patch]:
        stack = [(start, stop)]
        while stack:
            a, b = stack.pop()
            tile = self._tile(formula, a, b)
            middle, whole = (a + b) // 2, b - a <= self.leaf
            if tile is None and not whole and self._is_hopeless(formula, middle):
                tile = self._tile(formula, a, b, MORE_NODES)
            if tile is None and not whole:
                stack += [(middle, b), (a, middle)]
            else:
                yield tile or Patch(a, b, 0.0, 1.0, (), 0.0, 0.0, 0.0, 0)

    def _is_hopeless(self, formula: Term, middle: int) -> bool:
        """Whether not even the least tile in the middle of a range is one with NODES nodes."""
        half = self.leaf // 2
        return self._tile(formula, middle - half, middle + half) is None

    def _tile(self, formula: Term, start: int, stop: int, nodes: int = NODES) -> Patch | None:
        """The tile, if its error is small enough: a constant, else a polynomial."""
        ends = value(self.form, start), value(self.form, stop - 1)
        program = self._programs[formula]
        found = self._constant(program, ends) or self._polynomial(program, ends, nodes)
        return found._replace(start=start, stop=stop) if found else None

    def _constant(self, program: BallProgram, ends: tuple[Fraction, Fraction]) -> Patch | None:
        low, high = min(abs(end) for end in ends), max(abs(end) for end in ends)
        if low == 0 or high > 2 * low:
            return None  # a ball about both, squared, would reach far beyond them
        try:
            with precision(BITS):
                ball = program(acb(real_ball(*ends)))[0].real
        except NotAnalytic:
            return None
        return self._accurate(Fraction(0), Fraction(1), [ball], 0)

    def _polynomial(self, program: BallProgram, ends: tuple[Fraction, Fraction], nodes: int) -> Patch | None:
        m, r = self._disc(*ends)
        unit = self.form.ulp(min(map(abs, ends))) / 2
        if m and r / unit > EXACT_SPAN:
            return None
        for spread in SPREADS:
            R = r * 2**spread
            try:
                # at BITS: where s cancels, 53 bits would bound it by 2**-53
                bound = cover_disc(program, m, R, START_DEPTH, CAP, BITS).bounds[0]
                quotients = difference_quotients(program, m, r, nodes, BITS)[0]
            except (NotAnalytic, TooLarge):
                continue
            with precision(BITS):
                q, M = exact(Fraction(1, 2**spread)), exact(bound)
                truncation = value_error(M, q, nodes)
                coefficients = [quotients[k] for k in range(nodes)]
                slope = _sign_of_slope(coefficients, slope_error(M, q, nodes, exact(r)), r)
                coefficients[0] = coefficients[0] + truncation * arb(0, 1)
            tile = self._accurate(m, r, coefficients, slope)
            if tile is not None:
                return tile
        return None

    def _disc(self, low: Fraction, high: Fraction) -> tuple[Fraction, Fraction]:
        """A midpoint on the grid of the numbers' half units, and a power of two for a radius."""
        if low == 0 or high == 0 or abs(high) > 8 * abs(low) or abs(low) > 8 * abs(high):
            return Fraction(0), _power_above(max(abs(low), abs(high)))
        unit = self.form.ulp(min(abs(low), abs(high))) / 2
        m = round((low + high) / 2 / unit) * unit
        return m, _power_above(max(high - m, m - low, unit))

    def _accurate(self, m: Fraction, r: Fraction, balls: list[arb], slope: int) -> Patch | None:
        """The tile of these coefficients, which leave out what is not needed; None where its error is
        not MARGIN bits below the least ulp of the truth on it."""
        with precision(BITS):
            tops = [ball.abs_upper() for ball in balls]
            if not all(top < arb(2) ** 100 for top in tops):
                return None
            sizes = [upper_end(top) for top in tops]
            total = sum(sizes, Fraction(0))
            floor = lower_end(balls[0].abs_lower()) - sum(sizes[1:])
            allowed = self.form.ulp(max(floor, Fraction(0))) / 2**MARGIN
            kept, dropped = len(balls), Fraction(0)
            while kept > 1 and dropped + sizes[kept - 1] < allowed / 8:
                kept -= 1
                dropped += sizes[kept]
            rounded = [_binary64(ball) for ball in balls[:kept]]
            error = dropped + sum((e for _, e in rounded), Fraction(0)) + _horner_error(kept, total)
        if error > allowed or not 2.0**-900 < float(r) < 2.0**900:
            return None
        coefficients = tuple(c for c, _ in rounded)
        smallest, largest = max(floor, Fraction(0)) - error, total + error
        bounds = (_above(error), -_above(-smallest), _above(largest))
        return Patch(0, 0, float(m), float(r), coefficients, *bounds, slope)

    # --- single points ------------------------------------------------------------------

    def at(self, key: int, bits: int) -> tuple[Fraction, Fraction]:
        """Rational ends of an enclosure of f' at a number."""
        piece = self._piece(key)
        with precision(bits):
            ball = self._programs[piece.formula](acb(exact(value(self.form, key))))[0].real
            return lower_end(ball), upper_end(ball)

    def order(self, key: int) -> int:
        """The sign of f' at the next number less f' at this one, where balls tell; 0 too where a point
        that is left out, or a change of the formula, lies between, and from -0 to 0."""
        piece = next((p for p in self.pieces if p.start <= key and key + 1 < p.stop), None)
        if piece is None or key == -1:
            return 0
        before, after = self.at(key, PAIR_BITS), self.at(key + 1, PAIR_BITS)
        return (after[0] > before[1]) - (after[1] < before[0])

    def exactly(self, key: int) -> Fraction | None:
        """f' at a number, where rational arithmetic gives it."""
        return rational_value(self._piece(key).formula, value(self.form, key))

    def _piece(self, key: int) -> Stretch:
        return next(p for p in self.pieces if p.start <= key < p.stop)

    def values(self, start: int, stop: int) -> Array:
        """The numbers of a range of keys, in binary64."""
        return values_of_bits(self.form, bits_of_keys(self.form, start, stop))


def _power_above(bound: Fraction) -> Fraction:
    """The least power of two that is no less than a positive bound."""
    e = bound.numerator.bit_length() - bound.denominator.bit_length() - 1
    while Fraction(2) ** e < bound:
        e += 1
    return Fraction(2) ** e


def _binary64(ball: arb) -> tuple[float, Fraction]:
    """A binary64 number, and a bound of its distance to every point of the ball."""
    low, high = lower_end(ball), upper_end(ball)
    centre = float((low + high) / 2)
    exact_centre = Fraction(centre)
    return centre, max(high - exact_centre, exact_centre - low)


def _horner_error(count: int, total: Fraction) -> Fraction:
    """The error of Horner's rule in binary64 with `count` coefficients whose sum is at most total."""
    n = 2 * (count - 1)
    h = Fraction(1, 2**53)
    return n * h / (1 - n * h) * total + Fraction(count, 2**1020) if count > 1 else Fraction(0)


def _above(bound: Fraction) -> float:
    """A binary64 number that is no less than the bound."""
    found = float(bound)
    return found if Fraction(found) >= bound else float(np.nextafter(found, np.inf))


def _sign_of_slope(coefficients: list[arb], error: arb, r: Fraction) -> int:
    """The sign of the derivative of the polynomial for all |u| <= 1, with the error of T3; or 0."""
    first = coefficients[1] / exact(r)
    rest = sum((k * c.abs_upper() for k, c in enumerate(coefficients[2:], 2)), start=arb(0)) / exact(r)
    spread = (rest + error).abs_upper()
    return 1 if first > spread else -1 if first < -spread else 0
