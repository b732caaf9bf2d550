"""Every primitive on rectangles: it holds the true values, it is tight, and it refuses cuts."""

import operator
import random
from fractions import Fraction

import pytest
from flint import acb, arb
from mpmath.libmp import fone, fzero, mpf_add, mpf_mul, mpf_neg, mpf_sub

from certify.language.functions import PRIMITIVES, PROVER_ONLY
from certify.verifier.arithmetic import primitives
from certify.verifier.arithmetic import rectangle as rect
from certify.verifier.arithmetic.interval import ZERO, Unbounded, from_fraction, mul, neg
from certify.verifier.arithmetic.real import half_pi, pi
from tests.verifier.reference import (
    BITS,
    FUNCTIONS,
    arb_precision,
    exact,
    holds,
    number,
    point,
    samples,
    shown,
    spread,
    thin,
    true_value,
    wide,
    width,
)

NAMES = sorted(primitives.FUNCTIONS)
KINDS = {
    "real_point": (point, None),
    "real_interval": (wide, None),
    "complex_thin": (thin, thin),
    "complex_wide": (wide, wide),
}
COUNTS = dict(zip(BITS, (60, 60, 30, 16, 8), strict=True))
ZERO_AT_ZERO = ("sin", "tan", "sinh", "tanh", "asin", "atan", "asinh", "atanh", "erf", "expm1", "log1p")


def test_every_primitive_is_here():
    assert (
        set(primitives.FUNCTIONS) | set(primitives.OPERATIONS) | {"pow", "pown"}
        == set(PRIMITIVES) - PROVER_ONLY
    )


def largest(name):
    """A size 2**most up to which arguments are drawn: erf is slow where it is large."""
    return 4 if name.startswith("erf") else 1000


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_encloses_the_true_value(name, kind):
    rng = random.Random(f"{name} {kind}")
    real, imaginary = KINDS[kind]
    enclosed = 0
    for bits, count in COUNTS.items():
        for _ in range(count):
            z = real(rng, bits, largest(name)), imaginary(rng, bits, largest(name)) if imaginary else ZERO
            try:
                found = primitives.FUNCTIONS[name](z, bits)
            except Unbounded:
                continue
            enclosed += 1
            for w in samples(rng, z, 3):
                value = true_value(name, w, bits)
                assert holds(found, value), f"{name} at {w} of {shown(z)}, {bits} bits: {shown(found)}"
    assert enclosed >= sum(COUNTS.values()) // 12, "refuses nearly everything"


@pytest.mark.parametrize("name", NAMES)
def test_encloses_the_true_value_of_an_argument_longer_than_the_precision(name):
    rng = random.Random(name)
    for bits in (53, 128):
        for real, imaginary in list(KINDS.values()) * 20:
            z = real(rng, 3 * bits, 3), imaginary(rng, 3 * bits, 3) if imaginary else ZERO
            try:
                found = primitives.FUNCTIONS[name](z, bits)
            except Unbounded:
                continue
            for w in samples(rng, z, 2):
                value = true_value(name, w, 3 * bits)
                assert holds(found, value), f"{name} at {w} of {shown(z)}, {bits} bits: {shown(found)}"


# --- tightness --------------------------------------------------------------------------


NEAR = {"log": (0.2, 4), "sqrt": (0.2, 4), "acosh": (1.1, 4)}  # else (-0.9, 0.9)
FAR = {
    **dict.fromkeys(("log", "sqrt"), (0.2, 1000)),
    **dict.fromkeys(("atan", "asinh"), (-1000, 1000)),
    **dict.fromkeys(("exp", "sinh", "cosh", "tanh", "sigmoid", "softplus"), (-30, 30)),
    **{"acosh": (1.1, 1000), "erf": (-6, 6), "erfc": (-6, 5)},
}


def ordinary(rng, name, bits, real, ranges):
    """A point in general position, on the real domain or off the real line."""
    low, high = ranges.get(name, (-0.9, 0.9))
    x = number(int(rng.uniform(low, high) * 2**50) << bits | rng.getrandbits(bits), -bits - 50, bits)
    y = number(rng.choice((-1, 1)) * (rng.getrandbits(bits) | 1 << (bits - 3)), -bits - 1)
    return (x, x), ZERO if real else (y, y)


