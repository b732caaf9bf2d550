"""Programs of frameworks proved from Python: `certify.capture`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import Any, Literal, TypedDict, Unpack

from certify.api import Goal
from certify.capture.program import CapturedProgram, CaptureError, entry
from certify.capture.rounding import within
from certify.capture.target import INSTALL, capture_function, framework_of
from certify.capture.target import capture as capture_target
from certify.catalogue import CodeEntry, Entry, select
from certify.catalogue.request import Request
from certify.certificate.enclosure import is_name
from certify.claim import Interval, Number, check_name, check_options, domain_of, exact, kinks_of, limits
from certify.language.errors import UsageError
from certify.language.numbers import format_number
from certify.language.terms import Term
from certify.notation.trace import shown, trace
from certify.prover.verdict import Verdict


class Options(TypedDict, total=False):
    """What else `capture` is told."""

    with_: Mapping[str, Any] | None
    at: Mapping[str | int, Number] | None
    framework: Literal["torch", "jax"] | None
    dtype: Literal["float64", "float32"]
    at_most: Number | None
    rtol: Number
    kinks: Mapping[Number, Number | str] | None
    name: str | None
    max_bits: int
    max_seconds: float
    verify: bool


def capture(
    f: str | Callable[..., Any],
    *,
    against: str | Callable[..., Any] | None = None,
    domain: Interval | Sequence[Interval] = (-10, 10),
    tol: Number = "auto",
    **options: Unpack[Options],
) -> Verdict:
    """The verdict on the derivative that PyTorch or JAX runs for a function, its custom backward passes
    included; the program of its gradient is traced at a scalar and read as real arithmetic.

    f         a function of one tensor or array, such as MyFunction.apply; or where one is, as text:
              "torch:torch.nn.functional.silu", "jax:jax.nn.gelu", "mymodule:function"
    against   what it should be the derivative of: an entry of the catalogue, "FILE.toml:NAME", or a function
              of x on `certify.math` names; None for f as it is traced itself
    domain    as of `prove`
    tol       "auto" for the least t that is certified in |f' - s| <= t + t*|f'|, no more than rounded
              constants explain; or an absolute tolerance

    Options, by keyword:

    with_      keyword arguments of f
    at         its other arguments, by name or position, held at numbers: scalars of the dtype
    framework  "torch" or "jax", where f's module imports both or neither
    dtype      "float64" or "float32"
    at_most    the largest t that "auto" takes
    rtol       a relative tolerance, beside a tol that is not "auto"
    kinks, name, max_bits, max_seconds, verify    as of `prove`; the name is f's own, if it has one

    CaptureError, a UsageError, where f cannot be traced or its program has no term; the verdict is of
    exact arithmetic: what the kernels round is another question, that of `certify.kernel`.

    >>> import certify
    >>> certify.capture("torch:torch.nn.functional.softplus", domain=(-1, 1))
    Certified(torch.nn.functional.softplus on [-1, 1], f' = s)
    """
    check_options(options, Options.__optional_keys__)
    name, (bits, deadline) = options.get("name"), limits(options)
    if name is not None:
        check_name(name)
    where = domain_of(domain)
    function = None if against is None else _function_of(against)
    program = _program(f, name, function, options)
    stated = replace(entry(program, where), kinks=kinks_of(options.get("kinks")))
    goal = _goal(program, stated, tol, options)
    return goal.prove(bits, None, deadline, verify=options.get("verify", True))


def _program(
    f: str | Callable[..., Any], name: str | None, against: Term | None, options: Options
) -> CapturedProgram:
    framework, dtype = options.get("framework"), options.get("dtype", "float64")
    if framework is not None and framework not in INSTALL:
        raise UsageError(f"framework is {shown(framework)}, needs {' or '.join(INSTALL)}")
    keywords = _mapping("with_", options.get("with_"))
    held = {key: _text(f"at {key}", value) for key, value in _mapping("at", options.get("at")).items()}
    if isinstance(f, str):
        prefix = f"{framework}:" if framework and f.partition(":")[0] not in INSTALL else ""
        return capture_target(Request(prefix + f, keywords, held, dtype, name), against)
    if not callable(f):
        raise UsageError(f"capture takes a function, or text such as torch:PATH, not {shown(f)}")
    own = name_of(f)
    request = Request(own, keywords, held, dtype, name)
    return capture_function(f, request, framework or _framework_of(f, own), against)


def _mapping(what: str, value: Any) -> Mapping[str, Any]:
    found = {} if value is None else value
    if not isinstance(found, Mapping):
        raise UsageError(f"{what} is {shown(found)}, needs a mapping of arguments by name")
    named = {str(key) if isinstance(key, int) else key: item for key, item in found.items()}
    if not all(isinstance(key, str) for key in named):
        raise UsageError(f"{what} is {shown(found)}, needs a mapping of arguments by name")
    return named


def _text(what: str, value: Any) -> str:
    """The number that an argument is held at, exactly."""
    return value if isinstance(value, str) else format_number(exact(what, value))


def name_of(function: Callable[..., Any]) -> str:
    """What a claim about a function is named: `silu`, `MyFunction.apply`, the class of an object; "f" for
    what has no name, such as a lambda."""
    inner = function.func if isinstance(function, partial) else function
    owner, own = getattr(inner, "__self__", None), getattr(inner, "__name__", type(inner).__name__)
    name = f"{owner.__name__}.{own}" if isinstance(owner, type) else str(own)
    return name if is_name(name) and not name.startswith("_") else "f"


def _framework_of(function: Callable[..., Any], name: str) -> str:
    inner = function.func if isinstance(function, partial) else function
    for place in (inner, getattr(inner, "__self__", None)):
        module = getattr(place, "__module__", None)
        if isinstance(module, str) and module.partition(".")[0] in INSTALL:
            return module.partition(".")[0]
    try:
        return framework_of(inner, name)
    except (CaptureError, AttributeError) as error:
        raise CaptureError(f'{name}: whose function is it? framework="torch" or "jax" says so') from error


def _goal(program: CapturedProgram, stated: Entry, tol: Number, options: Options) -> Goal:
    """The claim at the tolerance, or at the least that rounded constants explain."""
    rtol, most = exact("rtol", options.get("rtol", 0)), options.get("at_most")
    at_most = None if most is None else exact("at_most", most)
    if isinstance(tol, str) and tol.strip() == "auto":
        if rtol:
            raise UsageError("rtol needs a tol that is a number: auto takes t + t*|f'(x)|")
        return within(program, stated, stated.spec((), {}, Fraction(0), Fraction(0)), at_most)
    if at_most is not None:
        raise UsageError("at_most is the largest tolerance that tol='auto' takes")
    return Goal(stated, stated.spec((), {}, exact("tol", tol), rtol))


def _function_of(against: str | Callable[..., Any]) -> Term:
    """f of an entry, at its parameters' defaults; or what a function of x on certify.math computes."""
    if not isinstance(against, str):
        if not callable(against):
            raise UsageError(f"against is {shown(against)}, needs an entry's name or a function of x")
        return trace(against)
    entries = select(against)
    if len(entries) != 1:
        raise UsageError(f"against {against} names {len(entries)} entries, needs one")
    [entry] = entries
    if isinstance(entry, CodeEntry):
        raise UsageError(f"against {against} names code: needs an entry whose function is a formula")
    return entry.spec().bound_terms()[0]
