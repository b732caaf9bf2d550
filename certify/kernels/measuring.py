"""Kernels run and compared from Python: `certify.kernel`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, TypedDict, Unpack

from certify.capture.target import require
from certify.catalogue import Entry, select
from certify.claim import Interval, check_options, domain_of
from certify.language.errors import UsageError

if TYPE_CHECKING:
    from certify.certificate.kernel import Report


class Options(TypedDict, total=False):
    """What else `kernel` is told."""

    against: str | None
    with_: Mapping[str, object] | None
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

    against   the entry that mymodule:function should be: a name of the catalogue, or "FILE.toml:NAME"
    with_     keyword arguments of the function, and values of the entry's parameters of these names
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
    from certify.kernels.measurement import Measurement, Workplace, measure

    jobs, interval = options.get("jobs"), options.get("range")
    if jobs is not None and (not isinstance(jobs, int) or jobs < 1):
        raise UsageError(f"jobs is {jobs!r}, needs a number of processes")
    measurement = Measurement(
        target,
        dtype,
        _truth(options.get("against")),
        options.get("with_") or {},
        options.get("backward"),
        None if interval is None else _text(interval),
    )
    [measured] = measure([measurement], Workplace(jobs=jobs))
    if measured.report is None:
        raise measured.error or UsageError(f"{target}: no report")
    return measured.report


def _truth(against: str | None) -> Entry | None:
    """The entry that a name means: of the catalogue, or FILE.toml:NAME."""
    if against is None:
        return None
    entries = select(against)
    if len(entries) != 1 or not isinstance(entries[0], Entry):
        raise UsageError(f"against {against}: needs the name of one entry of formulas")
    return entries[0]


def _text(interval: Interval | Sequence[Interval]) -> str:
    """(LO, HI], with its brackets."""
    found = domain_of(interval)
    if len(found) != 1:
        raise UsageError(f"range has {len(found)} intervals, needs one")
    return str(found[0])
