"""What is exact and false is refuted by a point, and the witness shown is a short number at which the
error is large."""

from fractions import Fraction

import mpmath
import pytest

from certify import prove
from certify.certificate.enclosure import Kink, encode
from certify.claim import claim
from certify.language.spec import Range
from certify.prover.enclosure.search import refute_exactly
from certify.prover.enclosure.witness import Guess, by_telling, inside, simplest
from certify.prover.verdict import Refuted, Undecided
from certify.verifier.checker import verify
from tests import routes

LINE = (None, None)
A = {"parameters": {"a": "(0, inf)"}}
TO_2 = {"parameters": {"a": "[0, 2]"}}

FALSE = {
    "an_exponential_left_over": ("sinh(x)", "cosh(x) + 1/exp(x)", LINE, 0),
    "left_over_far_out": ("sin(x)", "cos(x) + 1/exp(x)", (1000, None), 0),
    "off_by_1e-40": ("sin(x)", "cos(x) + 1e-40", LINE, 0),
    "off_by_1e-400": ("x*x", "2*x + 1e-400", LINE, 0),
    "a_rounded_constant": ("x/3", "0.3333333333333333333333333333333333333333", (-1, 1), 0),
    "for_large_x": ("sin(x)", "where(x > 1e7, cos(x) + 1, cos(x))", LINE),
    "for_very_negative_x": ("sin(x)", "where(x < -1e7, 0, cos(x))", LINE),
    "that_grows": ("x", "1 + exp(x - 1000)", (0, None)),
    "at_one_point": ("x*x", "where(x > 0, 2*x, where(x < 0, 2*x, 7))", LINE, 0),
    "at_the_end": ("x*x", "where(x > 3, 2*x, 7)", (3, None), 0),
    "in_two_intervals": ("log(x*x)", "2/x - where(x > 0, 0, 1)", [(None, -1), (1, None)]),
    "away_from_the_default": ("a*x", "a + (a - 1)*1e-20", LINE, 0, A),
    "for_a_large_parameter": ("a*x", "a + where(a > 1000, 1, 0)", LINE, 0, A),
    "for_a_small_parameter": ("a*x", "a + where(a < 1e-3, a, 0)", LINE, 0, A),
    "at_the_end_of_a_range": ("a*x", "where(a >= 2, 3, a)", (-1, 1), 0, TO_2),
    "at_the_other_end": ("a*x", "where(a <= 0, 3, a)", (-1, 1), 0, TO_2),
    "off_at_the_ends_as_well": ("a*x", "a + a*(2 - a)*1e-50", (-1, 1), 0, TO_2),
    "at_a_tolerance": ("x", "1 + 1e-9", LINE, "1e-12"),
    "a_smooth_join": ("where(x > 0, x*x, -x*x)", "2*abs(x) + where(x > 5, 1e-3, 0)", LINE, 0),
}


def difference(spec, x):
    """|f' - s| by another route."""
    f, s = spec.bound_terms()
    with mpmath.workdps(500):
        at = mpmath.mpf(x.numerator) / x.denominator
        return abs(routes.slope(f, x, 450) - routes.value(s, at))


@pytest.mark.parametrize("name", FALSE)
def test_what_is_exact_and_false_is_refuted(name):
    *claim, options = (*FALSE[name], {}) if not isinstance(FALSE[name][-1], dict) else FALSE[name]
    verdict = prove(*claim, **options)
    assert isinstance(verdict, Refuted)
    spec, x = verdict.spec, verdict.witness
    verify(encode(verdict.certificate))
    assert any(x in part for part in spec.domain)
    for lo, hi in claim[2] if isinstance(claim[2], list) else [claim[2]]:
        assert all(
            ((lo is None or lo <= a) and (hi is None or b <= hi)) or a > (hi or a) or b < (lo or b)
            for a, b in spec.compact_domain()
        )
    for key, text in options.get("parameters", {}).items():
        low, high = text[1:-1].split(", ")
        assert Fraction(low) <= spec.values[key] <= (Fraction(high) if high != "inf" else spec.values[key])
    with mpmath.workdps(500):
        assert difference(spec, x) > mpmath.mpf(spec.atol.numerator) / spec.atol.denominator > 0


TRUE_OR_WITHIN = {
    "true_and_not_shown": (("sin(x)**2", "sin(2*x)", LINE, 0), "neither f' = s nor a point"),
    "true_and_not_shown_for_any_a": (("sin(a*x)**2", "a*sin(2*a*x)", LINE, 0), "neither f' = s nor a point"),
    "within_the_tolerance": (("sin(x)", "cos(x) + 1e-40", LINE), "differ there by more than 1e-41"),
    "within_a_tolerance": (("sin(a*x)", "a*cos(a*x) + 1e-9", LINE, "1e-6"), "differ there by more than 1e-3"),
}


