"""Files: certificates read whole up to a limit, and written whole or not at all."""

from __future__ import annotations

import os
import re
from pathlib import Path

from certify.certificate.enclosure import Certificate, Refutation
from certify.language.errors import UsageError

_REPORT = re.compile(rb'"format"\s*:\s*"certify/kernel/')


def is_report(data: bytes) -> bool:
    """Whether the data says that it is a kernel's report, and no certificate."""
    return bool(_REPORT.search(data[:200]))


def read_limited(path: Path, limit: int) -> bytes:
    """The bytes of a file, at most limit + 1 of them; UsageError if it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(limit + 1)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from error


def write_whole(path: Path, data: bytes) -> None:
    """Put the data at the path by a temporary file and a rename, so that an old file stays
    until the new one is complete; UsageError if it cannot be written.

    A link is followed, and a pipe or device takes the data: neither is replaced.
    """
    try:
        target = Path(os.path.realpath(path))
        if target.exists() and not target.is_file():
            target.write_bytes(data)
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        _replace(target, data)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror or error}") from error


def _replace(target: Path, data: bytes) -> None:
    # a name of this run's own, so that no other run's file is met or removed
    temporary = target.with_name(f".{target.name[:100]}.{os.urandom(8).hex()}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def file_name(certificate: Certificate) -> str:
    """The name of a certificate's file."""
    refutes = isinstance(certificate.proof, Refutation)
    return f"{certificate.spec.name}{'.refuted' if refutes else ''}.json"
