"""The rules of differentiation, one for each function, against difference quotients."""

import mpmath
import pytest

from certify.notation.parser import parse
from tests.prover.identity.towers import POINTS, UNARY, built, close, number, value, written


@pytest.mark.parametrize("name", UNARY)
def test_the_derivative_of_each_function(name):
    argument = {"acosh": "(2*x + a)", "log": "(x + a)", "sqrt": "(x*x + a)"}.get(name, "(x*a/2)")
    term = parse(name + argument, ("a",))
    found = built(lambda tower: written(tower, tower.derivative(tower.read(term))))
    with mpmath.workdps(60):
        for x, a in POINTS:
            slope = mpmath.diff(lambda t, a=a: value(term, t, a), number(x))
            assert close(value(found, x, a), slope, "1e-20")
