"""Entries: those of the catalogue are what they are called, and TOML is read strictly."""

from fractions import Fraction

import mpmath
import pytest

from certify.catalogue import (
    DEFAULT_TOLERANCE,
    MAX_FILE,
    CodeEntry,
    Entry,
    StatedKernel,
    builtin,
    load,
    read_entries,
)
from certify.catalogue.request import Request
from certify.certificate.enclosure import encode
from certify.language.errors import UsageError
from certify.language.printer import print_term
from certify.language.terms import Output, subterms
from certify.prover.enclosure.search import enclose
from certify.prover.verdict import Proved, Refuted
from certify.verifier.checker import verify
from tests import routes

ENTRIES = builtin()
MEANT = {
    "relu": lambda x: max(x, 0),
    "leaky_relu": lambda x: x if x > 0 else x / 100,
    "square": lambda x: x**2,
    "sinh": lambda x: (mpmath.exp(x) - mpmath.exp(-x)) / 2,
    "cosh": lambda x: (mpmath.exp(x) + mpmath.exp(-x)) / 2,
    "elu": lambda x: x if x > 0 else mpmath.expm1(x),
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "logistic": lambda x: 1 / (1 + mpmath.exp(-x)),
    "tanh": lambda x: 1 - 2 / (mpmath.exp(2 * x) + 1),
    "gelu_tanh": lambda x: x / (1 + mpmath.exp(-2 * mpmath.sqrt(2 / mpmath.pi) * (x + 44715 * x**3 / 10**6))),
    "softplus": lambda x: mpmath.log(1 + mpmath.exp(x)),
    "silu": lambda x: x / (1 + mpmath.exp(-x)),
    "safe_log": lambda x: mpmath.log(mpmath.log(1 + mpmath.exp(x)) + mpmath.mpf(1) / 10**6),
    "smooth_abs": lambda x: mpmath.sqrt(x * x + mpmath.mpf(1) / 10**6),
    "relu6": lambda x: mpmath.mpf(0) if x < 0 else min(x, 6),
    "hardtanh": lambda x: x / abs(x) if abs(x) > 1 else x,
    "hard_tanh": lambda x: x / abs(x) if abs(x) > 1 else x,
    "hardsigmoid": lambda x: 0 * x if x < -3 else 0 * x + 1 if x > 3 else x / 6 + mpmath.mpf(1) / 2,
    "hardswish": lambda x: 0 * x if x < -3 else x if x > 3 else x * (x + 3) / 6,
    "hardshrink": lambda x: x if abs(x) > 0.5 else 0 * x,
    "softshrink": lambda x: x - x / abs(x) / 2 if abs(x) > 0.5 else 0 * x,
    "tanhshrink": lambda x: x - 1 + 2 / (mpmath.exp(2 * x) + 1),
    "threshold": lambda x: x if 10 * x > 1 else 0 * x + 20,
    "selu": lambda x: (
        mpmath.mpf("1.0507009873554804934193349852946")
        * (x if x > 0 else mpmath.mpf("1.6732632423543772848170429916717") * mpmath.expm1(x))
    ),
    "celu": lambda x: x if x > 0 else mpmath.expm1(x),
    "mish": lambda x: x * mpmath.tanh(mpmath.log(1 + mpmath.exp(x))),
    "softsign": lambda x: x / (1 + x) if x > 0 else x / (1 - x),
    "logsigmoid": lambda x: -mpmath.log(1 + mpmath.exp(-x)),
    "gelu": lambda x: x * mpmath.ncdf(x),
    "prelu": lambda x: x if x > 0 else x / 4,
    "rrelu": lambda x: x if x > 0 else 11 * x / 48,
    "leaky_relu_jax": lambda x: x if x > 0 else x / 100,
    "softplus_threshold": lambda x: mpmath.log(1 + mpmath.exp(x)),  # below 20
    "swish": lambda x: x / (1 + mpmath.exp(-x)),
    "squareplus": lambda x: (x + mpmath.sqrt(x * x + 4)) / 2,
    "sparse_plus": lambda x: 0 * x if x < -1 else x if x > 1 else (x + 1) ** 2 / 4,
    "sparse_sigmoid": lambda x: 0 * x if x < -1 else 0 * x + 1 if x > 1 else (x + 1) / 2,
    "log1mexp": lambda x: mpmath.log(1 - mpmath.exp(-x)),
}


POINTS = (mpmath.mpf(-7) / 3, mpmath.mpf(-1) / 100, mpmath.mpf(1) / 9, mpmath.mpf(8))


