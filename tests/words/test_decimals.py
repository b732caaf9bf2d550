"""Constants as people wrote them, and never shown as what they are not."""

import struct
from decimal import Decimal
from fractions import Fraction

import pytest

from certify.language.printer import print_term
from certify.language.terms import Rational
from certify.notation.parser import parse
from certify.words.decimals import nearest_decimal, rounded_words, show


def float32(value):
    return Fraction(struct.unpack("f", struct.pack("f", value))[0])


def exact(value):
    """The number, as a formula's text."""
    return str(Decimal(float(value)))


NEAREST = {
    "a_double": (Fraction(0.044715), ("0.044715", "float64")),
    "a_long_double": (Fraction(0.7978845608028654), ("0.7978845608028654", "float64")),
    "a_float32": (float32(0.1), ("0.1", "float32")),
    "a_small_one": (Fraction(1e-12), ("1e-12", "float64")),
    "the_smallest": (Fraction(5e-324), ("5e-324", "float64")),
    "below_a_power_of_two": (Fraction(2**53 - 1, 2**53), ("0.9999999999999999", "float64")),
    "above_a_power_of_two": (Fraction(2**52 + 1, 2**52), ("1.0000000000000002", "float64")),
    "short": (Fraction(3, 4), None),
    "an_integer": (Fraction(123456789), None),
    "no_binary_fraction": (Fraction(1, 10), None),
    "of_more_bits": (Fraction(2**60 + 1, 2**70), None),
}


@pytest.mark.parametrize("name", NEAREST)
def test_the_shortest_decimal_that_the_number_is_nearest_to(name):
    value, expected = NEAREST[name]
    assert nearest_decimal(value) == expected


def test_a_power_of_two_is_half_as_far_from_the_number_below():
    """2**-1022 + 2**-1074 and the like, by Python's own correctly rounded reading."""
    for exponent in range(-900, 900, 7):
        for step in (-1, 0, 1):
            value = Fraction(2.0**exponent) + step * Fraction(2) ** (exponent - 52)
            found = nearest_decimal(value)
            if found is not None and found[1] == "float64":
                assert Fraction(float(found[0])) == value
                assert found[0] == repr(float(value))


def test_a_formula_says_which_of_its_decimals_are_rounded():
    f, s = show(parse(f"x*{exact(0.044715)} - 0.5*x")), show(parse(f"-{exact(0.1)}*x"))
    assert (f.text, s.text) == ("x*0.044715 - 0.5*x", "-0.1*x")
    assert rounded_words({"f(x)": f, "s(x)": s}) == [
        "0.044715 and 0.1 are the float64 numbers nearest to these decimals"
    ]


def test_a_decimal_that_another_formula_means_exactly_is_told_apart():
    f, s = show(parse("x*0.044715")), show(parse(f"{exact(0.044715)}"))
    assert (f.text, s.text) == ("x*0.044715", "0.044715")
    assert rounded_words({"f(x)": f, "s(x)": s}) == ["0.044715 in s(x) is the float64 number nearest to it"]


def test_in_one_formula_with_the_decimal_itself_the_number_is_shown_exactly():
    shown = show(parse(f"x*0.044715 - {exact(0.044715)}"))
    assert shown.text == f"x*0.044715 - {print_term(Rational(Fraction(0.044715)))}"
    assert not shown.rounded


def test_formats_are_told_apart():
    shown = show(parse(f"x*{exact(float32(0.1))} - {exact(0.3)}"))
    assert shown.text == "x*0.1 - 0.3"
    assert rounded_words({"f(x)": shown}) == [
        "0.1 is the float32 number nearest to it",
        "0.3 is the float64 number nearest to it",
    ]


def test_two_numbers_of_one_decimal_are_shown_exactly():
    """0.1 at float64 and at float32."""
    shown = show(parse(f"x*{exact(float32(0.1))} - {exact(0.1)}"))
    assert "0.1" not in shown.text
    assert not shown.rounded


def test_without_such_constants_nothing_is_said():
    shown = show(Rational(Fraction(1, 3)))
    assert (shown.text, rounded_words({"f(x)": shown})) == ("1/3", [])
