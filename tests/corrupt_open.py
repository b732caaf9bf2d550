"""Honest proofs on domains with open ends, and one corruption of one of them in each rejected file;
written to tests/accept and tests/reject by tests/corrupt.py."""

import json
from fractions import Fraction

from certify.certificate.enclosure import encode
from certify.prover.enclosure.search import enclose
from certify.prover.identity.search import identify
from tests.corrupt_exact import CONSTANT_JOIN, alone, claim, in_identity, spec, state


def beside_tiles(function, derivative, tiles, domain):
    """Tiles on one domain, and the identity on another."""
    found = enclose(spec(function, derivative, tiles, Fraction(1, 10**6)), 4096).certificate
    return json.loads(encode(found._replace(identity=identify(spec(function, derivative, domain)))))


# exp(x) - 1, log(x), 1 - x**2, ... come to 0 at the ends that are left out, and nowhere else
AT_THE_ENDS = (
    "1/log(x) + asin(x - 2) + abs(x - 1)",
    "-1/(x*log(x)**2) + 1/sqrt(1 - (x - 2)**2) + sign(x - 1)",
)

ACCEPT = {
    "open_log": lambda: alone("log(x)", "1/x", "(0,inf)"),
    "open_softplus_inverse": lambda: alone("log(expm1(x))", "1/(1 - exp(-x))", "(0,inf)"),
    "open_from_below": lambda: alone("log(-expm1(x))", "exp(x)/expm1(x)", "(-inf,0)"),
    "open_low": lambda: alone(*AT_THE_ENDS, "(1,2]"),
    "open_high": lambda: alone("acos(x) + x**x", "x**x*(log(x) + 1) - 1/sqrt(1 - x*x)", "[1/2,1)"),
    "open_touching": lambda: alone("abs(x)/x + 1/x**2", "-2/x**3", "(-1,0);(0,1)"),
    "open_at_kinks": lambda: alone("min(max(x, 0), 6)", "where(x > 0, where(x < 6, 1, 0), 0)", "(0,6)"),
    "open_at_a_value_of_s": lambda: alone("x*x", "where(x > 0, 2*x, 7)", "(0,3]"),
    "open_at_a_guard": lambda: alone("where(x*x > 0, x, -x)", "1", "(0,1]"),
    "open_for_a_parameter": lambda: alone("log(a*x)", "1/x", "(0,inf)", a="(0, 1]"),
    "open_beside_tiles": lambda: beside_tiles("sqrt(x)", "1/(2*y)", "1,2", "(0,inf)"),
}


def on(*domain):
    """The same proof of a claim on another domain with the same ends."""
    return claim(domain=list(domain))


def moved(*ends, domain):
    """The claim, and the ends of its one section, elsewhere."""

    def edit(body):
        claim(domain=[domain])(body)
        body["identity"]["sections"][0]["ends"] = list(ends)

    return edit


def as_one(body):
    """Two sections that touch at 0, as one with a cut there."""
    claim(domain=["(-1, 1)"])(body)
    sections = body["identity"]["sections"]
    pieces = [section["pieces"][0] for section in sections]
    in_identity(sections=[{"ends": ["-1", "0", "1"], "pieces": pieces}])(body)


def both(*edits):
    def edit(body):
        for one in edits:
            one(body)

    return edit


