"""Guards: where they change sign, and the one analytic formula on each piece.

`where`, `abs`, `sign`, `min` and `max` choose between formulas by the sign of a guard.  A
guard that is affine in x, with rational coefficients, is decided exactly: its root is
rational.  Any other guard is handed to `decide`, which must prove its sign or raise.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TypeVar

from certify.language.affine import affine, sign_beside, sign_between
from certify.language.errors import GuardUndecided
from certify.language.functions import GUARDS
from certify.language.numbers import describe
from certify.language.terms import (
    Apply,
    Rational,
    Term,
    Where,
    children,
    with_children,
)

MAX_PIECES = 1000

Decide = Callable[[Term], int | None]  # the guard's sign: -1, 0, 1; None leaves it standing


class Split(Exception):
    """An affine guard changes sign at `root`, inside the interval."""

    def __init__(self, root: Fraction) -> None:
        self.root = root


def resolve(term: Term, sign: Decide) -> Term:
    """`term` with every guard replaced by the branch that sign() names, innermost first."""
    if isinstance(term, Where):
        left, right = resolve(term.left, sign), resolve(term.right, sign)
        found = sign(Apply("sub", (left, right)))
        if found is not None:
            return resolve(term.then if _holds(term.relation, found) else term.otherwise, sign)
        return Where(term.relation, left, right, resolve(term.then, sign), resolve(term.otherwise, sign))
    parts = tuple(resolve(part, sign) for part in children(term))
    if isinstance(term, Apply) and term.function in GUARDS:
        guard = parts[0] if len(parts) == 1 else Apply("sub", parts)
        found = sign(guard)
        if found is not None:
            return _branch(term.function, parts, found)
    return with_children(term, parts)


def _holds(relation: str, sign: int) -> bool:
    return {"<": sign < 0, "<=": sign <= 0, ">": sign > 0, ">=": sign >= 0}[relation]


def _branch(name: str, parts: tuple[Term, ...], sign: int) -> Term:
    """At sign 0 the two branches have one value; the first of the two formulas stands."""
    if name == "sign":
        return Rational(Fraction(sign))
    if name == "abs":
        return parts[0] if sign >= 0 else Apply("neg", parts)
    first = sign >= 0 if name == "max" else sign <= 0
    return parts[0] if first else parts[1]


def open_interval_sign(lo: Fraction | None, hi: Fraction | None) -> Decide:
    """The exact sign of an affine guard on the open interval (lo, hi), whose ends may be
    infinite (None); Split where it changes."""

    def sign(guard: Term) -> int | None:
        line = affine(guard)
        if line is None:
            return None
        found = sign_between(line, lo, hi)
        if found is None:
            raise Split(-line[1] / line[0])
        return found

    return sign


def germ_sign(point: Fraction, side: int, decide: Decide) -> Decide:
    """The sign of a guard just left (side -1) of `point`, at it (0) or just right (+1).

    Exact for affine guards; others go to `decide`, whose sign at the point must be strict,
    so that it holds near the point as well.
    """

    def sign(guard: Term) -> int | None:
        line = affine(guard)
        return decide(guard) if line is None else sign_beside(line, point, side)

    return sign


def is_smooth(term: Term) -> bool:
    """Whether no guard stands in the term."""
    if isinstance(term, Where):
        return False
    if isinstance(term, Apply) and term.function in GUARDS:
        return False
    return all(is_smooth(part) for part in children(term))


def _interval(lo: Fraction | None, hi: Fraction | None) -> str:
    left = "(-inf" if lo is None else f"[{describe(lo)}"
    return f"{left}, inf)" if hi is None else f"{left}, {describe(hi)}]"


End = TypeVar("End", Fraction, Fraction | None)


def partition(
    terms: tuple[Term, ...], lo: End, hi: End, check: Callable[[], None] = lambda: None
) -> list[End]:
    """The increasing ends lo = b0 < ... < bn = hi of the pieces of all the terms; lo and hi
    may be infinite (None).

    On each open piece every affine guard has one sign.  GuardUndecided beyond MAX_PIECES.

    check  called now and then, and may raise to end the search
    """
    ends: list[End] = [lo]
    stack: list[tuple[End, End]] = [(lo, hi)]
    while stack:
        a, b = stack.pop()
        check()
        try:
            for term in terms:
                resolve(term, open_interval_sign(a, b))
        except Split as split:
            stack += [(split.root, b), (a, split.root)]
        else:
            ends.append(b)
        if len(stack) + len(ends) > MAX_PIECES:
            raise GuardUndecided(f"more than {MAX_PIECES} pieces", f"on {_interval(lo, hi)}")
    return ends
