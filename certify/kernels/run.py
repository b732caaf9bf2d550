"""A kernel run on every number of a format, by blocks over an executor, and its report.

Blocks are ranges of keys; their tallies add up in any order, so that processes on one machine or
workers of a Dask cluster give the same report.  What is done is kept beside the report, so that an
interrupted run goes on where it stopped.  All that touches the kernel happens in the executor's workers:
what ends its process ends a worker's.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import fields
from fractions import Fraction
from functools import cache
from hashlib import sha256
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple, TypeVar

import numpy as np

from certify.certificate.figures import FIGURES, MAXIMA, WITNESSED, Seen
from certify.certificate.files import read_limited, write_whole
from certify.certificate.floats import (
    FLOAT64,
    FORMATS,
    Format,
    KernelOutput,
    key_above,
    key_below,
    key_from,
    sampled,
)
from certify.certificate.identity import Identity
from certify.certificate.kernel import TOTALS, Block, Report, Witness, encode, kinks, ranges
from certify.kernels.arrays import Array, bits_of_keys, bits_of_sample
from certify.kernels.compare import Count, Tally, Worst, compare, settle, tally_of
from certify.kernels.naming import truth_of
from certify.kernels.programs import Kernel, KernelError, describe, gradient, output_at
from certify.kernels.truth import Truth
from certify.language.errors import Rejected, UsageError
from certify.language.numbers import power_of_ten_below, round_outward, round_up
from certify.language.spec import parse_interval

PIECE = 2**20  # inputs that a kernel is given at once
SAVE_EVERY = 10.0  # seconds
CONNECT = "10s"  # to a scheduler
DIGITS = 24  # of a witness's truth
MAX_STATE = 2**24

Progress = Callable[[int, int], None]  # inputs done, inputs in all
T = TypeVar("T")


class Done(NamedTuple):
    """What came of a block: the tally, and the sha256 of the outputs."""

    tally: Tally
    sha256: str


# --- one block, in a worker -------------------------------------------------------------


@cache
def _prepared(kernel: Kernel, form_name: str) -> tuple[Truth, Any]:
    form = FORMATS[form_name]
    return Truth(identity_of(kernel.entry), form), gradient(kernel, form)


@cache
def identity_of(name: str) -> Identity:
    """The proof of f' = s on the whole line, at the entry's defaults; UsageError where it has no
    identity, so that s is not known to be the truth."""
    from certify.prover.identity.search import identify

    found = identify(truth_of(name))
    if isinstance(found, Identity):
        return found
    raise UsageError(f"{name}: no identity f' = s on the whole line, so s is not known to be the truth")


def block(kernel: Kernel, form_name: str, start: int, stop: int, end: int) -> Done:
    """What comes of the block start <= key < stop of a run to the key before `end`."""
    truth, run = _prepared(kernel, form_name)
    if truth.form is FLOAT64:
        return _sampled(truth, run, start, stop)
    parts = [
        run(bits_of_keys(truth.form, first, min(first + PIECE, stop))) for first in range(start, stop, PIECE)
    ]
    outputs = np.concatenate(parts) if len(parts) > 1 else parts[0]
    following = float(run(bits_of_keys(truth.form, stop, stop + 1))[0]) if stop < end else None
    return Done(compare(truth, start, stop, outputs, following), _digest(outputs))


def _sampled(truth: Truth, run: Any, start: int, stop: int) -> Done:
    """What comes of the sample of binary64."""
    keys = sampled(start, stop)
    outputs = run(bits_of_sample(keys))
    rows = zip(keys, outputs.tolist(), strict=True)
    left_out = set(truth.kinks)
    tally = sum((tally_of(truth, key, g) for key, g in rows if key not in left_out), start=Tally())
    return Done(tally, _digest(outputs))


def _digest(outputs: Array) -> str:
    """The sha256 of the outputs, ascending by input, as the little-endian binary32 or binary64 numbers
    that they are held in; every NaN as one, as its bits mean nothing."""
    held = np.where(np.isnan(outputs), np.abs(outputs.dtype.type(np.nan)), outputs)
    return sha256(held.astype(outputs.dtype.newbyteorder("<"), copy=False).data).hexdigest()


def start_worker() -> None:
    """One thread of the kernel's own for each process; and glibc keeps what is freed, since arrays of
    half a megabyte would else be mapped and unmapped at every step."""
    import ctypes

    if sys.platform == "linux":
        library = ctypes.CDLL(None)
        for parameter, size in ((-1, 2**28), (-3, 2**25)):  # M_TRIM_THRESHOLD, M_MMAP_THRESHOLD
            library.mallopt(parameter, size)
    try:
        import torch

        torch.set_num_threads(1)
    except ImportError:
        pass


# --- all blocks -------------------------------------------------------------------------


def run(
    kernel: Kernel,
    form: Format,
    *,
    pool: Executor | None = None,
    within: tuple[int, int] | None = None,
    state: Path | None = None,
    resume: bool = False,
    progress: Progress | None = None,
) -> Report:
    """The report on all finite numbers of the format, or on those with keys in a range.

    pool    where the kernel is run; without one in this process, which it may end
    state   where what is done is kept until all is; with resume, what is there is not done again
    KernelError where the kernel fails; the state is kept then, as on an interrupt.
    """
    if pool is None:
        with executor(1, None, alone=False) as threads:
            return run(
                kernel, form, pool=threads, within=within, state=state, resume=resume, progress=progress
            )
    start, stop = within or form.keys
    blocks = ranges(form, start, stop)
    identity_of(kernel.entry)
    program = apart(pool, describe, kernel, form)
    identity = sha256(json.dumps([program, kernel.entry, start, stop]).encode()).hexdigest()
    done = _load(state, identity) if resume and state else {}
    saved = monotonic()
    try:
        for at, found in _results(pool, kernel, form, [b for b in blocks if b[0] not in done], stop):
            done[at] = found
            if progress:
                progress(sum(b - a for a, b in blocks if a in done), stop - start)
            if state and monotonic() - saved > SAVE_EVERY:
                _save(state, identity, done)
                saved = monotonic()
    except BaseException as error:
        if state and done:
            _save(state, identity, done)
            tried = sum(b - a for a, b in blocks if a in done)
            error.add_note(
                f"partial: {tried:,} of {stop - start:,} inputs are kept in {state}; --resume goes on"
            )
        raise
    rows = [done[a] for a, _ in blocks]
    report = apart(pool, report_of, kernel, form, program, (start, stop), rows)
    if state:
        state.unlink(missing_ok=True)
    return report


def apart(pool: Executor, call: Callable[..., T], *arguments: Any) -> T:
    """A call in a worker; KernelError where that ends the worker's process."""
    with _alive():
        return pool.submit(call, *arguments).result()


