"""Requests from plain values: read, or refused in one line, without a framework."""

import subprocess
import sys
from fractions import Fraction

import pytest

from certify.catalogue.request import Request, held_arguments, keyword_arguments, request_of
from certify.language.errors import UsageError

TABLE = {
    "target": "mykernels:silu",
    "with": {"inplace": False, "eps": "0.1", "approximate": "tanh"},
    "at": {"target": "0.3"},
    "dtype": "float32",
}


def test_a_table_is_a_request():
    expected = Request(
        "mykernels:silu", {"inplace": False, "eps": 0.1, "approximate": "tanh"}, {"target": "0.3"}, "float32"
    )
    assert request_of(TABLE, "specs/mine.toml: silu.capture") == expected
    assert expected.numbers() == {"target": Fraction(3, 10)}
    assert str(expected) == "mykernels:silu with inplace=False, eps=0.1, approximate='tanh', target=0.3"


def test_a_text_is_a_target():
    assert request_of("jax:jax.nn.gelu", "here") == Request("jax:jax.nn.gelu")


REFUSED = {
    "a_number": (3, "here: found int, needs a target or a table with one"),
    "no_target": ({"dtype": "float32"}, "here: no target"),
    "an_unknown_key": ({"target": "a:b", "wiht": {}}, "here: unknown key 'wiht', did you mean with"),
    "a_dtype": ({"target": "a:b", "dtype": "int8"}, "here: a:b: dtype 'int8': float64 or float32"),
    "a_float": ({"target": "a:b", "at": {"t": 0.3}}, "here: at.t is 0.3, needs a string"),
    "no_number": ({"target": "a:b", "at": {"t": "x"}}, "here: a:b: t is held at 'x': 'x' is not an exact"),
    "no_table": ({"target": "a:b", "at": "t=0.3"}, "here: at is 't=0.3', needs a table"),
    "a_name_of_a_parameter": ({"target": "a:b", "at": {"-1": "2"}}, "'-1' is neither a parameter's name"),
    "both": ({"target": "a:b", "with": {"t": 1}, "at": {"t": "1"}}, "t is given as a keyword and held"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_request_is_refused_with_one_line(name):
    plain, words = REFUSED[name]
    with pytest.raises(UsageError) as caught:
        request_of(plain, "here")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_keywords_are_literals_or_text():
    assert keyword_arguments(("a=1", "b=tanh", "c=None", "d='x=y'")) == {
        "a": 1,
        "b": "tanh",
        "c": None,
        "d": "x=y",
    }


def test_held_arguments_are_exact_numbers():
    assert held_arguments(("target=0.3", "1=1/3")) == {"target": "0.3", "1": "1/3"}


@pytest.mark.parametrize(
    ("read", "texts", "words"),
    [
        (keyword_arguments, ("3",), "--with '3' is not NAME=VALUE"),
        (keyword_arguments, ("a=1", "a=2"), "--with a is given twice"),
        (held_arguments, ("t",), "--at 't' is not NAME=NUMBER or POSITION=NUMBER"),
        (held_arguments, ("-1=2",), "--at '-1=2' is not NAME=NUMBER"),
        (held_arguments, ("t=nan",), "--at t: 'nan' is not an exact number"),
        (held_arguments, ("t=1", "t=1"), "--at t is given twice"),
    ],
)
def test_an_option_that_is_no_argument_is_refused(read, texts, words):
    with pytest.raises(UsageError) as caught:
        read(texts)
    assert words in str(caught.value)


def test_a_request_loads_no_framework():
    script = "import certify.catalogue.request, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not {"torch", "jax", "flint", "numpy", "mpmath"} & set(done.stdout.split())
