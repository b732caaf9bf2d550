"""A report's truth and the catalogue: a name means the entry's own terms, or nothing."""

from __future__ import annotations

from fractions import Fraction

from certify.catalogue import builtin
from certify.certificate.kernel import Report
from certify.language.errors import Rejected, UsageError
from certify.language.spec import LINE, Spec
from certify.language.terms import bind
from certify.notation.hints import or_near


def truth_of(name: str) -> Spec:
    """f' = s of an entry at its parameters' defaults, less its exceptions; UsageError where there is
    none, or not on the whole line."""
    entries = builtin()
    if name not in entries:
        raise UsageError(f"{name!r} is no function of the catalogue{or_near(name, entries)}")
    if entries[name].natural_domain is not None:
        raise UsageError(f"{name}: no identity f' = s on the whole line, as it is not defined on it")
    spec = entries[name].spec((LINE,), None, Fraction(0))
    f, s = (bind(term, spec.values) for term in (spec.function, spec.derivative))
    return Spec(name, f, s, spec.domain, Fraction(0), exceptions=spec.exceptions)


def is_named(report: Report) -> bool:
    """Whether the truth is what the catalogue calls by its name."""
    try:
        entry = truth_of(report.spec.name)
    except UsageError:
        return False
    return (entry.function, entry.derivative) == (report.spec.function, report.spec.derivative)


def check_name(report: Report) -> None:
    """Rejected where the truth has the name of another function, or of none."""
    if not is_named(report):
        needed = "that of the catalogue's entry with these terms"
        raise Rejected("truth", f"the name {report.spec.name}", needed)
