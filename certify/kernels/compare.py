"""A kernel's outputs against the truth: every input counted, every verdict settled.

What is counted is in the table of `figures`.  The truth is known as t' with |t - t'| <= e, so an error
lies between |g - t'| - e and |g - t'| + e.  What that does not settle, whether g is RN(t) or more than
1 ULP off, is settled by balls, one by one; an input that MOST_BITS bits do not settle is counted as
undecided, and as nothing else.

Pairs of neighbours are looked at where the truth is shown to rise or to fall from the one to the other:
inside a tile on which f'' has one sign, and from the last number of any tile to the next one, by balls.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np

from certify.certificate.figures import COUNT, FIGURES, MAXIMUM, PAIRS, SHARE, Pair, Seen, magnitude, seen
from certify.certificate.floats import KernelOutput, output, value
from certify.kernels.arrays import Array, rounded, spacing
from certify.kernels.truth import MOST_BITS, Ambiguous, Patch, Truth
from certify.language.errors import CertifyError
from certify.language.numbers import describe

CHUNK = 2**16  # numbers at once: the arrays stay in the cache
# A product, quotient or sum of binary64 is within 2**-53 of itself; a few of them are within this.
_UP, _DOWN = 1 + 2.0**-48, 1 - 2.0**-48
FIRST_BITS = 128
LARGEST = Fraction(2) ** 1023  # that binary64 is asked to hold


class BeyondBinary64(CertifyError):
    """A true derivative that the comparison's own arithmetic cannot hold."""


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
        return Count(self.number + other.number, min(keys, key=magnitude), max(keys, key=magnitude))


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
        return min(self, other, key=lambda worst: magnitude(worst.key or 0))


@dataclass(frozen=True)
class Tally:
    """What came of a range of inputs, a field for each figure; tallies of disjoint ranges add up, in any
    order."""

    inputs: int = 0
    settled_by_balls: int = 0
    monotone_pairs: int = 0
    finite: int = 0
    correctly_rounded: int = 0
    above_1: Count = Count()
    nan: Count = Count()
    infinite: Count = Count()
    zero: Count = Count()
    wrong_sign: Count = Count()
    not_monotone: Count = Count()
    undecided: Count = Count()
    ulp: Worst = Worst()
    ulp_large: Worst = Worst()
    absolute: Worst = Worst()

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


def compare(truth: Truth, start: int, stop: int, outputs: Array, following: float | None = None) -> Tally:
    """The tally of the outputs, in float32 for that format, else in binary64, at the numbers with
    keys start <= key < stop; kinks are not counted.

    following  the output at the number with key stop, whose pair with the last one is looked at
    """
    total = Tally()
    for tile in truth.tiles(start, stop):
        got = outputs[tile.start - start : tile.stop - start]
        left: list[int] = []
        for first in range(0, len(got), CHUNK):
            chunk = _Chunk(truth, tile, tile.start + first, got[first : first + CHUNK])
            total += chunk.tally()
            left += chunk.left
        total += _pairs(tile, got, left)
        after = following if tile.stop == stop else outputs[tile.stop - start]
        if after is not None:
            total += _pair(truth, tile.stop - 1, got[-1], after)
    return total


# --- pairs of neighbours ----------------------------------------------------------------


def _pairs(tile: Patch, got: Array, left: list[int]) -> Tally:
    """The pairs inside a tile; none of which an output is left undecided counts as going the wrong way."""
    if not tile.slope or len(got) < 2:
        return Tally()
    total = Tally(monotone_pairs=len(got) - 1)
    for first in range(0, len(got) - 1, CHUNK):
        after = got[first + 1 : first + 1 + CHUNK]
        pair = Pair(True, got[first : first + len(after)], after, tile.slope)  # comparing NaN is False
        falls = FIGURES["not_monotone"].of(pair)
        for place in (key + step - tile.start - first for key in left for step in (-1, 0)):
            if 0 <= place < len(falls):
                falls[place] = False
        total += Tally(not_monotone=_count(falls, tile.start + first))
    return total


def _pair(truth: Truth, key: int, before: Any, after: Any) -> Tally:
    """The pair of a number and the next one; none where it is not known which way f' goes between them."""
    slope = truth.order(key)
    falls = FIGURES["not_monotone"].of(Pair(True, before, after, slope))
    if falls:
        falls = all(_is_settled(truth, output(k, float(got))) for k, got in ((key, before), (key + 1, after)))
    return Tally(monotone_pairs=abs(slope), not_monotone=Count(1, key, key) if falls else Count())


def _is_settled(truth: Truth, at: KernelOutput) -> bool:
    try:
        settle(truth, at)
    except Ambiguous:
        return False
    return True


# --- outputs ----------------------------------------------------------------------------


