"""Kernels measured, one after another: what runs, the name of its report's file, and what comes of it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from certify.catalogue import Entry
from certify.certificate.files import write_whole
from certify.certificate.floats import Format, format_of, value
from certify.certificate.kernel import Report, encode
from certify.kernels.programs import device_of, select
from certify.kernels.run import Progress, keys_within, run
from certify.kernels.workers import apart, executor
from certify.language.errors import CertifyError, UsageError


@dataclass(frozen=True)
class Measurement:
    """A kernel at one format, to be compared with the truth on every input.

    target    torch:NAME, jax:NAME or MODULE:FUNCTION
    dtype     bfloat16, float16, float32; of float64 a sample
    against   the entry whose derivative is the truth; None is the catalogue's of a framework's NAME
    keywords  arguments of the function, and values of the entry's parameters of these names
    backward  MODULE:FUNCTION of x that computes the derivative itself
    within    LO,HI: only inputs in this interval
    """

    target: str
    dtype: str
    against: Entry | None = None
    keywords: Mapping[str, object] = field(default_factory=dict)
    backward: str | None = None
    within: str | None = None


@dataclass(frozen=True)
class Workplace:
    """Where kernels run, and what is kept of a run that is interrupted.

    jobs      processes; None is this one, which a kernel may end; with dask the scheduler's workers are
              taken in their place
    folder    where reports will be, and what is done is kept until then; None keeps nothing
    resume    whether what is kept is not done again
    progress  of the name of a run, what is told how it goes on
    """

    jobs: int | None = 1
    dask: str | None = None
    folder: Path | None = None
    resume: bool = False
    progress: Callable[[str], AbstractContextManager[Progress | None]] = field(
        default=lambda name: nullcontext(None)
    )


class Measured(NamedTuple):
    """What comes of a measurement: a report, or else an error.

    path  the report's file, which is not written yet; None without a folder
    """

    measurement: Measurement
    report: Report | None
    error: CertifyError | None
    path: Path | None

    def write(self) -> None:
        """Write the report's file, whole."""
        if self.report is not None and self.path is not None:
            write_whole(self.path, encode(self.report))


def measure(measurements: Iterable[Measurement], where: Workplace = Workplace()) -> Iterator[Measured]:
    """What comes of each measurement, in order; one that cannot be run is an error of its own, and the
    others still run.  UsageError where two are the same."""
    left = list(measurements)
    for i, measurement in enumerate(left):
        if measurement in left[:i]:
            raise UsageError(f"{measurement.target} at {measurement.dtype} is given twice")
    taken: set[Path] = set()
    while left:
        with executor(where.jobs or 1, where.dask, alone=where.jobs is not None) as pool:
            while left:
                measured = _measured(pool, left.pop(0), where, taken)
                yield measured
                if measured.error and isinstance(measured.error.__cause__, BrokenProcessPool):
                    break  # the kernel has ended a process: the others run in new ones


def _measured(pool: Executor, measurement: Measurement, where: Workplace, taken: set[Path]) -> Measured:
    try:
        report, path = _run(pool, measurement, where, taken)
    except CertifyError as error:
        return Measured(measurement, None, error, None)
    return Measured(measurement, report, None, path)


def _run(
    pool: Executor, measurement: Measurement, where: Workplace, taken: set[Path]
) -> tuple[Report, Path | None]:
    m, path = measurement, None
    form = format_of(m.dtype)
    keys = keys_within(form, m.within) if m.within is not None else None
    kernel = apart(pool, select, m.target, m.against, m.backward, m.keywords)
    if where.folder is not None:
        path = where.folder / file_name(m, form, keys, apart(pool, device_of, kernel))
        if path in taken:
            raise UsageError(f"{path} is the report of another of these kernels: --output DIR, one by one")
        taken.add(path)
    with where.progress(f"{m.target} {form.name}") as progress:
        report = run(
            kernel,
            form,
            pool=pool,
            within=keys,
            state=path.with_suffix(".partial") if path else None,
            resume=where.resume,
            progress=progress,
        )
    return report, path


def file_name(measurement: Measurement, form: Format, keys: tuple[int, int] | None, device: str) -> str:
    """The name of a report's file, which tells apart what measures another thing: the function, what it is
    compared with, its keywords, a backward, the range, a device that is no CPU, the format."""
    m = measurement
    parts = [m.target.replace(":", ".")]
    if m.against is not None:
        parts.append(f"against={m.against.name}")
    parts += [f"{name}={_text(given)}" for name, given in m.keywords.items()]
    if m.backward:
        parts.append(f"backward={m.backward.replace(':', '.')}")
    if keys is not None and keys != form.keys:
        parts.append("..".join(_number(form, key) for key in (keys[0], keys[1] - 1)))
    if device != "cpu":
        parts.append(device)
    return ".".join([*parts, form.name, "json"])


def _text(given: object) -> str:
    """A keyword's value: quoted where it is text that else reads as another literal."""
    if isinstance(given, str):
        try:
            ast.literal_eval(given)
        except (ValueError, SyntaxError):
            return given
    return repr(given)


def _number(form: Format, key: int) -> str:
    """An input, in as few digits as tell it from its neighbours."""
    found = -0.0 if key == -1 else float(value(form, key))
    return repr(found) if form.width == 64 else f"{found:.9g}"
