"""Ball arithmetic: enclosures of terms on complex boxes, by Arb.

With `special` the only module that imports flint, and the only one that touches its context.
One sentence governs both: the value returned is a set that contains the exact value of the term
at every point of the argument, and a ball that is not finite means "not shown".  Every
primitive is evaluated as one analytic function on the plane less its cuts
(`language.functions`); a ball that may touch a cut gives a non-finite result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from functools import lru_cache
from operator import add, mul, neg, sub, truediv
from typing import NamedTuple

from flint import acb, arb, arb_poly, ctx, fmpq

from certify.language.errors import TermError
from certify.language.terms import (
    Apply,
    Constant,
    Rational,
    Term,
    Variable,
    cancelling,
    literal_exponent,
)
from certify.notation.derive import derive
from certify.prover.deadline import NEVER, Deadline
from certify.prover.enclosure import special

__all__ = [
    "NotAnalytic",
    "BallProgram",
    "TooLarge",
    "acb",
    "arb",
    "arb_poly",
    "exact",
    "lower",
    "precision",
    "real_ball",
    "roots_of_unity",
    "upper",
]


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Work at `bits` bits; it changes the width of enclosures, never their validity."""
    before = ctx.prec
    ctx.prec = bits
    try:
        yield
    finally:
        ctx.prec = before


def exact(value: Fraction) -> arb:
    """A ball that contains the rational, exact where it has a binary expansion that fits."""
    return arb(fmpq(value.numerator, value.denominator))


def real_ball(lo: Fraction, hi: Fraction) -> arb:
    """A ball that contains [lo, hi]."""
    return exact((lo + hi) / 2) + exact((hi - lo) / 2) * arb(0, 1)


# Ends beyond 2**+-EXTREME are not written out: a value that small is rounded to its side
# of 0, a value that large is an error that the search never runs into (see `cover_disc`).
EXTREME = 2**18


_SLOW = 1024  # bits beyond which one step may take long


class TooLarge(Exception):
    """A value that is too large to be bounded by a number that a certificate could hold."""


def upper(ball: arb) -> Fraction:
    """A rational that no point of a finite ball exceeds, whatever the precision in force:
    the upper end, exact unless it is tiny."""
    return _end(ball.mid(), 1) + _end(ball.rad(), 1)


def lower(ball: arb) -> Fraction:
    """A rational that no point of a finite ball is below: the lower end, exact unless tiny."""
    return _end(ball.mid(), -1) - _end(ball.rad(), 1)


def _end(point: arb, side: int) -> Fraction:
    """The point as a rational; where it is tiny, rounded up (side 1) or down (side -1)."""
    mantissa, exponent = point.man_exp()
    m, e = int(mantissa), int(exponent)
    if e > EXTREME:
        raise TooLarge
    if e + m.bit_length() < -EXTREME:
        return Fraction(side, 1 << EXTREME) if m * side > 0 else Fraction(0)
    return Fraction(m << e) if e >= 0 else Fraction(m, 1 << -e)


class NotAnalytic(Exception):
    """A subterm whose enclosure is not finite: not shown analytic on the ball.

    term       the subterm
    arguments  the enclosures of its arguments
    """

    def __init__(self, term: Term, arguments: tuple[acb, ...]) -> None:
        super().__init__(term, arguments)
        self.term = term
        self.arguments = arguments


# --- primitives -------------------------------------------------------------------------

_NAN = acb("nan", "nan")
Rule = Callable[..., acb]


def _off_real_axis(z: acb) -> bool:
    return not z.imag.contains(0)


def _off_imaginary_axis(z: acb) -> bool:
    return not z.real.contains(0)


def _inside_unit(part: arb) -> bool:
    return bool(part.abs_upper() < 1)


def _log(z: acb) -> acb:
    return z.log(analytic=True)


def _sqrt(z: acb) -> acb:
    return z.sqrt(analytic=True)


def _log1p(z: acb) -> acb:
    return z.log1p() if z.real > -1 or _off_real_axis(z) else _NAN


def _with_real_cuts(function: Rule) -> Rule:
    """asin, acos, atanh: cuts (-inf, -1] and [1, inf)."""
    return lambda z: function(z) if _inside_unit(z.real) or _off_real_axis(z) else _NAN


def _with_imaginary_cuts(function: Rule) -> Rule:
    """atan, asinh: cuts i*(-inf, -1] and i*[1, inf)."""
    return lambda z: function(z) if _inside_unit(z.imag) or _off_imaginary_axis(z) else _NAN


def _acosh(z: acb) -> acb:
    return z.acosh() if z.real > 1 or _off_real_axis(z) else _NAN


