"""What comes of verifying files: each is accepted or not, with what it is about.

A file is what it says that it is only under its own name: NAME.json, or NAME.refuted.json of a
refutation; `.cert.json` may stand in the place of `.json`.  A refutation that holds is accepted, and
says that a derivative is wrong: it is true only where that was asked for.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from certify.certificate.enclosure import MAX_BYTES, Certificate, Refutation
from certify.certificate.files import read_limited
from certify.certificate.strict import shown
from certify.language.errors import NotChecked, RefutationHolds, Rejected, UsageError
from certify.language.exits import Exit
from certify.words.claims import claims

if TYPE_CHECKING:
    from certify.certificate.kernel import Report
    from certify.kernels.rerun import Rerun


@dataclass(frozen=True)
class Accepted:
    """A file whose proof was checked in full.

    subject  the certificate, or the report of a kernel
    again    of a report, what was run again of its kernel
    """

    path: Path
    subject: Certificate | Report
    seconds: float
    again: Rerun | None = None

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

    def lines(self) -> list[str]:
        """What is accepted, and of a kernel's report what was proved and what was run again."""
        spent = f"{self.seconds:.2f} s"
        if self.report is not None and self.again is not None:
            from certify.kernels.words import title, verified

            head = f"accepted  {self.path}: kernel {title(self.report)}, {spent}"
            return [head, *(f"  {line}" for line in verified(self.report, self.again))]
        word = "refuted  " if self.refutes else "accepted "
        said = claims(self.certificate) if self.certificate is not None else []
        return [f"{word} {self.path}: {', '.join(said)}, {spent}"]

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

    def lines(self) -> list[str]:
        """What stands in the way."""
        word = "rejected " if isinstance(self.why, Rejected) else "not independently checked"
        return [f"{word} {self.path}: {self.why}"]

    def __bool__(self) -> bool:
        return False


Verification = Accepted | NotAccepted


def verify(path: Path, rerun: str = "some") -> Verification:
    """What comes of a file; one that cannot be read, or has not its own name, is rejected.

    rerun  how many blocks of a report's kernel are run again: some, all or none
    """
    begun = perf_counter()
    try:
        subject, again = _subject(path, rerun)
    except (Rejected, NotChecked) as why:
        return NotAccepted(path, why, perf_counter() - begun)
    return Accepted(path, subject, perf_counter() - begun, again)


def _subject(path: Path, which: str) -> tuple[Certificate | Report, Rerun | None]:
    from certify.certificate.kernel import is_report

    try:
        data = read_limited(path, MAX_BYTES)
    except UsageError as error:
        raise Rejected("file", str(error), "a readable file") from error
    if is_report(data):
        from certify.kernels.naming import check_name as check_truth
        from certify.kernels.rerun import rerun
        from certify.verifier.kernel import verify_report

        report = verify_report(data)
        check_truth(report)
        check_report_name(path, report)
        return report, rerun(report, which)
    from certify.verifier.enclosure.checker import verify as check

    certificate = check(data)
    check_name(path, certificate)
    return certificate, None


def file_name(certificate: Certificate) -> str:
    """The name of a certificate's file."""
    refutes = isinstance(certificate.proof, Refutation)
    return f"{certificate.spec.name}{'.refuted' if refutes else ''}.json"


def check_name(path: Path, certificate: Certificate) -> None:
    """Rejected where a certificate lies in a file of another name: who looks for an entry's
    certificate looks for its name.  A file that is no *.json file may have any."""
    needed = file_name(certificate)
    if path.suffix.lower() != ".json":
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


def subject_of(path: str | Path, *, refutation: bool = False) -> Certificate | Report:
    """What a file proves, verified again: its certificate, or the report of a kernel.

    Rejected where it is not accepted, NotChecked where the verifier cannot evaluate it, and
    RefutationHolds where it proves that a derivative is wrong, unless `refutation` asks for that.
    """
    try:
        place = Path(path)
    except TypeError as error:
        raise UsageError(f"verify takes the path of a file, not {type(path).__name__}") from error
    outcome = verify(place)
    if isinstance(outcome, NotAccepted):
        raise outcome.why
    if outcome.refutes and not refutation:
        raise RefutationHolds(outcome.subject.spec.name)
    return outcome.subject


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
