"""Writes tests/accept and tests/reject: honest certificates, and one corruption of one of
them in each rejected file.

Run as `python -m tests.corrupt` after a change of the format; the files are checked in.
Each corruption changes one thing and repairs the digest unless the digest is the thing, so
that exactly one check stands between the file and acceptance (tests/verifier/test_checker.py
removes the checks one by one).
"""

import copy
import json
import re
from fractions import Fraction
from pathlib import Path

from certify.certificate.enclosure import MAX_TILES, Certificate, digest, encode
from certify.language.numbers import parse_number
from certify.language.spec import Spec, parse_interval
from certify.notation.parser import parse
from certify.prover.enclosure.search import enclose
from certify.prover.identity.search import identify
from tests import corrupt_exact, corrupt_open

HERE = Path(__file__).parent


def honest(
    function, derivative, domain="-1,1", atol="1e-6", rtol="0", name="sample", kinks=None, **parameters
):
    """A certificate, or refutation, as the prover writes it, as a JSON value; kinks are exceptions, or
    have a value."""
    kinks = {Fraction(at): value for at, value in (kinks or {}).items()}
    values = {key: Fraction(value) for key, value in parameters.items()}
    spec = Spec(
        name,
        parse(function, values),
        parse(derivative, values, output=True),
        tuple(parse_interval(part) for part in domain.split(";")),
        parse_number(atol),
        parse_number(rtol),
        values,
        tuple(at for at, value in kinks.items() if value is None),
        tuple((at, parse(value, values)) for at, value in kinks.items() if value is not None),
    )
    return json.loads(encode(enclose(spec, 4096).certificate))


# f jumps at 0 by less than anybody sees in 256 bits.
STEP = "where(x > 0, log(exp(1 + x)) + 1e-90, 1 + x)"

# Well-formed and true, and with a function that the verifier cannot evaluate.
UNCHECKED = {
    "lgamma": lambda: honest("lgamma(x)", "digamma(x)", "1,3"),
    "erfinv_refuted": lambda: honest("erfinv(x)", "1 + x*x", "-1/2,1/2"),
}
ACCEPT = {
    "sigmoid": lambda: honest("sigmoid(x)", "y*(1 - y)"),
    "union": lambda: honest("exp(x)", "y", "-2,-1;0,1/3;1,2"),
    "relu": lambda: honest("max(x, 0)", "where(x > 0, 1, 0)"),
    "half_line_relu": lambda: honest("max(x, 0)", "where(x > 0, 1, 0)", "0,1"),
    "elu": lambda: honest(
        "where(x > 0, x, alpha*(exp(x) - 1))", "where(x > 0, 1, alpha*exp(x))", alpha="1/2"
    ),
    "jump": lambda: honest("where(x > 0, x + 1, x)", "1", kinks={0: None}),
    "between": lambda: honest("abs(x)", "where(x > 0, 1, where(x < 0, -1, 1/2))"),
    "kink_irrational": lambda: honest("where(x > 0, pi + 2*x, pi + x)", "where(x > 0, 2, 1)"),
    "kink_where_values_are_equal_to_2_to_minus_100": lambda: honest(STEP, "1"),
    "kink_value": lambda: honest(
        "max(x, 0)", "where(x > 0, 1, where(x < 0, 0, a/2))", kinks={0: "a/2"}, a="1"
    ),
    "kink_relative": lambda: honest(
        "where(x > 0, 2*x, x)", "where(x > 0, 2, where(x < 0, 1, 1 - 1e-9))", atol="0", rtol="1e-8"
    ),
    "seam": lambda: honest("x*x", "2*abs(x)*sign(x)"),
    "guard": lambda: honest("where(x*x + 1 > 0, sin(x), 0)", "cos(x)"),
    "erf": lambda: honest("erf(x)", "2/sqrt(pi)*exp(-x*x)", "-3,3"),
    "relative": lambda: honest("exp(x)", "exp(x)*(1 + 1e-9)", "0,3", atol="0", rtol="1e-8"),
    "near_pole": lambda: honest("1/x", "-1/(x*x)", "1/10,1"),
    "cancelling": lambda: honest("1/(x - sin(x))", "(cos(x) - 1)/(x - sin(x))**2", "1/10,1"),
    "negative_power": lambda: honest("x**-1", "-x**-2", "-2,-1"),
    "power_of_a_guard": lambda: honest(
        "x**where(x > 2, 2, 3)", "where(x > 2, 2*x, 3*x**2)", "1,3", kinks={2: None}
    ),
    "identity": lambda: honest("x", "1"),
    "refutation": lambda: honest("sigmoid(x)", "y*(1 - y) + 1e-5"),
    "refutation_at_a_seam": lambda: honest("x*x", "where(x > 0, 2*x, where(x < 0, 2*x, 7))"),
    "undefined": lambda: honest("x*exp(x)", "y/x + y"),
    "undefined_root": lambda: honest("sin(x)", "cos(x) + 0*sqrt(cos(x) - 2)"),
    "refutation_relative": lambda: honest("exp(x)", "exp(x)*(1 + 1e-6)", atol="0", rtol="1e-8"),
    "refutation_at_a_kink": lambda: honest("abs(x)", "where(x > 0, 1, where(x < 0, -1, 3))"),
    "refutation_of_a_kink_value": lambda: honest("max(x, 0)", "where(x > 0, 1, 0)", kinks={0: "1/2"}),
    **corrupt_exact.ACCEPT,
    **corrupt_open.ACCEPT,
}


