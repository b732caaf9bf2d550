"""A sample repository through its whole life: hand-written backward passes of PyTorch and JAX, constants that
are rounded, and what happens to them."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import TESTS

pytest.importorskip("torch")
pytest.importorskip("jax")


@pytest.fixture
def run(certify, monkeypatch):
    """Runs a command in the sample repository, with its modules as they are now."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    for path in (TESTS / "sample").iterdir():
        if path.is_file():
            shutil.copy(path, path.name)

    def run(line):
        for name in ("mykernels", "mygrads"):
            sys.modules.pop(name, None)
        return certify(line)

    return run


def change(file, old, new):
    text = Path(file).read_text()
    assert old in text
    Path(file).write_text(text.replace(old, new))


def test_a_function_s_first_spec_is_written_built_and_checked(run):
    Path("sample.spec.toml").unlink()
    code, out, _ = run("init mykernels:silu")
    assert code == 0
    commands = re.findall(r"^  certify (\S+(?: \S+\.toml)?)", out, re.M)
    assert commands == ["build silu.spec.toml", "check"]
    assert [run(command)[0] for command in commands] == [0, 0]
    assert run("init mykernels:silu")[0] == 2


SILU = r"error +sample\.spec\.toml:1, entry silu, capture:"


BREAKS = {
    "the_backward_is_broken": (
        lambda: change("mykernels.py", "(1 + x * (1 - s))", "(1 + x * (1 + s))"),
        1,
        r"refuted +mykernels\.py:\d+: silu on \[-10, 10\]\n    at x = \S+, where f is differentiable",
    ),
    "a_sign_of_the_jax_backward_is_wrong": (
        lambda: change("mygrads.py", "jnp.exp(-x)),", "jnp.exp(x)),"),
        1,
        r"refuted +mygrads\.py:\d+: softplus on \[-10, 10\]\n    at x = ",
    ),
    "the_forward_is_broken": (
        lambda: change("mykernels.py", "return x * torch.sigmoid(x)", "return x * torch.sigmoid(1.01 * x)"),
        2,
        rf"{SILU} the code is not the stated function: at x = \S+ it is -?\d",
    ),
    "a_constant_is_changed": (
        lambda: change("sample.spec.toml", "0.79788458*(x + 0.044715*x", "0.79788458*(x + 0.044716*x"),
        1,
        r"refuted +\S+: gelu_tanh on \[-5, 5\](.|\n)*- s\(x\) = .*0\.044715(.|\n)*\+ s\(x\) = .*0\.044716",
    ),
    "a_tolerance_is_widened": (
        lambda: change("sample.spec.toml", 'atol = "1e-7"', 'atol = "1e-3"'),
        1,
        r"out of date +\S+: gelu_tanh: still right(.|\n)*\+ \|f' - s\| <= 0\.001 ",
    ),
    "the_backward_is_written_otherwise": (
        lambda: change("mykernels.py", "grad * s * (1 + x * (1 - s))", "grad * (s + x * s * (1 - s))"),
        1,
        r"out of date +\S+: silu: still right, .*: run certify build sample\.spec\.toml",
    ),
    "a_certificate_is_deleted": (
        lambda: Path("certificates/softplus.json").unlink(),
        1,
        r"no certificate \S+: softplus: still right, but certificates/softplus\.json: no certificate",
    ),
    "a_refutation_is_left_behind": (
        lambda: shutil.copy(TESTS / "accept" / "refutation.refuted.json", "certificates"),
        1,
        r"refutation +certificates/refutation\.refuted\.json: the refutation holds",
    ),
    "the_module_cannot_be_imported": (
        lambda: change("mykernels.py", "import torch\n", "import torch\nimport nothing_of_that_name\n"),
        2,
        rf"{SILU} mykernels:silu: importing mykernels fails: "
        r"No module named 'nothing_of_that_name'",
    ),
    "the_function_is_gone": (
        lambda: change("mykernels.py", "def silu", "def silu2"),
        2,
        rf"{SILU} mykernels:silu: mykernels has no 'silu', did you mean silu2",
    ),
    "the_function_raises": (
        lambda: change("mykernels.py", "return _SiLU.apply(x)", "raise ValueError('no')"),
        2,
        rf"{SILU} mykernels:silu, \S+mykernels\.py:\d+: ValueError: no",
    ),
}


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """Those of the sample, as `certify build` writes them."""
    folder = tmp_path_factory.mktemp("sample")
    shutil.copytree(TESTS / "sample", folder, dirs_exist_ok=True)
    subprocess.run([sys.executable, "-m", "certify", "build"], cwd=folder, check=True)
    return folder / "certificates"


