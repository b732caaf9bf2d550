"""Guards are resolved on pieces as a direct evaluation says, point by point."""

from fractions import Fraction
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from certify.language.numbers import parse_number
from certify.language.terms import Apply, Rational, Variable, Where, rational_value
from certify.notation.parser import parse
from certify.prover.pieces import germ_sign, is_smooth, open_interval_sign, partition, resolve

SMALL = st.fractions(-4, 4, max_denominator=4)


def direct(term, x):
    """The exact value at x by the meaning of a term, guards included."""
    if isinstance(term, Where):
        left, right = direct(term.left, x), direct(term.right, x)
        holds = {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}
        return direct(term.then if holds[term.relation] else term.otherwise, x)
    if not isinstance(term, Apply):
        return x if isinstance(term, Variable) else term.value
    values = [direct(part, x) for part in term.arguments]
    meaning = {
        "abs": abs,
        "sign": lambda a: Fraction((a > 0) - (a < 0)),
        "min": min,
        "max": max,
        "add": lambda a, b: a + b,
        "sub": lambda a, b: a - b,
        "neg": lambda a: -a,
        "mul": lambda a, b: a * b,
    }
    return meaning[term.function](*values)


AFFINE = st.tuples(SMALL, SMALL).map(
    lambda t: Apply("add", (Apply("mul", (Rational(t[0]), Variable())), Rational(t[1])))
)


def grow(inner):
    return st.one_of(
        st.tuples(st.sampled_from(("abs", "sign", "neg")), inner).map(lambda t: Apply(t[0], t[1:])),
        st.tuples(st.sampled_from(("min", "max", "add", "sub")), inner, inner).map(
            lambda t: Apply(t[0], t[1:])
        ),
        st.tuples(st.sampled_from(("<", "<=", ">", ">=")), inner, inner, inner, inner).map(
            lambda t: Where(*t)
        ),
    )


GUARDED = st.recursive(AFFINE, grow, max_leaves=6)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(GUARDED, st.fractions(0, 1, max_denominator=97))
def test_on_each_piece_one_formula_has_the_values_of_the_term(term, share):
    ends = partition((term,), Fraction(-5), Fraction(5))
    assert (ends[0], ends[-1]) == (-5, 5)
    for a, b in pairwise(ends):
        assert a < b
        formula = resolve(term, open_interval_sign(a, b))
        assert is_smooth(formula)
        x = a + (b - a) * (share * Fraction(98, 100) + Fraction(1, 100))
        assert rational_value(formula, x) == direct(term, x)


def undecided(guard):
    raise AssertionError(f"{guard} is affine")


@settings(max_examples=300, deadline=None, derandomize=True)
@given(GUARDED, SMALL)
def test_germs_have_the_values_of_the_term_beside_and_at_a_point(term, point):
    ends = partition((term,), point - 1, point + 1)
    near = min(abs(end - point) for end in ends if end != point) / 2
    for side in (-1, 0, 1):
        formula = resolve(term, germ_sign(point, side, undecided))
        x = point + side * near
        assert rational_value(formula, x) == direct(term, x)


def test_pieces_of_nested_guards_end_where_the_inner_ones_bend():
    term = parse("where(abs(x) - 1 < 0.5, min(max(x, 0), 1), 2)")
    assert partition((term,), Fraction(-3), Fraction(3)) == [
        parse_number(t) for t in ["-3", "-1.5", "0", "1", "1.5", "3"]
    ]


def test_a_guard_that_is_not_affine_stays_for_the_tile():
    term = parse("where(x*x > 2, abs(x), 0)")
    assert partition((term,), Fraction(-3), Fraction(3)) == [-3, 0, 3]
    assert not is_smooth(resolve(term, open_interval_sign(Fraction(0), Fraction(3))))
