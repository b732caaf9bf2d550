"""The table says where each primitive is defined, and both its readings say the same."""

from fractions import Fraction

import pytest

from certify.language.functions import OFF_POLES, OFF_ZERO, PRIMITIVES, PROVER_ONLY
from certify.language.side_conditions import needed, side_conditions
from certify.language.terms import Apply, Variable, rational_value
from certify.notation.parser import parse

F = Fraction
X = Variable()

NEEDED = {
    "1/x": ("x", "!= 0"),
    "x**-3": ("x", "!= 0"),
    "x**(1/2)": ("x", "> 0"),
    "log(x)": ("x", "> 0"),
    "sqrt(x)": ("x", "> 0"),
    "log1p(x)": ("x", "> -1"),
    "acosh(x)": ("x", "> 1"),
    "asin(x)": ("x", "in (-1, 1)"),
    "acos(x)": ("x", "in (-1, 1)"),
    "atanh(x)": ("x", "in (-1, 1)"),
    "tan(x)": ("cos(x)", "!= 0"),
    "erfinv(x)": ("x", "in (-1, 1)"),
    "lgamma(x)": ("x", "> 0"),
}
SIGNS = {
    "1/x": {("x", False)},
    "log1p(x)": {("1 + x", True)},
    "acosh(x)": {("x - 1", True)},
    "atanh(x)": {("1 + x", True), ("1 - x", True)},
    "tan(x)": {("cos(x)", False)},
    "x**3": set(),
    "x**0": set(),
    "abs(x)": set(),
}


@pytest.mark.parametrize("text", NEEDED)
def test_a_node_needs_what_the_table_says_of_its_argument(text):
    term, need = needed(parse(text))
    assert (term, need.words) == (parse(NEEDED[text][0]), NEEDED[text][1])


def test_every_other_primitive_needs_nothing():
    rows = {parse(text).function for text in NEEDED} | {"digamma", "trigamma", "gamma"}
    for name in set(PRIMITIVES) - rows:
        assert needed(Apply(name, (X,) * PRIMITIVES[name].arity)) is None
        assert PRIMITIVES[name].needs == ""


def test_words_without_bounds_are_said_of_the_provers_functions_only():
    said = {
        name
        for name, row in PRIMITIVES.items()
        if row.need and row.need != OFF_ZERO and row.need.low is None and row.need.high is None
    }
    assert said == {name for name, row in PRIMITIVES.items() if row.need == OFF_POLES}
    assert said <= PROVER_ONLY


@pytest.mark.parametrize("text", SIGNS)
def test_a_condition_is_one_on_signs(text):
    assert {tuple(c) for c in side_conditions(parse(text))} == {(parse(t), p) for t, p in SIGNS[text]}


ON_RATIONALS = [text for text in NEEDED if text not in ("tan(x)", "erfinv(x)", "lgamma(x)")]


@pytest.mark.parametrize("text", ON_RATIONALS)
def test_the_signs_are_those_of_the_interval(text):
    _, need = needed(parse(text))
    low, high = (F(-9) if need.low is None else need.low, F(9) if need.high is None else need.high)
    for value in (F(-2), F(-1), F(-1, 2), F(0), F(1, 3), F(1), F(4, 3)):
        inside = value != 0 if need == OFF_ZERO else low < value < high
        signs = [(rational_value(c.term, value), c.positive) for c in side_conditions(parse(text))]
        assert all(sign > 0 if positive else sign != 0 for sign, positive in signs) == inside
