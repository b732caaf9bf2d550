"""The size of a proof: its quotients, and whether a reader takes its numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

from certify.certificate.enclosure import Enclosure, Kink, Point, Quotient, Refutation, Witness

MAX_NUMBER_BITS = 13_000  # of a numerator or denominator: the reader's 4000 digits, and a few


def quotients(proof: Enclosure | Refutation) -> Iterable[Quotient]:
    """Every quotient that a proof asks the verifier to evaluate."""
    if isinstance(proof, Refutation):
        return _point_quotients(proof.witness)
    found = [tile.quotient for component in proof.components for tile in component.tiles]
    points: tuple[Point | Kink, ...] = (*proof.kinks, *proof.seams)
    return found + [quotient for point in points for quotient in _point_quotients(point)]


def _point_quotients(point: Witness) -> list[Quotient]:
    return [point.left.quotient, point.right.quotient] if isinstance(point, Kink) else [point.quotient]


def is_writable(proof: Enclosure | Refutation) -> bool:
    """Whether every number of the proof is short enough for a reader."""
    return all(
        max(value.numerator.bit_length(), value.denominator.bit_length()) <= MAX_NUMBER_BITS
        for value in _numbers(proof)
    )


def _numbers(record: object) -> Iterator[Fraction]:
    if isinstance(record, Fraction):
        yield record
    elif isinstance(record, tuple):
        for part in record:
            yield from _numbers(part)
