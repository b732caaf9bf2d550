"""What several commands take, and how a command gets its options: as one record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

import click

from certify.cli.results import as_json
from certify.language.errors import UsageError
from certify.language.exits import Exit

FOLDER = "certificates"
OPTIONS = TypeVar("OPTIONS")
COMMAND = TypeVar("COMMAND", bound=Callable[..., Exit])


def collected(kind: type[OPTIONS]) -> Callable[[Callable[[OPTIONS], Exit]], Callable[..., Exit]]:
    """Call a command with one record of its arguments and options, whose fields have their names."""

    def decorate(command: Callable[[OPTIONS], Exit]) -> Callable[..., Exit]:
        @wraps(command)
        def call(**options: Any) -> Exit:
            return command(kind(**options))

        return call

    return decorate


kinks = click.option(
    "--kink",
    "kinks",
    multiple=True,
    metavar="AT=WHAT",
    help="At a kink of f: the value that s has there; or jump or open, which excepts it.",
)
no_verify = click.option(
    "--no-verify", is_flag=True, help="Leave the verifier out; then nothing is certified."
)


_REPORTING = (
    no_verify,
    click.option(
        "--max-seconds",
        default=60,
        show_default=True,
        type=click.IntRange(1, 10**6),
        help="Seconds for one claim; beyond them it is undecided.",
    ),
    click.option(
        "-o", "--output", metavar="PATH", help="A file, or a folder with / at its end; - is stdout."
    ),
    click.option("--replace", is_flag=True, help="Replace a file that states something else."),
    as_json,
    click.option("--quiet", is_flag=True, help="Print nothing but errors."),
)


def reporting(command: COMMAND) -> COMMAND:
    """The options of `Reporting`."""
    for option in reversed(_REPORTING):
        command = option(command)
    return command


@dataclass(frozen=True)
class Reporting:
    """How long a proof may take, who verifies it, and where certificates and verdicts go; UsageError where
    both want standard output."""

    no_verify: bool
    max_seconds: int
    output: str | None
    replace: bool
    as_json: bool
    quiet: bool

    def __post_init__(self) -> None:
        if self.output == "":
            raise UsageError("--output is empty")
        if self.as_json and self.to_stdout:
            raise UsageError("--json and --output - both want standard output")

    @property
    def to_stdout(self) -> bool:
        """Whether standard output takes the certificate, and standard error the words."""
        return self.output == "-"

    @property
    def in_words(self) -> bool:
        """Whether the verdicts are printed for people."""
        return not (self.quiet or self.as_json)
