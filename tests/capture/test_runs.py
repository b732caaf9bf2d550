"""Functions that are not what a trace shows of them: none is captured as right."""

import itertools
from functools import partial

import jax
import jax.numpy as jnp
import pytest
import torch

from certify.capture.aten import held_as, of_torch
from certify.capture.binding import bound
from certify.capture.jaxpr import of_jax
from certify.capture.program import CaptureError
from certify.catalogue.request import Request
from certify.prover.verdict import Certified, Refuted
from tests.capture.programs import judged


def function(backward, forward=lambda x: x**3):
    """The apply of an autograd.Function with these passes; the backward takes grad, x and the context."""

    class Written(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return forward(x)

        @staticmethod
        def backward(ctx, grad):
            return backward(grad, ctx.saved_tensors[0], ctx)

    return Written.apply


def right(grad, x):
    return grad * 3 * x * x


def wrong(grad, x):
    return grad * 2 * x * x


calls = itertools.count()


def sees_a_trace(x):
    from torch._subclasses.fake_tensor import FakeTensor

    return isinstance(x, FakeTensor)


def falls_back(grad, x, ctx):
    try:
        small = bool(x.abs() < 1)
    except Exception:  # as it is while it is traced
        return right(grad, x)
    return wrong(grad, x) if small else right(grad, x)


class Mean(torch.autograd.Function):
    """The mean of squares, whose backward forgets by how many it divided."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return (x * x).mean()

    @staticmethod
    def backward(ctx, grad):
        return grad * 2 * ctx.saved_tensors[0]


def swallows(x):
    """Zero below 1, which a trace does not see."""
    try:
        return x * 2 if float(x) > 1 else x * 0
    except Exception:
        return x * 2


class Remembers(torch.autograd.Function):
    """The cube, whose backward takes the argument of the last call, and spoils what is saved."""

    last: torch.Tensor

    @staticmethod
    def forward(ctx, x):
        Remembers.last = x
        return x**3

    @staticmethod
    def backward(ctx, grad):
        return right(grad, Remembers.last)


class Spoils(torch.autograd.Function):
    """The cube, whose backward writes into what is saved."""

    @staticmethod
    def forward(ctx, x):
        slope = 3 * x * x
        ctx.save_for_backward(slope)
        return x**3

    @staticmethod
    def backward(ctx, grad):
        (slope,) = ctx.saved_tensors
        found = grad * slope
        slope.data.mul_(2)
        return found


def only_right_in(*formats):
    return function(lambda g, x, ctx: right(g, x) if x.dtype in formats else wrong(g, x))


TORCH = {
    "forgets_the_incoming_gradient": function(lambda g, x, ctx: 3 * x * x),
    "squares_the_incoming_gradient": function(lambda g, x, ctx: right(g * g, x)),
    "takes_the_mean_of_the_incoming_gradients": function(lambda g, x, ctx: right(g.mean(), x)),
    "clips_the_incoming_gradient": function(lambda g, x, ctx: right(g.clamp(-2, 2), x)),
    "remembers_the_last_call": Remembers.apply,
    "spoils_what_is_saved": Spoils.apply,
    "wrong_at_float32": only_right_in(torch.float64, torch.float16, torch.bfloat16),
    "wrong_at_bfloat16": only_right_in(torch.float64, torch.float32, torch.float16),
    "wrong_where_a_graph_of_positive_numbers_is_made": function(
        lambda g, x, ctx: right(g, x) * (torch.where(x > 0, 2, 1) if torch.is_grad_enabled() else 1)
    ),
    "wrong_for_thousands": function(lambda g, x, ctx: wrong(g, x) if x.numel() > 3000 else right(g, x)),
    "wrong_for_three_dimensions": function(lambda g, x, ctx: wrong(g, x) if x.dim() == 3 else right(g, x)),
    "wrong_for_vectors": function(lambda g, x, ctx: wrong(g, x) if x.dim() else right(g, x)),
    "wrong_for_several": function(lambda g, x, ctx: wrong(g, x) if x.numel() > 1 else right(g, x)),
    "wrong_for_matrices": function(lambda g, x, ctx: wrong(g, x) if x.dim() == 2 else right(g, x)),
    "wrong_where_a_graph_is_made": function(
        lambda g, x, ctx: wrong(g, x) if torch.is_grad_enabled() else right(g, x)
    ),
    "wrong_after_the_first_call": function(lambda g, x, ctx: wrong(g, x) if next(calls) > 0 else right(g, x)),
    "every_other_call": function(lambda g, x, ctx: wrong(g, x) if next(calls) % 2 else right(g, x)),
    "sees_the_trace": function(lambda g, x, ctx: right(g, x) if sees_a_trace(x) else wrong(g, x)),
    "falls_back": function(falls_back),
    "forgets_the_mean": Mean.apply,
    "swallows_the_refusal": swallows,
    "another_forward_each_time": lambda x: x * (2 + next(calls) % 2),
    "a_random_factor_of_numpy": lambda x: x * float(torch.rand(()).item() if not sees_a_trace(x) else 0.5),
}


@pytest.mark.parametrize("name", TORCH)
def test_what_runs_otherwise_than_it_was_traced_is_not_captured(name):
    with pytest.raises(CaptureError, match="what runs is not what was traced: at x = ") as caught:
        of_torch(TORCH[name], name, "f", "float64")
    assert "\n" not in str(caught.value)


CUBE = function(lambda g, x, ctx: right(g, x))


def written(grad, x, ctx):
    found = right(grad, x).clone().view(1)
    return found.index_fill_(0, torch.tensor([0]), 1.0).view(())


class Product(torch.autograd.Function):
    """Wrong for x where the other needs a gradient too."""

    @staticmethod
    def forward(ctx, x, other):
        ctx.save_for_backward(x, other)
        return x * other

    @staticmethod
    def backward(ctx, grad):
        x, other = ctx.saved_tensors
        return grad * other * (2 if ctx.needs_input_grad[1] else 1), grad * x


def test_a_backward_that_depends_on_who_needs_a_gradient_is_not_captured():
    request = Request("f", {}, {"other": "3"})
    function = bound(Product.apply, request, partial(held_as, "float64"))
    with pytest.raises(CaptureError, match="6 where the held arguments need one too, and else 3"):
        of_torch(function, "f", "f", "float64")


REFUTED = {  # the trace sees these as they are
    "wrong_without_a_graph": function(
        lambda g, x, ctx: right(g, x) if torch.is_grad_enabled() else wrong(g, x)
    ),
    "wrong_for_scalars": function(lambda g, x, ctx: right(g, x) if x.dim() else wrong(g, x)),
    "wrong_where_it_is_needed": function(
        lambda g, x, ctx: wrong(g, x) if ctx.needs_input_grad[0] else right(g, x)
    ),
    "a_forward_for_gradients": lambda x: CUBE(x) if x.requires_grad else x * x,
    "the_gradient_of_another": lambda x: (x * 2).detach() + x * x - (x * x).detach(),
    "masked_in_place": function(lambda g, x, ctx: right(g, x).masked_fill_(x < 0.001, 0)),
    "written_in_place": function(written),
}


@pytest.mark.parametrize("name", REFUTED)
def test_a_wrong_derivative_that_a_trace_shows_is_refuted_or_not_read(name):
    try:
        verdict = judged(of_torch(REFUTED[name], name, "f", "float64"), "-2,2")
    except CaptureError:
        return
    assert isinstance(verdict, Refuted), str(verdict)


class _OnlyOne(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        if grad.numel() > 1:
            raise RuntimeError("one number only")
        return 2 * x * grad


ALIKE = {  # that depend on nothing that they should not
    "softmax": lambda x: torch.softmax(x.reshape(-1), 0)[0] * 1.5,
    "one_that_16_bits_tell_little_of": lambda x: torch.sin((x + 1) ** 3),
    "a_sum": lambda x: (x**3).sum(),
    "a_mean": lambda x: torch.sin(x).mean(),
    "only_scalars": lambda x: x * x if x.dim() == 0 else 1 / 0,
    "a_backward_that_raises_on_arrays": lambda x: _OnlyOne.apply(x),
    "log": lambda x: torch.log(x) if sees_a_trace(x) or (x > 0).all() else 1 / 0,
}


@pytest.mark.parametrize("name", ALIKE)
def test_a_function_of_arrays_that_is_no_pointwise_one_is_captured(name):
    assert isinstance(judged(of_torch(ALIKE[name], name, "f", "float64"), "0.1,2"), Certified)


ALONE = {
    "softmax": True,
    "one_that_16_bits_tell_little_of": False,
    "a_sum": False,
    "a_mean": False,
    "only_scalars": True,
    "a_backward_that_raises_on_arrays": True,
    "log": False,
}


@pytest.mark.parametrize("name", ALONE)
def test_a_program_of_one_number_alone_says_so(name):
    assert of_torch(ALIKE[name], name, "f", "float64").alone is ALONE[name]


def test_a_function_that_only_traces_does_not_run():
    def only_traces(x):
        if not sees_a_trace(x):
            raise OSError("no such device")
        return x * x

    with pytest.raises(CaptureError, match="does not run: OSError: no such device"):
        of_torch(only_traces, "f", "f", "float64")


def custom_vjp(backward):
    @jax.custom_vjp
    def cube(x):
        return x**3

    cube.defvjp(lambda x: (x**3, x), lambda x, g: (backward(g, x),))
    return cube


@jax.custom_vjp
def mean(x):
    return (x * x).mean()


mean.defvjp(lambda x: ((x * x).mean(), x), lambda x, g: (g * 2 * x,))

JAX = {
    "wrong_for_arrays": custom_vjp(lambda g, x: (wrong if x.ndim else right)(g, x)),
    "wrong_for_several": custom_vjp(lambda g, x: (wrong if x.size > 1 else right)(g, x)),
    "wrong_after_the_first_call": custom_vjp(lambda g, x: (wrong if next(calls) else right)(g, x)),
    "forgets_the_mean": mean,
    "forgets_the_incoming_gradient": custom_vjp(lambda g, x: 3 * x * x),
    "takes_the_mean_of_the_incoming_gradients": custom_vjp(lambda g, x: right(g.mean(), x)),
    "wrong_at_float32": custom_vjp(lambda g, x: (wrong if x.dtype == "float32" else right)(g, x)),
    "wrong_for_thousands": custom_vjp(lambda g, x: (wrong if x.size > 3000 else right)(g, x)),
}


@pytest.mark.parametrize("name", JAX)
def test_what_jax_runs_otherwise_than_it_was_traced_is_not_captured(name):
    with pytest.raises(CaptureError, match="what runs is not what was traced: at x = "):
        of_jax(JAX[name], name, "f", "float64")


def test_a_forward_of_another_value_where_jax_differentiates_is_not_captured():
    @jax.custom_vjp
    def cube(x):
        return x**3

    cube.defvjp(lambda x: (x**2, x), lambda x, g: (g * 2 * x,))
    with pytest.raises(CaptureError, match="what runs is not what was traced"):
        of_jax(cube, "cube", "f", "float64")


def test_jaxs_functions_of_arrays_are_captured():
    for name, f in {"softmax": jax.nn.softmax, "a_sum": lambda x: jnp.sum(x**3)}.items():
        assert isinstance(judged(of_jax(f, name, "f", "float64")), Certified), name


@pytest.fixture(autouse=True)
def counted_from_0():
    global calls
    calls = itertools.count()
