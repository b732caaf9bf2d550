"""Entries as they ship: code traced, and held to what is stated of it."""

import sys

import pytest

from certify.catalogue import read_entries
from certify.language.errors import UsageError
from certify.language.printer import print_term
from certify.prover.verdict import Certified, Refuted
from certify.shipped import shipped

pytest.importorskip("torch")

MODULE = """
import torch

class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x*x*x

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad*{factor}*x*x

def cube(x):
    return Cube.apply(x)
"""


@pytest.fixture
def entry(tmp_path, monkeypatch):
    """The entries of a TOML text about a module whose backward has a factor, 3 if it is right."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def entry(text, factor="3", name="a"):
        sys.modules.pop("shipping", None)
        (tmp_path / "shipping.py").write_text(MODULE.format(factor=factor))
        return read_entries(f"[a]\ncapture = 'shipping:cube'\ndomain = '-2,2'\n{text}", "mine.toml")[name]

    return entry


def test_code_is_held_to_its_own_function_where_none_is_stated(entry):
    item = shipped(entry(""))
    assert (print_term(item.entry.function), item.entry.name) == ("x*x*x", "a")
    assert isinstance(item.goal().prove(), Certified)
    assert isinstance(shipped(entry("", "3.0001")).goal().prove(), Refuted)


def test_the_least_tolerance_is_looked_for_unless_one_is_stated(entry):
    assert shipped(entry("")).goal().among is not None
    goal = shipped(entry("atol = '1e-2'", "3.0001")).goal()
    assert goal.among is None
    assert isinstance(goal.prove(), Certified)


def test_code_is_held_to_the_stated_function(entry):
    stated = "function = 'x**3'"
    item = shipped(entry(stated))
    assert print_term(item.entry.function) == "x**3"
    assert isinstance(item.goal().prove(), Certified)
    assert isinstance(shipped(entry(stated, "3.0001")).goal().prove(), Refuted)


def test_code_that_computes_another_function_is_an_error_that_says_where(entry):
    said = r"^mine\.toml:1, entry a, capture: the code is not the stated function: at x = -15/8 it is -6\.59"
    with pytest.raises(UsageError, match=said + r"\d+, and the function -6\.69"):
        shipped(entry("function = 'x**3 - 0.1'"))


def test_a_function_that_cannot_be_read_is_said_not_to_be_compared(entry, tmp_path):
    stated = entry("function = 'x**3'")
    assert shipped(stated).notes() == []
    module = tmp_path / "shipping.py"
    module.write_text(module.read_text().replace("return x*x*x", "return torch.round(x)"))
    sys.modules.pop("shipping")
    assert any("was not compared with function: " in note for note in shipped(stated).notes())


def test_two_functions_that_are_apart_by_no_more_than_rounding_are_one(entry):
    assert shipped(entry("function = '1.00000000000000001*x**3'"))


def test_a_formula_of_the_derivative_beside_code_is_a_claim_of_its_own(entry):
    text = "function = 'x**3'\nderivative = '3.1*x**2'"
    assert isinstance(shipped(entry(text)).goal().prove(), Certified)
    assert isinstance(shipped(entry(text, name="a.formula")).goal().prove(), Refuted)
    of_code = shipped(entry("derivative = '3*x**2'", "4", "a.formula"))
    assert print_term(of_code.entry.function) == "x*x*x"
    assert isinstance(of_code.goal().prove(), Certified)


def test_code_that_cannot_be_read_is_named_with_its_entry(entry):
    with pytest.raises(
        UsageError, match=r"^mine\.toml:1, entry a, capture: shipping:cube: importing shipping fails: "
    ):
        shipped(entry("", "(x"))
