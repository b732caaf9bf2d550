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
TIMES = re.compile(r"\d+ ms|\d+\.\d+ s\b")


@pytest.fixture
def clone(tmp_path):
    """A folder with the repository's commands and the README's TOML file."""
    (tmp_path / "bin").symlink_to(ROOT / "bin")
    (tmp_path / "certificates").mkdir()
    (tmp_path / "certificates" / "kernels").symlink_to(ROOT / "certificates" / "kernels")
    (toml,) = re.findall(r"```toml\n# mine.toml\n(.*?)```", README, re.DOTALL)
    (tmp_path / "mine.toml").write_text(toml)
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


def test_the_steps_of_a_users_repository_work(tmp_path, clone):
    steps = re.findall(r"- run: (certify [^#\n]*)", README)
    assert [step.split()[1] for step in steps] == ["build", "verify"]
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "mine.toml").write_text('[cube]\nfunction = "x**3"\nderivative = "3*x**2"\n')
    for command in ("certify build specs/mine.toml", *steps):
        run = subprocess.run(
            f"bin/{command}", shell=True, cwd=clone, capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, (command, run.stdout, run.stderr)


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
