"""JAX programs as terms: the jaxprs of a function and of jax.grad of it at a scalar.

Calls (jit, custom_jvp and the like) are inlined, and only what the output needs is read.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import Any, Protocol

from certify.capture.binding import attached
from certify.capture.program import (
    FALSE,
    FUNCTIONS,
    RELATIONS,
    TRUE,
    ZERO,
    CapturedProgram,
    CaptureError,
    Choice,
    NotTraced,
    Shape,
    Unsupported,
    Value,
    at_some_shape,
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
from certify.capture.runs import (
    ALL_NEED_ONE,
    WEIGHED,
    Run,
    checked_by_running,
    incoming,
    other_formats,
    ran,
)
from certify.capture.source import Place, rules_of
from certify.language.terms import Rational, Term, X


def of_jax(
    function: Callable[..., Any], target: str, name: str, dtype: str, against: Term | None = None
) -> CapturedProgram:
    """The programs of the function and of its gradient at an array of one element of the dtype.

    against  the function that the gradient should differentiate, in the place of the function's own
             program, which is not read then
    """
    import jax
    import jax.numpy as jnp

    def number_of(x: Any) -> Any:
        y = function(x)
        return jnp.reshape(y, ()) if getattr(y, "size", None) == 1 else y

    def at(shape: Shape) -> CapturedProgram:
        point = jnp.zeros(shape, dtype)
        forward = _traced(jax.make_jaxpr(number_of), point, target)
        backward = _traced(jax.make_jaxpr(jax.grad(number_of)), point, target)
        rules.extend(rules_of(forward.jaxpr))
        f = checked(_Frame(forward, [X], dtype).output(), target) if against is None else against
        s = checked(_Frame(backward, [X], dtype).output(), target)
        return CapturedProgram(name, f"jax {jax.__version__}", target, dtype, f, s, shape)

    rules: list[Place] = []
    with jax.enable_x64(dtype == "float64"):
        program = at_some_shape(at)
        others = attached(function, lambda held, x: held + 0 * x)  # that need a gradient, which is the same
        run = _runner(function, dtype)
        formats = other_formats(dtype).items()
        variants = {when: _runner(function, other) for when, other in formats if other != "float64"}
        variants[WEIGHED] = partial(run, factor=3.0)
        if others is not None:
            variants[ALL_NEED_ONE] = _runner(others, dtype)
        program = checked_by_running(program, run, variants, forward=against is None)
    return program._replace(source=next(iter(rules), None))


def held_as(dtype: str, value: float, like: Any) -> Any:
    """The number as an array of the dtype, in the shape of another."""
    import jax
    import jax.numpy as jnp

    with jax.ensure_compile_time_eval():  # whose value a trace may read
        return jnp.full(like.shape, value, dtype)


class _Runs(Protocol):
    """A `Runner`, also for other incoming gradients than 1."""

    def __call__(self, points: list[float], shape: Shape, factor: float = 1.0) -> Run: ...


def _runner(function: Callable[..., Any], dtype: str) -> _Runs:
    """What the function and its gradient return, compiled."""
    import jax
    import jax.numpy as jnp

    def both_of(x: Any, factor: Any) -> Any:
        y, pull = jax.vjp(function, x)
        given = jnp.asarray(incoming(y.size), y.dtype).reshape(y.shape)
        return y, pull(given * factor.astype(y.dtype))[0]

    compiled = jax.jit(both_of)

    def run(points: list[float], shape: Shape, factor: float = 1.0) -> Run:
        parts = compiled(jnp.asarray(points, dtype).reshape(shape), jnp.asarray(factor, dtype))
        values, slopes = (part.astype(float).reshape(-1).tolist() for part in parts)
        return ran(values, slopes, incoming(len(values), factor))

    return run


def _traced(trace: Callable[..., Any], point: Any, target: str) -> Any:
    try:
        closed = trace(point)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # the user's function may raise anything, SystemExit too
        raise explain(target, error, "jax.numpy.where") from error
    sizes = [variable.aval.size for variable in closed.jaxpr.outvars]
    if sizes != [1]:
        shapes = [variable.aval.shape for variable in closed.jaxpr.outvars]
        raise NotTraced(f"{target} returns shapes {shapes} for a scalar, needs one scalar")
    return closed


class _Frame:
    """One jaxpr, its arguments bound to values; a value is made when it is asked for."""

    def __init__(self, closed: Any, arguments: list[Any], dtype: str) -> None:
        jaxpr = closed.jaxpr if hasattr(closed, "jaxpr") else closed
        self.jaxpr, self.dtype = jaxpr, dtype
        self.known: dict[Any, Any] = dict(zip(jaxpr.invars, arguments, strict=True))
        self.known |= dict(zip(jaxpr.constvars, getattr(closed, "consts", ()), strict=True))
        self.made_by = {v: (eqn, i) for eqn in jaxpr.eqns for i, v in enumerate(eqn.outvars)}
        self.calls: dict[int, _Frame] = {}

    def output(self) -> Term:
        try:
            return term(self.value(self.jaxpr.outvars[0]))
        except RecursionError as error:
            raise CaptureError("the program is nested too deep for a formula") from error

    def value(self, atom: Any) -> Value:
        if hasattr(atom, "val"):  # a literal
            return _constant(atom.val, atom.aval.dtype)
        found = self.known.get(atom)
        if found is None:
            eqn, index = self.made_by[atom]
            found = self._apply(eqn, index)
        elif isinstance(found, _Lazy):
            found = found()
        elif not isinstance(found, Term) and not callable(found):
            found = _constant(found, atom.aval.dtype)
        self.known[atom] = found
        return found

    def _apply(self, eqn: Any, index: int) -> Value:
        inner = _called(eqn)
        if inner is not None:
            frame = self.calls.get(id(eqn))
            if frame is None:
                arguments = [_Lazy(self, atom) for atom in eqn.invars]
                frame = self.calls[id(eqn)] = _Frame(inner, arguments, self.dtype)
            return frame.value(frame.jaxpr.outvars[index])
        name = eqn.primitive.name
        rule = _RULES.get(name)
        if rule is None:
            raise Unsupported(f"the primitive {name} of JAX has no term")
        _check_elements(eqn)
        if name == "sort":  # of several arrays, each by the first
            return self.value(eqn.invars[index])
        if name == "top_k" and index > 0:
            return ZERO
        return rule(self, eqn)


def _check_elements(eqn: Any) -> None:
    """Unsupported unless each array that a primitive takes and makes has one element: of more, none of the
    rules would be true."""
    for atom in (*eqn.invars, *eqn.outvars):
        if atom.aval.size != 1:
            what = f"{eqn.primitive.name} of an array of shape {atom.aval.shape}"
            raise Unsupported(f"{what}: only arrays of one element are read")


class _Lazy:
    """A value of the frame outside."""

    def __init__(self, frame: _Frame, atom: Any) -> None:
        self.frame, self.atom = frame, atom

    def __call__(self) -> Value:
        return self.frame.value(self.atom)


# Calls that run their jaxpr once, on their arguments; scan, while and cond are none.
_CALLS = (
    *("jit", "pjit", "closed_call", "core_call", "checkpoint", "remat", "remat2"),
    *("custom_jvp_call", "custom_vjp_call", "custom_vjp_call_jaxpr"),
)


def _called(eqn: Any) -> Any:
    """The jaxpr that an equation calls, None for a primitive."""
    if eqn.primitive.name not in _CALLS:
        return None
    return next((eqn.params[key] for key in ("jaxpr", "call_jaxpr", "fun_jaxpr") if key in eqn.params), None)


def _constant(value: Any, dtype: Any) -> Value:
    """A constant as the number of its type that it is."""
    import numpy as np

    array = np.asarray(value).astype(dtype)
    if array.size != 1:
        raise Unsupported(f"a constant of shape {array.shape}")
    plain = array.item()
    if isinstance(plain, bool):
        return TRUE if plain else FALSE
    return number(plain, "float64")


# --- primitives -------------------------------------------------------------------------

_Rule = Callable[[_Frame, Any], Value]


def _pass_on(frame: _Frame, eqn: Any) -> Value:
    return frame.value(eqn.invars[0])


def _function(name: str) -> _Rule:
    def rule(frame: _Frame, eqn: Any) -> Value:
        if eqn.outvars[0].aval.dtype.kind in "iu" and name in _OF_INDICES:
            return _index(eqn, _OF_INDICES[name], [frame.value(atom) for atom in eqn.invars])
        if eqn.outvars[0].aval.dtype.kind != "f":
            raise Unsupported(
                f"{eqn.primitive.name} of {eqn.outvars[0].aval.dtype}, which is no real arithmetic"
            )
        return FUNCTIONS[name](*(term(frame.value(atom)) for atom in eqn.invars))

    return rule


_OF_INDICES = {"add": operator.add, "sub": operator.sub, "mul": operator.mul}
_LARGEST_INDEX = 2**7 - 1  # which every type of integers holds


def _index(eqn: Any, operation: Callable[[Fraction, Fraction], Fraction], values: list[Value]) -> Value:
    """Arithmetic on constant integers so small that none of any type overflows."""
    known = [value.value for value in values if isinstance(value, Rational)]
    result = operation(*known) if len(known) == len(values) else None
    if result is None or not 0 <= result <= _LARGEST_INDEX:
        kind = eqn.outvars[0].aval.dtype
        raise Unsupported(f"{eqn.primitive.name} of {kind}, which is no real arithmetic")
    return Rational(result)


def _relation(name: str) -> _Rule:
    relation = RELATIONS[name]

    def rule(frame: _Frame, eqn: Any) -> Value:
        left, right = (frame.value(atom) for atom in eqn.invars)
        return compare(relation, term(left), term(right))

    return rule


def _logical(combine: Callable[..., Choice]) -> _Rule:
    def rule(frame: _Frame, eqn: Any) -> Value:
        if eqn.outvars[0].aval.dtype != bool:
            raise Unsupported(f"{eqn.primitive.name} of integers")
        return combine(*(condition(frame.value(atom)) for atom in eqn.invars))

    return rule


def _select(frame: _Frame, eqn: Any) -> Value:
    which, *cases = eqn.invars
    if len(cases) != 2 or which.aval.dtype != bool:
        raise Unsupported("select_n by an integer")
    chosen = condition(frame.value(which))
    if eqn.outvars[0].aval.dtype == bool:
        otherwise, then = (condition(frame.value(case)) for case in cases)
        return either(both(chosen, then), both(negate(chosen), otherwise))
    otherwise_term, then_term = (term(frame.value(case)) for case in cases)
    return choose(chosen, then_term, otherwise_term)


def _convert(frame: _Frame, eqn: Any) -> Value:
    import jax.numpy as jnp

    value = frame.value(eqn.invars[0])
    source, target = eqn.invars[0].aval.dtype, eqn.params["new_dtype"]
    if target.kind == "b":
        return condition(value)
    if jnp.issubdtype(source, jnp.floating) and jnp.issubdtype(target, jnp.floating):
        check_cast("convert_element_type", source, target, jnp.finfo)
    elif source.kind != "b" and not _fits_every_type(value):
        # of integers there are only choices between constants, which a type of floats may round
        if not jnp.issubdtype(target, jnp.floating) or not jnp.issubdtype(source, jnp.integer):
            raise Unsupported(f"convert_element_type takes {source} to {target}, which is no real arithmetic")
        return _constant(int(value.value), target) if isinstance(value, Rational) else term(value)
    return term(value)


def _fits_every_type(value: Value) -> bool:
    return isinstance(value, Rational) and value.value.denominator == 1 and 0 <= value.value <= 16


def _integer_pow(frame: _Frame, eqn: Any) -> Value:
    return FUNCTIONS["pow"](term(frame.value(eqn.invars[0])), number(eqn.params["y"], frame.dtype))


def _clamp(frame: _Frame, eqn: Any) -> Value:
    low, x, high = (term(frame.value(atom)) for atom in eqn.invars)
    return FUNCTIONS["min"](FUNCTIONS["max"](x, low), high)


def _joined(frame: _Frame, eqn: Any) -> Value:
    """concatenate or stack of one array; two elements of two are more than one."""
    if len(eqn.invars) != 1:
        raise Unsupported(f"{eqn.primitive.name} of {len(eqn.invars)} arrays has no term")
    return frame.value(eqn.invars[0])


def _padded(frame: _Frame, eqn: Any) -> Value:
    """A pad of -1 with one of 1 would put the padding in the element's place."""
    if any(low or high for low, high, _ in eqn.params["padding_config"]):
        raise Unsupported("pad by more than nothing has no term")
    return frame.value(eqn.invars[0])


