"""How a target is called: one argument varies, the others are held or given as they are."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from inspect import Parameter
from typing import Any

from certify.capture.program import CaptureError, to_float32, to_float64
from certify.catalogue.request import Request
from certify.notation.hints import or_near
from certify.notation.trace import describe_error

Held = Callable[[float, Any], Any]  # a number as a tensor like another
_POSITIONAL = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)


@dataclass(frozen=True)
class Bound:
    """A function of the one argument that varies, with the others at what `held` makes of their numbers.

    holds  whether there are others that are held
    """

    call: Callable[[Any, Held], Any]
    held: Held
    holds: bool

    def __call__(self, x: Any) -> Any:
        return self.call(x, self.held)


def attached(
    function: Callable[[Any], Any], attach: Callable[[Any, Any], Any]
) -> Callable[[Any], Any] | None:
    """The function with attach(held, x) in the place of each held argument; None where none is held."""
    if not isinstance(function, Bound) or not function.holds:
        return None
    held = function.held
    return replace(function, held=lambda value, x: attach(held(value, x), x))


def bound(function: Callable[..., Any], request: Request, held: Held) -> Bound:
    """The function of the one argument that varies: the first that is neither held nor a keyword.

    held  makes the tensor of a number that is held; it is called each time that the function is

    CaptureError for an argument that the function does not have, or one more that it needs.
    """
    numbers = {name: _rounded(request, name, value) for name, value in request.numbers().items()}
    parameters = _parameters(function)
    if parameters is None:
        return Bound(_by_position(function, request, numbers), held, bool(numbers))
    return Bound(_by_name(function, parameters, request, numbers), held, bool(numbers))


def _rounded(request: Request, name: str, value: Fraction) -> float:
    """The number of the dtype nearest to what is held."""
    found = to_float64(value)
    found = found if request.dtype == "float64" else to_float32(found)
    if abs(found) == float("inf"):
        raise CaptureError(f"{request.target}: {name} is held beyond the largest {request.dtype}")
    return found


def _parameters(function: Callable[..., Any]) -> list[Parameter] | None:
    """The parameters; None for a built-in function, which tells only when it is called, and for one that
    takes any number of arguments."""
    described, contexts = function, 0
    owner: Any = getattr(function, "__self__", None)
    if inspect.isclass(owner) and _is_a(owner, *_FUNCTION):  # its apply
        described, contexts = getattr(owner, "forward"), int(not _sets_context(owner))  # noqa: B009
    elif _is_a(type(function), *_MODULE):
        described = getattr(function, "forward", function)
    try:
        found = list(inspect.signature(described).parameters.values())[contexts:]
    except (TypeError, ValueError):
        return None
    return None if any(p.kind is Parameter.VAR_POSITIONAL for p in found) else found


_FUNCTION = ("torch.autograd.function", "Function")
_MODULE = ("torch.nn.modules.module", "Module")


def _is_a(kind: type, module: str, name: str) -> bool:
    """Whether a class is one of PyTorch's, or made from it; PyTorch need not be there."""
    return any(base.__module__ == module and base.__name__ == name for base in kind.__mro__)


def _sets_context(kind: Any) -> bool:
    """Whether an autograd.Function has a setup_context of its own, so that forward takes no context."""
    written = [base for base in kind.__mro__ if not base.__module__.startswith("torch.")]
    return any("setup_context" in vars(base) for base in written)


def _by_position(
    function: Callable[..., Any], request: Request, numbers: Mapping[str, float]
) -> Callable[[Any, Held], Any]:
    """Held by their positions, with the varying one at the first that is left; by names as keywords."""
    places = {int(name): value for name, value in numbers.items() if name.isdecimal()}
    named = {name: value for name, value in numbers.items() if not name.isdecimal()}
    varies = next(place for place in range(len(places) + 1) if place not in places)
    count = max(varies, *places, 0) + 1
    missing = [place for place in range(count) if place not in places and place != varies]
    if missing:
        how = f"--at {missing[0]}=NUMBER holds it"
        raise CaptureError(f"{request.target}: argument {missing[0]} is needed before the held one: {how}")

    def call(x: Any, held: Held) -> Any:
        positional = [held(places[i], x) if i in places else x for i in range(count)]
        keywords = {name: held(value, x) for name, value in named.items()}
        return function(*positional, **keywords, **request.keywords)

    return call


