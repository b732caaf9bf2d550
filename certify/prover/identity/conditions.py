"""Side conditions on unbounded domains: divisors that are not 0, logarithms of positive numbers.

Evaluating a term on an extent gives one that holds all the term's values (theory, I4).  A cover
cuts a piece at rational points until every condition is shown on each cell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import NamedTuple

from certify.language.side_conditions import side_conditions
from certify.language.spec import Bound, Range
from certify.language.terms import (
    Apply,
    Constant,
    Parameter,
    Rational,
    Term,
    Variable,
    literal_exponent,
    rational_value,
    subterms,
)
from certify.prover.deadline import NEVER, Deadline
from certify.prover.enclosure.ball import arb, lower, precision, upper
from certify.prover.identity.extent import (
    BITS,
    Extent,
    add,
    closed,
    excludes_zero,
    image,
    inverse,
    is_positive,
    mul,
    neg,
    of_range,
    point,
    power,
)

MAX_CELLS = 256
_DEEPEST = 24  # halvings of a bounded cell


class Unshown(Exception):
    """A subterm that is not shown to be defined on all of its argument."""

    def __init__(self, term: Term) -> None:
        super().__init__(term)
        self.term = term


class Obligation(NamedTuple):
    """That a term is > 0, or only that it is not 0; `node` is the subterm that needs it."""

    term: Term
    positive: bool
    node: Term


def obligations(term: Term) -> Iterator[Obligation]:
    """What makes every subterm of a guard-free term defined and analytic (theory, I1)."""
    for node in subterms(term):
        if isinstance(node, Apply):
            yield from _needed(node)


def _needed(node: Apply) -> Iterator[Obligation]:
    for term, positive in reversed(side_conditions(node)):  # the upper bound is reported first
        yield Obligation(term, positive, node)


class Extents:
    """Extents of guard-free terms for x in an extent and names in theirs.

    deadline  asked before each condition, which raises OutOfTime after it
    """

    def __init__(self, x: Extent, names: Mapping[str, Extent], deadline: Deadline = NEVER) -> None:
        self.x = x
        self.names = dict(names)
        self._deadline = deadline
        self._known: dict[Term, Extent] = {}

    def __call__(self, term: Term) -> Extent:
        """An extent that holds the term's values; Unshown where it may be undefined."""
        found = self._known.get(term)
        if found is None:
            found = self._known[term] = self._value(term)
        return found

    def _value(self, term: Term) -> Extent:
        if isinstance(term, Rational):
            return point(term.value)
        if isinstance(term, Variable):
            return self.x
        if isinstance(term, Parameter):
            return self.names[term.name]
        if isinstance(term, Constant):
            with precision(BITS):
                ball = arb.pi() if term.name == "pi" else arb(1).exp()
                return closed(lower(ball), upper(ball))
        if not isinstance(term, Apply):
            raise Unshown(term)
        for obligation in _needed(term):
            if not self.shows(obligation):
                raise Unshown(term)
        return self._operation(term, [self(part) for part in term.arguments])

    def _operation(self, term: Apply, parts: list[Extent]) -> Extent:
        match term.function:
            case "neg":
                return neg(parts[0])
            case "add":
                return add(parts[0], parts[1])
            case "sub":
                return add(parts[0], neg(parts[1]))
            case "mul":
                same = term.arguments[0] == term.arguments[1]
                return power(parts[0], 2) if same else mul(parts[0], parts[1])
            case "div":
                return mul(parts[0], inverse(parts[1]))
            case "pown":
                n = literal_exponent(term)
                return power(parts[0], n) if n >= 0 else inverse(power(parts[0], -n))
            case "pow":
                return image("exp", mul(parts[1], image("log", parts[0])))
        return image(term.function, parts[0])

    def shows(self, obligation: Obligation) -> bool:
        """Whether the condition holds everywhere; False means not shown."""
        self._deadline.check()
        try:
            extent = self(obligation.term)
        except Unshown:
            return False
        return is_positive(extent) if obligation.positive else excludes_zero(extent)


# --- covers -----------------------------------------------------------------------------


Test = Callable[[Extent], Obligation | None]  # the first condition that a cell does not show


class Failure(Exception):
    """A condition that no cover shows; between lo and hi, or at lo where they are equal."""

    def __init__(self, obligation: Obligation, lo: Bound, hi: Bound) -> None:
        super().__init__(obligation, lo, hi)
        self.obligation, self.lo, self.hi = obligation, lo, hi


def cover(piece: Range, test: Test) -> tuple[Fraction, ...]:
    """Points that cut the piece into cells on each of which `test` finds nothing."""
    cells, pending = list[Range](), [(piece, 0)]
    while pending:
        cell, depth = pending.pop()
        failed = test(of_range(cell))
        if failed is None:
            cells.append(cell)
            continue
        for end in (cell.low, cell.high):
            if end is not None and end in cell and fails_at(failed, end):
                raise Failure(failed, end, end)
        if depth > _DEEPEST or len(cells) + len(pending) > MAX_CELLS:
            root = _simplest(cell.low, cell.high)
            if root is not None and root in cell and fails_at(failed, root):
                raise Failure(failed, root, root)
            raise Failure(failed, cell.low, cell.high)
        middle = _middle(cell.low, cell.high)
        pending += [
            (part, depth + 1) for part in (cell.between(middle, cell.high), cell.between(cell.low, middle))
        ]
    return tuple(cell.high for cell in cells[:-1] if cell.high is not None)


def _middle(lo: Bound, hi: Bound) -> Fraction:
    """0 or the midpoint; further out where an end is infinite."""
    if lo is not None and hi is not None:
        return (lo + hi) / 2
    if lo is None and hi is None:
        return Fraction(0)
    known, side = (hi, -1) if lo is None else (lo, 1)
    start = known if known is not None else Fraction(0)
    return max(2 * start * side, Fraction(1)) * side


def _simplest(lo: Bound, hi: Bound) -> Fraction | None:
    """A rational of small denominator in a bounded cell."""
    if lo is None or hi is None:
        return None
    middle, size = (lo + hi) / 2, 1
    while not lo <= middle.limit_denominator(size) <= hi:
        size *= 2
    return middle.limit_denominator(size)


def fails_at(obligation: Obligation, at: Fraction) -> bool:
    """Whether exact arithmetic shows that the condition fails at a point."""
    value = rational_value(obligation.term, at)
    return value is not None and (value < 0 if obligation.positive else False) | (value == 0)
