"""Kernel reports: the truth is proved and enclosed again, and the figures are held to each other.

    truth      f' = s by the identity; at every input that a witness shows, s is enclosed again by the
               verifier's own evaluation, and the output judged by the table of figures        [K3]
    figures    of every block: against its inputs, each other, and all that is shown           [K4]

What is left is the run's word: that the other outputs are such as the counts say.  No file can prove
that; running a block again can (`certify.kernels.rerun`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from fractions import Fraction

from certify.certificate.figures import (
    COUNTED,
    FIGURES,
    MAXIMA,
    UNDECIDED,
    WITNESSED,
    Ends,
    Pair,
    Seen,
    magnitude,
    seen,
)
from certify.certificate.floats import KernelOutput, key_below, sampled, value
from certify.certificate.kernel import TOTALS, Report, Witness, decode, kinks
from certify.language.errors import Rejected
from certify.language.numbers import describe
from certify.language.terms import rational_value, subterms
from certify.verifier.arithmetic import interval as iv
from certify.verifier.arithmetic.primitives import check_functions
from certify.verifier.enclosure.evaluate import Evaluator, NotEnclosed
from certify.verifier.enclosure.signs import sign_near
from certify.verifier.guards import Undecidable, choose
from certify.verifier.identity.checker import verify_identity

PRECISIONS = (128, 256, 512, 1024, 2048, 4096, 8192)  # x**3 may be 2**3072, and is divided by more
MAX_WORK = 2 * 10**10  # of all evaluations, nodes * (bits + 1024)**2: some fifteen seconds at the most
SLACK = Fraction(1, 2**15)  # ULP by which a maximum's bound may exceed the error at its witness
ROUNDING = 1 + Fraction(1, 10**7)  # of a bound to 9 digits
THIN = Fraction(1, 1000)  # ULP: the most that the ends of a claimed truth are apart

Figures = dict[str, int]

# [K4] what the kinds of figures imply.  `rightly` are the infinite outputs where RN(t) is that infinity.
# A finite output of the wrong sign is more than 1 ULP off; one that is 0 may not be, where RN(t) is the
# least number; none of them is correctly rounded.
SUMS: dict[str, Callable[[Figures], bool]] = {
    "finite + nan + infinite + undecided <= inputs": lambda f: _rightly(f) >= 0,
    "inputs - finite - nan - infinite - undecided <= correctly_rounded": lambda f: (
        _rightly(f) <= f["correctly_rounded"]
    ),
    "wrong_sign <= above_1": lambda f: f["wrong_sign"] <= f["above_1"],
    "finite ones that are correctly rounded + above_1 <= finite": lambda f: (
        f["correctly_rounded"] - _rightly(f) + f["above_1"] <= f["finite"]
    ),
    "finite ones that are correctly rounded + zero + wrong_sign <= finite": lambda f: (
        f["correctly_rounded"] - _rightly(f) + f["zero"] + f["wrong_sign"] <= f["finite"]
    ),
    "not_monotone <= monotone_pairs": lambda f: f["not_monotone"] <= f["monotone_pairs"],
}


def _rightly(f: Figures) -> int:
    return f["inputs"] - f["finite"] - f["nan"] - f["infinite"] - f[UNDECIDED]


def verify_report(data: bytes) -> Report:
    """The report in the bytes, if its truth is proved, and its figures and all that it shows agree;
    else Rejected, or NotChecked where the verifier cannot evaluate the truth."""
    report = decode(data)
    check_functions(report.spec)
    verify_identity(report.identity)
    inputs = _Inputs(report)
    shown = _Shown(report, inputs)
    _check_witnesses(report, shown)
    _check_maxima(report, shown)
    _check_blocks(report, inputs, shown)
    return report


# --- the inputs -------------------------------------------------------------------------


class _Inputs:
    """What was run: the range, or its sample, without the kinks, which are the numbers that the
    identity leaves out."""

    def __init__(self, report: Report) -> None:
        self.start, self.stop, form = report.start, report.stop, report.form
        self.kinks = [key for key in kinks(report.identity, form) if self.start <= key < self.stop]
        if [kink.key for kink in report.kinks] != self.kinks:
            listed = [kink.key for kink in report.kinks]
            found, needed = (
                ", ".join([*(describe(value(form, key)) for key in keys[:5]), *(["..."] if keys[5:] else [])])
                for keys in (listed, self.kinks)
            )
            raise Rejected("kinks", found or "none", f"what the identity leaves out: {needed or 'none'}")
        self.sample = sampled(self.start, self.stop) if report.coverage == "sample" else None
        # the first ones of the neighbours that are no pair: a point left out is one or between, or both are 0
        self.apart = {-1, *self.kinks, *(key_below(form, point) for point in report.identity.left_out)}

    def count(self, start: int, stop: int) -> int:
        """How many have start <= key < stop."""
        start, stop, keys = max(start, self.start), min(stop, self.stop), self.sample
        run = max(stop - start, 0) if keys is None else bisect_left(keys, stop) - bisect_left(keys, start)
        return run - sum(start <= key < stop and (keys is None or key in keys) for key in self.kinks)

    def pairs(self, start: int, stop: int) -> int:
        """How many pairs of neighbours have the first one at start <= key < stop, and no point that is
        left out at either or between; -0 and 0 are no pair."""
        stop = min(stop, self.stop - 1)
        if self.sample is not None or stop <= start:
            return 0
        return stop - start - sum(start <= key < stop for key in self.apart)

    def between(self, start: int, stop: int, first: int, last: int) -> int:
        """How many have start <= key < stop and lie from one to another in the order of |x|."""
        low, high = magnitude(first), magnitude(last)
        above = self.count(max(start, low[0] + low[1]), min(stop, high[0] + 1))
        return above + self.count(max(start, -high[0] - high[1]), min(stop, -low[0]))


# --- what is shown ----------------------------------------------------------------------


class _Shown:
    """[K3] Every output that a witness shows, judged beside the truth."""

    def __init__(self, report: Report, inputs: _Inputs) -> None:
        self.report, self.work = report, 0
        self.derivative = report.spec.bound_terms()[1]
        self.size = sum(1 for _ in subterms(self.derivative))
        self.outputs: dict[int, Seen] = {}
        self.falls: set[int] = set()  # the first ones of pairs that go the wrong way
        self.open: set[int] = set()  # left undecided
        texts: dict[int, str] = {}
        for i, witness in enumerate(report.witnesses, 1):
            where = f"witness {i}, {witness.kind}"
            rows = [(witness.output, witness.truth), *([witness.following] if witness.following else [])]
            for output, claimed in rows:
                if inputs.count(output.key, output.key + 1) != 1:
                    x = describe(value(report.form, output.key))
                    raise Rejected(where, f"x = {x}", "an input: of the range, run, and no kink")
                if texts.setdefault(output.key, output.text) != output.text:
                    raise Rejected(where, output.text, f"{texts[output.key]}, as at the same input before")
                if witness.kind == UNDECIDED:
                    self._leave_open(where, output, claimed)
                else:
                    self.outputs[output.key] = self._judged(where, output, claimed)
            if witness.following:
                self._add_pair(where, witness.output, witness.following[0], inputs)

    def _judged(self, where: str, output: KernelOutput, claimed: Ends) -> Seen:
        """The output beside the verifier's own enclosure of the truth, which lies in the claimed one."""
        found: Ends | None = None
        for bits in PRECISIONS:
            found = self._enclosure(where, output.key, bits)
            if found[1] < claimed[0] or claimed[1] < found[0]:
                break
            judged = seen(self.report.form, output, found)
            if judged is not None and claimed[0] <= found[0] and found[1] <= claimed[1]:
                if claimed[1] - claimed[0] > THIN * judged.unit:
                    raise Rejected(f"{where} truth", "ends too far apart", f"at most {describe(THIN)} ULP")
                return judged
        text = "none" if found is None else f"[{describe(found[0])}, {describe(found[1])}]"
        needed = f"inside the claimed [{describe(claimed[0])}, {describe(claimed[1])}], and off a boundary"
        raise Rejected(f"{where} truth", text, needed)

    def _leave_open(self, where: str, output: KernelOutput, claimed: Ends) -> None:
        """The truth lies in the claimed ends, which are thin and do not settle the output."""
        form, found = self.report.form, (self._enclosure(where, output.key, bits) for bits in PRECISIONS)
        if not any(claimed[0] <= low and high <= claimed[1] for low, high in found):
            raise Rejected(f"{where} truth", "ends that do not hold it", "an enclosure")
        if claimed[1] - claimed[0] > THIN * form.ulp(form.nearest(claimed[0])):
            raise Rejected(f"{where} truth", "ends too far apart", f"at most {describe(THIN)} ULP")
        if seen(form, output, claimed) is not None:
            raise Rejected(where, "an output that the truth's ends settle", "one that they leave open")
        self.open.add(output.key)

    def _enclosure(self, where: str, key: int, bits: int) -> Ends:
        """Rational ends of an enclosure of f' at an input."""
        self.work += self.size * (bits + 1024) ** 2
        if self.work > MAX_WORK:
            raise Rejected(where, "a derivative that takes too long to evaluate", f"work of {MAX_WORK:.0e}")
        x = value(self.report.form, key)
        try:
            chosen = choose(self.derivative, sign_near(x, 0))
            exact = rational_value(chosen, x)
            if exact is not None:
                return exact, exact
            found = Evaluator((chosen,), bits)((iv.from_fraction(x, bits), iv.ZERO))[0][0]
        except (Undecidable, NotEnclosed) as stop:
            raise Rejected(where, "a derivative that cannot be evaluated", "a value") from stop
        return iv.to_fraction(found[0]), iv.to_fraction(found[1])

    def _add_pair(self, where: str, output: KernelOutput, following: KernelOutput, inputs: _Inputs) -> None:
        if following.key != output.key + 1 or inputs.pairs(output.key, output.key + 1) != 1:
            raise Rejected(where, "two inputs that are no pair", "neighbours, nothing left out between")
        for bits in PRECISIONS:
            before, after = (self._enclosure(where, key, bits) for key in (output.key, following.key))
            slope = (after[0] > before[1]) - (after[1] < before[0])
            if slope:
                break
        a, b = self.outputs[output.key], self.outputs[following.key]
        if not FIGURES["not_monotone"].of(Pair(a.number and b.number, a.got, b.got, slope)):
            raise Rejected(where, "outputs that go the way of the truth", "outputs that go the other way")
        self.falls.add(output.key)

    def counted(self, kind: str, start: int, stop: int) -> tuple[int, int]:
        """How many inputs with start <= key < stop are shown to be of a kind, and how many not to be."""
        if kind == "not_monotone":
            return sum(start <= key < stop for key in self.falls), 0
        judged = [o for key, o in self.outputs.items() if start <= key < stop]
        left = sum(start <= key < stop for key in self.open)
        if kind == UNDECIDED:
            return left, len(judged)
        held = sum(bool(FIGURES[kind].of(o)) for o in judged)
        return held, len(judged) - held + left


