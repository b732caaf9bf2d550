"""What the prover certifies the verifier accepts: compositions whose discs lie close to cuts and poles,
where one evaluation that is less sharp than the other would reject an honest file."""

import random
from dataclasses import replace
from fractions import Fraction
from itertools import count

import pytest

from certify.certificate.enclosure import encode
from certify.certificate.identity import Identity
from certify.language.errors import UsageError
from certify.language.functions import PRIMITIVES, PROVER_ONLY
from certify.language.printer import print_term
from certify.language.spec import Spec, parse_interval
from certify.language.terms import Apply, Constant, Rational, X, written_power
from certify.notation.derive import derive
from certify.notation.parser import parse
from certify.prover.deadline import Deadline
from certify.prover.enclosure.search import enclose
from certify.prover.identity.search import identify
from certify.prover.verdict import Proved, Refuted
from certify.verifier.checker import verify
from certify.verifier.identity.checker import verify_identity

CLAIMS = [
    # rejected before the inverse functions, 1/z, erfc and tanh were evaluated at corners
    ("atan(x)", "-100,100", "1e-30"),
    ("atan(10*x)", "1,6", "1e-30"),
    ("atan(exp(x))", "-10,10", "1e-30"),
    ("atan(1/x)", "1/100,2", "1e-30"),
    ("atan(1 + exp(x))", "-10,10", "1e-30"),
    ("atan(sinh(x))", "-5,5", "1e-30"),
    ("atan(max(x*(26/3), x))**-1", "11/10,100", "1e-3"),
    ("atan(x*-13.5) - 22/3*x**0.5", "1,6", "1e-30"),
    ("expm1(atan(x))", "-100,100", "1e-10"),
    ("erf(x)**(atan(x) - tanh(x) + x)", "2,50", "1e-3"),
    ("atanh(1/x)", "2,50", "1e-30"),
    ("asinh(1/x)", "1/10,2", "1e-10"),
    ("erfc(x)", "-6,30", "1e-20"),
    ("erfc(x)", "-6,30", "1e-30"),
    ("sinh(-14/3/x)", "1/10,2", "1e-10"),
    ("exp(10/x)", "1/10,2", "1e-10"),
    ("sigmoid(x - x)", "-10,10", "1e-30"),
    (
        "x*cos(1.5 + x)/(x - (x + x) + min(x - x, asinh(x)))",
        "-2,-0.1",
        "1e-3",
    ),  # 183 tiles without mean values
    ("log(x - sin(x))/(exp(x) - 1 - x)", "1/20,3", "1e-30"),
    ("erf(erf(x) - cosh(29))", "2,50", "1e-3"),  # exp of a wide box far out
]
OUTER = (
    "asin",
    "acos",
    "atan",
    "asinh",
    "atanh",
    "tanh",
    "sigmoid",
    "softplus",
    "erf",
    "erfc",
    "sqrt",
    "log",
)
INNER = ("x/2", "x*x/3", "sin(x)/2", "tanh(x)/2", "1/(2 + x*x)", "exp(x)/4")
CLAIMS += [(f"{outer}({inner})", "1/8,1", "1e-10") for outer in OUTER for inner in INNER]
ABOVE_1 = ("2 + x", "1/x + 1/2", "2*cosh(x)", "exp(x) + 1/8")
CLAIMS += [(f"acosh({inner})", "1/8,1", "1e-10") for inner in ABOVE_1]


@pytest.mark.parametrize(("function", "domain", "tolerance"), CLAIMS, ids=str)
def test_what_is_certified_is_accepted(function, domain, tolerance):
    f = parse(function)
    spec = Spec("f", f, derive(f), (parse_interval(domain),), Fraction(tolerance), Fraction(0), {})
    verdict = enclose(spec, 4096)
    assert isinstance(verdict, Proved), str(verdict)
    assert verify(encode(verdict.certificate)).spec.name == "f"


# --- random compositions ----------------------------------------------------------------

UNARY = [name for name, row in PRIMITIVES.items() if row.arity == 1 and name not in PROVER_ONLY]
UNARY += [
    "abs",
    *("atan", "asin", "acos", "asinh", "acosh", "atanh", "erf", "erfc", "log", "sqrt"),
]  # more of
BINARY = ["add", "sub", "mul", "div", "pow", "min", "max"]
DOMAINS = ["-1,1", "1/8,1", "1,6", "-6,-1", "1/20,2", "2,50", "-10,10", "-20,5", "-99/100,99/100"]
TOLERANCES = ["1e-3", "1e-10", "1e-20"]
LOOKS = 400  # at the clock: the search is given up by a count, so that every run judges the same claims


def composition(draw, depth):
    """A random term of every primitive, guards among them."""
    if depth == 0 or draw.random() < 0.15:
        number = Fraction(draw.randint(-30, 30), draw.choice([1, 2, 3, 10]))
        return draw.choice([X, X, Rational(number), Constant("pi")])
    if draw.random() < 0.55:
        return Apply(draw.choice(UNARY), (composition(draw, depth - 1),))
    name = draw.choice(BINARY)
    if name == "pow":
        exponent = Rational(Fraction(draw.choice(["2", "3", "-1", "-2", "1/2", "-3/2"])))
        return written_power(composition(draw, depth - 1), exponent)
    return Apply(name, (composition(draw, depth - 1), composition(draw, depth - 1)))


def random_claim(draw):
    """The right derivative of a random composition on a random domain; None where it has no rule."""
    f = composition(draw, draw.randint(1, 3))
    try:
        derivative = derive(f)
        return Spec(
            "f", f, derivative, (parse_interval(draw.choice(DOMAINS)),), Fraction(draw.choice(TOLERANCES))
        )
    except UsageError:
        return None


def found(claim):
    looks = count()
    return enclose(claim, 1024, None, Deadline(LOOKS, LOOKS, lambda: next(looks)))


@pytest.mark.parametrize("seed", range(30))
def test_what_is_found_of_random_compositions_is_accepted(seed):
    draw, judged = random.Random(seed), 0
    for _ in range(12):
        claim = random_claim(draw)
        verdict = found(claim) if claim is not None else None
        if isinstance(verdict, Proved | Refuted):
            assert verify(encode(verdict.certificate)).spec == claim, print_term(claim.function)
            judged += 1
    assert judged >= 2


def test_identities_of_random_compositions_are_accepted():
    draw, judged = random.Random("identities"), 0
    for _ in range(150):
        claim = random_claim(draw)
        if claim is not None:
            exact = identify(replace(claim, atol=Fraction(0)))
            if isinstance(exact, Identity):
                verify_identity(exact)
                judged += 1
    assert judged >= 40
