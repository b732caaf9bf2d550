"""A wrong derivative is refuted: every single-node change of every spec of the catalogue.

A mutant that is not refuted must be in EQUAL, each row checked by hand; none is certified
that is not there."""

from dataclasses import replace
from pathlib import Path

import pytest

from certify import catalogue
from certify.catalogue import builtin, load
from certify.certificate.enclosure import Undefined, encode
from certify.certificate.identity import Identity
from certify.language.printer import print_term
from certify.prover.enclosure.search import enclose
from certify.prover.identity.search import identify
from certify.prover.verdict import Proved, Refuted, Undecided
from certify.verifier.checker import verify
from tests.mutants import is_equal_by_commuting, mutants

FOURTEEN = load(Path(catalogue.__file__).with_name("activations.toml"))
ENTRIES = {name: entry for name, entry in FOURTEEN.items() if not name.endswith(".second")}
OTHERS = [name for name in builtin() if name not in ENTRIES]

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
UNSHOWN = {("elu", "where(y > 0, 1, alpha*exp(x))"): "equal, but exp(x) - 1 > 0 is not affine in x"}
UNDEFINED = {
    ("smooth_abs", "x/sqrt(-(x**2 + eps))"): "the root of a negative everywhere",
    ("smooth_abs", "x/sqrt(-x**2 + eps)"): "the root of a negative but for |x| < 1e-3",
    **{
        ("gelu_tanh", gelu(C, f"sqrt({inner})", which)): "the root of a negative constant"
        for inner in ("-(2/pi)", "-(2)/pi", "2/-pi")
        for which in (0, 1, 2)
    },
}


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
        verdict = enclose(replace(spec, derivative=mutant), 4096)
        text = print_term(mutant)
        met.add((name, text))
        if (name, text) in EQUAL:
            assert isinstance(verdict, Proved), text
        elif (name, text) in UNSHOWN:
            assert isinstance(verdict, Undecided), text
        elif (name, text) in UNDEFINED:
            assert isinstance(verdict.certificate.proof.witness, Undefined), text
            verify(encode(verdict.certificate))
        elif isinstance(verdict, Refuted):
            refuted += 1
            if refuted % 5 == 0:
                verify(encode(verdict.certificate))
        else:
            why = verdict.obstructions[0] if isinstance(verdict, Undecided) else ""
            wrong.append(f"{text}: {type(verdict).__name__} {why}")
    assert not wrong, "\n".join(wrong)
    assert refuted >= 5
    assert {row for row in (*EQUAL, *UNSHOWN, *UNDEFINED) if row[0] == name} <= met


@pytest.mark.parametrize("name", OTHERS)
def test_every_eighth_mutant_of_any_other_entry_is_certified_only_if_it_is_identical(name):
    spec = builtin()[name].spec()
    refuted = 0
    for mutant in list(dict.fromkeys(mutants(spec.derivative)))[::8]:
        claim = replace(spec, derivative=mutant)
        verdict, identity = enclose(claim, 4096), identify(claim)
        assert isinstance(verdict, Proved) == isinstance(identity, Identity), print_term(mutant)
        refuted += isinstance(verdict, Refuted)
    assert refuted
