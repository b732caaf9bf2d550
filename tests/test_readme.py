"""Every command that the README shows is run, and prints what the README says."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from tests import ROOT

README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
COMMANDS = [tuple(block.rstrip("\n").split("\n", 1)) for block in BLOCKS]
FILES = re.findall(r"```(?:toml|python)\n(# (\S+\.(?:toml|py))\n.*?)```", README, re.DOTALL)
TIMES = re.compile(r"\d+ ms|\d+\.\d+ s\b")


@pytest.fixture
def clone(tmp_path):
    """A folder with the repository's commands and the README's files."""
    (tmp_path / "bin").symlink_to(ROOT / "bin")
    (tmp_path / "certificates").mkdir()
    (tmp_path / "certificates" / "kernels").symlink_to(ROOT / "certificates" / "kernels")
    for text, name in FILES:
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(("command", "expected"), COMMANDS, ids=[command for command, _ in COMMANDS])
def test_prints_what_it_says(command, expected, clone):
    run = subprocess.run(
        command.removeprefix("$ "), shell=True, cwd=clone, capture_output=True, text=True, check=False
    )
    found, wanted = (TIMES.sub("T", text).rstrip() for text in (run.stdout, expected))
    if wanted.endswith("..."):
        assert found.startswith(wanted.removesuffix("..."))
    else:
        assert found == wanted


def test_its_commands_leave_the_certificates_of_the_clone_as_they_are(clone):
    for path in (ROOT / "certificates").glob("*.json"):
        shutil.copy(path, clone / "certificates")
    before = {path: path.read_bytes() for path in (clone / "certificates").glob("*.json")}
    proofs = [command for command, _ in COMMANDS if " prove " in command or " --domain " in command]
    assert len(proofs) >= 5
    for command in proofs:
        subprocess.run(command.removeprefix("$ "), shell=True, cwd=clone, capture_output=True, check=False)
    assert {path: path.read_bytes() for path in (clone / "certificates").glob("*.json")} == before


def test_the_steps_of_a_users_repository_work(clone):
    steps = re.findall(r"- run: (certify [^#\n]*)", README)
    assert [step.split()[1] for step in steps] == ["check"]
    assert {name for _, name in FILES} == {"mine.spec.toml", "mykernels.py", "silu.spec.toml"}
    kernels = (clone / "mykernels.py").read_text()

    def run(command):
        done = subprocess.run(
            f"bin/{command}", shell=True, cwd=clone, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr

    shutil.rmtree(clone / "certificates")
    (clone / "mine.spec.toml").unlink()  # whose derivative is wrong
    code, out = run(steps[0])
    assert (code, "::error file=mykernels.py,line=12," in out) == (1, True), out
    (clone / "mykernels.py").write_text(kernels.replace("(1 + s)", "(1 - s)"))
    for command in ("certify build", *steps):
        code, out = run(command)
        assert code == 0, (command, out)
    assert "within budget" in out


def test_counts_what_must_be_trusted_as_it_is_loaded():
    for options in ([], ["--report"]):
        command = [sys.executable, ROOT / "bin" / "trust.py", *options]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
        total = printed.splitlines()[-1].split("|")[2].strip()
        assert (printed if not options else f"{total} lines more") in README


def test_names_commands_that_exist():
    for name in set(re.findall(r"`bin/(\w+)", README)):
        assert os.access(ROOT / "bin" / name, os.X_OK), name


def test_the_bench_prints_the_rows_that_the_readme_quotes():
    run = subprocess.run([ROOT / "bin" / "bench", "--quick"], capture_output=True, text=True, check=True)
    rows = re.findall(r"^\| (.*?) \| [\d.]", run.stdout, re.MULTILINE)
    assert len(rows) == 7
    for row in rows:
        assert f"| {row} |" in README


def test_the_peers_print_the_rows_that_the_readme_quotes():
    command = [sys.executable, ROOT / "bin" / "peers.py", "--quick"]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    rows = re.findall(r"^\| (\w.*?) \| (.*?) \|", run.stdout, re.MULTILINE)[1:]
    assert [tool for tool, _ in rows] == [
        *("certify, proving", "certify, verifying") * 2,
        *("PyTorch gradcheck", "Codac bisection"),
    ]
    for tool, shows in rows[:-1]:  # of Codac fewer digits in a hurry
        assert f"| {tool} | {shows} |" in README
