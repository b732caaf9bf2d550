"""Random formulas as JSON terms, their derivatives by rule, slips of the hand, and formulas as text
(read by Python's own parser)."""

from __future__ import annotations

import ast
from fractions import Fraction
from random import Random
from typing import Any

from tests.attack import oracle

Json = Any

SMOOTH = [name for name in oracle.FUNCTIONS if name not in oracle.PROVER_ONLY]
TAME = ["exp", "sin", "cos", "tanh", "atan", "asinh", "erf", "sigmoid", "softplus", "sinh", "cosh", "expm1"]
CONSTANTS = ("1", "2", "3", "0.5", "0.1", "1.702", "0.044715", "1e-3", "10")


def literal(rng: Random) -> str:
    return rng.choice(CONSTANTS)


def smooth(rng: Random, depth: int, functions: list[str] = SMOOTH, leaf: str = "x") -> Json:
    """A guard-free term in x."""
    if depth <= 0 or rng.random() < 0.1:
        return leaf if rng.random() < 0.7 else rng.choice([literal(rng), literal(rng), "pi", "e"])
    kind = rng.random()
    if kind < 0.45:
        head = rng.choice(["add", "sub", "mul", "mul", "div"])
        return [head, smooth(rng, depth - 1, functions, leaf), smooth(rng, depth - 2, functions, leaf)]
    if kind < 0.5:
        return ["neg", smooth(rng, depth - 1, functions, leaf)]
    if kind < 0.58:
        power = rng.choice(
            ["2", "3", "2", "1", "4", "0", "-1", "-2"] + ["0.5", "1.5"] * (functions is SMOOTH)
        )
        head = "pow" if "." in power else "pown"
        return [head, smooth(rng, depth - 1, functions, leaf), power]
    if kind < 0.6 and functions is SMOOTH:
        return ["pow", smooth(rng, depth - 2, functions, leaf), smooth(rng, depth - 2, functions, leaf)]
    return [rng.choice(functions), smooth(rng, depth - 1, functions, leaf)]


def threshold(rng: Random) -> str:
    return rng.choice(["0", "1", "0.5", "3", "0.001", "2", "1e-9"])


def guarded(rng: Random, depth: int, functions: list[str] = SMOOTH) -> Json:
    """A term with guards at rational points, as activations have them."""
    piece = lambda: smooth(rng, depth - 1, functions)  # noqa: E731
    kind = rng.randrange(13)
    if kind == 0:
        return ["where", [rng.choice(["<", "<=", ">", ">="]), "x", threshold(rng)], piece(), piece()]
    if kind == 1:
        return [rng.choice(["max", "min"]), "x", threshold(rng)]
    if kind == 2:
        inner = [rng.choice(["max", "min"]), "x", threshold(rng)]
        return ["mul", inner, piece()] if rng.random() < 0.5 else [rng.choice(TAME), inner]
    if kind == 3:
        return ["abs", "x"] if rng.random() < 0.5 else ["mul", "x", ["abs", ["sub", "x", threshold(rng)]]]
    if kind == 4:
        low, high = sorted([threshold(rng), "-" + threshold(rng)], key=oracle.number)
        return ["min", ["max", "x", low if low != "-0" else "0"], high]
    if kind == 5:
        return ["add", ["mul", ["abs", "x"], "x"], piece()]
    if kind == 6:
        return ["where", [rng.choice(["<", ">"]), ["abs", "x"], threshold(rng)], piece(), piece()]
    if kind == 7:  # a guard that is not affine
        return ["where", [rng.choice(["<", ">="]), piece(), threshold(rng)], piece(), piece()]
    if kind == 8:  # guards of guards
        inner = [rng.choice(["max", "min"]), guarded(rng, depth - 1, functions), threshold(rng)]
        return rng.choice([inner, ["abs", inner], ["where", [">", inner, "0.5"], "x", inner]])
    if kind == 9:  # an exponent that a guard chooses
        base = rng.choice(["x", ["neg", "x"], ["sub", "x", "2"], piece()])
        exponent = rng.choice(
            [["sign", "x"], ["where", ["<", "x", "0"], "2", "3"], ["max", "2", "3"], ["abs", "2"]]
        )
        return ["pow", base, exponent]
    if kind == 10:  # a factor that is 0 on one side
        return ["mul", piece(), rng.choice([["sign", "x"], ["where", [">", "x", threshold(rng)], "1", "0"]])]
    if kind == 11:  # the old gradient of logaddexp and its like
        return ["add", ["max", "x", "0"], ["log1p", ["exp", ["neg", ["abs", "x"]]]]]
    at = threshold(rng)
    body = piece()
    shifted = substituted(body, "x", at)
    return ["where", [">", "x", at], body, ["add", shifted, ["sub", "x", at]]]  # continuous at its kink


