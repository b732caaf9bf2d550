"""Intervals with open and infinite ends hold the values that they must, and show no more."""

import random
from fractions import Fraction

import mpmath
import pytest

from certify.language.functions import PROVER_ONLY
from certify.language.spec import parse_range
from certify.language.terms import Parameter, Rational, substitute
from certify.notation.parser import parse
from certify.verifier.arithmetic import primitives
from certify.verifier.guards import Shared
from certify.verifier.identity import extended
from certify.verifier.identity.extended import LINE, Extended, Images, NotShown, between, of_range, point
from tests import routes
from tests.side_conditions import NOT_SHOWN, SHOWN

F = Fraction
ENDS = [None, F(-3), F(-1), F(0), F(1, 3), F(2)]
INTERVALS = [
    Extended(lo, hi, lo_open or lo is None, hi_open or hi is None)
    for lo in ENDS
    for hi in ENDS
    for lo_open in (False, True)
    for hi_open in (False, True)
    if lo is None or hi is None or lo < hi or (lo == hi and not lo_open and not hi_open)
]


def holds(a, value):
    above = a.lo is None or value > a.lo or (value == a.lo and not a.lo_open)
    below = a.hi is None or value < a.hi or (value == a.hi and not a.hi_open)
    return above and below


def points(a):
    """Rationals of the interval: near each end, at a closed one, and inside."""
    lo = a.lo if a.lo is not None else min(F(-5), a.hi - 5) if a.hi is not None else F(-5)
    hi = a.hi if a.hi is not None else max(F(5), lo + 5)
    tiny = F(1, 10**6)
    candidates = [lo, lo + tiny, (lo + hi) / 2, (2 * lo + hi) / 3, hi - tiny, hi, F(0), F(10**6), F(-(10**6))]
    return [t for t in candidates if holds(a, t)]


def test_the_points_of_an_interval_are_in_it():
    assert all(points(a) for a in INTERVALS)


@pytest.mark.parametrize("operation", ["add", "mul"])
def test_sums_and_products_are_held(operation):
    exact = {"add": Fraction.__add__, "mul": Fraction.__mul__}[operation]
    inside = [(a, points(a)) for a in INTERVALS]
    for a, left in inside:
        for b, right in inside:
            found = getattr(extended, operation)(a, b)
            values = [exact(s, t) for s in left for t in right]
            assert holds(found, min(values)), (a, b, found)
            assert holds(found, max(values)), (a, b, found)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 7])
def test_powers_are_held(n):
    for a in INTERVALS:
        assert all(holds(extended.power(a, n), t**n) for t in points(a)), a


def test_reciprocals_and_magnitudes_are_held():
    for a in INTERVALS:
        assert all(holds(extended.magnitude(a), abs(t)) for t in points(a)), a
        if extended.off_zero(a):
            assert all(holds(extended.reciprocal(a), 1 / t) for t in points(a)), a


def test_0_is_seen_exactly_where_it_is():
    for a in INTERVALS:
        assert extended.off_zero(a) == (not holds(a, F(0))), a


OPEN = {
    "a_product_of_positives": (extended.mul, ("(0, inf)", "(0, inf)"), "(0, inf)"),
    "0_times_infinity": (extended.mul, ("[0, 1]", "[1, inf)"), "[0, inf)"),
    "an_open_0_times_infinity": (extended.mul, ("(0, 1]", "[1, inf)"), "(0, inf)"),
    "a_corner_that_is_attained_once": (extended.mul, ("[-2, 2)", "(-2, 2]"), "[-4, 4)"),
    "a_corner_that_is_attained": (extended.mul, ("[-2, 2]", "[1, 2]"), "[-4, 4]"),
    "a_square_plus_eps": (extended.add, ("[0, inf)", "(0, inf)"), "(0, inf)"),
}


@pytest.mark.parametrize("name", OPEN)
def test_ends_are_open_where_they_are_not_attained(name):
    operation, (a, b), expected = OPEN[name]
    assert operation(of_range(parse_range(a)), of_range(parse_range(b))) == of_range(parse_range(expected))


def test_a_large_power_of_a_negative_keeps_its_sign():
    found = extended.power(between(F(-2) - F(1, 10**9), F(-1)), 4095)
    assert extended.under(found, 0)
    assert extended.under(extended.reciprocal(found), 0)
    assert extended.power(between(F(-2) - F(1, 10**9), F(1)), 4095) == LINE
    assert extended.power(between(None, F(1) + F(1, 10**9)), 4095) == LINE


def test_a_large_power_of_a_long_number_is_held():
    base = F(1, 2) + F(1, 10**30)
    for a in (between(base, F(3)), between(-base, F(3)), between(-F(3), -base)):
        for n in (4095, 4096):
            found = extended.power(a, n)
            assert holds(found, a.lo**n)
            assert holds(found, a.hi**n)


