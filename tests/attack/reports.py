"""Kernel reports with something changed: whatever is accepted must not contradict the truth or itself."""

from __future__ import annotations

import copy
import json
import tomllib
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache
from random import Random
from typing import Any, NamedTuple

from tests import ROOT
from tests.attack import forgeries, formulas, oracle, statements
from tests.attack.case import Case
from tests.attack.oracle import Json, number

SMALLEST_SHARE = 1 - Fraction(1, 10**6)  # of a maximum's bound that its witness meets
SLACK = Fraction(1, 2**15)  # of an ULP, which the bound may be larger, by the format's K2


@cache
def honest() -> list[Json]:
    """The checked-in reports."""
    return [
        json.loads(path.read_bytes()) for path in sorted((ROOT / "certificates" / "kernels").glob("*.json"))
    ]


def run(case: Case) -> None:
    for _ in range(6):
        body = copy.deepcopy(case.rng.choice(honest()))
        for _ in range(case.rng.choice([1, 1, 2])):
            forgeries.mutate(case.rng, body, MUTATIONS)
        data = json.dumps(body).encode()
        case.now = data.decode()
        outcome = case.doors.verify(data)
        case.count(outcome)
        if outcome == "accepted":
            forgeries.tell(case, lambda: judged(body, case.rng))  # noqa: B023


# --- formats -------------------------------------------------------------------------------------


class Format(NamedTuple):
    """A binary format: the bits of a significand, and the exponents of the least spacing and the largest."""

    bits: int
    least: int  # the least spacing is 2**least
    top: int  # numbers are below 2**top

    @property
    def largest(self) -> Fraction:
        return Fraction(2) ** self.top - Fraction(2) ** (self.top - self.bits)

    def spacing(self, value: Fraction) -> Fraction:
        """The spacing in the binade of a number."""
        if not value:
            return Fraction(2) ** self.least
        a = abs(value)
        e = a.numerator.bit_length() - a.denominator.bit_length()
        if Fraction(2) ** e > a:
            e -= 1
        return Fraction(2) ** max(e - self.bits + 1, self.least)

    def nearest(self, value: Fraction) -> Fraction | None:
        """The nearest number, ties to even; None for an infinity."""
        step = self.spacing(value)
        quotient = round(value / step)  # ties to even
        found = quotient * step
        return found if abs(found) <= self.largest else None

    def holds(self, value: Fraction) -> bool:
        return abs(value) <= self.largest and (value / self.spacing(value)).denominator == 1

    def rank(self, value: Fraction) -> int:
        """How many numbers lie between 0 and a number of the format, with the sign of it."""
        step = self.spacing(value)
        e = 0
        while Fraction(2) ** (self.least + e) < step:
            e += 1
        count = e * 2 ** (self.bits - 1) + int(abs(value) / step)
        return count if value >= 0 else -count


FORMATS = {
    "bfloat16": Format(8, -133, 128),
    "float16": Format(11, -24, 16),
    "float32": Format(24, -149, 128),
    "float64": Format(53, -1074, 1024),
}


def hexadecimal(text: str) -> Fraction:
    return Fraction(float.fromhex(text))


# --- judging ----------------------------------------------------------------------------------------


def judged(body: Json, rng: Random) -> Iterator[tuple[str, str]]:
    truth, form = body["truth"], FORMATS[body["program"]["dtype"]]
    yield from _texts(body)
    yield from _identity(truth, rng)
    yield from _named(truth, rng)
    f = oracle.Claim(truth["function"], truth["derivative"], ((None, None),), Fraction(0), Fraction(0), {})
    yield from _kinks(body, form, f)
    found = [_Seen(witness, form, f) for witness in body["witnesses"]]
    for seen in found:
        yield from seen.problems()
    figures = {key: number(text) for key, text in body["figures"].items() if key != "large"}
    yield from _figures(body, figures, form, found)


def _texts(body: Json) -> Iterator[tuple[str, str]]:
    for path in forgeries.leaves(body):
        text = forgeries.get(body, path)
        if not text.isprintable():
            yield "a text holds control characters", f"{path}: {text!r}"


def _identity(truth: Json, rng: Random) -> Iterator[tuple[str, str]]:
    """The derivative is that of the function, off the joins."""
    joins = [join["at"] for join in truth["identity"]["joins"]]
    exact = {"domain": [["-inf", "inf"]], "parameters": {}, "exceptions": joins}
    statement = {"function": truth["function"], "derivative": truth["derivative"], "exact": exact}
    body = {"kind": "identity", "statement": statement, "identity": truth["identity"]}
    yield from statements.judged(body, rng, 6)


