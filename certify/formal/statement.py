"""What an exported theorem says, as records, as Coq text, and read back from the text.

Coq's division, ln and sqrt are total: 1/0 and sqrt(-1) have values, and identities about
them can be proved that the certificate does not claim.  So every clause says first that the
divisors of f and s are not 0 and the arguments of ln, sqrt and Rpower are positive.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

from certify.formal.expression import CoqReader, tokens, write
from certify.formal.vocabulary import escape, unescape
from certify.language.errors import UsageError
from certify.language.side_conditions import SideCondition, side_conditions
from certify.language.spec import LINE, Range
from certify.language.terms import (
    Apply,
    Rational,
    Term,
    X,
    substitute,
    subterms,
)


class Holds(NamedTuple):
    """For every x of the interval: the conditions, and f'(x) = s(x)."""

    where: Range
    conditions: tuple[SideCondition, ...]


class HoldsAt(NamedTuple):
    """The conditions at one point, and f' = s there."""

    at: Fraction
    conditions: tuple[SideCondition, ...]


class NoDerivative(NamedTuple):
    """f has no derivative at a point, if the two slopes differ; None where they are numbers."""

    at: Fraction
    slopes: tuple[Term, Term] | None


class Within(NamedTuple):
    """For every x of the interval: the conditions, and |f'(x) - s(x)| <= atol + rtol*|f'(x)|."""

    where: Range
    conditions: tuple[SideCondition, ...]
    atol: Fraction
    rtol: Fraction


class Fails(NamedTuple):
    """The conditions at one point, and that s is not f' there."""

    at: Fraction
    conditions: tuple[SideCondition, ...]


Clause = Holds | HoldsAt | NoDerivative | Within | Fails


class Statement(NamedTuple):
    """A theorem: for all values of the parameters in their ranges, every clause."""

    name: str  # an identifier
    parameters: tuple[tuple[str, Range], ...]
    function: Term
    derivative: Term
    clauses: tuple[Clause, ...]

    @property
    def theorem(self) -> str:
        """The theorem's own name, which tells its kind: correct, within or refuted."""
        kinds = {Within: "within", Fails: "refuted"}
        return f"{self.name}_{kinds.get(type(self.clauses[0]), 'correct')}"


# --- conditions -------------------------------------------------------------------------


def conditions(*terms: Term) -> tuple[SideCondition, ...]:
    """What makes guard-free terms defined, innermost first, each condition once; a divisor or
    an argument that is a number is left to the reader."""
    found: dict[SideCondition, None] = {}
    for term in terms:
        for node in reversed(list(subterms(term))):
            if isinstance(node, Apply):
                found |= dict.fromkeys(c for c in side_conditions(node) if not _is_plain(c))
    return tuple(found)


def _is_plain(condition: SideCondition) -> bool:
    """Whether it is about a number, and true."""
    term = condition.term
    return isinstance(term, Rational) and (term.value > 0 or (not condition.positive and term.value != 0))


def at_point(found: tuple[SideCondition, ...], at: Fraction) -> tuple[SideCondition, ...]:
    """The conditions with a number in the place of x; those about numbers alone stay out."""
    placed = (SideCondition(place(c.term, at), c.positive) for c in found)
    return tuple(dict.fromkeys(c for c in placed if not _is_plain(c)))


def place(term: Term, at: Fraction) -> Term:
    """The term with a number in the place of x."""
    return substitute(term, lambda leaf: Rational(at) if leaf == X else leaf)


# --- writing ----------------------------------------------------------------------------


def write_statement(statement: Statement) -> str:
    """The definitions of f and s and the theorem, up to the period before its proof."""
    name, parameters = statement.name, statement.parameters
    binder = f" ({' '.join(escape(p) for p, _ in parameters)} : R)" if parameters else ""
    ranges = [text for p, values in parameters if (text := write_range(escape(p), values))]
    lines = [
        f"Definition f_{name}{binder} (x : R) : R :=\n  {write(statement.function)}.",
        f"Definition s_{name}{binder} (x : R) : R :=\n  {write(statement.derivative)}.",
        "",
        f"Theorem {statement.theorem}{binder} :{''.join(f' {text} ->' for text in ranges)}",
    ]
    clauses = [_write_clause(statement, clause) for clause in statement.clauses]
    if len(clauses) > 1:
        clauses = [f"({clause})" for clause in clauses]
    return "\n".join(lines) + "\n  " + " /\\\n  ".join(clauses) + "."


