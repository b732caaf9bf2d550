"""certify verify"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from certify.cli import completion
from certify.cli.claims import Texts
from certify.cli.options import FOLDER
from certify.cli.results import add, as_json
from certify.cli.terminal import say, say_verdict
from certify.language.errors import UsageError
from certify.language.exits import Exit, overall

if TYPE_CHECKING:
    from certify.verifier.outcome import Verification


WORDS = ("accepted", "refuted", "rejected", "not independently checked")


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...", shell_complete=completion.files)
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
@as_json
def verify(paths: Texts, jobs: int, refutations: bool, quiet: bool, rerun: str, as_json: bool) -> Exit:
    """Re-verify certificates and reports, files or folders (default: certificates/), one line each, what is
    not accepted last.

    Independent of the prover: it loads neither flint nor any code that searches, but to run the kernel
    of a report again. A folder is walked whole, and what is not looked at is named.
    """
    from certify.verifier.outcome import Accepted

    files, others = _files(paths or (FOLDER,))
    failed: list[Verification] = []
    counts = dict.fromkeys(WORDS, 0)
    codes = set()
    try:
        for outcome in _verified(files, jobs, rerun):
            code = Exit.HOLDS if refutations and isinstance(outcome, Accepted) else outcome.exit
            codes.add(code)
            counts[_word(outcome)] += 1
            if as_json:
                add([_row(outcome)])
            elif code:
                failed.append(outcome)
            elif not quiet:
                _say(outcome)
        if as_json:
            add({"file": str(path), "outcome": "not looked at"} for path in others)
            return overall(codes)
        for path in others:
            say(f"not looked at  {path}", err=quiet)
    finally:  # what was found by then, where somebody stops it
        for outcome in failed:
            _say(outcome)
    if len(files) > 1 and not quiet:
        say(_summary(counts, len(others)))
    return overall(codes)


def _say(outcome: Verification) -> None:
    from certify.verification import lines

    say_verdict(lines(outcome))


def _word(outcome: Verification) -> str:
    """What comes of a file, one of WORDS."""
    from certify.verifier.outcome import NotAccepted

    if isinstance(outcome, NotAccepted):
        return "rejected" if outcome.exit == Exit.FAILS else "not independently checked"
    return "refuted" if outcome.refutes else "accepted"


def _summary(counts: Mapping[str, int], others: int) -> str:
    """57 accepted, 1 rejected; 2 files not looked at"""
    said = ", ".join(f"{number} {word}" for word, number in counts.items() if number)
    files = f"{others} file{'s' if others > 1 else ''}"
    return f"{said}; {files} not looked at" if others else said


def _row(outcome: Verification) -> dict[str, Any]:
    """What comes of a file, as a JSON object."""
    from certify.certificate.enclosure import Certificate, statement_of
    from certify.verification import lines
    from certify.verifier.outcome import NotAccepted
    from certify.words.claims import claims

    row = {"file": str(outcome.path), "outcome": _word(outcome), "seconds": round(outcome.seconds, 6)}
    if isinstance(outcome, NotAccepted):
        return {**row, "why": str(outcome.why)}
    subject = outcome.subject
    if isinstance(subject, Certificate):
        return {**row, "claims": claims(subject), "statement": statement_of(subject)}
    _, *rest = lines(outcome)
    return {**row, "claims": [line.strip() for line in rest], "program": dict(subject.program)}


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
