"""From a spec to a verdict: pieces, tiles, kinks, and the witness where one is found.

`prove` is the only function that makes a `Proved` of tiles, from a finished `Enclosure`, and the
only one that makes a `Refuted`, from a witness that certainly is not as the spec claims.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from itertools import pairwise
from time import perf_counter

from certify.certificate.enclosure import (
    Certificate,
    Component,
    Enclosure,
    Kink,
    Point,
    Refutation,
    Tile,
    Witness,
)
from certify.certificate.kinks import kink_shown
from certify.certificate.strict import MAX_LIST
from certify.language.errors import GuardUndecided
from certify.language.numbers import describe
from certify.language.spec import Domain, Interval, Spec, closed_range
from certify.language.terms import Term
from certify.prover.deadline import NEVER, Deadline, OutOfTime
from certify.prover.enclosure.ball import BallProgram, NotAnalytic, TooLarge, acb, precision, real_ball
from certify.prover.enclosure.kinks import (
    certainly_different,
    certainly_equal,
    germs,
    judge_kink,
    judge_point,
    point_aim,
    size_at,
    strict_sign,
)
from certify.prover.enclosure.obstructions import POINT, POLE, REGULAR, Obstructed, Programs, explain
from certify.prover.enclosure.size import is_writable, quotients
from certify.prover.enclosure.tiling import Suspicion, Tolerance, tile_piece
from certify.prover.enclosure.witness import (
    exact_witness,
    first_undefined,
    formulas,
    inside,
    more_telling,
    simplest,
    suspects,
    window,
)
from certify.prover.pieces import is_smooth, open_interval_sign, partition, resolve
from certify.prover.verdict import (
    Found,
    Obstruction,
    Proved,
    Refuted,
    Statistics,
    Undecided,
    domain_options,
    kink_hint,
    without,
)

_GUARD_BITS = 64
PROBES = 16
_SIMPLE = 100  # the greatest denominator of a point that is taken for a pole, in a hint
MOST_TILES = 5_000  # a search that needs more is given up

Progress = Callable[[Fraction], None]  # told the fraction of the domain that is done


def enclose(spec: Spec, max_bits: int, progress: Progress | None = None, deadline: Deadline = NEVER) -> Found:
    """Proved with a proof, Refuted with a witness, or Undecided with the obstructions.

    max_bits  the most bits of precision the search may use
    deadline  when it is given up: Undecided, with the parts that were not reached
    """
    begun = perf_counter()
    domain = spec.compact_domain()
    if domain is None:
        return Undecided(spec, _not_compact(spec), Statistics(0, 0, 0, perf_counter() - begun))
    search = _Search(spec, Tolerance(spec.atol, spec.rtol, max_bits, deadline), progress)
    for lo, hi in domain:
        search.component(lo, hi)
        if search.witness:
            break
    if not search.witness and not search.obstructions:
        search.no_kinks()
    proof: Enclosure | Refutation = search.enclosure()
    if search.witness:
        proof = Refutation(search.witness)
    statistics = _statistics(search.components, proof, begun)
    if not is_writable(proof):
        why = "a number of the proof is too long for a certificate"
        lo, hi = domain[0][0], domain[-1][1]
        obstruction = Obstruction(lo, hi, why, "domain ends or tolerances of fewer digits")
        return Undecided(spec, (obstruction,), statistics)
    if search.witness:
        return Refuted(spec, Certificate(spec, proof), statistics)
    if search.obstructions:
        found = [_without(item, spec.domain) for item in _in_one(search.obstructions, deadline)]
        return Undecided(spec, tuple(found), statistics)
    return Proved(spec, Certificate(spec, proof), statistics)


def _statistics(components: Iterable[Component], proof: Enclosure | Refutation, begun: float) -> Statistics:
    used = list(quotients(proof))
    return Statistics(
        tiles=sum(len(component.tiles) for component in components),
        nodes=sum(quotient.nodes // 2 + 1 for quotient in used),
        bits=max((quotient.bits for quotient in used), default=0),
        seconds=perf_counter() - begun,
    )


def refute_exactly(
    spec: Spec, defaults: Mapping[str, Fraction], atol: Fraction, max_bits: int, deadline: Deadline = NEVER
) -> Refuted | None:
    """Refuted by a point of an exact claim's domain, at values in its parameters' ranges; None where
    none is found, which says nothing.  OutOfTime beyond the deadline.

    defaults  the values of the parameters that are looked at first
    atol      the tolerance that is stated where the claim has none and the error is larger
    """
    begun = perf_counter()
    found = exact_witness(spec, defaults, Tolerance(spec.atol, spec.rtol, max_bits, deadline), atol)
    if found is None:
        return None
    stated, witness = found
    proof = Refutation(witness)
    return Refuted(stated, Certificate(stated, proof), _statistics((), proof, begun))


def _not_compact(spec: Spec) -> tuple[Obstruction, ...]:
    why = "difference quotients enclose f' on bounded, closed intervals only"
    hint = f"{domain_options(window(spec.domain))}, say"
    return tuple(Obstruction(p.low, p.high, why, hint) for p in spec.domain if p not in window((p,)))


def _without(item: Obstruction, domain: Domain) -> Obstruction:
    """The obstruction with the open ends, about the point that it seems to be, which an identity allows."""
    if item.hint not in (POLE, POINT, REGULAR) or item.lo is None or item.hi is None:
        return item
    at = simplest(item.lo, item.hi)
    if at.denominator > _SIMPLE:
        return item
    return item._replace(hint=f"{item.hint}; or, if f' = s exactly, {domain_options(without(domain, at))}")


def _in_one(obstructions: list[Obstruction], deadline: Deadline) -> list[Obstruction]:
    """The obstructions, with neighbouring parts that were not reached as one."""
    joined: list[Obstruction] = []
    late = deadline.unreached(None, None).why
    for item in obstructions:
        if joined and joined[-1].hi == item.lo and joined[-1].why == item.why == late:
            joined[-1] = joined[-1]._replace(hi=item.hi)
        else:
            joined.append(item)
    return joined


def _programs(f: Term, s: Term, deadline: Deadline) -> Programs:
    """The program of f and s on a tile; guards that are not affine are decided there."""
    if is_smooth(f) and is_smooth(s):
        program = BallProgram(f, s, deadline=deadline)
        return lambda lo, hi: program

    def on_tile(lo: Fraction, hi: Fraction) -> BallProgram:
        def sign(guard: Term) -> int:
            with precision(_GUARD_BITS):
                where = f"on [{describe(lo)}, {describe(hi)}]"
                return strict_sign(guard, lambda: acb(real_ball(lo, hi)), where)

        return BallProgram(resolve(f, sign), resolve(s, sign), deadline=deadline)

    return on_tile


class _Search:
    """The state of one proof: what is covered, what was excluded, what stood in the way."""

    def __init__(self, spec: Spec, tolerance: Tolerance, progress: Progress | None) -> None:
        self.spec = spec
        self.f, self.s = spec.bound_terms()
        self.tolerance = tolerance
        self.progress = progress
        self.share = Fraction(-1)  # of the domain, that was told to be done
        self.domain = spec.compact_domain() or ()
        self.components: list[Component] = []
        self.kinks: list[Kink] = []
        self.seams: list[Point] = []
        self.obstructions: list[Obstruction] = []
        self.witness: Witness | None = None

    def enclosure(self) -> Enclosure:
        return Enclosure(tuple(self.components), tuple(self.kinks), tuple(self.seams))

    def component(self, lo: Fraction, hi: Fraction) -> None:
        """Cover [lo, hi]: the pieces, then the points between them."""
        try:
            breaks = partition((self.f, self.s), lo, hi, self.tolerance.deadline.check)
        except OutOfTime:
            self.obstructions.append(self.tolerance.deadline.unreached(lo, hi))
            return
        except GuardUndecided as stop:
            self.obstructions.append(Obstruction(lo, hi, str(stop), "a formula with fewer guards"))
            return
        ends, tiles = [lo], list[Tile]()
        for a, b in pairwise(breaks):
            if self.late(a, hi):
                return
            piece = self.piece(a, b)
            if self.witness:
                return
            ends += piece.ends[1:]
            tiles += piece.tiles
            self.reached(b)
        component = Component(tuple(ends), tuple(tiles))
        self.components.append(component)
        if is_smooth(self.f) and is_smooth(self.s):
            return
        for point in breaks:
            if self.late(point, hi):
                return
            self.point(point, component)
            if self.witness:
                return

    def late(self, lo: Fraction, hi: Fraction) -> bool:
        """Whether time ran out before [lo, hi]: then it stands in the way."""
        if not self.tolerance.deadline.passed():
            return False
        self.obstructions.append(self.tolerance.deadline.unreached(lo, hi))
        return True

    def watched(self, programs: Programs) -> Programs:
        """The same programs, and whoever watches is told of each tile at its left end."""

        def on_tile(lo: Fraction, hi: Fraction) -> BallProgram:
            self.reached(lo)
            return programs(lo, hi)

        return on_tile if self.progress else programs

    def reached(self, x: Fraction) -> None:
        """Tell how much of the domain lies before a point, where that is more than before."""
        width = sum(hi - lo for lo, hi in self.domain)
        share = sum((min(hi, x) - lo for lo, hi in self.domain if lo < x), Fraction(0)) / width
        if self.progress and share > self.share:
            self.share = share
            self.progress(share)

    def piece(self, a: Fraction, b: Fraction) -> Component:
        """Tiles of one piece, on which every affine guard has one sign."""
        sign = open_interval_sign(a, b)
        f, s = resolve(self.f, sign), resolve(self.s, sign)
        budget = MOST_TILES - sum(len(component.tiles) for component in self.components)
        try:
            programs = _programs(f, s, self.tolerance.deadline)
            piece, suspicions, obstructions = tile_piece(self.watched(programs), a, b, self.tolerance, budget)
        except NotAnalytic as stop:  # a constant subterm without a value
            self.obstructions.append(Obstruction(a, b, *explain(stop)))
            self.undefined(a, b)
            return Component((a,), ())
        self.obstructions += obstructions
        for suspicion in suspicions:
            self.refute(suspicion, a, b)
        if obstructions and not self.witness:
            self.probe(a, b)
        if obstructions and not self.witness:
            self.undefined(a, b)
        return piece

    def probe(self, a: Fraction, b: Fraction) -> None:
        """Look for a witness at points of a piece that no tile settles: where s is far too
        large, or has a pole, no disc shows the spec analytic, but f' and s at a point differ."""
        for i in range(1, PROBES):
            x = a + (b - a) * i / PROBES
            try:
                f, s = germs(self.f, x)[1], germs(self.s, x)[1]
                aim = max(point_aim(self.tolerance), size_at(s, x) / 2**64)
                point = judge_point(f, s, x, (b - a) / PROBES, aim, self.tolerance)
                if certainly_different(point, self.tolerance):
                    self.witness = self.telling(point, (a, b))
                    return
            except (NotAnalytic, Obstructed, GuardUndecided, TooLarge, OutOfTime):
                continue  # nothing is claimed of this point; the obstructions stand

    def undefined(self, a: Fraction, b: Fraction) -> None:
        """Look for a point of a piece that no tile settles at which s has no value."""
        parts = [(part.lo, part.hi) for part in self.obstructions]
        points = [simplest(lo, hi) for lo, hi in parts if lo is not None and hi is not None]
        points += [*suspects(self.s, (closed_range(a, b),)), *inside(a, b, PROBES)]
        self.without_value([x for x in dict.fromkeys(points) if a <= x <= b])

    def without_value(self, points: list[Fraction]) -> None:
        try:
            self.witness = first_undefined(formulas(self.f, self.s), points, self.tolerance)
        except OutOfTime:
            return  # nothing is claimed of these points; the obstructions stand

    def refute(self, suspicion: Suspicion, a: Fraction, b: Fraction) -> None:
        """Make the suspicion, in the piece [a, b], a witness, or a point that tells more; where that
        fails it is an obstruction."""
        x = suspicion.at
        f, s = germs(self.f, x)[1], germs(self.s, x)[1]
        try:
            point = judge_point(f, s, x, (b - a) / 2, suspicion.excess / 64, self.tolerance)
            if certainly_different(point, self.tolerance):
                self.witness = self.telling(point, (a, b), suspicion.tile)
                return
        except (NotAnalytic, Obstructed, TooLarge, OutOfTime) as stop:
            self.obstructions.append(self._at_point(x, stop))
            return
        why = "f' and s seem to differ by more than allowed, without a proof of it"
        self.obstructions.append(Obstruction(x, x, why, "another --tol"))

    def telling(self, found: Point, *near: Interval) -> Point:
        """The witness found, or one that tells more."""
        return more_telling(self.f, self.s, found, (*self.domain, *near), self.tolerance)

    def point(self, x: Fraction, component: Component) -> None:
        """Settle a point where formulas meet: a kink, a seam, or nothing to say."""
        try:
            f, s = germs(self.f, x), germs(self.s, x)
            r = _radius_near(x, component)
            if not f[0] == f[1] == f[2]:
                self.kink(x, f, s[1], r)
            elif s[1] not in self._covering(x, s):
                self.seam(x, f[1], s[1], r)
        except (NotAnalytic, Obstructed, GuardUndecided, TooLarge, OutOfTime) as stop:
            self.obstructions.append(self._at_point(x, stop))
            self.without_value([x])

    def _at_point(
        self, x: Fraction, stop: NotAnalytic | Obstructed | GuardUndecided | TooLarge | OutOfTime
    ) -> Obstruction:
        if isinstance(stop, OutOfTime):
            return self.tolerance.deadline.unreached(x, x)
        if isinstance(stop, TooLarge):
            return Obstruction(x, x, "f or s is too large there to be bounded", "a smaller domain")
        if isinstance(stop, NotAnalytic):
            return Obstruction(x, x, *explain(stop))
        if isinstance(stop, GuardUndecided):
            return Obstruction(x, x, str(stop), f"a domain that leaves {describe(x)} out")
        return Obstruction(x, x, stop.why, stop.hint)

    def _covering(self, x: Fraction, s: tuple[Term, Term, Term]) -> list[Term]:
        """The formulas of s on the tiles that hold x: one side only at an end of the domain."""
        sides = []
        if all(x != lo for lo, _ in self.domain):
            sides.append(s[0])
        if all(x != hi for _, hi in self.domain):
            sides.append(s[2])
        return sides

    def kink(self, x: Fraction, f: tuple[Term, Term, Term], s: Term, r: Fraction) -> None:
        """A kink that is as the spec claims, or a witness, or neither."""
        kink = judge_kink(f, s, x, r, self.tolerance)
        shown = kink_shown(kink, self.spec)
        if shown is False:
            self.witness = kink
        elif shown is None:
            self.obstructions.append(_at_kink(kink, self.spec))
        elif len(self.kinks) >= MAX_LIST:
            self.obstructions.append(Obstruction(x, x, f"more than {MAX_LIST} kinks", "a smaller domain"))
        else:
            self.kinks.append(kink)

    def no_kinks(self) -> None:
        """Points that the spec takes for kinks, and that are none."""
        kinks = {kink.at for kink in self.kinks}
        for at in sorted({*self.spec.exceptions, *(at for at, _ in self.spec.kink_values)} - kinks):
            why = "a kink is stated there, and f has none in the domain"
            self.obstructions.append(Obstruction(at, at, why, "no word on it"))

    def seam(self, x: Fraction, f: Term, s: Term, r: Fraction) -> None:
        """s has a value of its own at x, where f is analytic: it must be f'(x) all the same."""
        point = judge_point(f, s, x, r, point_aim(self.tolerance), self.tolerance)
        if certainly_equal(point, self.tolerance):
            self.seams.append(point)
        elif certainly_different(point, self.tolerance):
            self.witness = point
        else:
            why = "s has a value of its own there, neither shown right nor wrong"
            self.obstructions.append(Obstruction(x, x, why, "another --tol"))


def _at_kink(kink: Kink, spec: Spec) -> Obstruction:
    """Why a kink is not as the spec claims, and what would help."""
    x = kink.at
    if x in spec.exceptions:
        return Obstruction(x, x, "f is continuous there, which the claim makes an exception", "none there")
    if kink.verdict == "jump":
        return Obstruction(x, x, "f jumps there: it has no derivative", kink_hint(x, "jump"))
    if kink.verdict == "open":
        tolerance = "a smaller --tol" if spec.atol else "an absolute tolerance, --tol"
        why = "the values and slopes on the two sides decide nothing at this tolerance"
        return Obstruction(x, x, why, f"{tolerance}; or {kink_hint(x, 'open')}")
    return Obstruction(x, x, "s there is not shown to be the stated value", "another --tol")


def _radius_near(x: Fraction, component: Component) -> Fraction:
    widths = [
        tile.quotient.r
        for tile, a, b in zip(component.tiles, component.ends, component.ends[1:], strict=False)
        if x in (a, b)
    ]
    return min(widths, default=Fraction(1))
