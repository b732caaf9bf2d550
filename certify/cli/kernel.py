"""certify kernel"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from certify.cli.claims import Texts, entries_of
from certify.cli.options import FOLDER, collected
from certify.cli.progress import inputs
from certify.cli.results import add
from certify.cli.terminal import say, say_all, say_table
from certify.configuration import Configuration
from certify.language.errors import CertifyError, UsageError
from certify.language.exits import Exit, overall

if TYPE_CHECKING:
    from certify.catalogue import Entry
    from certify.kernels.budget import Budget
    from certify.kernels.measurement import Measured, Measurement
    from certify.kernels.tables import Result

# What --fail-on calls the counts of a budget.
FAIL_ON = {
    "nan": "nan",
    "zero": "zero",
    "sign": "wrong_sign",
    "inf": "infinite",
    "monotone": "not_monotone",
    "above1": "above_1",
}


@dataclass(frozen=True)
class Options:
    """What `certify kernel` is given."""

    targets: Texts
    everything: str | None
    dtype: str
    against: str | None
    keywords: Texts
    backward: str | None
    within: str | None
    max_ulp: str | None
    fail_on: str | None
    baselines: Texts
    jobs: int | None
    dask: str | None
    resume: bool
    output: str
    style: str
    as_json: bool


@click.command()
@click.argument("targets", nargs=-1, metavar="torch:NAME|jax:NAME|MODULE:FUNCTION...")
@click.option("--all", "everything", type=click.Choice(["torch", "jax"]), help="Every kernel of a framework.")
@click.option(
    "--dtype", default="bfloat16", show_default=True, metavar="T[,T]", help="bfloat16, float16, float32."
)
@click.option("--against", metavar="NAME|FILE.toml:NAME", help="The function that it should differentiate.")
@click.option(
    "--with",
    "keywords",
    multiple=True,
    metavar="NAME=VALUE",
    help="A keyword argument of it, and the value of the function's parameter of that name.",
)
@click.option("--backward", metavar="MODULE:FUNCTION", help="A function of x that computes the derivative.")
@click.option("--range", "within", metavar="LO,HI", help="Only inputs in this interval.")
@click.option("--max-ulp", metavar="T", help="Fail where an error is more than T ULP, NaN or infinite.")
@click.option(
    "--fail-on", metavar="WHAT[,WHAT]", help=f"Fail where an output is one of {', '.join(FAIL_ON)}."
)
@click.option(
    "--baseline",
    "baselines",
    multiple=True,
    metavar="REPORT",
    help="Fail where a figure is worse than there.",
)
@click.option("--jobs", default=None, type=click.IntRange(1, 256), help="Processes.  [default: one a core]")
@click.option("--dask", metavar="ADDRESS", help="A Dask scheduler to run on, tcp://...")
@click.option("--resume", is_flag=True, help="Go on with a run that was interrupted.")
@click.option(
    "-o", "--output", default=f"{FOLDER}/kernels", show_default=True, metavar="DIR", help="For the reports."
)
@click.option(
    "--format",
    "style",
    default="text",
    show_default=True,
    type=click.Choice(["text", "csv", "json", "markdown"]),
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@collected(Options)
def kernel(options: Options) -> Exit:
    """Compare a framework's derivative kernel with the true derivative on every finite input.

    Exhaustive for 16- and 32-bit types. The truth is enclosed with proved bounds; each report goes to
    --output as JSON, and certify verify checks its witnesses again.

    --max-ulp, --fail-on and --baseline are a budget: exit code 1, and a line that says what and where, if it
    is not kept. An input that the run left undecided is over every budget. Without one the exit code is 0
    whatever the figures are.
    """
    from certify.capture.target import require

    Configuration(Path()).modules_first()
    require("numpy", "pip install numpy")
    from certify.kernels.measurement import Workplace, measure

    measurements = _measurements(options)
    budget = _budget(options)
    where = Workplace(
        jobs=options.jobs or os.cpu_count() or 1,
        dask=options.dask,
        folder=Path(options.output),
        resume=options.resume,
        progress=inputs,
    )
    results = [_result(measured, budget, options) for measured in measure(measurements, where)]
    _print(results, budget, options)
    return overall(_exit(result) for result in results)


def _measurements(options: Options) -> list[Measurement]:
    from certify.catalogue.request import keyword_arguments
    from certify.certificate.floats import format_of
    from certify.kernels.measurement import Measurement
    from certify.kernels.programs import KERNELS

    if bool(options.targets) == (options.everything is not None):
        raise UsageError("kernel needs targets such as torch:gelu_tanh, or --all torch")
    everything = options.everything or ""
    names = options.targets or tuple(f"{everything}:{name}" for name in KERNELS[everything])
    against = _against(options.against)
    keywords = keyword_arguments(options.keywords)
    forms = [format_of(name.strip()) for name in options.dtype.split(",")]
    return [
        Measurement(name, form.name, against, keywords, options.backward, options.within)
        for name in names
        for form in forms
    ]


def _against(text: str | None) -> Entry | None:
    """The entry that --against names."""
    from certify.catalogue import builtin
    from certify.kernels.naming import catalogued

    if text is None:
        return None
    if ".toml" not in text:
        catalogued(text)
        return builtin()[text]
    entries = entries_of([text])
    if len(entries) != 1:
        raise UsageError(f"--against {text} names {len(entries)} entries, needs one")
    return entries[0]


def _budget(options: Options) -> Budget:
    """What --max-ulp, --fail-on and --baseline say."""
    from certify.kernels.budget import BASELINE, read_budget
    from certify.notation.hints import or_near

    table: dict[str, object] = {}
    if options.max_ulp is not None:
        table["max_ulp"] = options.max_ulp
    for word in [] if options.fail_on is None else options.fail_on.split(","):
        name = word.strip()
        if name not in FAIL_ON:
            near = or_near(name, FAIL_ON) or f": {', '.join(FAIL_ON)}"
            raise UsageError(f"--fail-on has no {name!r}{near}")
        table[FAIL_ON[name]] = 0
    if options.baselines:
        table[BASELINE] = list(options.baselines)
    return read_budget(table)


def _result(measured: Measured, budget: Budget, options: Options) -> Result:
    """What a budget says of a measurement, whose report is written; not over its own baseline, where it is
    worse."""
    from certify.kernels.budget import breaches
    from certify.kernels.tables import Result

    m, report = measured.measurement, measured.report
    found = Result(m.target, m.dtype, report, held=not budget.is_empty)
    try:
        if measured.error is not None:
            raise measured.error
        if report is not None:
            found = found._replace(breaches=tuple(breaches(budget, report)))
    except CertifyError as error:
        _say_error(error, m, options)
        found = found._replace(error=str(error))
    baselines = [Path(text).resolve() for text in options.baselines]
    is_baseline = measured.path is not None and measured.path.resolve() in baselines
    if measured.path is None or (is_baseline and (found.breaches or found.error)):
        return found
    measured.write()
    return found._replace(path=str(measured.path))


def _say_error(error: CertifyError, measurement: Measurement, options: Options) -> None:
    alone = len(options.targets) == 1 and "," not in options.dtype
    where = "" if alone else f"{measurement.target} at {measurement.dtype}: "
    say(f"error: {where}{error}", err=True)
    for note in getattr(error, "__notes__", ()):
        say(note, err=True)


def _print(results: list[Result], budget: Budget, options: Options) -> None:
    from certify.kernels import tables, words

    style = "json" if options.as_json else options.style
    if style == "json":
        add(map(tables.as_row, results))
        return
    if style != "text":
        say_as = {"csv": tables.as_csv, "markdown": tables.as_markdown}[style]
        click.echo(say_as(results))
        return
    if len(results) == 1:
        for result in results:
            if result.report is not None:
                say_all(words.lines(result.report))
                say_all(f"  {line}" for line in _judged(result, budget))
                say(f"  {result.path or 'not written: it would replace its own baseline'}")
        return
    say_table(tables.HEADER, tables.rows(results))
    if budget.is_empty:
        say(words.NO_BUDGET)
    for result in results:
        if result.breaches:
            say_all(f"{result.target} at {result.dtype}: {line}" for line in _judged(result, budget))


def _judged(result: Result, budget: Budget) -> list[str]:
    from certify.kernels.words import judged

    if result.report is None or result.error:
        return []
    return judged(result.report, budget, list(result.breaches))


def _exit(result: Result) -> Exit:
    if result.error:
        return Exit.USAGE
    return Exit.FAILS if result.breaches else Exit.HOLDS
