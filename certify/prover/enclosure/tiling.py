"""The search for tiles: left to right over one piece, each tile as wide as its disc allows.

Everything here is a choice.  What a choice claims is computed by `quotient` in balls and
stands in the tile; a bad choice costs time, never soundness.  A tile ends in one of four
ways: accepted, its polynomial shows a point where the spec fails, tried again narrower,
or given up with the obstruction that the narrowest try met.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from certify.certificate.enclosure import MAX_NODES, Component, Quotient, Tile
from certify.language.errors import GuardUndecided
from certify.language.numbers import describe, power_of_ten_below, round_outward, round_up
from certify.language.spec import Interval
from certify.prover.deadline import NEVER, Deadline, OutOfTime
from certify.prover.enclosure.ball import (
    BallProgram,
    NotAnalytic,
    TooLarge,
    acb,
    arb,
    arb_poly,
    exact,
    lower,
    precision,
    upper,
)
from certify.prover.enclosure.obstructions import Obstructed, Programs, TooWide, describe_stop, join
from certify.prover.enclosure.quotient import (
    DEEPEST,
    START_DEPTH,
    cover_disc,
    difference_quotients,
    slope_error,
    value_error,
)
from certify.prover.verdict import Obstruction

# Room that a claim leaves for a verifier whose rounding is coarser than Arb's: its interval
# arithmetic may be this many times as wide, and may need this many more subdivisions.
NOISE_ROOM = 64
BOUND_ROOM = 4
DEPTH_ROOM = 2
CLAIM_FLOOR = Fraction(1, 2**16)  # no claim is finer than this part of the tolerance

SLACK = 3
LEAST_DECAY = 8
MOST_BITS = 12_000  # of a bound: certificates hold numbers of 4000 digits
FINEST = 60  # a piece is not cut finer than its width / 2**FINEST
COARSEST = 20  # nor than its width / 2**COARSEST once a part of it is undecided
NARROW = 12  # tiles of width / 2**NARROW are too many to cover the piece
MOST_STOPS = 200  # narrow tries that a guard stops, before the place is given up
_SUSPICION_BITS = 256  # what the balls lose in width only hides an excess
_STEEPEST = 58  # R/r is at most 58/16


class Tolerance(NamedTuple):
    """What a residual is held against, atol + rtol*|f'(x)|, and what the search may spend."""

    atol: Fraction
    rtol: Fraction
    max_bits: int
    deadline: Deadline = NEVER

    def allowed(self, slope: Interval) -> Fraction:
        """A lower bound of the allowance where f' lies in `slope`."""
        return self.atol + self.rtol * max(Fraction(0), slope[0], -slope[1])

    def allowed_at_most(self, slope: Interval) -> Fraction:
        """An upper bound of the allowance where f' lies in `slope`."""
        return self.atol + self.rtol * max(abs(slope[0]), abs(slope[1]))


class Suspicion(NamedTuple):
    """A point inside a tile at which its polynomial shows the spec to fail, by `excess`."""

    at: Fraction
    excess: Fraction
    tile: Interval


# --- the choices of one quotient --------------------------------------------------------


def bits_above(value: Fraction) -> int:
    """The least integer b with value <= 2**b, or one more; value > 0."""
    return value.numerator.bit_length() - value.denominator.bit_length() + 1


@lru_cache(maxsize=1024)
def steepness(nodes: int, decay: int) -> int:
    """The least j with (16/j)**nodes <= 2**-decay: R = r*j/16 makes q**nodes that small."""
    low, high = 17, 4096
    while low < high:
        j = (low + high) // 2
        if (16**nodes) << decay <= j**nodes:
            high = j
        else:
            low = j + 1
    return low


def first_decay(tolerance: Tolerance) -> int:
    """A first guess of the bits by which q**N must fall: the digits asked for, and a few."""
    return bits_above(1 / (tolerance.atol or tolerance.rtol)) + 14


