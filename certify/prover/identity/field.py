"""The tower of a piece: f and s as fractions of polynomials in generators, by FLINT.

Elements are pairs of `fmpq_mpoly` in x, pi, the symbolic parameters and the generators;
every atom of the core form (theory, I2) is written in as few generators as keep them
independent: one exponential for each monomial in the exponents, logarithms and roots of
irreducible factors.  That choice matters for completeness only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from math import gcd, lcm
from typing import NamedTuple

from flint import fmpq, fmpq_mpoly, fmpq_mpoly_ctx, fmpz

from certify.certificate.identity import MAX_GENERATORS, Atom, Generator, Step, Tower, expanded
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
from certify.prover.deadline import NEVER, Deadline
from certify.prover.enclosure.ball import arb, exact, precision

SLOTS = (12, MAX_GENERATORS)
_MOST_TERMS = 5_000  # of a polynomial
_MOST_DEGREE = 512  # of a polynomial that is no monomial
_MOST_BITS = 12_000  # of a coefficient: a certificate's numbers have at most 13,000
_MOST_POWER = 32  # of an exponential's unit: greatest common divisors grow with the degrees
_SAMPLE_BITS = 128


class Refined(Exception):
    """An exponential turned out to need a smaller unit, or a root a higher degree; the tower is to
    be built anew."""


class TooHard(Exception):
    """A formula that is outside what the tower can hold."""


class Units(NamedTuple):
    """What makes exponentials and roots powers of few: for each monomial the rational that all
    its coefficients in exponents are integer multiples of, for each base of roots the common
    multiple of their degrees."""

    exponents: dict[Term, Fraction]
    degrees: dict[Term, int]


class Element(NamedTuple):
    """num/den, coprime, the leading coefficient of den 1."""

    num: fmpq_mpoly
    den: fmpq_mpoly


class _Made(NamedTuple):
    """A generator as it was made: its variable, its atom, and a value of it at the sample."""

    variable: int
    kind: str
    degree: int
    of: Element
    sample: arb


class _Written(NamedTuple):
    """A step, with its argument and its value as elements."""

    step: Step
    of: Element
    value: Element


Powers = dict[int, int]  # variable -> exponent


class Field:
    """The tower over x (or a rational in its place), pi and the symbolic parameters.

    sample   a point of the piece, and of the parameters' ranges: tells the signs of factors
    units    what was found so far: Refined where that is not enough
    split    whether logarithms and roots are taken apart into those of factors
    """

    def __init__(
        self,
        symbolic: tuple[str, ...],
        sample: Mapping[str, Fraction],
        units: Units,
        *,
        x: Fraction | None = None,
        split: bool = True,
        slots: int = SLOTS[0],
        deadline: Deadline = NEVER,
    ) -> None:
        self._deadline = deadline
        names = ["x", "pi", *symbolic]
        free = (name for i in range(1, 4 * MAX_GENERATORS) if (name := f"g{i}") not in symbolic)
        self.names = [*names, *(next(free) for _ in range(slots))]
        self.context = fmpq_mpoly_ctx.get(self.names, "degrevlex")
        self.variables = self.context.gens()
        self.one = self.constant(Fraction(1))
        self.zero = self.constant(Fraction(0))
        self._x = self._variable(0) if x is None else self.constant(x)
        self._base = len(names)
        self._units = units
        self._split = split
        self._made: list[_Made] = []
        self._derivatives: dict[int, Element] = {0: self.one}
        self._steps: list[_Written] = []
        self._read: dict[Term, Element] = {}
        with precision(_SAMPLE_BITS):
            known = [exact(sample.get("x", Fraction(0))), arb.pi(), *(exact(sample[n]) for n in symbolic)]
        self._samples = dict(enumerate(known))

    # --- elements -----------------------------------------------------------------------

    def constant(self, value: Fraction) -> Element:
        return Element(self._poly(value), self._poly(Fraction(1)))

    def _poly(self, value: Fraction) -> fmpq_mpoly:
        return self.context.constant(fmpq(value.numerator, value.denominator))

    def _variable(self, index: int) -> Element:
        return Element(self.variables[index], self.one.den)

    def _fraction(self, num: fmpq_mpoly, den: fmpq_mpoly) -> Element:
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
        if any(max(p.degrees()) > _MOST_DEGREE for p in polynomials):
            raise TooHard(f"a sum with a power beyond {_MOST_DEGREE}")

    def add(self, a: Element, b: Element) -> Element:
        if a.den == b.den:
            return self._fraction(a.num + b.num, a.den)
        return self._fraction(a.num * b.den + b.num * a.den, a.den * b.den)

    def sub(self, a: Element, b: Element) -> Element:
        return self.add(a, self.scale(Fraction(-1), b))

    def scale(self, c: Fraction, a: Element) -> Element:
        return self._fraction(a.num * fmpq(c.numerator, c.denominator), a.den)

    def mul(self, a: Element, b: Element) -> Element:
        return self.reduced(self._fraction(a.num * b.num, a.den * b.den))

    def inverse(self, a: Element) -> Element:
        if not a.num:
            raise TooHard("a divisor that is 0 everywhere")
        return self._fraction(a.den, a.num)

    def power(self, a: Element, n: int) -> Element:
        if n < 0:
            return self.inverse(self.power(a, -n))
        size = max(len(a.num), len(a.den))
        if size > 1 and (n > 256 or size**n > _MOST_TERMS**3):
            raise TooHard(f"a power {n} of a sum")
        bits = max(_bits(c) for p in (a.num, a.den) for _, c in _terms(p))
        if n * bits > _MOST_BITS:
            raise TooHard(f"a coefficient of more than {_MOST_BITS} bits")
        return self.reduced(self._fraction(a.num**n, a.den**n))

    def reduced(self, a: Element) -> Element:
        """The element with the relations applied: roots below their degrees, no sin**2."""
        for made in reversed(self._made):
            if made.kind in ("root", "sin"):
                a = self._reduced_in(a, made)
        return a

    def _reduced_in(self, a: Element, made: _Made) -> Element:
        limit = made.degree if made.kind == "root" else 2
        degrees = (a.num.degrees()[made.variable], a.den.degrees()[made.variable])
        if max(degrees) < limit and not (made.kind == "root" and degrees[1]):
            return a
        num, den = self._lowered(a.num, made, limit), self._lowered(a.den, made, limit)
        found = self._fraction(num.num * den.den, num.den * den.num)
        below = found.den.degrees()[made.variable]
        if made.kind == "root" and below and len(found.den.coeffs()) == 1:
            raised = self.variables[made.variable] ** (limit - below)  # clear it from a monomial
            return self._reduced_in(Element(found.num * raised, found.den * raised), made)
        return found

    def _lowered(self, p: fmpq_mpoly, made: _Made, limit: int) -> Element:
        """p with g**limit replaced by what the relation makes of it."""
        if p.degrees()[made.variable] < limit:
            return Element(p, self.one.den)
        parts: dict[int, dict[tuple[int, ...], fmpq]] = {}
        for exponents, coefficient in _terms(p):
            quotient, rest = divmod(exponents[made.variable], limit)
            lowered = (*exponents[: made.variable], rest, *exponents[made.variable + 1 :])
            row = parts.setdefault(quotient, {})
            row[lowered] = row.get(lowered, fmpq(0)) + coefficient
        relation = made.of if made.kind == "root" else self._one_minus_cos_squared(made)
        total = self.zero
        for quotient, row in parts.items():
            part = Element(self.context.from_dict(row), self.one.den)
            factor = self._fraction(relation.num**quotient, relation.den**quotient)
            total = self.add(total, self._fraction(part.num * factor.num, part.den * factor.den))
        return total

    def _one_minus_cos_squared(self, made: _Made) -> Element:
        cos = next(m for m in self._made if m.kind == "cos" and m.of == made.of)
        return Element(self.one.num - self.variables[cos.variable] ** 2, self.one.den)

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
        return _ratio(a.num.leading_coefficient()) if a.num else Fraction(0)

    # --- reading terms ------------------------------------------------------------------

    def read(self, term: Term) -> Element:
        """The element of a guard-free term."""
        found = self._read.get(term)
        if found is None:
            found = self._read[term] = self._element(term)
        return found

    def _element(self, term: Term) -> Element:
        if isinstance(term, Rational):
            return self.constant(term.value)
        if isinstance(term, Variable):
            return self._x
        if isinstance(term, Parameter):
            return self._variable(self.names.index(term.name))
        if isinstance(term, Constant):
            return self._variable(1) if term.name == "pi" else self.atom("exp", self.one)
        if not isinstance(term, Apply):
            raise TooHard("a guard that is not decided")
        if term.function == "pown":
            return self.power(self.read(term.arguments[0]), literal_exponent(term))
        if term.function == "pow":
            return self._pow(self.read(term.arguments[0]), term.arguments[1])
        return self._apply(term.function, [self.read(part) for part in term.arguments])

    def _pow(self, base: Element, exponent: Term) -> Element:
        value = rational_value(exponent)
        if value is None:
            return self.atom("exp", self.mul(self.read(exponent), self.atom("log", base)))
        root = base if value.denominator == 1 else self.atom("root", base, value.denominator)
        return self.power(root, value.numerator)

    def _apply(self, name: str, parts: list[Element]) -> Element:
        u = parts[0]
        if len(parts) == 2:
            v = parts[1]
            if name in ("add", "sub"):
                return self.add(u, v) if name == "add" else self.sub(u, v)
            return self.mul(u, v) if name == "mul" else self.mul(u, self.inverse(v))
        rule = _CORE.get(name)
        return rule(self, u) if rule else self.atom(name, u)

    # --- atoms --------------------------------------------------------------------------

    def atom(self, kind: str, u: Element, degree: int = 1) -> Element:
        """The element of kind(u), with a generator or a step of its own where it needs one."""
        u = self.reduced(u)
        value = self.rational(u)
        if value == 0 and kind in _AT_ZERO:
            return self.constant(Fraction(_AT_ZERO[kind]))
        if value == 1 and kind in ("log", "root"):
            return self.constant(Fraction(kind == "root"))
        made = self._same(kind, u, degree)
        if made is not None:
            return self._variable(made.variable)
        for written in self._steps:
            if (written.step.atom[:2], written.of) == ((kind, degree), u):
                return written.value
        found = self._write(kind, u, degree)
        if found is None:
            return self._generate(kind, u, degree)
        self._steps.append(found)
        return found.value

    def _same(self, kind: str, u: Element, degree: int) -> _Made | None:
        """The generator kind(u), if there is one."""
        for made in self._made:
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
            opposite = self._variable_of(self.atom(kind, self.scale(Fraction(-1), u)))
            factor, powers = Fraction(-1), {opposite: 1}
            value = self.scale(Fraction(1 if kind == "cos" else -1), self._variable(opposite))
        if factor == 1 and len(powers) == 1:
            made = next((m for m in self._made if powers.get(m.variable) == 1), None)
            if made and (made.kind, made.degree, made.of) == (kind, degree, u):
                return None
        named = tuple((self.names[i], n) for i, n in powers.items())
        return _Written(Step(Atom(kind, degree, self.term(u)), factor, named), u, value)

    def _variable_of(self, a: Element) -> int:
        return next(m.variable for m in self._made if self.variables[m.variable] == a.num)

    def _generate(self, kind: str, u: Element, degree: int) -> Element:
        """A new generator kind(u), after what its derivative is written in."""
        for needed in _NEEDS.get(kind, ()):
            needed(self, u)
        made = self._same(kind, u, degree)
        if made is not None:  # sin and cos need each other
            return self._variable(made.variable)
        if kind not in _SAMPLE:
            raise TooHard(f"{kind}, whose derivatives have no rule in identities")
        if degree > _MOST_DEGREE:
            raise TooHard(f"a root of degree {degree}")
        index = self._base + len(self._made)
        if index >= len(self.names):
            raise TooHard(f"more than {len(self.names) - self._base} exponentials, logarithms and roots")
        with precision(_SAMPLE_BITS):
            sample = _SAMPLE[kind](self.sample(u), degree)
        self._made.append(_Made(index, kind, degree, u, sample))
        self._samples[index] = sample
        if kind == "sin":  # the pair is complete before any relation is used
            self.atom("cos", u)
        return self._variable(index)

    def sample(self, a: Element) -> arb:
        """The element's value at the sample."""
        return self._sample(a.num) / self._sample(a.den)

    def _sample(self, p: fmpq_mpoly) -> arb:
        total = arb(0)
        for exponents, coefficient in _terms(p):
            value = arb(coefficient)
            for i, n in enumerate(exponents):
                if n:
                    value *= self._samples[i] ** n
            total += value
        return total

    def _product(self, factor: Fraction, powers: Powers, *, log_of: bool) -> Element:
        """factor * product of g**n, with u**n for a generator g = log(u) where log_of is set."""
        value = self.constant(factor)
        for i, n in powers.items():
            made = self._made[i - self._base]
            base = made.of if log_of and made.kind == "log" else self._variable(i)
            value = self.mul(value, self.power(base, n))
        return value

    def _log_sum(self, powers: Powers) -> Element:
        value = self.zero
        for i, n in powers.items():
            made = self._made[i - self._base]
            part = made.of if made.kind == "exp" else self._variable(i)
            value = self.add(value, self.scale(Fraction(n), part))
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
            g = self._find("exp", self.scale(unit, monomial))
            n = (c / unit).numerator
            if abs(n) > _MOST_POWER:
                raise TooHard(f"exponentials of multiples as far apart as 1 and {abs(n)}")
            powers[g] = n
        return powers

    def _log_generator(self, u: Element) -> _Made | None:
        """The generator that u is, if it is a logarithm."""
        return next((m for m in self._made if m.kind == "log" and self._variable(m.variable) == u), None)

    def _monomials(self, u: Element) -> list[tuple[Fraction, Element]]:
        """u as a sum of rationals times monomials, or times one element where it is none."""
        if len(u.den.coeffs()) > 1:
            lead = u.num.leading_coefficient()
            return [(_ratio(lead), Element(u.num / lead, u.den))]
        parts = []
        for exponents, c in _terms(u.num):
            monomial = self.context.from_dict({exponents: fmpq(1)})
            parts.append((_ratio(c), self._fraction(monomial, u.den)))
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
                self._add_power(powers, self.constant(Fraction(prime)), e, kind, degree)
        for p, e in found:
            self._add_factor(powers, p, e, kind, degree)
        return factor, powers

    def _add_factor(self, powers: Powers, p: fmpq_mpoly, e: int, kind: str, degree: int) -> None:
        made = next((m for m in self._made if self.variables[m.variable] == p), None)
        if made is None or made.kind not in (("exp", "root") if kind == "root" else ("exp",)):
            self._add_power(powers, Element(p, self.one.den), e, kind, degree)
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
            content *= _ratio(fmpq(c)) ** side
            for p, e in rows:
                with precision(_SAMPLE_BITS):
                    negative = self._sample(p) < 0
                content *= -1 if negative and int(e) % 2 else 1
                factors.append((-p if negative else p, int(e) * side))
        return content, factors

    # --- derivation ---------------------------------------------------------------------

    def derivative(self, a: Element) -> Element:
        """a' by the quotient rule and the generators' derivatives."""
        top = self.sub(
            self.mul(self._derive_poly(a.num), Element(a.den, self.one.den)),
            self.mul(self._derive_poly(a.den), Element(a.num, self.one.den)),
        )
        return self.mul(top, Element(self.one.num, a.den * a.den))

    def _derive_poly(self, p: fmpq_mpoly) -> Element:
        total = self.zero
        for i, degree in enumerate(p.degrees()):
            if degree > 0 and (i == 0 or i >= self._base):
                partial = Element(p.derivative(i), self.one.den)
                total = self.add(total, self.mul(partial, self._derivative_of(i)))
        return total

    def _derivative_of(self, i: int) -> Element:
        found = self._derivatives.get(i)
        if found is None:
            made = self._made[i - self._base]
            rule = _DERIVATIVE[made.kind](self, made)
            found = self._derivatives[i] = self.mul(self.derivative(made.of), rule)
        return found

    # --- out of the field ---------------------------------------------------------------

    def tower(self, *, constants: bool = False) -> Tower:
        """The generators, with their derivatives, and the steps."""
        if not constants:
            for made in list(self._made):
                self._derivative_of(made.variable)
        generators = tuple(
            Generator(
                self.names[made.variable],
                self._atom(made),
                self.term(self.zero if constants else self._derivative_of(made.variable)),
            )
            for made in self._made
        )
        return Tower(generators, tuple(written.step for written in self._steps))

    def term(self, a: Element) -> Term:
        """The element as a term over the generators' names."""
        num = self._sum(a.num)
        return num if a.den.is_constant() else Apply("div", (num, self._sum(a.den)))

    def _sum(self, p: fmpq_mpoly) -> Term:
        parts = [self._monomial(exponents, _ratio(c)) for exponents, c in _terms(p)]
        return _balanced("add", parts) if parts else Rational(Fraction(0))

    def _monomial(self, exponents: tuple[int, ...], c: Fraction) -> Term:
        parts: list[Term] = [] if c == 1 and any(exponents) else [Rational(c)]
        for i, n in enumerate(exponents):
            if n:
                leaf = self._leaf(i)
                parts.append(leaf if n == 1 else Apply("pown", (leaf, Rational(Fraction(n)))))
        return _balanced("mul", parts)

    def _leaf(self, index: int) -> Term:
        if index == 0:
            return Variable()
        return Constant("pi") if index == 1 else Parameter(self.names[index])

    def expanded(self, term: Term) -> Term:
        """A term over generators with their definitions in the place of their names."""
        return expanded(term, ((self.names[m.variable], self._atom(m)) for m in self._made))

    def _key(self, a: Element) -> Term:
        """The element as a term that means the same in every field."""
        return self.expanded(self.term(a))

    def _atom(self, made: _Made) -> Atom:
        return Atom(made.kind, made.degree, self.term(made.of))

    def at(self, a: Element, source: Field) -> Element:
        """An element of another field, whose x this field has a value for, read in this one."""
        values = {0: self._x, 1: self._variable(1)}
        for i in range(2, source._base):
            values[i] = self._variable(i)
        for made in source._made:
            of = self._evaluated(made.of, values)
            values[made.variable] = self.atom(made.kind, of, made.degree)
        return self._evaluated(a, values)

    def _evaluated(self, a: Element, values: Mapping[int, Element]) -> Element:
        num, den = (self._evaluated_poly(p, values) for p in a)
        return self.mul(num, self.inverse(den))

    def _evaluated_poly(self, p: fmpq_mpoly, values: Mapping[int, Element]) -> Element:
        total = self.zero
        for exponents, c in _terms(p):
            value = self.constant(_ratio(c))
            for i, n in enumerate(exponents):
                if n:
                    value = self.mul(value, self.power(values[i], n))
            total = self.add(total, value)
        return total


