"""Targets and the command: what a person types, and what comes back in one line."""

import json

import pytest

from certify.capture import target as targets
from certify.capture.program import CaptureError
from certify.capture.target import capture, keyword_arguments
from certify.language.printer import print_term

MINE = """
import torch

def good(x):
    return x*x

def two(x, y):
    return x*y

def fl(x):
    return torch.floor(x)*x

class Wrong(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, grad):
        return grad * 2 * ctx.saved_tensors[0]**2

def wrong(x):
    return Wrong.apply(x)

number = 3
"""


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """A folder with a user's modules, of a name that no other test imports."""
    name = f"mine_{tmp_path.name}".replace("-", "_")
    (tmp_path / f"{name}.py").write_text(MINE)
    (tmp_path / f"{name}_broken.py").write_text("import nothing_of_this_name\n")
    (tmp_path / f"{name}_raises.py").write_text("1/0\n")
    (tmp_path / f"{name}_both.py").write_text("import jax, torch\n\ndef f(x):\n    return x\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    return name


@pytest.mark.parametrize("path", ["jax:jax.nn.silu", "jax:jax.nn:silu", "torch:torch.nn.functional.silu"])
def test_a_dotted_path_or_module_and_function(path):
    program = capture(path)
    assert program.name == path.partition(":")[2].replace(":", ".")
    assert print_term(program.function) == "x*sigmoid(x)"


def test_a_module_of_ones_own_says_its_framework(mine):
    assert capture(f"{mine}:good").framework.startswith("torch")


def test_keywords_are_literals_or_text():
    assert keyword_arguments(("a=1", "b=tanh", "c=None", "d='x=y'")) == {
        "a": 1,
        "b": "tanh",
        "c": None,
        "d": "x=y",
    }


def test_keywords_reach_the_function():
    tanh = capture("torch:torch.nn.functional.gelu", {"approximate": "tanh"})
    assert "tanh" in print_term(tanh.function)


REFUSED = {
    "gelu": "write jax:PATH",
    "jax:": "write jax:PATH",
    "jax:a b": "write jax:PATH",
    "jax:jax.nn.geluu": "has no 'geluu', did you mean gelu",
    "torch:torch.nn": "is no function",
    "nosuchmodule:f": "no module named 'nosuchmodule'",
    "{mine}:number": "is no function",
    "{mine}:goood": "did you mean good",
    "{mine}:two": "is a function of x, y, needs one variable: --with y=VALUE",
    "{mine}:fl": "{mine}:fl: the operation aten.floor",
    "{mine}_broken:f": "importing {mine}_broken fails: No module named 'nothing_of_this_name'",
    "{mine}_raises:f": "ZeroDivisionError",
    "{mine}_both:f": "imports both jax and torch: write jax:",
    "json:dumps": "imports neither jax nor torch",
}


@pytest.mark.parametrize("target", REFUSED)
def test_refuses_a_target_with_one_line(target, mine):
    with pytest.raises(CaptureError, match=REFUSED[target].format(mine=mine)) as caught:
        capture(target.format(mine=mine))
    assert "\n" not in str(caught.value)


def test_says_how_to_install_a_framework_that_is_missing(monkeypatch):
    monkeypatch.setitem(targets.INSTALL, "nosuchframework", "pip install it")
    with pytest.raises(CaptureError, match=r"nosuchframework cannot be imported .*: pip install it"):
        capture("nosuchframework:a.b")


def test_says_how_to_install_a_module_that_is_missing():
    with pytest.raises(CaptureError, match="nosuchmodule is not installed: pip install it"):
        targets.require("nosuchmodule", "pip install it")


# --- the command ------------------------------------------------------------------------


def test_the_command_certifies_a_program(certify):
    code, out, _ = certify("capture jax:jax.nn.silu --domain -2,2")
    assert code == 0
    assert out.startswith("captured  jax:jax.nn.silu from jax ")
    assert certify("verify certificates/jax.nn.silu.json")[0] == 0


def test_the_command_refutes_a_wrong_backward(certify, mine):
    code, out, _ = certify(f"capture {mine}:wrong")
    assert code == 1
    assert "further apart than the allowed 1e-30 + 1e-30*|f'(x)|" in out


@pytest.mark.parametrize("target", ["torch:torch.log10 --domain 1e-9,1", "torch:torch.exp2 --domain 0,60"])
def test_the_command_certifies_where_f_prime_is_large(certify, target):
    code, out, _ = certify(f"capture {target}")
    assert code == 0
    assert "|f'(x) - s(x)| <= " in out
    assert certify("verify certificates")[0] == 0


def test_the_command_certifies_against_the_catalogue(certify):
    command = "capture torch:torch.nn.functional.selu --against selu --json"
    code, out, _ = certify(command)
    result = json.loads(out)[0]
    assert (code, result["verdict"]) == (0, "certified")
    assert 0 < float(result["atol"]) < 1e-15
    assert certify(f"{command} --at-most 1e-17")[0] == 1


def test_the_command_says_what_it_cannot_do(certify):
    for arguments, words in (
        ("gelu", "write jax:PATH"),
        ("jax:jax.nn.relu --dtype bfloat16", "float64 or float32"),
        ("jax:jax.nn.relu --with 3", "not NAME=VALUE"),
        ("jax:jax.nn.relu jax:jax.nn.elu --name a", "--name names one"),
        ("jax:jax.nn.relu --at-most 0", "more than 0"),
        ("jax:jax.nn.relu --rtol 1e-9", "--rtol needs --tol T"),
        ("jax:jax.nn.relu jax:jax.nn.relu", "two of the targets are named 'jax.nn.relu'"),
        ("jax:jax.nn.relu --against nosuch", "nosuch"),
        ("torch-rules --output -", "takes a folder"),
    ):
        code, out, err = certify(f"capture {arguments}")
        assert code == 2, arguments
        assert words in out + err