@pytest.mark.parametrize("real", [True, False], ids=["real", "complex"])
@pytest.mark.parametrize("name", NAMES)
def test_is_within_64_ulps_at_ordinary_points(name, real):
    rng = random.Random(f"{name} {real}")
    for bits in BITS:
        for _ in range(12):
            z = ordinary(rng, name, bits, real, FAR)
            found = primitives.FUNCTIONS[name](z, bits)
            size = abs(true_value(name, samples(rng, z, 1)[0], bits)).mid()
            assert spread(found) <= size * arb((1, 6 - bits)), f"{name} of {shown(z)}, {bits} bits"


@pytest.mark.parametrize("real", [True, False], ids=["real", "complex"])
@pytest.mark.parametrize("name", ZERO_AT_ZERO)
def test_keeps_its_relative_accuracy_near_its_zero(name, real):
    rng = random.Random(f"{name} {real}")
    for bits in BITS:
        for _ in range(12):
            x = number(rng.choice((-1, 1)) * (rng.getrandbits(bits) | 1), -bits - rng.randint(10, bits))
            z = (x, x), ZERO if real else neg((x, x))
            found = primitives.FUNCTIONS[name](z, bits)
            assert spread(found) <= abs(exact(x)) * arb((1, 6 - bits)), f"{name} of {shown(z)}, {bits} bits"


@pytest.mark.parametrize("real", [True, False], ids=["real", "complex"])
@pytest.mark.parametrize("name", NAMES)
def test_is_at_most_10_times_as_wide_as_the_image_of_a_box(name, real):
    rng = random.Random(f"{name} {real}")
    for bits in (53, 160):
        for _ in range(10):
            sides = ordinary(rng, name, bits, real, NEAR)
            z = tuple(side if side == ZERO else widened(side) for side in sides)
            edges = [acb(exact(x), exact(y)) for x, y in boundary(z)]
            values = [true_value(name, w, bits) for w in edges]
            parts = [v.real.mid() for v in values], [v.imag.mid() for v in values]
            image = max(max(part) - min(part) for part in parts)
            assert spread(primitives.FUNCTIONS[name](z, bits)) <= 10 * image, (
                f"{name} of {shown(z)}, {bits} bits"
            )


def test_erf_is_1_and_erfc_0_far_out_on_the_right():
    for bits in BITS:
        for x in (number(1, 10), number(1, 30)):
            for y in (fzero, number(1), mpf_neg(number(1, 9))):
                for name, limit in (("erf", 1), ("erfc", 0)):
                    found = primitives.FUNCTIONS[name](((x, x), (y, y)), bits)
                    away = max(
                        abs(exact(end) - (limit if side is found[0] else 0)) for side in found for end in side
                    )
                    assert away <= arb((1, 2 - bits)), f"{name} of {shown(((x, x), (y, y)))}"


def widened(side):
    return tuple(mpf_add(end, number(sign, -5)) for end, sign in zip(side, (-1, 1), strict=True))


def boundary(z):
    """The corners of a rectangle and 7 points between each two."""
    sides = [[mpf_add(lo, mpf_mul(mpf_sub(hi, lo), number(k, -3))) for k in range(9)] for lo, hi in z]
    (x, y) = sides
    return [(a, b) for a in x for b in (y[0], y[-1])] + [(a, b) for a in (x[0], x[-1]) for b in y]


# --- cuts and poles ---------------------------------------------------------------------

OUTWARD = (1, -1), (Fraction(3, 2), Fraction(-3, 2), 100, -100)
REAL_CUTS = {  # the ends, and points further along
    "log": ((0,), (-1, -100)),
    "sqrt": ((0,), (-1, -100)),
    "log1p": ((-1,), (-2, -100)),
    "acosh": ((1,), (0, -1, -100)),
    **dict.fromkeys(("asin", "acos", "atanh"), OUTWARD),
}
IMAGINARY_CUTS = {
    **dict.fromkeys(("atan", "asinh"), OUTWARD),
    "softplus": ((), (4, -4, 10, -10, 100, -100)),
}
HALF = Fraction(1, 2)
POLES = {  # and ends of cuts, in units of pi
    "tan": [(HALF, 0), (-HALF, 0), (3 * HALF, 0)],
    "tanh": [(0, HALF), (0, -HALF), (0, 3 * HALF)],
    "sigmoid": [(0, 1), (0, -1), (0, 3)],
    "softplus": [(0, 1), (0, -1)],
}
ON = [(name, x, 0) for name, cut in REAL_CUTS.items() for part in cut for x in part]
ON += [(name, 0, y) for name, cut in IMAGINARY_CUTS.items() for part in cut for y in part]


