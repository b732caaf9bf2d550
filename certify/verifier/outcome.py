"""What comes of verifying files: each is accepted or not, with what it is about.

A file is what it says that it is only under its own name: NAME.json, or NAME.refuted.json of a
refutation; `.cert.json` may stand in the place of `.json`.  A refutation that holds is accepted, and
says that a derivative is wrong: it is true only where that was asked for.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from certify.certificate.enclosure import MAX_BYTES, Certificate, Refutation
from certify.certificate.files import file_name, is_report, read_limited
from certify.certificate.strict import shown
from certify.language.errors import NotChecked, Rejected, UsageError
from certify.language.exits import Exit
from certify.verifier.checker import verify

if TYPE_CHECKING:
    from certify.certificate.kernel import Report

Judge = Callable[["Report"], Any]  # Rejected where the report's kernel is not what it says


@dataclass(frozen=True)
class Accepted:
    """A file whose proof was checked in full.

    subject  the certificate, or the report of a kernel
    again    of a report, what its judge said
    """

    path: Path
    subject: Certificate | Report
    seconds: float
    again: Any = None

    @property
    def certificate(self) -> Certificate | None:
        return self.subject if isinstance(self.subject, Certificate) else None

    @property
    def report(self) -> Report | None:
        return None if isinstance(self.subject, Certificate) else self.subject

    @property
    def refutes(self) -> bool:
        """Whether what holds is that a derivative is wrong."""
        return self.certificate is not None and isinstance(self.certificate.proof, Refutation)

    @property
    def exit(self) -> Exit:
        return Exit.FAILS if self.refutes else Exit.HOLDS

    def __bool__(self) -> bool:
        return not self.refutes


@dataclass(frozen=True)
class NotAccepted:
    """A file that is rejected, or that the verifier cannot check."""

    path: Path
    why: Rejected | NotChecked
    seconds: float

    @property
    def exit(self) -> Exit:
        return Exit.FAILS if isinstance(self.why, Rejected) else Exit.NOT_VERIFIED

    def __bool__(self) -> bool:
        return False


Verification = Accepted | NotAccepted


def verify_file(path: Path, judge: Judge | None = None) -> Verification:
    """What comes of a file; one that cannot be read, or has not its own name, is rejected.

    judge  looks at a report that is accepted, for what its figures alone do not show
    """
    begun = perf_counter()
    try:
        subject, again = _subject(path, judge)
    except (Rejected, NotChecked) as why:
        return NotAccepted(path, why, perf_counter() - begun)
    return Accepted(path, subject, perf_counter() - begun, again)


def _subject(path: Path, judge: Judge | None) -> tuple[Certificate | Report, Any]:
    try:
        data = read_limited(path, MAX_BYTES)
    except UsageError as error:
        raise Rejected("file", str(error), "a readable file") from error
    if is_report(data):
        from certify.verifier.kernel import verify_report

        report = verify_report(data)
        again = judge(report) if judge else None
        check_report_name(path, report)
        return report, again
    certificate = verify(data)
    check_name(path, certificate)
    return certificate, None


def check_name(path: Path, certificate: Certificate) -> None:
    """Rejected where a certificate lies in a file of another name: who looks for an entry's
    certificate looks for its name.  A file that is no *.json file may have any."""
    needed = file_name(certificate)
    if not path.name.lower().endswith(".json"):
        return
    found = path.name[: -len(".json")]
    if found.removesuffix(".cert") + ".json" != needed:
        raise Rejected("file name", shown(path.name), f"{needed}, as the statement has it")


def check_report_name(path: Path, report: Report) -> None:
    """Rejected where a report lies in a file that names another framework or format."""
    framework, dtype = report.program["framework"].partition(" ")[0], report.program["dtype"]
    parts = path.name.lower().split(".")
    named = parts[0] if parts[0] in ("torch", "jax") else framework
    if path.suffix.lower() == ".json" and (named, parts[-2]) != (framework, dtype):
        raise Rejected("file name", shown(path.name), f"{framework}.NAME.{dtype}.json")


def files_under(folder: Path) -> tuple[list[Path], list[Path]]:
    """The *.json files under a folder, at any depth, hidden ones and those in capitals too, and what is
    not looked at: other files, and folders that are links.  UsageError where a folder cannot be read."""
    found: list[Path] = []
    others: list[Path] = []

    def stop(error: OSError) -> None:
        raise UsageError(f"cannot read {error.filename}: {error.strerror}") from error

    for text, folders, names in os.walk(folder, onerror=stop):
        place = Path(text)
        links = [name for name in folders if (place / name).is_symlink()]
        others += [place / name for name in links]
        folders[:] = sorted(set(folders) - set(links))
        for name in sorted(names):
            (found if name.lower().endswith(".json") else others).append(place / name)
    return found, others
