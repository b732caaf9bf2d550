"""Random claims, right and subtly wrong, in both tiers: a wrong one is never certified, what is
certified is accepted by the verifier, and what is refuted is false."""

from __future__ import annotations

import json
from fractions import Fraction
from random import Random

from tests.attack import formulas, oracle, statements
from tests.attack.case import Case
from tests.attack.oracle import Claim, Json

DOMAINS = (
    ("-1", "1"),
    ("-10", "10"),
    ("-2", "2"),
    ("0.1", "3"),
    ("1", "6"),
    ("0.01", "0.5"),
    ("-0.9", "0.9"),
    ("1.5", "4"),
    ("-30", "-1"),
    ("2", "50"),
    ("-6", "30"),
    ("0", "1"),
    ("-1", "0"),
    ("-100", "100"),
    ("0.5", "3"),
    ("-0.5", "0.5"),
    ("1", "1.0000000000000000000000000000000001"),
    ("-1e-30", "1e-30"),
    ("1e-9", "1"),
    ("1e20", "1.5e20"),
    ("-0.001", "0"),
)
LINES = (
    ("-inf", "inf"),
    ("0", "inf"),
    ("0", "inf"),
    ("-inf", "0"),
    ("-inf", "-1"),
    ("0.5", "inf"),
    ("1", "inf"),
)
TOLERANCES = ("1e-30", "1e-30", "1e-10", "1e-6", "1e-3", "1e-20", "1e-100", "10")


def run(case: Case) -> None:
    rng = case.rng
    claim = a_claim(rng)
    right = rng.random() < 0.4
    if not right:
        claim = wrong(rng, claim)
    # what the text that is handed over means: a changed exponent may make another power
    claim = claim._replace(f=formulas.as_read(claim.f), s=formulas.as_read(claim.s))
    judge(case, claim, right=right)


def judge(case: Case, claim: Claim, *, right: bool) -> None:
    """What is answered to a claim, and whether that is so."""
    f, s = formulas.written(claim.f), formulas.written(claim.s)
    domain = written_domain(claim)
    tolerances = formulas.decimal(claim.atol), formulas.decimal(claim.rtol)
    parameters = {name: formulas.decimal(value) for name, value in claim.names.items()}
    case.now = f"prove --function '{f}' --derivative '{s}' --domain {domain} --tol {tolerances} {parameters}"
    answer = case.doors.prove(f, s, domain, *tolerances, parameters)
    word = answer.word.partition(":")[0]
    case.count(f"{'right' if right else 'changed'} {word}")
    if word == "usage" or answer.word.startswith("usage"):
        return
    if answer.truth != (word == "certified"):
        case.miss("the truth value is not that of certified", f"{case.now}: {word}")
    if word == "certified":
        for what, where in dict(statements.everywhere(claim, case.rng, 10)).items():
            case.miss(f"certified, but {what}", f"{case.now}\n{where}")
    if word == "refuted" and right and _seems_right(claim, case.rng):
        case.count("right refuted at a point or a kink")
    if answer.data is not None:
        _file(case, claim, word, answer.data)


def _file(case: Case, claim: Claim, word: str, data: bytes) -> None:
    """The certificate: verified, true, and of the claim that was made."""
    outcome = case.doors.verify(data)
    if outcome != "accepted":
        case.miss(f"{word}, and the file is {outcome}", case.now)
        return
    body = json.loads(data)
    if word == "refuted" and oracle.number(body["witness"]["at"]) not in claim:
        case.miss("refuted by a point outside the domain", f"{case.now}\n{body['witness']['at']}")
    problems = dict(statements.judged(body, case.rng, 6))
    if word == "certified":
        problems |= dict(statements.contradicted(body, case.rng, claim))
    for what, where in problems.items():
        case.miss(f"{word}, but {what}", f"{case.now}\n{where}")


def _seems_right(claim: Claim, rng: Random) -> bool:
    return not list(statements.everywhere(claim, rng, 10))


def written_domain(claim: Claim) -> list[str]:
    """The intervals of the domain as a person writes them."""
    found = []
    for lo, hi in claim.domain:
        low, high = (
            ("-inf" if lo is None else formulas.decimal(lo)),
            ("inf" if hi is None else formulas.decimal(hi)),
        )
        text = f"{low},{high}"
        left, right = (end is None or end in claim.open_ends for end in (lo, hi))
        marked = f"{'(' if left else '['}{text}{')' if right else ']'}"
        found.append(marked if claim.open_ends & {lo, hi} else text)
    return found