def test_what_has_no_reciprocal_has_no_bound():
    assert extended.reciprocal(between(F(-1), F(1))) == LINE


@pytest.mark.parametrize("value", [F(3), F(2) ** 9000, F(1, 3**6000), F(10**500 + 1, 3)])
def test_an_end_is_rounded_down(value):
    for sign in (1, -1):
        found = extended._below(sign * value)
        assert found is None or found <= sign * value
        inside = F(1, 2**extended.MAX_SCALE) < value < 2**extended.MAX_SCALE
        assert not inside or sign * value - found < value / 2**90


def test_the_ends_of_what_is_very_small_or_large_are_short():
    small = extended.image("exp", between(F(-800_000), F(-700_000)))
    assert (small.lo, small.lo_open) == (0, True)
    assert 0 < small.hi < F(1, 2**8000)
    large = extended.image("exp", between(F(700_000), F(800_000)))
    assert large.lo > 2**8000
    assert large.hi is None
    ends = (small.hi, large.lo)
    assert all(max(end.numerator, end.denominator).bit_length() < 9000 for end in ends)


def test_long_ends_are_rounded_outward():
    third = F(1, 3**400)
    found = extended.add(point(third), point(F(0)))
    assert found.lo < third < found.hi
    assert found.lo.denominator.bit_length() < 1000
    assert (found.lo_open, found.hi_open) == (True, True)
    tiny = extended.power(between(F(1, 2**200), F(1)), 100)
    assert holds(tiny, F(1, 2**200) ** 100)
    assert tiny.lo >= 0
    assert tiny.lo_open or tiny.lo > 0
    huge = extended.power(between(F(1), F(2**200)), 100)
    assert huge.hi is None


FUNCTIONS = {
    "exp": (-8, 8), "expm1": (-8, 8), "log": (0, 9), "log1p": (-1, 9), "sqrt": (0, 9), "sin": (-9, 9),
    "cos": (-9, 9), "tan": (-1, 1), "sinh": (-5, 5), "cosh": (-5, 5), "tanh": (-9, 9), "asin": (-1, 1),
    "acos": (-1, 1), "atan": (-9, 9), "asinh": (-9, 9), "acosh": (1, 9), "atanh": (-1, 1), "erf": (-5, 5),
    "erfc": (-5, 5), "sigmoid": (-9, 9), "softplus": (-9, 9),
}  # fmt: skip


def test_every_function_has_an_image_of_its_own():
    """One that had none was taken for a sine."""
    assert {"neg", *FUNCTIONS} == set(primitives.FUNCTIONS)
    assert set(extended._PERIODIC) == {"sin", "cos", "tan"}
    with pytest.raises(KeyError):
        extended.image("lgamma", between(F(1), F(2)))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_of_an_interval_holds_its_values(name):
    draw = random.Random(name)
    low, high = FUNCTIONS[name]
    for _ in range(20):
        lo, hi = sorted(F(draw.randint(64 * low + 1, 64 * high - 1), 64) for _ in range(2))
        found = extended.image(name, between(lo, hi))
        for i in range(9):
            t = lo + (hi - lo) * i / 8
            exact = routes.VALUES[name](mpmath.mpf(t.numerator) / t.denominator)
            assert found.lo is None or mpmath.mpf(float(found.lo)) <= exact + 1e-12
            assert found.hi is None or mpmath.mpf(float(found.hi)) >= exact - 1e-12


LIMITS = {
    "exp": "(0, inf)", "expm1": "(-1, inf)", "tanh": "(-1, 1)", "erf": "(-1, 1)", "sigmoid": "(0, 1)",
    "softplus": "(0, inf)", "erfc": "(0, 2)", "sinh": "(-inf, inf)", "cosh": "[1, inf)", "sin": "[-1, 1]",
    "atan": "(-11/7, 11/7)",
}  # fmt: skip


@pytest.mark.parametrize("name", LIMITS)
def test_a_function_of_the_line_has_its_limits_as_open_ends(name):
    assert extended.image(name, LINE) == of_range(parse_range(LIMITS[name]))


def evaluate(text, x="(-inf, inf)", **names):
    ranges = {name: of_range(parse_range(values)) for name, values in names.items()}
    return Images(of_range(parse_range(x)), ranges)(parse(text, tuple(names)))


@pytest.mark.parametrize("name", SHOWN)
def test_shows(name):
    text, x, names = SHOWN[name]
    assert evaluate(text, x, **names)


@pytest.mark.parametrize("name", NOT_SHOWN)
def test_does_not_show(name):
    text, x, names, needed = NOT_SHOWN[name]
    with pytest.raises(NotShown, match=needed):
        evaluate(text, x, **names)


