"""What continuous integration asks: is what ships today what was proved, and is every proof right?

Each entry's code is traced as it is, and what it states compared with its certificate; where they differ the
statement of today is proved anew, to tell a wrong derivative from a certificate that is out of date.  Every
certificate is verified, and every file that is no certificate of an entry is named.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from certify.api import Goal, load, stale
from certify.catalogue import Place, Stated, StatedKernel
from certify.catalogue.reading import line_of, read_table, read_tables, read_text
from certify.certificate.enclosure import Refutation
from certify.configuration import Configuration
from certify.language.errors import CertifyError, UsageError
from certify.language.exits import Exit
from certify.language.spec import Spec, format_domain, format_parameters
from certify.notation.place import notes_of
from certify.prover.deadline import after
from certify.prover.verdict import Certified, Refuted, Undecided
from certify.shipped import Shipped, shipped, truth_of
from certify.verification import lines as lines_of
from certify.verification import verify
from certify.verifier.outcome import Accepted, Verification, files_under
from certify.words.claims import allowance, claims
from certify.words.decimals import show


class Kind(Enum):
    """What is said of an entry or a file; the value is its name for machines, and the words for people."""

    CURRENT = "current"
    ACCEPTED = "accepted"
    WITHIN_BUDGET = "within budget"
    NOT_RUN = "not run"
    NOT_LOOKED_AT = "not looked at"
    NO_CERTIFICATE = "no certificate"
    OUT_OF_DATE = "out of date"
    REFUTED = "refuted"
    UNDECIDED = "undecided"
    NOT_VERIFIED = "not verified"
    REJECTED = "rejected"
    REFUTATION = "refutation"
    NO_ENTRY = "no entry"
    OVER_BUDGET = "over budget"
    ERROR = "error"


@dataclass(frozen=True)
class Finding:
    """One thing that is said.

    subject  the entry's name, or the path of the file
    lines    the message, which names the subject, and what belongs to it
    place    the table of the entry, or the line of the user's function
    """

    kind: Kind
    subject: str
    lines: tuple[str, ...]
    exit: Exit
    place: Place | None = None


@dataclass(frozen=True)
class Plan:
    """What is checked: the entries of the files, or of all that the configuration names and then every file
    among the certificates too.

    seconds  for one claim that is proved anew; None for the configuration's
    kernels  whether kernels are run; without, each that is not is named
    """

    configuration: Configuration
    files: tuple[Path, ...] = ()
    seconds: int | None = None
    rerun: str = "some"
    kernels: bool = True

    @property
    def folder(self) -> Path:
        return self.configuration.certificates


class Entries(NamedTuple):
    """The entries of spec files; where each table is, those that cannot be read too; and what cannot."""

    stated: list[Stated]
    places: dict[str, Place]
    unreadable: list[Finding]


def check(plan: Plan) -> Iterator[Finding]:
    """Everything that there is to say, good and bad; UsageError where there is nothing to check."""
    entries = read(plan)
    yield from entries.unreadable
    for stated in entries.stated:
        yield check_entry(stated, plan)
        if stated.kernel is not None:
            yield from check_kernel(stated, stated.kernel, plan)
    if plan.files:
        return
    for path in plan.configuration.unnamed():
        said = f"{path}: no pattern of {plan.configuration.source} names it, so its entries are not checked"
        yield Finding(Kind.NOT_LOOKED_AT, str(path), (said,), Exit.HOLDS, Place(str(path), 1))
    if not plan.folder.is_dir():
        return
    found, others = files_under(plan.folder)
    own = {_path(name, plan) for name in (stated.name for stated in entries.stated)}
    for path in found:
        if path not in own:
            yield check_file(path, plan, entries)
    for path in others:
        yield Finding(Kind.NOT_LOOKED_AT, str(path), (f"{path}: it matches no *.json",), Exit.HOLDS)


# --- entries ----------------------------------------------------------------------------


def read(plan: Plan) -> Entries:
    """The entries of the plan's files, each table by itself; UsageError where there are no files."""
    files = tuple(dict.fromkeys(plan.files)) or tuple(plan.configuration.spec_files())
    if not files:
        where, patterns = plan.configuration.root, ", ".join(plan.configuration.specs)
        raise UsageError(f"no {patterns} under {where}: certify init MODULE:FUNCTION writes a first one")
    entries = Entries([], {}, [] if plan.files else _unmatched(plan.configuration))
    for path in files:
        try:
            _read_file(path, entries)
        except UsageError as error:
            entries.unreadable.append(_error(str(path), error, Place(str(path), 1)))
    return entries


