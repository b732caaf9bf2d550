"""Terms as Coq expressions, read back as the same terms."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certify.catalogue import builtin
from certify.formal.expression import read, write
from certify.formal.vocabulary import DECISIONS, FUNCTIONS, INFIX, escape, identifier, unescape
from certify.language.errors import UsageError
from certify.language.terms import Apply, Constant, Parameter, Rational, Where, X
from certify.notation.parser import parse

TEXTS = {
    "1/3": "1 / (3)",
    "x/3": "x / 3",
    "0.5": "(1 / 2)",
    "0.5/3": "(1 / 2) / 3",
    "-0.5*x": "(-1 / 2) * x",
    "-2/3": "(-2) / 3",
    "1/(-2)": "1 / (-2)",
    "-x**2": "- (x ^ 2)",
    "(-x)**2": "(- x) ^ 2",
    "-(-x)": "- (- x)",
    "x - (x - x)": "x - (x - x)",
    "x - x - x": "x - x - x",
    "x/(x/x)": "x / (x / x)",
    "x*(x/x)": "x * (x / x)",
    "x/x*x": "x / x * x",
    "(x**2)**3": "(x ^ 2) ^ 3",
    "2**3**2": "2 ^ 9",
    "x**(6/3)": "x ^ 2",
    "pow(x, 2)": "Rpower x 2",
    "x**max(2, 3)": "Rpower x (Rmax 2 3)",
    "x**-2": "/ x ^ 2",
    "1/x**-2": "1 / (/ x ^ 2)",
    "2**x": "Rpower 2 x",
    "x**0.5": "Rpower x (1 / 2)",
    "exp(-x)": "exp (- x)",
    "exp(x)**2": "(exp x) ^ 2",
    "log1p(x) - expm1(x)": "log1p x - expm1 x",
    "log(1 + x)": "ln (1 + x)",
    "e*pi + exp(1)": "euler * PI + exp 1",
    "where(x >= 1, min(x, -1), max(-x, 0.1))": ("(if Rge_dec x 1 then Rmin x (-1) else Rmax (- x) (1 / 10))"),
}


@pytest.mark.parametrize("text", TEXTS)
def test_writes_and_reads(text):
    term = parse(text)
    assert write(term) == TEXTS[text]
    assert read(write(term)) == term


@pytest.mark.parametrize("name", builtin())
def test_catalogue_entry_reads_back(name):
    entry = builtin()[name]
    for parameters in ({}, dict.fromkeys(entry.parameters)):
        spec = entry.spec(parameters=parameters)
        for term in spec.bound_terms():
            assert read(write(term), tuple(spec.ranges)) == term


NAMES = ("alpha", "exp", "R", "x_", "f_x", "ln", "if", "forall_")
EXPONENTS = st.fractions(-50, 50, max_denominator=7)
RATIONALS = st.fractions(max_denominator=1000) | st.integers(-5, 5).map(Fraction)
LEAVES = (
    RATIONALS.map(Rational)
    | st.sampled_from(["pi", "e"]).map(Constant)
    | st.just(X)
    | st.sampled_from(NAMES).map(Parameter)
)
BINARY = (*INFIX, "min", "max")
UNARY = ("neg", *(name for name in FUNCTIONS if name not in ("min", "max")))


def _branches(inner):
    return (
        st.builds(lambda name, a: Apply(name, (a,)), st.sampled_from(UNARY), inner)
        | st.builds(lambda name, a, b: Apply(name, (a, b)), st.sampled_from(BINARY), inner, inner)
        | st.builds(lambda a, b: Apply("pow", (a, Rational(b))), inner, EXPONENTS)
        | st.builds(lambda a: Apply("pow", (a, X)), inner)
        | st.builds(lambda a, n: Apply("pown", (a, Rational(Fraction(n)))), inner, st.integers(-50, 50))
        | st.builds(Where, st.sampled_from(tuple(DECISIONS)), inner, inner, inner, inner)
    )


@given(st.recursive(LEAVES, _branches, max_leaves=12))
def test_every_term_reads_back(term):
    assert read(write(term), NAMES) == term


@given(st.text(alphabet="x12()+-*/^ ", max_size=14))
def test_what_reads_is_what_is_written(text):
    """One text for one term: the reader takes no other spelling for it but spaces."""
    try:
        term = read(text)
    except UsageError:
        return
    assert read(write(term)) == term


@pytest.mark.parametrize(
    "text",
    ["", "x +", "(2 / 4)", "(1 / 1)", "x ^ x", "x ^ (-1)", "/ x", "y", "(x", "x)", "2 x", "alpha", "1.5"],
)
def test_rejects_text(text):
    with pytest.raises(UsageError):
        read(text)


@pytest.mark.parametrize("name", ["alpha", "x_", "ln", "ln_", "_", "__", "f_relu", "forall", "R", "PI"])
def test_escapes_to_a_name_without_a_meaning(name):
    assert unescape(escape(name)) == name
    assert escape(name) not in (*FUNCTIONS.values(), "forall", "R", "PI", "_")


def test_names_are_one_to_one():
    names = [name + "_" * i for name in ("ln", "alpha", "") for i in range(4) if name or i]
    assert len({escape(name) for name in names}) == len(names)


def test_identifier_of_a_dotted_name():
    assert identifier("my.entry-2") == "my_entry_2"
    with pytest.raises(UsageError, match="prelude"):
        identifier("Certify")
