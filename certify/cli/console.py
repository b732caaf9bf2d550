"""The console script: the commands, and an exit code and a line for every error that a person can cause."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import click

from certify import __version__
from certify.cli.terminal import say, say_all
from certify.language.errors import CertifyError
from certify.language.exits import Exit

LONGEST = 1000  # characters of a message


# Each command: its module, and its name there.
HOMES = {
    "build": ("build", "build"),
    "capture": ("capture", "capture"),
    "derive": ("derive", "derive"),
    "export": ("formal", "export"),
    "formal": ("formal", "formal"),
    "kernel": ("kernel", "kernel"),
    "list": ("show", "list_entries"),
    "prove": ("prove", "prove"),
    "show": ("show", "show"),
    "verify": ("verify", "verify"),
}


class _Commands(click.Group):
    """The commands, each imported when it is asked for; `certify NAME` is `certify prove NAME`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(HOMES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in HOMES:
            return None
        module, name = HOMES[cmd_name]
        command: click.Command = getattr(import_module(f"certify.cli.{module}"), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in HOMES:
            args = ["prove", *args]
        return super().resolve_command(ctx, args)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="certify")
def cli() -> None:
    """Prove that a hand-written derivative is right, or find where it is wrong.

    `certify sigmoid --domain -10,10` is short for `certify prove sigmoid ...`.

    Exit codes: 0 certified or accepted, 1 refuted or rejected, 2 usage, 3 undecided,
    4 proved, but not verified, 130 interrupted.
    """


def main() -> None:
    """The console script."""
    try:
        code = _run()
        sys.stdout.flush()
    except OSError as error:  # the output is closed or full: there is no verdict
        if not isinstance(error, BrokenPipeError):
            say(f"error: {error}", err=True)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left has no reader
        code = Exit.USAGE
    sys.exit(code)


def _run() -> int:
    """The exit code of the command, whose errors are said; an OSError is the output's: see main."""
    try:
        # not cli(): click's own main turns a closed output into exit code 1, which means refuted
        with cli.make_context("certify", sys.argv[1:]) as context:
            return int(cli.invoke(context))
    except SystemExit as stop:
        return Exit.HOLDS if stop.code is None else stop.code if isinstance(stop.code, int) else Exit.USAGE
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except (KeyboardInterrupt, click.Abort) as stop:
        say_all(["interrupted", *getattr(stop, "__notes__", ())], err=True)
        return Exit.INTERRUPTED
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return Exit.USAGE
    except click.ClickException as error:
        say(f"error: {_cut(error.format_message())}", err=True)
        return error.exit_code
    except CertifyError as error:
        say_all([f"error: {_cut(str(error))}", *_notes(error)], err=True)
        return Exit.USAGE
    except OSError:
        raise
    except Exception:  # a defect of certify: it must not look like a verdict
        import traceback

        traceback.print_exc()
        return Exit.DEFECT


def _notes(error: BaseException | None) -> list[str]:
    """What an error shows below its line: its own notes, and those of the errors that it comes from."""
    found: list[str] = []
    while error is not None:
        found += getattr(error, "__notes__", ())
        error = error.__cause__
    return found


def _cut(text: str) -> str:
    """A message cut short: it may hold what a file says."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."