def tile(body, i=0):
    return body["components"][0]["tiles"][i]


def ends(body):
    return body["components"][0]["ends"]


def state(**changes):
    def edit(body):
        body["statement"].update(changes)

    return edit


def set_tile(i=0, **changes):
    return lambda body: tile(body, i).update(changes)


def set_kink(**changes):
    return lambda body: body["kinks"][0].update(changes)


def set_witness(**changes):
    return lambda body: body["witness"].update(changes)


def merge_over_kink(body):
    """One tile over the kink at 0 instead of two that end there."""
    ends(body).pop(1)
    body["components"][0]["tiles"].pop()
    tile(body).update(R="8", bound="100", spec_bound="100")


def move_end(body):
    a, b = (parse_number(end) for end in ends(body)[1:3])
    ends(body)[1] = str(a + (b - a) / 4)


def swap_ends(body):
    ends(body)[1], ends(body)[2] = ends(body)[2], ends(body)[1]


def drop_tile(body):
    body["components"][0]["tiles"].pop()


def many_boxes(body):
    """x - x, bounded so tightly that only boxes of the last depth show it, all over the disc."""
    body["statement"].update(function=["sub", "x", "x"], derivative="0")
    tile(body).update(bound="0.05", depth="8", slope=["-0.001", "0.001"])


def million_tiles(body):
    row = tile(body)
    body["components"][0] = {
        "ends": [str(i) for i in range(MAX_TILES + 2)],
        "tiles": [row] * (MAX_TILES + 1),
    }


def two_big_components(body):
    half = MAX_TILES // 2 + 1
    row = {**tile(body), "R": "5"}
    body["statement"]["domain"] = [["0", str(half)], [str(half + 1), str(2 * half + 1)]]
    body["components"] = [
        {"ends": [str(i) for i in range(a, a + half + 1)], "tiles": [row] * half} for a in (0, half + 1)
    ]


def nested(depth):
    term = "x"
    for _ in range(depth):
        term = ["neg", term]
    return term


def wide(levels):
    term = "x"
    for _ in range(levels):
        term = ["add", term, term]
    return term


def general_power(exponent, **parameters):
    """x**-1, which holds on negatives, as a power that is exp(b*log(x)), which does not."""
    edit = state(function=["pow", "x", exponent], parameters=parameters)
    return "negative_power", edit, "not shown analytic"


def power_of_the_output(body):
    """s = 0*x**y, where y is the number 2."""
    body["statement"].update(function="2", derivative=["mul", "0", ["pow", "x", "y"]])
    for row in body["components"][0]["tiles"]:
        row.update(bound="10", spec_bound="10", slope=["-1", "1"])


def output_too_often(body):
    """s has y 32 times, f more than 700 nodes."""
    f, s = "x", "y"
    for _ in range(9):
        f = ["add", f, f]
    for _ in range(5):
        s = ["add", s, s]
    body["statement"].update(function=f, derivative=s)


def step_of_1e_33(body):
    """A jump that is known, claimed to be none by values that claim less than is known."""
    body["statement"]["function"][2][2] = "1e-33"
    body["kinks"][0]["right"]["value"][1] = "1." + "0" * 32 + "1001"