@pytest.mark.parametrize("x", ["(-inf, inf)", "[1/2, 2/3]"])
@pytest.mark.parametrize("name", sorted(PROVER_ONLY))
def test_shows_nothing_of_a_function_without_an_evaluation(name, x):
    with pytest.raises(NotShown, match="functions that the verifier evaluates"):
        evaluate(f"{name}(x)", x)


def test_the_power_0_is_1_wherever_its_base_is():
    assert evaluate("x**0", "[-1, 1]") == point(F(1))


def test_equal_terms_are_one_object_and_are_evaluated_once():
    names = ("a",)
    shared = Shared()
    once, again = (shared(parse("sin(x*a) + sin(x*a)", names)) for _ in range(2))
    assert once is again
    assert once.arguments[0] is once.arguments[1]
    assert shared(parse("sin(a*x)", names)) is not once.arguments[0]
    ranges = {"a": point(F(1))}
    one, both = Images(LINE, ranges), Images(LINE, ranges)
    one(once.arguments[0])
    assert both(once)
    assert both.cost - one.cost < one.cost


TERMS = (
    "2*x", "x*a", "x*x", "a - x", "x/a", "(x + a)*(x - a)", "-x", "x**2*a", "x**-3", "x**a", "2**x",
    "x**(-3/2)", "1/(x*x + a)", "exp(-x*a)", "pi*x", "e*x", "log(x)*a", "sqrt(x) - sqrt(a)", "sin(x)*cos(a)",
    "x**0 + a", "tanh(x - a)/2", "asin(tanh(x))*a", "(x - 3)**3*a", "acos(x/4)", "atanh(-x/4)",
    "erfc(x) - erf(a)",
)  # fmt: skip


@pytest.mark.parametrize("text", TERMS)
def test_a_term_holds_its_values(text):
    """At rational points of x in [1/2, 3] and a in (0, 2], by mpmath."""
    term = parse(text, ("a",))
    found = evaluate(text, "[1/2, 3]", a="(0, 2]")
    with mpmath.workdps(40):
        lo, hi = (
            infinite if end is None else mpmath.mpf(end.numerator) / end.denominator
            for end, infinite in ((found.lo, -mpmath.inf), (found.hi, mpmath.inf))
        )
        for x in (F(1, 2), F(1), F(7, 5), F(3)):
            for a in (F(1, 10**6), F(1, 3), F(1), F(2)):
                placed = substitute(term, lambda t, a=a: Rational(a) if isinstance(t, Parameter) else t)
                exact = routes.value(placed, mpmath.mpf(x.numerator) / x.denominator)
                assert lo * (1 + mpmath.sign(-lo) * 1e-35) <= exact <= hi * (1 + mpmath.sign(hi) * 1e-35)


def test_the_values_of_a_term_are_not_far_from_what_is_found():
    for text, expected in {
        "2*x": (1, 6),
        "x*a": (0, 6),
        "x*x": (F(1, 4), 9),
        "a - x": (-3, F(3, 2)),
        "x**-2": (F(1, 9), 4),
        "(x - 2)*(x - 2)": (0, F(9, 4)),
    }.items():
        found = evaluate(text, "[1/2, 3]", a="(0, 2]")
        assert (found.lo, found.hi) == expected, text


@pytest.mark.parametrize("name", sorted(extended._INCREASING))
def test_an_increasing_function_is_open_where_its_argument_is_and_nowhere_else(name):
    low, high = F(5, 4) if name == "acosh" else F(1, 4), F(3, 2) if name == "acosh" else F(1, 2)
    closed = extended.image(name, between(low, high))
    for lo_open, hi_open in ((False, False), (True, False), (False, True), (True, True)):
        assert extended.image(name, Extended(low, high, lo_open, hi_open)) == closed._replace(
            lo_open=lo_open, hi_open=hi_open
        )


@pytest.mark.parametrize("end", [F(10**2000 + 1, 10**2000), 1 - F(1, 7**2000), F(1, 3**900), -F(3**900)])
def test_ends_of_thousands_of_digits_become_short_and_lose_no_sign(end):
    """A product of such ends costs milliseconds, and a file may ask for a million of them."""
    values = of_range(parse_range(f"[{end}, inf)"))
    for found in (values, Images(Extended(end, None, False, True), {})(parse("x", ()))):
        digits, scale = found.lo.numerator, found.lo.denominator
        assert (digits // (digits & -digits)).bit_length() <= 97
        assert scale & (scale - 1) == 0
        assert found.lo < end
        assert found.lo_open
        assert [extended.above(found, n) for n in (-1, 0, 1)] == [end > n for n in (-1, 0, 1)]
