"""`certify.capture`: the programs of functions that are at hand, or named, proved from Python."""

import subprocess
import sys
from fractions import Fraction
from functools import partial

import jax
import jax.numpy as jnp
import pytest
import torch

import certify
import certify.capture.target as target_module
from certify import math as m
from certify.capture.program import CaptureError
from certify.capture.proving import name_of


class Cube(torch.autograd.Function):
    """x**3, right."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, grad):
        return grad * 3 * ctx.saved_tensors[0] ** 2


class Half(Cube):
    """x**3, with a backward pass that is half of what it should be."""

    @staticmethod
    def backward(ctx, grad):
        return grad * 1.5 * ctx.saved_tensors[0] ** 2


class Silu(torch.nn.Module):
    """A module."""

    def forward(self, x):
        return x * torch.sigmoid(x)


@jax.custom_vjp
def square(x):
    return x * x


square.defvjp(lambda x: (x * x, x), lambda x, g: (3 * x * g,))

RIGHT = {
    "a_function_s_apply": (Cube.apply, "torch"),
    "a_lambda_of_it": (lambda x: Cube.apply(x), "torch"),
    "a_builtin": (torch.tanh, None),
    "a_function_of_the_framework": (torch.nn.functional.softplus, None),
    "an_object": (Silu(), "torch"),
    "a_partial": (partial(torch.nn.functional.gelu, approximate="tanh"), None),
    "jax_s_function": (jax.nn.silu, None),
    "jax_s_compiled_function": (jax.jit(jnp.tanh), None),
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_function_at_hand_is_captured(name):
    function, framework = RIGHT[name]
    verdict = certify.capture(function, domain=[-2, 2], framework=framework)
    assert isinstance(verdict, certify.Certified), verdict


def test_what_is_wrong_is_refuted():
    for function, framework in ((Half.apply, "torch"), (square, "jax")):
        verdict = certify.capture(function, domain="-2,2", framework=framework)
        assert isinstance(verdict, certify.Refuted)
        assert -2 <= verdict.witness <= 2


def test_a_text_is_the_command_s_target(certify):
    import certify as package

    verdict = package.capture(
        "torch:torch.nn.functional.gelu", with_={"approximate": "tanh"}, domain=(-3, 3), dtype="float32"
    )
    path = verdict.save("python")
    line = "capture torch:torch.nn.functional.gelu --with approximate=tanh --domain -3,3 --dtype float32"
    assert certify(f"{line} --output cli/ --quiet")[0] == 0
    assert path.read_bytes() == (path.parents[1] / "cli" / path.name).read_bytes()


def test_it_is_held_against_an_entry_or_a_formula():
    against = {"silu": certify.Certified, "gelu": certify.Refuted}
    for name, expected in against.items():
        assert type(certify.capture(Silu(), against=name, domain=(-2, 2), framework="torch")) is expected
    formula = lambda x: x * m.sigmoid(x) + 3  # noqa: E731
    assert certify.capture(Silu(), against=formula, domain=(-2, 2), framework="torch")


def test_tolerances_are_those_of_the_command():
    off = lambda x: x * (1 + 1e-9)  # noqa: E731
    identity = lambda x: x  # noqa: E731
    found = {
        "auto": certify.capture(off, against=identity, framework="torch"),
        "1e-8": certify.capture(off, against=identity, framework="torch", tol="1e-8"),
        "at_most": certify.capture(off, against=identity, framework="torch", at_most="1e-7"),
        "rtol": certify.capture(off, against=identity, framework="torch", tol=0, rtol=1e-8),
    }
    assert {name: bool(verdict) for name, verdict in found.items()} == {
        "auto": False,
        "1e-8": True,
        "at_most": True,
        "rtol": True,
    }
    assert found["at_most"].spec.atol == found["at_most"].spec.rtol > 0


def test_kinks_and_names_are_as_of_prove():
    relu = torch.nn.functional.relu
    assert certify.capture(relu, kinks={0: 0}, name="mine").spec.name == "mine"
    assert isinstance(certify.capture(relu, kinks={0: "1/2"}), certify.Refuted)
    unseen = certify.capture(relu, verify=False)
    assert isinstance(unseen, certify.Proved)


NAMES = {
    "relu": torch.nn.functional.relu,
    "tanh": torch.tanh,
    "Cube.apply": Cube.apply,
    "Silu": Silu(),
    "square": square,
    "gelu": partial(torch.nn.functional.gelu, approximate="tanh"),
    "f": lambda x: x,
}


@pytest.mark.parametrize("name", NAMES)
def test_a_claim_has_its_function_s_name(name):
    assert name_of(NAMES[name]) == name


REFUSED = {
    "two_frameworks": (lambda: certify.capture(lambda x: x), 'framework="torch" or "jax"'),
    "another_framework": (lambda: certify.capture(Silu(), framework="numpy"), "needs jax or torch"),
    "a_number": (lambda: certify.capture(3), "a function, or text such as"),
    "no_target": (lambda: certify.capture("gelu"), "write jax:PATH"),
    "no_dtype": (lambda: certify.capture(torch.tanh, dtype="int8"), "int8"),
    "keywords_in_a_list": (lambda: certify.capture(torch.tanh, with_=[1]), "with_ is"),
    "no_entry": (lambda: certify.capture(torch.tanh, against="tahn"), "did you mean tanh"),
    "a_tensor": (lambda: certify.capture(torch.tanh, against=torch.ones(2)), "against is"),
    "no_domain": (lambda: certify.capture(torch.tanh, domain=3), "domain is 3"),
    "no_name": (lambda: certify.capture(torch.tanh, name="a/b"), "a letter, then"),
    "two_tolerances": (lambda: certify.capture(torch.tanh, rtol=1), "rtol needs a tol"),
    "most_of_none": (lambda: certify.capture(torch.tanh, tol=1, at_most=2), "at_most is"),
    "two_variables": (lambda: certify.capture(torch.nn.functional.mse_loss), "needs one variable"),
    "what_it_reads": (
        lambda: certify.capture(lambda x: x if x > 0 else -x, framework="torch"),
        "its value is read",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refuses(name):
    call, why = REFUSED[name]
    with pytest.raises(certify.UsageError, match=why):
        call()


def test_an_option_that_there_is_not_is_refused():
    with pytest.raises(TypeError, match="'at_least'"):
        certify.capture(torch.tanh, at_least=1)


def test_a_function_that_ends_the_process_is_an_error():
    def leave(x):
        import os

        os._exit(0)

    with pytest.raises(CaptureError, match="SystemExit"):
        certify.capture(leave, framework="torch")


ORDERS = (
    "import certify; f = certify.capture",
    "import certify.capture; f = certify.capture",
    "import certify, certify.capture.target as t; t.capture; f = certify.capture",
    "from certify import capture as f",
    "from certify.capture.target import capture; import certify; f = certify.capture",
    "import certify; certify.capture; import certify.capture.program; f = certify.capture",
)


@pytest.mark.parametrize("line", ORDERS)
def test_the_name_is_the_function_and_the_package_whatever_is_imported_first(line):
    script = (
        f"{line}; assert callable(f); assert f.target.capture; print(f('torch:torch.tanh', domain=(-1, 1)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"import certify.capture.target\n{script}"], capture_output=True
    )
    assert done.stdout.startswith(b"certified: torch.tanh on [-1, 1]"), done.stderr
    assert target_module.capture is not certify.capture


def test_other_arguments_are_held_at_exact_numbers():
    loss = torch.nn.functional.mse_loss
    verdicts = [
        certify.capture(loss, at={"target": Fraction(1, 2)}),
        certify.capture(loss, at={1: 0.5}),
        certify.capture("torch:torch.nn.functional.mse_loss", at={"target": "0.5"}),
    ]
    for verdict in verdicts:
        assert isinstance(verdict, certify.Certified)
        assert verdict.spec.derivative == verdicts[0].spec.derivative
    for at in ([1], {"target": True}, {"target": "x"}, {1.5: 1}, {"nothing": 1}):
        with pytest.raises(certify.UsageError):
            certify.capture(loss, at=at)
