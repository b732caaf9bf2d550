"""Why a part of a piece is not covered by tiles, and what would help."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from certify.language.errors import GuardUndecided
from certify.language.functions import PRIMITIVES
from certify.language.numbers import describe, format_number, power_of_ten_below
from certify.language.printer import print_term
from certify.language.terms import Apply
from certify.prover.deadline import OutOfTime
from certify.prover.enclosure.ball import (
    BallProgram,
    NotAnalytic,
    TooLarge,
    acb,
    arb,
    lower,
    precision,
    real_ball,
    upper,
)
from certify.prover.verdict import Obstruction, power_hint

POLE, POINT = "a domain without the pole", "a domain without that point"
REGULAR = "a domain on which the function is differentiable"
_REAL_PARTS = 16
_GUARD_HINT = "a domain that leaves the point out, as --domain LO,A --domain B,HI, or a guard affine in x"
_MOST_BITS = 12_000  # of a number that is shown by three digits

Programs = Callable[[Fraction, Fraction], BallProgram]  # the program on a tile; GuardUndecided


class Obstructed(Exception):
    """A try at a tile that did not succeed, with why and what would help."""

    def __init__(self, why: str, hint: str) -> None:
        self.why = why
        self.hint = hint


class TooWide(Obstructed):
    """A narrower tile may do."""


def describe_stop(
    stop: NotAnalytic | GuardUndecided | Obstructed | TooLarge,
    programs: Programs,
    a: Fraction,
    b: Fraction,
) -> Obstruction:
    """Why [a, b] is not covered, and what would help, as the try at it ended."""
    if isinstance(stop, TooLarge):
        return Obstruction(a, b, "f or s is too large there to be bounded", "a smaller domain")
    if isinstance(stop, GuardUndecided):
        return Obstruction(a, b, str(stop), _GUARD_HINT)
    if isinstance(stop, Obstructed):
        return Obstruction(a, b, stop.why, stop.hint)
    # On the real tile the reason reads better than on a complex box about it.
    return _real_reason(programs, a, b) or Obstruction(a, b, *explain(stop))


def _real_reason(programs: Programs, a: Fraction, b: Fraction) -> Obstruction | None:
    """Why f or s has no finite enclosure on a part of the real [a, b], if that is so."""
    step = (b - a) / _REAL_PARTS
    for i in range(_REAL_PARTS):
        lo, hi = a + i * step, a + (i + 1) * step
        try:
            with precision(64):
                programs(lo, hi)(acb(real_ball(lo, hi)))
        except NotAnalytic as stop:
            return Obstruction(a, b, *explain(stop))
        except GuardUndecided as stop:
            return Obstruction(a, b, str(stop), _GUARD_HINT)
        except OutOfTime:
            return None
    return None


def explain(stop: NotAnalytic) -> tuple[str, str]:
    """Why a subterm was not shown analytic, and what would help."""
    text = print_term(stop.term)
    if not isinstance(stop.term, Apply):
        return f"{text} has no finite enclosure", "another formula"
    name = stop.term.function
    row = PRIMITIVES[name]
    index = 1 if row.of == "divisor" else 0
    interval = _show_ball(stop.arguments[index])
    part = print_term(stop.term.arguments[index])
    words = row.need.words if row.need else ""
    if row.of == "divisor":
        return f"{text} has its divisor {part} in {interval}, needs {words}", POLE
    if name in ("pow", "pown"):
        hint = power_hint(stop.term) or POINT
        return f"{text} has its base {part} in {interval}, needs {words}", hint
    if row.needs:
        return f"{text} has its argument in {interval}, needs {row.needs}", REGULAR
    return f"{text} is not shown analytic with its argument in {interval}", "a smaller domain"


def _show_ball(ball: acb) -> str:
    if not ball.is_finite() or not ball.abs_upper() < arb(2) ** 1000:
        return "an unbounded set"
    real = f"[{_three(lower(ball.real), down=True)}, {_three(upper(ball.real), down=False)}]"
    if ball.imag.is_zero():
        return real
    return f"{real} + i*[{_three(lower(ball.imag), down=True)}, {_three(upper(ball.imag), down=False)}]"


def _three(value: Fraction, *, down: bool) -> str:
    """Three significant digits, rounded outward."""
    if value == 0:
        return "0"
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > _MOST_BITS:
        return describe(value)
    quantum = power_of_ten_below(abs(value)) / 100
    steps = value // quantum if down else -((-value) // quantum)
    return format_number(steps * quantum)


def join(obstructions: list[Obstruction], programs: Programs) -> list[Obstruction]:
    """Neighbouring parts as one, described as a whole where that has a reason of its own."""
    joined: list[Obstruction] = []
    for item in obstructions:
        if not joined or joined[-1].hi != item.lo:
            joined.append(item)
            continue
        first = joined.pop()
        whole = Obstruction(first.lo, item.hi, first.why, first.hint)
        if whole.lo is not None and whole.hi is not None:
            whole = _real_reason(programs, whole.lo, whole.hi) or whole
        joined.append(whole)
    return joined
