"""What is said of a part that no tile covers names the subterm, where it is, and what it needs."""

import re
from fractions import Fraction

import pytest

from certify.language.errors import GuardUndecided
from certify.notation.parser import parse
from certify.prover.deadline import OutOfTime
from certify.prover.enclosure.ball import BallProgram, NotAnalytic, TooLarge, acb, precision, real_ball
from certify.prover.enclosure.obstructions import Obstructed, TooWide, describe_stop, explain, join
from certify.prover.verdict import Obstruction

F = Fraction


def shown(text):
    """A message with its one interval left out."""
    return re.sub(r"in \[[^]]*\]", "in ...", text)


EXPLAINED = {
    "1/(2*x - 1)": "1/(2*x - 1) has its divisor 2*x - 1 in ..., needs != 0",
    "x**-3": "x**-3 has its base x in ..., needs != 0",
    "x**(1/2)": "x**(1/2) has its base x in ..., needs > 0",
    "log(x)": "log(x) has its argument in ..., needs > 0",
    "log1p(x - 1)": "log1p(x - 1) has its argument in ..., needs > -1",
    "acosh(1 + x)": "acosh(1 + x) has its argument in ..., needs > 1",
    "atanh(x)": "atanh(x) has its argument in ..., needs in (-1, 1)",
    "tan(2*x)": "tan(2*x) has its argument in ..., needs cos != 0",
    "lgamma(x)": "lgamma(x) has its argument in ..., needs > 0",
    "digamma(x)": "digamma(x) has its argument in ..., needs not 0, -1, ...",
}


def programs(term):
    return lambda lo, hi: BallProgram(parse(term))


@pytest.mark.parametrize("text", EXPLAINED)
def test_a_subterm_that_is_not_analytic_is_explained_by_the_table(text):
    with precision(64), pytest.raises(NotAnalytic) as caught:
        BallProgram(parse(text))(acb(real_ball(F(0), F(1))))
    assert shown(explain(caught.value)[0]) == EXPLAINED[text]


def test_a_try_is_described_by_how_it_ended():
    a, b = F(0), F(1)
    assert "too large" in describe_stop(TooLarge(), programs("x"), a, b).why
    assert describe_stop(TooWide("too coarse", "less"), programs("x"), a, b).why == "too coarse"
    assert describe_stop(Obstructed("no", "yes"), programs("x"), a, b).hint == "yes"
    undecided = describe_stop(GuardUndecided("x > 0", "has no sign"), programs("x"), a, b)
    assert "has no sign" in undecided.why
    assert "guard affine in x" in undecided.hint


def test_neighbouring_parts_are_one():
    parts = [Obstruction(F(i), F(i + 1), "f is large", "less") for i in (0, 1, 3)]
    assert [(part.lo, part.hi) for part in join(parts, programs("x"))] == [(0, 2), (3, 4)]
    whole = join(parts[:2], programs("1/(x - 1)"))
    assert [shown(part.why) for part in whole] == ["1/(x - 1) has its divisor x - 1 in ..., needs != 0"]

    def late(lo, hi):
        raise OutOfTime

    assert join(parts[:2], late)[0].why == "f is large"
