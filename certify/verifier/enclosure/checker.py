"""The theorem, checked: a certificate is accepted, or Rejected with the first thing wrong.

    meaning         `Spec`: |f'(x) - s(x)| <= atol + rtol*|f'(x)| on the domain less kinks
    representation  `Certificate`: choices and claims
    checker         `verify`, below; labels [T0] to [T6] are those of certificates/README.md

Nothing is searched for and nothing is assumed of the prover: every claim is computed again
from the choices, and a claim that the computation does not confirm is a rejection.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from certify.certificate.enclosure import (
    Certificate,
    Component,
    Enclosure,
    Kink,
    Point,
    Quotient,
    Refutation,
    Side,
    Tile,
    Undefined,
    Witness,
    decode,
)
from certify.certificate.kinks import has_no_value, kink_shown, kink_verdict
from certify.language.errors import NotChecked, Rejected, TermError
from certify.language.functions import GUARDS
from certify.language.numbers import describe
from certify.language.printer import print_term
from certify.language.spec import Interval, Spec
from certify.language.terms import Apply, Term, subterms
from certify.verifier.arithmetic import interval as iv
from certify.verifier.arithmetic import rectangle as rect
from certify.verifier.arithmetic.interval import Unbounded
from certify.verifier.arithmetic.rectangle import Rectangle
from certify.verifier.enclosure.evaluate import (
    Evaluator,
    Lines,
    NotEnclosed,
    Shared,
    SignOf,
    Undecidable,
    choose,
    sign_near,
    sign_on_tile,
)
from certify.verifier.enclosure.transform import Quotients, Roots, Table, quotients
from certify.verifier.identity.checker import verify_identity
from certify.verifier.work import Work, exact, operation

ERROR_BITS = 64
COVER_BITS = 64  # beyond those of a bound below 1: analyticity and bounds need no more
_RECORD_WORK = 400  # what any quotient costs
MAX_EVALUATORS = 4
MAX_BOXES = 2_000  # boxes evaluated for one disc


def verify(data: bytes) -> Certificate:
    """The certificate in the bytes, if it proves what its kind says of its spec; else Rejected, or
    NotChecked where it needs a function that the verifier cannot evaluate.

    The one way in: what is accepted was read strictly and then checked in full.
    """
    try:
        certificate = decode(data)
        _check_functions(certificate.spec)
        proof, identity = certificate.proof, certificate.identity
        f, s = certificate.spec.bound_terms()
        tools = _Tools()
        if isinstance(proof, Enclosure):
            _verify_enclosure(tools, certificate.spec, proof, f, s)
        elif isinstance(proof, Refutation):
            _verify_refutation(tools, certificate.spec, proof.witness, f, s)
        elif identity is None:
            raise Rejected("certificate", "neither tiles, nor a witness, nor an identity", "a proof")
        if identity is not None:
            verify_identity(identity, tools.work)
    except TermError as error:
        raise Rejected("statement", str(error), "a formula within the limits") from error
    return certificate


def _check_functions(spec: Spec) -> None:
    """Raise NotChecked for a primitive without an evaluation of the verifier's own."""
    known = {"pow", "pown", *rect.FUNCTIONS, *rect.OPERATIONS, *GUARDS}
    nodes = (node for term in (spec.function, spec.derivative) for node in subterms(term))
    names = {node.function for node in nodes if isinstance(node, Apply)}
    if names - known:
        raise NotChecked(tuple(sorted(names - known)))


class _Tools:
    """The work of one file, and what is made once for all of it."""

    def __init__(self) -> None:
        self.work = Work()
        self.shared = Shared()
        self.lines = Lines(self.work)
        self.roots = Roots(self.work)
        self._evaluators: dict[tuple[int, ...], Evaluator] = {}

    def choose(self, term: Term, sign: SignOf) -> Term:
        return choose(term, sign, self.shared, self.work)

    def evaluator(self, where: str, terms: tuple[Term, ...], bits: int, *, wide: bool = False) -> Evaluator:
        """An evaluator of shared terms, the last few of which are kept."""
        key = (bits, wide, *map(id, terms))  # the shared table holds the terms
        if key not in self._evaluators:
            if len(self._evaluators) >= MAX_EVALUATORS:
                self._evaluators.clear()
            try:
                self._evaluators[key] = Evaluator(terms, bits, self.work, wide=wide)
            except NotEnclosed as stop:
                raise Rejected(where, f"{print_term(stop.term)} without a value", "one") from stop
        return self._evaluators[key]


