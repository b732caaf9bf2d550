"""Claims on domains with open ends: what is shown up to them, and that nothing false is, there or beside."""

import os
import random
from fractions import Fraction

import mpmath
import pytest

import certify
from certify.certificate.enclosure import Certificate, encode
from certify.certificate.identity import Identity
from certify.language.errors import Rejected, TermError
from certify.language.spec import Spec, parse_interval
from certify.notation.derive import derive
from certify.notation.parser import parse
from certify.prover.identity.search import identify
from certify.prover.verdict import Certified, Obstruction, Refuted, Undecided
from certify.verifier.checker import verify
from tests import routes

F = Fraction

# f, s, the domain on which f' = s, and that with its ends closed, where it is not shown
HELD = {
    "log": ("log(x)", "1/x", "(0,inf)", "0,inf"),
    "reciprocal": ("1/x", "-1/x**2", "(-inf,0);(0,inf)", "-inf,inf"),
    "root": ("sqrt(x)", "1/(2*y)", "(0,1]", "0,1"),
    "cube_root": ("x**(1/3)", "y/(3*x)", "(0,8]", "0,8"),
    "power": ("x**x", "x**x*(log(x) + 1)", "(0,1)", "[0,1)"),
    "asin": ("asin(x)", "1/sqrt(1 - x*x)", "(-1,1)", "[-1,1)"),
    "acosh": ("acosh(x)", "1/sqrt(x*x - 1)", "(1,inf)", "1,inf"),
    "log_of_log": ("log(log(x))", "1/(x*log(x))", "(1,inf)", "1,inf"),
    "inverse_of_softplus": ("log(expm1(x))", "1/(1 - exp(-x))", "(0,inf)", "0,inf"),
    "reciprocal_of_tanh": ("1/tanh(x)", "1 - y*y", "(0,inf)", "0,inf"),
    "from_the_right": ("log(-x)", "1/x", "(-inf,0)", "-inf,0"),
    "factors": ("log(x*(x - 1))", "(2*x - 1)/(x*(x - 1))", "(1,inf)", "1,inf"),
    "abs": ("abs(x)", "sign(x)", "(0,1);(-1,0)", "0,1"),
    "a_value_of_s": ("x*x", "where(x > 0, 2*x, 5)", "(0,1]", "0,1"),
    "a_guard": ("where(x*x > 0, log(x), 7)", "1/x", "(0,1]", "0,1"),
}


def spec(function, derivative, domain):
    terms = parse(function), parse(derivative, output=True)
    return Spec("sample", *terms, tuple(sorted(map(parse_interval, domain.split(";")), key=str)), F(0))


@pytest.mark.parametrize("name", HELD)
def test_is_certified_up_to_an_open_end_and_not_with_it(name):
    f, s, domain, closed = HELD[name]
    assert isinstance(certify.prove(f, s, domain.split(";")), Certified)
    assert isinstance(certify.prove(f, s, closed, 0), Undecided | Refuted)


FALSE = {
    "log_of_negatives": ("log(x)", "1/x", "(-1,inf)"),
    "a_pole_inside": ("1/x", "-1/x**2", "(-1,1)"),
    "a_pole_at_the_other_end": ("1/(x - 1)", "-y*y", "(0,1]"),
    "a_kink_inside": ("abs(x)", "sign(x) + 1", "(-1,1)"),
    "a_jump_that_no_open_end_hides": ("where(x > 1, x + 1, x)", "1", "(0,2)"),
    "an_odd_root_of_negatives": ("x**(1/3)", "y/(3*x)", "(-8,0)"),
    "a_root_of_negatives": ("sqrt(x)", "1/(2*y)", "(-1,0)"),
    "a_guard_that_is_0_inside": ("where(x*x > 0, x, 5)", "1", "(-1,1)"),
    "a_divisor_that_comes_back": ("1/(x*(x - 1/2))", "-(2*x - 1/2)/(x*(x - 1/2))**2", "(0,1)"),
    "wrong_beside_the_end": ("log(x)", "where(x < 1e-12, 2/x, 1/x)", "(0,1)"),
    "wrong_everywhere": ("log(x)", "1/x + 1e-40", "(0,1)"),
}


