"""Witnesses: where to look for one, and which of several tells most.

What steers here is a central difference at high precision, which proves nothing; the witness that
is returned is proved like any other, by `judge_point`.  Of the points found, those whose error is
within a factor of TELLING of the largest are as good as each other, and the shortest number is
taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import islice, pairwise, zip_longest
from typing import NamedTuple

from certify.certificate.enclosure import Kink, Point, Refutation, Undefined, Witness
from certify.certificate.kinks import has_no_value, kink_shown
from certify.language.affine import affine
from certify.language.errors import GuardUndecided
from certify.language.numbers import format_number, power_of_ten_below
from certify.language.spec import Bound, Domain, Interval, Range, Spec, closed_range
from certify.language.terms import Apply, Term, bind, rational_value, subterms
from certify.prover.enclosure.ball import BallProgram, NotAnalytic, TooLarge, acb, exact, precision, upper
from certify.prover.enclosure.kinks import (
    certainly_different,
    germs,
    judge_kink,
    judge_point,
    point_slope,
    point_value,
)
from certify.prover.enclosure.obstructions import Obstructed
from certify.prover.enclosure.size import is_writable
from certify.prover.enclosure.tiling import Tolerance, bits_above
from certify.prover.pieces import is_smooth, partition

TELLING = 2
CELLS = 48  # of an interval, each with a candidate
_VALUE_BITS, _VALUE_AIM = 192, Fraction(1, 2**100)  # of arguments at which s may have no value
_ROUGHLY = Fraction(1, 2**10)  # the width of f' where s has none
_MOST_TRIED = 8  # of the points that tell most, before the one that led here is kept
_MOST_ASSIGNMENTS = 64
_FAR = (1, 2, 5, 10, 100, 10**3, 10**4, 10**6)  # distances beyond a finite end
_NEAR = (Fraction(1, 1000), Fraction(1, 10**9))  # from an end
_LEVELS = ((128, 1), (1024, 4), (4096, 16))  # bits of a look, and one in how many points gets it
_WINDOW = 20  # the length of the part of an infinite interval that is looked at first
_OFF = 100  # parts of an interval, or of 1; one of them is left out at an open end


class Guess(NamedTuple):
    """A point at which f' and s seem to differ.

    error   about |f' - s|
    excess  by how much that seems to be more than allowed
    ratio   error over what is allowed
    """

    at: Fraction
    error: Fraction
    excess: Fraction
    ratio: Fraction


Check = Callable[[], None]
Formulas = Callable[[Fraction], tuple[Term, Term] | None]  # f and s at a point that is no kink


def formulas(f: Term, s: Term) -> Formulas:
    """The guard-free formulas of f and s at a point; None at a kink or where a guard is open."""
    if is_smooth(f) and is_smooth(s):
        return lambda x: (f, s)

    def at(x: Fraction) -> tuple[Term, Term] | None:
        try:
            left, middle, right = germs(f, x)
            return (middle, germs(s, x)[1]) if left == middle == right else None
        except GuardUndecided:
            return None

    return at


# --- candidates -------------------------------------------------------------------------


def simplest(lo: Fraction, hi: Fraction) -> Fraction:
    """The rational of the least denominator in [lo, hi], of those the one nearest to 0."""
    if lo <= 0 <= hi:
        return Fraction(0)
    if hi < 0:
        return -simplest(-hi, -lo)
    whole = -((-lo.numerator) // lo.denominator)
    if whole <= hi:
        return Fraction(whole)
    below = whole - 1
    return below + 1 / simplest(1 / (hi - below), 1 / (lo - below))


def inside(lo: Fraction, hi: Fraction, cells: int = CELLS) -> list[Fraction]:
    """The simplest rational of each of some cells of the open interval."""
    step = (hi - lo) / (cells + 2)
    found = [simplest(lo + i * step, lo + (i + 1) * step) for i in range(1, cells + 1)]
    return list(dict.fromkeys(found))


def _within(lo: Bound, hi: Bound, cells: int) -> list[Fraction]:
    """Points of an interval that may be infinite."""
    if lo is not None and hi is not None:
        return inside(lo, hi, cells)
    if lo is None and hi is None:
        return [Fraction(0), *(sign * Fraction(d) for d in _FAR for sign in (1, -1))]
    if lo is not None:
        return [simplest(lo + Fraction(d, 2), lo + d) for d in _FAR]
    return [-x for x in _within(-hi, None, cells)] if hi is not None else []


# --- guesses ----------------------------------------------------------------------------


def guess(f: Term, s: Term, x: Fraction, tolerance: Tolerance, bits: int) -> Guess | None:
    """What a central difference of step 2**-bits shows at a point; None where it shows no excess."""
    try:
        with precision(3 * bits + 64):
            h, at = Fraction(1, 2**bits), exact(x)
            program = BallProgram(f, deadline=tolerance.deadline)
            difference = program(acb(at + exact(h)))[0] - program(acb(at - exact(h)))[0]
            slope = (difference / exact(2 * h)).real
            error = upper(abs(slope - BallProgram(s, deadline=tolerance.deadline)(acb(at))[0].real).mid())
            size = upper(abs(slope).mid())
    except (NotAnalytic, TooLarge):
        return None
    allowed = tolerance.atol + tolerance.rtol * size
    excess = error - allowed
    if excess <= max(Fraction(1), size) / 2**bits:
        return None
    return Guess(x, error, excess, error / allowed if allowed else error)


def proved(found: Guess, f: Term, s: Term, tolerance: Tolerance) -> Point | None:
    """The witness at the point of a guess, or None where it is not shown."""
    try:
        point = judge_point(f, s, found.at, Fraction(1), found.excess / 64, tolerance)
    except (NotAnalytic, Obstructed, TooLarge, GuardUndecided):
        return None
    return point if certainly_different(point, tolerance) and is_writable(Refutation(point)) else None


def by_telling(guesses: Iterable[Guess]) -> list[Guess]:
    """The guesses whose error is within a factor of TELLING of the largest, the shortest first."""
    known = list(guesses)
    largest = max((item.ratio for item in known), default=Fraction(0))
    best = [item for item in known if TELLING * item.ratio >= largest]
    return sorted(best, key=lambda item: (len(format_number(item.at)), abs(item.at), item.at < 0))


def most_telling(at: Formulas, points: Iterable[Fraction], tolerance: Tolerance, bits: int) -> Point | None:
    """The witness that tells most among the points, or None where none is shown."""
    guesses = []
    for x in points:
        pair = at(x)
        found = guess(*pair, x, tolerance, bits) if pair else None
        if found:
            guesses.append(found)
    for found in by_telling(guesses)[:_MOST_TRIED]:
        pair = at(found.at)
        point = proved(found, *pair, tolerance) if pair else None
        if point:
            return point
    return None


def more_telling(f: Term, s: Term, found: Point, places: Iterable[Interval], tolerance: Tolerance) -> Point:
    """A witness that tells at least as much as the one found.

    places  where to look: the domain, the piece and the tile on which it was found
    """
    points = [found.at, *(x for lo, hi in places for x in (lo, *inside(lo, hi), hi))]
    bits = bits_above(1 / (tolerance.atol or tolerance.rtol)) + 64
    return most_telling(formulas(f, s), dict.fromkeys(points), tolerance, bits) or found


# --- points at which s has no value -------------------------------------------------------


def suspects(s: Term, domain: Domain) -> list[Fraction]:
    """The points of the domain at which the affine argument of a division, power or function in s
    is 0, or 1 or -1."""
    lines = {affine(part) for node in subterms(s) if isinstance(node, Apply) for part in node.arguments}
    roots = {(c - line[1]) / line[0] for line in lines if line and line[0] for c in (0, 1, -1)}
    return sorted(x for x in roots if any(x in part for part in domain))


def undefined(f: Term, s: Term, x: Fraction, tolerance: Tolerance) -> Undefined | None:
    """The record that f is analytic at x and s has no value there, or None where that is not shown."""
    for node in reversed(list(subterms(s))):  # every part before the whole
        if isinstance(node, Apply) and _without_value(node, x, _VALUE_BITS):
            try:
                point_value(f, x, _VALUE_BITS, _VALUE_AIM)  # soon tells where f has none either
                quotient, slope = point_slope(f, x, Fraction(1), _ROUGHLY, tolerance, _VALUE_BITS)
            except (NotAnalytic, Obstructed, TooLarge):
                return None
            arguments = _without_value(node, x, quotient.bits)
            found = Undefined(x, quotient, slope, node, arguments) if arguments else None
            return found if found and is_writable(Refutation(found)) else None
    return None


def _without_value(node: Apply, x: Fraction, bits: int) -> tuple[Interval, ...] | None:
    """Intervals that hold the values of a node's arguments at x, and at which it has none itself."""
    try:
        found = tuple(point_value(part, x, bits, _VALUE_AIM) for part in node.arguments)
    except (NotAnalytic, TooLarge):
        return None
    return found if has_no_value(node, found) else None


