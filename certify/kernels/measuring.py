"""Kernels run and compared from Python: `certify.kernel`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, TypedDict, Unpack

from certify.capture.target import require
from certify.claim import Interval, check_options, domain_of
from certify.language.errors import UsageError

if TYPE_CHECKING:
    from certify.certificate.kernel import Report


class Options(TypedDict, total=False):
    """What else `kernel` is told."""

    against: str | None
    backward: str | None
    range: Interval | Sequence[Interval] | None
    jobs: int | None


def kernel(
    target: str,
    *,
    dtype: Literal["bfloat16", "float16", "float32", "float64"] = "bfloat16",
    **options: Unpack[Options],
) -> Report:
    """The report on a framework's derivative kernel, run on every finite input of the format (of float64
    on a sample) and compared with proved enclosures of the true derivative.

    target  "torch:gelu_tanh", "jax:silu", or "mymodule:function" with `against`

    Options, by keyword:

    against   the catalogue's function that mymodule:function should be
    backward  "mymodule:function" that computes the derivative itself
    range     only inputs in this interval, written as a domain of `certify.prove`
    jobs      processes to run it in, which a script needs `if __name__ == "__main__":` for; without, it
              is run in this one, which a kernel may end

    The figures are those of the report's `figures`, `witnesses` and `blocks`; `certify.verify` says what of
    a report is proved, and what is the run's word.  KernelError where the kernel fails; a report is a
    record, no verdict, and is true as any record is.

    >>> import certify
    >>> report = certify.kernel("torch:relu", range="-1,1")
    >>> report.figures["above_1"], report.figures["nan"]
    (0, 0)
    """
    check_options(options, Options.__optional_keys__)
    require("numpy", "pip install numpy")
    from certify.certificate.floats import format_of
    from certify.kernels.programs import select
    from certify.kernels.run import apart, executor, keys_within, run

    form, jobs = format_of(dtype), options.get("jobs")
    if jobs is not None and (not isinstance(jobs, int) or jobs < 1):
        raise UsageError(f"jobs is {jobs!r}, needs a number of processes")
    interval = options.get("range")
    within = None if interval is None else keys_within(form, _text(interval))
    with _threads_kept(), executor(jobs or 1, None, alone=jobs is not None) as pool:
        chosen = apart(pool, select, target, options.get("against"), options.get("backward"))
        return run(chosen, form, pool=pool, within=within)


def _text(interval: Interval | Sequence[Interval]) -> str:
    """(LO, HI], with its brackets."""
    found = domain_of(interval)
    if len(found) != 1:
        raise UsageError(f"range has {len(found)} intervals, needs one")
    return str(found[0])


@contextmanager
def _threads_kept() -> Iterator[None]:
    """A run takes one thread of torch's, for good: here as many as before are left to the caller."""
    try:
        import torch
    except ImportError:  # a kernel of another framework
        yield
        return
    before = torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_num_threads(before)
