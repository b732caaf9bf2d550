"""What a term means and whether a statement holds at a point, by an evaluation of its own.

A term is read from the JSON of a certificate and evaluated near a rational point as a germ: its
formula with every guard replaced by the branch that it takes just left of the point (side -1), at it
(0) or just right of it (1), its value, and its slope by the chain rule.  Numbers are exact fractions
as long as the operations allow it, and Arb's balls after that.  Whatever the balls leave open is
`Unknown`: a judgement is "fails" or "holds" only where it is certain.

Nothing of what is judged is imported: tests/attack/test_attack.py looks at the imports.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from itertools import combinations
from math import isqrt
from typing import Any, NamedTuple

import flint
from flint import acb, arb, fmpq

Json = Any
Number = Any  # Fraction or arb
Names = Mapping[str, Fraction]

PRECISIONS = (160, 640, 2560)
NOTHING = Fraction(0)
SAME = Fraction(1, 2**100)  # relative to 1 + |f|: what an enclosure takes as one value of f


class Undefined(Exception):
    """The term certainly has no value there."""


class Unknown(Exception):
    """The balls do not tell."""


@contextmanager
def precision(bits: int) -> Iterator[None]:
    before, flint.ctx.prec = flint.ctx.prec, bits
    try:
        yield
    finally:
        flint.ctx.prec = before


# --- numbers ----------------------------------------------------------------------------

_NUMBER = re.compile(r"(-?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d+))?", re.ASCII)


def number(text: str) -> Fraction:
    """An integer, a decimal with or without an exponent, or a fraction."""
    if "/" in text:
        top, _, bottom = text.partition("/")
        return Fraction(int(top), int(bottom))
    found = _NUMBER.fullmatch(text)
    if not found:
        raise ValueError(f"no number: {text!r}")
    sign, whole, part, exponent = found.groups()
    value = Fraction(int(whole + (part or "")), 1) * Fraction(10) ** (int(exponent or 0) - len(part or ""))
    return -value if sign else value


def is_number(text: str) -> bool:
    return bool(_NUMBER.fullmatch(text)) or bool(re.fullmatch(r"-?\d+/\d+", text, re.ASCII))


def ball(value: Number) -> Any:
    """A ball at the precision in force."""
    return arb(fmpq(value.numerator, value.denominator)) if isinstance(value, Fraction) else value


def sign(value: Number) -> int:
    """-1, 0 or 1; Unknown where the ball holds 0."""
    if isinstance(value, Fraction):
        return (value > 0) - (value < 0)
    if value > 0:
        return 1
    if value < 0:
        return -1
    raise Unknown


def _both(a: Number, b: Number) -> bool:
    return isinstance(a, Fraction) and isinstance(b, Fraction)


def plus(a: Number, b: Number) -> Number:
    if isinstance(a, Fraction) and not a:
        return b
    if isinstance(b, Fraction) and not b:
        return a
    return a + b if _both(a, b) else ball(a) + ball(b)


def minus(a: Number, b: Number) -> Number:
    return plus(a, -b)


def times(a: Number, b: Number) -> Number:
    if _both(a, b):
        return a * b
    if any(isinstance(c, Fraction) and not c for c in (a, b)):
        return Fraction(0)
    return ball(a) * ball(b)


def over(a: Number, b: Number) -> Number:
    """a/b; Undefined where b is 0, Unknown where it may be."""
    if not sign(b):
        raise Undefined
    return a / b if _both(a, b) else times(a, 1 / ball(b))


def _short(value: Number) -> Number:
    """Exact numbers that grow long go on as balls."""
    if isinstance(value, Fraction) and value.numerator.bit_length() + value.denominator.bit_length() > 20_000:
        return ball(value)
    return value


# --- functions of one argument: value, slope, and the condition for both -------------------

_PI = arb.pi


def _sigmoid(u: Any) -> Any:
    return 1 / (1 + (-u).exp()) if not u < 0 else u.exp() / (1 + u.exp())


def _softplus(u: Any) -> Any:
    return u.exp().log1p() if not u > 0 else u + (-u).exp().log1p()


def _polygamma(n: int, u: Any) -> Any:
    return acb(u).polygamma(acb(n)).real if hasattr(acb, "polygamma") else u


def _no_condition(u: Number) -> bool:
    return True


def _above(least: int) -> Callable[[Number], bool]:
    return lambda u: sign(minus(u, Fraction(least))) > 0


def _inside(u: Number) -> bool:
    return sign(plus(u, Fraction(1))) > 0 and sign(minus(u, Fraction(1))) < 0


def _no_pole(u: Number) -> bool:
    """Off 0, -1, -2, ..."""
    if isinstance(u, Fraction):
        return u > 0 or u.denominator != 1
    if u > 0:
        return True
    if u.contains_integer():
        raise Unknown
    return True


class _Function(NamedTuple):
    value: Callable[[Any], Any]
    slope: Callable[[Any, Any], Any]  # of the argument and the value
    condition: Callable[[Number], bool] = _no_condition
    at: Mapping[Fraction, tuple[Fraction, Fraction | None]] = {}  # exact values, and slopes


def _zero(value: int | Fraction, slope: int | Fraction | None) -> Mapping[Fraction, Any]:
    return {Fraction(0): (Fraction(value), None if slope is None else Fraction(slope))}


FUNCTIONS: dict[str, _Function] = {
    "exp": _Function(lambda u: u.exp(), lambda u, v: v, at=_zero(1, 1)),
    "expm1": _Function(lambda u: u.expm1(), lambda u, v: u.exp(), at=_zero(0, 1)),
    "log": _Function(
        lambda u: u.log(), lambda u, v: 1 / u, _above(0), {Fraction(1): (Fraction(0), Fraction(1))}
    ),
    "log1p": _Function(lambda u: u.log1p(), lambda u, v: 1 / (1 + u), _above(-1), _zero(0, 1)),
    "sqrt": _Function(lambda u: u.sqrt(), lambda u, v: 1 / (2 * v), _above(0)),
    "sin": _Function(lambda u: u.sin(), lambda u, v: u.cos(), at=_zero(0, 1)),
    "cos": _Function(lambda u: u.cos(), lambda u, v: -u.sin(), at=_zero(1, 0)),
    "tan": _Function(
        lambda u: u.sin() / u.cos(),
        lambda u, v: 1 + v * v,
        lambda u: bool(sign(ball(u).cos())),
        _zero(0, 1),
    ),
    "sinh": _Function(lambda u: u.sinh(), lambda u, v: u.cosh(), at=_zero(0, 1)),
    "cosh": _Function(lambda u: u.cosh(), lambda u, v: u.sinh(), at=_zero(1, 0)),
    "tanh": _Function(lambda u: u.tanh(), lambda u, v: 1 / u.cosh() ** 2, at=_zero(0, 1)),
    "asin": _Function(lambda u: u.asin(), lambda u, v: 1 / (1 - u * u).sqrt(), _inside, _zero(0, 1)),
    "acos": _Function(lambda u: u.acos(), lambda u, v: -1 / (1 - u * u).sqrt(), _inside),
    "atan": _Function(lambda u: u.atan(), lambda u, v: 1 / (1 + u * u), at=_zero(0, 1)),
    "asinh": _Function(lambda u: u.asinh(), lambda u, v: 1 / (1 + u * u).sqrt(), at=_zero(0, 1)),
    "acosh": _Function(lambda u: u.acosh(), lambda u, v: 1 / ((u - 1) * (u + 1)).sqrt(), _above(1)),
    "atanh": _Function(lambda u: u.atanh(), lambda u, v: 1 / ((1 - u) * (1 + u)), _inside, _zero(0, 1)),
    "erf": _Function(lambda u: u.erf(), lambda u, v: 2 * (-u * u).exp() / _PI().sqrt(), at=_zero(0, None)),
    "erfc": _Function(lambda u: u.erfc(), lambda u, v: -2 * (-u * u).exp() / _PI().sqrt(), at=_zero(1, None)),
    "sigmoid": _Function(
        _sigmoid, lambda u, v: _sigmoid(u) * _sigmoid(-u), at=_zero(Fraction(1, 2), Fraction(1, 4))
    ),
    "softplus": _Function(_softplus, lambda u, v: _sigmoid(u)),
    "erfinv": _Function(lambda u: u.erfinv(), lambda u, v: (v * v).exp() * _PI().sqrt() / 2, _inside),
    "lgamma": _Function(lambda u: u.lgamma(), lambda u, v: u.digamma(), _above(0)),
    "digamma": _Function(lambda u: u.digamma(), lambda u, v: _polygamma(1, u), _no_pole),
    "trigamma": _Function(lambda u: _polygamma(1, u), lambda u, v: _polygamma(2, u), _no_pole),
    "gamma": _Function(lambda u: u.gamma(), lambda u, v: v * u.digamma(), _no_pole),
    "i0": _Function(lambda u: u.bessel_i(0), lambda u, v: u.bessel_i(1)),
    "i1": _Function(lambda u: u.bessel_i(1), lambda u, v: (u.bessel_i(0) + u.bessel_i(2)) / 2),
    "sinc": _Function(
        lambda u: u.sinc_pi(), lambda u, v: (u.cos_pi() - v) / u if u != 0 else arb("nan"), at=_zero(1, 0)
    ),
}
BINARY = ("add", "sub", "mul", "div", "pow", "pown")
PROVER_ONLY = ("erfinv", "lgamma", "digamma", "trigamma", "gamma", "i0", "i1", "sinc")
GUARDS = ("abs", "sign", "min", "max")


# --- germs ------------------------------------------------------------------------------


class Germ(NamedTuple):
    """A term near a point on one side: its formula there without guards, its value and slope."""

    formula: Json
    value: Number
    slope: Number


def germ(term: Json, x: Fraction, side: int, names: Names, output: Germ | None = None) -> Germ:
    """The germ of a term; `output` is that of y.  Undefined or Unknown where there is none."""
    if isinstance(term, str):
        return _leaf(term, x, names, output)
    head = term[0]
    if head == "where":
        relation, left, right = term[1]
        pair = [germ(part, x, side, names, output) for part in (left, right)]
        s = _guard_sign("sub", pair, side, names)
        holds = {"<": s < 0, "<=": s <= 0, ">": s > 0, ">=": s >= 0}[relation]
        return germ(term[2] if holds else term[3], x, side, names, output)
    if head in GUARDS:
        return _guard(head, [germ(part, x, side, names, output) for part in term[1:]], side, names)
    if head in ("pow", "pown"):
        return _power(term, x, side, names, output)
    parts = [germ(part, x, side, names, output) for part in term[1:]]
    value, slope = _apply(head, parts)
    if any(isinstance(part, arb) and not part.is_finite() for part in (value, slope)):
        raise Unknown
    return Germ([head, *(part.formula for part in parts)], _short(value), _short(slope))


def _leaf(text: str, x: Fraction, names: Names, output: Germ | None) -> Germ:
    if text == "x":
        return Germ("x", x, Fraction(1))
    if text == "y" and output is not None:
        return output
    if text == "pi":
        return Germ(text, arb.pi(), Fraction(0))
    if text == "e":
        return Germ(text, arb(1).exp(), Fraction(0))
    value = names[text] if text in names else number(text)
    return Germ(text, value, Fraction(0))


def _apply(head: str, parts: list[Germ]) -> tuple[Number, Number]:
    a = parts[0]
    if head == "neg":
        return -a.value, -a.slope
    if head in BINARY:
        return _binary(head, a, parts[1])
    row = FUNCTIONS[head]
    if not row.condition(a.value):
        raise Undefined
    if isinstance(a.value, Fraction):
        known = row.at.get(a.value)
        if known is not None and known[1] is not None:
            return known[0], times(known[1], a.slope)
        if head == "sqrt":
            root = Fraction(isqrt(a.value.numerator), isqrt(a.value.denominator))
            if root * root == a.value:
                return root, over(a.slope, 2 * root)
    u = ball(a.value)
    value = row.value(u)
    slope = times(row.slope(u, value), a.slope)
    if isinstance(a.value, Fraction) and a.value in row.at:
        value = row.at[a.value][0]
    return value, slope


def _binary(head: str, a: Germ, b: Germ) -> tuple[Number, Number]:
    if head == "add":
        return plus(a.value, b.value), plus(a.slope, b.slope)
    if head == "sub":
        return minus(a.value, b.value), minus(a.slope, b.slope)
    if head == "mul":
        return times(a.value, b.value), plus(times(a.slope, b.value), times(a.value, b.slope))
    quotient = over(a.value, b.value)
    return quotient, over(minus(a.slope, times(quotient, b.slope)), b.value)


def _power(term: Json, x: Fraction, side: int, names: Names, output: Germ | None) -> Germ:
    base = germ(term[1], x, side, names, output)
    n = integer_exponent(term)
    if n is not None:
        formula = ["pown", base.formula, str(n)]
        if n == 0:
            return Germ(formula, Fraction(1), Fraction(0))
        if n < 0 and not sign(base.value):
            raise Undefined
        value = _integer_power(base.value, n)
        slope = times(times(Fraction(n), _integer_power(base.value, n - 1)), base.slope)
        return Germ(formula, _short(value), _short(slope))
    exponent = germ(term[2], x, side, names, output)
    if not sign(base.value) > 0:
        raise Undefined
    log = ball(base.value).log()
    value = (ball(exponent.value) * log).exp()
    rate = plus(times(exponent.slope, log), times(exponent.value, over(base.slope, base.value)))
    return Germ(["pow", base.formula, exponent.formula], value, times(value, rate))


def _integer_power(a: Number, n: int) -> Number:
    if n < 0:
        return over(Fraction(1), _integer_power(a, -n))
    if isinstance(a, Fraction) and n * (a.numerator.bit_length() + a.denominator.bit_length()) < 20_000:
        return a**n
    return ball(a) ** n


def integer_exponent(term: Json) -> int | None:
    """The n of a `pown`, which is a product; a `pow` is exp(b*log(a)), whatever b is."""
    if term[0] != "pown":
        return None
    exponent = number(term[2])
    if exponent.denominator != 1:
        raise ValueError(f"pown with the exponent {exponent}")
    return exponent.numerator


def constant(term: Json) -> Fraction | None:
    """The value of a term of numbers and + - * / neg alone; None for any other."""
    if isinstance(term, str):
        return number(term) if is_number(term) else None
    if term[0] not in ("neg", "add", "sub", "mul", "div", "pow", "pown"):
        return None
    parts = [constant(part) for part in term[1:]]
    a = parts[0]
    if a is None or None in parts:
        return None
    if term[0] == "neg":
        return -a
    b = parts[1]
    assert b is not None
    if term[0] in ("pow", "pown"):
        return a**b.numerator if b.denominator == 1 and abs(b) <= 64 and (a or b > 0) else None
    if term[0] == "div" and not b:
        raise Undefined
    return {"add": a + b, "sub": a - b, "mul": a * b, "div": a / b if b else a}[term[0]]


def _guard(head: str, parts: list[Germ], side: int, names: Names) -> Germ:
    """The branch that a guard takes."""
    a = parts[0]
    if head == "sign":
        s = _guard_sign("", parts, side, names)
        return Germ(str(s), Fraction(s), Fraction(0))
    if head == "abs":
        s = _guard_sign("", parts, side, names)
        return a if s >= 0 else Germ(["neg", a.formula], -a.value, -a.slope)
    s = _guard_sign("sub", parts, side, names)
    return a if (s >= 0 if head == "max" else s <= 0) else parts[1]


def _guard_sign(head: str, parts: list[Germ], side: int, names: Names) -> int:
    """The sign of a germ, or of the difference of two, just beside the point or at it."""
    formula, value, slope = parts[0]
    if head:
        formula = ["sub", formula, parts[1].formula]
        value, slope = minus(value, parts[1].value), minus(slope, parts[1].slope)
    first = sign(value)
    if first or not side:
        return first
    second = sign(slope)
    if second or affine(formula, names) == (0, 0):
        return second * side
    raise Unknown  # a zero of higher order


def affine(term: Json, names: Names) -> tuple[Fraction, Fraction] | None:
    """(a, b) where the guard-free term is a*x + b, by polynomial arithmetic; else None."""
    if isinstance(term, str):
        if term == "x":
            return Fraction(1), Fraction(0)
        if term in names:
            return Fraction(0), names[term]
        return (Fraction(0), number(term)) if is_number(term) else None
    if term[0] not in ("neg", "add", "sub", "mul", "div"):
        return None
    parts = [affine(part, names) for part in term[1:]]
    a = parts[0]
    if a is None or None in parts:
        return None
    if term[0] == "neg":
        return -a[0], -a[1]
    b = parts[1]
    assert b is not None
    if term[0] == "add":
        return a[0] + b[0], a[1] + b[1]
    if term[0] == "sub":
        return a[0] - b[0], a[1] - b[1]
    if term[0] == "mul" and not (a[0] and b[0]):
        return a[0] * b[1] + a[1] * b[0], a[1] * b[1]
    if term[0] == "div" and not b[0] and b[1]:
        return a[0] / b[1], a[1] / b[1]
    return None


# --- where formulas change ----------------------------------------------------------------

_MOST_FORMS = 64
_EDGES = {
    **dict.fromkeys(("log", "sqrt", "pow", "pown"), ("0",)),
    "log1p": ("-1",),
    **dict.fromkeys(("asin", "acos", "atanh", "acosh"), ("-1", "1")),
}


def guards(term: Json) -> Iterator[tuple[Json, Json]]:
    """The two sides that each guard of a term compares; a divisor or an argument, and what it must not
    be."""
    if isinstance(term, str):
        return
    if term[0] == "where":
        yield term[1][1], term[1][2]
    if term[0] in ("abs", "sign"):
        yield term[1], "0"
    if term[0] in ("min", "max"):
        yield term[1], term[2]
    if term[0] == "div":
        yield term[2], "0"
    for edge in _EDGES.get(term[0], ()):
        yield term[1], edge
    for part in children(term):
        yield from guards(part)


def children(term: Json) -> list[Json]:
    if isinstance(term, str):
        return []
    if term[0] == "where":
        return [term[1][1], term[1][2], term[2], term[3]]
    return list(term[1:])


def roots(term: Json, names: Names) -> set[Fraction]:
    """The points where an affine guard or divisor is 0, or an affine argument at the end of its range;
    the guards inside it in any of their branches."""
    found = set()
    for left, right in guards(term):
        for a in _forms(left, names):
            for b in _forms(right, names):
                slope, offset = a[0] - b[0], a[1] - b[1]
                if slope:
                    found.add(-offset / slope)
    return found


def _forms(term: Json, names: Names) -> set[tuple[Fraction, Fraction]]:
    """The affine functions that a term may be, one for each way its guards may go."""
    if not isinstance(term, str):
        if term[0] == "abs":
            return {form for a, b in _forms(term[1], names) for form in ((a, b), (-a, -b))}
        if term[0] in ("min", "max"):
            return _forms(term[1], names) | _forms(term[2], names)
        if term[0] == "where":
            return _forms(term[2], names) | _forms(term[3], names)
        if term[0] == "sign":
            return {(Fraction(0), Fraction(s)) for s in (-1, 0, 1)}
        if term[0] in ("neg", "add", "sub", "mul", "div"):
            parts = [_forms(part, names) for part in term[1:]]
            made: set[tuple[Fraction, Fraction]] = set()
            for a in parts[0]:
                for b in parts[1] if len(parts) > 1 else {(Fraction(0), Fraction(0))}:
                    value = _combined(term[0], a, b)
                    if value is not None and len(made) < _MOST_FORMS:
                        made.add(value)
            return made
    line = affine(term, names)
    return set() if line is None else {line}


def _combined(
    head: str, a: tuple[Fraction, Fraction], b: tuple[Fraction, Fraction]
) -> tuple[Fraction, Fraction] | None:
    match head:
        case "neg":
            return -a[0], -a[1]
        case "add":
            return a[0] + b[0], a[1] + b[1]
        case "sub":
            return a[0] - b[0], a[1] - b[1]
        case "mul" if not (a[0] and b[0]):
            return a[0] * b[1] + a[1] * b[0], a[1] * b[1]
        case "div" if not b[0] and b[1]:
            return a[0] / b[1], a[1] / b[1]
    return None


# --- statements -----------------------------------------------------------------------------


Part = tuple[Fraction | None, Fraction | None]  # of a domain; None is an infinite end


class Claim(NamedTuple):
    """|f' - s| <= atol + rtol*|f'| on the domain."""

    f: Json
    s: Json
    domain: tuple[Part, ...]
    atol: Fraction
    rtol: Fraction
    names: dict[str, Fraction]
    exceptions: frozenset[Fraction] = frozenset()  # kinks of which nothing is said
    values: tuple[tuple[Fraction, Json], ...] = ()  # what s is at kinks
    open_ends: frozenset[Fraction] = frozenset()  # of the domain, which are no points of it

    def __contains__(self, x: Fraction) -> bool:
        return x not in self.open_ends and any(
            (lo is None or lo <= x) and (hi is None or x <= hi) for lo, hi in self.domain
        )


class Truth(NamedTuple):
    """What holds at a point: f' and s there, or why there is none."""

    verdict: str  # holds, fails, kink, undefined, unknown
    why: str = ""
    slope: Number = None
    spec: Number = None
    kink: Kink | None = None


