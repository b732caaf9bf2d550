"""The plugin as a user's own test suite meets it: in a process and a folder of its own."""

import re
import shutil
import subprocess
import sys

import pytest

from tests import ROOT

SPEC = """
[good]
function = "x*x"
derivative = "2*x"

[wrong]
function = "x*x"
derivative = "3*x"

[unchecked]
function = "lgamma(x)"
derivative = "digamma(x)"
domain = "1,3"

[relu]
function = "max(x, 0)"
derivative = "where(x > 0, 1, 0)"
"""


@pytest.fixture
def suite(tmp_path):
    """A folder with certificates, one of them corrupt, a spec file and a test."""
    (tmp_path / "certificates").mkdir()
    for name in ("relu", "elu"):
        shutil.copy(ROOT / "certificates" / f"{name}.json", tmp_path / "certificates")
    shutil.copy(ROOT / "certificates" / "tanh.json", tmp_path / "tanh.cert.json")
    text = (ROOT / "certificates" / "tanh.json").read_text()
    (tmp_path / "corrupt.cert.json").write_text(text.replace('"residual": "', '"residual": "0.', 1))
    shutil.copy(ROOT / "tests" / "unchecked" / "lgamma.json", tmp_path / "lgamma.cert.json")
    (tmp_path / "other.json").write_text("{}")
    deep = tmp_path / "certificates" / "kernels"
    deep.mkdir()
    shutil.copy(ROOT / "certificates" / "kernels" / "torch.sigmoid.bfloat16.json", deep)
    shutil.copy(ROOT / "tests" / "accept" / "refutation.refuted.json", deep / "refutation.refuted.JSON")
    (tmp_path / "mine.spec.toml").write_text(SPEC)
    (tmp_path / "test_mine.py").write_text("def test_mine():\n    pass\n")

    def run(*arguments):
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]
        done = subprocess.run(
            [*command, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr

    return run


def test_nothing_is_collected_unless_asked_for(suite):
    code, out = suite("-q")
    assert (code, "1 passed" in out) == (0, True)


def test_certificates_and_specs_are_tests_on_request(suite):
    code, out = suite("--certificates", "-v")
    assert code == 1
    assert dict(re.findall(r"^(\S+::\S+) (PASSED|FAILED|SKIPPED)", out, re.M)) == {
        "certificates/relu.json::verify": "PASSED",
        "certificates/elu.json::verify": "FAILED",
        "certificates/kernels/torch.sigmoid.bfloat16.json::verify": "PASSED",
        "certificates/kernels/refutation.refuted.JSON::verify": "FAILED",
        "corrupt.cert.json::verify": "FAILED",
        "lgamma.cert.json::verify": "FAILED",
        "tanh.cert.json::verify": "PASSED",
        "mine.spec.toml::relu": "PASSED",
        "mine.spec.toml::good": "FAILED",
        "mine.spec.toml::wrong": "FAILED",
        "mine.spec.toml::unchecked": "FAILED",
        "test_mine.py::test_mine": "PASSED",
    }
    assert "rejected: corrupt.cert.json: " in out
    assert "not verified: lgamma.cert.json: " in out
    assert "no certificate: unchecked: proved, not verified" in out
    assert "no certificate: good: still right, but certificates/good.json: no certificate" in out
    assert re.search(r"refuted: wrong on \[-10, 10\]\n  at x = ", out)
    assert "refutation: certificates/kernels/refutation.refuted.JSON: the refutation holds" in out
    assert "no entry: certificates/elu.json: no entry elu in **/*.spec.toml" in out
    assert "Traceback" not in out


def test_a_folder_of_certificates_is_collected_from_within(suite, tmp_path):
    code, out = suite("--certificates", "-v", "--rootdir", "certificates", "certificates/relu.json")
    assert (code, "relu.json::verify PASSED" in out) == (0, True)


@pytest.mark.parametrize("workers", ["0", "1"])
def test_entries_outside_testpaths_are_tests_unless_paths_are_given(suite, tmp_path, workers):
    (tmp_path / "setup.cfg").write_text("[tool:pytest]\ntestpaths = certificates/kernels\n")
    assert "FAILED mine.spec.toml::wrong" in suite("--certificates", "-n", workers)[1]
    assert "mine.spec.toml" not in suite("--certificates", "-n", workers, "test_mine.py")[1]
    assert "FAILED" not in suite("--certificates", "-n", workers, "-k", "test_mine")[1]


def test_a_spec_that_cannot_be_read_is_one_message(suite, tmp_path):
    (tmp_path / "mine.spec.toml").write_text("[a]\nfunction = 'x +'")
    code, out = suite("--certificates", "mine.spec.toml")
    assert code == 2
    assert "mine.spec.toml, entry a: function: parse error at column 4" in out
    assert "Traceback" not in out


def test_the_hook_runs_a_command_that_exists():
    text = (ROOT / ".pre-commit-hooks.yaml").read_text()
    assert re.findall(r"entry: certify (.+)", text) == ["check"]
    command = [sys.executable, "-m", "certify", "check", "--help"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout
