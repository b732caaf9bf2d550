"""certify build"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from certify.cli import completion
from certify.cli import options as common
from certify.cli.claims import Texts
from certify.cli.options import collected
from certify.cli.results import add, as_json
from certify.cli.terminal import say_verdict
from certify.cli.writing import folder
from certify.language.errors import CertifyError, Rejected, UsageError
from certify.language.exits import Exit, overall
from certify.notation.place import notes_of

if TYPE_CHECKING:
    from certify.catalogue import Stated


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
    from certify.check import Plan, read
    from certify.configuration import configuration

    project = configuration()
    project.modules_first()
    entries = read(Plan(project, tuple(map(Path, options.files))))
    codes = [_failed(finding.subject, finding.lines, options) for finding in entries.unreadable]
    codes += [_build(stated, project.max_seconds, options) for stated in entries.stated]
    return overall(codes)


def _build(stated: Stated, seconds: int, options: Options) -> Exit:
    """What comes of an entry, of whose errors the others know nothing."""
    from certify.api import build as build_one
    from certify.shipped import shipped

    directory = options.directory()
    path = directory / f"{stated.name}.json"
    try:
        taken = _taken(stated.name, directory)
        if taken:
            raise UsageError(taken)
        goal = shipped(stated).goal()
    except CertifyError as error:
        return _failed(stated.name, [*str(error).splitlines(), *notes_of(error)], options)
    verdict = build_one(goal, path, seconds, verify=not options.no_verify)
    is_proved = verdict.exit in (Exit.HOLDS, Exit.NOT_VERIFIED)
    if options.as_json:
        add([verdict.as_json(str(path) if is_proved else None)])
    else:
        say_verdict([f"{verdict.word} {path}"] if is_proved else verdict.lines())
    return verdict.exit


def _failed(name: str, lines: Sequence[str], options: Options) -> Exit:
    first, *rest = lines
    say_verdict([f"error: {first}", *rest], err=True)
    if options.as_json:
        add([{"name": name, "verdict": "error", "error": "\n".join(lines)}])
    return Exit.USAGE


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
