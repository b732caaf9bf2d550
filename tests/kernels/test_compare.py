"""Tallies against exact arithmetic on mpmath's derivatives, one input at a time."""

from fractions import Fraction
from itertools import pairwise

import mpmath
import numpy as np
import pytest
import routes

from certify.catalogue import builtin
from certify.kernels import compare as module
from certify.kernels.arrays import bits_of_keys, values_of_bits
from certify.kernels.compare import Count, Tally, Worst, compare, settle
from certify.kernels.formats import BFLOAT16, FLOAT16, FLOAT32, key_of, value
from certify.kernels.truth import Ambiguous, Truth

LARGE = 2.0**-10


def truth_of(name, form):
    return Truth(builtin()[name].spec(((None, None),)), form)


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
    found = {kind: [] for kind in ("correct", "above_1", "nan", "infinite", "zero", "wrong_sign")}
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
            ("correct", g == nearest),
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
    tally = compare(truth, start, start + count, got, LARGE)
    found, worst = by_hand(name, form, start, start + count, got)
    assert tally.inputs == count
    assert tally.correct == len(found["correct"])
    for kind in ("above_1", "nan", "infinite", "zero", "wrong_sign"):
        keys = sorted(found[kind], key=module._magnitude)
        expected = Count(len(keys), keys[0], keys[-1]) if keys else Count()
        assert getattr(tally, kind) == expected, kind
    for kind, (error, key) in worst.items():
        bound = getattr(tally, kind)
        assert bound.key == key
        assert error <= Fraction(bound.bound) <= error * (1 + Fraction(1, 10**4))


def test_neighbours_that_go_the_wrong_way():
    truth, start = truth_of("tanh", FLOAT16), key_of(FLOAT16, Fraction(1, 2))
    got = np.linspace(0.9, 0.8, 64)  # tanh' falls there
    assert compare(truth, start, start + 64, got, LARGE).not_monotone == Count()
    got[10] += 0.01
    tally = compare(truth, start, start + 64, got, LARGE)
    assert tally.not_monotone == Count(1, start + 9, start + 9)
    assert tally.monotone_pairs >= 60


def test_what_the_bound_leaves_open_is_settled_by_balls(monkeypatch):
    """With a truth known to 8 bits only, nearly all is open, and comes out the same."""
    truth, start = truth_of("sigmoid", FLOAT16), key_of(FLOAT16, Fraction(1))
    got = outputs_like(truth, start, start + 200, {7: lambda g: g * 1.002, 9: lambda g: g * 1.0005})
    expected = compare(truth, start, start + 200, got, LARGE)
    tiles = truth.tiles
    monkeypatch.setattr(truth, "tiles", lambda a, b: (t._replace(error=1e-3) for t in tiles(a, b)))
    found = compare(truth, start, start + 200, got, LARGE)
    assert found.settled_by_balls > 150
    assert (found.correct, found.above_1) == (expected.correct, expected.above_1)


def test_ties_are_settled_exactly():
    """hardswish' is x/3 + 1/2: its values lie on middles of the format, which balls never leave."""
    truth = truth_of("hardsigmoid", BFLOAT16)
    key = key_of(BFLOAT16, Fraction(1))
    assert settle(truth, key, Fraction(1, 6)).error[0] == 0
    relu = truth_of("square", FLOAT16)  # 2x is a number wherever it is finite
    assert settle(relu, key_of(FLOAT16, Fraction(3)), Fraction(6)).error == (0, 0)


def test_a_value_that_stays_open_is_an_error_and_no_guess(monkeypatch):
    truth = truth_of("sigmoid", FLOAT16)
    monkeypatch.setattr(truth, "at", lambda key, bits: (Fraction(1, 10), Fraction(2, 10)))
    with pytest.raises(Ambiguous, match="do not tell"):
        settle(truth, 100, Fraction(0))


def test_tallies_of_parts_add_up_to_that_of_the_whole_in_any_order():
    truth = truth_of("mish", BFLOAT16)
    low, high = -17000, 17000
    values = values_of_bits(BFLOAT16, bits_of_keys(BFLOAT16, low, high))
    got = np.where(np.abs(values) > 100, np.nan, values * 0.37)
    whole = compare(truth, low, high, got, LARGE)
    cuts = [low, -9000, -1, 3, 8000, high]
    parts = [compare(truth, a, b, got[a - low : b - low], LARGE) for a, b in pairwise(cuts)]
    for order in (parts, parts[::-1]):
        total = sum(order, start=Tally())
        for kind in ("inputs", "correct", "above_1", "nan", "zero", "wrong_sign"):
            assert getattr(total, kind) == getattr(whole, kind), kind
        for kind in ("ulp", "absolute"):
            assert getattr(total, kind).key == getattr(whole, kind).key


def test_the_worst_of_two_is_the_larger_and_of_equals_the_one_nearest_to_0():
    assert Worst(2.0, 5) + Worst(3.0, -9) == Worst(3.0, -9) == Worst(3.0, -9) + Worst(2.0, 5)
    assert Worst(2.0, 5) + Worst(2.0, -4) == Worst(2.0, -4) == Worst(2.0, -4) + Worst(2.0, 5)
    assert Worst() + Worst(0.0, 7) == Worst(0.0, 7)
