"""A report's truth and the catalogue: a name means the entry's own terms, or nothing."""

from __future__ import annotations

from difflib import get_close_matches
from fractions import Fraction

from certify.catalogue import builtin
from certify.errors import Rejected, UsageError
from certify.kernels.report import Report
from certify.language.terms import Term, bind


def terms_of(name: str) -> tuple[Term, Term]:
    """f and s of an entry at its parameters' defaults; UsageError where there is none, or not on the
    whole line."""
    entries = builtin()
    if name not in entries:
        near = get_close_matches(name, entries, n=1)
        hint = f", did you mean {near[0]}?" if near else ""
        raise UsageError(f"{name!r} is no function of the catalogue{hint}")
    if entries[name].natural_domain is not None:
        raise UsageError(f"{name}: no identity f' = s on the whole line, as it is not defined on it")
    spec = entries[name].spec(((None, None),), None, Fraction(0))
    return bind(spec.function, spec.values), bind(spec.derivative, spec.values)


def is_named(report: Report) -> bool:
    """Whether the truth is what the catalogue calls by its name."""
    try:
        return terms_of(report.spec.name) == (report.spec.function, report.spec.derivative)
    except UsageError:
        return False


def check_name(report: Report) -> None:
    """Rejected where the truth has the name of another function, or of none."""
    if not is_named(report):
        needed = "that of the catalogue's entry with these terms"
        raise Rejected("truth", f"the name {report.spec.name}", needed)