# --- [T0] the domain is covered ---------------------------------------------------------


def _verify_enclosure(tools: _Tools, spec: Spec, proof: Enclosure, f: Term, s: Term) -> None:
    domain = spec.bounded_domain()
    if domain is None or len(domain) != len(proof.components):
        raise Rejected("components", f"{len(proof.components)}", "one for each interval of the domain")
    points: list[_Meeting] = []
    for (lo, hi), component in zip(domain, proof.components, strict=True):
        # [T0] the ends increase (the reader saw to it), so the closed tiles cover [lo, hi].
        if component.ends[0] != lo or component.ends[-1] != hi:
            found = f"tiles from {describe(component.ends[0])} to {describe(component.ends[-1])}"
            raise Rejected("components", found, f"from {describe(lo)} to {describe(hi)}, the domain")
        points += _verify_component(tools, spec, component, f, s)
    _verify_meetings(tools, spec, proof, f, s, points)


@dataclass(frozen=True)
class _Meeting:
    """An end of a tile, with the formulas of s that the tiles ending there were shown for."""

    at: Fraction
    covered: tuple[Term, ...]


def _verify_component(tools: _Tools, spec: Spec, component: Component, f: Term, s: Term) -> list[_Meeting]:
    total = len(component.tiles)
    covered: list[list[Term]] = [[] for _ in component.ends]
    for i, tile in enumerate(component.tiles):
        where = f"tile {i + 1} of {total}"
        lo, hi = component.ends[i], component.ends[i + 1]
        f_tile, s_tile = _formulas(tools, where, lo, hi, f, s)
        _verify_tile(tools, where, spec, tile, (lo + hi) / 2, f_tile, s_tile)
        covered[i].append(s_tile)
        covered[i + 1].append(s_tile)
    return [_Meeting(at, tuple(terms)) for at, terms in zip(component.ends, covered, strict=True)]


def _formulas(tools: _Tools, where: str, lo: Fraction, hi: Fraction, f: Term, s: Term) -> tuple[Term, Term]:
    """The one formula of f, and of s, that holds on the open tile."""
    try:
        sign = sign_on_tile(lo, hi, tools.lines)
        return tools.choose(f, sign), tools.choose(s, sign)
    except Undecidable as stop:
        found = f"a guard without one sign on ({describe(lo)}, {describe(hi)})"
        raise Rejected(where, found, "no kink inside a tile") from stop


# --- [T1] to [T3] one tile --------------------------------------------------------------


def _verify_tile(tools: _Tools, where: str, spec: Spec, tile: Tile, m: Fraction, f: Term, s: Term) -> None:
    quotient = tile.quotient
    # [T1] f and s are holomorphic on |z - m| <= R and bounded there as claimed.
    cover = tools.evaluator(where, (f, s), _cover_bits(quotient, tile.spec_bound), wide=True)
    _verify_cover(where, cover, m, quotient, (quotient.bound, tile.spec_bound))
    # [T2] Q_k and S_k from values at the nodes.
    evaluate = tools.evaluator(where, (f, s), quotient.bits)
    Q, S = _quotients_at(tools, where, evaluate, m, quotient)
    # [T3] the truncation errors, the residual and the range of f'.
    slope_error, value_error, _ = _errors(where, quotient, tile.spec_bound)
    residual = _residual(Q, S, quotient) + slope_error + value_error
    if residual > tile.residual:
        raise Rejected(where, f"a residual of {describe(residual)}", f"the claimed {describe(tile.residual)}")
    lo, hi = _slope_range(Q, quotient, slope_error)
    _check_within(f"{where} slope", (lo, hi), tile.slope)
    allowed = spec.atol + spec.rtol * max(Fraction(0), tile.slope[0], -tile.slope[1])
    if tile.residual > allowed:
        raise Rejected(
            where, f"a claimed residual of {describe(tile.residual)}", f"at most {describe(allowed)}"
        )


