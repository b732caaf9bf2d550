"""What is short for a formula means what its name says, and its derivative is proved."""

import mpmath
import pytest

import certify
from certify import math as m
from certify.language.names import ABBREVIATED
from certify.notation.abbreviations import ABBREVIATIONS
from certify.notation.parser import parse
from certify.notation.trace import trace
from tests import routes

# name: its meaning in mpmath, its derivative in the language, a domain
MEANT = {
    "exp2": (lambda x: 2**x, "y*log(2)", (-10, 10)),
    "log2": (lambda x: mpmath.log(x, 2), "1/(x*log(2))", ("1/10", 10)),
    "log10": (mpmath.log10, "1/(x*log(10))", ("1/10", 10)),
    "rsqrt": (lambda x: x ** (-mpmath.mpf(1) / 2), "-y**3/2", ("1/10", 10)),
    "reciprocal": (lambda x: 1 / x, "-y*y", ("1/10", 10)),
    "square": (lambda x: x**2, "2*x", (-10, 10)),
    "ndtr": (mpmath.ncdf, "exp(-x*x/2)/sqrt(2*pi)", (-5, 5)),
    "ndtri": (lambda x: mpmath.sqrt(2) * mpmath.erfinv(2 * x - 1), "sqrt(2*pi)*exp(y*y/2)", ("1/10", "9/10")),
    "log_ndtr": (lambda x: mpmath.log(mpmath.ncdf(x)), "exp(-x*x/2)/sqrt(2*pi)/ndtr(x)", (-5, 5)),
}


@pytest.mark.parametrize("name", {**ABBREVIATIONS, **MEANT})
def test_means_what_its_name_says(name):
    term = parse(f"{name}(x)")
    with mpmath.workdps(40):
        for x in (mpmath.mpf(2) / 7, mpmath.mpf(7) / 9 if name == "ndtri" else mpmath.mpf(3)):
            assert abs(routes.value(term, x) - MEANT[name][0](x)) < 1e-35
    assert trace(getattr(m, name)) == term


@pytest.mark.parametrize("name", MEANT)
def test_its_derivative_is_proved(name):
    _, derivative, domain = MEANT[name]
    verdict = certify.prove(f"{name}(x)", derivative, domain)
    assert isinstance(verdict, certify.Proved if name == "ndtri" else certify.Certified), verdict
    assert verdict.certificate.identity is not None or name == "ndtri"


def test_a_wrong_one_is_suggested_a_right_one():
    with pytest.raises(certify.UsageError, match="did you mean rsqrt"):
        parse("rsqr(x)")


def test_the_names_of_abbreviations_are_reserved_where_the_formulas_are_not_read():
    assert sorted(ABBREVIATIONS) == sorted(ABBREVIATED)
