"""The command line: one file for each group of commands, each parse, call, print, exit code.

Exit codes are those of `certify.language.exits`.  Everything is imported where it is used, so that a command
loads only the libraries of its own side.
"""

from certify.cli.console import main

__all__ = ["main"]
