"""Functions of JAX."""

import jax


def silu(x):
    return x * jax.nn.sigmoid(x)
