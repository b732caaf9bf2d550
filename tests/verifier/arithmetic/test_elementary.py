"""The integer functions: the stated error holds against Arb, and it is as small as promised."""

import random
from functools import partial

import pytest
from flint import arb
from mpmath.libmp import fone, fzero

from certify.verifier.arithmetic import elementary as el
from certify.verifier.arithmetic.interval import Unbounded, exponent
from tests.verifier.reference import BITS, arb_precision, component, exact, number

CONSTANTS = {
    "pi": (el.pi_fixed, arb.pi),
    "log2": (el.log2_fixed, arb.const_log2),
    "half_pi": (el.half_pi_fixed, lambda: arb.pi() / 2),
}


@pytest.mark.parametrize("name", CONSTANTS)
def test_constants_are_within_one_unit(name):
    fixed, true = CONSTANTS[name]
    for places in (*range(40), *range(50, 3000, 61), 9000):
        with arb_precision(places + 100):
            assert abs(fixed(places) - true() * arb((1, places))) <= 1, f"{name} at {places} places"


def near_multiple(rng, bits, constant):
    """A few units, of up to 3*bits places, from a multiple of the constant."""
    places, multiple = rng.choice((40, bits, 3 * bits)), rng.getrandbits(rng.choice((3, 60)))
    with arb_precision(places + 200):
        scaled = rng.choice((-1, 1)) * multiple * constant() * arb((1, places))
        nearest = int(scaled.mid().floor().unique_fmpz())
    return number(nearest + rng.randint(-1, 2), -places)


def near_reduction(rng, bits):
    """A few units from a power of two, or 2/3 or 4/3 of one."""
    man = rng.choice((1 << bits, (1 << bits + 1) // 3, (1 << bits + 2) // 3))
    return number(man + rng.randint(-1, 1), rng.choice((0, 0, 1, -1, 60, -60, 900)) - bits)


def positive(x):
    return (0, *x[1:]) if x != fzero else fone


ROWS = {  # integer, error, exponent, function
    "exp": lambda V, error, e: [(V, error, e, arb.exp)],
    "sin_cos": lambda S, C, error, w: [(S, error, -w, arb.sin), (C, error, -w, arb.cos)],
    "log": lambda L, error, w: [(L, error, -w, arb.log)],
    "atan": lambda A, error, w: [(A, error, -w, arb.atan)],
}
ARGUMENTS = {
    "exp": [partial(component, most=64), partial(near_multiple, constant=arb.const_log2)],
    "sin_cos": [partial(component, most=64), partial(near_multiple, constant=arb.pi)],
    "log": [lambda rng, bits: positive(component(rng, bits)), near_reduction],
    "atan": [component],
}
SIZE = {  # what the error is relative to, x being the argument and y the value
    arb.exp: lambda x, y: y,
    arb.sin: lambda x, y: abs(x).min(arb(1)),
    arb.cos: lambda x, y: arb(1),
    arb.log: lambda x, y: abs(x - 1).min(arb(1)) if x != 1 else arb(1),
    arb.atan: lambda x, y: abs(x).min(arb(1)),
}


@pytest.mark.parametrize("bits", [10, *BITS])
@pytest.mark.parametrize("name", ROWS)
def test_the_value_is_within_the_error_and_the_error_below_the_last_bit(name, bits):
    rng = random.Random(f"{name} {bits}")
    for _ in range(250_000 // (bits + 500)):
        x = rng.choice(ARGUMENTS[name])(rng, rng.choice((bits, 3 * bits)))
        for value, error, e, function in ROWS[name](*getattr(el, f"{name}_fixed")(x, bits)):
            with arb_precision(6 * bits + 400 + (abs(exponent(x)) if x != fzero else 0)):
                true, unit = function(exact(x)), arb((1, e))
                assert true.rad() < unit / 2**20
                assert abs(true - value * unit) <= error * unit, f"{function} of {x}, {bits} bits"
                # where the value is small, at most twice the bits are spent
                size = SIZE[function](exact(x), true).max(arb((1, -bits)))
                assert error * unit < size * arb((1, 1 - bits)), f"{function} of {x}, {bits} bits"


@pytest.mark.parametrize("fixed", [el.exp_fixed, el.sin_cos_fixed])
def test_arguments_too_large_to_reduce_are_refused(fixed):
    fixed(number(2**64 - 1), 53)
    for x in (number(1, 64), number(-1, 64), number(1, 2**50), number(-1, 2**50)):
        with pytest.raises(Unbounded):
            fixed(x, 53)


@pytest.mark.parametrize(("name", "man"), [("exp", 1), ("sin_cos", 1), ("atan", 1), ("atan", 5), ("log", 5)])
def test_numbers_of_extreme_size_cost_nothing(name, man):
    for x in (number(sign * man, power) for sign in (1, -1) for power in (2**60, -(2**60))):
        if (name == "log" and x[0]) or (name in ("exp", "sin_cos") and x[2] > 0):
            continue
        for value, error, e, function in ROWS[name](*getattr(el, f"{name}_fixed")(x, 53)):
            with arb_precision(300):
                true = function(exact(x))
                assert abs(true - value * arb((1, e))) <= error * arb((1, e)), f"{function} of {x}"
