"""certify kernel"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import click

from certify.cli.claims import Texts
from certify.cli.options import FOLDER, collected, modules_here
from certify.cli.progress import inputs
from certify.cli.terminal import say_all, say_table
from certify.language.errors import UsageError
from certify.language.exits import Exit

if TYPE_CHECKING:
    from certify.certificate.floats import Format
    from certify.certificate.kernel import Report


@dataclass(frozen=True)
class Options:
    """What `certify kernel` is given."""

    targets: Texts
    everything: str | None
    dtype: str
    against: str | None
    backward: str | None
    within: str | None
    jobs: int | None
    dask: str | None
    resume: bool
    output: str
    style: str


@click.command()
@click.argument("targets", nargs=-1, metavar="torch:NAME|jax:NAME|MODULE:FUNCTION...")
@click.option("--all", "everything", type=click.Choice(["torch", "jax"]), help="Every kernel of a framework.")
@click.option(
    "--dtype", default="bfloat16", show_default=True, metavar="T[,T]", help="bfloat16, float16, float32."
)
@click.option("--against", metavar="NAME", help="The catalogue's function that MODULE:FUNCTION should be.")
@click.option("--backward", metavar="MODULE:FUNCTION", help="A function of x that computes the derivative.")
@click.option("--range", "within", metavar="LO,HI", help="Only inputs in this interval.")
@click.option("--jobs", default=None, type=click.IntRange(1, 256), help="Processes.  [default: one a core]")
@click.option("--dask", metavar="ADDRESS", help="A Dask scheduler to run on, tcp://...")
@click.option("--resume", is_flag=True, help="Go on with a run that was interrupted.")
@click.option(
    "--output", default=f"{FOLDER}/kernels", show_default=True, metavar="DIR", help="For the reports."
)
@click.option(
    "--format",
    "style",
    default="text",
    show_default=True,
    type=click.Choice(["text", "csv", "json", "markdown"]),
)
@collected(Options)
def kernel(options: Options) -> Exit:
    """Compare a framework's derivative kernel with the true derivative on every finite input.

    Exhaustive for 16- and 32-bit types. The truth is enclosed with proved bounds; each report goes to
    --output as JSON, and certify verify checks its witnesses again.
    """
    from certify.capture.target import require

    modules_here()
    require("numpy", "pip install numpy")
    from certify.certificate.floats import format_of
    from certify.kernels import words

    names = _names(options)
    forms = [format_of(name.strip()) for name in options.dtype.split(",")]
    reports = []
    for path, report in _run(options, names, forms):
        reports.append(report)
        if options.style == "text" and len(names) * len(forms) == 1:
            say_all([*words.lines(report), f"  {path}"])
    if options.style == "text":
        if len(reports) > 1:
            say_table(words.HEADER, words.rows(reports))
    else:
        table = {"csv": words.as_csv, "json": words.as_json, "markdown": words.as_markdown}[options.style]
        click.echo(table(reports))
    return Exit.HOLDS


def _names(options: Options) -> Texts:
    from certify.kernels.programs import KERNELS

    if bool(options.targets) == (options.everything is not None):
        raise UsageError("kernel needs targets such as torch:gelu_tanh, or --all torch")
    everything = options.everything or ""
    return options.targets or tuple(f"{everything}:{name}" for name in KERNELS[everything])


def _run(options: Options, names: Texts, forms: list[Format]) -> Iterator[tuple[Path, Report]]:
    """The report of each kernel at each format, and where it is written."""
    from certify.certificate.files import write_whole
    from certify.certificate.kernel import encode
    from certify.kernels.programs import select
    from certify.kernels.run import apart, executor, keys_within, run

    with executor(options.jobs or os.cpu_count() or 1, options.dask) as pool:
        kernels = [(name, apart(pool, select, name, options.against, options.backward)) for name in names]
        for (name, chosen), form in product(kernels, forms):
            path = Path(options.output) / f"{name.replace(':', '.')}.{form.name}.json"
            within = keys_within(form, options.within) if options.within else None
            with inputs(f"{name} {form.name}") as progress:
                report = run(
                    chosen,
                    form,
                    pool=pool,
                    within=within,
                    state=path.with_suffix(".partial"),
                    resume=options.resume,
                    progress=progress,
                )
            write_whole(path, encode(report))
            yield path, report
