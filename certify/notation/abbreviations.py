"""Functions that are short for a formula: they are replaced as they are read.

No proof knows them, so that neither the prover nor the verifier needs a rule for one; a
summary prints what they stand for.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from certify.language.terms import Apply, Rational, Term, written_power

_ONE, _TWO, _TEN = (Rational(Fraction(n)) for n in (1, 2, 10))


def _over(a: Term, b: Term) -> Term:
    return Apply("div", (a, b))


def _log(u: Term) -> Term:
    return Apply("log", (u,))


def _root(u: Term) -> Term:
    return Apply("sqrt", (u,))


def _normal(u: Term) -> Term:
    """The distribution function of the normal law, erfc(-u/sqrt(2))/2 (DLMF 7.18.15)."""
    return _over(Apply("erfc", (_over(Apply("neg", (u,)), _root(_TWO)),)), _TWO)


def _quantile(u: Term) -> Term:
    """The inverse of ndtr, sqrt(2)*erfinv(2*u - 1)."""
    centred = Apply("sub", (Apply("mul", (_TWO, u)), _ONE))
    return Apply("mul", (_root(_TWO), Apply("erfinv", (centred,))))


ABBREVIATIONS: dict[str, Callable[[Term], Term]] = {
    "exp2": lambda u: written_power(_TWO, u),
    "log2": lambda u: _over(_log(u), _log(_TWO)),
    "log10": lambda u: _over(_log(u), _log(_TEN)),
    "rsqrt": lambda u: _over(_ONE, _root(u)),
    "reciprocal": lambda u: _over(_ONE, u),
    "square": lambda u: Apply("mul", (u, u)),
    "ndtr": _normal,
    "ndtri": _quantile,
    "log_ndtr": lambda u: _log(_normal(u)),
}
