"""Terms as Coq expressions over the reals, and back: one text for each term.

The text has the fewest parentheses that Coq needs, and these besides: about a unary minus,
an inverse and a fraction wherever they stand inside something, and about the divisor where
two natural numbers are divided, so that `(1 / 3)` is the number and `1 / (3)` the division.  A
negative integer power a**-n is `(/ a ^ n)`.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

from certify.formal.vocabulary import CONSTANTS, DECISIONS, FUNCTIONS, INFIX, POWER, escape, unescape
from certify.language.errors import UsageError
from certify.language.printer import print_term
from certify.language.terms import (
    Apply,
    Constant,
    Parameter,
    Rational,
    Term,
    Where,
    X,
    literal_exponent,
)


class NotExported(UsageError):
    """What cannot be written in Coq, or is beyond what the proofs reach."""


_SIGNED, _SUM, _PRODUCT, _POWER, _APPLICATION, _ATOM = range(6)
_LEVELS = {"add": _SUM, "sub": _SUM, "mul": _PRODUCT, "div": _PRODUCT}


def write(term: Term) -> str:
    """The Coq expression of a term without y; NotExported for one that has none."""
    return _write(term)[0]


def _write(term: Term) -> tuple[str, int]:
    match term:
        case Rational(value):
            return _number(value), _ATOM
        case Constant(name):
            return CONSTANTS[name], _ATOM
        case Parameter(name):
            return escape(name), _ATOM
        case Where():
            condition = f"{DECISIONS[term.relation]} {_inside(term.left)} {_inside(term.right)}"
            return f"(if {condition} then {write(term.then)} else {write(term.otherwise)})", _ATOM
        case Apply("neg", (inner,)):
            return f"- {_inside(inner, bare=False)}", _SIGNED
        case Apply("pown", (base, _)):
            return _power(base, literal_exponent(term))
        case Apply("pow", (base, exponent)):
            return f"{POWER} {_inside(base)} {_inside(exponent)}", _APPLICATION
        case Apply(name, (left, right)) if name in INFIX:
            level = _LEVELS[name]
            first = _inside(left, level)
            second = _inside(right, level + 1, bare=not (name == "div" and first.isdigit()))
            return f"{first} {INFIX[name]} {second}", level
        case Apply(name, arguments) if name in FUNCTIONS:
            return " ".join((FUNCTIONS[name], *map(_inside, arguments))), _APPLICATION
    if term == X:
        return "x", _ATOM
    raise NotExported(f"{print_term(term)} cannot be written in Coq")


def _inside(term: Term, level: int = _ATOM, *, bare: bool = True) -> str:
    """The text as part of another; bare=False puts a natural number in parentheses too."""
    text, own = _write(term)
    if own < level or (not bare and text.isdigit()):
        return f"({text})"
    return text


def _number(value: Fraction) -> str:
    if value.denominator != 1:
        return f"({value.numerator} / {value.denominator})"
    return str(value.numerator) if value >= 0 else f"({value.numerator})"


def _power(base: Term, n: int) -> tuple[str, int]:
    if n < 0:
        return f"/ {_inside(base)} ^ {-n}", _SIGNED
    return f"{_inside(base)} ^ {n}", _POWER


# --- reading ----------------------------------------------------------------------------

_TOKEN = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_']*|[0-9]+|<=|<>|->|/\\|:=|[-+*/^()<>:,.~])")
_RELATIONS = {name: relation for relation, name in DECISIONS.items()}
_PRIMITIVES = {name: primitive for primitive, name in FUNCTIONS.items()}
_NAMED = {name: constant for constant, name in CONSTANTS.items()}
_OPERATORS = {symbol: name for name, symbol in INFIX.items()}
_BINARY = frozenset(("min", "max", "pow"))


def tokens(text: str) -> list[str]:
    """The words and symbols of a text; UsageError for anything else."""
    found = []
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if not match:
            raise UsageError(f"unexpected text {text[position : position + 20]!r}")
        found.append(match[1])
        position = match.end()
    return found


def read(text: str, parameters: tuple[str, ...] = ()) -> Term:
    """The term of a Coq expression over x and the parameters; UsageError where write() makes
    no such text."""
    reader = CoqReader(tokens(text), parameters)
    term = reader.expression()
    reader.expect_end()
    return term


class _Literal(NamedTuple):
    """A fraction's tokens: sign, numerator, denominator."""

    value: Fraction
    length: int