@pytest.mark.parametrize("name", FALSE)
def test_what_is_false_inside_is_not_certified(name):
    assert not certify.prove(*FALSE[name])
    assert not certify.prove(*FALSE[name], 0)


REFUTED = {
    "by_a_small_amount": ("log(x)", "1/x + 1e-40", "(0,inf)", 0),
    "beside_the_end": ("log(x)", "where(x < 1e-6, 2/x, 1/x)", "(0,inf)", 0),
    "by_more_than_the_tolerance_beside_the_end": ("log(x)", "1.0000000001/x", "(0,1]", "1e-3"),
    "at_the_closed_end": ("x*x", "where(x < 1, 2*x, 7)", "(0,1]", 0),
    "between": ("log(x)", "1/x + where(x > 2, 1e-9, 0)", ["(0,1)", "(1,3)"], 0),
}


@pytest.mark.parametrize("name", REFUTED)
def test_a_refutation_states_a_closed_part_of_the_domain(name):
    *claim, tolerance = REFUTED[name]
    verdict = certify.prove(*claim, tolerance)
    assert isinstance(verdict, Refuted)
    stated = [parse_interval(text) for text in (claim[2] if isinstance(claim[2], list) else [claim[2]])]
    assert verdict.spec.compact_domain() is not None
    assert all(whole.covers(part) for whole, part in zip(stated, verdict.spec.domain, strict=True))
    assert any(verdict.witness in part for part in verdict.spec.domain)
    assert verify(encode(verdict.certificate)) == verdict.certificate


def test_a_value_of_s_at_an_open_end_refutes_nothing():
    assert isinstance(certify.prove("x*x", "where(x > 0, 2*x, 5)", "(0,1)", 0), Certified)
    assert isinstance(certify.prove("x*x", "where(x > 0, 2*x, 5)", "[0,1)", 0), Refuted | Undecided)


HINTS = {
    ("log(x)", "1/x", "0,inf", 0): '--domain "(0,inf)"',
    ("1/x", "-1/x**2", "-inf,inf", 0): '--domain "(-inf,0)" --domain "(0,inf)"',
    ("log(x)", "1/x", "0,10", "1e-30"): '--domain "(0,10]"',
    ("1/(x - 1)", "-y*y", "0,2", "1e-30"): '--domain "[0,1)" --domain "(1,2]"',
    ("log(x)", "1/x + 1e-40", "(0,1]", "1e-3"): "closed ends (--domain 0.01,1)",
    ("sin(x)**2/x", "sin(2*x)/x - y/x", "(0,inf)", "1e-9"): "closed ends (--domain 0.01,20)",
    ("log(x*x - x)", "(2*x - 1)/(x*x - x)", "(1,inf)", 0): "x*(x - 1) for x*x - x",
    ("1/(x - sin(x))", "-(1 - cos(x))*y*y", "(0,1]", 0): "closed ends (--domain 0.01,1)",
}


@pytest.mark.parametrize("claim", HINTS, ids=str)
def test_the_hint_says_how_to_write_the_domain(claim):
    verdict = certify.prove(*claim)
    assert isinstance(verdict, Undecided)
    assert HINTS[claim] in verdict.obstructions[0].hint


def test_of_an_open_end_no_word_is_taken():
    for said in ({0: "jump"}, {0: "1/2"}):
        found = certify.prove("abs(x)", "sign(x)", "(0,1)", kinks=said)
        assert isinstance(found, Certified)  # as of any kink outside the domain
        assert found.spec.exceptions == found.spec.kink_values == ()
    terms = parse("abs(x)"), parse("sign(x)")
    claim = Spec("sample", *terms, (parse_interval("(0,1)"),), F(0), exceptions=(F(0),))
    assert isinstance(identify(claim), Obstruction)


# --- random claims -------------------------------------------------------------------------------

