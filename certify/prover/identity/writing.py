"""Elements of the field written as terms over the names of its variables."""

from __future__ import annotations

from fractions import Fraction

from flint import fmpq_mpoly

from certify.language.terms import Apply, Constant, Parameter, Rational, Term, Variable
from certify.prover.identity.field import Element, Field, ratio, terms_of


def written(a: Element, field: Field) -> Term:
    """The element as a term."""
    num = _sum(a.num, field)
    return num if a.den.is_constant() else Apply("div", (num, _sum(a.den, field)))


def _sum(p: fmpq_mpoly, field: Field) -> Term:
    parts = [_monomial(exponents, ratio(c), field) for exponents, c in terms_of(p)]
    return _balanced("add", parts) if parts else Rational(Fraction(0))


def _monomial(exponents: tuple[int, ...], c: Fraction, field: Field) -> Term:
    parts: list[Term] = [] if c == 1 and any(exponents) else [Rational(c)]
    for i, n in enumerate(exponents):
        if n:
            leaf = _leaf(i, field)
            parts.append(leaf if n == 1 else Apply("pown", (leaf, Rational(Fraction(n)))))
    return _balanced("mul", parts)


def _leaf(index: int, field: Field) -> Term:
    if index == 0:
        return Variable()
    return Constant("pi") if index == 1 else Parameter(field.names[index])


def _balanced(name: str, parts: list[Term]) -> Term:
    """A tree of one operation whose depth is the logarithm of its size."""
    if len(parts) == 1:
        return parts[0]
    middle = (len(parts) + 1) // 2
    return Apply(name, (_balanced(name, parts[:middle]), _balanced(name, parts[middle:])))
