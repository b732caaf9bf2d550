"""Claims made from Python: formulas as text or as functions, numbers as Python has them.

>>> import certify
>>> certify.prove("x*sigmoid(x)", "sigmoid(x) + x*sigmoid(x)*(1 - sigmoid(x))")
Certified(f on [-10, 10], |f' - s| <= 1e-30, 7 tiles, f' = s on (-inf, inf))
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from fractions import Fraction
from typing import Any, TypedDict, Unpack

from certify.api import ANY_TOLERANCE, MAX_PRECISION, Goal
from certify.catalogue import Entry, StatedParameter, kink_of
from certify.certificate.enclosure import is_name
from certify.language.errors import UsageError
from certify.language.names import NAME, RESERVED
from certify.language.numbers import parse_number
from certify.language.spec import LINE, Bound, Range, Spec, closed_range, parse_interval, parse_range, union
from certify.language.terms import Term
from certify.notation.parser import parse
from certify.notation.trace import as_rational, shown, trace
from certify.prover.deadline import MAX_SECONDS, after
from certify.prover.verdict import Certified, Refuted, Verdict
from certify.words.claims import distance

Number = str | int | float | Fraction
Formula = str | Callable[..., Any]
Interval = str | tuple[Number | None, Number | None]

INFINITE = {"lo": ("-inf", float("-inf"), None), "hi": ("inf", "+inf", float("inf"), None)}


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
    domain      (lo, hi) or "lo,hi", whose finite ends are closed, "(lo,hi]" with an open end, or a list
                of them; None and infinities are infinite ends
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

    UsageError for what cannot be meant; TraceError, a UsageError, names a function's line.
    """
    _check_names(options, Options.__optional_keys__)
    bits, seconds = options.get("max_bits", MAX_PRECISION), options.get("max_seconds", MAX_SECONDS)
    if not isinstance(bits, int) or isinstance(bits, bool) or not 64 <= bits <= 2**15:
        raise UsageError(f"max_bits is {shown(bits)}, needs an integer from 64 to {2**15}")
    automatic = isinstance(tol, str) and tol == "auto"
    said: ClaimOptions = {
        "parameters": options.get("parameters"),
        "kinks": options.get("kinks"),
        "name": options.get("name", "f"),
    }
    entry, spec = claim(f, s, domain, 0 if automatic else tol, rtol, **said)
    goal = Goal(entry, spec, ANY_TOLERANCE if automatic else None)
    return goal.prove(bits, None, after(seconds), verify=options.get("verify", True))


def claim(
    f: Formula,
    s: Formula,
    domain: Interval | Sequence[Interval] = (-10, 10),
    tol: Number = "1e-30",
    rtol: Number = 0,
    **options: Unpack[ClaimOptions],
) -> tuple[Entry, Spec]:
    """The entry and the spec that `prove` proves."""
    _check_names(options, ClaimOptions.__optional_keys__)
    name, parameters, kinks = options.get("name", "f"), options.get("parameters"), options.get("kinks")
    if not isinstance(name, str) or not is_name(name):
        raise UsageError(f"name {shown(name)}: a letter, then letters, digits, . _ -")
    if parameters is not None and not isinstance(parameters, Mapping):
        raise UsageError(f"parameters is {shown(parameters)}, needs a mapping such as {{'a': '1/2'}}")
    chosen = {key: _parameter(key, value) for key, value in (parameters or {}).items()}
    function, derivative = _term(f, "f", chosen, output=False), _term(s, "s", chosen, output=True)
    rows = {key: _range_of(value) for key, value in chosen.items()}
    stated = union([_interval(item) for item in _intervals(domain)])
    said = [kink_of(_number(at), str(text)) for at, text in (kinks or {}).items()]
    stated_kinks = dict(said)
    if len(stated_kinks) < len(said):
        raise UsageError("kinks says two things of one point")
    entry = Entry(name, function, derivative, stated, rows, stated_kinks, None, ())
    values = {key: value if isinstance(value, Fraction) else None for key, value in chosen.items()}
    return entry, entry.spec((), values, _number(tol), _number(rtol))


def _check_names(options: Mapping[str, object], known: Collection[str]) -> None:
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
    """The certified verdict, for a test suite; AssertionError with the witness, or with what stood
    in the way, where it is another."""
    verdict = prove(f, s, domain, tol, rtol, **options, verify=True)
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
    return _number(value)


def _range_of(value: Fraction | Range) -> StatedParameter:
    """Any value may stand in the place of one; in a range, a point to look for witnesses at."""
    if isinstance(value, Fraction):
        return StatedParameter(value, LINE)
    return StatedParameter(value.inside(), value)


def _intervals(domain: Interval | Sequence[Interval]) -> list[Interval]:
    """The intervals of a domain: text or a pair of ends is one, anything else a list of them."""
    if isinstance(domain, str):
        return [domain]
    if not isinstance(domain, list | tuple):
        raise UsageError(f"domain is {shown(domain)}, needs (lo, hi), 'lo,hi' or a list of them")
    if len(domain) == 2 and not any(_is_interval(item) for item in domain):
        return [tuple(domain)]
    return list(domain)


def _is_interval(item: object) -> bool:
    return isinstance(item, tuple | list) or (isinstance(item, str) and "," in item)


def _interval(item: Interval) -> Range:
    if isinstance(item, str):
        return parse_interval(item)
    if not isinstance(item, tuple | list) or len(item) != 2:
        raise UsageError(f"domain {shown(item)} is not (lo, hi)")
    lo, hi = item
    return closed_range(_end(lo, INFINITE["lo"]), _end(hi, INFINITE["hi"]))


def _end(value: Number | None, infinite: tuple[object, ...]) -> Bound:
    if value is None or (isinstance(value, str | float) and value in infinite):
        return None
    return _number(value)


def _number(value: Number | None) -> Fraction:
    return parse_number(value.strip()) if isinstance(value, str) else as_rational(value, warn=False)
