"""Verdicts and certificates in words that a mathematician would sign, then the numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from certify.certificate import Certificate, Enclosure, Kink, Point, Refutation, statement_of
from certify.exact import Identity, Join
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
    if spec.values:
        values = ", ".join(f"{name} = {describe(v)}" for name, v in spec.values.items())
        lines.append(f"with {values}")
    return lines


def theorem(certificate: Certificate) -> list[str]:
    """The statement that is proved, and what holds at the kinks that it leaves out."""
    proof, identity = certificate.proof, certificate.identity
    lines = _within_tolerance(certificate.spec, proof.kinks) if isinstance(proof, Enclosure) else []
    if identity:
        lines += _exactly(identity, alone=not lines)
    return lines


def _within_tolerance(spec: Spec, kinks: tuple[Kink, ...]) -> list[str]:
    other = _other_than([kink.at for kink in kinks])
    lines = [
        f"For every real x in {format_domain(spec.domain)}{other}, f is differentiable at x and",
        f"  |f'(x) - s(x)| <= {allowance(spec)}, where",
        *(f"    {line}" for line in formulas(spec)),
    ]
    return lines + [line for kink in kinks for line in kink_sentence(kink, spec.atol)]


def _exactly(identity: Identity, *, alone: bool) -> list[str]:
    """The exact claim; beside another it does not repeat the formulas."""
    spec = identity.spec
    whole = spec.domain == ((None, None),)
    where = "" if whole else f" in {format_domain(spec.domain)}"
    ranges = "".join(f" and every {name} in {values}" for name, values in spec.ranges.items())
    start = f"or every real x{where}{_other_than(identity.left_out)}{ranges}"
    if not alone:
        return [f"Exactly: f{start},", "  f is differentiable at x and f'(x) = s(x)."]
    lines = [f"F{start}, f is differentiable at x and", "  f'(x) = s(x), where"]
    lines += [f"    {line}" for line in formulas(spec)]
    return lines + [line for join in identity.joins for line in join_sentence(join)]


def _other_than(points: Sequence[Fraction]) -> str:
    return f" other than {', '.join(map(describe, points))}" if points else ""


def join_sentence(join: Join) -> list[str]:
    """What the record of a join says, in one or two lines."""
    at, spec = f"At x = {describe(join.at)}", print_term(join.tower.expanded(join.spec))
    left, right = (print_term(join.tower.expanded(slope)) for slope in join.slopes)
    if join.verdict == "smooth":
        return [f"{at} the formulas change; both sides agree, and f'(x) = s(x) there too."]
    if join.verdict == "jump":
        before, after = (print_term(join.tower.expanded(join.values[i])) for i in (0, 2))
        return [f"{at} f jumps from {before} to {after}: no derivative exists; s there is {spec}."]
    if join.verdict == "open":
        return [f"{at} the formula of f changes; nothing is said; s there is {spec}."]
    return [
        f"{at} f is continuous with one-sided derivatives {left} and {right};",
        f"  s there is {spec}, {'one of them' if spec in (left, right) else 'a value between them'}.",
    ]


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
    """tiles, nodes, bits, worst residual, time; of an identity alone pieces, generators, time"""
    spent = f"{statistics.seconds * 1000:.0f} ms"
    if certificate.proof is None and certificate.identity:
        return f"identity: {size(certificate.identity)}, {spent}"
    kinds = [
        count(statistics.tiles, "tile"),
        f"{statistics.nodes} nodes",
        f"{statistics.bits} bits",
        f"worst residual {describe(worst_residual(certificate))}",
        spent,
    ]
    return ", ".join(kinds)


def size(identity: Identity) -> str:
    """2 pieces, 1 generator"""
    pieces = [piece for section in identity.sections for piece in section.pieces]
    return ", ".join(
        [
            count(len(pieces), "piece"),
            count(sum(len(piece.tower.generators) for piece in pieces), "generator"),
        ]
    )


def lines(verdict: Verdict) -> Iterator[str]:
    """The whole summary of a verdict."""
    spec = verdict.spec
    yield f"{word(verdict)}: {spec.name} on {format_domain(spec.domain)}"
    if isinstance(verdict, Certified):
        yield from (f"  {line}" for line in theorem(verdict.certificate))
        if spec.prover_only:
            names = ", ".join(spec.prover_only)
            yield f"  Prover-only: the verifier has no evaluation of its own for {names}."
        if verdict.no_identity:
            yield f"  {verdict.no_identity}"
        yield f"  {numbers(verdict.statistics, verdict.certificate)}"
    elif isinstance(verdict, Refuted):
        yield from (f"  {line}" for line in counterexample(verdict.certificate))
    else:
        yield from (f"  {line}" for line in obstructions(verdict))


def counterexample(certificate: Certificate) -> list[str]:
    """The witness of a refutation and what holds there."""
    point, spec = witness(certificate), certificate.spec
    slope, value = (f"[{format_number(lo)}, {format_number(hi)}]" for lo, hi in (point.slope, point.spec))
    return [
        f"at x = {format_number(point.at)}, where f is differentiable,",
        f"  f'(x) is in {slope}",
        f"  s(x)  is in {value}, further apart than the allowed {allowance(spec)}, where",
        *(f"    {line}" for line in formulas(spec)),
    ]


def witness(certificate: Certificate) -> Point:
    """The witness of a refutation."""
    if not isinstance(certificate.proof, Refutation):
        raise TypeError(f"a certificate of kind {certificate.kind} has no witness")
    return certificate.proof.witness


def gap(certificate: Certificate) -> str:
    """An enclosure of |f'(x) - s(x)| at the witness of a refutation."""
    point = witness(certificate)
    low, high = point.slope[0] - point.spec[1], point.slope[1] - point.spec[0]
    least = max(low, -high, Fraction(0))
    return f"[{describe(least)}, {describe(max(abs(low), abs(high)))}]"


