"""The record of what coqc accepted: which file, and on which axioms.

One line for each theorem, with the sha256 of its file and of the preludes it imports, so that
a theorem whose statement, proof or prelude changed since is no longer on record.  The record
is a memory, no proof: `certify formal` asks coqc itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

from certify.certificate.files import read_limited, write_whole
from certify.formal.coq import CoqReport, preludes, requires
from certify.formal.theorem import Theorem, write_file
from certify.language.errors import UsageError

FILE = "coq.accepted"

_HEAD = "# theorem, sha256 of its file and preludes, axioms; written by `certify formal --record`\n"
_MAX_BYTES = 2**20

Record = Mapping[str, frozenset[str]]  # digest -> the axioms it was accepted on


def digest(theorem: Theorem) -> str:
    """sha256 of the preludes and the file that coqc reads."""
    parts = [*preludes([theorem]).values(), write_file(theorem, requires(theorem))]
    return sha256("\0".join(parts).encode()).hexdigest()


def write(folder: Path, accepted: Iterable[tuple[Theorem, CoqReport]]) -> Path:
    """Write the record of accepted theorems, in the order of their names."""
    rows = sorted((t.statement.theorem, digest(t), *sorted(r.assumptions)) for t, r in accepted)
    path = folder / FILE
    write_whole(path, (_HEAD + "".join(" ".join(row) + "\n" for row in rows)).encode())
    return path


def read(folder: Path) -> Record:
    """The record of a folder, empty where there is none; UsageError where it is malformed."""
    path = folder / FILE
    if not path.exists():
        return {}
    found = {}
    for number, line in enumerate(read_limited(path, _MAX_BYTES).decode("utf-8", "replace").splitlines(), 1):
        if line.startswith("#"):
            continue
        words = line.split()
        if len(words) < 2:
            raise UsageError(f"{path}, line {number}: needs a theorem and a digest")
        found[words[1]] = frozenset(words[2:])
    return found
