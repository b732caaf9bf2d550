"""Terms: frozen trees over x, exact rationals, parameters and primitives.

A term means a partial function of one real variable, by the obvious recursion: `x` is the
argument, `y` the forward output f(x) inside a derivative, a guard picks the branch that its
condition names, and a primitive outside its real domain is undefined.  Nothing is ever
simplified: x/x is undefined at 0.  A node's meaning does not depend on what its arguments turn
out to be: which of two powers `a ** b` is, `written_power` settles once, where it is written.
This module is shared by prover and verifier; it holds no arithmetic beyond exact rationals.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt

from certify.language.errors import TermError
from certify.language.functions import CONSTANTS, RELATIONS, arity

MAX_NODES = 2000
MAX_EXPANDED_NODES = 20_000  # of a derivative with f(x) in the place of y
MAX_DEPTH = 100
MAX_EXPONENT = 4096  # of an integer power
MAX_EXACT_BITS = 30_000  # of a numerator or denominator that exact arithmetic goes on with


@dataclass(frozen=True)
class Rational:
    """An exact literal."""

    value: Fraction


@dataclass(frozen=True)
class Constant:
    """pi or e."""

    name: str  # one of functions.CONSTANTS


@dataclass(frozen=True)
class Variable:
    """x"""


@dataclass(frozen=True)
class Output:
    """y, the forward output f(x)"""


@dataclass(frozen=True)
class Parameter:
    """A name that a spec gives an exact value."""

    name: str


@dataclass(frozen=True)
class Apply:
    """A primitive or a guard applied to its arguments."""

    function: str  # a primitive or a guard
    arguments: tuple[Term, ...]


@dataclass(frozen=True)
class Where:
    """`then` where `left relation right` holds, else `otherwise`."""

    relation: str
    left: Term
    right: Term
    then: Term
    otherwise: Term


Term = Rational | Constant | Variable | Output | Parameter | Apply | Where

X = Variable()
Y = Output()


def children(term: Term) -> tuple[Term, ...]:
    """The immediate subterms, in written order."""
    if isinstance(term, Apply):
        return term.arguments
    if isinstance(term, Where):
        return (term.left, term.right, term.then, term.otherwise)
    return ()


def with_children(term: Term, parts: tuple[Term, ...]) -> Term:
    """`term` with its immediate subterms replaced; leaves are returned as they are."""
    if isinstance(term, Apply):
        return Apply(term.function, parts)
    if isinstance(term, Where):
        return Where(term.relation, *parts)
    return term


def subterms(term: Term) -> Iterator[Term]:
    """Every node of the tree, root first."""
    stack = [term]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(children(node)))


def substitute(term: Term, leaf: Callable[[Term], Term]) -> Term:
    """`term` with every leaf t replaced by leaf(t)."""
    parts = children(term)
    if not parts:
        return leaf(term)
    return with_children(term, tuple(substitute(part, leaf) for part in parts))


def bind(term: Term, parameters: Mapping[str, Fraction], symbolic: Collection[str] = ()) -> Term:
    """`term` with every parameter replaced by its value, those in `symbolic` left as they are;
    TermError for any other without a value."""

    def leaf(node: Term) -> Term:
        if not isinstance(node, Parameter) or node.name in symbolic:
            return node
        if node.name not in parameters:
            raise TermError(f"parameter {node.name} has no value")
        return Rational(parameters[node.name])

    return substitute(term, leaf)


def expand_output(derivative: Term, function: Term) -> Term:
    """The derivative with f(x) in the place of y; TermError beyond MAX_EXPANDED_NODES."""
    uses = sum(isinstance(node, Output) for node in subterms(derivative))
    size = sum(1 for _ in subterms(function))
    if uses * size > MAX_EXPANDED_NODES:
        raise TermError(f"a derivative of more than {MAX_EXPANDED_NODES} nodes once y is f(x)")
    return substitute(derivative, lambda leaf: function if isinstance(leaf, Output) else leaf)


def check_size(term: Term) -> None:
    """Raise TermError beyond MAX_NODES nodes, MAX_DEPTH levels, without recursion, or for an integer
    power whose exponent is no literal integer up to MAX_EXPONENT."""
    stack = [(term, 1)]
    nodes = 0
    while stack:
        node, depth = stack.pop()
        nodes += 1
        if nodes > MAX_NODES:
            raise TermError(f"a formula of more than {MAX_NODES} nodes")
        if depth > MAX_DEPTH:
            raise TermError(f"a formula nested more than {MAX_DEPTH} deep")
        if isinstance(node, Apply) and node.function == "pown":
            literal_exponent(node)
        stack.extend((child, depth + 1) for child in children(node))


def check_names(term: Term, parameters: Collection[str], *, output: bool) -> None:
    """Raise TermError for an unknown function, relation, constant or parameter, a wrong
    number of arguments, or `y` where there is no forward output."""
    for node in subterms(term):
        if isinstance(node, Apply) and arity(node.function) != len(node.arguments):
            raise TermError(f"{node.function} applied to {len(node.arguments)} arguments")
        if isinstance(node, Where) and node.relation not in RELATIONS:
            raise TermError(f"unknown relation {node.relation!r}")
        if isinstance(node, Constant) and node.name not in CONSTANTS:
            raise TermError(f"unknown constant {node.name!r}")
        if isinstance(node, Parameter) and node.name not in parameters:
            raise TermError(f"unknown parameter {node.name!r}")
        if isinstance(node, Output) and not output:
            raise TermError("y, the forward output, stands in the function itself")


# --- powers -----------------------------------------------------------------------------


def written_power(base: Term, exponent: Term) -> Apply:
    """The power that `base ** exponent` writes: `pown`, a product, where the exponent is an integer by
    exact arithmetic on its own numbers; `pow`, exp(exponent*log(base)), where it is not, or holds x, y,
    a parameter or a guard, whatever their values.
    """
    value = rational_value(exponent)
    if value is not None and value.denominator == 1:
        return Apply("pown", (base, Rational(value)))
    return Apply("pow", (base, exponent))


def literal_exponent(power: Apply) -> int:
    """n of the integer power pown(a, n); TermError unless n is a literal integer up to MAX_EXPONENT."""
    match power.arguments:
        case (_, Rational(value)) if value.denominator == 1:
            if abs(value) > MAX_EXPONENT:
                raise TermError(f"an exponent beyond {MAX_EXPONENT}")
            return value.numerator
    raise TermError("the exponent of pown is no literal integer")


# --- exact values -----------------------------------------------------------------------

# Values that are rational exactly: f(0) for the rows below, log(1) = 0, and square roots of
# squares.  Everything else is left to enclosures.
_AT_ZERO: dict[str, Fraction] = {
    **dict.fromkeys(
        ("sin", "tan", "sinh", "tanh", "asin", "atan", "asinh", "atanh", "erf", "expm1", "log1p"),
        Fraction(0),
    ),
    **dict.fromkeys(("exp", "cos", "cosh", "erfc"), Fraction(1)),
    "sigmoid": Fraction(1, 2),
}


def rational_value(term: Term, x: Fraction | None = None) -> Fraction | None:
    """The exact value of a guard-free term where rational arithmetic gives one, else None.

    Without x, only constant terms have a value.  Undefined (a zero divisor) is None.
    """
    if isinstance(term, Rational):
        return term.value
    if isinstance(term, Variable):
        return x
    if not isinstance(term, Apply):
        return None
    values = [rational_value(part, x) for part in term.arguments]
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return None
    return apply_rational(term.function, known)


def apply_rational(name: str, values: list[Fraction]) -> Fraction | None:
    """The exact value of a primitive, where it is rational and short."""
    value = _exact_rational(name, values)
    return value if value is None or is_short(value) else None


def is_short(value: Fraction) -> bool:
    """Whether exact arithmetic goes on with the value."""
    return max(value.numerator.bit_length(), value.denominator.bit_length()) <= MAX_EXACT_BITS


def _exact_rational(name: str, values: list[Fraction]) -> Fraction | None:
    a = values[0]
    if len(values) == 2:
        return _binary_rational(name, a, values[1])
    if name == "neg":
        return -a
    if name == "log" and a == 1:
        return Fraction(0)
    if name == "sqrt" and a > 0:
        root = Fraction(isqrt(a.numerator), isqrt(a.denominator))
        return root if root * root == a else None
    return _AT_ZERO.get(name) if a == 0 else None


def _binary_rational(name: str, a: Fraction, b: Fraction) -> Fraction | None:
    if name == "add":
        return a + b
    if name == "sub":
        return a - b
    if name == "mul":
        return a * b
    if name == "div":
        return a / b if b != 0 else None
    defined = a > 0 or (name == "pown" and not (a == 0 and b < 0))
    if name in ("pow", "pown") and defined and _small_power(a, b):
        return Fraction(a**b.numerator)
    return None


def _small_power(a: Fraction, b: Fraction) -> bool:
    bits = a.numerator.bit_length() + a.denominator.bit_length()
    return b.denominator == 1 and abs(b) * bits <= 2 * MAX_EXACT_BITS


# --- sums that may cancel ---------------------------------------------------------------


def cancelling(terms: Iterable[Term]) -> list[Term]:
    """The sums in guard-free terms that a divisor, or the argument of log, sqrt or a power, is made of
    by products: where their terms cancel, a box as a whole may seem to hold a pole or a cut that it
    does not.  Which are named is a choice and no claim: prover and verifier narrow them alike.
    """
    found: dict[int, Term] = {}
    seen: set[tuple[int, bool]] = set()
    stack = [(term, False) for term in terms]
    while stack:
        node, decides = stack.pop()
        if not isinstance(node, Apply) or (id(node), decides) in seen:
            continue
        seen.add((id(node), decides))
        if decides and node.function in ("add", "sub"):
            found[id(node)] = node
        stack.extend(_deciding(node, decides))
    return list(found.values())


def _deciding(node: Apply, decides: bool) -> list[tuple[Term, bool]]:
    """The arguments of a node, and whether its poles and cuts are where they are 0 or less."""
    first, *rest = node.arguments
    match node.function:
        case "mul" | "neg":
            return [(part, decides) for part in node.arguments]
        case "div":
            return [(first, decides), *((part, True) for part in rest)]
        case "pown":
            return [(first, decides or literal_exponent(node) < 0)]
        case "log" | "sqrt" | "pow":
            return [(first, True), *((part, False) for part in rest)]
    return [(part, False) for part in node.arguments]
