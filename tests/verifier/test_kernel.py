"""Reports in, verdicts out: honest ones are accepted, corrupted ones are not, each check of the verifier
of reports is the only thing that stops some file, and no change of a figure passes unseen."""

import json
import random
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from certify.certificate import kernel as report
from certify.certificate.figures import MAXIMA
from certify.certificate.files import is_report
from certify.certificate.kernel import decode, encode
from certify.language.errors import NotChecked, Rejected
from certify.verifier import kernel
from certify.verifier.kernel import SUMS, verify_report
from tests import corrupt_kernel as corrupt
from tests.verifier import removal

ACCEPT = corrupt.accepted_reports()
REJECT = {path.stem: path.read_bytes() for path in sorted(corrupt.REJECTED.glob("*.json"))}


@pytest.mark.parametrize("name", ACCEPT)
def test_accepts(name):
    data = ACCEPT[name]
    assert is_report(data)
    assert encode(verify_report(data)) == encode(decode(data)) == data


@pytest.mark.parametrize("path", sorted(Path("certificates/kernels").glob("*.json")), ids=lambda p: p.stem)
def test_accepts_what_is_checked_in(path):
    assert verify_report(path.read_bytes()).figures["inputs"]


@pytest.mark.parametrize("name", corrupt.REJECT)
def test_rejects(name):
    data = corrupt.rejected(name, ACCEPT)
    assert name in corrupt.GENERATED or REJECT[name] == data
    with pytest.raises(Rejected) as caught:
        verify_report(data)
    assert corrupt.REJECT[name][2] in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("place", ["function", "derivative"])
def test_a_truth_that_it_cannot_evaluate_is_not_checked_wherever_the_function_stands(place):
    """In a guard it was taken for a number between -1 and 1: i0(x) > 2 held nowhere."""
    body = json.loads(ACCEPT["gelu"])
    term = body["truth"][place]
    body["truth"][place] = ["where", [">", ["i0", "x"], "2"], term, term]
    with pytest.raises(NotChecked, match="i0"):
        verify_report(json.dumps(body).encode())


def test_every_corruption_has_its_file():
    assert set(REJECT) == set(corrupt.REJECT) - corrupt.GENERATED


def test_rejects_the_same_files_without_asserts_and_each_in_one_line():
    command = [sys.executable, "-O", "-m", "certify", "verify", str(corrupt.REJECTED)]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)
    *lines, summary = outcome.stdout.splitlines()
    assert (outcome.returncode, summary) == (1, f"{len(lines)} rejected")
    assert len(lines) == len(REJECT)
    assert all(line.startswith("rejected ") and line.isprintable() for line in lines), outcome.stdout


# --- every check owns a file ------------------------------------------------------------


def _rejects(verify, data):
    try:
        verify(data)
    except Rejected:
        return True
    except Exception:  # without its check the file makes the code fail: no other check saw it
        return False
    return False


@pytest.fixture(scope="module")
def stops():
    """For each check, as (module, line), the rejected files that it stops."""
    found = {}
    for name in corrupt.REJECT:
        with pytest.raises(Rejected) as caught:
            verify_report(corrupt.rejected(name, ACCEPT))
        frame = caught.traceback[-1]
        found.setdefault((Path(str(frame.path)), frame.lineno + 1), []).append(name)
    return found


def test_every_check_of_a_report_is_the_only_one_that_stops_some_file(stops):
    for line in removal.sites(kernel):
        names = stops.get((Path(kernel.__file__), line), [])
        with removal.removed(kernel, line):
            owned = [n for n in names if not _rejects(verify_report, corrupt.rejected(n, ACCEPT))]
        assert owned, f"{line}: {Path(kernel.__file__).read_text().splitlines()[line - 1]}: {names}"


def test_every_relation_of_the_figures_is_the_only_one_that_stops_some_file(monkeypatch):
    rows = dict(SUMS)
    for words in rows:
        stopped = [
            n for n, row in corrupt.REJECT.items() if words.startswith(row[2]) or words.endswith(row[2])
        ]
        monkeypatch.setattr(kernel, "SUMS", {w: holds for w, holds in rows.items() if w != words})
        assert [n for n in stopped if not _rejects(verify_report, corrupt.rejected(n, ACCEPT))], words


def test_every_check_of_the_reader_stops_some_file(stops):
    for line in removal.sites(report):
        assert (Path(report.__file__), line) in stops, f"report.py:{line}"


