"""Where kernels are run: processes of this machine, a Dask cluster's workers, or a thread of this process.

What touches a kernel happens here: what ends its process ends a worker's.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any, TypeVar

from certify.kernels.programs import KernelError
from certify.language.errors import UsageError

CONNECT = "10s"  # to a scheduler
T = TypeVar("T")


def start_worker() -> None:
    """What a process that is started for kernels alone begins with: one thread of the frameworks' own, and
    glibc keeps what is freed, since arrays of half a megabyte would else be mapped and unmapped at every
    step."""
    import ctypes

    if sys.platform == "linux":
        library = ctypes.CDLL(None)
        for parameter, size in ((-1, 2**28), (-3, 2**25)):  # M_TRIM_THRESHOLD, M_MMAP_THRESHOLD
            library.mallopt(parameter, size)
    _begin()


def _begin() -> None:
    modules_here()
    one_thread_from_now()


def modules_here() -> None:
    """Let a kernel's name be that of a module in the current folder."""
    here = os.getcwd()
    if here not in sys.path:
        sys.path.insert(0, here)


def one_thread_from_now() -> int:
    """Let PyTorch, where it is installed, compute in one thread, as the blocks are what runs beside one
    another; the number of threads that it had, 0 without it."""
    try:
        import torch
    except ImportError:
        return 0
    before = int(torch.get_num_threads())
    torch.set_num_threads(1)
    return before


@contextmanager
def one_thread() -> Iterator[None]:
    """As in a worker, in a process that others use too: the number of threads is set back at the end."""
    before = one_thread_from_now()
    try:
        yield
    finally:
        if before:
            import torch

            torch.set_num_threads(before)


@contextmanager
def executor(jobs: int, dask: str | None, *, alone: bool = True) -> Iterator[Executor]:
    """Workers: of a Dask cluster, or processes; where they need not be alone, a thread of this one."""
    if dask is not None:
        try:
            from distributed import Client
        except ImportError as error:
            raise UsageError("--dask needs pip install distributed") from error
        try:
            client = Client(dask, timeout=CONNECT)
        except (OSError, ValueError) as error:
            raise UsageError(f"--dask {dask}: no scheduler answers there: {error}") from error
        with client:
            client.run(_begin)  # the cluster's processes are whoever's started them
            yield client.get_executor(pure=False, retries=3)
        return
    if not alone:
        with one_thread(), ThreadPoolExecutor(1) as threads:
            yield threads
        return
    import multiprocessing

    context = multiprocessing.get_context("spawn")  # a fork of a process that runs threads may hang
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=start_worker) as processes:
        yield processes


def apart(pool: Executor, call: Callable[..., T], *arguments: Any) -> T:
    """A call in a worker; KernelError where that ends the worker's process."""
    with alive():
        return pool.submit(call, *arguments).result()


@contextmanager
def alive() -> Iterator[None]:
    """KernelError where a worker's process ends, or a module that is imported there wants it to: that is no
    verdict, whatever its exit code is."""
    killed: tuple[type[BaseException], ...] = (BrokenProcessPool, SystemExit)
    if "distributed" in sys.modules:
        killed = (*killed, sys.modules["distributed"].KilledWorker)
    try:
        yield
    except killed as error:
        raise KernelError(
            "the kernel ended the process that it ran in, by an exit or a crash or for want of memory"
        ) from error
