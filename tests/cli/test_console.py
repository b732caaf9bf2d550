"""The command line: what it proves, refutes, leaves undecided and refuses, and how it says so."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import mpmath
import pytest

from certify.catalogue import builtin
from certify.cli import main
from tests import ROOT

MINE = {
    "good": ("x*x", "2*x", "-1,1"),
    "everywhere": ("sigmoid(x)", "y*(1 - y) + 1e-28", "-10,10"),
    "near_zero": ("x*sigmoid(x)", "where(abs(x) < 1e-3, 0, sigmoid(x) + y*(1 - sigmoid(x)))", "-10,10"),
    "beyond": ("tanh(x)", "where(x > 12, 0, 1 - y*y)", "-20,20"),
    "log_at_0": ("log(x)", "1/x", "0,1"),
    "pole": ("1/(x - 1/3)", "-1/(x - 1/3)**2", "-1,1"),
    "guard": ("where(x > pi, x, sin(x))", "where(x > pi, 1, cos(x))", "0,5"),
    "kinked": ("where(x > 0, x, x - 1)", "1", "-1,1"),
    "rounded": ("x/3", "0.3333333333333333333333333333333333333333", "-1,1"),
    "angle": ("sin(x)**2", "sin(2*x)", "-1,1"),
    "half_line": ("log(x)", "1/x", "1,2", 'natural_domain = "(0,inf)"'),
    "open": ("log(x)", "1/x", "(0, inf)"),
}


def toml(names):
    rows = ((name, *MINE[name], "") for name in names)
    return "".join(
        '[{}]\nfunction = "{}"\nderivative = "{}"\ndomain = "{}"\n{}\n'.format(*row) for row in rows
    )


@pytest.fixture
def certify(tmp_path, monkeypatch, capsys):
    """Runs a command in a folder that holds mine.toml: exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    Path("mine.toml").write_text(toml(MINE))

    def run(line, *arguments):
        monkeypatch.setattr(sys, "argv", ["certify", *line.split(), *arguments])
        try:
            main()
            code = 0
        except SystemExit as stop:
            code = stop.code
        return code, *capsys.readouterr()

    return run


def process(line, **options):
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([sys.executable, "-m", "certify", *line.split()], **(pipes | options))


def snapshot():
    return {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}


def test_certifies_prints_the_path_and_verifies(certify):
    code, out, err = certify("sigmoid")
    assert (code, err) == (0, "")
    assert re.match(r"certified: sigmoid on \[-10, 10\]\n(.+\n)+  certificates/sigmoid\.json\n$", out)
    assert certify("prove sigmoid --output -")[1] == Path("certificates/sigmoid.json").read_text()
    assert certify("verify")[1].startswith("accepted  certificates/sigmoid.json: sigmoid on")


STATES = {
    "--domain -1,1": ("domain", [["-1", "1"]]),
    "--domain 1/3,1.5": ("domain", [["1/3", "1.5"]]),
    "--domain 2,1e1 --domain -1e-3,1/7": ("domain", [["-0.001", "1/7"], ["2", "10"]]),
    "--domain 1,3 --domain 0,2": ("domain", [["0", "3"]]),
    "--tol 1e-9": ("atol", "1e-9"),
    "--tol 0 --rtol 1/1000": ("rtol", "0.001"),
    "--param eps=1/2": ("parameters", {"eps": "0.5"}),
}


@pytest.mark.parametrize("options", STATES)
def test_options_are_what_is_stated(certify, options):
    code, out, _ = certify(f"safe_log --json {options}")
    key, value = STATES[options]
    assert (code, json.loads(out)[0]["statement"][key]) == (0, value)


def test_a_file_proves_one_entry_or_every_one_and_prints_where(certify):
    assert certify("mine.toml:good --output a/good.json --quiet") == (0, "", "")
    assert certify("verify a")[0] == 0
    assert certify("mine.toml:good --output b/c/ --quiet") == (0, "", "")
    assert Path("b/c/good.json").read_bytes() == Path("a/good.json").read_bytes()
    Path("mine.toml").write_text(toml(["good", "everywhere", "log_at_0"]))
    code, out, _ = certify("mine.toml tanh")
    verdicts = ["certified good", "refuted everywhere", "undecided log_at_0", "certified tanh"]
    assert (code, [" ".join(row) for row in re.findall(r"^(\w+) +(\w+) +\[", out, re.M)]) == (1, verdicts)
    assert {str(path) for path in Path("certificates").iterdir()} == set(re.findall(r"\S+\.json", out))