@cache
def catalogue() -> dict[str, tuple[Json, dict[str, Fraction]]]:
    """The functions that names stand for, with their parameters' defaults: read with Python's parser."""
    found = {}
    for path in sorted((ROOT / "certify" / "catalogue").glob("*.toml")):
        for name, entry in tomllib.loads(path.read_text()).items():
            if not isinstance(entry, dict) or "function" not in entry:
                continue
            term = formulas.read(entry["function"])
            for _ in range(3):
                for key, text in entry.get("definitions", {}).items():
                    term = formulas.substituted(term, key, formulas.read(text))
            defaults = {
                key: number(str(row["default"] if isinstance(row, dict) else row))
                for key, row in entry.get("parameters", {}).items()
            }
            found[name] = term, defaults
    return found


def _named(truth: Json, rng: Random) -> Iterator[tuple[str, str]]:
    """The function is the one of that name."""
    known = catalogue().get(truth["name"])
    if known is None:
        yield "no function of the catalogue has that name", truth["name"]
        return
    term, defaults = known
    for _ in range(3):
        x = statements.between(rng, Fraction(-4), Fraction(4))
        try:
            with oracle.precision(200):
                a = oracle.germ(truth["function"], x, 0, {}).value
                b = oracle.germ(term, x, 0, defaults).value
                if oracle.sign(oracle.minus(a, b)):
                    yield "the function is not the one of its name", f"x = {x}"
        except (oracle.Unknown, oracle.Undefined):
            continue


def _kinks(body: Json, form: Format, claim: oracle.Claim) -> Iterator[tuple[str, str]]:
    """The kinks that are listed are those of f in the range."""
    lo, hi = (hexadecimal(end) for end in body["range"])
    listed = {hexadecimal(kink["x"]) for kink in body["kinks"]}
    for x in listed:
        if oracle.at(claim, x).verdict in ("holds", "fails"):
            yield "a kink that is none", f"x = {x}"
        if not lo <= x <= hi:
            yield "a kink outside the range", f"x = {x}"
    for x in oracle.roots(claim.f, {}) - listed:
        kink = oracle.at(claim, x).kink
        if lo <= x <= hi and form.holds(x) and kink is not None and kink.smooth is False:
            yield "a kink that is not listed", f"x = {x}"


class _Seen:
    """A witness, with the truth at it."""

    def __init__(self, witness: Json, form: Format, claim: oracle.Claim) -> None:
        self.kind = witness["kind"]
        self.witness, self.form = witness, form
        self.x, self.got_text = hexadecimal(witness["x"]), witness["got"]
        self.got = None if self.got_text in ("nan", "inf", "-inf") else hexadecimal(self.got_text)
        self.truth, self.nearest, self.undefined = _derivative(claim, form, self.x)
        self.after: Any = None
        if "next" in witness:
            self.after = _derivative(claim, form, hexadecimal(witness["next"]["x"]))[0]

    def error(self) -> Any:
        return abs(oracle.minus(self.truth, self.got))

    def in_ulp(self) -> Any:
        """The error in the spacing about RN(f'); beyond the last number, of the last binade."""
        nearest = self.form.largest if self.nearest is None else self.nearest
        return oracle.over(self.error(), self.form.spacing(nearest))

    def is_(self, kind: str) -> bool | None:
        """Whether the output is of that kind, where that is known."""
        if self.truth is None:
            return None
        if kind == "nan":
            return self.got_text == "nan"
        if kind == "infinite":  # where RN(f') is not the same infinity
            if self.got_text not in ("inf", "-inf"):
                return False
            side = 1 if self.got_text == "inf" else -1
            return self.nearest is not None or oracle.sign(self.truth) != side
        if self.got is None:
            return False
        if kind == "above_1":
            return _more(self.in_ulp(), Fraction(1))
        if kind == "zero":
            return self.got == 0 and self.nearest != 0
        if kind == "wrong_sign":
            return self.nearest != 0 and oracle.sign(oracle.times(self.got, self.truth)) < 0
        return None

    def problems(self) -> Iterator[tuple[str, str]]:
        shown = f"{json.dumps(self.witness)}: f' = {oracle.text(self.truth)}"
        if self.undefined:
            yield "a witness where f' is not defined", shown
        if self.truth is None:
            return
        with oracle.precision(400):
            if not oracle.contains(_pair(self.witness["truth"]), self.truth):
                yield "the truth of a witness", shown
            if (
                self.kind in ("nan", "infinite", "above_1", "zero", "wrong_sign")
                and self.is_(self.kind) is False
            ):
                yield f"a witness is not {self.kind}", shown
            if "at_most" in self.witness and self.got is not None:
                nearest = self.form.largest if self.nearest is None else self.nearest
                size = self.error() if self.kind == "absolute" else self.in_ulp()
                most = number(self.witness["at_most"])
                unit = Fraction(1) if self.kind != "absolute" else self.form.spacing(nearest)
                if _more(size, most) or _more(most * SMALLEST_SHARE - SLACK * unit, size):
                    yield "the maximum at its witness", shown
            if self.after is not None and "next" in self.witness:
                step = _step(self.got_text, self.witness["next"]["got"])
                if oracle._order(Fraction(0), oracle.times(step, oracle.minus(self.after, self.truth))) == -1:
                    yield "a pair goes the way of the truth", shown