def brief(verdict: Verdict) -> str:
    """The verdict in one line."""
    spec = verdict.spec
    where = f"{spec.name} on {format_domain(spec.domain)}"
    if isinstance(verdict, Undecided):
        first = verdict.obstructions[0]
        return f"Undecided({where}, {first.where()}: {first.why})"
    certificate = verdict.certificate
    if isinstance(certificate.proof, Refutation):
        return f"Refuted({where}, x = {describe(certificate.proof.witness.at)})"
    parts = [where]
    if isinstance(certificate.proof, Enclosure):
        tiles = sum(len(component.tiles) for component in certificate.proof.components)
        parts += [f"|f' - s| <= {allowance(spec)}", count(tiles, "tile")]
    if certificate.identity:
        parts.append("f' = s")
    return f"Certified({', '.join(parts)})"


def html(verdict: Verdict) -> str:
    """The summary of a verdict for a notebook: a coloured word, then the sentences."""
    from html import escape

    colour = {"certified": "#1a7f37", "refuted": "#cf222e", "undecided": "#9a6700"}[word(verdict)]
    first, *rest = lines(verdict)
    head = escape(first.partition(":")[2].strip())
    body = escape("\n".join(line.removeprefix("  ") for line in rest))
    return (
        f'<div><b style="color:{colour}">{word(verdict)}</b> {head}'
        f'<pre style="margin:0.3em 0 0 1em">{body}</pre></div>'
    )


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
    certificate = verdict.certificate
    result["statement"] = statement_of(certificate)
    if isinstance(certificate.proof, Refutation):
        point = certificate.proof.witness
        result["witness"] = {
            "x": format_number(point.at),
            "slope": [format_number(end) for end in point.slope],
            "spec": [format_number(end) for end in point.spec],
        }
        return result
    if certificate.proof:
        result["residual"] = format_number(worst_residual(certificate))
        result["kinks"] = _points(certificate.proof.kinks)
    if certificate.identity:
        result["joins"] = _points(certificate.identity.joins)
    elif isinstance(verdict, Certified):
        result["no_identity"] = verdict.no_identity
    return result


def _points(points: Sequence[Kink | Join]) -> list[dict[str, str]]:
    return [{"at": format_number(point.at), "verdict": point.verdict} for point in points]