# --- witnesses --------------------------------------------------------------------------


def _check_witnesses(report: Report, shown: _Shown) -> None:
    """[K4] A count has the witnesses that it needs, and they are of its kind."""
    for kind in WITNESSED:
        number, found = report.figures[kind], [w for w in report.witnesses if w.kind == kind]
        if len(found) != min(number, 2):
            needed = f"{min(number, 2)}, as the count is {number}"
            raise Rejected(f"figures {kind}", f"{len(found)} witnesses", needed)
        for witness in found:
            key = witness.output.key
            if kind in FIGURES and kind != "not_monotone" and not FIGURES[kind].of(shown.outputs[key]):
                raise Rejected(f"witness of {kind}", f"the output {witness.output.text}", _wanted(kind))


def _wanted(kind: str) -> str:
    return f"an output that is {FIGURES[kind].words.strip()}"


def _check_maxima(report: Report, shown: _Shown) -> None:
    """[K4] A maximum is met, nearly, at its witness, and no output that is shown is more."""
    for kind in MAXIMA:
        found = [witness for witness in report.witnesses if witness.kind == kind]
        outputs = [o for o in shown.outputs.values() if FIGURES[kind].of(o)]
        least = 1 if outputs or (kind != "ulp_large" and report.figures["finite"]) else 0
        if not least <= len(found) <= 1:
            raise Rejected(f"maximum {kind}", f"{len(found)} witnesses", "one, if an output counts")
        for witness in found:
            _check_maximum(witness, kind, shown, outputs)
            if kind == "ulp" and _bound(witness) > 1 and not report.figures["above_1"]:
                raise Rejected("maximum ulp", "more than 1", "at most 1, as no output is more than 1 ULP off")


