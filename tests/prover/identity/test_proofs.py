"""What a proof says of the points where formulas change, and that wrong derivatives have none."""

import random
from dataclasses import replace
from fractions import Fraction

import mpmath
import pytest

from certify.catalogue import builtin
from certify.certificate.identity import Identity, encode_identity, read_identity
from certify.language.affine import affine
from certify.language.spec import Spec, parse_interval, parse_range
from certify.language.terms import Apply, Rational, Where, bind, subterms, written_power
from certify.notation.parser import parse
from certify.prover.identity.difference import Different, NotReduced
from certify.prover.identity.search import identify
from certify.prover.verdict import Obstruction
from certify.verifier.identity.checker import verify_identity
from tests import routes

F = Fraction
ENTRIES = builtin()


def spec(function, derivative, domain="-inf,inf", exceptions=(), **parameters):
    values = {name: parse_range(text) if text[0] in "([" else F(text) for name, text in parameters.items()}
    f, s = parse(function, values), parse(derivative, values, output=True)
    intervals = tuple(parse_interval(part) for part in domain.split(";"))
    return Spec("sample", f, s, intervals, F(0), F(0), values, tuple(sorted(exceptions)))


def number(q):
    return mpmath.mpf(q.numerator) / q.denominator


def some_values(claim):
    """A value from each symbolic parameter's range."""
    found = {}
    for name, values in claim.ranges.items():
        lo = values.low if values.low is not None else (values.high or F(0)) - 5
        hi = values.high if values.high is not None else lo + 5
        found[name] = lo + F(3, 7) * (hi - lo)
    return found


def bound(claim):
    """f and s with a value in the place of each parameter."""
    return [bind(term, some_values(claim)) for term in claim.bound_terms()]


def value(term, x):
    return routes.value(term, number(x) if isinstance(x, Fraction) else x)


def points_between(lo, hi):
    """Rationals strictly between two ends."""
    lo = lo if lo is not None else (hi if hi is not None else F(5)) - 9
    hi = hi if hi is not None else lo + 11
    return [lo + (hi - lo) * share for share in (F(1, 97), F(2, 7), F(5, 9), F(96, 97))]


def turning_points(claim):
    """Where an affine guard of f or s is 0."""
    for node in (node for term in claim.bound_terms() for node in subterms(term)):
        guards = []
        if isinstance(node, Where):
            guards = [Apply("sub", (node.left, node.right))]
        elif isinstance(node, Apply) and node.function in ("abs", "sign"):
            guards = [node.arguments[0]]
        elif isinstance(node, Apply) and node.function in ("min", "max"):
            guards = [Apply("sub", node.arguments)]
        for slope, offset in filter(None, map(affine, guards)):
            if slope:
                yield -offset / slope


def inside(claim, x):
    return any(x in part for part in claim.domain)


STEP = mpmath.mpf(10) ** -25


def check_the_statement(found):
    """f'(x) = s(x) by quotients on both sides, wherever the proof leaves nothing out."""
    claim = found.spec
    with mpmath.workdps(80):
        f, s = bound(claim)
        ends = {end for section in found.sections for end in section.ends if end is not None}
        inner = {x for section in found.sections for x in points_between(section.ends[0], section.ends[-1])}
        cuts = {cut for section in found.sections for piece in section.pieces for cut in piece.cover}
        special = {x for x in (*turning_points(claim), F(0), F(1), F(-1)) if inside(claim, x)}
        for x in sorted((ends | inner | cuts | special) - set(found.left_out)):
            at, expected = value(f, x), value(s, x)
            for side in (1, -1):
                quotient = (value(f, number(x) + side * STEP) - at) / (side * STEP)
                assert abs(quotient - expected) < 1e-20 * (1 + abs(expected)), (x, side)
        for join in found.joins:
            check_the_verdict(join, f, s)


