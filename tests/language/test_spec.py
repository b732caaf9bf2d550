"""Domains and ranges: how they are written, which points they have, what their union is."""

from fractions import Fraction
from itertools import product

import pytest

from certify.language.errors import UsageError
from certify.language.spec import (
    LINE,
    Range,
    Spec,
    check_domain,
    closed_range,
    format_domain,
    parse_interval,
    parse_range,
    union,
)
from certify.language.terms import X

F = Fraction

# text: what it prints as, points of it, points that are none of it
WRITTEN = {
    "0,1": ("[0, 1]", ["0", "1/2", "1"], ["-1/9", "10/9"]),
    "[0,1]": ("[0, 1]", ["0", "1"], ["2"]),
    "(0,1]": ("(0, 1]", ["1e-99", "1"], ["0", "-1"]),
    " [ 0 , 1 ) ": ("[0, 1)", ["0", "0.9999"], ["1"]),
    "(0,1)": ("(0, 1)", ["1/2"], ["0", "1"]),
    "(0,inf)": ("(0, inf)", ["1e-99", "1e99"], ["0"]),
    "0,inf": ("[0, inf)", ["0", "1e99"], ["-1e-99"]),
    "[0,+inf)": ("[0, inf)", ["0"], []),
    "(-inf,-1/3)": ("(-inf, -1/3)", ["-1"], ["-1/3"]),
    "-inf,inf": ("(-inf, inf)", ["0", "-1e99", "1e99"], []),
    "(-inf,inf)": ("(-inf, inf)", ["0"], []),
}


@pytest.mark.parametrize("text", WRITTEN)
def test_an_interval_is_read_as_it_is_written(text):
    printed, inside, outside = WRITTEN[text]
    found = parse_interval(text)
    assert str(found) == printed
    assert all(F(x) in found for x in inside)
    assert not any(F(x) in found for x in outside)
    assert parse_interval(printed) == parse_range(printed) == found


@pytest.mark.parametrize(
    "text", ["(0,1", "0,1]", "[0;1]", "(0,1,2)", "()", "", "(0,inf]", "[-inf,0]", "(1,1)", "(2,1]", "]0,1["]
)
def test_what_is_no_interval_is_refused(text):
    with pytest.raises(UsageError, match="domain"):
        check_domain((parse_interval(text),))


def test_a_closed_end_at_infinity_cannot_be_made():
    for low, high, closed in ((None, F(0), (True, True)), (F(0), None, (True, True))):
        with pytest.raises(UsageError, match="parenthesis"):
            Range(low, high, closed)


def holds(parts, x):
    """By the brackets of the text alone."""
    for text in parts:
        low, high = (end.strip() for end in text[1:-1].split(","))
        above = low == "-inf" or F(low) < x or (F(low) == x and text[0] == "[")
        below = high == "inf" or x < F(high) or (F(high) == x and text[-1] == "]")
        if above and below:
            return True
    return False


PARTS = [
    f"{a}{low},{high}{b}" for (low, high), a, b in product([(0, 1), (1, 2), (0, 2), (2, 3)], "[(", ")]")
] + ["(-inf,0)", "(-inf,1]", "[1,inf)", "(2,inf)"]
POINTS = [F(n, 4) for n in range(-4, 16)]


def test_a_union_has_the_points_of_its_parts_in_any_order():
    for parts in product(PARTS, repeat=2):
        found = union([parse_interval(text) for text in parts])
        assert found == union([parse_interval(text) for text in parts[::-1]])
        check_domain(found)
        assert [any(x in part for part in found) for x in POINTS] == [holds(parts, x) for x in POINTS], parts


def test_what_touches_is_one_interval_unless_neither_has_the_point():
    written = {
        ("(0,1]", "(1,2)"): "(0, 2)",
        ("(0,1)", "[1,2)"): "(0, 2)",
        ("[0,1]", "[1,2]"): "[0, 2]",
        ("(0,1)", "(1,2)"): "(0, 1) u (1, 2)",
        ("(1,2]", "[1,2)"): "[1, 2]",
        ("(0,1)", "0,1"): "[0, 1]",
        ("(1,inf)", "(-inf,1)"): "(-inf, 1) u (1, inf)",
    }
    for parts, text in written.items():
        assert format_domain(union([parse_interval(part) for part in parts])) == text


@pytest.mark.parametrize(
    "parts", [("(0,1]", "(1,2)"), ("(0,1)", "[1,2)"), ("[0,1]", "[1,2]"), ("(0,2)", "(1,3)")]
)
def test_a_domain_has_points_between_its_intervals(parts):
    with pytest.raises(UsageError, match="with points between"):
        check_domain(tuple(parse_interval(text) for text in parts))


def spec(*parts):
    return Spec("f", X, X, tuple(parse_interval(text) for text in parts), F(1))


def test_only_an_identity_proves_a_claim_with_an_open_end():
    assert not spec("0,1", "[2,3]").is_exact
    assert spec("0,1", "[2,3]").compact_domain() == ((0, 1), (2, 3))
    for parts in (("(0,1]",), ("[0,1)",), ("0,1", "(2,3]"), ("0,inf",), ("(-inf,inf)",)):
        assert spec(*parts).is_exact
        assert spec(*parts).compact_domain() is None


def test_a_part_between_two_points_is_open_where_the_range_is():
    part = parse_interval("(0,3]")
    assert str(part.between(F(0), F(1))) == "(0, 1]"
    assert str(part.between(F(1), F(3))) == "[1, 3]"
    assert str(part.between(F(0), F(3))) == "(0, 3]"
    assert LINE.between(None, F(2)) == closed_range(None, F(2))
