"""Extents hold the values of what they are the extents of, and are as tight as they should be."""

import random
from fractions import Fraction
from itertools import product

import mpmath
import pytest

from certify.language.spec import parse_range
from certify.language.terms import Apply, Constant, Parameter, Rational, Variable, bind, written_power
from certify.notation.parser import parse
from certify.prover.identity.conditions import Extents, Unshown
from certify.prover.identity.extent import closed, of_range, point
from tests import routes

F = Fraction

INTERVALS = [
    *("(-inf, inf)", "(-inf, -1]", "(-inf, 0)", "[-3, 2)", "(-1, 1)", "[-2, 0]", "[0, 1/3]"),
    *("(0, 1/3)", "(0, inf)", "[1/2, 2]", "[2, inf)", "(1, 1001/1000]", "(-1/2, 0]"),
]


def extent_of(text, x, a="[0, 1]"):
    return Extents(of_range(parse_range(x)), {"a": of_range(parse_range(a))})(parse(text, ("a",)))


def points_of(text, draw=None, far=10**4):
    """Rationals of an interval: at its ends and close to them, far out, and inside."""
    values = parse_range(text)
    lo = values.low if values.low is not None else (values.high or F(0)) - far
    hi = values.high if values.high is not None else lo + 2 * far
    tiny = F(1, 10**9)
    inner = [lo + (hi - lo) * F(draw.randint(1, 999), 1000) for _ in range(3)] if draw else []
    candidates = [lo, lo + tiny, lo + (hi - lo) / 3, hi - tiny, hi, F(0), F(1, 7), F(-5, 7), *inner]
    return [t for t in candidates if t in values]


def holds(extent, value):
    """Whether a rational is a point of the extent."""
    above = extent.lo < (0, value) or (extent.lo == (0, value) and not extent.lo_open)
    below = extent.hi > (0, value) or (extent.hi == (0, value) and not extent.hi_open)
    return above and below


def encloses(extent, value):
    """Whether a number of mpmath's is in the extent, but for its own rounding."""
    slack = abs(value) * mpmath.mpf(10) ** (5 - mpmath.mp.dps) + mpmath.mpf(10) ** (-mpmath.mp.dps)
    lo, hi = (mpmath.mpf(end[1].numerator) / end[1].denominator for end in (extent.lo, extent.hi))
    return (extent.lo[0] or value >= lo - slack) and (extent.hi[0] or value <= hi + slack)


EXACTLY = {
    "x + a": lambda x, a: x + a,
    "x - a": lambda x, a: x - a,
    "x*a": lambda x, a: x * a,
    "x/a": lambda x, a: x / a,
    "-x": lambda x, a: -x,
    "x*x": lambda x, a: x * x,
    "x**0": lambda x, a: F(1),
    "x**3": lambda x, a: x**3,
    "x**4": lambda x, a: x**4,
    "x**-3": lambda x, a: 1 / x**3,
    "x**-2": lambda x, a: 1 / x**2,
}


@pytest.mark.parametrize("text", EXACTLY)
def test_rational_operations_hold_their_values(text):
    shown, zero = 0, [F(0) in parse_range(x) for x in INTERVALS]
    extents = [of_range(parse_range(x)) for x in INTERVALS]
    points = [points_of(x) for x in INTERVALS]
    needed = {"x/a": "a", "x**-3": "x", "x**-2": "x"}.get(text, "")
    term = parse(text, ("a",))
    for i, j in product(range(len(INTERVALS)), repeat=2):
        if j and "a" not in text:
            continue
        try:
            found = Extents(extents[i], {"a": extents[j]})(term)
        except Unshown:
            assert zero[j if needed == "a" else i]
            assert needed
            continue
        shown += 1
        values = [EXACTLY[text](s, t) for s in points[i] for t in points[j]]
        assert holds(found, min(values)), (INTERVALS[i], INTERVALS[j])
        assert holds(found, max(values)), (INTERVALS[i], INTERVALS[j])
    assert shown >= len(INTERVALS) // 2


