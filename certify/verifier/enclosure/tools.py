"""What the checks of one file share: its work, its terms, evaluators and tables of roots."""

from __future__ import annotations

from certify.language.errors import Rejected
from certify.language.printer import print_term
from certify.language.terms import Term
from certify.verifier.enclosure.evaluate import Evaluator, NotEnclosed
from certify.verifier.enclosure.transform import Roots
from certify.verifier.guards import Lines, Shared, SignOf, choose
from certify.verifier.work import Work

MAX_EVALUATORS = 4


class Tools:
    """The work of one file, and what is made once for all of it."""

    def __init__(self) -> None:
        self.work = Work()
        self.shared = Shared()
        self.lines = Lines(self.work)
        self.roots = Roots(self.work)
        self._evaluators: dict[tuple[int, ...], Evaluator] = {}

    def choose(self, term: Term, sign: SignOf) -> Term:
        return choose(term, sign, self.shared, self.work)

    def evaluator(self, where: str, terms: tuple[Term, ...], bits: int, *, wide: bool = False) -> Evaluator:
        """An evaluator of shared terms, the last few of which are kept."""
        key = (bits, wide, *map(id, terms))  # the shared table holds the terms
        if key not in self._evaluators:
            if len(self._evaluators) >= MAX_EVALUATORS:
                self._evaluators.clear()
            try:
                self._evaluators[key] = Evaluator(terms, bits, self.work, wide=wide)
            except NotEnclosed as stop:
                raise Rejected(where, f"{print_term(stop.term)} without a value", "one") from stop
        return self._evaluators[key]
