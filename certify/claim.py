"""Claims made from Python: formulas as text or as functions, numbers as Python has them.

>>> import certify
>>> certify.prove("x*sigmoid(x)", "sigmoid(x) + x*sigmoid(x)*(1 - sigmoid(x))")
Certified(f on [-10, 10], |f' - s| <= 1e-30, 10 tiles, f' = s on (-inf, inf))
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from numbers import Rational, Real
from typing import Any, TypedDict, Unpack

from certify.api import ANY_TOLERANCE, MAX_PRECISION, Goal
from certify.catalogue import Entry, StatedKink, StatedParameter, kink_of
from certify.certificate.enclosure import is_name
from certify.language.errors import UsageError
from certify.language.names import NAME, RESERVED
from certify.language.numbers import parse_number
from certify.language.spec import (
    LINE,
    Bound,
    Domain,
    Range,
    Spec,
    closed_range,
    parse_interval,
    parse_range,
    union,
)
from certify.language.terms import Term
from certify.notation.parser import parse
from certify.notation.trace import as_rational, shown, trace
from certify.prover.deadline import MAX_SECONDS, Deadline, after
from certify.prover.verdict import Certified, Refuted, Verdict
from certify.words.claims import distance

Number = str | int | float | Fraction | Decimal
Formula = str | Callable[..., Any]
Interval = str | Sequence[Number | None]


class ClaimOptions(TypedDict, total=False):
    """What else a claim says: see `prove`."""

    parameters: Mapping[str, Number | str] | None
    kinks: Mapping[Number, Number | str] | None
    name: str


class SearchOptions(ClaimOptions, total=False):
    """And how far the search for its proof goes."""

    max_bits: int
    max_seconds: float


class Options(SearchOptions, total=False):
    """And whether the proof is verified."""

    verify: bool


def prove(
    f: Formula,
    s: Formula,
    domain: Interval | Sequence[Interval] = (-10, 10),
    tol: Number = "1e-30",
    rtol: Number = 0,
    **options: Unpack[Options],
) -> Verdict:
    """The verdict on |f'(x) - s(x)| <= tol + rtol*|f'(x)| for every x of the domain.

    f, s        formulas as text, or functions of x on `certify.math` names; s may take y, the
                forward output f(x), and both may take parameters by name
    domain      (lo, hi), [lo, hi] or "lo,hi", whose finite ends are closed, "(lo,hi]" with an open end, or
                a list of these, for their union; None and infinities are infinite ends
    tol, rtol   exact as text, int or Fraction; a float is the double that it is; both 0 is f' = s;
                tol="auto" for the least that is certified, within a factor of 2

    Options, by keyword:

    parameters   a value for each, or a range such as "(0, inf)" for every value in it
    kinks        at points where f's formula changes, what s must be there, or "jump" or "open" to
                 except one; else f must be continuous and s between its one-sided derivatives
    name         of the claim, and of its certificate: "f"
    max_bits     the most bits of precision that the search may use: 16384
    max_seconds  when it is given up as undecided: 60; it changes no proof
    verify       whether the independent verifier looks at the proof, as it does: without, it is
                 never `Certified`

    Returns `Certified`, `Refuted`, `Undecided` or `Proved` (not verified); only `Certified` is true.
    UsageError for what cannot be meant; TraceError, a UsageError, names a function's line.

    >>> import certify
    >>> from certify import math as m
    >>> certify.prove("x*sigmoid(x)", "sigmoid(x)*(1 + x - y)", domain=(-1, 1))
    Certified(f on [-1, 1], |f' - s| <= 1e-30, 2 tiles, f' = s on (-inf, inf))
    >>> f, s = lambda x, a: m.exp(a*x), lambda x, y, a: a*y
    >>> certify.prove(f, s, (None, None), parameters={"a": "(0, inf)"})
    Certified(f on (-inf, inf) for every a in (0, inf), f' = s)
    >>> certify.prove("max(x, 0)", "where(x > 0, 1, 0)", kinks={0: "1/2"}, name="relu")
    Refuted(relu on [-10, 10], x = 0)
    """
    check_options(options, Options.__optional_keys__)
    bits, deadline = limits(options)
    automatic = isinstance(tol, str) and tol == "auto"
    said: ClaimOptions = {"parameters": options.get("parameters"), "kinks": options.get("kinks")}
    said["name"] = options.get("name", "f")
    entry, spec = claim(f, s, domain, 0 if automatic else tol, rtol, **said)
    goal = Goal(entry, spec, ANY_TOLERANCE if automatic else None)
    return goal.prove(bits, None, deadline, verify=options.get("verify", True))


def claim(
    f: Formula,
    s: Formula,
    domain: Interval | Sequence[Interval] = (-10, 10),
    tol: Number = "1e-30",
    rtol: Number = 0,
    **options: Unpack[ClaimOptions],
) -> tuple[Entry, Spec]:
    """The entry and the spec that `prove` proves."""
    check_options(options, ClaimOptions.__optional_keys__)
    name, parameters = options.get("name", "f"), options.get("parameters")
    check_name(name)
    if parameters is not None and not isinstance(parameters, Mapping):
        raise UsageError(f"parameters is {shown(parameters)}, needs a mapping such as {{'a': '1/2'}}")
    chosen = {key: _parameter(key, value) for key, value in (parameters or {}).items()}
    function, derivative = _term(f, "f", chosen, output=False), _term(s, "s", chosen, output=True)
    rows = {key: _range_of(value) for key, value in chosen.items()}
    entry = Entry(
        name, function, derivative, domain_of(domain), rows, kinks_of(options.get("kinks")), None, ()
    )
    values = {key: value if isinstance(value, Fraction) else None for key, value in chosen.items()}
    return entry, entry.spec((), values, exact("tol", tol), exact("rtol", rtol))


def check_name(name: object) -> None:
    """UsageError for what is no name of a claim, or the name of another claim's file."""
    if not isinstance(name, str) or not is_name(name):
        raise UsageError(f"name {shown(name)}: a letter, then letters, digits, . _ -")
    if name.endswith((".cert", ".refuted")):
        raise UsageError(f"name {shown(name)}: its file would pass for one of {name.rpartition('.')[0]}")


def limits(options: Mapping[str, object]) -> tuple[int, Deadline]:
    """The most bits of a search, and when it is given up; UsageError for what is neither."""
    bits, seconds = options.get("max_bits", MAX_PRECISION), options.get("max_seconds", MAX_SECONDS)
    if not isinstance(bits, int) or isinstance(bits, bool) or not 64 <= bits <= 2**15:
        raise UsageError(f"max_bits is {shown(bits)}, needs an integer from 64 to {2**15}")
    if not isinstance(seconds, int | float) or isinstance(seconds, bool):
        raise UsageError(f"max_seconds is {shown(seconds)}, needs a number of seconds")
    return bits, after(seconds)


def kinks_of(kinks: Mapping[Number, Number | str] | None) -> dict[Term, StatedKink]:
    """What is stated of kinks, by the point."""
    if kinks is not None and not isinstance(kinks, Mapping):
        raise UsageError(f"kinks is {shown(kinks)}, needs a mapping such as {{0: '1/2'}} or {{20: 'jump'}}")
    rows = [
        kink_of(
            exact("a kink", at), what.strip() if isinstance(what, str) else str(exact(f"kink {at}", what))
        )
        for at, what in (kinks or {}).items()
    ]
    stated = dict(rows)
    if len(stated) < len(rows):
        raise UsageError("kinks says two things of one point")
    return stated


def check_options(options: Mapping[str, object], known: Collection[str]) -> None:
    """TypeError for a keyword that is none of these."""
    __tracebackhide__ = True
    for name in options:
        if name not in known:
            raise TypeError(f"unexpected keyword argument {name!r}, needs one of {', '.join(sorted(known))}")


def assert_derivative(
    f: Formula,
    s: Formula,
    domain: Interval | Sequence[Interval] = (-10, 10),
    tol: Number = "1e-30",
    rtol: Number = 0,
    **options: Unpack[SearchOptions],
) -> Certified:
    """The certified verdict, for a test suite; arguments as of `prove`.

    AssertionError where it is another, with the point, f', s and how far apart they are, or with what stood
    in the way; pytest shows these words at the line of the test.  UsageError for what cannot be meant.

    >>> import certify
    >>> certify.assert_derivative("x**3", "3*x**2", name="cube")
    Certified(cube on [-10, 10], |f' - s| <= 1e-30, 1 tile, f' = s on (-inf, inf))

    Many, one test each:

        RULES = {"tanh": ("tanh(x)", "1 - y**2"), "silu": ("x*sigmoid(x)", "sigmoid(x)*(1 + x - y)")}

        @pytest.mark.parametrize("name", RULES)
        def test_derivative(name):
            certify.assert_derivative(*RULES[name], domain=(-20, 20), name=name)
    """
    __tracebackhide__ = True
    check_options(options, SearchOptions.__optional_keys__)
    try:
        verdict = prove(f, s, domain, tol, rtol, **options, verify=True)
    except UsageError as error:
        raise error.with_traceback(None) from None
    if isinstance(verdict, Certified):
        return verdict
    message = verdict.lines()
    if isinstance(verdict, Refuted):
        message.append(f"  so |f'(x) - s(x)| is {distance(verdict.certificate)}")
    raise AssertionError("\n".join(message))


def _term(formula: Formula, what: str, parameters: Mapping[str, Any], *, output: bool) -> Term:
    if isinstance(formula, str):
        try:
            return parse(formula, tuple(parameters), output=output)
        except UsageError as error:
            raise UsageError(f"{what}: {error}") from error
    if not callable(formula):
        raise UsageError(f"{what} is of type {type(formula).__name__}, needs text or a function")
    return trace(formula, parameters, output=output)


def _parameter(name: str, value: Number | str) -> Fraction | Range:
    if not isinstance(name, str) or not NAME.match(name) or name in RESERVED:
        raise UsageError(f"parameter {shown(name)} already has a meaning, or is no name")
    if isinstance(value, str) and value.lstrip()[:1] in ("(", "["):
        return parse_range(value)
    return exact(f"parameter {name}", value)


def _range_of(value: Fraction | Range) -> StatedParameter:
    """Any value may stand in the place of one; in a range, a point to look for witnesses at."""
    if isinstance(value, Fraction):
        return StatedParameter(value, LINE)
    return StatedParameter(value.inside(), value)


# --- numbers and domains ------------------------------------------------------------------


def domain_of(domain: Interval | Sequence[Interval]) -> Domain:
    """The union of intervals, each written as one likes; UsageError for what is none."""
    return union([_interval(item) for item in _intervals(domain)])


def _intervals(domain: Any) -> list[Any]:
    """The intervals of a domain: text or a pair of ends is one, anything else a list of them."""
    if isinstance(domain, str):
        return [domain]
    items = domain.tolist() if hasattr(domain, "tolist") else domain  # an array
    if not isinstance(items, list | tuple) or not items:
        raise UsageError(f"domain is {shown(domain)}, needs (lo, hi), 'lo,hi' or a list of them")
    if any(_is_interval(item) for item in items):
        return list(items)
    if len(items) != 2:
        raise UsageError(f"domain {shown(domain)} has {len(items)} ends, needs (lo, hi) or a list of them")
    return [tuple(items)]


def _is_interval(item: object) -> bool:
    return isinstance(item, tuple | list) or (isinstance(item, str) and "," in item)


def _interval(item: Any) -> Range:
    if isinstance(item, str):
        return parse_interval(item)
    if not isinstance(item, tuple | list) or len(item) != 2:
        raise UsageError(f"domain {shown(item)} is not (lo, hi)")
    what, (low, high) = f"domain {shown(tuple(item))}", item
    lo: Bound = None if _is_infinite(low, ("-inf",)) else exact(what, low)
    return closed_range(lo, None if _is_infinite(high, ("inf", "+inf")) else exact(what, high))


def _is_infinite(value: Any, texts: tuple[str, ...]) -> bool:
    if isinstance(value, str):
        return value.strip() in texts
    return value is None or (isinstance(value, Real) and value == float(texts[0]))


def exact(what: str, value: Any) -> Fraction:
    """The number, exactly: text, int, Fraction, Decimal, a float as the double that it is, numpy's too;
    UsageError, which begins with `what`, for anything else."""
    try:
        if isinstance(value, str):
            return parse_number(value.strip())
        if isinstance(value, bool) or not isinstance(value, Real | Decimal):
            kind = f"{shown(value)} is of type {type(value).__name__}"
            raise UsageError(f"{kind}, needs a number: int, Fraction, float, or text such as '1/3'")
        known = isinstance(value, Rational | Decimal | float)
        return as_rational(value if known else _ratio(value), warn=False)
    except UsageError as error:
        raise UsageError(f"{what}: {error}") from error


def _ratio(value: Any) -> Fraction:
    """numpy's floats of other sizes as what they are."""
    try:
        return Fraction(*map(int, value.as_integer_ratio()))
    except (ValueError, OverflowError) as error:
        raise UsageError(f"{shown(value)} is no real number") from error
    except AttributeError as error:
        kind = f"{shown(value)} is of type {type(value).__name__}"
        raise UsageError(
            f"{kind}, which does not tell its exact value: needs int, Fraction, float or text"
        ) from error
