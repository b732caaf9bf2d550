"""What the command line does, as functions: prove an entry, build and check certificates,
verify files.  Each imports only the side it needs: proving loads flint, verifying mpmath."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from certify.catalogue import DEFAULT_TOLERANCE, Entry
from certify.certificate import (
    MAX_BYTES,
    Certificate,
    Refutation,
    decode,
    encode,
    encode_statement,
    statement_of,
)
from certify.errors import CertifyError, NotChecked, Rejected, UsageError
from certify.exact import Identity
from certify.files import read_limited, write_whole
from certify.language.numbers import power_of_ten_below
from certify.spec import Bound, Interval, Range, Spec
from certify.strict import Json
from certify.verdict import Certified, Obstruction, Refuted, Statistics, Undecided, Verdict

if TYPE_CHECKING:
    from certify.identity.prover import Different
    from certify.kernels.report import Report
    from certify.kernels.rerun import Rerun

MAX_PRECISION = 2**14  # bits; the default of --max-bits

Progress = Callable[[Fraction], None]


def prove(
    entry: Entry, spec: Spec, max_bits: int = MAX_PRECISION, progress: Progress | None = None
) -> Verdict:
    """The verdict on an entry's claim, its kinks included.

    A claim with a tolerance, on a bounded domain and for values of the parameters, is proved by
    enclosures, with the identity beside them where there is one.  Any other is exact: only an
    identity proves it.
    """
    if spec.is_exact:
        return entry.judge(_prove_exactly(entry, spec, max_bits, progress))
    from certify.enclosure.prover import prove as search

    verdict = search(spec, max_bits, progress)
    if isinstance(verdict, Certified):
        verdict = _with_identity(verdict, entry)
    return entry.judge(verdict)


def _with_identity(verdict: Certified, entry: Entry) -> Certified:
    """The verdict with the identity beside the tiles, or with why there is none."""
    found = exactly(entry, verdict.spec)
    if isinstance(found, Obstruction):
        return replace(verdict, no_identity=f"{found.where()}, {found.why}")
    return replace(verdict, certificate=verdict.certificate._replace(identity=found))


def exactly(entry: Entry, spec: Spec) -> Identity | Obstruction:
    """The identity f' = s: on the whole line, or the domain where f is not defined on it, for all the
    parameters' values; where that is not shown for the spec's values, then on its domain only."""
    from certify.identity.prover import prove as identify

    line = ((None, None),) if entry.natural_domain is None else spec.domain
    scopes = [
        entry.spec(line, dict.fromkeys(entry.parameters), Fraction(0)),
        replace(spec, domain=line, atol=Fraction(0), rtol=Fraction(0)),
        replace(spec, atol=Fraction(0), rtol=Fraction(0)),
    ]
    failures = []
    for i, scope in enumerate(scopes):
        if scope not in scopes[:i]:
            found = identify(scope)
            if isinstance(found, Identity):
                return found
            failures.append(found)
    return _without_identity(failures[-1])


def _without_identity(found: Different | Obstruction) -> Obstruction:
    if isinstance(found, Obstruction):
        return found
    why = f"f' and s are not identical: f' - s = {found}"
    hint = "a tolerance above 0, a bounded domain and values for the parameters, if s is approximate"
    return Obstruction(found.lo, found.hi, why, hint)


def _prove_exactly(entry: Entry, spec: Spec, max_bits: int, progress: Progress | None) -> Verdict:
    """Certified by an identity; where there is none, Refuted if a window shows a witness."""
    from certify.identity.prover import prove as identify

    begun = perf_counter()
    found = identify(spec)
    spent = Statistics(0, 0, 0, perf_counter() - begun)
    if isinstance(found, Identity):
        return Certified(found.spec, Certificate(found.spec, None, found), spent)
    from certify.enclosure.prover import prove as search

    verdict = search(window(entry, spec), max_bits, progress)
    return verdict if isinstance(verdict, Refuted) else Undecided(spec, (_without_identity(found),), spent)


def tightest(
    entry: Entry,
    spec: Spec,
    max_bits: int = MAX_PRECISION,
    progress: Progress | None = None,
    *,
    at_most: Fraction = Fraction(10**10),
) -> Verdict:
    """The verdict at the least absolute tolerance that is certified, within a factor of 2; with no
    tolerance at all where f' and s are identical.

    The tolerances tried are 1, 2, 4 and 8 times powers of ten, up to at_most.  Where none of them is
    certified, the verdict at the largest.
    """
    largest = _step_below(at_most)
    exact = prove(entry, replace(spec, atol=Fraction(0), rtol=Fraction(0)), max_bits, progress)
    if isinstance(exact, Certified) or spec.ranges or spec.bounded_domain() is None:
        return exact
    best = prove(entry, replace(spec, atol=_tolerance(largest)), max_bits, progress)
    low, high = min(_SMALLEST, largest - 1), largest  # certified at high, not looked for at low
    while isinstance(best, Certified) and high - low > 1:
        middle = (low + high) // 2
        verdict = prove(entry, replace(spec, atol=_tolerance(middle)), max_bits, progress)
        if isinstance(verdict, Certified):
            best, high = verdict, middle
        else:
            low = middle
    return best


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
    bounded part of the domain, and at the default of each symbolic parameter."""
    symbolic = {name: _point(entry.parameters[name].default, values) for name, values in spec.ranges.items()}
    tolerance = spec.atol if spec.atol + spec.rtol else DEFAULT_TOLERANCE
    domain = tuple(_bounded(lo, hi) for lo, hi in spec.domain)
    return replace(spec, domain=domain, atol=tolerance, parameters={**spec.parameters, **symbolic})


