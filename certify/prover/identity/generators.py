"""The choice of generators: every atom of the core form (theory, I2) written in few.

One exponential stands for each monomial in the exponents, logarithms and roots are those of
irreducible factors: so that they are independent, as far as may be.  That choice matters for
completeness only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import gcd, lcm
from typing import NamedTuple

from flint import fmpq, fmpq_mpoly, fmpz

from certify.certificate.identity import Atom, Step, expanded
from certify.language.terms import Term
from certify.prover.enclosure.ball import arb, precision
from certify.prover.identity.field import MOST_DEGREE, Element, Field, Relation, TooHard, ratio, terms_of
from certify.prover.identity.rules import prepare
from certify.prover.identity.writing import written

SAMPLE_BITS = 128
_MOST_POWER = 32  # of an exponential's unit: greatest common divisors grow with the degrees
_AT_ZERO = {"exp": 1, "cos": 1, **dict.fromkeys(("erf", "sin", "asin", "atan", "asinh", "atanh"), 0)}


class Refined(Exception):
    """An exponential turned out to need a smaller unit, or a root a higher degree; the tower is to
    be built anew."""


class Units(NamedTuple):
    """What makes exponentials and roots powers of few: for each monomial the rational that all
    its coefficients in exponents are integer multiples of, for each base of roots the common
    multiple of their degrees."""

    exponents: dict[Term, Fraction]
    degrees: dict[Term, int]


class Made(NamedTuple):
    """A generator as it was made: its variable and its atom."""

    variable: int
    kind: str
    degree: int
    of: Element


class _Written(NamedTuple):
    """A step, with its argument and its value as elements."""

    step: Step
    of: Element
    value: Element


Powers = dict[int, int]  # variable -> exponent


class Generators:
    """The generators of a field, in the order in which they were made.

    first   the index of the first generator's variable
    sample  values of the variables before it at a point of the piece: tells the signs of factors
    units   what was found so far: Refined where that is not enough
    split   whether logarithms and roots are taken apart into those of factors
    """

    def __init__(self, field: Field, first: int, sample: Sequence[arb], units: Units, *, split: bool) -> None:
        self.field = field
        self.made: list[Made] = []
        self.steps: list[_Written] = []
        self._first = first
        self._samples = dict(enumerate(sample))
        self._units = units
        self._split = split

    # --- atoms --------------------------------------------------------------------------

    def atom(self, kind: str, u: Element, degree: int = 1) -> Element:
        """The element of kind(u), with a generator or a step of its own where it needs one."""
        u = self.field.reduced(u)
        value = self.field.rational(u)
        if value == 0 and kind in _AT_ZERO:
            return self.field.constant(Fraction(_AT_ZERO[kind]))
        if value == 1 and kind in ("log", "root"):
            return self.field.constant(Fraction(kind == "root"))
        made = self._same(kind, u, degree)
        if made is not None:
            return self.field.variable(made.variable)
        for known in self.steps:
            if (known.step.atom[:2], known.of) == ((kind, degree), u):
                return known.value
        found = self._write(kind, u, degree)
        if found is None:
            return self._generate(kind, u, degree)
        self.steps.append(found)
        return found.value

    def _same(self, kind: str, u: Element, degree: int) -> Made | None:
        """The generator kind(u), if there is one."""
        for made in self.made:
            if (made.kind, made.degree) == (kind, degree) and made.of == u:
                return made
        return None

    def _write(self, kind: str, u: Element, degree: int) -> _Written | None:
        """The step that writes an atom in generators; None where it is one itself."""
        if kind == "exp":
            factor, powers = Fraction(1), self._exp_powers(u)
            value = self._product(factor, powers, log_of=True)
        elif kind == "log":
            factor, powers = Fraction(1), self._factors(u, "log", 1)[1]
            value = self._log_sum(powers)
        elif kind == "root":
            factor, powers = self._factors(u, "root", degree)
            value = self._product(factor, powers, log_of=False)
        else:
            if u.num.leading_coefficient() > 0:
                return None
            opposite = self._variable_of(self.atom(kind, self.field.scale(Fraction(-1), u)))
            factor, powers = Fraction(-1), {opposite: 1}
            value = self.field.scale(Fraction(1 if kind == "cos" else -1), self.field.variable(opposite))
        if factor == 1 and len(powers) == 1:
            made = next((m for m in self.made if powers.get(m.variable) == 1), None)
            if made and (made.kind, made.degree, made.of) == (kind, degree, u):
                return None
        named = tuple((self.field.names[i], n) for i, n in powers.items())
        return _Written(Step(Atom(kind, degree, self.term(u)), factor, named), u, value)

    def _variable_of(self, a: Element) -> int:
        return next(m.variable for m in self.made if self.field.variables[m.variable] == a.num)

    def _generate(self, kind: str, u: Element, degree: int) -> Element:
        """A new generator kind(u), after what its derivative is written in."""
        prepare(self, kind, u)
        made = self._same(kind, u, degree)
        if made is not None:  # sin and cos need each other
            return self.field.variable(made.variable)
        if kind not in _SAMPLE:
            raise TooHard(f"{kind}, whose derivatives have no rule in identities")
        if degree > MOST_DEGREE:
            raise TooHard(f"a root of degree {degree}")
        index = self._first + len(self.made)
        if index >= len(self.field.names):
            most = len(self.field.names) - self._first
            raise TooHard(f"more than {most} exponentials, logarithms and roots")
        with precision(SAMPLE_BITS):
            self._samples[index] = _SAMPLE[kind](self.sample(u), degree)
        self.made.append(Made(index, kind, degree, u))
        if kind == "root":
            self.field.relate(Relation(index, degree, u, root=True))
        elif kind == "sin":  # the pair is complete before any relation is used
            cos = self._variable_of(self.atom("cos", u))
            self.field.relate(Relation(index, 2, self._one_less_square(cos), root=False))
        return self.field.variable(index)

    def _one_less_square(self, variable: int) -> Element:
        one = self.field.one
        return Element(one.num - self.field.variables[variable] ** 2, one.den)

    def sample(self, a: Element) -> arb:
        """The element's value at the sample."""
        return self._sample(a.num) / self._sample(a.den)

    def _sample(self, p: fmpq_mpoly) -> arb:
        total = arb(0)
        for exponents, coefficient in terms_of(p):
            value = arb(coefficient)
            for i, n in enumerate(exponents):
                if n:
                    value *= self._samples[i] ** n
            total += value
        return total

    def _product(self, factor: Fraction, powers: Powers, *, log_of: bool) -> Element:
        """factor * product of g**n, with u**n for a generator g = log(u) where log_of is set."""
        value = self.field.constant(factor)
        for i, n in powers.items():
            made = self.made[i - self._first]
            base = made.of if log_of and made.kind == "log" else self.field.variable(i)
            value = self.field.mul(value, self.field.power(base, n))
        return value

    def _log_sum(self, powers: Powers) -> Element:
        value = self.field.zero
        for i, n in powers.items():
            made = self.made[i - self._first]
            part = made.of if made.kind == "exp" else self.field.variable(i)
            value = self.field.add(value, self.field.scale(Fraction(n), part))
        return value

    # --- exponentials: u = sum of n * (unit * monomial) ---------------------------------

    def _exp_powers(self, u: Element) -> Powers:
        powers: Powers = {}
        for c, monomial in self._monomials(u):
            log = self._log_generator(monomial)
            if log and c.denominator == 1:
                powers[log.variable] = c.numerator
                continue
            unit = self._unit(monomial, c)
            g = self._find("exp", self.field.scale(unit, monomial))
            n = (c / unit).numerator
            if abs(n) > _MOST_POWER:
                raise TooHard(f"exponentials of multiples as far apart as 1 and {abs(n)}")
            powers[g] = n
        return powers

    def _log_generator(self, u: Element) -> Made | None:
        """The generator that u is, if it is a logarithm."""
        return next((m for m in self.made if m.kind == "log" and self.field.variable(m.variable) == u), None)

    def _monomials(self, u: Element) -> list[tuple[Fraction, Element]]:
        """u as a sum of rationals times monomials, or times one element where it is none."""
        if len(u.den.coeffs()) > 1:
            lead = u.num.leading_coefficient()
            return [(ratio(lead), Element(u.num / lead, u.den))]
        parts = []
        for exponents, c in terms_of(u.num):
            monomial = self.field.context.from_dict({exponents: fmpq(1)})
            parts.append((ratio(c), self.field.fraction(monomial, u.den)))
        return parts

    def _unit(self, monomial: Element, c: Fraction) -> Fraction:
        """The unit of a monomial: all its coefficients seen so far are integer multiples."""
        key = self._key(monomial)
        unit = self._units.exponents.setdefault(key, abs(c))
        if (c / unit).denominator == 1:
            return unit
        d = lcm(unit.denominator, c.denominator)
        self._units.exponents[key] = Fraction(gcd((unit * d).numerator, (c * d).numerator), d)
        raise Refined

    def _find(self, kind: str, u: Element, degree: int = 1) -> int:
        made = self._same(kind, u, degree)
        if made is not None:
            return made.variable
        return self._variable_of(self._generate(kind, u, degree))

    # --- logarithms and roots: u = factor**degree * product of positive factors -----------

    def _factors(self, u: Element, kind: str, degree: int) -> tuple[Fraction, Powers]:
        if not self._split:
            return Fraction(1), {self._find(kind, u, degree): 1}
        content, found = self._positive_factors(u)
        if content < 0:
            return Fraction(1), {self._find(kind, u, degree): 1}
        factor, powers = Fraction(1), dict[int, int]()
        for prime, e in _primes(content):
            if kind == "root":
                whole, e = divmod(e, degree)
                factor *= Fraction(prime) ** whole
            if e:
                self._add_power(powers, self.field.constant(Fraction(prime)), e, kind, degree)
        for p, e in found:
            self._add_factor(powers, p, e, kind, degree)
        return factor, powers

    def _add_factor(self, powers: Powers, p: fmpq_mpoly, e: int, kind: str, degree: int) -> None:
        made = next((m for m in self.made if self.field.variables[m.variable] == p), None)
        if made is None or made.kind not in (("exp", "root") if kind == "root" else ("exp",)):
            self._add_power(powers, Element(p, self.field.one.den), e, kind, degree)
        elif e % degree == 0:  # degree is 1 for a logarithm
            powers[made.variable] = powers.get(made.variable, 0) + e // degree
        elif made.kind == "exp":  # its root is an exponential of a smaller unit
            (c, monomial), *_ = self._monomials(made.of)
            self._units.exponents[self._key(monomial)] = abs(c) / degree
            raise Refined
        else:  # its root is a root of a higher degree
            self._units.degrees[self._key(made.of)] = made.degree * degree
            raise Refined

    def _add_power(self, powers: Powers, base: Element, e: int, kind: str, degree: int) -> None:
        """The logarithm or root of base**e; all roots of one base are powers of one of them."""
        common = degree
        if kind == "root":
            key = self._key(base)
            common = self._units.degrees.setdefault(key, degree)
            if common % degree:
                self._units.degrees[key] = lcm(common, degree)
                raise Refined
        index = self._find(kind, base, common)
        powers[index] = powers.get(index, 0) + e * common // degree

    def _positive_factors(self, u: Element) -> tuple[Fraction, list[tuple[fmpq_mpoly, int]]]:
        """u = content * product of p**e, every p positive at the sample."""
        content, factors = Fraction(1), []
        for part, side in ((u.num, 1), (u.den, -1)):
            c, rows = part.factor()
            content *= ratio(fmpq(c)) ** side
            for p, e in rows:
                with precision(SAMPLE_BITS):
                    negative = self._sample(p) < 0
                content *= -1 if negative and int(e) % 2 else 1
                factors.append((-p if negative else p, int(e) * side))
        return content, factors

    # --- as terms -----------------------------------------------------------------------

    def term(self, a: Element) -> Term:
        """The element as a term over the generators' names."""
        return written(a, self.field)

    def expanded(self, term: Term) -> Term:
        """A term over generators with their definitions in the place of their names."""
        return expanded(term, ((self.field.names[m.variable], self.record(m)) for m in self.made))

    def record(self, made: Made) -> Atom:
        """The atom that a generator stands for."""
        return Atom(made.kind, made.degree, self.term(made.of))

    def _key(self, a: Element) -> Term:
        """The element as a term that means the same in every field."""
        return self.expanded(self.term(a))


def _primes(value: Fraction) -> list[tuple[int, int]]:
    """Primes and exponents of a positive rational; a large part is left whole."""
    rows = []
    for part, side in ((value.numerator, 1), (value.denominator, -1)):
        if part.bit_length() > 64:
            rows.append((part, side))
        elif part > 1:
            rows += [(int(prime), int(e) * side) for prime, e in fmpz(part).factor()]
    return rows


_SAMPLE: dict[str, Callable[[arb, int], arb]] = {
    "exp": lambda u, d: u.exp(),
    "log": lambda u, d: u.log(),
    "root": lambda u, d: u.root(d),
    "erf": lambda u, d: u.erf(),
    "sin": lambda u, d: u.sin(),
    "cos": lambda u, d: u.cos(),
    "asin": lambda u, d: u.asin(),
    "atan": lambda u, d: u.atan(),
    "asinh": lambda u, d: u.asinh(),
    "acosh": lambda u, d: u.acosh(),
    "atanh": lambda u, d: u.atanh(),
}
