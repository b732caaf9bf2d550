"""How long one claim may be searched for.

A deadline ends a search; it never steers one.  What is found in time is the same proof, to the
byte, as without a deadline, and what is not is undecided.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from time import perf_counter

from certify.language.errors import UsageError
from certify.language.spec import Bound
from certify.prover.verdict import Obstruction

MAX_SECONDS = 60  # the default of --max-seconds

Clock = Callable[[], float]


class OutOfTime(Exception):
    """The deadline has passed."""


@dataclass(frozen=True)
class Deadline:
    """The moment, on its clock, at which a search is given up.

    seconds  the time that it allowed
    """

    seconds: float
    end: float
    clock: Clock = perf_counter

    def passed(self) -> bool:
        """Whether the moment is over; once it is, it stays so."""
        return self.clock() > self.end

    def check(self) -> None:
        """Raise OutOfTime once the deadline has passed."""
        if self.passed():
            raise OutOfTime

    def unreached(self, lo: Bound, hi: Bound) -> Obstruction:
        """The obstruction of a part of the domain that was not decided in time."""
        why = f"time ran out after {self.seconds:g} s, before this was decided"
        return Obstruction(lo, hi, why, "a larger --max-seconds, or a smaller domain")


NEVER = Deadline(inf, inf, lambda: 0.0)


def after(seconds: float, clock: Clock = perf_counter) -> Deadline:
    """The deadline so many seconds from now; UsageError unless it is later than now."""
    if not seconds > 0:
        raise UsageError(f"a search of {seconds:g} seconds: needs more than 0")
    return Deadline(seconds, clock() + seconds, clock)