def meant(name):
    """What an entry's name says, in mpmath; a second derivative by a central difference."""
    first, dot, _ = name.partition(".second")
    return (lambda x: mpmath.diff(MEANT[first], x)) if dot else MEANT[name]


@pytest.mark.parametrize("name", {**ENTRIES, **MEANT})
def test_an_entry_is_the_function_and_derivative_of_its_name(name):
    f, s = ENTRIES[name].spec().bound_terms()
    first, dot, _ = name.partition(".second")
    with mpmath.workdps(60):
        for x in POINTS if ENTRIES[name].natural_domain is None else (x for x in POINTS if x > 0):
            assert abs(routes.value(f, x) - meant(name)(x)) < (1e-25 if dot else 1e-40)
            assert abs(routes.value(s, x) - mpmath.diff(MEANT[first], x, 2 if dot else 1)) < 1e-25


def test_a_second_derivative_is_an_entry_of_its_own():
    stated = "kinks = [{ at = '0', verdict = 'smooth' }]"
    text = toml("second = '6*x + 0*y'", stated, function="abs(x)**3", derivative="3*x*abs(x)")
    entries = read_entries(text, "mine.toml")
    assert list(entries) == ["a", "a.second"]
    second = entries["a.second"]
    assert second.function == entries["a"].derivative
    assert len(entries["a"].kinks) == 1
    assert second.kinks == {}
    assert not any(isinstance(node, Output) for node in subterms(second.derivative))


def test_one_entry_is_read_without_the_others():
    text = toml() + "\n[b]\nfunction = '('\nderivative = '1'"
    assert list(read_entries(text, "mine.toml", "a")) == ["a"]
    with pytest.raises(UsageError, match="entry b"):
        read_entries(text, "mine.toml")


def toml(*lines, function="x", derivative="1"):
    return "\n".join(("[a]", f'function = "{function}"', f'derivative = "{derivative}"', *lines))


def entry(*lines, **formulas):
    return read_entries(toml(*lines, **formulas), "mine.toml")["a"]


