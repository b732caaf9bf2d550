"""A file that states something else is not replaced, and it is said what would be; the same claim may be."""

import json
from pathlib import Path

import pytest

from certify.catalogue import builtin
from tests import ROOT

SIGMOID = ROOT / "certificates" / "sigmoid.json"
WRONG = "--function x*x --derivative 3*x --name square"


@pytest.fixture
def there(certify):
    """The path of sigmoid's certificate in a folder of its own."""
    path = Path("certificates/sigmoid.json")
    path.parent.mkdir()
    path.write_bytes(SIGMOID.read_bytes())
    return path


def test_another_domain_leaves_the_file_and_says_the_verdict_and_what_to_do(certify, there):
    before = there.read_bytes()
    code, out, err = certify("sigmoid --domain -1,1")
    assert (code, there.read_bytes()) == (2, before)
    assert out.startswith("certified: sigmoid on [-1, 1]\n")
    assert "certificates/sigmoid.json" not in out
    assert err.startswith(
        "error: certificates/sigmoid.json states something else (sigmoid on [-10, 10], |f' - s| <= 1e-30)"
    )
    assert all(option in err for option in ("--output", "--name", "--replace"))
    assert err.count("\n") == 1


@pytest.mark.parametrize("line", ["--tol 1e-31", "--rtol 1e-9", "--domain -inf,inf", "--kink 0=jump"])
def test_another_claim_is_another_statement(certify, there, line):
    before = there.read_bytes()
    assert certify(f"sigmoid {line}")[0] in (2, 3)
    assert there.read_bytes() == before


def test_the_same_claim_is_written_again(certify, there):
    body = json.loads(there.read_bytes())
    there.write_text(json.dumps(body))  # the same statement, other bytes
    assert certify("sigmoid --quiet") == (0, "", "")
    assert there.read_bytes() == SIGMOID.read_bytes()


def test_replace_writes_over_it(certify, there):
    code, out, err = certify("sigmoid --domain -1,1 --replace")
    assert (code, err) == (0, "")
    assert out.endswith("  certificates/sigmoid.json\n")
    assert json.loads(there.read_bytes())["statement"]["domain"] == [["-1", "1"]]


def test_the_other_two_ways_leave_it_too(certify, there):
    before = there.read_bytes()
    assert certify("sigmoid --domain -1,1 -o mine/")[0] == 0
    assert certify("sigmoid --domain -1,1 --name narrow")[0] == 0
    assert there.read_bytes() == before
    assert certify("verify certificates/narrow.json mine/sigmoid.json")[0] == 0


OTHERS = {
    "a_report": (
        ROOT / "certificates" / "kernels" / "torch.gelu_tanh.float32.json",
        "is the report of a kernel",
    ),
    "another_entry": (ROOT / "certificates" / "tanh.json", "of other formulas"),
    "text": (ROOT / "README.md", "is no certificate"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_certificate_of_it_is_not_replaced(certify, there, name):
    source, words = OTHERS[name]
    there.write_bytes(source.read_bytes())
    code, _, err = certify("sigmoid --quiet")
    assert (code, words in err, there.read_bytes() == source.read_bytes()) == (2, True, True)


def test_a_refutation_of_something_else_is_not_replaced(certify):
    assert certify(f"prove {WRONG} --quiet")[0] == 1
    path = Path("certificates/square.refuted.json")
    before = path.read_bytes()
    assert certify(f"prove {WRONG} --quiet")[0] == 1
    code, out, err = certify(f"prove {WRONG} --domain -3,3")
    assert (code, path.read_bytes()) == (2, before)
    assert out.startswith("refuted: square on [-3, 3]")
    assert "states something else (a refutation of square on [-10, 10], " in err


def test_of_several_the_others_are_written(certify, there):
    code, out, err = certify("sigmoid tanh --domain -1,1 --json")
    rows = json.loads(out)
    assert code == 2
    assert [row["certificate"] for row in rows] == [None, "certificates/tanh.json"]
    assert rows[0]["not_written"] == err.strip().removeprefix("error: ")
    assert "not_written" not in rows[1]


def test_build_replaces_its_own_stale_file_and_no_other(certify, there):
    Path("two.toml").write_text(
        '[sigmoid]\nfunction = "x"\nderivative = "1"\n[tanh]\nfunction = "x"\nderivative = "1"\n'
    )
    Path("certificates/tanh.json").write_bytes(there.read_bytes())  # sigmoid's, under another name
    code, out, err = certify("build two.toml")
    assert code == 2
    assert out == "certified certificates/sigmoid.json\n"
    assert err.startswith("error: certificates/tanh.json is of sigmoid: it was not replaced; move it, or ")
    assert Path("certificates/tanh.json").read_bytes() == SIGMOID.read_bytes()
    rows = json.loads(certify("build two.toml --json")[1])
    assert [(row["name"], row["verdict"]) for row in rows] == [("sigmoid", "certified"), ("tanh", "error")]
    assert certify("build two.toml -o other")[0] == 0


def test_build_mends_a_broken_file(certify, there):
    there.write_text("<<<<<<< ours")
    Path("one.toml").write_text('[sigmoid]\nfunction = "sigmoid(x)"\nderivative = "y*(1 - y)"\n')
    assert certify("build one.toml")[0] == 0
    assert there.read_bytes() == SIGMOID.read_bytes()


def test_one_target_may_have_another_name_and_several_not(certify):
    assert certify("elu --param alpha=2 --name elu2 --quiet")[0] == 0
    assert json.loads(Path("certificates/elu2.json").read_bytes())["statement"]["name"] == "elu2"
    code, _, err = certify("elu celu --name both")
    assert (code, "--name both: it names one certificate" in err) == (2, True)
    assert certify("elu --name ../elu")[0] == 2
    assert "elu2" not in builtin()
