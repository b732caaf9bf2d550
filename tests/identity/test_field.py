"""Equal functions are read as equal elements, and elements have their formulas' values."""

import random
from fractions import Fraction

import mpmath
import pytest
import routes

from certify.language.terms import (
    Apply,
    Constant,
    Parameter,
    Rational,
    Variable,
    bind,
    subterms,
    written_power,
)
from certify.notation.parser import parse
from certify.prover.enclosure.ball import precision
from certify.prover.identity.field import SLOTS, Field, Refined, TooHard, Units

SAMPLE = {"x": Fraction(5, 3), "a": Fraction(2, 7)}


def built(make, **options):
    """What `make` makes in a field whose units fit."""
    units = Units({}, {})
    for _ in range(9):
        try:
            return make(Field(("a",), SAMPLE, units, **options))
        except Refined:
            continue
    raise AssertionError("the units do not settle")


def equal(left, right, **options):
    return built(
        lambda field: field.equal(field.read(parse(left, ("a",))), field.read(parse(right, ("a",)))),
        **options,
    )


EQUAL = {
    "cosh_and_sinh": ("cosh(x)**2 - sinh(x)**2", "1"),
    "sigmoid_of_minus_x": ("sigmoid(-x)", "1 - sigmoid(x)"),
    "softplus_of_minus_x": ("softplus(x) - softplus(-x)", "x"),
    "tanh_by_sigmoid": ("tanh(x)", "2*sigmoid(2*x) - 1"),
    "sine_and_cosine": ("sin(a*x)**2 + cos(-a*x)**2", "1"),
    "log_of_exp": ("log(exp(x))", "x"),
    "exp_of_log": ("exp(3*log(x) - a*log(x))", "x**3/exp(a*log(x))"),
    "a_power_by_log": ("x**a*x**(1 - a)", "x"),
    "log_of_a_product": ("log(12*x**2*(x + 1))", "log(3) + 2*log(2) + 2*log(x) + log(x + 1)"),
    "log_of_a_quotient": ("log((x*x - 1)/(x - 1))", "log(x + 1)"),
    "log_of_a_factor_that_falls": ("log(6 - 2*x)", "log(2) + log(3 - x)"),
    "root_of_a_factor_that_falls": ("sqrt(8 - 4*x)", "2*sqrt(2 - x)"),
    "root_of_two_negative_factors": ("sqrt((x - 2)*(x - 3))", "sqrt(2 - x)*sqrt(3 - x)"),
    "root_of_8": ("sqrt(8)", "2*sqrt(2)"),
    "root_of_a_square": ("sqrt((x + 1)**2)", "x + 1"),
    "square_of_a_root": ("sqrt(x**2 + 1)**2", "x**2 + 1"),
    "a_rationalised_divisor": ("1/(sqrt(2) + 1)", "sqrt(2) - 1"),
    "roots_of_roots": ("sqrt(x**(1/3))*x**(1/3)", "sqrt(x)"),
    "root_of_exp": ("sqrt(exp(x))", "exp(x/2)"),
    "odd_functions": ("erf(-x) + erf(x) + atan(-x) + atan(x)", "0"),
    "erfc": ("erfc(x) + erf(x)", "1"),
    "acos": ("acos(x/9) + asin(x/9)", "pi/2"),
    "tan": ("tan(x)*cos(x)", "sin(x)"),
    "log1p_expm1": ("log1p(expm1(x))", "x"),
    "e": ("log(e)*e**2", "exp(2)"),
    "exponents_with_a_unit": ("exp(x/2)*exp(x/3)", "exp(5*x/6)"),
}
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
            ball = built(lambda field: field.sample(field.read(term)))
            assert abs(mpmath.mpf(ball.mid().str(25, radius=False)) - expected) < 1e-20


@pytest.mark.parametrize("split", [True, False])
def test_logarithms_stay_whole_where_they_are_not_split(split):
    assert equal("log(x*(x + 1))", "log(x) + log(x + 1)", split=split) == split


def test_one_exponential_serves_all_multiples():
    def generators(field):
        field.read(parse("exp(x) + exp(-3*x/2) + sinh(x/2) + tanh(x)"))
        return [(g.atom.kind, g.atom.of) for g in field.tower().generators]

    assert built(generators) == [("exp", parse("0.5*x"))]


HARD = {
    "a_long_power": "(1 + x)**4000",
    "exponents_far_apart": "exp(x) + exp(1000*x)",
    "many_exponentials": "+".join(f"exp(x**{n})" for n in range(1, SLOTS[0] + 3)),
    "a_divisor_0": "1/(sqrt(x)**2 - x)",
}


@pytest.mark.parametrize("name", HARD)
def test_what_is_too_hard_is_given_up(name):
    with pytest.raises(TooHard):
        built(lambda field: field.read(parse(HARD[name])))


# --- elements, derivatives and towers against values ----------------------------------------

UNARY = ["exp", "log", "sqrt", "log1p", "expm1", "sin", "cos", "tan", "sinh", "cosh", "tanh", "asin", "acos"]
UNARY += ["atan", "asinh", "acosh", "atanh", "erf", "erfc", "sigmoid", "softplus"]
POINTS = [
    (Fraction(5, 3), Fraction(2, 7)),
    (Fraction(17, 10), Fraction(1, 4)),
    (Fraction(13, 8), Fraction(3, 10)),
]


