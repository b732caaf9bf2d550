"""Public rule tables, certified rule by rule, with their counts."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from certify.api import prove
from certify.catalogue import load
from certify.language.terms import Apply
from certify.prover.verdict import Certified, Proved, Refuted, Undecided
from tests import ROOT

HERE = Path(__file__).parent
DIFFRULES = load(HERE / "diffrules.spec.toml")
TORCH = load(HERE / "torch_rules.spec.toml")
ROUNDED = Fraction(1, 10**12)  # its constants are doubles

# x*x*pi == 0 at 0 is a guard that is not affine: nothing decides its sign near 0
TORCH_UNDECIDED = {"sinc"}


def test_the_tables_are_whole():
    assert (len(DIFFRULES), len(TORCH)) == (57 + 18 - 12, 89 - 13)


def test_the_readme_has_the_counts_of_torchs_table():
    words = " ".join((ROOT / "README.md").read_text().split())
    proved = sum(bool(entry.spec().prover_only) for entry in TORCH.values())
    certified = len(TORCH) - len(TORCH_UNDECIDED) - proved
    unsupported = (HERE / "torch_rules.spec.toml").read_text().count("\n#   ")
    total = len(TORCH) + unsupported
    assert (
        f"of {total}, {certified} are certified, {proved} proved and not verified (the verifier cannot"
        f" evaluate them), none refuted, {len(TORCH_UNDECIDED)} undecided, and {unsupported}" in words
    )


@pytest.mark.parametrize("name", DIFFRULES)
def test_every_unary_rule_of_diffrules_is_certified(name):
    entry = DIFFRULES[name]
    verdict = prove(entry, entry.spec())
    assert isinstance(verdict, kind_of(entry)), str(verdict)


def kind_of(entry):
    """What is said of a right rule: the verifier cannot evaluate some functions."""
    return Proved if entry.spec().prover_only else Certified


@pytest.mark.parametrize("name", TORCH)
def test_every_pointwise_rule_of_torch_is_certified_but_for_its_constants(name):
    entry = TORCH[name]
    verdict = prove(entry, entry.spec(atol=ROUNDED))
    assert isinstance(verdict, Undecided if name in TORCH_UNDECIDED else kind_of(entry)), str(verdict)


@pytest.mark.parametrize("name", DIFFRULES)
def test_the_same_rule_with_its_sign_turned_is_refuted(name):
    entry = replace(DIFFRULES[name], derivative=Apply("neg", (DIFFRULES[name].derivative,)))
    assert isinstance(prove(entry, entry.spec()), Refuted)
