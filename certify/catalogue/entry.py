"""Entries: a function, its claimed derivative, and what is said of both, in the form of data.

`Entry.spec` turns an entry into the one claim that is proved.  A `CodeEntry` names a program in the
place of formulas; `certify.shipped` traces it, which makes an `Entry`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, NamedTuple

from certify.catalogue.request import Request
from certify.certificate.enclosure import Certificate, Enclosure
from certify.language.errors import UsageError
from certify.language.numbers import describe
from certify.language.spec import Domain, Range, Spec, format_domain
from certify.language.terms import Term, bind, rational_value
from certify.notation.hints import or_known
from certify.prover.verdict import Found, Obstruction, Proved, Undecided

DEFAULT_TOLERANCE = Fraction(1, 10**30)
SECOND = ".second"  # after the name of the entry that states it
FORMULA = ".formula"  # after that of an entry of code: its formula of the derivative


class StatedKink(NamedTuple):
    """What an entry states of a kink: the least verdict, and the value that s must have there."""

    verdict: str  # smooth, subgradient, jump or open
    value: Term | None = None  # in the parameters


class StatedParameter(NamedTuple):
    """The value that a parameter has where none is given, and the range of all its values."""

    default: Fraction
    range: Range


class Place(NamedTuple):
    """Where something is written: a file, and the line in it."""

    path: str
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


class StatedKernel(NamedTuple):
    """The kernel that an entry holds to a budget.

    run     what `certify kernel` takes: torch:NAME, jax:NAME or MODULE:FUNCTION
    limits  the rest of the table, figures and their limits, as the file has them
    """

    run: str
    dtypes: tuple[str, ...]
    keywords: Mapping[str, Any]
    limits: Mapping[str, Any]


@dataclass(frozen=True)
class Entry:
    """One activation.

    kinks           what the entry states of points where f's formula changes, which are terms in the
                    parameters; at any other kink the rule of `Spec` is what is claimed
    natural_domain  in which a domain must lie, as the function is defined on no more; None for the whole
                    line
    atol, rtol      of the claim, where nothing else is given
    place           of the table that states it
    """

    name: str
    function: Term
    derivative: Term
    domain: Domain
    parameters: Mapping[str, StatedParameter]
    kinks: Mapping[Term, StatedKink]
    natural_domain: Range | None
    sources: tuple[str, ...]
    atol: Fraction = DEFAULT_TOLERANCE
    rtol: Fraction = Fraction(0)
    kernel: StatedKernel | None = None
    place: Place | None = field(default=None, compare=False)

    def spec(
        self,
        domain: Domain = (),
        parameters: Mapping[str, Fraction | Range | None] | None = None,
        atol: Fraction | None = None,
        rtol: Fraction | None = None,
    ) -> Spec:
        """The claim, on the entry's domain, at its defaults and its tolerances where nothing else is given;
        a parameter given as a range, or as None for its whole range, stands for every value in it.

        UsageError for a parameter that is unknown or out of range, or a domain outside the
        function's.
        """
        chosen: dict[str, Fraction | Range] = {k: p.default for k, p in self.parameters.items()}
        for name, value in (parameters or {}).items():
            if name not in self.parameters:
                raise UsageError(f"{self.name} has no parameter {name!r}{or_known(self.parameters)}")
            allowed = self.parameters[name].range
            if isinstance(value, Range) and not allowed.covers(value):
                raise UsageError(f"parameter {name} in {value} is not inside its range {allowed}")
            if isinstance(value, Fraction) and value not in allowed:
                raise UsageError(f"parameter {name} = {describe(value)} is not in its range {allowed}")
            chosen[name] = allowed if value is None else value
        stated = domain or self.domain
        if self.natural_domain and not all(map(self.natural_domain.covers, stated)):
            where = f"that of {self.name}, which is {self.natural_domain}"
            raise UsageError(f"domain {format_domain(stated)} is not inside {where}")
        tolerances = (self.atol if atol is None else atol, self.rtol if rtol is None else rtol)
        plain = Spec(self.name, self.function, self.derivative, stated, *tolerances, chosen)
        places = self._places(plain)
        return replace(
            plain,
            exceptions=tuple(at for at, kink in places.items() if kink.verdict in EXCEPTIONS),
            kink_values=tuple((at, kink.value) for at, kink in places.items() if kink.value is not None),
        )

    def judge(self, verdict: Found) -> Found:
        """The verdict on the claim with the entry's kinks: Undecided where a proof shows less at a kink
        than the entry states of it."""
        if not isinstance(verdict, Proved):
            return verdict
        found = tuple(self.unexpected_kinks(verdict.certificate))
        return Undecided(verdict.spec, found, verdict.statistics) if found else verdict

    def unexpected_kinks(self, certificate: Certificate) -> list[Obstruction]:
        """Where a certificate shows less of a kink than the entry states, or no kink at all."""
        shown = _shown(certificate)
        found = []
        for at, kink in self._places(certificate.spec).items():
            verdict = shown.get(at, "none")
            if verdict != kink.verdict and (verdict, kink.verdict) not in _NO_LESS:
                why = f"the kink there is shown as {verdict}, the entry states {kink.verdict}"
                found.append(Obstruction(at, at, why, "another derivative there, or the entry's kinks"))
        return found

    def _places(self, spec: Spec) -> dict[Fraction, StatedKink]:
        """The stated kinks inside the spec's domain, ascending, for the values of its parameters; those
        at a symbolic parameter are not among them: no proof reaches them."""
        found: dict[Fraction, StatedKink] = {}
        for at, kink in self.kinks.items():
            place = rational_value(bind(at, spec.values, spec.ranges))
            if place is None or not any(place in part for part in spec.domain):
                continue
            if found.setdefault(place, kink) != kink:
                raise UsageError(f"{self.name} states two things of the kink x = {describe(place)}")
        return dict(sorted(found.items()))


@dataclass(frozen=True)
class CodeEntry:
    """An entry whose derivative is that of code: what of it is stated, before the code is traced.

    function, derivative  formulas that stand in the place of the program's; None for the program's own
    tolerances            atol and rtol; None for the least that is certified, up to what the rounding of
                          the program's constants explains
    others                as in `Entry`
    """

    name: str
    code: Request
    function: Term | None
    derivative: Term | None
    domain: Domain
    parameters: Mapping[str, StatedParameter]
    kinks: Mapping[Term, StatedKink]
    natural_domain: Range | None
    sources: tuple[str, ...]
    tolerances: tuple[Fraction, Fraction] | None
    kernel: StatedKernel | None
    place: Place | None = field(default=None, compare=False)

    def with_formulas(self, function: Term, derivative: Term) -> Entry:
        """The entry with these formulas where it states none."""
        atol, rtol = self.tolerances or (DEFAULT_TOLERANCE, Fraction(0))
        return Entry(
            self.name,
            function if self.function is None else self.function,
            derivative if self.derivative is None else self.derivative,
            self.domain,
            self.parameters,
            self.kinks,
            self.natural_domain,
            self.sources,
            atol,
            rtol,
            self.kernel,
            self.place,
        )


Stated = Entry | CodeEntry


# Of stated verdicts, those that make the kink an exception of the claim.
EXCEPTIONS = ("jump", "open")
STATED = ("smooth", "subgradient", *EXCEPTIONS)

# A smooth kink is a subgradient of one element; an exception claims nothing of f.
_NO_LESS = {("smooth", "subgradient"), ("open", "jump"), ("jump", "open")}


def _shown(certificate: Certificate) -> dict[Fraction, str]:
    """The verdicts of a certificate's kinks."""
    proof, identity = certificate.proof, certificate.identity
    if isinstance(proof, Enclosure):
        return {kink.at: kink.verdict for kink in proof.kinks}
    if identity is None:
        return {}
    return {**dict.fromkeys(identity.open_ends, "open"), **{join.at: join.verdict for join in identity.joins}}
