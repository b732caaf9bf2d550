"""Derivatives by rule against mpmath's differences, and against the proofs."""

from dataclasses import replace
from fractions import Fraction

import mpmath
import pytest

from certify.catalogue import builtin
from certify.certificate.identity import Identity
from certify.language.errors import TermError
from certify.language.names import FUNCTION_NAMES
from certify.language.printer import print_term
from certify.language.spec import LINE
from certify.notation.derive import derive
from certify.notation.parser import parse
from certify.prover.identity.search import identify
from tests import routes

ARGUMENTS = {"acosh": "x + 2", "log": "x*x + 1", "sqrt": "x*x + 1", "log1p": "x*x"}
FORMULAS = [
    *(
        f"{name}({ARGUMENTS.get(name, 'x/3')})"
        for name in FUNCTION_NAMES
        if name not in ("min", "max", "pow", "trigamma")
    ),
    "x**3 - 2*x/(1 + x*x)",
    "(1 + x*x)**(x/2)",
    "pow(x, 3)*pow(x, 1)*pow(2, x)",
    "(2 + x)**(3/2)",
    "-x*exp(-x)",
    "where(x > 1, x*x, 2*x - 1)",
    "max(x, 1/3)*min(2*x, 5)",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_derivative_by_rule_is_the_limit_of_difference_quotients(text):
    term = parse(text)
    slope = derive(term)
    with mpmath.workdps(50):
        for x in (mpmath.mpf(2) / 7, mpmath.mpf(9) / 8):
            expected = mpmath.diff(lambda t: routes.value(term, t), x)
            assert abs(routes.value(slope, x) - expected) < 1e-20


def test_a_derivative_without_a_name_is_refused():
    with pytest.raises(TermError, match="derivative of trigamma"):
        derive(parse("x*trigamma(2*x)"))
    assert print_term(derive(parse("x*trigamma(2)"))) == "trigamma(2)"


@pytest.mark.parametrize("name", builtin())
def test_a_derivative_by_rule_is_identical_to_the_entrys(name):
    entry = builtin()[name]
    spec = entry.spec((LINE,) if entry.natural_domain is None else (), None, Fraction(0))
    claim = replace(spec, derivative=derive(spec.function))
    assert isinstance(identify(claim), Identity)


PRINTED = {
    "x": "1",
    "3": "0",
    "x + 7": "1",
    "5*x": "5",
    "x**2": "2*x",
    "x**3": "3*x**2",
    "sin(2*x)": "2*cos(2*x)",
    "-x": "-1",
    "exp(-x)": "-exp(-x)",
    "where(x > 0, x + 1, x)": "1",
}


@pytest.mark.parametrize("text", PRINTED)
def test_zeros_and_ones_are_left_out(text):
    assert print_term(derive(parse(text))) == PRINTED[text]
