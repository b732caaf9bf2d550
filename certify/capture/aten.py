"""PyTorch programs as terms: what autograd runs at a scalar, traced by make_fx.

The core decompositions are applied, in-place operations made functional, and dead code is
removed.  The backward pass is the one that PyTorch's compiled formulas run; what each ATen operation
computes is a row in `certify.capture.operations`.  Every tensor of the program has one element.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from operator import getitem
from typing import Any, cast

from certify.capture.binding import attached
from certify.capture.operations import INDEXING, OPERATIONS, Rule
from certify.capture.program import (
    CapturedProgram,
    CaptureError,
    NotTraced,
    Shape,
    Unsupported,
    Value,
    at_some_shape,
    check_cast,
    checked,
    condition,
    explain,
    number,
    term,
    value_is_read,
)
from certify.capture.runs import (
    ALL_NEED_ONE,
    WEIGHED,
    Run,
    Runner,
    checked_by_running,
    incoming,
    other_formats,
    ran,
)
from certify.capture.source import Place, backward_of
from certify.language.terms import Rational, Term, X


def of_torch(
    function: Callable[..., Any], target: str, name: str, dtype: str, against: Term | None = None
) -> CapturedProgram:
    """The programs of the function and of its gradient at a tensor of one element of the dtype.

    against  the function that the gradient should differentiate, in the place of the function's own
             program, which is not read then
    """

    def gradient(x: Any) -> Any:
        import torch

        return torch.autograd.grad(function(x), x)[0]

    def at(shape: Shape) -> CapturedProgram:
        f = against
        if f is None:
            f = checked(read(function, [X], target, dtype, shape=shape), target)
        s = checked(read(gradient, [X], target, dtype, differentiable=True, shape=shape), target)
        return CapturedProgram(name, framework(), target, dtype, f, s, shape)

    backwards: list[Place] = []
    program = at_some_shape(at)
    variants = {when: _runner(function, dtype, backwards, way) for when, way in _WAYS.items()}
    variants |= {when: _runner(function, other, backwards) for when, other in other_formats(dtype).items()}
    others = attached(function, lambda held, x: held + 0 * x)  # that need a gradient, which is the same
    if others is not None:
        variants[ALL_NEED_ONE] = _runner(others, dtype, backwards)
    run = _runner(function, dtype, backwards)
    program = checked_by_running(program, run, variants, forward=against is None)
    return program._replace(source=next(iter(backwards), None))


@dataclass(frozen=True)
class _Way:
    """A way to take a gradient.

    graphed  whether a graph of it is made
    factor   of the incoming gradient
    between  whether the function is called at another point before
    second   whether it is the second of the same graph
    """

    graphed: bool = False
    factor: float = 1.0
    between: bool = False
    second: bool = False


_WAYS = {
    "where a graph of it is made (create_graph)": _Way(graphed=True),
    WEIGHED: _Way(factor=3.0),
    "where the function was called again before it was taken": _Way(between=True),
    "where it is taken a second time (retain_graph)": _Way(second=True),
}


def _runner(function: Callable[..., Any], dtype: str, backwards: list[Place], way: _Way = _Way()) -> Runner:
    """What the function and its gradient return, and where the backwards that it went through stand."""
    import torch

    def run(points: list[float], shape: Shape) -> Run:
        x = torch.tensor(points, dtype=getattr(torch, dtype)).reshape(shape).requires_grad_()
        with _quiet():
            y = function(x)
            backwards.extend(backward_of(y.grad_fn))
            if way.between:
                function((x.detach() / 2).requires_grad_())
            given = incoming(y.numel(), way.factor)
            weights = torch.tensor(given, dtype=y.dtype).reshape(y.shape)
            if way.second:
                torch.autograd.grad(y, x, weights, retain_graph=True)
            (slope,) = torch.autograd.grad(y, x, weights, create_graph=way.graphed)
            # a gradient of 0 may be a tensor that holds nothing
            parts = [part.detach().double() + torch.zeros(1, dtype=torch.float64) for part in (y, slope)]
        values, slopes = (part.reshape(-1).tolist() for part in parts)
        return ran(values, slopes, given)

    return run


def held_as(dtype: str, value: float, like: Any) -> Any:
    """The number as a tensor of the dtype, in the shape of another."""
    import torch

    kind = getattr(torch, dtype)
    if like.numel() != 1:
        return torch.full(like.shape, value, dtype=kind)
    return torch.tensor(value, dtype=kind).reshape(like.shape)  # whose value a trace may read


def framework() -> str:
    """torch and its version, without the name of the build."""
    import torch

    return f"torch {torch.__version__.partition('+')[0]}"


def read(
    function: Callable[..., Any],
    arguments: list[Term],
    target: str,
    dtype: str,
    *,
    differentiable: bool = False,
    shape: Shape = (),
) -> Term:
    """What a function of tensors of one element computes, at the given terms."""
    import torch
    from torch.fx.experimental.proxy_tensor import make_fx

    def points(requires_grad: bool) -> list[Any]:
        kind = getattr(torch, dtype)
        return [torch.full(shape, 0.5, dtype=kind, requires_grad=requires_grad) for _ in arguments]

    def trace(traced: Callable[..., Any], tensors: list[Any]) -> Any:
        # Fake tensors have no values, so that none can be read and pass for a constant of the program,
        # and no shape can depend on one.  make_fx counts a function's parameters, its defaults among them.
        fake = make_fx(lambda *given: traced(*given), table, tracing_mode="fake", _allow_non_fake_inputs=True)
        return fake(*tensors)

    table = _decompositions()
    try:
        with _quiet():
            first = trace(function, points(differentiable))
            functional = torch.func.functionalize(first, remove="mutations_and_views")
            graph = trace(functional, points(requires_grad=False))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # the user's function may raise anything, SystemExit too
        raise explain(target, error, "torch.where") from error
    _forget_likenesses(graph)
    graph.graph.eliminate_dead_code()
    return _Reading(graph, arguments, dtype).output(target)


def _forget_likenesses(traced: Any) -> None:
    """Let a tensor made in the likeness of another, of which it takes no value, be made in the argument's: so
    a gradient does not hold the whole forward, whose shape its incoming gradient has."""
    nodes = list(traced.graph.nodes)
    first = nodes[0]
    for node in nodes:
        name = getattr(getattr(node.target, "overloadpacket", None), "__name__", "")
        if name in _LIKE and first.op == "placeholder":
            node.update_arg(0, first)


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what PyTorch logs and warns of while a function is tried: what is wrong with it is said once,
    by the error."""
    import warnings

    logger = logging.getLogger("torch._subclasses.fake_tensor")
    was = logger.disabled
    logger.disabled = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.disabled = was


