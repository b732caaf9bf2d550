"""An element is written over the names of its variables, as a tree that is not deep."""

from fractions import Fraction

from certify.language.terms import children
from certify.notation.parser import parse
from certify.prover.identity.field import Field
from certify.prover.identity.writing import written

FIELD = Field(("x", "pi", "a", "g1"))


def depth(term):
    return 1 + max((depth(part) for part in children(term)), default=0)


def test_an_element_is_a_sum_of_monomials_over_one():
    x, pi, a, g = map(FIELD.variable, range(4))
    assert written(FIELD.zero, FIELD) == parse("0")
    assert written(FIELD.scale(Fraction(1, 2), FIELD.mul(FIELD.power(g, 2), pi)), FIELD) == parse(
        "(0.5*pi)*g1**2", ("g1",)
    )
    assert written(FIELD.mul(x, FIELD.inverse(FIELD.add(a, FIELD.one))), FIELD) == parse("x/(a + 1)", ("a",))


def test_a_long_sum_is_not_deep():
    total = FIELD.power(FIELD.add(FIELD.variable(0), FIELD.one), 30)
    assert depth(written(total, FIELD)) <= 9
