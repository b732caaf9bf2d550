"""PyTorch's rule table: the unary pointwise formulas of derivatives.yaml, each as a program.

A formula is read as text where all that it names is an ATen operation or C++'s own arithmetic;
where it calls a helper that only the compiled library holds, the program that autograd runs is
traced in its place, and the row says so.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from importlib import resources
from typing import Any, NamedTuple

from certify.capture import aten
from certify.capture.operations import OPERATIONS
from certify.capture.program import (
    RELATIONS,
    CapturedProgram,
    CaptureError,
    Choice,
    Value,
    both,
    call,
    checked,
    condition,
    either,
    entry,
    negate,
    number,
    term,
    to_float32,
)
from certify.capture.rounding import within
from certify.capture.target import INSTALL, import_framework, require
from certify.catalogue import Entry, kink_of
from certify.language.spec import parse_interval
from certify.language.terms import Output, Term, X
from certify.prover.deadline import MAX_SECONDS, after
from certify.prover.verdict import Verdict

# Arguments that have no default, at values that are as good as any.
SAMPLES: Mapping[str, Any] = {
    "self": 1.5,
    "exponent": 2.5,
    "other": 0.75,
    "min": -1.0,
    "max": 1.0,
    "threshold": 0.125,
    "value": 20.0,
    "n": 0,
    "p": 2,
    "decimals": 0,
    "lambd": 0.5,
}

# Where the function is defined, less a margin at its ends; elsewhere [-10, 10].
_DOMAINS = {
    **dict.fromkeys(("acos", "asin", "atanh", "erfinv"), "-0.99,0.99"),
    **dict.fromkeys(("log", "log2", "log10", "sqrt", "rsqrt", "reciprocal", "special_entr"), "0.01,10"),
    **dict.fromkeys(("lgamma", "digamma", "polygamma", "mvlgamma", "pow"), "0.51,10"),
    **dict.fromkeys(("logit", "special_ndtri"), "0.01,0.99"),
    "acosh": "1.01,10",
    "xlogy.Scalar_Self": "0.01,10",
    **dict.fromkeys(("log1p", "special_xlog1py.self_scalar"), "-0.99,10"),
    "tan": "-1.5,1.5",
    "special_erfcx": "-2,10",
}


# Where the functions jump, for the samples above: exceptions of the claim.
_JUMPS = {"sign": ("0",), "sgn": ("0",), "hardshrink": ("-1/2", "1/2"), "threshold": ("1/8",)}


class Rule(NamedTuple):
    """A row of the table.

    name     the operation, with its overload
    formula  the text of its derivative
    source   "text" or "compiled": what the program was read from; "" where there is none
    program  None where the language has no term for it; why says what stands in the way
    """

    name: str
    formula: str
    domain: str
    source: str
    program: CapturedProgram | None
    why: str


def rules() -> tuple[list[Rule], int]:
    """The unary pointwise formulas, in the table's order, and the number of all the others."""
    import_framework("torch")
    require("yaml", INSTALL["torch"])
    found, others = [], 0
    for row in _table():
        for name, formula in row.items():
            operation = _unary_pointwise(row["name"], name) if _is_formula(name, formula) else None
            if operation is not None:
                found.append(_rule(operation, formula, aten.framework()))
            elif name not in _NOT_FORMULAS:
                others += 1
    return found, others


def judged(max_seconds: float = MAX_SECONDS) -> tuple[Iterator[tuple[Rule, Verdict | None]], int]:
    """Each rule with the verdict on it at the least tolerance, None where it has no program; and the
    number of formulas that are not unary and pointwise."""
    found, others = rules()
    return ((rule, _verdict(rule, max_seconds)) for rule in found), others


def _verdict(rule: Rule, max_seconds: float = MAX_SECONDS) -> Verdict | None:
    if rule.program is None:
        return None
    stated = claim(rule, rule.program)
    return within(rule.program, stated, stated.spec()).prove(deadline=after(max_seconds))


def claim(rule: Rule, program: CapturedProgram) -> Entry:
    """What is claimed of a row's program: on the row's domain, less the jumps."""
    stated = entry(program, (parse_interval(rule.domain),))
    return replace(stated, kinks=dict(kink_of(Fraction(at), "jump") for at in jumps(rule)))


def jumps(rule: Rule) -> tuple[str, ...]:
    """Where the row's function jumps."""
    return _JUMPS.get(rule.name, ())


_NOT_FORMULAS = ("name", "dispatch", "output_differentiability")


def _is_formula(name: str, text: Any) -> bool:
    return name not in _NOT_FORMULAS and isinstance(text, str) and text != "non_differentiable"


def _table() -> list[dict[str, Any]]:
    import yaml

    path = resources.files("torchgen").joinpath("packaged/autograd/derivatives.yaml")
    table: list[dict[str, Any]] = yaml.safe_load(path.read_text())
    return table


