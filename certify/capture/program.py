"""Captured programs: a function and its derivative as a framework holds them.

A program is read as exact real arithmetic: its constants are the floating-point numbers that
it holds, exactly, and nothing is rounded, overflows or is NaN.  What its arithmetic does in
floating point is another question.
"""

from __future__ import annotations

import operator
import struct
import sysconfig
import traceback
from collections.abc import Callable
from fractions import Fraction
from math import inf, isfinite, isnan
from pathlib import Path
from typing import Any, NamedTuple

from certify.catalogue import Entry
from certify.catalogue.request import DTYPES
from certify.language.errors import TermError, UsageError
from certify.language.functions import OFF_ZERO
from certify.language.side_conditions import needed
from certify.language.spec import Domain, closed_range
from certify.language.terms import (
    Apply,
    Output,
    Parameter,
    Rational,
    Term,
    Where,
    check_size,
    subterms,
    written_power,
)
from certify.notation.abbreviations import ABBREVIATIONS
from certify.notation.trace import describe_error
from certify.words.decimals import nearest_decimal

Shape = tuple[int, ...]
SHAPES: tuple[Shape, ...] = ((), (1,), (1, 1))  # of one number
SIGNIFICANDS = {"float64": 53, "float32": 24}  # bits


class CaptureError(UsageError):
    """A program that cannot be captured: which, and what stands in the way."""


class NotTraced(CaptureError):
    """A function that raises, or returns something else than a scalar, when it is traced."""


class TooLarge(CaptureError):
    """A program beyond the limits of a formula."""


class Unsupported(CaptureError):
    """An operation of a program that the language has no term for."""


class CapturedProgram(NamedTuple):
    """A function and its derivative program, in x; which framework they were read from.

    shape   of the one number that was traced
    source  file and line of the backward, or of the function where it has none of its own; None where
            neither is Python's
    alone   whether of several numbers it is no function of each, nor their sum or mean: what is claimed is
            of one number alone then
    """

    name: str
    framework: str  # with its version
    target: str
    dtype: str
    function: Term
    derivative: Term
    shape: Shape = ()
    source: tuple[str, int] | None = None
    alone: bool = False


def at_some_shape(read: Callable[[Shape], CapturedProgram]) -> CapturedProgram:
    """What is read at a scalar, or, of a function that takes none, at a vector or a matrix of one number;
    NotTraced, as of the scalar, where each is refused."""
    refused = []
    for shape in SHAPES:
        try:
            return read(shape)
        except NotTraced as error:
            refused.append(error)
    raise refused[0]


ZERO, ONE, TWO = (Rational(Fraction(n)) for n in (0, 1, 2))
INFINITY, MINUS_INFINITY = (Apply("div", (Rational(Fraction(n)), ZERO)) for n in (1, -1))
NOTHING = Apply("div", (ZERO, ZERO))

# --- numbers ----------------------------------------------------------------------------


def number(value: Any, dtype: str) -> Term:
    """A constant of a program, exactly; one that the dtype does not hold is rounded to it first.

    An infinity is 1/0 or -1/0 and a NaN 0/0, which have no value anywhere.
    """
    if isinstance(value, bool):
        return Rational(Fraction(value))
    if not isinstance(value, int | float):
        raise Unsupported(f"a constant of type {type(value).__name__}")
    if dtype not in DTYPES:
        raise Unsupported(f"a constant at {dtype}: {' or '.join(DTYPES)} can be read")
    if isinstance(value, float) and isnan(value):
        return NOTHING
    if isinstance(value, int) and value.bit_length() <= SIGNIFICANDS[dtype]:
        return Rational(Fraction(value))
    rounded = to_float64(value) if dtype == "float64" else to_float32(value)
    if not isfinite(rounded):
        return INFINITY if rounded > 0 else MINUS_INFINITY
    return Rational(Fraction(rounded))


def to_float64(value: float | Fraction) -> float:
    """The value rounded to the nearest float64, an infinity beyond the largest."""
    try:
        return float(value)
    except OverflowError:  # of an integer or a fraction
        return inf if value > 0 else -inf


def to_float32(value: float) -> float:
    """The value rounded to the nearest float32, an infinity beyond the largest."""
    try:
        return float(struct.unpack("f", struct.pack("f", to_float64(value)))[0])
    except OverflowError:
        return inf if value > 0 else -inf