def first_undefined(at: Formulas, points: Iterable[Fraction], tolerance: Tolerance) -> Undefined | None:
    """The first of the points at which s is shown to have no value."""
    for x in points:
        pair = at(x)
        found = undefined(*pair, x, tolerance) if pair else None
        if found:
            return found
    return None


# --- exact claims -----------------------------------------------------------------------


def exact_witness(
    spec: Spec, defaults: Mapping[str, Fraction], tolerance: Tolerance, default_tolerance: Fraction
) -> tuple[Spec, Witness] | None:
    """A claim that the exact one implies, at values of its parameters, on a bounded part of the
    domain and with a tolerance, and a witness against it; None where none is found.

    The part of the domain near 0 and the defaults are looked at first.  A spec without a tolerance is
    refuted at `default_tolerance`, or at less where the error is smaller.
    """
    for i, values in enumerate(_assignments(spec.ranges, defaults)):
        f, s = implied(spec, values, window(spec.domain), default_tolerance).bound_terms()
        at = formulas(f, s)
        cells = CELLS if i == 0 else CELLS // 8
        try:
            near, far = (
                _points(f, s, part, cells, tolerance.deadline.check, symbolic=bool(values))
                for part in (window(spec.domain), spec.domain)
            )
        except GuardUndecided:
            continue
        for points in (near, far) if i == 0 else (near + far,):
            found = _look(at, points, tolerance) or first_undefined(
                at, [*suspects(s, spec.domain), *points], tolerance
            )
            if found:
                atol = _allowance(spec, found, default_tolerance)
                return implied(spec, values, window(spec.domain, found.at), atol), found
        for x in _ends(f, s, spec.domain, tolerance.deadline.check)[:CELLS]:
            wrong = _wrong_kink(spec, values, x, tolerance, default_tolerance)
            if wrong:
                return wrong
    return None


