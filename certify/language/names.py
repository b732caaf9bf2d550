"""Names: which may stand for a parameter, and which have a meaning already."""

from __future__ import annotations

import re

from certify.language.functions import CONSTANTS, GUARDS, PRIMITIVES

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z", re.ASCII)

OPERATORS = {"+": "add", "-": "sub", "*": "mul", "/": "div"}
_WRITTEN_OTHERWISE = (*OPERATORS.values(), "neg", "pown")
FUNCTION_NAMES = tuple(name for name in (*PRIMITIVES, *GUARDS) if name not in _WRITTEN_OTHERWISE)

# Short for a formula where people write one: `notation.abbreviations` says which.
ABBREVIATED = (
    "exp2",
    "log10",
    "log2",
    "log_ndtr",
    "ndtr",
    "ndtri",
    "reciprocal",
    "rsqrt",
    "square",
)

RESERVED = frozenset({"x", "y", "where", *CONSTANTS, *FUNCTION_NAMES, *ABBREVIATED})