def _by_name(
    function: Callable[..., Any],
    parameters: list[Parameter],
    request: Request,
    numbers: Mapping[str, float],
) -> Callable[[Any, Held], Any]:
    places = [p for p in parameters if p.kind in _POSITIONAL]
    names = [p.name for p in parameters if p.kind is not Parameter.VAR_KEYWORD]
    open_ended = len(names) < len(parameters)
    values = {_name_at(request, places, name): value for name, value in numbers.items()}
    if len(values) < len(numbers):
        raise CaptureError(f"{request.target}: an argument is held by its name and by its position")
    for name in (*values, *request.keywords):
        if name not in names and not open_ended:
            known = f"{or_near(name, names) or ':'} it is a function of {', '.join(names)}"
            raise CaptureError(f"{request.target} has no parameter {name!r}{known}")
    left = [p for p in places if p.name not in values and p.name not in request.keywords]
    if not left:
        raise CaptureError(f"{request.target}: no argument is left that varies: one less held")
    varies, *others = left
    _check_rest(request, [p.name for p in places], [p.name for p in others if p.default is p.empty])

    def call(x: Any, held: Held) -> Any:
        held_ones = {name: held(value, x) for name, value in values.items()}
        given = {varies.name: x, **held_ones, **request.keywords}
        positional = []
        for parameter in places:  # by position as far as there is no gap
            if parameter.name not in given:
                break
            positional.append(given.pop(parameter.name))
        return function(*positional, **given)

    return call


def _name_at(request: Request, places: list[Parameter], name: str) -> str:
    """The parameter's name for a position."""
    if not name.isdecimal():
        return name
    if int(name) >= len(places):
        raise CaptureError(f"{request.target} has {len(places)} positional parameters, and none at {name}")
    return places[int(name)].name


def _check_rest(request: Request, names: list[str], needed: list[str]) -> None:
    if needed:
        first = needed[0]
        raise CaptureError(
            f"{request.target} is a function of {', '.join(names)}, needs one variable: --at {first}=NUMBER "
            f"holds another at a number, --with {first}=VALUE gives it a Python value"
        )


def callable_of(found: Any, request: Request) -> tuple[Callable[..., Any], Request]:
    """What is called of what a target names, and how: the apply of an autograd.Function, or an instance of a
    class of modules, which takes the keywords; CaptureError for another class."""
    if not inspect.isclass(found):
        return found, request
    kind: Any = found
    if _is_a(kind, *_FUNCTION):
        return kind.apply, request
    if not _is_a(kind, *_MODULE):
        raise CaptureError(f"{request.target} is a class: name a function, or an instance that can be called")
    try:
        module = kind(**request.keywords)
    except Exception as error:  # of a user's constructor
        needed = _missing(kind, request)
        how = f"--with {needed}=VALUE gives it" if needed else "name a function that makes one and calls it"
        said = f"{request.target} is a class, and making one fails: {describe_error(error)}: {how}"
        raise CaptureError(said) from error
    import torch

    return module.to(getattr(torch, request.dtype)), replace(request, keywords={})


def _missing(kind: type, request: Request) -> str | None:
    """The first argument that a class's constructor needs and is not given."""
    try:
        parameters = inspect.signature(kind).parameters.values()
    except (TypeError, ValueError):
        return None
    needed = [p.name for p in parameters if p.default is p.empty and p.kind in _POSITIONAL]
    return next((name for name in needed if name not in request.keywords), None)