def _step(before: str, after: str) -> Fraction:
    """The sign of the difference of two outputs; 0 of a NaN."""
    a, b = float.fromhex(before), float.fromhex(after)
    return Fraction((b > a) - (b < a))


def _more(a: Any, b: Any) -> bool:
    """Whether a is certainly more than b."""
    return oracle._order(a, b) == 1


def _pair(ends: list[str]) -> tuple[Fraction, Fraction]:
    return number(ends[0]), number(ends[1])


def _derivative(claim: oracle.Claim, form: Format, x: Fraction) -> tuple[Any, Fraction | None, bool]:
    """f'(x), the number of the format next to it, and whether there certainly is none."""
    for bits in (400, 3000, 12_000):
        with oracle.precision(bits):
            try:
                found = oracle.germ(claim.f, x, 0, {}).slope
            except oracle.Undefined:
                return None, None, True
            except oracle.Unknown:
                continue
            if isinstance(found, Fraction):
                return found, form.nearest(found), False
            if abs(found) < oracle.ball(form.spacing(Fraction(0)) / 2):
                return found, Fraction(0), False
            if abs(found) > oracle.ball(2 * form.largest):
                return found, None, False
            if abs(found.mid()) > oracle.ball(4 * form.largest) or found.rad() > oracle.ball(form.largest):
                continue
            middle = _exact(found.mid())
            reach = _exact(found.rad())
            low, high = form.nearest(middle - reach), form.nearest(middle + reach)
            if low == high:
                return found, low, False
    return None, None, False


def _exact(value: Any) -> Fraction:
    man, exp = value.man_exp()
    return Fraction(int(man)) * Fraction(2) ** int(exp)


_COUNTS = ("above_1", "nan", "infinite", "zero", "wrong_sign")


def _figures(
    body: Json, figures: dict[str, Fraction], form: Format, found: list[_Seen]
) -> Iterator[tuple[str, str]]:
    lo, hi = (hexadecimal(end) for end in body["range"])
    numbers = form.rank(hi) - form.rank(lo) + 1
    numbers += lo < 0 <= hi or body["range"][0].startswith("-0x0")  # two zeros
    inputs = figures["inputs"]
    if body["coverage"] == "every" and inputs != numbers - len(body["kinks"]):
        yield "not every input is counted", f"{inputs} of {numbers}"
    for kinds in (
        ("correctly_rounded", "above_1", "nan"),
        ("finite", "nan", "infinite"),
        ("zero", "wrong_sign"),
    ):
        total = sum(figures.get(kind, 0) for kind in kinds)
        if total > inputs:
            yield "more outputs than inputs", f"{kinds}: {total} of {inputs}"
    for kind in ("monotone_pairs", "settled_by_balls"):
        if figures.get(kind, 0) > inputs:
            yield f"{kind} of more than the inputs", f"{figures[kind]} of {inputs}"
    for i, (kind, total) in enumerate(body["figures"].items()):
        blocks = [number(block["figures"][i]) for block in body.get("blocks", [])]
        if blocks and sum(blocks) != number(total):
            yield "the blocks are not the sum", f"{kind}: {sum(blocks)} and {total}"
    if figures["not_monotone"] > figures["monotone_pairs"]:
        yield "more pairs than were looked at", str(figures["not_monotone"])
    with oracle.precision(400):
        yield from _contradictions(figures, found)


def _contradictions(figures: dict[str, Fraction], found: list[_Seen]) -> Iterator[tuple[str, str]]:
    """A count of 0 beside an output of that kind; a larger error than the maximum."""
    maxima = {seen.kind: number(seen.witness["at_most"]) for seen in found if "at_most" in seen.witness}
    for seen in found:
        if seen.truth is None:
            continue
        shown = json.dumps(seen.witness)
        for kind in _COUNTS:
            if not figures[kind] and seen.is_(kind):
                yield f"{kind} is 0, beside a witness that is one", shown
        if seen.got is None:
            continue
        if "ulp" not in maxima or _more(seen.in_ulp(), maxima["ulp"]):
            yield "a larger error than the maximum, in ULP", shown
        if "absolute" not in maxima or _more(seen.error(), maxima["absolute"]):
            yield "a larger error than the maximum", shown


# --- mutations -----------------------------------------------------------------------------------------


