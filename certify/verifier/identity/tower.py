"""Towers of exponentials, logarithms and roots, read and differentiated by rule [I2].

A `CheckedTower` checks the record of one, generator by generator, and reads formulas into it.  What
the record claims, the generators' derivatives, is compared with what the rules give and then
forgotten; no division is made but by what [I1] shows to vanish nowhere, or by what is positive.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

from certify.certificate import identity as exact
from certify.certificate.identity import Step
from certify.language.errors import Rejected
from certify.language.printer import print_term
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
from certify.verifier.identity.polynomial import Polynomial, Ratio, Relation, Ring
from certify.verifier.work import Work

_X, _PI = 0, 1
_POSITIVE = ("exp", "root")  # the kinds whose generators are positive


class _Made(NamedTuple):
    """A generator: its symbol, kind(of), and the degree of a root."""

    name: str
    symbol: int
    kind: str
    degree: int
    of: Ratio


class CheckedTower:
    """A checked tower over x, or a number in its place, pi and the symbolic parameters."""

    def __init__(
        self,
        record: exact.Tower,
        symbolic: tuple[str, ...],
        where: str,
        work: Work,
        x: Fraction | None = None,
    ) -> None:
        names = [*symbolic, *(generator.name for generator in record.generators)]
        self._symbols = {name: i for i, name in enumerate(names, 2)}
        positive = (self._symbols[g.name] for g in record.generators if g.atom.kind in _POSITIVE)
        self.ring = Ring(2 + len(names), frozenset((_PI, *positive)), work)
        self.where = where
        self._x = self.ring.variable(_X) if x is None else self.ring.constant(x)
        self._steps: list[tuple[Step, Ratio]] = []
        self._read: dict[int, tuple[Term, Ratio]] = {}  # by identity, which the term kept here holds
        self._slopes: dict[int, Ratio] = {}
        self.made: list[_Made] = []
        for generator in record.generators:
            self._generate(generator)
        for step in record.steps:  # the argument of one is read by those before it
            self._steps.append((step, self.read(step.atom.of)))
        for i, generator in enumerate(record.generators, 1):
            self._check_derivative(f"{where} generator {i}", generator)

    # --- generators ---------------------------------------------------------------------

    def _generate(self, generator: exact.Generator) -> None:
        kind, degree, of = generator.atom
        made = _Made(generator.name, self._symbols[generator.name], kind, degree, self.read(of))
        self.made.append(made)
        if kind == "root":  # g**d = u
            self.ring.relate(Relation(made.symbol, degree, made.of.num, self.ring.denominator(made.of)))
        for sin, cos in self._pairs(made):
            one = self.ring.number(Fraction(1))
            squared = self.ring.symbol_power(cos.symbol, 2)
            num = self.ring.plus(one, {monomial: -c for monomial, c in squared.items()})
            self.ring.relate(Relation(sin.symbol, 2, num, one))  # sin**2 = 1 - cos**2

    def _pairs(self, made: _Made) -> list[tuple[_Made, _Made]]:
        """sin and cos of one argument, where the generator completes such a pair."""
        if made.kind not in ("sin", "cos"):
            return []
        other = self._generator("cos" if made.kind == "sin" else "sin", made.of, 1)
        if other is None:
            return []
        return [(made, other) if made.kind == "sin" else (other, made)]

    def _check_derivative(self, where: str, generator: exact.Generator) -> None:
        found = self._slope(self._symbols[generator.name])
        if not self.ring.equal(self.read(generator.derivative), found):
            claim = print_term(generator.derivative)
            raise Rejected(f"{where} derivative", claim, f"the derivative of {generator.name} by rule")

    def _generator(self, kind: str, of: Ratio, degree: int) -> _Made | None:
        for made in self.made:
            if (made.kind, made.degree) == (kind, degree) and self.ring.equal(made.of, of):
                return made
        return None

    # --- atoms --------------------------------------------------------------------------

    def atom(self, kind: str, of: Ratio, degree: int = 1) -> Ratio:
        """The element of kind(of), whose condition on `of` is shown by [I1]."""
        known = self._known_value(kind, of)
        if known is not None:
            return known
        made = self._generator(kind, of, degree)
        if made:
            return self.ring.variable(made.symbol)
        for step, argument in self._steps:
            if step.atom[:2] == (kind, degree) and self.ring.equal(argument, of):
                value = self._step(step, of)
                if value is not None:
                    return value
        raise Rejected(self.where, f"{kind} of something new", "a generator or a sound step for it")

    def _known_value(self, kind: str, of: Ratio) -> Ratio | None:
        if kind in ("log", "root"):
            if not self.ring.equal(of, self.ring.one):
                return None
            return self.ring.zero if kind == "log" else self.ring.one
        if kind == "acosh" or not self.ring.is_zero(of):
            return None
        return self.ring.one if kind in ("exp", "cos") else self.ring.zero

    def _step(self, step: Step, of: Ratio) -> Ratio | None:
        """The value of a step for an atom with that argument; None where it is not sound."""
        named = {made.name: made for made in self.made}
        if any(name not in named for name, _ in step.powers):
            return None  # a parameter is no generator
        powers = [(named[name], n) for name, n in step.powers]
        kinds = {made.kind for made, _ in powers}
        if step.atom.kind in ("exp", "log"):
            return self._exp_or_log(step, of, powers) if kinds <= {"exp", "log"} else None
        if step.atom.kind == "root":
            return self._root(step, of, powers) if kinds <= {"exp", "root"} else None
        return self._parity(step, of, powers)

    def _exp_or_log(self, step: Step, of: Ratio, powers: list[tuple[_Made, int]]) -> Ratio | None:
        """exp(L) = M and log(M) = L, with L a sum of n*l(g) and M > 0 the product of m(g)**n."""
        ring, total, product = self.ring, self.ring.zero, self.ring.one
        for made, n in powers:
            symbol = ring.variable(made.symbol)
            log, value = (made.of, symbol) if made.kind == "exp" else (symbol, made.of)
            total = ring.add(total, ring.scale(Fraction(n), log))
            product = ring.mul(product, ring.power(value, n))  # of log: `of` > 0
        given, value = (total, product) if step.atom.kind == "exp" else (product, total)
        return value if step.factor == 1 and ring.equal(given, of) else None

    def _root(self, step: Step, of: Ratio, powers: list[tuple[_Made, int]]) -> Ratio | None:
        """v = factor * product of g**n is positive; it is the root if v**degree = of."""
        value = self.ring.constant(step.factor)
        for made, n in powers:
            value = self.ring.mul(value, self.ring.power(self.ring.variable(made.symbol), n))
        if step.factor <= 0 or not self.ring.equal(self.ring.power(value, step.atom.degree), of):
            return None
        return value

    def _parity(self, step: Step, of: Ratio, powers: list[tuple[_Made, int]]) -> Ratio | None:
        """k(-u) = -k(u) for the odd kinds, cos(-u) = cos(u)."""
        kind = step.atom.kind
        if kind == "acosh" or len(powers) != 1 or abs(step.factor) != 1:
            return None
        made, n = powers[0]
        if made.kind != kind or n != 1 or not self.ring.equal(self.ring.scale(step.factor, made.of), of):
            return None
        sign = Fraction(1) if kind == "cos" else step.factor
        return self.ring.scale(sign, self.ring.variable(made.symbol))

    # --- formulas -----------------------------------------------------------------------

    def read(self, term: Term) -> Ratio:
        """The element of a guard-free formula, through the core form."""
        found = self._read.get(id(term))
        if found is None:
            found = self._read[id(term)] = term, self._element(term)
        return found[1]

    def _element(self, term: Term) -> Ratio:
        match term:
            case Rational(value):
                return self.ring.constant(value)
            case Variable():
                return self._x
            case Parameter(name):
                return self.ring.variable(self._symbols[name])
            case Constant("pi"):
                return self.ring.variable(_PI)
            case Constant():
                return self.atom("exp", self.ring.one)
            case Apply("pown", (base, _)):  # for n < 0 base vanishes nowhere [I1]
                return self.ring.power(self.read(base), literal_exponent(term))
            case Apply("pow", (base, exponent)):
                return self._power(self.read(base), exponent)
            case Apply(name, (left, right)):
                return self._binary(name, self.read(left), self.read(right))
            case Apply(name, (argument,)):
                rule = _CORE.get(name)
                u = self.read(argument)
                return rule(self, u) if rule else self.atom(name, u)
        raise Rejected(self.where, print_term(term), "a formula without guards")

    def _binary(self, name: str, u: Ratio, v: Ratio) -> Ratio:
        match name:
            case "add":
                return self.ring.add(u, v)
            case "sub":
                return self.ring.sub(u, v)
            case "mul":
                return self.ring.mul(u, v)
        return self.over(u, v)  # v vanishes nowhere [I1]

    def _power(self, base: Ratio, exponent: Term) -> Ratio:
        """exp(exponent*log(base)); base > 0 [I1], so it is root(base)**p for an exponent p/q."""
        value = rational_value(exponent)
        if value is None:
            return self.atom("exp", self.ring.mul(self.read(exponent), self.atom("log", base)))
        root = base if value.denominator == 1 else self.atom("root", base, value.denominator)
        return self.ring.power(root, value.numerator)

    def over(self, a: Ratio, b: Ratio) -> Ratio:
        return self.ring.mul(a, self.ring.inverse(b))

    # --- derivatives --------------------------------------------------------------------

    def derivative(self, a: Ratio) -> Ratio:
        """a' by the rules of sums, products and quotients: with a = p/prod q**n,
        a' = p'/prod q**n - a * sum of n*q'/q."""
        ring = self.ring
        result = ring.mul(self._polynomial_slope(a.num), Ratio(ring.one.num, a.den))
        for factor, n in ring.factors(a):
            q = Ratio(factor, ())
            change = ring.scale(Fraction(n), self.over(self._polynomial_slope(factor), q))
            result = ring.sub(result, ring.mul(a, change))
        return result

    def _polynomial_slope(self, p: Polynomial) -> Ratio:
        """p' by the chain rule over its symbols."""
        total = self.ring.zero
        for symbol in self.ring.used(p):
            part = Ratio(self.ring.partial(p, symbol), ())
            total = self.ring.add(total, self.ring.mul(part, self._slope(symbol)))
        return total

    def _slope(self, symbol: int) -> Ratio:
        """The derivative of a symbol: of x 1, of pi and the parameters 0, of a generator by rule."""
        if symbol == _X:
            return self.ring.one
        found = self._slopes.get(symbol)
        if found is None:
            made = next((made for made in self.made if made.symbol == symbol), None)
            found = self._slopes[symbol] = self._rule(made) if made else self.ring.zero
        return found

    def _rule(self, made: _Made) -> Ratio:
        ring, u, g = self.ring, made.of, self.ring.variable(made.symbol)
        slope = self.derivative(u)
        if ring.is_zero(slope):
            return ring.zero
        return ring.mul(slope, _RULES[made.kind](self, u, g, made.degree))

    # --- another tower at a point -------------------------------------------------------

    def at(self, a: Ratio, source: CheckedTower) -> Ratio:
        """An element of a tower over x at this tower's number, read here; its denominator does
        not vanish there, a point of the closed piece."""
        values: dict[int, Ratio] = {_X: self._x, _PI: self.ring.variable(_PI)}
        for symbol in range(2, source.made[0].symbol if source.made else source.ring.symbols):
            values[symbol] = self.ring.variable(symbol)  # the parameters come first in both

        def place(p: Polynomial) -> Ratio:
            return source.ring.substitute(p, values.__getitem__, self.ring)

        def fraction(b: Ratio) -> Ratio:
            return self.over(place(b.num), place(source.ring.denominator(b)))

        for made in source.made:
            values[made.symbol] = self.atom(made.kind, fraction(made.of), made.degree)
        return fraction(a)


