"""What the claims about a kink, and about the arguments of a term, decide; prover and verifier share it."""

from __future__ import annotations

from fractions import Fraction

from certify.certificate.enclosure import Kink
from certify.language.spec import Interval, Spec
from certify.language.terms import Apply, rational_value

CONTINUITY = Fraction(1, 2**100)  # of f's values at a kink, see kink_verdict


def kink_verdict(kink: Kink, atol: Fraction, rtol: Fraction) -> str:
    """The verdict that the claimed intervals of a kink decide.

    jump         two of f(b-), f(b), f(b+) are certainly different
    smooth       the values agree, and both one-sided derivatives and s(b) to what is allowed
    subgradient  the values agree, and s(b) lies in the hull of the one-sided derivatives
                 (Clarke's subdifferential), widened by what is allowed
    outside      the values agree, and s(b) is certainly outside that
    open         none of these

    Values agree if they span no more than CONTINUITY*max(1, |f|): the tolerances are of f', and say
    nothing of f.  Rational values are points, which agree only where they are equal.  Allowed is
    atol + rtol*|t|, t the point of the hull that is nearest to s(b).
    """
    values = (kink.left.value, kink.value, kink.right.value)
    if max(v[0] for v in values) > min(v[1] for v in values):
        return "jump"
    if _spread(*values) > CONTINUITY * max(Fraction(1), *(max(-v[0], v[1]) for v in values)):
        return "open"
    slopes = (kink.left.slope, kink.right.slope)
    spec_lo, spec_hi = kink.spec
    # t lies between the least and the greatest of both slopes, so |t| between these two
    least = min(max(Fraction(0), lo, -hi) for lo, hi in slopes)
    greatest = max(max(abs(lo), abs(hi)) for lo, hi in slopes)
    allowed, allowed_at_most = atol + rtol * least, atol + rtol * greatest
    if _spread(*slopes, kink.spec) <= allowed:
        return "smooth"
    # min(p, q) <= min of the upper ends and max(p, q) >= max of the lower ends
    if spec_lo >= min(v[1] for v in slopes) - allowed and spec_hi <= max(v[0] for v in slopes) + allowed:
        return "subgradient"
    if (
        spec_lo > max(v[1] for v in slopes) + allowed_at_most
        or spec_hi < min(v[0] for v in slopes) - allowed_at_most
    ):
        return "outside"
    return "open"


def _spread(*intervals: Interval) -> Fraction:
    return max(v[1] for v in intervals) - min(v[0] for v in intervals)


def kink_shown(kink: Kink, spec: Spec) -> bool | None:
    """Whether a kink is as the spec claims: True is a theorem, and so is False; None is neither.

    The claim is continuity and a subgradient, but at the spec's exceptions, which must be jumps or
    open; and the value that the spec states, to atol + rtol*|value|.
    """
    if kink.at in spec.exceptions:
        holds = True if kink.verdict in ("jump", "open") else None
    else:
        holds = {"smooth": True, "subgradient": True, "outside": False}.get(kink.verdict)
    stated = spec.value_at(kink.at)
    value = None if stated is None else rational_value(stated)
    if value is None:
        return holds
    (lo, hi), allowed = kink.spec, spec.atol + spec.rtol * abs(value)
    if max(lo - value, value - hi) > allowed:
        return False
    return holds if max(hi - value, value - lo) <= allowed or holds is False else None


def has_no_value(term: Apply, arguments: tuple[Interval, ...]) -> bool:
    """Whether a function has no real value at any arguments in the intervals, in any reading: True is
    a theorem.  False where it may have one, or where some reader may see one, as in sqrt(0) or in the
    cube root of a negative number as a power.
    """
    lo, hi = arguments[0]
    match term.function:
        case "div":
            return arguments[1][0] == arguments[1][1] == 0
        case "pow" | "pown":
            low, high = arguments[1]
            even_root = low == high and low.denominator % 2 == 0
            return (lo == hi == 0 and high < 0) or (hi < 0 and even_root)
        case "log":
            return hi <= 0
        case "log1p":
            return hi <= -1
        case "sqrt":
            return hi < 0
        case "asin" | "acos":
            return hi < -1 or lo > 1
        case "atanh":
            return hi <= -1 or lo >= 1
        case "acosh":
            return hi < 1
    return False
