"""certify export, certify formal: theorems for Coq, written and checked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click

from certify.cli import completion
from certify.cli.claims import Texts
from certify.cli.options import FOLDER
from certify.cli.results import add, as_json
from certify.cli.terminal import say, say_table, say_verdict
from certify.language.errors import UsageError
from certify.language.exits import Exit, overall

if TYPE_CHECKING:
    from certify.formal.coq import CoqReport
    from certify.formal.expression import NotExported
    from certify.formal.theorem import Theorem

    Found = Sequence[tuple[str, Theorem | NotExported]]  # by name

HEADER = ("verdict", "theorem", "time", "claim, or what stands in the way")
EXITS = {"accepted": Exit.HOLDS, "rejected": Exit.FAILS}  # any other word is undecided


@click.command()
@click.argument(
    "targets",
    nargs=-1,
    required=True,
    metavar="NAME|FILE.toml[:NAME]|CERTIFICATE...",
    shell_complete=completion.targets,
)
@click.option("--to", "language", type=click.Choice(["coq"]), default="coq", show_default=True)
@click.option("-o", "--output", default="coq", metavar="DIR", show_default=True, help="Where the files go.")
@as_json
def export(targets: Texts, language: str, output: str, as_json: bool) -> Exit:
    """Write theorems for the proof assistant Coq, NAME.v each, and the prelude they share.

    The exact theorem where there is an identity; else the tolerance, or the counterexample.
    """
    from certify.certificate.files import write_whole
    from certify.formal.coq import preludes, requires
    from certify.formal.source import theorems
    from certify.formal.theorem import Theorem, write_file

    if output == "":
        raise UsageError("--output is empty")
    found = theorems(targets)
    stated = _stated(found)
    folder = Path(output)
    for name, text in (preludes(stated) if stated else {}).items():
        write_whole(folder / f"{name}.v", text.encode())
    for name, theorem in found:
        row: dict[str, str | None] = {
            "name": name,
            "outcome": "undecided",
            "file": None,
            "claim": None,
            "why": None,
        }
        if isinstance(theorem, Theorem):
            path = folder / f"{theorem.name}.v"
            write_whole(path, write_file(theorem, requires(theorem)).encode())
            row |= {"outcome": "written", "file": str(path), "claim": theorem.claim}
        else:
            row |= {"why": str(theorem)}
        if as_json:
            add([row])
        elif isinstance(theorem, Theorem):
            say(f"written   {row['file']}: {theorem.claim}")
        else:
            say_verdict([f"undecided {name}: {theorem}"])
    return Exit.HOLDS if len(stated) == len(found) else Exit.UNDECIDED


@click.command()
@click.argument(
    "targets",
    nargs=-1,
    metavar="[NAME|FILE.toml[:NAME]|CERTIFICATE]...",
    shell_complete=completion.targets,
)
@click.option("--record", is_flag=True, help="Put what is accepted on record in certificates/.")
@click.option(
    "--timeout",
    default=120,
    show_default=True,
    type=click.IntRange(1, 10**6),
    help="Seconds for one run of coqc.",
)
@as_json
def formal(targets: Texts, record: bool, timeout: int, as_json: bool) -> Exit:
    """Have coqc check the theorems of entries or certificates (default: the whole catalogue).

    Rejected is a theorem whose statement does not type-check or that assumes more than it may;
    unproved is one that the tactics do not prove, true as it may be.
    """
    from certify.formal.coq import Unavailable, check
    from certify.formal.record import write as write_record
    from certify.formal.source import theorems

    found = theorems(targets)
    stated = _stated(found)
    begun = perf_counter()
    try:
        reports = check(stated, timeout)
    except Unavailable as why:
        say_verdict([f"undecided: {why}"], err=True)
        if as_json:
            add([{"error": str(why)}])
        return Exit.UNDECIDED
    seconds = perf_counter() - begun
    rows = _rows(found, stated, reports)
    if as_json:
        add(rows)
    else:
        say_table(HEADER, [_cells(row) for row in rows])
        for theorem in stated:
            for remark in theorem.remarks:
                say(f"  {theorem.statement.theorem}: {remark}")
        _say_assumptions(reports, seconds)
    if record:
        pairs = zip(stated, reports, strict=True)
        path = write_record(Path(FOLDER), [(t, r) for t, r in pairs if r.verdict == "accepted"])
        if not as_json:
            say(f"recorded  {path}")
    return overall(EXITS.get(row["verdict"], Exit.UNDECIDED) for row in rows)


def _stated(found: Found) -> list[Theorem]:
    from certify.formal.theorem import Theorem

    return [theorem for _, theorem in found if isinstance(theorem, Theorem)]


def _rows(found: Found, stated: list[Theorem], reports: list[CoqReport]) -> list[dict[str, Any]]:
    """What comes of each theorem, then of what could not be stated, as JSON objects."""
    from certify.formal.expression import NotExported

    rows = [
        {
            "verdict": report.verdict,
            "theorem": theorem.statement.theorem,
            "seconds": round(report.seconds, 6),
            "claim": theorem.claim,
            "why": report.why or None,
            "assumptions": sorted(report.assumptions),
            "remarks": list(theorem.remarks),
        }
        for theorem, report in zip(stated, reports, strict=True)
    ]
    return rows + [
        {
            "verdict": "undecided",
            "theorem": name,
            "seconds": None,
            "claim": None,
            "why": str(why),
            "assumptions": [],
            "remarks": [],
        }
        for name, why in found
        if isinstance(why, NotExported)
    ]


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    """A row of the table, under HEADER."""
    spent = "" if row["seconds"] is None else f"{row['seconds']:.2f} s"
    return row["verdict"], row["theorem"], spent, row["why"] or row["claim"]


def _say_assumptions(reports: list[CoqReport], seconds: float) -> None:
    from certify.formal.coq import CLASSICAL
    from certify.words.claims import count

    accepted = [report for report in reports if report.verdict == "accepted"]
    found = frozenset[str]().union(*(report.assumptions for report in accepted))
    if not accepted:
        return
    say()
    say(f"{count(len(accepted), 'theorem')} accepted in {seconds:.1f} s, assuming")
    for name in sorted(found & CLASSICAL):
        say(f"  {name}")
    for prefix in sorted({name.partition(".")[0] for name in found - CLASSICAL}):
        size = sum(name.startswith(f"{prefix}.") for name in found)
        say(f"  {prefix}: {size} on the kernel's machine numbers (proofs by CoqInterval)")
