"""A kernel's outputs against the truth: every input counted, every verdict settled.

For each input x with output g, where t is the true f'(x), RN(t) the number of the format nearest
to t (ties to even) and ulp the spacing of the format's numbers in the binade of RN(t) (the least
spacing of all at 0):

    error in ULP            |g - t| / ulp, for finite g
    correctly rounded       g == RN(t)
    zero where it is not    g == 0 and RN(t) != 0
    wrong sign              g and RN(t) are not 0 and of opposite signs
    not monotone            of two neighbours in one tile on which f'' has one sign, g goes the other way

The truth is known as t' with |t - t'| <= e, so an error lies between |g - t'| - e and |g - t'| + e.  What
that does not settle, whether g is RN(t) or more than 1 ULP off, is settled by balls, one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from certify.kernels.arrays import Array, rounded, spacing
from certify.kernels.formats import value
from certify.kernels.truth import MOST_BITS, Ambiguous, Tile, Truth

CHUNK = 2**16  # numbers at once: the arrays stay in the cache
# A product, quotient or sum of binary64 is within 2**-53 of itself; a few of them are within this.
_UP, _DOWN = 1 + 2.0**-48, 1 - 2.0**-48
FIRST_BITS = 128
LARGE = Fraction(1, 2**10)  # what |f'| is at least where the largest error is taken apart


@dataclass(frozen=True)
class Count:
    """Inputs of one kind: how many, the one nearest to 0, and the one furthest from it."""

    number: int = 0
    first: int | None = None  # keys
    last: int | None = None

    def __add__(self, other: Count) -> Count:
        keys = [k for k in (self.first, other.first, self.last, other.last) if k is not None]
        if not keys:
            return self
        return Count(self.number + other.number, min(keys, key=_magnitude), max(keys, key=_magnitude))


def _magnitude(key: int) -> tuple[int, int]:
    """The order of |x|, positive first."""
    return (key, 0) if key >= 0 else (-1 - key, 1)


@dataclass(frozen=True)
class Worst:
    """The largest of an error, as an upper bound in binary64, and the input where it is met."""

    bound: float = 0.0
    key: int | None = None

    def __add__(self, other: Worst) -> Worst:
        if other.key is None or (self.key is not None and self.bound > other.bound):
            return self
        if self.key is None or other.bound > self.bound:
            return other
        return min(self, other, key=lambda worst: _magnitude(worst.key or 0))


@dataclass(frozen=True)
class Tally:
    """What came of a range of inputs; tallies of disjoint ranges add up, in any order."""

    inputs: int = 0
    correct: int = 0
    settled_by_balls: int = 0
    monotone_pairs: int = 0
    above_1: Count = Count()
    nan: Count = Count()
    infinite: Count = Count()
    zero: Count = Count()
    wrong_sign: Count = Count()
    not_monotone: Count = Count()
    ulp: Worst = Worst()
    ulp_large: Worst = Worst()
    absolute: Worst = Worst()

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


def compare(truth: Truth, start: int, stop: int, outputs: Array, large: float) -> Tally:
    """The tally of the outputs, in float32 for that format, else in binary64, at the numbers with
    keys start <= key < stop; kinks are not counted.  `large` is what |f'| is at least where the
    largest error is taken apart."""
    total = Tally()
    for tile in truth.tiles(start, stop):
        for first in range(tile.start, tile.stop, CHUNK):
            last = min(first + CHUNK, tile.stop)
            got = outputs[first - start : last - start]
            total += _Chunk(truth, tile, first, got, large).tally()
    return total


class _Chunk:
    """One tile's outputs, or a part of them."""

    def __init__(self, truth: Truth, tile: Tile, first: int, got: Array, large: float) -> None:
        self.truth, self.form, self.tile, self.first, self.got, self.large = (
            truth, truth.form, tile, first, got, large,
        )  # fmt: skip
        self.finite = np.isfinite(got)
        if tile.coefficients:
            self.t = tile(truth.values(first, first + len(got)))
            self.e = np.float64(tile.error * _UP + tile.largest * 2.0**-50)
        else:
            self.t, self.e = _pointwise(truth, first, first + len(got))
        low, high = rounded(self.form, self.t - self.e), rounded(self.form, self.t + self.e)
        self.nearest = low
        self.unit = spacing(self.form, low)
        with np.errstate(invalid="ignore"):
            self.upper = got.astype(np.float64)
            self.upper -= self.t
            np.abs(self.upper, out=self.upper)
            self.open = low != high
            # |g - t'| within e of 1 ulp, both ends rounded towards it
            self.open |= (self.upper <= (self.unit + self.e) * _UP) & (
                self.upper >= (self.unit - self.e) * _DOWN
            )
            self.above = self.upper > self.unit
            self.upper += self.e
            self.upper *= _UP

    def tally(self) -> Tally:
        settled = self._settle()
        got, finite, nearest = self.got, self.finite, self.nearest
        every = bool(finite.all())
        ulps = self.upper / self.unit
        if not every:
            self.above &= finite
            ulps = np.where(finite, ulps, -1.0)
        if not self.tile.coefficients or self.tile.smallest < self.large:
            with_large = self._worst(np.where(np.abs(self.t) - self.e >= self.large, ulps, -1.0))
        else:
            with_large = self._worst(ulps)
        is_zero = nearest == 0
        zero = got == 0
        sign = np.signbit(got) != np.signbit(nearest)
        sign &= ~(zero | is_zero)
        zero &= ~is_zero
        return Tally(
            inputs=len(got),
            correct=int(np.count_nonzero(got == nearest)),
            settled_by_balls=settled,
            monotone_pairs=len(got) - 1 if self.tile.slope else 0,
            above_1=self._count(self.above),
            nan=Count() if every else self._count(np.isnan(got)),
            infinite=Count() if every else self._count(np.isinf(got) & np.isfinite(nearest)),
            zero=self._count(zero),
            wrong_sign=self._count(sign & finite),
            not_monotone=self._count(self._falls()),
            ulp=self._worst(ulps),
            ulp_large=with_large,
            absolute=self._worst(self.upper if every else np.where(finite, self.upper, -1.0)),
        )

    def _count(self, mask: Array) -> Count:
        places = np.flatnonzero(mask)
        if not len(places):
            return Count()
        ends = (self.first + int(places[0]), self.first + int(places[-1]))  # a tile has one sign
        return Count(len(places), min(ends, key=_magnitude), max(ends, key=_magnitude))

    def _worst(self, errors: Array) -> Worst:
        if not len(errors):
            return Worst()
        place = int(np.argmax(errors))
        if self.tile.start < 0:  # of equals the one nearest to 0
            place = len(errors) - 1 - int(np.argmax(errors[::-1]))
        return Worst(float(errors[place]), self.first + place) if errors[place] >= 0 else Worst()

    def _falls(self) -> Array:
        if not self.tile.slope:
            return np.zeros(0, dtype=bool)
        before, after = self.got[:-1], self.got[1:]
        falls: Array = after < before if self.tile.slope > 0 else after > before
        return falls

    def _settle(self) -> int:
        """Settle what is open by balls; the number of them."""
        places = np.flatnonzero(self.open)
        for place in places.tolist():
            g = Fraction(float(self.got[place])) if self.finite[place] else None
            exact = settle(self.truth, self.first + place, g)
            self.nearest[place] = float(exact.nearest)
            self.unit[place] = float(exact.unit)
            self.above[place] = exact.error[0] > exact.unit
            self.upper[place] = _not_below(exact.error[1], exact.unit) if g is not None else np.nan
        return len(places)


