"""Targets on the command line: `jax:jax.nn.gelu`, `torch:torch.nn.functional.gelu`, `module:function`."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from functools import partial
from importlib.util import find_spec
from types import ModuleType
from typing import Any, NoReturn

from certify.capture.binding import Held, bound, callable_of
from certify.capture.program import CapturedProgram, CaptureError, NotTraced, TooLarge
from certify.capture.source import place_of
from certify.catalogue.request import Request
from certify.language.terms import Term
from certify.notation.hints import or_near
from certify.notation.trace import describe_error, shown

INSTALL = {
    "jax": "pip install jax",
    "torch": "pip install torch (the CPU build is enough)",
}


def capture(request: Request, against: Term | None = None) -> CapturedProgram:
    """The program that a request names.

    against  the function that its gradient should differentiate; its own forward is not read then

    CaptureError where the framework is not installed, the target names no function, the function
    cannot be traced at a scalar, or its program holds what the language has no term for.
    """
    with _contained():
        return _capture(request, against)


@contextmanager
def _contained() -> Iterator[None]:
    """What a target prints goes to standard error; and os._exit is an error in here: it would end this
    process with an exit code that the target chose, 0 among them, before anything is proved."""

    def refuse(status: int) -> NoReturn:
        raise SystemExit(status)  # which the callers of user code catch

    leave = os._exit
    os._exit = refuse
    try:
        with redirect_stdout(sys.stderr):  # what the target prints is none of the results
            yield
    finally:
        os._exit = leave


def _capture(request: Request, against: Term | None) -> CapturedProgram:
    framework, path = _split(request.target)
    if framework:
        import_framework(framework)
    found = find(path, request.target)
    framework = framework or framework_of(found, request.target)
    return _read(framework, found, request, request.name or path.replace(":", "."), against)


def capture_function(
    function: Callable[..., Any], request: Request, framework: str | None = None, against: Term | None = None
) -> CapturedProgram:
    """The program of a function that is at hand, as `capture` of one that is named.

    request    whose target is what messages and, where it has no name, the claim call the function
    framework  torch or jax; None for the one that the function's module has imported
    """
    with _contained():
        found = framework or framework_of(function, request.target)
        import_framework(found)
        return _read(found, function, request, request.name or request.target, against)


def _read(
    framework: str, found: Callable[..., Any], request: Request, title: str, against: Term | None
) -> CapturedProgram:
    target = request.target
    function, request = callable_of(found, request)
    of, held = _reader(framework, request.dtype)
    called = bound(function, request, held)
    try:
        program = of(called, target, title, request.dtype, against)
        return program._replace(source=program.source or place_of(function))
    except (NotTraced, TooLarge):
        raise
    except CaptureError as error:
        raise type(error)(f"{target}: {error}") from error


def _reader(framework: str, dtype: str) -> tuple[Callable[..., CapturedProgram], Held]:
    """What reads a framework's programs, and what makes its tensors; importing it loads the framework."""
    if framework == "jax":
        from certify.capture.jaxpr import held_as, of_jax

        return of_jax, partial(held_as, dtype)
    from certify.capture.aten import held_as, of_torch

    return of_torch, partial(held_as, dtype)


def _split(target: str) -> tuple[str | None, str]:
    framework, colon, path = target.partition(":")
    framework_or_none, named = (framework, path) if framework in INSTALL else (None, target)
    if colon and all(part.isidentifier() for part in named.replace(":", ".").split(".")):
        return framework_or_none, named
    raise CaptureError(f"{target!r}: write jax:PATH, torch:PATH or MODULE:FUNCTION")


def require(module: str, how: str) -> None:
    """Raise CaptureError, which says how to install it, for a module that is missing."""
    if find_spec(module) is None:
        raise CaptureError(f"{module} is not installed: {how}")


def import_framework(framework: str) -> None:
    try:
        importlib.import_module(framework)
    except ImportError as error:
        raise CaptureError(f"{framework} cannot be imported ({error}): {INSTALL[framework]}") from error


def framework_of(function: Callable[..., Any], target: str) -> str:
    """The framework that the function's module has imported."""
    names = vars(sys.modules[function.__module__]).values() if function.__module__ in sys.modules else ()
    modules = {value.__name__.partition(".")[0] for value in names if isinstance(value, ModuleType)}
    found = sorted(modules & INSTALL.keys())
    if len(found) != 1:
        what = "imports neither jax nor torch" if not found else "imports both jax and torch"
        raise CaptureError(f"{target}: its module {what}: write jax:{target} or torch:{target}")
    return found[0]


def find(path: str, target: str) -> Callable[..., Any]:
    """The function at MODULE:FUNCTION or at a dotted path, whose longest importable part is the module."""
    module_name, colon, attributes = path.partition(":")
    parts = module_name.split(".")
    for end in range(len(parts), 0, -1):
        module = _import(".".join(parts[:end]), target)
        if module is not None:
            rest = [*parts[end:], *(attributes.split(".") if colon else ())]
            return _attribute(module, rest, target)
    raise CaptureError(f"{target}: no module named {parts[0]!r}")


def _import(name: str, target: str) -> ModuleType | None:
    """The module; None where there is none of that name."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(error.name + ".")):
            return None
        raise CaptureError(f"{target}: importing {name} fails: {error}") from error
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # the user's module may raise anything, SystemExit too
        raise CaptureError(f"{target}: importing {name} fails: {describe_error(error)}") from error


def _attribute(module: ModuleType, names: list[str], target: str) -> Callable[..., Any]:
    found: Any = module
    for name in names:
        try:
            found = getattr(found, name)
        except AttributeError:
            text = f"{target}: {getattr(found, '__name__', shown(found))} has no {name!r}"
            raise CaptureError(text + or_near(name, dir(found))) from None
        except Exception as error:  # of a user's __getattr__
            raise CaptureError(f"{target}: {describe_error(error)}") from error
    if isinstance(found, ModuleType) or not callable(found):
        raise CaptureError(f"{target}: {'.'.join(names) or module.__name__} is no function")
    result: Callable[..., Any] = found
    return result
