"""The attack can fail: each fuzzer notices a planted bug; its oracles share no code with what is judged."""

import ast
import json
import os
import struct
import subprocess
import sys
from collections import Counter
from fractions import Fraction
from pathlib import Path
from random import Random
from tempfile import mkdtemp
from types import ModuleType, SimpleNamespace

import pytest

from tests import ROOT
from tests.attack import (
    attack,
    claims,
    doors,
    forgeries,
    formulas,
    functions,
    oracle,
    reports,
    statements,
    surface,
)
from tests.attack.case import Case
from tests.attack.oracle import Claim

HERE = Path(__file__).parent
MODULES = sorted(path.stem for path in HERE.glob("*.py") if not path.stem.startswith("test_"))


def found_by(run, given, cases=40):
    """What a fuzzer misses of these doors, over some cases."""
    kinds = Counter()
    for i in range(cases):
        case = Case(Random(f"planted/{i}"), given)
        run(case)
        kinds.update(what for what, _ in case.misses)
    return kinds


class Planted:
    """The doors with some of them exchanged."""

    def __init__(self, **exchanged):
        self.__dict__.update(exchanged)

    def __getattr__(self, name):
        return getattr(doors, name)


# --- independence ---------------------------------------------------------------------------


def imported(path):
    """The modules that a file names in an import, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        if isinstance(node, ast.ImportFrom) and node.module in ("tests", "tests.attack"):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module.removeprefix("tests.attack.").partition(".")[0]


@pytest.mark.parametrize("module", [name for name in MODULES if name != "doors"])
def test_only_the_doors_import_what_is_attacked(module):
    allowed = {*sys.stdlib_module_names, *MODULES, "flint", "ROOT"} - {"doors"} | (
        {"doors"} if module == "attack" else set()
    )
    assert set(imported(HERE / f"{module}.py")) <= allowed


def test_the_oracles_load_nothing_of_what_is_attacked():
    names = [name for name in MODULES if name not in ("doors", "attack")]
    script = f"import sys; from tests.attack import {', '.join(names)}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert not [name for name in done.stdout.split() if name.partition(".")[0] == "certify"]


# --- the oracle ------------------------------------------------------------------------------


POINTS = {"acosh": "3/2", "asin": "1/3", "acos": "1/3", "atanh": "1/3", "erfinv": "1/3"}


@pytest.mark.parametrize("name", oracle.FUNCTIONS)
def test_a_slope_is_the_limit_of_quotients(name):
    x, h = Fraction(POINTS.get(name, "7/5")), Fraction(1, 2**200)
    with oracle.precision(1000):
        found = oracle.germ([name, "x"], x, 0, {})
        above, below = (oracle.germ([name, "x"], x + d, 0, {}).value for d in (h, -h))
        quotient = (oracle.ball(above) - oracle.ball(below)) / oracle.ball(2 * h)
        assert abs(quotient - oracle.ball(found.slope)) < oracle.ball(Fraction(1, 2**300))


@pytest.mark.parametrize("name", [name for name, row in oracle.FUNCTIONS.items() if row.at])
def test_an_exact_value_is_that_of_the_balls(name):
    ((x, (value, slope)),) = oracle.FUNCTIONS[name].at.items()
    row = oracle.FUNCTIONS[name]
    with oracle.precision(300):
        near = oracle.ball(x + Fraction(1, 2**900))
        assert abs(row.value(near) - oracle.ball(value)) < oracle.ball(Fraction(1, 2**250))
        if slope is not None and name != "sinc":
            assert abs(row.slope(near, row.value(near)) - oracle.ball(slope)) < oracle.ball(
                Fraction(1, 2**250)
            )


@pytest.mark.parametrize("name", formulas.SMOOTH)
def test_a_complex_value_on_the_real_line_is_the_real_one(name):
    from flint import acb

    x = Fraction(POINTS.get(name, "7/5"))
    with oracle.precision(200):
        value = oracle.complex_value([name, "x"], acb(oracle.ball(x)))
        assert value.imag.contains(0)
        assert value.real.overlaps(oracle.ball(oracle.germ([name, "x"], x, 0, {}).value))


def claim(f, s, domain=("-1", "1"), atol="1e-6", rtol="0", **more):
    ends = tuple(Fraction(end) for end in domain)
    return Claim(formulas.read(f), formulas.read(s), (ends,), Fraction(atol), Fraction(rtol), {}, **more)


@pytest.mark.parametrize(
    ("f", "s", "x", "verdict"),
    [
        ("sin(x)", "cos(x)", "1/3", "holds"),
        ("sin(x)", "cos(x) + 2e-6", "1/3", "fails"),
        ("x**3", "3*x**2", "-1/2", "holds"),
        ("x**sign(x)", "1/x", "-1/2", "undefined"),  # exp(b*log a) of a negative base
        ("log(x)", "1/x", "-1/2", "undefined"),
        ("exp(x)", "x/x*exp(x)", "0", "undefined"),
        ("max(x, 0)", "sign(x)", "0", "kink"),
        ("x*x", "2*abs(x)*sign(x)", "0", "holds"),
        ("where(x*x >= 0, x, 0)", "1", "0", "unknown"),  # a zero of higher order
    ],
)
def test_a_claim_at_a_point(f, s, x, verdict):
    assert oracle.at(claim(f, s), Fraction(x)).verdict == verdict


@pytest.mark.parametrize(
    ("f", "s", "continuous", "inside"),
    [
        ("abs(x)", "sign(x)", True, True),
        ("abs(x)", "where(x > 0, 1, -1)", True, True),
        ("abs(x)", "where(x < 0, -1, where(x > 0, 1, 1.00001))", True, False),
        ("where(x > 0, x + 1e-5, x)", "1", False, True),
        ("where(x > 0, x + 1e-40, x)", "1", False, True),
        ("where(x > 0, exp(x + 1), e + x*e + 1e-12)", "exp(max(x, 0) + 1)", False, True),
        ("where(x > 0, sin(x), x)", "where(x > 0, cos(x), where(x < 0, 1, 0))", True, False),
        ("where(x > 0, sin(x), x)", "cos(min(x, 0)*0 + max(x, 0))", True, True),
    ],
)
def test_a_claim_at_a_kink(f, s, continuous, inside):
    kink = oracle.at(claim(f, s), Fraction(0)).kink
    assert (kink.continuous, kink.inside) == (continuous, inside)


@pytest.mark.parametrize(
    "path", sorted((forgeries.ROOT / "tests" / "accept").glob("*.json")), ids=lambda p: p.stem
)
def test_what_is_honest_is_judged_so(path):
    body = json.loads(path.read_bytes())
    assert not list(statements.judged(body, Random(1)))


@pytest.mark.parametrize(
    "number", [0.1, 1.5, -3.0e-42, 65504.0, 1e-45, 3.0e38, 2**-126, 2**-149 * 1.5, 7e-46]
)
def test_a_number_is_rounded_as_the_processor_rounds_it(number):
    assert reports.FORMATS["float32"].nearest(Fraction(number)) == Fraction(
        struct.unpack("f", struct.pack("f", number))[0]
    )
    if abs(number) < 65520:
        half = struct.unpack("e", struct.pack("e", number))[0]
        assert reports.FORMATS["float16"].nearest(Fraction(number)) == Fraction(half)


def test_numbers_between_are_counted():
    half = reports.FORMATS["float16"]
    pattern = lambda x: struct.unpack("<H", struct.pack("<e", x))[0]  # noqa: E731
    for x in (0.0, 2**-24, 2**-14, 1.0, 1.5, 65504.0):
        assert half.rank(Fraction(x)) == pattern(x)


# --- each fuzzer notices a bug -----------------------------------------------------------------


def moved(answer):
    """An enclosure that misses what it should hold: moved by more than its width."""
    if answer is None:
        return None
    if isinstance(answer, tuple) and len(answer) == 2 and all(isinstance(end, Fraction) for end in answer):
        by = (answer[1] - answer[0]) * 2 + Fraction(1, 2**1000)
        return answer[0] + by, answer[1] + by
    if isinstance(answer, functions.Extent):
        held = [end for end in answer[:2] if end is not None] or [Fraction(0)]
        return functions.Extent(held[-1] + Fraction(1, 2**90), None, False, True)
    return type(answer)(moved(part) for part in answer)


@pytest.mark.parametrize(
    "kind", sorted(set(functions.KINDS), key=lambda kind: kind.__name__), ids=lambda k: k.__name__
)
def test_a_wrong_enclosure_is_noticed(kind):
    class Moved:
        def __getattr__(self, name):
            return lambda *arguments: moved(getattr(doors, name)(*arguments))

    assert found_by(kind, Moved(), 30)
    assert not found_by(kind, doors, 30)


def test_an_enclosure_without_a_tenth_of_itself_is_noticed():
    def narrow(name, z, bits):
        found = doors.rectangle(name, z, bits)
        return found and tuple((lo + (hi - lo) / 10, hi) for lo, hi in found)

    assert found_by(functions._rectangles, Planted(rectangle=narrow), 60)


def test_a_bound_on_a_cut_is_noticed():
    huge = (-(Fraction(10) ** 9), Fraction(10) ** 9)
    kinds = found_by(functions._rectangles, Planted(rectangle=lambda *_: (huge, huge)), 1200)
    cuts = {what for what in kinds if what.endswith("on its cut")}
    names = ("log", "sqrt", "log1p", "acosh", "asin", "acos", "atanh", "atan", "asinh", "tan", "tanh", "div")
    assert cuts >= {f"{name} is bounded on its cut" for name in names}


def test_a_verifier_that_accepts_everything_is_noticed():
    accepting = Planted(verify=lambda data: "accepted")
    kinds = found_by(forgeries.run, accepting, 20)
    assert {"accepted, but f' and s are further apart", "accepted, but f' and s are not the same"} <= set(
        kinds
    )
    assert found_by(reports.run, accepting, 6)


def planted(function, derivative, parameters=None, **more):
    """A certificate without a proof, as a verifier without sense would accept it."""
    statement = {"name": "f", "function": formulas.read(function), "derivative": formulas.read(derivative)}
    window = {"parameters": {}, "domain": [["-1", "1"]], "atol": "1e-6", "rtol": "0"}
    body = {"kind": "enclosure", "statement": {**statement, **window, "parameters": parameters or {}}}
    return {**body, "components": [], "kinks": [], "seams": [], **more}


IDENTITY = {"sections": [], "joins": [], "open_ends": []}


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (planted("sin(x)", "cos(x) + 1e-5"), "f' and s are further apart"),
        (planted("sin(x)", "where(abs(x - 0.3) < 1e-9, 0, cos(x))"), "f' and s are further apart"),
        (
            planted("x*x", "where(x == 0, 1, 2*x)".replace("x == 0", "abs(x) <= 0")),
            "f' and s are further apart",
        ),
        (planted("log(x)", "1/x"), "f is not defined"),
        (planted("x**sign(x)", "where(x > 0, 1, -1/x/x)"), "f is not defined"),
        (planted("x*x", "2*x*x/x"), "s is not defined"),
        (planted("abs(x)", "where(x > 0, 1, where(x < 0, -1, 3))"), "s is not between the slopes at a kink"),
        (planted("where(x > 0, x + 1, x)", "1"), "f jumps at a point that is no exception"),
        (planted("abs(x)", "sign(x)"), "a kink that the proof does not list"),
    ],
)
def test_a_false_statement_is_noticed(body, what):
    assert what in {said for said, _ in statements.judged(body, Random(2))}


@pytest.mark.parametrize(
    ("exact", "what"),
    [
        ({"a": "1"}, "an identity for other parameters"),
        ({"a": "(3, inf)"}, "an identity for other parameters"),
        ({"a": "(0, inf)"}, None),
        ({"a": "2"}, None),
    ],
)
def test_an_identity_for_other_parameters_is_noticed(exact, what):
    body = planted("a*x", "a", {"a": "2"}, identity=IDENTITY)
    body["statement"]["exact"] = {"domain": [["-inf", "inf"]], "parameters": exact}
    assert {said for said, _ in statements.judged(body, Random(2))} == ({what} if what else set())


@pytest.mark.parametrize(
    ("f", "s", "at", "kind", "true"),
    [
        ("x*x", "3*x", "1/2", "point", True),
        ("x*x", "2*x", "1/2", "point", False),
        ("abs(x)", "sign(x) + 5 - 5*abs(sign(x))", "0", "kink", True),
        ("abs(x)", "sign(x)", "0", "kink", False),
        ("x*x", "2*x*x/x", "0", "undefined", True),
        ("x*x", "2*x", "0", "undefined", False),
        ("x*x", "3*x", "5", "point", False),
    ],
)
def test_a_refutation_is_judged_at_its_witness(f, s, at, kind, true):
    body = {**planted(f, s), "kind": "refutation", "witness": {"at": at, "kind": kind}}
    assert bool(list(statements.judged(body, Random(2)))) != true


SIGMOID = claim("sigmoid(x)", "y*(1 - y)")
GELU = "0.5*x*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x**3)))"


def answered(word, data=None, truth=None):
    return Planted(
        prove=lambda *_: doors.Answer(word, data, (word == "certified") if truth is None else truth),
        verify=lambda data: "accepted",
    )


def judged_claim(given, made, right=False):
    case = Case(Random(3), given)
    claims.judge(case, made, right=right)
    return {what for what, _ in case.misses}


@pytest.mark.parametrize(
    "made",
    [
        claim("sigmoid(x)", "y*(1 - y) + 1.1e-6"),
        claim(
            GELU,
            str(formulas.written(formulas.derivative(formulas.read(GELU.replace("44715", "44716"))))),
            atol="1e-9",
        ),
        claim("x*sigmoid(x)", "where(abs(x) < 1e-9, 0, sigmoid(x)*(1 + x*(1 - sigmoid(x))))"),
        claim("where(x > 0, sin(x), x)", "where(x > 0, cos(x), where(x < 0, 1, 0))"),
    ],
    ids=["off", "a digit", "a tiny interval", "at the kink"],
)
def test_a_wrong_claim_called_certified_is_noticed(made):
    assert any(what.startswith("certified, but ") for what in judged_claim(answered("certified"), made))


def test_a_certificate_of_another_claim_is_noticed():
    body = planted("sin(x)", "cos(x)")
    told = judged_claim(answered("certified", json.dumps(body).encode()), SIGMOID)
    assert {
        "certified, but another function is stated",
        "certified, but another derivative is stated",
    } <= told
    body = planted("sigmoid(x)", "y*(1 - y)")
    body["statement"]["domain"] = [["-1", "1/2"]]
    assert "certified, but another claim is stated" in judged_claim(
        answered("certified", json.dumps(body).encode()), SIGMOID
    )


def test_a_certified_file_that_is_rejected_is_noticed():
    given = answered("certified", b"{}")
    given.verify = lambda data: "rejected"
    assert judged_claim(given, SIGMOID) == {"certified, and the file is rejected"}


@pytest.mark.parametrize(("word", "truth"), [("refuted", True), ("undecided", True), ("certified", False)])
def test_a_truth_value_is_noticed(word, truth):
    assert judged_claim(answered(word, None, truth), SIGMOID) == {"the truth value is not that of certified"}


def test_a_right_claim_is_not_missed():
    assert not judged_claim(
        answered("certified", json.dumps(planted("sigmoid(x)", "y*(1 - y)")).encode()), SIGMOID
    )


# --- the surface -----------------------------------------------------------------------------------


def surfaced(kind, tmp_path, cases=12, **exchanged):
    def run(case):
        kind(case, Path(mkdtemp(dir=tmp_path)))

    return found_by(run, Planted(**exchanged), cases)


def command_that(code, out=b""):
    return lambda arguments, folder: doors.Outcome(code, out, b"")


@pytest.mark.parametrize(
    ("out", "code", "what"),
    [
        (b"", 70, "exit 70"),
        (b"", -11, "exit -11"),
        (b"Traceback (most recent call last):\n", 1, "a traceback"),
        (b"accepted \x1b[2J", 1, "control characters in the output"),
        ("\u202e".encode(), 1, "control characters in the output"),
        (b"\xff", 1, "control characters in the output"),
        (f"rejected {surface.FORGED}".encode(), 1, "a file's name prints a line of its own"),
    ],
)
def test_what_no_command_may_do_is_noticed(out, code, what, tmp_path):
    assert what in surfaced(surface._arguments, tmp_path, command=command_that(code, out))


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        (surface._broken_file, "verify exits 0 of a file that is not accepted"),
        (surface._folder, "verify exits 0 of a folder with a file that is not accepted"),
        (surface._folder, "verify does not name a file that is not accepted"),
        (surface._other_name, "verify accepts a certificate under another entry's name"),
        (surface._other_name, "check takes another entry's certificate"),
        (surface._refutation, "verify exits 0 of a refutation"),
        (surface._stale, "check exits 0 of a file that is rejected"),
        (surface._claim, "prove exits 0 of a false claim"),
        (surface._claim, "a verdict without a certificate"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_an_exit_0_over_what_is_not_so_is_noticed(kind, what, tmp_path):
    given = {"command": command_that(0), "verify": lambda data: "rejected"}
    assert what in surfaced(kind, tmp_path, 25, **given)


def test_an_assertion_that_always_passes_is_noticed(tmp_path):
    kinds = surfaced(surface._assertion, tmp_path, 25, assertion_passes=lambda *_: True)
    assert any(what.startswith("assert_derivative passes, but") for what in kinds)


def test_an_exception_of_the_api_is_noticed(tmp_path):
    kinds = surfaced(surface._api, tmp_path, 1, anything=lambda given, keywords: "KeyError")
    assert set(kinds) == {"certify.prove raises KeyError"}


def test_a_condition_that_is_looked_at_is_noticed(tmp_path):
    kinds = surfaced(surface._looked_at, tmp_path, 1, anything=lambda given, keywords: "Certified")
    assert set(kinds) == {"a function that looks at a condition is certified"}


def test_numbers_that_are_printed_otherwise_are_noticed(tmp_path):
    shown = b"|f'(x) - s(x)| <= 1e-90, with a = 77"
    kinds = surfaced(surface._numbers, tmp_path, 1, command=command_that(0, shown))
    assert set(kinds) == {
        "a tolerance is printed smaller than it is",
        "another value of a parameter is printed",
    }


def test_a_plugin_that_always_passes_is_noticed(tmp_path):
    given = {"pytest": lambda folder: doors.Outcome(0, b"", b""), "verify": lambda data: "rejected"}
    assert "pytest passes over a file that is not accepted" in surfaced(surface._plugin, tmp_path, **given)


def test_a_formula_that_is_read_or_printed_otherwise_is_noticed(tmp_path):
    kinds = surfaced(surface._languages, tmp_path, 2, parsed=lambda text: "x", printed=lambda term: "y")
    assert "a formula is read otherwise than Python reads it" in kinds
    kinds = surfaced(surface._languages, tmp_path, 2, printed=lambda term: "x + 17")
    assert set(kinds) == {"a formula is printed otherwise"}
    assert not surfaced(surface._languages, tmp_path, 2)


def test_another_formula_in_the_output_is_noticed(tmp_path):
    shown = b"certified: f on [-1, 1]\n  f(x) = sin(x)\n  s(x) = cos(x)\n"
    assert "another formula is printed" in surfaced(surface._claim, tmp_path, command=command_that(3, shown))


# --- the run ------------------------------------------------------------------------------------------


@pytest.fixture
def fuzzer(monkeypatch):
    """A fuzzer of one's own, under the name `planted`."""

    def plant(run):
        module = ModuleType("planted")
        module.run = run
        monkeypatch.setitem(sys.modules, "tests.attack.planted", module)
        monkeypatch.setitem(attack.SHARES, "planted", 1)

    return plant