def _check_maximum(witness: Witness, kind: str, shown: _Shown, outputs: list[Seen]) -> None:
    bound, met = _bound(witness), shown.outputs[witness.output.key]
    if not FIGURES[kind].of(met):
        raise Rejected(f"maximum {kind}", f"the output {witness.output.text}", "one that counts")
    slack = SLACK * (met.unit if FIGURES[kind].measure == "error" else 1)
    low, high = _error(met, kind)
    if not high <= bound <= low * ROUNDING + slack:
        raise Rejected(f"maximum {kind}", f"an error of {describe(high)}", f"about {describe(bound)}")
    for other in outputs:
        if _error(other, kind)[0] > bound:
            found = f"an output shown with {describe(_error(other, kind)[0])}"
            raise Rejected(f"maximum {kind}", found, f"at most {describe(bound)}")


def _bound(witness: Witness) -> Fraction:
    return witness.bound if witness.bound is not None else Fraction(0)


def _error(output: Seen, kind: str) -> Ends:
    scale = output.unit if FIGURES[kind].measure == "ulps" else Fraction(1)
    return output.error[0] / scale, output.error[1] / scale


# --- blocks -----------------------------------------------------------------------------


def _check_blocks(report: Report, inputs: _Inputs, shown: _Shown) -> None:
    """[K4] The blocks add up to the figures, and each agrees with its inputs and with what is shown."""
    ranges = report.ranges
    if len(report.blocks) != len(ranges):
        raise Rejected("blocks", str(len(report.blocks)), f"{len(ranges)}, as the range has")
    for kind in TOTALS:
        total = sum(block.figures[kind] for block in report.blocks)
        if total != report.figures[kind]:
            raise Rejected(f"figures {kind}", str(report.figures[kind]), f"the sum of the blocks, {total}")
    ends = {
        kind: [witness.output.key for witness in report.witnesses if witness.kind == kind]
        for kind in WITNESSED
    }
    for i, (block, (start, stop)) in enumerate(zip(report.blocks, ranges, strict=True), 1):
        figures, where = block.figures, f"block {i} of {len(ranges)}"
        if figures["inputs"] != inputs.count(start, stop):
            raise Rejected(f"{where} inputs", str(figures["inputs"]), str(inputs.count(start, stop)))
        if figures["monotone_pairs"] > inputs.pairs(start, stop):
            needed = f"at most {inputs.pairs(start, stop)}"
            raise Rejected(f"{where} monotone_pairs", str(figures["monotone_pairs"]), needed)
        for words, holds in SUMS.items():
            if not holds(figures):
                raise Rejected(f"{where}", "figures that no outputs have", words)
        for kind in (*COUNTED, UNDECIDED):
            held, not_held = shown.counted(kind, start, stop)
            most = figures["inputs"] - not_held
            if ends.get(kind):
                most = min(most, inputs.between(start, stop, ends[kind][0], ends[kind][-1]))
            if not held <= figures[kind] <= most:
                needed = f"{held} to {most}, by what is shown"
                raise Rejected(f"{where} {kind}", str(figures[kind]), needed)