def choose_nodes(decay: int) -> int:
    """The fewest nodes whose R/r does not exceed _STEEPEST/16."""
    nodes = 4
    while steepness(nodes, decay) > _STEEPEST:
        nodes *= 2
    return nodes


def _short_below(value: Fraction) -> Fraction:
    """The largest k*2**e <= value with k of four bits: it keeps tile ends short."""
    exponent = bits_above(value) - 4
    unit = Fraction(1 << exponent) if exponent >= 0 else Fraction(1, 1 << -exponent)
    while value // unit >= 16:
        unit *= 2
    while value // unit < 8:
        unit /= 2
    return (value // unit) * unit


def _decay_needed(bounds: tuple[Fraction, ...], r: Fraction, aim: Fraction, nodes: int) -> int:
    """Bits d such that q**nodes <= 2**-d makes the truncation errors at most aim/16 or so;
    SLACK bits fewer still leave them within half of it."""
    slope = bounds[0] * 4 * nodes / (r * aim)
    value = max(bounds[1:], default=Fraction(0)) * 8 / aim
    return max(LEAST_DECAY, bits_above(max(slope, value)) + 3)


class Plan(NamedTuple):
    """A covered disc: R, N, the claimed bounds and cover depth, and the decay that the next
    tile may try first."""

    bounds: tuple[Fraction, ...]
    depth: int
    R: Fraction
    nodes: int
    decay: int


def plan_disc(program: BallProgram, m: Fraction, r: Fraction, aim: Fraction, decay: int) -> Plan:
    """A covered disc about m whose R and N give truncation errors below `aim`.

    decay  bits by which q**N must fall, a guess.  NotAnalytic or TooWide where there is none.
    """
    asked = max(LEAST_DECAY, bits_above(1 / aim)) + 16
    decay = max(LEAST_DECAY, min(decay, 2 * asked))
    for attempt, start in enumerate((START_DEPTH, START_DEPTH, START_DEPTH, START_DEPTH + 1, DEEPEST)):
        nodes = choose_nodes(decay)
        if nodes > 2 * choose_nodes(asked):
            # more nodes than the digits ask for are worth it where f itself is large
            asked = max(asked, bits_above(_scale(program, m) / aim) + 16)
        if nodes > min(2 * choose_nodes(asked), MAX_NODES):
            break
        R = r * steepness(nodes, decay) / 16
        try:
            cover = cover_disc(program, m, R, start, min(16 * asked, MOST_BITS))
        except TooLarge:
            break
        # below the tolerance a bound gains nothing, and rounding may hide it from the verifier
        bounds = tuple(round_up(max(BOUND_ROOM * bound, aim)) for bound in cover.bounds)
        needed = _decay_needed(bounds, r, aim, nodes)
        # once, a disc with fewer nodes is tried where the guess was too cautious
        if needed <= decay + SLACK and (attempt or choose_nodes(needed) == nodes):
            return Plan(bounds, cover.depth + DEPTH_ROOM, R, nodes, needed)
        decay = needed
    raise TooWide("f is too large on the disc for the tolerance", "a larger --tol")


def _scale(program: BallProgram, m: Fraction) -> Fraction:
    """About the size of f and s near m, at least 1."""
    with precision(64):
        return sum((upper(value.abs_upper()) for value in program(acb(exact(m)))), Fraction(1))


# --- one tile ---------------------------------------------------------------------------


class _Polynomials(NamedTuple):
    """The quotients of f' and s on a tile, as balls.

    slopes, differences  enclosures of f'(m + r*u) and of f' - s, polynomials in u
    slope_error, error   their truncation errors
    residual             |f' - s| on the tile is at most this
    variation            |f'(m + r*u) - slopes[0]| is at most this
    """

    slopes: arb_poly
    differences: arb_poly
    slope_error: arb
    error: arb
    residual: arb
    variation: arb

    def noise(self) -> Fraction:
        """The part of the claims that is rounding, with room for a coarser verifier."""
        return NOISE_ROOM * upper(self.residual.rad() + self.slopes[0].rad())


def _polynomials(
    program: BallProgram, m: Fraction, r: Fraction, R: Fraction, bounds: Interval, nodes: int, bits: int
) -> _Polynomials:
    Q, S = difference_quotients(program, m, r, nodes, bits)
    with precision(bits):
        q, radius = exact(r / R), exact(r)
        slopes = Q.derivative() * (1 / radius)
        differences = slopes - S
        e_f = slope_error(exact(bounds[0]), q, nodes, radius)
        error = e_f + value_error(exact(bounds[1]), q, nodes)
        residual = sum(map(abs, differences.coeffs()), error)
        variation = sum(map(abs, slopes.coeffs()[1:]), e_f)
    return _Polynomials(slopes, differences, e_f, error, residual, variation)


def _with_room(total: arb, error: arb, aim: Fraction) -> Fraction:
    """An upper bound of |total| with the room that a claim leaves for the verifier."""
    return upper(abs(total) + NOISE_ROOM * total.rad() + error / 4 + exact(aim * CLAIM_FLOOR))


def claim_slope(centre: arb, variation: Fraction) -> Interval:
    """centre +- variation, rounded outward to two digits of the variation."""
    spread = variation + NOISE_ROOM * upper(centre.rad())
    quantum = power_of_ten_below(spread) / 10
    return round_outward(lower(centre) - spread, upper(centre) + spread, quantum)


def point_bits(decay: int, nodes: int, tolerance: Tolerance) -> int:
    """Bits at which rounding stays below the truncation error; Obstructed beyond --max-bits."""
    bits = decay + 2 * nodes.bit_length() + 24
    check_bits(bits, tolerance)
    return bits


def try_tile(
    program: BallProgram, lo: Fraction, hi: Fraction, tolerance: Tolerance, decay: int
) -> tuple[Tile, int] | Suspicion:
    """The tile [lo, hi], or a point of it at which the spec seems to fail.

    Raises NotAnalytic, TooWide or Obstructed.
    """
    m, r = (lo + hi) / 2, (hi - lo) / 2
    aim = tolerance.atol
    if tolerance.rtol:
        aim += tolerance.rtol * _slope_estimate(program, m, r) / 2
        if not aim:
            raise TooWide(
                "f' may be 0 there, where a relative tolerance allows nothing",
                "an absolute tolerance, --tol",
            )
    plan = plan_disc(program, m, r, aim, decay)
    f_bound, s_bound = plan.bounds
    bits = point_bits(plan.decay, plan.nodes, tolerance)
    while True:
        found = _polynomials(program, m, r, plan.R, (f_bound, s_bound), plan.nodes, bits)
        noise = found.noise()
        if noise <= aim / 4:
            break
        bits += max(16, bits_above(noise / aim) + 8)
        check_bits(bits, tolerance)
    slope = claim_slope(found.slopes[0], _with_room(found.variation, found.slope_error, aim))
    claimed = round_up(_with_room(found.residual, found.error, aim))
    if claimed <= tolerance.allowed(slope):
        quotient = Quotient(r, plan.R, plan.nodes, bits, plan.depth, f_bound)
        return Tile(quotient, s_bound, claimed, slope), plan.decay
    suspicion = _suspicion(found, tolerance, m, r)
    if suspicion is not None:
        return suspicion
    raise TooWide(
        f"|f' - s| is bounded by {describe(claimed)} only, allowed {describe(tolerance.allowed(slope))}",
        "a larger --tol" + ("" if tolerance.atol else ", or an absolute tolerance beside --rtol"),
    )


def check_bits(bits: int, tolerance: Tolerance) -> None:
    """Obstructed beyond --max-bits."""
    if bits > tolerance.max_bits:
        raise Obstructed(
            f"the tolerance needs {bits} bits, --max-bits allows {tolerance.max_bits}",
            f"--max-bits {bits} or a larger --tol",
        )


def _slope_estimate(program: BallProgram, m: Fraction, r: Fraction) -> Fraction:
    """About |f'(m)|, by a central difference: it steers the search and proves nothing."""
    h = r / 2**20
    with precision(128):
        difference = program(acb(exact(m + h)))[0] - program(acb(exact(m - h)))[0]
        return upper(abs((difference / exact(2 * h)).real))


def _suspicion(found: _Polynomials, tolerance: Tolerance, m: Fraction, r: Fraction) -> Suspicion | None:
    """The inner point m + r*u, u = i/8, where |f' - s| exceeds the allowance by most."""
    best: Suspicion | None = None
    for i in range(-7, 8):
        u = Fraction(i, 8)
        with precision(_SUSPICION_BITS):
            size = abs(found.differences(exact(u))) - found.error
            f_slope = upper(abs(found.slopes(exact(u))) + found.slope_error)
        excess = lower(size) - tolerance.atol - tolerance.rtol * f_slope
        if excess > 0 and (best is None or excess > best.excess):
            best = Suspicion(m + r * u, excess, (m - r, m + r))
    return best


# --- a whole piece ----------------------------------------------------------------------


def tile_piece(
    programs: Programs, lo: Fraction, hi: Fraction, tolerance: Tolerance, budget: int
) -> tuple[Component, list[Suspicion], list[Obstruction]]:
    """Tiles from lo to hi, the suspicions met on the way, and the parts not covered.

    The component covers [lo, hi] when there is neither a suspicion nor an obstruction.  The
    first suspicion ends the search: a witness settles the spec.
    """
    ends, tiles = [lo], list[Tile]()
    obstructions: list[Obstruction] = []
    r, decay, grow = (hi - lo) / 2, first_decay(tolerance), False
    finest = (hi - lo) / 2**FINEST
    stops = 0  # narrow tries that a guard stopped since the last obstruction
    a = lo
    leap: Fraction | None = None  # past an obstruction: how far to go before trying again
    while a < hi:
        b = _next_end(a, hi, r)
        try:
            tolerance.deadline.check()
            found = try_tile(programs(a, b), a, b, tolerance, decay)
        except OutOfTime:
            obstructions.append(tolerance.deadline.unreached(a, hi))
            break
        except (NotAnalytic, GuardUndecided, Obstructed, TooLarge) as stop:
            stops += isinstance(stop, GuardUndecided) and b - a <= (hi - lo) / 2**NARROW
            narrowest = b - a <= finest or stops > MOST_STOPS or (leap is not None and 16 * (b - a) <= leap)
            if not narrowest and not _final(stop):
                r, grow = (b - a) / 2 * Fraction(5, 8), False
                continue
            obstructions.append(describe_stop(stop, programs, a, b))
            if _final(stop) or isinstance(stop, TooWide | TooLarge):
                break
            leap = 2 * max(b - a, leap or Fraction(0))
            a, r = b, leap / 2
            finest, stops = (hi - lo) / 2**COARSEST, 0
            continue
        if isinstance(found, Suspicion):
            return Component(tuple(ends), tuple(tiles)), [found], obstructions
        tile, decay = found
        ends.append(b)
        tiles.append(tile)
        if len(tiles) >= budget and b < hi:
            obstructions.append(
                Obstruction(b, hi, f"more than {budget} tiles", "a smaller domain or a larger --tol")
            )
            break
        r, grow, leap = tile.quotient.r * (Fraction(7, 4) if grow else 1), True, None
        a = b
    return Component(tuple(ends), tuple(tiles)), [], join(obstructions, programs)


def _final(stop: Exception) -> bool:
    """Whether a narrower tile cannot help."""
    return isinstance(stop, Obstructed) and not isinstance(stop, TooWide)


def _next_end(a: Fraction, hi: Fraction, r: Fraction) -> Fraction:
    """The end of a tile of about radius r at a: hi where that is near, half way where the
    next tile would be a narrow rest, else a short number."""
    rest = hi - a
    if rest <= 2 * r:
        return hi
    if rest <= 4 * r:
        return a + rest / 2
    return a + 2 * _short_below(r)
