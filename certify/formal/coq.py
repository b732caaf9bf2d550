"""coqc: theorems compiled, and what they assume read from its output.

A theorem is accepted only where coqc ends well and prints the assumptions, and each of them
is one that is known.  It is rejected where its statement does not type-check or it assumes
more; where only the proof fails it is unproved, which says nothing of its truth.  The files
are compiled in a folder that is removed afterwards.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import NamedTuple

from certify.formal.statement import write_statement
from certify.formal.theorem import Theorem, write_proof
from certify.language.errors import CertifyError

INSTALL = "Debian: apt-get install coq libcoq-coquelicot libcoq-interval"
SECONDS = 120  # that one run of coqc may take

# The classical real numbers of Coq's standard library rest on these.
CLASSICAL = frozenset(
    (
        "ClassicalDedekindReals.sig_not_dec",
        "ClassicalDedekindReals.sig_forall_dec",
        "FunctionalExtensionality.functional_extensionality_dep",
        "Classical_Prop.classic",
    )
)
# CoqInterval computes with the kernel's machine integers and floats, whose behaviour is assumed.
MACHINE = ("PrimInt63.", "Uint63.", "PrimFloat.", "FloatAxioms.")

_PRELUDE, _INTERVAL = "Certify", "CertifyInterval"
_SOURCES = {_PRELUDE: "prelude.v", _INTERVAL: "interval.v"}


class Unavailable(CertifyError):
    """coqc is missing, or does not get as far as a theorem."""


class CoqReport(NamedTuple):
    """What coqc made of one theorem.

    verdict      accepted; rejected, for what it states or assumes; unproved, the tactics do not
                 prove it, true as it may be; or undecided, coqc came to no end
    why          its own words where it is not accepted
    assumptions  the axioms it rests on, as printed; those of the whole batch in a batch
    seconds      of the theorem's own sentences
    """

    name: str
    verdict: str
    why: str
    assumptions: frozenset[str]
    seconds: float


def requires(theorem: Theorem) -> str:
    """The prelude that a theorem's file imports."""
    return _INTERVAL if theorem.by_interval else _PRELUDE


def preludes(theorems: Sequence[Theorem]) -> dict[str, str]:
    """The preludes that the theorems need, by name, in the order to compile them in."""
    names = [_PRELUDE, *([_INTERVAL] if any(theorem.by_interval for theorem in theorems) else [])]
    folder = files("certify.formal")
    return {name: folder.joinpath(_SOURCES[name]).read_text("utf-8") for name in names}


def check(theorems: Sequence[Theorem], seconds: float = SECONDS) -> list[CoqReport]:
    """What coqc makes of each theorem; Unavailable where it is missing or cannot start.

    Theorems of one kind are compiled together, since loading the libraries takes longest; if
    that fails, each on its own.
    """
    if not theorems:
        return []
    coqc = shutil.which("coqc")
    if coqc is None:
        raise Unavailable(f"coqc is missing ({INSTALL})")
    with TemporaryDirectory(prefix="certify-") as name:
        run = _Coqc(coqc, Path(name), seconds)
        run.compile_preludes(preludes(theorems))
        reports: dict[str, CoqReport] = {}
        for by_interval in (False, True):
            kind = [theorem for theorem in theorems if theorem.by_interval == by_interval]
            if kind:
                reports |= {report.name: report for report in run.together(kind)}
    return [reports[theorem.name] for theorem in theorems]


class _Ended(NamedTuple):
    """How a run of coqc ended; code None where it was stopped at the time limit."""

    code: int | None
    output: str
    errors: str
    seconds: float


class _Coqc:
    """coqc in one folder."""

    def __init__(self, program: str, folder: Path, limit: float) -> None:
        self.program, self.folder, self.limit = program, folder, limit

    def compile_preludes(self, sources: dict[str, str]) -> None:
        for name, text in sources.items():
            ended = self._compile(name, text)
            if ended.code is None:
                raise Unavailable(f"coqc did not compile {name}.v in {self.limit:g} s")
            if ended.code != 0:
                why = _first_error(ended)
                raise Unavailable(f"coqc does not compile {name}.v: {why} ({INSTALL})")

    def together(self, theorems: list[Theorem]) -> Iterator[CoqReport]:
        """Reports from one file; a theorem at which that fails is taken out and compiled alone."""
        while len(theorems) > 1:
            batch = _Batch(theorems)
            ended = self._compile("Batch", batch.text)
            if ended.code == 0:
                found = batch.reports(ended)
                if all(report.verdict == "accepted" for report in found):
                    yield from found
                    return
            failed = batch.failed_at(ended)
            if failed is None:
                break
            yield self._alone(failed)
            theorems = [theorem for theorem in theorems if theorem is not failed]
        for theorem in theorems:
            yield self._alone(theorem)

    def _alone(self, theorem: Theorem) -> CoqReport:
        alone = _Batch([theorem])
        return alone.report(self._compile("Alone", alone.text))

    def _compile(self, name: str, text: str) -> _Ended:
        path = self.folder / f"{name}.v"
        path.write_text(text, "utf-8")
        begun = perf_counter()
        # a session of its own, so that what coqc starts ends with it
        with subprocess.Popen(
            [self.program, "-q", "-w", "none", "-time", path.name],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        ) as process:
            try:
                output, errors = process.communicate(timeout=self.limit)
                code: int | None = process.returncode
            except subprocess.TimeoutExpired:
                output, errors, code = "", "", None
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
        return _Ended(code, output, errors, perf_counter() - begun)