def touching(x, y):
    """The sides themselves, and each with either end, or both, moved out by a little or by much."""
    for reach in (number(1, -40), number(1, -2)):
        ways = [[(lo, hi), (mpf_sub(lo, reach), hi), (lo, mpf_add(hi, reach))] for lo, hi in (x, y)]
        for sides in ways:
            sides.append((sides[1][0], sides[2][1]))
        yield from ((a, b) for a in ways[0] for b in ways[1])


def assert_refused(name, z, bits):
    with pytest.raises(Unbounded):
        pytest.fail(f"{name} of {shown(z)}, {bits} bits: {shown(primitives.FUNCTIONS[name](z, bits))}")


@pytest.mark.parametrize(("name", "x", "y"), ON)
def test_refuses_a_rectangle_that_touches_a_cut(name, x, y):
    for bits in (53, 160):
        for z in touching(from_fraction(Fraction(x), bits), from_fraction(Fraction(y), bits)):
            assert_refused(name, z, bits)


@pytest.mark.parametrize(("name", "x", "y"), [(name, *at) for name, ats in POLES.items() for at in ats])
def test_refuses_a_rectangle_that_may_touch_a_multiple_of_pi_where_it_is_not_analytic(name, x, y):
    for bits in (53, 160):
        around = [mul(from_fraction(Fraction(q), bits), pi(bits), bits) for q in (x, y)]
        for z in touching(*around):
            assert_refused(name, z, bits)


@pytest.mark.parametrize("close", [number(1, -20), number(1, -2000)], ids=["2**-20", "2**-2000"])
@pytest.mark.parametrize("name", [*REAL_CUTS, *IMAGINARY_CUTS])
def test_encloses_both_sides_of_a_cut(name, close):
    along = REAL_CUTS.get(name) or IMAGINARY_CUTS[name]
    for at in along[1]:
        values = []
        for beside in (close, mpf_neg(close)):
            z = from_fraction(Fraction(at), 160), (beside, beside)
            z = z if name in REAL_CUTS else z[::-1]
            values.append(primitives.FUNCTIONS[name](z, 160))
            true = true_value(name, acb(*(exact(side[0]) for side in z)), 160)
            assert holds(values[-1], true), f"{name} at {at}, {shown(z)}"
        apart = max(abs(exact(a[0]) - exact(b[0])) for a, b in zip(*values, strict=True))
        assert apart > 1, f"one value on both sides of {at}"


# --- exact values, symmetries, extremes -------------------------------------------------

EXACT = {
    **dict.fromkeys([(name, 0) for name in ZERO_AT_ZERO], 0),
    **dict.fromkeys([(name, 0) for name in ("exp", "cos", "cosh", "erfc")], 1),
    **{("sigmoid", 0): HALF, ("log", 1): 0, ("neg", 3): -3, ("neg", 0): 0},
    **{("sqrt", 1): 1, ("sqrt", 4): 2, ("sqrt", Fraction(9, 16)): Fraction(3, 4)},
}


@pytest.mark.parametrize(("name", "x"), EXACT)
def test_exact_values_are_exact(name, x):
    for bits in BITS:
        found = primitives.FUNCTIONS[name]((from_fraction(Fraction(x), bits), ZERO), bits)
        assert found == (from_fraction(Fraction(EXACT[name, x]), bits), ZERO)


@pytest.mark.parametrize("name", NAMES)
def test_commutes_with_conjugation(name):
    rng = random.Random(name)
    for bits in BITS:
        for _ in range(10):
            x, y = ordinary(rng, name, bits, False, NEAR)
            (a, b), (c, d) = (primitives.FUNCTIONS[name](z, bits) for z in ((x, y), (x, neg(y))))
            for one, other in ((a, c), (b, neg(d))):
                apart = max(abs(exact(p) - exact(q)) for p, q in zip(one, other, strict=True))
                assert apart <= arb((1, 9 - bits)), f"{name} of {shown((x, y))}, {bits} bits"


SMALL, LARGE = number(1, -(2**60)), number(1, 2**50)
EXTREME = [(x, x) for x in (SMALL, mpf_neg(SMALL), fzero, LARGE, mpf_neg(LARGE), number(3))]
EXTREME += [(mpf_neg(SMALL), SMALL), (SMALL, LARGE), (mpf_neg(LARGE), LARGE)]


