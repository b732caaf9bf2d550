"""Images of wide rectangles: they hold the true values, they are sharp, they meet the cuts exactly."""

import random

import pytest
from flint import acb
from mpmath.libmp import mpf_add, mpf_cmp, mpf_neg, mpf_shift

from certify.verifier.arithmetic import corners, primitives
from certify.verifier.arithmetic.interval import ZERO, Unbounded
from tests.verifier.reference import component, exact, holds, number, samples, shown, true_value, wide

BITS = 64
CUTS = {
    **{name: lambda x, y: touches(y) and not inside_unit(x) for name in ("asin", "acos", "atanh")},
    **{name: lambda x, y: touches(x) and not inside_unit(y) for name in ("atan", "asinh")},
    "acosh": lambda x, y: touches(y) and not exact(x[0]) > 1,
    "sqrt": lambda x, y: touches(y) and not exact(x[0]) > 0,
    "log": lambda x, y: touches(y) and not exact(x[0]) > 0,
    "reciprocal": lambda x, y: touches(x) and touches(y),
}


def touches(side):
    return exact(side[0]) <= 0 <= exact(side[1])


def inside_unit(side):
    return exact(side[0]) > -1 and exact(side[1]) < 1


def image(name, z):
    return corners.reciprocal(z, BITS) if name == "reciprocal" else primitives.FUNCTIONS[name](z, BITS)


def value(name, w):
    return 1 / w if name == "reciprocal" else true_value(name, w, BITS)


def side(rng):
    """A wide side, one about 0 or an end of a cut, or one whose end is on it or a little off."""
    kind = rng.random()
    if kind < 0.3:
        return wide(rng, BITS, 6)
    if kind < 0.5:
        a, b = component(rng, BITS, 6), component(rng, BITS, 6)
        return (a, b) if mpf_cmp(a, b) <= 0 else (b, a)
    middle = number(rng.choice((-2, -1, 0, 1, 2)))
    below, above = (number(rng.choice((0, 1, 5)), -rng.choice((1, 3, 20, 80))) for _ in range(2))
    return mpf_add(middle, mpf_neg(below)), mpf_add(middle, above)


@pytest.mark.parametrize("name", CUTS)
def test_holds_the_true_values_and_refuses_exactly_what_touches_a_cut(name):
    rng = random.Random(name)
    refused = 0
    for _ in range(400):
        z = side(rng), side(rng)
        if not corners.is_wide(z, BITS):
            continue
        on_the_cut = CUTS[name](*z)
        try:
            found = image(name, z)
        except Unbounded:
            refused += 1
            assert on_the_cut, f"{name} refuses {shown(z)}"
            continue
        assert not on_the_cut, f"{name} of {shown(z)}"
        for w in [*samples(rng, z, 3), *(acb(exact(x), exact(y)) for x in z[0] for y in z[1])]:
            assert holds(found, value(name, w)), f"{name} at {w} of {shown(z)}: {shown(found)}"
    assert 20 < refused < 300


@pytest.mark.parametrize("name", ["asin", "acosh", "atan", "sqrt", "reciprocal", "asinh", "atanh", "tanh"])
def test_each_side_of_the_image_is_nearly_met(name):
    """The extremes of the two parts on the boundary, at 64 points of each side, are nearly the image's."""
    rng = random.Random(f"sharp {name}")
    tried = 0
    while tried < 40:
        x, y = (sorted(rng.sample(range(-40, 41), 2)) for _ in range(2))
        z = tuple((number(lo, -4), number(hi, -4)) for lo, hi in (x, y))
        if name == "tanh":
            z = tuple((mpf_shift(lo, -1), mpf_shift(hi, -1)) for lo, hi in z)  # inside |Im z| < pi/2
        elif CUTS[name](*z):
            continue
        tried += 1
        found = image(name, z)
        steps = [[lo + (hi - lo) * i / 64 for i in range(65)] for lo, hi in (x, y)]
        edges = [(a, b) for a in steps[0] for b in (y[0], y[1])] + [(a, b) for a in x for b in steps[1]]
        values = [value(name, acb(a, b) / (32 if name == "tanh" else 16)) for a, b in edges]
        for (lo, hi), part in zip(found, ([v.real for v in values], [v.imag for v in values]), strict=True):
            low, high = min(v.mid() for v in part), max(v.mid() for v in part)
            room = (high - low) / 10 + abs(high) / 2**40
            assert low - exact(lo) <= room, f"{name} of {shown(z)}: {exact(lo)} for {low}"
            assert exact(hi) - high <= room, f"{name} of {shown(z)}: {exact(hi)} for {high}"


def test_a_rectangle_of_rounding_size_is_not_wide():
    x = number(3 << 61, -62)
    assert not corners.is_wide(((x, mpf_add(x, number(1, -55))), ZERO), BITS)
    assert corners.is_wide(((x, mpf_add(x, number(1, -30))), ZERO), BITS)
