"""certify: proofs that a derivative is right.

>>> import certify
>>> certify.prove("x*sigmoid(x)", "sigmoid(x) + x*sigmoid(x)*(1 - sigmoid(x))", domain=(-10, 10))
Certified(f on [-10, 10], |f' - s| <= 1e-30, 10 tiles, f' = s on (-inf, inf))

`prove` returns `Certified`, `Refuted` or `Undecided` (or `Proved`, where the independent verifier has not
accepted the proof), and only `Certified` is true; `assert_derivative` is for test suites; `capture` is
`prove` for a function of PyTorch or JAX, `kernel` runs one on every input; `verify` re-verifies a certificate
or a kernel's report.  Formulas are text, or Python functions on the names of `certify.math`.

What cannot be meant is a `UsageError`, a certificate that is not accepted `Rejected`; every error is a
`CertifyError`.

>>> try:
...     certify.prove("x**2", "2*x", domain=(1, -1))
... except certify.UsageError as error:
...     print(error)
domain [1, -1] is reversed: needs LO < HI

Each name is imported when it is first used, so that the command line starts without the libraries that
only a proof needs.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from certify import math as math
    from certify.capture.proving import capture as capture
    from certify.certificate.enclosure import Certificate
    from certify.claim import assert_derivative, prove
    from certify.kernels.measuring import kernel
    from certify.language.errors import CertifyError, NotChecked, RefutationHolds, Rejected, UsageError
    from certify.prover.saving import NotReplaced
    from certify.prover.verdict import Certified, Proved, Refuted, Undecided, Verdict
    from certify.subject import verify

__version__ = "0.1.0"

# Where each public name is; "" for a module of this package.
_HOMES = {
    "Certificate": "certify.certificate.enclosure",
    "Certified": "certify.prover.verdict",
    "CertifyError": "certify.language.errors",
    "NotChecked": "certify.language.errors",
    "NotReplaced": "certify.prover.saving",
    "Proved": "certify.prover.verdict",
    "RefutationHolds": "certify.language.errors",
    "Refuted": "certify.prover.verdict",
    "Rejected": "certify.language.errors",
    "Undecided": "certify.prover.verdict",
    "UsageError": "certify.language.errors",
    "Verdict": "certify.prover.verdict",
    "assert_derivative": "certify.claim",
    "capture": "",
    "kernel": "certify.kernels.measuring",
    "math": "",
    "prove": "certify.claim",
    "verify": "certify.subject",
}

__all__ = [
    "Certificate",
    "Certified",
    "CertifyError",
    "NotChecked",
    "NotReplaced",
    "Proved",
    "RefutationHolds",
    "Refuted",
    "Rejected",
    "Undecided",
    "UsageError",
    "Verdict",
    "assert_derivative",
    "capture",
    "kernel",
    "math",
    "prove",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        # with no object Python does not add a second "did you mean" of its own
        raise AttributeError(_unknown(name), name=name, obj=None)
    home = _HOMES[name]
    if not home:
        return import_module(f"certify.{name}")
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted({*_HOMES, "__version__", *(name for name in globals() if name.startswith("__"))})


def _unknown(name: str) -> str:
    from certify.notation.hints import or_near

    return f"module 'certify' has no attribute {name!r}{or_near(name, _HOMES)}"
