"""Tallies against exact arithmetic on mpmath's derivatives, one input at a time."""

import random
from dataclasses import fields
from fractions import Fraction
from itertools import pairwise

import mpmath
import numpy as np
import pytest

from certify.catalogue import builtin
from certify.certificate.figures import FIGURES, magnitude
from certify.certificate.floats import BFLOAT16, FLOAT16, FLOAT32, KernelOutput, key_of, output, value
from certify.kernels import compare as module
from certify.kernels.arrays import bits_of_keys, values_of_bits
from certify.kernels.blocks import identity_of
from certify.kernels.compare import BeyondBinary64, Count, Tally, Worst, compare, settle, tally_of
from certify.kernels.naming import catalogued
from certify.kernels.truth import Ambiguous, Truth
from tests import routes


def truth_of(name, form):
    return Truth(identity_of(catalogued(name)), form)


def outputs_like(truth, start, stop, disturb):
    """The truth rounded, then disturbed: an array as a kernel would give it."""
    made = []
    for key in range(start, stop):
        low, _ = truth.at(key, 400)
        made.append(float(truth.form.nearest(low)))
    array = np.array(made)
    for place, change in disturb.items():
        array[place] = change(array[place])
    return array.astype(np.float32) if truth.form is FLOAT32 else array


def by_hand(name, form, start, stop, got):
    """The same figures from mpmath's derivative of f, in exact arithmetic."""
    f, _ = builtin()[name].spec().bound_terms()
    found = {kind: [] for kind in ("correctly_rounded", "above_1", "nan", "infinite", "zero", "wrong_sign")}
    worst = {"ulp": (Fraction(-1), None), "absolute": (Fraction(-1), None)}
    for key, g in zip(range(start, stop), got.tolist(), strict=True):
        with mpmath.workdps(60):
            slope = routes.slope(f, value(form, key), 40)
            t = Fraction(int(mpmath.nint(slope * mpmath.mpf(10) ** 50)), 10**50)
        nearest = form.nearest(t)
        if g != g or abs(g) == float("inf"):
            found["nan" if g != g else "infinite"].append(key)
            continue
        g = Fraction(g)
        error, unit = abs(g - t), form.ulp(nearest)
        for kind, holds in (
            ("correctly_rounded", g == nearest),
            ("above_1", error > unit),
            ("zero", g == 0 != nearest),
            ("wrong_sign", g * nearest < 0),
        ):
            if holds:
                found[kind].append(key)
        worst["ulp"] = max(worst["ulp"], (error / unit, key), key=lambda pair: pair[0])
        worst["absolute"] = max(worst["absolute"], (error, key), key=lambda pair: pair[0])
    return found, worst


CASES = {
    "sigmoid_bfloat16": ("sigmoid", BFLOAT16, Fraction(1), 200),
    "gelu_float16_at_its_root": ("gelu", FLOAT16, Fraction(-25, 32), 120),
    "tanh_float32": ("tanh", FLOAT32, Fraction(3, 4), 100),
    "elu_float16_left": ("elu", FLOAT16, Fraction(-3), 100),
}


@pytest.mark.parametrize("case", CASES)
def test_counts_what_exact_arithmetic_counts(case):
    name, form, x, count = CASES[case]
    truth, start = truth_of(name, form), key_of(form, x)
    ulp = float(form.ulp(truth.at(start, 200)[0]))
    disturb = {
        3: lambda g: float("nan"),
        5: lambda g: float("inf"),
        8: lambda g: 0.0,
        13: lambda g: -g,
        21: lambda g: g + ulp,
        34: lambda g: g + 3 * ulp,
        55: lambda g: g - 7 * ulp,
    }
    got = outputs_like(truth, start, start + count, disturb)
    tally = compare(truth, start, start + count, got)
    found, worst = by_hand(name, form, start, start + count, got)
    assert tally.inputs == count
    assert tally.correctly_rounded == len(found["correctly_rounded"])
    for kind in ("above_1", "nan", "infinite", "zero", "wrong_sign"):
        keys = sorted(found[kind], key=magnitude)
        expected = Count(len(keys), keys[0], keys[-1]) if keys else Count()
        assert getattr(tally, kind) == expected, kind
    for kind, (error, key) in worst.items():
        bound = getattr(tally, kind)
        assert bound.key == key
        assert error <= Fraction(bound.bound) <= error * (1 + Fraction(1, 10**4))


def test_neighbours_that_go_the_wrong_way():
    truth, start = truth_of("tanh", FLOAT16), key_of(FLOAT16, Fraction(1, 2))
    got = np.linspace(0.9, 0.8, 64)  # tanh' falls there
    assert compare(truth, start, start + 64, got).not_monotone == Count()
    got[10] += 0.01
    tally = compare(truth, start, start + 64, got)
    assert tally.not_monotone == Count(1, start + 9, start + 9)
    assert tally.monotone_pairs >= 60


