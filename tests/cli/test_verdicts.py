"""Several targets: each is a row, one that fails too, and the exit code is of the gravest."""

import re

from certify.api import Goal
from certify.catalogue import builtin
from certify.cli.options import Reporting
from certify.cli.verdicts import Failure, conclude
from certify.language.exits import Exit

REPORTING = Reporting(no_verify=False, max_seconds=60, output=None, replace=False, as_json=False, quiet=False)


def test_a_target_that_fails_is_a_row_among_the_verdicts_on_the_others(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    entry = builtin()["tanh"]
    goals = [Failure("lost", "no such thing"), Goal(entry, entry.spec())]
    assert conclude(goals, REPORTING, 4096) is Exit.USAGE
    out = capsys.readouterr().out
    assert re.search(r"^error +lost +no such thing$", out, re.MULTILINE)
    assert re.search(r"^certified +tanh +\[-10, 10\] +\S+ +certificates/tanh\.json$", out, re.MULTILINE)
    assert Failure("lost", "no such thing").as_json() == {
        "name": "lost",
        "verdict": "error",
        "error": "no such thing",
    }
