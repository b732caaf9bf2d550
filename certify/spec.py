"""The claim, before anything is proved: every way into a proof ends in one `Spec`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

from certify.errors import UsageError
from certify.language.numbers import describe, format_number, parse_number
from certify.language.terms import (
    Apply,
    Term,
    bind,
    check_names,
    check_size,
    expand_output,
    integer_exponent,
    subterms,
)

Bound = Fraction | None  # None is an infinite end
Interval = tuple[Fraction, Fraction]


@dataclass(frozen=True)
class Spec:
    """|f'(x) - s(x)| <= atol + rtol*|f'(x)| for every x of the domain that is not a kink.

    domain      closed intervals, disjoint, ascending, each of positive length; an end None
                is infinite
    parameters  exact values of the parameters that f and s name
    """

    name: str
    function: Term
    derivative: Term
    domain: tuple[tuple[Bound, Bound], ...]
    atol: Fraction
    rtol: Fraction = Fraction(0)
    parameters: Mapping[str, Fraction] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_size(self.function)
        check_size(self.derivative)
        check_names(self.function, self.parameters, output=False)
        check_names(self.derivative, self.parameters, output=True)
        if self.atol < 0 or self.rtol < 0 or self.atol + self.rtol == 0:
            raise UsageError("the tolerances must be >= 0 and not both 0")
        check_domain(self.domain)
        for node in (node for term in self.bound_terms() for node in subterms(term)):
            if isinstance(node, Apply) and node.function == "pow":
                integer_exponent(node.arguments[1])  # with the parameters' values in it

    def bound_terms(self) -> tuple[Term, Term]:
        """f and s as terms in x alone: parameters have their values, y is f(x)."""
        function = bind(self.function, self.parameters)
        return function, expand_output(bind(self.derivative, self.parameters), function)

    def bounded_domain(self) -> tuple[Interval, ...] | None:
        """The domain where all its ends are finite, else None."""
        finite = [(lo, hi) for lo, hi in self.domain if lo is not None and hi is not None]
        return tuple(finite) if len(finite) == len(self.domain) else None


def check_domain(domain: tuple[tuple[Bound, Bound], ...]) -> None:
    """Raise UsageError unless the intervals are non-empty, ascending and disjoint."""
    if not domain:
        raise UsageError("the domain is empty")
    for lo, hi in domain:
        if lo is not None and hi is not None and lo >= hi:
            kind = "has no length" if lo == hi else "is reversed"
            raise UsageError(f"domain [{describe(lo)}, {describe(hi)}] {kind}: needs LO < HI")
    for (_, hi), (lo, _) in pairwise(domain):
        if hi is None or lo is None or hi >= lo:
            raise UsageError("the intervals of the domain must be ascending and disjoint")


def parse_interval(text: str) -> tuple[Bound, Bound]:
    """`LO,HI` with exact or infinite ends: integers, decimals, 1/3, 1e-3, -inf, inf."""
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 2:
        raise UsageError(f"domain {text!r} is not LO,HI")
    lo = None if parts[0] == "-inf" else _parse_end(text, parts[0])
    hi = None if parts[1] in ("inf", "+inf") else _parse_end(text, parts[1])
    return lo, hi


def _parse_end(domain: str, text: str) -> Fraction:
    try:
        return parse_number(text.removeprefix("+"))
    except UsageError as error:
        raise UsageError(f"domain {domain!r}: {error}") from error


def union(intervals: list[tuple[Bound, Bound]]) -> tuple[tuple[Bound, Bound], ...]:
    """The union as disjoint ascending intervals; intervals that touch are joined."""
    for interval in intervals:
        check_domain((interval,))
    # -inf sorts first, and is equal to itself only
    ordered = sorted(intervals, key=lambda i: (i[0] is not None, i[0] or Fraction(0)))
    merged: list[tuple[Bound, Bound]] = []
    for lo, hi in ordered:
        if merged and (merged[-1][1] is None or lo is None or lo <= merged[-1][1]):
            before = merged[-1][1]
            merged[-1] = (merged[-1][0], None if before is None or hi is None else max(before, hi))
        else:
            merged.append((lo, hi))
    return tuple(merged)


def format_interval(interval: tuple[Bound, Bound]) -> str:
    """[lo, hi], with a parenthesis at an infinite end."""
    lo, hi = interval
    left = "(-inf" if lo is None else f"[{format_number(lo)}"
    right = "inf)" if hi is None else f"{format_number(hi)}]"
    return f"{left}, {right}"


def format_domain(domain: tuple[tuple[Bound, Bound], ...]) -> str:
    """The intervals joined by `u`, the union sign in plain text."""
    return " u ".join(format_interval(interval) for interval in domain)
