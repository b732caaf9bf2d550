"""`python -m certify.verifier FILE|FOLDER...`: the verifier alone, with mpmath the only package installed.

Exit codes are those of `certify.language.exits`.  Of a kernel's report only what the file itself shows is
verified: that its figures agree and that its truth is proved; `certify verify` runs kernels again.
"""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

from certify.certificate.enclosure import Certificate, Enclosure, Kink, Refutation
from certify.certificate.identity import Identity
from certify.language.errors import UsageError
from certify.language.exits import Exit, overall
from certify.language.numbers import format_number
from certify.language.printer import print_term, printable
from certify.language.spec import Spec, format_domain, format_parameters
from certify.verifier.outcome import NotAccepted, Verification, files_under, verify_file

# What a verdict says of a point where the formula of f changes.
_SAID = {
    "smooth": "f is continuous and both one-sided derivatives are s there",
    "subgradient": "f is continuous and s lies between the one-sided derivatives",
    "jump": "f jumps, and nothing else is claimed",
    "open": "nothing is claimed",
}


def main(arguments: list[str]) -> Exit:
    """Verify each file, and print what is proved of each that is accepted."""
    try:
        files = [file for argument in arguments for file in _files(argument)]
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


def _files(argument: str) -> list[Path]:
    if not argument:
        raise UsageError("a path is empty")
    path = Path(argument)
    if not path.is_dir():
        return [path]
    found, others = files_under(path)
    for other in others:
        print(printable(f"not looked at: {other}"))
    if not found:
        raise UsageError(f"no *.json under {path}")
    return found


def _lines(outcome: Verification) -> list[str]:
    if isinstance(outcome, NotAccepted):
        word = "rejected" if outcome.exit == Exit.FAILS else "not checked"
        return [f"{word} {outcome.path}: {outcome.why}"]
    subject = outcome.subject
    if not isinstance(subject, Certificate):
        return [
            f"accepted {outcome.path}: the figures agree, and the truth of the witnesses is proved;",
            "  the kernel was not run, and whether the truth is that of its name was not asked:",
            *(f"  {line}" for line in (*_exactly(subject.identity), *_formulas(subject.spec))),
        ]
    word = "accepted, and it REFUTES," if outcome.refutes else "accepted"
    return [f"{word} {outcome.path}:", *(f"  {line}" for line in _claims(subject))]


def _claims(certificate: Certificate) -> list[str]:
    """What the file proves, in formulas."""
    spec, proof, identity = certificate.spec, certificate.proof, certificate.identity
    if isinstance(proof, Refutation):
        return [f"false: |f' - s| <= {_allowed(spec)} {_where(spec)}", _at(proof, spec), *_formulas(spec)]
    found = []
    if isinstance(proof, Enclosure):
        kinks = {kink.at: kink.verdict for kink in proof.kinks}
        found += [f"|f' - s| <= {_allowed(spec)} {_where(spec)}", *_points(kinks, spec), *_formulas(spec)]
    if identity is not None:
        found += [*_exactly(identity), *([] if proof else _formulas(identity.spec))]
    return found


def _exactly(identity: Identity) -> list[str]:
    joins = {join.at: join.verdict for join in identity.joins}
    joins |= dict.fromkeys(identity.open_ends, "open")
    return [f"f' = s {_where(identity.spec)}", *_points(joins, identity.spec)]


def _points(verdicts: dict[Fraction, str], spec: Spec) -> list[str]:
    """What is claimed of each point where the formula of f changes, apart from the claim of the rest."""
    found = []
    for at, verdict in sorted(verdicts.items()):
        to = "" if spec.is_exact else ", to what is allowed"
        said = f"{_SAID[verdict]}{to if verdict in ('smooth', 'subgradient') else ''}"
        found.append(f"  but at x = {format_number(at)}: {said}{_stated(at, spec, to)}")
    return found


def _stated(at: Fraction, spec: Spec, to: str) -> str:
    value = spec.value_at(at)
    return "" if value is None else f"; s there is {print_term(value)}{to}"


def _at(proof: Refutation, spec: Spec) -> str:
    at = proof.witness.at
    if not isinstance(proof.witness, Kink):
        return f"  at x = {format_number(at)}"
    value = spec.value_at(at)
    claimed = "" if value is None else f"; s is claimed to be {print_term(value)}"
    return f"  at x = {format_number(at)}: a kink that is not as claimed{claimed}"


def _allowed(spec: Spec) -> str:
    relative = f" + {format_number(spec.rtol)}*|f'|" if spec.rtol else ""
    return f"{format_number(spec.atol)}{relative}"


def _where(spec: Spec) -> str:
    return f"on {format_domain(spec.domain)}{format_parameters(spec)}"


def _formulas(spec: Spec) -> list[str]:
    return [f"  f = {print_term(spec.function)}", f"  s = {print_term(spec.derivative)}"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
