"""Targets and the command: what a person types, and what comes back in one line."""

import json
import sys
from decimal import Decimal

import pytest
import torch

from certify.capture import target as targets
from certify.capture.program import CaptureError
from certify.capture.target import capture
from certify.catalogue.request import Request
from certify.language.printer import print_term
from certify.notation.parser import parse

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

def loss(x, target):
    return ((x - target)**2).mean()

class Constant(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x*0.044715

    @staticmethod
    def backward(ctx, grad):
        return grad*0.044716

def wrong_constant(x):
    return Constant.apply(x)

def differentiates(x):
    return torch.autograd.grad(torch.sin(x), x)[0]

def of_a_matrix(x):
    return x[0, 1]*x[2, 2]

def jumps(x):
    return torch.floor(x)*0 + x*torch.sigmoid(x)

class Jumps(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.floor(x)*0 + x*torch.sigmoid(x)

    @staticmethod
    def backward(ctx, grad):
        s = torch.sigmoid(ctx.saved_tensors[0])
        return grad*s*(1 + ctx.saved_tensors[0]*(1 - s))
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
    program = capture(Request(path))
    assert program.name == path.partition(":")[2].replace(":", ".")
    assert print_term(program.function) == "x*sigmoid(x)"


def test_a_module_of_ones_own_says_its_framework(mine):
    assert capture(Request(f"{mine}:good")).framework.startswith("torch")


def test_keywords_reach_the_function():
    tanh = capture(Request("torch:torch.nn.functional.gelu", {"approximate": "tanh"}))
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
    "{mine}:two": "is a function of x, y, needs one variable: --at y=NUMBER",
    "{mine}:fl": "{mine}:fl: the operation aten.floor",
    "{mine}_broken:f": "importing {mine}_broken fails: No module named 'nothing_of_this_name'",
    "{mine}_raises:f": "ZeroDivisionError",
    "{mine}_both:f": "imports both jax and torch: write jax:",
    "{mine}:differentiates": "or it takes a gradient itself, for which torch.func.grad",
    "{mine}:of_a_matrix": "if it wants arrays, integers or more arguments, name a function of one number",
    "torch:torch.nn.functional.nll_loss": "needs one variable: --at target=NUMBER",
    "torch:torch.nn.Threshold": "is a class, and making one fails: .*: --with threshold=VALUE gives it",
    "torch:torch.Tensor": "is a class: name a function",
    "torch:torch.pow": "if it wants arrays, integers or more arguments",
    "{mine}:Jumps": "the operation aten.floor",
    "json:dumps": "imports neither jax nor torch",
}


@pytest.mark.parametrize("target", REFUSED)
def test_refuses_a_target_with_one_line(target, mine):
    with pytest.raises(CaptureError, match=REFUSED[target].format(mine=mine)) as caught:
        capture(Request(target.format(mine=mine)))
    assert "\n" not in str(caught.value)


def test_a_held_argument_is_the_number_of_the_dtype(mine):
    for dtype in ("float64", "float32"):
        program = capture(Request(f"{mine}:loss", {}, {"target": "0.3"}, dtype))
        kept = torch.tensor(0.3, dtype=getattr(torch, dtype)).item()
        assert program.function == parse(f"(x - {Decimal(kept)})*(x - {Decimal(kept)})")


def test_against_another_function_the_forward_is_not_read(mine):
    silu = parse("x*sigmoid(x)")
    program = capture(Request(f"{mine}:Jumps"), silu)
    assert program.function == silu
    assert "sigmoid" in print_term(program.derivative)


def test_finding_a_function_leaves_the_path_as_it_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = list(sys.path)
    with pytest.raises(CaptureError):
        targets.find("nosuchmodule:f", "nosuchmodule:f")
    assert sys.path == before


def test_says_how_to_install_a_framework_that_is_missing(monkeypatch):
    monkeypatch.setitem(targets.INSTALL, "nosuchframework", "pip install it")
    with pytest.raises(CaptureError, match=r"nosuchframework cannot be imported .*: pip install it"):
        capture(Request("nosuchframework:a.b"))


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
        ("torch-rules --domain 0,1", "torch-rules takes no --domain"),
        ("torch-rules --against silu", "torch-rules takes no --against"),
        ("torch-rules --name a", "torch-rules takes no --name"),
        ("torch-rules --kink 0=jump", "torch-rules takes no --kink"),
        ("torch-rules --with a=1", "torch-rules takes no --with"),
        ("torch-rules --at a=1", "torch-rules takes no --at"),
        ("torch-rules --dtype float32", "torch-rules takes no --dtype"),
        ("torch-rules --tol 1", "torch-rules takes no --tol"),
        ("torch-rules --at-most 1", "torch-rules takes no --at-most"),
        ("torch-rules --rtol 1", "torch-rules takes no --rtol"),
        ("torch-rules --no-verify", "torch-rules takes no --no-verify"),
        ("torch-rules jax:jax.nn.relu", "torch-rules takes no other targets"),
        ("torch:torch.pow --at 1=x", "--at 1: 'x' is not an exact number"),
    ):
        code, out, err = certify(f"capture {arguments}")
        assert code == 2, arguments
        assert words in out + err


def test_a_bad_target_among_several_is_a_row(certify, mine):
    code, out, _ = certify(f"capture torch:torch.sin torch:nosuch {mine}:fl --domain -1,1")
    assert code == 2
    rows = [line for line in out.splitlines() if line.startswith(("certified", "error"))]
    assert [row.split()[:2] for row in rows] == [
        ["certified", "torch.sin"],
        ["error", "torch:nosuch"],
        ["error", f"{mine}:fl"],
    ]
    assert "no module named 'nosuch'" in rows[1]
    assert "aten.floor" in rows[2]
    assert certify("verify certificates/torch.sin.json")[0] == 0


def test_a_bad_target_among_several_is_a_row_of_json(certify, mine):
    code, out, err = certify(f"capture torch:nosuch {mine}:wrong --json")
    first, second = json.loads(out)
    assert code == 1  # a refutation is graver
    assert first == {"name": "torch:nosuch", "verdict": "error", "error": "no module named 'nosuch'"}
    assert (second["name"], second["verdict"]) == (f"{mine}.wrong", "refuted")
    assert err == ""


def test_the_command_holds_an_argument_and_says_so(certify):
    code, out, _ = certify("capture torch:torch.nn.functional.mse_loss --at target=0.3")
    assert code == 0
    assert "captured  torch:torch.nn.functional.mse_loss with target=0.3 from torch" in out
    assert "f(x) = (x - 0.3)*(x - 0.3)" in out
    assert "0.3 is the float64 number nearest to it" in out


def test_a_counterexample_shows_the_decimals_that_were_written(certify, mine):
    code, out, _ = certify(f"capture {mine}:wrong_constant")
    assert code == 1
    assert "s(x) = " in out
    assert "0.044716" in out
    assert "nearest to" in out
    shown = certify(f"show certificates/{mine}.wrong_constant.refuted.json")[1]
    assert "0.044716" in shown


def test_a_module_of_the_current_folder_is_found(certify, tmp_path):
    (tmp_path / "beside_me.py").write_text("import torch\n\ndef f(x):\n    return x*x\n")
    path, own = list(sys.path), sys.modules.copy()
    try:
        assert certify("capture beside_me:f")[0] == 0
    finally:
        sys.path[:] = path
        for name in sys.modules.keys() - own:
            if name == "beside_me":
                del sys.modules[name]