class _Operation(NamedTuple):
    """An operation of one tensor: the arguments that it is called with, in order; X is the tensor."""

    name: str
    tensor: str
    call: Callable[..., Any]
    arguments: dict[str, Any]
    keywords: frozenset[str]


def _unary_pointwise(signature: str, argument: str) -> _Operation | None:
    """The operation, if the argument is its only tensor and it works on one element at a time."""
    import torch

    full = signature.partition("(")[0]
    base, _, overload = full.partition(".")
    operation = getattr(getattr(torch.ops.aten, base, None), overload or "default", None)
    if operation is None or base.endswith("_") or torch.Tag.pointwise not in operation.tags:
        return None
    schema = operation._schema
    tensors = [a.name for a in schema.arguments if "Tensor" in str(a.type)]
    if tensors != [argument] or [str(r.type) for r in schema.returns] != ["Tensor"]:
        return None
    values = {}
    for item in schema.arguments:
        if item.name != argument:
            sampled = not item.has_default_value() or (base == "clamp" and item.default_value is None)
            values[item.name] = SAMPLES.get(item.name) if sampled else item.default_value
        else:
            values[item.name] = X
    keywords = frozenset(item.name for item in schema.arguments if item.kwarg_only)
    return _Operation(full, argument, operation, values, keywords)


def _rule(operation: _Operation, formula: str, framework: str) -> Rule:
    name = operation.name
    domain = _DOMAINS.get(name, _DOMAINS.get(name.partition(".")[0], "-10,10"))
    text = " ".join(formula.split())
    try:
        f = checked(aten.read(_forward(operation), [X], name, "float64"), name)
        source, s = "text", _from_text(operation, text)
        if s is None:
            source, s = "compiled", aten.read(_backward(operation), [X], name, "float64", differentiable=True)
        program = CapturedProgram(
            name, framework, f"derivatives.yaml: {name}", "float64", f, checked(s, name)
        )
    except CaptureError as error:
        return Rule(name, text, domain, "", None, str(error))
    return Rule(name, text, domain, source, program, "")


def _forward(operation: _Operation) -> Callable[[Any], Any]:
    def forward(x: Any) -> Any:
        values = {k: x if v is X else v for k, v in operation.arguments.items()}
        positional = [v for k, v in values.items() if k not in operation.keywords]
        return operation.call(*positional, **{k: values[k] for k in operation.keywords})

    return forward


def _backward(operation: _Operation) -> Callable[[Any], Any]:
    import torch

    return lambda x: torch.autograd.grad(_forward(operation)(x), x)[0]


# --- the text of a formula ---------------------------------------------------------------


class _NotText(Exception):
    """A formula that cannot be read from its text."""


def _from_text(operation: _Operation, formula: str) -> Term | None:
    names = {**operation.arguments, "grad": number(1, "float64"), "result": Output()}
    try:
        return term(_value(_Reader(names).read(formula)))
    except (_NotText, SyntaxError):
        return None


