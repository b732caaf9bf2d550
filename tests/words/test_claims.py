"""The sentences say what the certificates hold."""

from dataclasses import replace
from fractions import Fraction

import pytest

from certify.catalogue import read_entries
from certify.certificate.enclosure import Certificate, encode_statement, statement_of
from certify.formal.theorem import of_certificate
from certify.language.errors import UsageError
from certify.language.numbers import parse_number
from certify.language.spec import Spec, parse_interval, parse_range
from certify.notation.parser import parse
from certify.prover.enclosure.search import enclose
from certify.prover.identity.search import identify
from certify.prover.verdict import Certified, Obstruction, Statistics, Undecided
from certify.tiers import of_certificate as tiers_of
from certify.words.claims import claims


def proved(function, derivative, tol="1e-20", rtol="0", kinks=""):
    text = f"[a]\nfunction = '{function}'\nderivative = '{derivative}'\ndomain = '-1,1'\nkinks = [{kinks}]"
    spec = read_entries(text, "")["a"].spec(atol=parse_number(tol), rtol=parse_number(rtol))
    return enclose(spec, 4096)


SAID = {
    "the_theorem": (("sigmoid(x)", "y*(1 - y)"), "For every real x in [-1, 1], f is differentiable at x"),
    "the_kinks_left_out": (("max(x, 1/3)", "where(x > 1/3, 1, 0)"), "x in [-1, 1] other than 1/3, f"),
    "a_value_between": (("abs(x)", "sign(x)"), "derivatives ~-1 and ~1;\n    s there is 0, a value between"),
    "a_value_outside": (
        ("abs(x)", "where(x < 0, -1, where(x > 0, 1, 3))"),
        "one-sided derivatives ~-1 and ~1,\n    s(x) is in [3, 3], further than the allowed 1e-20",
    ),
    "a_value_that_is_not_the_stated_one": (
        ("abs(x)", "sign(x)", "1e-20", "0", "{ at = '0', value = '1/3' }"),
        "s(x) is in [0, 0], not the stated 1/3 to 1e-20",
    ),
    "a_jump": (
        ("where(x > 0, 1, -2)", "0", "1e-20", "0", "{ at = '0', verdict = 'jump' }"),
        "f jumps from -2 to 1: no derivative exists; s there is 0.",
    ),
    "a_value_off_its_limit": (
        ("where(x > 0, x, where(x < 0, x, 1))", "1", "1e-20", "0", "{ at = '0', verdict = 'jump' }"),
        "At x = 0 f is 1, off its limit 0: no derivative exists; s there is 1.",
    ),
    "continuity_of_rational_values": (("max(x, 0)", "where(x > 0, 1, 0)"), "At x = 0 f is continuous with"),
    "continuity_of_other_values": (
        ("where(x > 0, log(exp(1+x)), 1+x)", "1"),
        "f is continuous to 2**-100*max(1, |f|), its one-sided",
    ),
    "both_tolerances": (("sin(x)", "cos(x)", "1e-9", "1/3"), "<= 1e-9 + 1/3*|f'(x)|"),
    "a_relative_tolerance": (("exp(x)", "y", "0", "1e-9"), "<= 1e-9*|f'(x)|,"),
    "a_tiny_tolerance_exactly": (("x", "1", "1e-400"), "|f'(x) - s(x)| <= 1e-400,"),
    "one_tile": (("x", "1"), "  1 tile, "),
    "a_refutation": (("x*x", "3"), "further apart than the allowed 1e-20, where\n      f(x) = x*x"),
}


@pytest.mark.parametrize("name", SAID)
def test_says(name):
    arguments, sentence = SAID[name]
    assert sentence in "\n".join(proved(*arguments).lines())


def test_only_five_of_many_obstructions_are_shown():
    found = tuple(Obstruction(Fraction(i), Fraction(i + 1), "why", "hint") for i in range(12))
    head, *shown = Undecided(proved("x", "1").spec, found, Statistics(0, 0, 0, 0.0)).lines()
    assert head == "undecided: a on [-1, 1]"
    assert len(shown) == 2 * 5 + 1
    assert (shown[0], shown[1], shown[-1]) == (
        "  on [0, 1]: why",
        "    what would help: hint",
        "  and 7 more",
    )


def test_json_holds_exact_numbers_as_strings():
    verdict = proved("max(x, 1/3)", "where(x > 1/3, 1, 0)", "1/7")
    record = verdict.as_json("there.json")
    assert (record["verdict"], record["verified"], record["atol"]) == ("proved, not verified", False, "1/7")
    assert record["certificate"] == "there.json"
    assert record["kinks"] == [{"at": "1/3", "verdict": "subgradient"}]
    assert record["statement"] == encode_statement(verdict.spec)
    assert 0 <= parse_number(record["residual"]) <= Fraction(1, 7)


