"""What --json prints: one list, of the results in their order, and of the error that ended the command.

`output.schema.json` beside this file says what is in the objects of each command.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import click

from certify.language.printer import printable

Row = Mapping[str, Any]  # a JSON object

as_json = click.option("--json", "as_json", is_flag=True, help="Print the results as a JSON list.")


@dataclass
class Results:
    """The rows of a command, which are printed when it ends.

    asked  whether they are, which --json says even where the other arguments cannot be read
    """

    rows: list[Row] = field(default_factory=list)
    asked: bool = field(default_factory=lambda: "--json" in sys.argv[1:])

    def print(self, error: str | None = None) -> None:
        """Print the list, with what ended the command as its last object; nothing where nobody asked."""
        if self.asked:
            rows = [*self.rows, *([] if error is None else [{"error": printable(error)}])]
            click.echo(json.dumps(rows, indent=2))


def add(rows: Iterable[Row]) -> None:
    """Put rows among the results of the command that runs."""
    results = click.get_current_context().find_object(Results)
    if results is not None:
        results.rows += rows
        results.asked = True
