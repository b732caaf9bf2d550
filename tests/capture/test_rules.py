"""PyTorch's rule table: formulas read as C++ means them, and every row accounted for."""

import math
from collections import Counter
from fractions import Fraction

import pytest
import torch

from certify.api import prove
from certify.capture import rules as table
from certify.capture.program import entry
from certify.capture.rounding import allowed
from certify.capture.rules import rules, to_python
from certify.language.printer import print_term
from certify.prover.verdict import Certified, Proved, Refuted, Undecided
from tests import TESTS
from tests.corpora.torch_rules import text

CORPUS = TESTS / "corpora" / "torch_rules.spec.toml"

PYTHON = {
    "grad * at::special_i1(self)": "grad * at.special_i1(self)",
    "a /* note */ + b": "a  + b",
    "c ? a : b": "( a ) if (c ) else ( b)",
    "c ? a : d ? e : f": "( a ) if (c ) else (( e ) if ( d ) else ( f))",
    "f(c ? a : b)": "f(c ? a : b)",
    "!a && b != c": "not a  and  b != c",
}


@pytest.mark.parametrize("formula", PYTHON)
def test_cpp_in_pythons_words(formula):
    assert to_python(formula) == PYTHON[formula]


READ = {
    "grad * self.sin()": "1*sin(x)",
    "grad * result.conj()": "1*y",
    "M_PI * grad": f"{Fraction(math.pi)}*1",
    "self.is_complex() ? nonsense(grad) : grad": "1",
    "GradMode::is_enabled() ? other(grad) : grad.neg()": "-(1)",
    "where(self >= 0.5, grad, at::scalar_tensor(0., grad.options()))": "where(x >= 0.5, 1, 0)",
    "grad.masked_fill(self == 0., 0.)": "where(x <= 0, where(x >= 0, 0, 1), 1)",
    "grad / std::sqrt(4.)": "1/2",
    "tanh_backward(grad, result)": "1*(1 - y*y)",
}


@pytest.mark.parametrize("formula", READ)
def test_reads_a_formula(formula):
    found = table._from_text(operation(), formula)
    assert print_term(found) == READ[formula]


def operation():
    return table._unary_pointwise("tanh(Tensor self) -> Tensor", "self")


UNREAD = [
    "helper(grad, self)",
    "grad[0]",
    "1 / 2 * grad",
    "grad * unknown",
    "grad if self else grad",
    "grad +",
]


@pytest.mark.parametrize("formula", UNREAD)
def test_what_it_cannot_read_it_does_not_guess(formula):
    """1/2 is 0 for C++'s integers: not read, so that nobody has to wonder."""
    assert table._from_text(operation(), formula) is None


@pytest.fixture(scope="module")
def found():
    return rules()


def test_every_unary_pointwise_formula_has_a_row(found):
    rows, others = found
    assert Counter(rule.source for rule in rows) == {"text": 60, "compiled": 16, "": 13}
    stated = sum(
        1
        for row in table._table()
        for key, value in row.items()
        if key not in ("name", "dispatch", "output_differentiability")
    )
    assert len(rows) + others == stated
    assert all(rule.why for rule in rows if rule.program is None)


def test_the_corpus_is_what_is_captured_today():
    assert CORPUS.read_text() == text()


def test_text_and_compiled_program_agree_where_there_are_both(found):
    """Two routes to one rule: the text of derivatives.yaml, and what autograd runs."""
    for rule in found[0]:
        if rule.source == "text" and rule.name in ("acos", "tan", "expm1", "special_log_ndtr", "gelu"):
            compiled = torch_program(rule.name)
            program = rule.program._replace(derivative=compiled)
            claim = table.claim(rule, program)
            limit = allowed(program, claim.domain)
            assert isinstance(prove(claim, claim.spec(atol=limit, rtol=limit)), Certified)


def test_what_rounding_explains_certifies_every_rule_but_the_undecided_one(found):
    """As `certify capture torch-rules` does, at the largest tolerance that it tries."""
    verdicts = {}
    for rule in found[0]:
        if rule.program is not None:
            claim = table.claim(rule, rule.program)
            limit = allowed(rule.program, claim.domain)
            verdicts[rule.name] = type(prove(claim, claim.spec(atol=limit / 2, rtol=limit / 2)))
    assert {name for name, kind in verdicts.items() if kind is Undecided} == {"sinc"}
    prover_only = {rule.name for rule in found[0] if rule.program and _prover_only(rule.program)}
    assert {name for name, kind in verdicts.items() if kind is Proved} == prover_only
    assert set(verdicts.values()) == {Certified, Proved, Undecided}


def _prover_only(program):
    return entry(program).spec().prover_only


def torch_program(name):
    function = getattr(torch.ops.aten, name).default
    read = table.aten.read
    return read(
        lambda x: torch.autograd.grad(function(x), x)[0], [table.X], name, "float64", differentiable=True
    )


def table_domain(rule):
    return (table.parse_interval(rule.domain),)


def test_a_wrong_formula_is_refuted():
    for signature, wrong in (
        ("tanh(Tensor self) -> Tensor", "grad * (1 - result)"),
        ("erf(Tensor self) -> Tensor", "2.0 / sqrt(M_PI) * exp(self.pow(2).neg()) * grad * 1.0000001"),
        ("acos(Tensor self) -> Tensor", "grad * ((-self * self + 1).rsqrt()).conj()"),
    ):
        rule = table._rule(table._unary_pointwise(signature, "self"), wrong, "torch")
        assert isinstance(table._verdict(rule), Refuted)
