"""A deadline ends a search in undecided, says what was not reached, and changes no proof."""

from fractions import Fraction
from itertools import count, takewhile

import pytest

from certify import prove as prove_claim
from certify.api import prove, tightest
from certify.catalogue import builtin
from certify.certificate.enclosure import encode
from certify.claim import claim
from certify.language.errors import UsageError
from certify.language.spec import LINE, closed_range
from certify.prover.deadline import NEVER, Deadline
from certify.prover.verdict import Certified, Refuted, Undecided

PI = Fraction("3.14159265358979323846264338327950288")
WHOLE = (None, None)
LATE = "time ran out after 7 s"


def ticks(most):
    """A deadline on a clock that counts how often it is looked at."""
    return Deadline(7, most, count(1).__next__)


def sample(f, s, domain=(-10, 10), tol="1e-30", **options):
    return claim(f, s, domain, tol, **options)


CLAIMS = {
    "tiles_of_two_pieces": (Certified, sample("x*abs(x)", "2*abs(x)")),
    "two_intervals": (Certified, sample("sigmoid(x)", "y*(1 - y)", [(-9, 1), (2, 9)])),
    "no_identity": (Certified, sample("x/3", "0.33333333333333333333333333333333", (-1, 1), "1e-20")),
    "identity_alone": (Certified, sample("x*sigmoid(x)", "sigmoid(x)*(1 + x - y)", (None, None))),
    "refuted": (Refuted, sample("sin(x)", "where(x > 5, cos(x) + 1e-9, cos(x))")),
    "refuted_exactly": (Refuted, sample("x*x", "2*x + 1", (None, None), 0)),
}


def is_late(verdict):
    return isinstance(verdict, Undecided) and all(LATE in item.why for item in verdict.obstructions)


@pytest.mark.parametrize("name", CLAIMS)
def test_what_is_found_in_time_is_the_same_to_the_byte(name):
    kind, (entry, spec) = CLAIMS[name]
    whole = prove(entry, spec, deadline=NEVER)
    assert isinstance(whole, kind)
    limits = [int(1.5**i) for i in range(28)]
    verdicts = [prove(entry, spec, deadline=ticks(most)) for most in limits]
    decided = [not is_late(verdict) for verdict in verdicts]
    assert decided == sorted(decided)  # late, and from some limit on never again
    assert {False, True} == set(decided)
    for verdict, in_time in zip(verdicts, decided, strict=True):
        if in_time:
            assert encode(verdict.certificate) == encode(whole.certificate)


def test_what_was_not_reached_is_named_up_to_the_end():
    entry, spec = CLAIMS["two_intervals"][1]
    starts = set()
    for most in takewhile(lambda n: n < 10**4, (int(1.3**i) for i in count())):
        verdict = prove(entry, spec, deadline=ticks(most))
        if isinstance(verdict, Certified):
            break
        parts = [(item.lo, item.hi) for item in verdict.obstructions]
        assert parts[-1][1] == 9
        assert all("--max-seconds" in item.hint for item in verdict.obstructions)
        starts.add(parts[0][0])
    assert min(starts) == -9
    assert max(starts) >= 2
    assert len(starts) > 2


def test_a_deadline_that_is_over_reaches_nothing():
    for entry in list(builtin().values())[:5]:
        for spec in (entry.spec(), entry.spec((LINE,), atol=Fraction(0))):
            for search in (prove, tightest):
                verdict = search(entry, spec, deadline=Deadline(7, 0, lambda: 1))
                assert is_late(verdict)
                assert [closed_range(item.lo, item.hi) for item in verdict.obstructions] == list(spec.domain)


def test_the_least_tolerance_is_not_told_before_it_is_known():
    entry, spec = sample("x/3", "0.333333", (-1, 1), 0)
    whole = tightest(entry, spec, deadline=NEVER)
    verdicts = [tightest(entry, spec, deadline=ticks(n)) for n in (100, 300, 500, 10**6)]
    found = {encode(verdict.certificate) for verdict in verdicts if isinstance(verdict, Certified)}
    assert found == {encode(whole.certificate)}
    assert isinstance(verdicts[-1], Certified)
    assert any(
        "is proved; looking for less, time ran out" in v.obstructions[0].why
        for v in verdicts
        if isinstance(v, Undecided)
    )


@pytest.mark.parametrize("domain", [(-10, 10), WHOLE])
def test_pieces_are_not_looked_for_without_an_end(domain):
    """One piece for each of 20 guards, in less time than there are pieces."""
    f, s = "+".join(f"abs(x - {k})" for k in range(20)), "+".join(f"sign(x - {k})" for k in range(20))
    entry, spec = sample(f, s, domain, 0 if domain == WHOLE else "1e-30")
    assert is_late(prove(entry, spec, deadline=ticks(8)))


def test_no_time_at_all_is_refused():
    for seconds in (0, -1, float("nan")):
        with pytest.raises(UsageError, match="needs more than 0"):
            prove_claim("x", "1", max_seconds=seconds)


TOUCHING = {
    "from_below": ("where(sin(x) <= 1, x, 2*x)", "where(sin(x) <= 1, 1, 2)", (0, 3), PI / 2),
    "a_maximum": ("max(sin(x), 1)", "where(sin(x) > 1, cos(x), 0)", (0, 3), PI / 2),
    "from_above": (
        "where(cos(x) + 1 >= 0, x, 2*x)",
        "where(cos(x) + 1 >= 0, 1, 2)",
        (0, 4),
        3.141592653589793,
    ),
    "an_even_power": ("abs(x*x)", "2*x", (-1, 1), 0),
    "a_kink_at_no_rational": ("abs(sin(x))", "cos(x)*sign(sin(x))", (1, 5), PI),
}


@pytest.mark.parametrize("name", TOUCHING)
def test_a_guard_that_reaches_0_is_given_up_there_and_nowhere_else(name):
    f, s, domain, at = TOUCHING[name]
    verdict = prove(*sample(f, s, domain), deadline=NEVER)
    assert isinstance(verdict, Undecided)
    (only,) = verdict.obstructions
    assert only.lo <= at <= only.hi
    assert only.hi - only.lo < Fraction(1, 20)
    assert "the sign of" in only.why
    assert verdict.statistics.tiles < 500
