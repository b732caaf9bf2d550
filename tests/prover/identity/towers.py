"""Towers for tests: terms whose values are known, and what is built of them."""

import random
from fractions import Fraction

import mpmath

from certify.language.terms import (
    Apply,
    Constant,
    Parameter,
    Rational,
    Variable,
    bind,
    subterms,
    written_power,
)
from certify.notation.parser import parse
from certify.prover.identity.builder import TowerBuilder
from certify.prover.identity.generators import Refined, Units
from tests import routes

SAMPLE = {"x": Fraction(5, 3), "a": Fraction(2, 7)}


def built(make, **options):
    """What `make` makes in a tower whose units fit."""
    units = Units({}, {})
    for _ in range(9):
        try:
            return make(TowerBuilder(("a",), SAMPLE, units, **options))
        except Refined:
            continue
    raise AssertionError("the units do not settle")


def equal(left, right, **options):
    return built(
        lambda tower: tower.field.equal(tower.read(parse(left, ("a",))), tower.read(parse(right, ("a",)))),
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
    "log_of_a_factor_that_falls": ("log(6 - 2*x)", "log(2) + log(3 - x)"),
    "root_of_a_factor_that_falls": ("sqrt(8 - 4*x)", "2*sqrt(2 - x)"),
    "root_of_two_negative_factors": ("sqrt((x - 2)*(x - 3))", "sqrt(2 - x)*sqrt(3 - x)"),
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

# --- terms with real values -----------------------------------------------------------------

UNARY = ["exp", "log", "sqrt", "log1p", "expm1", "sin", "cos", "tan", "sinh", "cosh", "tanh", "asin", "acos"]
UNARY += ["atan", "asinh", "acosh", "atanh", "erf", "erfc", "sigmoid", "softplus"]
POINTS = [
    (Fraction(5, 3), Fraction(2, 7)),
    (Fraction(17, 10), Fraction(1, 4)),
    (Fraction(13, 8), Fraction(3, 10)),
]


def number(q):
    return mpmath.mpf(q.numerator) / q.denominator


def value(term, x, a):
    """The term's value, with mpmath's numbers."""
    return routes.value(bind(term, {"a": a}), x if isinstance(x, mpmath.mpf) else number(x))


def random_term(draw, depth):
    if depth == 0 or draw.random() < 0.15:
        leaves = (Rational(Fraction(draw.randint(1, 5), draw.randint(1, 3))), Constant("pi"), Constant("e"))
        return draw.choice((Variable(), Variable(), Parameter("a"), *leaves))
    if draw.random() < 0.45:
        return Apply(draw.choice(UNARY), (random_term(draw, depth - 1),))
    if draw.random() < 0.25:
        exponent = draw.choice([Fraction(2), Fraction(3), Fraction(-1), Fraction(1, 2), Fraction(-2, 3)])
        return written_power(random_term(draw, depth - 1), Rational(exponent))
    parts = tuple(random_term(draw, depth - 1) for _ in range(2))
    return Apply(draw.choice(["add", "sub", "mul", "div"]), parts)


def is_real_and_moderate(term):
    """Whether the term and all its subterms have such values at and around the points."""
    try:
        for x, a in POINTS:
            for part in subterms(term):
                for shift in (-1, 0, 1):
                    found = value(part, number(x) + shift * mpmath.mpf("1e-3"), a)
                    if not isinstance(found, mpmath.mpf) or not 1e-3 < abs(found) < 1e4:
                        return False
    except (ZeroDivisionError, ValueError):
        return False
    return True


def some_terms(seed, count, depth=3):
    draw, found = random.Random(seed), []
    with mpmath.workdps(20):
        while len(found) < count:
            term = random_term(draw, depth)
            if Variable() in set(subterms(term)) and is_real_and_moderate(term):
                found.append(term)
    return found


TERMS = some_terms(5, 60)


def written(tower, a):
    """The element as a term without generators' names."""
    return tower.expanded(tower.term(a))


def close(found, expected, size="1e-30"):
    return abs(found - expected) < mpmath.mpf(size) * (1 + abs(expected))
