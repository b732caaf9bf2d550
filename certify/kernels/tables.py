"""Several kernels' results as a table: columns for people, CSV, Markdown, and JSON with all figures."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

from certify.certificate.floats import KernelOutput, value
from certify.certificate.kernel import Report, Witness
from certify.kernels.budget import Breach
from certify.kernels.words import breach, input_of, most_of, percent
from certify.language.numbers import format_number
from certify.words.claims import formulas

HEADER = (
    "kernel",
    "dtype",
    "correct %",
    "> 1 ULP",
    "max ULP",
    "at x",
    "NaN",
    "zero",
    "wrong sign",
    "inf",
    "undecided",
    "budget",
)
_COVERED = {"every": "", "sample": " (sample: lower bounds)"}
_COUNTS = ("above_1",), ("nan", "zero", "wrong_sign", "infinite", "undecided")


class Result(NamedTuple):
    """What came of a kernel at a format.

    report    None where there is an error
    error     why there is none
    path      where the report was written; empty where it was not
    held      whether a budget was stated
    breaches  where it is over the budget
    """

    target: str
    dtype: str
    report: Report | None = None
    error: str = ""
    path: str = ""
    held: bool = False
    breaches: tuple[Breach, ...] = ()

    @property
    def budget(self) -> str:
        """kept, over, or none; error, where a budget has nothing to be held against."""
        if self.error:
            return "error"
        return ("over" if self.breaches else "kept") if self.held else "none"


def rows(results: Iterable[Result]) -> list[tuple[str, ...]]:
    """A row for each result, under HEADER."""
    return [_row(result) for result in results]


def _row(result: Result) -> tuple[str, ...]:
    report = result.report
    if report is None:
        return result.target, result.dtype, *[""] * (len(HEADER) - 3), result.budget
    worst = report.maxima.get("ulp")
    figures = report.figures
    return (
        f"{report.framework[0]}:{report.program['function']}",
        report.program["dtype"] + _COVERED[report.coverage],
        percent(figures["correctly_rounded"], figures["inputs"]),
        *(str(figures[kind]) for kind in _COUNTS[0]),
        most_of(worst) if worst else "",
        input_of(report, worst.output.key) if worst else "",
        *(str(figures[kind]) for kind in _COUNTS[1]),
        result.budget,
    )


def as_csv(results: Iterable[Result]) -> str:
    """The table as comma-separated values."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([HEADER, *rows(results)])
    return text.getvalue().rstrip("\n")


def as_markdown(results: Iterable[Result]) -> str:
    """The table in Markdown."""
    made = [HEADER, tuple("---" for _ in HEADER), *rows(results)]
    return "\n".join(f"| {' | '.join(row)} |" for row in made)


# --- JSON -------------------------------------------------------------------------------


def as_row(result: Result) -> dict[str, object]:
    """An object with all figures, as certify/cli/output.schema.json has it.

    Counts are numbers, and so are inputs and outputs, which binary64 holds exactly; but "nan", "inf" and
    "-inf", which JSON has no number for.  Bounds and enclosures are exact, and texts, as in a report.
    """
    report = result.report
    head: dict[str, object] = {"kernel": result.target, "dtype": result.dtype, "budget": result.budget}
    if report is None:
        return {**head, "error": result.error}
    return {
        **head,
        "program": report.program,
        "truth": {"name": report.spec.name, "given": bool(report.origin), "formulas": formulas(report.spec)},
        "coverage": report.coverage,
        "range": [_input(report, report.start), _input(report, report.stop - 1)],
        "figures": report.figures,
        "maxima": {kind: _maximum(report, witness) for kind, witness in report.maxima.items()},
        "witnesses": [
            {"kind": witness.kind, **_shown(report, witness.output, witness.truth)}
            for witness in report.witnesses
            if witness.bound is None
        ],
        "kinks": [_shown(report, kink, None) for kink in report.kinks],
        "breaches": [_breach(report, item) for item in result.breaches],
        "report": result.path or None,
        **({"error": result.error} if result.error else {}),
    }


def _maximum(report: Report, witness: Witness) -> dict[str, object]:
    bound = witness.bound if witness.bound is not None else Fraction(0)
    return {"at_most": format_number(bound), **_shown(report, witness.output, witness.truth)}


def _shown(
    report: Report, output: KernelOutput, truth: tuple[Fraction, Fraction] | None
) -> dict[str, object]:
    found: dict[str, object] = {
        "x": _input(report, output.key),
        "got": output.text if output.got is None else float.fromhex(output.text),
    }
    return found if truth is None else {**found, "truth": [format_number(end) for end in truth]}


def _breach(report: Report, found: Breach) -> dict[str, object]:
    def number(most: Fraction | int | None) -> int | str | None:
        return format_number(most) if isinstance(most, Fraction) else most

    row: dict[str, object] = {
        "figure": found.figure,
        "found": number(found.found),
        "allowed": number(found.allowed),
        "worse_than_baseline": found.worse,
        "text": breach(report, found),
    }
    return row if found.at is None else {**row, **_shown(report, found.at, found.truth)}


def _input(report: Report, key: int) -> float:
    return -0.0 if key == -1 else float(value(report.form, key))