def test_several_identities_are_a_table_with_the_values_of_each(certify):
    code, out, err = certify("elu sigmoid --domain -inf,inf --tol 0")
    assert (code, err) == (0, "")
    assert re.search(r"^certified +elu +\(-inf, inf\) with alpha = 1 +f' = s, smooth at 0 ", out, re.M)
    assert re.search(r"^certified +sigmoid +\(-inf, inf\) +f' = s +certificates", out, re.M)


def test_a_power_that_a_guard_chooses_is_undecided_where_a_product_would_hold(certify):
    code, out, _ = certify(
        "prove", "--function", "x**sign(x)", "--derivative", "-1/x**2", "--domain", "-2,-1"
    )
    assert code == 3
    assert "pow(x, -1) has its base x in" in out
    assert "what would help: x**-1, its exponent written as a number" in out
    assert not Path("certificates").exists()


REFUTED = {  # where the error is, f, and s from f and f'
    "everywhere": (-10, 10, lambda x: 1 / (1 + mpmath.exp(-x)), lambda slope: slope + mpmath.mpf(10) ** -28),
    "near_zero": (Fraction(-1, 1000), Fraction(1, 1000), lambda x: x / (1 + mpmath.exp(-x)), lambda slope: 0),
    "beyond": (12, 20, mpmath.tanh, lambda slope: 0),
}


@pytest.mark.parametrize("name", REFUTED)
def test_refutes_with_a_witness_where_the_error_is(certify, name):
    path = Path(f"certificates/{name}.refuted.json")
    code, out, _ = certify(f"mine.toml:{name}")
    assert (code, out.endswith(f"  {path}\n")) == (1, True)
    code, out, _ = certify(f"verify {path}")
    assert (code, "is REFUTED at x = " in out) == (1, True)
    lo, hi, f, s = REFUTED[name]
    at = Fraction(json.loads(path.read_bytes())["witness"]["at"])
    assert lo < at < hi
    with mpmath.workdps(80):
        slope = mpmath.diff(f, mpmath.mpf(at.numerator) / at.denominator)
        assert abs(slope - s(slope)) > mpmath.mpf(10) ** -30


UNDECIDED = {
    "mine.toml:log_at_0": (0, "log(x) has its argument in", "a domain on which the function is"),
    "mine.toml:pole": (1 / 3, "has its divisor x - 1/3 in", "a domain without the pole"),
    "mine.toml:guard": (mpmath.pi, "the sign of x - pi is not decided", "a domain that leaves the point out"),
    "mine.toml:kinked": (None, "at x = 0: f jumps there", r'kinks = \[\{ at = "0", verdict = "jump" \}\] in'),
    "sigmoid --max-bits 64": (None, "bits, --max-bits allows 64", "or a larger --tol"),
    "mine.toml:pole --domain -inf,inf": (
        None,
        "at x = 1/3: 1/(x - 1/3) needs x - 1/3 not 0",
        "leaves it out",
    ),
    "mine.toml:rounded --domain 0,inf": (None, "differ there by more than 1e-41", "a bounded domain"),
    "mine.toml:angle --domain -inf,inf": (
        None,
        "neither f' = s nor a point where they differ was found",
        "a bounded domain",
    ),
}


@pytest.mark.parametrize("line", UNDECIDED)
def test_undecided_names_the_interval_the_obstruction_and_what_would_help(certify, line):
    before, (at, why, hint) = snapshot(), UNDECIDED[line]
    code, out, err = certify(line)
    assert (code, err, snapshot()) == (3, "", before)
    assert why in out
    assert re.search(rf"what would help: .*{hint}", out)
    if at is not None:
        lo, hi = re.search(r"  on \[~?(\S+), ~?(\S+)\]: ", out).groups()
        assert mpmath.mpf(lo) <= at <= mpmath.mpf(hi)