def _wrong_kink(
    spec: Spec, values: Mapping[str, Fraction], x: Fraction, tolerance: Tolerance, default: Fraction
) -> tuple[Spec, Kink] | None:
    """The claim and the kink at x, where that is one and is not as the claim says."""
    atol = default if spec.atol + spec.rtol == 0 else spec.atol
    stated = implied(spec, values, window(spec.domain, x), atol)
    f, s = stated.bound_terms()
    try:
        formulas = germs(f, x)
        if formulas[0] == formulas[1] == formulas[2]:
            return None
        kink = judge_kink(formulas, germs(s, x)[1], x, Fraction(1), tolerance._replace(atol=atol))
    except (NotAnalytic, Obstructed, TooLarge, GuardUndecided):
        return None
    return (stated, kink) if kink_shown(kink, stated) is False and is_writable(Refutation(kink)) else None


def _look(at: Formulas, points: list[Fraction], tolerance: Tolerance) -> Point | None:
    if tolerance.atol + tolerance.rtol:
        bits = bits_above(1 / (tolerance.atol or tolerance.rtol)) + 64
        return most_telling(at, points, tolerance, bits)
    for bits, every in _LEVELS:
        found = most_telling(at, points[::every], tolerance, bits)
        if found:
            return found
    return None


def _assignments(
    ranges: Mapping[str, Range], defaults: Mapping[str, Fraction]
) -> Iterator[dict[str, Fraction]]:
    """Values of the symbolic parameters: the defaults, then all moved at once, then one at a time."""
    base = {name: defaults[name] if defaults[name] in r else r.inside() for name, r in ranges.items()}
    yield base
    moved = {name: _values(r) for name, r in ranges.items()}
    if len(moved) > 1:
        yield from (dict(zip(moved, row, strict=True)) for row in zip(*moved.values(), strict=False))
    one = (pair for row in zip_longest(*moved.values()) for pair in zip(moved, row, strict=True))
    yield from islice(({**base, name: v} for name, v in one if v is not None), _MOST_ASSIGNMENTS)


