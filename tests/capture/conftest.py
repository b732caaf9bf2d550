"""The command line, run in a folder of its own."""

import sys

import pytest

from certify.cli import main


@pytest.fixture
def certify(tmp_path, monkeypatch, capsys):
    """Runs a command: exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def run(line):
        monkeypatch.setattr(sys, "argv", ["certify", *line.split()])
        with pytest.raises(SystemExit) as stop:
            main()
        return stop.value.code, *capsys.readouterr()

    return run