REFUSED = {
    "prove": "prove needs names or files, or --function F and --derivative S",
    "prove --function x": "prove needs names or files, or --function F and --derivative S",
    "prove sigmoid --function x --derivative 1": "prove needs names or files",
    "prove --function a*x --derivative a --param a=any": "--param a=any: write its range",
    "prove --function x+ --derivative 1": "f: parse error at column 3",
    "prove --function x --derivative 1 --name ../f": "name '../f': a letter",
    "elu --param alpha=(-1,1)": "parameter alpha in (-1, 1) is not inside its range (0, inf)",
    "elu --param alpha=(1": "range '(1': write (0, inf)",
    "derive": "derive needs names or files, or --function F",
    "derive sigmoid --function x": "derive needs names or files, or --function F",
    "sigmod": "unknown activation 'sigmod', did you mean sigmoid",
    "mine.toml:gud": "unknown entry of mine.toml 'gud', did you mean",
    "sigmoid --domain 1": "domain '1' is not LO,HI",
    "sigmoid --domain 2,1": "domain [2, 1] is reversed",
    "sigmoid --domain 1,1": "domain [1, 1] has no length",
    "sigmoid --domain 0,1e99999": "exponent 99999",
    "mine.toml:half_line --domain 0,1": "domain [0, 1] is not inside that of half_line, which is (0, inf)",
    "sigmoid --param a=1": "sigmoid has no parameter 'a'",
    "elu --param alpha=0": "parameter alpha = 0 is not in its range (0, inf)",
    "elu --param alpha=1 --param alpha=2": "given twice",
    "sigmoid --tol 1/0": "--tol: '1/0' has denominator 0",
    "sigmoid --max-bits 1": "--max-bits",
    "sigmoid --max-seconds 0": "--max-seconds",
    "sigmoid --bogus": "--bogus",
    "sigmoid relu --output -": "takes one certificate",
    "sigmoid --json --output -": "both want standard output",
    "mine.toml:good mine.toml:good": "good",  # the second would overwrite the first
    "mine.toml:good --output mine.toml/good.json": "cannot write mine.toml/good.json: ",
    "mine.toml:good --output " + "n" * 300: "File name too long",
    "verify missing.json": "missing.json",
    "show certificates/broken.json": "certificates/broken.json: ",
    "build missing.toml": "missing.toml: No such file",
    "sigmoid --output other.json": "a certificate of sigmoid is accepted as sigmoid.json only",
}


@pytest.mark.parametrize("line", REFUSED, ids=lambda line: line[:60])
def test_bad_input_is_one_line_on_stderr_and_nothing_written(certify, line):
    Path("certificates").mkdir()
    for name in ("sigmoid", "elu", "good", "broken"):
        Path(f"certificates/{name}.json").write_text("old")
    before = snapshot()
    code, out, err = certify(line)
    assert (code, snapshot()) == (2, before)
    assert out == "" or ("--json" in line and REFUSED[line] in json.loads(out)[0]["error"])
    assert err.startswith("error: ")
    assert REFUSED[line] in err.splitlines()[0]
    assert err.count("\n") == (3 if "parse error" in err else 1)


@pytest.mark.parametrize("line", ["sigmoid --output -", "sigmoid --json", "list", "--help"])
@pytest.mark.parametrize("trouble", ["full", "closed"])
def test_an_output_that_takes_nothing_is_no_verdict(tmp_path, line, trouble):
    read, write = os.pipe()
    os.close(read)
    with open(write, "wb") as closed, open("/dev/full", "wb") as full:
        child = process(line, cwd=tmp_path, stdout=full if trouble == "full" else closed)
        err = child.communicate()[1].decode()
    assert child.returncode == 2
    assert err.count("\n") == (trouble == "full"), err


def test_verify_says_what_it_cannot_check_with_an_exit_code_of_its_own(certify, accepted):
    unchecked = ROOT / "tests" / "unchecked" / "lgamma.json"
    code, out, _ = certify(f"verify {unchecked}")
    assert code == 4
    assert out.startswith("not independently checked")
    assert "digamma, lgamma" in out
    Path("relu.json").write_bytes(accepted["relu"])
    Path("m.json").write_bytes(accepted["relu"].replace(b'"-1"', b'"-2"', 1))
    assert certify(f"verify --quiet relu.json {unchecked}")[0] == 4
    assert certify(f"verify relu.json m.json {unchecked}")[0] == 1
    assert certify(f"verify {unchecked} m.json")[0] == 1


