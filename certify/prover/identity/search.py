"""From an exact spec to an identity proof: pieces, towers, side conditions, joins.

`prove` differentiates by rule, in contrast to the enclosures, which use values of f alone.
It returns an `Identity`, or what stands in the way: `Different`, a point at which f' is not s;
`NotReduced`, a difference f' - s that is not 0 in normal form, which shows nothing by itself;
or an `Obstruction`, such as a condition that was not shown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple, TypeVar

from certify.certificate.identity import (
    Atom,
    Identity,
    Join,
    Piece,
    Section,
    Tower,
    encode_identity,
    read_identity,
)
from certify.language.errors import GuardUndecided, Rejected, TermError
from certify.language.printer import print_term
from certify.language.spec import Bound, Range, Spec
from certify.language.terms import Apply, Rational, Term
from certify.prover.deadline import NEVER, Deadline
from certify.prover.identity.builder import SLOTS, TowerBuilder
from certify.prover.identity.conditions import (
    Extents,
    Failure,
    Obligation,
    Unshown,
    cover,
    fails_at,
    obligations,
)
from certify.prover.identity.difference import Different, NotReduced, shown_apart
from certify.prover.identity.extent import Extent, of_range, point
from certify.prover.identity.field import Element, Field, TooHard
from certify.prover.identity.generators import Refined, Units
from certify.prover.pieces import (
    MAX_PIECES,
    Decide,
    Split,
    germ_sign,
    is_smooth,
    open_interval_sign,
    partition,
    resolve,
)
from certify.prover.verdict import Obstruction, domain_options, kink_hint, power_hint, without

_MOST_REFINEMENTS = 8

T = TypeVar("T")


def identify(spec: Spec, deadline: Deadline = NEVER) -> Identity | Different | NotReduced | Obstruction:
    """The proof that f' = s on the whole domain, or what stands in the way of one; OutOfTime beyond
    the deadline."""
    whole = (spec.domain[0].low, spec.domain[-1].high)
    exact = replace(spec, atol=Fraction(0), rtol=Fraction(0))
    try:
        search = _IdentitySearch(*spec.bound_terms(), spec, deadline)
        for part in spec.domain:
            search.section(part)
        search.no_kinks()
        identity = Identity(exact, tuple(search.sections), tuple(search.joins), tuple(search.open_ends))
        read_identity(encode_identity(identity), exact)  # its numbers are short enough for a reader
    except _Stopped as stop:
        return stop.why
    except (Rejected, TermError, TooHard) as why:
        return _too_hard(whole, str(why))
    except RecursionError:
        return _too_hard(whole, "a formula nested too deep")
    return identity


class _Stopped(Exception):
    """The proof cannot be finished."""

    def __init__(self, why: Different | NotReduced | Obstruction) -> None:
        self.why = why


class _ProvedPiece(NamedTuple):
    """A finished piece, with what its joins need."""

    piece: Piece
    s: Term
    builder: TowerBuilder
    slope: Element  # f' of the piece


class _IdentitySearch:
    def __init__(self, f: Term, s: Term, spec: Spec, deadline: Deadline) -> None:
        self.f, self.s = f, s
        self.spec = spec
        self.deadline = deadline
        self.ranges = spec.ranges
        self.extents = {name: of_range(values) for name, values in self.ranges.items()}
        self.sample = {name: values.inside() for name, values in self.ranges.items()}
        self.sections: list[Section] = []
        self.joins: list[Join] = []
        self.open_ends: list[Fraction] = []
        self.kinks: set[Fraction] = set()

    def section(self, part: Range) -> None:
        """Prove one interval of the domain: its pieces, then the points between them."""
        try:
            ends = partition((self.f, self.s), part.low, part.high, self.deadline.check)
        except GuardUndecided as stop:
            hint = "a formula with fewer guards"
            raise _Stopped(Obstruction(part.low, part.high, str(stop), hint)) from stop
        ends, shown = self._pieces(part, ends)
        self.sections.append(Section(tuple(ends), tuple(item.piece for item in shown)))
        if is_smooth(self.f) and is_smooth(self.s):
            return
        for i, end in enumerate(ends):
            if end is not None and end in part:
                self._meeting(end, shown[i - 1] if i else None, shown[i] if i < len(shown) else None)

    def _pieces(self, part: Range, ends: list[Bound]) -> tuple[list[Bound], list[_ProvedPiece]]:
        """The pieces between the ends, and the ends with those that turned up on the way: a guard
        may be affine only once another, which is not, is decided."""
        pending, shown = list(pairwise(ends))[::-1], list[_ProvedPiece]()
        found = ends[:1]
        while pending:
            lo, hi = pending.pop()
            try:
                shown.append(self._piece(part.between(lo, hi)))
            except Split as split:
                pending += [(split.root, hi), (lo, split.root)]
                if len(pending) + len(shown) > MAX_PIECES:
                    raise _Stopped(_too_hard((lo, hi), f"more than {MAX_PIECES} pieces")) from split
                continue
            found.append(hi)
        return found, shown

    # --- pieces -------------------------------------------------------------------------

    def _piece(self, on: Range) -> _ProvedPiece:
        cuts: set[Fraction] = set()
        sign = self._sign_on(on, cuts)
        f, s = resolve(self.f, sign), resolve(self.s, sign)
        needed = [*obligations(f), *obligations(s)]
        cuts |= set(self._cover(on, needed))
        try:
            found, more = self._covered(f, s, on, needed, split=True)
        except Failure as failure:  # a factor may be undefined where the whole is not
            try:
                found, more = self._covered(f, s, on, needed, split=False)
            except (Failure, _Stopped):
                raise _Stopped(self._obstruction(failure)) from failure
        return found._replace(piece=Piece(found.piece.tower, tuple(sorted(cuts | more))))

    def _covered(
        self, f: Term, s: Term, on: Range, needed: list[Obligation], *, split: bool
    ) -> tuple[_ProvedPiece, set[Fraction]]:
        """The identity and the cuts of its cover; Failure where a generator's condition fails."""
        found = self._identity(f, s, on, split)
        return found, set(cover(on, lambda cell: self._first_failure(cell, needed, found.piece.tower)))

    def _sign_on(self, on: Range, cuts: set[Fraction]) -> Decide:
        exactly = open_interval_sign(on.low, on.high)

        def sign(guard: Term) -> int | None:
            found = exactly(guard)
            if found is not None or not is_smooth(guard):
                return found
            for value, term in ((1, guard), (-1, Apply("neg", (guard,)))):
                try:
                    cuts.update(self._cover(on, [Obligation(term, True, guard)]))
                except _Stopped:
                    continue  # not shown of this sign; the end of the loop says so
                return value
            why = f"{print_term(guard)} has no sign shown"
            hint = "values for the parameters, or a smaller domain"
            raise _Stopped(Obstruction(on.low, on.high, why, hint))

        return sign

    def _cover(self, on: Range, needed: list[Obligation]) -> tuple[Fraction, ...]:
        """Cuts for the conditions of the formulas."""
        try:
            return cover(on, lambda cell: self._first_failure(cell, needed, None))
        except Failure as failure:
            raise _Stopped(self._obstruction(failure)) from failure

    def _first_failure(
        self, cell: Extent, needed: list[Obligation], tower: Tower | None
    ) -> Obligation | None:
        evaluate = Extents(cell, self.extents, self.deadline)
        for obligation in needed:
            if not evaluate.shows(obligation):
                return obligation
        return _unsound_generator(evaluate, tower) if tower else None

    def _identity(self, f: Term, s: Term, on: Range, split: bool) -> _ProvedPiece:
        def build(builder: TowerBuilder) -> _ProvedPiece:
            F, S = builder.read(f), builder.read(s)
            slope = builder.derivative(F)
            difference = builder.field.reduced(builder.field.sub(slope, S))
            if difference.num:
                term = builder.expanded(builder.term(difference))
                raise _Stopped(self._not_equal(f, s, on.low, on.high, term))
            return _ProvedPiece(Piece(builder.tower(), ()), s, builder, slope)

        sample = {**self.sample, "x": on.inside()}
        return self._built(build, sample, (on.low, on.high), x=None, split=split)

    def _not_equal(self, f: Term, s: Term, lo: Bound, hi: Bound, difference: Term) -> Different | NotReduced:
        return shown_apart(f, s, lo, hi, self.sample) or NotReduced(lo, hi, difference)

    def _built(
        self,
        build: Callable[[TowerBuilder], T],
        sample: dict[str, Fraction],
        where: tuple[Bound, Bound],
        *,
        x: Fraction | None,
        split: bool,
    ) -> T:
        """What `build` makes in a tower whose exponentials have units that fit."""
        units = Units({}, {})
        slots, refinements = SLOTS[0], 0
        while True:
            try:
                symbolic = tuple(self.ranges)
                builder = TowerBuilder(
                    symbolic, sample, units, x=x, split=split, slots=slots, deadline=self.deadline
                )
                return build(builder)
            except Refined:
                refinements += 1
                if refinements > _MOST_REFINEMENTS:
                    raise _Stopped(_too_hard(where, "exponents without a common unit")) from None
            except TooHard as stop:
                if slots == SLOTS[-1]:
                    raise _Stopped(_too_hard(where, str(stop))) from stop
                slots = SLOTS[-1]
            except TermError as stop:
                raise _Stopped(_too_hard(where, str(stop))) from stop

    # --- the points between pieces -------------------------------------------------------

    def _meeting(self, at: Fraction, before: _ProvedPiece | None, after: _ProvedPiece | None) -> None:
        """Settle an end of a piece: nothing to say, a join, or a point where s is wrong."""
        f, s = self._germs(self.f, at), self._germs(self.s, at)[1]
        kink = not f[0] == f[1] == f[2]
        if not kink and any(s == side.s for side in (before, after) if side):
            return
        if before is None or after is None:
            if kink:
                self._open_end(at)
                return
            why = "s has a value of its own at this end of the domain"
            raise _Stopped(Obstruction(at, at, why, "a domain that goes beyond it"))
        self._check_at(at, (*f, s))
        join = self._join(at, f, s, before, after)
        if not kink and join.verdict != "smooth":
            difference = join.tower.expanded(Apply("sub", (join.slopes[0], join.spec)))
            raise _Stopped(self._not_equal(f[1], s, at, at, difference))
        if kink:
            self._check_kink(at, join)
        self.joins.append(join)

    def _open_end(self, at: Fraction) -> None:
        """A kink at an end of the domain, where only one piece meets: an exception, or nothing."""
        if at not in self.spec.exceptions or self.spec.value_at(at) is not None:
            why = "a kink at an end of the domain is not judged by an identity"
            raise _Stopped(Obstruction(at, at, why, f"a domain that goes beyond it; {kink_hint(at, 'open')}"))
        self.kinks.add(at)
        self.open_ends.append(at)

    def _check_kink(self, at: Fraction, join: Join) -> None:
        """Stop where a kink is not shown to be as the spec claims."""
        self.kinks.add(at)
        if (join.verdict in ("jump", "open")) == (at in self.spec.exceptions):
            return
        if at in self.spec.exceptions:
            why, hint = "f is continuous there, which the claim makes an exception", "none there"
        elif join.verdict == "jump":
            why, hint = "f jumps there: it has no derivative", kink_hint(at, "jump")
        else:
            why = "f is not shown continuous there with s between its one-sided derivatives"
            hint = kink_hint(at, "open")
        raise _Stopped(Obstruction(at, at, why, hint))

    def no_kinks(self) -> None:
        """Stop at a point that the spec takes for a kink, and that is none."""
        for at in (*self.spec.exceptions, *(at for at, _ in self.spec.kink_values)):
            if at not in self.kinks:
                why = "a kink is stated there, and f has none in the domain"
                raise _Stopped(Obstruction(at, at, why, "no word on it"))

    def _germs(self, term: Term, at: Fraction) -> tuple[Term, Term, Term]:
        def decide(guard: Term) -> int:
            evaluate = Extents(point(at), self.extents, self.deadline)
            for value, signed in ((1, guard), (-1, Apply("neg", (guard,)))):
                if evaluate.shows(Obligation(signed, True, guard)):
                    return value
            why = f"{print_term(guard)} has no sign shown"
            raise _Stopped(Obstruction(at, at, why, "values for the parameters"))

        left, middle, right = (resolve(term, germ_sign(at, side, decide)) for side in (-1, 0, 1))
        return left, middle, right

    def _check_at(self, at: Fraction, terms: tuple[Term, ...]) -> None:
        needed = [obligation for term in terms for obligation in obligations(term)]
        failed = self._first_failure(point(at), needed, None)
        if failed:
            raise _Stopped(self._obstruction(Failure(failed, at, at)))

    def _join(
        self, at: Fraction, f: tuple[Term, Term, Term], s: Term, before: _ProvedPiece, after: _ProvedPiece
    ) -> Join:
        def build(builder: TowerBuilder) -> Join:
            values = (builder.read(f[0]), builder.read(f[1]), builder.read(f[2]))
            slopes = tuple(builder.at(side.slope, side.builder) for side in (before, after))
            spec = builder.read(s)
            verdict = _verdict(builder.field, values, (slopes[0], slopes[1]), spec)
            self._check_stated(at, builder, spec)
            terms = [builder.term(a) for a in (*values, *slopes, spec)]
            tower = builder.tower(constants=True)
            return Join(at, verdict, tower, (terms[0], terms[1], terms[2]), (terms[3], terms[4]), terms[5])

        sample = {**self.sample, "x": at}
        join = self._built(build, sample, (at, at), x=at, split=True)
        if self._unshown_at(at, join) is None:
            return join
        join = self._built(build, sample, (at, at), x=at, split=False)
        failed = self._unshown_at(at, join)
        if failed is not None:
            raise _Stopped(self._obstruction(Failure(failed, at, at)))
        return join

    def _check_stated(self, at: Fraction, builder: TowerBuilder, spec: Element) -> None:
        """Stop where s at a kink is not the value that the spec states."""
        stated = self.spec.value_at(at)
        if stated is None:
            return
        self._check_at(at, (stated,))
        difference = builder.field.reduced(builder.field.sub(spec, builder.read(stated)))
        if difference.num:
            raise _Stopped(NotReduced(at, at, builder.expanded(builder.term(difference))))

    def _obstruction(self, failure: Failure) -> Obstruction:
        obligation, lo, hi, domain = failure.obligation, failure.lo, failure.hi, self.spec.domain
        needed = "> 0" if obligation.positive else "not 0"
        what = print_term(obligation.term)
        at = lo if lo is not None and lo == hi else None
        shown = "is not" if at is not None and fails_at(obligation, at) else "is not shown"
        why = f"{print_term(obligation.node)} needs {what} {needed}, which it {shown}"
        hint = "a domain that leaves it out"
        if at is not None:
            hint += f", {domain_options(without(domain, at))}"
        elif any(
            end in (p.low, p.high) and end not in p for end in (lo, hi) if end is not None for p in domain
        ):
            hint = "factors that are off 0 up to the open end, as in x*(x - 1) for x*x - x"
        return Obstruction(lo, hi, why, power_hint(obligation.node) or hint)

    def _unshown_at(self, at: Fraction, join: Join) -> Obligation | None:
        """The first condition of a join's generators, or of what it claims in them, that is not
        shown."""
        evaluate = Extents(point(at), self.extents, self.deadline)
        failed = _unsound_generator(evaluate, join.tower)
        if failed:
            return failed
        for claim in (*join.values, *join.slopes, join.spec):
            for obligation in obligations(claim):
                if not evaluate.shows(obligation):
                    return _expanded(obligation, join.tower)
        return None