def a_figure(rng: Random, body: Json) -> None:
    key = rng.choice(list(body["figures"]))
    body["figures"][key] = rng.choice(["0", "1", "3", forgeries.changed_number(rng, body["figures"][key])])


def a_witness(rng: Random, body: Json) -> None:
    if not body["witnesses"]:
        return
    witness = rng.choice(body["witnesses"])
    key = rng.choice(list(witness))
    if key in ("x", "got"):
        witness[key] = rng.choice(["0x0p+0", "0x1p+0", "nan", "inf", "-inf", _shifted(rng, witness[key])])
    elif key == "kind":
        witness[key] = rng.choice([*_COUNTS, "ulp", "ulp_large", "absolute", "not_monotone"])
    elif key == "truth":
        i = rng.randrange(2)
        witness[key][i] = forgeries.changed_number(rng, witness[key][i])
    elif key == "at_most":
        witness[key] = forgeries.changed_number(rng, witness[key])


def _shifted(rng: Random, text: str) -> str:
    if text in ("nan", "inf", "-inf"):
        return text
    value = float.fromhex(text)
    return (
        ("-" if value > 0 else "") + f"0x{text.lstrip('-')[2:]}" if rng.random() < 0.5 else (value * 2).hex()
    )


def a_block(rng: Random, body: Json) -> None:
    """A figure of a block, alone or with the total; two blocks exchanged."""
    blocks = body["blocks"]
    block, i = rng.choice(blocks), rng.randrange(len(body["figures"]))
    old = number(block["figures"][i])
    new = rng.choice([old + 1, old - 1, Fraction(0)])
    block["figures"][i] = str(new)
    key = list(body["figures"])[i]
    if rng.random() < 0.6:
        body["figures"][key] = str(number(body["figures"][key]) + new - old)
    if rng.random() < 0.2:
        rng.shuffle(blocks)


def fewer_witnesses(rng: Random, body: Json) -> None:
    """Those of a kind, with the count."""
    kind = rng.choice([*_COUNTS, "ulp", "ulp_large", "absolute", "not_monotone"])
    body["witnesses"] = [witness for witness in body["witnesses"] if witness["kind"] != kind]
    if kind in body["figures"] and rng.random() < 0.8:
        body["figures"][kind] = "0"


def other_truth(rng: Random, body: Json) -> None:
    """The truth of another report, or another function under the name."""
    kind = rng.randrange(3)
    if kind == 0:
        body["truth"] = copy.deepcopy(rng.choice(honest())["truth"])
    elif kind == 1:
        body["truth"]["name"] = rng.choice(["relu", "sigmoid", "x", "gelu"])
    else:
        body["truth"]["function"], body["truth"]["derivative"] = "x", "1"
        piece = {"generators": [], "steps": [], "cover": []}
        body["truth"]["identity"] = {
            "sections": [{"ends": ["-inf", "inf"], "pieces": [piece]}],
            "joins": [],
            "open_ends": [],
        }
        if rng.random() < 0.7:
            body["witnesses"] = []
            for key in body["figures"]:
                if key != "large":
                    body["figures"][key] = "0" if key != "inputs" else body["figures"][key]


def other_range(rng: Random, body: Json) -> None:
    body["range"][rng.randrange(2)] = rng.choice(["0x0p+0", "-0x1p+0", "0x1p+0", "-0x0p+0", "0x1p+3"])


def other_kinks(rng: Random, body: Json) -> None:
    if body["kinks"] and rng.random() < 0.5:
        body["kinks"].pop()
    else:
        body["kinks"].append({"x": rng.choice(["0x0p+0", "0x1p+0", "0x1.8p+1"]), "got": "0x1p+0"})


def a_word(rng: Random, body: Json) -> None:
    """Escapes and newlines in what is printed."""
    program = body["program"]
    key = rng.choice([*program, "coverage"])
    if key == "coverage":
        body[key] = rng.choice(["every", "sample", "all"])
    elif key == "dtype":
        program[key] = rng.choice(["bfloat16", "float16", "float32", "float64", "float8"])
    else:
        program[key] += rng.choice(["\n", "\x1b[2J", "\r", "\x00", "\u202e", "\naccepted  x.json: all", ""])


def any_leaf(rng: Random, body: Json) -> None:
    path = rng.choice(list(forgeries.leaves(body)))
    text = forgeries.get(body, path)
    new = (
        forgeries.changed_number(rng, text) if oracle.is_number(text) else rng.choice(["x", "0", "nan", "\n"])
    )
    forgeries.put(body, path, new)


MUTATIONS: tuple[Callable[[Random, Json], None], ...] = (
    a_figure,
    a_figure,
    a_witness,
    a_witness,
    a_block,
    a_block,
    fewer_witnesses,
    other_truth,
    other_range,
    other_kinks,
    a_word,
    any_leaf,
)