def _cover_bits(quotient: Quotient, spec_bound: Fraction) -> int:
    """COVER_BITS and as many more as a small bound needs, where 1 - y is shown to be small by y; no
    more than those of the nodes, in steps, so that neighbours share an evaluator."""
    least = min(quotient.bound, spec_bound)
    small = max(0, least.denominator.bit_length() - least.numerator.bit_length())
    return max(COVER_BITS, min(quotient.bits, COVER_BITS + -(-small // 32) * 32))


def _verify_cover(
    where: str, evaluate: Evaluator, m: Fraction, quotient: Quotient, bounds: tuple[Fraction, ...]
) -> None:
    """[T1] by boxes over the upper half of the disc, halved where they fail, to the stated
    depth; the lower half is its mirror image."""
    bits = evaluate.bits
    limits = [iv.from_fraction(bound, bits)[0] for bound in bounds]
    centre, R = (iv.from_fraction(q, bits) for q in (m, quotient.R))
    boxes = [(0, -1, 0), (0, 0, 0)]
    evaluated = 0
    while boxes:
        depth, i, j = boxes.pop()
        nearest = max(i, -i - 1)  # of the box [i, i+1] x [j, j+1] in units of R/2**depth
        if nearest * nearest + j * j > 4**depth:
            continue  # every point of the box is further from m than R
        evaluated += 1
        if evaluated > MAX_BOXES:
            raise Rejected(where, f"more than {MAX_BOXES} boxes to cover a disc", "fewer")
        failed = _failure(evaluate, _box(centre, R, depth, i, j, bits), limits)
        if failed is None:
            continue
        if depth == quotient.depth:
            raise Rejected(where, failed, f"it on |z - m| <= R = {describe(quotient.R)}")
        boxes += [(depth + 1, 2 * i + a, 2 * j + b) for a in (0, 1) for b in (0, 1)]


def _box(centre: iv.Interval, R: iv.Interval, depth: int, i: int, j: int, bits: int) -> Rectangle:
    x = iv.mul(R, iv.from_integers(i, i + 1, -depth, bits), bits)
    y = iv.mul(R, iv.from_integers(j, j + 1, -depth, bits), bits)
    return iv.add(centre, x, bits), y


def _failure(evaluate: Evaluator, box: Rectangle, limits: list[iv.Number]) -> str | None:
    """Why a box proves nothing, or None where it proves analyticity and the bounds."""
    try:
        for value, limit, name in zip(evaluate(box), limits, "fs", strict=False):
            if not iv.at_most(rect.modulus(value, evaluate.bits)[1], limit):
                return f"the bound of |{name}| not shown"
    except NotEnclosed as stop:
        return f"{print_term(stop.term)} not shown analytic"
    except Unbounded:
        return "a value without a finite bound"
    return None


def _quotients_at(
    tools: _Tools, where: str, evaluate: Evaluator, m: Fraction, quotient: Quotient
) -> list[Quotients]:
    """[T2] the values at m + r*w^j, j <= N/2, and their transforms."""
    bits, N = evaluate.bits, quotient.nodes
    length = bits + max(map(_bits, (m, quotient.r, quotient.R, quotient.bound)))
    tools.work.spend(_RECORD_WORK + 2 * N * operation(length) + 16 * exact(length))  # of T3
    centre, r = iv.from_fraction(m, bits), iv.from_fraction(quotient.r, bits)
    try:
        roots = tools.roots(N, bits)
        values = [evaluate(node) for node in _nodes(centre, r, roots, bits)]
        columns = [list(column) for column in zip(*values, strict=True)]
        return quotients(columns, roots, bits, tools.work)
    except (NotEnclosed, Unbounded) as stop:
        raise Rejected(where, "a node without a finite value", "finite values") from stop


def _nodes(centre: iv.Interval, r: iv.Interval, roots: Table, bits: int) -> list[Rectangle]:
    """Rectangles about m + r*exp(2*pi*i*j/N) for 0 <= j <= N/2."""
    nodes = []
    for c, minus_s in (*roots.values, (-(1 << roots.places), 0)):
        x = _about(c, roots.places, bits)
        y = _about(-minus_s, roots.places, bits) if minus_s else iv.ZERO
        nodes.append((iv.add(centre, iv.mul(r, x, bits), bits), iv.mul(r, y, bits)))
    return nodes


def _about(component: int, places: int, bits: int) -> iv.Interval:
    """A component of a root of unity: within a unit of its integer.  The integers of 0 and +-1
    are exact: no other component of a root, N <= 2**14, is within 2**-30 of them."""
    reach = 0 if component in (0, 1 << places, -(1 << places)) else 1
    return iv.from_integers(component - reach, component + reach, -places, bits)


def _errors(where: str, quotient: Quotient, spec_bound: Fraction) -> tuple[Fraction, Fraction, Fraction]:
    """[T3] upper bounds of E_f/r, of E_s, and of the error of f'(m)."""

    def number(value: Fraction) -> iv.Interval:
        return iv.from_fraction(value, ERROR_BITS)

    b, N = ERROR_BITS, quotient.nodes
    try:
        one, q = number(Fraction(1)), number(quotient.r / quotient.R)
        gap = iv.sub(one, q, b)
        qN = q
        for _ in range(N.bit_length() - 1):  # N is a power of two
            qN = iv.square(qN, b)
        aliases = iv.div(q, iv.sub(one, qN, b), b)
        tail = iv.add(iv.mul(number(Fraction(N)), gap, b), q, b)
        over_r = iv.mul(iv.div(number(quotient.bound), number(quotient.r), b), qN, b)
        slope = iv.div(iv.mul(over_r, iv.add(aliases, tail, b), b), iv.square(gap, b), b)
        value = iv.div(iv.mul(number(2 * spec_bound), qN, b), gap, b)
        middle = iv.mul(over_r, aliases, b)
        return iv.to_fraction(slope[1]), iv.to_fraction(value[1]), iv.to_fraction(middle[1])
    except Unbounded as stop:
        raise Rejected(where, "R too close to r or too large", "a finite truncation error") from stop


def _residual(Q: Quotients, S: Quotients, quotient: Quotient) -> Fraction:
    """[T3] an upper bound of sum |(k+1)*Q_(k+1)/r - S_k| + |S_(N-1)|, in exact rationals."""
    places = max(Q.places, S.places)
    f_unit, s_unit = 1 << (places - Q.places), 1 << (places - S.places)
    p, d = quotient.r.numerator, quotient.r.denominator
    N = quotient.nodes
    total = 0
    for k in range(N - 1):
        difference = (k + 1) * Q.numerators[k + 1] * f_unit * d - S.numerators[k] * s_unit * p
        total += abs(difference) + (k + 1) * Q.error * f_unit * d
    total += abs(S.numerators[N - 1]) * s_unit * p + N * S.error * s_unit * p
    return Fraction(total, N * p) * _unit(places)


def _slope_range(Q: Quotients, quotient: Quotient, error: Fraction) -> Interval:
    """[T3] Q_1/r +- (sum over k >= 2 of k*|Q_k|/r + E_f/r) contains f' on the tile."""
    N = quotient.nodes
    spread = Q.error + sum(k * (abs(Q.numerators[k]) + Q.error) for k in range(2, N))
    scale = _unit(Q.places) / (N * quotient.r)
    return (
        (Q.numerators[1] - spread) * scale - error,
        (Q.numerators[1] + spread) * scale + error,
    )


def _bits(value: Fraction) -> int:
    return max(value.numerator.bit_length(), value.denominator.bit_length())


def _unit(places: int) -> Fraction:
    return Fraction(1, 1 << places) if places >= 0 else Fraction(1 << -places)


# --- [T4] and [T5] the points where tiles end -------------------------------------------


def _verify_meetings(
    tools: _Tools, spec: Spec, proof: Enclosure, f: Term, s: Term, meetings: list[_Meeting]
) -> None:
    """Every end of a tile is covered by a tile's formula, or a kink, or a seam; and no kink
    and no seam is listed that is not one."""
    kinks, listed = {kink.at: kink for kink in proof.kinks}, {kink.at for kink in proof.kinks}
    seams = {seam.at: seam for seam in proof.seams}
    for meeting in meetings:
        at = meeting.at
        where = f"at x = {describe(at)}"
        f_left, f_at, f_right = _three(tools, where, f, at)
        s_at = _three(tools, where, s, at)[1]
        if not f_left == f_at == f_right:
            if at not in kinks:
                raise Rejected(where, "formulas of f that differ, and no kink", "a kink")
            _verify_kink(tools, where, spec, kinks.pop(at), (f_left, f_at, f_right), s_at)
        elif s_at not in meeting.covered:
            # [T4] f is analytic at this point, and s has a formula of its own there.
            if at not in seams:
                raise Rejected(where, "a formula of s of its own, and no seam", "a seam")
            _verify_seam(tools, where, spec, seams.pop(at), f_at, s_at)
    for at in (*kinks, *seams):
        raise Rejected(f"at x = {describe(at)}", "a kink or seam listed", "none there")
    for at in (*spec.exceptions, *(at for at, _ in spec.kink_values)):
        if at not in listed:
            raise Rejected("statement", f"a word on x = {describe(at)}", "kinks of f in the domain only")


def _three(tools: _Tools, where: str, term: Term, at: Fraction) -> tuple[Term, Term, Term]:
    """The guard-free formulas of a term just left of a point, at it, and just right."""
    try:
        left, middle, right = (tools.choose(term, sign_near(at, side, tools.lines)) for side in (-1, 0, 1))
    except Undecidable as stop:
        raise Rejected(where, "a guard whose sign is not shown", "a strict sign") from stop
    return left, middle, right


def _verify_seam(tools: _Tools, where: str, spec: Spec, seam: Point, f: Term, s: Term) -> None:
    _verify_point(tools, where, seam, f, s)
    furthest = max(seam.slope[1] - seam.spec[0], seam.spec[1] - seam.slope[0])
    allowed = spec.atol + spec.rtol * max(Fraction(0), seam.slope[0], -seam.slope[1])
    if furthest > allowed:
        raise Rejected(where, f"f' and s up to {describe(furthest)} apart", f"at most {describe(allowed)}")


def _verify_kink(
    tools: _Tools, where: str, spec: Spec, kink: Kink, f: tuple[Term, Term, Term], s: Term
) -> None:
    """[T5] the kink is as the statement claims."""
    _verify_kink_record(tools, where, spec, kink, f, s)
    if kink_shown(kink, spec) is not True:
        raise Rejected(where, f"a kink shown {kink.verdict}, s in {_shown(kink.spec)}", "what is claimed")


def _verify_kink_record(
    tools: _Tools, where: str, spec: Spec, kink: Kink, f: tuple[Term, Term, Term], s: Term
) -> None:
    """[T5] the claimed intervals hold, and they decide the claimed verdict."""
    bits = max(kink.left.quotient.bits, kink.right.quotient.bits)
    _verify_side(tools, f"{where} left", kink.left, kink.at, f[0])
    _verify_side(tools, f"{where} right", kink.right, kink.at, f[2])
    _check_kink_value(tools, f"{where} value", f[1], kink.at, bits, kink.value)
    _check_value(tools, f"{where} spec", s, kink.at, bits, kink.spec)
    verdict = kink_verdict(kink, spec.atol, spec.rtol)
    if verdict != kink.verdict:
        raise Rejected(where, f"the verdict {kink.verdict}", verdict)


def _verify_side(tools: _Tools, where: str, side: Side, at: Fraction, f: Term) -> None:
    _verify_slope(tools, where, side.quotient, at, f, side.slope)
    _check_kink_value(tools, f"{where} value", f, at, side.quotient.bits, side.value)


def _check_kink_value(tools: _Tools, where: str, f: Term, at: Fraction, bits: int, claim: Interval) -> None:
    """[T5] a value of f lies in its interval, and is all of it where it is rational: a jump is not
    hidden by claiming less than is known."""
    rational = _check_value(tools, where, f, at, bits, claim)
    if rational and claim[0] != claim[1]:
        raise Rejected(where, _shown(claim), "the one rational value")


# --- [T6] a refutation ------------------------------------------------------------------


def _verify_refutation(tools: _Tools, spec: Spec, witness: Witness, f: Term, s: Term) -> None:
    at = witness.at
    where = f"witness x = {describe(at)}"
    domain = spec.bounded_domain() or ()
    if not any(lo <= at <= hi for lo, hi in domain):
        raise Rejected(where, "a point outside the domain", "a point of it")
    formulas, s_at = _three(tools, where, f, at), _three(tools, where, s, at)[1]
    is_kink = not formulas[0] == formulas[1] == formulas[2]
    if isinstance(witness, Kink):
        if not is_kink:
            raise Rejected(where, "one formula of f", "a kink")
        _verify_kink_record(tools, where, spec, witness, formulas, s_at)
        if kink_shown(witness, spec) is not False:
            raise Rejected(where, f"a kink shown {witness.verdict}", "one that is not as claimed")
        return
    if is_kink:
        raise Rejected(where, "a kink of f", "a point that is none")
    if isinstance(witness, Undefined):
        return _verify_undefined(tools, where, witness, formulas[1], s_at)
    _verify_point(tools, where, witness, formulas[1], s_at)
    apart = max(witness.slope[0] - witness.spec[1], witness.spec[0] - witness.slope[1])
    allowed = spec.atol + spec.rtol * max(abs(witness.slope[0]), abs(witness.slope[1]))
    if apart <= allowed:
        raise Rejected(where, f"f' and s no more than {describe(apart)} apart", f"over {describe(allowed)}")


def _verify_undefined(tools: _Tools, where: str, witness: Undefined, f: Term, s: Term) -> None:
    """f is analytic at the point, and a subterm of s has arguments at which it has no value."""
    _verify_slope(tools, where, witness.quotient, witness.at, f, witness.slope)
    if witness.term not in subterms(s):
        raise Rejected(f"{where} term", print_term(witness.term), "a subterm of s as it is there")
    for i, (part, claim) in enumerate(zip(witness.term.arguments, witness.arguments, strict=True), 1):
        _check_value(tools, f"{where} argument {i}", part, witness.at, witness.quotient.bits, claim)
    if not has_no_value(witness.term, witness.arguments):
        raise Rejected(where, f"{print_term(witness.term)}, which may have a value", "one that has none")


# --- single points ----------------------------------------------------------------------


def _verify_point(tools: _Tools, where: str, point: Point, f: Term, s: Term) -> None:
    _verify_slope(tools, where, point.quotient, point.at, f, point.slope)
    _check_value(tools, f"{where} spec", s, point.at, point.quotient.bits, point.spec)


def _verify_slope(
    tools: _Tools, where: str, quotient: Quotient, at: Fraction, f: Term, claim: Interval
) -> None:
    """[T1] to [T3] at u = 0: |f'(m) - Q_1/r| <= (M/r)*q^(N+1)/(1 - q^N)."""
    cover = tools.evaluator(where, (f,), _cover_bits(quotient, quotient.bound), wide=True)
    _verify_cover(where, cover, at, quotient, (quotient.bound,))
    evaluate = tools.evaluator(where, (f,), quotient.bits)
    (Q,) = _quotients_at(tools, where, evaluate, at, quotient)
    error = _errors(where, quotient, Fraction(1))[2]
    scale = _unit(Q.places) / (quotient.nodes * quotient.r)
    lo = (Q.numerators[1] - Q.error) * scale - error
    hi = (Q.numerators[1] + Q.error) * scale + error
    _check_within(f"{where} slope", (lo, hi), claim)


def _check_value(tools: _Tools, where: str, term: Term, at: Fraction, bits: int, claim: Interval) -> bool:
    """The term's value at a point lies in the claimed interval; whether it is rational, exactly known."""
    line = Lines(tools.work, (Fraction(0), at))(term)
    if line is not None:
        _check_within(where, (line[1], line[1]), claim)
        return True
    try:
        value = tools.evaluator(where, (term,), bits)((iv.from_fraction(at, bits), iv.ZERO))[0][0]
        _check_within(where, (iv.to_fraction(value[0]), iv.to_fraction(value[1])), claim)
    except (NotEnclosed, Unbounded) as stop:
        raise Rejected(where, "no finite value", "one") from stop
    return False


def _check_within(where: str, computed: Interval, claim: Interval) -> None:
    if not (claim[0] <= computed[0] and computed[1] <= claim[1]):
        raise Rejected(where, _shown(computed), f"within the claimed {_shown(claim)}")


def _shown(interval: Interval) -> str:
    return f"[{describe(interval[0])}, {describe(interval[1])}]"
