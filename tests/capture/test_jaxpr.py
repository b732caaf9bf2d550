"""JAX's programs, read as terms, have the values that JAX computes; their gradients are proved."""

from fractions import Fraction

import jax
import jax.numpy as jnp
import jax.scipy.special as special
import mpmath
import numpy as np
import pytest

from certify.api import prove
from certify.capture.jaxpr import _Frame, of_jax
from certify.capture.program import CaptureError, constants, entry
from certify.capture.rounding import allowed
from certify.language.terms import Rational, X, subterms
from certify.notation.parser import parse
from certify.prover.verdict import Certified, Refuted
from tests import routes
from tests.capture.programs import ABOVE_1, POINTS, POSITIVE, UNIT, from_module, judged, named, same_values

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
    program = of_jax(function, name, "f", "float64")
    with jax.enable_x64(True):
        value, slope = jax.jit(function), jax.jit(jax.grad(function))
        same_values(program, lambda x: float(value(x)), lambda x: float(slope(x)), points)


@pytest.mark.parametrize("name", SHELF)
def test_every_activation_is_certified_within_its_constants(name):
    program = of_jax(SHELF[name], name, "f", "float64")
    claim = entry(program)
    limit = allowed(program, claim.domain)
    verdict = prove(claim, claim.spec(atol=limit, rtol=limit))
    assert isinstance(verdict, Certified), str(verdict)


def test_at_float32_the_constants_are_float32():
    program = of_jax(jax.nn.gelu, "gelu", "f", "float32")
    held = {node.value for node in subterms(program.function) if isinstance(node, Rational)}
    assert "0.044715" in constants(program)["float32"]
    assert Fraction(float(jnp.float32(0.044715))) in held
    assert Fraction(0.044715) not in held


def test_a_wrong_custom_jvp_is_refuted():
    @jax.custom_jvp
    def cube(x):
        return x**3

    cube.defjvp(lambda primals, tangents: (primals[0] ** 3, 2 * primals[0] ** 2 * tangents[0]))
    assert isinstance(judged(of_jax(cube, "cube", "f", "float64")), Refuted)


def test_a_custom_vjp_is_read():
    @jax.custom_vjp
    def cube(x):
        return x**3

    cube.defvjp(lambda x: (x**3, x), lambda x, g: (g * 3 * x * x,))
    claim = entry(of_jax(cube, "cube", "f", "float64"))
    assert isinstance(prove(claim, claim.spec()), Certified)


def nested(x):
    for _ in range(200):
        x = jnp.sin(x) + x * x
    return x


@jax.custom_vjp
def half_backward(x):
    return x * x


half_backward.defvjp(
    lambda x: (x * x, x), lambda x, g: (g * (2 * x).astype(jnp.bfloat16).astype(jnp.float64),)
)


CASTS = {  # that round nothing
    "to_the_same_type": (lambda x: x.astype(x.dtype) * x, "float64", "x*x"),
    "wider": (lambda x: (x * 0.1).astype(jnp.float64), "float32", f"x*({Fraction(float(np.float32(0.1)))})"),
    "a_constant_of_half": (lambda x: x * jnp.bfloat16(0.1), "float64", "x*0.10009765625"),
    "a_condition": (lambda x: x * (x > 0).astype(int), "float64", "x*where(x > 0, 1, 0)"),
    "an_integer": (lambda x: x * jnp.asarray(2**24 + 1), "float32", "x*16777216"),
    "detached": (lambda x: x * jax.lax.stop_gradient(x), "float64", "x*x"),
}


@pytest.mark.parametrize("name", CASTS)
def test_what_rounds_nothing_is_read(name):
    function, dtype, expected = CASTS[name]
    with jax.enable_x64(True):
        jaxpr = jax.make_jaxpr(function)(jnp.zeros((), dtype))
    found = _Frame(jaxpr, [X], dtype).output()
    for x in (Fraction(-7, 3), Fraction(1, 5), Fraction(11, 2)):
        assert routes.value(found, mpmath.mpf(x.numerator) / x.denominator) == routes.value(
            parse(expected), mpmath.mpf(x.numerator) / x.denominator
        )


REFUSED = {
    "branch": (lambda x: x if x > 0 else 2 * x, "test_jaxpr.py:.*its value is read"),
    "numpy": (lambda x: x * np.asarray(x), "its value is read"),
    "item": (lambda x: x * x.item(), "its value is read"),
    "vector": (lambda x: jnp.stack([x, x]), r"returns shapes \[\(2,\)\]"),
    "floor": (lambda x: jnp.floor(x) * x, "the primitive floor of JAX has no term"),
    "cond": (lambda x: jax.lax.cond(x > 0, jnp.sin, jnp.cos, x), "the primitive cond of JAX has no term"),
    "loop": (lambda x: jax.lax.fori_loop(0, 3, lambda i, v: v * v + x, x), "the primitive scan of JAX"),
    "integer_arithmetic": (lambda x: x + jax.jit(jnp.floor_divide)(7, 2), "div of int64|sign of int64"),
    "integers": (lambda x: x.astype(int) * 1.0, "float64 to int64, which is no real arithmetic"),
    "an_integer_of_a_fraction": (
        lambda x: x * jax.jit(lambda c: c.astype(int))(2.5),
        "float64 to int64, which is no real arithmetic",
    ),
    "half": (lambda x: x.astype(jnp.float16) * 1.0, "float64 to float16, which rounds"),
    "half_and_back": (lambda x: x.astype(jnp.bfloat16).astype(jnp.float64) * x, "float64 to bfloat16"),
    "float32": (lambda x: x.astype(jnp.float32) * x, "float64 to float32, which rounds .*--dtype float32"),
    "reduced": (lambda x: jax.lax.reduce_precision(x, 8, 10) * x, "reduce_precision of JAX has no term"),
    "bits": (
        lambda x: jax.lax.bitcast_convert_type(jax.lax.bitcast_convert_type(x, jnp.int64), jnp.float64),
        "bitcast_convert_type of JAX has no term",
    ),
    "rounded": (lambda x: jnp.round(x) * x, "the primitive round of JAX has no term"),
    "in_the_backward_only": (half_backward, "float64 to bfloat16, which rounds"),
    "raises": (lambda x: x / {}["a"], "test_jaxpr.py:.*KeyError"),
    "huge": (nested, "nested too deep|too large"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refuses_with_one_line(name):
    function, message = REFUSED[name]
    with pytest.raises(CaptureError, match=message) as caught:
        of_jax(function, name, "f", "float64")
    assert "\n" not in str(caught.value)


def test_what_the_output_does_not_need_is_not_read():
    def function(x):
        jnp.floor(x)
        return x * x

    of_jax(function, "dead code", "f", "float64")
