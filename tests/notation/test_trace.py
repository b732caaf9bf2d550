"""Python functions as terms, and what is no formula, with its line."""

import math
import warnings
from decimal import Decimal
from fractions import Fraction

import pytest

from certify import math as m
from certify.language.errors import TermError
from certify.language.functions import GUARDS, PRIMITIVES
from certify.language.names import FUNCTION_NAMES
from certify.language.terms import Apply, Rational, X
from certify.notation.parser import parse
from certify.notation.trace import ExactDoubleWarning, TraceError, trace


def silu(x):
    s = m.sigmoid(x)
    return x * s


TRACED = {
    "a_function_of_its_own": (silu, "x*sigmoid(x)"),
    "operators": (lambda x: -x + 1 - (2 / x) * x**3, "-x + 1 - 2/x*x**3"),
    "reflected_operators": (lambda x: 1 - x + 2 * x / 3 + 2**x, "1 - x + 2*x/3 + 2**x"),
    "where": (lambda x: m.where(x > 0, x, Fraction(1, 100) * x), "where(x > 0, x, 0.01*x)"),
    "relations_turned": (
        lambda x: m.where(x >= 0, 1, m.where(x <= -1, 2, 3)),
        "where(x >= 0, 1, where(x <= -1, 2, 3))",
    ),
    "abs_and_constants": (lambda x: abs(x) + m.pi * m.e, "abs(x) + pi*e"),
    "a_decimal": (lambda x: x * Decimal("0.1"), "x*0.1"),
    "a_dyadic_float": (lambda x: x * 0.5, "x*0.5"),
    "a_constant": (lambda x: 3, "3"),
    "plus": (lambda x: +x, "x"),
    "max_and_min": (lambda x: m.maximum(x, m.minimum(0, x)), "max(x, min(0, x))"),
    "a_loop": (lambda x: sum((x**i for i in range(2)), start=x), "x + x**0 + x**1"),
}


@pytest.mark.parametrize("name", TRACED)
def test_traces(name):
    function, text = TRACED[name]
    assert trace(function) == parse(text)


@pytest.mark.parametrize(
    "name", sorted({*PRIMITIVES, *GUARDS} & set(FUNCTION_NAMES) - {"abs", "min", "max", "pow"})
)
def test_every_function_of_the_language_is_there(name):
    assert trace(getattr(m, name)) == parse(f"{name}(x)")
    assert name in m.__all__


def test_the_output_and_parameters_are_arguments():
    term = trace(lambda x, y, alpha: y * alpha + x, ("alpha",), output=True)
    assert term == parse("y*alpha + x", ("alpha",), output=True)


def test_a_float_is_the_double_that_it_is():
    words = r"0\.1 is taken as the double that it is, 0\.1000000000000000055511151231257827"
    with pytest.warns(ExactDoubleWarning, match=words):
        term = trace(lambda x: x * 0.1)
    assert term == Apply("mul", (X, Rational(Fraction(3602879701896397, 2**55))))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        trace(lambda x: x * 0.25 + 1e3)


def test_the_warning_names_the_line_of_the_float():
    with pytest.warns(ExactDoubleWarning) as caught:
        trace(lambda x: x * 0.3)
    assert caught[0].filename == __file__


def branches(x):
    if x > 0:
        return x
    return 0


def going_on(x):
    try:
        return math.exp(x)
    except Exception:
        return 0


def going_on_at_any_cost(x):
    try:
        return branches(x)
    except:  # noqa: E722
        return x


REFUSED = {
    "an_if": (branches, r"test_trace.py:\d+: a condition on x is used as a bool .*: use certify.math.where"),
    "a_truth_value": (lambda x: x or 1, "used as a bool"),
    "the_standard_library": (lambda x: math.exp(x), "use the functions of certify.math, not of math"),
    "an_operator_that_is_none": (lambda x: x % 2, r"test_trace.py:\d+: // and % .* have no formula"),
    "a_condition_that_is_compared": (lambda x: x if (x > 0) == True else 0, "is compared"),  # noqa: E712
    "a_condition_that_is_looked_up": (lambda x: {True: x}.get(x > 0, 7), "a condition on x is looked up"),
    "an_expression_that_is_looked_up": (lambda x: 5 if x in {0} else x, "looked up in a set"),
    "an_expression_in_a_list": (lambda x: 5 if x in [0] else x, "== and != of expressions"),
    "a_refusal_that_is_caught": (going_on, r"test_trace.py:\d+: an expression in x is no float"),
    "a_refusal_that_is_caught_bare": (going_on_at_any_cost, "used as a bool"),
    "equality": (lambda x: m.where(x == 0, 1, 2), "== and != of expressions"),
    "a_condition_as_a_number": (lambda x: 1 + (x > 0) * x, "unsupported operand|a condition stands"),
    "a_where_without_a_condition": (lambda x: m.where(True, x, 1), "where needs a comparison"),
    "an_error_of_its_own": (lambda x: {}["key"], r"test_trace.py:\d+: KeyError: 'key'"),
    "two_variables": (lambda x, a: x * a, r"an argument 'a' beside 'x': give it a value: parameters=\{'a'"),
    "no_argument": (lambda: 1, "takes no argument, needs x"),
    "any_number_of_arguments": (lambda *x: x[0], "takes any number of arguments"),
    "text": (lambda x: "x", "returns str, needs an expression"),
    "nothing": (lambda x: None, "returns NoneType"),
    "nan": (lambda x: x * float("nan"), "nan is no real number"),
    "infinity": (lambda x: x * float("inf"), "inf is no real number"),
    "a_bool": (lambda x: x + True, "True is of type bool"),
    "a_builtin_without_a_signature": (type, "its arguments are not known|takes"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refuses(name):
    function, why = REFUSED[name]
    with pytest.raises(TraceError, match=why):
        trace(function)


def test_y_is_no_argument_of_f():
    with pytest.raises(TraceError, match="an argument 'y' beside 'x'"):
        trace(lambda x, y: y)


def test_a_huge_trace_is_refused():
    def doubling(x):
        for _ in range(60):
            x = x * x
        return x

    with pytest.raises(TermError, match="more than"):
        trace(doubling)