def _terms(p: fmpq_mpoly) -> Iterator[tuple[tuple[int, ...], fmpq]]:
    """Exponents and coefficients."""
    for exponents, coefficient in p.to_dict().items():
        yield tuple(map(int, exponents)), coefficient


def _bits(c: fmpq) -> int:
    """Bits of the longer of numerator and denominator."""
    return max(int(c.p).bit_length(), int(c.q).bit_length())


def _ratio(c: fmpq) -> Fraction:
    if _bits(c) > _MOST_BITS:
        raise TooHard(f"a coefficient of more than {_MOST_BITS} bits")
    return Fraction(int(c.p), int(c.q))


def _balanced(name: str, parts: list[Term]) -> Term:
    """A tree of one operation whose depth is the logarithm of its size."""
    if len(parts) == 1:
        return parts[0]
    middle = (len(parts) + 1) // 2
    return Apply(name, (_balanced(name, parts[:middle]), _balanced(name, parts[middle:])))


def _primes(value: Fraction) -> list[tuple[int, int]]:
    """Primes and exponents of a positive rational; a large part is left whole."""
    rows = []
    for part, side in ((value.numerator, 1), (value.denominator, -1)):
        if part.bit_length() > 64:
            rows.append((part, side))
        elif part > 1:
            rows += [(int(prime), int(e) * side) for prime, e in fmpz(part).factor()]
    return rows