def substituted(term: Json, name: str, value: Json) -> Json:
    """The term with a leaf replaced."""
    if isinstance(term, str):
        return value if term == name else term
    if term[0] == "where":
        relation, left, right = term[1]
        a, b, c, d = (substituted(part, name, value) for part in (left, right, term[2], term[3]))
        return ["where", [relation, a, b], c, d]
    return [term[0], *(substituted(part, name, value) for part in term[1:])]


# --- derivatives by rule ------------------------------------------------------------------


def derivative(term: Json) -> Json:
    """The derivative off the kinks: a guard of the derivative is that of the term."""
    if isinstance(term, str):
        return "1" if term == "x" else "0"
    head = term[0]
    if head == "where":
        return ["where", term[1], derivative(term[2]), derivative(term[3])]
    if head == "abs":
        return _times(["sign", term[1]], derivative(term[1]))
    if head == "sign":
        return "0"
    if head in ("max", "min"):
        relation = ">=" if head == "max" else "<="
        return ["where", [relation, term[1], term[2]], derivative(term[1]), derivative(term[2])]
    if head in ("pow", "pown"):
        return _power(term)
    parts = [derivative(part) for part in term[1:]]
    a = term[1]
    if head == "neg":
        return ["neg", parts[0]] if parts[0] != "0" else "0"
    if head in ("add", "sub"):
        return _plus(head, *parts)
    if head == "mul":
        return _plus("add", _times(parts[0], term[2]), _times(a, parts[1]))
    if head == "div":
        top = _plus("sub", _times(parts[0], term[2]), _times(a, parts[1]))
        return "0" if top == "0" else ["div", top, ["mul", term[2], term[2]]]
    return _times(_RULES[head](a, term), parts[0])


def _power(term: Json) -> Json:
    base, exponent = term[1], term[2]
    slope = derivative(base)
    n = oracle.integer_exponent(term)
    if n is not None:
        if n == 0 or slope == "0":
            return "0"
        return _times(base if n == 2 else ["pown", base, str(n - 1)], _times(str(n), slope))
    rate = _plus("add", _times(derivative(exponent), ["log", base]), ["div", _times(exponent, slope), base])
    return _times(term, rate)


def _times(a: Json, b: Json) -> Json:
    if "0" in (a, b):
        return "0"
    return b if a == "1" else a if b == "1" else ["mul", a, b]


def _plus(head: str, a: Json, b: Json) -> Json:
    if b == "0":
        return a
    if a == "0":
        return b if head == "add" else ["neg", b]
    return [head, a, b]


def _square(u: Json) -> Json:
    return ["mul", u, u]


_RULES = {
    "exp": lambda u, f: f,
    "expm1": lambda u, f: ["exp", u],
    "log": lambda u, f: ["div", "1", u],
    "log1p": lambda u, f: ["div", "1", ["add", "1", u]],
    "sqrt": lambda u, f: ["div", "0.5", f],
    "sin": lambda u, f: ["cos", u],
    "cos": lambda u, f: ["neg", ["sin", u]],
    "tan": lambda u, f: ["add", "1", _square(f)],
    "sinh": lambda u, f: ["cosh", u],
    "cosh": lambda u, f: ["sinh", u],
    "tanh": lambda u, f: ["sub", "1", _square(f)],
    "asin": lambda u, f: ["div", "1", ["sqrt", ["sub", "1", _square(u)]]],
    "acos": lambda u, f: ["neg", ["div", "1", ["sqrt", ["sub", "1", _square(u)]]]],
    "atan": lambda u, f: ["div", "1", ["add", "1", _square(u)]],
    "asinh": lambda u, f: ["div", "1", ["sqrt", ["add", _square(u), "1"]]],
    "acosh": lambda u, f: ["div", "1", ["sqrt", ["sub", _square(u), "1"]]],
    "atanh": lambda u, f: ["div", "1", ["sub", "1", _square(u)]],
    "erf": lambda u, f: ["div", ["mul", "2", ["exp", ["neg", _square(u)]]], ["sqrt", "pi"]],
    "erfc": lambda u, f: ["neg", ["div", ["mul", "2", ["exp", ["neg", _square(u)]]], ["sqrt", "pi"]]],
    "sigmoid": lambda u, f: ["mul", f, ["sub", "1", f]],
    "softplus": lambda u, f: ["sigmoid", u],
}