def test_json_of_a_refutation_holds_intervals_that_are_apart():
    witness = proved("x*x", "2*x + 1e-6").as_json(None)["witness"]
    slope, spec = ([parse_number(end) for end in witness[key]] for key in ("slope", "spec"))
    assert slope[0] <= 2 * parse_number(witness["x"]) <= slope[1] < spec[0] <= spec[1]


@pytest.mark.parametrize(
    ("kinks", "rtol", "said"),
    [
        ("{ at = '0', value = '1/3' }", "0", "s(0) = 1/3 to 1/4"),
        ("{ at = '0', value = '1/3' }", "1/4", "s(0) = 1/3 to 1/3"),
    ],
)
def test_the_value_at_a_kink_is_said_to_be_met_to_what_is_allowed(kinks, rtol, said):
    """s(0) is 1/2: within a tolerance it is 1/3, and exactly it is not."""
    s = "where(x > 0, 1, where(x < 0, 0, 1/2))"
    assert said in claims(proved("max(x, 0)", s, "1/4", rtol, kinks).certificate)


def test_the_value_at_a_kink_is_said_as_it_is_where_nothing_is_allowed():
    values = {Fraction(0): parse("1/2", ())}
    spec = claim("-1,1", 0, Fraction(2))
    relu, step = (parse(text, ()) for text in ("max(x, 0)", "where(x > 0, 1, where(x < 0, 0, 1/2))"))
    found = identify(replace(spec, function=relu, derivative=step, kink_values=tuple(values.items())))
    assert "s(0) = 1/2" in claims(Certificate(found.spec, None, found))


# --- two claims in one file ---------------------------------------------------------------

LINE = [parse(text, ("a",)) for text in ("a*x", "a")]


def claim(domain, atol, value):
    return Spec("line", *LINE, (parse_interval(domain),), Fraction(atol), Fraction(0), {"a": value})


def two_claims(domain, scope):
    """|f' - s| <= 1/8 on [-1, 1] at a = 2, and f' = s on a domain for a value or a range of a."""
    verdict = enclose(claim("-1,1", "1/8", Fraction(2)), 4096)
    certificate = verdict.certificate._replace(identity=identify(claim(domain, 0, scope)))
    return Certified(verdict.spec, certificate, verdict.statistics, 0.0)


def wordings(verdict, folder):
    """Everything that says of a verdict that f' = s."""
    certificate = verdict.certificate
    exactly = str(verdict).partition("Exactly: ")[2].partition("\n")[0]
    in_brief, claimed = (
        text.rpartition("f' = s ")[2] for text in (repr(verdict), "; ".join(claims(certificate)))
    )
    return [
        exactly,
        in_brief,
        claimed,
        tiers_of(certificate, folder).identity,
        of_certificate(certificate).claim,
    ]


@pytest.mark.parametrize(
    ("domain", "shown"), [("-inf,inf", ("(-inf, inf)", "every real x,")), ("1/3,2/3", ("[1/3, 2/3]",))]
)
def test_the_exact_claim_is_said_with_its_domain_and_its_values(domain, shown, tmp_path):
    for text in wordings(two_claims(domain, Fraction(2)), tmp_path):
        assert "a = 2" in text
        assert any(part in text for part in shown), text


def test_the_exact_claim_is_said_with_its_ranges(tmp_path):
    for text in wordings(two_claims("-inf,inf", parse_range("(0, 3]")), tmp_path):
        assert "every a in (0, 3]" in text


def test_json_holds_the_values_and_ranges_of_both_claims():
    record = two_claims("-inf,inf", parse_range("(0, 3]")).as_json(None)
    assert record["parameters"] == {"a": "2"}
    assert record["statement"]["exact"]["parameters"] == {"a": "(0, 3]"}


@pytest.mark.parametrize("scope", ["1", "(2, 3]", "[0, 2)"])
def test_no_certificate_is_written_whose_exact_claim_is_for_other_values(scope):
    values = parse_range(scope) if scope[0] in "([" else Fraction(scope)
    with pytest.raises(UsageError, match="other values"):
        statement_of(two_claims("-inf,inf", values).certificate)


def test_no_certificate_is_written_whose_exact_claim_is_for_another_function():
    certificate = two_claims("-inf,inf", Fraction(2)).certificate
    other = replace(certificate.spec, function=LINE[1], derivative=parse("0"))
    with pytest.raises(UsageError, match="other formulas"):
        encode_statement(certificate.spec, other)