def _decompositions() -> Mapping[Any, Any]:
    """PyTorch's core decompositions, and its own formulas for the operations that the core keeps
    whole and the language has no name for."""
    import torch
    from torch._decomp import core_aten_decompositions, get_decompositions

    aten = torch.ops.aten
    more = [aten.relu, aten.hardtanh, aten.elu, aten.leaky_relu, aten.gelu]
    return {**core_aten_decompositions(), **get_decompositions(more)}


class _Reading:
    """The nodes of a traced graph as values, in order; Unsupported for a tensor of other than one element."""

    def __init__(self, traced: Any, arguments: list[Term], dtype: str) -> None:
        self.traced, self.dtype = traced, dtype
        self.values: dict[Any, Value] = {}
        self.arguments = iter(arguments)

    def output(self, target: str) -> Term:
        for node in self.traced.graph.nodes:
            if node.op == "output":
                return self._returned(node.args[0], target)
            self.values[node] = self._node(node, target)
        raise CaptureError(f"{target} returns nothing")

    def _returned(self, result: Any, target: str) -> Term:
        node = result[0] if isinstance(result, list | tuple) and len(result) == 1 else result
        shape = getattr(getattr(node, "meta", {}).get("val"), "shape", None)
        if shape is None:
            raise NotTraced(f"{target} returns no tensor for a scalar, needs one scalar")
        return term(self.values[node])

    def _node(self, node: Any, target: str) -> Value:
        if node.op == "placeholder":
            return next(self.arguments)
        if node.op == "get_attr":
            return self._constant(getattr(self.traced, node.target))
        if node.target is getitem:  # of an operation that returns several tensors
            source, index = node.args
            value: Value = cast(tuple[Value, ...], self.values[source])[index]
            return value
        name, rule = _rule_of(node)
        _check_elements(node, name)
        dtype = self._dtype_of(node, name)
        arguments = [self._argument(value, dtype) for value in node.args]
        keywords = self._keywords(name, node.kwargs, arguments, dtype)
        try:
            result = rule(*arguments, **keywords)
        except TypeError as error:
            raise Unsupported(f"this use of the operation aten.{name} of PyTorch has no term") from error
        if isinstance(result, tuple):
            return cast(Value, result)
        if _is_boolean(node):
            return condition(result)
        return checked(result, target) if isinstance(result, Term) else cast(Value, result)

    def _dtype_of(self, node: Any, name: str) -> str:
        """The floating-point type that an operation takes numbers in; Unsupported where its result
        holds less than an argument does."""
        import torch

        results = [tensor.dtype for tensor in _tensors(node)]
        sources = [tensor.dtype for source in node.all_input_nodes for tensor in _tensors(source)]
        floating = [kind for kind in sources if kind.is_floating_point]
        for source in floating if name not in _CREATED else ():
            for result in results:
                if result.is_floating_point:
                    check_cast(f"aten.{name}", source, result, torch.finfo)
                elif result != torch.bool and name not in INDEXING:
                    raise Unsupported(f"aten.{name} takes {source} to {result}, which is no real arithmetic")
        kinds = [kind for kind in results if kind.is_floating_point] or floating
        return str(kinds[0]).removeprefix("torch.") if kinds else self.dtype

    def _constant(self, tensor: Any) -> Term:
        if tensor.numel() != 1 or tensor.is_complex():
            raise Unsupported(f"a constant of shape {tuple(tensor.shape)} and type {tensor.dtype}")
        return number(tensor.item(), "float64")

    def _keywords(
        self, name: str, given: Mapping[str, Any], arguments: list[Any], dtype: str
    ) -> dict[str, Any]:
        """The keyword arguments that mean something for a scalar; Unsupported for an unknown one."""
        meant = {key: value for key, value in given.items() if key not in _STORAGE and value is not None}
        kind = meant.pop("dtype", None)
        whole = all(value.value.denominator == 1 for value in arguments if isinstance(value, Rational))
        if kind is not None and not kind.is_floating_point and not (name in _CREATED and whole):
            raise Unsupported(f"aten.{name} to {kind}, which is no real arithmetic")
        unknown = meant.keys() - _KEYWORDS
        if unknown:
            raise Unsupported(f"aten.{name} with {', '.join(sorted(unknown))} has no term")
        return {key: self._argument(value, dtype) for key, value in meant.items()}

    def _argument(self, value: Any, dtype: str) -> Any:
        if _is_node(value):
            found = self.values[value]
            # a mask among indices; every other condition is one already
            return condition(found) if _is_boolean(value) and isinstance(found, Term) else found
        if isinstance(value, list | tuple):  # of tensors, or of sizes
            return [self._item(item, dtype) if _is_node(item) else item for item in value]
        return number(value, dtype) if isinstance(value, bool | int | float) else value

    def _item(self, node: Any, dtype: str) -> Any:
        if any(str(tensor.dtype) == "torch.uint8" for tensor in _tensors(node)):
            raise Unsupported("a tensor of uint8 in a list, which may be a mask, has no term")
        return self._argument(node, dtype)


