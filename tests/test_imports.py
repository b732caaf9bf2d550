"""What a process loads: flint to prove, mpmath to verify, rich on a terminal, else none."""

import subprocess
import sys

import pytest

from tests import TESTS

ACCEPT = str(TESTS / "accept")
WATCHED = (
    "flint",
    "mpmath",
    "rich",
    "certify.prover.enclosure",
    "certify.prover.identity",
    "certify.verifier",
)
PROVER = "certify.prover.enclosure certify.prover.identity"
SCRIPT = f"""
import sys
from certify.cli import main
try:
    main()
finally:
    print(*(name for name in {WATCHED} if name in sys.modules), file=sys.stderr)
"""

LOADS = {
    "--help": "",
    "sigmod": "",
    "list": "",
    "show sigmoid": "",
    f"show {ACCEPT}/relu.json": "",
    "init mykernels:silu": "",
    "sigmoid": f"flint mpmath {PROVER} certify.verifier",
    "sigmoid --no-verify": f"flint {PROVER}",
    "sigmoid relu --no-verify": f"flint {PROVER}",
    "elu --domain -inf,inf --param alpha=any --no-verify": f"flint {PROVER}",
    "export sigmoid": f"flint {PROVER}",
    f"export {ACCEPT}/exact_elu.json": "",
    f"verify {ACCEPT}": "mpmath certify.verifier",
}


@pytest.mark.parametrize("line", LOADS)
def test_a_command_loads_only_the_libraries_of_its_own_side(line, tmp_path):
    command = [sys.executable, "-c", SCRIPT, *line.split()]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.stderr.splitlines()[-1] == LOADS[line], done.stderr


def test_words_stand_below_prover_and_verifier():
    script = "import certify.words.claims, sys; print(*(n for n in sys.modules if n.startswith('certify.')))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    folders = {name.split(".")[1] for name in done.stdout.split()}
    assert folders <= {"words", "certificate", "notation", "language"}
