"""The theorem, checked, of a claim with a tolerance: tiles that cover a domain, or a witness.

    meaning         `Spec`: |f'(x) - s(x)| <= atol + rtol*|f'(x)| on the domain less kinks
    representation  `Enclosure` and `Refutation`: choices and claims
    checker         below; labels [T0] to [T6] are those of certificates/README.md

Nothing is searched for and nothing is assumed of the prover: every claim is computed again
from the choices, and a claim that the computation does not confirm is a rejection.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from certify.certificate.enclosure import (
    Component,
    Enclosure,
    Kink,
    Tile,
    Undefined,
    Witness,
)
from certify.certificate.kinks import has_no_value, kink_shown
from certify.language.errors import Rejected
from certify.language.numbers import describe
from certify.language.printer import print_term
from certify.language.spec import Spec
from certify.language.terms import Term, subterms
from certify.verifier.enclosure.cover import cover_bits, verify_cover
from certify.verifier.enclosure.disc import quotients_at, residual_of, slope_range, truncation_errors
from certify.verifier.enclosure.points import (
    check_value,
    check_within,
    three,
    verify_kink,
    verify_kink_record,
    verify_point,
    verify_seam,
    verify_slope,
)
from certify.verifier.enclosure.signs import sign_on_tile
from certify.verifier.enclosure.tools import Tools
from certify.verifier.guards import Undecidable

# --- [T0] the domain is covered ---------------------------------------------------------


def verify_enclosure(tools: Tools, spec: Spec, proof: Enclosure, f: Term, s: Term) -> None:
    domain = spec.compact_domain()
    if domain is None or len(domain) != len(proof.components):
        raise Rejected("components", f"{len(proof.components)}", "one for each interval of the domain")
    points: list[Meeting] = []
    for (lo, hi), component in zip(domain, proof.components, strict=True):
        # [T0] the ends increase (the reader saw to it), so the closed tiles cover [lo, hi].
        if component.ends[0] != lo or component.ends[-1] != hi:
            found = f"tiles from {describe(component.ends[0])} to {describe(component.ends[-1])}"
            raise Rejected("components", found, f"from {describe(lo)} to {describe(hi)}, the domain")
        points += _verify_component(tools, spec, component, f, s)
    verify_meetings(tools, spec, proof, f, s, points)


@dataclass(frozen=True)
class Meeting:
    """An end of a tile, with the formulas of s that the tiles ending there were shown for."""

    at: Fraction
    covered: tuple[Term, ...]


def _verify_component(tools: Tools, spec: Spec, component: Component, f: Term, s: Term) -> list[Meeting]:
    total = len(component.tiles)
    covered: list[list[Term]] = [[] for _ in component.ends]
    for i, tile in enumerate(component.tiles):
        where = f"tile {i + 1} of {total}"
        lo, hi = component.ends[i], component.ends[i + 1]
        f_tile, s_tile = _formulas(tools, where, lo, hi, f, s)
        _verify_tile(tools, where, spec, tile, (lo + hi) / 2, f_tile, s_tile)
        covered[i].append(s_tile)
        covered[i + 1].append(s_tile)
    return [Meeting(at, tuple(terms)) for at, terms in zip(component.ends, covered, strict=True)]


def _formulas(tools: Tools, where: str, lo: Fraction, hi: Fraction, f: Term, s: Term) -> tuple[Term, Term]:
    """The one formula of f, and of s, that holds on the open tile."""
    try:
        sign = sign_on_tile(lo, hi, tools.lines)
        return tools.choose(f, sign), tools.choose(s, sign)
    except Undecidable as stop:
        found = f"a guard without one sign on ({describe(lo)}, {describe(hi)})"
        raise Rejected(where, found, "no kink inside a tile") from stop


# --- [T1] to [T3] one tile --------------------------------------------------------------


def _verify_tile(tools: Tools, where: str, spec: Spec, tile: Tile, m: Fraction, f: Term, s: Term) -> None:
    quotient = tile.quotient
    # [T1] f and s are holomorphic on |z - m| <= R and bounded there as claimed.
    cover = tools.evaluator(where, (f, s), cover_bits(quotient, tile.spec_bound), wide=True)
    verify_cover(where, cover, m, quotient, (quotient.bound, tile.spec_bound))
    # [T2] Q_k and S_k from values at the nodes.
    evaluate = tools.evaluator(where, (f, s), quotient.bits)
    Q, S = quotients_at(tools, where, evaluate, m, quotient)
    # [T3] the truncation errors, the residual and the range of f'.
    slope_error, value_error, _ = truncation_errors(where, quotient, tile.spec_bound)
    residual = residual_of(Q, S, quotient) + slope_error + value_error
    if residual > tile.residual:
        raise Rejected(where, f"a residual of {describe(residual)}", f"the claimed {describe(tile.residual)}")
    lo, hi = slope_range(Q, quotient, slope_error)
    check_within(f"{where} slope", (lo, hi), tile.slope)
    allowed = spec.atol + spec.rtol * max(Fraction(0), tile.slope[0], -tile.slope[1])
    if tile.residual > allowed:
        raise Rejected(
            where, f"a claimed residual of {describe(tile.residual)}", f"at most {describe(allowed)}"
        )


# --- [T4] and [T5] the points where tiles end -------------------------------------------


def verify_meetings(
    tools: Tools, spec: Spec, proof: Enclosure, f: Term, s: Term, meetings: list[Meeting]
) -> None:
    """Every end of a tile is covered by a tile's formula, or a kink, or a seam; and no kink
    and no seam is listed that is not one."""
    kinks, listed = {kink.at: kink for kink in proof.kinks}, {kink.at for kink in proof.kinks}
    seams = {seam.at: seam for seam in proof.seams}
    for meeting in meetings:
        at = meeting.at
        where = f"at x = {describe(at)}"
        f_left, f_at, f_right = three(tools, where, f, at)
        s_at = three(tools, where, s, at)[1]
        if not f_left == f_at == f_right:
            if at not in kinks:
                raise Rejected(where, "formulas of f that differ, and no kink", "a kink")
            verify_kink(tools, where, spec, kinks.pop(at), (f_left, f_at, f_right), s_at)
        elif s_at not in meeting.covered:
            # [T4] f is analytic at this point, and s has a formula of its own there.
            if at not in seams:
                raise Rejected(where, "a formula of s of its own, and no seam", "a seam")
            verify_seam(tools, where, spec, seams.pop(at), f_at, s_at)
    for at in (*kinks, *seams):
        raise Rejected(f"at x = {describe(at)}", "a kink or seam listed", "none there")
    for at in (*spec.exceptions, *(at for at, _ in spec.kink_values)):
        if at not in listed:
            raise Rejected("statement", f"a word on x = {describe(at)}", "kinks of f in the domain only")


# --- [T6] a refutation ------------------------------------------------------------------


def verify_refutation(tools: Tools, spec: Spec, witness: Witness, f: Term, s: Term) -> None:
    at = witness.at
    where = f"witness x = {describe(at)}"
    domain = spec.compact_domain() or ()
    if not any(lo <= at <= hi for lo, hi in domain):
        raise Rejected(where, "a point outside the domain", "a point of it")
    formulas, s_at = three(tools, where, f, at), three(tools, where, s, at)[1]
    is_kink = not formulas[0] == formulas[1] == formulas[2]
    if isinstance(witness, Kink):
        if not is_kink:
            raise Rejected(where, "one formula of f", "a kink")
        verify_kink_record(tools, where, spec, witness, formulas, s_at)
        if kink_shown(witness, spec) is not False:
            raise Rejected(where, f"a kink shown {witness.verdict}", "one that is not as claimed")
        return
    if is_kink:
        raise Rejected(where, "a kink of f", "a point that is none")
    if isinstance(witness, Undefined):
        return _verify_undefined(tools, where, witness, formulas[1], s_at)
    verify_point(tools, where, witness, formulas[1], s_at)
    apart = max(witness.slope[0] - witness.spec[1], witness.spec[0] - witness.slope[1])
    allowed = spec.atol + spec.rtol * max(abs(witness.slope[0]), abs(witness.slope[1]))
    if apart <= allowed:
        raise Rejected(where, f"f' and s no more than {describe(apart)} apart", f"over {describe(allowed)}")


def _verify_undefined(tools: Tools, where: str, witness: Undefined, f: Term, s: Term) -> None:
    """f is analytic at the point, and a subterm of s has arguments at which it has no value."""
    verify_slope(tools, where, witness.quotient, witness.at, f, witness.slope)
    if witness.term not in subterms(s):
        raise Rejected(f"{where} term", print_term(witness.term), "a subterm of s as it is there")
    for i, (part, claim) in enumerate(zip(witness.term.arguments, witness.arguments, strict=True), 1):
        check_value(tools, f"{where} argument {i}", part, witness.at, witness.quotient.bits, claim)
    if not has_no_value(witness.term, witness.arguments):
        raise Rejected(where, f"{print_term(witness.term)}, which may have a value", "one that has none")
