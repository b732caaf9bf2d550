"""Identities are found where f' = s, on the whole line and for every parameter, and only there."""

import random
from fractions import Fraction

import mpmath
import pytest

from certify.api import exactly
from certify.catalogue import builtin
from certify.certificate.identity import Identity
from certify.language.spec import LINE, Range, Spec, parse_interval, parse_range
from certify.language.terms import Parameter, Rational, bind, rational_value, substitute
from certify.notation.parser import parse
from certify.prover.identity.difference import Different
from certify.prover.identity.search import identify
from certify.prover.verdict import Obstruction
from certify.verifier.identity.checker import verify_identity
from tests import routes

ENTRIES = builtin()


def spec(function, derivative, domain="-inf,inf", exceptions=(), **parameters):
    values = {
        name: parse_range(text) if text[0] in "([" else Fraction(text) for name, text in parameters.items()
    }
    return Spec(
        "sample",
        parse(function, values),
        parse(derivative, values, output=True),
        tuple(parse_interval(part) for part in domain.split(";")),
        Fraction(0),
        Fraction(0),
        values,
        tuple(exceptions),
    )


def value(term, x, parameters):
    placed = substitute(term, lambda t: Rational(parameters[t.name]) if isinstance(t, Parameter) else t)
    return routes.value(placed, x)


def sampled(ranges, draw):
    """A rational from each range."""
    found = {}
    for name, values in ranges.items():
        lo = values.low if values.low is not None else Fraction(-7)
        hi = values.high if values.high is not None else lo + 7
        found[name] = lo + (hi - lo) * Fraction(draw.randint(1, 999), 1000)
    return found


def points(identity, draw):
    """Points of the domain, off the pieces' ends."""
    for section in identity.sections:
        lo, hi = section.ends[0], section.ends[-1]
        lo = lo if lo is not None else (hi if hi is not None else Fraction(0)) - 8
        hi = hi if hi is not None else lo + 16
        for _ in range(4):
            x = lo + (hi - lo) * Fraction(draw.randint(1, 9999), 10_007)
            if x not in section.ends:
                yield mpmath.mpf(x.numerator) / x.denominator


def check_by_values(identity):
    """f' by mpmath's differences against s, and the verifier's word."""
    draw = random.Random(1)
    f, s = identity.spec.bound_terms()
    parameters = sampled(identity.spec.ranges, draw)
    with mpmath.workdps(50):
        for x in points(identity, draw):
            slope = mpmath.diff(lambda t: value(f, t, parameters), x)
            assert abs(slope - value(s, x, parameters)) < 1e-15 * (1 + abs(slope))
    verify_identity(identity)


NOT_FOR_ALL = ("hardtanh", "hardshrink", "softshrink", "threshold", "softplus_threshold")


@pytest.mark.parametrize("name", ENTRIES)
def test_every_entry_holds_on_the_line_and_for_every_parameter_that_moves_no_kink(name):
    entry = ENTRIES[name]
    found = exactly(entry, entry.spec())
    assert isinstance(found, Identity)
    assert (found.spec.domain == (LINE,)) == (entry.natural_domain is None)
    symbolic = all(isinstance(values, Range) for values in found.spec.parameters.values())
    assert symbolic == (name not in NOT_FOR_ALL)
    defaults = {key: row.default for key, row in entry.parameters.items()}
    kinks = {rational_value(bind(at, defaults)): kink.verdict for at, kink in entry.kinks.items()}
    if kinks:
        assert found.left_out == tuple(sorted(at for at, verdict in kinks.items() if verdict != "smooth"))
    assert found.spec.exceptions == tuple(sorted(at for at, v in kinks.items() if v in ("jump", "open")))
    check_by_values(found)


