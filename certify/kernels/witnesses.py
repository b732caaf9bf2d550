"""The report of a run: its figures, with witnesses that are run once more and enclosed anew."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from certify.certificate.figures import FIGURES, MAXIMA, UNDECIDED, WITNESSED, Ends, Seen
from certify.certificate.floats import FLOAT64, Format, KernelOutput
from certify.certificate.kernel import GIVEN, TOTALS, Block, Report, Witness, encode, kinks
from certify.kernels.blocks import Done, identity_of, prepared
from certify.kernels.compare import Count, Tally, settle
from certify.kernels.programs import Gradient, Kernel, KernelError, output_at
from certify.kernels.truth import Truth
from certify.language.errors import Rejected
from certify.language.numbers import power_of_ten_below, round_outward, round_up

DIGITS = 24  # of a witness's truth


def report_of(
    kernel: Kernel, form: Format, program: dict[str, str], ends: tuple[int, int], blocks: list[Done]
) -> Report:
    """The report of a run, accepted by the verifier; KernelError where it is not, as the kernel does not
    give twice what it gave."""
    from certify.verifier.kernel import verify_report

    truth, run_kernel = prepared(kernel, form.name)
    writer = _Writer(truth, run_kernel)
    total = sum((found.tally for found in blocks), start=Tally())
    identity = identity_of(kernel.stated)
    report = Report(
        program=program,
        identity=identity,
        form=form,
        start=ends[0],
        stop=ends[1],
        coverage="sample" if form is FLOAT64 else "every",
        figures=totals(total),
        kinks=tuple(writer.output(key) for key in kinks(identity, form) if ends[0] <= key < ends[1]),
        witnesses=tuple(writer.witnesses(total)),
        blocks=tuple(Block(totals(found.tally), found.sha256) for found in blocks),
        origin=GIVEN if kernel.stated.given else "",
    )
    try:
        return verify_report(encode(report))
    except Rejected as error:
        raise KernelError(
            f"{kernel.program} at {form.name}: its report does not hold, as the kernel does not give again"
            f" what it gave: {error}"
        ) from error


def totals(tally: Tally) -> dict[str, int]:
    """The figures of a tally that add up."""
    found = {kind: getattr(tally, kind) for kind in TOTALS}
    return {kind: item.number if isinstance(item, Count) else item for kind, item in found.items()}


def largest(kernel: Kernel, form: Format, tally: Tally) -> dict[str, Fraction]:
    """Lower bounds of the errors that a tally has its maxima at."""
    truth, run = prepared(kernel, form.name)
    found = {}
    for kind in MAXIMA:
        key = getattr(tally, kind).key
        if key is not None:
            met = settle(truth, output_at(run, form, key))
            found[kind] = met.error[0] / _scale(met, kind)
    return found


def _scale(met: Seen, kind: str) -> Fraction:
    return met.unit if FIGURES[kind].measure == "ulps" else Fraction(1)


class _Writer:
    """The witnesses of a tally, each run once more and enclosed to DIGITS digits."""

    def __init__(self, truth: Truth, run_kernel: Gradient) -> None:
        self.truth, self.run = truth, run_kernel

    def witnesses(self, tally: Tally) -> Iterator[Witness]:
        for kind in MAXIMA:
            key = getattr(tally, kind).key
            if key is not None:
                yield self._maximum(kind, key, tally)
        for kind in WITNESSED:
            found = getattr(tally, kind)
            for key in dict.fromkeys(key for key in (found.first, found.last) if key is not None):
                following = None
                if kind == "not_monotone":
                    following = self.output(key + 1), self.enclosure(key + 1)
                truth = self.around(key) if kind == UNDECIDED else self.enclosure(key)
                yield Witness(kind, self.output(key), truth, None, following)

    def _maximum(self, kind: str, key: int, tally: Tally) -> Witness:
        """At the witness the largest bound of an error was met, within 2**-16 ULP of the error."""
        output = self.output(key)
        met = settle(self.truth, output)
        bound = Fraction(getattr(tally, kind).bound)
        scale = _scale(met, kind)
        if FIGURES[kind].measure == "ulps" and not tally.above_1.number:
            bound = min(bound, Fraction(1))
        return Witness(kind, output, self.enclosure(key), round_up(max(bound, met.error[1] / scale), 9))

    def output(self, key: int) -> KernelOutput:
        return output_at(self.run, self.truth.form, key)

    def around(self, key: int) -> Ends:
        """The same with a little more on both sides, so that a boundary next to f'(x) lies in it."""
        low, high = self.enclosure(key)
        form = self.truth.form
        little = form.ulp(form.nearest(low)) / 10**7
        return low - little, high + little

    def enclosure(self, key: int) -> Ends:
        """f'(x), exactly where that is rational by its formula; else to DIGITS digits, or to far less than
        the least number of the format."""
        exact = self.truth.exactly(key)
        if exact is not None:
            return exact, exact
        bits = 128
        while True:
            low, high = self.truth.at(key, bits)
            size = max(abs(low), abs(high), self.truth.form.tiny / 2**32)
            quantum = power_of_ten_below(size) / 10**DIGITS
            if high - low < quantum:
                return round_outward(low, high, quantum)
            bits *= 2
