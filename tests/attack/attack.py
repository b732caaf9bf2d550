"""Fuzzers with fresh seeds on what must never say something false, in parallel until the time is over.

    bin/attack [--minutes N] [--seed S] [--only NAME] [--case I] [--jobs J]

Every case is a function of the seed, the fuzzer's name and the case's number, so that the line
printed with a miss reproduces it.  Exit codes: 0 without misses, 1 with misses, 2 usage.
"""

from __future__ import annotations

import argparse
import importlib
import multiprocessing
import os
import resource
import secrets
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterable
from math import inf
from multiprocessing.connection import Connection, wait
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from tests.attack.case import Case

SHARES = {"functions": 3, "forgeries": 5, "reports": 1, "claims": 5, "surface": 3}
HANG = 120  # seconds of a case's processor time that are reported
PATIENCE = 8  # times as many on the clock
MEMORY = 3 * 2**30  # bytes of a worker
GRACE = 5  # seconds after the end until the cases at hand are dropped
SHOWN = 3  # misses of one kind that are printed in full
WIDTH = 4000  # characters of an input that are printed


class Found(NamedTuple):
    """What came of a case."""

    fuzzer: str
    number: int
    counts: Counter[str]
    misses: list[tuple[str, str]]


# --- a worker ------------------------------------------------------------------------------


def one(fuzzer: str, seed: str, number: int, doors: Any, note: Path | None = None) -> Found:
    """A case of a fuzzer; what it raises is a miss."""
    case = _Noted(Random(f"{seed}/{fuzzer}/{number}"), doors, note)
    try:
        importlib.import_module(f"tests.attack.{fuzzer}").run(case)
    except Exception:  # a crash of a door, or of the fuzzer: reported, never dropped
        case.miss("an exception", f"{traceback.format_exc()}\n{case.now}")
    return Found(fuzzer, number, case.counts, case.misses)


class _Noted(Case):
    """A case that leaves the input at hand in a file, for when the process does not come back."""

    def __init__(self, rng: Random, doors: Any, note: Path | None) -> None:
        self._note = note
        super().__init__(rng, doors)

    @property
    def now(self) -> str:  # type: ignore[override]
        return self._now

    @now.setter
    def now(self, text: str) -> None:
        self._now = text
        if self._note is not None:
            self._note.write_text(text, errors="backslashreplace")


def _work(pipe: Connection, seed: str, note: Path) -> None:
    from tests.attack import doors

    os.setpgid(0, 0)  # its children end with it
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    doors.load()
    pipe.send("ready")
    while True:
        try:
            fuzzer, number = pipe.recv()
        except EOFError:
            return
        pipe.send(one(fuzzer, seed, number, doors, note))


# --- the run --------------------------------------------------------------------------------


_fork = multiprocessing.get_context("fork")


class _Worker:
    """A process that runs one case after the other."""

    def __init__(self, seed: str, folder: Path, index: int) -> None:
        self.note = folder / f"note{index}"
        self.pipe, theirs = _fork.Pipe()
        self.process = _fork.Process(target=_work, args=(theirs, seed, self.note))
        self.process.start()
        theirs.close()
        self.ready = False
        self.task: tuple[str, int] | None = None
        self.begun = 0.0
        self.spent = 0.0

    def give(self, task: tuple[str, int]) -> None:
        self.task, self.begun, self.spent = task, time.monotonic(), self.processor_time()
        self.pipe.send(task)

    def processor_time(self) -> float:
        """Seconds that the process and its ended children have computed."""
        try:
            fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return self.spent
        return sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")

    def hangs(self, limit: float) -> bool:
        clock = time.monotonic() - self.begun
        return clock > limit * PATIENCE or self.processor_time() - self.spent > limit

    def end(self) -> None:
        """Kill the process and its children."""
        if self.process.pid is not None:
            for kill in (os.killpg, os.kill):
                try:
                    kill(self.process.pid, signal.SIGKILL)
                    break
                except ProcessLookupError:
                    continue
        self.process.join()
        self.pipe.close()

    def lost(self, why: str) -> Found:
        """The case that the process did not come back from."""
        fuzzer, number = self.task or ("", 0)
        given = self.note.read_text() if self.note.exists() else ""
        return Found(fuzzer, number, Counter({why: 1}), [(why, given)])


