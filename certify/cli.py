"""The command line: parse, call, print, exit code.

Exit codes are those of `certify.language.exits`.  Everything is imported where it is used, so that a command
loads only the libraries of its own side.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from certify import __version__
from certify.language.errors import CertifyError, UsageError
from certify.language.exits import Exit, overall
from certify.words.terminal import printable, say

if TYPE_CHECKING:
    from fractions import Fraction
    from pathlib import Path

    from certify.api import Progress
    from certify.catalogue import Entry, Kink
    from certify.certificate.enclosure import Certificate, Enclosure
    from certify.formal.coq import Report
    from certify.language.spec import Spec
    from certify.language.terms import Term
    from certify.prover.verdict import Verdict
    from certify.verification import Verification

FOLDER = "certificates"
KINK_HELP = "At a kink of f: the value that s has there; or jump or open, which excepts it."
MAX_SECONDS = click.option(
    "--max-seconds",
    default=60,
    show_default=True,
    type=click.IntRange(1, 10**6),
    help="Seconds for one claim; beyond them it is undecided.",
)


class _ProveByDefault(click.Group):
    """`certify NAME` is `certify prove NAME`."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            args = ["prove", *args]
        return super().resolve_command(ctx, args)


@click.group(cls=_ProveByDefault, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="certify")
def cli() -> None:
    """Prove that a hand-written derivative is right, or find where it is wrong.

    `certify sigmoid --domain -10,10` is short for `certify prove sigmoid ...`.

    Exit codes: 0 certified or accepted, 1 refuted or rejected, 2 usage, 3 undecided,
    4 proved, but not verified, 130 interrupted.
    """


# --- prove ------------------------------------------------------------------------------