# --- no change of a figure passes unseen -------------------------------------------------

# What no other text of a report depends on: the run's word, and the processor's name.
FREE = ("function", "framework", "processor", "sha256", "kinks")


def leaves(value, path=()):
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from leaves(item, (*path, i))
    else:
        yield path, value


def other(draw, text):
    """Another text of the same sort."""
    if text.lstrip("-").isdigit():
        return str(int(text) + draw.choice((-1, 1, 2, 1000)))
    if text.lstrip("-").startswith("0x"):
        i = draw.randrange(2 + text.startswith("-"), len(text))
        return text[:i] + draw.choice("0123456789abcdefp+-.") + text[i + 1 :]
    return draw.choice((text[:-1], text + "1", "nan", "0", "x", "-" + text, text.upper()))


@pytest.mark.parametrize("name", ACCEPT)
def test_a_report_with_one_text_changed_is_rejected_or_means_no_more(name):
    body, draw, before = json.loads(ACCEPT[name]), random.Random(name), decode(ACCEPT[name])
    texts = [leaf for leaf in leaves(body) if not set(leaf[0]) & set(FREE)]
    rejected = 0
    for path, text in [draw.choice(texts) for _ in range(200)]:
        place = body
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = other(draw, text)
        if place[path[-1]] == text:
            continue
        try:
            after = verify_report(json.dumps(body).encode())
        except Rejected:
            rejected += 1
        else:
            assert is_harmless(path, before, after), (path, text, place[path[-1]])
        place[path[-1]] = text
    assert rejected > 100


def is_harmless(path, before, after):
    """What may be changed: an output that is shown to another that is of its kind too (the run's word), a
    truth's end or a bound by very little, and the name, which is looked up in the catalogue elsewhere."""
    if path[0] == "range":  # of a sample: no number of it lies between
        return before.coverage == "sample" and before.figures == after.figures
    if path[0] == "truth":
        return (before.spec.function, before.spec.derivative) == (after.spec.function, after.spec.derivative)
    if path[-1] == "at_most":
        a, b = (r.witnesses[path[1]].bound for r in (before, after))
        return abs(a - b) <= 2**-15 + a * Fraction(1, 10**6)
    if path[-1] == "x":  # a maximum is met at several inputs, with one error; a truth is left open at several
        return before.witnesses[path[1]].kind in (*MAXIMA, "undecided")
    return path[-1] == "got" or path[-2] == "truth"


def transfer(draw, body):
    """So many of one count moved to another block, or to another count of the same block, figures
    repaired."""
    blocks = body["blocks"]
    i, j = (draw.randrange(1, len(report.ALWAYS)) for _ in range(2))
    a, b = (draw.randrange(len(blocks)) for _ in range(2))
    if draw.random() < 0.5:
        b = a
    else:
        j = i
    if (a, i) == (b, j):
        return False
    by = draw.choice((1, 2, 100, int(blocks[a]["figures"][i])))
    for block, kind, change in ((a, i, -by), (b, j, by)):
        blocks[block]["figures"][kind] = str(int(blocks[block]["figures"][kind]) + change)
        key = report.ALWAYS[kind]
        body["figures"][key] = str(int(body["figures"][key]) + change)
    return by != 0


@pytest.mark.parametrize("name", ["faults", "gelu", "kinks", "overflow", "right"])
def test_counts_that_are_moved_are_rejected_or_still_such_as_outputs_may_have(name):
    """What is accepted is judged by itself: outputs with these counts are made, one for each input."""
    draw, rejected = random.Random(name), 0
    for _ in range(150):
        body = json.loads(ACCEPT[name])
        if not transfer(draw, body):
            continue
        try:
            found = verify_report(json.dumps(body).encode())
        except Rejected:
            rejected += 1
            continue
        for block in found.blocks:
            assert possible(block.figures), block
    assert rejected > 75


def possible(f):
    """Whether there are outputs with these counts: each input has one of these kinds at once."""
    # (finite, correct, above_1, nan, infinite, zero, wrong_sign) that an output may have
    fewest = f["nan"] + f["infinite"]
    rest = f["inputs"] - fewest - f["finite"]  # infinite, rightly
    right = f["correctly_rounded"] - rest
    far = max(f["above_1"], f["zero"] + f["wrong_sign"])  # zeros may be within 1 ULP
    return rest >= 0 and right >= 0 and f["wrong_sign"] <= f["above_1"] and right + far <= f["finite"]
