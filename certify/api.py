"""What the command line does, as functions: prove an entry, have what was found verified, build and
check certificates.  Each imports only the side it needs: proving loads flint, verifying mpmath."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from certify.catalogue import DEFAULT_TOLERANCE, Entry
from certify.certificate.enclosure import (
    MAX_BYTES,
    Certificate,
    Refutation,
    decode,
    encode,
    encode_statement,
    statement_of,
)
from certify.certificate.files import read_limited, write_whole
from certify.certificate.identity import Identity
from certify.certificate.strict import Json
from certify.language.errors import CertifyError, NotChecked, Rejected, UsageError
from certify.language.numbers import describe, power_of_ten_below
from certify.language.spec import LINE, Range, Spec
from certify.prover.deadline import MAX_SECONDS, NEVER, Deadline, OutOfTime, after
from certify.prover.verdict import (
    Certified,
    Found,
    Obstruction,
    Proved,
    Refuted,
    Statistics,
    Undecided,
    Verdict,
    domain_options,
)

if TYPE_CHECKING:
    from certify.prover.identity.difference import Different, NotReduced

MAX_PRECISION = 2**14  # bits; the default of --max-bits

Progress = Callable[[Fraction], None]


class Tolerances(NamedTuple):
    """The tolerances t among which the least that is proved is looked for: 1, 2, 4 and 8 times powers of
    ten.

    at_most   the largest; None for 1e10
    relative  whether they are those of t + t*|f'(x)|
    """

    at_most: Fraction | None = None
    relative: bool = False


ANY_TOLERANCE = Tolerances()


@dataclass(frozen=True)
class Goal:
    """What is to be proved of an entry: its spec as it stands, or at the least tolerance `among` some."""

    entry: Entry
    spec: Spec
    among: Tolerances | None = None

    def prove(
        self,
        max_bits: int = MAX_PRECISION,
        progress: Progress | None = None,
        deadline: Deadline | None = None,
        *,
        verify: bool = True,
    ) -> Verdict:
        """The verdict, as of the functions `prove` and `tightest`."""
        if self.among is None:
            return prove(self.entry, self.spec, max_bits, progress, deadline, verify=verify)
        return tightest(self.entry, self.spec, max_bits, progress, deadline, self.among, verify=verify)


def prove(
    entry: Entry,
    spec: Spec,
    max_bits: int = MAX_PRECISION,
    progress: Progress | None = None,
    deadline: Deadline | None = None,
    *,
    verify: bool = True,
) -> Verdict:
    """The verdict on an entry's claim, its kinks included.

    A claim with a tolerance, on a bounded domain with closed ends and for values of the parameters, is
    proved by enclosures, with the identity beside them where there is one.  Any other is exact: only
    an identity proves it.

    deadline  when the search is given up, undecided; MAX_SECONDS from now unless it is given
    verify    whether the independent verifier looks at what was found: without, it is at best `Proved`
    """
    deadline = after(MAX_SECONDS) if deadline is None else deadline
    return issued(search(entry, spec, max_bits, progress, deadline), verify=verify)


def issued(found: Found, *, verify: bool = True) -> Verdict:
    """What may be said of what a search found, once the independent verifier has looked at its
    certificate: `Certified` is said of nothing that it has not accepted, and of what it has read."""
    if isinstance(found, Undecided) or not verify:
        return found
    from certify.verifier.checker import verify as check

    begun = perf_counter()
    try:
        accepted = check(encode(found.certificate))
    except NotChecked as why:
        return replace(found, not_verified=str(why))
    except Rejected as why:
        return Undecided(found.spec, (_rejected(found.spec, why),), found.statistics)
    if isinstance(found, Refuted):
        return replace(found, certificate=accepted, not_verified="")
    seconds = perf_counter() - begun
    return Certified(found.spec, accepted, found.statistics, seconds, found.no_identity)


def _rejected(spec: Spec, why: Rejected) -> Obstruction:
    lo, hi = spec.domain[0].low, spec.domain[-1].high
    said = f"a proof was found that the independent verifier rejects ({why})"
    hint = "a smaller domain or a larger --tol"
    return Obstruction(
        lo, hi, said, hint if why.where == "work" else f"{hint}; and a report of this to certify"
    )


def search(
    entry: Entry,
    spec: Spec,
    max_bits: int = MAX_PRECISION,
    progress: Progress | None = None,
    deadline: Deadline = NEVER,
) -> Found:
    """What the prover finds of an entry's claim, unverified."""
    begun = perf_counter()
    if spec.is_exact:
        try:
            return entry.judge(_prove_exactly(entry, spec, max_bits, progress, deadline))
        except OutOfTime:
            return _late(spec, deadline, begun)
    from certify.prover.enclosure.search import enclose

    verdict = enclose(spec, max_bits, progress, deadline)
    if isinstance(verdict, Proved):
        verdict = _with_identity(verdict, entry, deadline)
    return entry.judge(verdict)


