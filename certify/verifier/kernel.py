"""Kernel reports, checked at their witnesses.

At each witness the truth is enclosed again, by the verifier's own evaluation of the derivative, and
the claim is compared with it.  That the derivative is that of the function is proved by the identity
that the report carries; the counts are the run's, and no file can prove them.
"""

from __future__ import annotations

from fractions import Fraction

from certify.errors import Rejected
from certify.kernels.report import MAXIMA, Output, Report, Witness, decode
from certify.language.numbers import describe
from certify.language.terms import Term, rational_value
from certify.verifier import interval as iv
from certify.verifier.evaluate import Evaluator, NotEnclosed, Undecidable, choose, sign_near
from certify.verifier.identity import verify_identity

PRECISIONS = (128, 256, 512, 1024, 2048, 4096, 8192)  # x**3 may be 2**3072, and is divided by more
NEARLY = 1 - Fraction(1, 10**6)  # how much of a maximum's bound is met at its witness

Ends = tuple[Fraction, Fraction]


def verify_report(data: bytes) -> Report:
    """The report in the bytes, if each of its witnesses shows what it claims; else Rejected."""
    report = decode(data)
    verify_identity(report.identity)
    _, derivative = report.spec.bound_terms()
    shown = set()
    for i, witness in enumerate(report.witnesses, 1):
        where = f"witness {i}, {witness.kind}"
        if not report.start <= witness.output.key < report.stop:
            raise Rejected(where, "an input outside the range", "one of the range")
        truth = _truth(report, derivative, witness.output, witness.truth, where)
        _check(report, witness, truth, where)
        if witness.following is not None:
            _check_pair(report, derivative, witness, truth, where)
        shown.add(witness.kind)
    for kind, number in report.counts.items():
        if bool(number) != (kind in shown):
            raise Rejected(f"figures {kind}", str(number), "a witness, unless it is 0")
    if report.correct + report.counts["nan"] > report.inputs or report.inputs > report.stop - report.start:
        raise Rejected("figures", "more outputs than inputs", "counts of the range")
    return report


def _truth(report: Report, derivative: Term, output: Output, claimed: Ends, where: str) -> Ends:
    """The claimed enclosure of f'(x), confirmed: one of the verifier's own lies in it."""
    from certify.kernels.formats import value

    x = value(report.form, output.key)
    if x in report.identity.left_out:
        raise Rejected(where, f"the kink x = {describe(x)}", "an input at which f is differentiable")
    found: Ends | None = None
    for bits in PRECISIONS:
        found = _enclosure(derivative, x, bits, where)
        if claimed[0] <= found[0] and found[1] <= claimed[1]:
            return claimed
        if found[1] < claimed[0] or claimed[1] < found[0]:
            break
    text = "none" if found is None else f"[{describe(found[0])}, {describe(found[1])}]"
    needed = f"inside the claimed [{describe(claimed[0])}, {describe(claimed[1])}]"
    raise Rejected(f"{where} truth", text, needed)


def _enclosure(derivative: Term, x: Fraction, bits: int, where: str) -> Ends:
    try:
        chosen = choose(derivative, sign_near(x, 0))
        exact = rational_value(chosen, x)
        if exact is not None:
            return exact, exact
        value = Evaluator((chosen,), bits)((iv.from_fraction(x, bits), iv.ZERO))[0][0]
    except (Undecidable, NotEnclosed) as stop:
        raise Rejected(where, "a derivative that cannot be evaluated", "a value") from stop
    return iv.to_fraction(value[0]), iv.to_fraction(value[1])


def _check(report: Report, witness: Witness, truth: Ends, where: str) -> None:
    got, form = witness.output.got, report.form
    kind = witness.kind
    if kind in ("nan", "infinite"):
        if (witness.output.text == "nan") != (kind == "nan") or got is not None:
            raise Rejected(where, witness.output.text, kind)
        return
    if got is None:
        raise Rejected(where, witness.output.text, "a finite output")
    nearest = form.nearest(truth[0])
    if nearest is None or nearest != form.nearest(truth[1]):
        raise Rejected(where, "an enclosure about a rounding boundary", "one that settles the rounding")
    unit = form.ulp(nearest)
    low, high = max(truth[0] - got, got - truth[1], Fraction(0)), max(truth[1] - got, got - truth[0])
    if kind == "zero" and not (got == 0 and nearest != 0):
        raise Rejected(where, describe(got), "0 where the rounded truth is not")
    if kind == "wrong_sign" and not got * nearest < 0:
        raise Rejected(where, describe(got), "a sign that is not that of the rounded truth")
    if kind == "above_1" and not low > unit:
        raise Rejected(where, f"an error of {describe(low / unit)} ULP at least", "more than 1 ULP")
    if kind in MAXIMA and witness.bound is not None:
        scale = unit if kind != "absolute" else Fraction(1)
        if high > witness.bound * scale or low < witness.bound * scale * NEARLY:
            raise Rejected(where, f"an error of {describe(high / scale)}", f"about {describe(witness.bound)}")
        if kind == "ulp_large" and max(truth[0], -truth[1]) < report.large:
            raise Rejected(where, "a smaller truth", f"|f'| of at least {describe(report.large)}")


def _check_pair(report: Report, derivative: Term, witness: Witness, truth: Ends, where: str) -> None:
    if witness.following is None:
        raise Rejected(where, "one input", "two neighbours")
    output, claimed = witness.following
    after = _truth(report, derivative, output, claimed, where)
    if output.key != witness.output.key + 1:
        raise Rejected(where, "two inputs that are no neighbours", "neighbours")
    if output.got is None or witness.output.got is None:
        raise Rejected(where, "an output that is not finite", "two finite outputs")
    rises, falls = after[0] > truth[1], after[1] < truth[0]
    step = output.got - witness.output.got
    if not ((rises and step < 0) or (falls and step > 0)):
        raise Rejected(where, "outputs that go the way of the truth", "outputs that go the other way")
