"""Theorems as text: what they say, and that the text reads back as the certificate's claim."""

from dataclasses import replace
from fractions import Fraction

import pytest

from certify import api
from certify.catalogue import builtin, kink_of
from certify.certificate.enclosure import Certificate
from certify.certificate.identity import Identity
from certify.formal.expression import NotExported
from certify.formal.statement import (
    Fails,
    Holds,
    HoldsAt,
    NoDerivative,
    Within,
    conditions,
    read_statement,
    write_statement,
)
from certify.formal.theorem import of_certificate, write_file
from certify.language.errors import UsageError
from certify.language.side_conditions import SideCondition
from certify.language.spec import Range, parse_interval
from certify.language.terms import Parameter, Rational, X
from certify.notation.parser import parse
from tests.formal.exporting import ON_THE_LINE, claimed, entries, proved, spec_of

ZERO, ONE = Fraction(0), Fraction(1)
NEGATIVE = Range(None, ZERO, (False, False))
POSITIVE = Range(ZERO, None, (False, False))
LINE = Range(None, None, (False, False))


def certified(entry, **options):
    return api.prove(entry, entry.spec(**options)).certificate


@pytest.mark.parametrize("name", ON_THE_LINE)
def test_catalogue_statement_is_the_identity_s(name):
    theorem = proved(builtin()[name])
    read = read_statement(write_file(theorem, "Certify"))
    spec = spec_of(builtin()[name])
    assert read == theorem.statement
    assert (read.function, read.derivative) == spec.bound_terms()
    assert dict(read.parameters) == spec.ranges


def test_relu_is_two_pieces_and_a_kink():
    assert proved(builtin()["relu"]).statement.clauses == (
        Holds(NEGATIVE, ()),
        Holds(POSITIVE, ()),
        NoDerivative(ZERO, None),
    )


def test_symbolic_slopes_become_a_hypothesis():
    slopes = (Parameter("alpha"), Rational(ONE))
    assert proved(builtin()["leaky_relu"]).statement.clauses[2] == NoDerivative(ZERO, slopes)
    assert "(alpha <> 1 -> ~ ex_derive (f_leaky_relu alpha) 0)" in write_statement(
        proved(builtin()["leaky_relu"]).statement
    )


def test_smooth_join_holds_at_the_point():
    [entry] = entries(("elu", "where(x > 0, x, exp(x) - 1)", "where(x > 0, 1, exp(x))"))
    assert proved(entry).statement.clauses[2] == HoldsAt(ZERO, ())


def test_several_rational_breakpoints():
    [entry] = entries(("cut", "max(-0.5, min(1/3, x))", "where(x > -0.5, where(x < 1/3, 1, 0), 0)"))
    low, high = Fraction(-1, 2), Fraction(1, 3)
    assert proved(entry).statement.clauses == (
        Holds(Range(None, low, (False, False)), ()),
        Holds(Range(low, high, (False, False)), ()),
        Holds(Range(high, None, (False, False)), ()),
        NoDerivative(low, None),
        NoDerivative(high, None),
    )


def test_domain_is_a_hypothesis_closed_where_no_guard_changes():
    [entry] = entries(("r", "max(x, 0)", "where(x > 0, 1, 0)"))
    window = proved(entry, (parse_interval("-1,2"),)).statement.clauses
    assert window[0].where == Range(Fraction(-1), ZERO, (True, False))
    assert window[1].where == Range(ZERO, Fraction(2), (False, True))
    excepted = replace(entry, kinks=dict([kink_of(ZERO, "open")]))
    theorem = proved(excepted, (parse_interval("0,2"),))
    assert [clause.where for clause in theorem.statement.clauses] == [Range(ZERO, Fraction(2), (False, True))]
    assert "Nothing is said at x = 0" in theorem.remarks[0]


def test_union_of_intervals():
    [entry] = entries(("reciprocal", "1/x", "-1/x**2"))
    domain = (parse_interval("-inf,-1"), parse_interval("1/2,inf"))
    theorem = proved(entry, domain)
    assert [clause.where for clause in theorem.statement.clauses] == [
        Range(None, Fraction(-1), (False, True)),
        Range(Fraction(1, 2), None, (True, False)),
    ]
    assert read_statement(write_statement(theorem.statement)) == theorem.statement


def test_an_open_end_is_a_strict_inequality():
    [entry] = entries(("logarithm", "log(x)", "1/x"))
    theorem = proved(entry, tuple(parse_interval(text) for text in ("(0,1)", "(1,2]")))
    assert [clause.where for clause in theorem.statement.clauses] == [
        Range(ZERO, Fraction(1), (False, False)),
        Range(Fraction(1), Fraction(2), (False, True)),
    ]
    text = write_statement(theorem.statement)
    assert "forall x : R, 0 < x < 1 ->" in text
    assert "forall x : R, 1 < x <= 2 ->" in text
    assert read_statement(text) == theorem.statement


def test_of_a_kink_at_an_open_end_nothing_is_said():
    [entry] = entries(("clamp", "min(max(x, 0), 6)", "where(x > 0, where(x < 6, 1, 0), 0)"))
    theorem = proved(entry, (parse_interval("(0,6)"),))
    assert [clause.where for clause in theorem.statement.clauses] == [
        Range(ZERO, Fraction(6), (False, False))
    ]
    assert theorem.remarks == ()
    through = proved(entry, (parse_interval("(0,7)"),)).statement.clauses
    assert [type(clause) for clause in through] == [Holds, Holds, NoDerivative]