def check_cast(name: str, source: Any, target: Any, formats: Callable[[Any], Any]) -> None:
    """Unsupported unless the floating-point type `target` holds every number of `source`.

    formats  the framework's finfo
    """
    a, b = formats(source), formats(target)
    if not (b.eps <= a.eps and b.max >= a.max and b.tiny <= a.tiny):
        hint = "; --dtype float32 reads it at float32" if str(target).endswith("float32") else ""
        raise Unsupported(f"{name} casts {source} to {target}, which rounds and has no term{hint}")


# --- conditions -------------------------------------------------------------------------

# A condition is how it chooses between two terms.
Choice = Callable[[Term, Term], Term]
Value = Term | Choice


def TRUE(then: Term, otherwise: Term) -> Term:
    return then


def FALSE(then: Term, otherwise: Term) -> Term:
    return otherwise


def choose(condition: Choice, then: Term, otherwise: Term) -> Term:
    """`then` where the condition holds, else `otherwise`."""
    return then if then == otherwise else condition(then, otherwise)


def negate(c: Choice) -> Choice:
    return lambda then, otherwise: c(otherwise, then)


def both(c: Choice, d: Choice) -> Choice:
    return lambda then, otherwise: c(choose(d, then, otherwise), otherwise)


def either(c: Choice, d: Choice) -> Choice:
    return lambda then, otherwise: c(then, choose(d, then, otherwise))


def different(c: Choice, d: Choice) -> Choice:
    return lambda then, otherwise: c(choose(d, otherwise, then), choose(d, then, otherwise))


def compare(relation: str, left: Term, right: Term) -> Choice:
    """The condition `left relation right`; == and != are made of the four of the language, and
    every number lies between the infinities."""
    if left in (INFINITY, MINUS_INFINITY):
        return compare(MIRRORED[relation], right, left)
    if right in (INFINITY, MINUS_INFINITY):
        return TRUE if relation == "!=" or relation[0] == ("<" if right == INFINITY else ">") else FALSE
    if isinstance(left, Rational) and isinstance(right, Rational):
        return TRUE if HOLDS[relation](left.value, right.value) else FALSE
    if left == right and _is_total(left):
        return TRUE if relation in ("==", "<=", ">=") else FALSE
    if relation == "==":
        return both(compare("<=", left, right), compare(">=", left, right))
    if relation == "!=":
        return negate(compare("==", left, right))
    return lambda then, otherwise: Where(relation, left, right, then, otherwise)


RELATIONS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
MIRRORED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
HOLDS: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _is_total(value: Term) -> bool:
    """Whether a term has a value at every x, so that it equals itself: a NaN would not."""
    return not any(isinstance(node, Output | Parameter) or _may_fail(node) for node in subterms(value))


def _may_fail(node: Term) -> bool:
    condition = needed(node) if isinstance(node, Apply) else None
    if condition is None:
        return False
    argument, need = condition
    return need != OFF_ZERO or not isinstance(argument, Rational) or argument == ZERO


def term(value: Value) -> Term:
    """The value as a number: a condition is 1 or 0."""
    if callable(value):
        return choose(value, ONE, ZERO)
    return value


def condition(value: Value) -> Choice:
    """The value as a condition: a number holds where it is not 0."""
    return value if callable(value) else compare("!=", value, ZERO)


# --- the functions that frameworks have names for ----------------------------------------

