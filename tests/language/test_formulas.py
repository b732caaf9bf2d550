"""Formulas: what is read, what is printed back, and what is refused, at which column."""

import time
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certify.language.affine import affine
from certify.language.errors import NumberError, ParseError, TermError, UsageError
from certify.language.numbers import (
    describe,
    describe_outward,
    format_number,
    parse_number,
    power_of_ten_below,
    round_outward,
    round_up,
)
from certify.language.printer import print_term
from certify.language.spec import parse_interval, union
from certify.language.terms import (
    Apply,
    Constant,
    Parameter,
    Rational,
    Variable,
    Where,
    expand_output,
    rational_value,
)
from certify.notation.parser import parse

QUICK = settings(max_examples=200, deadline=None, derandomize=True)
FRACTIONS = st.fractions(max_denominator=10**40)

# --- numbers ----------------------------------------------------------------------------


@QUICK
@given(FRACTIONS)
def test_a_number_reads_back_exactly(value):
    assert parse_number(format_number(value)) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-30", Fraction(1, 10**30)),
        ("-0.5", Fraction(-1, 2)),
        ("2/6", Fraction(1, 3)),
        ("007", Fraction(7)),
    ],
)
def test_reads(text, value):
    assert parse_number(text) == value


@pytest.mark.parametrize(
    "text",
    ["", "nan", "inf", "1/0", "1e", "0x10", "1_000", "+1", " 1", "\u0661", "1e999999999", "9" * 5000, "1/-2",
     "1" * 3000 + "e3000", "1e4001", "1e-4001", "1.5/2"],
)  # fmt: skip
def test_refuses_as_a_number(text):
    with pytest.raises(NumberError):
        parse_number(text)


@QUICK
@given(st.fractions(min_value=0, max_denominator=10**20).filter(bool), st.integers(1, 5))
def test_rounding_up_is_the_least_decimal_above(value, digits):
    rounded = round_up(value, digits)
    quantum = power_of_ten_below(value) / 10 ** (digits - 1)
    assert rounded - quantum < value <= rounded
    assert (rounded / quantum).denominator == 1


@QUICK
@given(FRACTIONS, st.fractions(min_value=0, max_denominator=10**9), st.integers(-9, 9))
def test_rounding_outward_contains_and_is_on_the_grid(lo, width, exponent):
    quantum = Fraction(10) ** exponent
    a, b = round_outward(lo, lo + width, quantum)
    assert lo - quantum < a <= lo
    assert lo + width <= b < lo + width + quantum
    assert (a / quantum).denominator == (b / quantum).denominator == 1


@pytest.mark.parametrize("exponent", [0, 1, 1000, 3999, 20_000, 100_000])
def test_describes_numbers_of_any_size(exponent):
    for value in (Fraction(3) ** exponent, Fraction(1, 3**exponent), Fraction(-7, 3**exponent)):
        assert 0 < len(describe(value)) < 40
    assert describe_outward(Fraction(-1, 3**exponent), Fraction(3) ** exponent)


@QUICK
@given(FRACTIONS, st.fractions(min_value=0, max_denominator=10**30))
def test_a_described_interval_contains_the_interval(lo, width):
    texts = describe_outward(lo, lo + width).strip("[]").split(", ")
    a, b = (parse_number(text.lstrip("~")) for text in texts)
    assert a <= lo <= lo + width <= b


# --- parsing and printing ---------------------------------------------------------------

DECIMALS = st.decimals(-40, 40, places=3).map(lambda d: Rational(Fraction(d)))
LEAVES = st.one_of(
    st.just(Variable()), DECIMALS, st.sampled_from((Constant("pi"), Constant("e"), Parameter("alpha")))
)


def grow(inner):
    negated = inner.filter(lambda t: not isinstance(t, Rational)).map(lambda t: Apply("neg", (t,)))
    infix = st.sampled_from(("add", "sub", "mul", "div", "pow", "min", "max"))
    literals = st.integers(-9, 9).map(lambda n: Rational(Fraction(n)))
    return st.one_of(
        negated,
        st.tuples(st.sampled_from(("pow", "pown")), inner, literals).map(lambda t: Apply(t[0], t[1:])),
        st.tuples(infix, inner, inner).map(lambda t: Apply(t[0], t[1:])),
        st.tuples(st.sampled_from(("exp", "sigmoid", "abs", "sign")), inner).map(
            lambda t: Apply(t[0], t[1:])
        ),
        st.tuples(st.sampled_from("<>"), inner, inner, inner, inner).map(lambda t: Where(*t)),
    )


TERMS = st.recursive(LEAVES, grow, max_leaves=12)


@QUICK
@given(TERMS)
def test_a_term_reads_back_as_it_was_printed(term):
    assert parse(print_term(term), ["alpha"]) == term


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("-x**2", "-(x**2)"),
        ("2**3**2", "2**(3**2)"),
        ("1 - 2 - 3", "(1 - 2) - 3"),
        ("8/4/2", "(8/4)/2"),
        ("2**-x", "2**(-x)"),
        ("-2*x", "(-2)*x"),
        ("x*-x", "x*(-x)"),
    ],
)
def test_binds_as_in_python(text, same):
    assert parse(text) == parse(same)


