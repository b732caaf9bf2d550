"""Specs and certificates in words that a mathematician would sign."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from certify.certificate.enclosure import (
    Certificate,
    Enclosure,
    Kink,
    Point,
    Refutation,
    Undefined,
    Witness,
    statement_of,
)
from certify.certificate.identity import Identity, Join
from certify.language.numbers import describe, format_number, power_of_ten_below
from certify.language.printer import print_term
from certify.language.spec import LINE, Interval, Spec, format_domain, format_parameters
from certify.language.terms import Output, rational_value, subterms
from certify.words.decimals import rounded_words, show


def worst_residual(certificate: Certificate) -> Fraction:
    """The largest residual that a tile claims; 0 for a refutation."""
    proof = certificate.proof
    if not isinstance(proof, Enclosure):
        return Fraction(0)
    return max(tile.residual for component in proof.components for tile in component.tiles)


def allowance(spec: Spec) -> str:
    """The right side of the claim."""
    absolute, relative = format_number(spec.atol), f"{format_number(spec.rtol)}*|f'(x)|"
    if not spec.rtol:
        return absolute
    return f"{absolute} + {relative}" if spec.atol else relative


def formulas(spec: Spec) -> list[str]:
    """f, s and the parameters, a line each; and what stands in them for a floating-point number."""
    uses_output = any(isinstance(node, Output) for node in subterms(spec.derivative))
    shown = {"f(x)": show(spec.function), "s(x)": show(spec.derivative)}
    lines = [
        f"f(x) = {shown['f(x)'].text}",
        f"s(x) = {shown['s(x)'].text}" + (", y = f(x)" if uses_output else ""),
        *rounded_words(shown),
    ]
    if spec.values:
        values = ", ".join(f"{name} = {format_number(v)}" for name, v in spec.values.items())
        lines.append(f"with {values}")
    return lines


def theorem(certificate: Certificate) -> list[str]:
    """The statement that is proved, with what it says of the kinks."""
    proof, identity = certificate.proof, certificate.identity
    lines = _within_tolerance(certificate.spec, proof.kinks) if isinstance(proof, Enclosure) else []
    if identity:
        kinks = [kink.at for kink in proof.kinks] if isinstance(proof, Enclosure) else []
        lines += _exactly(identity, kinks, alone=not lines)
    return lines


def _within_tolerance(spec: Spec, kinks: tuple[Kink, ...]) -> list[str]:
    other = _other_than([kink.at for kink in kinks])
    lines = [
        f"For every real x in {format_domain(spec.domain)}{other}, f is differentiable at x and",
        f"  |f'(x) - s(x)| <= {allowance(spec)}, where",
        *(f"    {line}" for line in formulas(spec)),
    ]
    return lines + [line for kink in kinks for line in kink_sentence(kink, spec)]


def _exactly(identity: Identity, said: Sequence[Fraction], *, alone: bool) -> list[str]:
    """The exact claim; beside another it repeats neither the formulas nor what is said of kinks."""
    spec = identity.spec
    whole = spec.domain == (LINE,)
    where = "" if whole else f" in {format_domain(spec.domain)}"
    ranges = "".join(f" and every {name} in {values}" for name, values in spec.ranges.items())
    start = f"or every real x{where}{_other_than(identity.left_out)}{ranges}"
    if alone:
        lines = [f"F{start}, f is differentiable at x and", "  f'(x) = s(x), where"]
        lines += [f"    {line}" for line in formulas(spec)]
    else:
        values = ", ".join(f"{name} = {format_number(value)}" for name, value in spec.values.items())
        with_values = f", with {values}" if values else ""
        lines = [f"Exactly: f{start}{with_values},", "  f is differentiable at x and f'(x) = s(x)."]
    lines += [line for join in identity.joins if join.at not in said for line in join_sentence(join)]
    return lines + [
        f"At x = {format_number(at)}, an end of the domain where f's formula changes, nothing is claimed."
        for at in identity.open_ends
    ]


def _other_than(points: Sequence[Fraction]) -> str:
    return f" other than {', '.join(map(format_number, points))}" if points else ""


def join_sentence(join: Join) -> list[str]:
    """What the record of a join says, in one or two lines."""
    at, spec = f"At x = {format_number(join.at)}", print_term(join.tower.expanded(join.spec))
    left, right = (print_term(join.tower.expanded(slope)) for slope in join.slopes)
    if join.verdict == "smooth":
        return [f"{at} the formulas change; both sides agree, and f'(x) = s(x) there too."]
    if join.verdict == "jump":
        values = (print_term(join.tower.expanded(value)) for value in join.values)
        return [f"{at} {_jump(*values)}; s there is {spec}."]
    if join.verdict == "open":
        return [f"{at} the formula of f changes; of f nothing is claimed; s there is {spec}."]
    return [
        f"{at} f is continuous with one-sided derivatives {left} and {right};",
        f"  s there is {spec}, {'one of them' if spec in (left, right) else 'a value between them'}.",
    ]


def _jump(before: str, there: str, after: str) -> str:
    if before == after:
        return f"f is {there}, off its limit {before}: no derivative exists"
    return f"f jumps from {before} to {after}: no derivative exists"


def kink_sentence(kink: Kink, spec: Spec) -> list[str]:
    """What the record of a kink says, in one or two lines."""
    at, s = f"At x = {format_number(kink.at)}", f"s there is {simplest(kink.spec)}"
    slopes = (kink.left.slope, kink.right.slope)
    left, right = map(simplest, slopes)
    if kink.verdict == "jump":
        return [f"{at} {_jump(*map(simplest, (kink.left.value, kink.value, kink.right.value)))}; {s}."]
    if kink.verdict == "open":
        return [f"{at} the formula of f changes; of f nothing is claimed; {s}."]
    continuous = continuity(kink)
    if kink.verdict == "smooth":
        agree = f"f is {continuous}, its one-sided derivatives agree to {allowance(spec)}, s with them"
        return [f"{at} the formula of f changes;", f"  {agree}: {simplest(kink.spec)}."]
    sides = f"f is {continuous} with one-sided derivatives {left} and {right}"
    relation = "NOT between them" if kink.verdict == "outside" else f"between them to {allowance(spec)}"
    if kink.spec[0] >= min(v[1] for v in slopes) and kink.spec[1] <= max(v[0] for v in slopes):
        relation = "a value between them"
    return [f"{at} {sides};", f"  {s}, {relation}."]


def continuity(kink: Kink) -> str:
    """How far f is shown continuous at a kink that is none of its jumps."""
    values = {kink.left.value, kink.value, kink.right.value}
    exactly = len(values) == 1 and kink.value[0] == kink.value[1]
    return "continuous" if exactly else "continuous to 2**-100*max(1, |f|)"


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


def size(identity: Identity) -> str:
    """2 pieces, 1 generator"""
    pieces = [piece for section in identity.sections for piece in section.pieces]
    return ", ".join(
        [
            count(len(pieces), "piece"),
            count(sum(len(piece.tower.generators) for piece in pieces), "generator"),
        ]
    )


def counterexample(certificate: Certificate) -> list[str]:
    """The witness of a refutation and what holds there."""
    point, spec = witness(certificate), certificate.spec
    at = f"at x = {format_number(point.at)}"
    if isinstance(point, Kink):
        found = _at_kink(point, spec)
    elif isinstance(point, Undefined):
        found = [
            f"{at}, where f is differentiable,",
            f"  f'(x) is in {_shown(point.slope)}",
            f"  s(x)  has no value: {no_value(point)}, where",
        ]
    else:
        found = [
            f"{at}, where f is differentiable,",
            f"  f'(x) is in {_shown(point.slope)}",
            f"  s(x)  is in {_shown(point.spec)}, further apart than the allowed {allowance(spec)}, where",
        ]
    return [*found, *(f"    {line}" for line in formulas(spec))]


def _at_kink(kink: Kink, spec: Spec) -> list[str]:
    """A kink at which s is not what the claim asks for."""
    where = f"at x = {format_number(kink.at)}, a kink of f"
    if kink.verdict not in ("jump", "open"):
        where += f" with one-sided derivatives {simplest(kink.left.slope)} and {simplest(kink.right.slope)}"
    stated = spec.value_at(kink.at)
    if kink.verdict == "outside":
        needed = f"further than the allowed {allowance(spec)} from all between them, where"
    else:
        value = print_term(stated) if stated is not None else "the stated value"
        needed = f"not the stated {value} to {allowance(spec)}, where"
    return [f"{where},", f"  s(x) is in {_shown(kink.spec)}, {needed}"]


def no_value(point: Undefined) -> str:
    """1/x has the divisor x = 0"""
    pairs = [
        (print_term(part), simplest(interval))
        for part, interval in zip(point.term.arguments, point.arguments, strict=True)
    ]
    parts = [text if text == value else f"{text} = {value}" for text, value in pairs]
    name = print_term(point.term)
    if point.term.function == "div":
        return f"{name} has the divisor {parts[1]}"
    if len(parts) == 2:
        return f"{name} has the base {parts[0]} and the exponent {parts[1]}"
    return f"{name} has the argument {parts[0]}"


def _shown(interval: Interval) -> str:
    return f"[{format_number(interval[0])}, {format_number(interval[1])}]"


def witness(certificate: Certificate) -> Witness:
    """The witness of a refutation."""
    if not isinstance(certificate.proof, Refutation):
        raise TypeError(f"a certificate of kind {certificate.kind} has no witness")
    return certificate.proof.witness


def distance(certificate: Certificate) -> str:
    """How far s is from f' at the witness of a refutation."""
    point = witness(certificate)
    if isinstance(point, Undefined):
        return f"not there, as s has no value: {no_value(point)}"
    return f"in {gap(point, certificate.spec)}"


