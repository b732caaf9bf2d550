"""coqc on exported theorems: the real one where it is installed, and programs in its place."""

import os
import stat
import subprocess
import time
from fractions import Fraction

import pytest

from certify import api
from certify.catalogue import builtin, read_entries
from certify.formal.coq import CLASSICAL, Unavailable, check, preludes, read_assumptions, requires, unknown
from certify.formal.theorem import of_certificate, write_file
from certify.language.spec import parse_interval
from tests.formal.exporting import ON_THE_LINE, WRONG, claimed, entries, needs_coqc, proved

SECOND_DERIVATIVES = [
    ("sigmoid2", "sigmoid(x)*(1 - sigmoid(x))", "sigmoid(x)*(1 - sigmoid(x))*(1 - 2*sigmoid(x))"),
    ("softplus2", "sigmoid(x)", "y*(1 - y)"),
    ("tanh2", "1 - tanh(x)**2", "-2*tanh(x)*(1 - tanh(x)**2)"),
    (
        "silu2",
        "sigmoid(x) + x*sigmoid(x)*(1 - sigmoid(x))",
        "sigmoid(x)*(1 - sigmoid(x))*(2 + x*(1 - 2*sigmoid(x)))",
    ),
]
GELU_2 = """
[gelu_tanh2]
function = "(1 + t + x*(1 - t**2)*c*p)/2"
derivative = "(2*(1 - t**2)*c*p - 2*x*t*(1 - t**2)*2/pi*p**2 + x*(1 - t**2)*c*6*k*x)/2"
definitions.c = "sqrt(2/pi)"
definitions.k = "44715/1000000"
definitions.t = "tanh(c*(x + k*x**3))"
definitions.p = "1 + 3*k*x**2"
"""
OTHERS = [
    ("mish", "x*tanh(softplus(x))", "tanh(softplus(x)) + x*(1 - tanh(softplus(x))**2)*sigmoid(x)"),
    ("gelu", "x*(1 + erf(x/sqrt(2)))/2", "(1 + erf(x/sqrt(2)))/2 + x*exp(-x**2/2)/sqrt(2*pi)"),
    ("tanh_of_sigmoid", "2*sigmoid(2*x) - 1", "1 - tanh(x)**2"),
    ("isru", "x/sqrt(1 + x**2)", "1/sqrt(1 + x**2)**3"),
    ("isru_by_power", "x/sqrt(1 + x**2)", "(1 + x**2)**-1.5"),
    ("quarter_power", "(1 + x**2)**0.25", "x/2*(1 + x**2)**-0.75"),
    ("circle", "sin(x)*cos(x)", "1 - 2*sin(x)**2"),
    ("asinh", "asinh(x)", "1/sqrt(1 + x**2)"),
    ("elu_1", "where(x > 0, x, exp(x) - 1)", "where(x > 0, 1, exp(x))"),
    ("hard_tanh", "max(-0.5, min(1/3, x))", "where(x > -0.5, where(x < 1/3, 1, 0), 0)"),
    ("softsign", "x/(1 + abs(x))", "1/(1 + abs(x))**2"),
    ("signs", "x*sign(x)", "sign(x)"),
]


def verdicts(theorems):
    return {report.name: (report.verdict, report.why) for report in check(theorems)}


# --- the real one -----------------------------------------------------------------------


@needs_coqc
def test_the_whole_catalogue_in_one_batch():
    reports = check([proved(entry) for entry in ON_THE_LINE.values()])
    assert [report.name for report in reports] == [name.replace(".", "_") for name in ON_THE_LINE]
    assert {report.verdict for report in reports} == {"accepted"}
    assert {report.assumptions for report in reports} == {CLASSICAL}


@needs_coqc
def test_second_derivatives_and_other_functions():
    rows = [*entries(*SECOND_DERIVATIVES, *OTHERS), *read_entries(GELU_2, "test").values()]
    found = verdicts([proved(entry) for entry in rows])
    assert found == {entry.name: ("accepted", "") for entry in rows}


OPEN = [
    ("logarithm", "log(x)", "1/x", "(0,inf)"),
    ("reciprocal", "1/x", "-1/x**2", "(-inf,0);(0,inf)"),
    ("root", "sqrt(x)", "1/(2*y)", "(0,1]"),
    ("inverse", "log(exp(x) - 1)", "exp(x)/(exp(x) - 1)", "(0,inf)"),
    ("modulus", "abs(x)", "sign(x)", "(-1,0);(0,1)"),
    ("clamp", "min(max(x, 0), 6)", "where(x > 0, where(x < 6, 1, 0), 0)", "(0,7)"),
    ("atanh", "atanh(x)", "1/(1 - x*x)", "(-1,1)"),
]