def _sigmoid(z: acb) -> acb:
    # 1/(1 + exp(-z)) = (1 + tanh(z/2))/2 = w/(1 + w), w = exp(z): three forms of one
    # meromorphic function.  Where Re z < 0 the hull of w stays off -1, so wide boxes work.
    if z.real < 0:
        w = z.exp()
        return w / (1 + w)
    if z.real > 0:
        return 1 / (1 + (-z).exp())
    return (1 + (z / 2).tanh()) / 2


def _softplus(z: acb) -> acb:
    # One analytic function on the plane less i*(-inf, -pi] and i*[pi, inf): |exp(z)| < 1 on
    # the left and |exp(-z)| < 1 on the right, so log1p is analytic there, and on the strip
    # |Im z| < pi that joins them exp(z) is never in (-inf, 0] and all three agree.
    if z.real < 0:
        return z.exp().log1p()
    if z.real > 0:
        return z + (-z).exp().log1p()
    if z.imag.abs_upper() < 3:
        return _log(1 + z.exp())
    return _NAN


def _error_function(function: Rule) -> Rule:
    """erf or erfc; on a wide box, which is convex, the mean value form about its centre, as
    |erf'| = |erfc'| = 2/sqrt(pi)*|exp(-z^2)|."""

    def rule(z: acb) -> acb:
        if not z.is_finite() or (z.real.rad() < 2**-20 and z.imag.rad() < 2**-20):
            return function(z)
        centre = acb(z.real.mid(), z.imag.mid())
        slope = 2 / arb.pi().sqrt() * (z.imag.abs_upper() ** 2 - z.real.abs_lower() ** 2).exp()
        distance = slope.abs_upper() * (z - centre).abs_upper()
        return function(centre) + acb(arb(0, distance), arb(0, distance))

    return rule


_RULES: dict[str, Rule] = {
    "neg": neg,
    "add": add,
    "sub": sub,
    "mul": mul,
    "div": truediv,
    "pow": lambda a, b: (b * _log(a)).exp(),
    "exp": acb.exp,
    "log": _log,
    "sqrt": _sqrt,
    "log1p": _log1p,
    "expm1": acb.expm1,
    "sin": acb.sin,
    "cos": acb.cos,
    "tan": acb.tan,
    "sinh": acb.sinh,
    "cosh": acb.cosh,
    "tanh": acb.tanh,
    "asin": _with_real_cuts(acb.asin),
    "acos": _with_real_cuts(acb.acos),
    "atan": _with_imaginary_cuts(acb.atan),
    "asinh": _with_imaginary_cuts(acb.asinh),
    "acosh": _acosh,
    "atanh": _with_real_cuts(acb.atanh),
    "erf": _error_function(acb.erf),
    "erfc": _error_function(acb.erfc),
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "erfinv": special.erfinv,
    "lgamma": special.lgamma,
    "digamma": special.digamma,
    "trigamma": special.trigamma,
    "gamma": special.gamma,
    "i0": special.i0,
    "i1": special.i1,
    "sinc": special.sinc,
}


def _power(exponent: int) -> Rule:
    """z**n by repeated squaring, which keeps wide balls finite; 1/z**-n for n < 0."""

    def rule(z: acb) -> acb:
        result, square, n = acb(1), z, abs(exponent)
        while n:
            if n & 1:
                result = result * square
            n >>= 1
            square = square * square if n else square
        return 1 / result if exponent < 0 else result

    return rule


