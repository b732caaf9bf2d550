"""What comes of verifying files: nothing is passed over, and nothing false is green."""

import json
import re
import shutil
from pathlib import Path
from shutil import copytree

import pytest

import certify as package
from certify import api
from certify.catalogue import builtin
from certify.cli.terminal import printable
from certify.language.errors import NotChecked, RefutationHolds, Rejected
from certify.language.exits import Exit, overall
from certify.prover.verdict import Certified, Proved, Refuted, Undecided
from certify.verification import verify
from certify.verifier.outcome import files_under
from tests import ROOT

TESTS = ROOT / "tests"


@pytest.fixture
def here(tmp_path):
    """A folder with one certificate, under its own name."""
    shutil.copy(ROOT / "certificates" / "relu.json", tmp_path)
    return tmp_path


def refutation(folder):
    """The file of a refutation that holds, under its own name."""
    return Path(shutil.copy(TESTS / "accept" / "refutation.refuted.json", folder))


def corrupt(path):
    """A certificate that claims too small a residual of its first tile."""
    body = json.loads(path.read_text())
    body["components"][0]["tiles"][0]["residual"] = "1e-60"
    path.write_text(json.dumps(body))


# --- truth ------------------------------------------------------------------------------


def test_only_what_is_certified_is_true():
    right, wrong = package.prove("x**2", "2*x"), package.prove("x**2", "3*x")
    unknown = package.prove("log(x)", "1/x", (0, 1))
    unseen = package.prove("x**2", "2*x", verify=False)
    assert [type(v) for v in (right, wrong, unknown, unseen)] == [Certified, Refuted, Undecided, Proved]
    assert [bool(v) for v in (right, wrong, unknown, unseen)] == [True, False, False, False]


def test_what_the_verifier_rejects_is_never_certified(monkeypatch):
    def reject(data):
        raise Rejected("tile 1", "something else", "this")

    monkeypatch.setattr("certify.verifier.checker.verify", reject)
    entry = builtin()["sigmoid"]
    verdict = api.prove(entry, entry.spec())
    assert isinstance(verdict, Undecided)
    assert "the independent verifier rejects (tile 1: found something else" in verdict.obstructions[0].why
    assert isinstance(package.prove("x**2", "3*x"), Undecided)
    assert isinstance(api.prove(entry, entry.spec(), verify=False), Proved)


def test_what_the_verifier_cannot_evaluate_is_never_certified(certify):
    verdict = package.prove("lgamma(x)", "digamma(x)", (1, 3))
    assert isinstance(verdict, Proved)
    assert "digamma, lgamma" in verdict.not_verified
    with pytest.raises(AssertionError, match="proved, not verified"):
        package.assert_derivative("lgamma(x)", "digamma(x)", (1, 3))
    code, out, _ = certify("prove --function lgamma(x) --derivative digamma(x) --domain 1,3")
    assert (code, out.splitlines()[0]) == (4, "proved, not verified: f on [1, 3]")
    assert "certified" not in out.replace("certificates", "")


@pytest.fixture
def built(certify):
    """The certificates that `build` makes, as a test of their bytes shows, in the command's folder."""
    copytree(ROOT / "certificates", "certificates")


@pytest.mark.parametrize("command", ["sigmoid", f"build {ROOT}/certify/catalogue/activations.toml"])
def test_without_the_verifier_nothing_is_certified(certify, command):
    code, out, _ = certify(f"{command} --no-verify")
    assert code == 4
    assert "not verified" in out
    assert not re.search(r"\b(certified|accepted|current)\b", out)


def test_the_gravest_outcome_is_the_exit_code():
    assert overall([]) == overall([Exit.HOLDS]) == 0
    assert overall([Exit.HOLDS, Exit.NOT_VERIFIED]) == 4
    assert overall([Exit.NOT_VERIFIED, Exit.UNDECIDED]) == 3
    assert overall([Exit.UNDECIDED, Exit.FAILS, Exit.NOT_VERIFIED]) == 1


# --- refutations ------------------------------------------------------------------------


def test_a_refutation_that_holds_is_a_failure_unless_asked_for(certify, here):
    path = refutation(here)
    code, out, _ = certify(f"verify {path}")
    assert (code, out.startswith(f"refuted   {path}: the refutation holds: refutation on")) == (1, True)
    code, out, _ = certify(f"verify {here} --refutations")
    assert (code, "the refutation holds" in out) == (0, True)
    assert not verify(path)
    with pytest.raises(RefutationHolds, match="refutation"):
        package.verify(path)
    assert package.verify(path, refutation=True).kind == "refutation"


