"""Kernel reports in words, and what a budget says of them."""

from __future__ import annotations

from fractions import Fraction

from certify.certificate.figures import FIGURES, WITNESSED
from certify.certificate.floats import KernelOutput, value
from certify.certificate.kernel import GIVEN, Report, Witness
from certify.kernels.budget import OF_MAXIMA, Breach, Budget
from certify.kernels.naming import is_named
from certify.kernels.rerun import Rerun
from certify.language.numbers import describe, round_up
from certify.words.claims import formulas

ALWAYS = ("above_1", "nan", "zero")  # shown where they are 0 too
WORDS = {kind: figure.words for kind, figure in FIGURES.items()} | {"undecided": "undecided"}
NO_BUDGET = "held to no budget: --max-ulp, --fail-on or --baseline make what is over it fail"
DEFINITION = (
    "ULP: |got - f'(x)| over the spacing of the format's numbers at RN(f'(x)), f'(x) rounded to nearest."
)


def title(report: Report) -> str:
    """What was run, in a line."""
    p = report.program
    return f"{p['function']} at {p['dtype']}, {p['framework']}, {p['mode']}, {p['processor']}"


def lines(report: Report) -> list[str]:
    """The whole summary of a report."""
    scope = {
        "every": "every finite input",
        "sample": "a sample of each binade: every maximum is a lower bound",
    }[report.coverage]
    if report.coverage == "every" and (report.start, report.stop) != report.form.keys:
        scope = f"every input from {input_of(report, report.start)} to {input_of(report, report.stop - 1)}"
    inputs, pairs = report.figures["inputs"], report.figures["monotone_pairs"]
    found = [
        f"kernel: {title(report)}",
        f"  {scope}, {inputs:,}; the truth is {truth(report)}",
        *(f"    {line}" for line in formulas(report.spec)),
        f"  {'correctly rounded':24} {_share(report.figures['correctly_rounded'], inputs)}",
    ]
    for kind in WITNESSED:
        number = report.figures[kind]
        if number or kind in ALWAYS:
            ends = [w for w in report.witnesses if w.kind == kind]
            share = _share(number, pairs if kind == "not_monotone" else inputs)
            found.append(f"  {WORDS[kind]:24} {share}{_from_to(report, ends)}")
    for kind, witness in report.maxima.items():
        found.append(f"  {FIGURES[kind].words:24} {most_of(witness)} at {_at(report, witness)}")
    for kink in report.kinks:
        found.append(
            f"  left out: the kink x = {input_of(report, kink.key)}, where it returns {_number(kink)}"
        )
    if report.figures["undecided"]:
        found.append("  undecided: so near to a boundary that f' was not told from it; in no other figure")
    return [*found, f"  {DEFINITION}"]


def truth(report: Report) -> str:
    """The derivative of an entry, by name where the terms are the entry's."""
    if is_named(report):
        return f"the derivative of {report.spec.name}"
    name = report.spec.name
    if report.origin == GIVEN:
        return f"the derivative of this f, given under the name {name}, which is not the catalogue's"
    return f"the derivative of f (the file says {name}, which is not the catalogue's)"


def unverified() -> str:
    """What a report is that nobody verified."""
    return "not verified here: all of this is the file's word (certify verify checks what can be checked)"


def verified(report: Report, again: Rerun) -> list[str]:
    """What was proved of an accepted report, what was run again, and what is the run's word, a line each."""
    total, left = len(report.blocks), len(report.blocks) - len(again.blocks)
    points = report.identity.left_out
    other = f" other than {', '.join(map(describe, points))}" if points else ""
    proved = f"for every real x{other} f' = s, where {', '.join(formulas(report.spec))}"
    if again.why:
        run = f"nothing: {again.why}"
        word = "that the kernel returns these outputs, all counts, and that no error is above the maxima"
    else:
        places = _places(again.blocks, total)
        run = f"{places} ({again.inputs:,} inputs), and the outputs shown: all as reported"
        word = "nothing, but the tallies rest on the prover's enclosures of f'"
    if left and not again.why:
        word = f"the counts of the other {left} blocks, and that no error in them is above the maxima"
    return [
        f"proved:         {proved};",
        f"                the outputs shown, {len(report.witnesses)} witnesses, are what they are said to be",
        f"run again:      {run}",
        f"the run's word: {word}",
    ]


