"""The surface: commands, exit codes, truth values and the pytest plugin on good, broken and odd files.

Whatever is given: no traceback, no exit 70, no control character in what is printed, and exit 0 only
where every file was accepted.
"""

from __future__ import annotations

import json
import math
import os
import re
import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from random import Random
from tempfile import mkdtemp
from typing import Any

from tests.attack import claims, forgeries, formulas, oracle, reports, statements
from tests.attack.case import Case
from tests.attack.oracle import Json

FORGED = "a\naccepted  b.json"  # a name that would print a line of its own
ODD_NAMES = (
    "a b.json",
    "x.JSON",
    FORGED,
    "\x1b[31mred.json",
    "-dash.json",
    "é.json",
    "a.json.json",
    ".hidden.json",
    "accepted.json",
    "x.Json",
    "\u202egnp.json",
    "a%sb{0}.json",
    "a\taccepted.json",
    "\udcff.json",  # no UTF-8
)
CODES = {0, 1, 2, 3, 4}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def run(case: Case) -> None:
    kind = case.rng.choice(KINDS)
    case.count(kind.__name__.lstrip("_"))
    folder = Path(mkdtemp(prefix="attack-"))
    inner = folder / "work"
    inner.mkdir()
    try:
        kind(case, inner)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def command(case: Case, folder: Path, *arguments: str) -> int:
    """Run a command; what no command may do is a miss.  The exit code."""
    case.now = f"certify {' '.join(map(repr, arguments))} in {_listing(folder)}"
    found = case.doors.command(arguments, folder)
    case.count("commands")
    check(case, found.code, found.out + found.err)
    case.output = (found.out + found.err).decode(errors="replace")
    return found.code


def check(case: Case, code: int, output: bytes) -> None:
    text = output.decode(errors="surrogateescape")
    given = f"{case.now}: exit {code}\n{text[-600:]!r}"
    if code not in CODES:
        case.miss(f"exit {code}", given)
    if "Traceback" in text:
        case.miss("a traceback", given)
    if FORGED in text:
        case.miss("a file's name prints a line of its own", given)
    if _CONTROL.search(text) or any("\udc80" <= c <= "\udcff" for c in text):
        case.miss("control characters in the output", given)


def _listing(folder: Path) -> str:
    rows = []
    for inner, _, names in os.walk(folder):
        for name in names:
            path = Path(inner, name)
            data = path.read_bytes() if path.is_file() else b""
            rows.append(f"{path.relative_to(folder)!s}: {data[:2000]!r}")
    return "; ".join(rows[:12])


# --- files ----------------------------------------------------------------------------------------


def broken(rng: Random, data: bytes) -> bytes:
    """Bytes that are most likely no certificate any more."""
    kind = rng.randrange(12)
    if kind == 0:
        return data[: rng.randrange(len(data))]
    if kind == 1:
        at = rng.randrange(len(data))
        return data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]
    if kind == 2:
        return b"\xef\xbb\xbf" + data
    if kind == 3:
        return rng.choice(
            [b"", b"null", b"[]", b"{}", b'"x"', b"1", b"\x00", b"{" * 9000, b"[" * 100_000, b"\xff\xfe"]
        )
    if kind == 4:
        return data.replace(b'"', b"'", 1)
    if kind == 5:
        return data + rng.choice([b"x", b"{}", b"\x00", b"\n\n"])
    if kind == 6:
        return data.replace(b'"0"', b"0", 1)
    if kind == 7:
        return data.replace(b'"digest": "sha256:', b'"digest": "sha256:0', 1)
    if kind == 8:
        return data.replace(
            b'"name": "', b'"name": "' + rng.choice([b"../", b"\\u001b[2J", b"\\n", b"a b", b"%s{0}"]), 1
        )
    if kind == 9:
        word = rng.choice([b"certify/2", b"certify/kernel/1", b"certify/kernel/2", b"\\u001b[31m"])
        return data.replace(b"certify/1", word, 1).replace(b"certify/kernel/1", word, 1)
    if kind == 10:
        text = rng.choice(
            [b"\\u001b]0;x\\u0007", b"\\n accepted", b"\\ud800", b"9" * 5000, b"1e999999", b"nan"]
        )
        at = data.find(b'"', rng.randrange(len(data)))
        return data[: at + 1] + text + data[at + 1 :]
    return bytes(rng.randrange(256) for _ in range(rng.randrange(200)))