# --- slips of the hand --------------------------------------------------------------------

_SWAPS = {"add": ["sub", "mul"], "sub": ["add", "mul"], "mul": ["add", "div"], "div": ["mul", "sub"]}
_LIKE = {
    "sin": ["cos", "tan"],
    "cos": ["sin", "cosh"],
    "exp": ["expm1", "cosh"],
    "tanh": ["sigmoid", "erf"],
    "sigmoid": ["tanh"],
    "sqrt": ["exp"],
    "log": ["log1p"],
    "log1p": ["log"],
    "erf": ["tanh", "erfc"],
    "max": ["min"],
    "min": ["max"],
    "abs": ["sign"],
    "sign": ["abs"],
}
_RELATIONS = ["<", "<=", ">", ">="]


def positions(term: Json) -> list[tuple[int, ...]]:
    """The paths to all subterms, by index into `oracle.children`."""
    found: list[tuple[int, ...]] = [()]
    for i, part in enumerate(oracle.children(term)):
        found += [(i, *rest) for rest in positions(part)]
    return found


def replaced(term: Json, path: tuple[int, ...], change: Any) -> Json:
    """The term with change(subterm) in the place of the one at the path."""
    if not path:
        return change(term)
    parts = oracle.children(term)
    parts[path[0]] = replaced(parts[path[0]], path[1:], change)
    if term[0] == "where":
        return ["where", [term[1][0], parts[0], parts[1]], parts[2], parts[3]]
    return [term[0], *parts]


def slip(rng: Random, term: Json) -> Json:
    """One subterm changed."""
    return replaced(term, rng.choice(positions(term)), lambda node: _slipped(rng, node))


def _slipped(rng: Random, node: Json) -> Json:
    if isinstance(node, str):
        if oracle.is_number(node):
            return nudged(rng, node)
        return rng.choice(["1", ["neg", node], ["mul", node, "1.000001"], ["add", node, "1e-7"]])
    options: list[Json] = [["neg", node], ["mul", node, nudged(rng, "1")]]
    if node[0] in _SWAPS:
        options += [[head, *node[1:]] for head in _SWAPS[node[0]]]
        options += [[node[0], node[2], node[1]], node[1], node[2]]
    if node[0] in _LIKE:
        options += [[head, *node[1:]] for head in _LIKE[node[0]]]
    if node[0] == "where":
        relation, left, right = node[1]
        options += [["where", [other, left, right], *node[2:]] for other in _RELATIONS if other != relation]
        options += [["where", node[1], node[3], node[2]], node[2], node[3]]
    return rng.choice(options)


def nudged(rng: Random, literal: str) -> str:
    """A constant that is wrong: its last digit, a far digit, its sign, another one."""
    value = oracle.number(literal)
    kind = rng.randrange(5)
    if kind == 0:
        value += Fraction(1, 10 ** len(literal.partition(".")[2]))
    elif kind == 1:
        value += Fraction(1, 10 ** rng.randrange(3, 25))
    elif kind == 2:
        value = -value
    elif kind == 3:
        value *= rng.choice([2, Fraction(1, 2), Fraction(1001, 1000)])
    else:
        value = oracle.number(rng.choice(CONSTANTS))
    return decimal(value)


