"""A tower's elements, and their derivatives by rule, against mpmath's values and differences."""

from fractions import Fraction

import mpmath
import pytest

from certify.certificate import identity as exact
from certify.certificate.enclosure import decode
from certify.certificate.identity import Atom, Generator, Step
from certify.language.errors import Rejected
from certify.language.terms import Parameter, Rational, X, substitute
from certify.notation.parser import parse
from certify.verifier.enclosure.signs import sign_near
from certify.verifier.guards import choose
from certify.verifier.identity.polynomial import Work
from certify.verifier.identity.tower import CheckedTower
from tests import routes

PARAMETERS = {"alpha": Fraction(3, 2), "eps": Fraction(1, 7), "a": Fraction(2, 3)}
EXACT = (
    "sigmoid", "gelu", "softplus", "root", "cube_root", "cover", "guard", "erf", "inverse", "acosh",
    "power", "reciprocal",
)  # fmt: skip


def value(term, x):
    """A term's value by mpmath, the parameters at PARAMETERS."""
    placed = substitute(term, lambda t: Rational(PARAMETERS[t.name]) if isinstance(t, Parameter) else t)
    return routes.value(placed, x)


class Numbers:
    """The values of a tower's elements at a point, its atoms by mpmath."""

    def __init__(self, tower, record, symbolic, x):
        self.tower = tower
        self.values = [
            x,
            mpmath.pi + 0,
            *(mpmath.mpf(PARAMETERS[n].numerator) / PARAMETERS[n].denominator for n in symbolic),
        ]
        for generator in record.generators:
            self.values.append(value(record.expanded(Parameter(generator.name)), x))

    def polynomial(self, p):
        total = mpmath.mpf(0)
        for monomial, c in p.items():
            part = mpmath.mpf(c.numerator) / c.denominator
            for base, n in zip(self.values, monomial, strict=True):
                part *= base**n
            total += part
        return total

    def __call__(self, a):
        return self.polynomial(a.num) / self.polynomial(self.tower.ring.denominator(a))


@pytest.fixture(params=EXACT)
def checked(request, accepted):
    """A tower of an honest proof, with the formula of f on its piece and points of that."""
    identity = decode(accepted[f"exact_{request.param}"]).identity
    section = identity.sections[0]
    record, symbolic = section.pieces[0].tower, tuple(identity.spec.ranges)
    lo = section.ends[0] if section.ends[0] is not None else Fraction(-3)
    hi = section.ends[-1] if section.ends[-1] is not None else Fraction(3)
    inside = [lo + (hi - lo) * i / 5 for i in range(1, 5)]
    f = choose(identity.spec.bound_terms()[0], sign_near(inside[0], 0))
    tower = CheckedTower(record, symbolic, "piece", Work())
    return tower, record, symbolic, f, [mpmath.mpf(t.numerator) / t.denominator for t in inside]


def test_an_element_has_the_values_of_its_formula(checked):
    tower, record, symbolic, f, points = checked
    with mpmath.workdps(40):
        for x in points:
            numbers = Numbers(tower, record, symbolic, x)
            assert abs(numbers(tower.read(f)) - value(f, x)) < 1e-30


def test_a_derivative_by_rule_is_the_limit_of_difference_quotients(checked):
    tower, record, symbolic, f, points = checked
    slope = tower.derivative(tower.read(f))
    with mpmath.workdps(60):
        for x in points:
            numbers = Numbers(tower, record, symbolic, x)
            assert abs(numbers(slope) - mpmath.diff(lambda t: value(f, t), x)) < 1e-20


def test_a_relation_holds_for_the_functions(checked):
    tower, record, symbolic, _, points = checked
    with mpmath.workdps(40):
        for relation in tower.ring._relations:
            for x in points:
                numbers = Numbers(tower, record, symbolic, x)
                right = numbers.polynomial(relation.num) / numbers.polynomial(relation.den)
                assert abs(numbers.values[relation.symbol] ** relation.degree - right) < 1e-30


# --- the core form ----------------------------------------------------------------------

# A formula of x, and the atoms that it needs in the order in which they are made.
CORE = {
    "sqrt(x)": ["root2 x"],
    "x**(2/3)": ["root3 x"],
    "x**(-3/2)": ["root2 x"],
    "x**x": ["log x", "exp x*g1"],
    "x**-2": [],
    "log1p(x)": ["log x + 1"],
    "expm1(x)": ["exp x"],
    "e**2*x": ["exp 1"],
    "sin(x)": ["sin x"],
    "cos(x)": ["cos x"],
    "tan(x)": ["sin x", "cos x"],
    "sinh(x)": ["exp x"],
    "cosh(x)": ["exp x"],
    "tanh(x)": ["exp 2*x"],
    "sigmoid(x)": ["exp x"],
    "softplus(x)": ["exp x", "log 1 + g1"],
    "asin(x)": ["asin x"],
    "acos(x)": ["asin x"],
    "atan(x)": ["atan x"],
    "asinh(x)": ["asinh x"],
    "acosh(x + 1)": ["acosh x + 1"],
    "atanh(x)": ["atanh x"],
    "erf(x)": ["erf x"],
    "erfc(x)": ["erf x"],
    "-x*pi - 2*x/3": [],
}
ODD = ("erf", "sin", "asin", "atan", "asinh", "atanh", "tan", "sinh", "tanh", "log1p", "expm1")
KNOWN = {
    **{f"{name}(x - x)": 0 for name in ODD},
    **{f"{name}(x - x)": 1 for name in ("exp", "cos", "cosh", "erfc")},
    "sigmoid(x - x)": Fraction(1, 2),
    "log(x/x)": 0,
    "sqrt(x/x)": 1,
    "(x/x)**(2/5)": 1,
}


