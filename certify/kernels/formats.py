"""Floating-point formats: their finite numbers in order, and rounding to them, exactly.

A finite number of a format has a *key*: its place in the order of all of them, 0 for +0 and -1
for -0, so that neighbours have neighbouring keys.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from certify.errors import UsageError


class Format(NamedTuple):
    """An IEEE format: precision in bits with the hidden one, and the exponents of its normals."""

    name: str
    width: int  # bits of a number
    precision: int
    least: int  # the exponent of the least normal number, 2**least
    greatest: int  # the exponent of the greatest finite number's binade

    @property
    def keys(self) -> tuple[int, int]:
        """The first key and the one after the last."""
        count = self.infinity
        return -count, count

    @property
    def infinity(self) -> int:
        """The bits of +infinity, which is the number of finite numbers of one sign."""
        return (self.greatest - self.least + 2) << (self.precision - 1)

    @property
    def tiny(self) -> Fraction:
        """The least positive number."""
        return Fraction(2) ** (self.least - self.precision + 1)

    def ulp(self, value: Fraction) -> Fraction:
        """The spacing of the format's numbers in the binade of a value; the least of all at 0."""
        return Fraction(2) ** (max(_exponent(value), self.least) - self.precision + 1)

    def nearest(self, value: Fraction) -> Fraction | None:
        """The value rounded to nearest, ties to even; None where that is an infinity."""
        unit = self.ulp(value)
        rounded = round(value / unit) * unit
        return None if abs(rounded) >= Fraction(2) ** (self.greatest + 1) else rounded


BFLOAT16 = Format("bfloat16", 16, 8, -126, 127)
FLOAT16 = Format("float16", 16, 11, -14, 15)
FLOAT32 = Format("float32", 32, 24, -126, 127)
FLOAT64 = Format("float64", 64, 53, -1022, 1023)  # too many to try: a sample
FORMATS = {f.name: f for f in (BFLOAT16, FLOAT16, FLOAT32, FLOAT64)}


def format_of(name: str) -> Format:
    """The format of that name; UsageError for another."""
    if name not in FORMATS:
        raise UsageError(f"dtype {name!r}: {', '.join(FORMATS)}")
    return FORMATS[name]


def _exponent(value: Fraction) -> int:
    """e with 2**e <= |value| < 2**(e + 1); far below every format for 0."""
    if value == 0:
        return -(10**6)
    numerator, denominator = abs(value.numerator), value.denominator
    e = numerator.bit_length() - denominator.bit_length()
    return e if abs(value) >= Fraction(2) ** e else e - 1


# --- keys -------------------------------------------------------------------------------


def value(form: Format, key: int) -> Fraction:
    """The number of a key."""
    magnitude = key if key >= 0 else -1 - key
    field, mantissa = divmod(magnitude, 1 << (form.precision - 1))
    if field == 0:
        found = mantissa * form.tiny
    else:
        found = (mantissa + (1 << (form.precision - 1))) * form.tiny * 2 ** (field - 1)
    return found if key >= 0 else -found


def key_of(form: Format, number: Fraction, *, negative: bool = False) -> int:
    """The key of a number of the format; of -0 where it is 0 and negative.  UsageError for another."""
    key = key_from(form, abs(number))
    if key >= form.infinity or value(form, key) != abs(number):
        raise UsageError(f"{number} is no {form.name}")
    return -1 - key if number < 0 or negative else key


def key_above(form: Format, point: Fraction) -> int:
    """The key of the least number that is more than the point, or one past the last."""
    low, high = form.keys
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if value(form, middle) > point else (middle + 1, high)
    return low


def key_from(form: Format, point: Fraction) -> int:
    """The key of the least number that is no less than the point: for 0 that of +0."""
    if point == 0:
        return 0
    low, high = form.keys
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if value(form, middle) >= point else (middle + 1, high)
    return low
