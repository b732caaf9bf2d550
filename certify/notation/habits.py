"""What people write by habit, from mathematics, Python or elsewhere, and what is written here in its place.

Each function returns a hint that follows what was found, such as ": write log(...)", or nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

_STEPS = "it has a jump at every step: write its pieces with where(...), and except the jumps as kinks"

# By name, in lower case; a name that ends in "(" is written with the same arguments.
_NAMES = {
    "absolute": "abs(",
    "fabs": "abs(",
    "arccos": "acos(",
    "arccosh": "acosh(",
    "arcosh": "acosh(",
    "arcsin": "asin(",
    "arcsinh": "asinh(",
    "arsinh": "asinh(",
    "arctan": "atan(",
    "arctanh": "atanh(",
    "artanh": "atanh(",
    "tg": "tan(",
    "expit": "sigmoid(",
    "logistic": "sigmoid(",
    "gammaln": "lgamma(",
    "loggamma": "lgamma(",
    "lg": "log10(",
    "ln": "log(",
    "ln1p": "log1p(",
    "maximum": "max(",
    "minimum": "min(",
    "fmax": "max(",
    "fmin": "min(",
    "power": "pow(",
    "psi": "digamma(",
    "phi": "ndtr(",
    "normcdf": "ndtr(",
    "sgn": "sign(",
    "cbrt": "where(x > 0, pow(x, 1/3), -pow(-x, 1/3)), with 0 left out of the domain",
    "cot": "1/tan(x)",
    "coth": "1/tanh(x)",
    "csc": "1/sin(x)",
    "sec": "1/cos(x)",
    "csch": "1/sinh(x)",
    "sech": "1/cosh(x)",
    "clamp": "min(max(x, a), b)",
    "clip": "min(max(x, a), b)",
    "elu": "where(x > 0, x, exp(x) - 1)",
    "gelu": "x*ndtr(x)",
    "heaviside": "where(x > 0, 1, 0)",
    "step": "where(x > 0, 1, 0)",
    "logaddexp": "log(exp(a) + exp(b))",
    "logsigmoid": "-softplus(-x)",
    "mish": "x*tanh(softplus(x))",
    "relu": "max(x, 0)",
    "relu6": "min(max(x, 0), 6)",
    "silu": "x*sigmoid(x)",
    "swish": "x*sigmoid(x)",
    "softsign": "x/(1 + abs(x))",
    "if": "where(x > 0, a, b)",
    "else": "where(x > 0, a, b)",
    "lambda": "the formula alone, without 'lambda x:'",
    "return": "the formula alone",
    "def": "the formula alone",
}
_SAID = {
    "ceil": _STEPS,
    "floor": _STEPS,
    "round": _STEPS,
    "trunc": _STEPS,
    "inf": "a formula is of finite numbers",
    "infinity": "a formula is of finite numbers",
    "nan": "a formula is of real numbers",
    "j": "a formula is of real numbers",
    "and": "a where in a branch of a where stands for it",
    "or": "a where in a branch of a where stands for it",
    "not": "turn the comparison round",
}

_SYMBOLS = {
    "^": "powers are written **",
    "|": "the absolute value is abs(...)",
    "[": "brackets are ( and )",
    "]": "brackets are ( and )",
    "{": "brackets are ( and )",
    "}": "brackets are ( and )",
    "%": "there is no remainder",
    "!": "there is no factorial; n! is gamma(n + 1)",
    ":": "write the formula alone",
    ";": "one formula",
    "'": "the derivative is a formula of its own",
    "\u00b0": "angles are in radians, x*pi/180",
    "\u2212": "write -",
    "\u2010": "write -",
    "\u2011": "write -",
    "\u2013": "write -",
    "\u2014": "write -",
    "\u00d7": "write *",
    "\u00b7": "write *",
    "\u22c5": "write *",
    "\u2217": "write *",
    "\u2219": "write *",
    "\u00f7": "write /",
    "\u2215": "write /",
    "\u2044": "write /",
    "\u2264": "write <=",
    "\u2265": "write >=",
    "\u221a": "write sqrt(...)",
    "\u221e": "a formula is of finite numbers",
    "\u03c3": "write sigmoid",
    "\u03a6": "write ndtr",
}

_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+", re.ASCII)


def of_name(name: str) -> str:
    """What a name that is not known may be, or nothing."""
    if name.lower() in _SAID:
        return f": {_SAID[name.lower()]}"
    written = _NAMES.get(name.lower())
    if written is not None:
        return f": write {written}{'...)' if written.endswith('(') else ''}"
    if re.fullmatch(r"[xy][0-9]+", name):
        return f": write {name[0]}*{name[1:]} or {name[0]}**{name[1:]}"
    return ""


def of_character(text: str, at: int) -> str:
    """What a character that no formula holds may be, or nothing."""
    if text[at] == "^" and re.search(r"(^|[^\w.])e\s*$", text[:at], re.ASCII):
        return ": write exp(...), powers are written **"
    if text[at] == "=":
        return f": {_of_equals(text, at)}"
    if text[at] in _SYMBOLS and (at or text[at] != "'"):
        return f": {_SYMBOLS[text[at]]}"
    raised = _raised(text[at:])
    if raised:
        return f": write **{raised}"
    return _of_letter(text[at])


def _of_equals(text: str, at: int) -> str:
    if text[at + 1 : at + 2] == "=" or "where" in text[:at]:
        return "a condition, in where(...), compares by <, <=, > or >="
    return "write the right side alone"


def _raised(text: str) -> str:
    """2 or -1, of the superscripts that a text begins with; nothing where it begins with none."""
    digits = ""
    for character in text:
        if not unicodedata.decomposition(character).startswith("<super>"):
            break
        digits += unicodedata.normalize("NFKC", character)
    digits = digits.replace("\u2212", "-")
    return digits if re.fullmatch(r"-?[0-9]+", digits, re.ASCII) else ""


def _of_letter(character: str) -> str:
    """The ASCII that a character stands for, or the name of a Greek letter."""
    if character.isascii():
        return ""
    plain = unicodedata.normalize("NFKC", character)
    if plain.isascii() and plain.isprintable() and plain.strip():
        return f": write {plain}"
    if unicodedata.category(character) == "Nd":
        return f": write {unicodedata.digit(character)}"
    name = unicodedata.name(character, "")
    greek = re.fullmatch(r"GREEK (?:SMALL|CAPITAL) LETTER (\w+)", unicodedata.name(plain[:1], ""))
    if greek:
        return f": write {greek[1].lower()}" if greek[1] == "PI" else f": names are ASCII, {greek[1].lower()}"
    if "MINUS" in name or "HYPHEN" in name or "DASH" in name:
        return ": write -"
    return f", {name}" if name else ""


def dotted(text: str, at: int, known: Collection[str]) -> tuple[int, str] | None:
    """Where a Python name with dots, of which a dot stands at a place of the text, begins, and what is
    written here for it; None where there is none."""
    for match in _DOTTED.finditer(text):
        if match.start() < at < match.end():
            last = match[0].rpartition(".")[2]
            hint = f": write {last}" if last in known else of_name(last) or ": names have no dots"
            call = "(...)" if last in known and text[match.end() :].lstrip().startswith("(") else ""
            return match.start(), f"{match[0]!r} is a name of Python{hint}{call}"
    return None
