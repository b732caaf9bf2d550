"""Exact numbers as text: decimals and fractions in, the shortest exact text out.

No float passes through here.  Sizes are bounded before any big integer is made, so that
`1e999999999` costs nothing.
"""

from __future__ import annotations

import re
from fractions import Fraction

from certify.language.errors import NumberError

MAX_DIGITS = 4000  # digits of a numerator or denominator, written out in full
MAX_EXPONENT = 4000  # decimal exponent

_FRACTION = re.compile(r"(-?[0-9]+)/([0-9]+)\Z")
_DECIMAL = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?\Z")


def parse_number(text: str) -> Fraction:
    """The exact value of an integer, decimal (`0.1`, `1e-30`) or fraction (`1/3`).

    Raises NumberError on anything else, on a zero denominator, and beyond MAX_DIGITS
    digits or MAX_EXPONENT decimal exponent.
    """
    if len(text) > 2 * MAX_DIGITS:
        raise NumberError(f"a number of {len(text)} characters, at most {2 * MAX_DIGITS} are read")
    fraction = _FRACTION.match(text)
    if fraction:
        numerator, denominator = fraction.groups()
        _check_digits(numerator, denominator)
        if int(denominator) == 0:
            raise NumberError(f"{text!r} has denominator 0")
        return Fraction(int(numerator), int(denominator))
    decimal = _DECIMAL.match(text)
    if not decimal:
        raise NumberError(f"{text!r} is not an exact number: write an integer, 0.1, 1e-3 or 1/3")
    sign, whole, part, exponent = decimal.groups()
    digits = whole + (part or "")
    _check_digits(digits)
    if exponent and (len(exponent) > 6 or abs(int(exponent)) > MAX_EXPONENT):
        raise NumberError(f"exponent {exponent} in a number, at most {MAX_EXPONENT} is read")
    scale = int(exponent or 0) - len(part or "")
    if len(digits.lstrip("0")) + max(scale, 0) > MAX_DIGITS or -scale > MAX_DIGITS:
        raise NumberError(f"a number of more than {MAX_DIGITS} digits")
    magnitude = int(digits)
    value = Fraction(magnitude * 10**scale) if scale >= 0 else Fraction(magnitude, 10**-scale)
    return -value if sign else value


def _check_digits(*texts: str) -> None:
    longest = max(len(text) for text in texts)
    if longest > MAX_DIGITS:
        raise NumberError(f"a number of {longest} digits, at most {MAX_DIGITS} are read")


def format_number(value: Fraction) -> str:
    """The shorter of the exact decimal and the fraction in lowest terms; decimal on a tie."""
    fraction = str(value)
    decimal = format_decimal(value)
    if decimal is None or len(decimal) > len(fraction):
        return fraction
    return decimal


def format_decimal(value: Fraction) -> str | None:
    """The exact decimal, where there is one."""
    places = _decimal_places(value.denominator)
    if places is None:
        return None
    digits = str(abs(value.numerator) * (10**places // value.denominator))
    sign = "-" if value < 0 else ""
    stripped = digits.rstrip("0") or "0"
    exponent = len(digits) - len(stripped) - places
    if value == 0 or -6 <= len(stripped) + exponent <= 12:
        return sign + _plain(stripped, exponent)
    return f"{sign}{stripped[0]}{'.' + stripped[1:] if stripped[1:] else ''}e{len(stripped) + exponent - 1}"


def _plain(digits: str, exponent: int) -> str:
    if exponent >= 0:
        return digits + "0" * exponent
    padded = digits.rjust(1 - exponent, "0")
    return f"{padded[:exponent]}.{padded[exponent:]}"


def _decimal_places(denominator: int) -> int | None:
    """The least k with denominator | 10**k, or None where no short one exists."""
    twos = (denominator & -denominator).bit_length() - 1
    rest = denominator >> twos
    if twos > MAX_EXPONENT or rest.bit_length() > 3 * MAX_EXPONENT:
        return None
    fives = 0
    while rest % 5 == 0:
        rest //= 5
        fives += 1
    return max(twos, fives) if rest == 1 and fives <= MAX_EXPONENT else None


def describe(value: Fraction) -> str:
    """Text for a message: exact where that is short, else about the value, marked ~."""
    if max(value.numerator.bit_length(), value.denominator.bit_length()) <= 3 * MAX_EXPONENT:
        text = format_number(value)
        if len(text) <= 20:
            return text
    if value == 0:
        return "0"
    unit = power_of_ten_below(abs(value))
    digits = round(value / unit * 1000)
    mantissa = f"{digits / 1000:g}"
    exponent = len(str(unit.numerator)) - len(str(unit.denominator)) if _printable(unit) else None
    if exponent is None:
        return "a number of extreme size"
    return f"~{mantissa}e{exponent}" if abs(exponent) > 4 else f"~{float(value):.6g}"


def describe_outward(lo: Fraction, hi: Fraction) -> str:
    """[lo, hi] for a message: ends that are not short are rounded outward, marked ~."""
    return f"[{_describe_end(lo, down=True)}, {_describe_end(hi, down=False)}]"


def _describe_end(value: Fraction, *, down: bool) -> str:
    text = describe(value)
    if not text.startswith("~"):
        return text
    quantum = power_of_ten_below(abs(value)) / 10**5
    steps = value // quantum if down else -((-value) // quantum)
    return "~" + format_number(steps * quantum)


def _printable(value: Fraction) -> bool:
    return max(value.numerator, value.denominator).bit_length() < 3 * MAX_EXPONENT


def round_outward(low: Fraction, high: Fraction, quantum: Fraction) -> tuple[Fraction, Fraction]:
    """The least interval with ends on the grid `quantum * Z` that contains [low, high]."""
    return (low // quantum) * quantum, -((-high) // quantum) * quantum


def round_up(value: Fraction, digits: int = 2) -> Fraction:
    """The least decimal with `digits` significant digits that is >= value >= 0."""
    if value <= 0:
        return Fraction(0)
    places = digits - 1 - _decimal_exponent(value)
    p, q = value.numerator, value.denominator
    if places < 0:
        return Fraction(-(-p // (q * 10**-places)) * 10**-places)
    return Fraction(-(-p * 10**places // q), 10**places)


def power_of_ten_below(value: Fraction) -> Fraction:
    """The largest power of ten <= value, for value > 0."""
    exponent = _decimal_exponent(value)
    return Fraction(10**exponent) if exponent >= 0 else Fraction(1, 10**-exponent)


def _decimal_exponent(value: Fraction) -> int:
    """The e with 10**e <= value < 10**(e + 1), for value > 0."""
    p, q = value.numerator, value.denominator
    e = (p.bit_length() - q.bit_length()) * 30103 // 100000  # at most one off, by 1/log2(10) = 0.30103
    while p * 10 ** max(0, -e) < q * 10 ** max(0, e):
        e -= 1
    while p * 10 ** max(0, -e - 1) >= q * 10 ** max(0, e + 1):
        e += 1
    return e