def check_the_verdict(join, f, s):
    left, middle, right = (value(f, number(join.at) + side * STEP) for side in (-1, 0, 1))
    slopes = sorted([(middle - left) / STEP, (right - middle) / STEP])
    continuous = max(abs(left - middle), abs(right - middle)) < 1e-20
    match join.verdict:
        case "smooth":
            assert continuous
            assert slopes[1] - slopes[0] < 1e-20
        case "subgradient":
            assert continuous
            assert slopes[0] - 1e-20 < value(s, join.at) < slopes[1] + 1e-20
        case "jump":
            assert not continuous


def proved(*formulas, **parameters):
    found = identify(spec(*formulas, **parameters))
    assert isinstance(found, Identity), found
    check_the_statement(found)
    verify_identity(found)
    assert read_identity(encode_identity(found), found.spec) == found
    return found


def check_the_difference(claim, found):
    """The interval holds f' - s at the point, by mpmath's differences, and not 0."""
    assert isinstance(found, Different), found
    with mpmath.workdps(60):
        lo, hi = map(number, found.difference)
        f, s = (bind(term, found.parameters) for term in claim.bound_terms())
        gap = mpmath.diff(lambda t: value(f, t), number(found.at)) - value(s, found.at)
        assert lo - 1e-40 * (1 + abs(gap)) <= gap <= hi + 1e-40 * (1 + abs(gap))
    assert lo > 0 or hi < 0
    assert all(found.parameters[name] in values for name, values in claim.ranges.items())
    assert inside(claim, found.at)


def check_what_is_left(claim, found):
    """What f' - s was reduced to is f' - s."""
    with mpmath.workdps(60):
        f, s = bound(claim)
        difference = bind(found.difference, some_values(claim))
        for x in points_between(found.lo, found.hi):
            gap = mpmath.diff(lambda t: value(f, t), number(x)) - value(s, x)
            assert abs(value(difference, x) - gap) < 1e-40 * (1 + abs(gap)), x


# --- proofs -------------------------------------------------------------------------------

EXOTIC = {
    "acosh_off_1": ("acosh(x)", "1/sqrt(x*x - 1)", "2,3"),
    "asin_off_1": ("asin(x)", "1/sqrt(1 - x**2)", "-1/2,1/2"),
    "atanh_off_1": ("atanh(x)", "1/((1 - x)*(1 + x))", "-9/10,9/10"),
    "atan_on_the_line": ("atan(x)", "1/(x*x + 1)", "-inf,inf"),
    "asinh_of_sinh": ("asinh(x)*cosh(x)", "asinh(x)*sinh(x) + cosh(x)/sqrt(x*x + 1)", "-inf,inf"),
    "log1p_to_infinity": ("log1p(x)", "1/(1 + x)", "-1/2,inf"),
    "expm1": ("x/2 + expm1(-x)", "1/2 - exp(-x)", "-inf,inf"),
    "erf_gelu": ("x*erfc(-x/sqrt(2))/2", "erfc(-x/sqrt(2))/2 + x*exp(-x**2/2)/sqrt(2*pi)", "-inf,inf"),
    "mish_by_powers": (
        "x*((1 + exp(x))**2 - 1)/((1 + exp(x))**2 + 1)",
        "tanh(softplus(x)) + x*sigmoid(x)/cosh(softplus(x))**2",
        "-inf,inf",
    ),
    "x_to_the_x": ("x**x", "x**x + x**x*log(x)", "1/3,inf"),
    "x_to_the_3_halves": ("x**(3/2)", "3/2*x**(1/2)", "1/100,inf"),
    "a_power_of_a_number": ("2**x", "log(2)*2**x", "-inf,inf"),
    "a_pole_left_out": ("1/(x - 1/3)", "-9/(3*x - 1)**2", "-inf,0;1/2,inf"),
}


@pytest.mark.parametrize("name", EXOTIC)
def test_exotic_functions_are_proved(name):
    found = proved(*EXOTIC[name])
    assert found.joins == ()
    assert found.left_out == ()


