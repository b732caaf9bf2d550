"""Honest identity proofs, and one corruption of one of them in each rejected file; written to
tests/accept and tests/reject by tests/corrupt.py."""

import json
from fractions import Fraction

from certify.certificate.enclosure import Certificate, encode
from certify.language.spec import Spec, parse_interval, parse_range
from certify.notation.parser import parse
from certify.prover.enclosure.search import enclose
from certify.prover.identity.search import identify


def spec(function, derivative, domain="-inf,inf", atol=Fraction(0), kinks=None, **parameters):
    """A spec; kinks are exceptions (None), or have a value."""
    kinks = {Fraction(at): value for at, value in (kinks or {}).items()}
    values = {
        name: parse_range(text) if text[0] in "([" else Fraction(text) for name, text in parameters.items()
    }
    return Spec(
        "sample",
        parse(function, values),
        parse(derivative, values, output=True),
        tuple(parse_interval(part) for part in domain.split(";")),
        atol,
        Fraction(0),
        values,
        tuple(at for at, value in kinks.items() if value is None),
        tuple((at, parse(value, values)) for at, value in kinks.items() if value is not None),
    )


def alone(function, derivative, domain="-inf,inf", kinks=None, **parameters):
    """An identity alone, as the prover finds it, as a JSON value."""
    found = identify(spec(function, derivative, domain, kinks=kinks, **parameters))
    return json.loads(encode(Certificate(found.spec, None, found)))


def beside_tiles(function, derivative, **parameters):
    """Tiles on [-1, 1], at 1 for a parameter with a range, and the identity on the line for all of it."""
    values = {name: "1" if text[0] in "([" else text for name, text in parameters.items()}
    tiles = enclose(spec(function, derivative, "-1,1", Fraction(1, 10**6), **values), 4096).certificate
    return json.loads(encode(tiles._replace(identity=identify(spec(function, derivative, **parameters)))))


ELU = ("where(x > 0, x, alpha*(exp(x) - 1))", "where(x > 0, 1, alpha*exp(x))")
BRANCHES = ("where(x > 0, 1/(1 + exp(-x)), exp(x)/(1 + exp(x)))", "y*(1 - y)")
GELU = (
    "x*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x**3)))/2",
    "(1 + tanh(sqrt(2/pi)*(x + 0.044715*x**3)) + x*(1 - tanh(sqrt(2/pi)*(x + 0.044715*x**3))**2)"
    "*sqrt(2/pi)*(1 + 0.134145*x**2))/2",
)

ACCEPT = {
    "exact_sigmoid": lambda: alone("sigmoid(x)", "y*(1 - y)"),
    "exact_elu": lambda: alone(*ELU, alpha="(0, inf)"),
    "exact_elu_smooth": lambda: alone(*ELU, alpha="1"),
    "exact_elu_beside_tiles": lambda: beside_tiles(*ELU, alpha="(0, inf)"),
    "exact_line_beside_tiles": lambda: beside_tiles("a*x", "a", a="2"),
    "exact_line_of_a_range_beside_tiles": lambda: beside_tiles("a*x", "a", a="[1, 3)"),
    "exact_softplus": lambda: alone("log(exp(x) + eps)", "exp(x)/(exp(x) + eps)", eps="(0, inf)"),
    "exact_gelu": lambda: alone(*GELU),
    "exact_root": lambda: alone("sqrt(x**2 + eps)", "x/sqrt(x**2 + eps)", eps="(0, inf)"),
    "exact_cube_root": lambda: alone("(8*x)**(1/3)", "2/(3*x**(2/3))", "1/8,inf"),
    "exact_branches": lambda: alone(*BRANCHES),
    "exact_half_line_relu": lambda: alone("max(x, 0)", "where(x > 0, 1, 0)", "0,3", {0: None}),
    "exact_jump": lambda: alone("where(x > 0, x + 1, x)", "1", kinks={0: None}),
    "exact_open": lambda: alone(
        "where(x > 20, x, log(1 + exp(x)))", "where(x > 20, 1, sigmoid(x))", kinks={20: None}
    ),
    "exact_kink_value": lambda: alone(*ELU, kinks={0: "alpha"}, alpha="(0, inf)"),
    "exact_subgradient": lambda: alone("abs(x)", "sign(x)", "-inf,-1;-1/2,inf"),
    "exact_reciprocal": lambda: alone("1/x + log(x)", "1/x - 1/x**2", "1/2,inf"),
    "exact_cover": lambda: alone("1/(x*x - x + 1)", "-(2*x - 1)/(x*x - x + 1)**2", "-3,3"),
    "exact_guard": lambda: alone("where(x*x + 1 > 0, sin(-2*x), 0)", "-2*cos(2*x)"),
    "exact_guard_of_a_parameter": lambda: alone("where(a > 0, a*x, x)", "where(a > 0, a, 1)", a="(0, 1]"),
    "exact_half_line": lambda: alone("x*x", "2*x", "0,3"),
    "exact_erf": lambda: alone("erf(x)", "2/sqrt(pi)*exp(-x*x)"),
    "exact_inverse": lambda: alone(
        "asin(x) + atan(x) + asinh(x) + atanh(x)",
        "1/sqrt(1 - x*x) + 1/(1 + x*x) + 1/sqrt(x*x + 1) + 1/(1 - x*x)",
        "-1/2,1/2",
    ),
    "exact_acosh": lambda: alone("acosh(x)", "1/sqrt(x*x - 1)", "2,3"),
    "exact_seam": lambda: alone("x*x", "2*abs(x)*sign(x)"),
    "exact_power": lambda: alone("x**x", "x**x*(log(x) + 1)", "1/2,inf"),
    "exact_power_of_a_parameter": lambda: alone("x**a", "a*x**(a - 1)", "1/2,inf", a="(-inf, inf)"),
    "exact_power_of_a_guard": lambda: alone("x**max(2, 3)", "3*x**2", "1/2,inf"),
    "exact_negative_power": lambda: alone("x**-1", "-x**-2", "-2,-1"),
}


