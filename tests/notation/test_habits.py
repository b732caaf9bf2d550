"""What people write from habit is refused with what to write in its place."""

import pytest

from certify.language.errors import ParseError
from certify.notation import habits
from certify.notation.parser import parse

HINTS = {
    "ln(x)": "unknown function 'ln': write log(...)",
    "relu(x)": "write max(x, 0)",
    "floor(x)": "has a jump at every step",
    "np.exp(x)": "'np.exp' is a name of Python: write exp(...)",
    "1 + torch.exp(x)": "'torch.exp' is a name of Python: write exp(...)",
    "jnp.arctan(x)": "'jnp.arctan' is a name of Python: write atan(...)",
    "math.pi*x": "'math.pi' is a name of Python: write pi",
    "torch.nn.functional.silu(x)": "write x*sigmoid(x)",
    "2x": "a product is written 2*x",
    "2(x + 1)": "a product is written 2*(...)",
    "(x + 1)(x - 1)": "a product is written (...)*(...)",
    "x(x + 1)": "x is no function: a product is written x*(...)",
    "sin(x)cos(x)": "a product is written (...)*cos",
    "x2": "write x*2 or x**2",
    "x^2": "powers are written **",
    "e^x": "write exp(...)",
    "x \u2212 1": "write -",
    "x \u2013 1": "write -",
    "2\u00d7x": "write *",
    "2\u00b7x": "write *",
    "x\u00b2": "write **2",
    "x\u207b\u00b9": "write **-1",
    "\u03c0*x": "write pi",
    "\u03b1*x": "names are ASCII, alpha",
    "\U0001d465": "write x",
    "\uff08x\uff09": "write (",
    "\u0661*x": "write 1",
    "t*2": "unknown name 't': the variable is x; a parameter has to be stated, --param t=VALUE",
    "a*x": "unknown name 'a': the variable is x",
    "exp x": "exp is a function: write exp(x)",
    "|x|": "the absolute value is abs(...)",
    "f(x) = x": "write the right side alone",
    "where(x == 0, 1, 2)": "compares by <, <=, > or >=",
    "where(x = 0, 1, 2)": "compares by <, <=, > or >=",
    "x if x > 0 else 0": "write where(x > 0, a, b)",
    "lambda x: x": "write the formula alone",
    "log(x, 2)": "log(a)/log(b), log2(a) or log10(a)",
    "1,5*x": "decimals have a point",
    "1_000*x": "digits stand without _ between them",
    "x//2": "there is no integer division",
    "2*(sin(x)": "the '(' at column 3 is not closed",
    "sin(x))": "no '(' is open",
    "inf": "a formula is of finite numbers",
}


@pytest.mark.parametrize("text", HINTS)
def test_says_what_to_write(text):
    with pytest.raises(ParseError) as caught:
        parse(text)
    assert HINTS[text] in str(caught.value)


CALLS = {name: written for name, written in habits._NAMES.items() if written.endswith("(")}


@pytest.mark.parametrize("name", CALLS)
def test_what_it_says_to_call_is_a_function(name):
    arguments = "x, 2" if CALLS[name] in ("max(", "min(", "pow(") else "x"
    parse(f"{CALLS[name]}{arguments})")


@pytest.mark.parametrize("name", ["relu", "relu6", "silu", "gelu", "elu", "logsigmoid", "mish", "softsign"])
def test_a_formula_that_it_names_is_the_function_of_the_catalogue(name):
    from certify.catalogue import builtin
    from tests import routes

    entry = builtin()[name].spec()
    for x in (-1.5, -0.25, 0.75, 2.0):
        said, meant = parse(habits._NAMES[name]), entry.bound_terms()[0]
        assert abs(routes.value(said, x) - routes.value(meant, x)) < 1e-12


def test_no_hint_is_given_for_a_name_that_has_a_meaning():
    assert parse("t*ln", parameters=("t", "ln"))
    with pytest.raises(ParseError, match="t is no function: a product is written"):
        parse("t(x)", parameters=("t",))