# --- the core form and the rules (theory, I2) ---------------------------------------------

_AT_ZERO = {"exp": 1, "cos": 1, **dict.fromkeys(("erf", "sin", "asin", "atan", "asinh", "atanh"), 0)}

Rule = Callable[[Field, Element], Element]


def _root2(field: Field, u: Element) -> Element:
    return field.atom("root", u, 2)


def _square(field: Field, u: Element) -> Element:
    return field.mul(u, u)


def _half_sum(field: Field, u: Element, sign: int) -> Element:
    E = field.atom("exp", u)
    return field.scale(Fraction(1, 2), field.add(E, field.scale(Fraction(sign), field.inverse(E))))


def _tanh(field: Field, u: Element) -> Element:
    E = field.atom("exp", field.scale(Fraction(2), u))
    return field.mul(field.sub(E, field.one), field.inverse(field.add(E, field.one)))


def _sigmoid(field: Field, u: Element) -> Element:
    E = field.atom("exp", u)
    return field.mul(E, field.inverse(field.add(E, field.one)))


def _acos(field: Field, u: Element) -> Element:
    return field.sub(field.scale(Fraction(1, 2), field.read(Constant("pi"))), field.atom("asin", u))


_CORE: dict[str, Rule] = {
    "neg": lambda k, u: k.scale(Fraction(-1), u),
    "sqrt": _root2,
    "log1p": lambda k, u: k.atom("log", k.add(k.one, u)),
    "expm1": lambda k, u: k.sub(k.atom("exp", u), k.one),
    "tan": lambda k, u: k.mul(k.atom("sin", u), k.inverse(k.atom("cos", u))),
    "sinh": lambda k, u: _half_sum(k, u, -1),
    "cosh": lambda k, u: _half_sum(k, u, 1),
    "tanh": _tanh,
    "sigmoid": _sigmoid,
    "softplus": lambda k, u: k.atom("log", k.add(k.one, k.atom("exp", u))),
    "acos": _acos,
    "erfc": lambda k, u: k.sub(k.one, k.atom("erf", u)),
}