def test_verify_rejects_and_goes_on(certify, accepted):
    Path("certificates").mkdir()
    for name, data in accepted.items():
        middle = ".refuted" if b'"refutation"' in data[:60] else ""
        Path(f"certificates/{name}{middle}.json").write_bytes(data)
    Path("certificates/m.json").write_bytes(accepted["relu"].replace(b'"-1"', b'"-2"', 1))
    code, out, _ = certify("verify --jobs 2 --refutations")
    words = [line.split()[0] for line in out.splitlines()]
    assert (code, words.count("accepted"), words.count("rejected")) == (
        1,
        sum(b'"refutation"' not in data[:60] for data in accepted.values()),
        1,
    )
    assert words.count("refuted") > 2
    assert re.match(r"rejected  certificates/m\.json: .+\n$", certify("verify --quiet --refutations")[1])


def test_build_makes_the_certificates_of_the_repository(certify):
    catalogue = ROOT / "certify" / "catalogue"
    code, out, _ = certify(f"build {catalogue / 'activations.toml'} {catalogue / 'frameworks.toml'}")
    assert (code, out.count("certified ")) == (0, len(builtin()))
    changed = [p.name for p in Path("certificates").iterdir() if p.read_bytes() != (ROOT / p).read_bytes()]
    assert changed == []


def test_list_and_show_print_entries_and_certificates(certify):
    rows = certify("list")[1].splitlines()[:-1]
    assert [row.split()[0] for row in rows] == ["name", *builtin()]
    assert "  parameter alpha in (0, inf), default 0.01\n" in certify("show leaky_relu")[1]
    certify("mine.toml:beyond relu")
    assert certify("show certificates/beyond.refuted.json")[1].startswith(
        "refutation of beyond, not verified here\n  at x = "
    )
    row = r"^\[-10, 0\] +\S+ +\d+ +\d+ +\[\S+, \S+\] +\S+$"
    assert re.search(rf", not verified here(.|\n)+{row}", certify("show relu")[1], re.M)


def test_verify_that_is_interrupted_says_what_failed_by_then(certify, accepted, monkeypatch):
    from certify import verification

    whole = verification.verify

    def until_relu(path, rerun):
        if path.name == "relu.json":
            raise KeyboardInterrupt
        return whole(path, rerun)

    Path("a.json").write_bytes(accepted["relu"])
    Path("relu.json").write_bytes(accepted["relu"])
    monkeypatch.setattr(verification, "verify", until_relu)
    code, out, err = certify("verify a.json relu.json")
    assert (code, err) == (130, "interrupted\n")
    assert out.startswith("rejected  a.json: file name")
    code, out, _ = certify("verify a.json relu.json --json")
    assert [row.get("outcome") for row in json.loads(out)] == ["rejected", None]
    assert json.loads(out)[1] == {"error": "interrupted"}


def on_a_terminal(line, folder, interrupt_at=None, **variables):
    """The exit code of a command, and what it writes to a terminal of 100 columns."""
    leader, follower = os.openpty()
    environment = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
    environment |= {"TERM": "xterm-256color", "COLUMNS": "100", **variables}
    child = process(line, cwd=folder, stdin=follower, stdout=follower, stderr=follower, env=environment)
    os.close(follower)
    written = b""
    with contextlib.suppress(OSError):  # the other end is closed
        while data := os.read(leader, 65536):
            written += data
            if interrupt_at and interrupt_at in written:
                child.send_signal(signal.SIGINT)
                interrupt_at = None
    os.close(leader)
    return child.wait(), written.decode()


def test_ctrl_c_stops_a_long_proof_with_nothing_half_written(certify, tmp_path):
    assert certify("sigmoid --quiet")[0] == 0
    before = snapshot()
    endless = "--tol 1e-3000 --domain -1000,1000 --max-seconds 1000000"  # hundreds of tiles, seconds each
    line = f"prove --function sin(x) --derivative cos(x) --name endless {endless}"
    code, written = on_a_terminal(line, tmp_path, interrupt_at=b"endless")  # the bar of a proof begun
    assert (code, snapshot()) == (130, before)
    assert "\x1b[?25h" in written  # the bar gave the cursor back
    assert written.endswith("interrupted\r\n")


def test_a_terminal_gets_colours_and_whole_formulas(certify, tmp_path):
    code, written = on_a_terminal("sigmoid mine.toml:beyond mine.toml:pole", tmp_path)
    assert code == 1
    for coloured in ("\x1b[32mcertified", "\x1b[31mrefuted", "\x1b[33mundecided"):
        assert coloured in written
    assert "…" not in on_a_terminal("list", tmp_path)[1]


