"""The functions of the language, for formulas written in Python.

Each takes an expression or a number and returns an expression; `where(x > 0, a, b)` takes the
place of a conditional.  Numbers are exact: int, Fraction and Decimal as they are, a float as
the double that it is.

>>> import certify
>>> from certify import math as m
>>> certify.prove(lambda x: m.where(x > 0, x, m.expm1(x)), lambda x: m.where(x > 0, 1, m.exp(x)), (-1, 1))
Certified(f on [-1, 1], |f' - s| <= 1e-30, kink x = 0, 2 tiles, f' = s on (-inf, inf))
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from certify.language.functions import GUARDS, PRIMITIVES
from certify.language.terms import Apply, Constant, Where
from certify.notation.abbreviations import ABBREVIATIONS
from certify.notation.trace import Comparison, Expression, as_term, refuse

pi = Expression(Constant("pi"))
e = Expression(Constant("e"))


def where(condition: Comparison, then: Any, otherwise: Any) -> Expression:
    """`then` where the condition holds, else `otherwise`."""
    if not isinstance(condition, Comparison):
        refuse(f"where needs a comparison such as x > 0, not {condition!r}")
    return Expression(
        Where(condition.relation, condition.left, condition.right, as_term(then), as_term(otherwise))
    )


def maximum(first: Any, second: Any) -> Expression:
    """The larger of two expressions; the first where they are equal."""
    return Expression(Apply("max", (as_term(first), as_term(second))))


def minimum(first: Any, second: Any) -> Expression:
    """The smaller of two expressions; the first where they are equal."""
    return Expression(Apply("min", (as_term(first), as_term(second))))


def _function(name: str) -> Callable[[Any], Expression]:
    row = PRIMITIVES.get(name)

    def apply(argument: Any) -> Expression:
        return Expression(Apply(name, (as_term(argument),)))

    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = f"{name}, for an argument {row.needs or 'that is real'} ({row.source})." if row else name
    return apply


exp = _function("exp")
log = _function("log")
sqrt = _function("sqrt")
log1p = _function("log1p")
expm1 = _function("expm1")
sin = _function("sin")
cos = _function("cos")
tan = _function("tan")
sinh = _function("sinh")
cosh = _function("cosh")
tanh = _function("tanh")
asin = _function("asin")
acos = _function("acos")
atan = _function("atan")
asinh = _function("asinh")
acosh = _function("acosh")
atanh = _function("atanh")
erf = _function("erf")
erfc = _function("erfc")
sigmoid = _function("sigmoid")
softplus = _function("softplus")
erfinv = _function("erfinv")
lgamma = _function("lgamma")
digamma = _function("digamma")
trigamma = _function("trigamma")
gamma = _function("gamma")
i0 = _function("i0")
i1 = _function("i1")
sinc = _function("sinc")
sign = _function("sign")


def _short(name: str) -> Callable[[Any], Expression]:
    def apply(argument: Any) -> Expression:
        return Expression(ABBREVIATIONS[name](as_term(argument)))

    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = f"{name}, short for a formula in the functions above."
    return apply


exp2 = _short("exp2")
log2 = _short("log2")
log10 = _short("log10")
rsqrt = _short("rsqrt")
reciprocal = _short("reciprocal")
square = _short("square")
ndtr = _short("ndtr")
ndtri = _short("ndtri")
log_ndtr = _short("log_ndtr")

__all__ = ["e", "maximum", "minimum", "pi", "where"]
__all__ += [name for name in (*PRIMITIVES, *GUARDS, *ABBREVIATIONS) if name in globals()]
