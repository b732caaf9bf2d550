"""Lines and tables for a terminal: nothing that comes from a file or its name can move the cursor or end a
line.  Colour is for a terminal only, and not where NO_COLOR or TERM=dumb asks for none.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence

import click

from certify.language.printer import printable

COLOURS = {
    "certified": "green",
    "accepted": "green",
    "current": "green",
    "refuted": "red",
    "rejected": "red",
    "stale": "red",
    "error": "red",
    "undecided": "yellow",
    "proved, not verified": "yellow",
    "not independently checked": "yellow",
    "not verified": "yellow",
    "unproved": "yellow",
}


_BESIDE = 2  # columns of a terminal that a column of a table takes beside its cells


def say(line: object = "", *, err: bool = False) -> None:
    """Print one line."""
    click.echo(printable(line), err=err)


def say_all(lines: Iterable[str], *, err: bool = False) -> None:
    """Print some lines."""
    for line in lines:
        say(line, err=err)


def say_verdict(lines: Sequence[str], *, err: bool = False) -> None:
    """Print some lines, of which the first begins with a verdict's word, in its colour."""
    first, *rest = lines
    click.echo(_coloured(printable(first), err=err), err=err)
    say_all(rest, err=err)


def _coloured(line: str, *, err: bool) -> str:
    """The line, with the verdict that it begins with in colour where there is some."""
    stream = sys.stderr if err else sys.stdout
    if not stream.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return line
    word = max((word for word in COLOURS if line.startswith(word)), key=len, default="")
    return click.style(word, COLOURS[word]) + line.removeprefix(word) if word else line


def say_table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """Print a table fitted to the terminal; plain columns where there is none."""
    if not sys.stdout.isatty():
        widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
        for row in (header, *rows):
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            say("  ".join(cells).rstrip())
        return
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    table = Table(box=SIMPLE, pad_edge=False, padding=(0, 1), collapse_padding=True)
    for column, width in zip(header, _widths(header, rows, console.width), strict=True):
        table.add_column(column, overflow="fold", width=width)
    for row in rows:
        table.add_row(*(Text(printable(cell), style=COLOURS.get(cell, "")) for cell in row))
    console.print(table)


def _widths(header: tuple[str, ...], rows: Sequence[tuple[str, ...]], width: int) -> list[int | None]:
    """The widths of columns of which the longest of words takes what the others leave of a terminal's
    width; None for each where that is too little."""
    columns = list(zip(header, *rows, strict=True))
    whole = [max(len(printable(cell)) for cell in column) for column in columns]
    wordy = [any(" " in cell for cell in column) * size for size, column in zip(whole, columns, strict=True)]
    widest = wordy.index(max(wordy))
    left = width - _BESIDE * len(header) - sum(whole) + whole[widest]
    if left < max(len(word) for word in header[widest].split()):
        return [None] * len(header)
    return [min(size, left) if i == widest else size for i, size in enumerate(whole)]
