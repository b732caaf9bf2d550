"""Theorems for the tests: of formulas, whether certify proves them or not."""

import shutil
from fractions import Fraction

import pytest

from certify.catalogue import builtin, read_entries
from certify.certificate.identity import Identity
from certify.formal.theorem import of_identity
from certify.language.spec import LINE
from certify.language.terms import rational_value
from certify.prover.identity.search import identify

needs_coqc = pytest.mark.skipif(
    shutil.which("coqc") is None,
    reason="coqc is missing (Debian: apt-get install coq libcoq-coquelicot libcoq-interval)",
)

WHOLE = (LINE,)
ON_THE_LINE = {  # the entries that hold there for every value of the parameters
    name: entry
    for name, entry in builtin().items()
    if entry.natural_domain is None and all(rational_value(at) is not None for at in entry.kinks or ())
}

WRONG = """
[sigmoid]
function = "sigmoid(x)"
derivative = "y*(1 + y)"

[gelu]
function = "x*(1 + t)/2"
derivative = "(1 + t + x*(1 - t**2)*c*(1 + 3*44716/1000000*x**2))/2"
definitions.c = "sqrt(2/pi)"
definitions.k = "44715/1000000"
definitions.t = "tanh(c*(x + k*x**3))"

[silu]
function = "x*sigmoid(x)"
derivative = "x*sigmoid(x)*(1 - sigmoid(x))"
"""


def entries(*rows):
    """Entries from (name, function, derivative) rows."""
    text = "\n".join(f'[{name}]\nfunction = "{f}"\nderivative = "{s}"' for name, f, s in rows)
    return list(read_entries(text, "test").values())


def spec_of(entry, domain=WHOLE):
    return entry.spec(domain, dict.fromkeys(entry.parameters), Fraction(0))


def claimed(entry, domain=WHOLE):
    """The exact theorem of an entry, without a proof of certify's."""
    return of_identity(Identity(spec_of(entry, domain), (), ()))


def proved(entry, domain=WHOLE):
    """The exact theorem of an entry that certify proves."""
    found = identify(spec_of(entry, domain))
    assert isinstance(found, Identity), (entry.name, found)
    return of_identity(found)