def good(rng: Random) -> tuple[Json, bytes]:
    body = rng.choice(forgeries.honest() if rng.random() < 0.8 else reports.honest())
    return body, json.dumps(body).encode()


def name_of(body: Json) -> str:
    """The file's name that a statement goes under."""
    return f"{body['statement']['name']}.json" if "statement" in body else "report.json"


# --- commands on files -----------------------------------------------------------------------------


def _broken_file(case: Case, folder: Path) -> None:
    """One file through each command that reads it."""
    rng = case.rng
    body, data = good(rng)
    data = broken(rng, data)
    name = rng.choice([name_of(body), name_of(body), rng.choice(ODD_NAMES)])
    (folder / name).write_bytes(data)
    path = f"./{name}" if rng.random() < 0.5 else str(folder / name)
    outcome = case.doors.verify(data)
    code = command(case, folder, "verify", path)
    if code == 0 and outcome != "accepted":
        case.miss("verify exits 0 of a file that is not accepted", case.now)
    other = rng.choice(
        [("show", path), ("export", path), ("list",), ("verify", "--jobs", "2", str(folder)), ("show", name)]
    )
    code = command(case, folder, *other)
    if other[0] == "verify" and code == 0 and outcome != "accepted":
        case.miss("verify exits 0 of a folder with a file that is not accepted", case.now)


def _folder(case: Case, folder: Path) -> None:
    """A folder with sub-folders and odd names: exit 0 only if every file is accepted, and every one named."""
    rng = case.rng
    written: dict[Path, str] = {}
    for i in range(rng.randrange(1, 5)):
        below = folder / rng.choice(["", "", "kernels", "deep/er", "odd name", ".hidden", "x.json.d"])
        below.mkdir(parents=True, exist_ok=True)
        body, data = good(rng)
        if "statement" in body and body["kind"] == "refutation" and rng.random() < 0.7:
            continue
        if rng.random() < 0.4:
            data = broken(rng, data)
        path = below / rng.choice([name_of(body), name_of(body), f"other{i}.json", rng.choice(ODD_NAMES)])
        path.write_bytes(data)
        written[path] = case.doors.verify(data)
        if written[path] == "accepted" and body.get("kind") == "refutation":
            written[path] = "a refutation"
    if rng.random() < 0.2:
        (folder / "dangling.json").symlink_to("nowhere")
        written[folder / "dangling.json"] = "dangling"
    if rng.random() < 0.2:
        (folder / "folder.json").mkdir(exist_ok=True)
    if rng.random() < 0.2:
        (folder / "loop").symlink_to(folder, target_is_directory=True)
    if rng.random() < 0.2:
        elsewhere = Path(mkdtemp(prefix="elsewhere-", dir=folder.parent))
        (folder / "link").symlink_to(elsewhere)
        written[folder / "link" / "elsewhere.json"] = "rejected"
        (folder / "link" / "elsewhere.json").write_bytes(b"{}")
    code = command(case, folder, "verify", *rng.choice([(".",), (str(folder),), (".", "--jobs", "2")]))
    bad = [path for path, outcome in written.items() if outcome != "accepted"]
    told = [path for path in bad if written[path] != "dangling" and path.parent.name != "link"]
    if code == 0 and told:
        case.miss(
            "verify exits 0 of a folder with a file that is not accepted",
            f"{told[0]}: {written[told[0]]} {case.now}",
        )
    for path in bad:
        shown = path.name in case.output or (path.parent.name == "link" and "link" in case.output)
        if code != 2 and path.name.isascii() and path.name.isprintable() and not shown:
            case.miss("verify does not name a file that is not accepted", f"{path} {case.now}")


def _other_name(case: Case, folder: Path) -> None:
    """A certificate under the name of another entry is no certificate of that."""
    body, data = good(case.rng)
    if "statement" not in body:
        return
    (folder / "certificates").mkdir()
    (folder / "certificates" / "gelu.json").write_bytes(data)
    code = command(case, folder, "verify")
    if code == 0 and body["statement"]["name"] != "gelu":
        case.miss("verify accepts a certificate under another entry's name", case.now[:400])
    if body["statement"]["name"] == "gelu":
        return
    (folder / "mine.toml").write_text('[gelu]\nfunction = "x"\nderivative = "1"\n')
    if command(case, folder, "check", "mine.toml") == 0:
        case.miss("check takes another entry's certificate", case.now[:400])