def with_a_jump_of_the_identity(body):
    """Tiles that say that f is continuous at 0, beside an identity that says that it jumps."""
    found = identify(corrupt_exact.spec(STEP, "1", kinks={0: None}))
    exact = json.loads(encode(Certificate(found.spec, None, found)))
    body["identity"] = exact["identity"]
    body["statement"]["exact"] = {"domain": [["-inf", "inf"]], "parameters": {}, "exceptions": ["0"]}


CUBE_ROOT = ["pow", ["sub", "x", "8"], "1/3"]
RECIPROCAL = ["div", "1", "x"]

# name: (honest certificate, edit, part of the rejection)
REJECT = {
    # coverage
    "domain_wider_than_tiles": ("sigmoid", state(domain=[["-1", "2"]]), "the domain"),
    "domain_elsewhere": ("sigmoid", state(domain=[["-2", "1"]]), "the domain"),
    "component_missing": ("union", lambda b: b["components"].pop(), "one for each interval"),
    "component_twice": ("sigmoid", lambda b: b["components"].append(b["components"][0]), "one for each"),
    "ends_not_increasing": ("near_pole", swap_ends, "more than"),
    "tile_dropped": ("near_pole", drop_tile, "one end more than tiles"),
    "gap_between_tiles": ("near_pole", lambda b: ends(b).pop(1), "one end more than tiles"),
    "no_tiles": ("identity", lambda b: b["components"][0].update(ends=["-1"], tiles=[]), "one end more"),
    "domain_overlap": ("union", state(domain=[["-2", "-1"], ["-1", "1/3"], ["1", "2"]]), "ascending"),
    "domain_reversed": ("identity", state(domain=[["1", "-1"]]), "order"),
    "domain_point": ("identity", state(domain=[["1", "1"]]), "has no length"),
    "domain_empty": ("identity", state(domain=[]), "the domain is empty"),
    # tiles
    "tile_end_moved": ("near_pole", move_end, "found"),
    "residual_too_small": ("sigmoid", set_tile(residual="1e-20"), "a residual of"),
    "residual_zero": ("sigmoid", set_tile(residual="0"), "a residual of"),
    "residual_over_tolerance": ("sigmoid", set_tile(residual="1e-3"), "a claimed residual"),
    "tolerance_lowered": ("sigmoid", state(atol="1e-30"), "a claimed residual"),
    "relative_tolerance_lowered": ("relative", state(rtol="1e-10"), "a claimed residual"),
    "range_too_narrow": ("sigmoid", set_tile(slope=["0.2", "0.21"]), "slope"),
    "range_too_high": ("relative", set_tile(slope=["5", "1000"]), "slope"),
    "bound_too_small": ("sigmoid", set_tile(bound="0.5"), "the bound of |f| not shown"),
    "spec_bound_too_small": ("sigmoid", set_tile(spec_bound="0.05"), "the bound of |s| not shown"),
    "R_over_a_pole": ("near_pole", set_tile(R="1"), "not shown analytic"),
    "depth_lowered": ("identity", lambda b: shallow(b), "the bound of |f| not shown"),
    "N_lowered": ("sigmoid", set_tile(N="4"), "a residual of"),
    "bits_lowered": ("relative", set_tile(bits="32"), "a residual of"),
    "R_no_larger_than_r": ("identity", set_tile(R="1"), "more than the radius"),
    "R_hardly_larger_than_r": ("identity", set_tile(R="1." + "0" * 40 + "1"), "too close"),
    "too_many_boxes": ("identity", many_boxes, "boxes to cover a disc"),
    "kink_inside_tile": ("relu", merge_over_kink, "a guard without one sign"),
    # the statement
    "function_changed": ("sigmoid", state(function=["mul", "1.001", ["sigmoid", "x"]]), "a residual of"),
    "spec_changed": (
        "sigmoid",
        state(derivative=["mul", "y", ["sub", "1.0001", "y"]]),
        "a residual of",
    ),
    "parameter_changed": (
        "elu",
        lambda b: b["statement"]["parameters"].update(alpha="501/1000"),
        "found",
    ),
    "constant_without_value": ("identity", state(function=["add", "x", ["log", "-1"]]), "without a value"),
    "pole_hidden_in_spec": ("identity", lambda b: x_over_x(b), "x/x not shown analytic"),
    "root_at_its_branch_point": (
        "identity",
        state(function=["mul", ["sqrt", "x"], ["sqrt", "x"]], domain=[["0", "1"]]),
        "found",
    ),
    "exponent_too_large": ("identity", state(derivative=["pown", "x", "5000"]), "-4096 to 4096"),
    "exponent_of_a_product_by_a_guard": (
        "negative_power",
        state(function=["pown", "x", ["sign", "x"]]),
        "exponent of pown: found list",
    ),
    "exponent_of_a_product_by_a_parameter": (
        "negative_power",
        state(function=["pown", "x", "n"], parameters={"n": "-1"}),
        "exponent of pown: found 'n'",
    ),
    "exponent_of_a_product_by_x": ("identity", state(function=["pown", "x", "x"]), "exponent of pown"),
    "R_over_a_pole_of_a_sum_that_cancels": (
        "cancelling",
        set_tile(R="1/5", bound="1e99", spec_bound="1e99"),
        "not shown analytic",
    ),
    "exponent_of_a_product_a_half": ("near_pole", state(function=["pown", "x", "1/2"]), "an integer from"),
    "power_of_a_guard_on_negatives": general_power(["sign", "x"]),
    "power_of_a_choice_on_negatives": general_power(["where", ["<", "x", "0"], "-1", "3"]),
    "power_of_a_maximum_on_negatives": general_power(["max", "-2", "-1"]),
    "power_of_a_modulus_on_negatives": general_power(["neg", ["abs", "1"]]),
    "power_of_a_number_on_negatives": general_power("-1"),
    "power_of_a_sum_on_negatives": general_power(["sub", "1", "2"]),
    "power_of_a_parameter_on_negatives": general_power("n", n="-1"),
    "power_of_the_output_on_negatives": ("negative_power", power_of_the_output, "not shown analytic"),
    "output_too_often": ("identity", output_too_often, "once y is f(x)"),
    "guard_by_a_power_that_is_undefined": (
        "identity",
        state(
            function=[
                "where",
                [">", ["pow", "-2", ["add", ["sub", "x", "x"], "2"]], "0"],
                "x",
                "0",
            ]
        ),
        "a guard without one sign",
    ),
    "output_in_function": ("identity", state(function="y"), "y, the forward output"),
    "digest_wrong": ("sigmoid", lambda b: b.update(digest="sha256:" + "0" * 64), "sha256:"),
    # kinks, seams
    "kink_dropped": ("relu", lambda b: b["kinks"].clear(), "and no kink"),
    "kink_at_the_end_dropped": ("half_line_relu", lambda b: b["kinks"].clear(), "and no kink"),
    "kink_where_none_is": (
        "sigmoid",
        lambda b: b["kinks"].append(kink_at_end(b)),
        "a kink or seam listed",
    ),
    "kink_twice": ("relu", lambda b: b["kinks"].append(b["kinks"][0]), "more than 0"),
    "verdict_better_than_shown": ("relu", set_kink(verdict="smooth"), "the verdict smooth"),
    "verdict_hides_outside": ("between", lambda b: outside(b, "subgradient"), "the verdict subgradient"),
    "kink_outside": ("between", lambda b: outside(b, "outside"), "a kink shown outside"),
    "kink_outside_by_the_relative_tolerance": (
        "kink_relative",
        lambda b: below(b, "0.9999999"),
        "the verdict subgradient",
    ),
    "jump_not_excepted": ("jump", lambda b: b["statement"].pop("exceptions"), "a kink shown jump"),
    "exception_where_f_is_continuous": ("relu", state(exceptions=["0"]), "a kink shown subgradient"),
    "exception_where_no_kink_is": ("sigmoid", state(exceptions=["0"]), "kinks of f in the domain only"),
    "exception_hides_outside": (
        "between",
        lambda b: (outside(b, "open"), b["statement"].update(exceptions=["0"])),
        "the verdict open",
    ),
    "jump_below_the_tolerance": (
        "jump",
        lambda b: small_jump(b, ["add", "x", "1e-40"], "x", ["0", "1e-40"], "smooth"),
        "where f jumps",
    ),
    "jump_below_what_continuity_allows": (
        "kink_where_values_are_equal_to_2_to_minus_100",
        step_of_1e_33,
        "where f jumps",
    ),
    "jump_of_the_identity_alone": (
        "kink_where_values_are_equal_to_2_to_minus_100",
        with_a_jump_of_the_identity,
        "beside an identity with a jump",
    ),
    "jump_of_an_irrational_value_below_the_tolerance": (
        "kink_irrational",
        lambda b: small_jump(
            b,
            ["add", "pi", ["add", ["mul", "2", "x"], "1e-7"]],
            ["add", "pi", "x"],
            ["3.1415926", "3.1415928"],
            "subgradient",
        ),
        "the verdict subgradient",
    ),
    "exceptions_empty": ("relu", state(exceptions=[]), "no such key where there are none"),
    "exceptions_twice": ("jump", state(exceptions=["0", "0"]), "more than 0"),
    "kink_value_not_taken": ("kink_value", state(kink_values=[["0", "0.4"]]), "a kink shown subgradient"),
    "kink_value_where_no_kink_is": ("sigmoid", state(kink_values=[["0", "1/4"]]), "kinks of f in the domain"),
    "kink_value_that_varies": ("kink_value", state(kink_values=[["0", "x"]]), "not a rational number"),
    "kink_value_undefined": ("kink_value", state(kink_values=[["0", ["div", "a", "0"]]]), "not a rational"),
    "kink_value_of_three": ("kink_value", state(kink_values=[["0", "a", "a"]]), "elements"),
    "kink_value_alone": ("kink_value", state(kink_values=[["0"]]), "1 elements"),
    "verdict_hides_jump": ("jump", set_kink(verdict="smooth"), "the verdict smooth"),
    "kink_value_wrong": ("jump", set_kink(value=["0.4", "0.6"]), "value"),
    "kink_spec_wrong": ("between", set_kink(spec=["0", "0"]), "spec"),
    "kink_slope_wrong": (
        "relu",
        lambda b: b["kinks"][0]["left"].update(slope=["1", "1"]),
        "left slope",
    ),
    "kink_left_value_wrong": ("jump", lambda b: b["kinks"][0]["left"].update(value=["1", "1"]), "left value"),
    "spec_undefined_at_kink": (
        "relu",
        state(derivative=["where", [">", "x", "0"], "1", ["where", ["<", "x", "0"], "0", ["div", "1", "x"]]]),
        "no finite value",
    ),
    "seam_dropped": ("seam", lambda b: b["seams"].clear(), "and no seam"),
    "seam_wrong": ("seam", lambda b: wrong_at_seam(b), "apart"),
    # refutations
    "witness_outside_the_domain": ("refutation", state(domain=[["0.9", "0.95"]]), "outside the domain"),
    "witness_at_a_kink": (
        "refutation_at_a_seam",
        state(function=["mul", ["abs", "x"], "x"]),
        "a kink of f",
    ),
    "witness_kind_unknown": ("refutation", set_witness(kind="line"), "point or kink"),
    "witness_kind_missing": ("refutation", lambda b: b["witness"].pop("kind"), "point or kink"),
    "witness_at_a_kink_outside_the_domain": (
        "refutation_at_a_kink",
        state(domain=[["1/2", "1"]]),
        "outside the domain",
    ),
    "witness_at_a_kink_that_is_none": (
        "refutation_at_a_kink",
        lambda b: (
            state(function="x", derivative="3")(b),
            [b["witness"][side].update(slope=["0.9", "1.1"]) for side in ("left", "right")],
        ),
        "one formula of f",
    ),
    "witness_at_a_kink_as_claimed": (
        "refutation_of_a_kink_value",
        lambda b: b["statement"].pop("kink_values"),
        "a kink shown subgradient",
    ),
    "witness_at_an_exception": (
        "refutation_at_a_kink",
        lambda b: b["statement"].update(exceptions=["0"]),
        "a kink shown outside",
    ),
    "witness_at_a_kink_spec_wrong": ("refutation_at_a_kink", set_witness(spec=["5", "5"]), "spec"),
    "witness_where_a_guard_is_open": (
        "refutation_at_a_seam",
        state(function=["where", [">", ["mul", "x", "x"], "0"], ["mul", "x", "x"], "0"]),
        "sign is not shown",
    ),
    "witness_within_tolerance": ("refutation", state(atol="0.001"), "apart"),
    "witness_within_relative_tolerance": ("refutation_relative", state(rtol="1e-5"), "apart"),
    "witness_slope_wrong": ("refutation", set_witness(slope=["5", "6"]), "slope"),
    "witness_spec_wrong": ("refutation", set_witness(spec=["5", "6"]), "spec"),
    "witness_moved": ("refutation", set_witness(at="1/3"), "found"),
    "undefined_where_it_is_defined": (
        "undefined",
        lambda b: s_without_a_value(b, ["sqrt", "x"], ["sqrt", "x"], [["0", "0"]]),
        "sqrt(x), which may have a value",
    ),
    "undefined_by_a_cube_root": (
        "undefined",
        lambda b: s_without_a_value(
            b,
            ["pow", ["sub", "x", "8"], "1/3"],
            ["pow", ["sub", "x", "8"], "1/3"],
            [["-8", "-8"], ["1/3", "1/3"]],
        ),
        "which may have a value",
    ),
    "undefined_by_a_wide_argument": (
        "undefined",
        set_witness(arguments=[["0", "0"], ["-1", "1"]]),
        "may have",
    ),
    "undefined_term_elsewhere": (
        "undefined",
        set_witness(term=["div", "1", "x"], arguments=[["1", "1"], ["0", "0"]]),
        "a subterm of s as it is there",
    ),
    "undefined_in_the_branch_not_taken": (
        "undefined",
        lambda b: s_without_a_value(
            b,
            ["where", [">=", "x", "0"], "1", ["div", "1", "x"]],
            ["div", "1", "x"],
            [["1", "1"], ["0", "0"]],
        ),
        "a subterm of s as it is there",
    ),
    "undefined_argument_wrong": (
        "undefined",
        lambda b: s_without_a_value(
            b, ["div", "x", ["add", "x", "1"]], ["div", "x", ["add", "x", "1"]], [["0", "0"], ["0", "0"]]
        ),
        "argument 2",
    ),
    "undefined_inside": (
        "undefined",
        lambda b: s_without_a_value(
            b, ["log", ["div", "x", "x"]], ["log", ["div", "x", "x"]], [["-1", "-1"]]
        ),
        "no finite value",
    ),
    "undefined_as_f_is": ("undefined", state(function=["div", ["mul", "x", "x"], "x"]), "not shown analytic"),
    "undefined_at_a_kink": ("undefined", state(function=["abs", "x"]), "a kink of f"),
    "undefined_outside_the_domain": ("undefined", state(domain=[["1", "2"]]), "outside the domain"),
    "undefined_slope_wrong": ("undefined", set_witness(slope=["5", "6"]), "slope"),
    "undefined_term_a_leaf": ("undefined", set_witness(term="x"), "a function of arguments"),
    "undefined_arguments_missing": ("undefined", set_witness(arguments=[["0", "0"]]), "as many as div takes"),
    # the reader
    "version_unknown": ("identity", lambda b: b.update(format="certify/2"), "certify/1"),
    "kind_unknown": ("identity", lambda b: b.update(kind="conjecture"), "enclosure or refutation"),
    "key_unknown": ("identity", lambda b: b.update(comment="trust me"), "unknown key"),
    "prover_only_missing": ("lgamma", lambda b: b.pop("prover_only"), "digamma, lgamma, by the formulas"),
    "prover_only_in_part": ("lgamma", lambda b: b["prover_only"].pop(), "digamma, lgamma, by the formulas"),
    "prover_only_for_nothing": ("sigmoid", lambda b: b.update(prover_only=["exp"]), "none, by the formulas"),
    "key_unknown_in_tile": ("identity", set_tile(note=""), "unknown key"),
    "key_missing": ("identity", lambda b: tile(b).pop("bits"), "no key 'bits'"),
    "seams_missing": ("identity", lambda b: b.pop("seams"), "no key 'seams'"),
    "tile_is_a_list": ("identity", lambda b: b["components"][0].update(tiles=[[]]), "an object"),
    "domain_is_text": ("identity", state(domain="-1,1"), "a list"),
    "number_is_nan": ("identity", set_tile(residual="nan"), "an exact number"),
    "number_is_inf": ("identity", set_tile(bound="inf"), "an exact number"),
    "number_over_zero": ("identity", set_tile(bound="1/0"), "an exact number"),
    "number_of_a_billion_digits": ("identity", set_tile(bound="1e1000000000"), "an exact number"),
    "number_too_long": ("identity", set_tile(bound="9" * 5000), "an exact number"),
    "N_huge": ("identity", set_tile(N=str(2**40)), "an integer from"),
    "N_not_a_power_of_two": ("identity", set_tile(N="48"), "a power of two"),
    "bits_huge": ("identity", set_tile(bits="10000000"), "an integer from"),
    "depth_huge": ("identity", set_tile(depth="40"), "an integer from"),
    "R_negative": ("identity", set_tile(R="-8"), "a positive number"),
    "residual_negative": ("identity", set_tile(residual="-1"), "a number >= 0"),
    "interval_of_three": ("identity", set_tile(slope=["0", "1", "2"]), "elements"),
    "interval_of_one": ("identity", set_tile(slope=["1"]), "1 ends"),
    "range_reversed": ("identity", set_tile(slope=["1.5", "0.5"]), "order"),
    "name_empty": ("identity", state(name=""), "a letter"),
    "name_with_spaces": ("identity", state(name="tanh on [0, 1], 3 tiles"), "a letter"),
    "tolerance_zero": ("identity", state(atol="0"), "a tolerance that is not 0"),
    "tolerance_negative": ("identity", state(rtol="-1"), ">= 0"),
    "parameter_named_x": ("identity", state(parameters={"x": "1"}), "not reserved"),
    "parameters_too_many": (
        "identity",
        state(parameters={f"p{i}": "1" for i in range(1001)}),
        "at most 1000",
    ),
    "term_unknown_function": ("identity", state(function=["zeta", "x"]), "a known function"),
    "term_wrong_arity": ("identity", state(function=["add", "x"]), "a known function"),
    "term_unknown_leaf": ("identity", state(function="beta"), "unknown parameter 'beta'"),
    "term_leaf_reserved": ("identity", state(function="exp"), "the leaf 'exp'"),
    "term_bad_condition": (
        "identity",
        state(function=["where", ["==", "x", "0"], "x", "x"]),
        "[relation, term, term]",
    ),
    "term_too_deep": ("identity", state(function=nested(150)), "nested more than"),
    "term_too_large": ("identity", state(function=wide(11)), "more than 2000 nodes"),
    "verdict_unknown": ("relu", set_kink(verdict="fine"), "smooth or subgradient"),
    "tiles_a_million": ("identity", million_tiles, "elements"),
    "tiles_too_many_in_all": ("identity", two_big_components, "tiles, needed at most"),
    "work_of_many_nodes": ("identity", set_tile(N="16384", bits="32768"), "units to verify"),
    "work_of_long_numbers": ("identity", lambda b: erf_far_out(b), "units to verify"),
}


