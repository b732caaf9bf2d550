"""What the commands in bin/ set up: the frameworks that the targets need, and no others."""

import subprocess

import pytest

from tests import ROOT

NEEDED = {
    "": "",
    "sigmoid": "",
    "verify torch:x": "",
    "capture --help": "",
    "capture torch:torch.nn.functional.gelu --output mine/": "torch",
    "capture torch-rules": "torch",
    "capture jax:jax.nn.gelu --name torch": "jax",
    "capture --against gelu jax:jax.nn.gelu torch:torch.tanh": "jax torch",
    "kernel torch:gelu_tanh --dtype float32": "torch",
    "kernel --all jax": "jax",
    "kernel --all=torch": "torch",
    "capture mine:f": "torch",
    "capture package.part:f": "jax",
    "capture package:f": "torch",
    "capture nowhere:f": "",
    "kernel mine:f --against silu --backward package.part:g": "torch jax",
    "kernel torch:torch.tanh --help": "torch",
    "check": "torch jax",
    "check one.spec.toml": "torch",
    "build two.toml": "jax",
    "prove two.toml:b": "jax",
    "prove mine.toml": "",
    "prove sigmoid": "",
}


@pytest.mark.parametrize("line", NEEDED)
def test_a_command_needs_the_frameworks_of_its_targets(tmp_path, line):
    (tmp_path / "mine.py").write_text("import os\n\nimport torch.nn as nn\n# import jax\nimport jaxtyping\n")
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text(
        "def f(x):\n    from torch import tanh\n    return tanh(x)\n"
    )
    (tmp_path / "package" / "part.py").write_text("from jax.numpy import tanh as f\n")
    (tmp_path / "one.spec.toml").write_text('[a]\ncapture = "mine:f"\n')
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "three.spec.toml").write_text('[c.kernel]\nrun = "jax:tanh"\n')
    (tmp_path / "two.toml").write_text('[b]\ncapture = { target = "package.part:f" }\n')
    script = f'set -eu; source "{ROOT}/bin/environment"; frameworks "$@"'
    command = ["bash", "-c", script, "certify", *line.split()]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split() == NEEDED[line].split()


COVERED = {  # what is installed, and what needs no installing then
    "none": {"none"},
    "torch": {"none", "torch"},
    "jax": {"none", "jax"},
    "test": {"none", "torch", "jax", "test"},
}


@pytest.mark.parametrize("there", COVERED)
def test_what_is_a_part_of_what_is_there_is_not_installed_again(tmp_path, there):
    (tmp_path / f".installed-{there}-1").touch()
    (tmp_path / ".installed-test-2").touch()  # of an older setup.cfg
    found = set()
    for extra in COVERED:
        script = f'source "{ROOT}/bin/environment"; venv="{tmp_path}"; installed {extra} 1'
        if subprocess.run(["bash", "-euc", script], check=False).returncode == 0:
            found.add(extra)
    assert found == COVERED[there]


@pytest.mark.parametrize("extra", ["none", "torch", "jax", "test"])
def test_what_is_set_up_is_said_in_one_line_with_its_size(extra):
    script = f'source "{ROOT}/bin/environment"; size_of {extra}'
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.count("\n") == (extra != "none")
    assert ("GB on disk" in done.stdout) == (extra != "none")
