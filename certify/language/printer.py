"""Terms as text, with the fewest parentheses that read back as the same term."""

from __future__ import annotations

from certify.language.numbers import format_decimal, format_number
from certify.language.terms import (
    Apply,
    Constant,
    Output,
    Parameter,
    Rational,
    Term,
    Variable,
    Where,
    written_power,
)

SHORT = 24  # a literal is written as it was read, a decimal, up to this length

_SUM, _PRODUCT, _SIGNED, _POWER, _ATOM = range(5)

# operator: symbol, its own level, the least level of its left and of its right operand
_INFIX = {
    "add": (" + ", _SUM, _SUM, _PRODUCT),
    "sub": (" - ", _SUM, _SUM, _PRODUCT),
    "mul": ("*", _PRODUCT, _PRODUCT, _SIGNED),
    "div": ("/", _PRODUCT, _PRODUCT, _SIGNED),
    "pow": ("**", _POWER, _ATOM, _SIGNED),
    "pown": ("**", _POWER, _ATOM, _SIGNED),
}


def print_term(term: Term) -> str:
    """The infix text of a term."""
    return _print(term)[0]


def _print(term: Term) -> tuple[str, int]:
    if isinstance(term, Rational):
        decimal = format_decimal(term.value)
        text = decimal if decimal and len(decimal) <= SHORT else format_number(term.value)
        if "/" in text:
            return text, _PRODUCT
        return text, _SIGNED if term.value < 0 else _ATOM
    if isinstance(term, Variable):
        return "x", _ATOM
    if isinstance(term, Output):
        return "y", _ATOM
    if isinstance(term, Constant | Parameter):
        return term.name, _ATOM
    if isinstance(term, Where):
        condition = f"{print_term(term.left)} {term.relation} {print_term(term.right)}"
        return f"where({condition}, {print_term(term.then)}, {print_term(term.otherwise)})", _ATOM
    return _print_apply(term)


def _print_apply(term: Apply) -> tuple[str, int]:
    if term.function == "neg":
        inner = _at_least(term.arguments[0], _SIGNED)
        # "-2" reads back as a literal, so a negated literal keeps its parentheses
        literal = isinstance(term.arguments[0], Rational)
        return (f"-({inner})" if literal else f"-{inner}"), _SIGNED
    # pow(x, 2), as a guard's branch leaves it, is no product as x**2 is: it is written as a call
    as_call = term.function == "pow" and written_power(*term.arguments).function == "pown"
    if term.function in _INFIX and not as_call:
        symbol, level, left, right = _INFIX[term.function]
        a, b = term.arguments
        return _at_least(a, left) + symbol + _at_least(b, right), level
    inner = ", ".join(print_term(argument) for argument in term.arguments)
    return f"{term.function}({inner})", _ATOM


def _at_least(term: Term, level: int) -> str:
    text, own = _print(term)
    return text if own >= level else f"({text})"


def printable(text: object) -> str:
    """The text with every character that is not printable, line ends among them, as an escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in str(text))