def kink_at_end(body):
    """A kink record at -1 with contents that would pass a look at its shape."""
    row = tile(body)
    quotient = {"r": "1/4", **{key: row[key] for key in ("R", "N", "bits", "depth", "bound")}}
    side = {**quotient, "value": ["0.2", "0.3"], "slope": ["0.1", "0.3"]}
    return {
        "at": "-1",
        "verdict": "smooth",
        "value": ["0.2", "0.3"],
        "spec": ["0.1", "0.3"],
        "left": side,
        "right": side,
    }


def erf_far_out(body):
    """erf at 16384 bits where its series has thousands of terms."""
    body["statement"].update(function=["erf", "x"], derivative="0", domain=[["66", "67"]])
    ends(body)[:] = ["66", "67"]
    tile(body).update(R="1", N="64", bits="16384", bound="1e9", spec_bound="1", residual="1e9")


def shallow(body):
    """A true bound that boxes show at depth 4, not at depth 1."""
    R = parse_number(tile(body)["R"])
    tile(body).update(bound=str(R * Fraction(11, 10)), depth="1")


def x_over_x(body):
    """s = x/x, which is 1 but at 0, with bounds and depth for all the other boxes."""
    body["statement"]["derivative"] = ["div", "x", "x"]
    tile(body).update(spec_bound="1e6", depth="6")


