"""Mean value forms: sums on boxes on which their terms cancel.

u(z) - u(c) is the integral of u' along the segment from c to z, which a box holds with its ends.  So
u on a box lies in u(c) + D*(box - c), for a rectangle D that holds u' on the box: D is closed and
convex, and an integral mean of its points is one of them.  D comes from the chain rule with the
partial derivatives below, each of the one analytic function of its row in `language.functions`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from certify.language.terms import Apply, literal_exponent
from certify.verifier.arithmetic import interval as iv
from certify.verifier.arithmetic import real
from certify.verifier.arithmetic import rectangle as rect
from certify.verifier.arithmetic.corners import max_of
from certify.verifier.arithmetic.interval import Interval, Unbounded
from certify.verifier.arithmetic.rectangle import ONE, TWO, Rectangle, add, div, mul, neg, square, sub

MINUS_ONE = neg(ONE, 1)


class Instruction(NamedTuple):
    """One node of a straight-line program: its slot, its term, and the slots of its arguments."""

    slot: int
    term: Apply
    arguments: tuple[int, ...]


def may_cancel(value: Rectangle) -> bool:
    """Whether some point of a box may be more than about four times as large as another."""
    re, im = map(iv.magnitude, value)
    near, far = max_of(re[0], im[0]), max_of(re[1], im[1])
    return not iv.at_most(far, iv.scale((near, near), 2)[0])


class Centred:
    """The mean value forms of the sums of one program on one box, asked for in the order of its steps.

    place   the slot of x
    values  of the steps on the box, filled in by the caller as it goes on
    at      the sums at a point, by their slots
    """

    def __init__(
        self,
        box: Rectangle,
        place: int,
        steps: list[Instruction],
        values: list[Rectangle | None],
        bits: int,
        at: Callable[[Rectangle], dict[int, Rectangle]],
    ) -> None:
        self._box = box
        self._steps = iter(steps)
        self._values = values
        self._bits = bits
        self._at = at
        self._slopes: dict[int, Rectangle | None] = {place: ONE}  # constants have none
        self._centre: Rectangle | None = None
        self._sums: dict[int, Rectangle] = {}  # at the centre

    def narrowed(self, slot: int, value: Rectangle) -> Rectangle:
        """What the value and the mean value form have in common; the value where there is no form."""
        if self._centre is None:
            self._centre = _point(self._box[0], self._bits), _point(self._box[1], self._bits)
            self._sums = self._at(self._centre)
        for step in self._steps:
            self._slopes[step.slot] = self._slope(step)
            if step.slot == slot:
                break
        slope = self._slopes[slot]
        if slope is None or slot not in self._sums:
            return value
        offset = sub(self._box, self._centre, self._bits)
        form = add(self._sums[slot], mul(slope, offset, self._bits), self._bits)
        return iv.meet(value[0], form[0]), iv.meet(value[1], form[1])

    def _slope(self, step: Instruction) -> Rectangle | None:
        """A rectangle that holds the derivative of a step on the box, by the chain rule."""
        parts = [value for i in step.arguments if (value := self._values[i]) is not None]
        try:
            partials = _partials(step.term, parts, self._bits)
            total: Rectangle | None = None
            for i, partial in zip(step.arguments, partials, strict=False):
                if i not in self._slopes:
                    continue
                inner = self._slopes[i]
                if inner is None:
                    return None
                product = partial if inner is ONE else mul(partial, inner, self._bits)
                total = product if total is None else add(total, product, self._bits)
        except Unbounded:
            return None
        return total


def _point(side: Interval, bits: int) -> Interval:
    """A point of the side, about its middle."""
    m = iv.ball(side, bits)[0]
    inside = iv.at_most(side[0], m) and iv.at_most(m, side[1])
    return (m, m) if inside else (side[0], side[0])


# --- partial derivatives ----------------------------------------------------------------


def _partials(term: Apply, parts: list[Rectangle], bits: int) -> tuple[Rectangle, ...]:
    """Of a primitive by each of its arguments, on rectangles that hold them."""
    a = parts[0]
    if term.function == "pown":
        n = literal_exponent(term)
        factor: Rectangle = iv.from_integers(n, n, 0, bits), iv.ZERO
        return (mul(factor, rect.power(a, n - 1, bits), bits),)
    if term.function in _BINARY:
        return _BINARY[term.function](a, parts[1], bits)
    return (_UNARY[term.function](a, bits),)


def _power(a: Rectangle, b: Rectangle, bits: int) -> tuple[Rectangle, Rectangle]:
    """b*a**b/a and a**b*log(a), for a**b = exp(b*log(a))."""
    logarithm = rect.log(a, bits)
    value = rect.exp(mul(b, logarithm, bits), bits)
    return div(mul(b, value, bits), a, bits), mul(value, logarithm, bits)


def _quotient(a: Rectangle, b: Rectangle, bits: int) -> tuple[Rectangle, Rectangle]:
    inverse = div(ONE, b, bits)
    return inverse, neg(mul(div(a, b, bits), inverse, bits), bits)


_BINARY: dict[str, Callable[[Rectangle, Rectangle, int], tuple[Rectangle, Rectangle]]] = {
    "add": lambda a, b, bits: (ONE, ONE),
    "sub": lambda a, b, bits: (ONE, MINUS_ONE),
    "mul": lambda a, b, bits: (b, a),
    "div": _quotient,
    "pow": _power,
}


def _over_root(a: Rectangle, bits: int) -> Rectangle:
    return div(ONE, rect.sqrt(a, bits), bits)


def _acosh(a: Rectangle, bits: int) -> Rectangle:
    """1/(sqrt(z - 1)*sqrt(z + 1)), analytic off (-inf, 1] (DLMF 4.37.21)."""
    roots = (rect.sqrt(sub(a, ONE, bits), bits), rect.sqrt(add(a, ONE, bits), bits))
    return div(ONE, mul(*roots, bits), bits)


def _bell(a: Rectangle, bits: int) -> Rectangle:
    """2/sqrt(pi)*exp(-z*z)"""
    root: Rectangle = iv.sqrt(real.pi(bits), bits), iv.ZERO
    return mul(div(TWO, root, bits), rect.exp(neg(square(a, bits), bits), bits), bits)


def _sigmoid(a: Rectangle, bits: int) -> Rectangle:
    value = rect.sigmoid(a, bits)
    return mul(value, sub(ONE, value, bits), bits)


def _below(a: Rectangle, bits: int) -> Rectangle:
    """1 - z*z, which is in (-inf, 0] exactly on the cuts of asin, acos and atanh."""
    return sub(ONE, square(a, bits), bits)


def _above(a: Rectangle, bits: int) -> Rectangle:
    """1 + z*z, which is in (-inf, 0] exactly on the cuts of asinh and atan."""
    return add(ONE, square(a, bits), bits)


_UNARY: dict[str, Callable[[Rectangle, int], Rectangle]] = {
    "neg": lambda a, bits: MINUS_ONE,
    "exp": rect.exp,
    "expm1": rect.exp,
    "log": lambda a, bits: div(ONE, a, bits),
    "log1p": lambda a, bits: div(ONE, add(ONE, a, bits), bits),
    "sqrt": lambda a, bits: div(ONE, mul(TWO, rect.sqrt(a, bits), bits), bits),
    "sin": rect.cos,
    "cos": lambda a, bits: neg(rect.sin(a, bits), bits),
    "tan": lambda a, bits: add(ONE, square(rect.tan(a, bits), bits), bits),
    "sinh": rect.cosh,
    "cosh": rect.sinh,
    "tanh": lambda a, bits: sub(ONE, square(rect.tanh(a, bits), bits), bits),
    "asin": lambda a, bits: _over_root(_below(a, bits), bits),
    "acos": lambda a, bits: neg(_over_root(_below(a, bits), bits), bits),
    "atan": lambda a, bits: div(ONE, _above(a, bits), bits),
    "asinh": lambda a, bits: _over_root(_above(a, bits), bits),
    "acosh": _acosh,
    "atanh": lambda a, bits: div(ONE, _below(a, bits), bits),
    "erf": _bell,
    "erfc": lambda a, bits: neg(_bell(a, bits), bits),
    "sigmoid": _sigmoid,
    "softplus": rect.sigmoid,
}
