"""Checks removed one by one: a `raise Rejected` becomes nothing, in the running program."""

import ast
import inspect
from contextlib import contextmanager
from pathlib import Path


def sites(module):
    """The lines of a module's `raise Rejected` statements."""
    tree = ast.parse(Path(module.__file__).read_text())
    return [node.lineno for node in ast.walk(tree) if _raises_rejection(node)]


def _raises_rejection(node):
    is_call = isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)
    return is_call and isinstance(node.exc.func, ast.Name) and node.exc.func.id == "Rejected"


class _Remove(ast.NodeTransformer):
    def __init__(self, line):
        self.line = line

    def visit_Raise(self, node):
        if node.lineno == self.line and _raises_rejection(node):
            return ast.copy_location(ast.Pass(), node)
        return node


@contextmanager
def removed(module, line):
    """The module with one check removed: the function that holds it runs without it meanwhile."""
    tree = ast.fix_missing_locations(_Remove(line).visit(ast.parse(Path(module.__file__).read_text())))
    function = _holder(module, line)
    before = function.__code__
    (weaker,) = (code for code in _codes(compile(tree, module.__file__, "exec")) if _is(code, before))
    function.__code__ = weaker
    try:
        yield
    finally:
        function.__code__ = before


def _holder(module, line):
    """The outermost function around a line, whose code holds those of the functions inside it."""
    found = [function for function in _functions(module) if _is_around(function.__code__, line)]
    (function,) = {id(function): function for function in found}.values()
    return function


def _functions(module):
    """The functions and methods that a module defines."""
    for value in vars(module).values():
        if getattr(value, "__module__", None) != module.__name__:
            continue
        for member in vars(value).values() if inspect.isclass(value) else (value,):
            function = inspect.unwrap(getattr(member, "fget", None) or getattr(member, "__func__", member))
            if inspect.isfunction(function) and function.__code__.co_filename == module.__file__:
                yield function


def _is_around(code, line):
    return any(at == line for part in _codes(code) for _, _, at in part.co_lines())


def _codes(code):
    """A code object and all that are inside it."""
    yield code
    for constant in code.co_consts:
        if inspect.iscode(constant):
            yield from _codes(constant)


def _is(code, other):
    return (code.co_qualname, code.co_firstlineno) == (other.co_qualname, other.co_firstlineno)
