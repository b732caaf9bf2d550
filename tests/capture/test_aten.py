"""PyTorch's programs, read as terms, have the values that PyTorch computes; their gradients are proved."""

import warnings
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import torch
import torch.nn.functional as F

from certify.api import prove
from certify.capture.aten import of_torch, read
from certify.capture.program import (
    INFINITY,
    MINUS_INFINITY,
    CaptureError,
    constants,
    entry,
    number,
    to_float32,
    to_float64,
)
from certify.capture.rounding import allowed
from certify.catalogue import kink_of
from certify.language.terms import Rational, X, subterms
from certify.notation.parser import parse
from certify.prover.verdict import Certified, Refuted
from tests import routes
from tests.capture.programs import ABOVE_1, POINTS, POSITIVE, UNIT, from_module, judged, named, same_values

warnings.filterwarnings("ignore", category=DeprecationWarning)

SHELF = {
    **from_module(F, "relu relu6 elu selu celu gelu silu mish softplus softsign"),
    **from_module(F, "tanhshrink hardtanh hardsigmoid hardswish hardshrink"),
    **from_module(F, "softshrink leaky_relu logsigmoid sigmoid tanh rrelu"),
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "threshold": lambda x: F.threshold(x, 0.1, 20.0),
    "prelu": lambda x: F.prelu(x, torch.tensor(0.25, dtype=x.dtype)),
}
FUNCTIONS = {name: (function, POINTS) for name, function in SHELF.items()} | {
    **named(torch, "abs sin cos tan atan sinh cosh exp exp2 expm1", POINTS),
    **named(torch, "asinh erf erfc square reciprocal neg sgn sinc i0", POINTS),
    **named(torch, "asin acos atanh log1p erfinv", UNIT),
    **named(torch, "log log2 log10 sqrt rsqrt lgamma digamma", POSITIVE),
    **named(torch.special, "erfcx i0e i1 i1e ndtr log_ndtr", POINTS),
    "entr": (torch.special.entr, POSITIVE),
    "ndtri": (torch.special.ndtri, (0.4, 0.8)),
    "logit": (torch.logit, (0.4, 0.8)),
    "acosh": (torch.acosh, ABOVE_1),
    "power": (lambda x: torch.abs(x) ** 2.5, POINTS),
    "clamp": (lambda x: x.clamp(-1, 2), POINTS),
    "maximum": (lambda x: torch.maximum(x, 2 * x), POINTS),
    "nan_to_num": (torch.nan_to_num, POINTS),
    "logical": (lambda x: torch.where((x > 0) ^ (x > 1) | ~(x > -1), x, x * x), POINTS),
    "in_place": (lambda x: (x * 2).sin_().add_(x, alpha=3), POINTS),
    "rounded_up": (lambda x: x.add(x, alpha=2).sub(1, alpha=3), POINTS),
}


def slope_of(function):
    def slope(x):
        leaf = torch.tensor(x, dtype=torch.float64, requires_grad=True)
        return torch.autograd.grad(function(leaf), leaf)[0].item()

    return slope


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_terms_have_pytorchs_values(name):
    function, points = FUNCTIONS[name]
    program = of_torch(function, name, "f", "float64")
    same_values(
        program, lambda x: function(torch.tensor(x, dtype=torch.float64)).item(), slope_of(function), points
    )


JUMPS = {"hardshrink": (-0.5, 0.5), "threshold": (0.1,)}


@pytest.mark.parametrize("name", SHELF)
def test_every_activation_is_certified_within_its_constants(name):
    program = of_torch(SHELF[name], name, "f", "float64")
    kinks = dict(kink_of(Fraction(at), "jump") for at in JUMPS.get(name, ()))
    claim = replace(entry(program), kinks=kinks)
    limit = allowed(program, claim.domain)
    verdict = prove(claim, claim.spec(atol=limit, rtol=limit))
    assert isinstance(verdict, Certified), str(verdict)


def test_gelu_is_as_far_off_as_the_rounding_of_its_constants():
    """M_SQRT1_2 in the forward, M_2_SQRTPI*M_SQRT1_2/2 and exp(-x*x/2) in the backward: doubles, so
    nothing of 1e-18 is certified, and 1e-16 is; at float32 the same nine digits further up."""
    for dtype, unit in (("float64", Fraction(1, 2**53)), ("float32", Fraction(1, 2**24))):
        claim = entry(of_torch(F.gelu, "gelu", "f", dtype))
        assert isinstance(prove(claim, claim.spec(atol=unit)), Certified)
        assert isinstance(prove(claim, claim.spec(atol=unit / 100)), Refuted)


def test_at_float32_the_constants_are_float32():
    program = of_torch(SHELF["threshold"], "t", "f", "float32")
    held = {node.value for node in subterms(program.function) if isinstance(node, Rational)}
    assert Fraction(torch.tensor(0.1, dtype=torch.float32).item()) in held
    assert constants(program) == {"float32": ["0.1"]}


def test_a_float32_constant_of_a_float64_program_is_told_as_one():
    program = of_torch(lambda x: x * torch.tensor(0.1) * 0.3, "t", "f", "float64")
    assert constants(program) == {"float32": ["0.1"], "float64": ["0.3"]}


class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * 2 * x * x


