"""Arrays of a format's numbers: by key, rounded, and their spacing.

Values are held in binary64, which holds every number of these formats exactly.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from certify.certificate.floats import FLOAT16, FLOAT32, Format

Array = Any  # a numpy array


def bits_of_keys(form: Format, start: int, stop: int) -> Array:
    """The bit patterns of the numbers with keys start <= key < stop, as unsigned integers."""
    kind: Any = {16: np.uint16, 32: np.uint32}[form.width]
    middle = min(max(start, 0), stop)
    above = np.arange(middle, stop, dtype=kind)
    if start >= 0:
        return above
    sign = 1 << (form.width - 1)
    below = np.arange(sign - 1 - start, sign - 1 - middle, -1, dtype=kind)
    return np.concatenate((below, above)) if len(above) else below


def bits_of_sample(keys: list[int]) -> Array:
    """The bit patterns of these binary64 numbers."""
    return np.array([key if key >= 0 else (-1 - key) | 1 << 63 for key in keys], dtype=np.uint64)


def values_of_bits(form: Format, bits: Array) -> Array:
    """The numbers of these bit patterns, in binary64, exactly."""
    if form is FLOAT32:
        return bits.view(np.float32).astype(np.float64)
    if form is FLOAT16:
        return bits.view(np.float16).astype(np.float64)
    return (bits.astype(np.uint32) << np.uint32(16)).view(np.float32).astype(np.float64)


def spacing(form: Format, values: Array) -> Array:
    """ulp of each value, a number of the format or an infinity: a power of two, exactly."""
    if form is FLOAT32:  # by the exponent field: subnormals have 0 there and the spacing of 1
        bits = values.astype(np.float32, copy=False).view(np.uint32)
        field = np.clip((bits >> np.uint32(23)) & np.uint32(255), 1, 254).astype(np.int64)
        return ((field + (1023 - 127 - 23)) << 52).view(np.float64)
    _, exponent = np.frexp(values)  # |value| = m*2**exponent, 1/2 <= m < 1; 0 and inf have exponent 0
    low, high = form.least - form.precision + 1, form.greatest - form.precision + 1
    unit = np.where(values == 0, low, np.clip(exponent - form.precision, low, high))
    return np.ldexp(np.float64(1), np.where(np.isinf(values), high, unit))


def rounded(form: Format, values: Array) -> Array:
    """Each value rounded to nearest, ties to even; exact in binary64, or in float32 for that format.

    Scaling by a power of two is exact, but where values are below 2**-1000, far under the half of the
    least number, and rint is exact.  A value at or beyond 2**greatest*(2 - ulp/2) becomes an infinity.
    """
    if form is FLOAT32:
        with np.errstate(over="ignore"):
            return values.astype(np.float32)
    unit = spacing(form, values)
    nearest = np.rint(values / unit) * unit
    limit = np.ldexp(np.float64(1), form.greatest + 1)
    return np.where(np.abs(nearest) >= limit, np.copysign(np.inf, values), nearest)
