"""A report's witnesses, run once more where their framework is installed.

Only the kernels that this package names are run: a report is a file, and no file makes anyone
import a module.
"""

from __future__ import annotations

from importlib import metadata, util

from certify.errors import Rejected
from certify.kernels.report import Output, Report


def rerun(report: Report) -> str:
    """Run the kernel at every witness; Rejected where an output differs.  What was done, in words."""
    framework, _, version = report.program["framework"].partition(" ")
    if not all(util.find_spec(name) for name in ("numpy", framework)):
        return f"kernel not run again: {framework} or numpy is not installed"
    if metadata.version(framework) != version:
        return f"kernel not run again: this is {framework} {metadata.version(framework)}"
    from certify.kernels.programs import KERNELS, describe, gradient, output_at

    known = KERNELS.get(framework, {}).values()
    kernel = next(
        (k for k in known if (k.program, k.entry) == (report.program["function"], report.spec.name)), None
    )
    if kernel is None:
        return "kernel not run again: none that certify names"
    here = describe(kernel, report.form)
    other = [here[key] for key in here if here[key] != report.program[key]]
    if other:
        return f"kernel not run again: here it is {', '.join(other)}"
    run = gradient(kernel, report.form)
    outputs = [w.output for w in report.witnesses]
    outputs += [w.following[0] for w in report.witnesses if w.following is not None]
    for output in (*outputs, *report.kinks):
        found: Output = output_at(run, report.form, output.key)
        if found.text != output.text:
            raise Rejected(f"kernel at {output.text}", found.text, f"the reported {output.text}")
    return f"kernel run again at {len(outputs) + len(report.kinks)} inputs"
