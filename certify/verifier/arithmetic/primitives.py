"""Every primitive that the verifier evaluates, by its name in `language.functions`."""

from __future__ import annotations

from collections.abc import Callable

from certify.verifier.arithmetic import erf, rectangle
from certify.verifier.arithmetic.rectangle import Rectangle

FUNCTIONS: dict[str, Callable[[Rectangle, int], Rectangle]] = {
    "neg": rectangle.neg,
    "exp": rectangle.exp,
    "log": rectangle.log,
    "sqrt": rectangle.sqrt,
    "log1p": rectangle.log1p,
    "expm1": rectangle.expm1,
    "sin": rectangle.sin,
    "cos": rectangle.cos,
    "tan": rectangle.tan,
    "sinh": rectangle.sinh,
    "cosh": rectangle.cosh,
    "tanh": rectangle.tanh,
    "asin": rectangle.asin,
    "acos": rectangle.acos,
    "atan": rectangle.atan,
    "asinh": rectangle.asinh,
    "acosh": rectangle.acosh,
    "atanh": rectangle.atanh,
    "erf": erf.erf,
    "erfc": erf.erfc,
    "sigmoid": rectangle.sigmoid,
    "softplus": rectangle.softplus,
}

OPERATIONS: dict[str, Callable[[Rectangle, Rectangle, int], Rectangle]] = {
    "add": rectangle.add,
    "sub": rectangle.sub,
    "mul": rectangle.mul,
    "div": rectangle.div,
}
