"""Field arithmetic: fractions of polynomials in x, pi, the parameters and the generators, by FLINT.

Elements are pairs of `fmpq_mpoly`; the relations of roots and of sine and cosine are applied as
they are told.  Generators need not be independent, so that an element other than 0 may be 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import NamedTuple

from flint import fmpq, fmpq_mpoly, fmpq_mpoly_ctx

from certify.prover.deadline import NEVER, Deadline

MOST_DEGREE = 512  # of a polynomial that is no monomial
_MOST_TERMS = 5_000  # of a polynomial
_MOST_BITS = 12_000  # of a coefficient: a certificate's numbers have at most 13,000


class TooHard(Exception):
    """A formula that is outside what the tower can hold."""


class Element(NamedTuple):
    """num/den, coprime, the leading coefficient of den 1."""

    num: fmpq_mpoly
    den: fmpq_mpoly


class Relation(NamedTuple):
    """variable**degree = value.

    root  whether the variable is a root, whose inverse is a power of it over the value
    """

    variable: int
    degree: int
    value: Element
    root: bool


class Field:
    """The fractions of polynomials in variables of these names, of which the first two are x and pi."""

    def __init__(self, names: tuple[str, ...], deadline: Deadline = NEVER) -> None:
        self._deadline = deadline
        self._relations: list[Relation] = []  # the last first
        self.names = names
        self.context = fmpq_mpoly_ctx.get(names, "degrevlex")
        self.variables = self.context.gens()
        self.one = self.constant(Fraction(1))
        self.zero = self.constant(Fraction(0))
        self.pi = self.variable(1)

    # --- elements -----------------------------------------------------------------------

    def constant(self, value: Fraction) -> Element:
        """A rational number."""
        return Element(self._poly(value), self._poly(Fraction(1)))

    def _poly(self, value: Fraction) -> fmpq_mpoly:
        return self.context.constant(fmpq(value.numerator, value.denominator))

    def variable(self, index: int) -> Element:
        """The variable of that index."""
        return Element(self.variables[index], self.one.den)

    def fraction(self, num: fmpq_mpoly, den: fmpq_mpoly) -> Element:
        """num/den in lowest terms; TooHard where it is too large."""
        self._deadline.check()
        if not num:
            return self.zero
        if len(num) + len(den) > 2:
            self._check_degrees(num, den)
        if not den.is_constant():
            common = num.gcd(den)
            num, den = num / common, den / common
        lead = den.leading_coefficient()
        if len(num) + len(den) > _MOST_TERMS:
            raise TooHard(f"a polynomial of more than {_MOST_TERMS} terms")
        return Element(num / lead, den / lead)

    def _check_degrees(self, *polynomials: fmpq_mpoly) -> None:
        """What greatest common divisors and factors cost grows with the degrees, and FLINT ends the
        process where memory does."""
        if any(max(p.degrees()) > MOST_DEGREE for p in polynomials):
            raise TooHard(f"a sum with a power beyond {MOST_DEGREE}")

    def add(self, a: Element, b: Element) -> Element:
        if a.den == b.den:
            return self.fraction(a.num + b.num, a.den)
        return self.fraction(a.num * b.den + b.num * a.den, a.den * b.den)

    def sub(self, a: Element, b: Element) -> Element:
        return self.add(a, self.scale(Fraction(-1), b))

    def scale(self, c: Fraction, a: Element) -> Element:
        return self.fraction(a.num * fmpq(c.numerator, c.denominator), a.den)

    def mul(self, a: Element, b: Element) -> Element:
        return self.reduced(self.fraction(a.num * b.num, a.den * b.den))

    def inverse(self, a: Element) -> Element:
        if not a.num:
            raise TooHard("a divisor that is 0 everywhere")
        return self.fraction(a.den, a.num)

    def power(self, a: Element, n: int) -> Element:
        if n < 0:
            return self.inverse(self.power(a, -n))
        size = max(len(a.num), len(a.den))
        if size > 1 and (n > 256 or size**n > _MOST_TERMS**3):
            raise TooHard(f"a power {n} of a sum")
        bits = max(_bits(c) for p in (a.num, a.den) for _, c in terms_of(p))
        if n * bits > _MOST_BITS:
            raise TooHard(f"a coefficient of more than {_MOST_BITS} bits")
        return self.reduced(self.fraction(a.num**n, a.den**n))

    # --- relations ----------------------------------------------------------------------

    def relate(self, relation: Relation) -> None:
        """Use a relation from now on, before those that are known."""
        self._relations.insert(0, relation)

    def reduced(self, a: Element) -> Element:
        """The element with the relations applied: roots below their degrees, no sin**2."""
        for relation in self._relations:
            a = self._reduced_by(a, relation)
        return a

    def _reduced_by(self, a: Element, relation: Relation) -> Element:
        variable, limit = relation.variable, relation.degree
        degrees = (a.num.degrees()[variable], a.den.degrees()[variable])
        if max(degrees) < limit and not (relation.root and degrees[1]):
            return a
        num, den = self._lowered(a.num, relation), self._lowered(a.den, relation)
        found = self.fraction(num.num * den.den, num.den * den.num)
        below = found.den.degrees()[variable]
        if relation.root and below and len(found.den.coeffs()) == 1:
            raised = self.variables[variable] ** (limit - below)  # clear it from a monomial
            return self._reduced_by(Element(found.num * raised, found.den * raised), relation)
        return found

    def _lowered(self, p: fmpq_mpoly, relation: Relation) -> Element:
        """p with variable**degree replaced by its value."""
        variable, limit, value, _ = relation
        if p.degrees()[variable] < limit:
            return Element(p, self.one.den)
        parts: dict[int, dict[tuple[int, ...], fmpq]] = {}
        for exponents, coefficient in terms_of(p):
            quotient, rest = divmod(exponents[variable], limit)
            lowered = (*exponents[:variable], rest, *exponents[variable + 1 :])
            row = parts.setdefault(quotient, {})
            row[lowered] = row.get(lowered, fmpq(0)) + coefficient
        total = self.zero
        for quotient, row in parts.items():
            part = Element(self.context.from_dict(row), self.one.den)
            factor = self.fraction(value.num**quotient, value.den**quotient)
            total = self.add(total, self.fraction(part.num * factor.num, part.den * factor.den))
        return total

    # --- values -------------------------------------------------------------------------

    def is_zero(self, a: Element) -> bool:
        """Whether the element is 0 by the relations."""
        return not self.reduced(a).num

    def equal(self, a: Element, b: Element) -> bool:
        return a == b or self.is_zero(self.sub(a, b))

    def rational(self, a: Element) -> Fraction | None:
        """The value of an element that is a rational number."""
        a = self.reduced(a)
        if not (a.num.is_constant() and a.den.is_constant()):
            return None
        return ratio(a.num.leading_coefficient()) if a.num else Fraction(0)

    # --- another field ------------------------------------------------------------------

    def substituted(self, a: Element, values: Mapping[int, Element]) -> Element:
        """An element of another field, read here with a value for each of its variables."""
        num, den = (self._substituted(p, values) for p in a)
        return self.mul(num, self.inverse(den))

    def _substituted(self, p: fmpq_mpoly, values: Mapping[int, Element]) -> Element:
        total = self.zero
        for exponents, c in terms_of(p):
            value = self.constant(ratio(c))
            for i, n in enumerate(exponents):
                if n:
                    value = self.mul(value, self.power(values[i], n))
            total = self.add(total, value)
        return total


def terms_of(p: fmpq_mpoly) -> Iterator[tuple[tuple[int, ...], fmpq]]:
    """Exponents and coefficients."""
    for exponents, coefficient in p.to_dict().items():
        yield tuple(map(int, exponents)), coefficient


def _bits(c: fmpq) -> int:
    """Bits of the longer of numerator and denominator."""
    return max(int(c.p).bit_length(), int(c.q).bit_length())


def ratio(c: fmpq) -> Fraction:
    """A coefficient as a number; TooHard where it is too long."""
    if _bits(c) > _MOST_BITS:
        raise TooHard(f"a coefficient of more than {_MOST_BITS} bits")
    return Fraction(int(c.p), int(c.q))