# --- the core form ----------------------------------------------------------------------


def _half_sum(tower: CheckedTower, u: Ratio, sign: int) -> Ratio:
    """(E + sign/E)/2 with E = exp(u)."""
    E = tower.atom("exp", u)
    other = tower.ring.scale(Fraction(sign), tower.ring.inverse(E))
    return tower.ring.scale(Fraction(1, 2), tower.ring.add(E, other))


def _tanh(tower: CheckedTower, u: Ratio) -> Ratio:
    E = tower.atom("exp", tower.ring.scale(Fraction(2), u))
    return tower.over(tower.ring.sub(E, tower.ring.one), tower.ring.add(E, tower.ring.one))


def _sigmoid(tower: CheckedTower, u: Ratio) -> Ratio:
    E = tower.atom("exp", u)
    return tower.over(E, tower.ring.add(E, tower.ring.one))


def _softplus(tower: CheckedTower, u: Ratio) -> Ratio:
    return tower.atom("log", tower.ring.add(tower.atom("exp", u), tower.ring.one))


def _acos(tower: CheckedTower, u: Ratio) -> Ratio:
    half_pi = tower.ring.scale(Fraction(1, 2), tower.ring.variable(_PI))
    return tower.ring.sub(half_pi, tower.atom("asin", u))


