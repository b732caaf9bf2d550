"""Budgets: how far from the truth a kernel's report may be, and where it is further.

Held against a report is what its run is certain of.  A maximum's `at_most` is no less than any error (by up
to 2**-15 ULP more, and rounding to 9 digits), so what is within a budget is so; an error that meets a budget
to the last digit may be reported as over it.  An input that the run left undecided is over every budget.
Nothing here is a proof that the kernel returns what the report says: see `certify.verifier.kernel`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from certify.certificate.enclosure import MAX_BYTES
from certify.certificate.figures import MAXIMA, UNDECIDED, WITNESSED, Ends
from certify.certificate.files import is_report, read_limited
from certify.certificate.floats import KernelOutput
from certify.certificate.kernel import Report, Witness
from certify.kernels.naming import check_name
from certify.language.errors import NotChecked, NumberError, Rejected, UsageError
from certify.language.numbers import parse_number
from certify.notation.hints import or_near

# What a maximum is called in a budget.
OF_MAXIMA = {"max_ulp": "ulp", "max_ulp_large": "ulp_large", "max_absolute": "absolute"}
COUNTS = ("nan", "zero", "wrong_sign", "infinite", "not_monotone", "above_1")
BASELINE = "baseline"
_NOT_FINITE = {"nan": ("nan",), "infinite": ("inf", "-inf")}  # what a kink may return of these figures


@dataclass(frozen=True)
class Budget:
    """The most that is allowed of each figure; None where nothing is said of it.

    max_ulp, max_ulp_large, max_absolute  of the maxima; one of them allows no NaN and no wrong infinity
                                          either, unless `nan` or `infinite` says how many
    nan ... above_1                       of the counts
    baselines                             reports than which nothing may be worse
    """

    max_ulp: Fraction | None = None
    max_ulp_large: Fraction | None = None
    max_absolute: Fraction | None = None
    nan: int | None = None
    zero: int | None = None
    wrong_sign: int | None = None
    infinite: int | None = None
    not_monotone: int | None = None
    above_1: int | None = None
    baselines: tuple[Report, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it holds a report to nothing."""
        return self == Budget()

    @property
    def maxima(self) -> dict[str, Fraction]:
        """Of the maxima that it bounds, the most of each."""
        return {name: most for name in OF_MAXIMA if (most := getattr(self, name)) is not None}

    @property
    def counts(self) -> dict[str, int]:
        """Of the counts that it bounds, the most of each."""
        implied = dict.fromkeys(_NOT_FINITE, 0) if self.maxima else {}
        stated = {name: most for name in COUNTS if (most := getattr(self, name)) is not None}
        return {**implied, **stated}


class Breach(NamedTuple):
    """A figure that is over its budget.

    figure   as a budget calls it; or `undecided`, of which none is allowed, or `correctly_rounded`, of which
             a baseline has more
    found    a count, or an upper bound of a maximum
    allowed  None where a baseline has no such maximum to compare with
    at       an input where that is met, and what the kernel returned there
    truth    the ends of an enclosure of f' there; None at a kink, where there is none
    worse    whether `allowed` is what a baseline has
    """

    figure: str
    found: Fraction | int
    allowed: Fraction | int | None
    at: KernelOutput | None = None
    truth: Ends | None = None
    worse: bool = False


# --- reading ----------------------------------------------------------------------------


def read_budget(table: Mapping[str, object], folder: Path = Path()) -> Budget:
    """The budget that the values of a TOML table state: `max_ulp = "2"`, `nan = 0`, and `baseline = "a.json"`
    or a list of such paths, which are taken from the folder.

    UsageError for a figure that is none, a value of another type, or a negative one; and for a baseline that
    is no accepted report.
    """
    known = [field.name for field in fields(Budget) if field.name != "baselines"]
    found: dict[str, object] = {}
    for name, given in table.items():
        if name == BASELINE:
            paths = given if isinstance(given, list) else [given]
            texts = [path for path in paths if isinstance(path, str) and path]
            if not paths or len(texts) < len(paths):
                raise UsageError(f"{BASELINE} is {given!r}, needs the path of a report, or a list of such")
            found["baselines"] = tuple(read_baseline(folder / text) for text in texts)
        elif name not in known:
            raise UsageError(f"a budget has no figure {name!r}{or_near(name, [*known, BASELINE])}")
        else:
            found[name] = _most(name, given) if name in OF_MAXIMA else _number(name, given)
    return Budget(**found)  # type: ignore[arg-type]


def _most(name: str, given: object) -> Fraction:
    if isinstance(given, bool) or not isinstance(given, str | int):
        raise UsageError(f'{name} is {given!r}, needs an exact number as a string, such as "2" or "0.5"')
    try:
        found = parse_number(str(given).strip())
    except NumberError as error:
        raise UsageError(f"{name}: {error}") from error
    if found < 0:
        raise UsageError(f"{name} is {given}, needs a number that is not negative")
    return found


def _number(name: str, given: object) -> int:
    if isinstance(given, bool) or not isinstance(given, int):
        raise UsageError(f"{name} is {given!r}, needs a whole number: how many are allowed")
    if given < 0:
        raise UsageError(f"{name} is {given}, needs a number that is not negative")
    return given


