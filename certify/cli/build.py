"""certify build"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from certify.cli import options as common
from certify.cli.claims import Texts, shipped_in
from certify.cli.terminal import say, say_all
from certify.language.exits import Exit, overall

if TYPE_CHECKING:
    from certify.api import Goal


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE.toml]...")
@click.option(
    "--output", "-o", metavar="DIR", help="Where the certificates are.  [default: the configured folder]"
)
@common.no_verify
def build(files: Texts, output: str | None, no_verify: bool) -> Exit:
    """Write the certificate of every entry of the project, or of TOML files.

    Without files, those that the configuration names: `specs` under [tool.certify] in pyproject.toml, or
    every *.spec.toml. The same bytes on every machine. certify check compares and verifies them.
    """
    from certify.configuration import configuration

    folder = configuration().certificates if output is None else Path(output)
    goals = [item.goal() for item in shipped_in(files)]
    return _build(goals, folder, verify=not no_verify)


def _build(goals: list[Goal], folder: Path, *, verify: bool) -> Exit:
    from certify.api import build as build_all

    codes = []
    for goal, verdict in build_all(goals, folder, verify=verify):
        codes.append(verdict.exit)
        if verdict.exit in (Exit.HOLDS, Exit.NOT_VERIFIED):
            say(f"{verdict.word} {folder / (goal.entry.name + '.json')}")
        else:
            say_all(verdict.lines())
    return overall(codes)