@contextmanager
def _alive() -> Iterator[None]:
    """KernelError where a worker's process ends: that is no verdict, whatever its exit code is."""
    killed: tuple[type[BaseException], ...] = (BrokenProcessPool,)
    if "distributed" in sys.modules:
        killed = (BrokenProcessPool, sys.modules["distributed"].KilledWorker)
    try:
        yield
    except killed as error:
        raise KernelError(
            "the kernel ended the process that it ran in, by an exit or a crash or for want of memory"
        ) from error


def _results(
    pool: Executor, kernel: Kernel, form: Format, blocks: list[tuple[int, int]], end: int
) -> Iterator[tuple[int, Done]]:
    futures: dict[Future[Done], int] = {}
    try:
        with _alive():
            futures = {pool.submit(block, kernel, form.name, a, b, end): a for a, b in blocks}
            for future in as_completed(futures):
                yield futures[future], future.result()
    finally:
        for future in futures:
            future.cancel()


@contextmanager
def executor(jobs: int, dask: str | None, *, alone: bool = True) -> Iterator[Executor]:
    """Workers: of a Dask cluster, or processes; where they need not be alone, a thread of this one."""
    if dask is not None:
        try:
            from distributed import Client
        except ImportError as error:
            raise UsageError("--dask needs pip install 'certify[dask]'") from error
        try:
            client = Client(dask, timeout=CONNECT)
        except (OSError, ValueError) as error:
            raise UsageError(f"--dask {dask}: no scheduler answers there: {error}") from error
        with client:
            client.run(start_worker)
            yield client.get_executor(pure=False, retries=3)
        return
    if not alone:
        start_worker()
        with ThreadPoolExecutor(1) as threads:
            yield threads
        return
    import multiprocessing

    context = multiprocessing.get_context("spawn")  # a fork of a process that runs threads may hang
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=start_worker) as processes:
        yield processes


def keys_within(form: Format, text: str) -> tuple[int, int]:
    """The keys of the numbers in an interval, LO,HI or (LO,HI] with an open end."""
    part = parse_interval(text)
    (start, stop), (low, high) = form.keys, (part.low, part.high)
    if low is not None:
        start = (key_from(form, low) if low else -1) if part.closed[0] else key_above(form, low)
    if high is not None:
        stop = key_above(form, high) if part.closed[1] else key_below(form, high) + 1
    if start >= stop:
        raise UsageError(f"--range {text}: no number of {form.name} lies in it")
    return start, stop


# --- what is done -----------------------------------------------------------------------


def _save(path: Path, identity: str, done: dict[int, Done]) -> None:
    rows = {str(at): [found.sha256, *_encode(found.tally)] for at, found in done.items()}
    body = {"run": identity, "blocks": rows}
    write_whole(path, json.dumps(body).encode())