# --- claims ------------------------------------------------------------------------------------


def a_claim(rng: Random) -> Claim:
    """f with its derivative by rule, on a domain where f has values."""
    kind = rng.random()
    if kind < 0.5:
        f = formulas.smooth(rng, rng.randrange(1, 4))
    elif kind < 0.65:
        f = [rng.choice(formulas.SMOOTH), formulas.smooth(rng, rng.randrange(1, 3))]
    else:
        f = formulas.guarded(rng, rng.randrange(1, 4))
    names: dict[str, Fraction] = {}
    if rng.random() < 0.15:
        f = formulas.substituted(f, "x", ["mul", "a", "x"])
        names["a"] = rng.choice([Fraction(1, 2), Fraction(2), Fraction(-3, 2)])
    s = formulas.derivative(f)
    if rng.random() < 0.3:
        s = with_output(s, f)
    exact = rng.random() < 0.35
    choices = LINES + DOMAINS if exact else DOMAINS
    for _ in range(6):
        lo, hi = rng.choice(choices)
        atol = Fraction(0) if exact or "inf" in lo + hi else oracle.number(rng.choice(TOLERANCES))
        rtol = Fraction(0) if exact or rng.random() < 0.8 else oracle.number(rng.choice(["1e-12", "0.001"]))
        domain = ((None if lo == "-inf" else oracle.number(lo), None if hi == "inf" else oracle.number(hi)),)
        left_out = [end for end in domain[0] if end is not None and rng.random() < 0.3]
        claim = Claim(f, s, domain, atol, rtol, names, open_ends=frozenset(left_out))
        if all(oracle.at(claim, x).verdict != "undefined" for x in statements.places(claim, rng, 3)):
            break
    return claim


def with_output(s: Json, f: Json) -> Json:
    """y in the place of f."""
    if s == f:
        return "y"
    if isinstance(s, str):
        return s
    if s[0] == "where":
        return ["where", s[1], with_output(s[2], f), with_output(s[3], f)]
    return [s[0], *(with_output(part, f) for part in s[1:])]


def wrong(rng: Random, claim: Claim) -> Claim:
    """The claim with something subtly wrong, or with a change that may leave it right."""
    s, kind = claim.s, rng.randrange(8)
    if kind < 3:
        return claim._replace(s=formulas.slip(rng, s))
    if kind == 3:  # further off than the tolerance, by little
        off = rng.choice([claim.atol * 2, claim.atol * Fraction(1001, 1000), Fraction(1, 10**12)])
        return claim._replace(s=["add", s, formulas.decimal(off)])
    if kind == 4:  # at a point, or on a tiny interval
        at, width = formulas.decimal(_somewhere(rng, claim)), rng.choice(["0", "1e-30", "1e-9", "1e-3"])
        other = rng.choice(["0", "7", ["neg", s], ["add", s, "1e-3"]])
        condition = ["<=", ["abs", ["sub", "x", at]], width]
        return claim._replace(s=["where", condition, other, s])
    if kind == 5:  # one factor is off by a digit of a constant, as 0.044716 for 0.044715
        return claim._replace(s=["mul", s, rng.choice(["1.0000001", "0.999999", "1.00000000000000000001"])])
    if kind == 6:  # the domain wider than f or s allows
        lo, hi = claim.domain[0]
        moved = rng.choice([(lo, Fraction(1000)), (Fraction(-1000), hi)])
        if moved[0] is not None and moved[1] is not None and moved[0] < moved[1]:
            return claim._replace(domain=(moved,), open_ends=claim.open_ends & set(moved))
        return claim._replace(open_ends=frozenset())
    return claim._replace(f=formulas.slip(rng, claim.f))


def _somewhere(rng: Random, claim: Claim) -> Fraction:
    """A kink, an end or a point between."""
    zeros = [x for x in oracle.roots(claim.f, claim.names) if x in claim]
    lo, hi = claim.domain[0]
    options = [*zeros, *(end for end in (lo, hi) if end is not None)]
    if options and rng.random() < 0.6:
        return rng.choice(options)
    return Fraction(round(statements.between(rng, lo, hi) * 1000), 1000)