AT = (  # what is singular, or changes its formula, at C
    *("log(x - C)", "log(C - x)", "1/(x - C)", "sqrt(x - C)", "sqrt(C - x)", "(x - C)**(1/3)", "(x - C)**x"),
    *("asin(x - C + 1)", "acos(C - x - 1)", "atanh(x - C - 1)", "acosh(x - C + 1)", "log1p(x - C - 1)"),
    *("log(expm1(x - C))", "1/sinh(x - C)", "1/tanh(C - x)", "1/(exp(x - C) - 1)", "log(abs(x - C))"),
    *("abs(x - C)", "sign(x - C)", "max(x, C)", "min(x*x, C*x)", "sqrt(abs(x - C))", "1/sin(x - C)"),
    *(
        "where(x > C, x*x, 1/x)",
        "where(x >= C, log(x), x)",
        "where((x - C)**2 > 0, x, 3)",
        "1/log(x - C + 1)",
    ),
)
WITH = ("A + B", "A*B", "sigmoid(A)", "exp(-A*A)", "A", "A", "log(A)", "1/A", "sqrt(A)", "x**2*A")
PLACES = ("0", "1", "2", "-1", "1/2")


def a_claim(draw):
    """f, s by rule and sometimes with a value of its own at a point, and a domain."""
    places = [draw.choice(PLACES) for _ in range(2)]
    parts = [draw.choice(AT).replace("C", f"({place})") for place in places]
    text = draw.choice(WITH).replace("A", f"({parts[0]})").replace("B", f"({parts[1]})")
    f = parse(text)
    s = derive(f)
    low, high = sorted(draw.sample([F(p) for p in (*PLACES, "-2", "3", "5/2")], 2))
    ends = [str(low), str(high)]
    if draw.random() < 0.2:
        ends = draw.choice([["-inf", str(low)], [str(high), "inf"]])
    left = "(" if "inf" in ends[0] else draw.choice("([(")
    right = ")" if "inf" in ends[1] else draw.choice(")])")
    return Spec("sample", f, s, (parse_interval(f"{left}{','.join(ends)}{right}"),), F(0))


def points(part, cuts):
    near = [F(1, 10**k) for k in (1, 4, 9, 14)]
    ends = [end for end in (part.low, part.high, *cuts) if end is not None]
    found = {*ends, *(end + side * step for end in ends for step in near for side in (1, -1))}
    inner = part.inside()
    return sorted(x for x in {*found, inner, inner + F(1, 7)} if x in part)


def is_true_at(claim, x):
    """Whether f has quotients on both sides of x that are s(x), by mpmath."""
    at, step = mpmath.mpf(x.numerator) / x.denominator, mpmath.mpf(10) ** -30
    f = [routes.value(claim.function, at + side * step) for side in (-1, 0, 1)]
    s = routes.value(claim.derivative, at)
    if not all(mpmath.isfinite(v) and mpmath.im(v) == 0 for v in (*f, s)):
        return False
    quotients = ((f[1] - f[0]) / step, (f[2] - f[1]) / step)
    return all(abs(q - s) < mpmath.mpf(10) ** -6 * (1 + abs(s)) for q in quotients)


def is_accepted(identity):
    try:
        return bool(verify(encode(Certificate(identity.spec, None, identity))))
    except Rejected:
        return False


def test_what_is_certified_of_random_claims_is_true_up_to_the_ends():
    draw, certified, up_to_open = random.Random(int(os.environ.get("SEED", "1"))), 0, 0
    with mpmath.workdps(110):
        for _ in range(int(os.environ.get("CLAIMS", "300"))):
            try:
                claim = a_claim(draw)
            except TermError:
                continue
            found = identify(claim)
            if not isinstance(found, Identity) or not is_accepted(found):
                continue
            (part,) = claim.domain
            certified += 1
            up_to_open += not part.is_closed
            for x in points(part, [F(p) for p in PLACES]):
                if x not in found.left_out:
                    assert is_true_at(claim, x), (str(claim.domain[0]), claim.function, x)
    assert certified >= 40
    assert up_to_open >= 25
