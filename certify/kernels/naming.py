"""What a kernel should be the derivative of, and what a report calls it: a name means the catalogue's own
terms, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from typing import NamedTuple

from certify.catalogue import Entry, builtin
from certify.certificate.kernel import GIVEN, Report
from certify.language.errors import Rejected, UsageError
from certify.language.spec import LINE, Spec
from certify.language.terms import Term, bind
from certify.notation.hints import or_near

WHOLE_LINE = (LINE,)


class Stated(NamedTuple):
    """The function whose derivative is the truth, at these values of its parameters.

    exceptions  points of which nothing need be shown
    given       whether it is not what the catalogue has under its name
    """

    name: str
    function: Term
    derivative: Term
    parameters: tuple[tuple[str, Fraction], ...] = ()
    exceptions: tuple[Fraction, ...] = ()
    given: bool = False

    @property
    def spec(self) -> Spec:
        """f' = s on the whole line."""
        return Spec(
            self.name,
            self.function,
            self.derivative,
            WHOLE_LINE,
            Fraction(0),
            parameters=dict(self.parameters),
            exceptions=self.exceptions,
        )


@cache
def catalogued(name: str) -> Stated:
    """The catalogue's function of that name, at its parameters' defaults; UsageError where there is none,
    or not on the whole line."""
    entries = _entries()
    if name not in entries:
        raise UsageError(f"{name!r} is no function of the catalogue{or_near(name, entries)}")
    return stated(entries[name], {})


def stated(entry: Entry, values: Mapping[str, Fraction]) -> Stated:
    """An entry's function at these values of its parameters, the others at their defaults; UsageError where
    it has no such parameter, or is not defined on the whole line.

    At the defaults of the catalogue the values stand in the terms, in the place of the parameters.
    """
    if entry.natural_domain is not None:
        raise UsageError(f"{entry.name}: no identity f' = s on the whole line, as it is not defined on it")
    spec = entry.spec(WHOLE_LINE, values, Fraction(0))
    given = not _is_catalogued(spec)
    if given or spec != entry.spec(WHOLE_LINE, None, Fraction(0)):
        f, s, parameters = spec.function, spec.derivative, tuple(sorted(spec.values.items()))
    else:
        f, s = (bind(term, spec.values) for term in (spec.function, spec.derivative))
        parameters = ()
    return Stated(entry.name, f, s, parameters, spec.exceptions, given)


@cache
def _entries() -> Mapping[str, Entry]:
    return builtin()


def _is_catalogued(spec: Spec) -> bool:
    """Whether f and s are those of the catalogue's entry of that name, at these values of its parameters."""
    entry = _entries().get(spec.name)
    if entry is None or entry.natural_domain is not None:
        return False
    try:
        own = entry.spec(WHOLE_LINE, spec.values, Fraction(0))
    except UsageError:  # of a parameter that it has not, or not with this value
        return False
    return own.bound_terms() == spec.bound_terms()


def is_named(report: Report) -> bool:
    """Whether the truth is what the catalogue calls by its name, at the values of its parameters."""
    return report.origin != GIVEN and _is_catalogued(report.spec)


def check_name(report: Report) -> None:
    """Rejected where the truth has the name of another function, or of none, and does not say that it is
    not the catalogue's."""
    if report.origin != GIVEN and not is_named(report):
        needed = "that of the catalogue's entry with these terms"
        raise Rejected("truth", f"the name {report.spec.name}", needed)