def outside(body, verdict):
    """s(0) = 3 for one-sided derivatives -1 and 1."""
    three = ["where", ["<", "x", "0"], "-1", "3"]
    body["statement"]["derivative"] = ["where", [">", "x", "0"], "1", three]
    body["kinks"][0].update(spec=["3", "3"], verdict=verdict)


def small_jump(body, right, left, values, verdict):
    """A jump of f that is smaller than the tolerance of f', hidden by values that claim too little."""
    body["statement"].pop("exceptions", None)
    body["statement"]["function"] = ["where", [">", "x", "0"], right, left]
    kink = body["kinks"][0]
    kink.update(value=values, verdict=verdict)
    for side in ("left", "right"):
        kink[side].update(value=values)


def below(body, value):
    """A value of s at the kink of a function with one-sided derivatives 1 and 2."""
    three = ["where", ["<", "x", "0"], "1", value]
    body["statement"]["derivative"] = ["where", [">", "x", "0"], "2", three]
    body["kinks"][0].update(spec=[value, value])


def wrong_at_seam(body):
    """s(0) = 1/10 for f'(0) = 0: every tile is right, the one point is not."""
    x2 = ["mul", "2", "x"]
    body["statement"]["derivative"] = [
        "where",
        [">", "x", "0"],
        x2,
        ["where", ["<", "x", "0"], x2, "0.1"],
    ]
    body["seams"][0]["spec"] = ["0.1", "0.1"]


