"""What a file, its bytes, a certificate or a report proves, verified again: `certify.verify`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from certify.certificate.enclosure import Certificate, Refutation, encode
from certify.certificate.files import is_report
from certify.language.errors import RefutationHolds, Rejected, UsageError
from certify.notation.trace import describe_error, shown
from certify.verification import judge
from certify.verification import verify as verify_file
from certify.verifier.checker import verify as verify_bytes
from certify.verifier.outcome import NotAccepted

if TYPE_CHECKING:
    from certify.certificate.kernel import Report

    Subject = Certificate | Report


def verify(what: str | os.PathLike[str] | bytes | Subject, *, refutation: bool = False) -> Subject:
    """What a file, its bytes, a certificate or a report proves, once the independent verifier has accepted
    it: the `Certificate`, or the `Report` of a kernel.

    what        the path of a file, which must have the name of what it proves; or bytes, a certificate or
                a report, whose name nobody looks at: `.spec` says what is proved, of which f and s
    refutation  whether a refutation that holds, which proves that a derivative is wrong, is returned too

    Rejected where it is not accepted, NotChecked where the verifier cannot evaluate it, RefutationHolds for
    a refutation that holds, UsageError for what can hold no certificate.  What is returned is a record, no
    verdict, and is true as any record is: an answer is that nothing was raised.

    >>> import certify
    >>> verdict = certify.prove("tanh(x)", "1 - y**2", (-1, 1), verify=False)
    >>> certificate = certify.verify(verdict.certificate)
    >>> certificate.kind, certificate.spec.name, len(certificate.tiles)
    ('enclosure', 'f', 3)
    >>> certify.verify(certify.prove("tanh(x)", "1 + y**2", (-1, 1)).certificate)
    Traceback (most recent call last):
    certify.language.errors.RefutationHolds: the refutation of f holds: its derivative is wrong
    """
    found = _of_file(what) if isinstance(what, str | os.PathLike) else _of_bytes(what)
    if isinstance(found, Certificate) and isinstance(found.proof, Refutation) and not refutation:
        raise RefutationHolds(found.spec.name)
    return found


def _of_file(path: str | os.PathLike[str]) -> Subject:
    text = os.fspath(path)
    if not isinstance(text, str) or "\0" in text:
        raise UsageError(f"verify takes the path of a file, not {shown(text)}")
    if not text or os.path.isdir(text):
        found = f"{text} is a folder" if text else "the path is empty"
        raise UsageError(f"{found}: verify takes one file, the command certify verify folders too")
    outcome = verify_file(Path(text))
    if isinstance(outcome, NotAccepted):
        raise outcome.why
    return outcome.subject


def _of_bytes(what: bytes | Subject) -> Subject:
    """Of a record, its file is verified; Rejected where that does not say the same."""
    data = what if isinstance(what, bytes) else _encoded(what)
    found = _report_of(data) if is_report(data) else verify_bytes(data)
    if not isinstance(what, bytes) and found != what:
        raise Rejected("record", "another one than its own file would hold", "a statement and its proof")
    return found


def _report_of(data: bytes) -> Report:
    from certify.verifier.kernel import verify_report

    report = verify_report(data)
    judge("some", report)
    return report


def _encoded(record: Certificate | Report) -> bytes:
    """The file that a record would be; Rejected where there is none."""
    from certify.certificate import kernel

    if not isinstance(record, Certificate | kernel.Report):
        kind = type(record).__name__
        raise UsageError(f"verify takes the path of a file, its bytes or a certificate, not {kind}")
    try:
        return encode(record) if isinstance(record, Certificate) else kernel.encode(record)
    except Exception as error:  # a record that was made by hand may hold anything
        raise Rejected("record", describe_error(error), "what a file can hold") from error
