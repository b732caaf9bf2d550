"""Claims from Python: every way to write one, the verdict's face, and what is refused."""

import doctest
import inspect
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction
from importlib import import_module

import mpmath
import numpy as np
import pytest

import certify
from certify import math as m
from certify.claim import claim
from tests import ROOT

SILU = "sigmoid(x) + x*sigmoid(x)*(1 - sigmoid(x))"


def test_text_and_functions_make_one_claim():
    text = certify.prove("x*sigmoid(x)", SILU, domain=(-10, 10), tol="1e-30")
    traced = certify.prove(
        lambda x: x * m.sigmoid(x), lambda x: m.sigmoid(x) + x * m.sigmoid(x) * (1 - m.sigmoid(x))
    )
    assert isinstance(text, certify.Certified)
    assert text.spec == traced.spec
    assert text.certificate == traced.certificate
    assert len(text.tiles) == text.statistics.tiles


DOMAINS = {
    "a_pair": ((-1, "1/3"), "[-1, 1/3]"),
    "a_list_of_ends": ([-1, 1], "[-1, 1]"),
    "text": ("-1,1", "[-1, 1]"),
    "texts": (["-1", " 1 "], "[-1, 1]"),
    "numpy_s_text": (np.str_("-1,1"), "[-1, 1]"),
    "exact_numbers": ((Fraction(-1, 3), Decimal("0.1")), "[-1/3, 0.1]"),
    "numpy_s_numbers": ((np.float32(-0.5), np.int64(2)), "[-0.5, 2]"),
    "numpy_s_infinities": ((np.float64("-inf"), np.float32("inf")), "(-inf, inf)"),
    "an_array": (np.array([-1.5, 1.5], dtype=np.float16), "[-1.5, 1.5]"),
    "an_array_of_pairs": (np.array([[-2, -1], [0, 1]]), "[-2, -1] u [0, 1]"),
    "one_pair_in_a_list": ([(-1, 1)], "[-1, 1]"),
    "pairs_that_touch": ([(0, 1), [1, 2], "2,3"], "[0, 3]"),
    "floats": ((-0.5, 2.0), "[-0.5, 2]"),
    "a_list": ([(-2, -1), "0,1"], "[-2, -1] u [0, 1]"),
    "a_tuple_of_pairs": (((-2, -1), (0, 1)), "[-2, -1] u [0, 1]"),
    "the_line": ((None, float("inf")), "(-inf, inf)"),
    "infinities": (("-inf", "inf"), "(-inf, inf)"),
}


OPEN = {
    "as_text": ("(0,inf)", "(0, inf)"),
    "with_spaces": (" ( 0 , 1 ] ", "(0, 1]"),
    "a_list": (["(-1,0)", "(0,1)"], "(-1, 0) u (0, 1)"),
    "beside_a_pair": ([(2, 3), "(0,1)"], "(0, 1) u [2, 3]"),
    "joined_with_a_pair": ([(1, 3), "(0,1)"], "(0, 3]"),
}


@pytest.mark.parametrize("name", OPEN)
def test_a_domain_may_have_open_ends(name):
    domain, text = OPEN[name]
    verdict = certify.prove("1/x", "-1/x**2", domain)
    assert isinstance(verdict, certify.Certified)
    assert repr(verdict) == f"Certified(f on {text}, f' = s)"
    assert f"For every real x in {text}, f is differentiable at x and" in str(verdict)
    assert f">certified</b> f on {text}<pre" in verdict._repr_html_()
    assert verdict.as_json(None)["domain"] == text


@pytest.mark.parametrize("name", DOMAINS)
def test_a_domain_is_written_as_one_likes(name):
    domain, text = DOMAINS[name]
    verdict = certify.prove("x*x", "2*x", domain)
    assert isinstance(verdict, certify.Certified)
    assert repr(verdict).startswith(f"Certified(f on {text}, ")


def test_a_float_of_any_size_is_the_number_that_it_is():
    for kind, bits in ((np.float16, 11), (np.float32, 24), (np.longdouble, 64)):
        tenth = kind(1) / kind(10)
        _, spec = claim("x", "1", (0, tenth), tenth)
        assert 0 < abs(spec.atol - Fraction(1, 10)) < Fraction(1, 10) / 2**bits
        assert spec.atol.denominator & (spec.atol.denominator - 1) == 0
        assert spec.domain == claim("x", "1", (0, spec.atol))[1].domain


