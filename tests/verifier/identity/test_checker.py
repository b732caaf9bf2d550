"""Exact claims: honest proofs are accepted, and whatever is accepted is true.

Every field of every honest proof is corrupted in turn.  The second route to the truth is
mpmath: difference quotients of f against s, at points of the domain and values of the
parameters, near the ends and at them.
"""

import copy
import json
import random
import time
from dataclasses import replace
from fractions import Fraction

import mpmath
import pytest

from certify.catalogue import SECOND, builtin
from certify.certificate.enclosure import Certificate, decode, digest, encode
from certify.certificate.identity import Atom, Generator, Identity, Join, Piece, Section, Step, Tower
from certify.language.errors import Rejected
from certify.language.functions import PROVER_ONLY
from certify.language.spec import LINE, Spec, parse_interval, parse_range
from certify.language.terms import Apply, Parameter, Rational, X, Y, substitute
from certify.notation.parser import parse
from certify.prover.identity.search import identify
from certify.verifier import work
from certify.verifier.checker import verify
from certify.verifier.identity.checker import verify_identity
from tests import corrupt_exact, corrupt_open, routes

F = Fraction
WHOLE = (LINE,)
FOURTEEN = (
    "relu", "leaky_relu", "square", "sinh", "cosh", "elu", "sigmoid", "logistic", "tanh", "gelu_tanh",
    "softplus", "silu", "safe_log", "smooth_abs",
)  # fmt: skip
ENTRIES = [*FOURTEEN, *(name + SECOND for name in FOURTEEN if name + SECOND in builtin())]
PROOFS = (*corrupt_exact.ACCEPT, *corrupt_open.ACCEPT)
NAMES = [*ENTRIES, *(name for name in PROOFS if "tiles" not in name)]


def on_the_line(name):
    """The proof of an entry for every x and every value of its parameters."""
    entry = builtin()[name]
    return identify(entry.spec(WHOLE, dict.fromkeys(entry.parameters), atol=F(0)))


@pytest.fixture(scope="module")
def honest(accepted):
    """Honest proofs by name, each an identity alone, as JSON values."""
    alone = {name: json.loads(data) for name, data in accepted.items() if name in PROOFS}
    found = {name: body for name, body in alone.items() if body["kind"] == "identity"}
    for name in ENTRIES:
        identity = on_the_line(name)
        found[name] = json.loads(encode(Certificate(identity.spec, None, identity)))
    return found


@pytest.mark.parametrize("name", ENTRIES)
def test_an_entry_holds_on_the_whole_line_for_every_value_of_its_parameters(honest, name):
    spec = verify(json.dumps(honest[name]).encode()).spec
    assert spec.domain == WHOLE
    assert not spec.values


# --- the second route -------------------------------------------------------------------


def number(value):
    return mpmath.mpf(value.numerator) / value.denominator


def real(term, x, names):
    """The term's value; ValueError where it has none among the reals."""
    placed = substitute(term, lambda t: Rational(names[t.name]) if isinstance(t, Parameter) else t)
    found = routes.value(placed, x)
    if not isinstance(found, mpmath.mpf) or not mpmath.isfinite(found):
        raise ValueError
    return found


def ranges(spec, draw):
    """A value for each symbolic parameter: its closed ends, near an end, or anywhere."""
    names = {}
    for name, values in spec.ranges.items():
        low = values.low if values.low is not None else (values.high or F(0)) - 9
        high = values.high if values.high is not None else low + 9
        tiny = (high - low) / 10**6
        near = [low + tiny, high - tiny, low + (high - low) * F(draw.randint(1, 99), 100)]
        names[name] = draw.choice([v for v in (low, high, *near, *near) if v in values])
    return names


def points(identity, draw):
    """Points of the claim: ends of the domain and of pieces, beside them, and anywhere."""
    left_out = identity.left_out
    for part, section in zip(identity.spec.domain, identity.sections, strict=True):
        ends = [end for end in section.ends if end is not None] or [F(0)]
        lo = section.ends[0] if section.ends[0] is not None else ends[0] - 4
        hi = section.ends[-1] if section.ends[-1] is not None else ends[-1] + 4
        beside = [end + side for end in ends for side in (0, F(1, 10**5), -F(1, 10**5))]
        anywhere = [lo + (hi - lo) * F(draw.randint(1, 999), 1000) for _ in range(4)]
        yield from (x for x in (*beside, *anywhere) if x in part and x not in left_out)


