"""Files in, verdicts out: honest certificates are accepted, corrupted ones are not, and each
check of the verifier and of the reader is the only thing that stops some file."""

import subprocess
import sys
from pathlib import Path

import pytest

import certify
from certify.certificate import enclosure as certificate
from certify.certificate import fields, strict
from certify.certificate import identity as exact
from certify.language.errors import NotChecked, Rejected
from certify.language.functions import PRIMITIVES, PROVER_ONLY
from certify.verifier import checker, work
from certify.verifier.arithmetic.primitives import FUNCTIONS, OPERATIONS
from certify.verifier.checker import verify
from certify.verifier.enclosure import checker as enclosure
from certify.verifier.enclosure import cover, disc, points, tools
from certify.verifier.identity import checker as identity
from certify.verifier.identity import polynomial, tower
from tests import TESTS, corrupt
from tests.verifier import removal

PACKAGE = Path(certify.__file__).parent
ACCEPT = sorted((TESTS / "accept").glob("*.json"))
UNCHECKED = sorted((TESTS / "unchecked").glob("*.json"))
REJECT = sorted((TESTS / "reject").glob("*.json"))
REASONS = {name: corrupt.reason(name) for name in (*corrupt.REJECT, *corrupt.RAW)}

# Checks that no file can reach, each with the check before it that makes it so.
UNREACHABLE = {
    "a divisor that is 0 everywhere": "the side conditions show that no divisor is 0 anywhere",
    "a node without a finite value": "the nodes lie in boxes of the cover, all finite",
    '"exact", "a tolerance"': "the reader gives an exact claim none",
    "another formula of f than on the piece": "a guard's sign on a piece is its sign next to the ends",
    "a formula without guards": "the formulas' guards are decided before, claims have none",
    "neither tiles, nor a witness": "the reader wants an identity where there is no other proof",
}


@pytest.mark.parametrize("path", ACCEPT, ids=lambda path: path.stem)
def test_accepts(path):
    assert verify(path.read_bytes()).spec.name


@pytest.mark.parametrize("path", UNCHECKED, ids=lambda path: path.stem)
def test_neither_accepts_nor_rejects_what_it_cannot_evaluate(path):
    with pytest.raises(NotChecked):
        verify(path.read_bytes())


def test_what_it_cannot_evaluate_is_what_the_format_calls_prover_only():
    known = {*FUNCTIONS, *OPERATIONS, "pow", "pown"}
    assert set(PRIMITIVES) - known == PROVER_ONLY


@pytest.mark.parametrize("path", REJECT, ids=lambda path: path.stem)
def test_rejects(path):
    with pytest.raises(Rejected) as caught:
        verify(path.read_bytes())
    assert REASONS.get(path.stem, "") in str(caught.value)


@pytest.mark.parametrize("name", sorted(corrupt.GENERATED))
def test_rejects_what_is_too_long_to_be_checked_in(name, accepted):
    with pytest.raises(Rejected) as caught:
        verify(corrupt.rejected(name, accepted))
    assert REASONS[name] in str(caught.value)


def test_every_corruption_has_its_file():
    assert {path.stem for path in REJECT} >= set(REASONS) - corrupt.GENERATED


def test_rejects_the_same_files_without_asserts():
    command = [sys.executable, "-O", "-m", "certify", "verify", str(TESTS / "reject")]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)
    *lines, summary = outcome.stdout.splitlines()
    assert (outcome.returncode, summary) == (1, f"{len(lines)} rejected")
    assert len(lines) == len([*(TESTS / "reject").rglob("*.json")])
    assert all(line.startswith("rejected ") for line in lines), outcome.stdout
    assert "file name" not in outcome.stdout  # none is rejected for its name alone


def test_reads_back_what_it_writes(accepted):
    for name, data in accepted.items():
        once = certificate.decode(data)
        assert certificate.decode(certificate.encode(once)) == once, name


# --- every check owns a file ------------------------------------------------------------


def _stopped_at(data):
    """The file and line of the check that rejects the data."""
    with pytest.raises(Rejected) as caught:
        verify(data)
    frame = caught.traceback[-1]
    return str(frame.path), frame.lineno + 1


def _still_rejected(data):
    try:
        verify(data)
    except Rejected:
        return True
    except Exception:  # without its check the file makes the code fail: no other check saw it
        return False
    return False


@pytest.fixture(scope="module")
def stops():
    """For each check, as (file, line), the rejected data that it stops."""
    accepted = {path.stem.removesuffix(".refuted"): path.read_bytes() for path in (*ACCEPT, *UNCHECKED)}
    found = {}
    for name in REASONS:
        data = corrupt.rejected(name, accepted)
        found.setdefault(_stopped_at(data), []).append(data)
    return found


def _idle(module, stops, owns):
    """The checks of a module that own no file."""
    source = Path(module.__file__).read_text().splitlines()
    for line in removal.sites(module):
        files = stops.get((module.__file__, line), [])
        reachable = not any(text in source[line - 1] for text in UNREACHABLE)
        if reachable and not any(owns(module, line, data) for data in files):
            yield f"{module.__name__}:{line}: {len(files)} files: {source[line - 1].strip()}"


def _is_only(module, line, data):
    with removal.removed(module, line):
        return not _still_rejected(data)


CHECKERS = [checker, enclosure, cover, disc, points, tools, identity, tower, polynomial]
READERS = [certificate, exact, fields, strict]


@pytest.mark.parametrize("module", CHECKERS, ids=lambda module: module.__name__)
def test_every_check_of_the_verifier_is_the_only_one_that_stops_some_file(module, stops):
    assert not list(_idle(module, stops, _is_only))


@pytest.mark.parametrize("module", READERS, ids=lambda module: module.__name__)
def test_every_check_of_the_reader_stops_some_file(module, stops):
    assert not list(_idle(module, stops, lambda module, line, data: True))


def test_every_module_with_checks_is_looked_at():
    """Those of files and of reports have tests of their own, work one below."""
    elsewhere = {"certify.verifier.outcome", "certify.verifier.kernel", "certify.certificate.kernel"}
    named = {module.__name__ for module in (*CHECKERS, *READERS, work)} | elsewhere
    for folder in ("verifier", "certificate", "language"):
        for path in (PACKAGE / folder).rglob("*.py"):
            name = ".".join(("certify", *path.relative_to(PACKAGE).with_suffix("").parts))
            assert name in named or "raise Rejected" not in path.read_text(), name


def test_the_limit_of_work_is_the_only_check_that_stops_a_long_file(monkeypatch):
    (line,) = removal.sites(work)
    data = (TESTS / "accept" / "sigmoid.json").read_bytes()
    monkeypatch.setattr(work, "MAX_WORK", 1_000)
    assert _stopped_at(data) == (work.__file__, line)
    assert _is_only(work, line, data)