def falling(truth, start, stop):
    """Outputs that go the other way than the truth's between any two neighbours."""
    return -np.array([float(truth.at(key, 300)[0]) for key in range(start, stop)])


def ordered(truth, start, stop):
    """The neighbours, by hand, between which the truth certainly rises or falls."""
    ends = [truth.at(key, 2000) for key in range(start, stop)]
    return [start + i for i, (a, b) in enumerate(pairwise(ends)) if a[1] < b[0] or b[1] < a[0]]


@pytest.mark.parametrize("chunk", [16, 10, 7, 2**16])
def test_no_pair_of_neighbours_is_passed_over_where_two_chunks_meet(monkeypatch, chunk):
    monkeypatch.setattr(module, "CHUNK", chunk)
    truth, start = truth_of("tanh", FLOAT16), key_of(FLOAT16, Fraction(1, 2))
    tally = compare(truth, start, start + 64, falling(truth, start, start + 64))
    assert ordered(truth, start, start + 64) == list(range(start, start + 63))
    assert tally.not_monotone == Count(63, start, start + 62)
    assert tally.monotone_pairs == 63


@pytest.mark.parametrize("cut", [1, 16, 37])
def test_nor_where_two_blocks_or_two_tiles_meet(cut):
    truth, start = truth_of("tanh", FLOAT16), key_of(FLOAT16, Fraction(1, 2))
    got = falling(truth, start, start + 64)
    left = compare(truth, start, start + cut, got[:cut], float(got[cut]))
    right = compare(truth, start + cut, start + 64, got[cut:])
    assert (left + right).not_monotone == Count(63, start, start + 62)
    whole = truth_of("sigmoid", BFLOAT16)
    span = key_of(BFLOAT16, Fraction(1, 8)), key_of(BFLOAT16, Fraction(64))
    tiles = list(whole.tiles(*span))
    tally = compare(whole, *span, falling(whole, *span))
    assert len(tiles) > 5
    assert tally.not_monotone.number == sum(t.stop - t.start - 1 for t in tiles if t.slope) + len(tiles) - 1


def test_pairs_are_looked_at_only_where_the_truth_goes_one_way():
    """Not from -0 to 0, nor over a kink, nor where f'' changes its sign."""
    for name, form in (
        ("sigmoid", BFLOAT16),
        ("gelu_tanh", BFLOAT16),
        ("elu", FLOAT16),
        ("threshold", FLOAT16),
    ):
        truth = truth_of(name, form)
        for point in (Fraction(0), Fraction(1), Fraction(1, 10), Fraction(-7, 5)):
            start = round(key_of(form, form.nearest(point))) - 40
            tally = compare(truth, start, start + 80, np.zeros(80, np.float64))
            certain = set() if truth.kinks else set(ordered(truth, start, start + 80))
            assert tally.monotone_pairs <= (len(certain) if certain else 80), (name, point)
            assert tally.not_monotone == Count()


SPECIAL = [0.0, -0.0, 1.0, -1.0, 2.0**-24, -(2.0**-24), 2.0**-10, 65504.0, -65504.0]
NOT_FINITE = [float("nan"), float("inf"), float("-inf")]


