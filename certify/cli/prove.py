"""certify prove"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from certify.cli import options as common
from certify.cli.claims import Texts, inline, shipped_of, spec_of, with_kinks
from certify.cli.completion import targets
from certify.cli.options import Reporting, collected, reporting
from certify.cli.verdicts import conclude
from certify.language.errors import UsageError
from certify.language.exits import Exit

if TYPE_CHECKING:
    from certify.api import Goal
    from certify.shipped import Shipped


@dataclass(frozen=True)
class Options(Reporting):
    """What `certify prove` is given."""

    targets: Texts
    function: str | None
    derivative: str | None
    name: str | None
    domains: Texts
    parameters: Texts
    kinks: Texts
    tol: str | None
    rtol: str | None
    max_bits: int | None


@click.command()
@click.argument("targets", nargs=-1, metavar="NAME|FILE.toml[:NAME]...", shell_complete=targets)
@click.option("--function", metavar="F", help="A formula in x, in the place of a target.")
@click.option("--derivative", metavar="S", help="Its claimed derivative, in x and y, the value of F.")
@click.option("--name", metavar="NAME", help="A name for what is proved.  [default: the target's, or f]")
@click.option(
    "--domain",
    "domains",
    multiple=True,
    metavar="LO,HI",
    help="Interval; repeat for a union; -inf,inf; '(0,inf)' with an open end.",
)
@click.option(
    "--param",
    "parameters",
    multiple=True,
    metavar="NAME=VALUE",
    help="Value of a parameter; NAME=any for all of them.",
)
@common.kinks
@click.option(
    "--tol",
    metavar="T",
    help="Absolute tolerance; 0 for f' = s; auto for the least.  [default: the entry's, or 1e-30]",
)
@click.option("--rtol", metavar="T", help="Relative tolerance.  [default: the entry's, or 0]")
@click.option(
    "--max-bits",
    default=None,
    type=click.IntRange(64, 2**15),
    help="Most bits of precision.  [default: 16384]",
)
@reporting
@collected(Options)
def prove(options: Options) -> Exit:
    """Prove or refute entries of the catalogue or of a TOML file, or a formula and its derivative.

    The certificate goes to certificates/NAME.json, a refutation to
    certificates/NAME.refuted.json, unless --output says otherwise. A file there that states something
    else stays, unless --replace says otherwise.
    """
    from certify.api import MAX_PRECISION

    return conclude(_goals(options), options, options.max_bits or MAX_PRECISION)


def _goals(options: Options) -> list[Goal]:
    goals = [_goal(item, options) for item in _entries(options)]
    names = [goal.entry.name for goal in goals]
    for i, name in enumerate(names):
        if name in names[:i]:
            raise UsageError(f"two of the entries are named {name!r}: each writes a file of its name")
    return goals


def _goal(item: Shipped, options: Options) -> Goal:
    from certify.api import ANY_TOLERANCE, Goal

    entry = with_kinks(item.entry, options.kinks)
    given, rtol = options.tol, options.rtol
    tol = "0" if given == "auto" else given
    spec = spec_of(entry, options.domains, options.parameters, tol, rtol)
    if given == "auto":
        return Goal(entry, spec, ANY_TOLERANCE)
    return item._replace(entry=entry, automatic=item.automatic and given is rtol is None).goal(spec)


def _entries(options: Options) -> list[Shipped]:
    f, s = options.function, options.derivative
    if (f is None) != (s is None) or (f is None) != bool(options.targets):
        raise UsageError("prove needs names or files, or --function F and --derivative S")
    if f is not None and s is not None:
        from certify.shipped import Shipped

        return [Shipped(inline(options.name or "f", f, s, options.parameters))]
    entries = shipped_of(options.targets)
    return entries if options.name is None else [_named(entries, options.name)]


def _named(entries: list[Shipped], name: str) -> Shipped:
    """The one entry under another name."""
    from certify.certificate.enclosure import is_name

    if len(entries) > 1:
        raise UsageError(f"--name {name}: it names one certificate, the targets are {len(entries)} entries")
    if not is_name(name):
        raise UsageError(f"--name {name!r}: a letter, then letters, digits, . _ -")
    return entries[0]._replace(entry=replace(entries[0].entry, name=name))
