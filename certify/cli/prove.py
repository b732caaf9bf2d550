"""certify prove"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from certify.cli import options as common
from certify.cli.claims import Texts, inline, shipped_of, spec_of, with_kinks
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
    name: str
    domains: Texts
    parameters: Texts
    kinks: Texts
    tol: str | None
    rtol: str | None
    max_bits: int | None


@click.command()
@click.argument("targets", nargs=-1, metavar="NAME|FILE.toml[:NAME]...")
@click.option("--function", metavar="F", help="A formula in x, in the place of a target.")
@click.option("--derivative", metavar="S", help="Its claimed derivative, in x and y, the value of F.")
@click.option("--name", default="f", metavar="NAME", show_default=True, help="A name for --function.")
@click.option(
    "--domain", "domains", multiple=True, metavar="LO,HI", help="Interval; repeat for a union; -inf,inf."
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
    certificates/NAME.refuted.json, unless --output says otherwise.
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
    if f is None or s is None:
        return shipped_of(options.targets)
    from certify.shipped import Shipped

    return [Shipped(inline(options.name, f, s, options.parameters))]
