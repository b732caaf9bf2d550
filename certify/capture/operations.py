"""The operations of ATen that are read, each as what it computes of tensors of one element.

Where a tensor has one element, a sum, a mean, an extreme of it, and every change of its shape is that
element.  The reader has checked that each tensor has exactly one: what an operation does to more is
never asked here.  `var` and `std` of one element are NaN and have no row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from certify.capture.program import (
    FALSE,
    FUNCTIONS,
    NOTHING,
    ONE,
    RELATIONS,
    TRUE,
    TWO,
    ZERO,
    Choice,
    Unsupported,
    Value,
    both,
    call,
    choose,
    compare,
    condition,
    different,
    either,
    negate,
    number,
    term,
)
from certify.language.terms import Rational, Term, Where

Rule = Callable[..., Any]  # a value, or a tuple of them


def _function(name: str) -> Rule:
    return lambda *arguments: FUNCTIONS[name](*map(term, arguments))


def _sum(name: str) -> Rule:
    def rule(left: Value, right: Value, alpha: Term = ONE) -> Term:
        scaled = term(right) if alpha == ONE else call("mul", alpha, term(right))
        return call(name, term(left), scaled)

    return rule


def _relation(name: str) -> Rule:
    return lambda left, right: compare(RELATIONS[name], term(left), term(right))


def _logical(combine: Callable[..., Choice]) -> Rule:
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


def _chosen(x: Value, *_: Any) -> tuple[Value, Value]:
    """The one element, and its index."""
    return x, ZERO


def _joined(tensors: list[Value], *_: Any) -> Value:
    """cat or stack of one tensor; two elements of two are more than one."""
    if len(tensors) != 1:
        raise Unsupported(f"cat of {len(tensors)} tensors has no term")
    return tensors[0]


def _padded(x: Value, pads: list[int], *_: Any) -> Value:
    """A pad of -1 with one of 1 would put the padding in the element's place."""
    if any(pads):
        raise Unsupported(f"constant_pad_nd by {list(pads)} has no term")
    return x


def _put(x: Value, indices: list[Any], values: Value, accumulate: Term = ZERO, *_: Any) -> Value:
    """x with the values at the indices; a mask, which is a condition, writes where it holds."""
    written = term(values) if accumulate == ZERO else call("add", term(x), term(values))
    for index in indices:
        written = choose(index, written, term(x)) if callable(index) else written
    return written


def _bits(*_: Any) -> Value:
    raise Unsupported("a view of a number's bits as another type has no term")


def _product(a: Value, b: Value, *_: Any) -> Term:
    return call("mul", term(a), term(b))


def _added_product(x: Value, a: Value, b: Value) -> Term:
    return call("add", term(x), _product(a, b))


def _norm(x: Value, order: Term = TWO, *_: Any) -> Term:
    """Of any order but 0, which counts: (|x|**p)**(1/p)."""
    if order == ZERO:
        raise Unsupported("a norm of order 0 has no term")
    return call("abs", term(x))


def _log_softmax(x: Value, *_: Any) -> Term:
    """x - log(exp(x))"""
    return call("sub", term(x), term(x))


def _softmax(x: Value, *_: Any) -> Term:
    return call("exp", _log_softmax(x))


_VIEWS = (
    *("alias", "detach", "view", "_reshape_alias", "expand", "squeeze", "unsqueeze", "permute", "transpose"),
    *("t", "diagonal", "select", "slice", "narrow"),
)
_PARTS = ("unbind", "split", "split_with_sizes")
_UNCHANGED = (
    *(*_VIEWS, *(f"{name}_copy" for name in _VIEWS), "clone", "reshape", "_unsafe_view", "flatten", "ravel"),
    *("repeat", "flip", "roll", "index", "index_select", "gather", "take"),
    *("mean", "sum", "prod", "amax", "amin", "cumsum", "cumprod", "logcumsumexp", "logsumexp"),
    *("max.default", "min.default", "median.default", "nanmedian.default"),
    *("lift_fresh", "lift_fresh_copy", "_to_copy", "positive", "conj", "_conj", "_conj_physical"),
)

_RENAMED = {
    **{name: name for name in FUNCTIONS},
    "special_i0e": "i0e",
    "special_i1": "i1",
    "special_i1e": "i1e",
    "special_erfcx": "erfcx",
    "special_ndtri": "ndtri",
    "special_log_ndtr": "log_ndtr",
    "special_ndtr": "ndtr",
    **dict.fromkeys(("maximum", "fmax"), "max"),
    **dict.fromkeys(("minimum", "fmin"), "min"),
    "sgn": "sign",
}

# Whose results besides the element are its index, which is 0.
INDEXING = frozenset(
    (
        *("max", "min", "median", "nanmedian", "mode", "kthvalue", "sort", "topk", "cummax", "cummin"),
        *("argmax", "argmin", "argsort"),
    )
)

# By the operation's name, or by name and overload where it is not the same for all of them.
OPERATIONS: dict[str, Rule] = {
    **{theirs: _function(ours) for theirs, ours in _RENAMED.items()},
    **{name: _relation(name) for name in RELATIONS},
    **dict.fromkeys(_UNCHANGED, _pass_on),
    **dict.fromkeys(("max.dim", "min.dim", "median.dim", "nanmedian.dim", "mode", "kthvalue"), _chosen),
    **dict.fromkeys(("sort", "topk", "cummax", "cummin"), _chosen),
    **dict.fromkeys(("argmax", "argmin", "argsort"), lambda *_: ZERO),
    **dict.fromkeys(("any", "all"), lambda x, *_: condition(x)),
    **dict.fromkeys(("view.dtype", "view_copy.dtype"), _bits),
    "aminmax": lambda x, *_: (x, x),
    **dict.fromkeys((*_PARTS, *(f"{name}_copy" for name in _PARTS)), lambda x, *_: (x,)),
    **dict.fromkeys(("cat", "stack"), _joined),
    **dict.fromkeys(("select_scatter", "slice_scatter"), lambda x, source, *_: source),
    "scatter.src": lambda x, dim, index, source: source,
    "scatter.value": lambda x, dim, index, value: value,
    "scatter_add": lambda x, dim, index, source: call("add", term(x), term(source)),
    "constant_pad_nd": _padded,
    "index_put": _put,
    "arange.start_step": lambda start, *_: start,
    **dict.fromkeys(("mm", "bmm", "dot", "mv"), _product),
    **dict.fromkeys(("addmm", "addmv", "baddbmm"), _added_product),
    "linalg_vector_norm": _norm,
    # of one class no other is margins away: the loss is 0
    **dict.fromkeys(("multi_margin_loss_backward", "multilabel_margin_loss_backward"), lambda *_: ZERO),
    "_log_softmax": _log_softmax,
    "_softmax": _softmax,
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
    **dict.fromkeys(("empty", "empty_permuted", "empty_like", "new_empty_strided"), lambda *_: NOTHING),
    "copy": lambda x, source, *_: source,
    "rrelu_with_noise": _rrelu,
    "rrelu_with_noise_functional": lambda *arguments: (_rrelu(*arguments), NOTHING),
    "rrelu_with_noise_backward": _rrelu_backward,
    "isnan": lambda x: FALSE,
    "isinf": lambda x: FALSE,
    "isfinite": lambda x: TRUE,
}
