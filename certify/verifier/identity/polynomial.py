"""Fractions of polynomials over the rationals, exact, on Python integers.

A polynomial maps monomials, tuples with one exponent for each symbol, to coefficients that
are not 0.  A *unit* is a symbol that stands for a positive function: it may have negative
exponents.  The denominator of an `Ratio` is a product of polynomials that never vanish
where the element is used; they stay apart, so that sums find common ones without any gcd.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import lcm
from typing import NamedTuple

from certify.language.errors import Rejected
from certify.verifier.work import Work

MAX_COEFFICIENT_BITS = 2**16

Monomial = tuple[int, ...]
Polynomial = dict[Monomial, Fraction]


class Ratio(NamedTuple):
    """num over the product of factor**multiplicity; the factors are numbered by their ring."""

    num: Polynomial
    den: tuple[tuple[int, int], ...]  # ascending (factor, multiplicity), multiplicities > 0


class Relation(NamedTuple):
    """symbol**degree = num/den, for functions; den never vanishes.  Neither holds the symbol."""

    symbol: int
    degree: int
    num: Polynomial
    den: Polynomial


class Ring:
    """The polynomials in so many symbols, with what is known of them."""

    def __init__(self, symbols: int, units: frozenset[int], work: Work) -> None:
        self.symbols = symbols
        self.units = units
        self.work = work
        self._relations: list[Relation] = []  # ascending by symbol
        self._factors: list[Polynomial] = []
        self._numbers: dict[frozenset[tuple[Monomial, Fraction]], int] = {}
        self._weight = 1 + symbols // 16
        self.zero = Ratio({}, ())
        self.one = self.constant(Fraction(1))

    def relate(self, relation: Relation) -> None:
        """Use a relation from now on."""
        self._relations = sorted([*self._relations, relation], key=lambda known: known.symbol)

    # --- polynomials --------------------------------------------------------------------

    def number(self, value: Fraction) -> Polynomial:
        return {(0,) * self.symbols: value} if value else {}

    def symbol_power(self, symbol: int, exponent: int) -> Polynomial:
        monomial = [0] * self.symbols
        monomial[symbol] = exponent
        return {tuple(monomial): Fraction(1)}

    def plus(self, p: Polynomial, q: Polynomial) -> Polynomial:
        self._measured(p, q)
        self.work.spend((8 + len(p) + len(q)) // 8 * self._weight)
        total = dict(p)
        for monomial, c in q.items():
            value = total.get(monomial, 0) + c
            if value:
                total[monomial] = value
            else:
                del total[monomial]
        return total

    def times(self, p: Polynomial, q: Polynomial) -> Polynomial:
        """The product, on integers: each factor is brought to one denominator first."""
        self.work.spend((4 + len(p) * len(q)) * self._weight)
        bits = self._measured(p, q)
        (left, over), (right, under) = self._integral(p), self._integral(q)
        bits = max(bits, over.bit_length() + under.bit_length())
        self.work.spend(len(p) * len(q) * (bits // 512) ** 2)
        total: dict[Monomial, int] = {}
        for a, c in left:
            for b, d in right:
                monomial = tuple(map(int.__add__, a, b))
                total[monomial] = total.get(monomial, 0) + c * d
        return {monomial: Fraction(c, over * under) for monomial, c in total.items() if c}

    def _measured(self, p: Polynomial, q: Polynomial) -> int:
        """Bits that a coefficient of a product or sum may have; Rejected if they are too many."""
        bits = _longest(p) + _longest(q)
        self._check(bits)
        return bits

    def _check(self, bits: int) -> None:
        if bits > MAX_COEFFICIENT_BITS:
            raise Rejected("identity", f"a coefficient of {bits} bits", f"at most {MAX_COEFFICIENT_BITS}")

    def _integral(self, p: Polynomial) -> tuple[list[tuple[Monomial, int]], int]:
        """The terms of n*p with integer coefficients, and n: the least that makes them such."""
        n = 1
        for c in p.values():
            if n % c.denominator:
                n = lcm(n, c.denominator)
                self._check(n.bit_length())
        return [(monomial, c.numerator * (n // c.denominator)) for monomial, c in p.items()], n

    def raised(self, p: Polynomial, n: int) -> Polynomial:
        """p**n for n >= 0."""
        result = self.number(Fraction(1))
        while n:
            if n & 1:
                result = self.times(result, p)
            n >>= 1
            if n:
                p = self.times(p, p)
        return result

    def used(self, p: Polynomial) -> list[int]:
        """The symbols that occur in p."""
        self.work.spend((1 + len(p)) * self._weight)
        return [i for i, column in enumerate(zip(*p, strict=True)) if any(column)]

    def partial(self, p: Polynomial, symbol: int) -> Polynomial:
        """The derivative of p with respect to one symbol."""
        self.work.spend((8 + len(p)) // 8 * self._weight)
        return {
            (*monomial[:symbol], monomial[symbol] - 1, *monomial[symbol + 1 :]): c * monomial[symbol]
            for monomial, c in p.items()
            if monomial[symbol]
        }

    # --- elements -----------------------------------------------------------------------

    def constant(self, value: Fraction) -> Ratio:
        return Ratio(self.number(value), ())

    def variable(self, symbol: int) -> Ratio:
        return Ratio(self.symbol_power(symbol, 1), ())

    def add(self, a: Ratio, b: Ratio) -> Ratio:
        if a.den == b.den:
            return Ratio(self.plus(a.num, b.num), a.den)
        powers, other = dict(a.den), dict(b.den)
        common = {i: max(powers.get(i, 0), other.get(i, 0)) for i in (*powers, *other)}
        p = self.times(a.num, self._product({i: n - powers.get(i, 0) for i, n in common.items()}))
        q = self.times(b.num, self._product({i: n - other.get(i, 0) for i, n in common.items()}))
        return Ratio(self.plus(p, q), tuple(sorted(common.items())))

    def sub(self, a: Ratio, b: Ratio) -> Ratio:
        return self.add(a, self.scale(Fraction(-1), b))

    def scale(self, value: Fraction, a: Ratio) -> Ratio:
        return Ratio(self.times(self.number(value), a.num), a.den)

    def mul(self, a: Ratio, b: Ratio) -> Ratio:
        powers = dict(a.den)
        for i, n in b.den:
            powers[i] = powers.get(i, 0) + n
        return Ratio(self.times(a.num, b.num), tuple(sorted(powers.items())))

    def inverse(self, a: Ratio) -> Ratio:
        """1/a.  The caller knows that a vanishes nowhere; so then do the factors of its
        numerator, which become the new denominator."""
        if not self.reduced(a.num):
            raise Rejected("identity", "a divisor that is 0 everywhere", "divisors that are not 0")
        lowest = [min(column) for column in zip(*a.num, strict=True)]
        units = [-n if i in self.units else 0 for i, n in enumerate(lowest)]
        den = {self._factor(self.symbol_power(i, 1)): n for i, n in enumerate(lowest) if n and not units[i]}
        rest = {tuple(map(int.__sub__, monomial, lowest)): c for monomial, c in a.num.items()}
        lead = rest[max(rest)]
        if len(rest) > 1:
            den[self._factor({monomial: c / lead for monomial, c in rest.items()})] = 1
        num = self.times({tuple(units): 1 / lead}, self._product(dict(a.den)))
        return Ratio(num, tuple(sorted(den.items())))

    def power(self, a: Ratio, n: int) -> Ratio:
        if n < 0:
            return self.power(self.inverse(a), -n)
        return Ratio(self.raised(a.num, n), tuple((i, m * n) for i, m in a.den if n))

    def denominator(self, a: Ratio) -> Polynomial:
        """The product of the denominator's factors."""
        return self._product(dict(a.den))

    def _product(self, powers: dict[int, int]) -> Polynomial:
        result = self.number(Fraction(1))
        for i, n in powers.items():
            result = self.times(result, self.raised(self._factors[i], n))
        return result

    def _factor(self, p: Polynomial) -> int:
        """The number of a factor."""
        key = frozenset(p.items())
        if key not in self._numbers:
            self._numbers[key] = len(self._factors)
            self._factors.append(p)
        return self._numbers[key]

    # --- equality -----------------------------------------------------------------------

    def reduced(self, p: Polynomial) -> Polynomial:
        """p times a function that vanishes nowhere, with the relations applied: 0 only if p is 0
        as a function.  (Not only if: two roots of dependent functions escape it.)"""
        p = self._without_negative(p)
        for relation in reversed(self._relations):
            p = self._without_negative(self._lowered(p, relation))
        return p

    def _without_negative(self, p: Polynomial) -> Polynomial:
        """p times powers of units, no exponent negative."""
        if not p:
            return p
        lowest = tuple(min(0, *column) for column in zip(*p, strict=True))
        if not any(lowest):
            return p
        return {tuple(map(int.__sub__, monomial, lowest)): c for monomial, c in p.items()}

    def _lowered(self, p: Polynomial, relation: Relation) -> Polynomial:
        """p times a power of the relation's denominator, the symbol below its degree."""
        symbol, degree = relation.symbol, relation.degree
        if all(monomial[symbol] < degree for monomial in p):
            return p
        parts: dict[int, Polynomial] = {}
        for monomial, c in p.items():
            times, rest = divmod(monomial[symbol], degree)
            parts.setdefault(times, {})[(*monomial[:symbol], rest, *monomial[symbol + 1 :])] = c
        most = max(parts)
        total: Polynomial = {}
        for times, part in parts.items():
            factor = self.times(self.raised(relation.num, times), self.raised(relation.den, most - times))
            total = self.plus(total, self.times(part, factor))
        return total

    def is_zero(self, a: Ratio) -> bool:
        """Whether the relations show that the element is the function 0."""
        return not self.reduced(a.num)

    def equal(self, a: Ratio, b: Ratio) -> bool:
        """Whether the relations show that two elements are one function; both are defined."""
        return self.is_zero(self.sub(a, b))

    def rational(self, a: Ratio) -> Fraction | None:
        """The rational number that the element is, where the relations show one."""
        num, den = self.reduced(a.num), self.denominator(a)
        if not num:
            return Fraction(0)
        # the only candidate that cancels a term, if reduction multiplied by nothing
        below = den.get(max(num))
        value = num[max(num)] / below if below else None
        return value if value is not None and self.equal(a, self.constant(value)) else None

    def substitute(self, p: Polynomial, value: Callable[[int], Ratio], into: Ring) -> Ratio:
        """p with an element of another ring in the place of each symbol."""
        total = into.zero
        for monomial, c in p.items():
            term = into.constant(c)
            for symbol, n in enumerate(monomial):
                if n:
                    term = into.mul(term, into.power(value(symbol), n))
            total = into.add(total, term)
        return total

    def factors(self, a: Ratio) -> list[tuple[Polynomial, int]]:
        """The denominator's factors, with their multiplicities."""
        return [(self._factors[i], n) for i, n in a.den]


def _longest(p: Polynomial) -> int:
    """Bits of the longest coefficient."""
    return max((c.numerator.bit_length() + c.denominator.bit_length() for c in p.values()), default=0)