@needs_coqc
def test_theorems_on_domains_with_open_ends():
    rows = [(entries(row[:3])[0], tuple(map(parse_interval, row[3].split(";")))) for row in OPEN]
    assert verdicts([proved(*row) for row in rows]) == {row[0]: ("accepted", "") for row in OPEN}


@needs_coqc
def test_an_open_end_that_is_closed_is_unproved():
    [entry] = entries(("logarithm", "log(x)", "1/x"))
    assert verdicts([claimed(entry, (parse_interval("0,1"),))])["logarithm"][0] == "unproved"


@needs_coqc
def test_wrong_specs_are_unproved():
    found = verdicts([claimed(entry) for entry in read_entries(WRONG, "test").values()])
    assert found.keys() == {"sigmoid", "gelu", "silu"}
    for verdict, why in found.values():
        assert verdict == "unproved"
        assert why.startswith("not proved by the tactics: Error")


@needs_coqc
def test_a_true_theorem_beyond_the_tactics_is_unproved_and_not_rejected():
    """sin(2*x) = 2*sin(x)*cos(x) is none of the tactics' rules."""
    assert (
        verdicts([claimed(e) for e in entries(("angle", "sin(x)**2", "sin(2*x)"))])["angle"][0] == "unproved"
    )


@needs_coqc
def test_a_statement_that_does_not_type_check_is_rejected(monkeypatch):
    import certify.formal.coq as coq

    start, write = "Theorem square_correct :", coq.write_statement
    monkeypatch.setattr(coq, "write_statement", lambda stated: write(stated).replace(start, f"{start} 1 /\\"))
    found = verdicts(square())
    assert found["cube"] == ("accepted", "")
    verdict, why = found["square"]
    assert verdict == "rejected"
    assert why.startswith("its statement does not type-check: Error")


@needs_coqc
def test_a_divisor_that_vanishes_is_unproved():
    """x*x has the derivative 2*x*x/x in Coq even at 0, where 1/0 is some number."""
    rows = entries(
        ("trap", "x*x", "2*x*x/x"),
        ("root", "sqrt(x)*sqrt(x)", "1"),
        ("kink_called_smooth", "max(x, 0)", "where(x > 0, 1, 0)"),
    )
    found = verdicts([claimed(entry) for entry in rows])
    assert {verdict for verdict, _ in found.values()} == {"unproved"}


@needs_coqc
def test_the_wrong_specs_counterexamples_and_a_tolerance_are_accepted():
    wrong = [api.prove(entry, entry.spec()).certificate for entry in read_entries(WRONG, "test").values()]
    [rounded] = entries(("rounded", "tanh(1.2345*x)", "1.2345000001*(1 - y*y)"))
    spec = rounded.spec(atol=Fraction(1, 10**6))
    certificates = [*wrong, api.prove(rounded, spec).certificate._replace(identity=None)]
    reports = check([of_certificate(certificate) for certificate in certificates])
    assert {report.verdict for report in reports} == {"accepted"}
    assert not unknown(reports[0].assumptions, by_interval=True)
    assert unknown(reports[0].assumptions, by_interval=False)


@needs_coqc
def test_exported_files_compile_as_they_stand(tmp_path):
    theorem = proved(builtin()["safe_log"])
    for name, text in preludes([theorem]).items():
        (tmp_path / f"{name}.v").write_text(text)
        subprocess.run(["coqc", "-w", "none", f"{name}.v"], cwd=tmp_path, check=True)
    (tmp_path / "safe_log.v").write_text(write_file(theorem, requires(theorem)))
    command = ["coqc", "-w", "none", "safe_log.v"]
    output = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    assert read_assumptions(output) == CLASSICAL


# --- programs in its place --------------------------------------------------------------


