"""certify check: nothing that is wrong, missing or left over is passed over in silence."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import ROOT

RIGHT = """
# a comment
[silu]
function = "x*sigmoid(x)"
derivative = "sigmoid(x) + x*sigmoid(x)*(1 - sigmoid(x))"
domain = "-1,1"

[relu]
function = "max(x, 0)"
derivative = "where(x > 0, 1, 0)"
domain = "-1,1"
"""


@pytest.fixture
def project(certify, tmp_path):
    """A folder in which everything is right; the commands run in it."""
    Path("mine.spec.toml").write_text(RIGHT)
    assert certify("build")[0] == 0
    return Path()


def change(old, new):
    text = Path("mine.spec.toml").read_text()
    assert old in text
    Path("mine.spec.toml").write_text(text.replace(old, new))


def test_what_is_right_is_current_and_accepted(certify, project):
    code, out, _ = certify("check")
    assert code == 0
    assert re.search(r"^current +silu on \[-1, 1\], .*certificates/silu\.json$", out, re.M)
    assert out.endswith("2 current\n")


CHANGES = {
    "a_wrong_derivative": (
        lambda: change("(1 - sigmoid(x))", "(1 + sigmoid(x))"),
        1,
        r"refuted +mine\.spec\.toml:3: silu on \[-1, 1\]\n    at x = \S+, where f is differentiable,(.|\n)*"
        r"- s\(x\) = .*1 - sigmoid(.|\n)*\+ s\(x\) = .*1 \+ sigmoid",
    ),
    "another_right_formula": (
        lambda: change("sigmoid(x) + x*sigmoid(x)*", "sigmoid(x) + sigmoid(x)*x*"),
        1,
        r"out of date +mine\.spec\.toml:3: silu: still right, .*run certify build mine\.spec\.toml",
    ),
    "a_wider_tolerance": (
        lambda: change("[relu]\n", '[relu]\natol = "1/2"\n'),
        1,
        r"out of date +mine\.spec\.toml:8: relu: still right(.|\n)*- \|f' - s\| <= 1e-30(.|\n)*<= 0\.5 ",
    ),
    "another_domain": (
        lambda: change('(1 - sigmoid(x))"\ndomain = "-1,1"', '(1 - sigmoid(x))"\ndomain = "-1,2"'),
        1,
        r"out of date(.|\n)*- on \[-1, 1\] (.|\n)*\+ on \[-1, 2\] ",
    ),
    "a_certificate_deleted": (
        lambda: Path("certificates/silu.json").unlink(),
        1,
        r"no certificate mine\.spec\.toml:3: silu: still right, but certificates/silu\.json: no certificate",
    ),
    "a_proof_that_is_none": (
        lambda: corrupt("certificates/silu.json"),
        1,
        r"rejected +mine\.spec\.toml:3: certificates/silu\.json: tile 1",
    ),
    "an_entry_deleted": (
        lambda: Path("mine.spec.toml").write_text(RIGHT.partition("[relu]")[0]),
        1,
        r"no entry +certificates/relu\.json: no entry relu in \*\*/\*\.spec\.toml",
    ),
    "a_refutation_left_behind": (
        lambda: shutil.copy(ROOT / "tests/accept/refutation.refuted.json", "certificates"),
        1,
        r"refutation +certificates/refutation\.refuted\.json: the refutation holds",
    ),
    "a_second_certificate": (
        lambda: shutil.copy("certificates/relu.json", "certificates/relu.cert.json"),
        1,
        r"no entry +.*certificates/relu\.cert\.json: a second certificate of the entry relu",
    ),
    "a_file_that_is_none": (
        lambda: Path("certificates/notes.txt").write_text(""),
        0,
        r"not looked at +certificates/notes\.txt(.|\n)*2 current, 1 not looked at",
    ),
    "a_file_that_is_no_certificate": (
        lambda: Path("certificates/notes.json").write_text("{}"),
        1,
        r"rejected +certificates/notes\.json: ",
    ),
    "a_table_that_cannot_be_read": (
        lambda: change("max(x, 0)", "max(x, 0"),
        2,
        r"error +mine\.spec\.toml:8, entry relu: function: .*\n(.*\n)*.*max\(x, 0\n +\^",
    ),
    "a_key_that_is_none": (
        lambda: change('derivative = "where', 'derivativ = "where'),
        2,
        r"error +mine\.spec\.toml:8, entry relu: unknown key 'derivativ'",
    ),
    "a_kernel_of_no_format": (
        lambda: change("[relu]", '[silu.kernel]\nrun = "torch:silu"\ndtype = []\nnan = 0\n[relu]'),
        2,
        r"error +mine\.spec\.toml:3, entry silu: kernel: dtype is empty",
    ),
    "a_spec_file_that_no_pattern_names": (
        lambda: (
            Path("setup.cfg").write_text("[certify]\nspecs = mine.spec.toml"),
            Path("other.spec.toml").write_text("[a]\nfunction = 'x'\nderivative = '2'\n"),
        ),
        0,
        r"not looked at +other\.spec\.toml: no pattern of setup\.cfg names it(.|\n)*1 not looked at",
    ),
    "a_spec_file_in_capitals": (
        lambda: Path("other.SPEC.TOML").write_text("[a]\nfunction = 'x'\nderivative = '2'\n"),
        0,
        r"not looked at +other\.SPEC\.TOML: no pattern of the default names it",
    ),
    "a_pattern_that_names_no_file": (
        lambda: Path("setup.cfg").write_text("[certify]\nspecs = *.spec.toml spec/*.toml"),
        2,
        r"error +no file matches spec/\*\.toml, which setup\.cfg names$",
    ),
    "a_file_that_is_no_toml": (
        lambda: Path("other.spec.toml").write_text("["),
        2,
        r"error +other\.spec\.toml:1: Invalid",
    ),
    "an_entry_without_a_header": (
        lambda: Path("other.spec.toml").write_text(
            "# by keys\na.function = 'x'\na.derivative = '1'\nb = {function = 'x', derivative = '2'}\n"
        ),
        1,
        r"no certificate other\.spec\.toml:2: a: (.|\n)*refuted +other\.spec\.toml:4: b on ",
    ),
    "two_entries_of_one_name": (
        lambda: Path("other.spec.toml").write_text(RIGHT),
        2,
        r"error +other\.spec\.toml:3: mine\.spec\.toml:3 states an entry silu too",
    ),
    "an_entry_that_nobody_decides": (
        lambda: Path("other.spec.toml").write_text(
            "[open]\nfunction = 'where(x > 0, 1, 0)'\nderivative = '0'\ndomain = '-1,1'"
        ),
        3,
        r"undecided +other\.spec\.toml:1: open on \[-1, 1\]\n    at x = 0: f jumps there",
    ),
    "an_entry_that_nobody_verifies": (
        lambda: Path("other.spec.toml").write_text(
            "[gamma]\nfunction = 'lgamma(x)'\nderivative = 'digamma(x)'\ndomain = '1,2'\natol = '1e-6'"
        ),
        1,
        r"no certificate other\.spec\.toml:1: gamma: proved, not verified",
    ),
}


def corrupt(path):
    body = json.loads(Path(path).read_text())
    body["components"][0]["tiles"][0]["residual"] = "1e-60"
    Path(path).write_text(json.dumps(body))


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_named(name, certify, project):
    make, exit_code, said = CHANGES[name]
    make()
    code, out, err = certify("check")
    assert (code, err) == (exit_code, "")
    assert re.search(f"^{said}", out, re.M), out


def test_a_certificate_that_nobody_verifies_is_no_success(certify):
    Path("g.spec.toml").write_text(
        "[gamma]\nfunction = 'lgamma(x)'\nderivative = 'digamma(x)'\ndomain = '1,2'\natol = '1e-6'"
    )
    assert certify("build")[0] == 4
    code, out, _ = certify("check")
    assert (code, out.splitlines()[-1]) == (4, "1 not verified")


def test_with_files_only_their_entries_are_looked_at(certify, project):
    Path("other.spec.toml").write_text("[a]\nfunction = 'x'\nderivative = '1'\n")
    code, out, err = certify("check mine.spec.toml")
    assert (code, out.splitlines()[-1]) == (0, "2 current")
    assert "the certificates of other entries in certificates/ were not looked at" in err
    assert certify("check")[0] == 1


def test_from_a_folder_below_the_code_is_that_of_the_project(certify, tmp_path, monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    below = tmp_path / "below"
    below.mkdir()
    (tmp_path / "setup.cfg").write_text("[certify]\n")
    (tmp_path / "a.spec.toml").write_text("[a]\ncapture = 'of_two_places:f'\nfunction = 'x*x'")
    (tmp_path / "of_two_places.py").write_text("import torch\ndef f(x): return x*x*x")
    (below / "of_two_places.py").write_text("import torch\ndef f(x): return x*x")
    monkeypatch.chdir(below)
    code, out, _ = certify("check")
    assert (code, "the code is not the stated function" in out) == (2, True), out


def test_without_specs_there_is_nothing_to_check(certify):
    code, _, err = certify("check")
    assert (code, err) == (
        2,
        "error: no **/*.spec.toml under .: certify init MODULE:FUNCTION writes a first one\n",
    )


MODULES = {
    "that_ends_the_process_at_its_end": "import atexit, os\natexit.register(lambda: os._exit(0))",
    "that_takes_the_output_away": "import io, sys\nsys.stdout = io.StringIO()",
    "that_prints": "print('[]')",
}


@pytest.mark.parametrize("name", MODULES)
def test_a_module_does_not_change_what_is_said_of_it(name, tmp_path):
    pytest.importorskip("torch")
    module = f"import torch\n{MODULES[name]}\ndef f(x): return x.detach()*x"
    (tmp_path / "mine.py").write_text(module)
    (tmp_path / "a.spec.toml").write_text("[a]\ncapture = 'mine:f'\nfunction = 'x*x'")
    command = [sys.executable, "-m", "certify", "check", "--json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, [row["kind"] for row in json.loads(done.stdout)]) == (1, ["refuted"])


def test_a_verdict_that_nobody_can_read_is_none(project):
    command = f"{sys.executable} -m certify check >&-"
    done = subprocess.run(command, shell=True, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "")


# --- for programs -----------------------------------------------------------------------


@pytest.fixture
def broken(project):
    change("(1 - sigmoid(x))", "(1 + sigmoid(x))")
    Path("certificates/notes,%.txt").write_text("")


def test_json_is_a_list_of_findings(certify, broken):
    code, out, err = certify("check --format json")
    rows = json.loads(out)
    assert (code, err) == (1, "1 current, 1 not looked at, 1 refuted\n")
    assert [(row["kind"], row["subject"], row["exit"], row["file"], row["line"]) for row in rows] == [
        ("refuted", "silu", 1, "mine.spec.toml", 3),
        ("current", "relu", 0, "mine.spec.toml", 8),
        ("not looked at", "certificates/notes,%.txt", 0, None, None),
    ]
    assert "at x = " in rows[0]["message"]


def test_github_gets_an_annotation_of_one_line_for_each_failure(certify, broken):
    out = certify("check --format github")[1]
    commands = [line for line in out.splitlines() if line.startswith("::")]
    assert commands[0].startswith(
        "::error file=mine.spec.toml,line=3,title=certify%3A silu%3A refuted::silu on [-1, 1]%0A  at x = "
    )
    assert commands[1].startswith("::notice title=certify%3A certificates/notes%2C%25.txt%3A not looked at::")
    assert len(commands) == 2


def test_sarif_has_a_result_for_each_failure_and_a_note_for_what_is_not_looked_at(certify, broken):
    log = json.loads(certify("check --format sarif")[1])
    (run,) = log["runs"]
    assert log["version"] == "2.1.0"
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    found = [(result["ruleId"], result["level"]) for result in run["results"]]
    assert found == [("refuted", "error"), ("not-looked-at", "note")]
    assert sorted(rules) == sorted(rule for rule, _ in found)
    location = run["results"][0]["locations"][0]["physicalLocation"]
    assert location == {"artifactLocation": {"uri": "mine.spec.toml"}, "region": {"startLine": 3}}


def test_build_goes_on_after_an_entry_that_cannot_be_read(certify):
    Path("mine.spec.toml").write_text(RIGHT.replace("max(x, 0)", "max(x, 0"))
    code, out, err = certify("build")
    assert (code, out) == (2, "certified certificates/silu.json\n")
    assert err.startswith("error: mine.spec.toml, entry relu: function: ")
