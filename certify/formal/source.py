"""What to export: from the name of an entry or the path of a certificate to its theorem."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from certify import api
from certify.catalogue import CodeEntry, Stated, builtin, select
from certify.certificate.enclosure import Certificate
from certify.formal.expression import NotExported
from certify.formal.theorem import Theorem, of_certificate
from certify.language.errors import CertifyError, UsageError
from certify.prover.verdict import Undecided


def theorems(targets: Sequence[str]) -> list[tuple[str, Theorem | NotExported]]:
    """The theorem of each entry or certificate (*.json), with its name; in the place of one that
    cannot be stated, why not.  Without targets, those of the whole catalogue.

    UsageError for a target that is none, and where two theorems would have one name.
    """
    found: list[tuple[str, Theorem | NotExported]] = []
    for target in targets or tuple(builtin()):
        if target.endswith(".json"):
            certificate = _load(Path(target))
            found.append((certificate.spec.name, _attempt(certificate)))
        else:
            found += [(entry.name, _attempt(entry)) for entry in select(target)]
    names = [theorem.name for _, theorem in found if isinstance(theorem, Theorem)]
    for i, name in enumerate(names):
        if name in names[:i]:
            raise UsageError(f"two theorems are named {name}: each is a file of its name")
    return found


def _load(path: Path) -> Certificate:
    try:
        return api.load(path)
    except CertifyError as error:
        raise UsageError(f"{path}: {error}") from error


def _attempt(source: Certificate | Stated) -> Theorem | NotExported:
    try:
        return of_certificate(source if isinstance(source, Certificate) else _prove(source))
    except NotExported as why:
        return why


def _prove(entry: Stated) -> Certificate:
    """The certificate of an entry, with an identity where there is one; Coq is who checks it."""
    if isinstance(entry, CodeEntry):
        raise NotExported(f"its formulas are those of {entry.code.target}: export its certificate, a *.json")
    verdict = api.search(entry, entry.spec())
    if isinstance(verdict, Undecided):
        first = verdict.obstructions[0]
        raise NotExported(f"nothing is proved: {first.where()}, {first.why}")
    return verdict.certificate