@cli.command()
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
@click.option("--kink", "kinks", multiple=True, metavar="AT=WHAT", help=KINK_HELP)
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
@click.option("--no-verify", is_flag=True, help="Leave the verifier out; then nothing is certified.")
@MAX_SECONDS
@click.option("--output", metavar="PATH", help="A file, or a folder with / at its end; - is stdout.")
@click.option("--json", "as_json", is_flag=True, help="Print the results as a JSON list.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def prove(
    targets: tuple[str, ...],
    function: str | None,
    derivative: str | None,
    name: str,
    domains: tuple[str, ...],
    parameters: tuple[str, ...],
    kinks: tuple[str, ...],
    tol: str,
    rtol: str,
    max_bits: int | None,
    no_verify: bool,
    max_seconds: int,
    output: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Prove or refute entries of the catalogue or of a TOML file, or a formula and its derivative.

    The certificate goes to certificates/NAME.json, a refutation to
    certificates/NAME.refuted.json, unless --output says otherwise.
    """
    from certify.api import MAX_PRECISION, tightest
    from certify.api import prove as at_tolerance
    from certify.catalogue import select

    search = partial(tightest if tol == "auto" else at_tolerance, verify=not no_verify)
    tol = "0" if tol == "auto" else tol
    _check_output(output, as_json=as_json)
    if (function is None) != (derivative is None) or (function is None) != bool(targets):
        raise UsageError("prove needs names or files, or --function F and --derivative S")
    if function is not None and derivative is not None:
        entries = [_inline(name, function, derivative, parameters)]
    else:
        entries = [entry for target in targets for entry in _select(select, target)]
    entries = [_with_kinks(entry, kinks) for entry in entries]
    specs = [_spec(entry, domains, parameters, tol, rtol) for entry in entries]
    for i, entry in enumerate(entries):
        if entry.name in (other.name for other in entries[:i]):
            raise UsageError(f"two of the entries are named {entry.name!r}: each writes a file of its name")
    claims = list(zip(entries, specs, strict=True))
    limits = (max_bits or MAX_PRECISION, max_seconds)
    sys.exit(_conclude(claims, search, limits, output, as_json=as_json, quiet=quiet))


def _check_output(output: str | None, *, as_json: bool) -> None:
    if output == "":
        raise UsageError("--output is empty")
    if as_json and output == "-":
        raise UsageError("--json and --output - both want standard output")


def _conclude(
    claims: list[tuple[Entry, Spec]],
    search: Callable[..., Verdict],
    limits: tuple[int, int],
    output: str | None,
    *,
    as_json: bool,
    quiet: bool,
) -> int:
    """Prove each claim within the limits, bits and seconds, write its certificate, print the
    verdicts; the exit code."""
    from certify.prover.deadline import after

    max_bits, max_seconds = limits
    several = len(claims) > 1
    if several and output == "-":
        raise UsageError("--output - takes one certificate, the targets name several entries")
    if not several and output is not None:
        _check_file_name(output, claims[0][0].name)
    results: list[dict[str, Any]] = []
    verdicts: list[Verdict] = []
    with _progress([spec for _, spec in claims], quiet or as_json) as report:
        for entry, spec in claims:
            verdict = search(entry, spec, max_bits, report(entry.name), after(max_seconds))
            path = _write(verdict, output, several)
            verdicts.append(verdict)
            results.append(verdict.as_json(path))
    if as_json:
        import json

        click.echo(json.dumps(results, indent=2))
    elif not quiet:
        _print_verdicts(verdicts, results, to_stderr=output == "-")
    return overall(verdict.exit for verdict in verdicts)


def _check_file_name(output: str, name: str) -> None:
    """UsageError for a file under whose name the certificate would be rejected."""
    from pathlib import Path

    path = Path(output)
    own = {f"{name}{middle}.json" for middle in ("", ".cert", ".refuted", ".refuted.cert")}
    if path.suffix.lower() == ".json" and path.name not in own and not os.path.isdir(path):
        raise UsageError(f"--output {output}: a certificate of {name} is accepted as {name}.json only")


def _select(select: Any, target: str) -> list[Entry]:
    try:
        found: list[Entry] = select(target)
    except UsageError as error:
        if target.isidentifier():
            from difflib import get_close_matches

            near = get_close_matches(target, cli.commands, n=1)
            hint = f" (or the command {near[0]})" if near else ""
            raise UsageError(f"{error}{hint}") from error
        raise
    return found


def _inline(name: str, function: str, derivative: str, parameters: tuple[str, ...]) -> Entry:
    """The entry of formulas on the command line; their parameters are those of --param."""
    from certify.claim import claim

    values = {}
    for text in parameters:
        key, value = _split(text)
        if value == "any":
            raise UsageError(f"--param {key}=any: write its range, such as {key}='(0, inf)'")
        values[key] = value
    return claim(function, derivative, parameters=values, name=name)[0]


def _spec(entry: Entry, domains: tuple[str, ...], parameters: tuple[str, ...], tol: str, rtol: str) -> Spec:
    from certify.language.spec import Range, parse_interval, parse_range, union

    domain = union([parse_interval(text) for text in domains]) if domains else ()
    values: dict[str, Fraction | Range | None] = {}
    for text in parameters:
        name, value = _split(text)
        if name in values:
            raise UsageError(f"--param {name} is given twice")
        if value == "any":
            values[name] = None
        else:
            values[name] = (
                parse_range(value) if value[:1] in ("(", "[") else _number(f"--param {name}", value)
            )
    return entry.spec(domain, values, _number("--tol", tol), _number("--rtol", rtol))


def _with_kinks(entry: Entry, kinks: tuple[str, ...]) -> Entry:
    """The entry with what --kink says of kinks beside what it states itself."""
    from dataclasses import replace

    from certify.catalogue import kink_of

    stated: dict[Term, Kink] = {}
    for text in kinks:
        at, what = _split(text, "--kink", "AT=WHAT")
        place, kink = kink_of(_number("--kink", at), what)
        if stated.setdefault(place, kink) != kink:
            raise UsageError(f"--kink {at} is given twice")
    return replace(entry, kinks={**entry.kinks, **stated}) if stated else entry


def _split(text: str, option: str = "--param", form: str = "NAME=VALUE") -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"{option} {text!r} is not {form}")
    return name.strip(), value.strip()


def _number(what: str, text: str) -> Fraction:
    from certify.language.numbers import parse_number

    try:
        return parse_number(text.strip())
    except CertifyError as error:
        raise UsageError(f"{what}: {error}") from error


def _write(verdict: Verdict, output: str | None, several: bool) -> str | None:
    """Write the certificate of a verdict that has one; its path, - for standard output."""
    from pathlib import Path

    from certify.certificate.enclosure import encode
    from certify.certificate.files import write_whole
    from certify.prover.verdict import Refuted, Undecided
    from certify.verification import file_name

    if isinstance(verdict, Undecided):
        return None
    data = encode(verdict.certificate)
    if output == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return "-"
    name = file_name(verdict.certificate)
    path = Path(output) if output is not None and not several else Path(output or FOLDER) / name
    if os.path.isdir(path) or (output is not None and not several and output.endswith("/")):
        path = path / name
    elif isinstance(verdict, Refuted) and ".refuted" not in path.name:
        middle, _, suffix = path.name.removeprefix(verdict.spec.name).rpartition(".")
        path = path.with_name(f"{verdict.spec.name}.refuted{middle}.{suffix}")  # replaces no certificate
    write_whole(path, data)
    return str(path)


def _print_verdicts(verdicts: list[Verdict], results: list[dict[str, Any]], *, to_stderr: bool) -> None:
    from certify.language.spec import format_parameters

    if len(verdicts) == 1:
        for line in verdicts[0].lines():
            say(line, err=to_stderr)
        path = results[0]["certificate"]
        if path not in (None, "-"):
            say(f"  {path}", err=to_stderr)
            earlier = os.path.join(os.path.dirname(path), f"{verdicts[0].spec.name}.refuted.json")
            if verdicts[0] and os.path.exists(earlier):
                say(f"  {earlier} refutes an earlier claim: certify verify fails while it is there")
        return
    rows = [
        (
            r["verdict"],
            r["name"],
            r["domain"] + format_parameters(verdict.spec),
            str(r["tiles"]),
            verdict.note(),
            r["certificate"] or "",
        )
        for verdict, r in zip(verdicts, results, strict=True)
    ]
    _table(("verdict", "name", "domain", "tiles", "residual, witness or obstruction", "certificate"), rows)
    for verdict in verdicts:
        if verdict.exit:
            say()
            for line in verdict.lines():
                say(line)


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """A table fitted to the terminal; plain columns where there is none."""
    if not sys.stdout.isatty():
        widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
        for row in (header, *rows):
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            say("  ".join(cells).rstrip())
        return
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    colours = {
        "certified": "green",
        "refuted": "red",
        "undecided": "yellow",
        "proved, not verified": "yellow",
        "unproved": "yellow",
    }
    table = Table(box=SIMPLE, pad_edge=False)
    for column in header:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(cell), style=colours.get(cell, "")) for cell in row))
    Console().print(table)


@contextmanager
def _progress(specs: list[Spec], silent: bool) -> Iterator[Any]:
    """A progress bar on a terminal; it appears only when a run takes long enough to show."""
    if silent or not sys.stderr.isatty() or (len(specs) == 1 and not _long(specs[0])):
        yield lambda name: None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=len(specs))
        done = -1

        def report(name: str) -> Progress:
            nonlocal done
            done += 1
            base = done
            bar.update(task, description=name, completed=base)
            return lambda share: bar.update(task, completed=base + float(share))

        yield report


def _long(spec: Spec) -> bool:
    """Whether one proof is likely to take over a second: many digits or a wide domain."""
    domain = spec.bounded_domain() or ()
    digits = spec.atol.denominator.bit_length() // 3
    return digits > 300 or sum((hi - lo for lo, hi in domain), start=0 * spec.atol) > 10**4


# --- capture -----------------------------------------------------------------------------


@cli.command()
@click.argument("targets", nargs=-1, required=True, metavar="jax:PATH|torch:PATH|MODULE:FUNCTION|torch-rules")
@click.option("--with", "keywords", multiple=True, metavar="NAME=VALUE", help="A keyword argument of it.")
@click.option("--dtype", default="float64", show_default=True, metavar="T", help="float64 or float32.")
@click.option("--against", metavar="NAME|FILE.toml:NAME", help="The function that it should differentiate.")
@click.option("--name", metavar="NAME", help="A name for the certificate.  [default: the target's path]")
@click.option("--kink", "kinks", multiple=True, metavar="AT=WHAT", help=KINK_HELP)
@click.option("--domain", "domains", multiple=True, metavar="LO,HI", help="Interval.  [default: -10,10]")
@click.option(
    "--tol",
    default="auto",
    metavar="T",
    show_default=True,
    help="Absolute tolerance; 0 for f' = s; auto for the least T + T*|f'|.",
)
@click.option(
    "--at-most", metavar="T", help="The largest that auto takes.  [default: what rounding explains]"
)
@click.option("--rtol", default="0", metavar="T", show_default=True, help="Relative tolerance.")
@click.option("--no-verify", is_flag=True, help="Leave the verifier out; then nothing is certified.")
@MAX_SECONDS
@click.option("--output", metavar="PATH", help="A file, or a folder with / at its end; - is stdout.")
@click.option("--json", "as_json", is_flag=True, help="Print the results as a JSON list.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def capture(
    targets: tuple[str, ...],
    keywords: tuple[str, ...],
    dtype: str,
    against: str | None,
    name: str | None,
    kinks: tuple[str, ...],
    domains: tuple[str, ...],
    tol: str,
    at_most: str | None,
    rtol: str,
    no_verify: bool,
    max_seconds: int,
    output: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Prove the derivative program that JAX or PyTorch runs for a function.

    The program of the function and of its gradient are traced at a scalar and read as exact real
    arithmetic on the constants that they hold. The claim is that the gradient is the function's
    derivative, or that of --against, within the least tolerance T + T*|f'(x)| that can be certified,
    but no more than rounded constants explain: one that is further off is refuted.

    A constant of more than half of the dtype's bits is taken as rounded, off by one part in 2^53 (2^24
    at float32); integers and short ones such as 0.5 are exact. T goes up to twice what moving
    each rounded constant so much changes f' - s by, relative to 1 + |f'|; to 4 parts in 2^53 at
    least, and 1024 at most. Without a rounded constant it goes up to 1e-30.

    torch-rules certifies the unary pointwise formulas of PyTorch's derivatives.yaml.
    """
    from certify.api import MAX_PRECISION, tightest
    from certify.api import prove as at_tolerance
    from certify.capture.program import constants
    from certify.capture.program import entry as entry_of
    from certify.capture.rounding import allowed
    from certify.capture.target import capture as read
    from certify.capture.target import keyword_arguments

    _check_output(output, as_json=as_json)
    if targets == ("torch-rules",):
        sys.exit(_capture_rules(output, max_seconds, as_json=as_json, quiet=quiet))
    if name is not None and len(targets) > 1:
        raise UsageError("--name names one certificate, the targets are several")
    if tol == "auto" and _number("--rtol", rtol):
        raise UsageError("--rtol needs --tol T: auto takes T + T*|f'(x)|")
    limit = None if at_most is None else _number("--at-most", at_most)
    function = None if against is None else _bound_function(against)
    claims, limits = [], {}
    for target in targets:
        program = read(target, keyword_arguments(keywords), dtype=dtype, name=name)
        if function is not None:
            program = program._replace(function=function)
        entry = _with_kinks(entry_of(program), kinks)
        if entry.name in limits:
            raise UsageError(f"two of the targets are named {entry.name!r}: each writes a file of its name")
        spec = _spec(entry, domains, (), "0" if tol == "auto" else tol, rtol)
        limits[entry.name] = allowed(program, spec.domain) if limit is None else limit
        claims.append((entry, spec))
        if not (quiet or as_json):
            exact = ", ".join(constants(program))
            held = f", with the exact {dtype} constants {exact}" if exact else ""
            say(f"captured  {target} from {program.framework} at {dtype}{held}", err=output == "-")

    def least(entry: Entry, spec: Spec, *arguments: Any, verify: bool) -> Verdict:
        most = limits[entry.name]
        return tightest(entry, spec, *arguments, at_most=most, relative=True, verify=verify)

    search = partial(least if tol == "auto" else at_tolerance, verify=not no_verify)
    sys.exit(_conclude(claims, search, (MAX_PRECISION, max_seconds), output, as_json=as_json, quiet=quiet))


def _bound_function(target: str) -> Term:
    """f of an entry, at its parameters' defaults."""
    from certify.catalogue import select

    entries = _select(select, target)
    if len(entries) != 1:
        raise UsageError(f"--against {target} names {len(entries)} entries, needs one")
    return entries[0].spec().bound_terms()[0]


def _capture_rules(output: str | None, max_seconds: int, *, as_json: bool, quiet: bool) -> int:
    """PyTorch's rule table: a verdict on every unary pointwise formula; the exit code."""
    from certify.capture.rules import judged

    if output == "-":
        raise UsageError("torch-rules has a certificate for each formula: --output takes a folder")
    rules, others = judged(max_seconds)
    results, codes = [], {Exit.HOLDS}
    for rule, verdict in rules:
        path = _write(verdict, output, several=True) if verdict is not None and output else None
        codes.add(Exit.UNDECIDED if verdict is None else verdict.exit)
        results.append((rule, verdict, path))
    words = ["unsupported" if verdict is None else verdict.word for _, verdict, _ in results]
    if as_json:
        import json

        shown = [
            {"name": rule.name, "formula": rule.formula, "verdict": word, "source": rule.source}
            | ({"why": rule.why} if verdict is None else verdict.as_json(path))
            for word, (rule, verdict, path) in zip(words, results, strict=True)
        ]
        click.echo(json.dumps(shown, indent=2))
    elif not quiet:
        rows = [
            (word, rule.name, rule.why if verdict is None else verdict.distance(), rule.source, rule.formula)
            for word, (rule, verdict, _) in zip(words, results, strict=True)
        ]
        _table(("verdict", "operation", "|f' - s|, or what stands in the way", "read", "formula"), rows)
        counts = ", ".join(
            f"{words.count(w)} {w}"
            for w in ("certified", "proved, not verified", "refuted", "undecided", "unsupported")
        )
        say()
        say(f"{len(words)} unary pointwise formulas: {counts}; {others} others are not such")
    return overall(codes)


# --- kernel ------------------------------------------------------------------------------


@cli.command()
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
def kernel(
    targets: tuple[str, ...],
    everything: str | None,
    dtype: str,
    against: str | None,
    backward: str | None,
    within: str | None,
    jobs: int | None,
    dask: str | None,
    resume: bool,
    output: str,
    style: str,
) -> None:
    """Compare a framework's derivative kernel with the true derivative on every finite input.

    Exhaustive for 16- and 32-bit types. The truth is enclosed with proved bounds; each report goes to
    --output as JSON, and certify verify checks its witnesses again.
    """
    from pathlib import Path

    from certify.capture.target import require

    require("numpy", "pip install numpy")
    from certify.certificate.files import write_whole
    from certify.certificate.floats import format_of
    from certify.certificate.kernel import encode
    from certify.kernels import words as summary
    from certify.kernels.programs import KERNELS, select
    from certify.kernels.run import apart, executor, keys_within, run

    if bool(targets) == (everything is not None):
        raise UsageError("kernel needs targets such as torch:gelu_tanh, or --all torch")
    names = targets or tuple(f"{everything}:{name}" for name in KERNELS[everything or ""])
    forms = [format_of(name.strip()) for name in dtype.split(",")]
    reports = []
    with executor(jobs or os.cpu_count() or 1, dask) as pool:
        kernels = [(name, apart(pool, select, name, against, backward)) for name in names]
        for name, chosen in kernels:
            for form in forms:
                path = Path(output) / f"{name.replace(':', '.')}.{form.name}.json"
                with _rate(f"{name} {form.name}") as progress:
                    report = run(
                        chosen,
                        form,
                        pool=pool,
                        within=keys_within(form, within) if within else None,
                        state=path.with_suffix(".partial"),
                        resume=resume,
                        progress=progress,
                    )
                write_whole(path, encode(report))
                reports.append(report)
                if style == "text" and len(kernels) * len(forms) == 1:
                    for line in summary.lines(report):
                        say(line)
                    say(f"  {path}")
    if style == "text" and len(reports) > 1:
        _table(summary.HEADER, summary.rows(reports))
    elif style != "text":
        text = {"csv": summary.as_csv, "json": summary.as_json, "markdown": summary.as_markdown}[style]
        click.echo(text(reports))


@contextmanager
def _rate(name: str) -> Iterator[Callable[[int, int], None] | None]:
    """A bar with the rate and the time left, on a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(name, total=None, rate="")

        def report(done: int, total: int) -> None:
            speed = bar.tasks[task].speed or 0
            bar.update(task, completed=done, total=total, rate=f"{speed / 1e6:.1f} M inputs/s")

        yield report


# --- derive ------------------------------------------------------------------------------


@cli.command()
@click.argument("targets", nargs=-1, metavar="NAME|FILE.toml[:NAME]...")
@click.option("--function", metavar="F", help="A formula in x, in the place of a target.")
@click.option(
    "--domain", "domains", multiple=True, metavar="LO,HI", help="Interval, also -inf,inf; repeat for a union."
)
@click.option("--param", "parameters", multiple=True, metavar="NAME=VALUE", help="A value, a range, or any.")
@click.option("--kink", "kinks", multiple=True, metavar="AT=WHAT", help=KINK_HELP)
@click.option("--tol", default="1e-30", metavar="T", show_default=True, help="Absolute tolerance; 0: f' = s.")
def derive(
    targets: tuple[str, ...],
    function: str | None,
    domains: tuple[str, ...],
    parameters: tuple[str, ...],
    kinks: tuple[str, ...],
    tol: str,
) -> None:
    """Print the derivative of functions by rule, then the verdict on it; writes no file."""
    from dataclasses import replace

    from certify.api import prove as search
    from certify.catalogue import select
    from certify.language.printer import print_term
    from certify.language.terms import check_size
    from certify.notation.derive import derive as by_rule

    if (function is None) != bool(targets):
        raise UsageError("derive needs names or files, or --function F")
    if function is not None:
        entries = [_inline("f", function, "0", parameters)]
    else:
        entries = [entry for target in targets for entry in _select(select, target)]
    codes = {Exit.HOLDS}
    for entry in entries:
        derivative = by_rule(entry.function)
        check_size(derivative)
        claimed = _with_kinks(replace(entry, derivative=derivative, kinks={}), kinks)
        verdict = search(claimed, _spec(claimed, domains, parameters, tol, "0"))
        say(print_term(derivative))
        for line in verdict.lines():
            say(line)
        codes.add(verdict.exit)
    sys.exit(overall(codes))


# --- verify -----------------------------------------------------------------------------


@cli.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--jobs", default=1, show_default=True, type=click.IntRange(1, 256), help="Processes.")
@click.option("--refutations", is_flag=True, help="A refutation that holds is no failure.")
@click.option("--quiet", is_flag=True, help="Print what is not accepted only.")
@click.option(
    "--rerun",
    default="some",
    show_default=True,
    type=click.Choice(["some", "all", "none"]),
    help="Blocks of inputs that a report's kernel is run on again, where it is installed.",
)
def verify(paths: tuple[str, ...], jobs: int, refutations: bool, quiet: bool, rerun: str) -> None:
    """Re-verify certificates and reports, files or folders (default: certificates/), one line each.

    Independent of the prover: it loads neither flint nor any code that searches, but to run the kernel
    of a report again. A folder is walked whole, and what is not looked at is named.

    Exit codes: 0 all accepted, 1 one rejected, or a refutation that holds, 2 usage, 4 one
    prover-only, so not independently checked, and none of these.
    """
    from certify.verification import Accepted

    files, others = _certificate_files(paths or (FOLDER,))
    codes = {Exit.HOLDS}
    for outcome in _verified(files, jobs, rerun):
        code = Exit.HOLDS if refutations and isinstance(outcome, Accepted) else outcome.exit
        codes.add(code)
        if code or not quiet:
            _say_all(outcome.lines())
    for path in others:
        say(f"not looked at  {path}", err=quiet)
    sys.exit(overall(codes))


def _verified(files: list[Path], jobs: int, rerun: str) -> Iterator[Verification]:
    from certify.verification import verify as verify_file

    check = partial(verify_file, rerun=rerun)
    if jobs == 1 or len(files) == 1:
        yield from map(check, files)
        return
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(min(jobs, len(files))) as pool:
        yield from pool.map(check, files)


def _certificate_files(paths: tuple[str, ...]) -> tuple[list[Path], list[Path]]:
    """The files to verify, and those under the folders that are not looked at."""
    from pathlib import Path

    from certify.verification import files_under

    files: list[Path] = []
    others: list[Path] = []
    for text in paths:
        path = Path(text)
        if os.path.isdir(path):
            found, beside = files_under(path)
            if not found:
                raise UsageError(f"no certificates (*.json) in {path}")
            files += found
            others += beside
        elif os.path.exists(path):
            files.append(path)
        else:
            raise UsageError(f"no file or folder {path}")
    return files, others


# --- list and show ----------------------------------------------------------------------


NOT_VERIFIED_HERE = "The tiers are what files state; none was verified here: certify verify does that."


@cli.command("list")
@click.argument("files", nargs=-1, metavar="[FILE.toml]...")
def list_entries(files: tuple[str, ...]) -> None:
    """List the catalogue's entries, or those of TOML files, and the tiers that hold for each.

    enclosure and identity are what the files in certificates/ state, unverified (`certify verify` checks
    them); coq is what certificates/coq.accepted has on record (`certify formal` checks it).
    """
    from pathlib import Path

    from certify.catalogue import builtin, select
    from certify.language.printer import print_term
    from certify.tiers import of_entry

    entries = [e for file in files for e in select(file)] if files else list(builtin().values())
    rows = [
        (
            entry.name,
            ", ".join(f"{k} in {p.range}" for k, p in entry.parameters.items()),
            *of_entry(entry, Path(FOLDER)),
            print_term(entry.function),
            print_term(entry.derivative),
        )
        for entry in entries
    ]
    _table(("name", "parameters", "enclosure", "identity", "coq", "function", "derivative"), rows)
    say(NOT_VERIFIED_HERE)


@cli.command()
@click.argument("target", metavar="NAME|FILE.toml:NAME|CERTIFICATE")
def show(target: str) -> None:
    """Show an entry, or what a certificate or a kernel's report states (without verifying it)."""
    from pathlib import Path

    from certify.catalogue import select
    from certify.tiers import Tiers, of_entry

    if target.endswith(".json"):
        _show_file(Path(target))
        return
    for entry in select(target):
        _show_entry(entry)
        for tier, holds in zip(Tiers._fields, of_entry(entry, Path(FOLDER)), strict=True):
            say(f"  {tier}, stated, not verified here: {holds}")
        path = Path(FOLDER) / f"{entry.name}.json"
        if path.exists():
            say(f"{path}:")
            _show_certificate(_load(path))


def _show_file(path: Path) -> None:
    from certify.certificate import kernel as report
    from certify.certificate.enclosure import MAX_BYTES
    from certify.certificate.files import read_limited
    from certify.kernels import words as summary
    from certify.language.errors import Rejected

    data = read_limited(path, MAX_BYTES)
    if not report.is_report(data):
        _show_certificate(_load(path))
        return
    try:
        lines = summary.lines(report.decode(data))
    except Rejected as error:
        raise UsageError(f"{path}: {error}") from error
    for line in (*lines, f"  {summary.unverified()}"):
        say(line)


def _load(path: Path) -> Certificate:
    from certify.api import load
    from certify.language.errors import Rejected

    try:
        return load(path)
    except Rejected as error:
        raise UsageError(f"{path}: {error}") from error


def _show_entry(entry: Entry) -> None:
    from certify.language.numbers import describe
    from certify.language.printer import print_term
    from certify.language.spec import format_domain

    say(entry.name)
    say(f"  f(x) = {print_term(entry.function)}")
    say(f"  s(x) = {print_term(entry.derivative)}")
    say(f"  domain {format_domain(entry.domain)}")
    for name, parameter in entry.parameters.items():
        say(f"  parameter {name} in {parameter.range}, default {describe(parameter.default)}")
    for at, kink in entry.kinks.items():
        value = "" if kink.value is None else f", s = {print_term(kink.value)}"
        say(f"  kink at x = {print_term(at)}: {kink.verdict}{value}")
    for source in entry.sources:
        say(f"  source: {source}")


def _show_certificate(certificate: Certificate) -> None:
    from certify.certificate.enclosure import Enclosure, Refutation
    from certify.language.numbers import format_number
    from certify.words import claims as summary

    spec, proof = certificate.spec, certificate.proof
    if isinstance(proof, Refutation):
        say(f"refutation of {spec.name}, not verified here")
        for line in summary.counterexample(certificate):
            say(f"  {line}")
        return
    say(f"certificate of {spec.name}, not verified here")
    for line in summary.theorem(certificate):
        say(f"  {line}")
    if certificate.identity:
        say(f"  identity: {summary.size(certificate.identity)}")
    if isinstance(proof, Enclosure):
        worst = format_number(summary.worst_residual(certificate))
        tiles = sum(len(component.tiles) for component in proof.components)
        say(f"  {summary.count(tiles, 'tile')}, worst residual {worst}")
        _tile_table(proof)


def _tile_table(proof: Enclosure) -> None:
    from certify.language.numbers import describe, format_number

    rows = []
    for component in proof.components:
        for tile, a, b in zip(component.tiles, component.ends, component.ends[1:], strict=False):
            quotient = tile.quotient
            rows.append(
                (
                    f"[{describe(a)}, {describe(b)}]",
                    describe(quotient.R),
                    str(quotient.nodes),
                    str(quotient.bits),
                    f"[{describe(tile.slope[0])}, {describe(tile.slope[1])}]",
                    format_number(tile.residual),
                )
            )
    _table(("tile", "R", "N", "bits", "range of f'", "residual"), rows)


# --- build ------------------------------------------------------------------------------


@cli.command()
@click.argument("files", nargs=-1, metavar="[FILE.toml]...")
@click.option(
    "--check", is_flag=True, help="Write nothing; fail if a certificate is missing, stale or wrong."
)
@click.option("--directory", default=FOLDER, show_default=True, help="Where the certificates are.")
@click.option("--no-verify", is_flag=True, help="Leave the verifier out; then nothing is certified.")
def build(files: tuple[str, ...], check: bool, directory: str, no_verify: bool) -> None:
    """Regenerate the certificates of the whole catalogue, or of TOML files.

    The same bytes on every machine.  --check proves nothing anew: it compares each certificate's
    statement with the entry's of today, and verifies its proof.
    """
    from pathlib import Path

    from certify.catalogue import builtin, select

    entries = [e for file in files for e in select(file)] if files else list(builtin().values())
    action = _check if check else _build
    sys.exit(action(entries, Path(directory), verify=not no_verify))


def _check(entries: list[Entry], folder: Path, *, verify: bool) -> Exit:
    from certify.api import stale
    from certify.verification import verify as verified

    codes = {Exit.HOLDS if verify else Exit.NOT_VERIFIED}
    for entry in entries:
        path = folder / f"{entry.name}.json"
        why = stale(entry, folder)
        if why:
            codes.add(Exit.FAILS)
            say(f"stale     {path}: {why}")
        elif verify:
            outcome = verified(path)
            codes.add(outcome.exit)
            if not outcome:
                _say_all(outcome.lines())
    if codes <= {Exit.HOLDS}:
        say(f"current   {len(entries)} entries have accepted certificates of today's statements in {folder}/")
    elif codes <= {Exit.NOT_VERIFIED}:
        say(f"stated    {len(entries)} entries have files of today's statements in {folder}/, not verified")
    return overall(codes)


def _build(entries: list[Entry], folder: Path, *, verify: bool) -> Exit:
    from certify.api import build as build_all

    codes = {Exit.HOLDS}
    for entry, verdict in build_all(entries, folder, verify=verify):
        codes.add(verdict.exit)
        if verdict.exit in (Exit.HOLDS, Exit.NOT_VERIFIED):
            say(f"{verdict.word} {folder / (entry.name + '.json')}")
        else:
            for line in verdict.lines():
                say(line)
    return overall(codes)


# --- formal -----------------------------------------------------------------------------


@cli.command()
@click.argument("targets", nargs=-1, required=True, metavar="NAME|FILE.toml[:NAME]|CERTIFICATE...")
@click.option("--to", "language", type=click.Choice(["coq"]), default="coq", show_default=True)
@click.option("-o", "--output", default="coq", metavar="DIR", show_default=True, help="Where the files go.")
def export(targets: tuple[str, ...], language: str, output: str) -> None:
    """Write theorems for the proof assistant Coq, NAME.v each, and the prelude they share.

    The exact theorem where there is an identity; else the tolerance, or the counterexample.
    """
    from pathlib import Path

    from certify.certificate.files import write_whole
    from certify.formal.coq import preludes, requires
    from certify.formal.source import theorems
    from certify.formal.theorem import Theorem, write_file

    if output == "":
        raise UsageError("--output is empty")
    found = theorems(targets)
    stated = [theorem for _, theorem in found if isinstance(theorem, Theorem)]
    folder = Path(output)
    for name, text in (preludes(stated) if stated else {}).items():
        write_whole(folder / f"{name}.v", text.encode())
    for name, theorem in found:
        if isinstance(theorem, Theorem):
            path = folder / f"{theorem.name}.v"
            write_whole(path, write_file(theorem, requires(theorem)).encode())
            say(f"written   {path}: {theorem.claim}")
        else:
            say(f"undecided {name}: {theorem}")
    sys.exit(0 if len(stated) == len(found) else 3)


@cli.command()
@click.argument("targets", nargs=-1, metavar="[NAME|FILE.toml[:NAME]|CERTIFICATE]...")
@click.option("--record", is_flag=True, help="Put what is accepted on record in certificates/.")
@click.option(
    "--timeout",
    default=120,
    show_default=True,
    type=click.IntRange(1, 10**6),
    help="Seconds for one run of coqc.",
)
def formal(targets: tuple[str, ...], record: bool, timeout: int) -> None:
    """Have coqc check the theorems of entries or certificates (default: the whole catalogue).

    Rejected is a theorem whose statement does not type-check or that assumes more than it may;
    unproved is one that the tactics do not prove, true as it may be.

    Exit codes: 0 all accepted, 1 one rejected, 2 usage, 3 one unproved, coqc missing or out of
    time, or nothing to state.
    """
    from pathlib import Path
    from time import perf_counter

    from certify.formal.coq import Unavailable, check
    from certify.formal.record import write as write_record
    from certify.formal.source import theorems
    from certify.formal.theorem import Theorem

    found = theorems(targets)
    stated = [theorem for _, theorem in found if isinstance(theorem, Theorem)]
    begun = perf_counter()
    try:
        reports = check(stated, timeout)
    except Unavailable as why:
        say(f"undecided: {why}", err=True)
        sys.exit(3)
    rows = [
        (report.verdict, theorem.statement.theorem, f"{report.seconds:.2f} s", report.why or theorem.claim)
        for theorem, report in zip(stated, reports, strict=True)
    ]
    rows += [("undecided", name, "", str(why)) for name, why in found if not isinstance(why, Theorem)]
    _table(("verdict", "theorem", "time", "claim, or what stands in the way"), rows)
    for theorem in stated:
        for remark in theorem.remarks:
            say(f"  {theorem.statement.theorem}: {remark}")
    _print_assumptions(reports, perf_counter() - begun)
    if record:
        pairs = zip(stated, reports, strict=True)
        path = write_record(Path(FOLDER), [(t, r) for t, r in pairs if r.verdict == "accepted"])
        say(f"recorded  {path}")
    verdicts = {row[0] for row in rows}
    sys.exit(1 if "rejected" in verdicts else 3 if verdicts & {"unproved", "undecided"} else 0)


def _print_assumptions(reports: list[Report], seconds: float) -> None:
    from certify.formal.coq import CLASSICAL
    from certify.words.claims import count

    accepted = [report for report in reports if report.verdict == "accepted"]
    found = frozenset[str]().union(*(report.assumptions for report in accepted))
    if not accepted:
        return
    say()
    say(f"{count(len(accepted), 'theorem')} accepted in {seconds:.1f} s, assuming")
    for name in sorted(found & CLASSICAL):
        say(f"  {name}")
    for prefix in sorted({name.partition(".")[0] for name in found - CLASSICAL}):
        size = sum(name.startswith(f"{prefix}.") for name in found)
        say(f"  {prefix}: {size} on the kernel's machine numbers (proofs by CoqInterval)")


# --- the door ---------------------------------------------------------------------------


def main() -> None:
    """The console script: every error that a person can cause is one line and an exit code."""
    try:
        code = _run()
        sys.stdout.flush()
    except OSError as error:  # the output is closed or full: there is no verdict
        if not isinstance(error, BrokenPipeError):
            say(f"error: {error}", err=True)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left has no reader
        code = 2
    sys.exit(code)


def _say_all(lines: Sequence[str], *, err: bool = False) -> None:
    for line in lines:
        say(line, err=err)


def _cut(text: str) -> str:
    """A message cut short: it may hold what a file says."""
    return text if len(text) <= 1000 else f"{text[:997]}..."


def _run() -> int:
    try:
        # not cli(): click's own main turns a closed output into exit code 1, which means refuted
        with cli.make_context("certify", sys.argv[1:]) as context:
            cli.invoke(context)
    except SystemExit as stop:
        return 0 if stop.code is None else stop.code if isinstance(stop.code, int) else 2
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except (KeyboardInterrupt, click.Abort) as stop:
        _say_all(["interrupted", *getattr(stop, "__notes__", ())], err=True)
        return 130
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return 2
    except click.ClickException as error:
        say(f"error: {_cut(error.format_message())}", err=True)
        return error.exit_code
    except CertifyError as error:
        _say_all([f"error: {_cut(str(error))}", *getattr(error, "__notes__", ())], err=True)
        return 2
    except OSError:
        raise  # the output's: see main
    except Exception:  # a defect of certify: it must not look like a verdict
        import traceback

        traceback.print_exc()
        return 70
    return 0
