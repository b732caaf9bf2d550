"""Guards: the guard-free formula that a term is where every guard has a known sign.

`affine` guards are decided by exact rationals; how the sign of any other is shown is the caller's.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from certify.language.affine import Line, combine
from certify.language.terms import Apply, Rational, Term, Variable, Where
from certify.verifier.work import Work, exact

SignOf = Callable[[Term], int]  # the sign of a guard-free term: -1, 0 or 1


class Undecidable(Exception):
    """A guard whose sign is not constant, or not shown to be, where it must be."""


# --- terms, each only once --------------------------------------------------------------


class Shared:
    """One object for all terms that are equal: what is known of a term is then known by identity."""

    def __init__(self) -> None:
        self._known: dict[object, Term] = {}
        self._seen: dict[int, tuple[Term, Term]] = {}  # by identity, which the term kept here holds

    def __call__(self, term: Term) -> Term:
        """The term, or the equal one that came first; a condition is not looked into."""
        found = self._seen.get(id(term))
        if found is None:
            found = self._seen[id(term)] = term, self._first(term)
        return found[1]

    def _first(self, term: Term) -> Term:
        if isinstance(term, Apply):
            return self.apply(term.function, tuple(self(part) for part in term.arguments))
        if isinstance(term, Where):
            parts = (self(part) for part in (term.left, term.right, term.then, term.otherwise))
            return Where(term.relation, *parts)
        return self._known.setdefault(term, term)

    def apply(self, function: str, parts: tuple[Term, ...]) -> Term:
        """The function applied to parts that are shared."""
        return self._known.setdefault((function, *map(id, parts)), Apply(function, parts))


class Lines:
    """`affine` of terms, each object once; with a number in the place of x, their exact values.

    An exact value is a pair (0, b); None where exact arithmetic gives none.
    """

    def __init__(self, work: Work, x: Line | None = (Fraction(1), Fraction(0))) -> None:
        self.work = work
        self._x = x
        self._known: dict[int, tuple[Term, Line | None]] = {}

    def __call__(self, term: Term) -> Line | None:
        found = self._known.get(id(term))
        if found is None:
            found = self._known[id(term)] = term, self._line(term)
            if found[1] is not None:
                self.work.spend(exact(max(map(bits_of, found[1]))))
        return found[1]

    def _line(self, term: Term) -> Line | None:
        self.work.spend(1)
        if isinstance(term, Variable):
            return self._x
        if isinstance(term, Rational):
            return Fraction(0), term.value
        if not isinstance(term, Apply):
            return None
        lines = [self(part) for part in term.arguments]
        known = [line for line in lines if line is not None]
        return combine(term.function, known) if len(known) == len(lines) else None


def bits_of(value: Fraction) -> int:
    """The bits of the longer of numerator and denominator."""
    return max(value.numerator.bit_length(), value.denominator.bit_length())


# --- branches ---------------------------------------------------------------------------


def choose(term: Term, sign: SignOf, shared: Shared | None = None, work: Work | None = None) -> Term:
    """The guard-free term, shared, that a term is where every guard has the sign that sign() gives;
    an object is looked at only once."""
    shared, work = shared or Shared(), work or Work()
    known: dict[int, Term] = {}

    def chosen(node: Term) -> Term:
        found = known.get(id(node))
        if found is None:
            work.spend(1)
            found = known[id(node)] = branch(node)
        return found

    def branch(node: Term) -> Term:
        if isinstance(node, Where):
            s = sign(shared.apply("sub", (chosen(node.left), chosen(node.right))))
            holds = {"<": s < 0, "<=": s <= 0, ">": s > 0, ">=": s >= 0}[node.relation]
            return chosen(node.then if holds else node.otherwise)
        if not isinstance(node, Apply):
            return node
        parts = tuple(chosen(part) for part in node.arguments)
        if node.function == "abs":
            return parts[0] if sign(parts[0]) >= 0 else shared.apply("neg", parts)
        if node.function == "sign":
            return shared(Rational(Fraction(sign(parts[0]))))
        if node.function in ("min", "max"):
            s = sign(shared.apply("sub", parts))
            return parts[0] if (s >= 0 if node.function == "max" else s <= 0) else parts[1]
        return shared.apply(node.function, parts)

    return chosen(shared(term))
