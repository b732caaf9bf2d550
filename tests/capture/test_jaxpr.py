"""JAX's programs, read as terms, have the values that JAX computes; their gradients are proved."""

from fractions import Fraction

import jax
import jax.numpy as jnp
import jax.scipy.special as special
import numpy as np
import pytest
from programs import ABOVE_1, POINTS, POSITIVE, UNIT, from_module, named, same_values

from certify.api import prove, tightest
from certify.capture.jaxpr import capture
from certify.capture.program import AT_MOST, CaptureError, constants, entry
from certify.verdict import Certified, Refuted

SHELF = from_module(
    jax.nn,
    "celu elu gelu hard_sigmoid hard_silu hard_tanh leaky_relu log_sigmoid mish relu relu6 selu "
    "sigmoid silu soft_sign softplus sparse_plus sparse_sigmoid squareplus tanh identity",
)
FUNCTIONS = {f"nn.{name}": (function, POINTS) for name, function in SHELF.items()} | {
    "gelu_exact": (lambda x: jax.nn.gelu(x, approximate=False), POINTS),
    **named(jnp, "sin cos tan arctan sinh cosh exp expm1", POINTS),
    **named(jnp, "arcsinh tanh exp2 cbrt square sinc abs sign", POINTS),
    **named(jnp, "reciprocal deg2rad i0", POINTS),
    **named(jnp, "arcsin arccos arctanh log1p", UNIT),
    **named(jnp, "log log2 log10 sqrt", POSITIVE),
    "numpy.arccosh": (jnp.arccosh, ABOVE_1),
    **named(special, "erf erfc ndtr log_ndtr expit", POINTS),
    **named(special, "i0 i0e i1 i1e", POINTS),
    **named(special, "gammaln digamma entr", POSITIVE),
    "special.erfinv": (special.erfinv, UNIT),
    "special.logit": (special.logit, (0.4, 0.8)),
    "max_with_a_tie": (lambda x: jnp.maximum(x, 2 * x), POINTS),
    "clip": (lambda x: jnp.clip(x, -1.0, jnp.inf), POINTS),
    "power": (lambda x: jnp.abs(x) ** 2.5, POINTS),
    "logical": (lambda x: jnp.where((x > 0) ^ (x > 1) | ~(x > -1), x, x * x), POINTS),
    "a_condition_as_a_number": (lambda x: (x > 0) * x, POINTS),
    "checkpointed": (jax.checkpoint(lambda x: jnp.sin(x) * x), POINTS),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_terms_have_jaxs_values(name):
    function, points = FUNCTIONS[name]
    program = capture(function, name, "f", "float64")
    with jax.enable_x64(True):
        value, slope = jax.jit(function), jax.jit(jax.grad(function))
        same_values(program, lambda x: float(value(x)), lambda x: float(slope(x)), points)


@pytest.mark.parametrize("name", SHELF)
def test_every_activation_is_certified_within_its_constants(name):
    claim = entry(capture(SHELF[name], name, "f", "float64"))
    verdict = prove(claim, claim.spec(atol=AT_MOST["float64"]))
    assert isinstance(verdict, Certified), str(verdict)


def test_at_float32_the_constants_are_float32():
    program = capture(jax.nn.gelu, "gelu", "f", "float32")
    held = {Fraction(float(text)) for text in constants(program)}
    assert Fraction(float(jnp.float32(0.044715))) in held
    assert Fraction(0.044715) not in held


def test_a_wrong_custom_jvp_is_refuted():
    @jax.custom_jvp
    def cube(x):
        return x**3

    cube.defjvp(lambda primals, tangents: (primals[0] ** 3, 2 * primals[0] ** 2 * tangents[0]))
    claim = entry(capture(cube, "cube", "f", "float64"))
    verdict = tightest(claim, claim.spec(), at_most=AT_MOST["float64"])
    assert isinstance(verdict, Refuted)


def test_a_custom_vjp_is_read():
    @jax.custom_vjp
    def cube(x):
        return x**3

    cube.defvjp(lambda x: (x**3, x), lambda x, g: (g * 3 * x * x,))
    claim = entry(capture(cube, "cube", "f", "float64"))
    assert isinstance(prove(claim, claim.spec()), Certified)


def nested(x):
    for _ in range(200):
        x = jnp.sin(x) + x * x
    return x


REFUSED = {
    "branch": (lambda x: x if x > 0 else 2 * x, "test_jaxpr.py:.*its value is read"),
    "numpy": (lambda x: x * np.asarray(x), "its value is read"),
    "item": (lambda x: x * x.item(), "its value is read"),
    "vector": (lambda x: jnp.stack([x, x]), r"returns shapes \[\(2,\)\]"),
    "floor": (lambda x: jnp.floor(x) * x, "the primitive floor of JAX has no term"),
    "cond": (lambda x: jax.lax.cond(x > 0, jnp.sin, jnp.cos, x), "the primitive cond of JAX has no term"),
    "loop": (lambda x: jax.lax.fori_loop(0, 3, lambda i, v: v * v + x, x), "the primitive scan of JAX"),
    "integer_arithmetic": (lambda x: x + jax.jit(jnp.floor_divide)(7, 2), "div of int64|sign of int64"),
    "integers": (lambda x: x.astype(int) * 1.0, "a conversion to integers"),
    "raises": (lambda x: x / {}["a"], "test_jaxpr.py:.*KeyError"),
    "huge": (nested, "nested too deep|too large"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refuses_with_one_line(name):
    function, message = REFUSED[name]
    with pytest.raises(CaptureError, match=message) as caught:
        capture(function, name, "f", "float64")
    assert "\n" not in str(caught.value)


def test_what_the_output_does_not_need_is_not_read():
    def function(x):
        jnp.floor(x)
        return x * x

    capture(function, "dead code", "f", "float64")
