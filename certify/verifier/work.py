"""How much work a file may ask for, counted in operations times what their sizes cost.

One unit is about a microsecond of a core of 2025, but nothing here looks at a clock: what a
file costs is a function of the file.  A file beyond MAX_WORK is rejected, since what is not
verified proves nothing.
"""

from __future__ import annotations

from math import isqrt

from certify.language.errors import Rejected

MAX_WORK = 24_000_000  # units, of one file


class Work:
    """What the verification of one file has cost so far."""

    def __init__(self) -> None:
        self.spent = 0

    def spend(self, units: int) -> None:
        """Count units before they are worked; Rejected where they are too many."""
        self.spent += units
        if self.spent > MAX_WORK:
            raise Rejected("work", f"at least {self.spent} units to verify", f"at most {MAX_WORK}")


# --- the model --------------------------------------------------------------------------


def operation(bits: int) -> int:
    """An interval operation on numbers of so many bits."""
    return 4 + bits * isqrt(bits) // 9_000


def exact(bits: int) -> int:
    """An operation on fractions of so many bits: its greatest common divisor."""
    return 2 + bits * bits // 400_000


_ARITHMETIC = {"neg": 1, "add": 3, "sub": 3, "mul": 7, "div": 13, "sqrt": 16}
_EXP = ("exp", "expm1", "sinh", "cosh", "tanh", "sin", "cos", "tan", "sigmoid")
_INVERSE = ("asin", "acos", "atan", "asinh", "acosh", "atanh")
# How many times as much a wide rectangle costs, at whose ends or corners a function is evaluated: measured.
_CORNERS = {
    **dict.fromkeys((*_EXP, "softplus", "sqrt"), 2),
    **dict.fromkeys((*_INVERSE, "tan", "tanh", "sigmoid"), 6),
    "div": 3,
}


def evaluation(function: str, bits: int, *, wide: bool) -> int:
    """A primitive on a rectangle, thin or wide, at so many bits.  erf and erfc come on top, by arguments:
    `erf.erf_work`."""
    corners = _CORNERS.get(function, 1) if wide else 1
    return operation(bits) * _operations(function, bits) * corners


def power(exponent: int, bits: int) -> int:
    """An integer power, by repeated squaring."""
    return operation(bits) * _ARITHMETIC["mul"] * 2 * max(1, exponent.bit_length())


def _operations(function: str, bits: int) -> int:
    exponential, logarithm = 30 + 2 * isqrt(bits) // 3, 30 + bits // 13
    if function in _EXP:
        return exponential
    if function in _INVERSE:
        return 35 + logarithm
    if function in ("log", "log1p"):
        return logarithm
    return _ARITHMETIC.get(function, exponential + logarithm)
