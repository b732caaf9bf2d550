"""Certificates with something changed and the digest repaired: whatever is accepted must state
something true."""

from __future__ import annotations

import copy
import json
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from fractions import Fraction
from functools import cache
from hashlib import sha256
from random import Random

from tests import ROOT
from tests.attack import formulas, oracle, statements
from tests.attack.case import Case
from tests.attack.oracle import Json

LARGEST = 20_000  # bytes of a file that is mutated: larger ones take long to verify


@cache
def honest() -> list[Json]:
    """The checked-in certificates; those of the tests twice, which are quick to verify and of all kinds."""
    small, entries = (sorted((ROOT / name).glob("*.json")) for name in ("tests/accept", "certificates"))
    paths = [path for path in (*small, *small, *entries) if path.stat().st_size <= LARGEST]
    return [json.loads(path.read_bytes()) for path in paths]


def run(case: Case) -> None:
    for _ in range(8):
        body = mutant(case.rng)
        data = written(body)
        case.now = data.decode()
        outcome = case.doors.verify(data)
        case.count(outcome)
        if outcome == "accepted":
            case.count(f"accepted {body['kind']}")
            tell(case, lambda: statements.judged(body, case.rng, 6))  # noqa: B023


def tell(case: Case, judged: Callable[[], Iterable[tuple[str, str]]]) -> None:
    """A miss of each kind that is found of an accepted file; one that the oracle cannot read is one."""
    try:
        for what, where in dict(judged()).items():
            case.miss(f"accepted, but {what}", f"{where}\n{case.now}")
    except (ValueError, LookupError, TypeError, AttributeError):
        case.miss("accepted, but not as the format says", f"{traceback.format_exc()}\n{case.now}")


