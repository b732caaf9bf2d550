"""Single points: kinks, seams and witnesses (theory, T4 and T5).

At a point b the formula of f may be one thing to the left, another at b and another to the
right.  Where all three are the same term, f is analytic at b and the claim holds or fails
there as anywhere; where they differ, b is a kink, and the record says what holds.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import combinations

from certify.certificate.enclosure import Kink, Point, Quotient, Side
from certify.certificate.kinks import CONTINUITY, kink_verdict
from certify.language.errors import GuardUndecided
from certify.language.numbers import describe, power_of_ten_below, round_outward
from certify.language.printer import print_term
from certify.language.spec import Interval
from certify.language.terms import Term, rational_value
from certify.prover.enclosure.ball import (
    BallProgram,
    NotAnalytic,
    TooLarge,
    acb,
    arb,
    exact,
    lower,
    precision,
    upper,
)
from certify.prover.enclosure.obstructions import TooWide
from certify.prover.enclosure.quotient import difference_quotients, midpoint_slope_error
from certify.prover.enclosure.tiling import (
    CLAIM_FLOOR,
    MOST_BITS,
    NOISE_ROOM,
    Tolerance,
    bits_above,
    check_bits,
    plan_disc,
    point_bits,
)
from certify.prover.pieces import Decide, germ_sign, resolve

_DECIDE_BITS = 128
_JUMP_BITS = 256  # no fewer than the verifier's VALUE_BITS
_FINEST = 80  # halvings of the radius before a point is given up


def decide_at(point: Fraction) -> Decide:
    """The strict sign of a guard at a point by ball evaluation, or GuardUndecided."""

    def sign(guard: Term) -> int:
        with precision(_DECIDE_BITS):
            return strict_sign(guard, lambda: acb(exact(point)), f"at x = {describe(point)}")

    return sign


def strict_sign(guard: Term, box: Callable[[], acb], where: str) -> int:
    """The sign that the guard has on all of a box; GuardUndecided where none is shown."""
    try:
        value = BallProgram(guard)(box())[0].real
    except NotAnalytic as stop:
        raise GuardUndecided(print_term(guard), where) from stop
    if value > 0:
        return 1
    if value < 0:
        return -1
    raise GuardUndecided(print_term(guard), where)


def germs(term: Term, point: Fraction) -> tuple[Term, Term, Term]:
    """The guard-free formulas of `term` just left of the point, at it, and just right."""
    decide = decide_at(point)
    left, at, right = (resolve(term, germ_sign(point, side, decide)) for side in (-1, 0, 1))
    return left, at, right


def point_slope(
    function: Term, point: Fraction, r: Fraction, aim: Fraction, tolerance: Tolerance, bits: int
) -> tuple[Quotient, Interval]:
    """A quotient about the point, at `bits` bits or more, and an interval of width about `aim`
    that holds f'(point).

    Raises NotAnalytic where f's formula is not shown analytic on any disc about it.
    """
    program = BallProgram(function, deadline=tolerance.deadline)
    decay, settled = bits_above(1 / aim) + 14, False
    for _ in range(_FINEST):
        try:
            plan = plan_disc(program, point, r, aim, decay)
        except (NotAnalytic, TooWide) as stop:
            last = stop
            r /= 2
            continue
        if not settled:
            # a disc well inside the one that just works leaves the verifier room
            settled, r = True, r / 4
            continue
        decay, nodes = plan.decay, plan.nodes
        bound = plan.bounds[0]
        bits = max(bits, point_bits(decay, nodes, tolerance))
        Q = difference_quotients(program, point, r, nodes, bits)[0]
        with precision(bits):
            slope = Q[1] / exact(r)
            error = midpoint_slope_error(exact(bound), exact(r / plan.R), nodes, exact(r))
        noise = NOISE_ROOM * upper(slope.rad())
        if noise > aim:
            bits += bits_above(noise / aim) + 8
            continue
        quotient = Quotient(r, plan.R, nodes, bits, plan.depth, bound)
        return quotient, _claim(slope, noise + upper(error) * 5 / 4, aim)
    raise last


def bits_for_values(terms: tuple[Term, ...], point: Fraction, aim: Fraction, tolerance: Tolerance) -> int:
    """Bits at which the terms' values at the point, with room, are known to within `aim`."""
    bits = _DECIDE_BITS
    for term in terms:
        if rational_value(term, point) is not None:
            continue
        program = BallProgram(term, deadline=tolerance.deadline)
        while True:
            check_bits(bits, tolerance)
            with precision(bits):
                noise = NOISE_ROOM * upper(program(acb(exact(point)))[0].real.rad())
            if noise <= aim:
                break
            bits += bits_above(noise / aim) + 8
    return bits