def test_the_table_of_several_breaks_no_path_in_80_columns(certify, tmp_path):
    written = on_a_terminal("sigmoid mine.toml:beyond mine.toml:pole", tmp_path, COLUMNS="80")[1]
    assert "certificates/beyond.refuted.json" in written
    table = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", written.rpartition("\x1b[?25h")[2]).partition("\r\n\r\n")[0]
    assert table.count("\r\n") > 4
    assert max(map(len, table.lstrip("\r").split("\r\n"))) <= 80


@pytest.mark.parametrize(
    ("line", "coloured"),
    [
        ("sigmoid", "\x1b[32mcertified\x1b[0m: sigmoid on"),
        ("mine.toml:beyond", "\x1b[31mrefuted\x1b[0m: beyond on"),
        ("mine.toml:pole", "\x1b[33mundecided\x1b[0m: pole on"),
        ("sigmoid --no-verify", "\x1b[33mproved, not verified\x1b[0m: sigmoid on"),
        ("sigmoid --bogus", "\x1b[31merror\x1b[0m: No such option"),
        (f"verify {ROOT}/certificates/relu.json", "\x1b[32maccepted\x1b[0m  /"),
        (f"verify {ROOT}/tests/reject/residual_over_tolerance.json", "\x1b[31mrejected\x1b[0m  /"),
    ],
)
def test_a_verdict_is_coloured_on_a_terminal_only_and_not_where_nobody_wants_it(
    certify, tmp_path, monkeypatch, line, coloured
):
    assert coloured in on_a_terminal(line, tmp_path)[1]
    assert "\x1b" not in "".join(certify(line)[1:])
    # of a bar, which is drawn where a proof takes its time, the cursor may still be moved
    assert not re.search(r"\x1b\[[0-9;]*m", on_a_terminal(line, tmp_path, NO_COLOR="1")[1])


@pytest.mark.parametrize("line", ["list", "sigmoid --help", "--help", "verify --help"])
def test_what_is_printed_fits_80_columns(certify, line):
    Path("certificates").mkdir()
    out = certify(line)[1]
    assert out
    assert max(map(len, out.splitlines())) <= 80


def test_the_list_marks_the_proofs_on_file_and_says_where_there_is_no_folder(certify):
    out = certify("list")[1]
    assert out.splitlines()[0].split() == ["name", "parameters"]
    assert out.endswith("no folder certificates/ here (certify build writes one).\n")
    certify("elu --quiet")
    certify("tanh --domain -1,1 --quiet")
    marks = {row.split()[0]: row.split()[-3:] for row in certify("list")[1].splitlines()}
    assert marks["name"] == ["enclosure", "identity", "coq"]
    assert marks["elu"] == ["yes", "yes", "-"]
    assert marks["tanh"] == ["stale", "-", "-"]
    assert marks["sigmoid"] == ["-", "-", "-"]


def test_verify_prints_failures_last_and_then_how_many_of_each(certify, accepted):
    Path("certificates").mkdir()
    Path("certificates/note.txt").write_text("")
    for name in ("relu", "sigmoid"):
        Path(f"certificates/{name}.json").write_bytes(accepted[name])
    Path("certificates/a.json").write_bytes(accepted["relu"])
    unchecked = ROOT / "tests" / "unchecked" / "lgamma.json"
    code, out, _ = certify(f"verify certificates {unchecked}")
    lines = out.splitlines()
    assert code == 1
    assert [line.split()[0] for line in lines[:-1]] == ["accepted", "accepted", "not", "rejected", "not"]
    assert lines[-1] == "2 accepted, 1 rejected, 1 not independently checked; 1 file not looked at"
    assert "accepted," not in certify("verify certificates/relu.json")[1].splitlines()[-1].split(":")[0]


def test_nothing_rests_on_assertions(certify, tmp_path, monkeypatch):
    certify("mine.toml:beyond")
    plain = Path("certificates/beyond.refuted.json").read_bytes()
    monkeypatch.setenv("PYTHONOPTIMIZE", "1")
    assert process("mine.toml:beyond", cwd=tmp_path).wait() == 1
    assert Path("certificates/beyond.refuted.json").read_bytes() == plain
    out, _ = process(f"verify certificates {ROOT / 'tests' / 'reject'}", cwd=tmp_path).communicate()
    *files, summary = out.splitlines()
    words = [line.split()[0] for line in files]
    assert (words[0], set(words[1:])) == (b"refuted", {b"rejected"})
    assert summary == b"1 refuted, %d rejected" % (len(words) - 1)


def test_a_formula_on_the_command_line_is_proved_without_a_file(certify):
    silu, slope = "x*sigmoid(x)", "sigmoid(x) + x*sigmoid(x)*(1 - sigmoid(x))"
    code, out, _ = certify("prove --domain -10,10 --name silu2", "--function", silu, "--derivative", slope)
    assert code == 0
    assert out.startswith("certified: silu2 on [-10, 10]\n")
    assert certify("verify certificates/silu2.json")[0] == 0
    code, out, _ = certify("prove --function a*x*x --derivative a*x", "--param", "a=(0, 1)")
    assert (code, "refuted: f" in out) == (1, True)
    code, out, _ = certify("prove --function a*x*x --derivative 2*a*x", "--param", "a=(0, 1)")
    assert (code, "every a in (0, 1)" in out) == (0, True)


def test_not_identical_and_no_identity_found_are_two_things(certify):
    code, out, _ = certify("mine.toml:rounded")
    assert (code, "  Not identical: at x = 0, f' and s differ: f' - s is in [" in out) == (0, True)
    code, out, _ = certify("mine.toml:angle")
    assert (code, "  No identity found: on [-1, 1], neither f' = s nor a point" in out) == (0, True)
    assert "identical" not in out


def test_a_range_of_a_parameter_may_be_narrowed(certify):
    code, out, _ = certify("elu", "--param", "alpha=[1/2, 2)")
    assert (code, "and every alpha in [0.5, 2)" in out) == (0, True)


def test_a_derivative_by_rule_is_printed_and_judged_and_nothing_written(certify):
    before = snapshot()
    code, out, _ = certify("derive tanh --domain -inf,inf")
    assert (code, out.splitlines()[:2]) == (0, ["1 - tanh(x)*tanh(x)", "certified: tanh on (-inf, inf)"])
    code, out, _ = certify("derive", "--function", "abs(x - 1)*x")
    assert (code, out.splitlines()[0]) == (0, "sign(x - 1)*x + abs(x - 1)")
    code, out, _ = certify("derive --function 1/x")
    assert (code, "undecided: f" in out) == (3, True)
    assert snapshot() == before


# --- open ends ---------------------------------------------------------------------------


def test_a_domain_with_an_open_end_is_stated_proved_and_shown(certify):
    code, out, _ = certify("prove mine.toml:open")
    assert code == 0
    assert out.startswith("certified: open on (0, inf)\n  For every real x in (0, inf), f is differentiable")
    body = json.loads(Path("certificates/open.json").read_text())
    assert body["statement"]["exact"]["domain"] == ["(0, inf)"]
    assert "accepted  certificates/open.json: open on (0, inf), f' = s" in certify("verify")[1]
    assert "\n  domain (0, inf)\n" in certify("show mine.toml:open")[1]
    assert "For every real x in (0, inf)" in certify("show certificates/open.json")[1]


def test_an_open_end_on_the_command_line(certify):
    formulas = ["--function", "1/x", "--derivative", "-1/x**2", "--json"]
    code, out, _ = certify("prove", *formulas, "--domain", "(-1,0)", "--domain", "(0,1]")
    found = json.loads(out)
    found = found[0] if isinstance(found, list) else found
    assert (code, found["domain"], found["verdict"]) == (0, "(-1, 0) u (0, 1]", "certified")
    assert found["statement"]["exact"]["domain"] == ["(-1, 0)", "(0, 1]"]


def test_what_would_help_at_a_pole_is_a_domain_that_is_certified(certify):
    formulas = ["--function", "log(x)", "--derivative", "1/x"]
    code, out, _ = certify("prove", *formulas, "--domain", "0,inf")
    assert code == 3
    option, text = re.search(r'help: .*(--domain) "(.*)"', out).groups()
    assert certify("prove", *formulas, option, text)[0] == 0


def test_natural_domains_may_be_touched_where_they_are_open(certify):
    assert certify("prove mine.toml:half_line --domain (0,1)")[0] == 0
    assert certify("prove mine.toml:half_line --domain [0,1)")[0] == 2
    assert certify("prove log1mexp --domain (0,inf)")[1].startswith("certified: log1mexp on (0, inf)")
