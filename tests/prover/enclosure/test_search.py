"""Verdicts: what is true is certified, what is false refuted, what is open says why; and the
enclosures that carry them hold the values that another route gives."""

from dataclasses import replace
from fractions import Fraction

import mpmath
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from certify.api import MAX_PRECISION
from certify.catalogue import builtin
from certify.certificate.enclosure import Enclosure, encode
from certify.language.numbers import parse_number
from certify.language.spec import Spec, closed_range, parse_interval, union
from certify.language.terms import Apply, Rational, Variable
from certify.notation.parser import parse
from certify.prover.enclosure.search import enclose
from certify.prover.verdict import Proved, Refuted, Undecided
from certify.verifier.checker import verify
from tests import routes

ENTRIES = builtin()


def spec_of(function, derivative, domain="-10,10", tol="1e-30", rtol="0"):
    return Spec(
        "t",
        parse(function),
        parse(derivative, output=True),
        union([parse_interval(part) for part in domain.split(";")]),
        parse_number(tol),
        parse_number(rtol),
    )


def proved(*arguments, **options):
    return enclose(spec_of(*arguments, **options), MAX_PRECISION)


# --- certified --------------------------------------------------------------------------

TRUE = {
    "asin": ("asin(x)", "1/sqrt(1 - x*x)", "-0.9,0.9"),
    "acos": ("acos(x)", "-1/sqrt(1 - x*x)", "-0.9,0.9"),
    "atan": ("atan(x)", "1/(1 + x*x)"),
    "asinh": ("asinh(x)", "1/sqrt(1 + x*x)"),
    "acosh": ("acosh(x)", "1/sqrt(x*x - 1)", "1.1,5"),
    "atanh": ("atanh(x)", "1/(1 - x*x)", "-0.9,0.9"),
    "erf": ("erf(x)", "2/sqrt(pi)*exp(-x*x)"),
    "erfc": ("erfc(x)", "-2/sqrt(pi)*exp(-x*x)"),
    "log1p": ("log1p(x)", "1/(1 + x)", "-0.9,10"),
    "expm1": ("expm1(x)", "y + 1"),
    "tan": ("tan(x)", "1 + y*y", "-1.5,1.5"),
    "exact_gelu": ("x*(1 + erf(x/sqrt(2)))/2", "(1 + erf(x/sqrt(2)))/2 + x*exp(-x**2/2)/sqrt(2*pi)"),
    "mish": (
        "x*tanh(softplus(x))",
        "tanh(softplus(x)) + x*(1 - tanh(softplus(x))**2)*sigmoid(x)",
    ),
    "variable_exponent": ("x**x", "x**x*(1 + log(x))", "1/2,4"),
    "base_e": ("e**x", "e**x"),
    "negative_power": ("(x - 1)**(-3)", "-3*(x - 1)**(-4)", "-1,0.9"),
    "near_a_pole": ("1/x", "-1/x**2", "1e-6,1"),
    "union": ("log(x*x)", "2/x", "-3,-1;1/3,2"),
    "relu6": ("min(max(x, 0), 6)", "where(x > 0, where(x < 6, 1, 0), 0)"),
    "hardswish": ("x*min(max(x + 3, 0), 6)/6", "where(x > -3, where(x < 3, (2*x + 3)/6, 1), 0)"),
    "guard_on_the_output": ("x*x*x", "where(y + 2000 > 0, 3*x*x, 0)"),
    "guard_not_affine": ("abs(sin(x))", "cos(x)", "0.1,3"),
    "sign_is_right_at_0": ("x*x", "2*abs(x)*sign(x)"),
    "wide": ("sigmoid(x)", "y*(1 - y)", "-10000,10000"),
    "few_digits": ("softplus(x)", "sigmoid(x)", "-10,10", "1e-3"),
    "hundred_digits": ("tanh(x)", "1 - y*y", "-1,1", "1e-100"),
    "relative": ("exp(x)", "y*(1 + 1e-20)", "-10,10", "0", "1e-19"),
    "relative_in_the_tail": ("erfc(x)", "-2/sqrt(pi)*exp(-x*x)", "0,4", "0", "1e-20"),
    "large_values": ("sinh(x)", "cosh(x)", "-300,300"),
    "tiny_values": ("exp(-x*x)", "-2*x*y", "-100,100"),
}