def decimal(value: Fraction) -> str:
    """The decimal, or the fraction where there is none that is short."""
    places = 0
    while (value * 10**places).denominator != 1:
        places += 1
        if places > 40:
            return f"{value.numerator}/{value.denominator}"
    digits = str(abs(value.numerator * 10**places // value.denominator)).rjust(places + 1, "0")
    text = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return f"-{text}" if value < 0 else text


# --- text ---------------------------------------------------------------------------------

_SYMBOLS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "pow": "**", "pown": "**"}
_OPERATORS = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div"}
_COMPARISONS = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}


def written(term: Json) -> str:
    """The formula with a parenthesis about every operation."""
    if isinstance(term, str):
        return f"({term})" if term[0] == "-" or "/" in term else term
    head = term[0]
    if head == "where":
        relation, left, right = term[1]
        parts = f"{written(left)} {relation} {written(right)}, {written(term[2])}, {written(term[3])}"
        return f"where({parts})"
    if head == "neg":
        return f"(-({written(term[1])}))"
    if head in _SYMBOLS:
        return f"({written(term[1])} {_SYMBOLS[head]} {written(term[2])})"
    return f"{head}({', '.join(written(part) for part in term[1:])})"


def read(text: str) -> Json:
    """The term that Python's parser finds in a formula."""
    return _from_tree(ast.parse(text.strip(), mode="eval").body, text.strip())


def _from_tree(node: ast.expr, text: str) -> Json:
    def inner(part: ast.expr) -> Json:
        return _from_tree(part, text)

    match node:
        case ast.BinOp(left, ast.Pow(), right):
            return power(inner(left), inner(right))
        case ast.BinOp(left, operator, right):
            return [_OPERATORS[type(operator)], inner(left), inner(right)]
        case ast.UnaryOp(ast.USub(), operand):
            return ["neg", inner(operand)]
        case ast.Constant():
            digits = ast.get_source_segment(text, node) or ""
            return f"0{digits}" if digits.startswith(".") else digits
        case ast.Name(name):
            return name
        case ast.Call(ast.Name("where"), [ast.Compare(left, [relation], [right]), then, otherwise]):
            return [
                "where",
                [_COMPARISONS[type(relation)], inner(left), inner(right)],
                inner(then),
                inner(otherwise),
            ]
        case ast.Call(ast.Name(name), parts):
            return [name, *(inner(part) for part in parts)]
    raise ValueError(f"no formula: {ast.dump(node)}")


def power(base: Json, exponent: Json) -> Json:
    """base**exponent as a formula means it: a product where the exponent is an integer made of numbers."""
    try:
        n = oracle.constant(exponent)
    except oracle.Undefined:
        n = None
    if n is None or n.denominator != 1:
        return ["pow", base, exponent]
    return ["pown", base, str(n)]


def folded(term: Json) -> Json:
    """One of several terms that mean the same: numbers by value, signs of numbers and fractions of them
    as one number."""
    if isinstance(term, str):
        return f"{oracle.number(term)}" if oracle.is_number(term) else term
    if term[0] == "where":
        relation, left, right = term[1]
        return ["where", [relation, folded(left), folded(right)], folded(term[2]), folded(term[3])]
    parts = [folded(part) for part in term[1:]]
    numbers = [Fraction(part) for part in parts if isinstance(part, str) and _is_fraction(part)]
    if term[0] == "neg" and numbers:
        return f"{-numbers[0]}"
    if term[0] == "div" and len(numbers) == 2 and numbers[1]:
        return f"{numbers[0] / numbers[1]}"
    return [term[0], *parts]


def as_read(term: Json) -> Json:
    """The term that the text of another means: `a ** n` is a product where n is an integer."""
    if isinstance(term, str):
        return term
    if term[0] == "where":
        relation, left, right = term[1]
        return ["where", [relation, as_read(left), as_read(right)], as_read(term[2]), as_read(term[3])]
    parts = [as_read(part) for part in term[1:]]
    if term[0] not in ("pow", "pown"):
        return [term[0], *parts]
    exponent = folded(parts[1])
    if isinstance(exponent, str) and exponent.lstrip("-").isdigit():
        return ["pown", parts[0], exponent]
    return ["pow", *parts]  # also where a digit of an integer exponent was changed


def _is_fraction(text: str) -> bool:
    return text.lstrip("-").replace("/", "").isdigit()
