"""Keys, spacing and rounding of the formats, against the hardware's and another library's."""

import pickle
from fractions import Fraction

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from certify.certificate.floats import (
    BFLOAT16,
    FLOAT16,
    FLOAT32,
    format_of,
    key_above,
    key_from,
    key_of,
    value,
)
from certify.kernels.arrays import bits_of_keys, rounded, spacing, values_of_bits
from certify.language.errors import UsageError

DTYPES = {"bfloat16": ml_dtypes.bfloat16, "float16": np.float16, "float32": np.float32}
FORMATS = {form.name: form for form in (BFLOAT16, FLOAT16, FLOAT32)}


@pytest.mark.parametrize("form", [BFLOAT16, FLOAT16], ids=lambda form: form.name)
def test_keys_are_all_finite_numbers_in_order(form):
    bits = bits_of_keys(form, *form.keys)
    values = values_of_bits(form, bits)
    assert np.isfinite(values).all()
    assert (np.diff(values) >= 0).all()
    assert len(set(bits.tolist())) == len(bits) == 2 * form.infinity
    reference = bits.view(DTYPES[form.name]).astype(np.float64)
    assert (values == reference).all()
    assert np.isinf(np.uint16(form.infinity).view(DTYPES[form.name]).astype(np.float64))


@pytest.mark.parametrize("form", FORMATS.values(), ids=lambda form: form.name)
def test_a_key_its_value_and_its_bits_agree(form):
    low, high = form.keys
    for key in (low, low + 1, -2, -1, 0, 1, 12345, high - 1):
        exact = value(form, key)
        (held,) = values_of_bits(form, bits_of_keys(form, key, key + 1))
        assert Fraction(float(held)) == exact
        assert key_of(form, exact, negative=key < 0) == key


@pytest.mark.parametrize("form", FORMATS.values(), ids=lambda form: form.name)
def test_a_range_of_keys_is_the_same_in_one_piece_and_in_two(form):
    whole = bits_of_keys(form, -1000, 1000)
    parts = np.concatenate(
        (bits_of_keys(form, -1000, -3), bits_of_keys(form, -3, 5), bits_of_keys(form, 5, 1000))
    )
    assert (whole == parts).all()


def test_the_neighbours_of_a_point():
    third = Fraction(1, 3)
    for form in FORMATS.values():
        above = key_above(form, third)
        assert key_from(form, third) == above
        assert value(form, above - 1) < third < value(form, above)
        assert (key_from(form, Fraction(1)), key_above(form, Fraction(1)) - 1) == (
            key_of(form, Fraction(1)),
        ) * 2
        with pytest.raises(UsageError):
            key_of(form, third)


@pytest.mark.parametrize("form", FORMATS.values(), ids=lambda form: form.name)
def test_a_format_is_one_object_in_every_process(form):
    assert pickle.loads(pickle.dumps(form)) is form


def test_an_unknown_format_is_named():
    with pytest.raises(UsageError, match="float8"):
        format_of("float8")


finite = st.floats(min_value=-1e39, max_value=1e39, allow_nan=False)


@given(finite, st.sampled_from(sorted(FORMATS)))
def test_rounding_agrees_with_exact_arithmetic_and_with_another_library(number, name):
    form = FORMATS[name]
    (found,) = rounded(form, np.array([number]))
    exact = form.nearest(Fraction(number))
    assert np.isinf(found) if abs(exact) == form.beyond else Fraction(float(found)) == exact
    if name != "bfloat16":  # the library rounds to bfloat16 by way of float32
        with np.errstate(over="ignore"):
            assert found == np.array([number]).astype(DTYPES[name]).astype(np.float64)[0]


@given(st.integers(0, 2**15), st.sampled_from(sorted(FORMATS)), st.integers(-3, 3))
def test_rounding_at_and_beside_the_middle_of_two_numbers(seed, name, step):
    form = FORMATS[name]
    key = seed * (form.infinity // 2**15)
    middle = (value(form, key) + value(form, key + 1)) / 2 if key + 1 < form.infinity else value(form, key)
    number = float(middle)
    for _ in range(abs(step)):
        number = float(np.nextafter(number, np.inf * step))
    (found,) = rounded(form, np.array([number]))
    exact = form.nearest(Fraction(number))
    assert np.isinf(found) if abs(exact) == form.beyond else Fraction(float(found)) == exact


@pytest.mark.parametrize("form", FORMATS.values(), ids=lambda form: form.name)
def test_spacing_is_that_of_the_numbers(form):
    high = form.keys[1]
    keys = [0, 1, 2, 5, 1000, form.infinity // 2, high - 2]
    numbers = rounded(form, np.array([float(value(form, key)) for key in keys]))
    for key, unit in zip(keys, spacing(form, numbers), strict=True):
        assert Fraction(float(unit)) == value(form, key + 1) - value(form, key) == form.ulp(value(form, key))
