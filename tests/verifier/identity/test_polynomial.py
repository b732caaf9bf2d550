"""Fractions of polynomials against their values at random rational points."""

import random
from fractions import Fraction

import pytest

from certify.language.errors import Rejected
from certify.verifier import work
from certify.verifier.identity.polynomial import Ratio, Relation, Ring
from certify.verifier.work import Work

SYMBOLS = 4
UNIT = 3


@pytest.fixture
def ring():
    return Ring(SYMBOLS, frozenset((UNIT,)), Work())


def rational(draw):
    return Fraction(draw.randint(-5, 5), draw.randint(1, 4))


def polynomial(draw, terms=4):
    rows = {}
    for _ in range(terms):
        monomial = (*(draw.randint(0, 3) for _ in range(SYMBOLS - 1)), draw.randint(-2, 2))
        rows[monomial] = rational(draw)
    return {monomial: c for monomial, c in rows.items() if c}


def value(p, at):
    total = Fraction(0)
    for monomial, c in p.items():
        for base, n in zip(at, monomial, strict=True):
            c *= base**n
        total += c
    return total


def element_value(ring, a, at):
    return value(a.num, at) / value(ring.denominator(a), at)


def draws(seed):
    draw = random.Random(seed)
    at = [Fraction(draw.randint(1, 9), draw.randint(1, 9)) for _ in range(SYMBOLS)]
    return draw, at


@pytest.mark.parametrize("seed", range(20))
def test_sums_products_and_quotients_have_the_values_of_their_parts(ring, seed):
    draw, at = draws(seed)
    a, b, c = (Ratio(polynomial(draw), ()) for _ in range(3))
    p, q, r = (value(e.num, at) for e in (a, b, c))
    if not (q and r):
        pytest.skip("a divisor that is 0 at the point")
    quotient = ring.mul(a, ring.inverse(b))
    assert element_value(ring, quotient, at) == p / q
    both = ring.add(quotient, ring.mul(b, ring.inverse(c)))
    assert element_value(ring, both, at) == p / q + q / r
    assert element_value(ring, ring.sub(both, quotient), at) == q / r
    assert element_value(ring, ring.power(both, 3), at) == (p / q + q / r) ** 3
    assert ring.equal(ring.mul(both, ring.mul(b, c)), ring.add(ring.mul(a, c), ring.mul(b, b)))
    assert not ring.equal(both, ring.add(both, ring.constant(Fraction(1, 10**9))))


@pytest.mark.parametrize("seed", range(10))
def test_an_inverse_is_undone(ring, seed):
    draw, _ = draws(seed)
    a = Ratio(polynomial(draw), ())
    back = ring.inverse(ring.inverse(a))
    assert ring.equal(back, a)
    assert ring.equal(ring.mul(a, ring.inverse(a)), ring.one)
    assert ring.rational(ring.mul(a, ring.inverse(a))) == 1


@pytest.mark.parametrize("seed", range(10))
def test_a_partial_derivative_is_the_limit_of_difference_quotients(ring, seed):
    draw, at = draws(seed)
    p = polynomial(draw)
    step = Fraction(1, 10**12)
    for symbol in range(SYMBOLS):
        moved = [t + step * (i == symbol) for i, t in enumerate(at)]
        back = [t - step * (i == symbol) for i, t in enumerate(at)]
        quotient = (value(p, moved) - value(p, back)) / (2 * step)
        assert abs(quotient - value(ring.partial(p, symbol), at)) < Fraction(1, 10**10)


def test_a_root_obeys_its_relation(ring):
    x, g = ring.variable(0), ring.variable(UNIT)
    inside = ring.add(ring.mul(x, x), ring.one)
    assert not ring.equal(ring.mul(g, g), inside)
    ring.relate(Relation(UNIT, 2, inside.num, ring.denominator(inside)))
    assert ring.equal(ring.mul(g, g), inside)
    assert ring.equal(ring.inverse(g), ring.mul(g, ring.inverse(inside)))
    assert ring.equal(ring.power(g, -3), ring.mul(g, ring.inverse(ring.mul(inside, inside))))
    assert not ring.equal(g, x)


def test_a_relation_with_a_denominator_is_cleared(ring):
    x, g = ring.variable(0), ring.variable(UNIT)
    over = ring.inverse(ring.add(x, ring.one))
    ring.relate(Relation(UNIT, 3, over.num, ring.denominator(over)))  # g**3 = 1/(x + 1)
    assert ring.equal(ring.mul(ring.power(g, 7), ring.power(ring.add(x, ring.one), 2)), g)


def test_what_is_no_rational_number_is_not_called_one(ring):
    assert ring.rational(ring.variable(0)) is None
    assert ring.rational(ring.variable(UNIT)) is None
    assert ring.rational(ring.zero) == 0
    assert ring.rational(ring.constant(Fraction(-2, 3))) == Fraction(-2, 3)


def test_a_divisor_that_is_0_is_rejected(ring):
    x = ring.variable(0)
    with pytest.raises(Rejected, match="0 everywhere"):
        ring.inverse(ring.sub(x, x))
    g = ring.variable(UNIT)
    ring.relate(Relation(UNIT, 2, x.num, ring.one.num))
    with pytest.raises(Rejected, match="0 everywhere"):
        ring.inverse(ring.sub(ring.mul(g, g), x))


def test_work_is_bounded(ring, monkeypatch):
    long = Ratio({(1, 0, 0, 0): Fraction(3) ** 20_000, (0, 1, 0, 0): Fraction(1)}, ())
    with pytest.raises(Rejected, match="a coefficient of"):
        ring.power(long, 64)
    many = Ratio({(i, j, 0, 0): Fraction(1) for i in range(60) for j in range(60)}, ())
    monkeypatch.setattr(work, "MAX_WORK", 10**6)
    with pytest.raises(Rejected, match="at most 1000000"):
        ring.power(many, 8)


def test_denominators_that_grow_are_bounded(ring):
    """Three hundred denominators with no common factor: their product is never written."""
    draw = random.Random(1)
    terms = {(i, 0, 0, 0): Fraction(1, draw.getrandbits(700) | 1) for i in range(300)}
    with pytest.raises(Rejected, match="a coefficient of"):
        ring.times(terms, terms)
    one, other = (ring.constant(Fraction(1, (1 << 40_000) + i)) for i in (1, 3))
    with pytest.raises(Rejected, match="a coefficient of"):
        ring.add(one, other)
