"""Guard-free terms on rectangles: a rectangle that contains the values, or the subterm that is in the way."""

from __future__ import annotations

from certify.language.terms import Apply, Constant, Rational, Term, Variable, cancelling, literal_exponent
from certify.verifier.arithmetic import interval as iv
from certify.verifier.arithmetic import real
from certify.verifier.arithmetic import rectangle as rect
from certify.verifier.arithmetic.erf import erf_work
from certify.verifier.arithmetic.interval import Unbounded
from certify.verifier.arithmetic.primitives import FUNCTIONS, OPERATIONS
from certify.verifier.arithmetic.rectangle import Rectangle
from certify.verifier.enclosure.centred import Centred, Instruction, may_cancel
from certify.verifier.guards import Shared, bits_of
from certify.verifier.work import Work, evaluation, exact, power


class NotEnclosed(Exception):
    """A subterm that may have a pole or a cut on the rectangle."""

    def __init__(self, term: Term) -> None:
        self.term = term


def leaf(term: Term, bits: int) -> Rectangle:
    """A rectangle about a constant."""
    if isinstance(term, Rational):
        return iv.from_fraction(term.value, bits), iv.ZERO
    if isinstance(term, Constant) and term.name == "pi":
        return real.pi(bits), iv.ZERO
    if isinstance(term, Constant) and term.name == "e":
        return rect.exp(rect.ONE, bits)
    raise NotEnclosed(term)


def cost(term: Apply, bits: int, *, wide: bool) -> int:
    """The work of a primitive on rectangles."""
    if term.function == "pown":
        return power(literal_exponent(term), bits)
    return evaluation(term.function, bits, wide=wide)


def apply(term: Apply, parts: list[Rectangle], bits: int, work: Work) -> Rectangle:
    """A rectangle that holds a primitive's values; NotEnclosed where it may have a pole or a cut."""
    name = term.function
    try:
        if name in OPERATIONS:
            return OPERATIONS[name](parts[0], parts[1], bits)
        if name == "pown":
            return rect.power(parts[0], literal_exponent(term), bits)
        if name == "pow":  # exp(b*log(a))
            return rect.exp(rect.mul(parts[1], rect.log(parts[0], bits), bits), bits)
        if name in ("erf", "erfc"):
            work.spend(erf_work(parts[0], bits))
        return FUNCTIONS[name](parts[0], bits)
    except Unbounded as stop:
        raise NotEnclosed(term) from stop


class Evaluator:
    """Guard-free terms at one precision; equal subterms, and constant ones, only once.

    wide  whether the rectangles are boxes: they cost more than points, and on them sums that
          decide where a pole or a cut is are narrowed by mean value forms
    """

    def __init__(
        self, terms: tuple[Term, ...], bits: int, work: Work | None = None, *, wide: bool = False
    ) -> None:
        self.bits = bits
        self._wide = wide
        self._work = work or Work()
        self._shared = Shared()
        self._cost = 1  # of a call
        self._slots: dict[int, int] = {}
        self._values: list[Rectangle | None] = []
        self._steps: list[Instruction] = []
        self._place: int | None = None
        shared = tuple(self._shared(term) for term in terms)
        self._outputs = tuple(self._slot(term) for term in shared)
        self._sums = self._sums_of(shared) if wide else {}
        self._centres: Evaluator | None = None  # of the sums, made when first asked for

    def _sums_of(self, terms: tuple[Term, ...]) -> dict[int, Term]:
        """The sums with x in them that may need a mean value form, by their slots."""
        moving = {step.slot for step in self._steps}
        slots = ((self._slots[id(term)], term) for term in cancelling(terms))
        return {slot: term for slot, term in slots if slot in moving}

    def _slot(self, term: Term) -> int:
        if id(term) in self._slots:
            return self._slots[id(term)]
        arguments: tuple[int, ...] = ()
        if isinstance(term, Apply):
            arguments = tuple(self._slot(part) for part in term.arguments)
        slot = self._slots[id(term)] = len(self._values)
        self._values.append(self._constant(term, arguments))
        if isinstance(term, Variable):
            self._place = slot
        return slot

    def _constant(self, term: Term, arguments: tuple[int, ...]) -> Rectangle | None:
        """The value of a constant term; any other becomes a step."""
        if isinstance(term, Variable):
            return None
        if not isinstance(term, Apply):
            self._work.spend(exact(bits_of(term.value)) if isinstance(term, Rational) else 1)
            return leaf(term, self.bits)
        units = cost(term, self.bits, wide=self._wide)
        parts = [value for i in arguments if (value := self._values[i]) is not None]
        if len(parts) == len(arguments):
            self._work.spend(units)
            return apply(term, parts, self.bits, self._work)
        self._cost += units
        self._steps.append(Instruction(len(self._values), term, arguments))
        return None

    def __call__(self, x: Rectangle) -> list[Rectangle]:
        """Rectangles that contain the terms' values for every x of the argument; every
        subterm is analytic on a neighbourhood of it.  NotEnclosed where that is not shown."""
        self._work.spend(self._cost)
        values = self._values.copy()
        if self._place is not None:
            values[self._place] = x
        centred = None
        if self._sums and self._place is not None:
            centred = Centred(x, self._place, self._steps, values, self.bits, self._at)
        for slot, term, arguments in self._steps:
            parts = [value for i in arguments if (value := values[i]) is not None]
            values[slot] = value = apply(term, parts, self.bits, self._work)
            if centred and slot in self._sums and may_cancel(value):
                values[slot] = centred.narrowed(slot, value)
        return [value for i in self._outputs if (value := values[i]) is not None]

    def _at(self, centre: Rectangle) -> dict[int, Rectangle]:
        """The sums at a point, by their slots; none where one has no value."""
        self._work.spend(3 * self._cost)  # of the slopes, which come with them
        try:
            if self._centres is None:
                self._centres = Evaluator(tuple(self._sums.values()), self.bits, self._work)
            return dict(zip(self._sums, self._centres(centre), strict=True))
        except (NotEnclosed, Unbounded):
            return {}