# --- corruptions ------------------------------------------------------------------------


def piece(body, i=0, section=0):
    return body["identity"]["sections"][section]["pieces"][i]


def generator(body, i=0, at=0):
    return piece(body, at)["generators"][i]


def join(body):
    return body["identity"]["joins"][0]


def in_generator(i=0, at=0, **changes):
    return lambda body: generator(body, i, at).update(changes)


def in_join(**changes):
    return lambda body: join(body).update(changes)


def in_identity(**changes):
    return lambda body: body["identity"].update(changes)


def state(**changes):
    return lambda body: body["statement"].update(changes)


def claim(**changes):
    return lambda body: body["statement"]["exact"].update(changes)


def set_step(i=0, at=0, **changes):
    return lambda body: piece(body, at)["steps"][i].update(changes)


def widen(name, values):
    return lambda body: body["statement"]["exact"]["parameters"].update({name: values})


def one_piece(body):
    """The two pieces about a kink as one."""
    section = body["identity"]["sections"][0]
    section.update(ends=["-inf", "inf"], pieces=section["pieces"][:1])
    body["identity"]["joins"] = []


CONSTANT_JOIN = {
    "at": "0",
    "verdict": "smooth",
    "generators": [],
    "steps": [],
    "values": ["0", "0", "0"],
    "slopes": ["0", "0"],
    "spec": "0",
}


def two_pieces(body):
    """A piece cut at 1, where nothing changes, and a join there."""
    section = body["identity"]["sections"][0]
    section.update(ends=["-inf", "1", "inf"], pieces=section["pieces"] * 2)
    body["identity"]["joins"] = [{**CONSTANT_JOIN, "at": "1"}]


def on_the_whole_line(body):
    """The claim on the whole line, its one piece too."""
    body["statement"]["exact"]["domain"] = [["-inf", "inf"]]
    body["identity"]["sections"][0]["ends"] = ["-inf", "inf"]


def wide(term, levels):
    """A sum of 2**levels terms."""
    return wide(["add", term, term], levels - 1) if levels else term


def without_relation(body):
    """The square of a root by a generator of its own: g**2 is not read as its argument."""
    generator(body).update(degree="4")


def swap_sin_and_cos(body):
    first, second = piece(body)["generators"]
    first["kind"], second["kind"] = second["kind"], first["kind"]


LONG = ["pown", ["pown", "3", "4096"], "16"]  # 103,873 bits

