"""The help of every command ends with its exit codes and an example, and the example works."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from certify.cli.console import HOMES
from certify.cli.guide import GUIDES
from tests import ROOT

NEEDS = {"formal": "coqc"}
RELU = '[relu]\nfunction = "max(x, 0)"\nderivative = "where(x > 0, 1, 0)"\n'


def unwrapped(text):
    return " ".join(text.split())


@pytest.mark.parametrize("name", HOMES)
def test_help_ends_with_exit_codes_and_an_example(certify, name):
    code, out, _ = certify(f"{name} --help")
    exits, example = out.split("\n\n")[-2:]
    assert code == 0
    assert unwrapped(exits) == f"Exit codes: {GUIDES[name].exits}"
    assert unwrapped(example) == f"Example: {GUIDES[name].example}"
    assert out.count("Exit codes:") == 1
    assert max(map(len, out.splitlines())) <= 80


def test_help_without_a_command_does_too(certify):
    out = certify("--help")[1]
    assert unwrapped(out.split("\n\n")[-1]) == "Example: certify sigmoid --domain -10,10"
    for name in HOMES:
        assert re.search(rf"^  {name} +{re.escape(GUIDES[name].brief)}$", out, re.MULTILINE), name


@pytest.mark.parametrize("name", GUIDES)
def test_the_example_works(tmp_path, name):
    if name in NEEDS and not shutil.which(NEEDS[name]):
        pytest.skip(f"needs {NEEDS[name]}")
    (tmp_path / "mine.toml").write_text('[cube]\nfunction = "x**3"\nderivative = "3*x**2"\n')
    (tmp_path / "relu.spec.toml").write_text(RELU)
    (tmp_path / "certificates").mkdir()
    shutil.copy(ROOT / "certificates" / "relu.json", tmp_path / "certificates")
    program, *arguments = shlex.split(GUIDES[name].example)
    run = subprocess.run(
        [sys.executable, "-m", program, *arguments],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(Path.home())},
        capture_output=True,
        text=True,
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout
