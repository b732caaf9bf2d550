"""Work is counted, bounded and about right: what costs more counts more."""

import json
from fractions import Fraction

import pytest

from certify.certificate.enclosure import digest, encode
from certify.language.errors import Rejected
from certify.language.spec import Spec, parse_interval
from certify.notation.derive import derive
from certify.notation.parser import parse
from certify.prover.enclosure.search import enclose
from certify.verifier import work
from certify.verifier.checker import verify
from certify.verifier.work import MAX_WORK, Work, evaluation, exact, operation
from tests import TESTS

ACCEPT = sorted((TESTS / "accept").glob("*.json"))


def spent(data, monkeypatch):
    """The work that the verification of a file counts."""
    made = []
    monkeypatch.setattr("certify.verifier.enclosure.tools.Work", lambda: made.append(Work()) or made[-1])
    verify(data)
    (only,) = made
    return only.spent


def test_is_rejected_beyond_the_limit_and_says_how_much_was_needed():
    counter = Work()
    counter.spend(MAX_WORK)
    with pytest.raises(Rejected, match=f"work: found at least {MAX_WORK + 7} units .* at most {MAX_WORK}"):
        counter.spend(7)


@pytest.mark.parametrize("path", ACCEPT, ids=lambda path: path.stem)
def test_every_file_is_stopped_by_a_limit_just_below_its_work(path, monkeypatch):
    """And accepted at its work: nothing is counted twice, or not at all, by chance."""
    data = path.read_bytes()
    needed = spent(data, monkeypatch)
    monkeypatch.undo()
    monkeypatch.setattr(work, "MAX_WORK", needed)
    assert verify(data)
    monkeypatch.setattr(work, "MAX_WORK", needed - 1)
    with pytest.raises(Rejected, match="units to verify"):
        verify(data)


def altered(name, edit):
    body = json.loads((TESTS / "accept" / f"{name}.json").read_bytes())
    edit(body)
    body["digest"] = digest(body["statement"])
    return json.dumps(body).encode()


def tile(**changes):
    return lambda body: [tile.update(changes) for part in body["components"] for tile in part["tiles"]]


@pytest.mark.parametrize("changes", [{"bits": "4000"}, {"N": "2048"}], ids=str)
def test_bits_and_nodes_cost_work(changes, monkeypatch):
    plain = spent(altered("sigmoid", tile()), monkeypatch)
    more = spent(altered("sigmoid", tile(**changes)), monkeypatch)
    assert more > 2 * plain


def test_guards_share_what_they_have_in_common(monkeypatch):
    """max(max(max(x, a), b), c) costs about as much again for as many sides again, not the square."""

    def nested(levels):
        term = "x"
        for i in range(levels):
            term = ["max", term, ["sub", ["mul", "x", "x"], str(1000 + i)]]
        return altered("identity", lambda body: body["statement"].update(function=term))

    less, more = spent(nested(40), monkeypatch), spent(nested(80), monkeypatch)
    assert less < more < 2.1 * less


@pytest.mark.parametrize("model", [operation, exact, lambda bits: evaluation("exp", bits, wide=False)])
def test_the_model_grows_faster_than_the_bits(model):
    assert model(20_000) > 10 * model(2_000) > 10 * model(100) > 0


def test_a_sum_that_cancels_under_a_divisor_needs_few_boxes(monkeypatch):
    """Without mean value forms 183 tiles, 212 million units and two and a half minutes."""
    f = parse("x*cos(1.5 + x)/(x - (x + x) + min(x - x, asinh(x)))")
    spec = Spec("f", f, derive(f), (parse_interval("-2,-0.1"),), Fraction("1e-3"), Fraction(0), {})
    certificate = enclose(spec, 4096).certificate
    assert sum(len(part.tiles) for part in certificate.proof.components) < 30
    assert spent(encode(certificate), monkeypatch) < MAX_WORK / 3
