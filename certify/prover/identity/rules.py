"""The core form and the rules of differentiation (theory, I2), on elements."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Protocol

from certify.prover.identity.field import Element, Field


class Atoms(Protocol):
    """A field in which atoms have elements."""

    @property
    def field(self) -> Field: ...

    def atom(self, kind: str, u: Element, degree: int = 1) -> Element:
        """The element of kind(u)."""


AtomRule = Callable[[Atoms, Element], Element]


def _root2(k: Atoms, u: Element) -> Element:
    return k.atom("root", u, 2)


def _square(k: Atoms, u: Element) -> Element:
    return k.field.mul(u, u)


def _half_sum(k: Atoms, u: Element, sign: int) -> Element:
    E = k.atom("exp", u)
    return k.field.scale(Fraction(1, 2), k.field.add(E, k.field.scale(Fraction(sign), k.field.inverse(E))))


def _tanh(k: Atoms, u: Element) -> Element:
    E = k.atom("exp", k.field.scale(Fraction(2), u))
    return k.field.mul(k.field.sub(E, k.field.one), k.field.inverse(k.field.add(E, k.field.one)))


def _sigmoid(k: Atoms, u: Element) -> Element:
    E = k.atom("exp", u)
    return k.field.mul(E, k.field.inverse(k.field.add(E, k.field.one)))


def _acos(k: Atoms, u: Element) -> Element:
    return k.field.sub(k.field.scale(Fraction(1, 2), k.field.pi), k.atom("asin", u))


CORE: dict[str, AtomRule] = {
    "neg": lambda k, u: k.field.scale(Fraction(-1), u),
    "sqrt": _root2,
    "log1p": lambda k, u: k.atom("log", k.field.add(k.field.one, u)),
    "expm1": lambda k, u: k.field.sub(k.atom("exp", u), k.field.one),
    "tan": lambda k, u: k.field.mul(k.atom("sin", u), k.field.inverse(k.atom("cos", u))),
    "sinh": lambda k, u: _half_sum(k, u, -1),
    "cosh": lambda k, u: _half_sum(k, u, 1),
    "tanh": _tanh,
    "sigmoid": _sigmoid,
    "softplus": lambda k, u: k.atom("log", k.field.add(k.field.one, k.atom("exp", u))),
    "acos": _acos,
    "erfc": lambda k, u: k.field.sub(k.field.one, k.atom("erf", u)),
}


# --- differentiation ----------------------------------------------------------------------


def _gauss(k: Atoms, u: Element) -> Element:
    """2*exp(-u**2)/sqrt(pi)"""
    E = k.atom("exp", k.field.scale(Fraction(-1), _square(k, u)))
    return k.field.mul(k.field.scale(Fraction(2), E), k.field.inverse(_root2(k, k.field.pi)))


def _one_plus(k: Atoms, u: Element, sign: int) -> Element:
    """1 + sign*u**2"""
    return k.field.add(k.field.one, k.field.scale(Fraction(sign), _square(k, u)))


def _square_less_one(k: Atoms, u: Element) -> Element:
    return k.field.sub(_square(k, u), k.field.one)


# d kind(u)/du where it is written in u and other atoms.
_BY_ARGUMENT: dict[str, AtomRule] = {
    "log": lambda k, u: k.field.inverse(u),
    "erf": _gauss,
    "sin": lambda k, u: k.atom("cos", u),
    "cos": lambda k, u: k.field.scale(Fraction(-1), k.atom("sin", u)),
    "asin": lambda k, u: k.field.inverse(_root2(k, _one_plus(k, u, -1))),
    "atan": lambda k, u: k.field.inverse(_one_plus(k, u, 1)),
    "asinh": lambda k, u: k.field.inverse(_root2(k, _one_plus(k, u, 1))),
    "acosh": lambda k, u: k.field.inverse(_root2(k, _square_less_one(k, u))),
    "atanh": lambda k, u: k.field.inverse(_one_plus(k, u, -1)),
}
_IN_OTHER_ATOMS = ("erf", "cos", "asin", "asinh", "acosh")  # and sin, whose cosine is made after it


def slope(k: Atoms, kind: str, u: Element, g: Element, degree: int) -> Element:
    """The factor beside u' in the derivative of g = kind(u)."""
    if kind == "exp":
        return g
    if kind == "root":
        return k.field.mul(g, k.field.inverse(k.field.scale(Fraction(degree), u)))
    return _BY_ARGUMENT[kind](k, u)


def prepare(k: Atoms, kind: str, u: Element) -> None:
    """Make the atoms that the derivative of kind(u) is written in, which come before it."""
    if kind in _IN_OTHER_ATOMS:
        _BY_ARGUMENT[kind](k, u)
