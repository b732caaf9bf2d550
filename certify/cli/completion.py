"""Completion in bash, zsh and fish: commands and options by click, and here the names of entries.

`eval "$(_CERTIFY_COMPLETE=bash_source certify)"` sets it up in bash.  A TOML file is read as data: nothing of
it is parsed as a formula, and a file that cannot be read has no names.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from glob import escape, glob
from pathlib import Path

import click
from click.shell_completion import BashComplete, CompletionItem, add_completion_class, shell_complete

VARIABLE = "_CERTIFY_COMPLETE"
CATALOGUE = Path(__file__).parent.parent / "catalogue"
MAX_FILE = 2**20  # bytes of a TOML file


def complete(cli: click.Command) -> int | None:
    """The exit code of what a shell asks for; None where it is no shell that asks."""
    asked = os.environ.get(VARIABLE)
    if not asked:
        return None
    add_completion_class(_Bash)
    return shell_complete(cli, {}, "certify", VARIABLE, asked)


class _Bash(BashComplete):
    """bash breaks words at colons: FILE.toml:NAME is three to it, of which it puts the last in place."""

    @staticmethod
    def _check_version() -> None:
        """Starts no other bash to ask for its version, as click does."""

    def get_completion_args(self) -> tuple[list[str], str]:
        args, incomplete = super().get_completion_args()
        if incomplete == ":":
            args, incomplete = [*args, ":"], ""
        while len(args) > 1 and args[-1] == ":":
            incomplete = f"{args[-2]}:{incomplete}"
            args = args[:-2]
        return args, incomplete

    def format_completion(self, item: CompletionItem[str]) -> str:
        return f"{item.type},{item.value.rpartition(':')[2]}"


def targets(
    context: click.Context, parameter: click.Parameter | None, incomplete: str
) -> list[CompletionItem[str]]:
    """Entries of the catalogue, TOML files and the entries in them; files where none of these begins so."""
    file, colon, _ = incomplete.rpartition(":")
    if colon:
        found = [f"{file}:{name}" for name in _names([Path(file)])]
    else:
        found = [*catalogue(), *_toml_files(incomplete)]
    begun = [CompletionItem(text) for text in found if text.startswith(incomplete)]
    return begun or [CompletionItem(incomplete, type="file")]


def files(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """The shell's own completion of paths."""
    return [CompletionItem(incomplete, type="file")]


def catalogue() -> list[str]:
    """The names of the catalogue's entries."""
    return _names(sorted(CATALOGUE.glob("*.toml")))


def _toml_files(incomplete: str) -> list[str]:
    return sorted(glob(f"{escape(incomplete)}*.toml")) if not incomplete.startswith("-") else []


def _names(paths: Iterable[Path]) -> list[str]:
    """The names of the entries in TOML files."""
    import tomllib

    found = []
    for path in paths:
        try:
            tables = tomllib.loads(path.read_bytes()[:MAX_FILE].decode())
        except (OSError, ValueError, RecursionError):
            continue
        for name, table in tables.items():
            found.append(name)
            if isinstance(table, dict) and "second" in table:
                found.append(f"{name}.second")
    return [name for name in found if name.isprintable() and not set(name) & set(" :\"'\\$`,")]
