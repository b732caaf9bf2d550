"""Kernel reports in words, and as a table of several."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from fractions import Fraction

from certify.certificate.figures import FIGURES, WITNESSED
from certify.certificate.floats import KernelOutput, value
from certify.certificate.kernel import Report, Witness
from certify.kernels.naming import is_named
from certify.kernels.rerun import Rerun
from certify.language.numbers import describe, round_up
from certify.words.claims import formulas

ALWAYS = ("above_1", "nan", "zero")  # shown where they are 0 too
DEFINITION = (
    "ULP: |got - f'(x)| over the spacing of the format's numbers at RN(f'(x)), f'(x) rounded to nearest."
)


def title(report: Report) -> str:
    """What was run, in a line."""
    p = report.program
    return f"{p['function']} at {p['dtype']}, {p['framework']}, {p['mode']}, {p['processor']}"


def lines(report: Report) -> list[str]:
    """The whole summary of a report."""
    scope = {
        "every": "every finite input",
        "sample": "a sample of each binade: every maximum is a lower bound",
    }[report.coverage]
    if report.coverage == "every" and (report.start, report.stop) != report.form.keys:
        scope = f"every input from {_x(report, report.start)} to {_x(report, report.stop - 1)}"
    inputs, pairs = report.figures["inputs"], report.figures["monotone_pairs"]
    found = [
        f"kernel: {title(report)}",
        f"  {scope}, {inputs:,}; the truth is {truth(report)}",
        *(f"    {line}" for line in formulas(report.spec)),
        f"  {'correctly rounded':24} {_share(report.figures['correctly_rounded'], inputs)}",
    ]
    for kind in WITNESSED:
        number = report.figures[kind]
        if number or kind in ALWAYS:
            ends = [w for w in report.witnesses if w.kind == kind]
            share = _share(number, pairs if kind == "not_monotone" else inputs)
            found.append(f"  {FIGURES[kind].words:24} {share}{_from_to(report, ends)}")
    for kind, witness in report.maxima.items():
        found.append(f"  {FIGURES[kind].words:24} {_most(witness)} at {_at(report, witness)}")
    for kink in report.kinks:
        found.append(f"  left out: the kink x = {_x(report, kink.key)}, where it returns {_number(kink)}")
    return [*found, f"  {DEFINITION}"]


def truth(report: Report) -> str:
    """The derivative of an entry, by name where the terms are the entry's."""
    if is_named(report):
        return f"the derivative of {report.spec.name}"
    return f"the derivative of f (the file says {report.spec.name}, which is not the catalogue's)"


def unverified() -> str:
    """What a report is that nobody verified."""
    return "not verified here: all of this is the file's word (certify verify checks what can be checked)"


def verified(report: Report, again: Rerun) -> list[str]:
    """What was proved of an accepted report, what was run again, and what is the run's word, a line each."""
    total, left = len(report.blocks), len(report.blocks) - len(again.blocks)
    points = report.identity.left_out
    other = f" other than {', '.join(map(describe, points))}" if points else ""
    proved = f"for every real x{other} f' = s, where {', '.join(formulas(report.spec))}"
    if again.why:
        run = f"nothing: {again.why}"
        word = "that the kernel returns these outputs, all counts, and that no error is above the maxima"
    else:
        places = _places(again.blocks, total)
        run = f"{places} ({again.inputs:,} inputs), and the outputs shown: all as reported"
        word = "nothing, but the tallies rest on the prover's enclosures of f'"
    if left and not again.why:
        word = f"the counts of the other {left} blocks, and that no error in them is above the maxima"
    return [
        f"proved:         {proved};",
        f"                the outputs shown, {len(report.witnesses)} witnesses, are what they are said to be",
        f"run again:      {run}",
        f"the run's word: {word}",
    ]


def _places(blocks: tuple[int, ...], total: int) -> str:
    if len(blocks) == total:
        return f"all of {total} blocks" if total > 1 else "the one block"
    return f"{'blocks' if len(blocks) > 1 else 'block'} {', '.join(map(str, blocks))} of {total}"


def _share(number: int, total: int) -> str:
    percent = f"{_percent(number, total)} %" if total else ""
    return f"{number:>13,}  {percent:>8}"


def _percent(number: int, total: int) -> str:
    return f"{100 * number / total:.2f}" if total else ""


def _from_to(report: Report, ends: list[Witness]) -> str:
    shown = [_x(report, witness.output.key) for witness in ends]
    return f"  x = {' to '.join(shown)}" if shown else ""


def _x(report: Report, key: int) -> str:
    return "-0" if key == -1 else f"{float(value(report.form, key)):.9g}"


def _number(output: KernelOutput) -> str:
    return output.text if output.got is None else f"{float(output.got):.9g}"


def _most(witness: Witness) -> str:
    return describe(round_up(witness.bound or Fraction(0), 4))


def _at(report: Report, witness: Witness) -> str:
    truth = f"{float(sum(witness.truth) / 2):.9g}"
    return f"x = {_x(report, witness.output.key)}: it returns {_number(witness.output)}, f' = {truth}"


# --- tables -----------------------------------------------------------------------------

_COVERED = {"every": "", "sample": " (sample: lower bounds)"}
HEADER = ("kernel", "dtype", "correct %", "> 1 ULP", "max ULP", "at x", "NaN", "zero", "wrong sign", "inf")


def rows(reports: Iterable[Report]) -> list[tuple[str, ...]]:
    """A row for each report, under HEADER."""
    return [
        (
            f"{report.program['framework'].partition(' ')[0]}:{report.program['function']}",
            report.program["dtype"] + _COVERED[report.coverage],
            _percent(report.figures["correctly_rounded"], report.figures["inputs"]),
            str(report.figures["above_1"]),
            _most(report.maxima["ulp"]) if "ulp" in report.maxima else "",
            _x(report, report.maxima["ulp"].output.key) if "ulp" in report.maxima else "",
            *(str(report.figures[kind]) for kind in ("nan", "zero", "wrong_sign", "infinite")),
        )
        for report in reports
    ]


def as_csv(reports: Iterable[Report]) -> str:
    """The table as comma-separated values."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([HEADER, *rows(reports)])
    return text.getvalue().rstrip("\n")


def as_markdown(reports: Iterable[Report]) -> str:
    """The table in Markdown."""
    made = [HEADER, tuple("---" for _ in HEADER), *rows(reports)]
    return "\n".join(f"| {' | '.join(row)} |" for row in made)


def as_json(reports: Iterable[Report]) -> str:
    """The table as a list of objects."""
    return json.dumps([dict(zip(HEADER, row, strict=True)) for row in rows(reports)], indent=1)
