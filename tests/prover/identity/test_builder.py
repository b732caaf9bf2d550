"""Derivatives of towers, the records of towers, and towers at a point, against values."""

from fractions import Fraction

import mpmath

from certify.language.terms import Parameter, Variable, subterms
from certify.notation.parser import parse
from tests import routes
from tests.prover.identity.towers import EQUAL, POINTS, TERMS, built, close, number, value, written


def test_a_random_terms_derivative_is_its_difference_quotient():
    for term in TERMS:
        found = built(lambda tower, term=term: written(tower, tower.derivative(tower.read(term))))
        with mpmath.workdps(60):
            for x, a in POINTS[:2]:
                slope = mpmath.diff(lambda t, a=a, term=term: value(term, t, a), number(x))
                assert close(value(found, x, a), slope, "1e-15"), term


def test_a_random_terms_derivative_is_that_of_the_rules():
    def slopes(tower, term):
        return tower.field.equal(tower.derivative(tower.read(term)), tower.read(routes.derivative(term)))

    assert all(built(lambda tower, term=term: slopes(tower, term)) for term in TERMS)


def test_a_tower_says_what_its_generators_and_steps_are():
    checked = {}
    x, a = POINTS[1]
    equal_sides = [parse(side, ("a",)) for row in EQUAL.values() for side in row]
    with mpmath.workdps(50):
        for term in (*TERMS[:30], *equal_sides):
            tower = built(lambda tower, term=term: (tower.derivative(tower.read(term)), tower.tower())[1])
            for generator in tower.generators:
                g = tower.expanded(Parameter(generator.name))
                slope = mpmath.diff(lambda t, g=g: value(g, t, a), number(x))
                assert close(value(tower.expanded(generator.derivative), x, a), slope, "1e-15"), generator
            for step in tower.steps:
                checked[step.atom.kind] = checked.get(step.atom.kind, 0) + 1
                check_step(step, tower, x, a)
    assert min(checked[kind] for kind in ("exp", "log", "root")) >= 5


def check_step(step, tower, x, a):
    (kind, degree, of), factor, powers = step
    u = value(tower.expanded(of), x, a)
    generators = {name: value(tower.expanded(Parameter(name)), x, a) for name, _ in powers}
    if kind == "log":
        total = sum(n * mpmath.log(base(tower, name, x, a)) for name, n in powers)
        assert close(total, mpmath.log(u))
        return
    expected = mpmath.root(u, degree) if kind == "root" else routes.VALUES[kind](u)
    if kind == "exp":
        product = mpmath.fprod(base(tower, name, x, a) ** n for name, n in powers)
    elif kind == "cos":  # cos(-u) = cos(u), though the factor is -1
        product = generators[powers[0][0]]
        factor = 1
    else:
        product = mpmath.fprod(generators[name] ** n for name, n in powers)
    assert close(number(Fraction(factor)) * product, expected)


def base(tower, name, x, a):
    """What the generator is the logarithm of, or the exponential that it is."""
    atom = next(g.atom for g in tower.generators if g.name == name)
    return value(tower.expanded(atom.of if atom.kind == "log" else Parameter(name)), x, a)


def test_an_element_is_read_at_a_point():
    at = POINTS[1][0]

    def placed(term):
        def make(tower):
            source = built(lambda other: other if other.read(term) else None)
            return written(tower, tower.at(source.read(term), source))

        return built(make, x=at)

    with mpmath.workdps(50):
        for term in TERMS[:30]:
            found = placed(term)
            assert Variable() not in set(subterms(found))
            assert close(value(found, Fraction(0), POINTS[1][1]), value(term, *POINTS[1]))
