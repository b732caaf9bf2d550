"""Files: certificates read whole up to a limit, and written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from certify.errors import UsageError


def read_limited(path: Path, limit: int) -> bytes:
    """The bytes of a file, at most limit + 1 of them; UsageError if it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(limit + 1)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from error


def write_whole(path: Path, data: bytes) -> None:
    """Put the data at the path by a temporary file and a rename, so that an old file stays
    until the new one is complete; UsageError if it cannot be written."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        if path.exists() and not path.is_file():  # a pipe or device takes data, it is not replaced
            path.write_bytes(data)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror or error}") from error
