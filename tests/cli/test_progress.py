"""A bar of proofs appears on a terminal only, once a run takes long, and moves within one proof."""

import time
from contextlib import redirect_stderr
from fractions import Fraction

import pytest

from certify.cli import progress
from certify.language.spec import Spec, parse_interval
from certify.notation.parser import parse
from certify.prover.enclosure.search import enclose
from certify.prover.verdict import Proved

TOL = Fraction(1, 10**20)


class Screen:
    """A terminal that is written to."""

    def __init__(self):
        self.written = ""

    def write(self, text):
        self.written += text
        return len(text)

    def isatty(self):
        return True

    def flush(self):
        pass


@pytest.fixture
def screen(monkeypatch):
    found = Screen()
    monkeypatch.setattr(progress, "PATIENCE", 0.05)
    monkeypatch.setenv("TERM", "xterm-256color")
    return found


def shown(screen, words):
    """Whether the words are on the screen within a while."""
    end = time.monotonic() + 20
    while words not in screen.written and time.monotonic() < end:
        time.sleep(0.01)
    return words in screen.written


def test_the_bar_moves_within_one_proof_and_tells_of_the_end(screen):
    with redirect_stderr(screen), progress.proofs(1, silent=False) as begin:
        report = begin("long")
        report(Fraction(1, 4))
        assert shown(screen, "long")
        assert shown(screen, " 25%")
        report(Fraction(1, 2))
        assert shown(screen, " 50%")
        report(Fraction(1))
        assert shown(screen, "finishing long")
    assert screen.written.rstrip("\r\n").endswith("\x1b[2K")
    assert "\x1b[?25h" in screen.written


def test_each_of_several_proofs_is_a_part_of_the_bar(screen):
    with redirect_stderr(screen), progress.proofs(4, silent=False) as begin:
        begin("first")(Fraction(1))
        begin("second")(Fraction(1, 2))
        assert shown(screen, "second")
        assert shown(screen, " 38%")  # 1.5 of 4


def test_a_short_run_shows_no_bar(screen):
    with redirect_stderr(screen), progress.proofs(1, silent=False) as begin:
        begin("short")(Fraction(1, 2))
    time.sleep(0.2)
    assert screen.written == ""


@pytest.mark.parametrize("silent", [True, False])
def test_nobody_is_told_without_a_terminal(monkeypatch, capsys, silent):
    monkeypatch.setattr(progress, "PATIENCE", 0.01)
    with progress.proofs(1, silent=silent) as begin:
        assert begin("quiet") is None
        time.sleep(0.1)
    assert capsys.readouterr().err == ""


def test_a_proof_of_one_piece_tells_of_every_tile():
    told = []
    spec = Spec("s", parse("sigmoid(x)"), parse("y*(1 - y)", output=True), (parse_interval("-30,30"),), TOL)
    verdict = enclose(spec, 4096, told.append)
    assert isinstance(verdict, Proved)
    tiles = verdict.tiles
    ends = verdict.certificate.proof.components[0].ends
    assert len(tiles) > 3
    assert told == sorted(set(told))
    assert {(end + 30) / 60 for end in ends} <= set(told)
    assert told[-1] == 1