def _verdict(
    field: Field, values: tuple[Element, ...], slopes: tuple[Element, Element], spec: Element
) -> str:
    """What the six constants of a join decide (theory, I5)."""
    left, middle, right = values
    gaps = [field.rational(field.sub(a, b)) for a, b in ((left, middle), (middle, right), (left, right))]
    if any(gap is not None and gap != 0 for gap in gaps):
        return "jump"
    if any(gap != 0 for gap in gaps):
        return "open"
    off = [field.rational(field.sub(spec, slope)) for slope in slopes]
    if off == [0, 0]:
        return "smooth"
    if 0 in off or (off[0] is not None and off[1] is not None and off[0] * off[1] < 0):
        return "subgradient"
    return "open"


def _unsound_generator(evaluate: Extents, tower: Tower) -> Obligation | None:
    """The first condition of a generator that is not shown (theory, I1); the generators before
    it have their extents by then."""
    for generator in tower.generators:
        atom = generator.atom
        plain = "log" if atom.kind == "root" else atom.kind
        node = Apply(plain, (atom.of,))
        for obligation in (*obligations(atom.of), *obligations(node)):
            if not evaluate.shows(obligation):
                return _expanded(obligation, tower)
        try:
            evaluate.names[generator.name] = evaluate(_root(atom) if atom.kind == "root" else node)
        except Unshown as stop:
            return _expanded(Obligation(stop.term, True, stop.term), tower)
    return None


def _root(atom: Atom) -> Term:
    if atom.degree == 2:
        return Apply("sqrt", (atom.of,))
    return Apply("pow", (atom.of, Rational(Fraction(1, atom.degree))))


def _expanded(obligation: Obligation, tower: Tower) -> Obligation:
    """A condition in the formula's own words."""
    return Obligation(tower.expanded(obligation.term), obligation.positive, tower.expanded(obligation.node))


def _too_hard(where: tuple[Bound, Bound], why: str) -> Obstruction:
    hint = "a bounded, closed domain with values for the parameters, which needs no identity"
    return Obstruction(*where, f"an identity is out of reach: {why}", hint)
