"""A report's kernel, run once more where what it names is here: at every input that is shown, and on
some blocks, whose outputs and tallies are compared exactly.

Only the kernels that this package names are run, of the frameworks that it names: a report is a file,
and no text of a file is imported.
"""

from __future__ import annotations

from contextlib import nullcontext
from importlib import metadata
from random import SystemRandom
from typing import TYPE_CHECKING, NamedTuple

from certify.certificate.figures import WITNESSED, magnitude
from certify.certificate.kernel import Report
from certify.language.errors import CertifyError, Rejected, UsageError

if TYPE_CHECKING:
    from certify.kernels.blocks import Done
    from certify.kernels.compare import Count
    from certify.kernels.programs import Kernel

SOME = 3  # blocks, drawn anew each time
WHICH = ("some", "all", "none")


class Rerun(NamedTuple):
    """What was run again, and found as reported: these blocks, and every output that is shown.

    blocks  their places, from 1
    inputs  how many these blocks have
    why     why nothing was run; else empty
    """

    blocks: tuple[int, ...] = ()
    inputs: int = 0
    why: str = ""


class _NotHere(Exception):
    """Why the kernel cannot be run again here."""


def rerun(report: Report, which: str = "some") -> Rerun:
    """Run a report's kernel again on some of its blocks, on all or on none; Rejected where an output or a
    tally is not the reported one.

    A block's tally rests on the prover's enclosures of the truth, and loads what they need.
    """
    if which not in WHICH:
        raise UsageError(f"blocks to run again: {which!r}, needs {', '.join(WHICH)}")
    try:
        if which == "none":
            raise _NotHere("it was not asked for")
        kernel = _kernel_here(report)
    except _NotHere as why:
        return Rerun(why=str(why))
    places = list(range(len(report.blocks)))
    if which == "some":
        places = sorted(SystemRandom().sample(places, min(SOME, len(places))))
    from certify.kernels.workers import one_thread

    try:
        with one_thread() if kernel.framework == "torch" else nullcontext():
            _run_shown(report, kernel)
            for place in places:
                _run_block(report, kernel, place)
    except Rejected:
        raise
    except CertifyError as error:  # it fails where it did not
        raise Rejected("kernel run again", str(error), "the reported outputs") from error
    inputs = sum(report.blocks[place].figures["inputs"] for place in places)
    return Rerun(tuple(place + 1 for place in places), inputs)


def _kernel_here(report: Report) -> Kernel:
    """The kernel that the report is of, if it is one of this package's and all that it names is here."""
    name, version = report.framework
    for package, needed in (("numpy", None), (name, version)):
        try:
            found = metadata.version(package)
        except metadata.PackageNotFoundError:
            raise _NotHere(f"{package} is not installed") from None
        if needed not in (None, found):
            raise _NotHere(f"this is {package} {found}")
    try:
        from certify.kernels.programs import KERNELS, describe

        named = (report.program["function"], report.spec.name)
        kernel = next((k for k in KERNELS[name].values() if (k.program, k.entry) == named), None)
        if kernel is None or report.origin or report.spec.parameters:
            raise _NotHere("it is none that certify names")
        here = describe(kernel, report.form)
    except (CertifyError, ImportError, OSError) as error:  # an installation that does not load
        raise _NotHere(str(error)) from error
    other = [here[key] for key in here if here[key] != report.program[key]]
    if other:
        raise _NotHere(f"here it is {', '.join(other)}")
    return kernel


def _run_shown(report: Report, kernel: Kernel) -> None:
    from certify.kernels.programs import gradient, output_at

    run = gradient(kernel, report.form)
    outputs = [w.output for w in report.witnesses]
    outputs += [w.following[0] for w in report.witnesses if w.following is not None]
    outputs += report.kinks
    for output in outputs:
        found = output_at(run, report.form, output.key)
        if found.text != output.text:
            raise Rejected("kernel run again", found.text, f"the reported {output.text}")


def _run_block(report: Report, kernel: Kernel, place: int) -> None:
    from certify.kernels.blocks import block
    from certify.kernels.witnesses import totals

    where, reported = f"block {place + 1} run again", report.blocks[place]
    found = block(kernel, report.form.name, *report.ranges[place], report.stop)
    if found.sha256 != reported.sha256:
        raise Rejected(where, f"outputs with sha256 {found.sha256}", reported.sha256)
    for kind, number in totals(found.tally).items():
        if number != reported.figures[kind]:
            raise Rejected(f"{where}, {kind}", str(number), f"the reported {reported.figures[kind]}")
    _compare_ends(report, kernel, found, where)


def _compare_ends(report: Report, kernel: Kernel, found: Done, where: str) -> None:
    """No input of the block is nearer to 0, or further from it, than the witnesses of its kind are, and
    no error is larger than the maximum."""
    from certify.kernels.witnesses import largest

    for kind in WITNESSED:
        ends: Count = getattr(found.tally, kind)
        keys = [w.output.key for w in report.witnesses if w.kind == kind]
        inner = [key for key in (ends.first, ends.last) if key is not None]
        if [*keys[:1], *inner, *keys[1:]] != sorted([*keys[:1], *inner, *keys[1:]], key=magnitude):
            raise Rejected(f"{where}, {kind}", "one beyond the witnesses", "all between them")
    for kind, bound in largest(kernel, report.form, found.tally).items():
        reported = report.maxima.get(kind)
        if reported is None or reported.bound is None or bound > reported.bound:
            raise Rejected(f"{where}, {kind}", "a larger error", "at most the reported maximum")
