"""Every primitive that the verifier evaluates, by its name in `language.functions`."""

from __future__ import annotations

from collections.abc import Callable

from certify.language.errors import NotChecked
from certify.language.functions import GUARDS
from certify.language.spec import Spec
from certify.language.terms import Apply, subterms
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

EVALUATED = frozenset({"pow", "pown", *OPERATIONS, *FUNCTIONS})


def check_functions(spec: Spec) -> None:
    """NotChecked for a claim about a primitive without an evaluation of the verifier's own, wherever
    in its formulas it stands."""
    nodes = (node for term in (spec.function, spec.derivative) for node in subterms(term))
    unknown = {node.function for node in nodes if isinstance(node, Apply)} - EVALUATED - set(GUARDS)
    if unknown:
        raise NotChecked(tuple(sorted(unknown)))
