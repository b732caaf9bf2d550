"""Bars for what takes long, on a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock, Timer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fractions import Fraction

    from rich.progress import Progress as Bar

    from certify.api import Progress

PATIENCE = 1.0  # seconds after which a bar appears


@contextmanager
def proofs(count: int, *, silent: bool) -> Iterator[Callable[[str], Progress | None]]:
    """A bar of so many proofs, which tells of each, by its name, how it goes on; it appears only when a run
    takes long enough to show."""
    if silent or not sys.stderr.isatty():
        yield lambda name: None
        return
    bar = _Proofs(count)
    try:
        yield bar.begin
    finally:
        bar.end()


class _Proofs:
    """The bar, from a timer's thread: rich is loaded for long runs only."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.begun = -1  # proofs before the present one
        self.name = ""
        self.share = 0.0  # of the present one
        self.bar: Bar | None = None
        self.lock = Lock()
        self.timer = Timer(PATIENCE, self._show)
        self.timer.daemon = True
        self.timer.start()

    def begin(self, name: str) -> Progress:
        """Go on to the next proof."""
        self.begun += 1
        self.name = name
        self._move(0.0)
        return self._report

    def end(self) -> None:
        """Take the bar away, and give the cursor back."""
        self.timer.cancel()
        with self.lock:
            if self.bar is not None:
                self.bar.stop()
            self.count = 0  # a timer that is late shows nothing

    def _report(self, share: Fraction) -> None:
        self._move(float(share))

    def _move(self, share: float) -> None:
        self.share = share
        with self.lock:
            if self.bar is not None:
                self._draw(self.bar)

    def _draw(self, bar: Bar) -> None:
        """Where the proofs are; what follows the last tile, the verifier too, has no measure."""
        finishing = "finishing " if self.share >= 1 else ""
        bar.update(bar.task_ids[0], description=f"{finishing}{self.name}", completed=self.begun + self.share)

    def _show(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TaskProgressColumn, TextColumn
        from rich.progress import Progress as Bar

        # no time that is left: tiles are of all widths
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
        bar = Bar(*columns, console=Console(stderr=True), transient=True)
        with self.lock:
            if not self.count:
                return
            bar.add_task("", total=self.count)
            self._draw(bar)
            bar.start()
            self.bar = bar


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