def _refutation(case: Case, folder: Path) -> None:
    """A refutation is not green."""
    bodies = [body for body in forgeries.honest() if body["kind"] == "refutation"]
    body = case.rng.choice(bodies)
    (folder / name_of(body)).write_text(json.dumps(body))
    if command(case, folder, "verify", "--quiet", name_of(body)) == 0:
        case.miss("verify exits 0 of a refutation", case.now[:400])


def _stale(case: Case, folder: Path) -> None:
    """check never exits 0 over a file that the verifier rejects."""
    rng = case.rng
    body = rng.choice(
        [b for b in forgeries.honest() if b["kind"] == "enclosure" and not b["statement"]["parameters"]]
    )
    statement = body["statement"]
    entry = {
        "name": statement["name"],
        "f": _text(statement["function"]),
        "s": _text(statement["derivative"]),
    }
    lo, hi = statement["domain"][0]
    (folder / "mine.toml").write_text(
        f'["{entry["name"]}"]\nfunction = "{entry["f"]}"\nderivative = "{entry["s"]}"\ndomain = "{lo},{hi}"\n'
    )
    forgeries.mutate(rng, body := json.loads(json.dumps(body)), forgeries.MUTATIONS)
    data = forgeries.written(body)
    (folder / "certificates").mkdir()
    (folder / "certificates" / f"{entry['name']}.json").write_bytes(data)
    code = command(case, folder, "check", "mine.toml")
    if code == 0 and case.doors.verify(data) != "accepted":
        case.miss("check exits 0 of a file that is rejected", case.now[:600])
    command(case, folder, "list", "mine.toml")


def _text(term: Json) -> str:
    return formulas.written(term)


# --- claims on the command line --------------------------------------------------------------------------


def _claim(case: Case, folder: Path) -> None:
    """prove, as a command: exit 0 only of what is true, 1 only of what is false."""
    rng = case.rng
    claim = claims.a_claim(rng)
    if rng.random() < 0.6:
        claim = claims.wrong(rng, claim)
    if claim.names:
        return
    line = ["--function", _text(claim.f), "--derivative", _text(claim.s), "--max-bits", "512"]
    line += ["--tol", formulas.decimal(claim.atol), "--rtol", formulas.decimal(claim.rtol)]
    for text in claims.written_domain(claim):
        line += ["--domain", text]
    code = command(case, folder, "prove", *line)
    false = list(statements.everywhere(claim, rng, 8))
    if code == 0 and false:
        case.miss("prove exits 0 of a false claim", f"{case.now}: {false[0]}")
    files = sorted((folder / "certificates").glob("*.json")) if (folder / "certificates").is_dir() else []
    if code in (0, 1) and not files:
        case.miss("a verdict without a certificate", case.now)
    for path in files:
        outcome = case.doors.verify(path.read_bytes())
        if outcome != "accepted":
            case.miss(f"exit {code}, and the file is {outcome}", case.now)
        again = command(case, folder, "verify", "--quiet")
        if (again == 0) != (code == 0):
            case.miss(f"prove exits {code} and verify of its file {again}", case.now)
    _reads_back(case, claim)


def _reads_back(case: Case, claim: oracle.Claim) -> None:
    """f(x) = ... and s(x) = ..., as printed, are the formulas, by Python's own parser."""
    for key, term in (("f", claim.f), ("s", claim.s)):
        found = re.search(rf"^\s+{key}\(x\)\s+= (.*?)(?:, y = f\(x\))?$", case.output, re.MULTILINE)
        if found and len(found[1]) < 2000:
            case.count("formulas read back")
            try:
                read = formulas.folded(formulas.read(found[1]))
            except (SyntaxError, ValueError):
                case.miss("a printed formula is none", f"{case.now}: {found[1]}")
                continue
            if read != formulas.folded(term):
                case.miss("another formula is printed", f"{case.now}: {found[1]}")


