"""The derivative programs of frameworks, read as terms: what they ship, not what a paper says.

The package can be called: `certify.capture(f)` is the verdict on the derivative that PyTorch or JAX runs for
f, a function such as MyFunction.apply, or text such as "torch:torch.nn.functional.silu".  Its options are
those of `certify.capture.proving.capture`, whose help says more.

>>> import certify
>>> certify.capture("torch:torch.nn.functional.silu", against="silu", domain=(-1, 1))
Certified(torch.nn.functional.silu on [-1, 1], f' = s)
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any, Unpack

if TYPE_CHECKING:
    from certify.capture.proving import Options
    from certify.claim import Interval, Number
    from certify.prover.verdict import Verdict


class _Package(ModuleType):
    """This package, as a callable: to import any part of it is to make it `certify.capture`, whatever else
    that name had been."""

    def __call__(
        self,
        f: str | Callable[..., Any],
        *,
        against: str | Callable[..., Any] | None = None,
        domain: Interval | Sequence[Interval] = (-10, 10),
        tol: Number = "auto",
        **options: Unpack[Options],
    ) -> Verdict:
        from certify.capture.proving import capture

        return capture(f, against=against, domain=domain, tol=tol, **options)


sys.modules[__name__].__class__ = _Package