class _Batch:
    """One file of theorems of one kind, and what coqc's output says of each."""

    def __init__(self, theorems: list[Theorem]) -> None:
        self.theorems = theorems
        names = ", ".join(theorem.statement.theorem for theorem in theorems)
        text = f"Require Import {requires(theorems[0])}.\nOpen Scope R_scope.\n\n"
        self.starts, self.proofs = [], []
        for theorem in theorems:
            self.starts.append(len(text))
            text += f"{write_statement(theorem.statement)}\n"
            self.proofs.append(len(text))
            text += f"{write_proof(theorem)}\n\n"
        self.end = len(text)
        self.text = f"{text}Definition certified := ({names}).\nPrint Assumptions certified.\n"

    def reports(self, ended: _Ended) -> list[CoqReport]:
        """Of a run that ended well: one verdict for all, the time of each."""
        ends = [*self.starts[1:], self.end]
        verdict, why, found = _judge(ended, by_interval=self.theorems[0].by_interval)
        return [
            CoqReport(theorem.name, verdict, why, found, _seconds(ended.output, start, end))
            for theorem, start, end in zip(self.theorems, self.starts, ends, strict=True)
        ]

    def failed_at(self, ended: _Ended) -> Theorem | None:
        """The theorem in whose text coqc's error stands; None where it names no line of one."""
        line = _error_line(ended)
        if line is None or line >= self._line(self.end):
            return None
        before = [t for t, start in zip(self.theorems, self.starts, strict=True) if self._line(start) <= line]
        return before[-1] if before else None

    def _line(self, offset: int) -> int:
        return self.text.count("\n", 0, offset) + 1

    def report(self, ended: _Ended) -> CoqReport:
        """Of a run for one theorem, however it ended."""
        name = self.theorems[0].name
        if ended.code == 0:
            return self.reports(ended)[0]
        if ended.code is None:
            why = f"coqc was stopped at the time limit, {ended.seconds:.0f} s"
            return CoqReport(name, "undecided", why, frozenset(), ended.seconds)
        verdict, head = self._failure(ended)
        return CoqReport(name, verdict, f"{head}{_first_error(ended)}", frozenset(), ended.seconds)

    def _failure(self, ended: _Ended) -> tuple[str, str]:
        """The verdict on the one theorem of a run that failed, by where coqc's error stands."""
        if self.failed_at(ended) is None or "Anomaly" in ended.errors:
            return "undecided", ""
        if (_error_line(ended) or 0) < self._line(self.proofs[0]):
            return "rejected", "its statement does not type-check: "
        return "unproved", "not proved by the tactics: "


def _judge(ended: _Ended, *, by_interval: bool) -> tuple[str, str, frozenset[str]]:
    """The verdict on a run that ended well, why, and the assumptions."""
    try:
        found = read_assumptions(ended.output)
    except ValueError as error:
        return "undecided", str(error), frozenset()
    extra = sorted(unknown(found, by_interval=by_interval))
    if extra:
        return "rejected", f"it assumes {', '.join(extra)}", found
    return "accepted", "", found


def _error_line(ended: _Ended) -> int | None:
    """The line at which coqc says that an error stands; None where it does not."""
    located = _LOCATED.search(ended.errors)
    return int(located["line"]) if ended.code == 1 and located else None


def unknown(found: Collection[str], *, by_interval: bool) -> set[str]:
    """The assumptions that a theorem of its kind may not rest on."""
    extra = set(found) - CLASSICAL
    return {name for name in extra if not (by_interval and name.startswith(MACHINE))}


# --- output -----------------------------------------------------------------------------

_TIME = re.compile(r"Chars (\d+) - (\d+) \[.*\] ([0-9.]+) secs \(.*\)")
_LOCATED = re.compile(r'File "\./[A-Za-z]+\.v", line (?P<line>\d+), characters \d+-\d+:\s+Error')
_AXIOM = re.compile(r"([A-Za-z_][A-Za-z0-9_'.]*)(?: :.*)?")
_CLOSED = "Closed under the global context"


def read_assumptions(output: str) -> frozenset[str]:
    """The names that Print Assumptions lists; ValueError for anything that is not such a list."""
    lines = [line for line in output.splitlines() if not _TIME.fullmatch(line)]
    if lines == [_CLOSED]:
        return frozenset()
    if not lines or lines[0] != "Axioms:":
        raise ValueError("coqc printed no assumptions")
    found = set()
    for line in lines[1:]:
        if line.startswith(" "):
            continue  # the rest of a type
        match = _AXIOM.fullmatch(line)
        if not match:
            raise ValueError(f"an assumption that is not a name: {line[:100]!r}")
        found.add(match[1])
    return frozenset(found)


def _seconds(output: str, start: int, end: int) -> float:
    """The time of the sentences of a part of the file."""
    times = (_TIME.fullmatch(line) for line in output.splitlines())
    return sum((float(m[3]) for m in times if m and start <= int(m[1]) < end), start=0.0)


def _first_error(ended: _Ended) -> str:
    """coqc's message in one line, cut short."""
    text = ended.errors[ended.errors.find("Error") :] if "Error" in ended.errors else ended.errors
    line = " ".join(text.split()) or f"coqc ended with code {ended.code}"
    return line if len(line) <= 200 else f"{line[:197]}..."
