"""What rounding explains: rounded constants, by as much as they are rounded, and nothing else."""

from decimal import Decimal
from fractions import Fraction

import jax.numpy as jnp
import pytest
import torch

from certify.capture.aten import of_torch
from certify.capture.jaxpr import of_jax
from certify.capture.program import CapturedProgram
from certify.capture.rounding import LEAST, MOST, UNIT, allowed, rounded
from certify.catalogue import DEFAULT_TOLERANCE
from certify.language.spec import parse_interval
from certify.notation.parser import parse
from certify.prover.verdict import Certified, Refuted
from tests.capture.programs import judged

U = UNIT["float64"]
ROOT_HALF, BELL, ROOT_2_PI = (  # the doubles next to sqrt(1/2) and 1/sqrt(2*pi), a float32 to sqrt(2/pi)
    str(Decimal(value)) for value in (0.7071067811865476, 0.3989422804014327, 6693141 / 2**23)
)


def program(function, derivative, dtype="float64"):
    return CapturedProgram("f", "none", "none", dtype, parse(function), parse(derivative, output=True))


STEEP = {
    "log10": (of_torch, torch.log10, "1e-9,1"),
    "exp2": (of_torch, torch.exp2, "0,60"),
    "cbrt": (of_jax, jnp.cbrt, "1e-6,10"),
    "cbrt_left": (of_jax, jnp.cbrt, "-1,-1e-9"),
}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", STEEP)
def test_a_steep_derivative_is_certified_within_its_constants(name, dtype):
    read, function, domain = STEEP[name]
    verdict = judged(read(function, name, "f", dtype), domain)
    assert isinstance(verdict, Certified), str(verdict)
    assert verdict.spec.atol == verdict.spec.rtol <= 4 * UNIT[dtype]


COUNTED = {
    "short": ("x*0.5 + 3*x + 0.044921875", []),
    "integers": ("x*123456789123456789", []),
    "decimals_of_an_entry": ("x*0.1/3", []),
    "a_double": (f"x*{ROOT_HALF}", [Fraction(6369051672525773, 2**53)]),
    "of_either_sign": (
        f"x*{ROOT_HALF} - x*(-{ROOT_HALF})",
        [Fraction(6369051672525773, 2**53)],
    ),
    "a_cut_off": (f"max(x, {Decimal(2**-52)})", [Fraction(1, 2**52)]),
}


@pytest.mark.parametrize("name", COUNTED)
def test_constants_of_many_bits_are_taken_as_rounded(name):
    formula, expected = COUNTED[name]
    assert rounded(program(formula, "1")) == expected


def test_at_float32_half_of_24_bits_are_many():
    assert rounded(program(f"x*{ROOT_2_PI}", "1", "float32")) == [Fraction(6693141, 2**23)]
    assert rounded(program(f"x*{ROOT_2_PI}", "1")) == []


EXPLAINED = {  # f, s, and what moving the constants by a unit changes in f' - s, over u*(1 + |f'|)
    "one_constant": ("x", f"2*{ROOT_HALF}", 0.7071),  # |c*s'(c)|/(1 + 1) = sqrt(2)/2
    "in_f_and_s_alike": (f"x*{ROOT_HALF}", ROOT_HALF, 0),
    "in_an_exponent": ("exp(x)", f"exp(x*2*{ROOT_HALF})", 32e3),  # at x = 10, c*x*exp(c*x)/exp(x)
    "ill_conditioned": ("x", f"1e9*({ROOT_HALF} - 707/1000)", 1e9),
}


@pytest.mark.parametrize("name", EXPLAINED)
def test_what_a_unit_of_each_constant_explains_is_allowed_twice(name):
    f, s, units = EXPLAINED[name]
    limit = allowed(program(f, s), (parse_interval("-10,10"),)) / U
    assert limit == min(MOST, max(LEAST, limit))
    if LEAST < 2 * units < MOST:
        assert 0.9 * 2 * units < limit < 1.1 * 2 * units + 1
    else:
        assert limit == (MOST if 2 * units >= MOST else LEAST)


def test_without_rounded_constants_nothing_is_explained():
    right, wrong = program("sin(x)**2", "sin(2*x)"), program("x*x", "2*x*(1 + 1/1024**4)")
    assert allowed(right, (parse_interval("-1,1"),)) == DEFAULT_TOLERANCE
    assert isinstance(judged(right, "-1,1"), Certified)  # no identity is found
    assert isinstance(judged(wrong, "-1,1"), Refuted)


@pytest.mark.parametrize("off", ["1e-12", "1e-13", "1e-14"])
def test_a_constant_that_is_off_by_more_than_its_rounding_is_refuted(off):
    wrong = program(
        "x*(1 + erf(x/sqrt(2)))/2",
        f"(1 + erf(x*{ROOT_HALF}))/2 + x*exp(-x*x/2)*{BELL}*(1 + {off})",
    )
    right = program(
        "x*(1 + erf(x/sqrt(2)))/2", f"(1 + erf(x*{ROOT_HALF}))/2 + x*exp(-x*x/2)*0.3989422804014327"
    )
    assert isinstance(judged(wrong), Refuted)
    assert isinstance(judged(right), Certified)


def test_an_ill_conditioned_program_is_allowed_no_more_than_the_most():
    """Off by 1e-9, which the rounding of constants that cancel would explain."""
    gap = Fraction(0.7071067811865476) - Fraction(707, 1000)
    right = program("x", f"1 + 1e9*({ROOT_HALF} - 707/1000 - {gap.numerator}/{gap.denominator})")
    wrong = program("x", f"1 + 1e9*({ROOT_HALF} - 707/1000 - {gap.numerator}/{gap.denominator}) + 1e-9")
    assert isinstance(judged(right), Certified)
    assert isinstance(judged(wrong), Refuted)
