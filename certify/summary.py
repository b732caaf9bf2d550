"""Verdicts and certificates in words that a mathematician would sign, then the numbers."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from certify.certificate import Certificate, Enclosure, Kink, encode_statement
from certify.language.numbers import describe, format_number, power_of_ten_below
from certify.language.printer import print_term
from certify.language.terms import Output, subterms
from certify.spec import Interval, Spec, format_domain
from certify.verdict import Certified, Refuted, Statistics, Undecided, Verdict


def word(verdict: Verdict) -> str:
    """certified, refuted or undecided"""
    return type(verdict).__name__.lower()


def exit_code(verdict: Verdict) -> int:
    """0 certified, 1 refuted, 3 undecided"""
    return 0 if isinstance(verdict, Certified) else 1 if isinstance(verdict, Refuted) else 3


def worst_residual(certificate: Certificate) -> Fraction:
    """The largest residual that a tile claims; 0 for a refutation."""
    proof = certificate.proof
    if not isinstance(proof, Enclosure):
        return Fraction(0)
    return max(tile.residual for component in proof.components for tile in component.tiles)


def allowance(spec: Spec) -> str:
    """The right side of the claim."""
    absolute, relative = describe(spec.atol), f"{describe(spec.rtol)}*|f'(x)|"
    if not spec.rtol:
        return absolute
    return f"{absolute} + {relative}" if spec.atol else relative


def formulas(spec: Spec) -> list[str]:
    """f, s and the parameters, a line each."""
    uses_output = any(isinstance(node, Output) for node in subterms(spec.derivative))
    lines = [
        f"f(x) = {print_term(spec.function)}",
        f"s(x) = {print_term(spec.derivative)}" + (", y = f(x)" if uses_output else ""),
    ]
    if spec.parameters:
        values = ", ".join(f"{name} = {describe(v)}" for name, v in spec.parameters.items())
        lines.append(f"with {values}")
    return lines


def theorem(spec: Spec, kinks: tuple[Kink, ...]) -> list[str]:
    """The statement that is proved, and what holds at the kinks that it leaves out."""
    points = ", ".join(describe(kink.at) for kink in kinks)
    other = f" other than {points}" if kinks else ""
    lines = [
        f"For every real x in {format_domain(spec.domain)}{other}, f is differentiable at x and",
        f"  |f'(x) - s(x)| <= {allowance(spec)}, where",
        *(f"    {line}" for line in formulas(spec)),
    ]
    return lines + [line for kink in kinks for line in kink_sentence(kink, spec.atol)]


def kink_sentence(kink: Kink, atol: Fraction) -> list[str]:
    """What the record of a kink says, in one or two lines."""
    at, s = f"At x = {describe(kink.at)}", f"s there is {simplest(kink.spec)}"
    left, right = simplest(kink.left.slope), simplest(kink.right.slope)
    if kink.verdict == "jump":
        before, after = simplest(kink.left.value), simplest(kink.right.value)
        return [f"{at} f jumps from {before} to {after}: no derivative exists; {s}."]
    if kink.verdict == "smooth":
        agree = f"f and its one-sided derivatives agree to {describe(atol)}"
        return [f"{at} the formula of f changes; {agree}, and s with them: {simplest(kink.spec)}."]
    exact = kink.left.value == kink.value == kink.right.value
    continuous = "continuous" if exact else f"continuous to {describe(atol)}"
    sides = f"f is {continuous} with one-sided derivatives {left} and {right}"
    relation = "a value between them" if kink.verdict == "subgradient" else "NOT between them"
    return [f"{at} {sides};", f"  {s}, {relation}."]


def simplest(interval: Interval) -> str:
    """The shortest decimal in the interval, marked ~ where the interval is wider than it."""
    lo, hi = interval
    if lo == hi:
        return describe(lo)
    middle = (lo + hi) / 2
    quantum = power_of_ten_below(max(abs(lo), abs(hi))) * 10
    while not lo <= round(middle / quantum) * quantum <= hi:
        quantum /= 10
    return "~" + describe(round(middle / quantum) * quantum).removeprefix("~")


def count(number: int, noun: str) -> str:
    """1 tile, 2 tiles"""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def numbers(statistics: Statistics, certificate: Certificate) -> str:
    """tiles, nodes, bits, worst residual, time"""
    kinds = [
        count(statistics.tiles, "tile"),
        f"{statistics.nodes} nodes",
        f"{statistics.bits} bits",
        f"worst residual {describe(worst_residual(certificate))}",
        f"{statistics.seconds * 1000:.0f} ms",
    ]
    return ", ".join(kinds)


def lines(verdict: Verdict) -> Iterator[str]:
    """The whole summary of a verdict."""
    spec = verdict.spec
    yield f"{word(verdict)}: {spec.name} on {format_domain(spec.domain)}"
    if isinstance(verdict, Certified):
        proof = verdict.certificate.proof
        kinks = proof.kinks if isinstance(proof, Enclosure) else ()
        yield from (f"  {line}" for line in theorem(spec, kinks))
        yield f"  {numbers(verdict.statistics, verdict.certificate)}"
    elif isinstance(verdict, Refuted):
        yield from (f"  {line}" for line in counterexample(verdict.certificate))
    else:
        yield from (f"  {line}" for line in obstructions(verdict))


def counterexample(certificate: Certificate) -> list[str]:
    """The witness of a refutation and what holds there."""
    proof = certificate.proof
    if isinstance(proof, Enclosure):
        return []
    point, spec = proof.witness, certificate.spec
    slope, value = (f"[{format_number(lo)}, {format_number(hi)}]" for lo, hi in (point.slope, point.spec))
    return [
        f"at x = {format_number(point.at)}, where f is differentiable,",
        f"  f'(x) is in {slope}",
        f"  s(x)  is in {value}, further apart than the allowed {allowance(spec)}, where",
        *(f"    {line}" for line in formulas(spec)),
    ]


def obstructions(verdict: Undecided) -> list[str]:
    """Where, why, and what would help; the first few of many."""
    shown = verdict.obstructions[:5]
    found = [
        line for item in shown for line in (f"{item.where()}: {item.why}", f"  what would help: {item.hint}")
    ]
    more = len(verdict.obstructions) - len(shown)
    return found + ([f"and {more} more"] if more else [])


def as_json(verdict: Verdict, path: str | None) -> dict[str, Any]:
    """The verdict as a JSON object; exact numbers are strings, as in certificates."""
    spec, statistics = verdict.spec, verdict.statistics
    result: dict[str, Any] = {
        "name": spec.name,
        "verdict": word(verdict),
        "domain": format_domain(spec.domain),
        "atol": format_number(spec.atol),
        "rtol": format_number(spec.rtol),
        "tiles": statistics.tiles,
        "nodes": statistics.nodes,
        "bits": statistics.bits,
        "seconds": round(statistics.seconds, 6),
        "certificate": path,
    }
    if isinstance(verdict, Undecided):
        result["obstructions"] = [
            {"where": item.where(), "why": item.why, "hint": item.hint} for item in verdict.obstructions
        ]
        return result
    result["statement"] = encode_statement(spec)
    proof = verdict.certificate.proof
    if isinstance(proof, Enclosure):
        result["residual"] = format_number(worst_residual(verdict.certificate))
        result["kinks"] = [{"at": format_number(k.at), "verdict": k.verdict} for k in proof.kinks]
    else:
        witness = proof.witness
        result["witness"] = {
            "x": format_number(witness.at),
            "slope": [format_number(end) for end in witness.slope],
            "spec": [format_number(end) for end in witness.spec],
        }
    return result