def _claim(ball: arb, spread: Fraction, aim: Fraction) -> Interval:
    reach = spread + aim * CLAIM_FLOOR
    return round_outward(lower(ball) - reach, upper(ball) + reach, power_of_ten_below(aim))


def point_value(term: Term, point: Fraction, bits: int, aim: Fraction) -> Interval:
    """An interval that holds the term's value: the exact value where it is rational."""
    value = rational_value(term, point)
    if value is not None:
        return value, value
    with precision(bits):
        ball = BallProgram(term)(acb(exact(point)))[0].real
    return _claim(ball, NOISE_ROOM * upper(ball.rad()), aim)


def size_at(term: Term, point: Fraction) -> Fraction:
    """An upper bound of the term's size at a point; TooLarge where no certificate could hold it."""
    with precision(_DECIDE_BITS):
        size = BallProgram(term)(acb(exact(point)))[0].abs_upper()
        if not size < arb(2) ** MOST_BITS:
            raise TooLarge
    return upper(size)


def point_aim(tolerance: Tolerance) -> Fraction:
    """The width of the intervals at a point: a small part of what is allowed there."""
    return tolerance.atol / 64 if tolerance.atol else tolerance.rtol / 2**10


def _gaps(f: tuple[Term, Term, Term], point: Fraction) -> list[Fraction]:
    """An eighth of the distances of those of f's three values that are seen to differ: closer than that
    the claims must be, since f that jumps is not shown continuous to CONTINUITY."""
    with precision(_JUMP_BITS):
        values = [BallProgram(term)(acb(exact(point)))[0].real for term in f]
        distances = [lower(abs(a - b)) for a, b in combinations(values, 2) if not a.overlaps(b)]
    return [distance / 8 for distance in distances if distance > 0]


def judge_kink(
    f: tuple[Term, Term, Term], s: Term, point: Fraction, r: Fraction, tolerance: Tolerance
) -> Kink:
    """The record of a kink from f's three formulas and s's value."""
    aim = point_aim(tolerance)
    value_aim = min(aim, CONTINUITY / 2**6, *_gaps(f, point))
    least = max(bits_for_values(f, point, value_aim, tolerance), bits_for_values((s,), point, aim, tolerance))
    sides = []
    for formula in (f[0], f[2]):
        quotient, slope = point_slope(formula, point, r, aim, tolerance, least)
        sides.append(Side(quotient, point_value(formula, point, quotient.bits, value_aim), slope))
    bits = max(side.quotient.bits for side in sides)
    value, spec = point_value(f[1], point, bits, value_aim), point_value(s, point, bits, aim)
    kink = Kink(point, "open", value, spec, *sides)
    return kink._replace(verdict=kink_verdict(kink, tolerance.atol, tolerance.rtol))


def judge_point(f: Term, s: Term, point: Fraction, r: Fraction, aim: Fraction, tolerance: Tolerance) -> Point:
    """Intervals of width about `aim` that hold f'(point) and s(point), f analytic there."""
    bits = bits_for_values((s,), point, aim, tolerance)
    quotient, slope = point_slope(f, point, r, aim, tolerance, bits)
    return Point(point, quotient, slope, point_value(s, point, quotient.bits, aim))


def certainly_equal(point: Point, tolerance: Tolerance) -> bool:
    """Whether the intervals show |f' - s| <= allowed at the point; False means not shown."""
    widest = max(point.slope[1] - point.spec[0], point.spec[1] - point.slope[0])
    return widest <= tolerance.allowed(point.slope)


def certainly_different(point: Point, tolerance: Tolerance) -> bool:
    """Whether the intervals show |f' - s| > allowed at the point; False means not shown."""
    gap = max(point.slope[0] - point.spec[1], point.spec[0] - point.slope[1])
    return gap > tolerance.allowed_at_most(point.slope)