@pytest.mark.parametrize("name", TRUE)
def test_certifies_and_the_verifier_agrees(name):
    verdict = proved(*TRUE[name])
    assert isinstance(verdict, Proved)
    verify(encode(verdict.certificate))


@pytest.mark.parametrize("name", ENTRIES)
def test_enclosures_of_the_slope_hold_the_derivative_by_another_route(name):
    entry = ENTRIES[name]
    certificate = enclose(entry.spec(), MAX_PRECISION).certificate
    f, _ = certificate.spec.bound_terms()
    for component in certificate.proof.components:
        for tile, a, b in zip(component.tiles, component.ends, component.ends[1:], strict=False):
            for u in (Fraction(1, 100), Fraction(1, 3), Fraction(99, 100)):
                x = a + (b - a) * u
                with mpmath.workdps(60):
                    true = routes.slope(f, x)
                    lo, hi = (mpmath.mpf(end.numerator) / end.denominator for end in tile.slope)
                    assert lo - 1e-35 <= true <= hi + 1e-35, (name, x, tile.slope, true)


def test_tiles_grow_with_the_logarithm_of_the_domain():
    for name in ("sigmoid", "softplus"):
        counts = [
            enclose(ENTRIES[name].spec((parse_interval(d),)), MAX_PRECISION).statistics.tiles
            for d in ("-10,10", "-10000,10000")
        ]
        assert counts[1] <= 4 * counts[0] + 1, counts


def test_a_thousand_digits_are_certified():
    verdict = proved("sigmoid(x)", "y*(1 - y)", "-1,1", "1e-1000")
    assert isinstance(verdict, Proved)
    assert max(tile.residual for tile in verdict.certificate.proof.components[0].tiles) <= Fraction(
        1, 10**1000
    )


def test_proves_the_same_certificate_twice():
    spec = ENTRIES["gelu_tanh"].spec()
    first, second = (encode(enclose(spec, MAX_PRECISION).certificate) for _ in range(2))
    assert first == second


# --- kinks ------------------------------------------------------------------------------

KINKS = {
    "relu": ("max(x, 0)", "where(x > 0, 1, 0)", "subgradient"),
    "value_between": ("abs(x)", "sign(x)", "subgradient"),
    "elu_alpha_1": ("where(x > 0, x, exp(x) - 1)", "where(x > 0, 1, exp(x))", "smooth"),
    "at_the_end_of_the_domain": ("max(x, 0)", "where(x > 0, 1, 0)", "subgradient", "0,1"),
}


@pytest.mark.parametrize("name", KINKS)
def test_kinks_are_judged(name):
    function, derivative, verdict, *domain = KINKS[name]
    found = proved(function, derivative, *domain)
    assert isinstance(found, Proved)
    assert [(kink.at, kink.verdict) for kink in found.certificate.proof.kinks] == [(0, verdict)]
    verify(encode(found.certificate))


JUMPS = {
    "step": ("where(x > 0, 1, 0)", "0"),
    "of_1e-33_of_a_value_that_is_not_rational": ("where(x > 0, log(exp(1+x)) + 1e-33, 1+x)", "1"),
    "of_one_beside_values_of_1e40": ("where(x > 0, 1e40*pi + 1 + x, 1e40*pi + x)", "1"),
    "isolated_value": ("where(x > 0, x, where(x < 0, x, 1))", "1"),
}


@pytest.mark.parametrize("name", JUMPS)
def test_a_jump_is_certified_only_as_an_exception(name):
    found = proved(*JUMPS[name])
    assert isinstance(found, Undecided)
    assert [(o.lo, o.hi, o.why) for o in found.obstructions] == [
        (0, 0, "f jumps there: it has no derivative")
    ]
    excepted = enclose(replace(found.spec, exceptions=(Fraction(0),)), MAX_PRECISION)
    assert isinstance(excepted, Proved)
    assert [(kink.at, kink.verdict) for kink in excepted.certificate.proof.kinks] == [(0, "jump")]
    verify(encode(excepted.certificate))


