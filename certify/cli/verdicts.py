"""Verdicts on claims: looked for, their certificates written, and printed."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import click

from certify.cli.options import FOLDER, Reporting
from certify.cli.progress import proofs
from certify.cli.terminal import say, say_all, say_table
from certify.language.errors import UsageError
from certify.language.exits import Exit, overall

if TYPE_CHECKING:
    from certify.api import Goal
    from certify.prover.verdict import Certified, Proved, Refuted, Verdict


@dataclass(frozen=True)
class Failure:
    """A target of which nothing can be proved or refuted: a row among the verdicts on the others."""

    name: str
    why: str

    exit: ClassVar[Exit] = Exit.USAGE

    def row(self) -> tuple[str, ...]:
        """Under HEADER."""
        return "error", self.name, "", "", self.why, ""

    def as_json(self) -> dict[str, str]:
        return {"name": self.name, "verdict": "error", "error": self.why}


HEADER = ("verdict", "name", "domain", "tiles", "residual, witness or obstruction", "certificate")
Written = tuple["Verdict", str | None]  # with the path of its certificate


def conclude(goals: Sequence[Goal | Failure], reporting: Reporting, max_bits: int) -> Exit:
    """Prove each within the limits, write its certificate, print the verdicts; a failure is a row among
    several, and the exit code of the gravest."""
    from certify.prover.deadline import after

    several = len(goals) > 1
    if several and reporting.to_stdout:
        raise UsageError("--output - takes one certificate, the targets name several entries")
    if not several and reporting.output is not None and not isinstance(goals[0], Failure):
        _check_file_name(reporting.output, goals[0].entry.name)
    written: list[Written | Failure] = []
    specs = [goal.spec for goal in goals if not isinstance(goal, Failure)]
    with proofs(specs, silent=not reporting.in_words) as progress:
        for goal in goals:
            if isinstance(goal, Failure):
                written.append(goal)
                continue
            report = progress(goal.entry.name)
            deadline = after(reporting.max_seconds)
            verdict = goal.prove(max_bits, report, deadline, verify=not reporting.no_verify)
            written.append((verdict, write(verdict, reporting.output, several=several)))
    if reporting.as_json:
        say_json([row.as_json() if isinstance(row, Failure) else row[0].as_json(row[1]) for row in written])
    elif not reporting.quiet:
        _say(written, several=several, to_stderr=reporting.to_stdout)
    return overall(row.exit if isinstance(row, Failure) else row[0].exit for row in written)


def _say(written: Sequence[Written | Failure], *, several: bool, to_stderr: bool) -> None:
    if several:
        _say_several(written)
        return
    for row in written:
        if not isinstance(row, Failure):
            _say_one(*row, to_stderr=to_stderr)


def _check_file_name(output: str, name: str) -> None:
    """UsageError for a file under whose name the certificate would be rejected."""
    path = Path(output)
    own = {f"{name}{middle}.json" for middle in ("", ".cert", ".refuted", ".refuted.cert")}
    if path.suffix.lower() == ".json" and path.name not in own and not os.path.isdir(path):
        raise UsageError(f"--output {output}: a certificate of {name} is accepted as {name}.json only")


def write(verdict: Verdict, output: str | None, *, several: bool) -> str | None:
    """Write the certificate of a verdict that has one; its path, - for standard output."""
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


def say_json(rows: Sequence[object]) -> None:
    """Print a JSON list."""
    click.echo(json.dumps(rows, indent=2))


def _say_one(verdict: Verdict, path: str | None, *, to_stderr: bool) -> None:
    say_all(verdict.lines(), err=to_stderr)
    if path in (None, "-"):
        return
    say(f"  {path}", err=to_stderr)
    earlier = os.path.join(os.path.dirname(path), f"{verdict.spec.name}.refuted.json")
    if verdict and os.path.exists(earlier):
        say(f"  {earlier} refutes an earlier claim: certify verify fails while it is there")


def _say_several(written: Sequence[Written | Failure]) -> None:
    """A table, then the whole verdict where it is not certified."""
    from certify.language.spec import format_domain, format_parameters

    rows = []
    for item in written:
        if isinstance(item, Failure):
            rows.append(item.row())
            continue
        verdict, path = item
        spec, tiles = verdict.spec, verdict.statistics.tiles
        domain = format_domain(spec.domain) + format_parameters(spec)
        rows.append((verdict.word, spec.name, domain, str(tiles), verdict.note(), path or ""))
    say_table(HEADER, rows)
    for item in written:
        if not isinstance(item, Failure) and item[0].exit:
            say_all(["", *item[0].lines()])
