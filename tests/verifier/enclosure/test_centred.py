"""Mean value forms: slopes hold the true derivatives, narrowed boxes the true values, and they narrow."""

import random
from fractions import Fraction

import pytest
from flint import acb, arb
from mpmath.libmp import mpf_neg

from certify.language.terms import Apply, Rational, X, cancelling, literal_exponent
from certify.notation.parser import parse
from certify.prover.enclosure.ball import BallProgram
from certify.verifier.arithmetic import interval as iv
from certify.verifier.arithmetic import primitives
from certify.verifier.arithmetic import rectangle as rect
from certify.verifier.arithmetic.interval import Unbounded
from certify.verifier.enclosure import centred
from certify.verifier.enclosure.centred import Centred, may_cancel
from certify.verifier.enclosure.evaluate import Evaluator, NotEnclosed
from tests.verifier.reference import FUNCTIONS, arb_precision, component, exact, holds, samples, spread

BITS = 64
STEP = 2**-60
TWO = Rational(Fraction(2))
BINARY = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "pow": lambda a, b: (b * a.log()).exp(),
}


def raw(z):
    """A point in the plane as a rectangle."""
    return tuple((side, side) for side in z)


def derivative(function, z):
    """By the central difference at a step whose error, about STEP**2, is far below BITS."""
    with arb_precision(600):
        h = acb(STEP)
        return (function(z + h) - function(z - h)) / (2 * h)


def is_held(rectangle, value):
    """Whether a derivative that is right to about 2**-100 of its size is in the rectangle."""
    with arb_precision(600):
        size = value.abs_upper() * arb((1, -90)) + arb((1, -90))
        return holds(rectangle, value + acb(arb(0, size), arb(0, size)))


def points(seed, count, most=2):
    rng = random.Random(seed)
    for _ in range(count):
        z = tuple(component(rng, BITS, most) for _ in range(2))
        if all(iv.exponent(side) > -30 or not side[1] for side in z):  # beside STEP
            yield z


def as_acb(z):
    return acb(*map(exact, z))


def test_every_primitive_that_is_evaluated_has_a_slope():
    assert set(centred._UNARY) == set(primitives.FUNCTIONS)
    assert set(centred._BINARY) == {"pow", *primitives.OPERATIONS}


def slopes(term, *arguments):
    try:
        return centred._partials(term, [raw(z) for z in arguments], BITS)
    except Unbounded:
        return None


@pytest.mark.parametrize("name", primitives.FUNCTIONS)
def test_a_slope_holds_the_derivative_at_points(name):
    shown = 0
    for z in points(name, 150):
        try:
            primitives.FUNCTIONS[name](raw(z), BITS)
        except Unbounded:
            continue  # on a cut
        found = slopes(Apply(name, (X,)), z)
        true = derivative(FUNCTIONS[name], as_acb(z))
        if found is None or not true.is_finite() or near_a_cut(name, z):
            continue
        assert is_held(found[0], true), (name, as_acb(z), true)
        shown += 1
    assert shown > 40


def near_a_cut(name, z):
    """Whether the step of the difference may cross one: both sides of it are then asked for."""
    wider = tuple(
        (iv.sub((side, side), (UNIT, UNIT), 600)[0], iv.add((side, side), (UNIT, UNIT), 600)[1]) for side in z
    )
    try:
        primitives.FUNCTIONS[name](wider, BITS)
    except Unbounded:
        return True
    return False


UNIT = iv.from_fraction(Fraction(1, 2**50), 53)[0]


@pytest.mark.parametrize("name", BINARY)
def test_a_slope_by_each_argument_holds_the_derivative(name):
    shown = 0
    for z, w in zip(points(name, 150), points(name + "2", 150), strict=False):
        if name == "pow" and not iv.is_positive((z[0], z[0])):
            continue
        found = slopes(Apply(name, (X, X)), z, w)
        if found is None:
            continue
        by_first = derivative(lambda a, w=w: BINARY[name](a, as_acb(w)), as_acb(z))
        by_second = derivative(lambda b, z=z: BINARY[name](as_acb(z), b), as_acb(w))
        for slope, true in zip(found, (by_first, by_second), strict=True):
            if true.is_finite():
                assert is_held(slope, true), (name, as_acb(z), as_acb(w))
                shown += 1
    assert shown > 40


@pytest.mark.parametrize("n", [-3, -1, 0, 1, 2, 7])
def test_a_slope_of_an_integer_power_holds_the_derivative(n):
    power = Apply("pown", (X, Rational(Fraction(n))))
    assert literal_exponent(power) == n
    for z in points(n, 60):
        found = slopes(power, z)
        if found is not None and (z[0][1] or z[1][1]):
            assert is_held(found[0], derivative(lambda a: a**n, as_acb(z)))


# --- narrowed boxes ---------------------------------------------------------------------