@lru_cache(maxsize=64)
def roots_of_unity(count: int, bits: int) -> tuple[acb, ...]:
    """exp(2*pi*i*j/count) for 0 <= j <= count/2, at `bits` bits; count a power of two."""
    with precision(bits):
        angles = [fmpq(2 * j, count) for j in range(count // 2 + 1)]
        return tuple(acb(arb.cos_pi_fmpq(a), arb.sin_pi_fmpq(a)) for a in angles)


# --- programs ---------------------------------------------------------------------------


class Instruction(NamedTuple):
    """One node of a program: its slot, its rule, and the slots of its one or two arguments."""

    slot: int
    rule: Rule
    left: int
    right: int | None

    def apply(self, values: list[acb]) -> acb:
        if self.right is None:
            return self.rule(values[self.left])
        return self.rule(values[self.left], values[self.right])


class BallProgram:
    """Guard-free terms as one straight-line program; equal subterms are evaluated once.

    deadline  asked before each evaluation, and before each step of a slow one, which raises OutOfTime
              after it
    """

    def __init__(self, *terms: Term, deadline: Deadline = NEVER) -> None:
        self._deadline = deadline
        self._slots: dict[Term, int] = {}
        self._leaves: list[tuple[int, Term]] = []
        self._constant: list[Instruction] = []
        self._steps: list[Instruction] = []
        self._moving: set[int] = set()
        self._outputs = tuple(self._compile(term) for term in terms)
        self._templates: dict[int, list[acb]] = {}
        self._sums = {slot: term for term in cancelling(terms) if (slot := self._slots[term]) in self._moving}
        self._forms: dict[int, _MeanValueForm | None] = {}  # made when first asked for

    def _compile(self, term: Term) -> int:
        known = self._slots.get(term)
        if known is not None:
            return known
        if not isinstance(term, Apply):
            slot = self._new_slot(term)
            self._leaves.append((slot, term))
            if isinstance(term, Variable):
                self._moving.add(slot)
            return slot
        is_product = term.function == "pown"
        parts = term.arguments[:1] if is_product else term.arguments
        rule = _power(literal_exponent(term)) if is_product else _RULES[term.function]
        arguments = tuple(self._compile(part) for part in parts)
        step = Instruction(self._new_slot(term), rule, arguments[0], arguments[1] if arguments[1:] else None)
        if self._moving.isdisjoint(arguments):
            self._constant.append(step)
        else:
            self._moving.add(step.slot)
            self._steps.append(step)
        return step.slot

    def _new_slot(self, term: Term) -> int:
        slot = len(self._slots)
        self._slots[term] = slot
        return slot

    def _template(self) -> list[acb]:
        """The values of the constant subterms at the present precision."""
        known = self._templates.get(ctx.prec)
        if known is None:
            known = [_NAN] * len(self._slots)
            for slot, term in self._leaves:
                known[slot] = _leaf(term)
            for step in self._constant:
                known[step.slot] = value = step.apply(known)
                if not value.is_finite():
                    raise self._not_analytic(step.slot, known)
            self._templates[ctx.prec] = known
        return known

    def __call__(self, z: acb) -> list[acb]:
        """Finite enclosures of the terms on the box z; NotAnalytic where one is not finite.

        Finite means: every node, inner ones too, is analytic on a neighbourhood of the box.
        """
        self._deadline.check()
        values = self._template().copy()
        x = self._slots.get(Variable())
        if x is not None:
            values[x] = z
        slow = ctx.prec > _SLOW
        for slot, rule, left, right in self._steps:
            if slow:
                self._deadline.check()
            value = rule(values[left]) if right is None else rule(values[left], values[right])
            if not value.is_finite():
                raise self._not_analytic(slot, values)
            if slot in self._sums and 4 * value.abs_lower() < value.abs_upper():
                value = self._narrowed(slot, value, z)
            values[slot] = value
        return [values[slot] for slot in self._outputs]

    def _narrowed(self, slot: int, value: acb, z: acb) -> acb:
        """The value of a sum on the box z, narrowed by its mean value form where it has one."""
        if slot not in self._forms:
            self._forms[slot] = _mean_value_form(self._sums[slot], self._deadline)
        form = self._forms[slot]
        return value if form is None else form.narrowed(value, z)

    def _not_analytic(self, slot: int, values: list[acb]) -> NotAnalytic:
        term = next(term for term, at in self._slots.items() if at == slot)
        step = next(step for step in (*self._steps, *self._constant) if step.slot == slot)
        used = (step.left,) if step.right is None else (step.left, step.right)
        return NotAnalytic(term, tuple(values[i] for i in used))


class _MeanValueForm(NamedTuple):
    """u(c) + u'(box)*(box - c), which holds u on the box: it is convex, and balls are."""

    function: BallProgram
    slope: BallProgram

    def narrowed(self, value: acb, z: acb) -> acb:
        """What an enclosure of u on the box z and the mean value form have in common."""
        centre = acb(z.real.mid(), z.imag.mid())
        try:
            form = self.function(centre)[0] + self.slope(z)[0] * (z - centre)
        except NotAnalytic:
            return value
        return acb(value.real.intersection(form.real), value.imag.intersection(form.imag))


def _mean_value_form(term: Term, deadline: Deadline) -> _MeanValueForm | None:
    """None where the language has no name for a derivative."""
    try:
        slope = derive(term)
    except TermError:
        return None
    return _MeanValueForm(BallProgram(term, deadline=deadline), BallProgram(slope, deadline=deadline))


def _leaf(term: Term) -> acb:
    if isinstance(term, Rational):
        return acb(exact(term.value))
    if isinstance(term, Constant):
        return acb(arb.pi() if term.name == "pi" else arb.const_e())
    if isinstance(term, Variable):
        return _NAN  # set by each evaluation
    raise TypeError(f"a program over x alone has no leaf {term!r}")