def _product(frame: _Frame, eqn: Any) -> Value:
    left, right = (term(frame.value(atom)) for atom in eqn.invars)
    return call("mul", left, right)


def _check_index(frame: _Frame, atom: Any) -> None:
    """Out of bounds JAX fills in, drops or clamps."""
    if frame.value(atom) != ZERO:
        raise Unsupported("an index of an array of one element that is not 0 has no term")


def _gathered(frame: _Frame, eqn: Any) -> Value:
    operand, indices = eqn.invars
    _check_index(frame, indices)
    return frame.value(operand)


def _scattered(frame: _Frame, eqn: Any) -> Value:
    operand, indices, updates = eqn.invars
    _check_index(frame, indices)
    if eqn.primitive.name == "scatter":
        return frame.value(updates)
    return call("add", term(frame.value(operand)), term(frame.value(updates)))


def _updated(frame: _Frame, eqn: Any) -> Value:
    return frame.value(eqn.invars[1])


def _polygamma(frame: _Frame, eqn: Any) -> Value:
    order, x = (term(frame.value(atom)) for atom in eqn.invars)
    if not isinstance(order, Rational) or order.value not in (0, 1):
        raise Unsupported("polygamma of an order other than 0 and 1")
    return FUNCTIONS[f"polygamma{order.value}"](x)


