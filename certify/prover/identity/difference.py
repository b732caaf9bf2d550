"""What is known where f' - s was not reduced to 0: that they differ at a point, or nothing.

The generators of a tower need not be independent, so a normal form that is not 0 shows no
difference: sin(x)**2 has the derivative 2*sin(x)*cos(x), and sin(2*x) is left over beside it.
A difference is shown at a rational point, where an enclosure of f' - s leaves 0 out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from certify.language.errors import TermError
from certify.language.numbers import describe, describe_outward
from certify.language.printer import print_term
from certify.language.spec import Bound, Interval, Range
from certify.language.terms import Term, bind
from certify.notation.derive import derive
from certify.prover.enclosure.ball import (
    BallProgram,
    NotAnalytic,
    TooLarge,
    acb,
    exact,
    lower,
    precision,
    upper,
)

_BITS = (128, 1024)
_PARTS = 7


@dataclass(frozen=True)
class Different:
    """f' and s differ at a rational point, where f is differentiable.

    parameters  the values that the symbolic parameters have there
    difference  an interval without 0 that holds f'(at) - s(at)
    """

    at: Fraction
    parameters: Mapping[str, Fraction]
    difference: Interval

    def __str__(self) -> str:
        values = "".join(f" for {name} = {describe(value)}" for name, value in self.parameters.items())
        return f"f' and s differ{values}: f' - s is in {describe_outward(*self.difference)}"


@dataclass(frozen=True)
class NotReduced:
    """f' - s was not reduced to 0 between lo and hi (None: infinite), or at the point lo = hi, which
    shows neither that f' = s nor that they differ.

    difference  what f' - s was reduced to
    """

    lo: Bound
    hi: Bound
    difference: Term

    def __str__(self) -> str:
        text = print_term(self.difference)
        shown = text if len(text) <= 200 else text[:197] + "..."
        return f"neither f' = s nor a point where they differ was found: f' - s was reduced to {shown}"


def shown_apart(
    f: Term, s: Term, lo: Bound, hi: Bound, parameters: Mapping[str, Fraction]
) -> Different | None:
    """A point of [lo, hi] at which the derivative by rule of the guard-free f is not s; None where
    none of a few shows it.

    The derivative by rule is f' wherever every node of f has a finite value in BallProgram's sense,
    analytic about the point.
    """
    f, s = bind(f, parameters), bind(s, parameters)
    try:
        program = BallProgram(f, derive(f), s)
    except TermError:  # a function without a rule
        return None
    for bits in _BITS:
        for x in _points(lo, hi):
            gap = _gap(program, x, bits)
            if gap is not None and (gap[0] > 0 or gap[1] < 0):
                return Different(x, parameters, gap)
    return None


def _points(lo: Bound, hi: Bound) -> Iterator[Fraction]:
    """A few rationals between the ends, or the one point."""
    if lo is not None and lo == hi:
        yield lo
        return
    inside = Range(lo, hi, (False, False)).inside()
    yield inside
    low, high = (inside - 4 if lo is None else lo), (inside + 4 if hi is None else hi)
    yield from (low + (high - low) * Fraction(i, _PARTS) for i in range(1, _PARTS))


def _gap(program: BallProgram, x: Fraction, bits: int) -> Interval | None:
    """An interval that holds f'(x) - s(x); None where it is not enclosed."""
    with precision(bits):
        try:
            _, slope, value = program(acb(exact(x)))
            difference = slope.real - value.real
            return lower(difference), upper(difference)
        except (NotAnalytic, TooLarge):
            return None
