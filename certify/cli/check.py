"""certify check"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from certify.cli import completion
from certify.cli.claims import Texts
from certify.cli.findings import STYLES, row, text_lines
from certify.cli.options import collected
from certify.cli.results import add, as_json
from certify.cli.terminal import say, say_verdict
from certify.language.exits import Exit, overall


@dataclass(frozen=True)
class Options:
    """What `certify check` is given."""

    files: Texts
    style: str
    quiet: bool
    max_seconds: int | None
    rerun: str
    kernels: bool
    as_json: bool

    @property
    def is_text(self) -> bool:
        """Whether the findings are printed for people, one by one."""
        return self.style == "text" and not self.as_json


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE.toml]...", shell_complete=completion.files)
@click.option(
    "--format",
    "style",
    default="text",
    show_default=True,
    type=click.Choice(["text", *STYLES, "json"]),
    help="github annotates a pull request; sarif is for code scanning; json is --json.",
)
@click.option("--quiet", is_flag=True, help="Print what fails only, and the summary.")
@click.option(
    "--max-seconds",
    type=click.IntRange(1, 10**6),
    help="Seconds for one claim that is proved anew.  [default: the configuration's, or 60]",
)
@click.option(
    "--rerun",
    default="some",
    show_default=True,
    type=click.Choice(["some", "all", "none"]),
    help="Blocks of inputs that a report's kernel is run on again, where it is installed.",
)
@click.option(
    "--kernels/--no-kernels", default=True, help="Run the kernels that have a budget.  [default: yes]"
)
@as_json
@collected(Options)
def check(options: Options) -> Exit:
    """Is what ships today what was proved? The one command for continuous integration.

    Of every entry the code is traced as it is, and its statement compared with the certificate's. Where they
    differ the statement of today is proved: a wrong derivative is refuted at a point, and a certificate that
    is out of date is told from it. Then every certificate is verified, and every file among them that is
    none of an entry is named. Nothing is written: certify build does that.

    Without files, all entries that the configuration names ([tool.certify] in pyproject.toml, or
    *.spec.toml); with files their entries only.
    """
    from certify.check import Plan, summary
    from certify.check import check as found
    from certify.configuration import configuration

    project = configuration()
    project.modules_first()
    plan = Plan(project, tuple(map(Path, options.files)), options.max_seconds, options.rerun, options.kernels)
    findings = []
    for finding in found(plan):
        findings.append(finding)
        if options.is_text and not (options.quiet and finding.exit is Exit.HOLDS):
            say_verdict(text_lines(finding))
    if options.as_json or options.style == "json":
        add(map(row, findings))
    elif not options.is_text:
        click.echo(STYLES[options.style](findings))
    say(summary(findings), err=not options.is_text)
    if options.files:
        say(f"the certificates of other entries in {plan.folder}/ were not looked at", err=True)
    return overall(finding.exit for finding in findings)
