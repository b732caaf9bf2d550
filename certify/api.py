"""What the command line does, as functions: prove an entry, build and check certificates,
verify files.  Each imports only the side it needs: proving loads flint, verifying mpmath."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from certify.catalogue import Entry
from certify.certificate import MAX_BYTES, Certificate, Enclosure, decode, encode, encode_statement
from certify.errors import CertifyError, Rejected, UsageError
from certify.files import read_limited, write_whole
from certify.spec import Spec
from certify.verdict import Certified, Verdict

MAX_PRECISION = 2**14  # bits; the default of --max-bits

Progress = Callable[[Fraction], None]


def prove(
    entry: Entry, spec: Spec, max_bits: int = MAX_PRECISION, progress: Progress | None = None
) -> Verdict:
    """The verdict on an entry's claim, its kinks included."""
    from certify.enclosure.prover import prove as search

    return entry.judge(search(spec, max_bits, progress))


class Verified(NamedTuple):
    """What came of one file: the certificate where it was accepted, else why it was not."""

    path: Path
    certificate: Certificate | None
    rejection: Rejected | None
    seconds: float


def verify(path: Path) -> Verified:
    """Re-verify a certificate file; one that cannot be read is rejected."""
    from certify.verifier.checker import verify as check

    begun = perf_counter()
    try:
        try:
            data = read_limited(path, MAX_BYTES)
        except UsageError as error:
            raise Rejected("file", str(error), "a readable file") from error
        return Verified(path, check(data), None, perf_counter() - begun)
    except Rejected as rejection:
        return Verified(path, None, rejection, perf_counter() - begun)


def load(path: Path) -> Certificate:
    """Read a certificate without checking its proof; Rejected if it is malformed."""
    return decode(read_limited(path, MAX_BYTES))


def stale(entry: Entry, folder: Path) -> str | None:
    """Why the folder does not hold the entry's certificate for today's statement, or None."""
    path = folder / f"{entry.name}.json"
    if not path.exists():
        return "no certificate"
    try:
        certificate = load(path)
    except CertifyError as error:
        return f"not a certificate: {error}"
    if not isinstance(certificate.proof, Enclosure):
        return "a refutation, not a certificate that it holds"
    if encode_statement(certificate.spec) != encode_statement(entry.spec()):
        return "the certificate states something else than the entry does today"
    unexpected = entry.unexpected_kinks(certificate)
    return unexpected[0].why if unexpected else None


def build(entries: Iterable[Entry], folder: Path) -> Iterable[tuple[Entry, Verdict]]:
    """Prove each entry as it is stated, and write the certificate of each that is certified."""
    for entry in entries:
        verdict = prove(entry, entry.spec())
        if isinstance(verdict, Certified):
            write_whole(folder / f"{entry.name}.json", encode(verdict.certificate))
        yield entry, verdict
