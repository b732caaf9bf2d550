"""Ordinary Python functions as terms: a function is called once, on a symbol.

Operators and the names of `certify.math` build a term while the function runs.  What a term
cannot hold is refused where it stands: a condition used as a bool, compared or hashed, a call of the
standard library's math, a value that is no number.  A function that catches the refusal and goes on
is refused all the same, since what it returns then is not what it computes of a number.
"""

from __future__ import annotations

import inspect
import sys
import traceback
import warnings
from collections.abc import Callable, Collection, Mapping
from contextvars import ContextVar
from decimal import Decimal
from fractions import Fraction
from numbers import Rational as RationalNumber
from typing import Any, NoReturn

from certify.language.errors import CertifyError, UsageError
from certify.language.numbers import MAX_DIGITS, MAX_EXPONENT
from certify.language.terms import Apply, Parameter, Rational, Term, X, Y, check_size, written_power


class TraceError(UsageError):
    """A function that is no formula: what stands where in it."""


class ExactDoubleWarning(UserWarning):
    """A float in a formula is the double that it is, not the decimal that it was written as."""


# The refusals of the function that is traced now: it may catch them, and must not get away with it.
_refusals: ContextVar[list[TraceError] | None] = ContextVar("refusals", default=None)


def refuse(why: str) -> NoReturn:
    """Raise a TraceError that the function which is traced cannot make undone."""
    error = TraceError(why)
    met = _refusals.get()
    if met is not None:
        met.append(error)
    raise error


class Comparison:
    """A comparison of two expressions, for `certify.math.where`."""

    def __init__(self, relation: str, left: Term, right: Term) -> None:
        self.relation, self.left, self.right = relation, left, right

    def __bool__(self) -> NoReturn:
        refuse("a condition on x is used as a bool (if, while, and, or): use certify.math.where")

    def __eq__(self, other: object) -> NoReturn:
        refuse("a condition on x is compared: use certify.math.where")

    def __hash__(self) -> int:
        refuse("a condition on x is looked up: use certify.math.where")


class Expression:
    """A term that Python's operators apply to."""

    __slots__ = ("term",)
    __array_ufunc__ = None  # numpy leaves the operators to this class

    def __init__(self, term: Term) -> None:
        self.term = term

    def __repr__(self) -> str:
        from certify.language.printer import print_term

        return f"Expression({print_term(self.term)})"

    def __add__(self, other: Any) -> Expression:
        return _binary("add", self, other)

    def __radd__(self, other: Any) -> Expression:
        return _binary("add", other, self)

    def __sub__(self, other: Any) -> Expression:
        return _binary("sub", self, other)

    def __rsub__(self, other: Any) -> Expression:
        return _binary("sub", other, self)

    def __mul__(self, other: Any) -> Expression:
        return _binary("mul", self, other)

    def __rmul__(self, other: Any) -> Expression:
        return _binary("mul", other, self)

    def __truediv__(self, other: Any) -> Expression:
        return _binary("div", self, other)

    def __rtruediv__(self, other: Any) -> Expression:
        return _binary("div", other, self)

    def __pow__(self, other: Any) -> Expression:
        return Expression(written_power(self.term, as_term(other)))

    def __rpow__(self, other: Any) -> Expression:
        return Expression(written_power(as_term(other), self.term))

    def __neg__(self) -> Expression:
        return Expression(Apply("neg", (self.term,)))

    def __pos__(self) -> Expression:
        return self

    def __abs__(self) -> Expression:
        return Expression(Apply("abs", (self.term,)))

    def __lt__(self, other: Any) -> Comparison:
        return Comparison("<", self.term, as_term(other))

    def __le__(self, other: Any) -> Comparison:
        return Comparison("<=", self.term, as_term(other))

    def __gt__(self, other: Any) -> Comparison:
        return Comparison(">", self.term, as_term(other))

    def __ge__(self, other: Any) -> Comparison:
        return Comparison(">=", self.term, as_term(other))

    def __eq__(self, other: object) -> NoReturn:
        refuse("== and != of expressions are no conditions: use <, <=, > or >=")

    def __hash__(self) -> int:
        refuse("an expression in x is looked up in a set or a dictionary: use certify.math.where")

    def __bool__(self) -> NoReturn:
        refuse("an expression in x is used as a bool: use certify.math.where")

    def __float__(self) -> NoReturn:
        refuse("an expression in x is no float: use the functions of certify.math, not of math")

    __int__ = __index__ = __complex__ = __round__ = __trunc__ = __floor__ = __ceil__ = __float__

    def __mod__(self, other: Any) -> NoReturn:
        refuse("// and % and the operators of bits have no formula")

    __rmod__ = __floordiv__ = __rfloordiv__ = __divmod__ = __rdivmod__ = __mod__
    __and__ = __rand__ = __or__ = __ror__ = __xor__ = __rxor__ = __matmul__ = __rmatmul__ = __mod__
    __lshift__ = __rlshift__ = __rshift__ = __rrshift__ = __mod__

    def __array__(self, *_: Any) -> NoReturn:
        refuse("an expression in x is no array: use the functions of certify.math, not of numpy")