def _late(spec: Spec, deadline: Deadline, begun: float) -> Undecided:
    late = tuple(deadline.unreached(part.low, part.high) for part in spec.domain)
    return Undecided(spec, late, Statistics(0, 0, 0, perf_counter() - begun))


def _with_identity(verdict: Proved, entry: Entry, deadline: Deadline) -> Proved | Undecided:
    """The verdict with the identity beside the tiles, or with why there is none."""
    try:
        found = exactly(entry, verdict.spec, deadline)
    except OutOfTime:  # what is certified must not depend on the time that there was
        late = [deadline.unreached(part.low, part.high) for part in verdict.spec.domain]
        why = "the tolerance is shown, but the search for an identity beside it did not end"
        return Undecided(
            verdict.spec, tuple(item._replace(why=f"{why}: {item.why}") for item in late), verdict.statistics
        )
    if isinstance(found, Identity):
        return replace(verdict, certificate=verdict.certificate._replace(identity=found))
    from certify.prover.identity.difference import Different

    head = "Not identical" if isinstance(found, Different) else "No identity found"
    obstruction = _without_identity(found, verdict.spec)
    return replace(verdict, no_identity=f"{head}: {obstruction.where()}, {obstruction.why}")


def exactly(
    entry: Entry, spec: Spec, deadline: Deadline = NEVER
) -> Identity | Different | NotReduced | Obstruction:
    """The identity f' = s, or what stands in its way; OutOfTime beyond the deadline.

    It is looked for on the whole line, or the domain where f is not defined on it, for all the
    parameters' values; where that is not shown, for the spec's values, then on its domain only.
    """
    from certify.prover.identity.search import identify

    line = (LINE,) if entry.natural_domain is None else spec.domain
    scopes = [
        entry.spec(line, dict.fromkeys(entry.parameters), Fraction(0)),
        replace(spec, domain=line, atol=Fraction(0), rtol=Fraction(0)),
        replace(spec, atol=Fraction(0), rtol=Fraction(0)),
    ]
    failures = []
    for i, scope in enumerate(scopes):
        if scope not in scopes[:i]:
            found = identify(scope, deadline)
            if isinstance(found, Identity):
                return found
            failures.append(found)
    return failures[-1]


def _for_tiles(spec: Spec) -> str:
    """What a claim that an exact one implies must have for tiles to prove it, beside a tolerance."""
    from certify.prover.enclosure.witness import window as closed

    if all(part.is_closed for part in spec.domain):
        return "a bounded domain and values for the parameters"
    values = " and values for the parameters" if spec.ranges else ""
    return f"closed ends ({domain_options(closed(spec.domain))}){values}"


def _without_identity(found: Different | NotReduced | Obstruction, spec: Spec) -> Obstruction:
    """Why there is no identity, and what would help."""
    from certify.prover.identity.difference import Different

    if isinstance(found, Obstruction):
        closed = all(part.is_closed for part in spec.domain)
        return found if closed else found._replace(hint=f"{found.hint}; or, for tiles, {_for_tiles(spec)}")
    hint = f"a tolerance above 0, {_for_tiles(spec)}, if s is approximate"
    lo, hi = (found.at, found.at) if isinstance(found, Different) else (found.lo, found.hi)
    return Obstruction(lo, hi, str(found), hint)