REJECT = {
    # the form
    "open_closed_ends_as_text": ("open_at_a_guard", on("[0, 1]"), "two ends in a list"),
    "open_half_line_as_text": ("open_log", on("[0, inf)"), "two ends in a list"),
    "open_line_as_text": ("open_log", on("(-inf, inf)"), "two ends in a list"),
    "open_without_a_bracket": ("open_low", on("(1, 2"), "a range"),
    "open_of_three": ("open_low", on("(1, 3/2, 2]"), "a range"),
    "open_with_spaces_around": ("open_log", on(" (0, inf)"), "a range"),
    "open_with_a_space_of_another_kind": ("open_log", on("(0,\u2003inf)"), "a range"),
    "open_without_a_space": ("open_log", on("(0,inf)"), "a range"),
    "open_with_a_line_at_the_end": ("open_log", on("(0, inf)\n"), "a range"),
    "open_with_a_plus": ("open_log", on("(+0, inf)"), "a range"),
    "open_up_to_plus_infinity": ("open_log", on("(0, +inf)"), "a range"),
    "open_parameter_with_a_space": (
        "open_for_a_parameter",
        claim(parameters={"a": "(0, 1 ]"}),
        "a range",
    ),
    "open_infinity_closed": ("open_log", on("(0, inf]"), "takes a parenthesis"),
    "open_ends_turned": ("open_low", on("(2, 1]"), "is reversed"),
    "open_ends_in_a_list": ("open_low", on(["(1", "2]"]), "an exact number"),
    "open_ends_of_no_length": ("open_low", on("(1, 1)"), "has no length"),
    "open_ends_that_overlap": ("open_touching", on("(-1, 1/2)", "(0, 1)"), "with points between"),
    "open_ends_that_touch_in_a_point": ("open_touching", on("(-1, 0]", "(0, 1)"), "with points between"),
    "open_ends_that_touch_in_the_other": ("open_touching", on("(-1, 0)", "[0, 1)"), "with points between"),
    # tiles and witnesses are of closed domains
    "open_with_tiles": ("sigmoid", state(domain=["(-1, 1)"]), "a list"),
    "open_with_tiles_at_one_end": ("sigmoid", state(domain=["[-1, 1)"]), "a list"),
    "open_with_a_witness": ("refutation", state(domain=["(-1, 1)"]), "a list"),
    # [I0]
    "open_widened": ("open_log", on("(-1, inf)"), "those of the domain"),
    "open_at_a_guard_closed": ("open_at_a_guard", on(["0", "1"]), "without one sign"),
    "open_guard_that_changes": ("open_at_a_guard", moved("-1", "1", domain="(-1, 1]"), "without one sign"),
    "open_kink_inside": ("open_at_kinks", moved("-1", "6", domain="(-1, 6)"), "changes sign at 0"),
    # [I1]
    "open_log_closed": ("open_log", on(["0", "inf"]), "x is not shown to be > 0"),
    "open_log_of_negatives": ("open_log", moved("-1", "inf", domain="(-1, inf)"), "x is not shown to be > 0"),
    "open_log_of_the_line": ("open_log", moved("-inf", "inf", domain=["-inf", "inf"]), "shown to be > 0"),
    "open_softplus_inverse_closed": ("open_softplus_inverse", on(["0", "inf"]), "not shown to be > 0"),
    "open_from_below_closed": ("open_from_below", on(["-inf", "0"]), "not shown to be > 0"),
    "open_low_closed": ("open_low", on(["1", "2"]), "not shown to be"),
    "open_high_closed": ("open_high", on(["1/2", "1"]), "in (-1, 1)"),
    "open_at_the_other_end": ("open_high", on("(1/2, 1]"), "in (-1, 1)"),
    "open_beyond": ("open_high", moved("1/2", "2", domain="[1/2, 2)"), "in (-1, 1)"),
    "open_parameter_closed": (
        "open_for_a_parameter",
        lambda b: claim(parameters={"a": "[0, 1]"})(b),
        "not shown to be > 0",
    ),
    "open_pole_inside": ("open_touching", as_one, "not shown to be not 0"),
    "open_cell_at_the_pole": (
        "open_touching",
        both(
            on("(-1, 1)"),
            lambda b: b["identity"]["sections"].pop(),
            lambda b: b["identity"]["sections"][0].update(ends=["-1", "1"]),
            lambda b: b["identity"]["sections"][0]["pieces"][0].update(cover=["0"]),
        ),
        "changes sign at 0",
    ),
    "open_beside_tiles_closed": ("open_beside_tiles", on(["0", "inf"]), "not shown to be > 0"),
    # [I5]
    "open_at_kinks_closed": ("open_at_kinks", on("[0, 6)"), "the kinks at the domain's ends"),
    "open_at_kinks_closed_above": ("open_at_kinks", on("(0, 6]"), "the kinks at the domain's ends"),
    "open_at_a_value_of_s_closed": ("open_at_a_value_of_s", on(["0", "3"]), "the formula of its piece"),
    "open_kink_excepted": ("open_at_kinks", claim(exceptions=["0"]), "kinks of f in the domain only"),
    "open_kink_with_a_value": (
        "open_at_kinks",
        claim(kink_values=[["6", "0"]]),
        "kinks of f in the domain only",
    ),
    "open_kink_listed": ("open_at_kinks", in_identity(open_ends=["0"]), "ends of the domain only"),
    "open_kink_listed_and_excepted": (
        "open_at_kinks",
        both(claim(exceptions=["6"]), in_identity(open_ends=["6"])),
        "ends of the domain only",
    ),
    "open_join": ("open_at_kinks", in_identity(joins=[CONSTANT_JOIN]), "no join"),
    "open_join_of_two_sections": ("open_touching", in_identity(joins=[CONSTANT_JOIN]), "no join"),
}
