"""A wrong derivative is refuted: every single-node change of every spec of the catalogue.

A mutant that is not refuted must be in EQUAL, each row checked by hand; none is certified
that is not there."""

from dataclasses import replace
from fractions import Fraction

import pytest

from certify.catalogue import builtin
from certify.certificate import encode
from certify.enclosure.prover import prove
from certify.language.printer import print_term
from certify.language.terms import (
    Apply,
    Output,
    Parameter,
    Rational,
    Variable,
    Where,
    children,
    with_children,
)
from certify.verdict import Certified, Refuted, Undecided
from certify.verifier.checker import verify

ENTRIES = builtin()

# Mutants that state the same derivative off the kinks, as (entry, mutant), and why.
T, C, K = "tanh(sqrt(2/pi)*(x + 44715/1000000*x**3))", "sqrt(2/pi)", "44715/1000000"
GELU = f"(1 + {T} + x*(1 - {T}**2)*{C}*(1 + 3*({K})*x**2))/2"


def gelu(old, new, which=0):
    """The tanh-GELU's spec with one occurrence of a part replaced."""
    parts = GELU.split(old)
    return old.join(parts[: which + 1]) + new + old.join(parts[which + 1 :])


EQUAL = {
    ("relu", "where(x >= 0, 1, 0)"): "differs at the kink only, where 1 is a subgradient too",
    ("relu", "where(y > 0, 1, 0)"): "max(x, 0) > 0 exactly where x > 0",
    ("relu", "where(x > -(0), 1, 0)"): "-0 is 0",
    ("relu", "where(x > 0, 1, -(0))"): "-0 is 0",
    ("leaky_relu", "where(x >= 0, 1, alpha)"): "differs at the kink only",
    ("leaky_relu", "where(y > 0, 1, alpha)"): "y has the sign of x, as alpha > 0",
    ("leaky_relu", "where(x > -(0), 1, alpha)"): "-0 is 0",
    ("elu", "where(x >= 0, 1, alpha*exp(x))"): "at 0 both branches are 1, as alpha = 1",
    ("elu", "where(x > -(0), 1, alpha*exp(x))"): "-0 is 0",
    ("elu", "where(x > 0, 1, exp(x))"): "alpha = 1",
    ("sinh", "cosh(-x)"): "cosh is even",
    ("gelu_tanh", gelu(T, f"(-{T})", 1)): "the square of a negative",
    ("gelu_tanh", gelu(T, T.replace("sqrt(2/pi)*(x + 44715/1000000*x**3)", f"-({C}*(x + {K}*x**3))"), 1)): (
        "tanh is odd, its square even"
    ),
    ("gelu_tanh", gelu(T, T.replace("sqrt(2/pi)", "-sqrt(2/pi)"), 1)): "tanh is odd, its square even",
    ("gelu_tanh", gelu(T, T.replace("*(x + ", "*-(x + "), 1)): "tanh is odd, its square even",
    ("gelu_tanh", gelu("*x**2", "*(-x)**2")): "the square of a negative",
    ("smooth_abs", "x/sqrt((-x)**2 + eps)"): "the square of a negative",
}

# Mutants that are neither certified nor refuted, and why no point can be a witness or is met.
UNDEFINED = {
    ("elu", "where(y > 0, 1, alpha*exp(x))"): "equal, but exp(x) - 1 > 0 is not affine in x",
    ("smooth_abs", "x/sqrt(-(x**2 + eps))"): "the root of a negative everywhere",
    ("smooth_abs", "x/sqrt(-x**2 + eps)"): "the root of a negative but for |x| < 1e-3",
    **{
        ("gelu_tanh", gelu(C, f"sqrt({inner})", which)): "the root of a negative constant"
        for inner in ("-(2/pi)", "-(2)/pi", "2/-pi")
        for which in (0, 1, 2)
    },
}

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
            yield Apply(node.function, node.arguments[::-1])
    if isinstance(node, Where):
        for relation in RELATIONS[node.relation]:
            yield replace(node, relation=relation)
        yield from (node.then, node.otherwise, replace(node, then=node.otherwise, otherwise=node.then))


def mutants(term):
    yield from at_the_root(term)
    parts = children(term)
    for i, part in enumerate(parts):
        for changed in mutants(part):
            yield with_children(term, (*parts[:i], changed, *parts[i + 1 :]))


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


@pytest.mark.parametrize("name", ENTRIES)
def test_every_mutant_is_refuted(name):
    entry = ENTRIES[name]
    spec = entry.spec()
    seen = {spec.derivative}
    wrong, refuted, met = [], 0, set()
    for mutant in mutants(spec.derivative):
        if mutant in seen or is_equal_by_commuting(mutant, spec.derivative):
            continue
        seen.add(mutant)
        verdict = prove(replace(spec, derivative=mutant), 4096)
        text = print_term(mutant)
        met.add((name, text))
        if (name, text) in EQUAL:
            assert isinstance(verdict, Certified), text
        elif (name, text) in UNDEFINED:
            assert isinstance(verdict, Undecided), text
        elif isinstance(verdict, Refuted):
            refuted += 1
            if refuted % 5 == 0:
                verify(encode(verdict.certificate))
        else:
            why = verdict.obstructions[0] if isinstance(verdict, Undecided) else ""
            wrong.append(f"{text}: {type(verdict).__name__} {why}")
    assert not wrong, "\n".join(wrong)
    assert refuted >= 5
    assert {row for row in (*EQUAL, *UNDEFINED) if row[0] == name} <= met