NO_DOMAIN = {
    "nothing": (None, "domain is None, needs"),
    "an_empty_list": ([], r"domain is \[\], needs"),
    "a_number": (1, "domain is 1, needs"),
    "a_set": ({0, 1}, r"domain is \{0, 1\}, needs"),
    "three_ends": ((1, 2, 3), r"domain \(1, 2, 3\) has 3 ends"),
    "a_pair_of_three": ([(1, 2, 3)], r"domain \(1, 2, 3\) is not \(lo, hi\)"),
    "a_pair_beside_a_number": (["-1,1", 3], r"domain 3 is not \(lo, hi\)"),
    "a_bool": ((0, True), "True is of type bool, needs a number"),
    "numpy_s_bool": ((np.False_, 1), "is of type bool"),
    "a_complex_number": ((0, 1j), "1j is of type complex, needs"),
    "mpmath_s_number": ((0, mpmath.mpf(1)), "does not tell its exact value"),
    "nan": ((0, float("nan")), "nan is no real number"),
    "numpy_s_nan": ((np.float32("nan"), 1), "is no real number"),
    "a_signalling_nan": ((Decimal("sNaN"), 1), "is no real number"),
    "infinities_turned": ((float("inf"), 0), "inf is no real number"),
    "ends_turned": ((1, 0), "is reversed"),
    "no_length": ((1, 1), "has no length"),
    "words": ((0, "one"), "'one' is not an exact number"),
}


@pytest.mark.parametrize("name", NO_DOMAIN)
def test_what_is_no_domain_is_a_usage_error_that_shows_it(name):
    domain, why = NO_DOMAIN[name]
    with pytest.raises(certify.UsageError, match=why):
        certify.prove("x", "1", domain)


def test_parameters_have_values_or_ranges():
    f = lambda x, a: m.where(x > 0, x, a * (m.exp(x) - 1))  # noqa: E731
    s = lambda x, a: m.where(x > 0, 1, a * m.exp(x))  # noqa: E731
    one = certify.prove(f, s, (None, None), parameters={"a": 1})
    every = certify.prove(f, s, (None, None), parameters={"a": "(0, inf)"})
    assert one.certificate.identity.left_out == ()
    assert every.certificate.identity.left_out == (0,)
    assert str(every.spec.parameters["a"]) == "(0, inf)"


def test_a_value_of_a_parameter_may_be_any_for_the_identity():
    verdict = certify.prove("a*x", "a", parameters={"a": "1/2"})
    assert str(verdict.certificate.identity.spec.parameters["a"]) == "(-inf, inf)"
    certify.prove("a**x", "a**x*log(a)", parameters={"a": 2})  # not for every a: no such identity


def test_what_it_writes_verifies(tmp_path):
    from certify.certificate.enclosure import encode

    verdict = certify.prove("tanh(x)", "1 - y*y", name="mine")
    path = tmp_path / "mine.json"
    path.write_bytes(encode(verdict.certificate))
    assert certify.verify(path) == verdict.certificate
    path.write_bytes(encode(verdict.certificate).replace(b'"residual": "', b'"residual": "1'))
    with pytest.raises(certify.Rejected):
        certify.verify(str(path))


def test_a_refutation_has_its_witness():
    verdict = certify.prove("sin(x)", "cos(x) + 1e-9")
    assert isinstance(verdict, certify.Refuted)
    x = mpmath.mpf(verdict.witness.numerator) / verdict.witness.denominator
    assert abs(mpmath.diff(mpmath.sin, x) - mpmath.cos(x) - mpmath.mpf("1e-9")) > 5e-10
    assert repr(verdict).startswith("Refuted(f on [-10, 10], x = ")


def test_the_least_tolerance_is_found_within_a_factor_of_2():
    s = "cos(x) + 3e-17*x"  # off by 3e-16 at the ends
    verdict = certify.prove("sin(x)", s, tol="auto")
    assert isinstance(verdict, certify.Certified)
    assert Fraction(3, 10**16) <= verdict.spec.atol <= Fraction(6, 10**16)
    assert isinstance(certify.prove("sin(x)", s, tol=verdict.spec.atol / 2), certify.Refuted)


def test_no_tolerance_is_the_least_where_formulas_are_identical():
    assert certify.prove("sin(x)", "cos(x)", tol="auto").spec.atol == 0
    assert isinstance(certify.prove("1/x", "-1/x**2", tol="auto"), certify.Undecided)