@pytest.mark.parametrize(("name", "form"), [("square", FLOAT16), ("gelu", BFLOAT16), ("sigmoid", FLOAT32)])
def test_the_table_says_of_arrays_what_it_says_of_each_output(name, form):
    """Over outputs that are near the truth, far from it, of the other sign, 0, infinite or NaN; 2*x is
    infinite in float16 from 2**15 on."""
    truth, draw = truth_of(name, form), random.Random(name)
    first, last = form.keys
    starts = [first, -form.infinity // 2, -8, -30, 10, form.infinity // 2, last - 40]
    for start in starts:
        stop = start + 40 if start + 40 <= last else last
        if start < 0 < stop:
            stop = 0
        off = [-2, 2, 3] if abs(start) > form.infinity * 3 // 5 else [-2, -1, 1, 2, 3]
        got = []
        for key in range(start, stop):
            t = float(truth.form.nearest(truth.at(key, 400)[0]))
            t = t if abs(t) < form.beyond else float(np.copysign(np.inf, t))
            unit = float(form.ulp(form.nearest(truth.at(key, 400)[0])))
            near = float(module.rounded(form, np.array([t + draw.choice(off) * unit]))[0])
            near = near if 2 * unit < abs(t) else 1.0  # a tail is nearer to a number than any bits show
            got.append(draw.choice([t, t, near, near, -t, draw.choice(SPECIAL), draw.choice(NOT_FINITE)]))
        array = np.array(got, np.float32 if form is FLOAT32 else np.float64)
        tally = compare(truth, start, stop, array)
        alone = [tally_of(truth, key, float(g)) for key, g in zip(range(start, stop), array, strict=True)]
        total = sum(alone, start=Tally())
        for kind, figure in FIGURES.items():
            if figure.sort in ("share", "count"):
                assert getattr(tally, kind) == getattr(total, kind), (kind, start)
            elif figure.sort == "maximum":
                a, b = getattr(tally, kind), getattr(total, kind)
                assert (a.key is None) == (b.key is None), kind
                assert abs(a.bound - b.bound) <= abs(b.bound) * 1e-4, kind


OTHERS = ("inputs", "settled_by_balls", "monotone_pairs", "undecided")


def test_the_tally_has_a_field_for_every_figure():
    assert {f.name for f in fields(Tally)} == {*OTHERS, *FIGURES}


def test_an_infinity_is_an_error_only_where_the_rounded_truth_is_not_that_infinity():
    truth, key = truth_of("square", FLOAT16), key_of(FLOAT16, Fraction(40000))
    for start, got, infinite, correct in (
        (key, np.inf, 0, 1),  # 80000 rounds to inf
        (key, -np.inf, 1, 0),
        (key, 65504.0, 0, 0),
        (key_of(FLOAT16, Fraction(2)), np.inf, 1, 0),
    ):
        for tally in (compare(truth, start, start + 1, np.array([got])), tally_of(truth, start, got)):
            assert (tally.infinite.number, tally.correctly_rounded) == (infinite, correct), got
            assert tally.finite == (got == 65504.0)


def test_what_the_bound_leaves_open_is_settled_by_balls(monkeypatch):
    """With a truth known to 8 bits only, nearly all is open, and comes out the same."""
    truth, start = truth_of("sigmoid", FLOAT16), key_of(FLOAT16, Fraction(1))
    got = outputs_like(truth, start, start + 200, {7: lambda g: g * 1.002, 9: lambda g: g * 1.0005})
    expected = compare(truth, start, start + 200, got)
    tiles = truth.tiles
    monkeypatch.setattr(truth, "tiles", lambda a, b: (t._replace(error=1e-3) for t in tiles(a, b)))
    found = compare(truth, start, start + 200, got)
    assert found.settled_by_balls > 150
    assert (found.correctly_rounded, found.above_1) == (
        expected.correctly_rounded,
        expected.above_1,
    )


def test_ties_are_settled_exactly():
    """hardswish' is x/3 + 1/2: its values lie on middles of the format, which balls never leave."""
    truth = truth_of("hardsigmoid", BFLOAT16)
    key = key_of(BFLOAT16, Fraction(1))
    assert settle(truth, KernelOutput(key, Fraction(1, 6), "")).error[0] == 0
    relu = truth_of("square", FLOAT16)  # 2x is a number wherever it is finite
    assert settle(relu, output(key_of(FLOAT16, Fraction(3)), 6.0)).error == (0, 0)


def test_a_value_that_stays_open_is_an_error_and_no_guess(monkeypatch):
    truth = truth_of("sigmoid", FLOAT16)
    monkeypatch.setattr(truth, "at", lambda key, bits: (Fraction(1, 10), Fraction(2, 10)))
    with pytest.raises(Ambiguous, match="do not tell"):
        settle(truth, output(100, 0.0))


def test_a_derivative_beyond_binary64_is_named_with_what_helps():
    truth = truth_of("sinh", FLOAT16)
    key = key_of(FLOAT16, Fraction(1000))
    with pytest.raises(BeyondBinary64, match=r"at x = 1000 .* --range"):
        compare(truth, key, key + 1, np.zeros(1))


def test_tallies_of_parts_add_up_to_that_of_the_whole_in_any_order():
    truth = truth_of("mish", BFLOAT16)
    low, high = -17000, 17000
    values = values_of_bits(BFLOAT16, bits_of_keys(BFLOAT16, low, high))
    got = np.where(np.abs(values) > 100, np.nan, values * 0.37)
    whole = compare(truth, low, high, got)
    cuts = [low, -9000, -1, 3, 8000, high]
    parts = [compare(truth, a, b, got[a - low : b - low]) for a, b in pairwise(cuts)]
    for order in (parts, parts[::-1]):
        total = sum(order, start=Tally())
        for kind in ("inputs", "correctly_rounded", "above_1", "nan", "zero", "wrong_sign"):
            assert getattr(total, kind) == getattr(whole, kind), kind
        for kind in ("ulp", "absolute"):
            assert getattr(total, kind).key == getattr(whole, kind).key


def test_the_worst_of_two_is_the_larger_and_of_equals_the_one_nearest_to_0():
    assert Worst(2.0, 5) + Worst(3.0, -9) == Worst(3.0, -9) == Worst(3.0, -9) + Worst(2.0, 5)
    assert Worst(2.0, 5) + Worst(2.0, -4) == Worst(2.0, -4) == Worst(2.0, -4) + Worst(2.0, 5)
    assert Worst() + Worst(0.0, 7) == Worst(0.0, 7)
