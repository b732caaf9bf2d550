"""What the rounding of a program's constants explains, and no more.

A constant that takes more than half of its format's significand is taken as a real number
rounded to it, off by at most one part in 2**53 (2**24 at float32): the unit u.  So is one of at
most 4 units, such as the eps below which a series is cut off.  Integers and short constants
such as 0.5 are exact.  Each rounded constant moved by u changes f' - s at x; the sum of these
changes over 1 + |f'| is how far off rounding puts the derivative, to first order.  Twice the
largest over points of the domain, for what lies between them, is the t of the tolerance
t + t*|f'(x)| that a program is allowed; but at least 4 units, and never above 1024.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from certify.api import Goal, Tolerances
from certify.capture.program import SIGNIFICANDS, CapturedProgram
from certify.catalogue import DEFAULT_TOLERANCE, Entry
from certify.language.errors import GuardUndecided, TermError
from certify.language.spec import Domain, Spec
from certify.language.terms import Apply, Rational, Term, expand_output, substitute, subterms
from certify.notation.derive import derive
from certify.prover.enclosure.ball import (
    BallProgram,
    NotAnalytic,
    TooLarge,
    acb,
    arb,
    exact,
    precision,
    upper,
)
from certify.prover.enclosure.kinks import germs

UNIT = {"float64": Fraction(1, 2**53), "float32": Fraction(1, 2**24)}
LEAST, MOST = 4, 2**10  # units; the most is 1e-13, and 6e-5 at float32

_POINTS = 64  # in each interval of the domain
_BITS = 256


def allowed(program: CapturedProgram, domain: Domain) -> Fraction:
    """The tolerance t that the program is allowed on the domain, |f' - s| <= t + t*|f'|; that of
    `certify prove` where no constant is rounded."""
    constants = rounded(program)
    if not constants:
        return DEFAULT_TOLERANCE
    unit = UNIT[program.dtype]
    explained = _Explained(program, constants, unit)
    worst = max(map(explained, _points(domain)), default=Fraction(0))
    return unit * min(MOST, max(LEAST, -(-2 * worst // unit)))


def within(program: CapturedProgram, stated: Entry, spec: Spec, at_most: Fraction | None = None) -> Goal:
    """What is to be proved of a program: what is stated of it, at the least tolerance t + t*|f'(x)|, and
    refuted beyond the largest.

    at_most  the largest; None for what the program is allowed on the spec's domain
    """
    most = allowed(program, spec.domain) if at_most is None else at_most
    return Goal(stated, spec, Tolerances(most, relative=True))


def rounded(program: CapturedProgram) -> list[Fraction]:
    """The sizes of the constants that are taken as rounded."""
    short, smallest = SIGNIFICANDS[program.dtype] // 2, LEAST * UNIT[program.dtype]
    nodes = (node for part in (program.function, program.derivative) for node in subterms(part))
    values = {abs(node.value) for node in nodes if isinstance(node, Rational)}
    return sorted(
        value
        for value in values
        if _is_float(value) and (value.numerator.bit_length() > short or value <= smallest)
    )


def _is_float(value: Fraction) -> bool:
    """Whether it is a binary fraction, and no integer."""
    return value.denominator > 1 and value.denominator & (value.denominator - 1) == 0


def _points(domain: Domain) -> Iterator[Fraction]:
    for part in domain:
        lo, hi = part.low, part.high
        if lo is not None and hi is not None:
            for share in (Fraction(1, 2**20), *(Fraction(2 * i + 1, 2 * _POINTS) for i in range(_POINTS))):
                yield lo + (hi - lo) * share
                yield hi - (hi - lo) * share


class _Explained:
    """At a point, an upper bound of what moving each constant by a unit changes in f' - s, over
    1 + |f'|; 0 where f or s has no value."""

    def __init__(self, program: CapturedProgram, constants: list[Fraction], unit: Fraction) -> None:
        self.f, self.s = program.function, expand_output(program.derivative, program.function)
        self.constants, self.factor = constants, 1 + unit
        self.known: dict[tuple[Term, Term], BallProgram] = {}

    def __call__(self, x: Fraction) -> Fraction:
        try:
            compiled = self._compiled(germs(self.f, x)[1], germs(self.s, x)[1])
            with precision(_BITS):
                slope, gap, *moved = (value.real for value in compiled(acb(exact(x))))
                change = sum((abs(other - gap) for other in moved), start=arb(0))
                return upper((change / (1 + abs(slope))).abs_upper())
        except (NotAnalytic, GuardUndecided, TermError, TooLarge):
            return Fraction(0)

    def _compiled(self, f: Term, s: Term) -> BallProgram:
        """f', f' - s, and f' - s with each constant moved; f and s free of guards."""
        if (f, s) not in self.known:
            slope = derive(f)
            gap = Apply("sub", (slope, s))
            self.known[f, s] = BallProgram(slope, gap, *(_moved(gap, c, self.factor) for c in self.constants))
        return self.known[f, s]


def _moved(term: Term, value: Fraction, factor: Fraction) -> Term:
    """The term with the constant of that size, of either sign, times the factor."""

    def leaf(node: Term) -> Term:
        return (
            Rational(node.value * factor) if isinstance(node, Rational) and abs(node.value) == value else node
        )

    return substitute(term, leaf)
