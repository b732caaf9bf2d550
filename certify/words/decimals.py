"""Formulas for people: a constant that is a floating-point number is shown as the decimal that was written.

A certificate holds it exactly, 0.044715 as a fraction over 2^55.  Here it is the shortest decimal to which
it is the nearest float64 or float32, and a line says so of each: no formula is shown as exact that is not.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite

from certify.language.printer import SHORT, print_term
from certify.language.terms import Apply, Parameter, Rational, Term, substitute, subterms

_FORMATS = {"float32": (24, "f"), "float64": (53, "d")}  # bits of the significand, struct's letter
_DIGITS = {"float32": 9, "float64": 17}  # that tell any two numbers of the format apart


@dataclass(frozen=True)
class Shown:
    """A formula's text, of each decimal in it that stands for a number of a format the format, and the
    constants that are what they say."""

    text: str
    rounded: Mapping[str, str]
    exact: frozenset[str]


def show(term: Term) -> Shown:
    """The term's text, with the shortest decimals for its floating-point constants.

    A decimal that would also be another constant's own text is not used: the constant is then shown
    exactly.
    """
    values = {abs(node.value) for node in subterms(term) if isinstance(node, Rational)}
    found = {value: near for value in values if (near := nearest_decimal(value)) is not None}
    exact = {print_term(Rational(value)) for value in values - found.keys()}
    texts = [text for text, _ in found.values()]
    used = {
        value: (text, form)
        for value, (text, form) in found.items()
        if text not in exact and texts.count(text) == 1
    }

    def leaf(node: Term) -> Term:
        if not isinstance(node, Rational) or abs(node.value) not in used:
            return node
        decimal = Parameter(used[abs(node.value)][0])  # a name is printed as it is
        return decimal if node.value > 0 else Apply("neg", (decimal,))

    return Shown(print_term(substitute(term, leaf)), dict(sorted(used.values())), frozenset(exact))


def nearest_decimal(value: Fraction) -> tuple[str, str] | None:
    """The shortest decimal to which a positive number is the nearest of a format, and the format; None for a
    number that is in neither, and for one whose exact decimal is short."""
    exact = print_term(Rational(value))
    if value.denominator & (value.denominator - 1) or ("/" not in exact and len(exact) <= SHORT):
        return None
    form = next((name for name in _FORMATS if _holds(name, value)), None)
    if form is None:
        return None
    for digits in range(1, _DIGITS[form] + 1):
        text = f"{float(value):.{digits}g}"
        if _is_nearest(value, Fraction(text), form):
            return repr(float(text)), form
    return None


def _holds(form: str, value: Fraction) -> bool:
    """Whether the number is one of the format."""
    try:
        nearest = struct.unpack(_FORMATS[form][1], struct.pack(_FORMATS[form][1], float(value)))[0]
    except OverflowError:
        return False
    return isfinite(nearest) and Fraction(nearest) == value


def _is_nearest(value: Fraction, decimal: Fraction, form: str) -> bool:
    """Whether no other number of the format is as near to the decimal."""
    bits = _FORMATS[form][0]
    exponent = value.numerator.bit_length() - value.denominator.bit_length()
    exponent -= Fraction(2) ** exponent > value
    spacing = Fraction(2) ** (exponent + 1 - bits)
    if Fraction(2) ** exponent == value and decimal < value:
        spacing /= 2  # they are twice as dense below a power of two
    return abs(decimal - value) < spacing / 2


def rounded_words(formulas: Mapping[str, Shown]) -> list[str]:
    """What the decimals in the formulas stand for, a line for each format; with the formulas' names where a
    decimal is in another formula what it says."""
    rows: dict[tuple[str, str], set[str]] = {}
    for name, shown in formulas.items():
        for text, form in shown.rounded.items():
            others = [other for other in formulas.values() if other is not shown]
            alike = all(text not in other.exact and other.rounded.get(text, form) == form for other in others)
            rows.setdefault((form, "" if alike else f" in {name}"), set()).add(text)
    return [_sentence(sorted(texts, key=float), where, form) for (form, where), texts in rows.items()]


def _sentence(texts: list[str], where: str, form: str) -> str:
    if len(texts) == 1:
        return f"{texts[0]}{where} is the {form} number nearest to it"
    *first, last = texts
    return f"{', '.join(first)} and {last}{where} are the {form} numbers nearest to these decimals"
