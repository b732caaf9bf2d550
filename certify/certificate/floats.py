"""Floating-point formats: their finite numbers in order, and rounding to them, exactly.

A finite number of a format has a *key*: its place in the order of all of them, 0 for +0 and -1
for -0, so that neighbours have neighbouring keys.  An infinity is reckoned with as +-2**(greatest + 1),
the number that would come after the last.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from hashlib import sha256
from math import isfinite, isnan
from typing import NamedTuple

from certify.language.errors import UsageError


class Format(NamedTuple):
    """An IEEE format: precision in bits with the hidden one, and the exponents of its normals."""

    name: str
    width: int  # bits of a number
    precision: int
    least: int  # the exponent of the least normal number, 2**least
    greatest: int  # the exponent of the greatest finite number's binade

    def __reduce__(self) -> tuple[Callable[[str], Format], tuple[str]]:
        """Each format is one object in every process."""
        return format_of, (self.name,)

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

    @property
    def beyond(self) -> Fraction:
        """What stands for +infinity: every finite number is less."""
        return Fraction(2) ** (self.greatest + 1)

    def ulp(self, value: Fraction) -> Fraction:
        """The spacing of the format's numbers in the binade of a value: the least of all at 0, the
        greatest beyond the last number."""
        binade = min(max(_exponent(value), self.least), self.greatest)
        return Fraction(2) ** (binade - self.precision + 1)

    def nearest(self, value: Fraction) -> Fraction:
        """The value rounded to nearest, ties to even; +-beyond where that is an infinity."""
        unit = self.ulp(value)
        rounded = round(value / unit) * unit
        if abs(rounded) < self.beyond:
            return rounded
        return self.beyond if rounded > 0 else -self.beyond


BFLOAT16 = Format("bfloat16", 16, 8, -126, 127)
FLOAT16 = Format("float16", 16, 11, -14, 15)
FLOAT32 = Format("float32", 32, 24, -126, 127)
FLOAT64 = Format("float64", 64, 53, -1022, 1023)  # too many to try: a sample
FORMATS = {f.name: f for f in (BFLOAT16, FLOAT16, FLOAT32, FLOAT64)}


SAMPLE = 2  # numbers of a binade of binary64, of each sign


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


def key_below(form: Format, point: Fraction) -> int:
    """The key of the greatest number that is less than the point."""
    return -2 if point == 0 else key_from(form, point) - 1


def sampled(start: int, stop: int) -> list[int]:
    """The keys, start <= key < stop, of the sample of binary64: SAMPLE numbers of each binade, the
    subnormals being one, and their negatives.  Their last 52 bits are the first 52 of the sha256 of
    "certify FIELD I", FIELD being the exponent's bits and I counting from 0."""
    form, keys = FLOAT64, []
    binade = 1 << (form.precision - 1)
    for field in range(form.infinity // binade):
        for i in range(SAMPLE):
            digest = sha256(f"certify {field} {i}".encode()).digest()
            magnitude = field * binade + (int.from_bytes(digest[:7], "big") >> 4)
            keys += [magnitude, -1 - magnitude]
    return sorted(key for key in keys if start <= key < stop)


# --- outputs ----------------------------------------------------------------------------


class KernelOutput(NamedTuple):
    """An input's key, and what a kernel returns there.

    got   the number; None where it is not finite
    text  the same as a hexadecimal float, or nan, inf, -inf
    """

    key: int
    got: Fraction | None
    text: str


def output(key: int, number: float) -> KernelOutput:
    """The record of an output, a number of the format held in binary64."""
    if isfinite(number):
        return KernelOutput(key, Fraction(number), hexadecimal(number))
    return KernelOutput(key, None, "nan" if isnan(number) else "inf" if number > 0 else "-inf")


def hexadecimal(number: float) -> str:
    """A finite binary64 number as 0x1.8p+3, without zeros at the end."""
    mantissa, _, exponent = number.hex().partition("p")
    return f"{mantissa.rstrip('0').rstrip('.') if '.' in mantissa else mantissa}p{exponent}"