WRONG = {
    "empty": ("", 1, "expected a number, a name or '(', found the end"),
    "unclosed": ("sin(x", 6, "expected ')'"),
    "trailing_operator": ("x + ", 4, "found the end"),
    "two_terms": ("x y", 3, "expected an operator or the end"),
    "caret": ("x^2", 2, "powers are written **"),
    "unicode_digit": ("x + \u0661", 5, "unexpected character"),
    "unicode_letter": ("\u0445", 1, "unexpected character"),
    "unknown_name": ("1 + alpha", 5, "unknown name 'alpha'"),
    "unknown_function": ("1 + sigmod(x)", 5, "did you mean sigmoid"),
    "function_without_arguments": ("exp + 1", 1, "write exp(...)"),
    "too_few_arguments": ("2*min(x)", 3, "min takes 2 arguments, found 1"),
    "too_many_arguments": ("exp(x, x)", 1, "exp takes 1 argument, found 2"),
    "operator_as_a_function": ("add(x, x)", 1, "unknown function 'add'"),
    "output_in_a_function": ("1 + y", 5, "only in a derivative"),
    "where_without_comparison": ("where(x, 1, 2)", 8, "expected a comparison"),
    "equality": ("where(x = 0, 1, 2)", 9, "unexpected character '='"),
    "huge_number": ("x + 1e999999999", 5, "exponent 999999999"),
    "huge_power": ("x**99999", 1, "an exponent beyond 4096"),
    "deep_parentheses": ("(" * 100_000, 1, "characters"),
    "deep_brackets": ("(" * 5000, 101, "nested more than 100 deep"),
    "deep_signs": ("-" * 5000 + "x", 101, "nested more than 100 deep"),
    "deep_powers": ("x**" * 5000 + "x", 301, "nested more than 100 deep"),
    "long_sum": ("x+" * 5000 + "x", 1, "nested more than 100 deep"),
}


@pytest.mark.parametrize("name", WRONG)
def test_refuses_with_the_column(name):
    text, column, message = WRONG[name]
    begun = time.monotonic()
    with pytest.raises(ParseError) as caught:
        parse(text)
    assert (caught.value.column, message in str(caught.value)) == (column, True), str(caught.value)
    assert time.monotonic() - begun < 60  # answered, not hung


def test_definitions_stand_for_their_terms():
    definitions = {"t": parse("tanh(x)")}
    assert parse("1 - t**2", definitions=definitions) == parse("1 - tanh(x)**2")


# --- exact values -----------------------------------------------------------------------


@QUICK
@given(st.fractions(-9, 9, max_denominator=9), st.fractions(-9, 9, max_denominator=9), FRACTIONS)
def test_affine_terms_have_their_line(a, b, x):
    term = parse(f"({format_number(a)})*x - (-({format_number(b)}) + x)/(0.25*4)")
    slope, offset = affine(term)
    assert (slope, offset) == (a - 1, b)
    assert rational_value(term, x) == slope * x + offset


@pytest.mark.parametrize(
    "text", ["x/x", "0*log(x)", "x*x", "1/x", "abs(x)", "pi*x", "x + 1/0", "x**1", "exp(x - x)"]
)
def test_is_not_shown_affine(text):
    line = affine(parse(text))
    assert line is None or (text == "exp(x - x)" and line == (0, 1))


@pytest.mark.parametrize(
    ("text", "x", "value"),
    [
        ("sqrt(x)", "9/4", "3/2"), ("sqrt(x)", "2", None), ("sqrt(x)", "0", None), ("exp(x)", "0", "1"),
        ("log(x)", "1", "0"), ("sigmoid(x)", "0", "1/2"), ("1/x", "0", None), ("x**0", "0", "1"),
        ("x**(-1)", "0", None), ("x**x", "2", "4"), ("x**x", "-2", None), ("(1 + x)**100000", "1", None),
        ("tanh(x)", "1", None), ("erfc(x)", "0", "1"), ("pi", "0", None),
    ],
)  # fmt: skip
def test_exact_values(text, x, value):
    try:
        found = rational_value(parse(text), parse_number(x))
    except ParseError:
        found = None  # the exponent is refused when it is read
    assert found == (None if value is None else parse_number(value))


def wide(name, levels):
    """A sum of 2**levels names, as deep as levels."""
    return name if not levels else f"({wide(name, levels - 1)} + {wide(name, levels - 1)})"


def test_a_derivative_that_grows_too_large_is_refused():
    f = parse(wide("x", 9))
    s = parse(wide("y", 9), output=True)
    with pytest.raises(TermError):
        expand_output(s, f)


# --- domains ----------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["1", "1,2,3", "a,b", "", "1;2", "nan,1", "1,1e9999", "inf,1"])
def test_refuses_as_an_interval(text):
    with pytest.raises(UsageError):
        union([parse_interval(text)])


@pytest.mark.parametrize(
    ("texts", "joined"),
    [
        (["1,2", "0,1"], ["0,2"]),
        (["3,4", "0,1"], ["0,1", "3,4"]),
        (["0,3", "1,2"], ["0,3"]),
        (["-inf,0", "-1,2"], ["-inf,2"]),
        (["0,inf", "5,6"], ["0,inf"]),
    ],
)
def test_unions(texts, joined):
    assert union([parse_interval(t) for t in texts]) == tuple(parse_interval(t) for t in joined)


@pytest.mark.parametrize("text", ["2,1", "1,1"])
def test_refuses_an_interval_without_length(text):
    with pytest.raises(UsageError):
        union([parse_interval(text)])
