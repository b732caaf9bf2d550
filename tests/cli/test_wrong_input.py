"""What a person does wrong is one true line and exit code 2: what was found, needed, and what to do; below
the line of a formula stand the formula and a caret under the place."""

import sys
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import certify as package
from certify import math as m

FILES = {
    "binary.toml": bytes(range(256)),
    "empty.toml": b"",
    "broken.toml": b"[a\n",
    "no_table.toml": b"a = [1, 2]\n",
    "nested.toml": b"a = " + b"[" * 5000 + b"]" * 5000,
    "deep.toml": b'[a]\nfunction = "' + b"sin(" * 3000 + b"x" + b")" * 3000 + b'"\nderivative = "1"\n',
    "long.toml": b'[a]\nfunction = "' + b"x+" * 20000 + b'x"\nderivative = "1"\n',
    "name.toml": '["\u00e9"]\nfunction = "x"\nderivative = "1"\n'.encode(),
    "letter.toml": '[a]\nfunction = "\u03c0*x"\nderivative = "1"\n'.encode(),
    "date.toml": b'[a]\nfunction = "x"\nderivative = "1"\ndomain = 1979-05-27\n',
    "huge.toml": b"a = 1\n" * 2_000_000,
    "binary.json": bytes(range(256)),
    "empty.json": b"",
    "deep.json": b"[" * 100_000,
    "list.json": b"[1]",
    "nan.json": b"NaN",
}
MODULES = {
    "raises": "raise ValueError('one\\ntwo')\n",
    "leaves": "import sys\nsys.exit(0)\n",
    "ends_the_process": "import os\nos._exit(0)\n",
    "leaves_with_a_word": "raise SystemExit('fine')\n",
    "recurses": "def f():\n    return f()\n\nf()\n",
    "raises_its_own": "class Stop(BaseException):\n    pass\n\nraise Stop\n",
    "no_python": "def (\n",
    "attributes": (
        "class Thing:\n    def __getattr__(self, name):\n        raise RuntimeError('no')\n\n"
        "thing = Thing()\n"
    ),
    "no_text": "\0",
    "red": "raise ValueError('\\x1b[2K\\x1b[1Gcertified: sigmoid')\n",
}

