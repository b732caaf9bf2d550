"""Equal functions are read as equal elements, and elements have their formulas' values."""

from fractions import Fraction

import mpmath
import pytest
import routes

from certify.enclosure.ball import precision
from certify.identity.field import SLOTS, Field, Refined, TooHard, Units
from certify.language.parser import parse

SAMPLE = {"x": Fraction(5, 3), "a": Fraction(2, 7)}


def built(make, **options):
    """What `make` makes in a field whose units fit."""
    units = Units({}, {})
    for _ in range(9):
        try:
            return make(Field(("a",), SAMPLE, units, **options))
        except Refined:
            continue
    raise AssertionError("the units do not settle")


def equal(left, right, **options):
    return built(
        lambda field: field.equal(field.read(parse(left, ("a",))), field.read(parse(right, ("a",)))),
        **options,
    )


EQUAL = {
    "cosh_and_sinh": ("cosh(x)**2 - sinh(x)**2", "1"),
    "sigmoid_of_minus_x": ("sigmoid(-x)", "1 - sigmoid(x)"),
    "softplus_of_minus_x": ("softplus(x) - softplus(-x)", "x"),
    "tanh_by_sigmoid": ("tanh(x)", "2*sigmoid(2*x) - 1"),
    "sine_and_cosine": ("sin(a*x)**2 + cos(-a*x)**2", "1"),
    "log_of_exp": ("log(exp(x))", "x"),
    "exp_of_log": ("exp(3*log(x) - a*log(x))", "x**3/exp(a*log(x))"),
    "a_power_by_log": ("x**a*x**(1 - a)", "x"),
    "log_of_a_product": ("log(12*x**2*(x + 1))", "log(3) + 2*log(2) + 2*log(x) + log(x + 1)"),
    "log_of_a_quotient": ("log((x*x - 1)/(x - 1))", "log(x + 1)"),
    "root_of_8": ("sqrt(8)", "2*sqrt(2)"),
    "root_of_a_square": ("sqrt((x + 1)**2)", "x + 1"),
    "square_of_a_root": ("sqrt(x**2 + 1)**2", "x**2 + 1"),
    "a_rationalised_divisor": ("1/(sqrt(2) + 1)", "sqrt(2) - 1"),
    "roots_of_roots": ("sqrt(x**(1/3))*x**(1/3)", "sqrt(x)"),
    "root_of_exp": ("sqrt(exp(x))", "exp(x/2)"),
    "odd_functions": ("erf(-x) + erf(x) + atan(-x) + atan(x)", "0"),
    "erfc": ("erfc(x) + erf(x)", "1"),
    "acos": ("acos(x/9) + asin(x/9)", "pi/2"),
    "tan": ("tan(x)*cos(x)", "sin(x)"),
    "log1p_expm1": ("log1p(expm1(x))", "x"),
    "e": ("log(e)*e**2", "exp(2)"),
    "exponents_with_a_unit": ("exp(x/2)*exp(x/3)", "exp(5*x/6)"),
}
UNEQUAL = {
    "another_sign": ("sqrt((x - 2)**2)", "x - 2"),  # 2 - x at the sample
    "another_constant": ("sigmoid(x)", "sigmoid(x) + 1e-30"),
    "sine_of_another_argument": ("sin(x)**2 + cos(2*x)**2", "1"),
    "pi_is_not_22_over_7": ("pi", "22/7"),
    "a_parameter": ("x**a", "x"),
}


@pytest.mark.parametrize("name", EQUAL)
def test_equal(name):
    assert equal(*EQUAL[name])


@pytest.mark.parametrize("name", UNEQUAL)
def test_not_equal(name):
    assert not equal(*UNEQUAL[name])


@pytest.mark.parametrize("text", [side for row in (*EQUAL.values(), *UNEQUAL.values()) for side in row])
def test_an_element_has_its_formulas_value_at_the_sample(text):
    term = parse(text, {}, {"a": parse("2/7")})
    with mpmath.workdps(30):
        expected = routes.value(term, mpmath.mpf(5) / 3)
        with precision(128):
            ball = built(lambda field: field.sample(field.read(term)))
            assert abs(mpmath.mpf(ball.mid().str(25, radius=False)) - expected) < 1e-20


@pytest.mark.parametrize("split", [True, False])
def test_logarithms_stay_whole_where_they_are_not_split(split):
    assert equal("log(x*(x + 1))", "log(x) + log(x + 1)", split=split) == split


def test_one_exponential_serves_all_multiples():
    def generators(field):
        field.read(parse("exp(x) + exp(-3*x/2) + sinh(x/2) + tanh(x)"))
        return [(g.atom.kind, g.atom.of) for g in field.tower().generators]

    assert built(generators) == [("exp", parse("0.5*x"))]


HARD = {
    "a_long_power": "(1 + x)**4000",
    "exponents_far_apart": "exp(x) + exp(1000*x)",
    "many_exponentials": "+".join(f"exp(x**{n})" for n in range(1, SLOTS[0] + 3)),
    "a_divisor_0": "1/(sqrt(x)**2 - x)",
}


@pytest.mark.parametrize("name", HARD)
def test_what_is_too_hard_is_given_up(name):
    with pytest.raises(TooHard):
        built(lambda field: field.read(parse(HARD[name])))
