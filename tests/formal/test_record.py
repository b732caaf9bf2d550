"""What coqc accepted stays on record only as long as nothing of it changes."""

import pytest

from certify import tiers
from certify.api import load
from certify.catalogue import builtin
from certify.formal import record
from certify.formal.coq import CLASSICAL, CoqReport, check
from certify.formal.theorem import of_certificate
from certify.language.errors import UsageError
from tests import ROOT
from tests.formal.exporting import needs_coqc

CERTIFICATES = ROOT / "certificates"


def theorem(name):
    return of_certificate(load(CERTIFICATES / f"{name}.json"))


@pytest.mark.parametrize("name", builtin())
def test_the_repository_has_every_entry_on_record_as_it_exports_today(name):
    assert record.read(CERTIFICATES)[record.digest(theorem(name))] == CLASSICAL


@needs_coqc
def test_what_is_on_record_is_what_coqc_says(tmp_path):
    stated = theorem("relu")
    (report,) = check([stated])
    record.write(tmp_path, [(stated, report)])
    assert record.read(tmp_path) == {record.digest(stated): report.assumptions}


def test_another_proof_or_statement_is_not_on_record():
    stated = theorem("sigmoid")
    other_proof = stated._replace(tactics=("idtac.",))
    other_statement = stated._replace(statement=theorem("logistic").statement)
    known = record.read(CERTIFICATES)
    assert record.digest(other_proof) not in known
    assert record.digest(other_statement) not in known


def test_an_entry_without_a_certificate_has_no_tier(tmp_path):
    stated = theorem("tanh")
    record.write(tmp_path, [(stated, CoqReport("tanh", "accepted", "", CLASSICAL, 0.0))])
    assert tiers.of_entry(builtin()["tanh"], tmp_path) == ("-", "-", "-")
    certificate = load(CERTIFICATES / "tanh.json")
    (tmp_path / "tanh.json").write_bytes((CERTIFICATES / "tanh.json").read_bytes())
    held = tiers.of_entry(builtin()["tanh"], tmp_path)
    assert held == tiers.of_certificate(certificate, tmp_path)
    assert held == ("1e-30 on [-10, 10]", "(-inf, inf)", "4 classical axioms")


def test_a_certificate_of_another_entry_is_stale(tmp_path):
    (tmp_path / "tanh.json").write_bytes((CERTIFICATES / "sigmoid.json").read_bytes())
    assert tiers.of_entry(builtin()["tanh"], tmp_path) == ("stale", "-", "-")
    (tmp_path / "tanh.json").write_text("{}")
    assert tiers.of_entry(builtin()["tanh"], tmp_path) == ("malformed", "-", "-")


def test_a_malformed_record_is_refused(tmp_path):
    (tmp_path / record.FILE).write_text("# head\nalone\n")
    with pytest.raises(UsageError, match="line 2: needs a theorem and a digest"):
        record.read(tmp_path)
