"""The two powers: told apart once, where they are written, and read alike by all who read terms."""

from fractions import Fraction

import pytest
from flint import acb, arb, fmpq

from certify.claim import prove as prove_claim
from certify.formal.expression import write
from certify.formal.statement import conditions as stated
from certify.language.affine import affine
from certify.language.errors import ParseError, TermError
from certify.language.printer import print_term
from certify.language.spec import Spec
from certify.language.terms import (
    Apply,
    Rational,
    Variable,
    bind,
    check_size,
    expand_output,
    rational_value,
    substitute,
)
from certify.notation.parser import parse
from certify.notation.trace import trace
from certify.prover.enclosure.ball import BallProgram, NotAnalytic
from certify.prover.identity.conditions import Extents, Unshown
from certify.prover.identity.extent import point as extent
from certify.prover.pieces import germ_sign, resolve
from certify.prover.verdict import Certified, Undecided
from certify.verifier.arithmetic import interval as iv
from certify.verifier.enclosure.evaluate import Evaluator, NotEnclosed
from certify.verifier.enclosure.signs import sign_near
from certify.verifier.guards import choose
from certify.verifier.identity.extended import Images, NotShown, point

F = Fraction
X = Variable()

PRODUCTS = {
    "x**2": 2,
    "x**-3": -3,
    "x**0": 0,
    "x**2.0": 2,
    "x**(6/3)": 2,
    "x**(1 + 1)": 2,
    "x**sqrt(4)": 2,
    "x**2**3": 8,
    "x**(-2)**2": 4,
    "x**k": 5,
}
GENERAL = ["x**0.5", "x**(1/3)", "x**sign(x)", "x**where(x < 0, 2, 3)", "x**max(2, 3)", "x**abs(2)", "x**a"]
GENERAL += ["x**(x - x + 2)", "x**(2*cos(a))", "x**y", "x**(0*log(-1) + 2)", "x**(1/0)", "x**pi", "pow(x, 2)"]


@pytest.mark.parametrize("text", PRODUCTS)
def test_an_integer_made_of_numbers_is_the_exponent_of_a_product(text):
    term = parse(text, definitions={"k": parse("2 + 3")})
    assert term == Apply("pown", (X, Rational(F(PRODUCTS[text]))))


@pytest.mark.parametrize("text", GENERAL)
def test_any_other_exponent_is_that_of_a_general_power(text):
    term = parse(text, ("a",), output=True)
    assert isinstance(term, Apply)
    assert term.function == "pow"


def test_python_writes_the_powers_that_text_writes():
    from certify import math as m

    assert trace(lambda x: x**2 + 2**x) == parse("x**2 + 2**x")
    assert trace(lambda x: x ** F(1, 2)) == Apply("pow", (X, Rational(F(1, 2))))
    assert trace(lambda x: x ** m.maximum(2, 3)) == parse("x**max(2, 3)")
    assert trace(lambda x, a: x**a, ("a",)) == parse("x**a", ("a",))


def test_a_power_stays_what_it_is_when_its_exponent_becomes_an_integer():
    """By a parameter's value, by y, and by the branch of a guard, for prover and verifier."""
    two = Apply("pow", (X, Rational(F(2))))
    assert bind(parse("x**a", ("a",)), {"a": F(2)}) == two
    assert expand_output(parse("x**y", output=True), Rational(F(2))) == two
    for text in ("x**where(x < 0, 2, 3)", "x**min(2, 3)", "x**abs(2)", "x**(1 - sign(x))"):
        at = F(-1)
        found = {
            resolve(parse(text), germ_sign(at, 0, lambda guard: 0)),
            choose(parse(text), sign_near(at, 0)),
        }
        assert all(term.function == "pow" for term in found)
        assert len(found) == 1


