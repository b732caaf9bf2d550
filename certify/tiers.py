"""Which tiers of proof an entry has: an enclosure, an identity, a theorem that coqc accepted.

Read from the files beside the entry, for `list` and `show`: what they state.  Nothing is proved or
verified here.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from certify.api import load
from certify.catalogue import Entry
from certify.certificate.enclosure import Certificate, Enclosure, encode_statement
from certify.certificate.identity import Identity
from certify.language.errors import CertifyError
from certify.language.numbers import format_number
from certify.language.spec import format_domain, format_parameters
from certify.words.claims import allowance

NONE = "-"


class Tiers(NamedTuple):
    """A few words for each tier; "-" where there is none."""

    enclosure: str
    identity: str
    coq: str


def of_entry(entry: Entry, folder: Path) -> Tiers:
    """The tiers of the entry as it is stated today, by the certificate and the record of a folder."""
    path = folder / f"{entry.name}.json"
    if not path.exists():
        return Tiers(NONE, NONE, NONE)
    try:
        certificate = load(path)
    except CertifyError:
        return Tiers("malformed", NONE, NONE)
    if not _is_of(certificate, entry):
        return Tiers("stale", NONE, NONE)
    return of_certificate(certificate, folder)


def of_certificate(certificate: Certificate, folder: Path) -> Tiers:
    """What a certificate holds, and whether its theorem is on the folder's record."""
    proof, identity = certificate.proof, certificate.identity
    enclosure = NONE
    if isinstance(proof, Enclosure):
        spec = certificate.spec
        excepted = _without(spec.exceptions)
        enclosure = f"{allowance(spec)} on {format_domain(spec.domain)}{excepted}{format_parameters(spec)}"
    return Tiers(enclosure, _identity(identity) if identity else NONE, _coq(certificate, folder))


def _is_of(certificate: Certificate, entry: Entry) -> bool:
    """Whether the certificate is of the entry's formulas, on its domain where it has tiles."""
    spec, exact = certificate.spec, certificate.identity
    if certificate.proof is None and exact:
        return (spec.function, spec.derivative) == (entry.function, entry.derivative)
    today = entry.spec()
    return not today.is_exact and encode_statement(spec) == encode_statement(today)


def _identity(identity: Identity) -> str:
    spec = identity.spec
    return f"{format_domain(spec.domain)}{_without(spec.exceptions)}{format_parameters(spec)}"


def _without(points: Sequence[Fraction]) -> str:
    return f" except at {', '.join(map(format_number, points))}" if points else ""


def _coq(certificate: Certificate, folder: Path) -> str:
    """The number of axioms that the certificate's theorem was accepted on."""
    from certify.formal.coq import CLASSICAL
    from certify.formal.expression import NotExported
    from certify.formal.record import digest, read
    from certify.formal.theorem import of_certificate as theorem_of

    try:
        axioms = read(folder).get(digest(theorem_of(certificate)))
    except NotExported:
        return "not stated"
    if axioms is None:
        return NONE
    return f"{len(axioms & CLASSICAL)} classical axioms{', machine numbers' * bool(axioms - CLASSICAL)}"
