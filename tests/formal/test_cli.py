"""`certify export` and `certify formal` as a user meets them."""

import sys
from pathlib import Path

import pytest

from certify.catalogue import builtin
from certify.cli import main
from certify.formal.statement import read_statement
from tests.formal.exporting import WRONG, needs_coqc

MINE = """
[one_sided]
function = "erf(x)"
derivative = "2/sqrt(3.14159265358979)*exp(-x**2)"
domain = "-1,1"

["my-relu.v2"]
function = "max(x, 0)"
derivative = "where(x > 0, 1, 0)"

[my_relu_v2]
function = "x"
derivative = "1"

[pole]
function = "1/x"
derivative = "-1/x**2"
domain = "-1,1"
"""


@pytest.fixture
def certify(tmp_path, monkeypatch, capsys):
    """Runs a command in a folder of its own: exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    Path("wrong.toml").write_text(WRONG)
    Path("mine.toml").write_text(MINE)

    def run(line):
        monkeypatch.setattr(sys, "argv", ["certify", *line.split()])
        with pytest.raises(SystemExit) as stop:
            main()
        return stop.value.code or 0, *capsys.readouterr()

    return run


def test_export_writes_the_prelude_and_a_file_for_each(certify):
    code, out, _ = certify("export sigmoid")
    assert code == 0
    assert out == "written   coq/sigmoid.v: f' = s on (-inf, inf)\n"
    assert sorted(path.name for path in Path("coq").iterdir()) == ["Certify.v", "sigmoid.v"]
    text = Path("coq/sigmoid.v").read_text()
    assert text.endswith("Print Assumptions sigmoid_correct.\n")
    assert read_statement(text).function == builtin()["sigmoid"].function


def test_export_of_a_certificate(certify):
    certify("prove wrong.toml:silu")
    code, out, _ = certify("export certificates/silu.refuted.json --to coq -o theorems")
    assert code == 0
    assert out.startswith("written   theorems/silu.v: f' is not s at x = ")
    assert Path("theorems/CertifyInterval.v").exists()
    assert "Theorem silu_refuted" in Path("theorems/silu.v").read_text()


def test_nothing_to_state(certify):
    code, out, _ = certify("export mine.toml:pole mine.toml:one_sided")
    assert code == 3
    assert "undecided pole: nothing is proved" in out
    assert "undecided one_sided: CoqInterval does not evaluate erf" in out
    assert not Path("coq").exists()


@pytest.mark.parametrize("command", ["export", "formal"])
@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("nothing", "nothing"),
        ("missing.json", "missing.json"),
        ("wrong.json", "wrong.json"),
        ("mine.toml:my-relu.v2 mine.toml:my_relu_v2", "two theorems are named my_relu_v2"),
    ],
)
def test_usage(certify, command, target, why):
    Path("wrong.json").write_text("{}")
    code, out, err = certify(f"{command} {target}")
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert why in err


def test_export_to_a_file_that_is_no_folder(certify):
    Path("taken").write_text("mine")
    code, _, err = certify("export sigmoid -o taken")
    assert code == 2
    assert err.startswith("error: cannot write taken/Certify.v")
    assert Path("taken").read_text() == "mine"


def test_formal_without_coqc(certify, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    code, out, err = certify("formal sigmoid")
    assert (code, out) == (3, "")
    assert err == (
        "undecided: coqc is missing (Debian: apt-get install coq libcoq-coquelicot libcoq-interval)\n"
    )


def test_formal_with_a_coqc_that_hangs(certify, monkeypatch, tmp_path):
    program = tmp_path / "bin" / "coqc"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nexec sleep 300\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    code, out, err = certify("formal sigmoid --timeout 1")
    assert (code, out) == (3, "")
    assert err == "undecided: coqc did not compile Certify.v in 1 s\n"


PLACES = {"Theorem sigmoid": (1, "rejected"), "Proof.": (3, "unproved"), "Print": (3, "undecided")}


@pytest.mark.parametrize("place", PLACES)
def test_unproved_rejected_and_undecided_have_their_words_and_codes(certify, monkeypatch, tmp_path, place):
    program = tmp_path / "bin" / "coqc"
    program.parent.mkdir()
    program.write_text(
        "#!/bin/sh\nfile=$(eval echo \\${$#})\n"
        f"case $file in Certify.v) exit 0;; esac\nline=$(grep -n '{place}' $file | tail -n 1 | cut -d: -f1)\n"
        'echo "File \\"./$file\\", line $line, characters 0-4:" >&2\necho "Error: no" >&2\nexit 1\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    code, out, _ = certify("formal sigmoid")
    assert (code, out.splitlines()[1].split()[0]) == PLACES[place]


@needs_coqc
def test_formal_accepts(certify):
    code, out, _ = certify("formal sigmoid leaky_relu")
    assert code == 0
    assert out.splitlines()[1].split()[:2] == ["accepted", "sigmoid_correct"]
    assert "2 theorems accepted in" in out
    assert out.endswith("  FunctionalExtensionality.functional_extensionality_dep\n")


@needs_coqc
def test_formal_says_what_is_not_stated(certify):
    code, out, _ = certify("formal square mine.toml:pole")
    assert code == 3
    assert "accepted   square_correct" in out
    assert "undecided  pole" in out