@pytest.mark.parametrize("name", TRUE_OR_WITHIN)
def test_what_is_true_and_not_shown_stays_undecided(name):
    claim, why = TRUE_OR_WITHIN[name]
    verdict = prove(*claim, **(A if "a*" in claim[0] else {}))
    assert isinstance(verdict, Undecided)
    assert why in verdict.obstructions[0].why


KINKS = {
    "far_out": ("abs(x - 100)", "where(x > 100, 1, where(x < 100, -1, 3))", LINE, 0, {}),
    "of_a_parameter": ("a*abs(x)", "where(x > 0, a, where(x < 0, -a, 7))", LINE, 0, TO_2),
    "that_moves": ("abs(x - a)", "where(x > a, 1, where(x < a, -1, -2))", LINE, 0, TO_2),
    "with_a_value": ("abs(x - 50)", "sign(x - 50)", LINE, 0, {"kinks": {50: 1}}),
}


@pytest.mark.parametrize("name", KINKS)
def test_a_kink_that_is_not_as_claimed_refutes(name):
    *claim, options = KINKS[name]
    verdict = prove(*claim, **options)
    assert isinstance(verdict, Refuted)
    assert isinstance(verdict.certificate.proof.witness, Kink)
    verify(encode(verdict.certificate))


def test_kinks_that_are_as_claimed_refute_nothing():
    for s, kinks in (("sign(x - 100)", {}), ("where(x > 100, 1, where(x < 100, -1, 3))", {100: "open"})):
        _, spec = claim("abs(x - 100)", s, LINE, 0, kinks=kinks)
        assert refute_exactly(spec, {}, Fraction(1, 10**30), 4096) is None


# --- which one is shown -------------------------------------------------------------------

SHOWN = {
    "a_hole_about_0": (
        ("x*sigmoid(x)", "where(abs(x) < 1e-3, 0, sigmoid(x) + x*sigmoid(x)*(1 - sigmoid(x)))"), "0"),
    "a_narrow_bump": (("sin(x)", "cos(x) + 1e-25*exp(-((x - 5)*1e6)**2)"), "5"),
    "an_error_that_grows": (("x**3", "3*x*x + x*x/1000"), "8"),
    "everywhere_alike": (("sigmoid(x)", "y*(1 - y) + 1e-28"), "0"),
    "a_pole": (("x", "1 + 1e-20/x"), None),
}  # fmt: skip


@pytest.mark.parametrize("name", SHOWN)
def test_the_witness_is_short_where_the_error_is_large(name):
    claim, x = SHOWN[name]
    verdict = prove(*claim)
    assert isinstance(verdict, Refuted)
    verify(encode(verdict.certificate))
    if x is not None:
        assert verdict.witness == Fraction(x)


def test_the_gelu_constant_is_seen_where_it_matters_and_not_in_the_tail():
    inner = "sqrt(2/pi)*(x + {}*x**3)"
    f = f"x*(1 + tanh({inner.format('0.044715')}))/2"
    t = f"tanh({inner.format('0.044716')})"
    s = f"(1 + {t} + x*(1 - {t}**2)*sqrt(2/pi)*(1 + 3*0.044716*x**2))/2"
    verdict = prove(f, s)
    errors = [difference(verdict.spec, Fraction(i, 10)) for i in range(-50, 51)]
    assert difference(verdict.spec, verdict.witness) * 2 >= max(errors)
    assert len(str(verdict.witness)) <= 2


def test_of_guesses_within_a_factor_of_2_the_shortest_number_is_first():
    def seen(at, ratio):
        return Guess(Fraction(at), Fraction(ratio), Fraction(ratio), Fraction(ratio))

    guesses = [seen("1/3", 100), seen("-7", 60), seen("7", 50), seen("9", 60), seen("1", 49), seen("1/7", 70)]
    shown = [str(item.at) for item in by_telling(guesses)]
    assert shown == ["7", "9", "-7", "1/7", "1/3"]
    assert by_telling([]) == []


def test_simplest_has_the_least_denominator():
    for lo, hi in [("0.3", "0.4"), ("-5", "-3.5"), ("-1", "1"), ("3.14159", "3.1416"), ("7/3", "7/3")]:
        low, high = Fraction(lo), Fraction(hi)
        best = next(q for q in range(1, 10**4) if -((-low * q) // 1) <= (high * q) // 1)
        assert simplest(low, high).denominator == best
        assert low <= simplest(low, high) <= high


def test_candidates_lie_inside():
    for lo, hi in [(-10, 10), (0, Fraction(1, 10**9)), (10**9, 10**9 + 1)]:
        points = inside(Fraction(lo), Fraction(hi))
        assert len(points) > 8
        assert all(lo < x < hi for x in points)
        assert all(x in Range(Fraction(lo), Fraction(hi), (False, False)) for x in points)