OLD_LOGADDEXP = "where(x > 0, sigmoid(x), where(x < 0, sigmoid(x), {}))"


def test_where_both_sides_agree_s_is_that_one_value():
    softplus = "log(1 + exp(-abs(x))) + max(x, 0)"
    wrong, right = (proved(softplus, OLD_LOGADDEXP.format(value)) for value in ("0", "1/2"))
    assert isinstance(wrong, Refuted)
    assert isinstance(right, Proved)
    assert (wrong.witness, right.certificate.proof.kinks[0].verdict) == (0, "smooth")
    verify(encode(wrong.certificate))


def test_a_point_where_only_the_spec_changes_is_no_kink():
    found = proved("sigmoid(x)", "where(x > 0, y*(1 - y), exp(x)/(1 + exp(x))**2)")
    assert isinstance(found, Proved)
    assert found.certificate.proof.kinks == ()


def test_a_wrong_value_of_the_spec_at_one_smooth_point_is_refuted():
    found = proved("x*x", "where(x > 0, 2*x, where(x < 0, 2*x, 7))")
    assert isinstance(found, Refuted)
    assert found.certificate.proof.witness.at == 0
    verify(encode(found.certificate))


# --- refuted ----------------------------------------------------------------------------

FALSE = {
    "tiny_error_everywhere": ("sigmoid(x)", "y*(1 - y) + 1e-28"),
    "error_just_over_the_tolerance": ("sin(x)", "cos(x) + 1.01e-30"),
    "gelu_constant": (
        "x*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x**3)))/2",
        "(1 + tanh(sqrt(2/pi)*(x + 0.044716*x**3)) + x*(1 - tanh(sqrt(2/pi)*(x + 0.044716*x**3))**2)"
        "*sqrt(2/pi)*(1 + 3*0.044716*x**2))/2",
    ),
    "zero_near_zero": (
        "x*sigmoid(x)",
        "where(abs(x) < 1e-3, 0, sigmoid(x) + x*sigmoid(x)*(1 - sigmoid(x)))",
    ),
    "wrong_beyond_12": ("tanh(x)", "where(x > 12, 0, 1 - y*y)", "-20,20"),
    "narrow_bump": ("sin(x)", "cos(x) + 1e-25*exp(-((x - 5)*1e6)**2)"),
    "wrong_on_one_interval_of_the_union": ("x*x", "where(x > 5, 3*x, 2*x)", "0,1;6,7"),
    "relative": ("exp(x)", "y*(1 + 1e-10)", "-10,10", "0", "1e-11"),
    "astronomical": ("sinh(x)", "cosh(y)"),
    "pole_in_the_spec": ("x", "1/x"),
    "constant_for_variable": ("x*x", "2"),
}


@pytest.mark.parametrize("name", FALSE)
def test_refutes_with_a_witness_that_another_route_confirms(name):
    found = proved(*FALSE[name])
    assert isinstance(found, Refuted)
    verify(encode(found.certificate))
    spec, witness = found.spec, found.certificate.proof.witness
    assert any(witness.at in part for part in spec.domain)
    f, s = spec.bound_terms()
    with mpmath.workdps(90):
        x = mpmath.mpf(witness.at.numerator) / witness.at.denominator
        true = routes.slope(f, witness.at, 60)
        difference = abs(true - routes.value(s, x))
        atol, rtol = (mpmath.mpf(t.numerator) / t.denominator for t in (spec.atol, spec.rtol))
        assert difference > atol + rtol * abs(true)


# --- undecided --------------------------------------------------------------------------

