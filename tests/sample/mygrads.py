"""A hand-written vector-Jacobian product."""

import jax
import jax.numpy as jnp


@jax.custom_vjp
def softplus(x):
    return jnp.maximum(x, 0) + jnp.log1p(jnp.exp(-jnp.abs(x)))


def _forward(x):
    return softplus(x), x


def _backward(x, grad):
    return (grad / (1 + jnp.exp(-x)),)


softplus.defvjp(_forward, _backward)