@pytest.fixture
def coqc(tmp_path, monkeypatch):
    """Puts a shell script in coqc's place; its argument is the last, the file."""

    def install(script):
        path = tmp_path / "coqc"
        path.write_text(f"#!/bin/sh\nfile=$(eval echo \\${{$#}})\n{script}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    return install


AXIOMS = "Axioms:\\nClassical_Prop.classic : forall P : Prop, P \\\\/ ~ P"
SQUARE = [("square", "x*x", "2*x"), ("cube", "x**3", "3*x**2")]


def square():
    return [claimed(entry) for entry in entries(*SQUARE)]


def theorems_with(cube):
    """A script that accepts a file unless it mentions the cube."""
    accepted = f'printf "{AXIOMS}\\n"'
    return f"case $file in Certify.v) ;; *) if grep -q cube $file; then {cube}; fi; {accepted};; esac"


def test_coqc_missing(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable, match=r"coqc is missing \(Debian: apt-get install coq"):
        check(square())


def test_coqc_without_its_libraries(coqc):
    coqc("echo 'Error: Cannot find a physical path bound to logical path Coquelicot.' >&2; exit 1")
    with pytest.raises(Unavailable, match=r"does not compile Certify.v: .*Coquelicot.*libcoq-coquelicot"):
        check(square())


def test_coqc_that_hangs_is_stopped_with_what_it_started(coqc, tmp_path):
    coqc(f"sleep 300 & echo $! > {tmp_path}/child; wait")
    begun = time.perf_counter()
    with pytest.raises(Unavailable, match=r"did not compile Certify.v in 0.5 s"):
        check(square(), seconds=0.5)
    assert time.perf_counter() - begun < 10
    child = int((tmp_path / "child").read_text())
    for _ in range(100):
        if not _runs(child):
            break
        time.sleep(0.05)
    assert not _runs(child)


def _runs(process):
    try:
        os.kill(process, 0)
        with open(f"/proc/{process}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_theorem_that_takes_too_long_is_undecided(coqc):
    coqc(theorems_with("sleep 300"))
    reports = check(square(), seconds=1)
    assert [report.verdict for report in reports] == ["accepted", "undecided"]
    assert "time limit" in reports[1].why


@pytest.mark.parametrize(
    ("text", "verdict", "why"),
    [
        ("Theorem cube_correct", "rejected", "its statement does not type-check: Error: no"),
        ("Proof.", "unproved", "not proved by the tactics: Error: no"),
        ("Print Assumptions", "undecided", "Error: no"),
        ("Require Import", "undecided", "Error: no"),
    ],
)
def test_where_coqcs_error_stands_decides_and_it_does_not_take_the_others_with_it(coqc, text, verdict, why):
    line = f"$(grep -n '{text}' $file | tail -n 1 | cut -d: -f1)"
    refusal = f'echo "File \\"./$file\\", line {line}, characters 0-4:" >&2; echo "Error: no" >&2; exit 1'
    coqc(theorems_with(refusal))
    reports = check(square())
    assert [report.verdict for report in reports] == ["accepted", verdict]
    assert reports[1].why == why


def test_an_anomaly_is_no_rejection(coqc):
    refusal = 'echo "File \\"./$file\\", line 4, characters 0-4:" >&2; echo "Error: Anomaly" >&2; exit 1'
    coqc(theorems_with(refusal))
    assert [report.verdict for report in check(square())] == ["accepted", "undecided"]


@pytest.mark.parametrize(
    ("output", "verdict", "why"),
    [
        ("", "undecided", "no assumptions"),
        ("Axioms:\\nfoo : False", "rejected", "it assumes foo"),
        ("Axioms:\\nFloatAxioms.add_spec : x", "rejected", "it assumes FloatAxioms"),
        ("Axioms:\\nfoo relies on an unsafe hierarchy.", "undecided", "not a name"),
        ("fine\\nClosed under the global context", "undecided", "no assumptions"),
    ],
)
def test_what_it_prints_decides(coqc, output, verdict, why):
    coqc(f'case $file in Certify.v) ;; *) printf "{output}\\n";; esac')
    for report in check(square()):
        assert report.verdict == verdict
        assert why in report.why


def test_a_crash_is_no_rejection(coqc):
    coqc("case $file in Certify.v) ;; *) kill -SEGV $$;; esac")
    assert {report.verdict for report in check(square())} == {"undecided"}


# --- assumptions ------------------------------------------------------------------------


def test_reads_assumptions():
    output = (
        "Chars 0 - 9 [Require~] 0.1 secs (0.1u,0.s)\n"
        "Axioms:\n"
        "ClassicalDedekindReals.sig_forall_dec\n"
        "  : forall P : nat -> Prop,\n"
        "    (forall n : nat, {P n} + {~ P n})\n"
        "Classical_Prop.classic : forall P : Prop, P \\/ ~ P\n"
    )
    assert read_assumptions(output) == {
        "ClassicalDedekindReals.sig_forall_dec",
        "Classical_Prop.classic",
    }
    assert read_assumptions("Closed under the global context\n") == frozenset()


@pytest.mark.parametrize(
    "output", ["", "Axioms\n", "Axioms:\nx is assumed to be positive.\n", "hello\nAxioms:\n"]
)
def test_refuses_another_output(output):
    with pytest.raises(ValueError, match="assumption"):
        read_assumptions(output)


def test_only_the_known_assumptions():
    assert not unknown(CLASSICAL, by_interval=False)
    assert unknown({"Uint63.add_spec"}, by_interval=False) == {"Uint63.add_spec"}
    assert not unknown({"Uint63.add_spec"}, by_interval=True)
    assert unknown({"Uint63", "foo"}, by_interval=True) == {"Uint63", "foo"}