class Constants:
    """The elements of a tower of constants, in which no derivative is asked for."""

    def __init__(self, atoms, x):
        generators = []
        for i, atom in enumerate(atoms, 1):
            kind, of = atom.split(" ", 1)
            degree = int(kind[4:]) if kind.startswith("root") else 1
            argument = substitute(parse(of, ("g1",)), lambda t: Rational(x) if t == X else t)
            atom = Atom("root" if degree > 1 else kind, degree, argument)
            generators.append(Generator(f"g{i}", atom, Rational(Fraction(0))))
        self.record = exact.Tower(tuple(generators), ())
        self.tower = CheckedTower(self.record, (), "here", Work(), x)


@pytest.mark.parametrize("text", CORE)
def test_a_function_is_read_as_what_it_means(text):
    x = Fraction(5, 7)
    made = Constants(CORE[text], x)
    with mpmath.workdps(40):
        at = mpmath.mpf(5) / 7
        numbers = Numbers(made.tower, made.record, (), at)
        assert abs(numbers(made.tower.read(parse(text))) - value(parse(text), at)) < 1e-35


@pytest.mark.parametrize("text", KNOWN)
def test_known_values_need_no_generator(text):
    read = tower()
    assert read.ring.rational(read.read(parse(text))) == KNOWN[text]


def test_no_other_value_is_known():
    for text in (
        "exp(1)",
        "cos(1)",
        "log(2)",
        "log(0)",
        "sqrt(0)",
        "sqrt(4)",
        "sin(1)",
        "erf(x)",
        "acosh(1)",
    ):
        with pytest.raises(Rejected, match="something new"):
            tower().read(parse(text))


# d/dx of each kind at u = x/2 + 1/4, with the atoms that its rule needs.
RULES = {
    "exp": ([], "g1/2"),
    "log": ([], "1/(2*u)"),
    "root2": ([], "g1/(4*u)"),
    "root3": ([], "g1/(6*u)"),
    "erf": (["exp -u*u", "root2 pi"], "g2/g3"),
    "sin": (["cos u"], "g2/2"),
    "cos": (["sin u"], "-g2/2"),
    "asin": (["root2 1 - u*u"], "1/(2*g2)"),
    "atan": ([], "1/(2*(1 + u*u))"),
    "asinh": (["root2 1 + u*u"], "1/(2*g2)"),
    "acosh": (["root2 u*u - 1"], "1/(2*g2)"),
    "atanh": ([], "1/(2*(1 - u*u))"),
}


@pytest.mark.parametrize("kind", RULES)
def test_the_rule_of_a_kind_is_its_derivative(kind):
    others, _ = RULES[kind]
    u = "(x/2 + 1/4)"
    names = ("g1", "g2", "g3")
    rows = [f"{kind} u", *others]
    derivatives = {"exp -u*u": f"-{u}*g2", "root2 pi": "0", "cos u": "-g1/2", "sin u": "g1/2"}
    derivatives |= {"root2 1 - u*u": f"-{u}/2/g2", "root2 1 + u*u": f"{u}/2/g2", "root2 u*u - 1": f"{u}/2/g2"}
    generators = []
    for i, row in enumerate(rows, 1):
        name, of = row.split(" ", 1)
        degree = int(name[4:]) if name.startswith("root") else 1
        claim = RULES[kind][1] if i == 1 else derivatives[row]
        atom = Atom("root" if degree > 1 else name, degree, parse(of.replace("u", u), names))
        generators.append(Generator(f"g{i}", atom, parse(claim.replace("u", u), names)))
    record = exact.Tower(tuple(generators), ())
    read = CheckedTower(record, (), "here", Work())
    slope = read.derivative(read.read(Parameter("g1")))
    f = record.expanded(Parameter("g1"))
    with mpmath.workdps(60):
        x = mpmath.mpf(5) / 2 if kind == "acosh" else mpmath.mpf(5) / 7
        assert abs(Numbers(read, record, (), x)(slope) - mpmath.diff(lambda t: value(f, t), x)) < 1e-20


# --- what is not sound is not read ------------------------------------------------------

E = Generator("E", Atom("exp", 1, X), Parameter("E"))
LOG = Generator("L", Atom("log", 1, parse("x")), parse("1/x"))
ROOT = Generator("R", Atom("root", 2, parse("x")), parse("R/(2*x)", ("R",)))
SIN = Generator("S", Atom("sin", 1, X), Parameter("C"))
COS = Generator("C", Atom("cos", 1, X), parse("-S", ("S",)))


