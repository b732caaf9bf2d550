"""Kernel reports in words, and as a table of several."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from fractions import Fraction

from certify.kernels.formats import value
from certify.kernels.report import COUNTS, Output, Report, Witness
from certify.language.numbers import describe, round_up

WORDS = {
    "above_1": "more than 1 ULP",
    "nan": "NaN",
    "infinite": "infinite",
    "zero": "0 where RN(f') is not",
    "wrong_sign": "of the wrong sign",
    "not_monotone": "not monotone",
}
MAXIMUM_WORDS = {
    "ulp": "maximum error, ULP",
    "ulp_large": "  where |f'| >= 1/1024",
    "absolute": "maximum error",
}
DEFINITION = (
    "ULP: |got - f'(x)| over the spacing of the format's numbers at RN(f'(x)), f'(x) rounded to nearest."
)


def lines(report: Report) -> list[str]:
    """The whole summary of a report."""
    p = report.program
    scope = {
        "every": "every finite input",
        "sample": "a sample of each binade: every maximum is a lower bound",
    }[report.coverage]
    if report.coverage == "every" and (report.start, report.stop) != report.form.keys:
        scope = f"every input from {_x(report, report.start)} to {_x(report, report.stop - 1)}"
    found = [
        f"kernel: {p['function']} at {p['dtype']}, {p['framework']}, {p['mode']}, {p['processor']}",
        f"  {scope}, {report.inputs:,}; the truth is the derivative of {report.spec.name}",
        f"  {'correctly rounded':24} {_share(report.correct, report.inputs)}",
    ]
    for kind in COUNTS:
        number = report.counts[kind]
        ends = [w for w in report.witnesses if w.kind == kind]
        if number or kind in ("above_1", "nan", "zero"):
            total = report.pairs if kind == "not_monotone" else report.inputs
            found.append(f"  {WORDS[kind]:24} {_share(number, total)}{_from_to(report, ends)}")
    for kind, witness in report.maxima.items():
        found.append(f"  {MAXIMUM_WORDS[kind]:24} {_most(witness)} at {_at(report, witness)}")
    for kink in report.kinks:
        found.append(f"  left out: the kink x = {_x(report, kink.key)}, where it returns {_number(kink)}")
    return [*found, f"  {DEFINITION}"]


def _share(number: int, total: int) -> str:
    percent = f"{100 * number / total:.2f} %" if total else ""
    return f"{number:>13,}  {percent:>8}"


def _from_to(report: Report, ends: list[Witness]) -> str:
    shown = [_x(report, witness.output.key) for witness in ends]
    return f"  x = {' to '.join(shown)}" if shown else ""


def _x(report: Report, key: int) -> str:
    return "-0" if key == -1 else f"{float(value(report.form, key)):.9g}"


def _number(output: Output) -> str:
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
            f"{100 * report.correct / report.inputs:.2f}" if report.inputs else "",
            str(report.counts["above_1"]),
            _most(report.maxima["ulp"]) if "ulp" in report.maxima else "",
            _x(report, report.maxima["ulp"].output.key) if "ulp" in report.maxima else "",
            *(str(report.counts[kind]) for kind in ("nan", "zero", "wrong_sign", "infinite")),
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
