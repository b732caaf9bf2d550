"""Certificates as files: where each goes, and what it leaves alone."""

import os
import pickle
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

import certify
from certify.certificate.enclosure import MAX_BYTES, encode
from certify.language.errors import Rejected
from certify.prover.saving import NotReplaced, destination
from certify.verifier.outcome import check_name
from tests import ROOT

PROVED = certify.prove("tanh(x)", "1 - y**2", (-1, 1), name="mine", verify=False)
CERTIFIED = certify.prove("tanh(x)", "1 - y**2", (-1, 1), name="mine")
REFUTED = certify.prove("tanh(x)", "1 + y**2", (-1, 1), name="mine")
UNDECIDED = certify.prove("1/x", "-1/x**2", name="mine")
EXACT = certify.prove("exp(x)", "y", (None, None), name="mine")


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder, which is the present one; a folder `old` is in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old").mkdir()
    return tmp_path


# What is asked for: where a proof goes, and where a refutation.
PLACES = {
    "old": ("old/mine.json", "old/mine.refuted.json"),
    "old/": ("old/mine.json", "old/mine.refuted.json"),
    "new": ("new/mine.json", "new/mine.refuted.json"),
    "a/b/": ("a/b/mine.json", "a/b/mine.refuted.json"),
    "mine.json": ("mine.json", "mine.refuted.json"),
    "a/mine.cert.json": ("a/mine.cert.json", "a/mine.refuted.cert.json"),
    "mine.JSON": ("mine.JSON", "mine.refuted.JSON"),
    "proof.txt": ("proof.txt", "proof.refuted.txt"),
    "mine.refuted.json": (None, "mine.refuted.json"),
    "mine.refuted.cert.json": (None, "mine.refuted.cert.json"),
    "yours.json": (None, None),
    "mine.second.json": (None, None),
    "mine.refuted.refuted.json": (None, None),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", [str, Path])
def test_a_certificate_goes_to_a_file_of_its_name(here, place, kind):
    for verdict, expected in zip((CERTIFIED, REFUTED), PLACES[place], strict=True):
        if expected is None:
            with pytest.raises(
                certify.UsageError, match=r"of mine is accepted as mine(\.refuted)?\.json only"
            ):
                verdict.save(kind(place))
        elif kind is str or not place.startswith("a/b"):  # a Path keeps no / at its end
            assert verdict.save(kind(place)) == Path(expected)
            assert Path(expected).read_bytes() == encode(verdict.certificate)
            assert certify.verify(Path(expected), refutation=True) == verdict.certificate


def test_what_the_verifier_accepts_a_name_for_is_what_is_written(here):
    """Every name of these parts, by the verifier's rule and by the writer's."""
    parts = ["mine", "yours", "mine.cert", "refuted", "cert", "json", "JSON", "txt"]
    for verdict in (CERTIFIED, REFUTED):
        for first in parts:
            for rest in [[], *([a] for a in parts), *([a, b] for a in parts for b in parts)]:
                try:
                    path = destination(verdict.certificate, ".".join([first, *rest]) + ".json")
                except certify.UsageError:
                    continue
                check_name(path, verdict.certificate)


@pytest.mark.parametrize("name", ["mine.cert", "mine.refuted"])
def test_a_claim_has_no_name_whose_file_would_be_another_s(name):
    with pytest.raises(certify.UsageError, match="would pass for one of mine"):
        certify.prove("x", "1", name=name)


OTHERS = {
    "another_domain": certify.prove("tanh(x)", "1 - y**2", (-1, 2), name="mine"),
    "another_tolerance": certify.prove("tanh(x)", "1 - y**2", (-1, 1), "1e-20", name="mine"),
    "another_formula": certify.prove("x**2", "2*x", (-1, 1), name="mine"),
    "another_name": certify.prove("tanh(x)", "1 - y**2", (-1, 1), name="yours"),
    "the_exact_claim": certify.prove("tanh(x)", "1 - y**2", (None, None), name="mine"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_certificate_of_another_claim_is_kept_unless_it_is_to_be_replaced(here, name):
    old = encode(OTHERS[name].certificate)
    Path("mine.json").write_bytes(old)
    with pytest.raises(
        certify.NotReplaced, match=r"^mine.json states something else .*is kept: .*replace=True"
    ) as caught:
        CERTIFIED.save("mine.json")
    assert (caught.value.path, Path("mine.json").read_bytes()) == (Path("mine.json"), old)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    CERTIFIED.save("mine.json", replace=True)
    assert certify.verify("mine.json") == CERTIFIED.certificate


def test_the_same_claim_is_written_again(here):
    PROVED.save("mine.json")
    corrupt = re.sub(r'"residual": "[^"]*"', '"residual": "1e-60"', Path("mine.json").read_text())
    Path("mine.json").write_text(corrupt)
    with pytest.raises(Rejected):
        certify.verify("mine.json")
    CERTIFIED.save("mine.json")
    assert certify.verify("mine.json") == CERTIFIED.certificate
    Path("empty.txt").touch()
    assert CERTIFIED.save("empty.txt").read_bytes() == encode(CERTIFIED.certificate)


def test_a_proof_and_a_refutation_of_one_claim_do_not_replace_one_another(here):
    refuted = certify.prove("x", "2", (-1, 1), name="mine").certificate
    proof = certify.prove("2*x", "2", (-1, 1), name="mine").certificate
    swapped = proof._replace(spec=refuted.spec, identity=None)  # states what is false
    Path("a.refuted.txt").write_bytes(encode(swapped))
    verdict = certify.prove("x", "2", (-1, 1), name="mine")
    with pytest.raises(NotReplaced):
        verdict.save("a.refuted.txt")


JUNK = {
    "text": b"hello",
    "a_file_of_bytes": bytes(range(256)),
    "a_report": (ROOT / "certificates" / "kernels" / "torch.sigmoid.bfloat16.json").read_bytes(),
    "half_a_certificate": encode(CERTIFIED.certificate)[:-20],
    "too_long": b" " * (MAX_BYTES + 10),
    "a_statement_of_another_version": encode(CERTIFIED.certificate).replace(b"certify/1", b"certify/0"),
}


@pytest.mark.parametrize("name", JUNK)
def test_what_is_no_certificate_is_kept(here, name):
    Path("mine.json").write_bytes(JUNK[name])
    with pytest.raises(NotReplaced, match=r"is no certificate|is the report of a kernel"):
        CERTIFIED.save("mine.json")
    assert Path("mine.json").read_bytes() == JUNK[name]


def test_what_can_hold_no_certificate_is_a_usage_error(here):
    Path("mine.json").mkdir()
    Path("file").write_text("")
    for place in (None, 3, b"mine.json", "", "a\0b", "file/mine.json", "n" * 300 + "/", ["mine.json"]):
        with pytest.raises(certify.UsageError):
            CERTIFIED.save(place)
    assert CERTIFIED.save("mine.json") == Path("mine.json/mine.json")  # a folder is a folder
    with pytest.raises(certify.UsageError, match=r"undecided: mine on \[-10, 10\]: there is no certificate"):
        UNDECIDED.save("old")


def test_a_device_is_written_to_under_its_own_name(here):
    assert [v.save(os.devnull) for v in (CERTIFIED, REFUTED)] == [Path(os.devnull)] * 2


def test_a_link_is_followed(here):
    Path("old/there.txt").write_text("")
    Path("mine.json").symlink_to("old/there.txt")
    CERTIFIED.save("mine.json")
    assert Path("mine.json").is_symlink()
    assert certify.verify("mine.json") == CERTIFIED.certificate


def test_a_proof_that_nobody_verified_is_saved_as_what_it_is(here):
    unknown = certify.prove("lgamma(x)", "digamma(x)", (1, 2), name="mine")
    assert isinstance(unknown, certify.Proved)
    with pytest.raises(certify.NotChecked):
        certify.verify(unknown.save("mine.json"))


def test_a_verdict_is_of_no_other_claim_than_its_certificate():
    closer = replace(CERTIFIED.spec, atol=Fraction(1, 10**40))
    for verdict in (CERTIFIED, PROVED, REFUTED, EXACT):
        with pytest.raises(ValueError, match="certificate of another claim"):
            replace(verdict, spec=closer)