SYMBOLIC = {
    "a_power": ("x**p", "p*x**(p - 1)", "1/9,inf", {"p": "(-inf, inf)"}),
    "swish": ("x*sigmoid(b*x)", "y/x + b*y*(1 - y/x)", "1,inf", {"b": "(-inf, inf)"}),
    "a_smoothed_root": ("sqrt(x*x + eps)", "x/y", "-inf,inf", {"eps": "(0, inf)"}),
    "a_gaussian": (
        "exp(-(x - m)**2/(2*v))",
        "(m - x)/v*y",
        "-inf,inf",
        {"m": "(-inf, inf)", "v": "(0, inf)"},
    ),
    "a_closed_range": ("1/(x*x + c)", "-2*x*y**2", "-inf,inf", {"c": "[1, 2]"}),
    "a_guard_of_a_parameter": ("where(a > 0, a*x, -x)", "a", "-inf,inf", {"a": "(0, inf)"}),
    "a_guard_of_both": ("max(x*x + a, 0)", "2*x", "-inf,inf", {"a": "(0, 1)"}),
    "the_larger_of_two": ("x*max(a, b)", "b", "-inf,inf", {"a": "[0, 1]", "b": "(1, 2)"}),
}


@pytest.mark.parametrize("name", SYMBOLIC)
def test_parameters_stay_symbolic(name):
    function, derivative, domain, parameters = SYMBOLIC[name]
    found = proved(function, derivative, domain, **parameters)
    assert found.spec.ranges.keys() == parameters.keys()


@pytest.mark.parametrize(
    ("domain", "left_out", "open_ends"),
    [
        ("-inf,inf", (-1, 0, 2), ()),
        ("0,inf", (0, 2), (0,)),
        ("-1,2", (-1, 0, 2), (-1, 2)),
        ("-1/2,-1/3;-1/4,1", (0,), ()),
        ("-3,-2;-1,-1/2;1,2;3,4", (-1, 2), (-1, 2)),
        ("-3,-2;3,4", (), ()),
    ],
)
def test_kinks_are_left_out_where_the_domain_has_them(domain, left_out, open_ends):
    formulas = ("abs(x + 1) + 2*abs(x) - max(x, 2)", "sign(x + 1) + 2*sign(x) - where(x > 2, 1, 0)")
    if open_ends:
        refused = identify(spec(*formulas, domain))
        assert isinstance(refused, Obstruction)
        assert (refused.lo, refused.hi) == (open_ends[0], open_ends[0])
        assert "a kink at an end of the domain" in refused.why
    found = proved(*formulas, domain, exceptions=open_ends)
    assert found.left_out == left_out
    assert found.open_ends == open_ends
    assert [join.at for join in found.joins] == [at for at in left_out if at not in open_ends]


BETWEEN = {
    "a_cubic_kink": (("abs(x)**3", "3*x*abs(x)"), {0: "smooth"}),
    "a_square_of_relu": (("max(x, 0)**2", "2*max(x, 0)"), {0: "smooth"}),
    "softsign": (("x/(1 + abs(x))", "1/(1 + abs(x))**2"), {0: "smooth"}),
    "elu_with_expm1": (("where(x > 0, x, expm1(x))", "exp(min(x, 0))"), {0: "smooth"}),
    "softplus_by_its_larger_part": (
        ("max(x, 0) + log1p(exp(-abs(x)))", "where(x > 0, 1, exp(x))/(1 + exp(-abs(x)))"),
        {0: "smooth"},
    ),
    "abs_with_1_at_0": (("abs(x)", "where(x >= 0, 1, -1)"), {0: "subgradient"}),
    "abs_with_a_third_at_0": (("abs(x)", "where(x > 0, 1, where(x < 0, -1, 1/3))"), {0: "subgradient"}),
    "abs_with_more_than_1_at_0": (("abs(x)", "where(x > 0, 1, where(x < 0, -1, 3/2))"), {0: "open"}),
    "a_point_off_the_line": (("where(x > 0, x, where(x < 0, x, 1))", "1"), {0: "jump"}),
    "a_step": (("sign(x - 1/3)", "0"), {F(1, 3): "jump"}),
    "a_step_that_is_not_rational": (("where(x > 0, pi, 0)", "0"), {0: "open"}),
    "a_kink_of_a_parameter": (("where(x > 0, a*x, x)", "where(x > 0, a, 1)"), {0: "subgradient"}),
    "many_kinks": (("max(min(x, 1), -1)", "where(abs(x) < 1, 1, 0)"), {-1: "subgradient", 1: "subgradient"}),
    "relu_inside_exp": (("exp(max(x, 0))", "where(x > 0, exp(x), 0)"), {0: "subgradient"}),
}


