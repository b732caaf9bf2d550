"""The claim, before anything is proved: every way into a proof ends in one `Spec`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

from certify.language.errors import UsageError
from certify.language.functions import GUARDS, PROVER_ONLY
from certify.language.numbers import describe, format_number, parse_number
from certify.language.terms import (
    Apply,
    Parameter,
    Term,
    Variable,
    Where,
    bind,
    check_names,
    check_size,
    expand_output,
    rational_value,
    subterms,
)

Bound = Fraction | None  # None is an infinite end
Interval = tuple[Fraction, Fraction]
Domain = tuple[tuple[Bound, Bound], ...]


@dataclass(frozen=True)
class Range:
    """An interval, open or closed at each end, that a parameter is taken from."""

    low: Bound
    high: Bound
    closed: tuple[bool, bool]

    def __contains__(self, value: Fraction) -> bool:
        above = self.low is None or value > self.low or (self.closed[0] and value == self.low)
        below = self.high is None or value < self.high or (self.closed[1] and value == self.high)
        return above and below

    def inside(self) -> Fraction:
        """A point strictly between the ends, where they differ."""
        if self.low is not None and self.high is not None:
            return (self.low + self.high) / 2
        if self.low is not None:
            return self.low + 1
        return self.high - 1 if self.high is not None else Fraction(1, 3)

    def covers(self, other: Range) -> bool:
        """Whether every value of the other range is one of this."""
        low = self.low is None or (
            other.low is not None and (other.low, not other.closed[0]) >= (self.low, not self.closed[0])
        )
        high = self.high is None or (
            other.high is not None and (-other.high, not other.closed[1]) >= (-self.high, not self.closed[1])
        )
        return low and high

    def __str__(self) -> str:
        low = "-inf" if self.low is None else format_number(self.low)
        high = "inf" if self.high is None else format_number(self.high)
        return f"{'[' if self.closed[0] else '('}{low}, {high}{']' if self.closed[1] else ')'}"


@dataclass(frozen=True)
class Spec:
    """|f'(x) - s(x)| <= atol + rtol*|f'(x)| for every x of the domain that is not a kink; at a kink
    f is continuous, and s(x) is that close to the hull of the one-sided derivatives.

    domain       closed intervals, disjoint, ascending, each of positive length; an end None
                 is infinite
    atol, rtol   both 0 is the exact claim, f' = s
    parameters   exact values of the parameters that f and s name, or the ranges that they are
                 taken from: the claim is then made for every value in the range
    exceptions   kinks, ascending, of which the claim does not say so: f jumps there, or nobody knows
    kink_values  kinks, ascending, and the value, a term in the parameters, that s must have there
    """

    name: str
    function: Term
    derivative: Term
    domain: Domain
    atol: Fraction
    rtol: Fraction = Fraction(0)
    parameters: Mapping[str, Fraction | Range] = field(default_factory=dict)
    exceptions: tuple[Fraction, ...] = ()
    kink_values: tuple[tuple[Fraction, Term], ...] = ()

    def __post_init__(self) -> None:
        check_size(self.function)
        check_size(self.derivative)
        check_names(self.function, self.parameters, output=False)
        check_names(self.derivative, self.parameters, output=True)
        if self.atol < 0 or self.rtol < 0:
            raise UsageError("the tolerances must be >= 0")
        check_domain(self.domain)
        _check_ascending("exceptions", self.exceptions)
        _check_ascending("kink_values", [at for at, _ in self.kink_values])
        for at, term in self.kink_values:
            self._check_value(at, term)
        self.bound_terms()  # small enough with f(x) in the place of y

    def _check_value(self, at: Fraction, term: Term) -> None:
        """A value at a kink is a constant: rational, unless it holds a symbolic parameter."""
        check_size(term)
        check_names(term, self.parameters, output=False)
        nodes = list(subterms(term))
        symbolic = any(isinstance(node, Parameter) and node.name in self.ranges for node in nodes)
        if symbolic:
            constant = not any(isinstance(node, Variable | Where) or _is_guard(node) for node in nodes)
        else:
            constant = rational_value(bind(term, self.values)) is not None
        if not constant:
            raise UsageError(f"the value at the kink {describe(at)} is not a rational number")

    def value_at(self, kink: Fraction) -> Term | None:
        """What s must be at a kink, a constant in the symbolic parameters; None where the claim does
        not say."""
        found = [term for at, term in self.kink_values if at == kink]
        return bind(found[0], self.values, self.ranges) if found else None

    def bound_terms(self) -> tuple[Term, Term]:
        """f and s as terms in x and the symbolic parameters: the others have their values, and
        y is f(x)."""
        function = bind(self.function, self.values, self.ranges)
        return function, expand_output(bind(self.derivative, self.values, self.ranges), function)

    @property
    def values(self) -> dict[str, Fraction]:
        """The parameters that have a value."""
        return {name: v for name, v in self.parameters.items() if isinstance(v, Fraction)}

    @property
    def ranges(self) -> dict[str, Range]:
        """The parameters left symbolic."""
        return {name: v for name, v in self.parameters.items() if isinstance(v, Range)}

    @property
    def is_exact(self) -> bool:
        """Whether only an identity can prove the claim: no tolerance, or an infinite end of the
        domain, or a parameter left symbolic."""
        return not self.atol + self.rtol or bool(self.ranges) or self.bounded_domain() is None

    @property
    def prover_only(self) -> tuple[str, ...]:
        """The primitives of f and s that the verifier has no evaluation of its own for, sorted."""
        nodes = (node for term in (self.function, self.derivative) for node in subterms(term))
        names = {node.function for node in nodes if isinstance(node, Apply)}
        return tuple(sorted(names & PROVER_ONLY))

    def bounded_domain(self) -> tuple[Interval, ...] | None:
        """The domain where all its ends are finite, else None."""
        finite = [(lo, hi) for lo, hi in self.domain if lo is not None and hi is not None]
        return tuple(finite) if len(finite) == len(self.domain) else None


def _is_guard(node: Term) -> bool:
    return isinstance(node, Apply) and node.function in GUARDS


def _check_ascending(what: str, points: Sequence[Fraction]) -> None:
    if any(a >= b for a, b in pairwise(points)):
        raise UsageError(f"{what} must be ascending, each point once")


def parameter_apart(exact: Spec, tiles: Spec) -> str | None:
    """A parameter for whose value the tiles' claim is made and the exact claim beside it is not: it is
    another value there, or not in the range, or one of the two has none; None where there is none."""
    for name in sorted({*exact.parameters, *tiles.parameters}):
        scope, value = exact.parameters.get(name), tiles.parameters.get(name)
        inside = isinstance(scope, Range) and isinstance(value, Fraction) and value in scope
        if scope != value and not inside:
            return name
    return None


def check_domain(domain: Domain) -> None:
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
        raise UsageError(f"domain {text!r} is not LO,HI: write 0,1 or -inf,inf")
    if parts[0][:1] in ("(", "[") or parts[1][-1:] in (")", "]"):
        bare = ",".join((parts[0].lstrip("(["), parts[1].rstrip(")]")))
        raise UsageError(f"domain {text!r}: write {bare} without brackets, its finite ends are closed")
    lo = None if parts[0] == "-inf" else _parse_end(text, parts[0])
    hi = None if parts[1] in ("inf", "+inf") else _parse_end(text, parts[1])
    return lo, hi


def parse_range(text: str) -> Range:
    """`(0, inf)`, `[0, 1]`, `(-inf, inf)`: an interval with a bracket at each end."""
    text = text.strip()
    if text[:1] not in ("(", "[") or text[-1:] not in (")", "]"):
        raise UsageError(f"range {text!r}: write (0, inf) or [0, 1]")
    low, high = parse_interval(text[1:-1])
    closed = (text[0] == "[", text[-1] == "]")
    if (low is None and closed[0]) or (high is None and closed[1]):
        raise UsageError(f"range {text!r}: an infinite end takes a parenthesis")
    check_domain(((low, high),))
    return Range(low, high, closed)


def _parse_end(domain: str, text: str) -> Fraction:
    try:
        return parse_number(text.removeprefix("+"))
    except UsageError as error:
        raise UsageError(f"domain {domain!r}: {error}") from error


def union(intervals: list[tuple[Bound, Bound]]) -> Domain:
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


def format_parameters(spec: Spec) -> str:
    """` for every alpha in (0, inf), with eps = 1/2`, behind a space; empty without parameters."""
    ranges = " and every ".join(f"{name} in {values}" for name, values in spec.ranges.items())
    values = ", ".join(f"{name} = {format_number(value)}" for name, value in spec.values.items())
    every, fixed = (f" for every {ranges}" if ranges else ""), (f" with {values}" if values else "")
    return f"{every},{fixed}" if every and fixed else every + fixed


def format_domain(domain: Domain) -> str:
    """The intervals joined by `u`, the union sign in plain text."""
    return " u ".join(format_interval(interval) for interval in domain)