def write_range(name: str, values: Range) -> str:
    """`0 < eps`, `-1 <= x < 1`; empty for the whole line."""
    low = "" if values.low is None else f"{_number(values.low)} {'<=' if values.closed[0] else '<'} "
    high = "" if values.high is None else f" {'<=' if values.closed[1] else '<'} {_number(values.high)}"
    return f"{low}{name}{high}" if low or high else ""


def _number(value: Fraction) -> str:
    return write(Rational(value))


def applied(statement: Statement, letter: str) -> str:
    """`f_name` or `(f_name alpha)`: the function of x alone."""
    words = " ".join((f"{letter}_{statement.name}", *(escape(p) for p, _ in statement.parameters)))
    return f"({words})" if statement.parameters else words


def _write_clause(statement: Statement, clause: Clause) -> str:
    f, s = applied(statement, "f"), applied(statement, "s").strip("()")
    match clause:
        case NoDerivative(at, slopes):
            claim = f"~ ex_derive {f} {_number(at)}"
            return claim if slopes is None else f"{write(slopes[0])} <> {write(slopes[1])} -> {claim}"
        case HoldsAt(at, needed):
            claim = f"is_derive {f} {_number(at)} ({s} {_number(at)})"
            return " /\\ ".join((*map(write_condition, needed), claim))
        case Fails(at, needed):
            claim = f"~ is_derive {f} {_number(at)} ({s} {_number(at)})"
            return " /\\ ".join((*map(write_condition, needed), claim))
        case Holds(where, needed):
            claim = f"is_derive {f} x ({s} x)"
        case Within(where, needed, atol, rtol):
            relative = f" + {_number(rtol)} * Rabs d" if rtol else ""
            claim = f"exists d : R, is_derive {f} x d /\\ Rabs (d - {s} x) <= {_number(atol)}{relative}"
    hypothesis = write_range("x", where)
    arrow = f" {hypothesis} ->" if hypothesis else ""
    parts = [*map(write_condition, needed), claim]
    return f"forall x : R,{arrow}\n    " + " /\\\n    ".join(parts)


def write_condition(condition: SideCondition) -> str:
    """`0 < a` or `a <> 0`."""
    text = write(condition.term)
    return f"0 < {text}" if condition.positive else f"{text} <> 0"


# --- reading ----------------------------------------------------------------------------


def read_statement(text: str) -> Statement:
    """What the definitions and the theorem of a .v text say, whatever its proof; UsageError
    where write_statement() makes no such text."""
    function = _definition(text, "f_")
    derivative = _definition(text, "s_")
    if function[0] != derivative[0] or function[1] != derivative[1]:
        raise UsageError("f and s have different names or parameters")
    return _Theorem(text, *function, derivative[2]).read()


def _vernacular(text: str, start: str) -> str:
    """The one sentence that begins with `start`, without its period."""
    found = [i for i in range(len(text)) if text.startswith(start, i) and text[i - 1 : i] in ("", "\n")]
    if len(found) != 1:
        raise UsageError(f"{len(found)} sentences begin with {start!r}, needed 1")
    end = f"{text}\n".find(".\n", found[0])
    if end < 0:
        raise UsageError("a sentence without an end")
    return text[found[0] : end]


def _definition(text: str, prefix: str) -> tuple[str, tuple[str, ...], Term]:
    reader = CoqReader(tokens(_vernacular(text, f"Definition {prefix}")))
    reader.expect("Definition")
    name = reader.take().removeprefix(prefix)
    parameters = _binder(reader)
    reader.expect("(", "x", ":", "R", ")", ":", "R", ":=")
    reader.parameters = parameters
    term = reader.expression()
    reader.expect_end()
    return name, parameters, term


def _binder(reader: CoqReader) -> tuple[str, ...]:
    """`(alpha eps : R)` if it stands next, but not `(x : R)`."""
    if reader.ahead() != "(" or reader.ahead(1) == "x":
        return ()
    reader.expect("(")
    names = []
    while reader.ahead() not in (":", ""):
        names.append(unescape(reader.take()))
    reader.expect(":", "R", ")")
    return tuple(names)