def test_what_is_right_is_green(run, certificates):
    shutil.copytree(certificates, "certificates")
    code, out, _ = run("check")
    assert (code, out.splitlines()[-1]) == (0, "3 current, 1 within budget")


def test_a_kernel_that_is_made_worse_is_over_its_budget(run, certificates):
    shutil.copytree(certificates, "certificates")
    change("mykernels.py", "grad * s * (1 + x * (1 - s))", "grad * (s + x * s - x * s * s)")
    assert run("build")[0] == 0  # as mathematics it is the same
    code, out, _ = run("check")
    assert (code, out.splitlines()[-1]) == (1, "3 current, 1 over budget")
    said = r"^over budget +sample\.spec\.toml:1: silu: mykernels:silu at bfloat16 is over the budget: "
    # s rounds to 1 from x = 8 on, and x*s - x*s*s to 0 or to what the rounding of x*s leaves
    assert re.search(
        said + r"max_absolute \S+, allowed 0\.013; at x = \d+: it returns \S+, f' = 1", out, re.M
    )


def test_a_project_is_checked_from_any_of_its_folders(run, certificates, monkeypatch):
    shutil.copytree(certificates, "certificates")
    Path("pyproject.toml").write_text("[tool.certify]\n")
    Path("deep").mkdir()
    monkeypatch.chdir("deep")
    monkeypatch.setattr(
        sys, "path", [path for path in sys.path if path not in ("", str(Path("..").resolve()))]
    )
    code, out, _ = run("check --no-kernels")
    assert (code, out.splitlines()[-1]) == (0, "3 current, 1 not run")


def test_pytest_has_the_same_as_tests(certificates, tmp_path):
    shutil.copytree(TESTS / "sample", tmp_path, dirs_exist_ok=True)
    shutil.copytree(certificates, tmp_path / "certificates")
    (tmp_path / "mygrads.py").write_text(
        (tmp_path / "mygrads.py").read_text().replace("exp(-x)),", "exp(x)),")
    )
    spec = tmp_path / "sample.spec.toml"
    spec.write_text(spec.read_text().replace('max_absolute = "0.013"', 'max_absolute = "0.001"'))
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--certificates", "-v"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert dict(re.findall(r"^(\S+::\S+) (PASSED|FAILED)", done.stdout, re.M)) == {
        "certificates/gelu_tanh.json::verify": "PASSED",
        "certificates/silu.json::verify": "PASSED",
        "certificates/softplus.json::verify": "PASSED",
        "sample.spec.toml::silu": "PASSED",
        "sample.spec.toml::silu.kernel": "FAILED",
        "sample.spec.toml::softplus": "FAILED",
        "sample.spec.toml::gelu_tanh": "PASSED",
    }
    assert "refuted: softplus on [-10, 10]\n  at x = " in done.stdout
    assert "over budget: silu: mykernels:silu at bfloat16 is over the budget: max_absolute" in done.stdout


@pytest.mark.parametrize("name", BREAKS)
def test_what_is_broken_is_red_and_named(name, run, certificates):
    shutil.copytree(certificates, "certificates")
    make, exit_code, said = BREAKS[name]
    make()
    code, out, err = run("check --no-kernels")
    assert (code, err) == (exit_code, "")
    assert "not run        silu: the kernel mykernels:silu was not run" in out
    assert re.search(f"^{said}", out, re.M), out
    assert len(re.findall(r"^current ", out, re.M)) >= 2, out
