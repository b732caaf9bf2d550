"""What must be trusted: the modules that verifying loads, and that they need nothing but mpmath."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import mpmath
import pytest

import certify
from certify.certificate.enclosure import digest
from tests import TESTS

PACKAGE = Path(certify.__file__).parent
SIGMOID = TESTS / "accept" / "sigmoid.json"


@pytest.fixture(scope="module")
def vendored(tmp_path_factory):
    """A folder with the three trusted folders and mpmath, and nothing else."""
    place = tmp_path_factory.mktemp("vendored")
    for folder in ("language", "certificate", "verifier"):
        shutil.copytree(PACKAGE / folder, place / "certify" / folder)
    os.symlink(Path(mpmath.__file__).parent, place / "mpmath")
    return place


def verifier(place, *arguments):
    """The verifier alone, in a Python without the packages of this environment."""
    script = "import runpy, sys; sys.path.append(sys.argv.pop(1)); runpy.run_module('certify.verifier')"
    script = script.replace("verifier')", "verifier', run_name='__main__')")
    command = [sys.executable, "-I", "-S", "-c", script, str(place), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=place)


def test_no_other_package_is_there(vendored):
    script = f"import sys; sys.path.append({str(vendored)!r}); import mpmath; import flint"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", script], capture_output=True, text=True)
    assert "No module named 'flint'" in done.stderr


def test_a_certificate_is_accepted_and_what_it_proves_is_printed(vendored):
    done = verifier(vendored, SIGMOID)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        f"accepted {SIGMOID}:",
        "  |f' - s| <= 0.000001 on [-1, 1]",
        "    f = sigmoid(x)",
        "    s = y*(1 - y)",
    ]


def test_a_folder_is_walked_and_the_gravest_outcome_is_the_exit_code(vendored):
    rejected, unchecked = TESTS / "reject" / "residual_zero.json", TESTS / "unchecked" / "lgamma.json"
    refuted = TESTS / "accept" / "refutation.refuted.json"
    assert verifier(vendored, TESTS / "reject" / "kernels").returncode == 1
    assert verifier(vendored, SIGMOID, rejected).returncode == 1
    assert verifier(vendored, SIGMOID, refuted).returncode == 1
    assert verifier(vendored, SIGMOID, unchecked).returncode == 4
    assert verifier(vendored).returncode == 2
    assert verifier(vendored, TESTS / "nowhere").returncode == 1
    assert "REFUTES" in verifier(vendored, refuted).stdout


POINTS = {
    "jump": "but at x = 0: f jumps, and nothing else is claimed",
    "between": "f is continuous and s lies between the one-sided derivatives, to what is allowed",
    "kink_value": "to what is allowed; s there is 1/2, to what is allowed\n",
    "exact_kink_value": "between the one-sided derivatives; s there is alpha\n",
    "exact_elu_smooth": "but at x = 0: f is continuous and both one-sided derivatives are s there\n",
    "exact_open": "but at x = 20: nothing is claimed",
    "exact_half_line_relu": "but at x = 0: nothing is claimed",
    "refutation_of_a_kink_value.refuted": "a kink that is not as claimed; s is claimed to be 1/2",
}


@pytest.mark.parametrize("name", POINTS)
def test_what_is_claimed_of_single_points_is_printed(name, vendored):
    assert POINTS[name] in verifier(vendored, TESTS / "accept" / f"{name}.json").stdout


def test_a_value_at_a_jump_is_said_to_be_there_to_what_is_allowed(vendored, tmp_path):
    body = json.loads((TESTS / "accept" / "jump.json").read_text())
    body["statement"] |= {"atol": "1", "kink_values": [["0", "3/2"]]}  # s(0) is 1
    body["digest"] = digest(body["statement"])
    (tmp_path / "jump.json").write_text(json.dumps(body))
    shown = verifier(vendored, tmp_path / "jump.json").stdout
    assert "nothing else is claimed; s there is 1.5, to what is allowed\n" in shown


def test_a_folder_without_certificates_is_an_error(vendored, tmp_path):
    (tmp_path / "notes.txt").write_text("")
    done = verifier(vendored, SIGMOID, tmp_path)
    assert (done.returncode, done.stdout) == (2, f"not looked at: {tmp_path / 'notes.txt'}\n")
    assert verifier(vendored, SIGMOID, "").returncode == 2


def test_a_report_says_that_no_kernel_was_run(vendored):
    done = verifier(vendored, TESTS.parent / "certificates" / "kernels" / "torch.sigmoid.bfloat16.json")
    assert done.returncode == 0
    assert "the kernel was not run" in done.stdout
    assert "  f' = s on (-inf, inf)\n    f = sigmoid(x)\n    s = y*(1 - y)\n" in done.stdout


def test_the_verifiers_modules_are_these(vendored):
    """The manifest: a module that is added here is one more to be trusted."""
    script = (
        f"import sys; sys.path.append({str(vendored)!r}); from certify.verifier.__main__ import main;"
        f"main([{str(SIGMOID)!r}]);"
        "print(*sorted(n for n, m in sys.modules.items() if n.startswith('certify.') ))"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", script], capture_output=True, text=True)
    loaded = {name.removeprefix("certify.") for name in done.stdout.splitlines()[-1].split()}
    folders = {name.rpartition(".")[0] for name in MANIFEST} | {"verifier.__main__"}
    assert loaded == MANIFEST | folders


MANIFEST = {
    "certificate.enclosure",
    "certificate.fields",
    "certificate.files",
    "certificate.identity",
    "certificate.kinks",
    "certificate.strict",
    "language.affine",
    "language.errors",
    "language.exits",
    "language.functions",
    "language.names",
    "language.numbers",
    "language.printer",
    "language.side_conditions",
    "language.spec",
    "language.terms",
    "verifier.arithmetic.corners",
    "verifier.arithmetic.elementary",
    "verifier.arithmetic.erf",
    "verifier.arithmetic.interval",
    "verifier.arithmetic.primitives",
    "verifier.arithmetic.real",
    "verifier.arithmetic.rectangle",
    "verifier.checker",
    "verifier.enclosure.centred",
    "verifier.enclosure.checker",
    "verifier.enclosure.cover",
    "verifier.enclosure.disc",
    "verifier.enclosure.evaluate",
    "verifier.enclosure.points",
    "verifier.enclosure.signs",
    "verifier.enclosure.tools",
    "verifier.enclosure.transform",
    "verifier.guards",
    "verifier.identity.checker",
    "verifier.identity.extended",
    "verifier.identity.polynomial",
    "verifier.identity.tower",
    "verifier.outcome",
    "verifier.work",
}
