"""certify: proofs that a derivative is right.

    import certify
    certify.prove("x*sigmoid(x)", "sigmoid(x) + x*sigmoid(x)*(1 - sigmoid(x))", domain=(-10, 10))

`prove` returns `Certified`, `Refuted` or `Undecided` (or `Proved`, where the independent verifier has not
accepted the proof), and only `Certified` is true; `assert_derivative` is for test suites; `verify`
re-verifies a certificate or a kernel's report.  Each is imported when it is first used, so that the
command line starts without the libraries that only a proof needs.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from certify import math as math
    from certify.claim import assert_derivative, prove
    from certify.language.errors import CertifyError, NotChecked, RefutationHolds, Rejected, UsageError
    from certify.prover.verdict import Certified, Proved, Refuted, Undecided, Verdict
    from certify.verification import subject_of as verify

__version__ = "0.1.0"

_HOMES = {
    "prove": "certify.claim",
    "assert_derivative": "certify.claim",
    "Certified": "certify.prover.verdict",
    "Proved": "certify.prover.verdict",
    "Refuted": "certify.prover.verdict",
    "Undecided": "certify.prover.verdict",
    "Verdict": "certify.prover.verdict",
    "CertifyError": "certify.language.errors",
    "NotChecked": "certify.language.errors",
    "RefutationHolds": "certify.language.errors",
    "Rejected": "certify.language.errors",
    "UsageError": "certify.language.errors",
}

__all__ = [
    "Certified",
    "CertifyError",
    "NotChecked",
    "Proved",
    "RefutationHolds",
    "Refuted",
    "Rejected",
    "Undecided",
    "UsageError",
    "Verdict",
    "assert_derivative",
    "math",
    "prove",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name == "math":
        return import_module("certify.math")
    if name == "verify":
        return import_module("certify.verification").subject_of
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'certify' has no attribute {name!r}")