def tower(*generators, steps=(), symbolic=(), x=None):
    return CheckedTower(exact.Tower(tuple(generators), tuple(steps)), symbolic, "here", Work(), x)


def step(kind, of, powers, factor=1, degree=1, names=("E", "L", "R", "S", "C", "a")):
    return Step(Atom(kind, degree, parse(of, names)), Fraction(factor), tuple(powers.items()))


SOUND = {
    "exp_of_a_multiple": ("exp(3*x)", (E,), step("exp", "3*x", {"E": 3})),
    "exp_of_a_logarithm": ("exp(2*log(x) - x)", (E, LOG), step("exp", "2*L - x", {"E": -1, "L": 2})),
    "log_of_an_exponential": ("log(x*exp(x))", (E, LOG), step("log", "x*E", {"E": 1, "L": 1})),
    "root_of_a_square": ("sqrt(4*exp(x)**2)", (E,), step("root", "4*E**2", {"E": 1}, 2, 2)),
    "root_of_a_power": ("sqrt(x**3)", (ROOT,), step("root", "x**3", {"R": 3}, 1, 2)),
    "an_odd_function": ("sin(-x)", (SIN, COS), step("sin", "-x", {"S": 1}, -1)),
    "an_even_function": ("cos(-x)", (SIN, COS), step("cos", "-x", {"C": 1}, -1)),
}
UNSOUND = {
    "exp_with_a_factor": ("exp(3*x)", (E,), step("exp", "3*x", {"E": 3}, 2)),
    "exp_of_another_multiple": ("exp(3*x)", (E,), step("exp", "3*x", {"E": 2})),
    "exp_by_a_root": ("exp(x/2)", (ROOT,), step("exp", "x/2", {"R": 1})),
    "exp_by_a_parameter": ("exp(a)", (), step("exp", "a", {"a": 1})),
    "log_of_another_power": ("log(x**2)", (LOG,), step("log", "x**2", {"L": 3})),
    "log_by_a_root": ("log(x)", (ROOT,), step("log", "x", {"R": 2})),
    "a_negative_root": ("sqrt(x**2)", (ROOT,), step("root", "x**2", {"R": 2}, -1, 2)),
    "a_root_of_another_degree": ("(x**2)**(1/3)", (ROOT,), step("root", "x**2", {"R": 2}, 1, 3)),
    "a_root_by_a_logarithm": ("sqrt(x**2)", (LOG,), step("root", "x**2", {"L": 1}, 1, 2)),
    "a_sine_as_an_even_function": ("sin(-x)", (SIN, COS), step("sin", "-x", {"S": 1}, 1)),
    "a_cosine_by_a_sine": ("cos(x)", (SIN, COS), step("cos", "x", {"S": 1}, 1)),
    "a_square_of_a_sine": ("sin(-x)", (SIN, COS), step("sin", "-x", {"S": 2}, -1)),
    "a_step_of_another_argument": ("sin(-x)", (SIN, COS), step("sin", "-2*x", {"S": 1}, -1)),
}


@pytest.mark.parametrize("name", SOUND)
def test_reads_by_a_sound_step(name):
    text, generators, one = SOUND[name]
    record = exact.Tower(tuple(generators), (one,))
    read = tower(*generators, steps=(one,))
    with mpmath.workdps(40):
        x = mpmath.mpf(5) / 7
        assert abs(Numbers(read, record, (), x)(read.read(parse(text))) - value(parse(text), x)) < 1e-35


@pytest.mark.parametrize("name", UNSOUND)
def test_does_not_read_by_an_unsound_step(name):
    text, generators, one = UNSOUND[name]
    symbolic = ("a",) if "a" in dict(one.powers) else ()
    read = tower(*generators, steps=(one,), symbolic=symbolic)
    if name == "a_cosine_by_a_sine":  # cos(x) is a generator of its own: no step is needed
        assert read.ring.equal(read.read(parse(text)), read.read(Parameter("C")))
        read = tower(SIN._replace(derivative=parse("0")), steps=(one,), x=Fraction(1))
    with pytest.raises(Rejected):
        read.read(parse(text, symbolic))


def test_a_claim_that_a_zero_divisor_hides_is_never_used():
    """(R - x)*(R + x) = 0 for R = sqrt(x**2): 0/(R - x) passes for R + x by cross products."""
    square = Generator("R", Atom("root", 2, parse("x**2")), parse("0/(R - x) + R/x - R - x", ("R",)))
    read = tower(square)
    slope = read.derivative(read.read(Parameter("R")))
    assert read.ring.equal(slope, read.read(parse("R/x", ("R",))))


@pytest.mark.parametrize("claim", ["2*E", "0", "E + x", "E/x"])
def test_a_derivative_that_is_not_the_rules_is_rejected(claim):
    with pytest.raises(Rejected, match="by rule"):
        tower(E._replace(derivative=parse(claim, ("E",))))


def test_a_tower_of_constants_has_no_slopes():
    read = tower(E._replace(derivative=parse("0")), x=Fraction(2))
    assert read.ring.is_zero(read.derivative(read.read(parse("x*exp(x)"))))
