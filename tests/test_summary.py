"""The sentences say what the certificates hold."""

from fractions import Fraction

import pytest

from certify import summary
from certify.catalogue import read_entries
from certify.certificate import encode_statement
from certify.enclosure.prover import prove
from certify.language.numbers import parse_number
from certify.verdict import Obstruction, Statistics, Undecided


def proved(function, derivative, tol="1e-20", rtol="0", kinks=""):
    text = f"[a]\nfunction = '{function}'\nderivative = '{derivative}'\ndomain = '-1,1'\nkinks = [{kinks}]"
    spec = read_entries(text, "")["a"].spec(atol=parse_number(tol), rtol=parse_number(rtol))
    return prove(spec, 4096)


SAID = {
    "the_theorem": (("sigmoid(x)", "y*(1 - y)"), "For every real x in [-1, 1], f is differentiable at x"),
    "the_kinks_left_out": (("max(x, 1/3)", "where(x > 1/3, 1, 0)"), "x in [-1, 1] other than 1/3, f"),
    "a_value_between": (("abs(x)", "sign(x)"), "derivatives ~-1 and ~1;\n    s there is 0, a value between"),
    "a_value_outside": (
        ("abs(x)", "where(x < 0, -1, where(x > 0, 1, 3))"),
        "one-sided derivatives ~-1 and ~1,\n    s(x) is in [3, 3], further than the allowed 1e-20",
    ),
    "a_value_that_is_not_the_stated_one": (
        ("abs(x)", "sign(x)", "1e-20", "0", "{ at = '0', value = '1/3' }"),
        "s(x) is in [0, 0], not the stated 1/3 to 1e-20",
    ),
    "a_jump": (
        ("where(x > 0, 1, -2)", "0", "1e-20", "0", "{ at = '0', verdict = 'jump' }"),
        "f jumps from -2 to 1: no derivative exists; s there is 0.",
    ),
    "both_tolerances": (("sin(x)", "cos(x)", "1e-9", "1/3"), "<= 1e-9 + 1/3*|f'(x)|"),
    "a_relative_tolerance": (("exp(x)", "y", "0", "1e-9"), "<= 1e-9*|f'(x)|,"),
    "a_tiny_tolerance_exactly": (("x", "1", "1e-400"), "|f'(x) - s(x)| <= 1e-400,"),
    "one_tile": (("x", "1"), "  1 tile, "),
    "a_refutation": (("x*x", "3"), "further apart than the allowed 1e-20, where\n      f(x) = x*x"),
}


@pytest.mark.parametrize("name", SAID)
def test_says(name):
    arguments, sentence = SAID[name]
    assert sentence in "\n".join(summary.lines(proved(*arguments)))


def test_only_five_of_many_obstructions_are_shown():
    found = tuple(Obstruction(Fraction(i), Fraction(i + 1), "why", "hint") for i in range(12))
    shown = summary.obstructions(Undecided(proved("x", "1").spec, found, Statistics(0, 0, 0, 0.0)))
    assert (shown[0], shown[1], shown[-1]) == ("on [0, 1]: why", "  what would help: hint", "and 7 more")


def test_json_holds_exact_numbers_as_strings():
    verdict = proved("max(x, 1/3)", "where(x > 1/3, 1, 0)", "1/7")
    record = summary.as_json(verdict, "there.json")
    assert (record["verdict"], record["verified"], record["atol"]) == ("proved, not verified", False, "1/7")
    assert record["certificate"] == "there.json"
    assert record["kinks"] == [{"at": "1/3", "verdict": "subgradient"}]
    assert record["statement"] == encode_statement(verdict.spec)
    assert 0 <= parse_number(record["residual"]) <= Fraction(1, 7)


def test_json_of_a_refutation_holds_intervals_that_are_apart():
    witness = summary.as_json(proved("x*x", "2*x + 1e-6"), None)["witness"]
    slope, spec = ([parse_number(end) for end in witness[key]] for key in ("slope", "spec"))
    assert slope[0] <= 2 * parse_number(witness["x"]) <= slope[1] < spec[0] <= spec[1]