def _places(blocks: tuple[int, ...], total: int) -> str:
    if len(blocks) == total:
        return f"all of {total} blocks" if total > 1 else "the one block"
    return f"{'blocks' if len(blocks) > 1 else 'block'} {', '.join(map(str, blocks))} of {total}"


def _share(number: int, total: int) -> str:
    share = f"{percent(number, total)} %" if total else ""
    return f"{number:>13,}  {share:>8}"


def percent(number: int, total: int) -> str:
    """A share to hundredths of a percent; 100.00 only where it is all, and 0.00 only where it is none."""
    if not total:
        return ""
    hundredths = round(Fraction(10**4 * number, total))
    if number and not hundredths:
        return "<0.01"
    if number < total and hundredths == 10**4:
        return ">99.99"
    return f"{hundredths // 100}.{hundredths % 100:02}"


def _from_to(report: Report, ends: list[Witness]) -> str:
    shown = [input_of(report, witness.output.key) for witness in ends]
    return f"  x = {' to '.join(shown)}" if shown else ""


def input_of(report: Report, key: int) -> str:
    """An input in as few digits as tell it from its neighbours; of float64 in nine."""
    return "-0" if key == -1 else f"{float(value(report.form, key)):.9g}"


def _number(output: KernelOutput) -> str:
    return output.text if output.got is None else f"{float(output.got):.9g}"


def most_of(witness: Witness) -> str:
    """The bound of a maximum, in four digits, rounded up."""
    return describe(round_up(witness.bound or Fraction(0), 4))


def _at(report: Report, witness: Witness) -> str:
    truth = f"{float(sum(witness.truth) / 2):.9g}"
    return f"x = {input_of(report, witness.output.key)}: it returns {_number(witness.output)}, f' = {truth}"


# --- budgets ----------------------------------------------------------------------------


def judged(report: Report, budget: Budget, found: list[Breach]) -> list[str]:
    """What a budget says of a report: that there is none, that it is kept, or where it is not."""
    if budget.is_empty:
        return [NO_BUDGET]
    if found:
        return [f"over the budget: {breach(report, item)}" for item in found]
    stated = [f"{name} {describe(most)}" for name, most in budget.maxima.items()]
    stated += [f"{name} {most:,}" for name, most in budget.counts.items()]
    baseline = ["no worse than the baseline"] if budget.baselines else []
    kinks = "; of the kinks, NaN and infinities alone are held to it" if report.kinks else ""
    return [f"within the budget: {', '.join([*stated, *baseline])}{kinks}"]


def breach(report: Report, found: Breach) -> str:
    """A figure that is over its budget: what was found, what was allowed, and at which input."""
    if found.figure in OF_MAXIMA:
        number = f"{describe(round_up(Fraction(found.found), 4))}"
    else:
        number = f"{found.found:,}"
    if found.allowed is None:
        allowed = "the baseline has none"
    else:
        most = describe(found.allowed) if isinstance(found.allowed, Fraction) else f"{found.allowed:,}"
        allowed = f"the baseline has {most}" if found.worse else f"allowed {most}"
    if found.at is None:
        return f"{found.figure} {number}, {allowed}"
    x = f"x = {input_of(report, found.at.key)}: it returns {_number(found.at)}"
    derivative = "a kink" if found.truth is None else f"f' = {float(sum(found.truth) / 2):.9g}"
    return f"{found.figure} {number}, {allowed}; at {x}, {derivative}"
