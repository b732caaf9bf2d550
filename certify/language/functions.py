"""The primitives, one row each: arity, where it is analytic, and a source for its definition.

A primitive is one analytic function on the complex plane less the stated cuts, real on the
real part of its domain.  Every evaluation rule, the prover's and the verifier's, encloses
*that* function and refuses a ball that may touch a cut.  What makes a subterm defined is
stated here alone: `certify.language.side_conditions` reads it for a term.
"""

from __future__ import annotations

from typing import Literal, NamedTuple


class Need(NamedTuple):
    """A condition on a real number; off 0, or in the open interval from low to high, None infinite."""

    words: str
    low: int | None = None
    high: int | None = None


OFF_ZERO = Need("!= 0")
POSITIVE = Need("> 0", 0)
ABOVE_MINUS_1 = Need("> -1", -1)
ABOVE_1 = Need("> 1", 1)
INSIDE_1 = Need("in (-1, 1)", -1, 1)
OFF_POLES = Need("not 0, -1, ...")  # of primitives that only the prover can evaluate

# What must satisfy it, where a primitive needs anything.
Needy = Literal["", "argument", "divisor", "base", "negative power's base", "cos"]


class Primitive(NamedTuple):
    """A row of the table."""

    arity: int
    of: Needy
    need: Need | None  # for a real number that is `of`
    cut: str  # the closed set on which it is not analytic
    source: str

    @property
    def needs(self) -> str:
        """The condition in words; empty where there is none."""
        if self.need is None:
            return ""
        return self.need.words if self.of == "argument" else f"{self.of} {self.need.words}"


# fmt: off
# ruff: noqa: E501
PRIMITIVES: dict[str, Primitive] = {
    #                     arity of                        need            cut                                    source
    "neg":      Primitive(1, "",                       None,           "",                                    "arithmetic"),
    "add":      Primitive(2, "",                       None,           "",                                    "arithmetic"),
    "sub":      Primitive(2, "",                       None,           "",                                    "arithmetic"),
    "mul":      Primitive(2, "",                       None,           "",                                    "arithmetic"),
    "div":      Primitive(2, "divisor",                OFF_ZERO,       "divisor = 0",                         "arithmetic"),
    "pown":     Primitive(2, "negative power's base",  OFF_ZERO,       "base = 0 if n < 0",                   "a product; n a literal integer, IEEE 1788's pown"),
    "pow":      Primitive(2, "base",                   POSITIVE,       "base in (-inf, 0]",                   "exp(b*log(a)), DLMF 4.2.26, IEEE 1788's pow"),
    "exp":      Primitive(1, "",                       None,           "",                                    "DLMF 4.2.19"),
    "log":      Primitive(1, "argument",               POSITIVE,       "(-inf, 0]",                           "DLMF 4.2.2"),
    "sqrt":     Primitive(1, "argument",               POSITIVE,       "(-inf, 0]",                           "DLMF 4.2.30"),
    "log1p":    Primitive(1, "argument",               ABOVE_MINUS_1,  "(-inf, -1]",                          "log(1 + z)"),
    "expm1":    Primitive(1, "",                       None,           "",                                    "exp(z) - 1"),
    "sin":      Primitive(1, "",                       None,           "",                                    "DLMF 4.14.1"),
    "cos":      Primitive(1, "",                       None,           "",                                    "DLMF 4.14.2"),
    "tan":      Primitive(1, "cos",                    OFF_ZERO,       "pi/2 + pi*Z",                         "DLMF 4.14.4"),
    "sinh":     Primitive(1, "",                       None,           "",                                    "DLMF 4.28.1"),
    "cosh":     Primitive(1, "",                       None,           "",                                    "DLMF 4.28.2"),
    "tanh":     Primitive(1, "",                       None,           "i*pi/2 + i*pi*Z",                     "DLMF 4.28.4"),
    "asin":     Primitive(1, "argument",               INSIDE_1,       "(-inf, -1] and [1, inf)",             "DLMF 4.23.19"),
    "acos":     Primitive(1, "argument",               INSIDE_1,       "(-inf, -1] and [1, inf)",             "DLMF 4.23.22"),
    "atan":     Primitive(1, "",                       None,           "i*(-inf, -1] and i*[1, inf)",         "DLMF 4.23.26"),
    "asinh":    Primitive(1, "",                       None,           "i*(-inf, -1] and i*[1, inf)",         "DLMF 4.37.16"),
    "acosh":    Primitive(1, "argument",               ABOVE_1,        "(-inf, 1]",                           "DLMF 4.37.19"),
    "atanh":    Primitive(1, "argument",               INSIDE_1,       "(-inf, -1] and [1, inf)",             "DLMF 4.37.24"),
    "erf":      Primitive(1, "",                       None,           "",                                    "DLMF 7.2.1"),
    "erfc":     Primitive(1, "",                       None,           "",                                    "DLMF 7.2.2"),
    "sigmoid":  Primitive(1, "",                       None,           "i*pi + 2*i*pi*Z",                     "1/(1 + exp(-z))"),
    "softplus": Primitive(1, "",                       None,           "i*(-inf, -pi] and i*[pi, inf)",       "log(1 + exp(x)), continued"),
    "erfinv":   Primitive(1, "argument",               INSIDE_1,       "|Re z| >= 1",                         "erf(erfinv(z)) = z, DLMF 7.17.1"),
    "lgamma":   Primitive(1, "argument",               POSITIVE,       "(-inf, 0]",                           "log(gamma(x)), DLMF 5.2.1"),
    "digamma":  Primitive(1, "argument",               OFF_POLES,      "0, -1, -2, ...",                      "DLMF 5.2.2"),
    "trigamma": Primitive(1, "argument",               OFF_POLES,      "0, -1, -2, ...",                      "DLMF 5.15.1"),
    "gamma":    Primitive(1, "argument",               OFF_POLES,      "0, -1, -2, ...",                      "DLMF 5.2.1"),
    "i0":       Primitive(1, "",                       None,           "",                                    "DLMF 10.25.2"),
    "i1":       Primitive(1, "",                       None,           "",                                    "DLMF 10.25.2"),
    "sinc":     Primitive(1, "",                       None,           "",                                    "sin(pi*z)/(pi*z), 1 at 0"),
}

GUARDS: dict[str, int] = {"abs": 1, "sign": 1, "min": 2, "max": 2}
# fmt: on

# Primitives that only the prover can evaluate: a certificate that needs one says so.
PROVER_ONLY = frozenset(("erfinv", "lgamma", "digamma", "trigamma", "gamma", "i0", "i1", "sinc"))

RELATIONS = ("<", "<=", ">", ">=")
CONSTANTS = ("pi", "e")


def arity(name: str) -> int | None:
    """The number of arguments of a primitive or guard; None for an unknown name."""
    if name in GUARDS:
        return GUARDS[name]
    row = PRIMITIVES.get(name)
    return row.arity if row else None
