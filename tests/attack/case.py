"""What a fuzzer's case is given and what it finds."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from random import Random
from typing import Any, NamedTuple

MAX_BITS = 10_000  # of a number that is written out
Ends = tuple[Fraction, Fraction]


class Extent(NamedTuple):
    """An interval of the extended line; None is an infinite end."""

    lo: Fraction | None
    hi: Fraction | None
    lo_open: bool
    hi_open: bool


class Case:
    """One run of a fuzzer: its randomness, the doors to what it attacks, what it counted and missed.

    A case is a function of its randomness alone, so that (seed, fuzzer, number) reproduces it.
    """

    def __init__(self, rng: Random, doors: Any) -> None:
        self.rng = rng
        self.doors = doors
        self.counts: Counter[str] = Counter()
        self.misses: list[tuple[str, str]] = []
        self.now = ""  # the input at hand: what is reported if the case ends badly
        self.output = ""  # of the last command

    def count(self, what: str, number: int = 1) -> None:
        self.counts[what] += number

    def miss(self, what: str, given: object) -> None:
        """A false answer, and the input that it was given."""
        self.misses.append((what, shown(given)))


def shown(thing: object) -> str:
    """Text for a message; a fraction that is too long to write, by its size."""
    if isinstance(thing, Fraction):
        size = thing.numerator.bit_length() - thing.denominator.bit_length()
        long = max(thing.numerator.bit_length(), thing.denominator.bit_length()) > MAX_BITS
        return f"about {'-' if thing < 0 else ''}2**{size}" if long else str(thing)
    if isinstance(thing, tuple | list):
        return f"({', '.join(map(shown, thing))})"
    return str(thing)
