"""The claim, before anything is proved: every way into a proof ends in one `Spec`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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


@dataclass(frozen=True)
class Range:
    """The numbers that x, or a parameter, is taken from: an interval, open or closed at each end."""

    low: Bound
    high: Bound
    closed: tuple[bool, bool]

    def __post_init__(self) -> None:
        if (self.low is None and self.closed[0]) or (self.high is None and self.closed[1]):
            raise UsageError("an infinite end takes a parenthesis")

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

    def between(self, low: Bound, high: Bound) -> Range:
        """The points of it from low to high, two of its points or ends."""
        return Range(low, high, (low is not None and low in self, high is not None and high in self))

    @property
    def is_closed(self) -> bool:
        """Whether the finite ends are points of it."""
        return self == closed_range(self.low, self.high)

    def text(self, number: Callable[[Fraction], str]) -> str:
        """(low, high], with the text of its finite ends."""
        low = "-inf" if self.low is None else number(self.low)
        high = "inf" if self.high is None else number(self.high)
        return f"{'[' if self.closed[0] else '('}{low}, {high}{']' if self.closed[1] else ')'}"

    def __str__(self) -> str:
        return self.text(format_number)


Domain = tuple[Range, ...]


def closed_range(low: Bound, high: Bound) -> Range:
    """[low, high], open at an infinite end."""
    return Range(low, high, (low is not None, high is not None))


LINE = closed_range(None, None)


@dataclass(frozen=True)
class Spec:
    """|f'(x) - s(x)| <= atol + rtol*|f'(x)| for every x of the domain that is not a kink; at a kink
    f is continuous, and s(x) is that close to the hull of the one-sided derivatives.

    domain       intervals, disjoint, ascending, each of positive length, with points between them;
                 of an open end nothing is said
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
        """Whether only an identity can prove the claim: no tolerance, or an infinite or open end of
        the domain, or a parameter left symbolic."""
        return not self.atol + self.rtol or bool(self.ranges) or self.compact_domain() is None

    @property
    def prover_only(self) -> tuple[str, ...]:
        """The primitives of f and s that the verifier has no evaluation of its own for, sorted."""
        nodes = (node for term in (self.function, self.derivative) for node in subterms(term))
        names = {node.function for node in nodes if isinstance(node, Apply)}
        return tuple(sorted(names & PROVER_ONLY))

    def compact_domain(self) -> tuple[Interval, ...] | None:
        """The domain where all its ends are finite and points of it, which tiles can cover; else None."""
        found = [(p.low, p.high) for p in self.domain if p.is_closed]
        finite = [(low, high) for low, high in found if low is not None and high is not None]
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
    """Raise UsageError unless the intervals are non-empty, ascending, and apart by a point or more."""
    if not domain:
        raise UsageError("the domain is empty")
    for part in domain:
        if part.low is not None and part.high is not None and part.low >= part.high:
            kind = "has no length" if part.low == part.high else "is reversed"
            raise UsageError(f"domain {part.text(describe)} {kind}: needs LO < HI")
    if not all(_apart(before, after) for before, after in pairwise(domain)):
        raise UsageError("the intervals of the domain must be ascending and disjoint, with points between")


def _apart(before: Range, after: Range) -> bool:
    """Whether a point lies after the one and before the other: (0, 1) and (1, 2) leave 1 out."""
    if before.high is None or after.low is None:
        return False
    gap = not before.closed[1] and not after.closed[0]
    return before.high < after.low or (before.high == after.low and gap)


def parse_interval(text: str) -> Range:
    """`LO,HI`, whose finite ends are closed, or `(LO,HI]` with a bracket at each end: exact or infinite
    ends, such as integers, decimals, 1/3, 1e-3, -inf, inf."""
    bare = text.strip()
    if bare[:1] in ("(", "[") or bare[-1:] in (")", "]"):
        return _parse_bracketed("domain", text, "(0,inf), (0,1] or 0,1")
    return closed_range(*_parse_ends("domain", text, bare))


def parse_range(text: str) -> Range:
    """`(0, inf)`, `[0, 1]`, `(-inf, inf)`: an interval with a bracket at each end."""
    return _parse_bracketed("range", text, "(0, inf) or [0, 1]")


def _parse_bracketed(what: str, text: str, examples: str) -> Range:
    bare = text.strip()
    if bare[:1] not in ("(", "[") or bare[-1:] not in (")", "]"):
        raise UsageError(f"{what} {text!r}: write {examples}")
    low, high = _parse_ends(what, text, bare[1:-1])
    try:
        found = Range(low, high, (bare[0] == "[", bare[-1] == "]"))
    except UsageError as error:
        raise UsageError(f"{what} {text!r}: {error}") from error
    check_domain((found,))
    return found


def _parse_ends(what: str, text: str, bare: str) -> tuple[Bound, Bound]:
    parts = [part.strip() for part in bare.split(",")]
    if len(parts) != 2:
        raise UsageError(f"{what} {text!r} is not LO,HI: write 0,1 or (0,1] or -inf,inf")
    low = None if parts[0] == "-inf" else _parse_end(what, text, parts[0])
    high = None if parts[1] in ("inf", "+inf") else _parse_end(what, text, parts[1])
    return low, high


def _parse_end(what: str, text: str, end: str) -> Fraction:
    try:
        return parse_number(end.removeprefix("+"))
    except UsageError as error:
        raise UsageError(f"{what} {text!r}: {error}") from error


def union(parts: Sequence[Range]) -> Domain:
    """The union as disjoint ascending intervals; those without a point between them are joined."""
    for part in parts:
        check_domain((part,))
    # -inf sorts first, and is equal to itself only
    ordered = sorted(parts, key=lambda p: (p.low is not None, p.low or Fraction(0), not p.closed[0]))
    merged: list[Range] = []
    for part in ordered:
        if merged and not _apart(merged[-1], part):
            first = merged.pop()
            last = max(first, part, key=lambda p: (p.high is None, p.high or Fraction(0), p.closed[1]))
            part = Range(first.low, last.high, (first.closed[0], last.closed[1]))
        merged.append(part)
    return tuple(merged)


def format_parameters(spec: Spec) -> str:
    """` for every alpha in (0, inf), with eps = 1/2`, behind a space; empty without parameters."""
    ranges = " and every ".join(f"{name} in {values}" for name, values in spec.ranges.items())
    values = ", ".join(f"{name} = {format_number(value)}" for name, value in spec.values.items())
    every, fixed = (f" for every {ranges}" if ranges else ""), (f" with {values}" if values else "")
    return f"{every},{fixed}" if every and fixed else every + fixed


def format_domain(domain: Domain) -> str:
    """The intervals joined by `u`, the union sign in plain text."""
    return " u ".join(map(str, domain))