IDENTICAL = {
    "gelu": ("x*(1 + erf(x/sqrt(2)))/2", "(1 + erf(x/sqrt(2)))/2 + x*exp(-x*x/2)/sqrt(2*pi)", "-inf,inf"),
    "mish": (
        "x*tanh(softplus(x))",
        "tanh(softplus(x)) + x*sigmoid(x)*(1 - tanh(softplus(x))**2)",
        "-inf,inf",
    ),
    "x_to_the_x": ("x**x", "y*(log(x) + 1)", "1/2,inf"),
    "a_root_of_a_power": ("x**(3/2)", "3/2*sqrt(x)", "1/2,inf"),
    "an_inverse": ("atan(sinh(x))", "1/cosh(x)", "-inf,inf"),
    "logarithms": ("log(x**2*(x + 1))", "2/x + 1/(x + 1)", "1/2,inf"),
    "log_sum_exp": ("log(exp(x) + exp(-2*x))", "(exp(x) - 2*exp(-2*x))/(exp(x) + exp(-2*x))", "-inf,inf"),
    "sine_and_cosine": ("sin(x)**2", "2*sin(x)*cos(x)", "-inf,inf"),
    "sine_squared": ("sin(x)*cos(x)", "1 - 2*sin(x)**2", "-inf,inf"),
    "hyperbolic": ("cosh(x)**2 - sinh(x)**2", "0", "-inf,inf"),
    "sigmoid_as_tanh": ("sigmoid(x)", "(1 - tanh(x/2)**2)/4", "-inf,inf"),
    "softplus_and_its_mirror": ("softplus(x) - softplus(-x)", "1", "-inf,inf"),
    "nested_roots": ("sqrt(sqrt(x))", "1/(4*x**(3/4))", "1/16,inf"),
    "softsign": ("x/(1 + abs(x))", "1/(1 + abs(x))**2", "-inf,inf"),
    "erfc": ("erfc(x)", "-2*exp(-x**2)/sqrt(pi)", "-inf,inf"),
    "roots_of_several_degrees": (
        "x**(1/2) + (4*x)**(1/3)",
        "1/(2*sqrt(x)) + (4/27)**(1/3)/x**(2/3)",
        "1/9,inf",
    ),
    "roots_of_roots": ("(sqrt(2*x)*x)**(1/3)", "sqrt(x)**-1*2**(1/6)/2", "1/9,inf"),
    "log1p_and_expm1": ("log1p(expm1(x) + 1)", "1 - 1/(exp(x) + 1)", "-inf,inf"),
    "tangent": ("tan(x)", "1 + y**2", "-1,1"),
    "acos": ("acos(x)", "-1/sqrt(1 - x*x)", "-1/2,1/2"),
    "two_intervals": ("1/x", "-1/x**2", "-inf,-1;1/2,inf"),
    "a_pole_between_cells": ("1/(x*x - x + 1)", "-(2*x - 1)/(x*x - x + 1)**2", "-3,3"),
}


@pytest.mark.parametrize("name", IDENTICAL)
def test_identical(name):
    found = identify(spec(*IDENTICAL[name]))
    assert isinstance(found, Identity), found
    check_by_values(found)


