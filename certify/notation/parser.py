"""Formulas from text: a plain infix language, read once from left to right.

    sum      := product (("+" | "-") product)*
    product  := signed (("*" | "/") signed)*
    signed   := "-" signed | power
    power    := atom ("**" signed)?
    atom     := number | name | name "(" sum ("," sum)* ")" | "(" sum ")"
              | "where" "(" sum relation sum "," sum "," sum ")"

`-x**2` is -(x**2) and `2**3**2` is 2**(3**2), as in Python.  Numbers are exact decimals;
`1/3` is a division of two of them.  `a**b` is a product where b is an integer made of numbers
alone, else pow(a, b), which is exp(b*log(a)).  Every error names its column, counted from 1, and has
the formula with a caret under that as its notes.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import NamedTuple

from certify.language.errors import NumberError, ParseError, TermError
from certify.language.functions import CONSTANTS, RELATIONS, arity
from certify.language.names import FUNCTION_NAMES, OPERATORS, RESERVED
from certify.language.numbers import parse_number
from certify.language.terms import (
    MAX_DEPTH,
    Apply,
    Constant,
    Parameter,
    Rational,
    Term,
    Where,
    X,
    Y,
    check_size,
    written_power,
)
from certify.notation.abbreviations import ABBREVIATIONS
from certify.notation.habits import dotted, of_character, of_name
from certify.notation.hints import or_near
from certify.notation.place import pointed

MAX_TEXT = 20_000

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<symbol>\*\*|<=|>=|[-+*/(),<>]))",
    re.ASCII,
)


class Token(NamedTuple):
    """A token and the column, from 1, at which it starts."""

    kind: str  # number, name, symbol or end
    text: str
    column: int


def parse(
    text: str,
    parameters: Collection[str] = (),
    definitions: Mapping[str, Term] | None = None,
    *,
    output: bool = False,
) -> Term:
    """The term that `text` writes.

    parameters   names that stand for parameters
    definitions  names that stand for terms, put in their place
    output       whether `y`, the forward output, may occur (a derivative)

    Raises ParseError with a column, also for what is too long, too deep or too large; its notes show the
    place in the text.
    """
    try:
        return _parsed(text, frozenset(parameters), definitions or {}, output)
    except ParseError as error:
        for line in pointed(text, error.column) if text.strip() else ():
            error.add_note(line)
        raise


def _parsed(text: str, parameters: frozenset[str], definitions: Mapping[str, Term], output: bool) -> Term:
    if len(text) > MAX_TEXT:
        raise ParseError(1, f"a formula of {len(text)} characters, at most {MAX_TEXT} are read")
    reader = _Reader(_tokens(text), parameters, definitions, output)
    term = reader.sum()
    reader.expect_end()
    try:
        check_size(term)
    except TermError as error:
        raise ParseError(1, str(error)) from error
    return term


def _tokens(text: str) -> list[Token]:
    tokens: list[Token] = []
    position = 0
    end = len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if not match or match.lastgroup is None:
            at = position + len(text[position:]) - len(text[position:].lstrip())
            raise _unexpected(text, at)
        tokens.append(Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup) + 1))
        position = match.end()
    tokens.append(Token("end", "the end", end + 1))
    return tokens


def _unexpected(text: str, at: int) -> ParseError:
    """The error of a character that is part of no token."""
    python = dotted(text, at, (*RESERVED, *CONSTANTS)) if text[at] == "." else None
    if python is not None:
        start, said = python
        return ParseError(start + 1, said)
    return ParseError(at + 1, f"unexpected character {text[at]!r}{of_character(text, at)}")


def _short(text: str) -> str:
    """The text, or its beginning where it is long."""
    return text if len(text) <= 40 else f"{text[:37]}..."


class _Reader:
    """One pass over the tokens; each method reads the rule of its name."""

    def __init__(
        self,
        tokens: list[Token],
        parameters: frozenset[str],
        definitions: Mapping[str, Term],
        output: bool,
    ) -> None:
        self.tokens = tokens
        self.position = 0
        self.depth = 0
        self.open: list[int] = []  # the columns of the brackets that are open
        self.parameters = parameters
        self.definitions = definitions
        self.output = output

    @property
    def token(self) -> Token:
        return self.tokens[self.position]

    def take(self) -> Token:
        token = self.token
        if token.text == "(":
            self.open.append(token.column)
        elif token.text == ")":
            self.open.pop()
        self.position += 1
        return token

    def at(self, *symbols: str) -> bool:
        return self.token.kind == "symbol" and self.token.text in symbols

    def expect(self, symbol: str) -> None:
        if not self.at(symbol):
            raise self.unexpected(f"expected {symbol!r}")
        self.take()

    def expect_end(self) -> None:
        if self.token.kind != "end":
            raise self.unexpected("expected an operator or the end")

    def unexpected(self, expected: str) -> ParseError:
        token = self.token
        found = token.text if token.kind == "end" else repr(_short(token.text))
        return ParseError(token.column, f"{expected}, found {found}{self.hint()}")

    def hint(self) -> str:
        """What a token that does not fit, after the one before it, may have been meant for."""
        token = self.token
        if self.position and (token.kind in ("name", "number") or token.text == "("):
            before = self.tokens[self.position - 1]
            meant = of_name(token.text) if token.kind == "name" and token.text not in RESERVED else ""
            if meant or (before.kind not in ("name", "number") and before.text != ")"):
                return meant
            if before.kind == "number" and token.text[0] == "_":
                return ": digits stand without _ between them"
            left, right = ("(...)" if t.text in "()" else _short(t.text) for t in (before, token))
            return f": a product is written {left}*{right}"
        if token.text == "/" and self.position and self.tokens[self.position - 1].text == "/":
            return ": there is no integer division"
        if token.text == ")" and not self.open:
            return ": no '(' is open"
        if token.text == "," and not self.open:
            return ": decimals have a point"
        if self.open and token.kind == "end":
            return f": the '(' at column {self.open[-1]} is not closed"
        return ""

    def nest(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ParseError(self.token.column, f"a formula nested more than {MAX_DEPTH} deep")

    def sum(self) -> Term:
        self.nest()
        term = self.product()
        while self.at("+", "-"):
            name = OPERATORS[self.take().text]
            term = Apply(name, (term, self.product()))
        self.depth -= 1
        return term

    def product(self) -> Term:
        term = self.signed()
        while self.at("*", "/"):
            name = OPERATORS[self.take().text]
            term = Apply(name, (term, self.signed()))
        return term

    def signed(self) -> Term:
        if not self.at("-"):
            return self.power()
        self.take()
        self.nest()
        term = self.signed()
        self.depth -= 1
        return Rational(-term.value) if isinstance(term, Rational) else Apply("neg", (term,))

    def power(self) -> Term:
        base = self.atom()
        if not self.at("**"):
            return base
        self.take()
        self.nest()
        exponent = self.signed()
        self.depth -= 1
        return written_power(base, exponent)

    def atom(self) -> Term:
        if self.at("("):
            self.take()
            term = self.sum()
            if not self.at(")"):
                raise self.unexpected("expected ')' or an operator")
            self.take()
            return term
        token = self.token
        if token.kind == "number":
            return self.number(self.take())
        if token.kind == "name":
            return self.name(self.take())
        raise self.unexpected("expected a number, a name or '('")

    def number(self, token: Token) -> Term:
        try:
            whole, dot, rest = token.text.partition(".")
            # `.5` and `1.` are read as Python reads them
            padded = (whole or "0") + dot + ("0" + rest if dot and not rest[:1].isdigit() else rest)
            return Rational(parse_number(padded))
        except NumberError as error:
            raise ParseError(token.column, str(error)) from error

    def name(self, token: Token) -> Term:
        text = token.text
        if self.at("("):
            return self.call(token)
        if text in self.definitions:
            return self.definitions[text]
        if text in self.parameters:
            return Parameter(text)
        if text == "x":
            return X
        if text == "y":
            if self.output:
                return Y
            raise ParseError(token.column, "y, the forward output, has a meaning only in a derivative")
        if text in CONSTANTS:
            return Constant(text)
        if text in RESERVED:
            argument = self.token.text if self.token.kind in ("name", "number") else "..."
            raise ParseError(token.column, f"{text} is a function: write {text}({_short(argument)})")
        raise ParseError(token.column, f"unknown name {_short(text)!r}{self.meant(text)}")

    def meant(self, name: str) -> str:
        """What a name that is not known may have been meant for."""
        if of_name(name):
            return of_name(name)
        near = or_near(name, self.known(), most=2) if len(name) > 1 else ""
        variable = "the variable is x; " if len(name) == 1 else ""
        stated = f"--param {_short(name)}=VALUE, or among the parameters of an entry or a call"
        return near or f": {variable}a parameter has to be stated, {stated}"

    def known(self) -> list[str]:
        return [*RESERVED, *self.parameters, *self.definitions]

    def no_function(self, name: str) -> str:
        """Why a name before a bracket is no function, and what it may have been meant for."""
        if name in ("x", "y", *CONSTANTS, *self.parameters, *self.definitions):
            return f"{name} is no function: a product is written {name}*(...)"
        near = or_near(name, [*FUNCTION_NAMES, *ABBREVIATIONS, "where"], most=2)
        return f"unknown function {_short(name)!r}{of_name(name) or near}"

    def call(self, token: Token) -> Term:
        if token.text == "where":
            return self.where()
        short = ABBREVIATIONS.get(token.text)
        wanted = 1 if short else arity(token.text) if token.text in FUNCTION_NAMES else None
        if wanted is None:
            raise ParseError(token.column, self.no_function(token.text))
        self.expect("(")
        arguments = [self.sum()]
        while self.at(","):
            self.take()
            arguments.append(self.sum())
        if not self.at(")"):
            raise self.unexpected("expected ')', ',' or an operator")
        self.take()
        if len(arguments) != wanted:
            plural = "argument" if wanted == 1 else "arguments"
            base = ": log(a)/log(b), log2(a) or log10(a)" if token.text == "log" else ""
            said = f"{token.text} takes {wanted} {plural}, found {len(arguments)}{base}"
            raise ParseError(token.column, said)
        return short(arguments[0]) if short else Apply(token.text, tuple(arguments))

    def where(self) -> Term:
        self.expect("(")
        left = self.sum()
        if not self.at(*RELATIONS):
            raise self.unexpected("expected a comparison <, <=, > or >=")
        relation = self.take().text
        right = self.sum()
        self.expect(",")
        then = self.sum()
        self.expect(",")
        otherwise = self.sum()
        self.expect(")")
        return Where(relation, left, right, then, otherwise)