@pytest.mark.parametrize("exponent", ["2", "-1", "0", "3/1"])
@pytest.mark.parametrize("base", ["-2", "0"])
def test_no_reader_gives_a_general_power_of_a_base_that_is_not_positive_a_value(base, exponent):
    power = Apply("pow", (X, Rational(F(exponent))))
    b = F(base)
    assert rational_value(power, b) is None
    assert affine(substitute(power, lambda leaf: Rational(b) if leaf == X else leaf)) is None
    with pytest.raises(NotAnalytic):
        BallProgram(power)(acb(int(b)))
    with pytest.raises(NotEnclosed):
        Evaluator((power,), 64)((iv.from_fraction(b, 64), iv.ZERO))
    with pytest.raises(NotShown):
        Images(point(b), {})(power)
    with pytest.raises(Unshown):
        Extents(extent(b), {})(power)
    assert [(c.term, c.positive) for c in stated(power)] == [(X, True)]
    assert write(power).startswith("Rpower x ")


@pytest.mark.parametrize("n", [-3, -1, 0, 1, 2, 5])
@pytest.mark.parametrize("base", ["-2", "-1/3", "3/2"])
def test_every_reader_gives_a_product_the_value_of_the_product(base, n):
    term, b = Apply("pown", (X, Rational(F(n)))), F(base)
    expected = F(1)
    for _ in range(abs(n)):
        expected = expected * b if n > 0 else expected / b
    assert rational_value(term, b) == expected
    real = Evaluator((term,), 128)((iv.from_fraction(b, 128), iv.ZERO))[0][0]
    assert iv.to_fraction(real[0]) <= expected <= iv.to_fraction(real[1])
    shown = Images(point(b), {})(term)
    assert shown.lo <= expected <= shown.hi
    found = Extents(extent(b), {})(term)
    assert found.lo[1] <= expected <= found.hi[1]
    ball = BallProgram(term)(acb(arb(fmpq(b.numerator, b.denominator))))[0].real
    assert ball.overlaps(arb(fmpq(expected.numerator, expected.denominator)))


@pytest.mark.parametrize("exponent", ["x", "1/2", "5000", "-5000"])
def test_a_product_takes_a_literal_integer_only(exponent):
    term = Apply("pown", (X, parse(exponent) if exponent == "x" else Rational(F(exponent))))
    with pytest.raises(TermError):
        check_size(term)
    with pytest.raises(TermError):
        Spec("t", term, term, ((F(1), F(2)),), F(1))


def test_an_exponent_beyond_the_limit_is_refused_where_it_is_a_products():
    with pytest.raises(ParseError, match="4096"):
        parse("x**5000")
    assert parse("x**5000.5").function == "pow"


def test_a_message_writes_a_general_power_as_no_product():
    term = Apply("pow", (X, Rational(F(2))))
    assert print_term(term) == "pow(x, 2)"
    assert parse("pow(x, 2)") == term


# f: its derivative were the power a product on [-2, -1], and its derivative on [1, 2]
BY_CHOICE = {
    "x**sign(x)": ("-1/x**2", "1"),
    "x**where(x < 0, 2, 3)": ("2*x", "3*x**2"),
    "x**max(2, 3)": ("3*x**2", "3*x**2"),
    "x**abs(2)": ("2*x", "2*x"),
    "pow(x, 2)": ("2*x", "2*x"),
    "x**n": ("2*x", "2*x"),
}


@pytest.mark.parametrize("tol", ["1e-30", 0])
@pytest.mark.parametrize("text", BY_CHOICE)
def test_a_general_power_is_certified_where_its_base_is_positive_only(text, tol):
    """By tiles and by an identity; else what would help is to write the number."""
    as_product, derivative = BY_CHOICE[text]
    verdict = prove_claim(text, as_product, (-2, -1), tol, parameters={"n": 2})
    assert isinstance(verdict, Undecided)
    assert "its exponent written as a number" in verdict.obstructions[0].hint
    assert isinstance(prove_claim(text, derivative, (1, 2), tol, parameters={"n": 2}), Certified)
