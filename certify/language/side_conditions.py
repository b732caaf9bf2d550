"""What makes an application defined and analytic on the reals (theory, I1), from the primitives' table."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from certify.language.functions import OFF_ZERO, PRIMITIVES, PROVER_ONLY, Need
from certify.language.terms import Apply, Rational, Term, literal_exponent


class SideCondition(NamedTuple):
    """That a term is > 0, or only that it is not 0."""

    term: Term
    positive: bool


def needed(node: Apply) -> tuple[Term, Need] | None:
    """The term that must satisfy a condition, and the condition, where the arguments are defined; None
    for a node that needs none, and for a guard."""
    row = PRIMITIVES.get(node.function)
    if row is None or row.need is None:
        return None
    if row.of == "negative power's base" and literal_exponent(node) >= 0:
        return None
    if row.of == "cos":
        return Apply("cos", node.arguments), row.need
    return node.arguments[1 if row.of == "divisor" else 0], row.need


def side_conditions(node: Apply) -> list[SideCondition]:
    """What is needed as signs of terms, the lower bound first; nothing of a primitive that is the
    prover's alone, as neither identities nor Coq's theorems hold one."""
    found = needed(node)
    if found is None or node.function in PROVER_ONLY:
        return []
    term, need = found
    if need == OFF_ZERO:
        return [SideCondition(term, False)]
    low = [] if need.low is None else [_above(term, need.low)]
    high = [] if need.high is None else [Apply("sub", (Rational(Fraction(need.high)), term))]
    return [SideCondition(part, True) for part in (*low, *high)]


def _above(term: Term, low: int) -> Term:
    """A term that is > 0 where the given one is > low."""
    if low < 0:
        return Apply("add", (Rational(Fraction(-low)), term))
    return Apply("sub", (term, Rational(Fraction(low)))) if low else term