def _rule_of(node: Any) -> tuple[str, Rule]:
    """The name of a node's operation, and the row for it; Unsupported where there is none."""
    if not hasattr(node.target, "overloadpacket"):
        raise Unsupported(f"{node.target} has no term")
    name, overload = node.target.overloadpacket.__name__, node.target._overloadname
    if node.target.namespace not in ("aten", "prims"):  # an operation of somebody else's, whatever its name
        raise Unsupported(
            f"the operation {node.target.namespace}.{name} is not PyTorch's own and has no term"
        )
    if name == "_local_scalar_dense":
        raise Unsupported(value_is_read("torch.where"))
    rule = OPERATIONS.get(f"{name}.{overload}") or OPERATIONS.get(name)
    if rule is None:
        raise Unsupported(f"the operation aten.{name} of PyTorch has no term")
    if name.startswith("bitwise_") and not _is_boolean(node):
        raise Unsupported(f"aten.{name} of integers has no term")
    return name, rule


def _check_elements(node: Any, name: str) -> None:
    """Unsupported unless each tensor that a node makes has one element: of more, none of the rows would
    be true, and of a number that depends on a value none is known."""
    for tensor in _tensors(node):
        if not all(type(n) is int and n == 1 for n in tensor.shape):
            shape = ", ".join(map(str, tensor.shape))
            raise Unsupported(
                f"aten.{name} makes a tensor of shape ({shape}): only tensors of one element are read"
            )


def _tensors(node: Any) -> list[Any]:
    """The tensors that a node makes, which have a shape and a type."""
    made = node.meta.get("val")
    several = made if isinstance(made, list | tuple) else [made]
    return [value for value in several if hasattr(value, "dtype")]


def _is_boolean(node: Any) -> bool:
    return {str(tensor.dtype) for tensor in _tensors(node)} == {"torch.bool"}


def _is_node(value: Any) -> bool:
    return type(value).__name__ == "Node"


_KEYWORDS = frozenset(("alpha", "min", "max", "exponent"))
# Tensors made of a number, which may be integer tensors of an integer.
_CREATED = (
    "scalar_tensor",
    "full",
    "full_like",
    "zeros",
    "zeros_like",
    "ones",
    "ones_like",
    "empty",
    "arange",
)
_LIKE = ("full_like", "zeros_like", "ones_like", "empty_like")
_STORAGE = frozenset(("layout", "device", "pin_memory", "memory_format", "non_blocking"))