@pytest.mark.parametrize("name", BETWEEN)
def test_what_is_said_of_the_points_between_formulas(name):
    formulas, expected = BETWEEN[name]
    parameters = {"a": "(0, 1)"} if "a*x" in formulas[0] else {}
    exceptions = [at for at, verdict in expected.items() if verdict in ("jump", "open")]
    if exceptions:
        refused = identify(spec(*formulas, **parameters))
        assert isinstance(refused, Obstruction)
        assert (refused.lo, refused.hi) == (exceptions[0], exceptions[0])
        assert f"--kink {exceptions[0]}={expected[exceptions[0]]}" in refused.hint
    found = proved(*formulas, exceptions=exceptions, **parameters)
    assert {join.at: join.verdict for join in found.joins} == expected


def verdict_of(power, gap, off, middle):
    """The truth on f = A + gap*(x - b)**power left of b, A right of it, A + middle at b, with
    s(b) = A'(b) + off."""
    if middle or (power == 0 and gap):
        return "jump"
    slopes = (0, gap if power == 1 else 0)
    if off == slopes[0] == slopes[1]:
        return "smooth"
    return "subgradient" if min(slopes) <= off <= max(slopes) and slopes[0] != slopes[1] else "open"


@pytest.mark.parametrize("seed", range(3))
def test_verdicts_are_true_of_functions_made_to_have_them(seed):
    draw, seen = random.Random(seed), set()
    smooth = [
        ("exp(x)", "exp(x)"),
        ("x**3 - x", "3*x**2 - 1"),
        ("sqrt(x*x + 2)", "x/sqrt(x*x + 2)"),
        ("sin(x)", "cos(x)"),
    ]
    for _ in range(15):
        (A, slope), b = draw.choice(smooth), F(draw.randint(-4, 4), draw.randint(1, 3))
        power, gap = draw.randint(0, 3), F(draw.choice([-2, -1, 1, 3]), 2)
        off = draw.choice([F(0), F(0), gap, gap / 3 if A == "x**3 - x" else 2 * gap, -gap])
        middle = draw.choice([0, 0, 0, 1])
        lower = f"{A} + ({gap})*(x - ({b}))**{power}"
        lower_slope = f"{slope} + ({gap})*{power}*(x - ({b}))**{max(power - 1, 0)}"
        f = f"where(x > {b}, {A}, where(x < {b}, {lower}, {A} + {middle}))"
        s = f"where(x > {b}, {slope}, where(x < {b}, {lower_slope}, {slope} + ({off})))"
        domain = draw.choice(["-inf,inf", f"{b - 1},{b + 1}", f"{b - 1},{b};{b + 1},inf"])
        at_an_end = domain.startswith(f"{b - 1},{b};")
        excepted = at_an_end or verdict_of(power, gap, off, middle) in ("jump", "open")
        assert isinstance(identify(spec(f, s, domain, exceptions=() if excepted else (b,))), Obstruction)
        found = proved(f, s, domain, exceptions=(b,) if excepted else ())
        if found.open_ends:
            assert (found.open_ends, found.joins) == ((b,), ())
            continue
        [join] = found.joins
        assert (join.at, join.verdict) == (b, verdict_of(power, gap, off, middle)), (f, s)
        seen.add(join.verdict)
    assert len(seen) >= 3