def gap(point: Point | Kink, spec: Spec) -> str:
    """An enclosure of the distance of s(x) from f'(x), or from all that it may be at a kink."""
    if isinstance(point, Kink):
        value = spec.value_at(point.at)
        exact = None if value is None else rational_value(value)
        slopes = (point.left.slope, point.right.slope)
        hulls = [(min(lo for lo, _ in slopes), max(hi for _, hi in slopes))]
        hulls += [] if exact is None else [(exact, exact)]
    else:
        hulls = [point.slope]
    distances = [(lo - point.spec[1], point.spec[0] - hi) for lo, hi in hulls]
    least = max(Fraction(0), *(max(pair) for pair in distances))
    most = max(max(abs(lo - point.spec[0]), abs(hi - point.spec[1])) for lo, hi in hulls)
    return f"[{describe(least)}, {describe(max(least, most))}]"


def claims(certificate: Certificate) -> list[str]:
    """What a certificate states, with the domain and the values of the parameters of each claim, and
    the size of its proof, in a few words each."""
    spec, proof, identity = certificate.spec, certificate.proof, certificate.identity
    where = scope(spec)
    if isinstance(proof, Refutation):
        point = proof.witness.at
        stated = spec.value_at(point) if isinstance(proof.witness, Kink) else None
        value = "" if stated is None else f", where s is claimed to be {print_term(stated)}"
        return [f"the refutation holds: {where} is REFUTED at x = {format_number(point)}{value}"]
    parts = []
    if isinstance(proof, Enclosure):
        tiles = count(sum(len(component.tiles) for component in proof.components), "tile")
        kinks = _kinks([kink.at for kink in proof.kinks], spec)
        parts += [where, f"|f' - s| <= {allowance(spec)}", *kinks, tiles]
    if identity:
        exact = identity.spec
        line = f"f' = s on {format_domain(exact.domain)}{format_parameters(exact)}"
        parts += [*([line] if proof else [where, "f' = s"]), *_kinks(identity.left_out, exact)]
    return parts