def _numbers(case: Case, folder: Path) -> None:
    """A tolerance is never printed smaller than it is, and parameters' values as they are."""
    rng = case.rng
    digits = "".join(rng.choice("0123456789") for _ in range(rng.randrange(1, 25)))
    tol = f"{rng.randrange(1, 10)}.{digits}e-{rng.randrange(3, 20)}"
    value = f"{rng.randrange(10)}.{digits}"
    line = ["--function", "sin(a*x)", "--derivative", "a*cos(a*x)", "--tol", tol, "--param", f"a={value}"]
    if command(case, folder, "prove", *line):
        return
    outputs = [case.output]
    for again in (("verify",), ("show", "certificates/f.json")):
        command(case, folder, *again)
        outputs.append(case.output)
    for output in outputs:
        for found in re.findall(r"\|f'(?:\(x\))? - s(?:\(x\))?\| <= ~?([-0-9.e/]+[0-9])", output):
            case.count("tolerances read back")
            if oracle.number(found) < oracle.number(tol):
                case.miss("a tolerance is printed smaller than it is", f"{case.now}: {found} of {tol}")
        for found in re.findall(r"\ba = ~?([-0-9.e/]+[0-9])", output):
            if oracle.number(found) != oracle.number(value):
                case.miss("another value of a parameter is printed", f"{case.now}: {found} of {value}")


_TEXTS = (
    "x",
    "x*x",
    "2*x",
    "",
    "x +",
    "1/x",
    "log(x)",
    "where(x > 0, x, 0)",
    "\x1b",
    "y",
    "1e9999",
    "x" * 30_000,
)
_FUNCTIONS: tuple[Any, ...] = (
    *(lambda x: x, lambda x: x * x, lambda: 1, lambda x, y: y, lambda *x: x, lambda x: 1 / 0, lambda x: None),
    *(abs, len, str, print, lambda x: x > 0, lambda x: x == 0, lambda x: [x], lambda x: x if x > 0 else 0),
)
_NUMBERS = (
    0,
    1,
    -1,
    0.1,
    float("nan"),
    float("inf"),
    Fraction(1, 3),
    True,
    10**400,
    "1e-9",
    "1/0",
    "1e9999",
    "",
)
_DOMAINS: tuple[Any, ...] = (
    *(
        [-1, 1],
        (-1, 1),
        (1, -1),
        [(-1, 1)],
        "-1,1",
        ["-1,1"],
        "(0, inf)",
        ("0", "1"),
        (None, None),
        [None],
        [[]],
    ),
    *(
        (),
        [],
        (0,),
        (1, 2, 3),
        (0.1, 0.2),
        (float("nan"), 1),
        "",
        "x",
        [(0, 1), (1, 2)],
        [(0, 1), (5, 2)],
        0,
        None,
    ),
)
_PARAMETERS = (
    {},
    {"a": 1},
    {"a": "(0, inf)"},
    {"x": 1},
    {"": 1},
    {"a": ""},
    {"a": float("inf")},
    {"a": "[2, 1]"},
)
_NAMES = ("f", "", "a b", "../f", "\x1b[31m", "f" * 300, "f.refuted")


def _api(case: Case, folder: Path) -> None:
    """certify.prove of odd values: a verdict or a usage error."""
    rng = case.rng
    pools = {"domain": _DOMAINS, "tol": _NUMBERS, "rtol": _NUMBERS, "parameters": _PARAMETERS, "name": _NAMES}
    for _ in range(5):
        keywords = {key: rng.choice(pool) for key, pool in pools.items() if rng.random() < 0.3}
        given = (rng.choice((*_TEXTS, *_FUNCTIONS)), rng.choice((*_TEXTS, *_FUNCTIONS)))
        case.now = f"certify.prove{given!r} {keywords!r}"
        found = case.doors.anything(given, keywords)
        case.count("calls")
        if found not in ("Certified", "Refuted", "Undecided", "UsageError", "TraceError"):
            case.miss(f"certify.prove raises {found}", case.now[:3000])


def _looked_at(case: Case, folder: Path) -> None:
    """Functions that look at a condition otherwise than by where: none of them may be certified."""
    name = case.rng.choice(sorted(_LOOKING))
    case.now = f"certify.prove of {name}"
    if case.doors.anything((_LOOKING[name], "0"), {}) == "Certified":
        case.miss("a function that looks at a condition is certified", name)


def _swallowing(x: Any) -> Any:
    try:
        return math.exp(x)
    except Exception:
        return 0