def counterexample(identity, draw):
    """A point and values where f' = s is false or f has no derivative; None if none is met."""
    f, s = identity.spec.bound_terms()
    with mpmath.workdps(50):
        h = mpmath.mpf(10) ** -16
        for x in points(identity, draw):
            names = ranges(identity.spec, draw)
            at = number(x)
            try:
                left, here, right = (real(f, at + k * h, names) for k in (-1, 0, 1))
                slope = real(s, at, names)
            except (ValueError, ZeroDivisionError):
                return x, names
            tolerance = mpmath.mpf(10) ** -9 * max(1, abs(slope))
            if max(abs((here - left) / h - slope), abs((right - here) / h - slope)) > tolerance:
                return x, names
    return None


@pytest.mark.parametrize("name", NAMES)
def test_what_is_proved_is_true(honest, name):
    assert counterexample(decode(json.dumps(honest[name]).encode()).identity, random.Random(name)) is None


def test_the_second_route_sees_what_is_false(honest):
    identity = decode(json.dumps(honest["tanh"]).encode()).identity
    for f, s in (("x", "1 + 1e-6"), ("log(x)", "1/x"), ("abs(x)", "sign(x)"), ("x**2/x", "1")):
        spec = Spec("false", parse(f), parse(s), WHOLE, F(0))
        assert counterexample(identity._replace(spec=spec), random.Random(f))


# --- every field corrupted --------------------------------------------------------------


def changed(body, change):
    other = copy.deepcopy(body)
    change(other)
    other["digest"] = digest(other["statement"])
    return other


def plus(term, amount="1/1000"):
    return ["add", term, amount]


def setting(*path, value):
    """Put value(old) in the place that the path leads to."""

    def change(body):
        place = body
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value(place[path[-1]])

    return change


def dropping(*path):
    def change(body):
        place = body
        for key in path[:-1]:
            place = place[key]
        place.pop(path[-1])

    return change


def claims(body):
    """Changes of the claim: other formulas are false here, a larger claim may be true."""
    yield "f", setting("statement", "function", value=lambda f: plus(f, ["div", "x", "1000"]))
    yield "s", setting("statement", "derivative", value=plus)
    for i, part in enumerate(body["statement"]["exact"]["domain"]):
        lo, hi = part[1:-1].split(", ") if isinstance(part, str) else part
        for other in (["-inf", hi], [lo, "inf"], [lo, hi], f"({lo}, {hi}]", f"[{lo}, {hi})", f"({lo}, {hi})"):
            yield "domain", setting("statement", "exact", "domain", i, value=lambda _, o=other: o)
    for name in body["statement"]["exact"]["parameters"]:
        for wider in ("(-inf, inf)", "[0, inf)", "[-1, 1]"):
            yield "range", setting("statement", "exact", "parameters", name, value=lambda _, w=wider: w)


KINDS = {"exp": "erf", "log": "asinh", "erf": "atan", "sin": "cos", "cos": "sin", "atan": "asinh"}


def towers(row, *path):
    for i, generator in enumerate(row["generators"]):
        here = (*path, "generators", i)
        yield "generator", dropping(*here)
        yield "of", setting(*here, "of", value=plus)
        yield "derivative", setting(*here, "derivative", value=plus)
        yield "kind", setting(*here, "kind", value=lambda kind: KINDS.get(kind, "exp"))
        if "degree" in generator:
            yield "degree", setting(*here, "degree", value=lambda d: str(int(d) + 1))
    for i, step in enumerate(row["steps"]):
        here = (*path, "steps", i)
        yield "step", dropping(*here)
        yield "step of", setting(*here, "of", value=plus)
        yield "factor", setting(*here, "factor", value=lambda n: str(-F(n)))
        yield "factor", setting(*here, "factor", value=lambda n: str(2 * F(n)))
        for name in step["powers"]:
            yield "power", setting(*here, "powers", name, value=lambda n: str(int(n) + 1))
            yield "power", setting(*here, "powers", name, value=lambda n: str(-int(n)))
            yield "power", dropping(*here, "powers", name)