def read_baseline(path: Path) -> Report:
    """The report in a file, accepted by the verifier; UsageError where it is none."""
    from certify.verifier.kernel import verify_report

    data = read_limited(path, MAX_BYTES)
    if not is_report(data):
        raise UsageError(f"{path}: no kernel's report, which a baseline is")
    try:
        report = verify_report(data)
        check_name(report)
    except (Rejected, NotChecked) as error:
        raise UsageError(f"{path}: no baseline, as it is not accepted: {error}") from error
    return report


# --- holding ----------------------------------------------------------------------------


def breaches(budget: Budget, report: Report) -> list[Breach]:
    """Where a report is over a budget; none where every input compared is within it.

    Of the kinks, which have no derivative, only NaN and infinities are held to it.  UsageError for a report
    that cannot show it: of a sample, or of no input at all; and for a baseline of something else.
    """
    if budget.is_empty:
        return []
    if report.coverage == "sample":
        raise UsageError(
            f"a budget is for every input, and {report.form.name} is only sampled: bfloat16, float16, float32"
        )
    if not report.figures["inputs"]:
        raise UsageError("a budget is for inputs, and the range has none but kinks: a wider --range")
    found = [_over(report, UNDECIDED, 0)]
    found += [_over(report, kind, most) for kind, most in budget.counts.items()]
    for name, most in budget.maxima.items():
        witness = report.maxima.get(OF_MAXIMA[name])
        if witness is not None and (witness.bound is None or witness.bound > most):
            found.append(_at(name, witness, most))
    return [breach for breach in found if breach] + _worse_than_any(report, budget.baselines)


def count(report: Report, kind: str) -> int:
    """A count of a report, with the kinks at which the kernel returns no finite number."""
    return report.figures[kind] + len(_at_kinks(report, kind))


def _at_kinks(report: Report, kind: str) -> list[KernelOutput]:
    return [kink for kink in report.kinks if kink.text in _NOT_FINITE.get(kind, ())]


def _over(report: Report, kind: str, most: int, worse: bool = False) -> Breach | None:
    number = count(report, kind)
    if number <= most:
        return None
    witness = next((w for w in report.witnesses if w.kind == kind), None)
    if witness is None:
        return Breach(kind, number, most, next(iter(_at_kinks(report, kind)), None), None, worse)
    return Breach(kind, number, most, witness.output, witness.truth, worse)


def _at(name: str, witness: Witness, most: Fraction | None, worse: bool = False) -> Breach:
    bound = witness.bound if witness.bound is not None else Fraction(0)
    return Breach(name, bound, most, witness.output, witness.truth, worse)


# --- baselines --------------------------------------------------------------------------


def _worse_than_any(report: Report, baselines: Sequence[Report]) -> list[Breach]:
    if not baselines:
        return []
    alike = [other for other in baselines if not _difference(report, other)] or baselines[:1]
    if len(baselines) > 1 and _difference(report, alike[0]):
        p = report.program
        raise UsageError(f"none of the {len(baselines)} baselines is of {p['function']} at {p['dtype']}")
    return [breach for other in alike for breach in worse(report, other)]


def worse(report: Report, baseline: Report) -> list[Breach]:
    """Each figure of a report that is worse than a baseline's; UsageError where that is of another kernel,
    truth, format or range.  The version of the framework, the mode and the processor may be others."""
    difference = _difference(report, baseline)
    if difference:
        raise UsageError(f"the baseline is of another {difference}")
    found = [_over(report, kind, count(baseline, kind), worse=True) for kind in WITNESSED]
    right, before = (r.figures["correctly_rounded"] for r in (report, baseline))
    if right < before:
        found.append(Breach("correctly_rounded", right, before, worse=True))
    names = {kind: name for name, kind in OF_MAXIMA.items()}
    for kind in MAXIMA:
        witness, old = report.maxima.get(kind), baseline.maxima.get(kind)
        most = old.bound if old is not None else None
        if witness is not None and (most is None or witness.bound is None or witness.bound > most):
            found.append(_at(names[kind], witness, most, worse=True))
    return [breach for breach in found if breach]


def _difference(report: Report, baseline: Report) -> str:
    """In what a baseline is of something else: in words, or nothing."""
    pairs = {
        "framework": [r.framework[0] for r in (report, baseline)],
        "kernel": [r.program["function"] for r in (report, baseline)],
        "dtype": [r.form.name for r in (report, baseline)],
        "coverage": [r.coverage for r in (report, baseline)],
    }
    for what, (found, before) in pairs.items():
        if found != before:
            return f"{what}: {before}, and this is {found}"
    if (report.start, report.stop) != (baseline.start, baseline.stop):
        return "range of inputs"
    if report.spec.bound_terms() != baseline.spec.bound_terms():
        return "truth: its f, or its f', has other terms"
    if [kink.key for kink in report.kinks] != [kink.key for kink in baseline.kinks]:
        return "truth: it leaves other points out"
    return ""