def attacked(hang=attack.HANG, cases=1):
    """So many cases, run in a process."""
    made = attack.Attack("s", ["planted"], 1, hang)
    made.run(600, cases)
    return made.found


def spin(case):
    case.now = "the input at hand"
    while True:
        pass


@pytest.mark.parametrize(
    ("run", "what"),
    [(spin, "a case of more than 0.2 s"), (lambda case: os._exit(5), "the process ended (5)")],
)
def test_a_case_that_does_not_come_back_is_a_miss(run, what, fuzzer):
    fuzzer(run)
    assert [said for row in attacked(hang=0.2) for said, _ in row.misses] == [what]


def test_the_input_of_a_case_that_hangs_is_told(fuzzer):
    fuzzer(spin)
    assert "the input at hand" in {given for row in attacked(hang=0.2) for _, given in row.misses}


def test_an_exception_is_a_miss(fuzzer):
    fuzzer(lambda case: case.doors.nosuch())
    row = attack.one("planted", "s", 0, SimpleNamespace())
    assert [what for what, _ in row.misses] == ["an exception"]


def test_a_case_is_reproduced_by_its_seed_and_number(fuzzer):
    fuzzer(lambda case: case.miss("m", case.rng.random()))
    rows = {row.number: row for row in attacked(cases=2)}
    assert attack.one("planted", "s", 1, None).misses == rows[1].misses != rows[0].misses


def test_the_exit_code_tells_misses(fuzzer, capsys):
    fuzzer(lambda case: case.miss("a false answer", "of \x1b[31mx"))
    assert attack.report("s", attacked(), ["planted"]) == 1
    told = capsys.readouterr().out
    assert "bin/attack --seed s --only planted --case 0\n  of \\x1b[31mx" in told
    assert attack.report("s", [], ["planted"]) == 0