_CORE: dict[str, Callable[[CheckedTower, Ratio], Ratio]] = {
    "neg": lambda tower, u: tower.ring.scale(Fraction(-1), u),
    "sqrt": lambda tower, u: tower.atom("root", u, 2),
    "log1p": lambda tower, u: tower.atom("log", tower.ring.add(u, tower.ring.one)),
    "expm1": lambda tower, u: tower.ring.sub(tower.atom("exp", u), tower.ring.one),
    "tan": lambda tower, u: tower.over(tower.atom("sin", u), tower.atom("cos", u)),
    "sinh": lambda tower, u: _half_sum(tower, u, -1),
    "cosh": lambda tower, u: _half_sum(tower, u, 1),
    "tanh": _tanh,
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "acos": _acos,
    "erfc": lambda tower, u: tower.ring.sub(tower.ring.one, tower.atom("erf", u)),
}


# --- the rules of differentiation -------------------------------------------------------


def _one_plus(tower: CheckedTower, u: Ratio, sign: int) -> Ratio:
    """1 + sign*u**2"""
    return tower.ring.add(tower.ring.one, tower.ring.scale(Fraction(sign), tower.ring.mul(u, u)))


def _square_less_one(tower: CheckedTower, u: Ratio) -> Ratio:
    return tower.ring.sub(tower.ring.mul(u, u), tower.ring.one)


