"""Fixtures for the whole suite."""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def accepted():
    """The bytes of the honest certificates under tests/accept, by name."""
    files = sorted((HERE / "accept").glob("*.json"))
    return {path.stem.removesuffix(".refuted"): path.read_bytes() for path in files}


@pytest.fixture
def certify(tmp_path, monkeypatch, capsys):
    """Runs a command in a folder of its own: exit code, stdout and stderr."""
    from certify.cli import main

    monkeypatch.chdir(tmp_path)

    def run(line):
        monkeypatch.setattr(sys, "argv", ["certify", *line.split()])
        with pytest.raises(SystemExit) as stop:
            main()
        return stop.value.code, *capsys.readouterr()

    return run