_LOOKING: dict[str, Callable[[Any], Any]] = {
    "if (x > 0) == True": lambda x: x if (x > 0) == True else 0 * x,  # noqa: E712
    "if (x > 0) != False": lambda x: 0 * x if (x > 0) != True else x,  # noqa: E712
    "{True: x}.get(x > 0, 7)": lambda x: {True: x}.get(x > 0, 7),
    "x in {0}": lambda x: x if x in {0} else 0,
    "{0: 1}.get(x, 0)": lambda x: {0: 1}.get(x, 0),
    "x == 0": lambda x: 1 if x == 0 else 0,
    "x > 0": lambda x: x if x > 0 else 0,
    "not x": lambda x: x if not x else 0,
    "try: math.exp(x) except": _swallowing,
}


def _assertion(case: Case, folder: Path) -> None:
    """assert_derivative raises of what is false."""
    claim = claims.wrong(case.rng, claims.a_claim(case.rng))
    if claim.names or claim.rtol:
        return
    given = (_text(claim.f), _text(claim.s), claims.written_domain(claim), formulas.decimal(claim.atol))
    case.now = f"assert_derivative{given}"
    if case.doors.assertion_passes(*given):
        for what, where in dict(statements.everywhere(claim, case.rng, 8)).items():
            case.miss(f"assert_derivative passes, but {what}", f"{case.now} {where}")


def _languages(case: Case, folder: Path) -> None:
    """Formulas with as few parentheses as chance leaves, read by the parser and by Python's."""
    rng = case.rng
    for _ in range(20):
        text = _infix(rng, 4)
        case.now = f"the formula {text}"
        found = case.doors.parsed(text)
        case.count("formulas")
        expected = formulas.folded(formulas.read(text))
        if found is None:
            case.miss("a formula is refused", case.now)
        elif formulas.folded(found) != expected:
            case.miss("a formula is read otherwise than Python reads it", f"{case.now}: {found}")
        elif formulas.folded(formulas.read(case.doors.printed(found))) != expected:
            case.miss("a formula is printed otherwise", f"{case.now}: {case.doors.printed(found)}")


def _infix(rng: Random, depth: int) -> str:
    if depth <= 0 or rng.random() < 0.2:
        return rng.choice(["x", "y", "1", "2.50", "0.044715", "1e-3", "pi", "e", ".5", "1E+2", "3."])
    kind = rng.randrange(9)
    a, b = _infix(rng, depth - 1), _infix(rng, depth - 2)
    space = rng.choice(["", " "])
    if kind < 4:
        return f"{a}{space}{rng.choice(['+', '-', '*', '/'])}{space}{b}"
    if kind == 4:
        return f"{_factor(rng, depth - 2)}**{rng.choice(['', '-'])}{_factor(rng, depth - 2)}"
    if kind == 5:
        return f"-{a}"
    if kind == 6:
        return f"({a})"
    if kind == 7:
        relation = rng.choice(["<", "<=", ">", ">="])
        return rng.choice([f"exp({a})", f"max({a}, {b})", f"where({a} {relation} {b}, {a}, {b})"])
    return f"{rng.choice(['sin', 'abs', 'sign', 'sigmoid', 'log1p'])}({a})"


def _factor(rng: Random, depth: int) -> str:
    return rng.choice(["x", "2", "0.5", "y", f"({_infix(rng, depth)})", f"exp({_infix(rng, depth)})"])


# --- odd command lines ----------------------------------------------------------------------

_COMMANDS = (
    "prove",
    "verify",
    "show",
    "list",
    "build",
    "check",
    "init",
    "derive",
    "export",
    "formal",
    "kernel",
    "capture",
)
_TARGETS = ("sigmoid", "relu", "nosuch", "mine.toml", "mine.toml:a", "mine.toml:nosuch", "torch:nosuch", "-")
_TARGETS += ("jax:nosuch", "nosuch:f", "os:system", ".", "..", "/", "/dev/null", "certificates")
_OPTIONS = ("--domain", "--tol", "--rtol", "--param", "--function", "--derivative", "--output", "--json")
_OPTIONS += (
    "--quiet",
    "--format",
    "--jobs",
    "--max-bits",
    "--against",
    "--dtype",
    "--range",
    "--all",
    "--with",
)
_OPTIONS += ("--name", "--directory")
_VALUES = ("-10,10", "(0,inf)", "[0,1]", "1,0", "1,1", "-inf,inf", "nan,1", "1e-30", "0", "-1", "auto", "x")
_VALUES += ("x*x", "2*x", "1/x", "log(x)", "alpha=any", "alpha=2", "alpha=(0,inf)", "a=b=", "=1", "1e9999")
_WORDS = (*_COMMANDS, *_TARGETS, *_OPTIONS, *_VALUES)
_ODD = (
    "",
    " ",
    "\x1b[31m",
    "\n",
    "\u202e",
    "é",
    "a" * 3000,
    "(" * 200,
    "x" + "+x" * 3000,
    "%s%n{0}",
    "\x00"[:0],
)