DOUBLING = "\n".join(f"definitions.d{i + 1} = 'd{i}*d{i}'" for i in range(60))
WRONG = {
    "nothing": ("", "no entries"),
    "a_table_left_open": ("[a", "Expected ']'"),
    "a_name_that_climbs": ("['../a']", "an entry's name is"),
    "the_name_of_a_refutation": (toml().replace("[a]", "['a.refuted']"), "entry a.refuted: .*name"),
    "nested_too_deep": ("a = " + "[" * 10**5, "nested too deep"),
    "an_integer_of_5000_digits": ("a = " + "9" * 5000, ""),
    "a_float": ("[a]\ndomain = 1.5", 'the number 1.5 is a float: write it as a string, "1.5"'),
    "no_derivative": ("[a]\nfunction = 'x'", "entry a: no derivative"),
    "an_unknown_key": ("[a]\nderivativ = '1'", "unknown key 'derivativ', did you mean derivative"),
    "syntax": (toml(function="x + )"), "entry a: function: .* column 5"),
    "output_in_the_function": (toml(function="y"), "column 1: y, .* only in a derivative"),
    "huge_exponent": (toml(function="x**1e999999999"), "column 4: exponent 999999999"),
    "large_exponent": (toml(derivative="1 + y**999999999"), "entry a: .*exponent"),
    "huge_nesting": (toml(function="(" * 5000 + "x"), "column 101: .* more than 100 deep"),
    "empty_domain": (toml("domain = []"), "entry a: .*empty"),
    "natural_domain_reversed": (toml("natural_domain = '2,1'"), "entry a: .*domain"),
    "parameter_x": (toml("parameters.x = { default = '1' }"), "parameter 'x' already has a meaning"),
    "parameter_range": (toml("parameters.p = { default = '1', range = '0' }"), r"write \(0, inf\)"),
    "definitions_that_double": (toml("definitions.d0 = 'x'", DOUBLING), "more than 2000 nodes"),
    "two_of_a_name": (
        toml("second = '0'") + "\n['a.second']\nfunction = 'x'\nderivative = '1'",
        "two entries are named a.second",
    ),
    "a_kink_that_is_no_number": (
        toml("kinks = [{ at = 'sqrt(2)', verdict = 'jump' }]"),
        "needs a rational number",
    ),
    "a_kink_at_an_unknown_name": (toml("kinks = [{ at = 'p', verdict = 'jump' }]"), "kink at p"),
    "a_kink_outside_on_purpose": (
        toml("kinks = [{ at = '0', verdict = 'outside' }]"),
        "'outside' is none of smooth, subgradient, jump, open",
    ),
    "a_value_that_is_no_number": (
        toml("kinks = [{ at = '0', value = 'pi' }]"),
        "value at 0: needs a rational",
    ),
    "kink_verdict": (toml("kinks = [{ at = '0', verdict = 'fine' }]"), "'fine' is none of smooth"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_named_with_its_file_and_place(name):
    with pytest.raises(UsageError, match=rf"^mine\.toml.*{WRONG[name][1]}"):
        read_entries(WRONG[name][0], "mine.toml")


UNREADABLE = {
    "latin_1": (b"# caf\xe9", "not UTF-8 at byte 5"),
    "large": (b"#" * (MAX_FILE + 1), "1048576 bytes"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_cannot_be_read_is_named(tmp_path, name):
    (tmp_path / "mine.toml").write_bytes(UNREADABLE[name][0])
    with pytest.raises(UsageError, match=rf"mine\.toml: .*{UNREADABLE[name][1]}"):
        load(tmp_path / "mine.toml")


def test_definitions_and_parameters_are_put_in_their_places():
    lines = ("parameters.a = { default = '1/3', range = '[0, 1)' }", "definitions.u = 'a*x'")
    found = entry(*lines, function="u*u + x", derivative="2*a*u + 1")
    for parameters in ({}, {"a": Fraction(0)}):
        assert isinstance(enclose(found.spec(parameters=parameters), 1024), Proved)
    for outside in (Fraction(1), Fraction(-1, 10**9)):
        with pytest.raises(UsageError, match=r"not in its range \[0, 1\)"):
            found.spec(parameters={"a": outside})


HALF = {"function": "abs(x)", "derivative": "where(x > 0, 1, where(x < 0, -1, 1/2))"}
THREE = {"function": "abs(x)", "derivative": "where(x > 0, 1, where(x < 0, -1, 3))"}
ELU = {"function": "where(x > 0, x, exp(x) - 1)", "derivative": "where(x > 0, 1, exp(x))"}
STEP = {"function": "where(x > 0, x + 1, x)", "derivative": "where(x > 0, 1, where(x < 0, 1, 7))"}
SUBGRADIENT = "kinks = [{ at = '0', verdict = 'subgradient' }]"
JUMP = "kinks = [{ at = '0', verdict = 'jump' }]"
ADD = 'kinks = [{ at = "0", verdict = "jump" }] in the entry'
KINKS = {
    "as_stated": (HALF, SUBGRADIENT, None),
    "nothing_stated": (HALF, "", None),
    "none_listed": (HALF, "kinks = []", None),
    "better_than_stated": (ELU, SUBGRADIENT, None),
    "outside_the_domain": (HALF, f"{JUMP}\ndomain = '1,2'", None),
    "the_value_stated": (HALF, "kinks = [{ at = '0', value = '1/2' }]", None),
    "a_jump": (STEP, JUMP, None),
    "a_jump_and_its_value": (STEP, "kinks = [{ at = '0', verdict = 'jump', value = '7' }]", None),
    "worse_than_stated": (HALF, "kinks = [{ at = '0', verdict = 'smooth' }]", "shown as subgradient, the"),
    "a_jump_that_is_not_stated": (STEP, "", "f jumps there"),
    "a_jump_that_is_none": (HALF, JUMP, "f is continuous there"),
    "missing": ({}, SUBGRADIENT, "shown as none, the entry states subgradient"),
    "a_jump_where_f_is_one_formula": ({}, JUMP, "f has none in the domain"),
}
REFUTED = {
    "outside": (THREE, ""),
    "outside_and_stated": (THREE, SUBGRADIENT),
    "another_value": (HALF, "kinks = [{ at = '0', value = '0' }]"),
    "another_value_at_a_jump": (STEP, "kinks = [{ at = '0', verdict = 'jump', value = '1' }]"),
}


@pytest.mark.parametrize("name", KINKS)
def test_kinks_must_be_those_the_entry_states(name):
    formulas, lines, why = KINKS[name]
    verdict = entry(lines, **formulas).judge(enclose(entry(lines, **formulas).spec(), 1024))
    assert isinstance(verdict, Proved) == (why is None)
    assert why is None or why in verdict.obstructions[0].why
    assert name != "a_jump_that_is_not_stated" or ADD in verdict.obstructions[0].hint


@pytest.mark.parametrize("name", REFUTED)
def test_a_wrong_value_at_a_kink_is_refuted_there(name):
    formulas, lines = REFUTED[name]
    verdict = enclose(entry(lines, **formulas).spec(), 1024)
    assert isinstance(verdict, Refuted)
    assert verdict.witness == 0
    assert verify(encode(verdict.certificate)) == verdict.certificate


# --- entries that name code ---------------------------------------------------------------

CODE = 'capture = "mykernels:silu"\n'
F, S = 'function = "x*x"\n', 'derivative = "2*x"\n'


def code_entries(text):
    return read_entries(f"[a]\n{text}", "mine.toml")


def test_code_stands_in_the_place_of_formulas():
    (entry,) = code_entries(CODE).values()
    assert isinstance(entry, CodeEntry)
    assert (entry.code, entry.function, entry.derivative) == (Request("mykernels:silu"), None, None)
    assert (entry.tolerances, str(entry.place)) == (None, "mine.toml:1")


def test_formulas_beside_code_are_what_it_is_held_against():
    entry = code_entries(CODE + F)["a"]
    assert (print_term(entry.function), entry.derivative) == ("x*x", None)
    both = code_entries(CODE + F + S)
    assert [type(item) for item in both.values()] == [CodeEntry, Entry]
    assert (list(both), print_term(both["a.formula"].derivative)) == (["a", "a.formula"], "2*x")
    alone = code_entries(CODE + S)["a.formula"]
    assert (alone.function, print_term(alone.derivative)) == (None, "2*x")


def test_keywords_held_arguments_and_the_dtype_of_code_are_read_as_on_the_command_line():
    text = (
        "{ target = 'm:f', with = { a = 'tanh', b = '0.2', c = 3 }, at = { t = '0.3' }, dtype = 'float32' }"
    )
    code = code_entries(f"capture = {text}")["a"].code
    assert code == Request("m:f", {"a": "tanh", "b": 0.2, "c": 3}, {"t": "0.3"}, "float32")


def test_an_entry_states_its_tolerances():
    spec = code_entries(F + S + 'atol = "1e-8"')["a"].spec()
    assert (spec.atol, spec.rtol) == (Fraction(1, 10**8), 0)
    spec = code_entries(F + S + 'rtol = "1/8"')["a"].spec()
    assert (spec.atol, spec.rtol) == (DEFAULT_TOLERANCE, Fraction(1, 8))
    assert code_entries(CODE + 'atol = "0"')["a"].tolerances == (0, 0)


WRONG_CODE = {
    "neither": (F, "no derivative, and no capture"),
    "a_list": ("capture = ['m:f']", "capture: found list, needs a target or a table"),
    "a_key": ("capture = { targe = 'm:f' }", "capture: unknown key 'targe', did you mean target"),
    "no_target": ("capture = { dtype = 'float32' }", "capture: no target"),
    "a_number_held": ("capture = { target = 'm:f', at = { t = 1 } }", "capture: at.t is 1, needs a string"),
    "a_second_of_code": (CODE + 'second = "2"', "second needs function and derivative as formulas"),
    "a_tolerance": (F + S + 'atol = "x"', "atol: "),
    "a_negative_tolerance": (F + S + 'atol = "-1"', "atol is -1, needs a number >= 0"),
    "a_tolerance_that_is_no_text": (F + S + "rtol = 1", "rtol is 1, needs a string"),
    "a_kernel": (F + S + "kernel = 1", "kernel is not a table"),
    "a_kernel_without_a_name": (F + S + "kernel = { nan = 0 }", "kernel: no run"),
    "a_dtype": (F + S + "kernel = { run = 'm:f', dtype = [1] }", "kernel: dtype is 1, needs a string"),
}


@pytest.mark.parametrize("name", WRONG_CODE)
def test_what_is_wrong_with_code_is_named(name):
    text, said = WRONG_CODE[name]
    with pytest.raises(UsageError) as error:
        code_entries(text)
    assert str(error.value).startswith(f"mine.toml, entry a: {said}")


def test_a_kernel_keeps_its_limits_as_they_are():
    text = "kernel = { run = 'm:f', dtype = 'float16', with = { a = '1' }, max_ulp = '2', nan = 0 }"
    kernel = code_entries(F + S + text)["a"].kernel
    assert kernel == StatedKernel("m:f", ("float16",), {"a": 1}, {"max_ulp": "2", "nan": 0})
