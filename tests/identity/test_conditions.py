"""The prover's extents show what they should, and a cover cuts until they do."""

from fractions import Fraction
from itertools import pairwise

import pytest
from side_conditions import NOT_SHOWN, SHOWN

from certify.identity.conditions import (
    Evaluator,
    Failure,
    closed,
    conditions,
    cover,
    of_range,
    point,
)
from certify.language.parser import parse
from certify.language.pieces import is_smooth
from certify.spec import parse_range

F = Fraction


def shows_all(text, x, names):
    term = parse(text, tuple(names))
    evaluate = Evaluator(of_range(parse_range(x)), {n: of_range(parse_range(v)) for n, v in names.items()})
    return all(evaluate.shows(condition) for condition in conditions(term))


@pytest.mark.parametrize("name", SHOWN)
def test_shows(name):
    assert shows_all(*SHOWN[name])


@pytest.mark.parametrize(
    "name", [name for name in NOT_SHOWN if is_smooth(parse(NOT_SHOWN[name][0], ("eps",)))]
)
def test_does_not_show(name):
    assert not shows_all(*NOT_SHOWN[name][:3])


def first_failure(text):
    needed = list(conditions(parse(text)))

    def test(cell):
        evaluate = Evaluator(cell, {})
        return next((condition for condition in needed if not evaluate.shows(condition)), None)

    return test


def test_a_cover_cuts_until_every_cell_is_shown():
    test = first_failure("1/(x*x - x + 1)")
    cuts = cover(F(-3), F(3), test)
    ends = (F(-3), *cuts, F(3))
    assert len(cuts) > 1
    assert all(test(closed(a, b)) is None for a, b in pairwise(ends))
    assert cover(F(1), None, first_failure("log(x)")) == ()


@pytest.mark.parametrize(
    ("text", "lo", "hi", "at"),
    [("1/x", None, None, 0), ("1/(3*x - 1)", F(-1), F(1), F(1, 3)), ("log(x)", F(0), F(1), 0)],
)
def test_a_condition_that_fails_is_named_with_its_point(text, lo, hi, at):
    with pytest.raises(Failure) as caught:
        cover(lo, hi, first_failure(text))
    assert (caught.value.lo, caught.value.hi) == (at, at)


def test_a_condition_that_no_cover_shows_is_given_up():
    with pytest.raises(Failure) as caught:
        cover(F(1), F(2), first_failure("1/(x*x - 2)"))
    lo, hi = caught.value.lo, caught.value.hi
    assert 1 <= lo < hi <= 2
    assert lo**2 <= 2 <= hi**2


def test_the_values_at_a_point_are_tight():
    extent = Evaluator(point(F(1, 3)), {})(parse("exp(x)*x**3 - sin(x)"))
    assert extent.hi[1] - extent.lo[1] < F(1, 10**15)