def s_without_a_value(body, s, term, arguments):
    """Another s, said to be without a value at 0 because of a term of it."""
    body["statement"]["derivative"] = s
    body["witness"].update(term=term, arguments=arguments)


# Files that are not JSON values with one thing changed: name: (honest, bytes edit, rejection)
REJECT |= corrupt_exact.REJECT | corrupt_open.REJECT

RAW = {
    "truncated": ("sigmoid", lambda data: data[: len(data) // 2], "JSON"),
    "empty": ("sigmoid", lambda data: b"", "JSON"),
    "trailing_data": ("sigmoid", lambda data: data + b"{}", "JSON"),
    "not_ascii": ("sigmoid", lambda data: data.replace(b"sigmoid", "s\u00efgmoid".encode()), "ASCII"),
    "byte_order_mark": ("sigmoid", lambda data: b"\xef\xbb\xbf" + data, "ASCII"),
    "not_an_object": ("sigmoid", lambda data: b"[]", "an object"),
    "key_twice": (
        "sigmoid",
        lambda data: data.replace(b'"kind":', b'"kind": "refutation", "kind":'),
        "twice in one object",
    ),
    "number_is_a_float": (
        "sigmoid",
        lambda data: re.sub(rb'"N": "(\d+)"', rb'"N": \1.0', data),
        "bare number",
    ),
    "number_is_bare": ("identity", lambda data: data.replace(b'"atol": "0.000001"', b'"atol": 1'), "bare"),
    "number_is_bare_nan": ("identity", lambda data: data.replace(b'"rtol": "0"', b'"rtol": NaN'), "bare"),
    "number_is_true": ("identity", lambda data: data.replace(b'"rtol": "0"', b'"rtol": true'), "a string"),
    "nested_too_deep": ("identity", lambda data: b"[" * 100_000, "nested too deep"),
    "file_too_long": ("identity", lambda data: data + b" " * 2**23, "at most"),
}
GENERATED = {"file_too_long", "nested_too_deep", "tiles_a_million", "tiles_too_many_in_all"}


def rejected(name, accepted):
    """The bytes of a rejected file, from the honest certificates."""
    if name in RAW:
        base, edit, _ = RAW[name]
        data = edit(accepted[base])
        if data == accepted[base]:
            raise ValueError(f"{name} changes nothing")
        return data
    base, edit, _ = REJECT[name]
    body = json.loads(accepted[base])
    before = copy.deepcopy(body)
    edit(body)
    if body == before:
        raise ValueError(f"{name} changes nothing")
    if body["digest"] == before["digest"]:
        body["digest"] = digest(body["statement"])
    return (json.dumps(body, indent=None if name in GENERATED else 1) + "\n").encode("ascii")


def reason(name):
    return (REJECT.get(name) or RAW[name])[2]


def named(body, name):
    """The certificate under another name."""
    body["statement"]["name"] = name
    body["digest"] = digest(body["statement"])
    return body


def main():
    for name, make in ACCEPT.items():
        body = named(make(), name)
        middle = ".refuted" if body["kind"] == "refutation" else ""
        (HERE / "accept" / f"{name}{middle}.json").write_text(json.dumps(body, indent=1) + "\n")
    (HERE / "unchecked").mkdir(exist_ok=True)
    for name, make in UNCHECKED.items():
        (HERE / "unchecked" / f"{name}.json").write_text(json.dumps(make(), indent=1) + "\n")
    accepted = {
        path.stem.removesuffix(".refuted"): path.read_bytes()
        for path in HERE.glob("*/*.json")
        if path.parent.name != "reject"
    }
    for name in (*REJECT, *RAW):
        if name not in GENERATED:  # too long to be checked in: the tests make them
            (HERE / "reject" / f"{name}.json").write_bytes(rejected(name, accepted))


if __name__ == "__main__":
    main()
