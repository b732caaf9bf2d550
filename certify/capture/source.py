"""Where the backward that was captured stands in the user's files, where that can be told."""

from __future__ import annotations

import inspect
import linecache
import os
from collections.abc import Iterator
from functools import partial
from typing import Any

Place = tuple[str, int]  # a file, and a line of it

_DEFINES = ("def ", "async def ", "class ")


def place_of(function: Any) -> Place | None:
    """The file and the line of a function's `def`, through what wraps it; None for one that is not Python's,
    or of no file."""
    while isinstance(function, partial):
        function = function.func
    function = inspect.unwrap(getattr(function, "__func__", function))
    if not hasattr(function, "__code__"):
        function = getattr(type(function), "forward", None) or vars(type(function)).get("__call__")
    code = getattr(function, "__code__", None)
    if code is None or code.co_filename.startswith("<"):
        return None
    return code.co_filename, _defined(code.co_filename, code.co_firstlineno)


def _defined(path: str, first: int) -> int:
    """The line of `def` below the decorators, with which a function begins."""
    lines = linecache.getlines(path)
    for number in range(first, len(lines) + 1):
        text = lines[number - 1].strip()
        if text.startswith(_DEFINES):
            return number
        if not text.startswith("@"):
            break
    return first


def backward_of(node: Any) -> Iterator[Place]:
    """Of a tensor's grad_fn: the backwards of the autograd.Functions that it came from, the last first."""
    stack, seen = [node], set()
    while stack:
        node = stack.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        written = getattr(type(node), "_forward_cls", None)
        place = place_of(written.backward) if written is not None else None
        if place is not None:
            yield place
        stack.extend(following for following, _ in node.next_functions)


def rules_of(jaxpr: Any) -> Iterator[Place]:
    """Of a jaxpr: the backwards of the custom_vjps that it calls and the rules of the custom_jvps, less those
    of JAX itself."""
    for eqn in jaxpr.eqns:
        for key in ("bwd", "jvp_jaxpr_fun"):
            place = _told(getattr(getattr(eqn.params.get(key), "debug_info", None), "func_src_info", None))
            if place is not None and f"{os.sep}jax{os.sep}_src{os.sep}" not in place[0]:
                yield place
        for value in eqn.params.values():
            inner = getattr(value, "jaxpr", value)
            if hasattr(inner, "eqns"):
                yield from rules_of(inner)


def _told(text: str | None) -> Place | None:
    """Of JAX's `NAME at FILE:LINE`, which is its word for people: None for any other."""
    path, colon, line = (text or "").rpartition(" at ")[2].rpartition(":")
    if not colon or not line.isdecimal() or not os.path.exists(path):
        return None
    return path, _defined(path, int(line))