def test_a_tolerance_is_no_part_of_the_proof():
    found = identify(replace(spec("x*x", "2*x", "0,1"), atol=F(1, 10), rtol=F(1, 10)))
    assert (found.spec.atol, found.spec.rtol) == (0, 0)


# --- no proofs ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ENTRIES)
def test_an_entry_that_is_off_by_little_is_different(name):
    claim = ENTRIES[name].spec()
    claim = replace(claim, derivative=Apply("add", (claim.derivative, Rational(F(1, 10**9)))))
    found = identify(claim)
    check_the_difference(claim, found)
    assert found.difference[0] <= -F(1, 10**9) <= found.difference[1]


WRONG = {
    "a_sign": ("cosh(x)", "-sinh(x)", {}),
    "tanh_without_a_square": ("tanh(x)", "1 - y", {}),
    "silu_with_a_sign": ("x*sigmoid(x)", "sigmoid(x) - y*(1 - sigmoid(x))", {}),
    "softplus_mirrored": ("softplus(x)", "sigmoid(-x)", {}),
    "swish_without_beta": ("x*sigmoid(b*x)", "sigmoid(b*x)*(1 + x*(1 - sigmoid(b*x)))", {"b": "(1, 2)"}),
    "gelu_44716": ("tanh(x + 0.044715*x**3)", "(1 - y**2)*(1 + 0.134148*x**2)", {}),
    "a_rounded_root_of_pi": ("erf(x)", "1.1283791670955125739*exp(-x*x)", {}),
    "mish_without_a_factor": ("x*tanh(softplus(x))", "tanh(softplus(x)) + x*(1 - tanh(softplus(x))**2)", {}),
    "elu_on_one_side": ("where(x > 0, x, exp(x) - 1)", "where(x > 0, 1, y)", {}),
    "a_chain_without_its_end": ("sin(x*x)", "cos(x*x)", {}),
    "a_quotient_turned": ("x/(1 + x*x)", "(x*x - 1)/(1 + x*x)**2", {}),
    "a_parameter_for_another": ("exp(a*x)", "b*exp(a*x)", {"a": "(0, 1)", "b": "(2, 3)"}),
    "a_power_too_low": ("(x*x + 1)**(3/2)", "3*x*(x*x + 1)**(1/3)", {}),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_found_different(name):
    function, derivative, parameters = WRONG[name]
    claim = spec(function, derivative, **parameters)
    check_the_difference(claim, identify(claim))


@pytest.mark.parametrize(
    ("function", "derivative", "at"),
    [
        ("x**3", "where(x > 1, 3*x*x, where(x < 1, 3*x*x, 2))", 1),
        ("sigmoid(x)", "where(x > 0, y*(1 - y), where(x < 0, y*(1 - y), 1))", 0),
        ("x*x", "2*abs(x)*sign(x) + where(x > 0, 0, where(x < 0, 0, 1))", 0),
    ],
)
def test_a_wrong_value_of_s_at_one_point_is_named(function, derivative, at):
    claim = spec(function, derivative)
    found = identify(claim)
    assert found.at == at
    check_the_difference(claim, found)


# Equal by formulas that no rule of the normal form holds: it is said that neither was found.
NOT_REDUCED = {
    "the_double_angle": ("sin(x)**2", "sin(2*x)", "-1,1"),
    "a_sum_of_angles": ("sin(x + 1)", "cos(x)*cos(1) - sin(x)*sin(1)", "-inf,inf"),
    "an_inverse_of_its_function": ("tan(atan(x))", "1", "-1,1"),
}


@pytest.mark.parametrize("name", NOT_REDUCED)
def test_what_the_normal_form_leaves_is_neither_equal_nor_different(name):
    claim = spec(*NOT_REDUCED[name])
    found = identify(claim)
    assert isinstance(found, NotReduced), found
    check_what_is_left(claim, found)
    assert "neither f' = s nor a point where they differ was found" in str(found)


def test_a_small_difference_is_shown_and_one_below_every_precision_is_not_found():
    claim = spec("sin(x)", "cos(x) + 1e-30")
    check_the_difference(claim, identify(claim))
    assert isinstance(identify(spec("sin(x)", "cos(x) + 1e-3000")), NotReduced)


UNPROVED = {
    "a_pole_beyond_an_end": ("1/(x - 1)", "-1/(x - 1)**2", "0,1"),
    "a_pole_of_s": ("x", "x/x", "-1,1"),
    "a_logarithm_at_0": ("x*log(x)", "log(x) + 1", "0,1"),
    "a_root_at_0": ("x**(3/2)", "3/2*x**(1/2)", "0,1"),
    "an_arc_sine_at_1": ("asin(x)", "1/sqrt(1 - x**2)", "0,1"),
    "an_undefined_value_at_a_kink": ("where(x > 0, x, where(x < 0, -x, 1/0))", "sign(x)", "-1,1"),
    "a_value_of_s_that_is_undefined": ("x", "where(x > 0, 1, where(x < 0, 1, log(x)))", "-1,1"),
    "a_cancelled_pole": ("x*(1/x)", "0", "-1,1"),
    "a_kink_that_is_not_rational": ("max(x**3, 2)", "where(x**3 > 2, 3*x**2, 0)", "0,2"),
    "a_range_with_its_end": ("sqrt(x*x + a)", "x/y", "-1,1"),
    "a_guard_of_a_range_with_its_end": ("where(a > 0, x, 0)", "1", "-1,1"),
}


@pytest.mark.parametrize("name", UNPROVED)
def test_what_is_not_differentiable_somewhere_is_not_proved(name):
    function, derivative, domain = UNPROVED[name]
    parameters = {"a": "[0, 1]"} if "range" in name else {}
    assert isinstance(identify(spec(function, derivative, domain, **parameters)), Obstruction)


def test_an_identity_that_is_too_long_to_write_is_none():
    logarithms = "+".join(f"log({n}*x)" for n in range(2, 70))
    assert isinstance(identify(spec(logarithms, "68/x", "1,inf")), Obstruction)


def mutated(term, draw):
    """The term with one node changed."""
    nodes = list(subterms(term))
    chosen = draw.choice(nodes)
    swap = {"add": "sub", "sub": "add", "mul": "div", "div": "mul", "exp": "sinh", "sin": "cos", "cos": "sin"}
    swap |= {"tanh": "erf", "sigmoid": "tanh", "log": "sqrt", "sqrt": "neg", "neg": "exp", "erf": "tanh"}

    def rebuilt(node):
        if node is chosen:
            if isinstance(node, Apply) and node.function in swap:
                return Apply(swap[node.function], node.arguments)
            return Apply("add", (node, Rational(F(1, 7))))
        if not isinstance(node, Apply):
            return node
        parts = tuple(map(rebuilt, node.arguments))
        return written_power(*parts) if node.function == "pown" else Apply(node.function, parts)

    return rebuilt(term)


def test_what_is_proved_of_mutated_derivatives_is_true():
    draw = random.Random(8)
    formulas = [
        *("x*sigmoid(x)", "exp(sin(x))", "log(1 + exp(2*x))", "x*erf(x/2)", "tanh(x)**3", "sqrt(1 + x*x)"),
        *("exp(-x*x)/(1 + x*x)", "sin(x)*cos(2*x)", "x/(2 + sin(x))", "log(2 + cos(x))"),
    ]
    verdicts = dict.fromkeys((Identity, Different, NotReduced, Obstruction), 0)
    for text in formulas:
        claim = spec(text, "0")
        right = replace(claim, derivative=routes.derivative(claim.function))
        assert isinstance(identify(right), Identity)
        for _ in range(8):
            wrong = replace(right, derivative=mutated(right.derivative, draw))
            found = identify(wrong)
            verdicts[type(found)] += 1
            if isinstance(found, Identity):
                check_the_statement(found)
            elif isinstance(found, Different):
                check_the_difference(wrong, found)
            elif isinstance(found, NotReduced):
                check_what_is_left(wrong, found)
    assert verdicts[Different] > 40
