"""[T1] A disc covered by boxes, on which a function is shown analytic and bounded."""

from __future__ import annotations

from fractions import Fraction

from certify.certificate.enclosure import Quotient
from certify.language.errors import Rejected
from certify.language.numbers import describe
from certify.language.printer import print_term
from certify.verifier.arithmetic import interval as iv
from certify.verifier.arithmetic import rectangle as rect
from certify.verifier.arithmetic.interval import Unbounded
from certify.verifier.arithmetic.rectangle import Rectangle
from certify.verifier.enclosure.evaluate import Evaluator, NotEnclosed

COVER_BITS = 64  # beyond those of a bound below 1: analyticity and bounds need no more
MAX_BOXES = 2_000  # boxes evaluated for one disc


def cover_bits(quotient: Quotient, spec_bound: Fraction) -> int:
    """COVER_BITS and as many more as a small bound needs, where 1 - y is shown to be small by y; no
    more than those of the nodes, in steps, so that neighbours share an evaluator."""
    least = min(quotient.bound, spec_bound)
    small = max(0, least.denominator.bit_length() - least.numerator.bit_length())
    return max(COVER_BITS, min(quotient.bits, COVER_BITS + -(-small // 32) * 32))


def verify_cover(
    where: str, evaluate: Evaluator, m: Fraction, quotient: Quotient, bounds: tuple[Fraction, ...]
) -> None:
    """[T1] by boxes over the upper half of the disc, halved where they fail, to the stated
    depth; the lower half is its mirror image."""
    bits = evaluate.bits
    limits = [iv.from_fraction(bound, bits)[0] for bound in bounds]
    centre, R = (iv.from_fraction(q, bits) for q in (m, quotient.R))
    boxes = [(0, -1, 0), (0, 0, 0)]
    evaluated = 0
    while boxes:
        depth, i, j = boxes.pop()
        nearest = max(i, -i - 1)  # of the box [i, i+1] x [j, j+1] in units of R/2**depth
        if nearest * nearest + j * j > 4**depth:
            continue  # every point of the box is further from m than R
        evaluated += 1
        if evaluated > MAX_BOXES:
            raise Rejected(where, f"more than {MAX_BOXES} boxes to cover a disc", "fewer")
        failed = _failure(evaluate, _box(centre, R, depth, i, j, bits), limits)
        if failed is None:
            continue
        if depth == quotient.depth:
            raise Rejected(where, failed, f"it on |z - m| <= R = {describe(quotient.R)}")
        boxes += [(depth + 1, 2 * i + a, 2 * j + b) for a in (0, 1) for b in (0, 1)]


def _box(centre: iv.Interval, R: iv.Interval, depth: int, i: int, j: int, bits: int) -> Rectangle:
    x = iv.mul(R, iv.from_integers(i, i + 1, -depth, bits), bits)
    y = iv.mul(R, iv.from_integers(j, j + 1, -depth, bits), bits)
    return iv.add(centre, x, bits), y


def _failure(evaluate: Evaluator, box: Rectangle, limits: list[iv.Number]) -> str | None:
    """Why a box proves nothing, or None where it proves analyticity and the bounds."""
    try:
        for value, limit, name in zip(evaluate(box), limits, "fs", strict=False):
            if not iv.at_most(rect.modulus(value, evaluate.bits)[1], limit):
                return f"the bound of |{name}| not shown"
    except NotEnclosed as stop:
        return f"{print_term(stop.term)} not shown analytic"
    except Unbounded:
        return "a value without a finite bound"
    return None