REJECT = {
    # the reader
    "exact_without_identity": ("exact_sigmoid", lambda b: b.pop("identity"), "identity"),
    "exact_without_claim": ("exact_sigmoid", lambda b: b["statement"].pop("exact"), "exact"),
    "exact_claim_without_identity": (
        "exact_line_beside_tiles",
        lambda b: b.pop("identity"),
        "an exact claim and its identity, or neither",
    ),
    "exact_with_a_tolerance": ("exact_sigmoid", state(atol="1"), "atol"),
    "exact_beside_a_witness": ("exact_sigmoid", lambda b: b.update(kind="refutation"), "witness"),
    "exact_domain_of_three": ("exact_sigmoid", claim(domain=[["-inf", "0", "inf"]]), "exact domain 1"),
    "exact_domain_of_one": ("exact_sigmoid", claim(domain=[["-inf"]]), "1 ends"),
    "exact_domain_turned": ("exact_sigmoid", claim(domain=[["inf", "-inf"]]), "exact domain 1 end"),
    "exact_domain_reversed": ("exact_acosh", claim(domain=[["3", "2"]]), "reversed"),
    "exact_domains_overlap": ("exact_sigmoid", claim(domain=[["-inf", "1"], ["0", "inf"]]), "disjoint"),
    "exact_range_malformed": ("exact_elu", widen("alpha", "(0, inf"), "a range"),
    "exact_range_reversed": ("exact_elu", widen("alpha", "(1, 0)"), "a range"),
    "exact_parameter_unknown": ("exact_sigmoid", state(function=["mul", "beta", "x"]), "beta"),
    "exact_section_without_pieces": (
        "exact_sigmoid",
        lambda b: b["identity"]["sections"][0].update(ends=["0"], pieces=[]),
        "one end more",
    ),
    "exact_ends_descend": (
        "exact_elu",
        lambda b: b["identity"]["sections"][0].update(
            ends=["-inf", "1", "0", "inf"], pieces=b["identity"]["sections"][0]["pieces"] + [piece(b, 1)]
        ),
        "more than 1",
    ),
    "exact_cover_outside": ("exact_acosh", lambda b: piece(b).update(cover=["4"]), "more than"),
    "exact_generator_twice": (
        "exact_softplus",
        lambda b: generator(b, 1).update(name=generator(b)["name"]),
        "a name that is new",
    ),
    "exact_generator_named_x": ("exact_sigmoid", in_generator(name="x"), "not reserved"),
    "exact_generator_of_a_later_one": ("exact_softplus", in_generator(of="g2"), "g2"),
    "exact_kind_unknown": ("exact_sigmoid", in_generator(kind="gamma"), "exp or log"),
    "exact_degree_of_an_exponential": ("exact_sigmoid", in_generator(degree="2"), "degree"),
    "exact_degree_one": ("exact_root", in_generator(degree="1"), "degree"),
    "exact_of_an_exponential": ("exact_sigmoid", in_generator(of=["exp", "x"]), "+ - * / and integer powers"),
    "exact_of_a_general_power": ("exact_root", in_generator(of=["pow", "x", "2"]), "and integer powers"),
    "exact_of_too_many_nodes": (
        "exact_sigmoid",
        lambda b: generator(b).update(of=wide(generator(b)["of"], 11)),
        "a formula within the limits",
    ),
    "exact_of_the_output": ("exact_sigmoid", in_generator(of="y"), "y"),
    "exact_x_in_a_join": ("exact_elu", in_join(spec="x"), "a constant"),
    "exact_two_values": ("exact_elu", in_join(values=["0", "0"]), "2 terms"),
    "exact_step_of_nothing": ("exact_gelu", set_step(powers={"g9": "1"}), "generators and symbolic"),
    "exact_verdict_unknown": ("exact_elu", in_join(verdict="outside"), "smooth or"),
    "exact_key_unknown": ("exact_sigmoid", in_identity(note="trust me"), "note"),
    "exact_joins_twice": ("exact_elu", lambda b: b["identity"]["joins"].append(join(b)), "more than 0"),
    # the two claims of one statement
    "exact_value_apart": (
        "exact_line_beside_tiles",
        widen("a", "1"),
        "found '1', needed '2' as for the tiles",
    ),
    "exact_range_apart": ("exact_line_beside_tiles", widen("a", "[0, 2)"), "found '[0, 2)', needed '2'"),
    "exact_ranges_apart": ("exact_line_of_a_range_beside_tiles", widen("a", "(1, 3)"), "needed '1' as for"),
    "exact_value_missing": (
        "exact_line_beside_tiles",
        lambda b: b["statement"]["parameters"].update(b="1"),
        "exact parameter b: found 'none', needed '1'",
    ),
    "exact_value_of_its_own": ("exact_line_beside_tiles", widen("b", "1"), "b: found '1', needed 'none'"),
    # the statement
    "exact_coefficient_too_long": (
        "exact_negative_power",
        state(
            function=["mul", LONG, ["pown", "x", "-1"]],
            derivative=["neg", ["mul", LONG, ["pown", "x", "-2"]]],
        ),
        "a coefficient of",
    ),
    "exact_f_other": ("exact_sigmoid", state(function=["tanh", "x"]), "exp of something new"),
    "exact_s_other": ("exact_sigmoid", state(derivative=["mul", "y", ["add", "1", "y"]]), "f' = s"),
    "exact_gelu_44716": (
        "exact_gelu",
        lambda b: state(
            derivative=json.loads(json.dumps(b["statement"]["derivative"]).replace("0.134145", "0.134148"))
        )(b),
        "f' = s",
    ),
    "exact_s_without_a_term": ("exact_reciprocal", state(derivative=["div", "1", "x"]), "f' = s"),
    # [I0]
    "exact_sections_missing": (
        "exact_subgradient",
        lambda b: b["identity"]["sections"].pop(),
        "one for each",
    ),
    "exact_domain_widened": ("exact_acosh", claim(domain=[["2", "inf"]]), "those of the domain"),
    "exact_kink_inside_a_piece": ("exact_elu", one_piece, "changes sign at 0"),
    "exact_guard_undecided": ("exact_guard_of_a_parameter", widen("a", "(-1, 1]"), "without one sign"),
    "exact_guard_undecided_at_an_end": ("exact_guard_of_a_parameter", widen("a", "[0, 1]"), "one sign"),
    # [I1]
    "exact_pole": ("exact_reciprocal", on_the_whole_line, "not shown to be not 0"),
    "exact_root_of_0": ("exact_root", widen("eps", "[0, inf)"), "not shown to be > 0"),
    "exact_root_of_negatives": ("exact_root", widen("eps", "(-inf, inf)"), "not shown to be > 0"),
    "exact_power_of_a_guard_on_negatives": (
        "exact_negative_power",
        state(function=["pow", "x", ["sign", "x"]]),
        "x is not shown to be > 0",
    ),
    "exact_power_of_a_number_on_negatives": (
        "exact_negative_power",
        state(function=["pow", "x", "-1"]),
        "x is not shown to be > 0",
    ),
    "exact_power_of_a_parameter_on_negatives": (
        "exact_negative_power",
        lambda b: (state(function=["pow", "x", "n"])(b), widen("n", "-1")(b)),
        "x is not shown to be > 0",
    ),
    "exact_logarithm_of_negatives": ("exact_softplus", widen("eps", "(-1, inf)"), "not shown to be > 0"),
    "exact_asin_beyond": (
        "exact_inverse",
        lambda b: (
            claim(domain=[["-1/2", "1"]])(b),
            b["identity"]["sections"][0].update(ends=["-1/2", "1"]),
        ),
        "in (-1, 1)",
    ),
    "exact_acosh_at_1": (
        "exact_acosh",
        lambda b: (claim(domain=[["1", "3"]])(b), b["identity"]["sections"][0].update(ends=["1", "3"])),
        "> 1",
    ),
    "exact_cover_missing": ("exact_cover", lambda b: piece(b).update(cover=[]), "not shown to be not 0"),
    "exact_generator_undefined": (
        "exact_sigmoid",
        lambda b: piece(b)["generators"].append(
            {"name": "g9", "kind": "log", "of": "x", "derivative": ["div", "1", "x"]}
        ),
        "not shown to be > 0",
    ),
    # [I2]
    "exact_relation_altered": ("exact_root", without_relation, "derivative"),
    "exact_argument_altered": ("exact_root", in_generator(of=["add", ["pown", "x", "2"], "1"]), "by rule"),
    "exact_derivative_altered": ("exact_sigmoid", in_generator(derivative="1"), "by rule"),
    "exact_derivative_doubled": ("exact_sigmoid", in_generator(derivative=["mul", "2", "g1"]), "by rule"),
    "exact_derivative_of_a_constant": ("exact_gelu", in_generator(derivative="1"), "by rule"),
    "exact_generator_missing": ("exact_sigmoid", lambda b: piece(b).update(generators=[]), "something new"),
    "exact_sin_is_cos": ("exact_guard", swap_sin_and_cos, "by rule"),
    "exact_cos_missing": ("exact_guard", lambda b: piece(b)["generators"].pop(), "the leaf"),
    "exact_step_missing": ("exact_gelu", lambda b: piece(b).update(steps=[]), "something new"),
    "exact_step_of_another_factor": ("exact_guard", set_step(factor="1"), "something new"),
    "exact_step_of_another_power": (
        "exact_gelu",
        lambda b: [step["powers"].update(dict.fromkeys(step["powers"], "3")) for step in piece(b)["steps"]],
        "something new",
    ),
    "exact_step_negative_root": (
        "exact_cube_root",
        lambda b: [step.update(factor="-" + step["factor"]) for step in piece(b)["steps"]],
        "something new",
    ),
    # [I5]
    "exact_join_missing": ("exact_elu", in_identity(joins=[]), "a join"),
    "exact_join_elsewhere": ("exact_elu", in_join(at="1"), "a join"),
    "exact_join_where_nothing_changes": ("exact_sigmoid", two_pieces, "no join"),
    "exact_join_at_an_end": (
        "exact_half_line_relu",
        lambda b: b["identity"].update(joins=[CONSTANT_JOIN]),
        "an end of the domain",
    ),
    "exact_join_beside_another": (
        "exact_elu",
        lambda b: b["identity"]["joins"].append({**CONSTANT_JOIN, "at": "1"}),
        "no formula changes there",
    ),
    "exact_s_at_an_end": (
        "exact_half_line",
        state(derivative=["where", [">", "x", "0"], ["mul", "2", "x"], "7"]),
        "a formula of its own",
    ),
    "exact_smooth_for_every_alpha": ("exact_elu", in_join(verdict="smooth"), "a verdict that"),
    "exact_smooth_across_a_jump": ("exact_jump", in_join(verdict="smooth"), "a verdict that"),
    "exact_subgradient_across_a_jump": ("exact_jump", in_join(verdict="subgradient"), "a verdict that"),
    "exact_jump_where_there_is_none": ("exact_elu", in_join(verdict="jump"), "a verdict that"),
    "exact_jump_unknown": ("exact_open", in_join(verdict="jump"), "a verdict that"),
    "exact_subgradient_outside": (
        "exact_subgradient",
        lambda b: (
            state(derivative=["where", [">", "x", "0"], "1", ["where", ["<", "x", "0"], "-1", "3"]])(b),
            in_join(spec="3")(b),
        ),
        "a verdict that",
    ),
    "exact_join_value": ("exact_elu", in_join(values=["1", "1", "1"]), "what the formulas give"),
    "exact_join_slope": ("exact_elu", in_join(slopes=["1", "1"]), "what the formulas give"),
    "exact_join_spec": ("exact_elu", in_join(spec="1"), "what the formulas give"),
    "exact_jump_not_excepted": (
        "exact_jump",
        lambda b: b["statement"]["exact"].pop("exceptions"),
        "only there",
    ),
    "exact_exception_of_a_subgradient": ("exact_elu", claim(exceptions=["0"]), "only there"),
    "exact_exception_where_no_kink_is": ("exact_elu", claim(exceptions=["1"]), "kinks of f in the domain"),
    "exact_exception_at_a_seam": ("exact_seam", claim(exceptions=["0"]), "kinks of f in the domain only"),
    "exact_exceptions_empty": ("exact_elu", claim(exceptions=[]), "no such key where there are none"),
    "exact_kink_value_other": ("exact_kink_value", claim(kink_values=[["0", "1"]]), "the stated 1"),
    "exact_kink_value_undefined": (
        "exact_kink_value",
        lambda b: (
            widen("alpha", "[0, inf)")(b),
            claim(kink_values=[["0", ["div", ["mul", "alpha", "alpha"], "alpha"]]])(b),
        ),
        "not shown to be not 0",
    ),
    "exact_kink_value_with_a_guard": (
        "exact_kink_value",
        claim(kink_values=[["0", ["abs", "alpha"]]]),
        "not a rational number",
    ),
    "exact_kink_value_of_x": ("exact_kink_value", claim(kink_values=[["0", "x"]]), "not a rational number"),
    "exact_open_end_not_excepted": (
        "exact_half_line_relu",
        lambda b: b["statement"]["exact"].pop("exceptions"),
        "an exception of the claim",
    ),
    "exact_open_end_with_a_value": (
        "exact_half_line_relu",
        claim(kink_values=[["0", "0"]]),
        "an exception of the claim, without a value",
    ),
    "exact_seam_open": ("exact_seam", in_join(verdict="open"), "smooth"),
    "exact_open_end_missing": ("exact_half_line_relu", in_identity(open_ends=[]), "the kinks at the"),
    "exact_open_end_extra": ("exact_half_line_relu", in_identity(open_ends=["0", "3"]), "the kinks at the"),
    "exact_open_end_elsewhere": ("exact_half_line_relu", in_identity(open_ends=["0", "1"]), "ends of the"),
    "exact_open_end_inside": ("exact_elu", in_identity(open_ends=["0"]), "ends of the"),
}
