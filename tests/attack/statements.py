"""Whether what a certificate states is true, by the file's JSON and the oracle's evaluation.

Points are tried, so that a judgement finds falsehoods and proves nothing: ends, points next to ends
and to the roots of guards, and points between.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from random import Random

from tests.attack import formulas, oracle
from tests.attack.oracle import Claim, Json, Truth, number

Ends = tuple[Fraction, Fraction]

MOST_ROOTS = 12


def judged(body: Json, rng: Random, points: int = 12) -> Iterator[tuple[str, str]]:
    """What is false in an accepted certificate: which sentence, and where."""
    claim = bounded(body)
    if claim is not None and body["kind"] == "refutation":
        yield from _refutation(claim, body["witness"])
    elif claim is not None:
        yield from everywhere(claim, rng, points, _listed(body))
        yield from _tiles(claim, body, rng)
    if "identity" in body:
        yield from _identity(body, claim, rng, points)


# --- reading ---------------------------------------------------------------------------------


def bounded(body: Json) -> Claim | None:
    """The claim with a tolerance, where the file makes one."""
    statement = body["statement"]
    if "domain" not in statement:
        return None
    names = {name: number(text) for name, text in statement["parameters"].items()}
    domain = tuple((number(lo), number(hi)) for lo, hi in statement["domain"])
    atol, rtol = number(statement["atol"]), number(statement["rtol"])
    f, s = statement["function"], statement["derivative"]
    return Claim(f, s, domain, atol, rtol, names, *_of_kinks(statement))


def _of_kinks(statement: Json) -> tuple[frozenset[Fraction], tuple[tuple[Fraction, Json], ...]]:
    """The kinks of which a statement says nothing, and what it says of s at others."""
    exceptions = frozenset(number(text) for text in statement.get("exceptions", []))
    return exceptions, tuple((number(at), value) for at, value in statement.get("kink_values", []))


def exact_claims(body: Json, rng: Random) -> Iterator[Claim]:
    """The exact claim at some of the values of its parameters."""
    statement = body["statement"]
    exact = statement["exact"]
    domain, open_ends = _parts(exact["domain"])
    for _ in range(2):
        names = {name: _value(rng, text) for name, text in exact["parameters"].items()}
        zero = Fraction(0)
        f, s = statement["function"], statement["derivative"]
        yield Claim(f, s, domain, zero, zero, names, *_of_kinks(exact), open_ends)


def _parts(parts: list[Json]) -> tuple[tuple[oracle.Part, ...], frozenset[Fraction]]:
    """The ends of the intervals of a domain, and those that are no points of it."""
    pairs, held = [], set()
    for part in parts:
        text = part if isinstance(part, str) else f"[{part[0]},{part[1]}]"
        lo, hi = (_end(end.strip()) for end in text[1:-1].split(","))
        pairs.append((lo, hi))
        held |= {end for end, mark in ((lo, text[0]), (hi, text[-1])) if mark in "[]"}
    ends = {end for pair in pairs for end in pair if end is not None}
    return tuple(pairs), frozenset(ends - held)


def _end(text: str) -> Fraction | None:
    return None if text in ("-inf", "inf") else number(text)


def _value(rng: Random, text: str) -> Fraction:
    """The value of a parameter, or one of its range: a closed end, or any."""
    if text[0] not in "([":
        return number(text)
    lo, hi = (_end(part.strip()) for part in text[1:-1].split(","))
    closed = [e for e, bracket in ((lo, text[0]), (hi, text[-1])) if e is not None and bracket in "[]"]
    if closed and rng.random() < 0.4:
        return rng.choice(closed)
    return between(rng, lo, hi)


def between(rng: Random, lo: Fraction | None, hi: Fraction | None) -> Fraction:
    """A point strictly between, of any size where an end is infinite."""
    if lo is not None and hi is not None:
        return lo + (hi - lo) * Fraction(rng.randrange(1, 10**6), 10**6)
    size = Fraction(rng.randrange(1, 1000), 1000) * Fraction(10) ** rng.randrange(-6, 4)
    if lo is not None:
        return lo + size
    return hi - size if hi is not None else rng.choice([1, -1]) * size


def _listed(body: Json) -> dict[Fraction, Json]:
    """The kinks that the proof lists."""
    return {number(kink["at"]): kink for kink in body.get("kinks", [])}


# --- where to look -----------------------------------------------------------------------------


def places(claim: Claim, rng: Random, points: int) -> list[Fraction]:
    """Points of the domain where a false claim is likely to show."""
    found: list[Fraction] = []
    for lo, hi in claim.domain:
        found += [end for end in (lo, hi) if end is not None]
        found += [between(rng, lo, hi) for _ in range(points)]
        step = Fraction(1, rng.choice([10**3, 10**9, 10**25]))
        if lo is not None:
            found.append(lo + step)
        if hi is not None:
            found.append(hi - step)
    zeros = sorted(oracle.roots(claim.f, claim.names) | oracle.roots(claim.s, claim.names))
    for root in rng.sample(zeros, min(len(zeros), MOST_ROOTS)):
        step = Fraction(1, rng.choice([10**3, 10**10, 10**40]))
        found += [root, root - step, root + step]
    found += [(a + b) / 2 for a, b in pairwise(zeros)][:MOST_ROOTS]
    return [x for x in found if x in claim]


# --- sentences ------------------------------------------------------------------------------------


def everywhere(
    claim: Claim, rng: Random, points: int, listed: dict[Fraction, Json] | None = None
) -> Iterator[tuple[str, str]]:
    """What is false of a claim; `listed` are the kinks of its proof, where there is one to look at."""
    if listed is None:
        for x in places(claim, rng, points):
            yield from _said_at(claim, x, oracle.at(claim, x), {})
        return
    for x in (*places(claim, rng, points), *listed):
        if x in claim:
            yield from _said_at(claim, x, oracle.at(claim, x), listed.get(x))


def _said_at(claim: Claim, x: Fraction, truth: Truth, record: Json | None) -> Iterator[tuple[str, str]]:
    if truth.verdict == "fails":
        yield "f' and s are further apart", f"x = {x}: {_both(truth)}"
    if truth.verdict == "undefined":
        yield f"{truth.why} is not defined", f"x = {x}"
    if truth.kink is not None:
        yield from _kink(claim, x, truth.kink, record)


def _kink(claim: Claim, x: Fraction, kink: oracle.Kink, record: Json | None) -> Iterator[tuple[str, str]]:
    """Where the formula of f changes, the claim is that f is continuous and s(x) between the slopes."""
    shown = f"x = {x}: slopes {', '.join(map(oracle.text, kink.slopes))}, s = {oracle.text(kink.spec)}"
    yield from _claimed_at(claim, x, kink, shown)
    if record is None:
        yield "a kink that the proof does not list", shown
    elif record:
        verdict = record["verdict"]
        wrong = {
            "smooth": kink.inside is False or kink.continuous is False,
            "subgradient": kink.inside is False or kink.continuous is False,
            "jump": kink.continuous is True and isinstance(kink.values[0], Fraction),
            "outside": kink.inside is True,
        }
        if wrong.get(verdict, False):
            yield f"the kink is not {verdict}", shown
        for key, value in zip(("left", "right"), kink.slopes, strict=True):
            if not oracle.contains(_pair(record[key]["slope"]), value):
                yield f"the {key} slope of a kink", shown
        for key, value in zip(("left", "right"), (kink.values[0], kink.values[2]), strict=True):
            if not oracle.contains(_pair(record[key]["value"]), value):
                yield f"the {key} value of a kink", shown
        if not oracle.contains(_pair(record["spec"]), kink.spec):
            yield "s at a kink", shown


def _pair(ends: list[str]) -> Ends:
    return number(ends[0]), number(ends[1])


def _both(truth: Truth) -> str:
    return f"f' = {oracle.text(truth.slope)}, s = {oracle.text(truth.spec)}"


def _tiles(claim: Claim, body: Json, rng: Random) -> Iterator[tuple[str, str]]:
    """The residual and the range that a tile claims."""
    tiles = [
        (number(lo), number(hi), tile)
        for component in body["components"]
        for lo, hi, tile in zip(component["ends"], component["ends"][1:], component["tiles"], strict=False)
    ]
    for lo, hi, tile in rng.sample(tiles, min(3, len(tiles))):
        x = lo + (hi - lo) * Fraction(rng.randrange(1, 1000), 1000)
        truth = oracle.at(claim._replace(atol=number(tile["residual"]), rtol=Fraction(0)), x)
        if truth.verdict == "fails":
            yield "a tile's residual", f"x = {x}: {_both(truth)}"
        if truth.slope is not None and not oracle.contains(_pair(tile["slope"]), truth.slope):
            yield "a tile's range of f'", f"x = {x}: {_both(truth)}"


def _refutation(claim: Claim, witness: Json) -> Iterator[tuple[str, str]]:
    """The claim must fail at the witness, in the way that the witness says."""
    x, kind = number(witness["at"]), witness.get("kind", "point")
    if x not in claim:
        yield "a witness outside the domain", str(x)
        return
    truth = oracle.at(claim, x)
    if truth.verdict == "unknown":
        return
    if kind == "point" and truth.verdict != "fails":
        yield "a witness at which the claim does not fail", f"x = {x}: {truth.verdict}, {_both(truth)}"
    if kind == "undefined" and (truth.verdict, truth.why) != ("undefined", "s"):
        yield "a witness at which s is defined", f"x = {x}: {truth.verdict}"
    if kind == "kink" and _is_as_claimed(claim, x, truth.kink):
        yield "a witness at which the kink is as claimed", f"x = {x}: {truth.verdict}, {_both(truth)}"
    for key, value in (("slope", truth.slope), ("spec", truth.spec)):
        if key in witness and value is not None and not oracle.contains(_pair(witness[key]), value):
            yield f"the {key} of a witness", f"x = {x}: {_both(truth)}"


def _is_as_claimed(claim: Claim, x: Fraction, kink: oracle.Kink | None) -> bool:
    """Whether the point is no kink, or one at which the claim certainly holds."""
    if kink is None:
        return True
    decided = x in claim.exceptions or bool(kink.continuous and kink.inside)
    return decided and not any(_claimed_at(claim, x, kink, ""))


# --- identities --------------------------------------------------------------------------------------


def _identity(body: Json, window: Claim | None, rng: Random, points: int) -> Iterator[tuple[str, str]]:
    joins = {number(join["at"]): join["verdict"] for join in body["identity"]["joins"]}
    open_ends = {number(end) for end in body["identity"]["open_ends"]}
    left_out = open_ends | {at for at, verdict in joins.items() if verdict != "smooth"}
    for claim in exact_claims(body, rng):
        values = ", ".join(f"{name} = {value}" for name, value in claim.names.items())
        for x in (*places(claim, rng, points), *joins):
            if x not in claim:
                yield "a join outside the domain", f"x = {x}"
                continue
            truth = oracle.at(claim, x)
            for what, where in _said_exactly(claim, x, truth, joins.get(x), left_out):
                yield what, f"{where} {values}"
    if window is not None:
        yield from _same_parameters(body)


def _said_exactly(
    claim: Claim, x: Fraction, truth: Truth, verdict: str | None, left_out: set[Fraction]
) -> Iterator[tuple[str, str]]:
    if truth.verdict == "undefined" and x not in left_out:
        yield f"{truth.why} is not defined", f"x = {x}"
    if truth.verdict == "fails":
        yield "f' and s are not the same", f"x = {x}: {_both(truth)}"
    kink = truth.kink
    if kink is None:
        if x in left_out and truth.verdict in ("holds", "fails"):
            yield "a point left out that is no kink", f"x = {x}"
        return
    shown = f"x = {x}: slopes {', '.join(map(oracle.text, kink.slopes))}, s = {oracle.text(kink.spec)}"
    if x not in left_out and kink.smooth is False:
        yield "a kink that is not left out", shown
    if verdict == "smooth" and kink.smooth is False:
        yield "a join that is not smooth", shown
    if verdict == "subgradient" and (kink.inside is False or kink.continuous is False):
        yield "a join that is no subgradient", shown
    if verdict == "jump" and kink.continuous is True and isinstance(kink.values[0], Fraction):
        yield "a join that is no jump", shown
    yield from _claimed_at(claim, x, kink, shown)


def _claimed_at(claim: Claim, x: Fraction, kink: oracle.Kink, shown: str) -> Iterator[tuple[str, str]]:
    """f is continuous at a kink and s between the slopes, but at an exception; and s is the value that
    the claim states."""
    if x not in claim.exceptions:
        if kink.continuous is False:
            yield "f jumps at a point that is no exception", shown
        elif kink.inside is False:
            yield "s is not between the slopes at a kink", shown
    for at, value in claim.values:
        if at == x and oracle.apart(claim, kink.spec, oracle.germ(value, x, 0, claim.names).value):
            yield "s is not the value that is stated for a kink", shown


def _same_parameters(body: Json) -> Iterator[tuple[str, str]]:
    """The exact claim is for the values of the other claim, or for ranges that hold them."""
    exact = body["statement"]["exact"]["parameters"]
    for name, text in body["statement"]["parameters"].items():
        other = exact.get(name)
        if other is None or not holds(other, number(text)):
            yield "an identity for other parameters", f"{name} = {text}, and {other}"


def holds(text: str, value: Fraction) -> bool:
    """Whether a parameter's value or range holds the number."""
    if text[0] not in "([":
        return number(text) == value
    lo, hi = (_end(part.strip()) for part in text[1:-1].split(","))
    above = lo is None or lo < value or (lo == value and text[0] == "[")
    return above and (hi is None or value < hi or (hi == value and text[-1] == "]"))


def contradicted(body: Json, rng: Random, claim: Claim) -> Iterator[tuple[str, str]]:
    """What differs between the claim that was made and the file that is said to prove it."""
    statement = body["statement"]
    for key, term in (("function", claim.f), ("derivative", claim.s)):
        if formulas.folded(statement[key]) != formulas.folded(term):
            yield f"another {key} is stated", f"{statement[key]}"
    stated = bounded(body)
    if stated is None:
        stated = next(exact_claims(body, rng))
    same = (stated.domain, stated.open_ends) == (claim.domain, claim.open_ends)
    exactly = bool(claim.open_ends) and not stated.atol + stated.rtol  # no tolerance has tiles there
    if not same or not (exactly or (stated.atol, stated.rtol) == (claim.atol, claim.rtol)):
        yield "another claim is stated", f"{stated.domain}, {stated.open_ends}, {stated.atol}, {stated.rtol}"