class Attack:
    """Cases of the fuzzers, each fuzzer for its share of the time."""

    def __init__(self, seed: str, fuzzers: Iterable[str], jobs: int, hang: float = HANG) -> None:
        self.seed, self.jobs, self.hang = seed, jobs, hang
        self.used = dict.fromkeys(fuzzers, 0.0)
        self.next = dict.fromkeys(self.used, 0)
        self.found: list[Found] = []
        self.dropped = 0

    def run(self, seconds: float, cases: float = inf) -> None:
        """New cases for so long, or so many."""
        end = time.monotonic() + seconds
        with tempfile.TemporaryDirectory(prefix="attack-") as text:
            folder, made = Path(text), self.jobs
            workers = [_Worker(self.seed, folder, i) for i in range(self.jobs)]
            try:
                while (now := time.monotonic()) < end + GRACE and len(self.found) < cases:
                    for worker in workers:
                        if worker.ready and worker.task is None and now < end:
                            worker.give(self._task())
                    busy = [worker for worker in workers if worker.task is not None]
                    if not busy and now >= end:
                        break
                    ready = wait([worker.pipe for worker in workers], timeout=0.2)
                    for worker in workers:
                        if worker.pipe in ready:
                            self._receive(worker)
                        elif worker.task is not None and worker.hangs(self.hang):
                            self._close(worker, worker.lost(f"a case of more than {self.hang:g} s"))
                    for i, worker in enumerate(workers):
                        if worker.process.exitcode is not None:
                            made += 1
                            workers[i] = _Worker(self.seed, folder, made)
                self.dropped = sum(worker.task is not None for worker in workers)
            finally:
                for worker in workers:
                    worker.end()

    def _task(self) -> tuple[str, int]:
        """The next case of the fuzzer that is furthest behind its share."""
        name = min(self.used, key=lambda name: self.used[name] / SHARES[name])
        self.used[name] += 1e-6  # in flight
        number = self.next[name]
        self.next[name] += 1
        return name, number

    def _receive(self, worker: _Worker) -> None:
        try:
            found = worker.pipe.recv()
        except EOFError:
            worker.process.join()
            self._close(worker, worker.lost(f"the process ended ({worker.process.exitcode})"))
            return
        if worker.ready:
            self._book(worker, found)
        worker.ready = True

    def _close(self, worker: _Worker, found: Found) -> None:
        worker.end()
        self._book(worker, found)

    def _book(self, worker: _Worker, found: Found) -> None:
        self.used[found.fuzzer] += time.monotonic() - worker.begun
        self.found.append(found)
        worker.task = None


# --- what is printed -----------------------------------------------------------------------------


def report(seed: str, found: list[Found], fuzzers: Iterable[str]) -> int:
    """Counts, then each miss with its input and the line that reproduces it; the exit code."""
    for fuzzer in fuzzers:
        mine = [row for row in found if row.fuzzer == fuzzer]
        counts: Counter[str] = sum((row.counts for row in mine), Counter())
        told = ", ".join(f"{number:,} {what}" for what, number in counts.most_common())
        misses = sum(len(row.misses) for row in mine)
        print(f"{fuzzer:12} {len(mine):,} cases, {misses} misses: {told}")
    shown: Counter[tuple[str, str]] = Counter()
    total = 0
    for row in sorted(found, key=lambda row: sum(len(given) for _, given in row.misses)):
        for what, given in row.misses:
            total += 1
            shown[row.fuzzer, what] += 1
            if shown[row.fuzzer, what] <= SHOWN:
                print(
                    f"\nMISS {row.fuzzer}: {what}"
                    f"\n  bin/attack --seed {seed} --only {row.fuzzer} --case {row.number}"
                )
                print(f"  {_printable(given)[:WIDTH]}")
    if total:
        print(f"\n{total} misses:")
        for (fuzzer, what), number in shown.most_common():
            print(f"  {number:5} {fuzzer}: {what}")
    return 1 if total else 0


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in text)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="bin/attack", description="Fuzz the verifier, the prover and the commands."
    )
    parser.add_argument("--minutes", type=float, default=2.0, help="how long [default: 2]")
    parser.add_argument("--seed", help="of an earlier run [default: a fresh one]")
    parser.add_argument("--only", choices=list(SHARES), help="one fuzzer")
    parser.add_argument("--case", type=int, help="one case of it, as a miss names it")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="processes [default: one a core]"
    )
    given = parser.parse_args()
    seed = given.seed or secrets.token_hex(4)
    fuzzers = [given.only] if given.only else list(SHARES)
    if given.case is not None and not given.only:
        parser.error("--case needs --only")
    print(f"seed {seed}", flush=True)
    if given.case is not None:
        from tests.attack import doors

        return report(seed, [one(given.only, seed, given.case, doors)], fuzzers)
    attack = Attack(seed, fuzzers, given.jobs)
    attack.run(given.minutes * 60)
    code = report(seed, attack.found, fuzzers)
    if attack.dropped:
        print(f"{attack.dropped} cases were still running at the end")
    return code


if __name__ == "__main__":
    sys.exit(main())
