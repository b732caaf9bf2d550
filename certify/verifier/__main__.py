"""`python -m certify.verifier FILE|FOLDER...`: the verifier alone, with mpmath the only package installed.

Exit codes are those of `certify.language.exits`.  Of a kernel's report only what the file itself shows is
verified: that its figures agree and that its truth is proved; `certify verify` runs kernels again.
"""

from __future__ import annotations

import sys
from pathlib import Path

from certify.certificate.enclosure import Certificate, Enclosure, Refutation
from certify.language.errors import UsageError
from certify.language.exits import Exit, overall
from certify.language.numbers import format_number
from certify.language.printer import print_term, printable
from certify.language.spec import Spec, format_domain, format_parameters
from certify.verifier.outcome import NotAccepted, Verification, files_under, verify_file


def main(arguments: list[str]) -> Exit:
    """Verify each file, and print what is proved of each that is accepted."""
    try:
        files = [file for argument in arguments for file in _files(Path(argument))]
    except UsageError as error:
        return _usage(str(error))
    if not files:
        return _usage("no certificate; give files, or folders that hold some")
    codes = []
    for file in files:
        outcome = verify_file(file)
        for line in _lines(outcome):
            print(printable(line))
        codes.append(outcome.exit)
    return overall(codes)


def _usage(problem: str) -> Exit:
    print(printable(f"error: {problem}"), file=sys.stderr)
    return Exit.USAGE


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found, others = files_under(path)
    for other in others:
        print(printable(f"not looked at: {other}"), file=sys.stderr)
    return found


def _lines(outcome: Verification) -> list[str]:
    if isinstance(outcome, NotAccepted):
        word = "rejected" if outcome.exit == Exit.FAILS else "not checked"
        return [f"{word} {outcome.path}: {outcome.why}"]
    subject = outcome.subject
    if not isinstance(subject, Certificate):
        return [
            f"accepted {outcome.path}: the figures agree, and the truth of the witnesses is proved;",
            "  the kernel was not run, and whether the truth is that of its name was not asked",
        ]
    word = "accepted, and it REFUTES," if outcome.refutes else "accepted"
    return [f"{word} {outcome.path}:", *(f"  {line}" for line in _claims(subject))]


def _claims(certificate: Certificate) -> list[str]:
    """What the file proves, in formulas."""
    found = []
    if isinstance(certificate.proof, Enclosure):
        found += [f"|f' - s| <= {_allowed(certificate.spec)} {_where(certificate.spec)}"]
    if isinstance(certificate.proof, Refutation):
        at = format_number(certificate.proof.witness.at)
        found += [f"not |f' - s| <= {_allowed(certificate.spec)} at x = {at}, {_where(certificate.spec)}"]
    found += _formulas(certificate.spec) if found else []
    if certificate.identity is not None:
        spec = certificate.identity.spec
        found += [f"f' = s {_where(spec)}", *([] if found else _formulas(spec))]
    return found


def _allowed(spec: Spec) -> str:
    relative = f" + {format_number(spec.rtol)}*|f'|" if spec.rtol else ""
    return f"{format_number(spec.atol)}{relative}"


def _where(spec: Spec) -> str:
    points = ", ".join(map(format_number, spec.exceptions))
    excepted = f"; nothing is claimed at {points}" if points else ""
    return f"on {format_domain(spec.domain)}{format_parameters(spec)}{excepted}"


def _formulas(spec: Spec) -> list[str]:
    return [f"  f = {print_term(spec.function)}", f"  s = {print_term(spec.derivative)}"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
