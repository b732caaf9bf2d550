"""Verdicts on claims: looked for, their certificates written, and printed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from certify.cli.options import Reporting
from certify.cli.progress import proofs
from certify.cli.results import add
from certify.cli.terminal import say, say_table, say_verdict
from certify.cli.writing import Occupied, check_file_name, write
from certify.language.errors import UsageError
from certify.language.exits import Exit, overall

if TYPE_CHECKING:
    from certify.api import Goal
    from certify.cli.results import Row
    from certify.prover.verdict import Verdict

__all__ = ["Failure", "conclude", "say_json", "write"]

HEADER = ("verdict", "name", "domain", "residual, witness or obstruction", "certificate")


@dataclass(frozen=True)
class Failure:
    """A target of which nothing can be proved or refuted: a row among the verdicts on the others."""

    name: str
    why: str

    exit: ClassVar[Exit] = Exit.USAGE
    problem: ClassVar[str] = ""

    def row(self) -> tuple[str, ...]:
        """Under HEADER."""
        return "error", self.name, "", self.why, ""

    def as_json(self) -> Row:
        return {"name": self.name, "verdict": "error", "error": self.why}


class Written(NamedTuple):
    """A verdict, the path of its certificate, and why that was not written where it should have been."""

    verdict: Verdict
    path: str | None
    problem: str = ""

    @property
    def exit(self) -> Exit:
        return self.verdict.exit

    def row(self) -> tuple[str, ...]:
        """Under HEADER."""
        from certify.language.spec import format_domain, format_parameters

        spec = self.verdict.spec
        domain = format_domain(spec.domain) + format_parameters(spec)
        return self.verdict.word, spec.name, domain, self.verdict.note(), self.path or ""

    def as_json(self) -> Row:
        row = self.verdict.as_json(self.path)
        return {**row, "not_written": self.problem} if self.problem else row


def conclude(goals: Sequence[Goal | Failure], reporting: Reporting, max_bits: int) -> Exit:
    """Prove each within the limits, write its certificate, print the verdicts; a failure is a row among
    several, and the exit code of the gravest; USAGE where a certificate would have replaced a file that
    states something else."""
    from certify.prover.deadline import after

    several = len(goals) > 1
    if several and reporting.to_stdout:
        raise UsageError("--output - takes one certificate, the targets name several entries")
    if not several and reporting.output is not None and not isinstance(goals[0], Failure):
        check_file_name(reporting.output, goals[0].entry.name)
    written: list[Written | Failure] = []
    count = sum(not isinstance(goal, Failure) for goal in goals)
    with proofs(count, silent=not reporting.in_words) as progress:
        for goal in goals:
            if isinstance(goal, Failure):
                written.append(goal)
            else:
                report = progress(goal.entry.name)
                deadline = after(reporting.max_seconds)
                verdict = goal.prove(max_bits, report, deadline, verify=not reporting.no_verify)
                written.append(_write(verdict, reporting, several=several))
            if reporting.as_json:
                add([written[-1].as_json()])
    if reporting.in_words:
        _say(written, several=several, to_stderr=reporting.to_stdout)
    problems = [item.problem for item in written if item.problem]
    for problem in problems:
        say_verdict([f"error: {problem}"], err=True)
    return Exit.USAGE if problems else overall(item.exit for item in written)


def _write(verdict: Verdict, reporting: Reporting, *, several: bool) -> Written:
    try:
        return Written(verdict, write(verdict, reporting.output, several=several, replace=reporting.replace))
    except Occupied as problem:
        return Written(verdict, None, str(problem))


def say_json(rows: Sequence[Row]) -> None:
    """Put rows in the list that --json prints."""
    add(rows)


def _say(written: Sequence[Written | Failure], *, several: bool, to_stderr: bool) -> None:
    """One verdict whole; of several a table, then the whole of each that is not certified."""
    verdicts = [item for item in written if isinstance(item, Written)]
    if not several:
        for item in verdicts:
            _say_one(item.verdict, item.path, to_stderr=to_stderr)
        return
    say_table(HEADER, [item.row() for item in written])
    for item in verdicts:
        if item.exit:
            say()
            say_verdict(item.verdict.lines())


def _say_one(verdict: Verdict, path: str | None, *, to_stderr: bool) -> None:
    say_verdict(verdict.lines(), err=to_stderr)
    if path in (None, "-"):
        return
    say(f"  {path}", err=to_stderr)
    earlier = os.path.join(os.path.dirname(path), f"{verdict.spec.name}.refuted.json")
    if verdict and os.path.exists(earlier):
        say(f"  {earlier} refutes an earlier claim: certify verify fails while it is there")