class Kink(NamedTuple):
    """What holds at a point where the formula of f changes; each may be unknown (None)."""

    continuous: bool | None
    smooth: bool | None  # continuous, and both slopes and s are one number, or may be
    inside: bool | None  # s is within the tolerance of the hull of the slopes
    values: tuple[Number, Number, Number]
    slopes: tuple[Number, Number]
    spec: Number


def at(claim: Claim, x: Fraction) -> Truth:
    """Whether the claim holds at x, by as many bits as it takes."""
    truth = Truth("unknown")
    for bits in PRECISIONS:
        with precision(bits):
            truth = _at(claim, x)
        if truth.verdict != "unknown" and (truth.kink is None or None not in truth.kink[:3]):
            return truth
    return truth


def _at(claim: Claim, x: Fraction) -> Truth:
    try:
        sides = [germ(claim.f, x, side, claim.names) for side in (-1, 0, 1)]
    except Unknown:
        return Truth("unknown", "f")
    except Undefined:
        return Truth("undefined", "f")
    left, middle, right = sides
    try:
        s = germ(claim.s, x, 0, claim.names, middle).value
    except Unknown:
        return Truth("unknown", "s")
    except Undefined:
        return Truth("undefined", "s")
    if not left.formula == middle.formula == right.formula:
        return _kink(claim, (left, middle, right), s)
    slope = middle.slope
    return Truth(_compare(claim, minus(slope, s), slope), "", slope, s)


