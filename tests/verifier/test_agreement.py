"""What the prover certifies the verifier accepts: compositions whose discs lie close to cuts and poles,
where one evaluation that is less sharp than the other would reject an honest file."""

from fractions import Fraction

import pytest

from certify.certificate import encode
from certify.enclosure.prover import prove
from certify.language.derive import derive
from certify.language.parser import parse
from certify.spec import Spec, parse_interval
from certify.verdict import Proved
from certify.verifier.checker import verify

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
    verdict = prove(spec, 4096)
    assert isinstance(verdict, Proved), str(verdict)
    assert verify(encode(verdict.certificate)).spec.name == "f"
