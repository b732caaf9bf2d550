"""The derivative of a formula by rule, as a formula: a proposal that a proof then judges.

The rules are those of calculus, guard by guard: where f's formula changes at a point the
derivative takes the branch that f takes there, and nothing is claimed of it.  Sums with 0
and products with 0 and 1 are left out; no other simplification is tried.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from certify.language.errors import TermError
from certify.language.terms import (
    Apply,
    Constant,
    Rational,
    Term,
    Variable,
    Where,
    literal_exponent,
    rational_value,
    written_power,
)

ZERO, ONE, TWO, MINUS_ONE = (Rational(Fraction(n)) for n in (0, 1, 2, -1))


def derive(term: Term) -> Term:
    """d term / dx, in the same names; every subterm is differentiated once.  TermError for a function
    whose derivative the language has no name for."""
    return _Deriver()(term)


class _Deriver:
    def __init__(self) -> None:
        self._known: dict[Term, Term] = {}

    def __call__(self, term: Term) -> Term:
        found = self._known.get(term)
        if found is None:
            found = self._known[term] = self._rule(term)
        return found

    def _rule(self, term: Term) -> Term:
        if isinstance(term, Variable):
            return ONE
        if isinstance(term, Where):
            then, otherwise = self(term.then), self(term.otherwise)
            same = then == otherwise
            return then if same else Where(term.relation, term.left, term.right, then, otherwise)
        if not isinstance(term, Apply):
            return ZERO
        if len(term.arguments) == 2:
            return self._binary(term, *term.arguments)
        u = term.arguments[0]
        slope = self(u)
        if term.function == "neg":
            return negative(slope)
        if slope == ZERO:
            return ZERO
        if term.function not in _RULES:
            raise TermError(f"no rule for the derivative of {term.function}")
        return times(_RULES[term.function](u, term), slope)

    def _binary(self, term: Apply, u: Term, v: Term) -> Term:
        du, dv = self(u), self(v)
        match term.function:
            case "add":
                return plus(du, dv)
            case "sub":
                return minus(du, dv)
            case "mul":
                return plus(times(du, v), times(u, dv))
            case "div":
                return minus(over(du, v), over(times(u, dv), power(v, TWO)))
            case "pown":
                return _constant_power(u, Fraction(literal_exponent(term)), du)
            case "pow":
                return self._power(term, u, v, du, dv)
        relation = ">=" if term.function == "max" else "<="
        return du if du == dv else Where(relation, u, v, du, dv)

    def _power(self, term: Apply, u: Term, v: Term, du: Term, dv: Term) -> Term:
        n = rational_value(v)
        if n is not None:
            return _constant_power(u, n, du)
        by_base = times(times(v, power(u, minus(v, ONE))), du)
        return plus(by_base, times(times(term, Apply("log", (u,))), dv))


def _constant_power(u: Term, n: Fraction, du: Term) -> Term:
    lower = power(u, Rational(n - 1))
    return ZERO if n == 0 else times(times(Rational(n), lower), du)


def plus(a: Term, b: Term) -> Term:
    return b if a == ZERO else a if b == ZERO else Apply("add", (a, b))


def minus(a: Term, b: Term) -> Term:
    if b == ZERO:
        return a
    if isinstance(a, Rational) and isinstance(b, Rational):
        return Rational(a.value - b.value)
    return negative(b) if a == ZERO else Apply("sub", (a, b))


def negative(a: Term) -> Term:
    if isinstance(a, Apply) and a.function == "neg":
        return a.arguments[0]
    return Rational(-a.value) if isinstance(a, Rational) else Apply("neg", (a,))


def times(a: Term, b: Term) -> Term:
    if ZERO in (a, b):
        return ZERO
    if isinstance(a, Rational) and isinstance(b, Rational):
        return Rational(a.value * b.value)
    if isinstance(b, Rational):  # numbers first
        a, b = b, a
    return b if a == ONE else negative(b) if a == MINUS_ONE else Apply("mul", (a, b))


def over(a: Term, b: Term) -> Term:
    return ZERO if a == ZERO else a if b == ONE else Apply("div", (a, b))


def power(a: Term, b: Term) -> Term:
    n = rational_value(b)
    return ONE if n == 0 else a if n == 1 else written_power(a, b)


def _call(name: str, u: Term) -> Term:
    return Apply(name, (u,))


def _square(u: Term) -> Term:
    return Apply("mul", (u, u))


_PI = Constant("pi")
_Rule = Callable[[Term, Term], Term]  # from the argument and the whole application

_RULES: dict[str, _Rule] = {
    "exp": lambda u, f: f,
    "expm1": lambda u, f: _call("exp", u),
    "log": lambda u, f: over(ONE, u),
    "log1p": lambda u, f: over(ONE, plus(ONE, u)),
    "sqrt": lambda u, f: over(ONE, times(TWO, f)),
    "sin": lambda u, f: _call("cos", u),
    "cos": lambda u, f: negative(_call("sin", u)),
    "tan": lambda u, f: plus(ONE, _square(f)),
    "sinh": lambda u, f: _call("cosh", u),
    "cosh": lambda u, f: _call("sinh", u),
    "tanh": lambda u, f: minus(ONE, _square(f)),
    "asin": lambda u, f: over(ONE, _call("sqrt", minus(ONE, _square(u)))),
    "acos": lambda u, f: over(MINUS_ONE, _call("sqrt", minus(ONE, _square(u)))),
    "atan": lambda u, f: over(ONE, plus(ONE, _square(u))),
    "asinh": lambda u, f: over(ONE, _call("sqrt", plus(_square(u), ONE))),
    "acosh": lambda u, f: over(ONE, _call("sqrt", minus(_square(u), ONE))),
    "atanh": lambda u, f: over(ONE, minus(ONE, _square(u))),
    "erf": lambda u, f: _bell(u),
    "erfc": lambda u, f: negative(_bell(u)),
    "sigmoid": lambda u, f: times(f, minus(ONE, f)),
    "softplus": lambda u, f: _call("sigmoid", u),
    "erfinv": lambda u, f: times(over(_call("sqrt", _PI), TWO), _call("exp", _square(f))),
    "lgamma": lambda u, f: _call("digamma", u),
    "digamma": lambda u, f: _call("trigamma", u),
    "gamma": lambda u, f: times(f, _call("digamma", u)),
    "i0": lambda u, f: _call("i1", u),
    "i1": lambda u, f: minus(_call("i0", u), over(f, u)),
    "sinc": lambda u, f: over(minus(_call("cos", times(_PI, u)), f), u),
    "abs": lambda u, f: _call("sign", u),
    "sign": lambda u, f: ZERO,
}


def _bell(u: Term) -> Term:
    """2/sqrt(pi)*exp(-u**2), the derivative of erf."""
    return times(over(TWO, _call("sqrt", _PI)), _call("exp", negative(_square(u))))