def _prove_exactly(
    entry: Entry, spec: Spec, max_bits: int, progress: Progress | None, deadline: Deadline
) -> Found:
    """Proved by an identity; where there is none, Refuted by a witness at a point, or in a window.
    OutOfTime beyond the deadline."""
    from certify.prover.identity.search import identify

    begun = perf_counter()
    found = identify(spec, deadline)
    spent = Statistics(0, 0, 0, perf_counter() - begun)
    if isinstance(found, Identity):
        return Proved(found.spec, Certificate(found.spec, None, found), spent)
    from certify.prover.enclosure.search import enclose, refute_exactly

    defaults = {name: row.default for name, row in entry.parameters.items()}
    refuted = refute_exactly(spec, defaults, DEFAULT_TOLERANCE, max_bits, deadline)
    if refuted is not None:
        return refuted
    verdict = enclose(window(entry, spec), max_bits, progress, deadline)
    if isinstance(verdict, Refuted):
        return verdict
    smaller = None
    if spec.atol + spec.rtol:
        exact = replace(spec, atol=Fraction(0), rtol=Fraction(0))
        smaller = refute_exactly(exact, defaults, DEFAULT_TOLERANCE, max_bits, deadline)
    deadline.check()
    why = _within_tolerance(smaller, spec) if smaller is not None else _without_identity(found, spec)
    return Undecided(spec, (why,), spent)


def _within_tolerance(smaller: Refuted, spec: Spec) -> Obstruction:
    """Why neither is shown of a claim that only an identity could prove, where f' and s differ by
    less than its tolerance."""
    values = "".join(f" for {name} = {describe(smaller.spec.values[name])}" for name in spec.ranges)
    why = f"f' and s differ there by more than {describe(smaller.spec.atol)}{values}: no identity proves it"
    hint = f"{_for_tiles(spec)}, or --tol 0, which is refuted"
    return Obstruction(smaller.witness, smaller.witness, why, hint)


def tightest(
    entry: Entry,
    spec: Spec,
    max_bits: int = MAX_PRECISION,
    progress: Progress | None = None,
    deadline: Deadline | None = None,
    among: Tolerances = ANY_TOLERANCE,
    *,
    verify: bool = True,
) -> Verdict:
    """The verdict at the least absolute tolerance that is proved, within a factor of 2; with no
    tolerance at all where f' and s are identical.

    Where none of the tolerances is proved, the verdict at the largest; a claim that only an identity
    proves has no tolerance, and is refuted beyond at_most alone where that is given.

    deadline, verify  of the whole search, as in `prove`
    """
    deadline = after(MAX_SECONDS) if deadline is None else deadline
    return issued(_tightest(entry, spec, max_bits, progress, deadline, among), verify=verify)


def _tightest(
    entry: Entry,
    spec: Spec,
    max_bits: int,
    progress: Progress | None,
    deadline: Deadline,
    among: Tolerances,
) -> Found:
    at_most, relative = among

    def stated(step: int) -> Spec:
        tolerance = _tolerance(step)
        return replace(spec, atol=tolerance, rtol=tolerance if relative else spec.rtol)

    largest = _step_below(Fraction(10**10) if at_most is None else at_most)
    exactly_equal = replace(spec, atol=Fraction(0), rtol=Fraction(0))
    if stated(largest).is_exact:
        widest = exactly_equal if at_most is None else stated(largest)
        return search(entry, widest, max_bits, progress, deadline)
    exact = _identical(entry, exactly_equal, deadline)
    if exact is not None:
        return exact
    best = search(entry, stated(largest), max_bits, progress, deadline)
    low, high = min(_SMALLEST, largest - 1), largest  # proved at high, not looked for at low
    while isinstance(best, Proved) and high - low > 1:
        middle = (low + high) // 2
        verdict = search(entry, stated(middle), max_bits, progress, deadline)
        if isinstance(verdict, Proved):
            best, high = verdict, middle
        elif deadline.passed():
            return _not_least(best, deadline)
        else:
            low = middle
    return best


def _identical(entry: Entry, spec: Spec, deadline: Deadline) -> Found | None:
    """Proved by an identity alone, or Undecided out of time; None where there is no identity."""
    from certify.prover.identity.search import identify

    begun = perf_counter()
    try:
        found = identify(spec, deadline)
    except OutOfTime:
        return _late(spec, deadline, begun)
    if not isinstance(found, Identity):
        return None
    spent = Statistics(0, 0, 0, perf_counter() - begun)
    verdict = entry.judge(Proved(found.spec, Certificate(found.spec, None, found), spent))
    return verdict if isinstance(verdict, Proved) else None


