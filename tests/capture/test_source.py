"""The line that a person would look at: of the backward, or of the function that has none."""

import importlib
import sys
from functools import partial

import jax
import pytest
import torch

from certify.capture.aten import of_torch
from certify.capture.jaxpr import of_jax
from certify.capture.source import place_of
from certify.capture.target import capture
from certify.catalogue.request import Request

MINE = """
import functools
import torch, jax


class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, grad):  # cube's
        return grad * 3 * ctx.saved_tensors[0] ** 2


def wrapped(x):
    return torch.sin(Cube.apply(x) * 2)


def plain(x):  # plain's
    return x * x


class Act(torch.nn.Module):
    def forward(self, x):  # act's
        return x * x


instance = Act()


@jax.custom_vjp
def vjp(x):
    return x**3


def vjp_backward(x, grad):  # vjp's
    return (grad * 3 * x**2,)


vjp.defvjp(lambda x: (x**3, x), vjp_backward)


@jax.custom_jvp
def jvp(x):
    return x**3


@jvp.defjvp
def jvp_rule(primals, tangents):  # jvp's
    return primals[0] ** 3, 3 * primals[0] ** 2 * tangents[0]


def in_jax(x):
    return jax.numpy.sin(vjp(jax.nn.relu(x) + 1))


def plain_of_jax(x):  # jax's
    return jax.nn.relu(x) * x
"""

PLACES = {
    "torch:Cube": "cube's",
    "torch:wrapped": "cube's",
    "torch:plain": "plain's",
    "torch:Act": "act's",
    "torch:instance": "act's",
    "jax:vjp": "vjp's",
    "jax:in_jax": "vjp's",
    "jax:jvp": "jvp's",
    "jax:plain_of_jax": "jax's",
}


@pytest.fixture(scope="module")
def mine(tmp_path_factory):
    folder = tmp_path_factory.mktemp("source")
    path = folder / "mine_of_source.py"
    path.write_text(MINE)
    sys.path.insert(0, str(folder))
    importlib.import_module("mine_of_source")
    yield path
    sys.path.remove(str(folder))


@pytest.mark.parametrize("name", PLACES)
def test_the_place_of_the_backward(name, mine):
    framework, function = name.split(":")
    file, line = capture(Request(f"{framework}:mine_of_source.{function}")).source
    assert file == str(mine)
    assert f"# {PLACES[name]}" in mine.read_text().splitlines()[line - 1]


def test_a_function_that_is_not_pythons_has_no_place():
    assert capture(Request("torch:torch.exp")).source is None
    assert place_of(torch.exp) is None
    assert place_of(partial(torch.exp)) is None
    assert place_of(eval("lambda x: x")) is None


def test_a_library_has_the_place_of_its_function():
    assert capture(Request("jax:jax.nn.silu")).source[0].endswith("functions.py")
    assert of_jax(jax.nn.relu, "relu", "f", "float64").source is None
    assert of_torch(torch.exp, "exp", "f", "float64").source is None