@pytest.mark.parametrize(
    ("formula", "needed"),
    [
        ("1/x", [("x", False)]),
        ("x/2", []),
        ("log(sqrt(x))", [("x", True), ("sqrt(x)", True)]),
        ("x**-3 + 1/x", [("x", False)]),
        ("x**0.5", [("x", True)]),
        ("(x + 1)**x", [("x + 1", True)]),
        ("log1p(x)", [("1 + x", True)]),
        ("atanh(x)", [("1 + x", True), ("1 - x", True)]),
        ("acosh(x)", [("x - 1", True)]),
        ("tan(x)", [("cos(x)", False)]),
        ("1/0", [("0", False)]),
        ("sqrt(-1)", [("-1", True)]),
        ("exp(x) + x**2", []),
    ],
)
def test_conditions(formula, needed):
    expected = {SideCondition(parse(text), positive) for text, positive in needed}
    assert set(conditions(parse(formula))) == expected


def test_conditions_of_f_and_s_stand_in_the_theorem():
    [entry] = entries(("trap", "x*x", "2*x*x/x"))
    assert "x <> 0 /\\" in write_statement(claimed(entry).statement)


def test_tolerance_where_there_is_no_identity():
    [entry] = entries(("rounded", "sin(3.14159*x)", "3.1415900001*cos(3.14159*x)"))
    certificate = certified(entry, atol=Fraction(1, 10**6))
    theorem = of_certificate(certificate._replace(identity=None))
    window = Range(Fraction(-10), Fraction(10), (True, True))
    assert theorem.statement.clauses == (Within(window, (), Fraction(1, 10**6), ZERO),)
    assert theorem.by_interval
    assert read_statement(write_statement(theorem.statement)) == theorem.statement


def test_tolerance_beyond_reach_says_so():
    entry = builtin()["sigmoid"]
    theorem = of_certificate(certified(entry)._replace(identity=None))
    assert theorem.statement.clauses[0].atol == Fraction(1, 10**12)
    assert theorem.remarks == ("The certificate says 1e-30; the proof by CoqInterval stops at 1e-12.",)


def test_relative_tolerance_reads_back():
    entry = builtin()["sigmoid"]
    certificate = certified(entry, atol=Fraction(1, 10**6), rtol=Fraction(1, 10**3))
    statement = of_certificate(certificate._replace(identity=None)).statement
    assert read_statement(write_statement(statement)) == statement
    assert statement.clauses[0].rtol == Fraction(1, 1000)


def test_refutation():
    [entry] = entries(("wrong", "sigmoid(x)", "y*(1 + y)"))
    certificate = certified(entry)
    statement = of_certificate(certificate).statement
    assert statement.clauses == (Fails(certificate.proof.witness.at, ()),)
    assert read_statement(write_statement(statement)) == statement


def test_identity_comes_first():
    entry = builtin()["sigmoid"]
    spec = spec_of(entry)
    certificate = Certificate(entry.spec(), certified(entry).proof, Identity(spec, (), ()))
    assert of_certificate(certificate).statement.clauses == (Holds(LINE, ()),)


def test_a_guard_that_is_not_linear_is_not_exported():
    [entry] = entries(("odd", "max(exp(x), 0)", "exp(x)"))
    with pytest.raises(NotExported, match=r"guard exp\(x\) - 0 is not linear"):
        proved(entry)


def test_a_power_says_of_its_base_what_its_kind_needs():
    needed = {text: conditions(parse(text)) for text in ("x**2", "x**-2", "pow(x, 2)", "pow(x, -2)")}
    off_zero, positive = (SideCondition(X, False),), (SideCondition(X, True),)
    assert list(needed.values()) == [(), off_zero, positive, positive]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("0 < softplus x + eps", "0 <= softplus x + eps"),
        (": 0 < eps ->", ": 0 < eps /\\"),
        (
            "is_derive (f_safe_log eps) x (s_safe_log eps x)",
            "is_derive (f_safe_log eps) x (f_safe_log eps x)",
        ),
        ("is_derive (f_safe_log eps) x (s_safe_log eps x)", "True"),
        ("Theorem safe_log_correct", "Theorem sigmoid_correct"),
        ("(x : R) : R :=\n  ln", "(y : R) : R :=\n  ln"),
    ],
)
def test_rejects_another_text(old, new):
    text = write_statement(proved(builtin()["safe_log"]).statement)
    assert old in text
    with pytest.raises(UsageError):
        read_statement(text.replace(old, new, 1))


@pytest.mark.parametrize(("old", "new"), [("0 < eps", "1 < eps"), ("1 - sig", "1 + sig"), ("x ^ 2", "x ^ 3")])
def test_a_changed_text_reads_as_another_statement(old, new):
    for name in ("sigmoid", "safe_log", "smooth_abs"):
        theorem = proved(builtin()[name])
        text = write_statement(theorem.statement)
        if old in text:
            assert read_statement(text.replace(old, new)) != theorem.statement