def _not_least(best: Proved, deadline: Deadline) -> Undecided:
    """Out of time on the way to the least tolerance: which one is shown by then is no answer."""
    shown = f"--tol {describe(best.spec.atol)}"
    late = [deadline.unreached(part.low, part.high) for part in best.spec.domain]
    why = f"{shown} is proved; looking for less"
    rows = [item._replace(why=f"{why}, {item.why}", hint=f"{shown}, or {item.hint}") for item in late]
    return Undecided(best.spec, tuple(rows), best.statistics)


_SMALLEST = -4 * 100  # 1e-100


def _step_below(tolerance: Fraction) -> int:
    """The last step whose tolerance is no more than the given one, which is positive."""
    if tolerance <= 0:
        raise UsageError("the largest tolerance must be more than 0")
    decade = power_of_ten_below(tolerance)
    digits = len(str(decade.numerator)) - len(str(decade.denominator))
    return max(step for step in range(4 * digits, 4 * digits + 4) if _tolerance(step) <= tolerance)


def _tolerance(step: int) -> Fraction:
    """1, 2, 4, 8, 10, 20, ... for 0, 1, 2, ...; 0.8 for -1."""
    decade, index = divmod(step, 4)
    return Fraction(2**index) * Fraction(10) ** decade


def window(entry: Entry, spec: Spec) -> Spec:
    """A claim that an exact one implies, within the reach of enclosures: with a tolerance, on a
    bounded, closed part of the domain, and at the default of each symbolic parameter."""
    from certify.prover.enclosure.witness import implied
    from certify.prover.enclosure.witness import window as bounded

    values = {name: _point(entry.parameters[name].default, row) for name, row in spec.ranges.items()}
    tolerance = spec.atol if spec.atol + spec.rtol else DEFAULT_TOLERANCE
    return implied(spec, values, bounded(spec.domain), tolerance)


def _point(default: Fraction, values: Range) -> Fraction:
    """The default if it is in the range, else a point inside."""
    return default if default in values else values.inside()


def load(path: Path) -> Certificate:
    """Read a certificate without checking its proof; Rejected if it is malformed."""
    return decode(read_limited(path, MAX_BYTES))


def stale(goal: Goal, folder: Path) -> str | None:
    """Why the folder does not hold the certificate of today's statement of what is to be proved, or None;
    the proof is not verified here."""
    path = folder / f"{goal.entry.name}.json"
    if not path.exists():
        return "no certificate"
    try:
        certificate = load(path)
    except CertifyError as error:
        return f"not a certificate: {error}"
    if isinstance(certificate.proof, Refutation):
        return "a refutation, not a certificate that it holds"
    if goal.among is not None and not _is_among(certificate, goal.among):
        return "the certificate's tolerance is more than the rounding of constants explains"
    if statement_of(certificate) != _statement_today(goal, certificate):
        return "the certificate states something else than the entry does today"
    unexpected = goal.entry.unexpected_kinks(certificate)
    return unexpected[0].why if unexpected else None


def _is_among(certificate: Certificate, among: Tolerances) -> bool:
    """Whether a certificate's tolerance is one that would do."""
    atol, rtol = certificate.spec.atol, certificate.spec.rtol
    return (among.at_most is None or atol <= among.at_most) and (not among.relative or rtol == atol)


def _statement_today(goal: Goal, certificate: Certificate) -> dict[str, Json]:
    """What the certificate should state, at its own tolerance where any of some would do."""
    spec = goal.spec
    if goal.among is not None:
        tolerance = certificate.spec.atol
        spec = replace(spec, atol=tolerance, rtol=tolerance if goal.among.relative else spec.rtol)
    if spec.is_exact:
        exact = replace(spec, atol=Fraction(0), rtol=Fraction(0))
        return encode_statement(exact, exact)
    found = exactly(goal.entry, spec)
    return encode_statement(spec, found.spec if isinstance(found, Identity) else None)


def build(goal: Goal, path: Path, seconds: int = MAX_SECONDS, *, verify: bool = True) -> Verdict:
    """The verdict, in so many seconds, whose certificate is written to the path where it is proved."""
    verdict = goal.prove(deadline=after(seconds), verify=verify)
    if isinstance(verdict, Certified | Proved):
        write_whole(path, encode(verdict.certificate))
    return verdict
