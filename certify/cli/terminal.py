"""Lines and tables for a terminal: nothing that comes from a file or its name can move the cursor or end a
line."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

import click

from certify.language.printer import printable

COLOURS = {
    "certified": "green",
    "refuted": "red",
    "undecided": "yellow",
    "proved, not verified": "yellow",
    "unproved": "yellow",
}


def say(line: object = "", *, err: bool = False) -> None:
    """Print one line."""
    click.echo(printable(line), err=err)


def say_all(lines: Iterable[str], *, err: bool = False) -> None:
    """Print some lines."""
    for line in lines:
        say(line, err=err)


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

    table = Table(box=SIMPLE, pad_edge=False)
    for column in header:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(cell), style=COLOURS.get(cell, "")) for cell in row))
    Console().print(table)
