"""The verifier's arithmetic against Arb and exact fractions.

Each answer of a function on random and edge arguments must hold its true values at points of the
argument, computed by Arb with far more bits or exactly; where a pole or a cut is met there must be none.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from random import Random
from typing import Any

from flint import acb, arb

from tests.attack import formulas, oracle
from tests.attack.case import Case, Ends, Extent

Rectangle = tuple[Ends, Ends]

ZERO: Ends = (Fraction(0), Fraction(0))
MORE_BITS = 220
UNARY = (*formulas.SMOOTH, "neg")


# --- arguments ----------------------------------------------------------------------------


def bits(rng: Random) -> int:
    return rng.choice([32, 33, 53, 64, 96, rng.randrange(32, 300), rng.randrange(32, 1200)])


def dyadic(rng: Random, size: int) -> Fraction:
    """A binary fraction: of moderate size, next to a point where functions are delicate, tiny or huge."""
    kind = rng.random()
    if kind < 0.45:
        return Fraction(rng.randrange(-(1 << size), 1 << size), 1 << (size - rng.randrange(0, 6)))
    if kind < 0.75:
        step = rng.choice([0, 1, -1]) * Fraction(1, 1 << rng.randrange(1, 2 * size))
        return special(rng, size) + step
    if kind < 0.9:
        return rng.choice([-1, 1]) * Fraction(rng.randrange(1, 1 << size), 1 << rng.randrange(size, 6 * size))
    return rng.choice([-1, 1]) * Fraction(rng.randrange(1, 1 << size) << rng.randrange(1, 40), 1 << size)


def special(rng: Random, size: int) -> Fraction:
    kind = rng.randrange(4)
    if kind == 0:
        return Fraction(rng.choice([0, 0, 1, -1, 2, -2, 4, 10, -10, 64, 100]))
    with oracle.precision(size + 60):
        constant = rng.choice(
            [arb.pi() / 2, arb.pi(), arb.const_log2() if hasattr(arb, "const_log2") else arb.pi()]
        )
        value = constant * rng.choice([1, -1, 2, 3, 5, 101])
        return below(value, size)


def below(value: Any, size: int) -> Fraction:
    """About a ball's middle, with so many binary places."""
    man, exp = value.mid().man_exp()
    exact = Fraction(int(man)) * Fraction(2) ** int(exp)
    return Fraction(exact.numerator * (1 << size) // exact.denominator, 1 << size)


def ends(rng: Random, size: int) -> Ends:
    """An interval: a point, thin, or wide."""
    a, kind = dyadic(rng, size), rng.random()
    if kind < 0.25:
        return a, a
    if kind < 0.5:
        return a, a + Fraction(rng.randrange(1, 9), 1 << rng.randrange(size, 3 * size))
    b = (
        a + Fraction(rng.randrange(1, 1 << 20), 1 << rng.randrange(8, 24))
        if kind < 0.8
        else dyadic(rng, size)
    )
    return min(a, b), max(a, b)


def rectangle(rng: Random, size: int) -> Rectangle:
    re = ends(rng, size)
    kind = rng.random()
    if kind < 0.3:
        return re, ZERO
    if kind < 0.4:
        return ZERO, re
    return re, ends(rng, size)


def inside(rng: Random, interval: Ends) -> Fraction:
    """A point of it: an end, the middle, 0 or 1 where it holds them, or any."""
    lo, hi = interval
    kind = rng.randrange(6)
    if kind == 0:
        return lo
    if kind == 1:
        return hi
    if kind == 2:
        held = [p for p in (0, 1, -1) if lo <= p <= hi]
        if held:
            return Fraction(rng.choice(held))
    if kind == 3:
        return (lo + hi) / 2
    return lo + (hi - lo) * Fraction(rng.randrange(0, 1 << 30), 1 << 30)


# --- where there must be no answer ------------------------------------------------------------


def _has(interval: Ends, value: int) -> bool:
    return interval[0] <= value <= interval[1]


def _has_odd_multiple(interval: Ends, unit: Callable[[], Any]) -> bool:
    """Whether the interval certainly holds (2k + 1)*unit for an integer k."""
    with oracle.precision(400):
        k = ((oracle.ball(interval[0]) / unit() - 1) / 2).ceil()
        point = (2 * k + 1) * unit()
        return bool(point >= oracle.ball(interval[0])) and bool(point <= oracle.ball(interval[1]))


def _beyond(interval: Ends, reach: Any) -> bool:
    """Whether a point of it has size reach or more."""
    return bool(oracle.ball(interval[0]) <= -reach) or bool(oracle.ball(interval[1]) >= reach)


def meets_cut(name: str, z: Rectangle) -> bool:
    """Whether the rectangle certainly meets a pole or a cut of the function."""
    x, y = z
    half_pi = lambda: arb.pi() / 2  # noqa: E731
    if name in ("log", "sqrt"):
        return _has(y, 0) and x[0] <= 0
    if name == "log1p":
        return _has(y, 0) and x[0] <= -1
    if name == "acosh":
        return _has(y, 0) and x[0] <= 1
    if name in ("asin", "acos", "atanh"):
        return _has(y, 0) and (x[0] <= -1 or x[1] >= 1)
    if name in ("atan", "asinh"):
        return _has(x, 0) and (y[0] <= -1 or y[1] >= 1)
    if name == "tan":
        return _has(y, 0) and _has_odd_multiple(x, half_pi)
    if name == "tanh":
        return _has(x, 0) and _has_odd_multiple(y, half_pi)
    if name == "sigmoid":
        return _has(x, 0) and _has_odd_multiple(y, arb.pi)
    if name == "softplus":
        return _has(x, 0) and _beyond(y, arb.pi())
    return False


# --- one case -----------------------------------------------------------------------------------


def run(case: Case) -> None:
    kind = case.rng.choice(KINDS)
    for _ in range(12):
        kind(case)


def _holds(case: Case, what: str, found: Ends, value: Any, given: object) -> None:
    case.count("values")
    if not found[0] <= found[1] or not oracle.contains(found, value):
        case.miss(f"{what} is not in its enclosure", (given, oracle.text(value), found))


def _rectangles(case: Case) -> None:
    rng, size = case.rng, bits(case.rng)
    name = rng.choice([*UNARY, "add", "sub", "mul", "div", "square"])
    count = 2 if name in ("add", "sub", "mul", "div") else 1
    z = [rectangle(rng, size) for _ in range(count)]
    given = (name, z, size)
    case.now = str(given)
    found = case.doors.rectangle(name, z, size)
    case.count("rectangles")
    if found is None:
        case.count("no bound")
        return
    cut = meets_cut(name, z[0]) or (name == "div" and _has(z[1][0], 0) and _has(z[1][1], 0))
    if cut:
        case.miss(f"{name} is bounded on its cut", given)
        return
    for _ in range(4):
        points = [(inside(rng, re), inside(rng, im)) for re, im in z]
        with oracle.precision(2 * size + MORE_BITS):
            values = [acb(oracle.ball(a), oracle.ball(b)) for a, b in points]
            value = values[0] ** 2 if name == "square" else oracle.complex_function(name, values)
            _holds(case, f"re {name}", found[0], value.real, (*given, points))
            _holds(case, f"im {name}", found[1], value.imag, (*given, points))


def _powers(case: Case) -> None:
    rng, size = case.rng, bits(case.rng)
    z, n = rectangle(rng, size), rng.choice([0, 1, -1, 2, 3, -2, 5, rng.randrange(-40, 40)])
    case.now = str(("power", z, n, size))
    found = case.doors.power(z, n, size)
    size_of = case.doors.modulus(z, size)
    case.count("rectangles", 2)
    if n < 0 and _has(z[0], 0) and _has(z[1], 0) and found is not None:
        case.miss("a negative power is bounded at 0", case.now)
        return
    for _ in range(3):
        a, b = inside(rng, z[0]), inside(rng, z[1])
        with oracle.precision(2 * size + MORE_BITS):
            value = acb(oracle.ball(a), oracle.ball(b))
            if size_of is not None:
                _holds(case, "|z|", size_of, abs(value), (case.now, a, b))
            if found is not None and (n >= 0 or a or b):
                power = value ** abs(n) if n >= 0 else 1 / value ** abs(n)
                _holds(case, "re power", found[0], power.real, (case.now, a, b))
                _holds(case, "im power", found[1], power.imag, (case.now, a, b))


_REAL: dict[str, Callable[[Any], Any]] = {
    "exp": lambda x: x.exp(),
    "log": lambda x: x.log(),
    "atan": lambda x: x.atan(),
    "sin_cos": lambda x: (x.sin(), x.cos()),
    "sinh_cosh": lambda x: (x.sinh(), x.cosh()),
}


def _reals(case: Case) -> None:
    rng, size = case.rng, bits(case.rng)
    name, x = rng.choice(list(_REAL)), ends(rng, size)
    if name == "sinh_cosh" and max(abs(x[0]), abs(x[1])) > 10**6:
        return
    case.now = str((name, x, size))
    found = case.doors.real(name, x, size)
    case.count("intervals")
    if found is None:
        return
    if name == "log" and x[0] <= 0:
        case.miss("log is bounded at 0", case.now)
        return
    for _ in range(4):
        at = inside(rng, x)
        with oracle.precision(2 * size + MORE_BITS):
            value = _REAL[name](oracle.ball(at))
            pairs = zip(found, value, strict=True) if "_" in name else [(found, value)]
            for enclosure, true in pairs:
                _holds(case, name, enclosure, true, (case.now, at))


def _elementary(case: Case) -> None:
    rng, size = case.rng, bits(case.rng)
    name = rng.choice(["exp", "log", "atan", "sin_cos", "pi", "half_pi", "log2"])
    x = dyadic(rng, size)
    if (name == "log" and x <= 0) or (name == "atan" and not x) or (name == "exp" and abs(x) > 10**5):
        return
    case.now = str((name, x, size))
    found = case.doors.elementary(name, x, size)
    case.count("integers")
    if found is None:
        return
    with oracle.precision(3 * size + MORE_BITS):
        constants = {"pi": arb.pi(), "half_pi": arb.pi() / 2, "log2": arb(2).log()}
        values = (constants[name],) if name in constants else _REAL[name](oracle.ball(x))
        values = values if isinstance(values, tuple) else (values,)
        for enclosure, value in zip(found, values, strict=True):
            _holds(case, name, enclosure, value, case.now)


def _intervals(case: Case) -> None:
    rng, size = case.rng, bits(case.rng)
    name = rng.choice(
        ["add", "sub", "mul", "div", "square", "sqrt", "neg", "magnitude", "hull", "meet", "ball"]
    )
    count = 2 if name in ("add", "sub", "mul", "div", "hull", "meet") else 1
    x = [ends(rng, rng.choice([size, 2 * size, 32])) for _ in range(count)]
    case.now = str((name, x, size))
    found = case.doors.interval(name, x, size)
    case.count("intervals")
    if found is None:
        if name not in ("div", "sqrt", "meet"):
            case.miss(f"{name} has no bound", case.now)
        elif name == "div" and not _has(x[1], 0):
            case.miss("div has no bound", case.now)
        return
    if (name == "div" and _has(x[1], 0)) or (name == "sqrt" and x[0][0] <= 0):
        case.miss(f"{name} is bounded at 0", case.now)
        return
    for _ in range(4):
        points = [inside(rng, interval) for interval in x]
        a, b = points[0], points[-1]
        if name == "meet":
            if not _has(x[1], a) if a.denominator == 1 else not x[1][0] <= a <= x[1][1]:
                continue
            values = [a]
        else:
            values = [] if name == "sqrt" else [_exactly(name, a, b)]
        if name == "sqrt" and not (found[0] >= 0 and found[0] ** 2 <= a <= found[1] ** 2):
            case.miss("sqrt is not in its enclosure", (case.now, a, found))
        for value in values:
            _holds(case, name, found, value, (case.now, points))


def _exactly(name: str, a: Fraction, b: Fraction, n: int = 2) -> Fraction:
    """An operation on fractions; of a hull and a ball, a point that it must hold."""
    match name:
        case "add":
            return a + b
        case "sub":
            return a - b
        case "mul":
            return a * b
        case "div":
            return a / b
        case "square" | "power":
            return a**n
        case "neg":
            return -a
        case "magnitude":
            return abs(a)
        case "reciprocal":
            return 1 / a
        case "hull":
            return b
    return a  # a ball


def _rounded(case: Case) -> None:
    value = Fraction(case.rng.randrange(-(10**30), 10**30), case.rng.randrange(1, 10**30))
    size = bits(case.rng)
    case.now = str((value, size))
    found = case.doors.rounded(value, size)
    case.count("intervals")
    _holds(case, "a rounded fraction", found, value, (value, size))
    if (found[1] - found[0]) * (1 << (size - 1)) > abs(value):
        case.miss("a rounded fraction is wide", (value, size, found))


# --- the extended line ----------------------------------------------------------------------------


def extent(rng: Random, low: Fraction | None, high: Fraction | None) -> Extent:
    """An interval inside (low, high), which may touch its ends only open."""

    def number() -> Fraction:
        a = rng.choice([Fraction(0), Fraction(1), Fraction(-1), dyadic(rng, 40), dyadic(rng, 300)])
        if rng.random() < 0.3:
            a = Fraction(rng.randrange(-50, 50), rng.randrange(1, 9))
        if low is not None and high is not None:
            return low + (high - low) * Fraction(rng.randrange(1, 1000), 1000)
        if low is not None and a <= low:
            return low + abs(a - low) + Fraction(1, rng.choice([1, 7, 10**9, 2**400]))
        return a

    a, b = number(), number()
    lo, hi = min(a, b), max(a, b)
    given: list[Any] = [lo, hi, rng.random() < 0.5, rng.random() < 0.5]
    if rng.random() < 0.25:
        given[0], given[2] = low, True
    if rng.random() < 0.25:
        given[1], given[3] = high, True
    if given[0] == given[1]:
        given[2] = given[3] = given[0] is None
    return Extent(*given)


def point_of(rng: Random, a: Extent) -> Fraction:
    """A point of it, an end where it is closed, or far out."""
    ends_held = [e for e, is_open in ((a.lo, a.lo_open), (a.hi, a.hi_open)) if e is not None and not is_open]
    if ends_held and rng.random() < 0.4:
        return rng.choice(ends_held)
    near = Fraction(1, rng.choice([2, 3, 1000, 10**12, 2**200]))
    if a.lo is not None and a.hi is not None:
        return a.lo + (a.hi - a.lo) * (near if rng.random() < 0.5 else 1 - near)
    far = Fraction(rng.choice([1, 10, 10**6, 2**100])) * near
    if a.lo is not None:
        return a.lo + far
    return a.hi - far if a.hi is not None else rng.choice([-1, 1]) * far


def excludes(a: Extent, value: Any) -> bool:
    """Whether the value is certainly not in the interval."""

    def out(difference: Any, is_open: bool) -> bool:
        try:
            s = oracle.sign(difference)
        except oracle.Unknown:
            return False
        return s > 0 or (is_open and s == 0)

    return (a.lo is not None and out(oracle.minus(a.lo, value), a.lo_open)) or (
        a.hi is not None and out(oracle.minus(value, a.hi), a.hi_open)
    )


_DOMAINS: dict[str, tuple[Fraction | None, Fraction | None]] = {
    **dict.fromkeys(("log", "sqrt"), (Fraction(0), None)),
    "log1p": (Fraction(-1), None),
    "acosh": (Fraction(1), None),
    **dict.fromkeys(("asin", "acos", "atanh"), (Fraction(-1), Fraction(1))),
}


def _extended(case: Case) -> None:
    rng = case.rng
    name = rng.choice(["neg", "add", "mul", "mul", "reciprocal", "magnitude", "power"])
    x = [extent(rng, *((Fraction(0), None) if name == "reciprocal" else (None, None))) for _ in range(2)]
    if name == "reciprocal" and rng.random() < 0.5:
        lo, hi, lo_open, hi_open = x[0]
        x[0] = Extent(None if hi is None else -hi, None if lo is None else -lo, hi_open, lo_open)
    n = rng.choice([0, 1, 2, 3, 4, 7, 200])
    given = x if name in ("add", "mul") else x[:1]
    case.now = str((name, given, n))
    found = case.doors.extended(name, given, n)
    case.count("extended")
    for _ in range(4):
        points = [point_of(rng, a) for a in x]
        a, b = points
        if n == 200 and name == "power" and max(a.numerator, a.denominator) > 2**60:
            continue
        value = _exactly(name, a, b, n)
        case.count("values")
        if excludes(found, value):
            case.miss(f"{name} is not in its extended interval", (case.now, points, found))


def _images(case: Case) -> None:
    rng = case.rng
    name = rng.choice([n for n in formulas.SMOOTH if n != "tan"])
    a = extent(rng, *_DOMAINS.get(name, (None, None)))
    case.now = str((name, a))
    found = case.doors.extended(name, [a])
    case.count("extended")
    for _ in range(4):
        at = point_of(rng, a)
        if max(at.numerator, at.denominator).bit_length() > 3000 or (name != "atan" and abs(at) > 2**40):
            continue
        with oracle.precision(1200):
            value = oracle.FUNCTIONS[name].value(oracle.ball(at))
            case.count("values")
            if value.is_finite() and excludes(found, value):
                case.miss(f"{name} is not in its extended interval", (case.now, at, found))


# --- whole formulas -----------------------------------------------------------------------------


def _terms(case: Case) -> None:
    rng, size = case.rng, bits(case.rng)
    term = formulas.smooth(rng, rng.randrange(2, 5))
    if rng.random() < 0.5:  # a divisor that may cancel
        term = ["div", "1", ["sub", term, formulas.smooth(rng, rng.randrange(1, 4))]]
    z, wide = rectangle(rng, 40), rng.random() < 0.7
    case.now = str((term, z, size, wide))
    found = case.doors.on_rectangle(term, z, size, wide)
    case.count("formulas")
    if found is None:
        case.count("no bound")
        return
    for _ in range(3):
        a, b = inside(rng, z[0]), inside(rng, z[1])
        with oracle.precision(4 * size + MORE_BITS):
            value = oracle.complex_value(term, acb(oracle.ball(a), oracle.ball(b)))
            if value.is_finite():
                _holds(case, "re of a formula", found[0], value.real, (case.now, a, b))
                _holds(case, "im of a formula", found[1], value.imag, (case.now, a, b))


def _extended_terms(case: Case) -> None:
    rng = case.rng
    term = formulas.smooth(rng, rng.randrange(2, 5))
    a = extent(rng, *rng.choice([(None, None), (Fraction(0), None)]))
    case.now = str((term, a))
    found = case.doors.on_extent(term, a)
    case.count("formulas")
    if found is None:
        case.count("no bound")
        return
    for _ in range(3):
        at = point_of(rng, a)
        with oracle.precision(600):
            try:
                value = oracle.germ(term, at, 0, {}).value
            except oracle.Undefined:
                case.miss("a formula is not defined where it is said to be analytic", (case.now, at))
                return
            except oracle.Unknown:
                continue
            case.count("values")
            if excludes(found, value):
                case.miss("a formula is not in its extended interval", (case.now, at, found))


def _transforms(case: Case) -> None:
    rng, size = case.rng, bits(case.rng)
    nodes = rng.choice([4, 8, 16, 32, 64])
    columns = []
    for _ in range(rng.choice([1, 2])):
        values = [rectangle(rng, rng.choice([20, 40, 80])) for _ in range(nodes // 2 + 1)]
        values[0], values[-1] = (values[0][0], ZERO), (values[-1][0], ZERO)
        columns.append(values)
    case.now = str((columns, size))
    found = case.doors.transformed(columns, size)
    case.count("transforms")
    for values, enclosed in zip(columns, found, strict=True):
        points = [(inside(rng, re), inside(rng, im)) for re, im in values]
        with oracle.precision(size + 300):
            at = [acb(oracle.ball(a), oracle.ball(b)) for a, b in points]
            at += [v.conjugate() for v in at[-2:0:-1]]
            for k in rng.sample(range(nodes), 3):
                total = acb(0)
                for j, value in enumerate(at):
                    total += value * acb(oracle.ball(Fraction(-2 * j * k, nodes))).exp_pi_i()
                _holds(case, "a quotient", enclosed[k], (total / nodes).real, (case.now, points, k))


KINDS: tuple[Callable[[Case], None], ...] = (
    _rectangles,
    _rectangles,
    _rectangles,
    _powers,
    _reals,
    _elementary,
    _intervals,
    _intervals,
    _rounded,
    _extended,
    _images,
    _terms,
    _terms,
    _extended_terms,
    _transforms,
)
