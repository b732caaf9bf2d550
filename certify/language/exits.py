"""Exit codes, and the one for several outcomes."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class Exit(IntEnum):
    """What the exit code of a command says."""

    HOLDS = 0  # certified, accepted
    FAILS = 1  # refuted, rejected, a refutation that holds
    USAGE = 2
    UNDECIDED = 3
    NOT_VERIFIED = 4  # proved, and the independent verifier has not accepted it
    DEFECT = 70
    INTERRUPTED = 130


_GRAVEST_FIRST = (Exit.INTERRUPTED, Exit.DEFECT, Exit.FAILS, Exit.USAGE, Exit.UNDECIDED, Exit.NOT_VERIFIED)


def overall(codes: Iterable[Exit]) -> Exit:
    """The gravest of several outcomes; HOLDS only where each of them holds."""
    found = set(codes)
    return next((code for code in _GRAVEST_FIRST if code in found), Exit.HOLDS)