def _load(path: Path, identity: str) -> dict[int, Done]:
    """The blocks that are done, if the file is of the same run."""
    if not path.exists():
        return {}
    try:
        body = json.loads(read_limited(path, MAX_STATE))
        if body["run"] != identity:
            raise UsageError(f"{path} is of another kernel, version or range: leave --resume out")
        return {int(at): Done(_decode(row[1:]), row[0]) for at, row in body["blocks"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise UsageError(f"{path} is no state of a run: {error}") from error


def _encode(tally: Tally) -> list[Any]:
    rows: list[Any] = []
    for field in fields(tally):
        found = getattr(tally, field.name)
        if isinstance(found, Count):
            rows.append([found.number, found.first, found.last])
        elif isinstance(found, Worst):
            rows.append([found.bound.hex(), found.key])
        else:
            rows.append(found)
    return rows


def _decode(rows: list[Any]) -> Tally:
    made: list[Any] = []
    for field, row in zip(fields(Tally), rows, strict=True):
        if isinstance(field.default, Count):
            made.append(Count(*row))
        elif isinstance(field.default, Worst):
            made.append(Worst(float.fromhex(row[0]), row[1]))
        else:
            made.append(row)
    return Tally(*made)


# --- the report -------------------------------------------------------------------------


def report_of(
    kernel: Kernel, form: Format, program: dict[str, str], ends: tuple[int, int], blocks: list[Done]
) -> Report:
    """The report of a run, accepted by the verifier; KernelError where it is not, as the kernel does not
    give twice what it gave."""
    from certify.verifier.kernel import verify_report

    truth, run_kernel = _prepared(kernel, form.name)
    writer = _Writer(truth, run_kernel)
    total = sum((found.tally for found in blocks), start=Tally())
    report = Report(
        program=program,
        identity=identity_of(kernel.entry),
        form=form,
        start=ends[0],
        stop=ends[1],
        coverage="sample" if form is FLOAT64 else "every",
        figures=totals(total),
        kinks=tuple(
            writer.output(key) for key in kinks(identity_of(kernel.entry), form) if ends[0] <= key < ends[1]
        ),
        witnesses=tuple(writer.witnesses(total)),
        blocks=tuple(Block(totals(found.tally), found.sha256) for found in blocks),
    )
    try:
        return verify_report(encode(report))
    except Rejected as error:
        raise KernelError(f"{kernel.program} at {form.name}: its report does not hold: {error}") from error


def totals(tally: Tally) -> dict[str, int]:
    """The figures of a tally that add up."""
    found = {kind: getattr(tally, kind) for kind in TOTALS}
    return {kind: item.number if isinstance(item, Count) else item for kind, item in found.items()}


def largest(kernel: Kernel, form: Format, tally: Tally) -> dict[str, Fraction]:
    """Lower bounds of the errors that a tally has its maxima at."""
    truth, run = _prepared(kernel, form.name)
    found = {}
    for kind in MAXIMA:
        key = getattr(tally, kind).key
        if key is not None:
            met = settle(truth, output_at(run, form, key))
            found[kind] = met.error[0] / _scale(met, kind)
    return found


def _scale(met: Seen, kind: str) -> Fraction:
    return met.unit if FIGURES[kind].measure == "ulps" else Fraction(1)


class _Writer:
    """The witnesses of a tally, each run once more and enclosed to DIGITS digits."""

    def __init__(self, truth: Truth, run_kernel: Any) -> None:
        self.truth, self.run = truth, run_kernel

    def witnesses(self, tally: Tally) -> Iterator[Witness]:
        for kind in MAXIMA:
            key = getattr(tally, kind).key
            if key is not None:
                yield self._maximum(kind, key, tally)
        for kind in WITNESSED:
            found = getattr(tally, kind)
            for key in dict.fromkeys(key for key in (found.first, found.last) if key is not None):
                following = None
                if kind == "not_monotone":
                    following = self.output(key + 1), self.enclosure(key + 1)
                yield Witness(kind, self.output(key), self.enclosure(key), None, following)

    def _maximum(self, kind: str, key: int, tally: Tally) -> Witness:
        """At the witness the largest bound of an error was met, within 2**-16 ULP of the error."""
        output = self.output(key)
        met = settle(self.truth, output)
        bound = Fraction(getattr(tally, kind).bound)
        scale = _scale(met, kind)
        if FIGURES[kind].measure == "ulps" and not tally.above_1.number:
            bound = min(bound, Fraction(1))
        return Witness(kind, output, self.enclosure(key), round_up(max(bound, met.error[1] / scale), 9))

    def output(self, key: int) -> KernelOutput:
        return output_at(self.run, self.truth.form, key)

    def enclosure(self, key: int) -> tuple[Fraction, Fraction]:
        """f'(x), exactly where that is rational by its formula; else to DIGITS digits, or to far less than
        the least number of the format."""
        exact = self.truth.exactly(key)
        if exact is not None:
            return exact, exact
        bits = 128
        while True:
            low, high = self.truth.at(key, bits)
            size = max(abs(low), abs(high), self.truth.form.tiny / 2**32)
            quantum = power_of_ten_below(size) / 10**DIGITS
            if high - low < quantum:
                return round_outward(low, high, quantum)
            bits *= 2
