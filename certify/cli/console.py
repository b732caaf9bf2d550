"""The console script: the commands, and an exit code and a line for every error that a person can cause."""

from __future__ import annotations

import atexit
import os
import sys
from importlib import import_module

import click
from click.shell_completion import CompletionItem

from certify import __version__
from certify.cli import completion
from certify.cli.guide import guided
from certify.cli.results import Results
from certify.cli.terminal import say, say_verdict
from certify.language.errors import CertifyError
from certify.language.exits import Exit

LONGEST = 1000  # characters of a message


# Each command: its module, and its name there.
HOMES = {
    "build": ("build", "build"),
    "capture": ("capture", "capture"),
    "check": ("check", "check"),
    "derive": ("derive", "derive"),
    "export": ("formal", "export"),
    "formal": ("formal", "formal"),
    "init": ("init", "init"),
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
        return guided(cmd_name, getattr(import_module(f"certify.cli.{module}"), name))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        commands = [CompletionItem(name) for name in HOMES if name.startswith(incomplete)]
        entries = completion.targets(ctx, None, incomplete)
        return commands + [item for item in entries if item.type == "plain" or not commands]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in HOMES:
            args = ["prove", *args]
        return super().resolve_command(ctx, args)


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 certified or accepted, 1 refuted or rejected, 2 usage, 3 undecided, 4 proved, but "
    "not verified, 130 interrupted.\n\nExample: certify sigmoid --domain -10,10",
)
@click.version_option(__version__, prog_name="certify")
def cli() -> None:
    """Prove that a hand-written derivative is right, or find where it is wrong.

    `certify sigmoid --domain -10,10` is short for `certify prove sigmoid ...`.  With --json a command prints
    its results as a JSON list, whose schema is certify/cli/output.schema.json.
    """


def main() -> None:
    """The console script."""
    if sys.stdout is None or sys.stderr is None:  # closed: nobody would read a verdict
        sys.exit(Exit.USAGE)
    try:
        asked = completion.complete(cli) if completion.VARIABLE in os.environ else None
        code = _run() if asked is None else asked
        sys.stdout.flush()
    except OSError as error:  # the output is closed or full: there is no verdict
        if not isinstance(error, BrokenPipeError):
            say(f"error: {error}", err=True)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left has no reader
        code = Exit.USAGE
    if code:
        atexit.register(_insist_on, code)  # the last that is registered is the first that runs
    sys.exit(code)


def _insist_on(code: int) -> None:
    """Let what modules of a user registered for the end of the process, such as os._exit(0), end it with
    this code."""
    leave = os._exit
    os._exit = lambda status: leave(status or code)


def _run() -> int:
    """The exit code of the command, whose results and errors are said; an OSError is the output's."""
    results = Results()
    try:
        # not cli(): click's own main turns a closed output into exit code 1, which means refuted
        with cli.make_context("certify", sys.argv[1:], obj=results) as context:
            code = int(cli.invoke(context))
    except SystemExit as stop:
        return Exit.HOLDS if stop.code is None else stop.code if isinstance(stop.code, int) else Exit.USAGE
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except OSError:
        raise
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return Exit.USAGE
    except (KeyboardInterrupt, click.Abort, click.ClickException, CertifyError) as error:
        from certify.notation.place import notes_of

        code, said = _said(error)
        say_verdict([said, *notes_of(error)], err=True)
        results.print(said.removeprefix("error: "))
        return code
    except Exception as error:  # a defect of certify: it must not look like a verdict
        import traceback

        traceback.print_exc()
        results.print(f"a defect of certify: {type(error).__name__}")
        return Exit.DEFECT
    results.print()
    return code


def _said(error: BaseException) -> tuple[int, str]:
    """The exit code of what ended a command, and the line that is said of it."""
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return Exit.INTERRUPTED, "interrupted"
    if isinstance(error, click.ClickException):
        return error.exit_code, f"error: {_cut(error.format_message())}"
    return Exit.USAGE, f"error: {_cut(str(error))}"


def _cut(text: str) -> str:
    """A message cut short: it may hold what a file says."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."