def written(body: Json) -> bytes:
    """The file, its digest repaired."""
    if isinstance(body.get("statement"), dict):
        text = json.dumps(body["statement"], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        body["digest"] = "sha256:" + sha256(text.encode()).hexdigest()
    return json.dumps(body).encode()


def mutant(rng: Random) -> Json:
    files = honest()
    body = copy.deepcopy(rng.choice(files))
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        mutate(rng, body, MUTATIONS)
    return body


def mutate(rng: Random, body: Json, mutations: tuple[Callable[[Random, Json], None], ...]) -> None:
    """One mutation, if the body still has what it changes."""
    with suppress(LookupError, TypeError, ValueError, AttributeError, ZeroDivisionError):
        rng.choice(mutations)(rng, body)


# --- mutations ------------------------------------------------------------------------------

Path_ = tuple[object, ...]


def leaves(value: Json, path: Path_ = ()) -> Iterator[Path_]:
    if isinstance(value, str):
        yield path
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from leaves(part, (*path, key))
    elif isinstance(value, list):
        for i, part in enumerate(value):
            yield from leaves(part, (*path, i))


def get(value: Json, path: Path_) -> Json:
    for key in path:
        value = value[key]
    return value


def put(value: Json, path: Path_, new: Json) -> None:
    get(value, path[:-1])[path[-1]] = new


def changed_number(rng: Random, text: str) -> str:
    value = oracle.number(text)
    kind = rng.randrange(9)
    if kind == 0:
        value = -value
    elif kind == 1:
        value *= rng.choice([2, Fraction(1, 2), 10, Fraction(1, 10)])
    elif kind == 2:
        value += rng.choice([1, -1])
    elif kind == 3:
        value *= 1 + rng.choice([1, -1]) * Fraction(1, 10 ** rng.randrange(1, 30))
    elif kind == 4:
        value = Fraction(0)
    elif kind == 5:
        value = Fraction(round(value * 100), 100)
    elif kind == 6:
        value += rng.choice([1, -1]) * Fraction(1, 10 ** rng.randrange(1, 40))
    elif kind == 7:
        value = rng.choice([Fraction(1), Fraction(4), Fraction(32), Fraction(8192)])
    else:
        return rng.choice(
            ["inf", "-inf", "1e9999", "x", "y", "-0", "1/3", "2/1", "0.50", "(0, inf)", "[0, 1]"]
        )
    return formulas.decimal(value)


def a_leaf(rng: Random, body: Json) -> None:
    paths = [path for path in leaves(body) if path[0] not in ("digest", "format")]
    path = rng.choice(paths)
    text = get(body, path)
    if oracle.is_number(text):
        put(body, path, changed_number(rng, text))
    elif text in oracle.FUNCTIONS or text in oracle.BINARY or text in oracle.GUARDS:
        same = [n for n in (*oracle.FUNCTIONS, *oracle.BINARY, *oracle.GUARDS) if _arity(n) == _arity(text)]
        put(body, path, rng.choice(same))
    else:
        other = rng.choice(
            ["x", "y", "pi", "0", "1", "smooth", "subgradient", "jump", "open", "g1", "exp", "log"]
        )
        put(body, path, other)


def _arity(name: str) -> int:
    return 2 if name in (*oracle.BINARY, "min", "max") else 1


def a_number(rng: Random, body: Json) -> None:
    """A number of the statement."""
    statement = body["statement"]
    paths = [path for path in leaves(statement) if oracle.is_number(get(statement, path))]
    if paths:
        path = rng.choice(paths)
        put(statement, path, changed_number(rng, get(statement, path)))


def a_claim(rng: Random, body: Json) -> None:
    """A number of the proof that is claimed: made smaller, or an interval moved or narrowed."""
    names = ("bound", "spec_bound", "residual", "slope", "value", "spec", "R", "r", "N", "bits", "depth")
    paths = [path for path in leaves(body) if path[0] != "statement" and any(n in path for n in names)]
    paths = [path for path in paths if oracle.is_number(get(body, path))]
    if not paths:
        return
    path = rng.choice(paths)
    value = oracle.number(get(body, path))
    if path[-1] in ("N", "bits", "depth"):
        value = Fraction(int(value) // 2 if rng.random() < 0.7 else int(value) * 2)
    else:
        value *= 1 + rng.choice([1, -1]) * Fraction(1, 2 ** rng.randrange(1, 20))
    put(body, path, formulas.decimal(value))


def a_formula(rng: Random, body: Json) -> None:
    """A slip in f or s."""
    key = rng.choice(["function", "derivative", "derivative"])
    body["statement"][key] = formulas.slip(rng, body["statement"][key])


def both_formulas(rng: Random, body: Json) -> None:
    """f and s exchanged for new ones, right or wrong, under the old proof."""
    statement = body["statement"]
    f = formulas.smooth(rng, 2) if rng.random() < 0.5 else formulas.guarded(rng, 2)
    statement["function"], statement["derivative"] = f, formulas.derivative(f)


def an_other_point(rng: Random, body: Json) -> None:
    """s made wrong at a point, or on a tiny interval."""
    s = body["statement"]["derivative"]
    ends = [get(body, path) for path in leaves(body) if "ends" in path or "at" in path or "domain" in path]
    ends = [end for end in ends if oracle.is_number(end)] or ["0"]
    at, width = rng.choice(ends), rng.choice(["0", "1e-30", "1e-9"])
    wrong = rng.choice(["0", "7", ["add", s, "1e-3"], ["neg", s]])
    body["statement"]["derivative"] = ["where", ["<=", ["abs", ["sub", "x", at]], width], wrong, s]


def a_domain(rng: Random, body: Json) -> None:
    """The domain and the ends of the proof wider together."""
    statement = body["statement"]
    for owner, key, lists in (
        (statement, "domain", "components"),
        (statement.get("exact", {}), "domain", "sections"),
    ):
        if key not in owner or rng.random() < 0.4:
            continue
        parts = body.get(lists) if lists == "components" else body.get("identity", {}).get(lists)
        i = rng.randrange(len(owner[key]))
        side = rng.choice([0, 1])
        new = rng.choice(["-inf" if side == 0 else "inf", "-100" if side == 0 else "100", "0", "1/2", "-1/2"])
        part = owner[key][i]
        if isinstance(part, str):
            ends = part[1:-1].split(", ")
            owner[key][i] = part[0] + ", ".join((new, ends[1]) if side == 0 else (ends[0], new)) + part[-1]
        else:
            part[side] = new
        if parts and i < len(parts):
            parts[i]["ends"][-side] = new


def an_open_end(rng: Random, body: Json) -> None:
    """An interval of a domain with other brackets, or cut in two."""
    statement = body["statement"]
    owner = rng.choice([statement, statement.get("exact", statement)])
    if not owner.get("domain"):
        return
    i = rng.randrange(len(owner["domain"]))
    part = owner["domain"][i]
    lo, hi = part[1:-1].split(", ") if isinstance(part, str) else part
    marks = rng.choice(["()", "(]", "[)", "[]"])
    if marks == "[]":
        owner["domain"][i] = [lo, hi]
    else:
        owner["domain"][i] = f"{marks[0]}{lo}, {hi}{marks[1]}"
    sections = body.get("identity", {}).get("sections", [])
    if rng.random() < 0.3 and i < len(sections) and len(sections[i]["pieces"]) > 1:
        ends, pieces = sections[i]["ends"], sections[i]["pieces"]
        j = rng.randrange(1, len(pieces))
        owner["domain"][i : i + 1] = [f"{marks[0]}{lo}, {ends[j]})", f"({ends[j]}, {hi}{marks[1]}"]
        halves = [{"ends": ends[: j + 1], "pieces": pieces[:j]}, {"ends": ends[j:], "pieces": pieces[j:]}]
        sections[i : i + 1] = halves
        joins = body["identity"]["joins"]
        if rng.random() < 0.7:
            joins[:] = [join for join in joins if join["at"] != ends[j]]


def a_tile(rng: Random, body: Json) -> None:
    """A tile or a piece dropped, doubled, or two joined to one."""
    parts = body.get("components") or body.get("identity", {}).get("sections") or []
    if not parts:
        return
    part = rng.choice(parts)
    items, ends = part.get("tiles") or part.get("pieces"), part["ends"]
    i = rng.randrange(len(items))
    kind = rng.randrange(3)
    if kind == 0 and len(items) > 1:
        del items[i], ends[rng.choice([i, i + 1])]
    elif kind == 1:
        items.insert(i, copy.deepcopy(items[i]))
        lo, hi = ends[i], ends[i + 1]
        if oracle.is_number(lo) and oracle.is_number(hi):
            ends.insert(i + 1, formulas.decimal((oracle.number(lo) + oracle.number(hi)) / 2))
    elif len(items) > 1:
        j = rng.randrange(len(items))
        items[i], items[j] = items[j], items[i]


def a_record(rng: Random, body: Json) -> None:
    """A record of a list dropped, doubled, or moved."""
    lists = [
        owner[key]
        for owner in (body, body.get("identity", {}), body["statement"], body["statement"].get("exact", {}))
        for key in ("kinks", "seams", "joins", "open_ends", "exceptions", "kink_values", "prover_only")
        if isinstance(owner.get(key), list)
    ]
    filled = [items for items in lists if items]
    if not filled:
        rng.choice([body["statement"], body["statement"].get("exact", {})])["exceptions"] = ["0"]
        return
    items = rng.choice(filled)
    if rng.random() < 0.6:
        items.pop(rng.randrange(len(items)))
    else:
        items.append(copy.deepcopy(rng.choice(items)))


def a_verdict(rng: Random, body: Json) -> None:
    """The verdict on a kink, or the exceptions."""
    records = [*body.get("kinks", []), *body.get("identity", {}).get("joins", [])]
    for record in records:
        if rng.random() < 0.7:
            record["verdict"] = rng.choice(["smooth", "subgradient", "jump", "open", "outside"])


def a_jump(rng: Random, body: Json) -> None:
    """f or s moved on one side of a kink by about the tolerance, and the record's intervals widened to
    hold it."""
    kinks, statement = body.get("kinks", []), body["statement"]
    if not kinks:
        return
    kink = rng.choice(kinks)
    step = oracle.number(statement["atol"]) * rng.choice([Fraction(1, 2), 1, 2, Fraction(1, 1000)])
    relation, key = rng.choice(["<", "<=", ">", ">="]), rng.choice(["function", "function", "derivative"])
    old, moved = statement[key], ["add", statement[key], formulas.decimal(step)]
    statement[key] = ["where", [relation, "x", kink["at"]], moved, old]
    for owner, name in ((kink, "value"), (kink, "spec"), (kink["left"], "value"), (kink["right"], "value")):
        lo, hi = (oracle.number(end) for end in owner[name])
        owner[name] = [formulas.decimal(lo), formulas.decimal(hi + step)]
    if rng.random() < 0.7:
        body.pop("identity", None)
        statement.pop("exact", None)


def a_parameter(rng: Random, body: Json) -> None:
    """Another value or range of a parameter, in one claim or in both."""
    statement = body["statement"]
    owners = [owner for owner in (statement, statement.get("exact", {})) if owner.get("parameters")]
    if not owners:
        return
    name = rng.choice(list(owners[0]["parameters"]))
    new = rng.choice(["2", "0", "-1", "0.5", "(0, inf)", "[0, inf)", "(-inf, inf)", "[1, 2]", "[-1, 1]"])
    for owner in owners:
        if rng.random() < 0.7 and name in owner["parameters"]:
            owner["parameters"][name] = new


def a_splice(rng: Random, body: Json) -> None:
    """A part of another file."""
    other = copy.deepcopy(rng.choice(honest()))
    key = rng.choice(["statement", "components", "kinks", "seams", "identity", "kind", "witness"])
    if key in other:
        body[key] = other[key]
    if rng.random() < 0.5 and "exact" in other["statement"]:
        body["statement"]["exact"] = other["statement"]["exact"]


def a_tower(rng: Random, body: Json) -> None:
    """A generator or a step of an identity changed."""
    pieces = [
        piece for section in body.get("identity", {}).get("sections", []) for piece in section["pieces"]
    ]
    towers = [*pieces, *body.get("identity", {}).get("joins", [])]
    rows = [row for tower in towers for row in (*tower["generators"], *tower["steps"])]
    if not rows:
        return
    row = rng.choice(rows)
    key = rng.choice([key for key in row if key not in ("name", "powers")])
    if key in ("of", "derivative"):
        row[key] = formulas.slip(rng, row[key])
    elif key == "kind":
        row[key] = rng.choice(["exp", "log", "erf", "sin", "cos", "asin", "atan", "asinh", "acosh", "atanh"])
    else:
        row[key] = changed_number(rng, row[key])


def same_slip(rng: Random, body: Json) -> None:
    """One slip in the statement and the same words of the proof: a function or a number everywhere."""
    texts = sorted({get(body, path) for path in leaves(body) if path[0] != "digest"} - {"certify/1"})
    old = rng.choice(texts)
    if oracle.is_number(old):
        new = changed_number(rng, old)
    elif old in oracle.FUNCTIONS:
        new = rng.choice(list(oracle.FUNCTIONS))
    else:
        return
    for path in list(leaves(body)):
        if get(body, path) == old and path[0] not in ("digest", "format"):
            put(body, path, new)


MUTATIONS: tuple[Callable[[Random, Json], None], ...] = (
    a_leaf,
    a_leaf,
    a_number,
    a_number,
    a_claim,
    a_claim,
    a_formula,
    a_formula,
    both_formulas,
    an_other_point,
    an_other_point,
    a_domain,
    a_domain,
    an_open_end,
    an_open_end,
    a_tile,
    a_record,
    a_verdict,
    a_jump,
    a_parameter,
    a_parameter,
    a_splice,
    a_tower,
    same_slip,
)