def _arguments(case: Case, folder: Path) -> None:
    """Random words after `certify`."""
    rng = case.rng
    (folder / "mine.toml").write_text(toml(rng))
    count = rng.randrange(1, 7)
    words = [rng.choice(_WORDS) if rng.random() < 0.9 else rng.choice(_ODD) for _ in range(count)]
    if "capture" in words or "kernel" in words:  # they load frameworks: seconds each
        words = [word for word in words if not word.startswith(("torch:", "jax:", "--all"))]
    if words and words[0] in ("formal", "sigmoid") and len(words) == 1:
        return
    command(case, folder, *words)


def toml(rng: Random) -> str:
    """A file of entries, right or odd."""
    rows = {
        "function": rng.choice(["x", "x*x", "max(x, 0)", "1/x", "", "x +", "alpha*x", "s", "\\u001b[31m"]),
        "derivative": rng.choice(["1", "2*x", "where(x > 0, 1, 0)", "y", "0/0", "sign(x)"]),
        "domain": rng.choice(["-1,1", "1,-1", "0", "", "-inf,inf", "a,b"]),
        "definitions.s": rng.choice(["x", "s", "exp(x)", ")"]),
        "second": rng.choice(["0", "1", "x"]),
        "nosuch": "1",
    }
    keys = [
        "function",
        "derivative",
        *rng.sample(["domain", "definitions.s", "second", "nosuch"], rng.randrange(3)),
    ]
    body = "".join(f'{key} = "{rows[key]}"\n' for key in keys if rng.random() < 0.95)
    head = rng.choice(["[a]", "[a]", "[a]", '["a b"]', '["\\u001b[31m"]', "[a", "[sigmoid]", '["../a"]', ""])
    tail = rng.choice(
        ["", "", 'sources = ["x"]\n', "sources = 1\n", "[a.parameters]\nalpha = 1\n", "kinks = 3\n", "\x00"]
    )
    return f"{head}\n{body}{tail}"


def _entries(case: Case, folder: Path) -> None:
    """A file of entries through the commands that take one."""
    (folder / "mine.toml").write_text(toml(case.rng))
    line = case.rng.choice(
        [("list",), ("prove",), ("build",), ("check",), ("derive",), ("export",), ("show",)]
    )
    command(case, folder, *line, "mine.toml")


def _plugin(case: Case, folder: Path) -> None:
    """pytest --certificates: green only if everything is accepted, and no refutation among it."""
    rng = case.rng
    (folder / "certificates").mkdir()
    outcomes: dict[str, str] = {}  # a name drawn twice is one file, the second
    for i in range(rng.randrange(1, 4)):
        body, data = good(rng)
        if rng.random() < 0.4:
            data = broken(rng, data)
        name = name_of(body) if rng.random() < 0.5 else f"other{i}.json"
        (folder / "certificates" / name).write_bytes(data)
        is_refutation = body.get("kind") == "refutation"
        outcomes[name] = "a refutation" if is_refutation else case.doors.verify(data)
    case.now = f"pytest --certificates of {outcomes} in {_listing(folder)}"
    found = case.doors.pytest(folder)
    case.count("commands")
    if found.code not in (0, 1, 2):
        case.miss(f"pytest exits {found.code}", f"{case.now} {found.out[-500:]!r}")
    if found.code == 0 and set(outcomes.values()) - {"accepted"}:
        case.miss("pytest passes over a file that is not accepted", f"{case.now} {found.out[-300:]!r}")
    if b"Traceback" in found.out + found.err or b"INTERNALERROR" in found.out + found.err:
        case.miss("a traceback", f"{case.now} {found.out[-500:]!r}")


KINDS: tuple[Callable[[Case, Path], None], ...] = (
    _broken_file,
    _broken_file,
    _broken_file,
    _folder,
    _folder,
    _other_name,
    _refutation,
    _stale,
    _claim,
    _claim,
    _numbers,
    _api,
    _looked_at,
    _assertion,
    _languages,
    _arguments,
    _arguments,
    _arguments,
    _entries,
    _plugin,
)