def _compare(claim: Claim, difference: Number, slope: Number) -> str:
    """Whether |difference| <= atol + rtol*|slope|."""
    allowed = plus(claim.atol, times(claim.rtol, _magnitude(slope)))
    try:
        return "fails" if sign(minus(_magnitude(difference), allowed)) > 0 else "holds"
    except Unknown:
        if not claim.atol and not claim.rtol and _is_tiny(difference):
            return "holds"  # as far as the precision goes
        return "unknown"


def _magnitude(a: Number) -> Number:
    return abs(a)


def _is_tiny(a: Number) -> bool:
    return isinstance(a, Fraction) or bool(abs(a) < arb(2) ** (-flint.ctx.prec // 3))


def _kink(claim: Claim, sides: tuple[Germ, Germ, Germ], s: Number) -> Truth:
    values = (sides[0].value, sides[1].value, sides[2].value)
    slopes = (sides[0].slope, sides[2].slope)
    exact = all(isinstance(value, Fraction) for value in values) or not (claim.atol or claim.rtol)
    continuous = _all_equal(values, Fraction(0) if exact else times(SAME, plus(Fraction(1), abs(values[1]))))
    smooth = _all_equal((*slopes, s)) if continuous else continuous
    widened = [plus(claim.atol, times(claim.rtol, _magnitude(slope))) for slope in slopes]
    kink = Kink(continuous, smooth, _within(s, slopes, widened), values, slopes, s)
    return Truth("kink", "", None, s, kink)


def _all_equal(values: tuple[Number, ...], within: Number = NOTHING) -> bool | None:
    """True where all are one number as far as the precision goes, or agree to `within`; False where
    two certainly do not."""
    for a, b in combinations(values, 2):
        difference = minus(b, a)
        try:
            if sign(minus(_magnitude(difference), within)) > 0:
                return False
        except Unknown:
            if not _is_tiny(minus(_magnitude(difference), within)):
                return None
    return True


def _within(s: Number, slopes: tuple[Number, Number], widened: list[Number]) -> bool | None:
    """Whether s is in the hull of the slopes, each widened by its allowance; None where it is not
    certain that it is outside or that it is inside."""
    above = [_order(s, plus(slope, more)) for slope, more in zip(slopes, widened, strict=True)]
    below = [_order(minus(slope, more), s) for slope, more in zip(slopes, widened, strict=True)]
    if all(order == 1 for order in above) or all(order == 1 for order in below):
        return False
    if any(order == -1 for order in above) and any(order == -1 for order in below):
        return True
    return None


def _order(a: Number, b: Number) -> int:
    """1 if a > b, -1 if a <= b, 0 if unknown."""
    try:
        return 1 if sign(minus(a, b)) > 0 else -1
    except Unknown:
        return 0


def apart(claim: Claim, a: Number, b: Number) -> bool:
    """Whether a is certainly further from b than atol + rtol*|b|."""
    return _compare(claim, minus(a, b), b) == "fails"


def contains(interval: tuple[Fraction, Fraction], value: Number) -> bool:
    """Whether the value may be in the interval: False only where it is certainly outside."""
    return _order(interval[0], value) != 1 and _order(value, interval[1]) != 1


def text(value: Number) -> str:
    """For a message."""
    if isinstance(value, Fraction):
        if max(value.numerator.bit_length(), value.denominator.bit_length()) < 100:
            return str(value)
        value = ball(value)
    return str(value) if value is None else value.str(25)


# --- complex values, for rectangles ---------------------------------------------------------


def complex_value(term: Json, z: Any) -> Any:
    """A guard-free term at a complex point, off its cuts."""
    if isinstance(term, str):
        if term == "x":
            return z
        if term == "pi":
            return acb.pi()
        if term == "e":
            return acb(1).exp()
        return acb(ball(number(term)))
    if term[0] in ("pow", "pown"):
        n, base = integer_exponent(term), complex_value(term[1], z)
        if n is not None:
            return base**n if n >= 0 else 1 / base**-n
        return (complex_value(term[2], z) * base.log()).exp()
    return complex_function(term[0], [complex_value(part, z) for part in term[1:]])


def complex_function(name: str, parts: list[Any]) -> Any:
    """A primitive at complex balls: the one analytic function off its cuts."""
    z = parts[0]
    if len(parts) == 2:
        return {
            "add": lambda: z + parts[1],
            "sub": lambda: z - parts[1],
            "mul": lambda: z * parts[1],
            "div": lambda: z / parts[1],
        }[name]()
    if name == "neg":
        return -z
    if name == "sigmoid":
        return 1 / (1 + (-z).exp()) if not z.real < 0 else z.exp() / (1 + z.exp())
    if name == "softplus":  # continued off i*(-inf, -pi] and i*[pi, inf)
        if z.real < 0:
            return (1 + z.exp()).log()
        return z + (1 + (-z).exp()).log() if z.real > 0 else (1 + z.exp()).log()
    if name == "expm1":
        return z.expm1() if hasattr(z, "expm1") else z.exp() - 1
    return getattr(z, name)()