def proofs(body):
    """Changes of the proof, at each place where there is something to change."""
    identity = body["identity"]
    for k, section in enumerate(identity["sections"]):
        here = ("identity", "sections", k)
        yield "section", dropping(*here)
        for i in range(len(section["ends"])):
            yield (
                "end",
                setting(*here, "ends", i, value=lambda end: "17" if "inf" in end else str(F(end) + 1)),
            )
        for i, piece in enumerate(section["pieces"]):
            yield "piece", dropping(*here, "pieces", i)
            yield from towers(piece, *here, "pieces", i)
            for j in range(len(piece["cover"])):
                yield "cover", dropping(*here, "pieces", i, "cover", j)
    for i, join in enumerate(identity["joins"]):
        here = ("identity", "joins", i)
        yield "join", dropping(*here)
        yield "at", setting(*here, "at", value=lambda at: str(F(at) + 1))
        yield from towers(join, *here)
        yield "spec", setting(*here, "spec", value=plus)
        yield from (("value", setting(*here, "values", j, value=plus)) for j in range(3))
        yield from (("slope", setting(*here, "slopes", j, value=plus)) for j in range(2))
        for verdict in {"smooth", "subgradient", "jump", "open"} - {join["verdict"]}:
            yield f"{join['verdict']} to {verdict}", setting(*here, "verdict", value=lambda _, v=verdict: v)
    for i in range(len(identity["open_ends"])):
        yield "open end", dropping("identity", "open_ends", i)
    yield "open end", setting("identity", "open_ends", value=lambda ends: sorted({*ends, "100"}, key=F))


# What may be changed without harm: a larger claim that is true, a point of a cover that was not
# needed, and a join of which less is said.
LESS = {"smooth to subgradient", "smooth to open", "subgradient to open", "jump to open"}
HARMLESS = {"domain", "range", "cover", *LESS}


@pytest.mark.parametrize("name", NAMES)
def test_a_corruption_is_rejected_or_proves_what_is_true(honest, name):
    body, draw = honest[name], random.Random(name)
    for what, change in (*claims(body), *proofs(body)):
        other = changed(body, change)
        if other == body:
            continue
        try:
            identity = verify(json.dumps(other).encode()).identity
        except Rejected:
            continue
        assert what in HARMLESS, what
        assert counterexample(identity, draw) is None, what


def test_the_corruptions_reach_every_field(honest):
    seen = {what for body in honest.values() for what, _ in (*claims(body), *proofs(body))}
    assert seen >= {
        "f", "s", "domain", "range", "section", "end", "piece", "generator", "of", "derivative", "kind",
        "degree", "step", "step of", "factor", "power", "cover", "join", "at", "spec", "value", "slope",
        "open end", *LESS, "jump to smooth", "subgradient to smooth", "open to smooth", "smooth to jump",
    }  # fmt: skip


# --- proofs by hand ---------------------------------------------------------------------


def spec(function, derivative, domain="-inf,inf", **parameters):
    values = {name: parse_range(text) for name, text in parameters.items()}
    f, s = (
        parse(formula, values, output=output) if isinstance(formula, str) else formula
        for formula, output in ((function, False), (derivative, True))
    )
    intervals = tuple(parse_interval(part) for part in domain.split(";"))
    return Spec("sample", f, s, intervals, F(0), F(0), values)


G = ("R", "E", "L", "S", "C", "D", "a")


def generator(name, kind, of, derivative, degree=1):
    return Generator(name, Atom(kind, degree, parse(of, G)), parse(derivative, G))


def step(kind, of, powers, factor=1, degree=1):
    return Step(Atom(kind, degree, parse(of, G)), F(factor), tuple(powers.items()))


def piece(*generators, steps=(), cover=()):
    return Piece(Tower(generators, tuple(steps)), tuple(F(cut) for cut in cover))


def join(at, verdict, values, slopes, value, *generators):
    terms = [parse(str(text), G) for text in (*values, *slopes, value)]
    return Join(F(at), verdict, Tower(generators, ()), tuple(terms[:3]), tuple(terms[3:5]), terms[5])


def identity(claim, *pieces, ends=(), joins=(), open_ends=()):
    """The pieces between the first interval's ends, cut at the inner `ends`."""
    first, *_ = claim.domain
    section = Section((first.low, *map(F, ends), first.high), pieces)
    return Identity(claim, (section,), tuple(joins), tuple(map(F, open_ends)))


