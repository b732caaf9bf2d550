"""certify prove"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from certify.cli import options as common
from certify.cli.claims import Texts, entries_of, inline, spec_of, with_kinks
from certify.cli.options import Reporting, collected, reporting
from certify.cli.verdicts import conclude
from certify.language.errors import UsageError
from certify.language.exits import Exit

if TYPE_CHECKING:
    from certify.api import Goal
    from certify.catalogue import Entry


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
    tol: str
    rtol: str
    max_bits: int | None


@click.command()
@click.argument("targets", nargs=-1, metavar="NAME|FILE.toml[:NAME]...")
@click.option("--function", metavar="F", help="A formula in x, in the place of a target.")
@click.option("--derivative", metavar="S", help="Its claimed derivative, in x and y, the value of F.")
@click.option("--name", default="f", metavar="NAME", show_default=True, help="A name for --function.")
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
    "--tol", default="1e-30", metavar="T", show_default=True, help="Absolute tolerance; 0 for f' = s."
)
@click.option("--rtol", default="0", metavar="T", show_default=True, help="Relative tolerance.")
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
    from certify.api import ANY_TOLERANCE, Goal

    automatic = options.tol == "auto"
    tol = "0" if automatic else options.tol
    entries = [with_kinks(entry, options.kinks) for entry in _entries(options)]
    specs = [spec_of(entry, options.domains, options.parameters, tol, options.rtol) for entry in entries]
    for i, entry in enumerate(entries):
        if entry.name in (other.name for other in entries[:i]):
            raise UsageError(f"two of the entries are named {entry.name!r}: each writes a file of its name")
    among = ANY_TOLERANCE if automatic else None
    return [Goal(entry, spec, among) for entry, spec in zip(entries, specs, strict=True)]


def _entries(options: Options) -> list[Entry]:
    f, s = options.function, options.derivative
    if (f is None) != (s is None) or (f is None) != bool(options.targets):
        raise UsageError("prove needs names or files, or --function F and --derivative S")
    if f is None or s is None:
        return entries_of(options.targets)
    return [inline(options.name, f, s, options.parameters)]
