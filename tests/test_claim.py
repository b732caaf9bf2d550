"""Claims from Python: every way to write one, the verdict's face, and what is refused."""

import inspect
from fractions import Fraction

import mpmath
import pytest

import certify
from certify import math as m
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
    "text": ("-1,1", "[-1, 1]"),
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
    "an_empty_domain": (("x", "1", (1, 1)), {}, "has no length"),
    "a_domain_of_three": (("x", "1", [(1, 2, 3)]), {}, "is not"),
    "a_negative_tolerance": (("x", "1"), {"tol": -1}, "tolerances must be >= 0"),
    "nan": (("x", "1"), {"tol": float("nan")}, "nan is no real number"),
    "a_number_that_is_none": (("x", "1"), {"tol": "small"}, "'small' is not an exact number"),
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
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        certify.nothing  # noqa: B018


def test_two_words_on_one_kink_are_refused():
    with pytest.raises(certify.UsageError, match="two things of one point"):
        certify.prove("max(x, 0)", "where(x > 0, 1, 0)", kinks={"0": "1", 0: "jump"})


def test_an_option_that_there_is_not_is_refused():
    for prove in (certify.prove, certify.assert_derivative):
        with pytest.raises(TypeError, match="'max_bit'"):
            prove("x", "1", max_bit=64)
    with pytest.raises(TypeError, match="verify"):
        certify.assert_derivative("x", "1", verify=False)