_RENAMED = {
    "logistic": "sigmoid",
    "erf_inv": "erfinv",
    "add_any": "add",
    "bessel_i0e": "i0e",
    "bessel_i1e": "i1e",
    **{name: name for name in FUNCTIONS},
}

_RULES: dict[str, _Rule] = {
    **{jax: _function(ours) for jax, ours in _RENAMED.items()},
    **{name: _relation(name) for name in RELATIONS},
    **dict.fromkeys(("copy", "copy_p", "stop_gradient", "squeeze"), _pass_on),
    **dict.fromkeys(("broadcast_in_dim", "reshape", "expand_dims", "transpose", "rev"), _pass_on),
    **dict.fromkeys(("reduce_sum", "reduce_max", "reduce_min", "reduce_prod"), _pass_on),
    **dict.fromkeys(("reduce_and", "reduce_or"), _logical(lambda only: only)),
    **dict.fromkeys(("cumsum", "cumprod", "cummax", "cummin", "cumlogsumexp"), _pass_on),
    # a slice of one element out of one: a start out of bounds is clamped
    **dict.fromkeys(("slice", "dynamic_slice", "split", "unstack"), _pass_on),
    **dict.fromkeys(("concatenate", "stack"), _joined),
    **dict.fromkeys(("argmax", "argmin", "iota"), lambda frame, eqn: ZERO),
    **dict.fromkeys(("scatter", "scatter-add", "scatter_add"), _scattered),
    **dict.fromkeys(("sort", "top_k"), _pass_on),
    "dynamic_update_slice": _updated,
    "gather": _gathered,
    "pad": _padded,
    "dot_general": _product,
    "and": _logical(both),
    "or": _logical(either),
    "xor": _logical(different),
    "not": _logical(negate),
    "is_finite": lambda frame, eqn: TRUE,
    "select_n": _select,
    "convert_element_type": _convert,
    "integer_pow": _integer_pow,
    "clamp": _clamp,
    "polygamma": _polygamma,
}