def _unmatched(project: Configuration) -> list[Finding]:
    """The patterns that name no file: what they were meant for is not checked."""
    patterns = [pattern for pattern in project.specs if not project.files_of(pattern)]
    return [
        _error(pattern, UsageError(f"no file matches {pattern}, which {project.source} names"), None)
        for pattern in patterns
    ]


def _read_file(path: Path, entries: Entries) -> None:
    text = read_text(path)
    for name, table in read_tables(text, str(path)).items():
        place = Place(str(path), line_of(text, name))
        try:
            for stated in read_table(name, table, place):
                earlier = entries.places.setdefault(stated.name, place)
                if earlier != place:
                    raise UsageError(f"{place}: {earlier} states an entry {stated.name} too")
                entries.stated.append(stated)
        except UsageError as error:
            entries.places.setdefault(name, place)  # a certificate that lies there is of this entry
            entries.unreadable.append(_error(name, error, place))


def _error(subject: str, error: CertifyError, place: Place | None) -> Finding:
    lines = (*str(error).splitlines(), *notes_of(error))
    return Finding(Kind.ERROR, subject, lines, Exit.USAGE, place)


def _path(name: str, plan: Plan) -> Path:
    return plan.folder / f"{name}.json"


def check_entry(stated: Stated, plan: Plan) -> Finding:
    """What is to be said of an entry and its certificate."""
    try:
        item = shipped(stated)
        goal = item.goal()
        why = stale(goal, plan.folder)
        if why is None:
            found = _verified(item, stated, verify(_path(stated.name, plan), plan.rerun))
        else:
            found = _anew(item, goal, why, plan)
        return replace(found, lines=(*found.lines, *item.notes()))
    except CertifyError as error:
        return _error(stated.name, error, stated.place)


def _verified(item: Shipped, stated: Stated, outcome: Verification) -> Finding:
    """Of a certificate of today's statement, what the verifier says."""
    if isinstance(outcome, Accepted) and outcome.certificate is not None and outcome:
        said = ", ".join(claims(outcome.certificate))
        code = f", of {item.origin} ({item.place})" if item.origin else ""
        return Finding(
            Kind.CURRENT, stated.name, (f"{said}{code}, {outcome.path}",), Exit.HOLDS, stated.place
        )
    kind = Kind.NOT_VERIFIED if outcome.exit is Exit.NOT_VERIFIED else Kind.REJECTED
    return Finding(kind, stated.name, _said(outcome), outcome.exit, stated.place)


def _anew(item: Shipped, goal: Goal, why: str, plan: Plan) -> Finding:
    """Of an entry without a certificate of today's statement, what comes of proving that."""
    verdict = goal.prove(deadline=after(plan.seconds or plan.configuration.max_seconds))
    path = plan.folder / f"{goal.entry.name}.json"
    kind, exit_code = Kind.OUT_OF_DATE if path.exists() else Kind.NO_CERTIFICATE, Exit.FAILS
    if isinstance(verdict, Refuted):
        kind, lines = Kind.REFUTED, _without_word(verdict)
    elif isinstance(verdict, Undecided):
        kind, exit_code, lines = Kind.UNDECIDED, Exit.UNDECIDED, _without_word(verdict)
    elif isinstance(verdict, Certified):
        file = f" {goal.entry.place.path}" if goal.entry.place else ""
        lines = [f"{goal.entry.name}: still right, but {path}: {why}: run certify build{file}"]
    else:
        lines = [f"{goal.entry.name}: proved, not verified ({verdict.not_verified}); {path}: {why}"]
    lines += _changes(path, verdict.spec, among=goal.among is not None)
    return Finding(kind, goal.entry.name, tuple(lines), exit_code, item.place)


def _without_word(verdict: Refuted | Undecided) -> list[str]:
    """The lines of a verdict without its own word, which the kind says."""
    first, *rest = verdict.lines()
    return [first.removeprefix(f"{verdict.word}: "), *rest]


def _changes(path: Path, today: Spec, *, among: bool) -> list[str]:
    """What the certificate states and the entry does not, line by line, and the other way round; not the
    tolerance, where the least among some is looked for."""
    try:
        before = load(path).spec
    except CertifyError:
        return []
    rows = list(zip(_stated(before), _stated(today), strict=True))
    pairs = [(old, new) for old, new in (rows[:-1] if among else rows) if old != new]
    return [line for old, new in pairs for line in (f"  - {old}   (certified)", f"  + {new}   (today)")]


