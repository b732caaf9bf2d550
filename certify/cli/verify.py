"""certify verify"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from certify.cli.claims import Texts
from certify.cli.options import FOLDER
from certify.cli.terminal import say, say_all
from certify.language.errors import UsageError
from certify.language.exits import Exit, overall

if TYPE_CHECKING:
    from certify.verifier.outcome import Verification


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--jobs", default=1, show_default=True, type=click.IntRange(1, 256), help="Processes.")
@click.option("--refutations", is_flag=True, help="A refutation that holds is no failure.")
@click.option("--quiet", is_flag=True, help="Print what is not accepted only.")
@click.option(
    "--rerun",
    default="some",
    show_default=True,
    type=click.Choice(["some", "all", "none"]),
    help="Blocks of inputs that a report's kernel is run on again, where it is installed.",
)
def verify(paths: Texts, jobs: int, refutations: bool, quiet: bool, rerun: str) -> Exit:
    """Re-verify certificates and reports, files or folders (default: certificates/), one line each.

    Independent of the prover: it loads neither flint nor any code that searches, but to run the kernel
    of a report again. A folder is walked whole, and what is not looked at is named.

    Exit codes: 0 all accepted, 1 one rejected, or a refutation that holds, 2 usage, 4 one
    prover-only, so not independently checked, and none of these.
    """
    from certify.verification import lines
    from certify.verifier.outcome import Accepted

    files, others = _files(paths or (FOLDER,))
    codes = set()
    for outcome in _verified(files, jobs, rerun):
        code = Exit.HOLDS if refutations and isinstance(outcome, Accepted) else outcome.exit
        codes.add(code)
        if code or not quiet:
            say_all(lines(outcome))
    for path in others:
        say(f"not looked at  {path}", err=quiet)
    return overall(codes)


def _verified(files: list[Path], jobs: int, rerun: str) -> Iterator[Verification]:
    from certify.verification import verify as verify_file

    check = partial(verify_file, rerun=rerun)
    if jobs == 1 or len(files) == 1:
        yield from map(check, files)
        return
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(min(jobs, len(files))) as pool:
        yield from pool.map(check, files)


def _files(paths: Texts) -> tuple[list[Path], list[Path]]:
    """The files to verify, and those under the folders that are not looked at."""
    from certify.verifier.outcome import files_under

    files: list[Path] = []
    others: list[Path] = []
    for text in paths:
        path = Path(text)
        if os.path.isdir(path):
            found, beside = files_under(path)
            if not found:
                raise UsageError(f"no certificates (*.json) in {path}")
            files += found
            others += beside
        elif os.path.exists(path):
            files.append(path)
        else:
            raise UsageError(f"no file or folder {path}")
    return files, others