def scope(spec: Spec) -> str:
    """The name, the domain and the parameters' values or ranges of a claim."""
    return f"{spec.name} on {format_domain(spec.domain)}{format_parameters(spec)}"


def _kinks(points: Sequence[Fraction], spec: Spec) -> list[str]:
    held = [point for point in points if point not in spec.exceptions]
    found = [f"{len(held)} kinks"] if len(held) > 1 else [f"kink x = {format_number(at)}" for at in held]
    values = [(format_number(at), print_term(value), _to(at, spec)) for at, value in spec.kink_values]
    found += [f"s({at}) = {value}{to}" for at, value, to in values]
    return found + [f"kink x = {format_number(at)} EXCEPTED" for at in points if at in spec.exceptions]


def _to(at: Fraction, spec: Spec) -> str:
    """How far s may be from the value that it is said to have at a kink."""
    stated = spec.value_at(at)
    value = None if spec.is_exact or stated is None else rational_value(stated)
    return "" if value is None else f" to {format_number(spec.atol + spec.rtol * abs(value))}"


def as_json(certificate: Certificate) -> dict[str, Any]:
    """What a certificate states and shows, as a JSON object; exact numbers are strings, as in its file."""
    proof, identity = certificate.proof, certificate.identity
    found: dict[str, Any] = {"statement": statement_of(certificate)}
    if isinstance(proof, Refutation):
        point = proof.witness
        return {**found, "witness": {"x": format_number(point.at), **_witness_values(point)}}
    if proof:
        found["residual"] = format_number(worst_residual(certificate))
        found["kinks"] = _points(proof.kinks)
    if identity:
        found["joins"] = _points(identity.joins)
    return found


def _ends(interval: Interval) -> list[str]:
    return [format_number(end) for end in interval]


def _points(points: Sequence[Kink | Join]) -> list[dict[str, str]]:
    return [{"at": format_number(point.at), "verdict": point.verdict} for point in points]


def _witness_values(point: Witness) -> dict[str, Any]:
    if isinstance(point, Kink):
        slopes = [_ends(point.left.slope), _ends(point.right.slope)]
        return {"spec": _ends(point.spec), "slopes": slopes, "verdict": point.verdict}
    if isinstance(point, Undefined):
        return {"slope": _ends(point.slope), "undefined": no_value(point)}
    return {"slope": _ends(point.slope), "spec": _ends(point.spec)}