def _not_below(bound: Fraction, unit: Fraction) -> float:
    """The bound as a binary64 number that is no less, and no more than unit if the bound is not."""
    found = float(bound)
    if Fraction(found) < bound:
        found = float(np.nextafter(found, np.inf))
    return min(found, float(unit)) if bound <= unit else found


class Settled(NamedTuple):
    """At one input: RN(t), the ulp there, and the ends of an enclosure of |g - t|."""

    nearest: Fraction
    unit: Fraction
    error: tuple[Fraction, Fraction]


def settle(truth: Truth, key: int, got: Fraction | None) -> Settled:
    """RN(f'(x)) and the error of an output, more than 1 ULP or not; Ambiguous if MOST_BITS do not tell."""
    bits = FIRST_BITS
    while bits <= MOST_BITS:
        low, high = truth.at(key, bits)
        nearest = truth.form.nearest(low)
        if nearest is not None and nearest == truth.form.nearest(high):
            unit = truth.form.ulp(nearest)
            error = (Fraction(0), Fraction(0)) if got is None else _distance(got, low, high)
            if not error[0] <= unit < error[1]:
                return Settled(nearest, unit, error)
        bits *= 2
    x = value(truth.form, key)
    raise Ambiguous(f"at x = {float(x).hex()}: {MOST_BITS} bits do not tell f'(x) from a boundary")


def tally_of(truth: Truth, key: int, got: float) -> Tally:
    """The tally of one output, by balls alone."""
    one = Count(1, key, key)
    if not np.isfinite(got):
        return Tally(
            1, 0, 1, nan=one if np.isnan(got) else Count(), infinite=Count() if np.isnan(got) else one
        )
    g = Fraction(got)
    settled = settle(truth, key, g)
    error = _not_below(settled.error[1] / settled.unit, Fraction(1))
    worst = Worst(error, key)
    low, high = truth.at(key, FIRST_BITS)
    return Tally(
        inputs=1,
        correct=int(g == settled.nearest),
        settled_by_balls=1,
        above_1=one if settled.error[0] > settled.unit else Count(),
        zero=one if g == 0 and settled.nearest != 0 else Count(),
        wrong_sign=one if g * settled.nearest < 0 else Count(),
        ulp=worst,
        ulp_large=worst if max(low, -high) >= LARGE else Worst(),
        absolute=Worst(_not_below(settled.error[1], settled.unit), key),
    )


def _distance(got: Fraction, low: Fraction, high: Fraction) -> tuple[Fraction, Fraction]:
    return max(low - got, got - high, Fraction(0)), max(high - got, got - low)


def _pointwise(truth: Truth, start: int, stop: int) -> tuple[Array, Array]:
    """t' and e of each number, from balls that tell f' to 2**-MARGIN of the format's ulp, or nearly."""
    rows = [_binary64(truth, key) for key in range(start, stop)]
    return np.array([t for t, _ in rows]), np.array([e for _, e in rows])


def _binary64(truth: Truth, key: int) -> tuple[float, float]:
    for bits in _precisions():
        low, high = truth.at(key, bits)
        centre = float((low + high) / 2)
        error = max(high - Fraction(centre), Fraction(centre) - low)
        if error <= truth.form.ulp(max(min(abs(low), abs(high)), Fraction(0))) / 2**18 or bits >= 1024:
            break
    bound = float(error)
    e = float(np.nextafter(bound, np.inf)) + abs(centre) * 2.0**-50
    return centre, e


def _precisions() -> Iterator[int]:
    bits = FIRST_BITS
    while True:
        yield bits
        bits *= 2