class _Chunk:
    """One tile's outputs, or a part of them."""

    def __init__(self, truth: Truth, tile: Patch, first: int, got: Array) -> None:
        self.truth, self.form, self.tile, self.first, self.got = truth, truth.form, tile, first, got
        self.finite = np.isfinite(got)
        self.left: list[int] = []  # the keys of the undecided ones, when `tally` has settled the others
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
        outputs = self._outputs()
        decided = self._decided() if self.left else True
        found: dict[str, Any] = {"undecided": _count(np.logical_not(decided), self.first)}
        with np.errstate(over="ignore"):
            for kind, figure in FIGURES.items():
                if figure.sort == PAIRS:
                    continue
                mask = figure.of(outputs) if decided is True else figure.of(outputs) & decided
                if figure.sort == SHARE:
                    found[kind] = _number(mask, len(self.got))
                elif figure.sort == COUNT:
                    found[kind] = _count(mask, self.first)
                elif figure.sort == MAXIMUM:
                    found[kind] = self._worst(mask, getattr(outputs, figure.measure))
        return Tally(inputs=len(self.got), settled_by_balls=settled, **found)

    def _decided(self) -> Array:
        """Of each output, whether it is settled."""
        found = np.ones(len(self.got), bool)
        found[[key - self.first for key in self.left]] = False
        return found

    def _outputs(self) -> SimpleNamespace:
        """The fields of `Seen`, as arrays; as truth values where all outputs are finite."""
        every = bool(self.finite.all())
        nan = False if every else np.isnan(self.got)
        return SimpleNamespace(
            nan=nan,
            number=every or ~nan,
            finite=every or self.finite,
            infinite=False if every else np.isinf(self.got),
            got=self.got,
            nearest=self.nearest,
            above_1=self.above,
            error=self.upper,
            ulps=self.upper / self.unit,
        )

    def _worst(self, mask: Array | bool, errors: Array) -> Worst:
        if mask is False or not len(errors):
            return Worst()
        chosen = errors if mask is True else np.where(mask, errors, -1.0)
        place = int(np.argmax(chosen))
        if self.tile.start < 0:  # of equals the one nearest to 0
            place = len(chosen) - 1 - int(np.argmax(chosen[::-1]))
        return Worst(float(chosen[place]), self.first + place) if chosen[place] >= 0 else Worst()

    def _settle(self) -> int:
        """Settle what is open by balls; the number of them."""
        places = np.flatnonzero(self.open)
        for place in places.tolist():
            try:
                exact = settle(self.truth, output(self.first + place, float(self.got[place])))
            except Ambiguous:
                self.left.append(self.first + place)
                continue
            self.nearest[place] = _held(self.truth, exact.nearest)
            self.unit[place] = float(exact.unit)
            self.above[place] = exact.above_1
            self.upper[place] = _not_below(exact.error[1], exact.unit) if exact.finite else np.nan
        return len(places)


def _number(mask: Array | bool, size: int) -> int:
    if isinstance(mask, bool):
        return size if mask else 0
    return int(np.count_nonzero(mask))


def _count(mask: Array | bool, first: int) -> Count:
    places = np.flatnonzero(mask)
    if not len(places):
        return Count()
    ends = (first + int(places[0]), first + int(places[-1]))  # a tile has one sign
    return Count(len(places), min(ends, key=magnitude), max(ends, key=magnitude))


def _held(truth: Truth, nearest: Fraction) -> float:
    """RN(t) in binary64."""
    if abs(nearest) < truth.form.beyond:
        return float(nearest)
    return np.inf if nearest > 0 else -np.inf


def _not_below(bound: Fraction, unit: Fraction) -> float:
    """The bound as a binary64 number that is no less, and no more than unit if the bound is not."""
    found = float(bound)
    if Fraction(found) < bound:
        found = float(np.nextafter(found, np.inf))
    return min(found, float(unit)) if bound <= unit else found


def settle(truth: Truth, at: KernelOutput) -> Seen:
    """An output beside the truth, RN(t) and more than 1 ULP or not; Ambiguous if MOST_BITS do not tell."""
    bits = FIRST_BITS
    while bits <= MOST_BITS:
        found = seen(truth.form, at, truth.at(at.key, bits))
        if found is not None:
            return found
        bits *= 2
    exact = truth.exactly(at.key)  # on a boundary itself, which no ball with a radius tells from it
    found = None if exact is None else seen(truth.form, at, (exact, exact))
    if found is not None:
        return found
    x = value(truth.form, at.key)
    raise Ambiguous(f"at x = {float(x).hex()}: {MOST_BITS} bits do not tell f'(x) from a boundary")


def tally_of(truth: Truth, key: int, got: float) -> Tally:
    """The tally of one output, by balls alone."""
    try:
        found = settle(truth, output(key, got))
    except Ambiguous:
        return Tally(inputs=1, undecided=Count(1, key, key))
    worst = {
        "ulps": Worst(_not_below(found.error[1] / found.unit, Fraction(1)), key),
        "error": Worst(_not_below(found.error[1], found.unit), key),
    }
    made: dict[str, Any] = {}
    for kind, figure in FIGURES.items():
        if figure.sort != PAIRS and figure.of(found):
            made[kind] = {SHARE: 1, COUNT: Count(1, key, key)}.get(figure.sort, worst.get(figure.measure))
    return Tally(inputs=1, settled_by_balls=1, **made)


def _pointwise(truth: Truth, start: int, stop: int) -> tuple[Array, Array]:
    """t' and e of each number, from balls that tell f' to 2**-MARGIN of the format's ulp, or nearly."""
    rows = [_binary64(truth, key) for key in range(start, stop)]
    return np.array([t for t, _ in rows]), np.array([e for _, e in rows])


def _binary64(truth: Truth, key: int) -> tuple[float, float]:
    for bits in _precisions():
        low, high = truth.at(key, bits)
        if max(abs(low), abs(high)) > LARGEST:
            at = describe(value(truth.form, key))
            raise BeyondBinary64(f"at x = {at} f'(x) is beyond binary64: --range LO,HI without such inputs")
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