def test_an_assertion_says_where_and_by_how_much():
    assert isinstance(certify.assert_derivative("x**3", "3*x**2"), certify.Certified)
    with pytest.raises(AssertionError) as caught:
        certify.assert_derivative("tanh(x)", lambda x, y: 1 - y * y + Fraction(1, 1000))
    message = str(caught.value)
    assert message.startswith("refuted: f on [-10, 10]\n  at x = ")
    for part in ("f'(x) is in [", "s(x)  is in [", "so |f'(x) - s(x)| is in [0.000", "f(x) = tanh(x)"):
        assert part in message
    with pytest.raises(AssertionError, match=r"(?s)undecided: f .*what would help"):
        certify.assert_derivative("1/x", "-1/x**2")


@pytest.mark.parametrize(
    ("f", "s", "word"), [("x", "1", "certified"), ("x", "2", "refuted"), ("1/x", "-1/x**2", "undecided")]
)
def test_a_notebook_shows_the_word_and_the_sentences(f, s, word):
    verdict = certify.prove(f, s)
    html = verdict._repr_html_()
    assert f">{word}</b> f on [-10, 10]<pre" in html
    assert html.count("<div>") == html.count("</div>") == 1
    assert str(verdict).splitlines()[1].strip().replace("'", "&#x27;").replace("<", "&lt;") in html
    assert repr(verdict).startswith(word.capitalize())


def test_text_in_a_formula_is_no_html():
    assert "<b>" not in certify.prove("where(x<0,x,x)", "1")._repr_html_().replace("<b style", "")