def far(name, z):
    """asinh z = +-log(+-2z) + O(z**-2), where Arb gives up; asin z = asinh(i*z)/i; and far out on the
    left sigmoid z = exp(z)*(1 + O(exp(z)))."""
    if name == "sigmoid":
        return z.exp()
    if name != "asinh":
        asin = -1j * far("asinh", 1j * z)
        return asin if name == "asin" else acb.pi() / 2 - asin
    return (2 * z).log() if z.real > 0 else -(-2 * z).log()


@pytest.mark.parametrize("name", NAMES)
def test_arguments_of_extreme_size_are_enclosed_or_refused(name):
    enclosed = 0
    for z in ((x, y) for x in EXTREME for y in EXTREME):
        try:
            found = primitives.FUNCTIONS[name](z, 53)
        except Unbounded:
            continue
        enclosed += 1
        for corner in range(2):
            with arb_precision(400):
                w = acb(*(exact(side[corner]) for side in z))
                value = FUNCTIONS[name](w)
                value = value if value.is_finite() else far(name, w)
                if not value.rad() <= abs(value) * arb((1, -100)) + arb((1, -300)):
                    # too far out for the oracle: only said of a side that is a whole period wide
                    assert max(exact(side[1]) - exact(side[0]) for side in z) > 2 * arb.pi()
                    continue
                assert holds(found, value), f"{name} at {w} of {shown(z)}: {shown(found)}"
    assert enclosed >= 16


# --- arithmetic and constants -----------------------------------------------------------

OPERATIONS = {"add": operator.add, "sub": operator.sub, "mul": operator.mul, "div": operator.truediv}


@pytest.mark.parametrize("name", OPERATIONS)
def test_arithmetic_encloses_the_true_value(name):
    rng = random.Random(name)
    enclosed = 0
    for bits, count in COUNTS.items():
        for _ in range(3 * count):
            a, b = (
                (real(rng, bits, 9), imaginary(rng, bits, 9) if imaginary else ZERO)
                for real, imaginary in rng.choices(list(KINDS.values()), k=2)
            )
            try:
                found = primitives.OPERATIONS[name](a, b, bits)
            except Unbounded:
                continue
            enclosed += 1
            for p, q in zip(samples(rng, a, 2), samples(rng, b, 2), strict=True):
                with arb_precision(20_000):  # exact but for quotients
                    assert holds(found, OPERATIONS[name](p, q)), f"{shown(a)} {name} {shown(b)}, {bits} bits"
    assert enclosed >= 300


@pytest.mark.parametrize("n", [-7, -2, -1, 0, 1, 2, 3, 10, 64, 4096])
def test_integer_powers_and_the_modulus_enclose_the_true_value(n):
    rng = random.Random(n)
    enclosed = 0
    for bits in BITS:
        for real, imaginary in list(KINDS.values()) * 6:
            z = real(rng, bits, 9), imaginary(rng, bits, 9) if imaginary else ZERO
            size = rect.modulus(z, bits), ZERO
            try:
                found = rect.power(z, n, bits)
            except Unbounded:
                continue
            enclosed += 1
            with arb_precision(8 * bits + 200):
                for w in samples(rng, z, 2):
                    assert holds(found, w**n), f"{shown(z)}**{n}, {bits} bits"
                    assert holds(size, acb(abs(w))), f"modulus of {shown(z)}, {bits} bits"
            if real is point and n:
                assert spread(found) <= abs(exact(z[0][0])) ** n * abs(n) * arb((1, 2 - bits))
    assert enclosed >= 60


@pytest.mark.parametrize("z", [((fzero, fone), ZERO), ((fzero, fone), (fzero, fone)), (ZERO, ZERO)])
def test_division_by_a_rectangle_that_touches_zero_is_refused(z):
    with pytest.raises(Unbounded):
        rect.div(rect.ONE, z, 53)
    with pytest.raises(Unbounded):
        rect.power(z, -2, 53)


def test_pi_and_its_half_are_within_two_ulps():
    for bits in (*range(2, 300), 5000):
        for found, factor in ((pi(bits), 1), (half_pi(bits), 2)):
            with arb_precision(bits + 100):
                assert exact(found[0]) < arb.pi() / factor < exact(found[1])
                assert width(found) <= arb((1, 3 - bits)) / factor