_CONSTANTS = {
    "M_PI": math.pi,
    "M_E": math.e,
    "M_LN2": math.log(2),
    "M_2_SQRTPI": 2 / math.sqrt(math.pi),
    "M_SQRT1_2": math.sqrt(0.5),
    "M_SQRT2": math.sqrt(2),
    "True": True,
    "False": False,
}
_NAMESPACES = ("at", "std", "torch")
_QUESTIONS = {"is_complex": False, "is_enabled": False}  # of a real tensor; of grad mode, in a backward
_OPAQUE = ("options", "scalar_type", "device", "dtype")
_SAME = ("conj", "conj_physical", "contiguous", "to")
_SCALARS: Mapping[str, Callable[..., Any]] = {
    "toDouble": float,
    "toFloat": lambda value: to_float32(float(value)),
    "sqrt": math.sqrt,
}
_ARITHMETIC = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div"}
_COMPARISONS = {ast.Eq: "eq", ast.NotEq: "ne", ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge"}


def to_python(formula: str) -> str:
    """C++'s expression in Python's words."""
    text = re.sub(r"/\*.*?\*/", "", formula)
    for cpp, python in (("::", "."), ("&&", " and "), ("||", " or "), ("true", "True"), ("false", "False")):
        text = text.replace(cpp, python)
    text = re.sub(r"!(?!=)", " not ", text)
    return _ternary(text).strip()


def _ternary(text: str) -> str:
    """`c ? a : b` outside parentheses as `(a) if (c) else (b)`."""
    depth, question = 0, None
    for i, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if depth == 0 and character == "?" and question is None:
            question = i
        elif depth == 0 and character == ":" and question is not None:
            then, otherwise = text[question + 1 : i], text[i + 1 :]
            return f"({_ternary(then)}) if ({text[:question]}) else ({_ternary(otherwise)})"
    return text


def _value(value: Any) -> Value:
    """A term or a condition; a C++ number is the double that it is."""
    if isinstance(value, bool | int | float):
        return number(value, "float64")
    if not isinstance(value, Term) and not callable(value):
        raise _NotText
    found: Value = value
    return found


class _Reader:
    """Evaluates a formula: C++ numbers as Python's, tensors as terms, masks as conditions."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        self.names = names

    def read(self, formula: str) -> Any:
        return self._read(ast.parse(to_python(formula), mode="eval").body)

    def _read(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            if node.id not in self.names and node.id not in _CONSTANTS:
                raise _NotText
            return self.names[node.id] if node.id in self.names else _CONSTANTS[node.id]
        if isinstance(node, ast.UnaryOp):
            return self._unary(node)
        if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
            return _apply(_ARITHMETIC[type(node.op)], [self._read(node.left), self._read(node.right)])
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _COMPARISONS:
            name = _COMPARISONS[type(node.ops[0])]
            return _apply(name, [self._read(node.left), self._read(node.comparators[0])])
        if isinstance(node, ast.BoolOp):
            return self._logical(node)
        if isinstance(node, ast.IfExp):
            test = self._read(node.test)
            if not isinstance(test, bool):
                raise _NotText
            return self._read(node.body if test else node.orelse)
        if isinstance(node, ast.Call):
            return self._call(node)
        raise _NotText

    def _unary(self, node: ast.UnaryOp) -> Any:
        operand = self._read(node.operand)
        if isinstance(node.op, ast.USub):
            return -operand if isinstance(operand, int | float) else _apply("neg", [operand])
        if isinstance(node.op, ast.Not):
            return not operand if isinstance(operand, bool) else negate(condition(_value(operand)))
        raise _NotText

    def _logical(self, node: ast.BoolOp) -> Any:
        values = [self._read(value) for value in node.values]
        combine = both if isinstance(node.op, ast.And) else either
        found: Choice = condition(_value(values[0]))
        for value in values[1:]:
            found = combine(found, condition(_value(value)))
        return found

    def _call(self, node: ast.Call) -> Any:
        arguments = [self._read(value) for value in node.args]
        function = node.func
        if isinstance(function, ast.Name):
            return _apply(function.id, arguments)
        if not isinstance(function, ast.Attribute):
            raise _NotText
        if function.attr in _QUESTIONS:
            return _QUESTIONS[function.attr]
        if function.attr in _OPAQUE:
            return None
        if isinstance(function.value, ast.Name) and function.value.id in _NAMESPACES:
            return _apply(function.attr, arguments)
        owner = self._read(function.value)
        if function.attr in _SAME:
            if any(argument is not None for argument in arguments):  # a cast to a type that is named
                raise _NotText
            return owner
        return _apply(function.attr, [owner, *arguments])


def _apply(name: str, arguments: list[Any]) -> Any:
    """C++ arithmetic on C++ numbers, in double; else the operation of that name."""
    if all(isinstance(value, int | float) for value in arguments):
        return _arithmetic(name, arguments)
    rule = _TEXT_OPERATIONS.get(name) or OPERATIONS.get(name)
    if rule is None:
        return _decomposed(name, arguments)
    return rule(*(value if value is None else _value(value) for value in arguments))


def _arithmetic(name: str, values: list[Any]) -> Any:
    if name in _SCALARS:
        return _SCALARS[name](*values)
    a, b = values if len(values) == 2 else (None, None)
    if a is not None and b is not None:
        if name == "div" and not (isinstance(a, int) and isinstance(b, int)):
            return a / b
        if name in ("add", "sub", "mul"):
            return {"add": a + b, "sub": a - b, "mul": a * b}[name]
        if name in RELATIONS:
            return {"eq": a == b, "ne": a != b, "lt": a < b, "le": a <= b, "gt": a > b, "ge": a >= b}[name]
    raise _NotText


def _decomposed(name: str, arguments: list[Any]) -> Term:
    """An ATen operation that has a decomposition: the backward operations, above all."""
    import torch

    packet = getattr(torch.ops.aten, name, None)
    if packet is None:
        raise _NotText
    operation = getattr(packet, packet.overloads()[0])
    terms = [term(value) for value in arguments if isinstance(value, Term) or callable(value)]

    def program(*tensors: Any) -> Any:
        remaining = iter(tensors)
        chosen = [next(remaining) if isinstance(v, Term) or callable(v) else v for v in arguments]
        names = [argument.name for argument in operation._schema.arguments]
        pairs = dict(zip(names, chosen, strict=False))
        keyword_only = {a.name for a in operation._schema.arguments if a.kwarg_only}
        positional = [value for key, value in pairs.items() if key not in keyword_only]
        return operation(*positional, **{k: v for k, v in pairs.items() if k in keyword_only})

    return aten.read(program, terms, name, "float64")


_TEXT_OPERATIONS: Mapping[str, Callable[..., Value]] = {
    "scalar_tensor": lambda value, *_: value,
    "zeros_like": lambda *_: number(0, "float64"),
    "masked_fill": lambda x, mask, value: condition(mask)(term(value), term(x)),
    "square": lambda x: call("square", term(x)),
}
