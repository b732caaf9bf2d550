"""The errors that a person can cause, each saying where, what was found and what was needed.

A proof that does not succeed is not an error: it is a verdict (`certify.prover.verdict`).
"""

from __future__ import annotations


class CertifyError(Exception):
    """Base of every error that the command line reports in one line."""


class UsageError(CertifyError):
    """A name, option, domain or parameter that cannot be meant."""


class NumberError(UsageError):
    """Text that is not an exact decimal or fraction of acceptable size."""


class ParseError(UsageError):
    """A formula that does not parse; `column` counts from 1."""

    def __init__(self, column: int, message: str) -> None:
        super().__init__(column, message)
        self.column = column
        self.message = message

    def __str__(self) -> str:
        return f"parse error at column {self.column}: {self.message}"


class TermError(UsageError):
    """A term that is too large, too deep, or applies a function wrongly."""


class GuardUndecided(CertifyError):
    """A guard whose sign was not decided on a tile; a prover's verdict, never a guess."""

    def __init__(self, guard: str, where: str) -> None:
        super().__init__(guard, where)
        self.guard = guard
        self.where = where

    def __str__(self) -> str:
        return f"the sign of {self.guard} is not decided {self.where}"


class NotChecked(CertifyError):
    """A certificate that the verifier cannot check, well-formed as it is: it says nothing of it."""

    def __init__(self, functions: tuple[str, ...]) -> None:
        super().__init__(functions)
        self.functions = functions

    def __str__(self) -> str:
        names = ", ".join(self.functions)
        return f"prover-only, as the verifier has no evaluation of its own for {names}"


class RefutationHolds(CertifyError):
    """A refutation that was verified where a proof was wanted: the derivative is wrong."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"the refutation of {self.name} holds: its derivative is wrong"


class Rejected(CertifyError):
    """A certificate that is not accepted: where in it, what was found, what was needed."""

    def __init__(self, where: str, found: str, needed: str) -> None:
        super().__init__(where, found, needed)
        self.where = where
        self.found = found
        self.needed = needed

    def __str__(self) -> str:
        return f"{self.where}: found {self.found}, needed {self.needed}"
