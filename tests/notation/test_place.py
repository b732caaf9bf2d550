"""The caret stands under the place, on a terminal too, whatever the text holds."""

import unicodedata

import pytest

from certify.language.errors import ParseError
from certify.notation.parser import parse
from certify.notation.place import WIDTH, pointed


def columns(text):
    return sum(0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF") for c in text)


def under_the_caret(shown, caret):
    """The text from the column of the caret on."""
    left = columns(caret.rstrip("^"))
    return next(shown[i:] for i in range(len(shown) + 1) if columns(shown[:i]) == left)


PLACES = {
    "at_the_start": ("ln(x) + 1", 1, "ln(x)"),
    "in_the_middle": ("x + ln(x)", 5, "ln(x)"),
    "at_the_end": ("x + ", 4, ""),
    "in_a_long_line": ("x + " * 100 + "ln(x)" + " + x" * 100, 401, "ln(x) + x"),
    "at_the_end_of_a_long_line": ("x + " * 100 + "(x", 403, ""),
    "in_the_second_line": ("x +\n  ln(x) +\n1", 7, "ln(x) +"),
    "after_a_tab": ("x +\tln(x)", 5, "ln(x)"),
    "after_a_control_character": ("\x1b[31m + ln(x)", 9, "ln(x)"),
    "after_wide_letters": ("\u6f22\u5b57 + ln(x)", 6, "ln(x)"),
    "after_a_combining_mark": ("e\u0301 + ln(x)", 6, "ln(x)"),
}


@pytest.mark.parametrize("name", PLACES)
def test_the_caret_stands_under_the_column(name):
    text, column, there = PLACES[name]
    shown, caret = pointed(text, column)
    assert under_the_caret(shown, caret).startswith(there)
    assert columns(shown) <= WIDTH + 12
    assert all(line.isprintable() for line in (shown, caret))


def test_a_line_of_several_is_numbered():
    assert pointed("x +\n  ln(x)\n", 7) == ("  line 2:   ln(x)", "            ^")


@pytest.mark.parametrize("text", ["x + ln(x)", "x y", "2*(x", "x^2"])
def test_an_error_of_a_formula_shows_the_formula_and_the_place(text):
    with pytest.raises(ParseError) as caught:
        parse(text)
    assert tuple(caught.value.__notes__) == pointed(text, caught.value.column)


def test_an_empty_formula_has_no_place_to_show():
    with pytest.raises(ParseError) as caught:
        parse("  ")
    assert not hasattr(caught.value, "__notes__")
