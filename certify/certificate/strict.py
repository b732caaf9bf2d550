"""Strict JSON: the primitives that every reader of a certificate is made of.

Whatever is not exactly as asked for is `Rejected`, with where it stands, what was found and
what was needed.  A certificate holds no JSON number at all: every number is an exact
decimal or fraction in a string.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from fractions import Fraction
from itertools import pairwise
from typing import Any, TypeVar

from certify.language.errors import NumberError, Rejected
from certify.language.functions import CONSTANTS, RELATIONS, arity
from certify.language.numbers import describe, format_number, parse_number
from certify.language.spec import Interval
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

Json = Any  # nested dict, list and str
T = TypeVar("T")


def load(data: bytes) -> Json:
    try:
        return json.loads(
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


def record(
    value: Json, where: str, keys: tuple[str, ...] | None, optional: tuple[str, ...] = ()
) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise Rejected(where, type(value).__name__, "an object")
    if keys is not None:
        missing = [key for key in keys if key not in value]
        unknown = [key for key in value if key not in (*keys, *optional)]
        if missing:
            raise Rejected(where, f"no key {missing[0]!r}", "it")
        if unknown:
            raise Rejected(where, f"unknown key {shown(unknown[0])}", "only " + ", ".join((*keys, *optional)))
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


def positive(value: Json, where: str) -> Fraction:
    found = number(value, where)
    if found <= 0:
        raise Rejected(where, shown(value), "a positive number")
    return found


def not_negative(value: Json, where: str) -> Fraction:
    found = number(value, where)
    if found < 0:
        raise Rejected(where, shown(value), "a number >= 0")
    return found


def count(value: Json, where: str, least: int, most: int) -> int:
    found = number(value, where)
    if found.denominator != 1 or not least <= found <= most:
        raise Rejected(where, shown(value), f"an integer from {least} to {most}")
    return found.numerator


def read_interval(value: Json, where: str) -> Interval:
    ends = listing(value, where, 2)
    if len(ends) != 2:
        raise Rejected(where, f"{len(ends)} ends", "2")
    lo, hi = number(ends[0], f"{where} low end"), number(ends[1], f"{where} high end")
    if lo > hi:
        raise Rejected(where, f"low end {shown(ends[0])} above high end {shown(ends[1])}", "order")
    return lo, hi


def read_term(value: Json, where: str, parameters: Collection[str], depth: int) -> Term:
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
        if len(condition) != 3 or condition[0] not in RELATIONS:
            raise Rejected(where, f"condition {shown(condition)}", "[relation, term, term]")
        relation, left, right = condition
        return Where(relation, read(left), read(right), read(parts[2]), read(parts[3]))
    wanted = arity(name)
    if wanted is None or wanted != len(parts) - 1:
        raise Rejected(where, f"{shown(name)} with {len(parts) - 1} arguments", "a known function")
    if name == "pown":  # a literal: what it is, no guard, parameter or y can change
        n = count(parts[2], f"{where}, exponent of pown", -MAX_EXPONENT, MAX_EXPONENT)
        return Apply(name, (read(parts[1]), Rational(Fraction(n))))
    return Apply(name, tuple(read(part) for part in parts[1:]))


def _read_leaf(text: str, where: str, parameters: Collection[str]) -> Term:
    if text == "x":
        return X
    if text == "y":
        return Y
    if text in CONSTANTS:
        return Constant(text)
    if text in parameters:
        return Parameter(text)
    if text[:1].isdigit() or text[:1] == "-":
        return Rational(number(text, where))
    raise Rejected(where, f"the leaf {shown(text)}", "a number, x, y, a constant or a parameter")


def read_ascending(
    value: Json, what: str, read: Callable[[Json, str], T], at: Callable[[T], Fraction]
) -> tuple[T, ...]:
    items = listing(value, f"{what}s", MAX_LIST)
    records = tuple(read(item, f"{what} {i}") for i, item in enumerate(items, 1))
    for i, (a, b) in enumerate(pairwise(records), 2):
        if at(a) >= at(b):
            raise Rejected(f"{what} {i}", describe(at(b)), f"more than {describe(at(a))}")
    return records


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
