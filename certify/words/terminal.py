"""Lines for a terminal: nothing that comes from a file or its name can move the cursor or end a line."""

from __future__ import annotations

import click


def printable(text: object) -> str:
    """The text with every character that is not printable, line ends among them, as an escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in str(text))


def say(line: object = "", *, err: bool = False) -> None:
    """Print one line."""
    click.echo(printable(line), err=err)
