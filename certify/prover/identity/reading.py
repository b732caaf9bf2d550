"""Terms read into the field, through the core form (theory, I2)."""

from __future__ import annotations

from certify.language.terms import (
    Apply,
    Constant,
    Parameter,
    Rational,
    Term,
    Variable,
    literal_exponent,
    rational_value,
)
from certify.prover.identity.field import Element, TooHard
from certify.prover.identity.rules import CORE, Atoms


class TermReader:
    """The elements of terms; each term only once.

    x  the element in the place of x
    """

    def __init__(self, atoms: Atoms, x: Element) -> None:
        self._atoms = atoms
        self._field = atoms.field
        self._x = x
        self._known: dict[Term, Element] = {}

    def read(self, term: Term) -> Element:
        """The element of a guard-free term."""
        found = self._known.get(term)
        if found is None:
            found = self._known[term] = self._element(term)
        return found

    def _element(self, term: Term) -> Element:
        if isinstance(term, Rational):
            return self._field.constant(term.value)
        if isinstance(term, Variable):
            return self._x
        if isinstance(term, Parameter):
            return self._field.variable(self._field.names.index(term.name))
        if isinstance(term, Constant):
            return self._field.pi if term.name == "pi" else self._atoms.atom("exp", self._field.one)
        if not isinstance(term, Apply):
            raise TooHard("a guard that is not decided")
        if term.function == "pown":
            return self._field.power(self.read(term.arguments[0]), literal_exponent(term))
        if term.function == "pow":
            return self._pow(self.read(term.arguments[0]), term.arguments[1])
        return self._apply(term.function, [self.read(part) for part in term.arguments])

    def _pow(self, base: Element, exponent: Term) -> Element:
        value = rational_value(exponent)
        if value is None:
            return self._atoms.atom(
                "exp", self._field.mul(self.read(exponent), self._atoms.atom("log", base))
            )
        root = base if value.denominator == 1 else self._atoms.atom("root", base, value.denominator)
        return self._field.power(root, value.numerator)

    def _apply(self, name: str, parts: list[Element]) -> Element:
        u = parts[0]
        if len(parts) == 2:
            v = parts[1]
            if name in ("add", "sub"):
                return self._field.add(u, v) if name == "add" else self._field.sub(u, v)
            return self._field.mul(u, v) if name == "mul" else self._field.mul(u, self._field.inverse(v))
        rule = CORE.get(name)
        return rule(self._atoms, u) if rule else self._atoms.atom(name, u)
