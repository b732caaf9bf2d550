"""Lines for a terminal: nothing that comes from a file or its name can move the cursor or end a line."""

from __future__ import annotations

import click

from certify.language.printer import printable

__all__ = ["printable", "say"]


def say(line: object = "", *, err: bool = False) -> None:
    """Print one line."""
    click.echo(printable(line), err=err)
