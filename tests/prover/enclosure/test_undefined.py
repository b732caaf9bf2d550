"""Where f is differentiable and s has no value the claim is refuted; where some reader may see a value,
as in sqrt(0), it is not."""

import math
from fractions import Fraction

import pytest

from certify import prove
from certify.certificate.enclosure import Undefined, encode
from certify.certificate.kinks import has_no_value
from certify.language.printer import print_term
from certify.notation.parser import parse
from certify.prover.enclosure.kinks import germs
from certify.prover.verdict import Refuted, Undecided
from certify.verifier.checker import verify

LINE = (None, None)

WITHOUT_A_VALUE = {
    "the_output_over_x": ("x*exp(x)", "y/x + y", (-10, 10), {}),
    "at_an_end_of_the_domain": ("x*exp(x)", "y/x + y", (0, 10), {}),
    "at_no_end_of_a_tile": ("x*exp(x)", "y/x + y", (-3, 7), {}),
    "on_the_line": ("x*exp(x)", "y/x + y", LINE, {}),
    "exactly": ("x*exp(x)", "y/x + y", LINE, {"tol": 0}),
    "at_a_third": ("x*x", "2*x*(3*x - 1)/(3*x - 1)", (-1, 1), {}),
    "for_values_of_a_parameter": ("a*x*x", "2*a*x*(x - a)/(x - a)", LINE, {"parameters": {"a": "(1, 5)"}}),
    "a_quadratic_divisor": ("x*x", "2*x*(x*x - 9/4)/(x*x - 9/4)", (1, 2), {}),
    "a_logarithm": ("x*x", "2*x + 0*log(x)", (-1, 1), {}),
    "a_constant": ("x*x", "2*x + 0*log(-1)", (-1, 1), {}),
    "a_root": ("x*x", "2*x + 0*sqrt(sin(x) - 2)", (-1, 1), {}),
    "an_arcsine": ("x*x", "2*x + 0*asin(x)", (-3, 3), {}),
    "an_even_root_as_a_power": ("x*x", "2*x + 0*x**0.5", (-5, 3), {}),
    "a_negative_power": ("x*x", "2*x + 0*x**-1", (-5, 3), {}),
    "a_seam": ("x*x", "where(x > 0, 2*x, where(x < 0, 2*x, 1/x))", (-5, 3), {}),
}


@pytest.mark.parametrize("name", WITHOUT_A_VALUE)
def test_a_point_without_a_value_refutes(name):
    f, s, domain, options = WITHOUT_A_VALUE[name]
    verdict = prove(f, s, domain, **options)
    assert isinstance(verdict, Refuted)
    witness = verdict.certificate.proof.witness
    assert isinstance(witness, Undefined)
    assert verify(encode(verdict.certificate)) == verdict.certificate
    assert any(witness.at in part for part in verdict.spec.domain)
    assert "has no value: " in str(verdict)
    s = germs(verdict.spec.bound_terms()[1], witness.at)[1]
    with pytest.raises((ZeroDivisionError, ValueError)):
        value_in_python(s, witness.at)


def value_in_python(s, x):
    """s(x) by Python's own arithmetic, which raises where there is no value."""
    names = {key: getattr(math, key) for key in ("exp", "log", "sqrt", "sin", "asin")}
    value = eval(print_term(s), {"__builtins__": {}}, {**names, "x": x})
    if isinstance(value, complex):
        raise ValueError("no real value")
    return value


OPEN = {
    "sqrt_at_0": ("x*x", "2*x + 0*sqrt(x)", (0, 1)),
    "a_cube_root": ("x*x", "2*x + 0*x**(1/3)", (-5, 3)),
    "an_irrational_pole": ("x*x", "2*x*(x*x - 2)/(x*x - 2)", (1, 2)),
    "f_has_none_either": ("log(x)", "1/x", (0, 1)),
    "f_divides_as_well": ("sin(x)/x", "cos(x)/x - sin(x)/x**2", (-1, 1)),
    "a_kink_of_f": ("abs(x)", "x/abs(x)", (-1, 1)),
}


@pytest.mark.parametrize("name", OPEN)
def test_where_some_reader_may_see_a_value_nothing_is_refuted(name):
    assert isinstance(prove(*OPEN[name]), Undecided)


def intervals(*ends):
    return tuple((Fraction(lo), Fraction(hi)) for lo, hi in ends)


EPS = Fraction(1, 10**50)
ROWS = [  # a term, arguments at which it has no value for any reader, arguments at which it may
    ("1/x", [((1, 1), (0, 0))], [((0, 0), (0, EPS)), ((0, 0), (-EPS, 0)), ((0, 0), (1, 1))]),
    ("x**y", [((0, 0), (-2, -1)), ((-2, -1), (Fraction(1, 2), Fraction(1, 2))), ((-1, -EPS), (-1.5, -1.5))],
     [((0, 0), (-1, 0)), ((0, EPS), (-1, -1)), ((-1, 0), (0.5, 0.5)), ((-1, -1), (0.5, 0.75)),
      ((-1, -1), (Fraction(1, 3), Fraction(1, 3))), ((-1, -1), (2, 2)), ((1, 1), (0.5, 0.5))]),
    ("x**-2", [((0, 0), (-2, -2))], [((-EPS, EPS), (-2, -2)), ((-1, -1), (-2, -2))]),
    ("log(x)", [((-1, 0),)], [((-1, EPS),)]),
    ("log1p(x)", [((-2, -1),)], [((-2, -1 + EPS),)]),
    ("sqrt(x)", [((-1, -EPS),)], [((-1, 0),), ((0, 0),)]),
    ("asin(x)", [((1 + EPS, 2),), ((-2, -1 - EPS),)], [((1, 2),), ((-2, -1),), ((-2, 2),)]),
    ("acos(x)", [((1 + EPS, 2),), ((-2, -1 - EPS),)], [((1, 2),), ((-2, -1),), ((-2, 2),)]),
    ("atanh(x)", [((1, 2),), ((-2, -1),)], [((1 - EPS, 2),), ((-2, EPS - 1),)]),
    ("acosh(x)", [((-1, 1 - EPS),)], [((-1, 1),), ((1, 1),)]),
    ("exp(x)", [], [((-1, -1),)]),
    ("x*y", [], [((0, 0), (0, 0))]),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_function_has_no_value_where_no_reader_sees_one(row):
    text, without, maybe = row
    term = parse(text, output=True)
    assert all(has_no_value(term, intervals(*ends)) for ends in without)
    assert not any(has_no_value(term, intervals(*ends)) for ends in maybe)


def test_an_end_of_a_float_is_not_taken_for_0():
    assert not has_no_value(parse("1/x"), intervals((1, 1), (0, math.nextafter(0, math.inf))))
