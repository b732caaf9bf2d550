"""`certify.verify`: what a file, bytes or a record proves, and what passes for no proof."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

import certify
from certify.certificate import kernel
from certify.certificate.enclosure import Certificate, encode
from tests import ROOT

TANH = certify.prove("tanh(x)", "1 - y**2", (-1, 1)).certificate
EXACT = certify.prove("exp(x)", "y", (None, None)).certificate
WRONG = certify.prove("tanh(x)", "1 + y**2", (-1, 1)).certificate
REPORT = ROOT / "certificates" / "kernels" / "torch.sigmoid.bfloat16.json"


class Text(str):
    """Text of a user's own type."""


class Data(bytes):
    """Bytes of a user's own type."""


@pytest.mark.parametrize("kind", [str, Path, Text])
def test_a_path_is_any_path(tmp_path, kind):
    path = tmp_path / "f.json"
    path.write_bytes(encode(TANH))
    assert certify.verify(kind(path)) == TANH


@pytest.mark.parametrize("what", [encode(TANH), Data(encode(TANH)), TANH])
def test_bytes_and_a_certificate_are_verified_as_a_file_is(what):
    assert certify.verify(what) == TANH
    assert certify.verify(EXACT).kind == "identity"


@pytest.mark.parametrize("made", [encode, lambda certificate: certificate])
def test_a_refutation_is_returned_where_it_was_asked_for_only(made):
    with pytest.raises(certify.RefutationHolds):
        certify.verify(made(WRONG))
    assert certify.verify(made(WRONG), refutation=True).kind == "refutation"


def test_a_report_is_its_file(monkeypatch):
    report = certify.verify(REPORT)
    assert certify.verify(REPORT.read_bytes()) == certify.verify(report) == report
    doctored = report._replace(figures={**report.figures, "nan": report.figures["nan"] + 1})
    for what in (doctored, kernel.encode(doctored), report._replace(coverage="sample")):
        with pytest.raises(certify.Rejected):
            certify.verify(what)


TILES = TANH.proof.components[0]
FORGED = {
    "an_identity_under_another_statement": EXACT._replace(spec=TANH.spec),
    "tiles_of_another_formula": TANH._replace(spec=replace(TANH.spec, function=EXACT.spec.function)),
    "a_smaller_tolerance": TANH._replace(spec=replace(TANH.spec, atol=Fraction(1, 10**40))),
    "no_proof": TANH._replace(proof=None, identity=None),
    "another_identity": TANH._replace(identity=EXACT.identity),
    "a_refutation_s_witness": TANH._replace(proof=WRONG.proof, identity=None),
    "a_proof_that_is_text": TANH._replace(proof="proved"),
    "ends_that_are_floats": TANH._replace(
        proof=TANH.proof._replace(components=(TILES._replace(ends=tuple(map(float, TILES.ends))),))
    ),
    "nothing": Certificate(None, None),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_certificate_made_by_hand_proves_nothing_that_its_file_does_not(name):
    with pytest.raises(certify.Rejected):
        certify.verify(FORGED[name])


NO_FILE = {
    "nothing": (None, "not NoneType"),
    "a_verdict": (certify.prove("x", "1"), "not Certified"),
    "a_tuple": (tuple(TANH), "not tuple"),
    "a_number": (0, "not int"),
    "bytes_that_change": (bytearray(encode(TANH)), "not bytearray"),
    "an_empty_path": ("", "the path is empty"),
    "a_folder": (ROOT, "is a folder"),
    "no_path": ("a\0b", "the path of a file"),
}


@pytest.mark.parametrize("name", NO_FILE)
def test_what_can_hold_no_certificate_is_a_usage_error(name):
    what, why = NO_FILE[name]
    with pytest.raises(certify.UsageError, match=why):
        certify.verify(what)


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff", b"certificates/relu.json", encode(TANH)[:-9]])
def test_bytes_that_are_no_certificate_are_rejected(data):
    with pytest.raises(certify.Rejected):
        certify.verify(data)