def _one_over_root(tower: CheckedTower, inside: Ratio) -> Ratio:
    return tower.ring.inverse(tower.atom("root", inside, 2))


def _erf_rule(tower: CheckedTower, u: Ratio, g: Ratio, degree: int) -> Ratio:
    ring = tower.ring
    bell = tower.atom("exp", ring.scale(Fraction(-1), ring.mul(u, u)))
    return ring.scale(Fraction(2), tower.over(bell, tower.atom("root", ring.variable(_PI), 2)))


# kind: d kind(u) / du; g is kind(u).  Each divisor is positive by the condition of [I1] on u.
_RULES: dict[str, Callable[[CheckedTower, Ratio, Ratio, int], Ratio]] = {
    "exp": lambda tower, u, g, degree: g,
    "log": lambda tower, u, g, degree: tower.ring.inverse(u),
    "root": lambda tower, u, g, degree: tower.over(g, tower.ring.scale(Fraction(degree), u)),
    "erf": _erf_rule,
    "sin": lambda tower, u, g, degree: tower.atom("cos", u),
    "cos": lambda tower, u, g, degree: tower.ring.scale(Fraction(-1), tower.atom("sin", u)),
    "asin": lambda tower, u, g, degree: _one_over_root(tower, _one_plus(tower, u, -1)),
    "atan": lambda tower, u, g, degree: tower.ring.inverse(_one_plus(tower, u, 1)),
    "asinh": lambda tower, u, g, degree: _one_over_root(tower, _one_plus(tower, u, 1)),
    "acosh": lambda tower, u, g, degree: _one_over_root(tower, _square_less_one(tower, u)),
    "atanh": lambda tower, u, g, degree: tower.ring.inverse(_one_plus(tower, u, -1)),
}
