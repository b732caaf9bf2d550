"""Where certificates go on the command line; `certify.prover.saving` says what is never replaced."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from certify.language.errors import UsageError

if TYPE_CHECKING:
    from certify.prover.verdict import Verdict


class Occupied(UsageError):
    """A file that a certificate would replace, and that states something else, or is none."""


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
    from certify.prover.saving import NotReplaced, save
    from certify.prover.verdict import Undecided

    if isinstance(verdict, Undecided):
        return None
    if output == "-":
        sys.stdout.buffer.write(encode(verdict.certificate))
        sys.stdout.buffer.flush()
        return "-"
    place = output if output is not None and not several else os.path.join(output or folder(), "")
    try:
        return str(save(verdict.certificate, place, replace=replace))
    except NotReplaced as kept:
        hint = "it was not replaced; take another --output or --name, or --replace"
        raise Occupied(f"{kept.path} {kept.why}: {hint}") from kept


def folder() -> Path:
    """The folder of the certificates, as the project's configuration has it."""
    from certify.configuration import configuration

    return configuration().certificates
