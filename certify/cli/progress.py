"""Bars for what takes long, on a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from certify.api import Progress
    from certify.language.spec import Spec


@contextmanager
def proofs(specs: Sequence[Spec], *, silent: bool) -> Iterator[Callable[[str], Progress | None]]:
    """A bar of proofs, which tells of each, by its name, how it goes on; it appears only when a run takes
    long enough to show."""
    if silent or not sys.stderr.isatty() or (len(specs) == 1 and not _long(specs[0])):
        yield lambda name: None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=len(specs))
        done = -1

        def report(name: str) -> Progress:
            nonlocal done
            done += 1
            base = done
            bar.update(task, description=name, completed=base)
            return lambda share: bar.update(task, completed=base + float(share))

        yield report


def _long(spec: Spec) -> bool:
    """Whether one proof is likely to take over a second: many digits or a wide domain."""
    domain = spec.compact_domain() or ()
    digits = spec.atol.denominator.bit_length() // 3
    return digits > 300 or sum((hi - lo for lo, hi in domain), start=0 * spec.atol) > 10**4


@contextmanager
def inputs(name: str) -> Iterator[Callable[[int, int], None] | None]:
    """A bar of the inputs that a kernel is run on, with the rate and the time left."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(name, total=None, rate="")

        def report(done: int, total: int) -> None:
            speed = bar.tasks[task].speed or 0
            bar.update(task, completed=done, total=total, rate=f"{speed / 1e6:.1f} M inputs/s")

        yield report