OPEN = {
    "log_at_0": ("log(x)", "1/x", "-1,1", "log(x) has its argument in"),
    "pole_inside": ("1/x", "-1/x**2", "-1,1", "has its divisor"),
    "root_at_its_branch_point": ("sqrt(x)", "1/(2*sqrt(x))", "0,1", "sqrt(x) has its argument in"),
    "outside_asin": ("asin(x)", "1/sqrt(1 - x*x)", "0,2", "asin(x) has its argument in"),
    "power_of_a_negative": ("x**(1/2)", "1/2*x**(-1/2)", "-1,1", "has its base x in"),
    "guard_at_pi": ("where(x > pi, x, sin(x))", "where(x > pi, 1, cos(x))", "0,5", "the sign of x - pi"),
    "exactly_the_tolerance": ("x", "1 + 1e-30", "-1,1", "allowed 1e-30"),
    "infinite": ("tanh(x)", "1 - y*y", "-inf,inf", "bounded, closed intervals only"),
    "constant_without_a_value": ("x + log(-1)", "1", "-1,1", "log(-1) has its argument in"),
}


@pytest.mark.parametrize("name", OPEN)
def test_undecided_names_the_interval_and_the_obstruction(name):
    function, derivative, domain, why = OPEN[name]
    found = proved(function, derivative, domain)
    assert isinstance(found, Undecided)
    first = found.obstructions[0]
    assert why in first.why
    assert first.hint
    if None not in (first.lo, first.hi):
        assert parse_interval(domain).covers(closed_range(first.lo, first.hi))


def test_a_relative_tolerance_at_a_zero_of_the_slope_asks_for_an_absolute_one():
    found = proved("x*x", "2*x*(1 + 1e-20)", "-1,1", "0", "1e-10")
    assert isinstance(found, Undecided)
    assert "--tol" in found.obstructions[0].hint


def test_too_few_bits_name_the_option():
    found = enclose(spec_of("sigmoid(x)", "y*(1 - y)"), 64)
    assert isinstance(found, Undecided)
    assert "--max-bits" in found.obstructions[0].hint


# --- random formulas --------------------------------------------------------------------

LEAVES = st.one_of(
    st.just(Variable()), st.fractions(-3, 3, max_denominator=8).map(Rational), st.just(Variable())
)
UNARY = st.sampled_from(
    ("neg", "exp", "sin", "cos", "sinh", "tanh", "atan", "asinh", "erf", "sigmoid", "softplus")
)


def grow(inner):
    return st.one_of(
        st.tuples(UNARY, inner).map(lambda t: Apply(t[0], (t[1],))),
        st.tuples(st.sampled_from(("add", "sub", "mul")), inner, inner).map(lambda t: Apply(t[0], t[1:])),
        st.tuples(inner, st.integers(1, 3)).map(lambda t: Apply("pown", (t[0], Rational(Fraction(t[1]))))),
        inner.map(lambda t: Apply("log", (Apply("add", (Rational(Fraction(2)), Apply("cosh", (t,)))),))),
    )


FORMULAS = st.recursive(LEAVES, grow, max_leaves=5)
UNHURRIED = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)


def claim(f, s, tol):
    return Spec("t", f, s, (closed_range(Fraction(-1), Fraction(2)),), parse_number(tol))


@UNHURRIED
@given(FORMULAS)
def test_random_formulas_are_certified_against_their_derivative_by_rule(f):
    verdict = enclose(claim(f, routes.derivative(f), "1e-20"), 2048)
    assert not isinstance(verdict, Refuted)
    if isinstance(verdict, Proved):
        verify(encode(verdict.certificate))
    else:
        assert "too large" in verdict.obstructions[0].why


@UNHURRIED
@given(FORMULAS, st.sampled_from(("1e-18", "-1e-12", "1")))
def test_random_formulas_are_refuted_against_a_shifted_derivative(f, shift):
    wrong = Apply("add", (routes.derivative(f), Rational(parse_number(shift))))
    verdict = enclose(claim(f, wrong, "1e-20"), 2048)
    assert not isinstance(verdict, Proved)
    if isinstance(verdict, Refuted):
        verify(encode(verdict.certificate))
    else:
        assert "too large" in verdict.obstructions[0].why


def test_a_certificate_covers_its_domain():
    for name, entry in ENTRIES.items():
        proof = enclose(entry.spec(), MAX_PRECISION).certificate.proof
        assert isinstance(proof, Enclosure), name
        ends = proof.components[0].ends
        assert (closed_range(ends[0], ends[-1]),) == entry.domain, name
