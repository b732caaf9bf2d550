"""What a term needs is shown on extents, and a cover cuts until it is."""

from fractions import Fraction
from itertools import pairwise

import pytest

from certify.language.spec import closed_range, parse_range
from certify.language.terms import Constant
from certify.notation.parser import parse
from certify.prover.identity.conditions import (
    MAX_CELLS,
    Extents,
    Failure,
    Obligation,
    cover,
    obligations,
)
from certify.prover.identity.extent import closed, of_range, point
from certify.prover.pieces import is_smooth
from tests.side_conditions import NOT_SHOWN, SHOWN

F = Fraction


def shows_all(text, x, names):
    term = parse(text, tuple(names))
    evaluate = Extents(of_range(parse_range(x)), {n: of_range(parse_range(v)) for n, v in names.items()})
    return all(evaluate.shows(obligation) for obligation in obligations(term))


@pytest.mark.parametrize("name", SHOWN)
def test_shows(name):
    assert shows_all(*SHOWN[name])


@pytest.mark.parametrize(
    "name", [name for name in NOT_SHOWN if is_smooth(parse(NOT_SHOWN[name][0], ("eps",)))]
)
def test_does_not_show(name):
    assert not shows_all(*NOT_SHOWN[name][:3])


def first_failure(text):
    needed = list(obligations(parse(text)))

    def test(cell):
        evaluate = Extents(cell, {})
        return next((obligation for obligation in needed if not evaluate.shows(obligation)), None)

    return test


def test_a_cover_cuts_until_every_cell_is_shown():
    test = first_failure("1/(x*x - x + 1)")
    cuts = cover(closed_range(F(-3), F(3)), test)
    ends = (F(-3), *cuts, F(3))
    assert len(cuts) > 1
    assert all(test(closed(a, b)) is None for a, b in pairwise(ends))
    assert cover(closed_range(F(1), None), first_failure("log(x)")) == ()


@pytest.mark.parametrize(
    ("text", "lo", "hi", "at"),
    [("1/x", None, None, 0), ("1/(3*x - 1)", F(-1), F(1), F(1, 3)), ("log(x)", F(0), F(1), 0)],
)
def test_a_condition_that_fails_is_named_with_its_point(text, lo, hi, at):
    with pytest.raises(Failure) as caught:
        cover(closed_range(lo, hi), first_failure(text))
    assert (caught.value.lo, caught.value.hi) == (at, at)


def test_a_condition_that_no_cover_shows_is_given_up():
    with pytest.raises(Failure) as caught:
        cover(closed_range(F(1), F(2)), first_failure("1/(x*x - 2)"))
    lo, hi = caught.value.lo, caught.value.hi
    assert 1 <= lo < hi <= 2
    assert lo**2 <= 2 <= hi**2


# --- what each primitive needs ------------------------------------------------------------

ANALYTIC = {
    "1/x": lambda t: t != 0,
    "x**-3": lambda t: t != 0,
    "x**3": lambda t: True,
    "x**0": lambda t: True,
    "x**(1/2)": lambda t: t > 0,
    "x**(-2/3)": lambda t: t > 0,
    "x**x": lambda t: t > 0,
    "2**x": lambda t: True,
    "(-2)**x": lambda t: False,
    "log(x)": lambda t: t > 0,
    "sqrt(x)": lambda t: t > 0,
    "log1p(x)": lambda t: t > -1,
    "asin(x)": lambda t: -1 < t < 1,
    "acos(x)": lambda t: -1 < t < 1,
    "atanh(x)": lambda t: -1 < t < 1,
    "acosh(x)": lambda t: t > 1,
    "atan(x) + asinh(x) + erf(x) + exp(x) + tanh(x) + softplus(x)": lambda t: True,
    "tan(x)": lambda t: True,  # pi/2 is not rational
    "0*log(x)": lambda t: t > 0,
    "log(x)**0": lambda t: t > 0,
    "1/(1/x)": lambda t: t != 0,
    "log(sqrt(x) - 1)": lambda t: t > 1,
}


@pytest.mark.parametrize("text", ANALYTIC)
def test_a_term_needs_what_makes_it_analytic(text):
    for t in (F(-2), F(-1), F(-1, 2), F(0), F(1, 3), F(1), F(4, 3), F(5)):
        evaluate = Extents(point(t), {})
        assert all(evaluate.shows(c) for c in obligations(parse(text))) == ANALYTIC[text](t), t


# --- covers -------------------------------------------------------------------------------

NEVER = Obligation(Constant("pi"), True, Constant("pi"))


def width_at_most(bound):
    return lambda cell: None if cell.hi[1] - cell.lo[1] <= bound else NEVER


def test_the_cells_of_a_cover_fill_the_piece():
    cuts = cover(closed_range(F(-1), F(2)), width_at_most(F(1, 10)))
    widths = [b - a for a, b in pairwise((F(-1), *cuts, F(2)))]
    assert all(0 < width <= F(1, 10) for width in widths)


@pytest.mark.parametrize("at", [F(6), F(-6), F(1000), F(-1, 1000)])
def test_a_cover_of_the_line_finds_where_to_cut(at):
    def test(cell):
        before, after = cell.lo < (0, at - 1), cell.hi > (0, at + 1)
        return NEVER if before and after else None

    cuts = cover(closed_range(None, None), test)
    assert any(at - 1 <= cut <= at + 1 for cut in cuts)
    assert list(cuts) == sorted(set(cuts))


def test_too_many_cells_are_given_up():
    with pytest.raises(Failure) as caught:
        cover(closed_range(F(0), F(1)), width_at_most(F(1, 2 * MAX_CELLS)))
    assert caught.value.obligation is NEVER
    assert 0 <= caught.value.lo < caught.value.hi <= 1


def test_an_unbounded_cell_that_fails_everywhere_is_given_up():
    with pytest.raises(Failure) as caught:
        cover(closed_range(F(1), None), lambda cell: NEVER if cell.hi[0] else None)
    assert caught.value.lo >= 1
    assert caught.value.hi is None
