"""Field arithmetic: lowest terms, roots by their relations, and values that are rational numbers."""

from fractions import Fraction

import pytest

from certify.notation.parser import parse
from certify.prover.identity.field import Field, Relation, TooHard
from tests.prover.identity.towers import built


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sqrt(8)*sqrt(2)", 4),
        ("log(8)/log(2)", 3),
        ("(sqrt(2) + 1)*(sqrt(2) - 1)", 1),
        ("sin(x)**2 + cos(x)**2", 1),
        ("exp(x)*exp(-x) - 1", 0),
        ("4**(1/2) + 27**(-1/3)", Fraction(7, 3)),
        ("cosh(log(2))", Fraction(5, 4)),
        ("sigmoid(log(3))", Fraction(3, 4)),
        ("x", None),
        ("pi", None),
        ("sqrt(2)", None),
        ("a - a*x/x", 0),
    ],
)
def test_a_rational_value_is_known(text, expected):
    assert built(lambda tower: tower.field.rational(tower.read(parse(text, ("a",))))) == expected


def field_with_a_root():
    """x, pi and g with g**2 = x + 1."""
    field = Field(("x", "pi", "g"))
    field.relate(Relation(2, 2, field.add(field.variable(0), field.one), root=True))
    return field


def test_a_root_stays_below_its_degree_and_out_of_divisors():
    field = field_with_a_root()
    x, g = field.variable(0), field.variable(2)
    assert field.power(g, 3) == field.mul(field.add(x, field.one), g)
    assert field.inverse(g) != field.mul(field.one, field.inverse(g)) == field.reduced(field.inverse(g))
    assert field.mul(field.inverse(g), field.add(x, field.one)) == g
    assert field.is_zero(field.sub(field.mul(g, g), field.add(x, field.one)))
    assert not field.is_zero(field.sub(g, field.add(x, field.one)))


def test_elements_are_fractions_in_lowest_terms():
    field = Field(("x", "pi"))
    x = field.variable(0)
    square = field.sub(field.mul(x, x), field.one)
    assert field.mul(square, field.inverse(field.sub(x, field.one))) == field.add(x, field.one)
    assert field.rational(field.scale(Fraction(2, 3), field.mul(x, field.inverse(x)))) == Fraction(2, 3)
    with pytest.raises(TooHard, match="0 everywhere"):
        field.inverse(field.sub(x, x))


def test_an_element_of_another_field_is_read_with_values_for_its_variables():
    source, field = Field(("x", "pi")), field_with_a_root()
    a = source.add(source.mul(source.variable(0), source.variable(0)), source.pi)
    placed = field.substituted(a, {0: field.variable(2), 1: field.pi})
    assert placed == field.add(field.add(field.variable(0), field.one), field.pi)