COMMANDS = {  # (arguments, words of the one line)
    "sigmoid --domain (0,inf": "domain '(0,inf': write (0,inf), (0,1] or 0,1",
    "sigmoid --domain 0,1)": "domain '0,1)': write (0,inf), (0,1] or 0,1",
    "sigmoid --domain [0,inf]": "domain '[0,inf]': an infinite end takes a parenthesis",
    "sigmoid --domain (1,1)": "domain (1, 1) has no length: needs LO < HI",
    "sigmoid --domain (2,1]": "domain (2, 1] is reversed: needs LO < HI",
    "sigmoid --domain (0,a)": "domain '(0,a)': 'a' is not an exact number",
    "sigmoid --domain ()": "domain '()' is not LO,HI: write 0,1 or (0,1] or -inf,inf",
    "sigmoid --domain 0;1": "domain '0;1' is not LO,HI: write 0,1 or (0,1] or -inf,inf",
    "sigmoid --domain nan,1": "'nan' is not an exact number",
    "sigmoid --domain inf,-inf": "'inf' is not an exact number",
    "sigmoid --domain 0,1e999999": "exponent 999999 in a number",
    "sigmoid --tol nan": "--tol: 'nan' is not an exact number",
    "sigmoid --tol inf": "--tol: 'inf' is not an exact number",
    "sigmoid --tol -1": "the tolerances must be >= 0",
    "sigmoid --tol \u0661": "is not an exact number",
    "elu --param alpha": "'alpha' is not NAME=VALUE",
    "elu --param alpha=nan": "--param alpha: 'nan' is not an exact number",
    "prove --function import --derivative 1": "f: parse error at column 1",
    "prove --function sin --derivative 1": "f: parse error at column",
    "prove --function x==0 --derivative 1": "f: parse error at column 2",
    "prove --function x**1e9 --derivative 1": "exponent",
    "prove --function lgamma(y) --derivative 1": "f: parse error at column 8",
    f"derive --function {'(' * 3000}x": "nested more than 100 deep",
    f"sigmoid --domain {'1' * 5000}": "domain '111",
    "prove binary.toml": "binary.toml: ",
    "prove empty.toml": "empty.toml: no entries",
    "prove broken.toml": "broken.toml: ",
    "list no_table.toml": "expected a table",
    "list nested.toml": "nested too deep",
    "derive deep.toml": "nested more than 100 deep",
    "build long.toml": "at most 20000 are read",
    "list name.toml": "an entry's name is a letter",
    "list letter.toml": "parse error at column 1",
    "list date.toml": "needs a string",
    "list huge.toml": "more than",
    "list .": "unknown activation '.'",
    "list folder.toml": "Is a directory",
    "export binary.json": "binary.json: ",
    "export empty.json": "empty.json: ",
    "export deep.json": "deep.json: ",
    "formal list.json": "list.json: ",
    "export nan.json": "nan.json: ",
    "export folder.json": "Is a directory",
    "capture torch:torch.tanh --against nosuch": "unknown activation 'nosuch'",
    "capture torch:torch.tanh --against folder.toml": "Is a directory",
    "capture torch:torch.tanh --with a": "'a' is not NAME=VALUE",
    f"capture torch:torch.tanh --with a={'(' * 1000}": "unexpected keyword|takes no keyword",
    "capture torch:torch.tanh --dtype int8": "float64 or float32",
    "capture torch:torch.tanh --domain (0,inf": "write (0,inf), (0,1] or 0,1",
    "capture torch:torch.tanh --at-most nan": "--at-most: 'nan' is not an exact number",
    "capture \u00e9:f": "write jax:|no module named",
    "capture a.b.c:d": "no module named 'a'",
    "capture wrong_raises:f": "importing wrong_raises fails: ValueError: one",
    "capture wrong_leaves:f": "importing wrong_leaves fails: SystemExit: 0",
    "capture wrong_leaves_with_a_word:f": "SystemExit: fine",
    "capture wrong_recurses:f": "RecursionError",
    "capture wrong_ends_the_process:f": "importing wrong_ends_the_process fails: SystemExit: 0",
    "capture wrong_raises_its_own:f": "importing wrong_raises_its_own fails: Stop",
    "capture wrong_attributes:thing.other": "wrong_attributes:thing.other: RuntimeError: no",
    "capture wrong_no_python:f": "SyntaxError",
    "capture wrong_no_text:f": "importing wrong_no_text fails",
    "capture wrong_red:f": "ValueError: \\x1b[2K\\x1b[1Gcertified",
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name, data in FILES.items():
        (tmp_path / name).write_bytes(data)
    for name, text in MODULES.items():
        (tmp_path / f"wrong_{name}.py").write_text(text)
    for name in ("folder.toml", "folder.json"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.mark.parametrize("line", COMMANDS, ids=lambda line: ascii(line[:60]))
def test_a_command_says_one_line_and_ends_with_2(certify, folder, line):
    before = sorted(Path().rglob("*"))
    code, out, err = certify(line)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    said, *place = err.splitlines()
    assert (len(place), err.count("\n")) == (2 * ("parse error" in said), 1 + len(place))
    assert [row.strip() for row in place][1:] in ([], ["^"])
    assert len(err) < 1100
    assert all(row.isprintable() for row in err.splitlines())
    assert any(words in err for words in COMMANDS[line].split("|")), err
    assert [path for path in sorted(Path().rglob("*")) if "__pycache__" not in path.parts] == before


EXITS = """
import torch

def leaves(x):
    raise SystemExit(0)

def ends(x):
    import os
    os._exit(0)

def none(x):
    return None

def text(x):
    return "1"
"""


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("leaves", "SystemExit: 0"),
        ("ends", "SystemExit: 0"),
        ("none", "returns no tensor"),
        ("text", "returns no tensor"),
        ("torch", "is no"),
    ],
)
def test_a_captured_function_that_leaves_or_returns_nothing_is_no_verdict(certify, folder, name, words):
    Path("wrong_exits.py").write_text(EXITS)
    code, out, err = certify(f"capture wrong_exits:{name}")
    assert (code, out) == (2, "")
    assert words in err


def leaves(x):
    raise SystemExit(0)


class Stop(BaseException):
    """What no `except Exception` catches."""


def stops(x):
    raise Stop