def _binary(name: str, left: Any, right: Any) -> Expression:
    return Expression(Apply(name, (as_term(left), as_term(right))))


def as_term(value: Any) -> Term:
    """A number or an expression as a term; a float is taken as the double that it is."""
    if isinstance(value, Expression):
        return value.term
    if isinstance(value, Comparison):
        refuse("a condition stands where a number is needed: use certify.math.where")
    return Rational(as_rational(value))


def as_rational(value: Any, *, warn: bool = True) -> Fraction:
    """An int, Fraction, Decimal or float, exactly; an ExactDoubleWarning, if asked for, where a float
    is not the decimal that it prints as."""
    if isinstance(value, bool) or not isinstance(value, RationalNumber | Decimal | float):
        kind = type(value).__name__
        refuse(f"{shown(value)} is of type {kind}, needs a number or an expression in x")
    if isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) > MAX_EXPONENT:
        raise TraceError(f"{shown(value)}: an exponent of at most {MAX_EXPONENT} is read")
    try:
        exact = Fraction(value)
        exact = Fraction(int(exact.numerator), int(exact.denominator))  # numpy's integers overflow
    except (ValueError, OverflowError) as error:
        raise TraceError(f"{shown(value)} is no real number") from error
    if max(exact.numerator.bit_length(), exact.denominator.bit_length()) > _MOST_BITS:
        raise TraceError(f"a number of more than {MAX_DIGITS} digits")
    if warn and isinstance(value, float) and exact != Fraction(repr(float(value))):
        text = f"{value!r} is taken as the double that it is, {Decimal(value)}; Fraction or a string is exact"
        filename, line = _caller()
        warnings.warn_explicit(text, ExactDoubleWarning, filename, line)
    return exact


_MOST_BITS = MAX_DIGITS * 10 // 3  # 10**3 is less than 2**10


def shown(value: Any) -> str:
    """A value for a message, in one short line."""
    try:
        text = ascii(value)
    except Exception:  # its own repr, or an integer of too many digits
        text = f"a value of type {type(value).__name__}"
    return text if len(text) <= 80 else f"{text[:77]}..."


def arguments(function: Callable[..., Any]) -> tuple[str, ...]:
    """The names of a function's arguments; TraceError for one that takes any number of them."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError) as error:
        raise TraceError(f"{_name(function)}: its arguments are not known") from error
    kinds = {p.kind for p in signature.parameters.values()}
    if kinds & {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}:
        raise TraceError(f"{_name(function)} takes any number of arguments, needs x and named parameters")
    return tuple(name for name, p in signature.parameters.items() if p.default is inspect.Parameter.empty)


def trace(function: Callable[..., Any], parameters: Collection[str] = (), *, output: bool = False) -> Term:
    """The term that a function of x computes; its arguments are x, y for the forward output where
    `output` is set, and parameters by name.

    TraceError, with the line, for what is no formula.
    """
    first, *rest = arguments(function) or ("",)
    if not first:
        raise TraceError(f"{_name(function)} takes no argument, needs x")
    values: dict[str, Expression] = {}
    for name in rest:
        if output and name == "y":
            values[name] = Expression(Y)
        elif name in parameters:
            values[name] = Expression(Parameter(name))
        else:
            hint = f"give it a value: parameters={{{name!r}: ...}}"
            raise TraceError(f"{_name(function)} has an argument {name!r} beside {first!r}: {hint}")
    term = as_term(_call(function, Expression(X), values))
    check_size(term)
    return term


def _call(function: Callable[..., Any], x: Expression, values: Mapping[str, Expression]) -> Any:
    met: list[TraceError] = []
    token = _refusals.set(met)
    try:
        result = function(x, **values)
    except TraceError as error:
        raise TraceError(f"{_place(function, error)}: {error}") from error
    except (CertifyError, KeyboardInterrupt):
        raise
    except BaseException as error:  # SystemExit too: what a formula raises is no verdict
        raise TraceError(f"{_place(function, error)}: {describe_error(error)}") from error
    finally:
        _refusals.reset(token)
    if met:  # caught by the function, which went on
        raise TraceError(f"{_place(function, met[0])}: {met[0]}") from met[0]
    if not isinstance(result, Expression | RationalNumber | Decimal | float):
        raise TraceError(f"{_name(function)} returns {type(result).__name__}, needs an expression in x")
    return result


def describe_error(error: BaseException) -> str:
    """The type of an error that somebody else raised, and its first line."""
    line = next(iter(str(error).splitlines()), "")
    text = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in line)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


_OWN = __file__.rpartition("/")[0]


def _caller() -> tuple[str, int]:
    """File and line of the innermost frame that is outside this package."""
    frame = sys._getframe()
    while frame.f_back and frame.f_code.co_filename.startswith(_OWN):
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno


def _place(function: Callable[..., Any], error: BaseException) -> str:
    """The innermost line of an error that is outside this package."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith(_OWN)]
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else _name(function)


def _name(function: Callable[..., Any]) -> str:
    return str(getattr(function, "__qualname__", function))
