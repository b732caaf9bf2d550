"""Equal functions are read as equal elements, and elements have their formulas' values."""

from fractions import Fraction

import mpmath
import pytest

from certify.language.terms import Apply, Rational, Variable
from certify.notation.parser import parse
from certify.prover.enclosure.ball import precision
from tests import routes
from tests.prover.identity.towers import EQUAL, POINTS, TERMS, built, close, equal, value, written

UNEQUAL = {
    "another_sign": ("sqrt((x - 2)**2)", "x - 2"),  # 2 - x at the sample
    "another_constant": ("sigmoid(x)", "sigmoid(x) + 1e-30"),
    "sine_of_another_argument": ("sin(x)**2 + cos(2*x)**2", "1"),
    "pi_is_not_22_over_7": ("pi", "22/7"),
    "a_parameter": ("x**a", "x"),
}


@pytest.mark.parametrize("name", EQUAL)
def test_equal(name):
    assert equal(*EQUAL[name])


@pytest.mark.parametrize("name", UNEQUAL)
def test_not_equal(name):
    assert not equal(*UNEQUAL[name])


@pytest.mark.parametrize("text", [side for row in (*EQUAL.values(), *UNEQUAL.values()) for side in row])
def test_an_element_has_its_formulas_value_at_the_sample(text):
    term = parse(text, {}, {"a": parse("2/7")})
    with mpmath.workdps(30):
        expected = routes.value(term, mpmath.mpf(5) / 3)
        with precision(128):
            ball = built(lambda tower: tower.generators.sample(tower.read(term)))
            assert abs(mpmath.mpf(ball.mid().str(25, radius=False)) - expected) < 1e-20


def test_a_random_terms_element_has_its_values_everywhere():
    with mpmath.workdps(50):
        for term in TERMS:
            found = built(lambda tower, term=term: written(tower, tower.read(term)))
            for x, a in POINTS:
                assert close(value(found, x, a), value(term, x, a)), term


def test_a_change_of_a_random_term_is_seen():
    tiny = Rational(Fraction(1, 10**20))
    for term in TERMS:
        changed = Apply("add", (term, Apply("mul", (tiny, Variable()))))
        assert not built(lambda tower, t=term, c=changed: tower.field.equal(tower.read(t), tower.read(c)))
        doubled = Apply("sub", (Apply("mul", (Rational(Fraction(2)), term)), term))
        assert built(lambda tower, t=term, d=doubled: tower.field.equal(tower.read(t), tower.read(d)))
