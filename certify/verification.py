"""Files verified again, the kernels of reports among them: the verifier, and what is not its business.

Whether a report's truth is the catalogue's entry of its name, and what comes of running some of its
kernel again, no file shows by itself.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from certify.certificate.enclosure import Certificate
from certify.language.errors import Rejected
from certify.verifier.outcome import Accepted, NotAccepted, Verification, verify_file
from certify.words.claims import claims

if TYPE_CHECKING:
    from certify.certificate.kernel import Report


def verify(path: Path, rerun: str = "some") -> Verification:
    """What comes of a file; one that cannot be read, or has not its own name, is rejected.

    rerun  how many blocks of a report's kernel are run again: some, all or none
    """
    return verify_file(path, partial(judge, rerun))


def judge(rerun: str, report: Report) -> object:
    """Rejected where a report's truth is not that of its name, or its kernel run again is another; what was
    run again."""
    from certify.kernels.naming import check_name
    from certify.kernels.rerun import rerun as run_again

    check_name(report)
    return run_again(report, rerun)


def lines(outcome: Verification) -> list[str]:
    """What is accepted, and of a kernel's report what was proved and what was run again; or what
    stands in the way."""
    if isinstance(outcome, NotAccepted):
        word = "rejected " if isinstance(outcome.why, Rejected) else "not independently checked"
        return [f"{word} {outcome.path}: {outcome.why}"]
    return _accepted(outcome)


def _accepted(outcome: Accepted) -> list[str]:
    spent = f"{outcome.seconds:.2f} s"
    if isinstance(outcome.subject, Certificate):
        word = "refuted  " if outcome.refutes else "accepted "
        return [f"{word} {outcome.path}: {', '.join(claims(outcome.subject))}, {spent}"]
    from certify.kernels.words import title, verified

    head = f"accepted  {outcome.path}: kernel {title(outcome.subject)}, {spent}"
    return [head, *(f"  {line}" for line in verified(outcome.subject, outcome.again))]
