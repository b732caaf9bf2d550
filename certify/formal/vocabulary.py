"""The words of an exported file: how a primitive, a constant or a name is written in Coq."""

from __future__ import annotations

import re

from certify.language.errors import UsageError

FUNCTIONS = {
    "exp": "exp",
    "log": "ln",
    "sqrt": "sqrt",
    "log1p": "log1p",
    "expm1": "expm1",
    "sin": "sin",
    "cos": "cos",
    "tan": "tan",
    "sinh": "sinh",
    "cosh": "cosh",
    "tanh": "tanh",
    "asin": "asin",
    "acos": "acos",
    "atan": "atan",
    "asinh": "arcsinh",
    "acosh": "arccosh",
    "atanh": "arctanh",
    "erf": "erf",
    "erfc": "erfc",
    "sigmoid": "sigmoid",
    "softplus": "softplus",
    "abs": "Rabs",
    "sign": "sign",
    "min": "Rmin",
    "max": "Rmax",
}
INFIX = {"add": "+", "sub": "-", "mul": "*", "div": "/"}
POWER = "Rpower"  # of an exponent that is not an integer: exp (b * ln a)
CONSTANTS = {"pi": "PI", "e": "euler"}
DECISIONS = {"<": "Rlt_dec", "<=": "Rle_dec", ">": "Rgt_dec", ">=": "Rge_dec"}

_KEYWORDS = (
    "as at cofix else end exists exists2 fix for forall fun if in let match mod return then using where with "
    "Axiom CoFixpoint Definition Fixpoint Hypothesis Lemma Parameter Prop Proof Qed SProp Set Theorem Type "
    "Variable R x y d l is_derive ex_derive not open"
)
_TAKEN = frozenset(
    (
        "",  # a name of underscores alone
        *_KEYWORDS.split(),
        *FUNCTIONS.values(),
        *CONSTANTS.values(),
        *DECISIONS.values(),
        POWER,
    )
)
_DEFINED = ("f_", "s_")


def escape(name: str) -> str:
    """A parameter's name in Coq: itself, with one more underscore where it has a meaning there."""
    return f"{name}_" if _is_taken(name) else name


def unescape(name: str) -> str:
    """The parameter that escape() writes as `name`."""
    return name[:-1] if name.endswith("_") and _is_taken(name) else name


def _is_taken(name: str) -> bool:
    base = name.rstrip("_")
    return base in _TAKEN or base.startswith(_DEFINED)


def identifier(name: str) -> str:
    """A spec's name as the name of a file and of what it defines; UsageError for the prelude's."""
    found = re.sub(r"[.-]", "_", name)
    if found in ("Certify", "CertifyInterval"):
        raise UsageError(f"{name} is the name of the exported prelude: rename the entry")
    return found
