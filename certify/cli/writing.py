"""Where certificates go, and what is never replaced: a file that states something else."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from certify.cli.options import FOLDER
from certify.language.errors import Rejected, UsageError
from certify.language.exits import Exit

if TYPE_CHECKING:
    from certify.certificate.enclosure import Certificate
    from certify.prover.verdict import Certified, Proved, Refuted, Verdict


class Occupied(UsageError):
    """A file that a certificate would replace, and that states something else, or is none."""

    def __init__(self, path: Path, states: str) -> None:
        super().__init__(path, states)
        self.path = path
        self.states = states

    def __str__(self) -> str:
        return (
            f"{self.path} {self.states}: it was not replaced; take another --output or --name, or --replace"
        )


def check_file_name(output: str, name: str) -> None:
    """UsageError for a file under whose name the certificate would be rejected."""
    path = Path(output)
    own = {f"{name}{middle}.json" for middle in ("", ".cert", ".refuted", ".refuted.cert")}
    if path.suffix.lower() == ".json" and path.name not in own and not os.path.isdir(path):
        raise UsageError(f"--output {output}: a certificate of {name} is accepted as {name}.json only")


def write(verdict: Verdict, output: str | None, *, several: bool, replace: bool = True) -> str | None:
    """Write the certificate of a verdict that has one; its path, - for standard output.

    replace  whether a file that states something else is replaced: without, Occupied
    """
    from certify.certificate.enclosure import encode
    from certify.certificate.files import write_whole
    from certify.prover.verdict import Undecided

    if isinstance(verdict, Undecided):
        return None
    data = encode(verdict.certificate)
    if output == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return "-"
    path = _place(verdict, output, several=several)
    other = None if replace else states_else(path, verdict.certificate)
    if other is not None:
        raise Occupied(path, other)
    write_whole(path, data)
    return str(path)


def _place(verdict: Certified | Proved | Refuted, output: str | None, *, several: bool) -> Path:
    """Where its certificate goes: a refutation replaces no certificate."""
    from certify.certificate.files import file_name

    name, own = file_name(verdict.certificate), verdict.spec.name
    if output is None or several:
        path = Path(output or FOLDER) / name
        return path / name if os.path.isdir(path) else path
    path = Path(output)
    if os.path.isdir(path) or output.endswith("/"):
        return path / name
    if verdict.exit is Exit.FAILS and ".refuted" not in path.name:
        middle, _, suffix = path.name.removeprefix(own).rpartition(".")
        return path.with_name(f"{own}.refuted{middle}.{suffix}")
    return path


def states_else(path: Path, certificate: Certificate) -> str | None:
    """What the file at a path states, where that is not the certificate's claim; None where it is, by
    whichever proof, or where there is no file (a pipe or a device is none)."""
    from certify.certificate.enclosure import statement_of

    if not os.path.isfile(path):
        return None
    found = read(path)
    if found is None or isinstance(found, str):
        return found or "is no certificate"
    same_kind = found.kind == certificate.kind or "refutation" not in (found.kind, certificate.kind)
    if same_kind and statement_of(found) == statement_of(certificate):
        return None
    before, now = found.spec, certificate.spec
    same = (before.function, before.derivative) == (now.function, now.derivative)
    return f"states something else ({_brief(found)}{'' if same else ', of other formulas'})"


def read(path: Path) -> Certificate | str | None:
    """The certificate in a file, unverified; what else it is, or None where that cannot be told."""
    from certify.certificate.enclosure import MAX_BYTES, decode
    from certify.certificate.files import is_report, read_limited

    data = read_limited(path, MAX_BYTES)
    if is_report(data):
        return "is the report of a kernel"
    try:
        return decode(data)
    except Rejected:
        return None


def _brief(certificate: Certificate) -> str:
    """The claim in a few words."""
    from certify.certificate.enclosure import Refutation
    from certify.words.claims import allowance, scope

    spec = certificate.spec
    if isinstance(certificate.proof, Refutation):
        return f"a refutation of {scope(spec)} to {allowance(spec)}"
    return f"{scope(spec)}, " + (f"|f' - s| <= {allowance(spec)}" if certificate.proof else "f' = s")