def test_a_wrong_backward_of_a_custom_function_is_refuted():
    assert isinstance(judged(of_torch(Cube.apply, "cube", "f", "float64")), Refuted)


class HalfBackward(Cube):
    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * (3 * x * x).bfloat16().double()


def autocast(x):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return torch.mm(x.view(1, 1), x.view(1, 1)).view(()).double()


CASTS = {  # that round nothing
    "to_the_same_type": (lambda x: x.double() * x.to(x), "float64", "x*x"),
    "wider": (
        lambda x: (x * 0.1).double() * 0.1,
        "float32",
        f"x*{Decimal(to_float32(0.1))}*{Decimal(to_float64(0.1))}",
    ),
    "a_constant_of_half": (
        lambda x: x * torch.tensor(0.1, dtype=torch.bfloat16),
        "float64",
        "x*0.10009765625",
    ),
    "an_integer": (lambda x: x * (2**24 + 1), "float32", "x*16777216"),
    "detached": (lambda x: x * x.detach(), "float64", "x*x"),
}


@pytest.mark.parametrize("name", CASTS)
def test_what_rounds_nothing_is_read(name):
    function, dtype, expected = CASTS[name]
    found = read(function, [X], name, dtype)
    for x in (Fraction(-7, 3), Fraction(1, 5), Fraction(11, 2)):
        at = mpmath.mpf(x.numerator) / x.denominator
        assert routes.value(found, at) == routes.value(parse(expected), at)


def test_autocast_rounds_float32_and_leaves_float64():
    assert read(autocast, [X], "f", "float64") == parse("x*x")
    with pytest.raises(CaptureError, match=r"torch.float32 to torch.bfloat16, which rounds"):
        read(autocast, [X], "f", "float32")


def test_a_number_beyond_the_largest_is_infinite():
    assert number(1e300, "float32") == number(10**400, "float64") == INFINITY
    assert number(-(10**50), "float32") == MINUS_INFINITY


def huge(x):
    for _ in range(60):
        x = torch.sin(x) + x * x
    return x


REFUSED = {
    "branch": (lambda x: x if x > 0 else 2 * x, "test_aten.py:.*its value is read"),
    "float": (lambda x: x * float(x), "test_aten.py:.*its value is read"),
    "numpy": (lambda x: x * torch.as_tensor(x.detach().numpy()), "its value is read"),
    "through_numpy": (lambda x: torch.from_numpy(np.sin(np.asarray(x.detach()))) * x, "its value is read"),
    "list": (lambda x: x * torch.tensor(x.detach().tolist()), "its value is read"),
    "item": (lambda x: x * x.detach().item(), "its value is read"),
    "vector": (lambda x: x.expand(2), r"aten.expand makes a tensor of shape \(2\)"),
    "floor": (lambda x: torch.floor(x) * x, "the operation aten.floor of PyTorch has no term"),
    "constant": (lambda x: torch.tensor(1.0), "does not require grad"),
    "raises": (lambda x: x / {}["a"], "test_aten.py:.*KeyError"),
    "random": (lambda x: F.rrelu(x, training=True), "random|no term"),
    "rounding": (lambda x: torch.div(x, 2, rounding_mode="floor"), "with rounding_mode has no term"),
    "integers": (lambda x: x * (x * 2).to(torch.int64), "torch.int64, which is no real arithmetic"),
    "an_integer_of_a_fraction": (
        lambda x: x * torch.full_like(x, 2.5, dtype=torch.int64),
        "torch.int64, which is no real arithmetic",
    ),
    "half": (lambda x: x.half() * x, "casts torch.float64 to torch.float16, which rounds"),
    "half_and_back": (lambda x: x.to(torch.bfloat16).double() * x, "torch.float64 to torch.bfloat16"),
    "float32": (lambda x: x.float() * x, "torch.float32, which rounds .*; --dtype float32 reads it"),
    "as_another": (
        lambda x: x.type_as(torch.zeros((), dtype=torch.half)) * x,
        "torch.float64 to torch.float16",
    ),
    "copied": (lambda x: torch.empty((), dtype=torch.half).copy_(x) * x, "torch.float64 to torch.float16"),
    "in_place": (lambda x: torch.zeros((), dtype=torch.half).add_(x) * x, "to torch.float16|at float16"),
    "bits": (lambda x: x.view(torch.int64).view(torch.float64) * x, "torch.int64, which is no real|no term"),
    "rounded": (lambda x: torch.round(x) * x, "aten.round of PyTorch has no term"),
    "a_constant_at_half": (
        lambda x: x * torch.full((), 0.1, dtype=torch.half),
        "a constant at float16: float64 or float32 can be read",
    ),
    "complex": (lambda x: (x.to(torch.complex128) * x).real, "torch.complex128|no term"),
    "in_the_backward_only": (HalfBackward.apply, "torch.float64 to torch.bfloat16, which rounds"),
    "a_sum": (lambda x: x.expand(3).sum(), r"aten.expand makes a tensor of shape \(3\)"),
    "huge": (huge, "the program is too large"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refuses_with_one_line(name):
    function, message = REFUSED[name]
    with pytest.raises(CaptureError, match=message) as caught:
        of_torch(function, name, "f", "float64")
    assert "\n" not in str(caught.value)
