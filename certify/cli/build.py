"""certify build"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from certify.cli import completion
from certify.cli import options as common
from certify.cli.claims import Texts, entries_in
from certify.cli.options import FOLDER, collected
from certify.cli.results import Row, add, as_json
from certify.cli.terminal import say, say_verdict
from certify.language.errors import UsageError
from certify.language.exits import Exit, overall

if TYPE_CHECKING:
    from certify.catalogue import Entry


@dataclass(frozen=True)
class Options:
    """What `certify build` is given; UsageError where it names no folder.

    directory  an older name of output
    """

    files: Texts
    check: bool
    output: str
    directory: str | None
    no_verify: bool
    as_json: bool

    def __post_init__(self) -> None:
        if not (self.directory or self.output):
            raise UsageError("--output is empty")

    @property
    def folder(self) -> Path:
        """Where the certificates are."""
        return Path(self.directory or self.output)


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE.toml]...", shell_complete=completion.files)
@click.option(
    "--check", is_flag=True, help="Write nothing; fail if a certificate is missing, stale or wrong."
)
@click.option(
    "-o",
    "--output",
    default=FOLDER,
    show_default=True,
    metavar="DIR",
    help="Where the certificates are.",
)
@click.option("--directory", hidden=True)
@common.no_verify
@as_json
@collected(Options)
def build(options: Options) -> Exit:
    """Regenerate the certificates of the whole catalogue, or of TOML files.

    The same bytes on every machine. --check proves nothing anew: it compares each certificate's statement
    with the entry's of today, and verifies its proof.
    """
    action = _check if options.check else _build
    return action(entries_in(options.files), options)


def _check(entries: list[Entry], options: Options) -> Exit:
    codes = []
    for entry in entries:
        code, row, said = _checked(entry, options)
        codes.append(code)
        if options.as_json:
            add([row])
        elif said:
            say_verdict(said)
    code, folder = overall(codes), options.folder
    if options.as_json:
        return code
    if code is Exit.HOLDS:
        count = f"{len(entries)} entries have accepted certificates"
        say_verdict([f"current   {count} of today's statements in {folder}/"])
    elif (wrong := codes.count(Exit.FAILS)) > 1:
        say(f"{wrong} of {len(entries)} entries are not current in {folder}/: certify build writes them anew")
    elif code is Exit.NOT_VERIFIED and options.no_verify:
        say(f"stated    {len(entries)} entries have files of today's statements in {folder}/, not verified")
    return code


def _checked(entry: Entry, options: Options) -> tuple[Exit, Row, list[str]]:
    """What comes of an entry's certificate, as a JSON object, and in lines where it is not current."""
    from certify.api import stale

    path = options.folder / f"{entry.name}.json"
    row = {"name": entry.name, "certificate": str(path)}
    why = stale(entry, options.folder)
    if why:
        return Exit.FAILS, {**row, "outcome": "stale", "why": why}, [f"stale     {path}: {why}"]
    if options.no_verify:
        return Exit.NOT_VERIFIED, {**row, "outcome": "stated", "why": "nobody asked the verifier"}, []
    from certify.verification import lines
    from certify.verification import verify as verified
    from certify.verifier.outcome import NotAccepted

    outcome = verified(path)
    if outcome:
        return outcome.exit, {**row, "outcome": "current", "why": None}, []
    word = "rejected" if outcome.exit is Exit.FAILS else "not independently checked"
    why = str(outcome.why) if isinstance(outcome, NotAccepted) else "it refutes the entry"
    return outcome.exit, {**row, "outcome": word, "why": why}, lines(outcome)


def _build(entries: list[Entry], options: Options) -> Exit:
    from certify.api import build as build_all

    codes: list[Exit] = []
    taken = {entry.name: why for entry in entries if (why := _taken(entry, options.folder))}
    for name, why in taken.items():
        codes.append(Exit.USAGE)
        say_verdict([f"error: {why}"], err=True)
        if options.as_json:
            add([{"name": name, "verdict": "error", "error": why}])
    mine = [entry for entry in entries if entry.name not in taken]
    for entry, verdict in build_all(mine, options.folder, verify=not options.no_verify):
        codes.append(verdict.exit)
        is_proved = verdict.exit in (Exit.HOLDS, Exit.NOT_VERIFIED)
        path = options.folder / f"{entry.name}.json"
        if options.as_json:
            add([verdict.as_json(str(path) if is_proved else None)])
        else:
            say_verdict([f"{verdict.word} {path}"] if is_proved else verdict.lines())
    return overall(codes)


def _taken(entry: Entry, folder: Path) -> str | None:
    """Why an entry's file is not replaced: it is a report, or of another entry; one that is stale or
    broken is."""
    from certify.cli.writing import read

    path = folder / f"{entry.name}.json"
    found = read(path) if path.is_file() else None
    if isinstance(found, str):
        return f"{path} {found}: it was not replaced; move it, or take another --output"
    if found is not None and found.spec.name != entry.name:
        return f"{path} is of {found.spec.name}: it was not replaced; move it, or take another --output"
    return None