def number(q):
    return mpmath.mpf(q.numerator) / q.denominator


def value(term, x, a):
    """The term's value, with mpmath's numbers."""
    return routes.value(bind(term, {"a": a}), x if isinstance(x, mpmath.mpf) else number(x))


def random_term(draw, depth):
    if depth == 0 or draw.random() < 0.15:
        leaves = (Rational(Fraction(draw.randint(1, 5), draw.randint(1, 3))), Constant("pi"), Constant("e"))
        return draw.choice((Variable(), Variable(), Parameter("a"), *leaves))
    if draw.random() < 0.45:
        return Apply(draw.choice(UNARY), (random_term(draw, depth - 1),))
    if draw.random() < 0.25:
        exponent = draw.choice([Fraction(2), Fraction(3), Fraction(-1), Fraction(1, 2), Fraction(-2, 3)])
        return written_power(random_term(draw, depth - 1), Rational(exponent))
    parts = tuple(random_term(draw, depth - 1) for _ in range(2))
    return Apply(draw.choice(["add", "sub", "mul", "div"]), parts)


def is_real_and_moderate(term):
    """Whether the term and all its subterms have such values at and around the points."""
    try:
        for x, a in POINTS:
            for part in subterms(term):
                for shift in (-1, 0, 1):
                    found = value(part, number(x) + shift * mpmath.mpf("1e-3"), a)
                    if not isinstance(found, mpmath.mpf) or not 1e-3 < abs(found) < 1e4:
                        return False
    except (ZeroDivisionError, ValueError):
        return False
    return True


def some_terms(seed, count, depth=3):
    draw, found = random.Random(seed), []
    with mpmath.workdps(20):
        while len(found) < count:
            term = random_term(draw, depth)
            if Variable() in set(subterms(term)) and is_real_and_moderate(term):
                found.append(term)
    return found


TERMS = some_terms(5, 60)


def written(field, a):
    """The element as a term without generators' names."""
    return field.expanded(field.term(a))


def close(found, expected, size="1e-30"):
    return abs(found - expected) < mpmath.mpf(size) * (1 + abs(expected))


def test_a_random_terms_element_has_its_values_everywhere():
    with mpmath.workdps(50):
        for term in TERMS:
            found = built(lambda field, term=term: written(field, field.read(term)))
            for x, a in POINTS:
                assert close(value(found, x, a), value(term, x, a)), term


def test_a_random_terms_derivative_is_its_difference_quotient():
    for term in TERMS:
        found = built(lambda field, term=term: written(field, field.derivative(field.read(term))))
        with mpmath.workdps(60):
            for x, a in POINTS[:2]:
                slope = mpmath.diff(lambda t, a=a, term=term: value(term, t, a), number(x))
                assert close(value(found, x, a), slope, "1e-15"), term


def test_a_random_terms_derivative_is_that_of_the_rules():
    def slopes(field, term):
        return field.equal(field.derivative(field.read(term)), field.read(routes.derivative(term)))

    assert all(built(lambda field, term=term: slopes(field, term)) for term in TERMS)


@pytest.mark.parametrize("name", UNARY)
def test_the_derivative_of_each_function(name):
    argument = {"acosh": "(2*x + a)", "log": "(x + a)", "sqrt": "(x*x + a)"}.get(name, "(x*a/2)")
    term = parse(name + argument, ("a",))
    found = built(lambda field: written(field, field.derivative(field.read(term))))
    with mpmath.workdps(60):
        for x, a in POINTS:
            slope = mpmath.diff(lambda t, a=a: value(term, t, a), number(x))
            assert close(value(found, x, a), slope, "1e-20")


def test_a_tower_says_what_its_generators_and_steps_are():
    checked = {}
    x, a = POINTS[1]
    equal_sides = [parse(side, ("a",)) for row in EQUAL.values() for side in row]
    with mpmath.workdps(50):
        for term in (*TERMS[:30], *equal_sides):
            tower = built(lambda field, term=term: (field.derivative(field.read(term)), field.tower())[1])
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
    assert built(lambda field: field.rational(field.read(parse(text, ("a",))))) == expected


def test_an_element_is_read_at_a_point():
    at = POINTS[1][0]

    def placed(term):
        def make(field):
            source = built(lambda other: other if other.read(term) else None)
            return written(field, field.at(source.read(term), source))

        return built(make, x=at)

    with mpmath.workdps(50):
        for term in TERMS[:30]:
            found = placed(term)
            assert Variable() not in set(subterms(found))
            assert close(value(found, Fraction(0), POINTS[1][1]), value(term, *POINTS[1]))


def test_a_change_of_a_random_term_is_seen():
    tiny = Rational(Fraction(1, 10**20))
    for term in TERMS:
        changed = Apply("add", (term, Apply("mul", (tiny, Variable()))))
        assert not built(lambda field, t=term, c=changed: field.equal(field.read(t), field.read(c)))
        doubled = Apply("sub", (Apply("mul", (Rational(Fraction(2)), term)), term))
        assert built(lambda field, t=term, d=doubled: field.equal(field.read(t), field.read(d)))
