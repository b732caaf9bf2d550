"""Tiles of local polynomials: what they promise holds at random points, at many bits."""

import random
from fractions import Fraction
from functools import cache

import numpy as np
import pytest

from certify.certificate.floats import BFLOAT16, FLOAT16, FLOAT32, key_of, value
from certify.kernels.blocks import identity_of
from certify.kernels.naming import catalogued
from certify.kernels.truth import Truth, _horner_error

FORMATS = {form.name: form for form in (BFLOAT16, FLOAT16, FLOAT32)}
BITS = 2000  # a tile may be as close as the least binary64 number, 2**-1074, to a truth that cancels
NAMES = (
    "sigmoid",
    "gelu",
    "gelu_tanh",
    "tanhshrink",
    "mish",
    "softsign",
    "hardswish",
    "elu",
    "logsigmoid",
    "relu6",
)


@cache
def truth_of(name, form):
    return Truth(identity_of(catalogued(name)), form)


@cache
def tiles_of(name, form):
    return list(truth_of(name, form).tiles(*form.keys))


def check(truth, tile, key):
    """The distance of the tile's value to an enclosure at BITS is within the tile's error."""
    low, high = truth.at(key, BITS)
    t = Fraction(float(tile(truth.values(key, key + 1))[0]))
    assert max(high - t, t - low) <= Fraction(tile.error), (key, tile)
    assert Fraction(tile.smallest) <= abs(t) <= Fraction(tile.largest)


@pytest.mark.parametrize("name", NAMES)
def test_no_violation_at_a_thousand_random_points_of_float32(name):
    truth, draw = truth_of(name, FLOAT32), random.Random(name)
    tiles = [tile for tile in tiles_of(name, FLOAT32) if tile.coefficients]
    for _ in range(1000):
        tile = draw.choice(tiles)
        check(truth, tile, draw.randrange(tile.start, tile.stop))


@pytest.mark.parametrize("name", NAMES)
def test_no_violation_at_the_ends_of_a_tile(name):
    truth = truth_of(name, FLOAT32)
    for tile in tiles_of(name, FLOAT32):
        if tile.coefficients:
            check(truth, tile, tile.start)
            check(truth, tile, tile.stop - 1)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", FORMATS.values(), ids=lambda form: form.name)
def test_tiles_and_kinks_are_every_number_once(name, form):
    truth = truth_of(name, form)
    at = form.keys[0]
    kinks = sorted(truth.kinks)
    for tile in tiles_of(name, form):
        while kinks and kinks[0] == at:
            at = kinks.pop(0) + 1
        assert tile.start == at < tile.stop
        at = tile.stop
    assert (at, kinks) == (form.keys[1], [])


def test_kinks_that_are_numbers_are_left_out_both_zeros_too():
    assert truth_of("relu6", FLOAT16).kinks == [-1, 0, key_of(FLOAT16, Fraction(6))]
    threshold = Truth(identity_of(catalogued("threshold")), FLOAT16)
    assert threshold.kinks == []  # 1/10 is no float16


def test_tiles_of_a_part_are_those_of_the_part():
    truth = truth_of("sigmoid", BFLOAT16)
    tiles = list(truth.tiles(-100, 16000))
    assert (tiles[0].start, tiles[-1].stop) == (-100, 16000)


@pytest.mark.parametrize("name", ["sigmoid", "gelu_tanh", "tanhshrink"])
def test_the_sign_of_the_slope_is_that_of_differences(name):
    truth, draw = truth_of(name, FLOAT32), random.Random(3)
    signed = [tile for tile in tiles_of(name, FLOAT32) if tile.slope and tile.stop - tile.start > 2]
    assert signed
    for _ in range(200):
        tile = draw.choice(signed)
        a, b = sorted(draw.sample(range(tile.start, tile.stop), 2))
        if value(FLOAT32, a) < value(FLOAT32, b):
            before, after = truth.at(a, BITS), truth.at(b, BITS)
            assert after[0] > before[1] if tile.slope > 0 else after[1] < before[0]


def test_a_tile_whose_error_is_made_smaller_is_caught():
    """The check above can fail: with a coefficient off by 1e-12 it does."""
    truth = truth_of("sigmoid", FLOAT32)
    ends = key_of(FLOAT32, Fraction(1)), key_of(FLOAT32, Fraction(2))
    tile = next(t for t in truth.tiles(*ends) if len(t.coefficients) > 3)
    wrong = tile._replace(coefficients=(tile.coefficients[0] + 1e-12, *tile.coefficients[1:]))
    with pytest.raises(AssertionError):
        check(truth, wrong, tile.start)


def test_horners_rule_is_within_its_bound():
    draw = random.Random(5)
    for _ in range(200):
        coefficients = [draw.uniform(-1, 1) for _ in range(draw.randrange(2, 12))]
        u = draw.uniform(-1, 1)
        found = 0.0
        for c in reversed(coefficients):
            found = found * u + c
        true = sum(Fraction(c) * Fraction(u) ** k for k, c in enumerate(coefficients))
        total = sum(abs(Fraction(c)) for c in coefficients)
        assert abs(Fraction(found) - true) <= _horner_error(len(coefficients), total)


def test_u_is_exact():
    """x - m and the division by a power of two lose nothing."""
    draw = random.Random(9)
    tiles = [tile for tile in tiles_of("gelu_tanh", FLOAT32) if len(tile.coefficients) > 1]
    for _ in range(500):
        tile = draw.choice(tiles)
        key = draw.randrange(tile.start, tile.stop)
        x = value(FLOAT32, key)
        u = (np.float64(float(x)) - np.float64(tile.midpoint)) / np.float64(tile.radius)
        assert Fraction(float(u)) == (x - Fraction(tile.midpoint)) / Fraction(tile.radius)
        assert abs(u) <= 1


def test_where_s_cancels_on_whole_discs_more_nodes_take_the_place_of_single_numbers():
    """1 + x/sqrt(x**2 + 4) far below 0: each of the 2**24 numbers was evaluated by itself."""
    truth, start = truth_of("squareplus", FLOAT32), key_of(FLOAT32, Fraction(-(2**62)))
    tiles = list(truth.tiles(start, start + 2**24))
    assert len(tiles) < 100
    assert all(tile.coefficients for tile in tiles)
    draw = random.Random(2)
    for tile in tiles:
        for key in (tile.start, draw.randrange(tile.start, tile.stop), tile.stop - 1):
            check(truth, tile, key)


def test_enclosures_of_single_values_hold_those_at_more_bits():
    truth = truth_of("gelu", FLOAT16)
    for key in (1, 15000, -15000, 20000):
        wide, thin = truth.at(key, 64), truth.at(key, BITS)
        assert wide[0] <= thin[0] <= thin[1] <= wide[1]
