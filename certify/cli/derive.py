"""certify derive"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from certify.cli import completion
from certify.cli import options as common
from certify.cli.claims import Texts, entries_of, inline, spec_of, with_kinks
from certify.cli.options import collected
from certify.cli.results import add, as_json
from certify.cli.terminal import say, say_verdict
from certify.language.errors import UsageError
from certify.language.exits import Exit, overall

if TYPE_CHECKING:
    from certify.catalogue import Entry


@dataclass(frozen=True)
class Options:
    """What `certify derive` is given."""

    targets: Texts
    function: str | None
    domains: Texts
    parameters: Texts
    kinks: Texts
    tol: str
    as_json: bool


@click.command()
@click.argument("targets", nargs=-1, metavar="NAME|FILE.toml[:NAME]...", shell_complete=completion.targets)
@click.option("--function", metavar="F", help="A formula in x, in the place of a target.")
@click.option(
    "--domain",
    "domains",
    multiple=True,
    metavar="LO,HI",
    help="Interval, also -inf,inf or '(0,inf)'; repeat for a union.",
)
@click.option("--param", "parameters", multiple=True, metavar="NAME=VALUE", help="A value, a range, or any.")
@common.kinks
@click.option("--tol", default="1e-30", metavar="T", show_default=True, help="Absolute tolerance; 0: f' = s.")
@as_json
@collected(Options)
def derive(options: Options) -> Exit:
    """Print the derivative of functions by rule, then the verdict on it; writes no file."""
    from certify.api import prove
    from certify.language.printer import print_term

    codes = []
    for entry in map(_differentiated, _entries(options)):
        claimed = with_kinks(entry, options.kinks)
        verdict = prove(claimed, spec_of(claimed, options.domains, options.parameters, options.tol, "0"))
        derivative = print_term(claimed.derivative)
        if options.as_json:
            add([{"derivative": derivative, **verdict.as_json(None)}])
        else:
            say(derivative)
            say_verdict(verdict.lines())
        codes.append(verdict.exit)
    return overall(codes)


def _entries(options: Options) -> list[Entry]:
    if (options.function is None) != bool(options.targets):
        raise UsageError("derive needs names or files, or --function F")
    if options.function is None:
        return entries_of(options.targets)
    return [inline("f", options.function, "0", options.parameters)]


def _differentiated(entry: Entry) -> Entry:
    """The entry with the derivative by rule, and no kinks stated."""
    from certify.language.terms import check_size
    from certify.notation.derive import derive as by_rule

    derivative = by_rule(entry.function)
    check_size(derivative)
    return replace(entry, derivative=derivative, kinks={})