def check(proof):
    """Through the one door, as a file."""
    return verify(encode(Certificate(proof.spec, None, proof))).identity


E = generator("E", "exp", "x", "E")
L = generator("L", "log", "x", "1/x")
L_OF_NEGATIVE = generator("L", "log", "-x", "1/x")
R = generator("R", "root", "x**2", "R/x", 2)
S, C = generator("S", "sin", "x", "C"), generator("C", "cos", "x", "-S")
DOUBLE = generator("R", "sin", "2*x", "2*D"), generator("D", "cos", "2*x", "-2*R")
HIDDEN = generator("R", "root", "x**2", "0/(R - x) + R/x - R - x", 2)  # (R - x)*(R + x) = 0
TWO = generator("R", "root", "4", "0", 2)

ACCEPTED = {
    "a_root_that_is_not_told_from_x": (spec("sqrt(x**2)", "sqrt(x**2)/x", "1,2"), piece(R)),
    "a_logarithm_left_of_0": (
        spec("log(x**2)", "2/x", "-2,-1"),
        piece(L_OF_NEGATIVE, steps=[step("log", "x**2", {"L": 2})]),
    ),
    "sine_and_cosine": (spec("sin(x)*cos(x)", "1 - 2*sin(x)**2"), piece(S, C)),
    "cosine_before_sine": (
        spec("x", "sin(x)**2 + cos(x)**2"),
        piece(generator("C", "cos", "x", "-S"), generator("S", "sin", "x", "C")),
    ),
    "y_is_f": (spec("exp(x)", "y*y/exp(x)"), piece(E)),
    "y_in_a_guard": (spec("exp(x)", "where(y > 0, y, 0)"), piece(E)),
    "a_power_by_a_parameter": (
        spec("x**a", "a*y/x", "1/2,inf", a="(-inf, inf)"),
        piece(L, generator("E", "exp", "a*L", "a*E/x")),
    ),
    "an_odd_negative_power": (spec("x**(-4095)", "-4095*x**(-4096)", "-30000001/10000000,-1"), piece()),
    "a_guard_off_every_parameter": (spec("where(x > a, x, 2*x)", "1", "1,3", a="(0, 1)"), piece()),
    "a_guard_that_is_negative": (spec("where(-(x*x) - 1 > 0, 2*x, x)", "1"), piece()),
    "a_cover_to_infinity": (spec("1/(x*x*x + 1)", "-3*x*x*y*y", "0,inf"), piece(cover=[1, 5])),
}
REJECTED = {
    "a_root_taken_for_x": (spec("sqrt(x**2)", "1", "1,2"), piece(R), "f' = s"),
    "a_root_taken_for_x_left_of_0": (
        spec("sqrt(x**2)", "1", "-2,-1"),
        piece(R, steps=[step("root", "x**2", {"R": 1}, 1, 2)]),
        "f' = s",
    ),
    "a_divisor_that_is_0_everywhere": (
        spec("sqrt(x**2)", "0/(sqrt(x**2) - x) + sqrt(x**2)/x", "1,2"),
        piece(R),
        "not shown to be not 0",
    ),
    "a_derivative_that_a_zero_divisor_hides": (
        spec("sqrt(x**2)", "sqrt(x**2)/x - sqrt(x**2) - x", "1,2"),
        piece(HIDDEN),
        "f' = s",
    ),
    "a_logarithm_by_a_generator_that_is_undefined": (
        spec("log(x**2)", "2/x", "-2,-1"),
        piece(L, steps=[step("log", "x**2", {"L": 2})]),
        "not shown to be > 0",
    ),
    "sine_and_cosine_of_two_angles": (
        spec("x", "sin(x)**2 + cos(2*x)**2"),
        piece(S, C, *DOUBLE),
        "f' = s",
    ),
    "sine_and_exponential": (spec("x", "sin(x)**2 + exp(x)**2"), piece(S, C, E), "f' = s"),
    "a_step_by_a_parameter": (
        spec("x*exp(a)", "a", a="(0, 1)"),
        piece(steps=[step("exp", "a", {"a": 1})]),
        "something new",
    ),
    "a_step_by_itself": (
        spec("sqrt(x)", "1/(2*sqrt(x))", "1,2"),
        piece(steps=[step("root", "x**(1/2)", {}, 1, 2)]),
        "integer powers only",
    ),
    "a_guard_at_the_end_of_the_parameters": (
        spec("where(x > a, x, 2*x)", "1", "1,3", a="(0, 1]"),
        piece(),
        "without one sign",
    ),
    "a_guard_among_the_parameters": (
        spec("where(x > a, x, 2*x)", "1", "-3,3", a="(0, 1)"),
        piece(),
        "without one sign",
    ),
    "a_guard_that_is_negative": (spec("where(-(x*x) - 1 > 0, 2*x, x)", "2"), piece(), "f' = s"),
    "a_pole_in_a_cell": (spec("1/(x*x - 2)", "-2*x*y*y", "1,2"), piece(cover=["7/5", "3/2"]), "not 0"),
    "a_pole_at_an_end": (spec("1/x", "-1/x**2", "0,1"), piece(), "not 0"),
    "a_power_of_0": (spec("x**(3/2)", "3/2*x**(1/2)", "0,1"), piece(), "> 0"),
    "a_side_condition_of_what_cancels": (spec("x + log(x) - log(x)", "1", "-1,1"), piece(L), "> 0"),
    "a_side_condition_of_s": (spec("x", "1 + 0*(1/x)", "-1,1"), piece(), "not 0"),
    "a_side_condition_of_a_generator": (
        spec("x", "1", "-1,1"),
        piece(generator("E", "exp", "1/x", "-E/x**2")),
        "not 0",
    ),
    "a_side_condition_in_a_cube_root": (
        spec("x", "1", "4,5"),
        piece(
            generator("R", "root", "x", "R/(3*x)", 3),
            generator("L", "log", "R - 9/5", "R/(3*x*(R - 9/5))"),
        ),
        "R - 9/5 is not shown to be > 0",
    ),
    "the_tangent_across_a_pole": (
        spec("tan(x)", "1 + y*y", "-2,2"),
        piece(S, C, cover=[-1, 1]),
        "cos\\(x\\) is not shown to be not 0",
    ),
    "another_cover": (spec("1/(x*x - x + 1)", "-(2*x - 1)*y*y", "-3,3"), piece(cover=[0]), "not 0"),
    "a_guard_that_is_0_at_an_end": (spec("where(x*x > 0, x, 5)", "1", "0,1"), piece(), "without one sign"),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepts_by_hand(name):
    claim, only = ACCEPTED[name]
    assert counterexample(check(identity(claim, only)), random.Random(name)) is None


@pytest.mark.parametrize("name", REJECTED)
def test_rejects_by_hand(name):
    claim, only, needed = REJECTED[name]
    with pytest.raises(Rejected, match=needed):
        check(identity(claim, only))


@pytest.mark.parametrize("domain", ["-inf,inf", "1,9"])
@pytest.mark.parametrize("name", sorted(PROVER_ONLY))
def test_a_guard_by_a_function_without_an_evaluation_has_no_sign(name, domain):
    """The truth of a kernel report is read by no other check; i0(3) > 2, where f' = 6."""
    claim = spec(f"where({name}(x) > 2, x*x, x)", "1", domain)
    with pytest.raises(Rejected, match="without one sign"):
        verify_identity(identity(claim, piece()))


def test_a_claim_of_a_derivative_is_not_used_even_where_it_passes():
    claim = spec("sqrt(x**2)", "sqrt(x**2)/x", "1,2")
    assert check(identity(claim, piece(HIDDEN))).sections[0].pieces[0].tower.generators == (HIDDEN,)


def test_sections_are_those_of_the_domain_in_its_order():
    claim = spec("1/x", "-y*y", "-2,-1;1,2")
    left, right = (Section((F(lo), F(lo + 1)), (piece(),)) for lo in (-2, 1))
    check(Identity(claim, (left, right), ()))
    for sections in ((right, left), (left,), (left, right, right), (left, left)):
        with pytest.raises(Rejected):
            check(Identity(claim, sections, ()))


# --- points where formulas change -------------------------------------------------------

EMPTY = piece()
ABS = spec("abs(x)", "sign(x)")
ABS_AT_0 = "where(x > 0, 1, where(x < 0, -1, {}))"
POINT = "where(x >= 0, where(x <= 0, 5, x), x)"  # f(0) = 5, and x elsewhere
PARABOLA = "where(x > 0, 2*x, where(x < 0, 2*x, 1))"  # s(0) = 1
ODD_SQUARE = "where(x > 0, x*x, -x*x)"

# name: claim, joins, whether they are accepted
JOINS = {
    "a_kink_not_listed": (ABS, (), False),
    "a_kink": (ABS, (join(0, "subgradient", (0, 0, 0), (-1, 1), 0),), True),
    "a_value_between_the_slopes": (
        spec("abs(x)", ABS_AT_0.format("1/3")),
        (join(0, "subgradient", (0, 0, 0), (-1, 1), "1/3"),),
        True,
    ),
    "a_value_just_beyond_the_slopes": (
        spec("abs(x)", ABS_AT_0.format("11/10")),
        (join(0, "subgradient", (0, 0, 0), (-1, 1), "11/10"),),
        False,
    ),
    "a_kink_called_smooth": (ABS, (join(0, "smooth", (0, 0, 0), (-1, 1), 0),), False),
    "a_kink_called_a_jump": (ABS, (join(0, "jump", (0, 0, 0), (-1, 1), 0),), False),
    "slopes_exchanged": (ABS, (join(0, "open", (0, 0, 0), (1, -1), 0),), False),
    "a_slope_that_a_zero_divisor_hides": (
        ABS,
        (join(0, "subgradient", (0, 0, 0), ("0/(R - 2) + R + 1", 1), 0, TWO),),  # (R - 2)*(R + 2) = 0
        False,
    ),
    "a_slope_by_a_root": (ABS, (join(0, "subgradient", (0, 0, 0), ("-R*R/4", 1), 0, TWO),), True),
    "another_join": (
        ABS,
        (join(0, "open", (0, 0, 0), (-1, 1), 0), join(1, "open", (1, 1, 1), (1, 1), 1)),
        False,
    ),
    "a_point_of_its_own": (spec(POINT, "1"), (join(0, "jump", (0, 5, 0), (1, 1), 1),), True),
    "a_point_of_its_own_called_smooth": (
        spec(POINT, "1"),
        (join(0, "smooth", (0, 5, 0), (1, 1), 1),),
        False,
    ),
    "a_value_of_s_of_its_own": (spec("x*x", PARABOLA), (join(0, "smooth", (0, 0, 0), (0, 0), 1),), False),
    "a_value_of_s_left_out": (spec("x*x", PARABOLA), (join(0, "open", (0, 0, 0), (0, 0), 1),), False),
    "a_value_of_s_that_is_right": (
        spec("x*x", PARABOLA.replace("1)", "0)")),
        (join(0, "smooth", (0, 0, 0), (0, 0), 0),),
        True,
    ),
    "a_smooth_join": (
        spec(ODD_SQUARE, "2*abs(x)"),
        (join(0, "smooth", (0, 0, 0), (0, 0), 0),),
        True,
    ),
    "a_smooth_join_where_s_is_wrong": (
        spec(ODD_SQUARE, "2*abs(x) + abs(sign(x)) - 1"),
        (join(0, "smooth", (0, 0, 0), (0, 0), -1),),
        False,
    ),
}


@pytest.mark.parametrize("name", JOINS)
def test_joins(name):
    claim, joins, accepted = JOINS[name]
    claim = replace(claim, exceptions=tuple(j.at for j in joins if j.verdict in ("jump", "open")))
    proof = identity(claim, EMPTY, EMPTY, ends=[0], joins=joins)
    if accepted:
        assert counterexample(check(proof), random.Random(name)) is None
    else:
        with pytest.raises(Rejected):
            check(proof)


def test_a_join_twice_or_out_of_order_is_rejected():
    once = join(0, "subgradient", (0, 0, 0), (-1, 1), 0)
    for joins in ((once, once), (once, once._replace(at=F(-1)))):
        with pytest.raises(Rejected, match="more than 0"):
            check(identity(ABS, EMPTY, EMPTY, ends=[0], joins=joins))


# name: function, derivative, domain, open ends, whether they are accepted
ENDS = {
    "one_formula": ("x*x", "2*x", "0,1", (), True),
    "one_formula_left_out": ("x*x", "2*x", "0,1", (0,), False),
    "a_kink_at_the_end": ("max(x, 0)", "1", "0,1", (0,), True),
    "a_kink_at_the_end_claimed": ("max(x, 0)", "1", "0,1", (), False),
    "a_kink_at_the_right_end": ("max(x, 1)", "0", "0,1", (1,), True),
    "a_kink_at_the_right_end_claimed": ("max(x, 1)", "0", "0,1", (), False),
    "a_point_of_its_own": (POINT, "1", "0,1", (), False),
    "a_value_of_s_of_its_own": ("x*x", PARABOLA, "0,1", (), False),
    "a_value_of_s_of_its_own_left_out": ("x*x", PARABOLA, "0,1", (0,), False),
    "an_end_that_is_none": ("max(x, 0)", "1", "0,1", (0, 2), False),
}


@pytest.mark.parametrize("name", ENDS)
def test_ends_of_the_domain(name):
    f, s, domain, open_ends, accepted = ENDS[name]
    proof = identity(
        replace(spec(f, s, domain), exceptions=tuple(map(F, open_ends))), EMPTY, open_ends=open_ends
    )
    if accepted:
        assert counterexample(check(proof), random.Random(name)) is None
    else:
        with pytest.raises(Rejected):
            check(proof)


def test_a_join_at_an_end_of_the_domain_is_rejected():
    claim = spec("x*x", PARABOLA.replace("1)", "0)"), "0,1")
    with pytest.raises(Rejected):
        check(identity(claim, EMPTY, joins=[join(0, "smooth", (0, 0, 0), (0, 0), 0)]))


# --- hostile files ----------------------------------------------------------------------


def nested(term, name, times):
    for _ in range(times):
        term = Apply(name, (term,))
    return term


def balanced(name, parts):
    while len(parts) > 1:
        pairs = [Apply(name, tuple(parts[i : i + 2])) for i in range(0, len(parts) - 1, 2)]
        parts = pairs + parts[len(parts) // 2 * 2 :]
    return parts[0]


def test_formulas_as_deep_as_they_may_be_are_read():
    f, s = nested(Apply("exp", (X,)), "neg", 98), nested(Y, "neg", 98)
    check(identity(spec(f, s), piece(E)))
    halves = nested(X, "abs", 98), nested(nested(Y, "abs", 98), "sign", 1)
    check(identity(spec(*halves, "1,2"), EMPTY))


def coefficients():
    draw = random.Random(0)
    parts = [
        Apply("div", (Apply("pown", (X, Rational(F(i)))), Rational(F(draw.getrandbits(700) | 1))))
        for i in range(200)
    ]
    return identity(spec(balanced("add", parts), Apply("mul", (Y, Y))), EMPTY)


def powers():
    f = X
    for _ in range(40):
        f = Apply("pown", (Apply("add", (f, Rational(F(1)))), Rational(F(4096))))
    return identity(spec(f, f), EMPTY)


def cells():
    f = nested(X, "sin", 9)
    return identity(spec(f, balanced("add", [Y] * 900)), piece(cover=range(900)))


def cuts():
    f = balanced("add", [Apply("abs", (Apply("sub", (X, Rational(F(i)))),)) for i in range(300)])
    return identity(spec(f, f), *(EMPTY,) * 301, ends=range(300))


def exponents():
    parts = [Apply("exp", (Rational(F(-700_000 - i)),)) for i in range(300)]
    return identity(spec(balanced("add", parts), "0"), EMPTY)


@pytest.mark.parametrize("make", [coefficients, powers, cells, cuts, exponents])
def test_a_hostile_file_is_rejected_in_bounded_time(make, monkeypatch):
    monkeypatch.setattr(work, "MAX_WORK", work.MAX_WORK // 20)
    proof, start = make(), time.perf_counter()
    with pytest.raises(Rejected):
        verify_identity(proof)
    assert time.perf_counter() - start < 5  # 0.5 s here


def test_an_exponent_beyond_the_limit_in_a_claim_is_rejected():
    large = generator("E", "exp", "x", "E")._replace(derivative=parse("0"))
    data = encode(Certificate((claim := spec("exp(x)", "y")), None, identity(claim, piece(large))))
    body = json.loads(data)
    body["identity"]["sections"][0]["pieces"][0]["generators"][0]["derivative"] = ["pown", "E", "5000"]
    with pytest.raises(Rejected, match="4096"):
        verify(json.dumps(body).encode())
