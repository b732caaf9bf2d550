"""certify build"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from certify.cli import completion
from certify.cli import options as common
from certify.cli.claims import Texts, shipped_in
from certify.cli.options import collected
from certify.cli.results import add, as_json
from certify.cli.terminal import say_verdict
from certify.cli.writing import folder
from certify.language.errors import Rejected, UsageError
from certify.language.exits import Exit, overall

if TYPE_CHECKING:
    from certify.api import Goal


@dataclass(frozen=True)
class Options:
    """What `certify build` is given; UsageError where it names no folder."""

    files: Texts
    output: str | None
    no_verify: bool
    as_json: bool

    def __post_init__(self) -> None:
        if self.output == "":
            raise UsageError("--output is empty")

    def directory(self) -> Path:
        """Where the certificates are."""
        return folder() if self.output is None else Path(self.output)


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE.toml]...", shell_complete=completion.files)
@click.option(
    "-o", "--output", metavar="DIR", help="Where the certificates are.  [default: the configured folder]"
)
@common.no_verify
@as_json
@collected(Options)
def build(options: Options) -> Exit:
    """Write the certificate of every entry of the project, or of TOML files.

    Without files, those that the configuration names: `specs` under [tool.certify] in pyproject.toml, or
    every *.spec.toml. The same bytes on every machine. certify check compares and verifies them.
    """
    return _build([item.goal() for item in shipped_in(options.files)], options, options.directory())


def _build(goals: list[Goal], options: Options, folder: Path) -> Exit:
    from certify.api import build as build_all
    from certify.configuration import configuration

    codes: list[Exit] = []
    taken = {goal.entry.name: why for goal in goals if (why := _taken(goal.entry.name, folder))}
    for name, why in taken.items():
        codes.append(Exit.USAGE)
        say_verdict([f"error: {why}"], err=True)
        if options.as_json:
            add([{"name": name, "verdict": "error", "error": why}])
    mine = [goal for goal in goals if goal.entry.name not in taken]
    seconds = configuration().max_seconds
    for goal, verdict in build_all(mine, folder, verify=not options.no_verify, seconds=seconds):
        codes.append(verdict.exit)
        is_proved = verdict.exit in (Exit.HOLDS, Exit.NOT_VERIFIED)
        path = folder / f"{goal.entry.name}.json"
        if options.as_json:
            add([verdict.as_json(str(path) if is_proved else None)])
        else:
            say_verdict([f"{verdict.word} {path}"] if is_proved else verdict.lines())
    return overall(codes)


def _taken(name: str, folder: Path) -> str | None:
    """Why an entry's file is not replaced: it is a report, or of another entry; one that is stale or
    broken is."""
    from certify.certificate.enclosure import MAX_BYTES, decode
    from certify.certificate.files import is_report, read_limited

    path = folder / f"{name}.json"
    data = read_limited(path, MAX_BYTES) if path.is_file() else b""
    try:
        found = "the report of a kernel" if is_report(data) else f"of {decode(data).spec.name}"
    except Rejected:  # nothing that anybody could miss
        return None
    if found == f"of {name}":
        return None
    return f"{path} is {found}: it was not replaced; move it, or take another --output"