CANCELLING = [
    "1/(x - (x + x) + asinh(x))",
    "1/(x - sin(x))",
    "1/(exp(x) - 1 - x)",
    "log(x - tanh(x)) + 1/(x*x + 1 - cosh(x))",
    "(x**2 - sin(x)**2)**-2",
    "sqrt(x - log1p(x))",
    "1/((x - atan(x))*(erf(x) - x))",
    "(expm1(x) - x)**(1/2)",
]
MORE = [
    "x/(sqrt(1 + x*x) - 1)",
    "1/(sigmoid(x) - softplus(x) - 1/3)",
    "1/(x/(1 + x) - x**(1/3))",
    "1/(x - x**pi)",
    "1/(erfc(x) - acos(x/3) + atanh(x/4))",
    "1/(tan(x)/4 - asin(x/3) - log(1 + x))",
]


def boxes(seed, count):
    """Squares about points right of 0, with a real side for the one at the axis."""
    rng = random.Random(seed)
    for _ in range(count):
        x, y = Fraction(rng.randint(2, 60), 40), Fraction(rng.randint(0, 20), 40)
        reach = Fraction(1, 2 ** rng.randint(3, 9))
        sides = [iv.hull(*(iv.from_fraction(t, BITS) for t in (m - reach, m + reach))) for m in (x, y)]
        yield sides[0], (iv.ZERO[0], sides[1][1]) if y == 0 else sides[1]


def evaluators(text):
    terms = (parse(text),)
    plain = Evaluator(terms, BITS, wide=True)
    plain._sums = {}
    return Evaluator(terms, BITS, wide=True), plain, BallProgram(*terms)


def judged(text):
    """How many boxes were shown, and on how many of them the sums made a difference."""
    narrowing, plain, true = evaluators(text)
    rng, shown, gained = random.Random(text), 0, 0
    for box in boxes(text, 80):
        try:
            found = narrowing(box)[0]
        except (NotEnclosed, Unbounded):
            continue
        shown += 1
        for z in samples(rng, box, 4):
            with arb_precision(300):
                assert holds(found, true(z)[0]), (text, z)
        try:
            gained += spread(plain(box)[0]) > 2 * spread(found)
        except (NotEnclosed, Unbounded):
            gained += 1
    return shown, gained


@pytest.mark.parametrize("text", CANCELLING)
def test_a_box_with_narrowed_sums_holds_the_values_and_shows_more_boxes(text):
    shown, gained = judged(text)
    assert shown > 10
    assert gained > 3


@pytest.mark.parametrize("text", MORE)
def test_a_box_with_narrowed_sums_holds_the_values(text):
    assert judged(text)[0] > 10


def test_the_value_stays_where_the_slope_has_no_bound():
    """sqrt(x) - x on a box whose slope is unbounded at 0 is as it was; nothing is made up."""
    term = parse("1/(sqrt(x*x) - x)")
    steps = Evaluator((term,), BITS, wide=True)._steps
    assert [step.term.function for step in steps] == ["mul", "sqrt", "sub", "div"]
    box = (iv.ZERO[0], rect.ONE[0][1]), iv.ZERO
    values = [box, box, box, box, rect.ONE, None]
    form = Centred(box, steps[0].arguments[0], steps, values, BITS, lambda centre: {steps[2].slot: rect.ONE})
    assert form.narrowed(steps[2].slot, rect.ONE) == rect.ONE


def test_a_box_without_a_value_at_its_centre_is_as_it_was():
    """1/(x - 1/(x - 1)) on a box about 1: the inner divisor is 0 at the centre."""
    half = iv.from_fraction(Fraction(1, 2), BITS)[0]
    box = (half, iv.add((half, half), rect.ONE[0], BITS)[1]), iv.ZERO
    with pytest.raises(NotEnclosed):
        Evaluator((parse("1/(x - 1/(x - 1))"),), BITS, wide=True)(box)


def test_only_values_of_unlike_size_are_narrowed():
    one, four, five = (iv.from_fraction(Fraction(n), BITS)[0] for n in (1, 4, 5))
    assert not may_cancel(((one, four), iv.ZERO))
    assert may_cancel(((one, five), iv.ZERO))
    assert may_cancel(((mpf_neg(one), one), iv.ZERO))
    assert not may_cancel(((mpf_neg(one), one), (one, four)))


@pytest.mark.parametrize(
    ("text", "sums"),
    [
        ("1/(x - 1)", ["x - 1"]),
        ("sin(x + 1)/x", []),
        ("1/((x - 1)*-(x + 2)**3)", ["x + 2", "x - 1"]),
        ("log(x*(x - 1)) + sqrt((x + 1)/2) + (x + 2)**x + (x + 3)**-1", ["x + 1", "x + 2", "x + 3", "x - 1"]),
        ("exp(x + 1) + (x + 2)**2", []),
        ("1/sin(x + 1)", []),
    ],
)
def test_the_sums_that_decide_are_those_under_a_divisor_or_a_root(text, sums):
    from certify.language.printer import print_term

    assert sorted(map(print_term, cancelling((parse(text),)))) == sums
