"""Interval arithmetic against exact rationals: it holds every value and is as narrow as it can be."""

import operator
import random
from fractions import Fraction

import pytest
from mpmath.libmp import finf, fnan, fninf, fone, fzero

from certify.verifier.arithmetic import interval as iv
from certify.verifier.arithmetic.interval import Unbounded
from tests.verifier.reference import component, inside, number, point, shown, thin, wide

KINDS = (point, thin, wide)
OPERATIONS = {"add": operator.add, "sub": operator.sub, "mul": operator.mul, "div": operator.truediv}


def rational(raw):
    sign, man, exp, _ = raw
    return (-1) ** sign * int(man) * Fraction(2) ** exp


def within(value, found):
    return rational(found[0]) <= value <= rational(found[1])


def is_narrowest(found, value, bits):
    """Whether the ends are the numbers of at most `bits` bits next to the value, or both it."""
    if value == 0 or found[0] == found[1]:
        return rational(found[0]) == rational(found[1]) == value
    exponent = value.numerator.bit_length() - value.denominator.bit_length()
    exponent += abs(value) >= Fraction(2) ** exponent  # 2**(exponent - 1) <= |value| < 2**exponent
    ulp = Fraction(2) ** (exponent - bits)
    return [rational(end) for end in found] == [value // ulp * ulp, (value // ulp + 1) * ulp]


@pytest.mark.parametrize("longer", [1, 4], ids=["operands_that_fit", "longer_operands"])
@pytest.mark.parametrize("name", OPERATIONS)
def test_arithmetic_encloses_the_true_value(name, longer):
    rng = random.Random(f"{name} {longer}")
    enclosed = 0
    for i in range(2000):
        bits = rng.choice((24, 53, 128, 400))
        a, b = (KINDS[i // k % 3](rng, longer * bits, 60) for k in (1, 3))
        try:
            found = getattr(iv, name)(a, b, bits)
        except Unbounded:
            assert name == "div"
            assert within(0, b)
            continue
        enclosed += 1
        message = f"{name} of {shown((a, b))}, {bits} bits: {shown([found])}"
        for p, q in ((a[0], b[0]), (a[1], b[1]), (a[0], b[1]), (inside(rng, a), inside(rng, b))):
            value = OPERATIONS[name](rational(p), rational(q))
            assert within(value, found), message
        if a[0] == a[1] and b[0] == b[1]:
            assert is_narrowest(found, value, bits), message
    assert enclosed > 1000


@pytest.mark.parametrize("name", ["add", "sub"])
def test_sums_of_long_numbers_of_very_different_size_enclose_the_true_value(name):
    """mpmath's sum is not rounded outward where the larger term is longer than the precision."""
    rng = random.Random(name)
    for _ in range(4000):
        bits = rng.choice((53, 128))
        large = number((1 << 2 * bits) + (rng.getrandbits(8) << bits + 1) - rng.choice((-1, 1)), -2 * bits)
        small = number(rng.getrandbits(2 * bits) | 1, -2 * bits - rng.randint(90, 400))
        for p, q in ((large, small), (small, large)):
            found = getattr(iv, name)((p, p), (q, q), bits)
            value = OPERATIONS[name](rational(p), rational(q))
            assert within(value, found), f"{name} of {shown([(p, q)])}, {bits} bits: {shown([found])}"


def test_squares_roots_magnitudes_and_balls_enclose_the_true_value():
    rng = random.Random(0)
    roots = 0
    for i in range(2000):
        bits = rng.choice((24, 53, 128, 400))
        a = KINDS[i % 3](rng, bits * rng.choice((1, 3)), 60)
        x = rational(inside(rng, a))
        assert within(x * x, iv.square(a, bits)), shown([a])
        assert within(abs(x), iv.magnitude(a)), shown([a])
        middle, radius = (rational(part) for part in iv.ball(a, bits))
        assert abs(x - middle) <= radius, f"the ball of {shown([a])}, {bits} bits"
        half, ulp = (rational(a[1]) - rational(a[0])) / 2, Fraction(2) ** (1 - bits)
        assert radius <= (half + abs(middle) * ulp) * (1 + ulp)
        assert within(0, a) == iv.contains_zero(a)
        if not iv.is_positive(a):
            with pytest.raises(Unbounded):
                iv.sqrt(a, bits)
            continue
        roots += 1
        low, high = (rational(end) for end in iv.sqrt(a, bits))
        assert low * low <= x <= high * high, f"the root of {shown([a])}, {bits} bits"
        assert low > 0
        assert a[0] != a[1] or high - low <= low * Fraction(2) ** (1 - bits)
    assert roots > 500


def test_fractions_and_integers_become_the_narrowest_interval():
    rng = random.Random(0)
    for bits in (24, 53, 400) * 300:
        p, q = rng.getrandbits(rng.randint(0, 900)), rng.getrandbits(rng.randint(0, 900)) | 1
        value = rng.choice((-1, 1)) * Fraction(p, q << rng.randint(0, 2000))
        found = iv.from_fraction(value, bits)
        assert is_narrowest(found, value, bits), f"{value}, {bits} bits: {shown([found])}"
        assert iv.from_fraction(iv.to_fraction(found[1]), bits) == (found[1], found[1])
        power = rng.randint(-2000, 2000)
        lo, hi = iv.from_integers(-p, q, power, bits)
        assert is_narrowest((lo, iv.from_integers(-p, -p, power, bits)[1]), -p * Fraction(2) ** power, bits)
        assert is_narrowest((iv.from_integers(q, q, power, bits)[0], hi), q * Fraction(2) ** power, bits)


def test_fixed_point_is_the_floor_and_the_exponent_the_least():
    rng = random.Random(0)
    for _ in range(4000):
        x = component(rng, rng.choice((24, 53, 400)), 60)
        places = rng.randint(-100, 2500)
        assert iv.to_fixed(x, places) == rational(x) * Fraction(2) ** places // 1
        if x != fzero:
            assert Fraction(2) ** (iv.exponent(x) - 1) <= abs(rational(x)) < Fraction(2) ** iv.exponent(x)


def test_sizes_beyond_memory_are_refused_or_floored():
    huge, tiny = number(3, 2**60), number(3, -(2**60))
    assert [iv.to_fixed(x, 1000) for x in (tiny, iv.neg((tiny, tiny))[0], fzero)] == [0, -1, 0]
    assert iv.to_fixed(number(1, iv.MAX_FIXED - 1), 0).bit_length() == iv.MAX_FIXED
    for x in (huge, number(1, iv.MAX_FIXED)):
        with pytest.raises(Unbounded):
            iv.to_fixed(x, 0)
    for x in (huge, tiny, finf, fninf, fnan):
        with pytest.raises(Unbounded):
            iv.to_fraction(x)


@pytest.mark.parametrize("ends", [(fzero, finf), (fninf, fzero), (fnan, fone), (fone, fnan), (fone, fzero)])
def test_ends_that_are_not_finite_or_out_of_order_are_refused(ends):
    with pytest.raises(Unbounded):
        iv.checked(ends)


def test_intervals_are_sets():
    def span(lo, hi):
        return number(lo), number(hi)

    assert iv.hull(span(0, 2), span(1, 3)) == span(0, 3) == iv.hull(span(1, 3), span(0, 2))
    assert iv.meet(span(0, 2), span(1, 3)) == span(1, 2) == iv.meet(span(1, 3), span(0, 2))
    assert iv.neg(span(-3, 2)) == span(-2, 3)
    assert iv.scale(span(-3, 2), 4) == span(-48, 32)
    assert [iv.below(span(0, 1), span(lo, 3)) for lo in (0, 1, 2)] == [False, False, True]
    assert [iv.is_positive(span(lo, 2)) for lo in (-1, 0, 1)] == [False, False, True]
    assert [iv.is_negative(span(-2, hi)) for hi in (-1, 0, 1)] == [True, False, False]
    with pytest.raises(Unbounded):
        iv.meet(span(0, 1), span(2, 3))


def test_comparison_is_that_of_the_rationals():
    rng = random.Random("compare")
    for i in range(4000):
        a, b = (component(rng, rng.choice((3, 53, 200)), 60) for _ in range(2))
        if i % 4 == 0:
            b = number(
                (-1) ** a[0] * int(a[1]) + rng.choice((-1, 0, 1)), a[2]
            )  # a neighbour of a, or a itself
        x, y = rational(a), rational(b)
        assert iv.compare(a, b) == (x > y) - (x < y), shown([(a, b)])
