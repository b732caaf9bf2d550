"""Entries as they ship: the code that an entry names is traced, and gives it its formulas.

What is proved of code is that its derivative program is the derivative of the function that the entry
states; or of the code's own, where the entry states none.  The code's own function, where it can be read, is
held against a stated one at points only: there a difference is an error, and agreement proves nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from certify.api import Goal
from certify.catalogue import CodeEntry, Entry, Place, Stated
from certify.catalogue.request import Request
from certify.language.errors import CertifyError, UsageError
from certify.language.numbers import describe
from certify.language.spec import Spec
from certify.language.terms import Term, bind
from certify.notation.derive import derive

if TYPE_CHECKING:
    from certify.capture.program import CapturedProgram

_POINTS = 16  # in each interval of the domain, at which two functions are compared
_BITS = 128
_FURTHEST = Fraction(10)  # from 0 that points of an unbounded domain lie


class Shipped(NamedTuple):
    """An entry with its formulas, and the program that its code is.

    automatic  whether the least tolerance is looked for, up to what rounding explains
    unread     why the code's own function was not read, nor compared with the stated one
    origin     the code, as the entry names it; empty where there is none
    """

    entry: Entry
    program: CapturedProgram | None = None
    automatic: bool = False
    unread: str = ""
    origin: str = ""

    @property
    def place(self) -> Place | None:
        """Where to look: the line of the user's backward, where it is known, or that of the entry."""
        if self.program is not None and self.program.source is not None:
            file, line = self.program.source
            return Place(os.path.relpath(file), line)
        return self.entry.place

    def notes(self) -> list[str]:
        """What the claim does not say of the code."""
        said = []
        if self.program is not None and self.program.alone:
            said.append("  the claim is of one number alone: of several the program is no function of each")
        if self.unread:
            said.append(f"  what the code itself computes was not compared with function: {self.unread}")
        return said

    def goal(self, spec: Spec | None = None) -> Goal:
        """What is to be proved: the entry's claim, or another spec of it."""
        spec = self.entry.spec() if spec is None else spec
        if self.program is None or not self.automatic:
            return Goal(self.entry, spec)
        from certify.capture.rounding import within

        f, s = spec.bound_terms()
        return within(self.program._replace(function=f, derivative=s), self.entry, spec)


def shipped(stated: Stated) -> Shipped:
    """The entry as it ships today; UsageError, with file, entry and key, where its code cannot be read, or
    computes another function than the entry states."""
    if isinstance(stated, Entry):
        return Shipped(stated)
    try:
        return _traced(stated)
    except CertifyError as error:
        where = f"{stated.place}, " if stated.place else ""
        raise UsageError(f"{where}entry {stated.name}, capture: {error}") from error


def _traced(stated: CodeEntry) -> Shipped:
    program, unread = _program(stated, replace(stated.code, name=stated.name))
    entry = stated.with_formulas(program.function, program.derivative)
    origin = f"{stated.code} at {stated.code.dtype}"
    return Shipped(entry, program, stated.tolerances is None, unread, origin)


def _program(stated: CodeEntry, request: Request) -> tuple[CapturedProgram, str]:
    """The program, and why its own function was not read where only its gradient could be."""
    from certify.capture.program import CaptureError
    from certify.capture.target import capture

    if stated.function is None:
        return capture(request), ""
    values = {name: parameter.default for name, parameter in stated.parameters.items()}
    function = bind(stated.function, values)
    try:
        own = capture(request)
    except CaptureError as error:  # of its gradient too, unless only its function cannot be read
        return capture(request, function), str(error)
    _check_function(own, stated.with_formulas(own.function, own.derivative).spec())
    return own, ""


def truth_of(stated: Stated) -> Entry:
    """The entry whose derivative is what a kernel should compute: of formulas their own; of code the
    derivative, by rule, of the stated function, or of the code's own."""
    if isinstance(stated, Entry):
        return stated
    entry = shipped(stated).entry
    return replace(entry, derivative=derive(entry.function))


# --- the code's function and the stated one ---------------------------------------------


def _check_function(program: CapturedProgram, spec: Spec) -> None:
    """UsageError where the code's function certainly is not the stated one at some of the points, by more
    than rounding explains."""
    from certify.capture.rounding import MOST, UNIT

    allowed = UNIT[program.dtype] * MOST
    function = spec.bound_terms()[0]
    for x in _points(spec):
        found = _apart(program.function, function, x, allowed)
        if found is not None:
            raise UsageError(f"the code is not the stated function: at x = {describe(x)} {found}")


def _points(spec: Spec) -> Iterator[Fraction]:
    for part in spec.domain:
        low = min(-_FURTHEST, (part.high or Fraction(0)) - _FURTHEST) if part.low is None else part.low
        high = max(_FURTHEST, low + _FURTHEST) if part.high is None else part.high
        for i in range(_POINTS):
            yield low + (high - low) * Fraction(2 * i + 1, 2 * _POINTS)


def _apart(code: Term, function: Term, x: Fraction, allowed: Fraction) -> str | None:
    """What the two functions are where balls show that they are more than allowed*(1 + |f|) apart."""
    from certify.language.errors import GuardUndecided, TermError
    from certify.prover.enclosure.ball import BallProgram, NotAnalytic, acb, exact, precision
    from certify.prover.enclosure.kinks import germs

    try:
        terms = [germs(term, x)[1] for term in (code, function)]
        with precision(_BITS):
            found, needed = (value.real for value in BallProgram(*terms)(acb(exact(x))))
            far = abs(found - needed) > exact(allowed) * (1 + abs(needed))
            said = f"it is {found.str(9, radius=False)}, and the function {needed.str(9, radius=False)}"
    except (NotAnalytic, GuardUndecided, TermError):  # no value of one is known: nothing is compared there
        return None
    return said if far else None