_SAME = (
    *("neg", "exp", "log", "log1p", "expm1", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh"),
    *("asin", "acos", "atan", "asinh", "acosh", "atanh", "erf", "erfc", "abs", "sign", "sigmoid"),
    *("lgamma", "digamma", "erfinv", "i0", "sinc", "add", "sub", "mul", "div", "min", "max"),
)


def call(name: str, *arguments: Term) -> Term:
    """A function of the language, or one that it has a short form for."""
    if name in ABBREVIATIONS:
        return ABBREVIATIONS[name](*arguments)
    return Apply(name, arguments)


def _named(name: str) -> Callable[..., Term]:
    return lambda *arguments: call(name, *arguments)


def _scaled_bessel(name: str) -> Callable[[Term], Term]:
    """exp(-|x|)*I(x)"""
    return lambda u: call("mul", call("exp", call("neg", call("abs", u))), call(name, u))


def _cube_root(u: Term) -> Term:
    third = Rational(Fraction(1, 3))
    positive, negative = written_power(u, third), call("neg", written_power(call("neg", u), third))
    return Where(">", u, ZERO, positive, Where("<", u, ZERO, negative, ZERO))


def _power(u: Term, exponent: Term) -> Term:
    """A framework's pow; of an exponent that the program holds as an integer, a product."""
    return call("mul", u, u) if exponent == TWO else written_power(u, exponent)


def _extreme(name: str, neutral: Term) -> Callable[[Term, Term], Term]:
    """min or max, for which one of the infinities is no bound."""
    return lambda u, v: v if u == neutral else u if v == neutral else call(name, u, v)


FUNCTIONS: dict[str, Callable[..., Term]] = {
    **{name: _named(name) for name in (*_SAME, *ABBREVIATIONS)},
    "i1": _named("i1"),
    "i0e": _scaled_bessel("i0"),
    "i1e": _scaled_bessel("i1"),
    "min": _extreme("min", INFINITY),
    "max": _extreme("max", MINUS_INFINITY),
    "cbrt": _cube_root,
    "pow": _power,
    "erfcx": lambda u: call("mul", call("exp", call("mul", u, u)), call("erfc", u)),
    "polygamma0": _named("digamma"),
    "polygamma1": _named("trigamma"),
}


def constants(program: CapturedProgram) -> dict[str, list[str]]:
    """For each format, the decimals to which long constants of a program are the nearest, ascending."""
    nodes = [node for part in (program.function, program.derivative) for node in subterms(part)]
    found: dict[str, list[str]] = {}
    for value in sorted({abs(node.value) for node in nodes if isinstance(node, Rational)}):
        near = nearest_decimal(value)
        if near is not None:
            found.setdefault(near[1], []).append(near[0])
    return found


DEFAULT_DOMAIN: Domain = (closed_range(Fraction(-10), Fraction(10)),)


def entry(program: CapturedProgram, domain: Domain = DEFAULT_DOMAIN) -> Entry:
    """The program's claim, that its derivative is that of its function, as an entry."""
    return Entry(program.name, program.function, program.derivative, domain, {}, {}, None, (program.target,))


def explain(target: str, error: BaseException, where: str) -> NotTraced:
    """An error that tracing a function raised, with the line of the user's code that it came from, and what
    to write where that can be told."""
    text = (str(error).splitlines() or [""])[0]
    place = _place(error)
    if type(error).__name__ in _DATA_DEPENDENT or any(part in text for part in _READING):
        text = value_is_read(where)
    elif _COMPILED in text:
        text = "it is compiled: name the function that torch.compile was given"
    elif _NO_GRADIENT in text:
        text = f"{describe_error(error)}: {_INSTEAD_OF_GRAD}"
    elif not place or any(word in text.lower() for word in _OF_SHAPES):
        text = f"{describe_error(error)}: {_OF_ONE_NUMBER}"
    else:
        text = describe_error(error)
    return NotTraced(f"{target}{place}: {text}")


def value_is_read(where: str) -> str:
    """What is said of a program that needs its argument's value.

    where  the function of the framework that chooses in the place of an if
    """
    return f"its value is read while it runs (if, float, numpy): {where} is the form that can be traced"


_COMPILED = "dynamo-optimized"
_NO_GRADIENT = "does not require grad"
_INSTEAD_OF_GRAD = (
    "either its result does not depend on x, or it takes a gradient itself, for which "
    "torch.func.grad(g)(x) is the form that can be traced, in the place of torch.autograd.grad"
)
_OF_SHAPES = ("dimension", "shape", "size", "index out of range", "expected dtype", "argument")
_OF_ONE_NUMBER = (
    "if it wants arrays, integers or more arguments, name a function of one number that makes them, "
    "such as def f(x): return g(x.reshape(1, 1), ...)"
)
_READING = (".numpy()", "tracing tensor")
_DATA_DEPENDENT = (
    *("TracerBoolConversionError", "ConcretizationTypeError", "TracerIntegerConversionError"),
    *("TracerArrayConversionError", "GuardOnDataDependentSymNode", "DataDependentOutputException"),
)
_LIBRARIES = tuple({sysconfig.get_paths()[key] for key in ("stdlib", "purelib", "platlib")})
_OWN = str(Path(__file__).parents[1])


def _place(error: BaseException) -> str:
    """The innermost line of the user's own code that an error passed through."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith((*_LIBRARIES, _OWN, "<"))
    ]
    return f", {frames[-1].filename}:{frames[-1].lineno}" if frames else ""


def checked(value: Term, target: str) -> Term:
    """The term, if it is within the limits of a formula; CaptureError else."""
    try:
        check_size(value)
    except TermError as error:
        raise TooLarge(f"{target}: the program is too large: {error}") from error
    return value