def _stated(spec: Spec) -> list[str]:
    return [
        f"f(x) = {show(spec.function).text}",
        f"s(x) = {show(spec.derivative).text}",
        f"on {format_domain(spec.domain)}{format_parameters(spec)}",
        f"|f' - s| <= {allowance(spec)}",
    ]


# --- kernels ----------------------------------------------------------------------------


def check_kernel(stated: Stated, kernel: StatedKernel, plan: Plan) -> Iterator[Finding]:
    """What is to be said of an entry's kernel at each of its formats: whether it keeps its budget."""
    if not plan.kernels:
        said = f"{stated.name}: the kernel {kernel.run} was not run, nor held to its budget"
        yield Finding(Kind.NOT_RUN, stated.name, (said,), Exit.HOLDS, stated.place)
        return
    try:
        yield from _measured(stated, kernel)
    except CertifyError as error:
        where = f"{stated.place}, " if stated.place else ""
        named = UsageError(f"{where}entry {stated.name}, kernel: {error}")
        named.__cause__ = error
        yield _error(stated.name, named, stated.place)


def _measured(stated: Stated, kernel: StatedKernel) -> Iterator[Finding]:
    from certify.kernels.budget import breaches, read_budget
    from certify.kernels.measurement import Measurement, Workplace, measure
    from certify.kernels.words import judged

    folder = Path(stated.place.path).parent if stated.place else Path()
    budget = read_budget(kernel.limits, folder)
    if budget.is_empty:
        raise UsageError('no figure with its limit, such as max_ulp = "2" or nan = 0')
    truth = truth_of(stated)
    runs = [Measurement(kernel.run, dtype, truth, kernel.keywords) for dtype in kernel.dtypes]
    for found in measure(runs, Workplace(jobs=os.cpu_count() or 1)):
        if found.report is None:
            raise found.error or UsageError(f"{kernel.run}: no report")
        over = breaches(budget, found.report)
        kind, code = (Kind.OVER_BUDGET, Exit.FAILS) if over else (Kind.WITHIN_BUDGET, Exit.HOLDS)
        first, *rest = judged(found.report, budget, over)
        head = f"{stated.name}: {kernel.run} at {found.measurement.dtype} is {first}"
        yield Finding(kind, stated.name, (head, *rest), code, stated.place)


# --- the other files --------------------------------------------------------------------


def check_file(path: Path, plan: Plan, entries: Entries | None) -> Finding:
    """What is to be said of a certificate or a report by itself.

    entries  whose certificate it must be; None where nobody asks
    """
    outcome = verify(path, plan.rerun)
    said = _said(outcome)
    if not isinstance(outcome, Accepted):
        kind = Kind.NOT_VERIFIED if outcome.exit is Exit.NOT_VERIFIED else Kind.REJECTED
        return Finding(kind, str(path), said, outcome.exit)
    certificate = outcome.certificate
    if certificate is None:
        return Finding(Kind.ACCEPTED, str(path), said, Exit.HOLDS)
    name = certificate.spec.name
    place = entries.places.get(name) if entries else None
    if isinstance(certificate.proof, Refutation):
        return Finding(Kind.REFUTATION, str(path), said, Exit.FAILS, place)
    if entries is None or (place and path == _path(name, plan)):
        return Finding(Kind.ACCEPTED, str(path), said, Exit.HOLDS)
    if place is not None:
        why = f"{path}: a second certificate of the entry {name}, whose own is {_path(name, plan)}"
    else:
        patterns = ", ".join(plan.configuration.specs)
        why = f"{path}: no entry {name} in {patterns} says what it should state"
    return Finding(Kind.NO_ENTRY, str(path), (why, *said), Exit.FAILS, place)


def _said(outcome: Verification) -> tuple[str, ...]:
    """What the verifier says of a file, without its word, which the kind says."""
    first, *rest = lines_of(outcome)
    path = str(outcome.path)
    return (path + first.partition(path)[2], *rest)


def summary(findings: Sequence[Finding]) -> str:
    """How many of each kind, in the order of the kinds."""
    counts = ((kind, sum(finding.kind is kind for finding in findings)) for kind in Kind)
    return ", ".join(f"{count} {kind.value}" for kind, count in counts if count)
