"""PyTorch programs as terms: what autograd runs at a scalar, traced by make_fx.

The core decompositions are applied, in-place operations made functional, and dead code is
removed.  The backward pass is the one that PyTorch's compiled formulas run; the reading of each
ATen operation is a row of the table below.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import getitem
from typing import Any, cast

from certify.capture.program import (
    FALSE,
    FUNCTIONS,
    NOTHING,
    ONE,
    RELATIONS,
    TRUE,
    TWO,
    ZERO,
    CapturedProgram,
    CaptureError,
    Choice,
    NotTraced,
    Unsupported,
    Value,
    both,
    call,
    check_cast,
    checked,
    choose,
    compare,
    condition,
    different,
    either,
    explain,
    negate,
    number,
    term,
)
from certify.language.terms import Rational, Term, Where, X


def of_torch(function: Callable[..., Any], target: str, name: str, dtype: str) -> CapturedProgram:
    """The programs of the function and of its gradient at a scalar of the dtype."""
    import torch

    def gradient(x: Any) -> Any:
        return torch.autograd.grad(function(x), x)[0]

    f = read(function, [X], target, dtype)
    s = read(gradient, [X], target, dtype, differentiable=True)
    return CapturedProgram(name, framework(), target, dtype, checked(f, target), checked(s, target))


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
) -> Term:
    """What a function of scalar tensors computes, at the given terms."""
    import torch
    from torch.fx.experimental.proxy_tensor import make_fx

    def points(requires_grad: bool) -> list[Any]:
        kind = getattr(torch, dtype)
        return [torch.tensor(0.5, dtype=kind, requires_grad=requires_grad) for _ in arguments]

    # Fake tensors have no values, so that none can be read and pass for a constant of the program.
    # make_fx counts a function's parameters, its defaults among them.
    table = _decompositions()
    try:
        first = make_fx(lambda *tensors: function(*tensors), table, tracing_mode="fake")(
            *points(differentiable)
        )
        functional = torch.func.functionalize(first, remove="mutations_and_views")
        traced = make_fx(lambda *tensors: functional(*tensors), table)(*points(requires_grad=False))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # the user's function may raise anything, SystemExit too
        raise explain(target, error, "torch.where") from error
    traced.graph.eliminate_dead_code()
    return _Reading(traced, arguments, dtype).output(target)


def _decompositions() -> Mapping[Any, Any]:
    """PyTorch's core decompositions, and its own formulas for the operations that the core keeps
    whole and the language has no name for."""
    import torch
    from torch._decomp import core_aten_decompositions, get_decompositions

    aten = torch.ops.aten
    more = [aten.relu, aten.hardtanh, aten.elu, aten.leaky_relu, aten.gelu]
    return {**core_aten_decompositions(), **get_decompositions(more)}


class _Reading:
    """The nodes of a traced graph as values, in order."""

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
        if shape is None or len(shape) > 0:
            raise NotTraced(
                f"{target} returns {'no tensor' if shape is None else f'shape {tuple(shape)}'}"
                " for a scalar, needs one scalar"
            )
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
        if not hasattr(node.target, "overloadpacket"):
            raise Unsupported(f"{node.target} has no term")
        name = node.target.overloadpacket.__name__
        rule = OPERATIONS.get(name)
        if rule is None:
            raise Unsupported(f"the operation aten.{name} of PyTorch has no term")
        dtype = self._dtype_of(node, name)
        arguments = [self._argument(value, dtype) for value in node.args]
        keywords = self._keywords(name, node.kwargs, arguments, dtype)
        try:
            result = rule(*arguments, **keywords)
        except TypeError as error:
            raise Unsupported(f"this use of the operation aten.{name} of PyTorch has no term") from error
        if isinstance(result, Term):
            return checked(result, target)
        return cast(Value, result)

    def _dtype_of(self, node: Any, name: str) -> str:
        """The floating-point type that an operation takes numbers in; Unsupported where its result
        holds less than an argument does."""
        import torch

        results = _dtypes(node)
        sources = [kind for source in node.all_input_nodes for kind in _dtypes(source)]
        floating = [kind for kind in sources if kind.is_floating_point]
        for source in floating if name not in _CREATED else ():
            for result in results:
                if result.is_floating_point:
                    check_cast(f"aten.{name}", source, result, torch.finfo)
                elif result != torch.bool:
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
            return self.values[value]
        return number(value, dtype) if isinstance(value, bool | int | float) else value


def _dtypes(node: Any) -> list[Any]:
    """The types of the tensors that a node makes."""
    made = node.meta.get("val")
    return [
        value.dtype for value in (made if isinstance(made, list | tuple) else [made]) if value is not None
    ]


def _is_node(value: Any) -> bool:
    return type(value).__name__ == "Node"


# --- operations -------------------------------------------------------------------------

_KEYWORDS = frozenset(("alpha", "min", "max", "exponent"))
# Tensors made of a number, which may be integer tensors of an integer.
_CREATED = ("scalar_tensor", "full", "full_like", "zeros", "zeros_like", "ones", "ones_like", "empty")
_STORAGE = frozenset(("layout", "device", "pin_memory", "memory_format", "non_blocking"))
_Rule = Callable[..., Any]  # a value, or a tuple of them


def _function(name: str) -> _Rule:
    return lambda *arguments: FUNCTIONS[name](*map(term, arguments))


def _sum(name: str) -> _Rule:
    def rule(left: Value, right: Value, alpha: Term = ONE) -> Term:
        scaled = term(right) if alpha == ONE else call("mul", alpha, term(right))
        return call(name, term(left), scaled)

    return rule


def _relation(name: str) -> _Rule:
    return lambda left, right: compare(RELATIONS[name], term(left), term(right))


def _logical(combine: Callable[..., Choice]) -> _Rule:
    return lambda *arguments: combine(*map(condition, arguments))


def _where(chosen: Value, then: Value, otherwise: Value) -> Value:
    return choose(condition(chosen), term(then), term(otherwise))


def _clamp(x: Value, min: Term | None = None, max: Term | None = None) -> Term:
    raised = term(x) if min is None else FUNCTIONS["max"](term(x), min)
    return raised if max is None else FUNCTIONS["min"](raised, max)


def _polygamma(order: Term, x: Value) -> Term:
    if not isinstance(order, Rational) or order.value not in (0, 1):
        raise Unsupported("polygamma of an order other than 0 and 1")
    return FUNCTIONS[f"polygamma{order.value}"](term(x))


def _shrink_backward(grad: Value, x: Value, lambd: Term) -> Term:
    """grad where |x| > lambd, else 0, as documented of both shrinks."""
    inside = both(compare(">=", term(x), call("neg", lambd)), compare("<=", term(x), lambd))
    return choose(inside, ZERO, term(grad))


def _rrelu_slope(lower: Term | None, upper: Term | None, training: Term) -> Term:
    """In evaluation the mean of the two; 1/8 and the double next to 1/3 where they are not given."""
    if training != ZERO:
        raise Unsupported("rrelu in training: its slope is random")
    low = number(1 / 8, "float64") if lower is None else lower
    high = number(1 / 3, "float64") if upper is None else upper
    return call("div", call("add", low, high), TWO)


def _rrelu(
    x: Value,
    noise: Any,
    lower: Term | None = None,
    upper: Term | None = None,
    training: Term = ZERO,
    *_: Any,
) -> Term:
    slope = _rrelu_slope(lower, upper, training)
    return Where(">", term(x), ZERO, term(x), call("mul", slope, term(x)))


def _rrelu_backward(grad: Value, x: Value, noise: Any, lower: Term, upper: Term, *rest: Any) -> Term:
    slope = _rrelu_slope(lower, upper, rest[0] if rest else ZERO)
    return Where(">", term(x), ZERO, term(grad), call("mul", slope, term(grad)))


def _pass_on(x: Value, *_: Any) -> Value:
    return x


_RENAMED = {
    **{name: name for name in FUNCTIONS},
    "special_i0e": "i0e",
    "special_i1": "i1",
    "special_i1e": "i1e",
    "special_erfcx": "erfcx",
    "special_ndtri": "ndtri",
    "special_log_ndtr": "log_ndtr",
    "special_ndtr": "ndtr",
    "maximum": "max",
    "minimum": "min",
    "sgn": "sign",
}

OPERATIONS: dict[str, _Rule] = {
    **{theirs: _function(ours) for theirs, ours in _RENAMED.items()},
    **{name: _relation(name) for name in RELATIONS},
    **dict.fromkeys(("alias", "clone", "detach", "view", "expand", "squeeze", "unsqueeze"), _pass_on),
    **dict.fromkeys(("lift_fresh_copy", "_to_copy", "positive", "conj", "_conj", "_conj_physical"), _pass_on),
    **dict.fromkeys(("zeros_like", "_efficientzerotensor", "zeros"), lambda *_: ZERO),
    **dict.fromkeys(("ones_like", "ones"), lambda *_: ONE),
    "full_like": lambda x, value: value,
    "full": lambda size, value: value,
    "scalar_tensor": lambda value: value,
    "add": _sum("add"),
    "sub": _sum("sub"),
    "xlogy": lambda a, b: call("mul", term(a), call("log", term(b))),
    "special_xlog1py": lambda a, b: call("mul", term(a), call("log1p", term(b))),
    "where": _where,
    "clamp": _clamp,
    "polygamma": _polygamma,
    "hardshrink_backward": _shrink_backward,
    "softshrink_backward": _shrink_backward,
    **{name: _logical(both) for name in ("logical_and", "bitwise_and")},
    **{name: _logical(either) for name in ("logical_or", "bitwise_or")},
    **{name: _logical(different) for name in ("logical_xor", "bitwise_xor")},
    **{name: _logical(negate) for name in ("logical_not", "bitwise_not")},
    **dict.fromkeys(("empty", "empty_permuted", "empty_like"), lambda *_: NOTHING),
    "copy": lambda x, source, *_: source,
    "rrelu_with_noise": _rrelu,
    "rrelu_with_noise_functional": lambda *arguments: (_rrelu(*arguments), NOTHING),
    "rrelu_with_noise_backward": _rrelu_backward,
    "isnan": lambda x: FALSE,
    "isinf": lambda x: FALSE,
    "isfinite": lambda x: TRUE,
}
