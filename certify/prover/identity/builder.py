"""The tower of a piece as it grows: formulas read, derivatives taken, and the record written."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from flint import fmpq_mpoly

from certify.certificate.identity import MAX_GENERATORS, Generator, Tower
from certify.language.terms import Term
from certify.prover.deadline import NEVER, Deadline
from certify.prover.enclosure.ball import arb, exact, precision
from certify.prover.identity.field import Element, Field
from certify.prover.identity.generators import SAMPLE_BITS, Generators, Units
from certify.prover.identity.reading import TermReader
from certify.prover.identity.rules import slope

SLOTS = (12, MAX_GENERATORS)


class TowerBuilder:
    """A tower over x (or a rational in its place), pi and the symbolic parameters.

    sample   a point of the piece, and of the parameters' ranges: tells the signs of factors
    units    what was found so far: Refined where that is not enough
    split    whether logarithms and roots are taken apart into those of factors
    slots    how many generators there is room for
    """

    def __init__(
        self,
        symbolic: tuple[str, ...],
        sample: Mapping[str, Fraction],
        units: Units,
        *,
        x: Fraction | None = None,
        split: bool = True,
        slots: int = SLOTS[0],
        deadline: Deadline = NEVER,
    ) -> None:
        names = ("x", "pi", *symbolic)
        free = (name for i in range(1, 4 * MAX_GENERATORS) if (name := f"g{i}") not in symbolic)
        self.field = Field((*names, *(next(free) for _ in range(slots))), deadline)
        with precision(SAMPLE_BITS):
            known = [exact(sample.get("x", Fraction(0))), arb.pi(), *(exact(sample[n]) for n in symbolic)]
        self._first = len(names)
        self.generators = Generators(self.field, self._first, known, units, split=split)
        self._x = self.field.variable(0) if x is None else self.field.constant(x)
        self._reader = TermReader(self.generators, self._x)
        self._derivatives: dict[int, Element] = {0: self.field.one}

    def read(self, term: Term) -> Element:
        """The element of a guard-free term."""
        return self._reader.read(term)

    def derivative(self, a: Element) -> Element:
        """a' by the quotient rule and the generators' derivatives."""
        top = self.field.sub(
            self.field.mul(self._derive_poly(a.num), Element(a.den, self.field.one.den)),
            self.field.mul(self._derive_poly(a.den), Element(a.num, self.field.one.den)),
        )
        return self.field.mul(top, Element(self.field.one.num, a.den * a.den))

    def _derive_poly(self, p: fmpq_mpoly) -> Element:
        total = self.field.zero
        for i, degree in enumerate(p.degrees()):
            if degree > 0 and (i == 0 or i >= self._first):
                partial = Element(p.derivative(i), self.field.one.den)
                total = self.field.add(total, self.field.mul(partial, self._derivative_of(i)))
        return total

    def _derivative_of(self, i: int) -> Element:
        found = self._derivatives.get(i)
        if found is None:
            made = self.generators.made[i - self._first]
            rule = slope(self.generators, made.kind, made.of, self.field.variable(i), made.degree)
            found = self._derivatives[i] = self.field.mul(self.derivative(made.of), rule)
        return found

    # --- the record ---------------------------------------------------------------------

    def tower(self, *, constants: bool = False) -> Tower:
        """The generators, with their derivatives, and the steps."""
        if not constants:
            for made in list(self.generators.made):
                self._derivative_of(made.variable)
        generators = tuple(
            Generator(
                self.field.names[made.variable],
                self.generators.record(made),
                self.term(self.field.zero if constants else self._derivative_of(made.variable)),
            )
            for made in self.generators.made
        )
        return Tower(generators, tuple(found.step for found in self.generators.steps))

    def term(self, a: Element) -> Term:
        """The element as a term over the generators' names."""
        return self.generators.term(a)

    def expanded(self, term: Term) -> Term:
        """A term over generators with their definitions in the place of their names."""
        return self.generators.expanded(term)

    # --- another tower ------------------------------------------------------------------

    def at(self, a: Element, source: TowerBuilder) -> Element:
        """An element of another tower, whose x this one has a value for, read in this one."""
        values = {0: self._x, 1: self.field.pi}
        for i in range(2, source._first):
            values[i] = self.field.variable(i)
        for made in source.generators.made:
            of = self.field.substituted(made.of, values)
            values[made.variable] = self.generators.atom(made.kind, of, made.degree)
        return self.field.substituted(a, values)