def _values(values: Range) -> list[Fraction]:
    """Values in a range: its ends or points close to them, simple ones, large ones."""
    ends = [end for end in (values.low, values.high) if end is not None]
    near = [end + side * step for end in ends for step in _NEAR for side in (1, -1)]
    found = [*ends, *near]
    found += [sign * Fraction(n) for n in (1, 2, 10, 1000, 10**6) for sign in (1, -1)]
    found += [Fraction(0), Fraction(1, 2), Fraction(-1, 2), *_within(values.low, values.high, 4)]
    return [x for x in dict.fromkeys(found) if x in values]


def _points(f: Term, s: Term, domain: Domain, cells: int, check: Check, *, symbolic: bool) -> list[Fraction]:
    """Points of each piece of a domain; the ends of pieces too, unless f's formula may change
    there for other values of the parameters."""
    found: list[Fraction] = []
    for part in domain:
        ends = partition((f, s), part.low, part.high, check)
        share = max(1, cells // (len(ends) - 1))
        for a, b in pairwise(ends):
            found += _within(a, b, share)
        finite = [end for end in (part.low, part.high) if end is not None and end not in part]
        found += [x for end in finite for step in _NEAR for x in (end + step, end - step) if x in part]
    if not symbolic:
        found += _ends(f, s, domain, check)
    return list(dict.fromkeys(found))


def _ends(f: Term, s: Term, domain: Domain, check: Check) -> list[Fraction]:
    """The ends of the pieces of a domain that are points of it."""
    return [
        end
        for part in domain
        for end in partition((f, s), part.low, part.high, check)
        if end is not None and end in part
    ]


def window(domain: Domain, x: Fraction | None = None) -> Domain:
    """The domain cut to bounded, closed parts: [-10, 10] in the place of infinite ends, or as far beyond
    a finite one, a hundredth off an open end, and on to x where that is further."""
    return tuple(_compact(part, x) for part in domain)


def _compact(part: Range, x: Fraction | None) -> Range:
    lo, hi = part.low, part.high
    low = lo if lo is not None else hi - _WINDOW if hi is not None else -Fraction(_WINDOW, 2)
    high = hi if hi is not None else lo + _WINDOW if lo is not None else Fraction(_WINDOW, 2)
    off = min(high - low, Fraction(1)) / _OFF
    low, high = (low if low in part else low + off), (high if high in part else high - off)
    return closed_range(low, high) if x is None or x not in part else closed_range(min(low, x), max(high, x))


def _allowance(spec: Spec, found: Point | Undefined, default: Fraction) -> Fraction:
    """The absolute tolerance of the claim that the witness refutes."""
    if spec.atol + spec.rtol:
        return spec.atol
    if isinstance(found, Undefined):
        return default
    apart = max(found.slope[0] - found.spec[1], found.spec[0] - found.slope[1])
    return min(default, power_of_ten_below(apart / 2))


def implied(spec: Spec, values: Mapping[str, Fraction], domain: Domain, atol: Fraction) -> Spec:
    """The claim at values of its symbolic parameters, on a part of its domain and with a tolerance:
    it says no more than the claim itself does."""

    def held(at: Fraction) -> bool:
        return any(at in part for part in domain)

    def rational(term: Term) -> bool:
        return rational_value(bind(term, {**spec.values, **values})) is not None

    return replace(
        spec,
        domain=domain,
        atol=atol,
        parameters={**spec.parameters, **values},
        exceptions=tuple(at for at in spec.exceptions if held(at)),
        kink_values=tuple((at, term) for at, term in spec.kink_values if held(at) and rational(term)),
    )
