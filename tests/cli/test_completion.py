"""What a shell is offered at the tab key."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from certify.catalogue import builtin
from certify.cli import completion
from certify.cli.console import HOMES
from tests import ROOT

MINE = '[silu]\nfunction = "x"\nderivative = "1"\nsecond = "0"\n["\\u001b[2J"]\n[other]\n'


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("mine.toml").write_text(MINE)
    Path("broken.toml").write_text("[a\n")
    return tmp_path


def asked(instruction, words, at):
    environment = os.environ | {
        "_CERTIFY_COMPLETE": instruction,
        "COMP_WORDS": words,
        "COMP_CWORD": str(at),
        "PYTHONPATH": str(ROOT),
    }
    run = subprocess.run(
        [sys.executable, "-m", "certify"], env=environment, capture_output=True, text=True, check=True
    )
    return run.stdout.split()


OFFERED = {  # the words, the index of the one that is begun, and what is offered for it
    ("certify sho", 1): ["show"],
    ("certify silu", 1): ["silu", "silu.second"],
    ("certify prove mi", 2): ["mish", "mish.second", "mine.toml"],
    ("certify prove mine.toml : s", 4): ["silu", "silu.second"],  # as bash breaks it
    ("certify mine.toml :", 2): ["silu", "silu.second", "other"],
    ("certify prove --max-b", 2): ["--max-bits"],
    ("certify sigmoid --max-b", 2): ["--max-bits"],
    ("certify verify --rerun ", 3): ["some", "all", "none"],
    ("certify kernel --dt", 2): ["--dtype"],
    ("certify show broken.toml : a", 4): [],
}


@pytest.mark.parametrize(("words", "at"), OFFERED)
def test_bash_is_offered(folder, words, at):
    found = [line.partition(",")[2] for line in asked("bash_complete", words, at) if line[:5] == "plain"]
    assert found == OFFERED[words, at]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_other_shells_are_offered_the_entry_of_a_file_whole(folder, shell):
    at = {"zsh": 2, "fish": "mine.toml:s"}[shell]
    out = " ".join(asked(f"{shell}_complete", "certify prove mine.toml:s", at))
    assert "mine.toml:silu" in out.replace("\\", "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_its_script(folder, shell):
    assert f"_CERTIFY_COMPLETE={shell}_complete" in " ".join(asked(f"{shell}_source", "", 0))


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
def test_bash_completes_after_the_documented_line(folder):
    (folder / "bin").mkdir()
    program = folder / "bin" / "certify"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m certify "$@"\n')
    program.chmod(0o755)
    script = (
        f"{completion.__doc__.split('`')[1]}\n"
        "COMP_WORDS=(certify prove mine.toml : o); COMP_CWORD=4\n"
        '_certify_completion certify; echo "$COMPREPLY"'
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}
    run = subprocess.run(["bash", "-c", script], env=environment, capture_output=True, text=True)
    assert (run.stdout, run.stderr) == ("other\n", "")


def test_the_names_are_those_of_the_catalogue():
    assert completion.catalogue() == list(builtin())


def test_no_formula_is_read_for_a_name(folder):
    script = (
        "import sys; from certify.cli import main\ntry: main()\n"
        "finally: print(*(m for m in sys.modules if m.startswith('certify.')), file=sys.stderr)"
    )
    environment = os.environ | {
        "_CERTIFY_COMPLETE": "bash_complete",
        "COMP_WORDS": "certify si",
        "COMP_CWORD": "1",
        "PYTHONPATH": str(ROOT),
    }
    run = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True)
    assert "plain,silu" in run.stdout
    for module in ("certify.catalogue", "certify.notation", "certify.prover", "certify.verifier"):
        assert module not in run.stderr.split()
    assert len(HOMES) >= 10