CALLS = {  # what is wrong, and words of the error
    "a_list_of_two_texts": ({"domain": ["a", "b"]}, "'a' is not an exact number"),
    "one_number": ({"domain": 3}, "domain is 3, needs (lo, hi), 'lo,hi' or a list of them"),
    "no_domain": ({"domain": None}, "domain is None, needs"),
    "a_set": ({"domain": {-1, 1}}, "needs (lo, hi), 'lo,hi' or a list of them"),
    "an_array_of_three": ({"domain": np.array([-1, 1, 2])}, "has 3 ends, needs (lo, hi) or a list of them"),
    "three_numbers": ({"domain": (1, 2, 3)}, "domain (1, 2, 3) has 3 ends"),
    "an_end_that_is_nan": ({"domain": (float("nan"), 1)}, "nan is no real number"),
    "ends_turned": ({"domain": [1, -1]}, "is reversed"),
    "one_bracket": ({"domain": "(0,inf"}, "write (0,inf), (0,1] or 0,1"),
    "brackets_in_a_pair": ({"domain": ("(0", "1]")}, "'(0' is not an exact number"),
    "a_bool": ({"tol": True}, "True is of type bool"),
    "a_complex_number": ({"tol": 1j}, "1j is of type complex"),
    "a_numpy_complex": ({"tol": np.complex64(0.1)}, "is of type complex64"),
    "a_decimal_that_is_nan": ({"tol": Decimal("nan")}, "is no real number"),
    "a_decimal_that_is_huge": ({"tol": Decimal("1e999999")}, "an exponent of at most 4000"),
    "an_integer_that_is_huge": ({"tol": 10**5000}, "a number of more than 4000 digits"),
    "a_name_that_is_no_text": ({"name": None}, "name None: a letter"),
    "bits_that_are_none": ({"max_bits": None}, "max_bits is None, needs an integer from 64 to 32768"),
    "bits_beyond": ({"max_bits": 10**9}, "needs an integer from 64 to 32768"),
    "parameters_that_are_none": ({"parameters": 3}, "parameters is 3, needs a mapping"),
    "a_parameter_that_is_no_name": (
        {"parameters": {1: 1}},
        "parameter 1 already has a meaning, or is no name",
    ),
    "a_formula_that_is_none": ({"f": None}, "f is of type NoneType, needs text or a function"),
    "bytes": ({"s": b"1"}, "s is of type bytes, needs text or a function"),
    "a_function_that_leaves": ({"f": leaves}, "SystemExit: 0"),
    "a_function_that_stops": ({"f": stops}, "test_wrong_input.py:"),
    "a_function_of_nothing": ({"f": lambda: 1}, "takes no argument, needs x"),
    "a_function_that_returns_nothing": ({"f": lambda x: None}, "returns NoneType, needs an expression"),
    "a_function_that_calls_numpy": ({"f": lambda x: np.exp(x)}, "test_wrong_input.py"),
    "a_function_that_compares": ({"f": lambda x: x if x > 0 else 1}, "use certify.math.where"),
    "a_keyword_without_a_value": ({"f": lambda x, *, k: x * k}, "has an argument 'k' beside 'x'"),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_call_from_python_says_what_was_found_and_needed(name):
    given, words = CALLS[name]
    with pytest.raises(package.UsageError) as caught:
        package.prove(**({"f": "x", "s": "1"} | given))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


MEANT = {
    "a_list_of_two_numbers": {"domain": [-1, 1]},
    "an_array": {"domain": np.array([-1, 1]), "tol": np.float32(0.1)},
    "a_list_of_lists": {"domain": [[-1, 0], [1, 2]]},
    "numpys_integers": {"domain": (np.int64(-1), np.int64(1)), "tol": np.float64(0.5)},
    "a_decimal": {"tol": Decimal("0.1")},
    "a_default": {"f": lambda x, a=1: x * a},
    "an_object": {"f": type("F", (), {"__call__": lambda self, x: x})()},
}


@pytest.mark.parametrize("name", MEANT)
def test_what_can_be_meant_is_taken(name):
    assert isinstance(package.prove(**({"f": "x", "s": "1"} | MEANT[name])), package.Certified)


def test_numpys_integers_do_not_overflow():
    """2**62 of np.int64 times 4 would be 0."""
    big = np.int64(2**62)
    assert isinstance(package.prove(lambda x: 4 * (big * x), str(2**64)), package.Certified)
    assert isinstance(package.prove(lambda x: m.sin(x) * 0 + Fraction(4) * big * x, "0"), package.Refuted)


def test_an_exit_with_a_word_is_not_success(monkeypatch, capsys):
    from certify.cli import console

    monkeypatch.setattr(sys, "argv", ["certify", "list"])
    monkeypatch.setattr(console.cli, "invoke", lambda context: sys.exit("a word"))
    with pytest.raises(SystemExit) as stop:
        console.main()
    assert stop.value.code == 2