# The factor beside u' in the derivative of kind(u).
_DERIVATIVE: dict[str, Callable[[Field, _Made], Element]] = {
    "exp": lambda k, g: k._variable(g.variable),
    "log": lambda k, g: k.inverse(g.of),
    "root": lambda k, g: k.mul(k._variable(g.variable), k.inverse(k.scale(Fraction(g.degree), g.of))),
    "erf": lambda k, g: _gauss(k, g.of),
    "sin": lambda k, g: k.atom("cos", g.of),
    "cos": lambda k, g: k.scale(Fraction(-1), k.atom("sin", g.of)),
    "asin": lambda k, g: k.inverse(_root2(k, k.sub(k.one, _square(k, g.of)))),
    "atan": lambda k, g: k.inverse(k.add(k.one, _square(k, g.of))),
    "asinh": lambda k, g: k.inverse(_root2(k, k.add(k.one, _square(k, g.of)))),
    "acosh": lambda k, g: k.inverse(_root2(k, k.sub(_square(k, g.of), k.one))),
    "atanh": lambda k, g: k.inverse(k.sub(k.one, _square(k, g.of))),
}


def _gauss(field: Field, u: Element) -> Element:
    """2*exp(-u**2)/sqrt(pi)"""
    E = field.atom("exp", field.scale(Fraction(-1), _square(field, u)))
    return field.mul(field.scale(Fraction(2), E), field.inverse(_root2(field, field.read(Constant("pi")))))


# What a generator's derivative is written in, made before it.
_NEEDS: dict[str, tuple[Rule, ...]] = {
    "erf": (_gauss,),
    "asin": (lambda k, u: _root2(k, k.sub(k.one, _square(k, u))),),
    "asinh": (lambda k, u: _root2(k, k.add(k.one, _square(k, u))),),
    "acosh": (lambda k, u: _root2(k, k.sub(_square(k, u), k.one)),),
    "cos": (lambda k, u: k.atom("sin", u),),
}

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
