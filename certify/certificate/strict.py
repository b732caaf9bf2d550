"""Strict JSON: what a file is read as before its records are known, and how terms are written in it.

Whatever is not exactly as asked for is `Rejected`, with where it stands, what was found and
what was needed.  A certificate holds no JSON number at all: every number is an exact
decimal or fraction in a string.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from typing import TypeAlias

from certify.language.errors import NumberError, Rejected
from certify.language.functions import CONSTANTS, RELATIONS, arity
from certify.language.names import NAME, RESERVED
from certify.language.numbers import format_number, parse_number
from certify.language.terms import (
    MAX_DEPTH,
    MAX_EXPONENT,
    Apply,
    Constant,
    Output,
    Parameter,
    Rational,
    Term,
    Variable,
    Where,
    X,
    Y,
)

MAX_LIST = 1_000  # domain components, kinks, seams, parameters

Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | bool | None"


def load(data: bytes) -> Json:
    try:
        found: Json = json.loads(
            data.decode("ascii"),
            object_pairs_hook=_object,
            parse_int=_no_number,
            parse_float=_no_number,
            parse_constant=_no_number,
        )
    except UnicodeDecodeError as error:
        raise Rejected("file", f"byte {data[error.start]:#x} at {error.start}", "ASCII") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Rejected(where, error.msg.lower(), "JSON") from error
    except RecursionError as error:
        raise Rejected("file", "values nested too deep", f"at most {MAX_DEPTH} levels") from error
    return found


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for key, value in pairs:
        if key in found:
            raise Rejected(f"key {shown(key)}", "twice in one object", "each key once")
        found[key] = value
    return found


def _no_number(text: str) -> Json:
    raise Rejected("file", f"the bare number {shown(text)}", "every number as a string")


def shown(value: Json) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return repr(text if len(text) <= 60 else text[:57] + "...")


# --- shapes -----------------------------------------------------------------------------


def mapping(value: Json, where: str) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise Rejected(where or "file", type(value).__name__, "an object")
    return value


def listing(value: Json, where: str, most: int) -> list[Json]:
    if not isinstance(value, list):
        raise Rejected(where, type(value).__name__, "a list")
    if len(value) > most:
        raise Rejected(where, f"{len(value)} elements", f"at most {most}")
    return value


def string(value: Json, where: str) -> str:
    if not isinstance(value, str):
        raise Rejected(where, type(value).__name__, "a string")
    return value


def number(value: Json, where: str) -> Fraction:
    text = string(value, where)
    try:
        return parse_number(text)
    except NumberError as error:
        raise Rejected(where, shown(text), f"an exact number ({error})") from error


def integer(value: Json, where: str, least: int, most: int) -> int:
    found = number(value, where)
    if found.denominator != 1 or not least <= found <= most:
        raise Rejected(where, shown(value), f"an integer from {least} to {most}")
    return found.numerator


# --- terms ------------------------------------------------------------------------------


def is_free(name: str) -> bool:
    """Whether a parameter or a generator may have the name."""
    return bool(NAME.match(name)) and name not in RESERVED


def read_term(value: Json, where: str, parameters: Collection[str] | None, depth: int = 1) -> Term:
    """A term with no other parameters, or, where they are None, with any."""
    if depth > MAX_DEPTH:
        raise Rejected(where, f"a term nested more than {MAX_DEPTH} deep", "less")
    if isinstance(value, str):
        return _read_leaf(value, where, parameters)
    parts = listing(value, where, 4)
    name = string(parts[0], where) if parts else ""

    def read(part: Json) -> Term:
        return read_term(part, where, parameters, depth + 1)

    if name == "where" and len(parts) == 4:
        condition = listing(parts[1], f"{where}, a condition", 3)
        relation = condition[0] if len(condition) == 3 else None
        if not isinstance(relation, str) or relation not in RELATIONS:
            raise Rejected(where, f"condition {shown(condition)}", "[relation, term, term]")
        return Where(relation, read(condition[1]), read(condition[2]), read(parts[2]), read(parts[3]))
    wanted = arity(name)
    if wanted is None or wanted != len(parts) - 1:
        raise Rejected(where, f"{shown(name)} with {len(parts) - 1} arguments", "a known function")
    if name == "pown":  # a literal: what it is, no guard, parameter or y can change
        n = integer(parts[2], f"{where}, exponent of pown", -MAX_EXPONENT, MAX_EXPONENT)
        return Apply(name, (read(parts[1]), Rational(Fraction(n))))
    return Apply(name, tuple(read(part) for part in parts[1:]))


def _read_leaf(text: str, where: str, parameters: Collection[str] | None) -> Term:
    if text == "x":
        return X
    if text == "y":
        return Y
    if text in CONSTANTS:
        return Constant(text)
    if is_free(text) if parameters is None else text in parameters:
        return Parameter(text)
    if text[:1].isdigit() or text[:1] == "-":
        return Rational(number(text, where))
    raise Rejected(where, f"the leaf {shown(text)}", "a number, x, y, a constant or a parameter")


def encode_term(term: Term) -> Json:
    """Leaves are strings (a number, x, y, a constant, a parameter), the rest lists."""
    if isinstance(term, Rational):
        return format_number(term.value)
    if isinstance(term, Variable):
        return "x"
    if isinstance(term, Output):
        return "y"
    if isinstance(term, Constant | Parameter):
        return term.name
    if isinstance(term, Where):
        condition = [term.relation, encode_term(term.left), encode_term(term.right)]
        return ["where", condition, encode_term(term.then), encode_term(term.otherwise)]
    return [term.function, *(encode_term(part) for part in term.arguments)]
