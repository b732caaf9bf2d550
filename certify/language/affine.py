"""Affine terms, a*x + b with rational a and b, and their exact signs.

A guard that is affine is decided here and nowhere else, for prover and verifier alike.
"""

from __future__ import annotations

from fractions import Fraction

from certify.language.terms import Apply, Rational, Term, Variable, apply_rational, is_short

Line = tuple[Fraction, Fraction]  # (a, b): a*x + b
Bound = Fraction | None  # an end of an interval; None where it is infinite


def affine(term: Term) -> Line | None:
    """(a, b) with term = a*x + b for every x, where exact arithmetic shows it; else None."""
    if isinstance(term, Variable):
        return Fraction(1), Fraction(0)
    if isinstance(term, Rational):
        return Fraction(0), term.value
    if not isinstance(term, Apply):
        return None
    lines = [affine(part) for part in term.arguments]
    known = [line for line in lines if line is not None]
    return combine(term.function, known) if len(known) == len(lines) else None


def combine(function: str, lines: list[Line]) -> Line | None:
    """A primitive of affine arguments, where it is affine: the one step of `affine`."""
    if all(slope == 0 for slope, _ in lines):
        value = apply_rational(function, [offset for _, offset in lines])
        return None if value is None else (Fraction(0), value)
    line = _combined(function, lines)
    return line if line and is_short(line[0]) and is_short(line[1]) else None


def _combined(function: str, lines: list[Line]) -> Line | None:
    (a, b) = lines[0]
    if function == "neg":
        return -a, -b
    if len(lines) < 2:
        return None
    (c, d) = lines[1]
    if function == "add":
        return a + c, b + d
    if function == "sub":
        return a - c, b - d
    if function == "mul" and (a == 0 or c == 0):
        return a * d + b * c, b * d
    if function == "div" and c == 0 and d != 0:
        return a / d, b / d
    return None


# --- signs ------------------------------------------------------------------------------


def sign_between(line: Line, lo: Bound, hi: Bound) -> int | None:
    """The sign of a*x + b on the open interval (lo, hi), 0 if it is 0 on all of it; None where it
    changes, at -b/a.

    Not 0 inside iff it is >= 0 at both ends or <= 0 at both, and not 0 at both.
    """
    left, right = _sign_at(line, lo, -1), _sign_at(line, hi, 1)
    return None if left * right < 0 else left or right


def _sign_at(line: Line, end: Bound, side: int) -> int:
    """At an end, or far out where the end is infinite."""
    slope, offset = line
    return sign(slope * end + offset) if end is not None else sign(slope) * side or sign(offset)


def sign_beside(line: Line, at: Fraction, side: int) -> int:
    """The sign of a*x + b just left of a point (side -1), at it (0), just right of it (1)."""
    slope, offset = line
    return sign(slope * at + offset) or sign(slope) * side


def sign(value: Fraction) -> int:
    return (value > 0) - (value < 0)