REFUSED = {
    "a_formula_that_does_not_parse": (("x +", "1"), {}, "f: parse error at column 4"),
    "a_derivative_that_does_not_parse": (("x", "z"), {}, "s: "),
    "no_formula": ((3, "1"), {}, "f is of type int"),
    "a_reserved_parameter": (("x", "1"), {"parameters": {"sin": 1}}, "'sin' already has a meaning"),
    "a_negative_tolerance": (("x", "1"), {"tol": -1}, "tolerances must be >= 0"),
    "nan": (("x", "1"), {"tol": float("nan")}, "nan is no real number"),
    "a_number_that_is_none": (("x", "1"), {"tol": "small"}, "tol: 'small' is not an exact number"),
    "a_tolerance_that_is_true": (("x", "1"), {"rtol": True}, "rtol: True is of type bool"),
    "no_tolerance": (("x", "1"), {"tol": None}, "tol: None is of type NoneType"),
    "kinks_in_a_list": (("x", "1"), {"kinks": [0]}, "kinks is"),
    "a_kink_that_is_true": (("x", "1"), {"kinks": {0: True}}, "kink 0: True is of type bool"),
    "seconds_as_text": (("x", "1"), {"max_seconds": "60"}, "max_seconds is '60'"),
    "no_time": (("x", "1"), {"max_seconds": float("nan")}, "needs more than 0"),
    "a_name_that_is_none": (("x", "1"), {"name": "../f"}, "a letter, then"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refuses(name):
    arguments, options, why = REFUSED[name]
    with pytest.raises(certify.UsageError, match=why):
        certify.prove(*arguments, **options)


def test_what_is_public_is_there_typed_and_documented():
    for name in certify.__all__:
        assert inspect.getdoc(getattr(certify, name)), name
    assert (ROOT / "certify" / "py.typed").exists()
    assert set(certify.__all__) <= set(dir(certify))
    assert not {"import_module", "TYPE_CHECKING", "annotations", "_HOMES"} & set(dir(certify))
    assert set(certify._HOMES) == set(certify.__all__)


@pytest.mark.parametrize(("typo", "near"), [("proove", "prove"), ("Certifed", "Certified"), ("nothing", "")])
def test_a_name_that_there_is_not_tells_the_nearest(typo, near):
    script = f"import certify; certify.{typo}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    hint = f", did you mean {near}?" if near else ""
    assert done.stderr.splitlines()[-1] == f"AttributeError: module 'certify' has no attribute {typo!r}{hint}"


DOCUMENTED = (
    *("certify", "certify.claim", "certify.math", "certify.subject", "certify.prover.verdict"),
    *("certify.capture", "certify.capture.proving", "certify.kernels.measuring", "certify.prover.saving"),
)


@pytest.mark.parametrize("module", DOCUMENTED)
def test_the_examples_of_what_is_public_run(module):
    found = doctest.testmod(import_module(module), optionflags=doctest.ELLIPSIS)
    assert found.attempted > 0
    assert found.failed == 0


def test_whatever_is_called_shows_an_example():
    for name in certify.__all__:
        item = getattr(certify, name)
        if not (inspect.isclass(item) and issubclass(item, Exception)) and name not in (
            "Certificate",
            "Verdict",
        ):
            assert ">>> " in inspect.getdoc(item), name


def test_a_float_at_a_kink_is_the_double_that_it_is():
    _, spec = claim("max(x, 0)", "where(x > 0, 1, where(x < 0, 0, 0.1))", kinks={0: 0.1})
    [(_, value)] = spec.kink_values
    assert value.value == Fraction(0.1) != Fraction("0.1")


def test_tiles_are_what_is_claimed_from_end_to_end():
    verdict = certify.prove("sin(x)", "cos(x) + 1e-12*x", [(-2, -1), (0, 3)], "1e-10")
    assert verdict.tiles == verdict.certificate.tiles
    assert len(verdict.tiles) == verdict.statistics.tiles
    starts, ends = {tile.lo for tile in verdict.tiles}, {tile.hi for tile in verdict.tiles}
    assert (starts - ends, ends - starts) == ({-2, 0}, {-1, 3})
    for tile in verdict.tiles:
        assert tile.lo < tile.hi
        for x in (tile.lo, (tile.lo + tile.hi) / 2, tile.hi):
            with mpmath.workdps(40):
                slope = mpmath.cos(mpmath.mpf(x.numerator) / x.denominator)
            gap = abs(x) / 10**12
            assert tile.slope[0] <= Fraction(str(slope)) <= tile.slope[1]
            assert gap <= tile.residual <= Fraction("1e-10")
    for other in (certify.prove("exp(x)", "y", (None, None)), certify.prove("x", "2")):
        assert other.tiles == other.certificate.tiles == ()


def test_two_words_on_one_kink_are_refused():
    with pytest.raises(certify.UsageError, match="two things of one point"):
        certify.prove("max(x, 0)", "where(x > 0, 1, 0)", kinks={"0": "1", 0: "jump"})


def test_an_option_that_there_is_not_is_refused():
    for prove in (certify.prove, certify.assert_derivative):
        with pytest.raises(TypeError, match="'max_bit'"):
            prove("x", "1", max_bit=64)
    with pytest.raises(TypeError, match="verify"):
        certify.assert_derivative("x", "1", verify=False)


SUITE = """
import certify, pytest
from certify import math as m

RULES = {"tanh": ("tanh(x)", "1 - y**2"), "off": ("tanh(x)", "1 - y**2 + 1/1000"), "pole": ("1/x", "-1/x**2")}

@pytest.mark.parametrize("name", RULES)
def test_rule(name):
    certify.assert_derivative(*RULES[name], domain=(-2, 2), name=name)

def test_unknown():
    certify.assert_derivative("lgamma(x)", "digamma(x)", (1, 2))

def test_typo():
    certify.assert_derivative("tanh(x", "1")

def test_branch():
    certify.assert_derivative(lambda x: x if x > 0 else -x, "1")

def test_option():
    certify.assert_derivative("x", "1", bits=64)
"""

# The words of each test that fails, below the line that it fails at.
SAID = {
    "off": [
        "AssertionError: refuted: off on [-2, 2]",
        "  at x = ",
        "    f'(x) is in [",
        "    s(x)  is in [",
        "      f(x) = tanh(x)",
        "      s(x) = 1 - y**2 + 1/1000, y = f(x)",
        "  so |f'(x) - s(x)| is in [0.00",
    ],
    "pole": ["AssertionError: undecided: pole on [-2, 2]", "  on [", "    what would help: "],
    "unknown": ["AssertionError: proved, not verified: f on [1, 2]", "  Not verified: prover-only"],
    "typo": ["UsageError: f: parse error"],
    "branch": ["TraceError: ", ": a condition on x is used as a bool"],
    "option": ["TypeError: unexpected keyword argument 'bits', needs one of kinks, max_bits"],
}


def test_pytest_shows_what_failed_at_the_line_of_the_test_and_no_frame_of_certify(tmp_path):
    (tmp_path / "test_rules.py").write_text(SUITE)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", "test_rules.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert "6 failed, 1 passed" in done.stdout
    failures = done.stdout.partition("= FAILURES =")[2].partition("= short test summary")[0]
    assert str(ROOT / "certify") not in failures
    assert "claim.py" not in failures
    for part, lines in zip(failures.split("\n____")[1:], SAID.values(), strict=True):
        assert part.count("\n>  ") == 1
        said = [line[1:] for line in part.splitlines() if line.startswith("E ")]
        assert len(said) <= 8
        for line in lines:
            assert any(line in text for text in said), (line, said)
