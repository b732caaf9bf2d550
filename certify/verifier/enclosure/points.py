"""[T4], [T5] Single points: values and slopes there, seams and kinks."""

from __future__ import annotations

from fractions import Fraction

from certify.certificate.enclosure import Kink, Point, Quotient, Side
from certify.certificate.kinks import kink_shown, kink_verdict
from certify.language.errors import Rejected
from certify.language.numbers import describe
from certify.language.spec import Interval, Spec
from certify.language.terms import Term
from certify.verifier.arithmetic import interval as iv
from certify.verifier.arithmetic.interval import Unbounded
from certify.verifier.enclosure.cover import cover_bits, verify_cover
from certify.verifier.enclosure.disc import quotients_at, truncation_errors, unit
from certify.verifier.enclosure.evaluate import NotEnclosed
from certify.verifier.enclosure.signs import sign_near
from certify.verifier.enclosure.tools import Tools
from certify.verifier.guards import Lines, Undecidable

VALUE_BITS = 256  # of f's values at a kink: a jump of 2**-200 of them is not missed


def three(tools: Tools, where: str, term: Term, at: Fraction) -> tuple[Term, Term, Term]:
    """The guard-free formulas of a term just left of a point, at it, and just right."""
    try:
        left, middle, right = (tools.choose(term, sign_near(at, side, tools.lines)) for side in (-1, 0, 1))
    except Undecidable as stop:
        raise Rejected(where, "a guard whose sign is not shown", "a strict sign") from stop
    return left, middle, right


# --- values and slopes ------------------------------------------------------------------


def verify_point(tools: Tools, where: str, point: Point, f: Term, s: Term) -> None:
    verify_slope(tools, where, point.quotient, point.at, f, point.slope)
    check_value(tools, f"{where} spec", s, point.at, point.quotient.bits, point.spec)


def verify_slope(
    tools: Tools, where: str, quotient: Quotient, at: Fraction, f: Term, claim: Interval
) -> None:
    """[T1] to [T3] at u = 0: |f'(m) - Q_1/r| <= (M/r)*q^(N+1)/(1 - q^N)."""
    cover = tools.evaluator(where, (f,), cover_bits(quotient, quotient.bound), wide=True)
    verify_cover(where, cover, at, quotient, (quotient.bound,))
    evaluate = tools.evaluator(where, (f,), quotient.bits)
    (Q,) = quotients_at(tools, where, evaluate, at, quotient)
    error = truncation_errors(where, quotient, Fraction(1))[2]
    scale = unit(Q.places) / (quotient.nodes * quotient.r)
    lo = (Q.numerators[1] - Q.error) * scale - error
    hi = (Q.numerators[1] + Q.error) * scale + error
    check_within(f"{where} slope", (lo, hi), claim)


def check_value(tools: Tools, where: str, term: Term, at: Fraction, bits: int, claim: Interval) -> Interval:
    """An interval that holds the term's value at a point and lies in the claimed one; it is that value
    where rational arithmetic tells it."""
    line = Lines(tools.work, (Fraction(0), at))(term)
    if line is not None:
        value = line[1], line[1]
    else:
        try:
            ends = tools.evaluator(where, (term,), bits)((iv.from_fraction(at, bits), iv.ZERO))[0][0]
            value = iv.to_fraction(ends[0]), iv.to_fraction(ends[1])
        except (NotEnclosed, Unbounded) as stop:
            raise Rejected(where, "no finite value", "one") from stop
    check_within(where, value, claim)
    return value


def check_within(where: str, computed: Interval, claim: Interval) -> None:
    if not (claim[0] <= computed[0] and computed[1] <= claim[1]):
        raise Rejected(where, shown(computed), f"within the claimed {shown(claim)}")


def shown(interval: Interval) -> str:
    return f"[{describe(interval[0])}, {describe(interval[1])}]"


# --- seams and kinks --------------------------------------------------------------------


def verify_seam(tools: Tools, where: str, spec: Spec, seam: Point, f: Term, s: Term) -> None:
    verify_point(tools, where, seam, f, s)
    furthest = max(seam.slope[1] - seam.spec[0], seam.spec[1] - seam.slope[0])
    allowed = spec.atol + spec.rtol * max(Fraction(0), seam.slope[0], -seam.slope[1])
    if furthest > allowed:
        raise Rejected(where, f"f' and s up to {describe(furthest)} apart", f"at most {describe(allowed)}")


def verify_kink(
    tools: Tools, where: str, spec: Spec, kink: Kink, f: tuple[Term, Term, Term], s: Term
) -> None:
    """[T5] the kink is as the statement claims."""
    verify_kink_record(tools, where, spec, kink, f, s)
    if kink_shown(kink, spec) is not True:
        raise Rejected(where, f"a kink shown {kink.verdict}, s in {shown(kink.spec)}", "what is claimed")


def verify_kink_record(
    tools: Tools, where: str, spec: Spec, kink: Kink, f: tuple[Term, Term, Term], s: Term
) -> None:
    """[T5] the claimed intervals hold, and they decide the claimed verdict; and where f is seen to jump,
    by however little, the verdict is no other: a jump is not hidden by wide claims."""
    bits = max(kink.left.quotient.bits, kink.right.quotient.bits)
    values = (
        _verify_side(tools, f"{where} left", kink.left, kink.at, f[0]),
        check_value(tools, f"{where} value", f[1], kink.at, max(bits, VALUE_BITS), kink.value),
        _verify_side(tools, f"{where} right", kink.right, kink.at, f[2]),
    )
    check_value(tools, f"{where} spec", s, kink.at, bits, kink.spec)
    jumps = max(lo for lo, _ in values) > min(hi for _, hi in values)
    if jumps and kink.verdict not in ("jump", "open"):
        raise Rejected(where, f"the verdict {kink.verdict}, where f jumps", "jump, or open")
    verdict = kink_verdict(kink, spec.atol, spec.rtol)
    if verdict != kink.verdict:
        raise Rejected(where, f"the verdict {kink.verdict}", verdict)


def _verify_side(tools: Tools, where: str, side: Side, at: Fraction, f: Term) -> Interval:
    """An interval that holds the limit of f from that side."""
    verify_slope(tools, where, side.quotient, at, f, side.slope)
    return check_value(tools, f"{where} value", f, at, max(side.quotient.bits, VALUE_BITS), side.value)