def test_a_refutation_of_an_earlier_claim_is_named_once_the_derivative_is_right(certify):
    assert certify("relu --kink 0=1")[0] == 1
    code, out, _ = certify("relu")
    assert code == 0
    assert "certificates/relu.refuted.json refutes an earlier claim" in out
    assert certify("verify")[0] == 1


def test_a_refutation_that_does_not_hold_is_rejected_even_if_asked_for(certify, here):
    path = refutation(here)
    path.write_bytes((TESTS / "reject" / "witness_slope_wrong.json").read_bytes())
    assert certify(f"verify {path} --refutations")[0] == 1


# --- folders and names ------------------------------------------------------------------


def test_a_folder_is_walked_whole_and_what_is_not_looked_at_is_named(certify, here):
    deep = here / "a" / "b"
    deep.mkdir(parents=True)
    shutil.copy(ROOT / "certificates" / "tanh.json", deep / "tanh.JSON")
    corrupt(deep / "tanh.JSON")
    (here / "notes.txt").write_text("")
    (here / ".hidden").mkdir()
    shutil.copy(ROOT / "certificates" / "elu.json", here / ".hidden" / ".elu.json")
    (here / "link").symlink_to(here / "a")
    hidden = here / ".hidden" / ".elu.json"
    assert files_under(here)[0] == [here / "relu.json", hidden, deep / "tanh.JSON"]
    code, out, _ = certify(f"verify {here}")
    lines = out.splitlines()
    assert code == 1
    assert lines[0].startswith(f"accepted  {here / 'relu.json'}: ")
    assert set(lines[1:3]) == {f"not looked at  {here / name}" for name in ("notes.txt", "link")}
    assert [line.split(":")[0] for line in lines[3:5]] == [
        f"rejected  {hidden}",
        f"rejected  {deep / 'tanh.JSON'}",
    ]
    assert lines[5:] == ["1 accepted, 2 rejected; 2 files not looked at"]


def test_a_folder_without_certificates_is_no_success(certify, here):
    (here / "relu.json").unlink()
    assert certify(f"verify {here}")[0] == 2


NAMES = {
    "another_entry": ("relu.json", "tanh.json", False),
    "its_own": ("relu.json", "relu.cert.json", True),
    "no_json": ("relu.json", "relu.txt", True),
    "a_refutation_s": ("relu.json", "relu.refuted.json", False),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_certificate_is_accepted_under_its_own_name(here, name):
    old, new, accepted = NAMES[name]
    (here / old).rename(here / new)
    outcome = verify(here / new)
    assert bool(outcome) == accepted
    assert accepted or outcome.why.where == "file name"


def test_a_refutation_is_accepted_under_a_refutation_s_name_only(here):
    path = refutation(here)
    assert verify(path).exit == Exit.FAILS
    path.rename(here / "refutation.json")
    assert verify(here / "refutation.json").why.where == "file name"


def test_reports_and_certificates_are_verified_alike():
    [report] = (ROOT / "certificates" / "kernels").glob("torch.sigmoid.bfloat16.json")
    assert package.verify(report).figures["inputs"] > 0
    with pytest.raises(NotChecked):
        package.verify(TESTS / "unchecked" / "lgamma.json")


def test_what_is_no_path_is_a_usage_error():
    with pytest.raises(
        package.UsageError, match="the path of a file, its bytes or a certificate, not NoneType"
    ):
        package.verify(None)


def test_a_file_s_name_cannot_forge_a_line(certify, here):
    forged = here / "x\naccepted  all.json"
    (here / "relu.json").rename(forged)
    code, out, _ = certify(f"verify {here}")
    assert (code, len(out.splitlines())) == (1, 1)
    assert out.startswith("rejected ")
    assert printable("\x1b[32ma\n\u202eb") == "\\x1b[32ma\\n\\u202eb"


# --- what is shown without having been verified -----------------------------------------


def test_tiers_are_marked_as_not_verified(certify, built):
    corrupt(Path("certificates/tanh.json"))
    code, out, _ = certify("show tanh")
    assert code == 0
    tiers = [line for line in out.splitlines() if re.match(r"  (enclosure|identity|coq),", line)]
    assert len(tiers) == 3
    assert all("not verified here" in line for line in tiers)
    assert "certificate of tanh, not verified here" in out
    assert "what files state, not verified here" in certify("list")[1]


def test_json_says_what_was_verified(certify):
    for option, expected in (("", ("certified", True)), ("--no-verify ", ("proved, not verified", False))):
        [row] = json.loads(certify(f"prove sigmoid {option}--json")[1])
        assert (row["verdict"], row["verified"]) == expected
