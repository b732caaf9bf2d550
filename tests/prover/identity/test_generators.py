"""Few generators are made, and what is too hard for them is given up."""

import pytest

from certify.notation.parser import parse
from certify.prover.identity.builder import SLOTS
from certify.prover.identity.field import TooHard
from tests.prover.identity.towers import built, equal


@pytest.mark.parametrize("split", [True, False])
def test_logarithms_stay_whole_where_they_are_not_split(split):
    assert equal("log(x*(x + 1))", "log(x) + log(x + 1)", split=split) == split


def test_one_exponential_serves_all_multiples():
    def generators(tower):
        tower.read(parse("exp(x) + exp(-3*x/2) + sinh(x/2) + tanh(x)"))
        return [(g.atom.kind, g.atom.of) for g in tower.tower().generators]

    assert built(generators) == [("exp", parse("0.5*x"))]


HARD = {
    "a_long_power": "(1 + x)**4000",
    "exponents_far_apart": "exp(x) + exp(1000*x)",
    "many_exponentials": "+".join(f"exp(x**{n})" for n in range(1, SLOTS[0] + 3)),
    "a_divisor_0": "1/(sqrt(x)**2 - x)",
}


@pytest.mark.parametrize("name", HARD)
def test_what_is_too_hard_is_given_up(name):
    with pytest.raises(TooHard):
        built(lambda tower: tower.read(parse(HARD[name])))