DIFFERENT = {
    "a_sign": ("sin(x)", "-cos(x)"),
    "sigmoid_with_1_plus_s": ("sigmoid(x)", "y*(1 + y)"),
    "silu_without_a_term": ("x*sigmoid(x)", "x*sigmoid(x)*(1 - sigmoid(x))"),
    "a_rounded_constant": ("x/3", "0.333333333333333333333"),
    "gelu_44716": (
        "x*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x**3)))/2",
        "(1 + tanh(sqrt(2/pi)*(x + 0.044715*x**3)) + x*(1 - tanh(sqrt(2/pi)*(x + 0.044715*x**3))**2)"
        "*sqrt(2/pi)*(1 + 0.134148*x**2))/2",
    ),
    "a_relation_missed": ("sqrt(x**2 + 1)", "x/(x**2 + 1)"),
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_different_at_a_point(name):
    claim = spec(*DIFFERENT[name])
    found = identify(claim)
    assert isinstance(found, Different)
    f, s = claim.bound_terms()
    with mpmath.workdps(50):
        lo, hi = (mpmath.mpf(end.numerator) / end.denominator for end in found.difference)
        x = mpmath.mpf(found.at.numerator) / found.at.denominator
        gap = mpmath.diff(lambda t: routes.value(f, t), x) - routes.value(s, x)
        assert lo - 1e-30 <= gap <= hi + 1e-30
    assert lo > 0 or hi < 0


OBSTRUCTED = {
    "a_pole": ("1/x", "-1/x**2", {}, "at x = 0: 1/x needs x not 0, which it is not"),
    "a_pole_at_a_third": ("1/(3*x - 1)", "-3/(3*x - 1)**2", {}, "at x = 1/3"),
    "a_logarithm_of_negatives": ("log(x + a)", "1/(x + a)", {"a": "(0, inf)"}, "needs x + a > 0"),
    "a_root_at_0": ("sqrt(x*x)", "x/sqrt(x*x)", {}, "at x = 0"),
    "a_guard_of_a_parameter": ("where(x > a, x, a)", "where(x > a, 1, 0)", {"a": "(0, 1)"}, "has no sign"),
    "an_irrational_kink": ("abs(x*x - 2)", "2*x*sign(x*x - 2)", {}, "has no sign shown"),
    "a_condition_lost_by_expansion": ("asin(tanh(x))", "1/cosh(x)", {}, "is not shown"),
    "a_root_of_a_high_degree": ("log(1 + (x*x + 1)**0.50001)", "1", {}, "a root of degree 100000"),
    "a_degree_beyond_reach": ("1/(1 + (x**4096)**4)", "1", {}, "a sum with a power beyond 512"),
    "a_constant_beyond_reach": ("x*((2**4096)**4096)**4096", "1", {}, "more than 12000 bits"),
    "an_exponent_beyond_reach": ("exp(x*1e3999*1e3999)", "1", {}, "more than 12000 bits"),
    "an_exponent_that_a_guard_chooses": (
        "x**where(x > 0, 5000, 2)",
        "2*x",
        {},
        "pow(x, 2) needs x > 0, which it is not",
    ),
    "a_generator_in_the_formulas_words": (
        "asinh(expm1(x))",
        "exp(x)/sqrt(expm1(x)**2 + 1)",
        {},
        "log(exp(x)**2 + -2*exp(x) + 2)",
    ),
    "a_divisor_at_a_point_that_is_only_not_shown": (
        "where(x > 0, x, where(x < 0, x, 1/(pi - 3.14159265358979323846264338327950288)))",
        "1",
        {},
        "not 0, which it is not shown",
    ),
    "exponents_far_apart": ("exp(x) + exp(1000001*x)", "exp(x) + 1000001*exp(1000001*x)", {}, "far apart"),
}


@pytest.mark.parametrize("name", OBSTRUCTED)
def test_obstructed(name):
    function, derivative, parameters, sentence = OBSTRUCTED[name]
    found = identify(spec(function, derivative, **parameters))
    assert isinstance(found, Obstruction)
    assert sentence in f"{found.where()}: {found.why}"
    assert found.hint


ELU = ("where(x > 0, x, alpha*(exp(x) - 1))", "where(x > 0, 1, alpha*exp(x))")
JOINS = {
    "elu_with_alpha_1": (ELU, {"alpha": "1"}, {0: "smooth"}),
    "elu_with_alpha_2": (ELU, {"alpha": "2"}, {0: "subgradient"}),
    "elu_for_every_alpha": (ELU, {"alpha": "(0, inf)"}, {0: "subgradient"}),
    "relu": (("max(x, 0)", "where(x > 0, 1, 0)"), {}, {0: "subgradient"}),
    "relu_with_a_half": (("max(x, 0)", "(1 + sign(x))/2"), {}, {0: "subgradient"}),
    "relu_with_7_at_0": (("max(x, 0)", "where(x > 0, 1, where(x < 0, 0, 7))"), {}, {0: "open"}),
    "a_jump": (("where(x > 0, x + 1, x)", "1"), {}, {0: "jump"}),
    "a_jump_of_a_half": (("where(x >= 1/2, x, exp(0)*x - 1)", "1"), {}, {Fraction(1, 2): "jump"}),
    "evaluation_branches_of_sigmoid": (
        ("where(x > 0, 1/(1 + exp(-x)), exp(x)/(1 + exp(x)))", "y*(1 - y)"),
        {},
        {0: "smooth"},
    ),
    "evaluation_branches_of_softplus": (
        ("where(x > 0, x + log1p(exp(-x)), log1p(exp(x)))", "sigmoid(x)"),
        {},
        {0: "smooth"},
    ),
    "evaluation_branches_elsewhere": (
        ("where(x > 3, x + log1p(exp(-x)), log1p(exp(x)))", "sigmoid(x)"),
        {},
        {3: "smooth"},
    ),
    "a_formula_of_s_alone": (("x*x", "2*abs(x)*sign(x)"), {}, {0: "smooth"}),
    "hard_swish": (
        ("x*min(max(x + 3, 0), 6)/6", "where(x <= -3, 0, where(x >= 3, 1, x/3 + 1/2))"),
        {},
        {-3: "subgradient", 3: "subgradient"},
    ),
    "softplus_with_a_threshold": (
        ("where(x > 20, x, softplus(x))", "where(x > 20, 1, sigmoid(x))"),
        {},
        {20: "open"},
    ),
}


@pytest.mark.parametrize("name", JOINS)
def test_joins_are_judged_exactly(name):
    formulas, parameters, expected = JOINS[name]
    exceptions = sorted(at for at, verdict in expected.items() if verdict in ("jump", "open"))
    found = identify(spec(*formulas, exceptions=exceptions, **parameters))
    assert isinstance(found, Identity), found
    assert {join.at: join.verdict for join in found.joins} == expected
    assert set(found.left_out) == {at for at, verdict in expected.items() if verdict != "smooth"}
    check_by_values(found)


@pytest.mark.parametrize("f", ["x*x", "exp(x - 1)"])
def test_a_value_of_s_that_is_wrong_at_one_point_is_different(f):
    s = {"x*x": "2*x", "exp(x - 1)": "y"}[f]
    found = identify(spec(f, f"where(x > 0, {s}, where(x < 0, {s}, 7))"))
    assert isinstance(found, Different)
    assert found.at == 0
    expected = {"x*x": -7, "exp(x - 1)": mpmath.exp(-1) - 7}[f]
    for end in found.difference:
        assert abs(float(end) - expected) < 1e-12


def test_a_formula_nested_too_deep_is_obstructed():
    deep = ("log1p(" * 90 + "{}" + ")" * 90).format
    found = identify(spec(deep("x"), deep("y"), "0,1"))
    assert isinstance(found, Obstruction)
    assert "nested too deep" in found.why


def test_what_a_join_claims_has_a_value_there_or_the_join_is_obstructed():
    power = "(e - x)**(-a)"
    claim = spec(f"where(x < 1, {power} + 1/2, {power})", "a*(e - x)**(-a - 1)", "0,3/2", a="(-1, 1)")
    found = identify(claim)
    assert isinstance(found, Obstruction)
    assert found.where() == "at x = 1"


@pytest.mark.parametrize("domain", ["0,3", "0,inf"])
def test_a_kink_at_an_end_of_the_domain_is_an_exception(domain):
    assert isinstance(identify(spec("max(x, 0)", "where(x > 0, 1, 5)", domain)), Obstruction)
    found = identify(spec("max(x, 0)", "where(x > 0, 1, 5)", domain, exceptions=(0,)))
    assert found.left_out == (0,)
    verify_identity(found)


def test_no_end_is_left_out_where_f_is_one_formula():
    assert identify(spec("x*x", "2*x", "0,3")).left_out == ()


def test_s_must_be_the_formula_of_its_piece_at_an_end():
    found = identify(spec("x*x", "where(x > 0, 2*x, 7)", "0,3"))
    assert isinstance(found, Obstruction)
    assert found.where() == "at x = 0"
