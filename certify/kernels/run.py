"""A kernel run on every number of a format, by blocks over an executor, and its report.

Blocks are ranges of keys; their tallies add up in any order, so that processes on one machine or
workers of a Dask cluster give the same report.  What is done is kept beside the report, so that an
interrupted run goes on where it stopped.  All that touches the kernel happens in the executor's workers:
what ends its process ends a worker's.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, as_completed
from dataclasses import fields
from hashlib import sha256
from pathlib import Path
from time import monotonic
from typing import Any

from certify.certificate.files import read_limited, write_whole
from certify.certificate.floats import Format, key_above, key_below, key_from
from certify.certificate.kernel import Report, ranges
from certify.kernels.blocks import Done, block, identity_of
from certify.kernels.compare import Count, Tally, Worst
from certify.kernels.programs import Kernel, describe
from certify.kernels.witnesses import report_of
from certify.kernels.workers import alive, apart, executor
from certify.language.errors import UsageError
from certify.language.spec import parse_interval

SAVE_EVERY = 10.0  # seconds
MAX_STATE = 2**24

Progress = Callable[[int, int], None]  # inputs done, inputs in all


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
    identity_of(kernel.stated)
    program = apart(pool, describe, kernel, form)
    identity = sha256(repr([program, kernel.stated, start, stop]).encode()).hexdigest()
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


def _results(
    pool: Executor, kernel: Kernel, form: Format, blocks: list[tuple[int, int]], end: int
) -> Iterator[tuple[int, Done]]:
    futures: dict[Future[Done], int] = {}
    try:
        with alive():
            futures = {pool.submit(block, kernel, form.name, a, b, end): a for a, b in blocks}
            for future in as_completed(futures):
                yield futures[future], future.result()
    finally:
        for future in futures:
            future.cancel()


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
