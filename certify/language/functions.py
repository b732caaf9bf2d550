"""The primitives, one row each: arity, where it is analytic, and a source for its definition.

A primitive is one analytic function on the complex plane less the stated cuts, real on the
real part of its domain.  Every evaluation rule, the prover's and the verifier's, encloses
*that* function and refuses a ball that may touch a cut.
"""

from __future__ import annotations

from typing import NamedTuple


class Primitive(NamedTuple):
    """A row of the table."""

    arity: int
    needs: str  # the condition on a real argument
    cut: str  # the closed set on which it is not analytic
    source: str


# fmt: off
# ruff: noqa: E501
PRIMITIVES: dict[str, Primitive] = {
    #                     arity  needs           cut                                    source
    "neg":      Primitive(1, "",              "",                                    "arithmetic"),
    "add":      Primitive(2, "",              "",                                    "arithmetic"),
    "sub":      Primitive(2, "",              "",                                    "arithmetic"),
    "mul":      Primitive(2, "",              "",                                    "arithmetic"),
    "div":      Primitive(2, "divisor != 0",  "divisor = 0",                         "arithmetic"),
    "pown":     Primitive(2, "base != 0 if n < 0", "base = 0 if n < 0",               "a product; n a literal integer, IEEE 1788's pown"),
    "pow":      Primitive(2, "base > 0",      "base in (-inf, 0]",                   "exp(b*log(a)), DLMF 4.2.26, IEEE 1788's pow"),
    "exp":      Primitive(1, "",              "",                                    "DLMF 4.2.19"),
    "log":      Primitive(1, "> 0",           "(-inf, 0]",                           "DLMF 4.2.2"),
    "sqrt":     Primitive(1, "> 0",           "(-inf, 0]",                           "DLMF 4.2.30"),
    "log1p":    Primitive(1, "> -1",          "(-inf, -1]",                          "log(1 + z)"),
    "expm1":    Primitive(1, "",              "",                                    "exp(z) - 1"),
    "sin":      Primitive(1, "",              "",                                    "DLMF 4.14.1"),
    "cos":      Primitive(1, "",              "",                                    "DLMF 4.14.2"),
    "tan":      Primitive(1, "cos != 0",      "pi/2 + pi*Z",                         "DLMF 4.14.4"),
    "sinh":     Primitive(1, "",              "",                                    "DLMF 4.28.1"),
    "cosh":     Primitive(1, "",              "",                                    "DLMF 4.28.2"),
    "tanh":     Primitive(1, "",              "i*pi/2 + i*pi*Z",                     "DLMF 4.28.4"),
    "asin":     Primitive(1, "in (-1, 1)",    "(-inf, -1] and [1, inf)",             "DLMF 4.23.19"),
    "acos":     Primitive(1, "in (-1, 1)",    "(-inf, -1] and [1, inf)",             "DLMF 4.23.22"),
    "atan":     Primitive(1, "",              "i*(-inf, -1] and i*[1, inf)",         "DLMF 4.23.26"),
    "asinh":    Primitive(1, "",              "i*(-inf, -1] and i*[1, inf)",         "DLMF 4.37.16"),
    "acosh":    Primitive(1, "> 1",           "(-inf, 1]",                           "DLMF 4.37.19"),
    "atanh":    Primitive(1, "in (-1, 1)",    "(-inf, -1] and [1, inf)",             "DLMF 4.37.24"),
    "erf":      Primitive(1, "",              "",                                    "DLMF 7.2.1"),
    "erfc":     Primitive(1, "",              "",                                    "DLMF 7.2.2"),
    "sigmoid":  Primitive(1, "",              "i*pi + 2*i*pi*Z",                     "1/(1 + exp(-z))"),
    "softplus": Primitive(1, "",              "i*(-inf, -pi] and i*[pi, inf)",       "log(1 + exp(x)), continued"),
    "erfinv":   Primitive(1, "in (-1, 1)",    "|Re z| >= 1",                         "erf(erfinv(z)) = z, DLMF 7.17.1"),
    "lgamma":   Primitive(1, "> 0",           "(-inf, 0]",                           "log(gamma(x)), DLMF 5.2.1"),
    "digamma":  Primitive(1, "not 0, -1, ...", "0, -1, -2, ...",                     "DLMF 5.2.2"),
    "trigamma": Primitive(1, "not 0, -1, ...", "0, -1, -2, ...",                     "DLMF 5.15.1"),
    "gamma":    Primitive(1, "not 0, -1, ...", "0, -1, -2, ...",                     "DLMF 5.2.1"),
    "i0":       Primitive(1, "",              "",                                    "DLMF 10.25.2"),
    "i1":       Primitive(1, "",              "",                                    "DLMF 10.25.2"),
    "sinc":     Primitive(1, "",              "",                                    "sin(pi*z)/(pi*z), 1 at 0"),
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