TIGHT = {
    "0_times_infinity": ("x*a", "[0, 1]", "[1, inf)", "[0, inf)"),
    "an_open_0_times_infinity": ("x*a", "(0, 1]", "[1, inf)", "(0, inf)"),
    "an_open_0_and_one_that_is_attained": ("x*a", "(0, 1)", "[0, 1]", "[0, 1)"),
    "a_corner_that_is_attained": ("x*a", "[-2, 2]", "[1, 2]", "[-4, 4]"),
    "a_corner_that_is_attained_once": ("x*a", "[-2, 2)", "(-2, 2]", "[-4, 4)"),
    "a_square_and_eps": ("x*x + a", "(-inf, inf)", "(0, inf)", "(0, inf)"),
    "a_square_and_an_eps_of_0": ("x*x + a", "(-inf, inf)", "[0, inf)", "[0, inf)"),
    "an_even_power_about_0": ("x**4", "(-2, 1]", "[0, 1]", "[0, 16)"),
    "an_odd_power_about_0": ("x**3", "(-2, 1]", "[0, 1]", "(-8, 1]"),
    "a_reciprocal_at_infinity": ("1/x", "[2, inf)", "[0, 1]", "(0, 1/2]"),
    "a_reciprocal_at_0": ("1/x", "(-2, 0)", "[0, 1]", "(-inf, -1/2)"),
    "a_sum_of_half_open_ones": ("x + a", "(0, 1]", "[2, 3)", "(2, 4)"),
    "exp": ("exp(x)", "(-inf, inf)", "[0, 1]", "(0, inf)"),
    "exp_below_0": ("exp(x)", "(-inf, 0]", "[0, 1]", "(0, 1]"),
    "tanh": ("tanh(x)", "(-inf, inf)", "[0, 1]", "(-1, 1)"),
    "erf": ("erf(x)", "(-inf, inf)", "[0, 1]", "(-1, 1)"),
    "erfc": ("erfc(x)", "(-inf, inf)", "[0, 1]", "(0, 2)"),
    "sigmoid": ("sigmoid(x)", "(-inf, inf)", "[0, 1]", "(0, 1)"),
    "softplus": ("softplus(x)", "(-inf, inf)", "[0, 1]", "(0, inf)"),
    "expm1": ("expm1(x)", "(-inf, inf)", "[0, 1]", "(-1, inf)"),
    "log_near_0": ("log(x)", "(0, 1]", "[0, 1]", "(-inf, 0]"),
    "cosh": ("cosh(x)", "(-inf, inf)", "[0, 1]", "[1, inf)"),
    "sin": ("sin(x)", "(-inf, inf)", "[0, 1]", "[-1, 1]"),
}


@pytest.mark.parametrize("name", TIGHT)
def test_ends_are_limits_and_open_where_they_are_not_attained(name):
    text, x, a, expected = TIGHT[name]
    assert extent_of(text, x, a) == of_range(parse_range(expected))


SLOPES_UP = (
    "exp",
    "log",
    "log1p",
    "expm1",
    "sqrt",
    "sinh",
    "tanh",
    "asin",
    "atan",
    "asinh",
    "acosh",
    "atanh",
)
FUNCTIONS = (*SLOPES_UP, "erf", "sigmoid", "softplus", "sin", "cos", "cosh", "acos", "erfc", "tan")
ARGUMENTS = [*INTERVALS, "(-3/4, 1/2)", "[-99/100, 99/100]", "[2, 3]", "[10, 11]", "[-40, 40]", "[-1/9, 1/9]"]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_hold_their_values(name):
    shown, draw = 0, random.Random(name)
    with mpmath.workdps(60):
        for x in ARGUMENTS:
            try:
                found = extent_of(f"{name}(x)", x)
            except Unshown:
                continue
            shown += 1
            for t in points_of(x, draw, far=200):
                value = routes.VALUES[name](mpmath.mpf(t.numerator) / t.denominator)
                assert encloses(found, value), (x, t)
    assert shown >= 3


@pytest.mark.parametrize("name", [*FUNCTIONS[:15], "cosh"])
def test_a_monotone_function_has_its_values_at_closed_ends(name):
    lo, hi = {"acosh": (F(3, 2), F(7, 3))}.get(name, (F(1, 9), F(5, 7)))
    found = Extents(closed(lo, hi), {})(parse(f"{name}(x)"))
    with mpmath.workdps(30):
        for end, t in ((found.lo, lo), (found.hi, hi)):
            value = routes.VALUES[name](mpmath.mpf(t.numerator) / t.denominator)
            assert abs(mpmath.mpf(end[1].numerator) / end[1].denominator - value) < 1e-17


def random_term(draw, depth):
    if depth == 0 or draw.random() < 0.15:
        leaves = (
            Variable(),
            Parameter("a"),
            Rational(F(draw.randint(-3, 3), 2)),
            Constant("pi"),
            Constant("e"),
        )
        return draw.choice(leaves)
    if draw.random() < 0.4:
        return Apply(draw.choice(FUNCTIONS), (random_term(draw, depth - 1),))
    if draw.random() < 0.25:
        exponent = Rational(draw.choice([F(2), F(3), F(-1), F(-2), F(1, 2), F(-1, 3)]))
        return written_power(random_term(draw, depth - 1), exponent)
    parts = tuple(random_term(draw, depth - 1) for _ in range(2))
    return Apply(draw.choice(["add", "sub", "mul", "div"]), parts)


def test_random_terms_hold_their_values():
    draw, shown = random.Random(3), 0
    with mpmath.workdps(40):
        while shown < 150:
            term, x, a = random_term(draw, 3), draw.choice(INTERVALS), draw.choice(INTERVALS)
            try:
                found = Extents(of_range(parse_range(x)), {"a": of_range(parse_range(a))})(term)
            except Unshown:
                continue
            shown += 1
            for s, t in zip(points_of(x, draw, far=9), points_of(a, draw, far=9), strict=False):
                placed = bind(term, {"a": t})
                assert encloses(found, routes.value(placed, mpmath.mpf(s.numerator) / s.denominator)), (
                    term,
                    s,
                    t,
                )


def test_the_values_at_a_point_are_tight():
    extent = Extents(point(F(1, 3)), {})(parse("exp(x)*x**3 - sin(x)"))
    assert extent.hi[1] - extent.lo[1] < F(1, 10**15)
