"""Single-node changes of a term: what a slip of the hand makes of a formula."""

from dataclasses import replace
from fractions import Fraction

from certify.language.terms import (
    Apply,
    Output,
    Parameter,
    Rational,
    Variable,
    Where,
    children,
    with_children,
    written_power,
)

SWAPS = {"add": ("sub", "mul"), "sub": ("add", "mul"), "mul": ("add", "sub", "div"), "div": ("mul", "add")}
NEIGHBOURS = {
    "tanh": ("sinh", "sigmoid"),
    "sigmoid": ("tanh", "softplus"),
    "softplus": ("sigmoid",),
    "exp": ("expm1", "cosh"),
    "sinh": ("cosh", "tanh"),
    "cosh": ("sinh", "exp"),
    "sqrt": ("exp",),
    "pow": ("mul",),
    "pown": ("mul",),
}
RELATIONS = {"<": (">", "<="), ">": ("<", ">="), "<=": (">=", "<"), ">=": ("<=", ">")}


def at_the_root(node):
    """Changes of one node: sign, operator, constant, dropped term, other leaf."""
    if not isinstance(node, Where):
        yield Apply("neg", (node,))
    if isinstance(node, Rational):
        for value in (node.value + 1, node.value * (1 + Fraction(1, 10**6)), node.value / 2):
            if value != node.value:
                yield Rational(value)
    if isinstance(node, Variable):
        yield from (Output(), Apply("neg", (node,)), Rational(Fraction(1)))
    if isinstance(node, Output):
        yield Variable()
    if isinstance(node, Parameter):
        yield Apply("mul", (Rational(Fraction(1001, 1000)), node))
    if isinstance(node, Apply):
        for name in (*SWAPS.get(node.function, ()), *NEIGHBOURS.get(node.function, ())):
            yield Apply(name, node.arguments)
        if len(node.arguments) == 2:
            yield from node.arguments
            yield _rebuilt(node, node.arguments[::-1])
    if isinstance(node, Where):
        for relation in RELATIONS[node.relation]:
            yield replace(node, relation=relation)
        yield from (node.then, node.otherwise, replace(node, then=node.otherwise, otherwise=node.then))


def mutants(term):
    yield from at_the_root(term)
    parts = children(term)
    for i, part in enumerate(parts):
        for changed in mutants(part):
            yield _rebuilt(term, (*parts[:i], changed, *parts[i + 1 :]))


def _rebuilt(node, parts):
    """The node with other arguments, as `**` writes it where it is a power."""
    if isinstance(node, Apply) and node.function in ("pow", "pown"):
        return written_power(*parts)
    return with_children(node, parts)


def is_equal_by_commuting(mutant, original):
    """Whether swapping the arguments of one commutative node gives the original back."""
    if isinstance(mutant, Apply) and isinstance(original, Apply):
        commutes = mutant.function in ("add", "mul") and mutant.function == original.function
        if commutes and mutant.arguments == original.arguments[::-1]:
            return True
    a, b = children(mutant), children(original)
    if type(mutant) is not type(original) or len(a) != len(b) or not a:
        return False
    different = [(p, q) for p, q in zip(a, b, strict=True) if p != q]
    same_head = with_children(mutant, b) == original
    return same_head and len(different) == 1 and is_equal_by_commuting(*different[0])
