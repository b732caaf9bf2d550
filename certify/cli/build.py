"""certify build"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from certify.cli import options as common
from certify.cli.claims import Texts, entries_in
from certify.cli.options import FOLDER
from certify.cli.terminal import say, say_all
from certify.language.exits import Exit, overall

if TYPE_CHECKING:
    from certify.catalogue import Entry


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE.toml]...")
@click.option(
    "--check", is_flag=True, help="Write nothing; fail if a certificate is missing, stale or wrong."
)
@click.option("--directory", default=FOLDER, show_default=True, help="Where the certificates are.")
@common.no_verify
def build(files: Texts, check: bool, directory: str, no_verify: bool) -> Exit:
    """Regenerate the certificates of the whole catalogue, or of TOML files.

    The same bytes on every machine.  --check proves nothing anew: it compares each certificate's
    statement with the entry's of today, and verifies its proof.
    """
    action = _check if check else _build
    return action(entries_in(files), Path(directory), verify=not no_verify)


def _check(entries: list[Entry], folder: Path, *, verify: bool) -> Exit:
    codes = [_check_entry(entry, folder, verify=verify) for entry in entries]
    code = overall(codes) if verify else overall([Exit.NOT_VERIFIED, *codes])
    if code is Exit.HOLDS:
        say(f"current   {len(entries)} entries have accepted certificates of today's statements in {folder}/")
    elif code is Exit.NOT_VERIFIED and not verify:
        say(f"stated    {len(entries)} entries have files of today's statements in {folder}/, not verified")
    return code


def _check_entry(entry: Entry, folder: Path, *, verify: bool) -> Exit:
    """What comes of an entry's certificate, which is printed where it is not current."""
    from certify.api import stale

    path = folder / f"{entry.name}.json"
    why = stale(entry, folder)
    if why:
        say(f"stale     {path}: {why}")
        return Exit.FAILS
    if not verify:
        return Exit.NOT_VERIFIED
    from certify.verification import lines
    from certify.verification import verify as verified

    outcome = verified(path)
    if not outcome:
        say_all(lines(outcome))
    return outcome.exit


def _build(entries: list[Entry], folder: Path, *, verify: bool) -> Exit:
    from certify.api import build as build_all

    codes = []
    for entry, verdict in build_all(entries, folder, verify=verify):
        codes.append(verdict.exit)
        if verdict.exit in (Exit.HOLDS, Exit.NOT_VERIFIED):
            say(f"{verdict.word} {folder / (entry.name + '.json')}")
        else:
            say_all(verdict.lines())
    return overall(codes)