def _point(default: Fraction, values: Range) -> Fraction:
    """The default if it is in the range, else a point inside."""
    return default if default in values else values.inside()


def _bounded(lo: Bound, hi: Bound) -> Interval:
    """[lo, hi] cut to [-10, 10] in the place of infinite ends, or to 20 beyond a finite one."""
    if lo is None:
        high = hi if hi is not None else Fraction(10)
        return high - 20, high
    return lo, lo + 20 if hi is None else hi


class Verified(NamedTuple):
    """What came of one file: the certificate where it was accepted, else why it was not."""

    path: Path
    certificate: Certificate | None
    why: Rejected | NotChecked | None
    seconds: float
    report: Report | None = None
    again: Rerun | None = None  # what was run again of a report's kernel

    @property
    def rejection(self) -> Rejected | None:
        return self.why if isinstance(self.why, Rejected) else None


def verify(path: Path, rerun: str = "some") -> Verified:
    """Re-verify a certificate file; one that cannot be read is rejected, and one that needs what the
    verifier cannot evaluate is not checked.

    rerun  how many blocks of a report's kernel are run again: some, all or none
    """
    from certify.kernels.report import is_report
    from certify.verifier.checker import verify as check

    begun = perf_counter()
    try:
        try:
            data = read_limited(path, MAX_BYTES)
        except UsageError as error:
            raise Rejected("file", str(error), "a readable file") from error
        if is_report(data):
            report, again = _verified_report(data, rerun)
            return Verified(path, None, None, perf_counter() - begun, report, again)
        return Verified(path, check(data), None, perf_counter() - begun)
    except (Rejected, NotChecked) as why:
        return Verified(path, None, why, perf_counter() - begun)


def _verified_report(data: bytes, which: str) -> tuple[Report, Rerun]:
    """The report, all of it checked that can be, and what was run again."""
    from certify.kernels.naming import check_name
    from certify.kernels.rerun import rerun
    from certify.verifier.kernel import verify_report

    report = verify_report(data)
    check_name(report)
    return report, rerun(report, which)


def verified(path: str | Path) -> Certificate:
    """The certificate of a file, re-verified; Rejected where it is not accepted, and NotChecked
    where it is prover-only."""
    outcome = verify(Path(path))
    if outcome.certificate is None:
        raise outcome.why or Rejected("file", "no verdict", "one")
    return outcome.certificate


def load(path: Path) -> Certificate:
    """Read a certificate without checking its proof; Rejected if it is malformed."""
    return decode(read_limited(path, MAX_BYTES))


def stale(entry: Entry, folder: Path) -> str | None:
    """Why the folder does not hold the entry's certificate for today's statement, or None."""
    path = folder / f"{entry.name}.json"
    if not path.exists():
        return "no certificate"
    try:
        certificate = load(path)
    except CertifyError as error:
        return f"not a certificate: {error}"
    if isinstance(certificate.proof, Refutation):
        return "a refutation, not a certificate that it holds"
    if statement_of(certificate) != _statement_today(entry):
        return "the certificate states something else than the entry does today"
    unexpected = entry.unexpected_kinks(certificate)
    return unexpected[0].why if unexpected else None


def _statement_today(entry: Entry) -> dict[str, Json]:
    """What the entry's certificate should state."""
    spec = entry.spec()
    if spec.is_exact:
        exact = replace(spec, atol=Fraction(0), rtol=Fraction(0))
        return encode_statement(exact, exact)
    found = exactly(entry, spec)
    return encode_statement(spec, found.spec if isinstance(found, Identity) else None)


def build(entries: Iterable[Entry], folder: Path) -> Iterable[tuple[Entry, Verdict]]:
    """Prove each entry as it is stated, and write the certificate of each that is certified."""
    for entry in entries:
        verdict = prove(entry, entry.spec())
        if isinstance(verdict, Certified):
            write_whole(folder / f"{entry.name}.json", encode(verdict.certificate))
        yield entry, verdict