class _Theorem:
    """The reader of a theorem whose definitions are known."""

    def __init__(
        self, text: str, name: str, parameters: tuple[str, ...], function: Term, derivative: Term
    ) -> None:
        self.name, self.parameters = name, parameters
        self.function, self.derivative = function, derivative
        self.reader = CoqReader(tokens(_vernacular(text, "Theorem ")), parameters)
        stub = Statement(name, tuple((p, LINE) for p in parameters), function, derivative, ())
        self.f, self.s = tokens(applied(stub, "f")), tokens(applied(stub, "s").strip("()"))

    def read(self) -> Statement:
        reader = self.reader
        reader.expect("Theorem")
        theorem = reader.take()
        if _binder(reader) != self.parameters:
            raise UsageError("the theorem has other parameters than f")
        reader.expect(":")
        ranges = tuple((p, self._hypothesis(escape(p))) for p in self.parameters)
        clauses = [self._clause_in_parentheses() or self._clause()]
        while reader.accept("/\\"):
            clauses.append(self._clause_in_parentheses() or self._clause())
        reader.expect_end()
        found = Statement(self.name, ranges, self.function, self.derivative, tuple(clauses))
        if theorem != found.theorem:
            raise UsageError(f"the theorem is named {theorem}, needed {found.theorem}")
        return found

    def _attempt(self, action: Callable[[], Clause]) -> Clause | None:
        start = self.reader.position
        try:
            return action()
        except UsageError:
            self.reader.position = start
            return None

    def _clause_in_parentheses(self) -> Clause | None:
        def action() -> Clause:
            self.reader.expect("(")
            clause = self._clause()
            self.reader.expect(")")
            return clause

        return self._attempt(action)

    def _clause(self) -> Clause:
        reader = self.reader
        if reader.accept("forall"):
            reader.expect("x", ":", "R", ",")
            return self._everywhere(self._hypothesis("x"))
        if found := self._attempt(self._no_derivative):
            return found
        needed = self._conditions()
        negated = reader.accept("~")
        reader.expect("is_derive", *self.f)
        at = self._literal()
        reader.expect("(", *self.s)
        if self._literal() != at:
            raise UsageError("s stands at another point than f'")
        reader.expect(")")
        return Fails(at, needed) if negated else HoldsAt(at, needed)

    def _no_derivative(self) -> Clause:
        reader = self.reader
        slopes = None
        if not reader.accept("~"):
            left = reader.expression()
            reader.expect("<>")
            slopes = (left, reader.expression())
            reader.expect("->", "~")
        reader.expect("ex_derive", *self.f)
        return NoDerivative(self._literal(), slopes)

    def _everywhere(self, where: Range) -> Clause:
        reader = self.reader
        needed = self._conditions()
        if reader.accept("is_derive", *self.f, "x"):
            reader.expect("(", *self.s, "x", ")")
            return Holds(where, needed)
        reader.expect("exists", "d", ":", "R", ",", "is_derive", *self.f, "x", "d", "/\\")
        reader.expect("Rabs", "(", "d", "-", *self.s, "x", ")", "<=")
        atol, rtol = self._literal(), Fraction(0)
        if reader.accept("+"):
            rtol = self._literal()
            reader.expect("*", "Rabs", "d")
        return Within(where, needed, atol, rtol)

    def _conditions(self) -> tuple[SideCondition, ...]:
        found = []
        while self.reader.ahead() not in ("is_derive", "~", "exists"):
            positive = self.reader.accept("0", "<")
            term = self.reader.expression()
            if not positive:
                self.reader.expect("<>", "0")
            self.reader.expect("/\\")
            found.append(SideCondition(term, positive))
        return tuple(found)

    def _hypothesis(self, name: str) -> Range:
        """The range that a hypothesis gives a name, the whole line without one."""
        start = self.reader.position
        try:
            low = None if self.reader.ahead() == name else self._literal()
            closed_low = low is not None and self._relation()
            self.reader.expect(name)
            bounded = self.reader.ahead() in ("<", "<=")
            closed_high = bounded and self._relation()
            high = self._literal() if bounded else None
            self.reader.expect("->")
        except UsageError:
            self.reader.position = start
            return LINE
        return Range(low, high, (closed_low, closed_high))

    def _relation(self) -> bool:
        """Whether `<=` stands next, not `<`."""
        if self.reader.accept("<="):
            return True
        self.reader.expect("<")
        return False

    def _literal(self) -> Fraction:
        term = self.reader.operand()
        if not isinstance(term, Rational):
            raise self.reader.unexpected("a number")
        return term.value