class CoqReader:
    """One pass over the tokens, by Coq's own precedences."""

    def __init__(self, found: list[str], parameters: tuple[str, ...] = ()) -> None:
        self.tokens = found
        self.position = 0
        self.parameters = parameters

    def ahead(self, distance: int = 0) -> str:
        """The token that far ahead; empty beyond the end."""
        at = self.position + distance
        return self.tokens[at] if at < len(self.tokens) else ""

    def take(self) -> str:
        token = self.ahead()
        self.position += 1
        return token

    def accept(self, *words: str) -> bool:
        """Whether the next tokens are these; if so they are taken."""
        if any(self.ahead(i) != word for i, word in enumerate(words)):
            return False
        self.position += len(words)
        return True

    def expect(self, *words: str) -> None:
        for word in words:
            if not self.accept(word):
                raise self.unexpected(word)

    def expect_end(self) -> None:
        if self.ahead():
            raise self.unexpected("the end")

    def unexpected(self, wanted: str) -> UsageError:
        return UsageError(f"expected {wanted}, found {self.ahead() or 'the end'}")

    def expression(self) -> Term:
        """Level 50: sums; a sign only before the whole."""
        if self.accept("-"):
            return Apply("neg", (self.operand(),))
        if self.accept("/"):
            return self._inverse()
        term = self._product()
        while self.ahead() in ("+", "-"):
            term = Apply(_OPERATORS[self.take()], (term, self._product()))
        return term

    def _product(self) -> Term:
        term = self._raised()
        while self.ahead() in ("*", "/"):
            term = Apply(_OPERATORS[self.take()], (term, self._raised()))
        return term

    def _raised(self) -> Term:
        base = self._application()
        return Apply("pown", (base, self._exponent(1))) if self.accept("^") else base

    def _inverse(self) -> Term:
        base = self.operand()
        self.expect("^")
        return Apply("pown", (base, self._exponent(-1)))

    def _exponent(self, sign: int) -> Rational:
        if not self.ahead().isdigit():
            raise self.unexpected("an exponent")
        return Rational(Fraction(sign * int(self.take())))

    def _application(self) -> Term:
        word = self.ahead()
        if word == POWER or word in _PRIMITIVES:
            name = _PRIMITIVES.get(self.take(), "pow")
            count = 2 if name in _BINARY else 1
            return Apply(name, tuple(self.operand() for _ in range(count)))
        return self.operand()

    def operand(self) -> Term:
        """A number, a name, or an expression in parentheses."""
        if self.ahead() == "(":
            return self._parenthesis()
        word = self.take()
        if word.isdigit():
            return Rational(Fraction(int(word)))
        if word == "x":
            return X
        if word in _NAMED:
            return Constant(_NAMED[word])
        if unescape(word) in self.parameters and escape(unescape(word)) == word:
            return Parameter(unescape(word))
        self.position -= 1
        raise self.unexpected("an operand")

    def _parenthesis(self) -> Term:
        literal = self._literal()
        if literal:
            self.position += literal.length
            return Rational(literal.value)
        self.expect("(")
        term = self._choice() if self.accept("if") else self.expression()
        self.expect(")")
        return term

    def _literal(self) -> _Literal | None:
        """`(-n)`, `(n / m)` or `(-n / m)` in lowest terms, if that stands next."""
        signed = self.ahead(1) == "-"
        at = 2 if signed else 1
        if not self.ahead(at).isdigit():
            return None
        numerator = int(self.ahead(at)) * (-1 if signed else 1)
        if signed and self.ahead(at + 1) == ")":
            return _Literal(Fraction(numerator), at + 2)
        if self.ahead(at + 1) != "/" or not self.ahead(at + 2).isdigit() or self.ahead(at + 3) != ")":
            return None
        denominator = int(self.ahead(at + 2))
        if denominator < 2 or Fraction(numerator, denominator).denominator != denominator:
            raise self.unexpected("a fraction in lowest terms")
        return _Literal(Fraction(numerator, denominator), at + 4)

    def _choice(self) -> Term:
        word = self.take()
        if word not in _RELATIONS:
            raise UsageError(f"expected a decision, found {word}")
        left, right = self.operand(), self.operand()
        self.expect("then")
        then = self.expression()
        self.expect("else")
        return Where(_RELATIONS[word], left, right, then, self.expression())
