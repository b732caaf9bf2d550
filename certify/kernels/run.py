"""A kernel run on every number of a format, by blocks over an executor, and its report.

Blocks are ranges of keys; their tallies add up in any order, so that processes on one machine or
workers of a Dask cluster give the same report.  What is done is kept beside the report, so that an
interrupted run goes on where it stopped.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import fields, replace
from fractions import Fraction
from functools import cache
from hashlib import sha256
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

from certify.catalogue import builtin
from certify.errors import UsageError
from certify.exact import Identity
from certify.files import read_limited, write_whole
from certify.kernels.arrays import bits_of_keys, bits_of_sample
from certify.kernels.compare import LARGE, Count, Tally, Worst, compare, settle, tally_of
from certify.kernels.formats import FLOAT64, FORMATS, Format, key_above, key_from
from certify.kernels.programs import Kernel, KernelError, describe, gradient, output_at
from certify.kernels.report import COUNTS, MAXIMA, Output, Report, Witness
from certify.kernels.truth import Truth
from certify.language.numbers import power_of_ten_below, round_outward, round_up
from certify.language.terms import bind
from certify.spec import Spec, parse_interval

BLOCK = 2**22  # keys of one task: about a quarter of a second
PIECE = 2**20  # inputs that a kernel is given at once
SAMPLE = 2  # numbers of a binade of binary64
SAVE_EVERY = 10.0  # seconds
CONNECT = "10s"  # to a scheduler
DIGITS = 24  # of a witness's truth
MAX_STATE = 2**24

Blocks = list[tuple[int, int]]
Progress = Callable[[int, int], None]  # inputs done, inputs in all


# --- one block, in a worker -------------------------------------------------------------


@cache
def _prepared(kernel: Kernel, form_name: str) -> tuple[Truth, Any]:
    form = FORMATS[form_name]
    return Truth(claim_of(kernel.entry), form), gradient(kernel, form)


@cache
def claim_of(name: str) -> Spec:
    """The claim f' = s on the whole line, at the defaults; UsageError where it has no identity, so
    that s is not known to be the truth."""
    return identity_of(name).spec


@cache
def identity_of(name: str) -> Identity:
    """The proof of that claim."""
    from certify.identity.prover import prove

    entry = builtin()[name]
    if entry.natural_domain is None:
        spec = entry.spec(((None, None),), None, Fraction(0))
        function, derivative = bind(spec.function, spec.values), bind(spec.derivative, spec.values)
        found = prove(replace(spec, function=function, derivative=derivative, parameters={}))
        if isinstance(found, Identity):
            return found
    raise UsageError(f"{name}: no identity f' = s on the whole line, so s is not known to be the truth")


def block(kernel: Kernel, form_name: str, start: int, stop: int) -> Tally:
    """The tally of one block."""
    truth, run = _prepared(kernel, form_name)
    total = Tally()
    for first in range(start, stop, PIECE):
        last = min(first + PIECE, stop)
        outputs = run(bits_of_keys(truth.form, first, last))
        total += compare(truth, first, last, outputs, float(LARGE))
    return total


def start_worker() -> None:
    """One thread of the kernel's own for each process; and glibc keeps what is freed, since arrays of
    half a megabyte would else be mapped and unmapped at every step."""
    import ctypes
    import sys

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
    jobs: int = 1,
    dask: str | None = None,
    within: tuple[int, int] | None = None,
    state: Path | None = None,
    resume: bool = False,
    progress: Progress | None = None,
) -> Report:
    """The report on all finite numbers of the format, or on those with keys in a range.

    state   where what is done is kept until all is; with resume, what is there is not done again
    KernelError where the kernel fails; the state is kept then, as on an interrupt.
    """
    start, stop = within or form.keys
    if form is FLOAT64:
        return _sampled(kernel, start, stop)
    blocks = [(a, min(a + BLOCK, stop)) for a in range(start, stop, BLOCK)]
    program = describe(kernel, form)
    claim_of(kernel.entry)
    identity = sha256(json.dumps([program, kernel.entry, start, stop]).encode()).hexdigest()
    done = _load(state, identity) if resume and state else {}
    saved = monotonic()
    try:
        with _executor(jobs if len(blocks) > 1 else 1, dask) as pool:
            for at, tally in _results(pool, kernel, form, [b for b in blocks if b[0] not in done]):
                done[at] = tally
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
    total = sum(done.values(), start=Tally())
    report = _report(kernel, form, program, (start, stop), total, "every")
    if state:
        state.unlink(missing_ok=True)
    return report


def _results(pool: Executor, kernel: Kernel, form: Format, blocks: Blocks) -> Iterator[tuple[int, Tally]]:
    futures: dict[Future[Tally], int] = {pool.submit(block, kernel, form.name, a, b): a for a, b in blocks}
    try:
        for future in as_completed(futures):
            yield futures[future], future.result()
    except BrokenProcessPool as error:
        raise KernelError("a worker process died: out of memory, or killed; --resume goes on") from error
    finally:
        for future in futures:
            future.cancel()


@contextmanager
def _executor(jobs: int, dask: str | None) -> Iterator[Executor]:
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
    if jobs == 1:
        start_worker()
        with ThreadPoolExecutor(1) as threads:
            yield threads
        return
    import multiprocessing

    context = multiprocessing.get_context("spawn")  # a fork of a process that runs threads may hang
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=start_worker) as processes:
        yield processes


def keys_within(form: Format, text: str) -> tuple[int, int]:
    """The keys of the numbers in an interval LO,HI."""
    low, high = parse_interval(text)
    first, last = form.keys
    start = first if low is None else key_from(form, low) if low else -1
    stop = last if high is None else key_above(form, high)
    if start >= stop:
        raise UsageError(f"--range {text}: no number of {form.name} lies in it")
    return start, stop


def _sampled(kernel: Kernel, start: int, stop: int) -> Report:
    """The report on a sample: SAMPLE numbers of each binade of each sign, the same in every run."""
    truth, run_kernel = _prepared(kernel, FLOAT64.name)
    draw = Random("certify")
    binade = 1 << (FLOAT64.precision - 1)
    magnitudes = [
        field * binade + draw.randrange(binade)
        for field in range(FLOAT64.infinity // binade)
        for _ in range(SAMPLE)
    ]
    kinks = set(truth.kinks)
    keys = [k for m in magnitudes for k in (m, -1 - m) if start <= k < stop and k not in kinks]
    tally = sum(
        (
            tally_of(truth, key, g)
            for key, g in zip(keys, run_kernel(bits_of_sample(keys)).tolist(), strict=True)
        ),
        start=Tally(),
    )
    program = describe(kernel, FLOAT64)
    return _report(kernel, FLOAT64, program, (start, stop), tally, "sample")


# --- what is done -----------------------------------------------------------------------


def _save(path: Path, identity: str, done: dict[int, Tally]) -> None:
    body = {"run": identity, "blocks": {str(at): _encode(tally) for at, tally in done.items()}}
    write_whole(path, json.dumps(body).encode())


def _load(path: Path, identity: str) -> dict[int, Tally]:
    """The blocks that are done, if the file is of the same run."""
    if not path.exists():
        return {}
    try:
        body = json.loads(read_limited(path, MAX_STATE))
        if body["run"] != identity:
            raise UsageError(f"{path} is of another kernel, version or range: leave --resume out")
        return {int(at): _decode(tally) for at, tally in body["blocks"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
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


def _report(
    kernel: Kernel,
    form: Format,
    program: dict[str, str],
    ends: tuple[int, int],
    tally: Tally,
    coverage: str,
) -> Report:
    truth, run_kernel = _prepared(kernel, form.name)
    writer = _Writer(truth, run_kernel)
    kinks = [key for key in truth.kinks if ends[0] <= key < ends[1]]
    return Report(
        program=program,
        identity=identity_of(kernel.entry),
        form=form,
        start=ends[0],
        stop=ends[1],
        coverage=coverage,
        inputs=tally.inputs,
        correct=tally.correct,
        settled=tally.settled_by_balls,
        pairs=tally.monotone_pairs,
        counts={kind: getattr(tally, kind).number for kind in COUNTS},
        large=LARGE,
        kinks=tuple(writer.output(key) for key in kinks),
        witnesses=tuple(writer.witnesses(tally)),
    )


class _Writer:
    """The witnesses of a tally, each run once more and enclosed to DIGITS digits."""

    def __init__(self, truth: Truth, run_kernel: Any) -> None:
        self.truth, self.run = truth, run_kernel

    def witnesses(self, tally: Tally) -> Iterator[Witness]:
        for kind in MAXIMA:
            key = getattr(tally, kind).key
            if key is not None:
                yield self._maximum(kind, key)
        for kind in COUNTS:
            found = getattr(tally, kind)
            for key in dict.fromkeys(key for key in (found.first, found.last) if key is not None):
                following = None
                if kind == "not_monotone":
                    following = self.output(key + 1), self.enclosure(key + 1)
                yield Witness(kind, self.output(key), self.enclosure(key), None, following)

    def _maximum(self, kind: str, key: int) -> Witness:
        output = self.output(key)
        settled = settle(self.truth, key, output.got)
        scale = settled.unit if kind != "absolute" else Fraction(1)
        low, high = self.enclosure(key)
        got = output.got or Fraction(0)
        most = max(high - got, got - low) / scale
        return Witness(kind, output, (low, high), round_up(most, 9))

    def output(self, key: int) -> Output:
        return output_at(self.run, self.truth.form, key)

    def enclosure(self, key: int) -> tuple[Fraction, Fraction]:
        """f'(x) to DIGITS digits, or to far less than the least number of the format."""
        bits = 128
        while True:
            low, high = self.truth.at(key, bits)
            size = max(abs(low), abs(high), self.truth.form.tiny / 2**32)
            quantum = power_of_ten_below(size) / 10**DIGITS
            if high - low < quantum:
                return round_outward(low, high, quantum)
            bits *= 2
