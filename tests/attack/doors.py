"""The public doors of what is attacked: the one module here that imports it.

Everything goes in and out as fractions, JSON, text and bytes, so that a test can put a door of its
own in the place of one.
"""

from __future__ import annotations

import os
import sys
import traceback
import warnings
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from tests.attack.case import Ends, Extent

Json = Any


class Outcome(NamedTuple):
    """What a command did."""

    code: int
    out: bytes
    err: bytes


# --- the verifier's arithmetic ------------------------------------------------------------


def _raw(value: Fraction) -> Any:
    """A dyadic fraction as the verifier's number."""
    from mpmath.libmp import from_man_exp

    exponent = value.denominator.bit_length() - 1
    return from_man_exp(value.numerator, -exponent)


def _interval(ends: Ends) -> Any:
    return _raw(ends[0]), _raw(ends[1])


def _fractions(interval: Any) -> Ends:
    from certify.verifier.arithmetic.interval import to_fraction

    return to_fraction(interval[0]), to_fraction(interval[1])


def interval(name: str, arguments: Sequence[Ends], bits: int) -> Ends | None:
    """An operation on intervals with dyadic ends; None where it says that there is no bound."""
    from certify.verifier.arithmetic import interval as iv

    unary = {"neg": iv.neg, "magnitude": iv.magnitude}
    given = [_interval(ends) for ends in arguments]
    try:
        if name in unary:
            return _fractions(unary[name](*given))
        if name in ("hull", "meet"):
            return _fractions(getattr(iv, name)(*given))
        if name == "ball":
            middle, radius = iv.ball(given[0], bits)
            m, r = _fractions((middle, radius))
            return m - r, m + r
        return _fractions(getattr(iv, name)(*given, bits))
    except iv.Unbounded:
        return None


def rounded(value: Fraction, bits: int) -> Ends:
    from certify.verifier.arithmetic import interval as iv

    return _fractions(iv.from_fraction(value, bits))


def real(name: str, argument: Ends, bits: int) -> Ends | tuple[Ends, Ends] | None:
    """exp_real, log_real, atan_real, sin_cos_real, sinh_cosh_real."""
    from certify.verifier.arithmetic import rectangle as rect
    from certify.verifier.arithmetic.interval import Unbounded

    try:
        found = getattr(rect, f"{name}_real")(_interval(argument), bits)
        return (_fractions(found[0]), _fractions(found[1])) if "_" in name else _fractions(found)
    except Unbounded:  # or too long for a fraction
        return None


def elementary(name: str, argument: Fraction, bits: int) -> tuple[Ends, ...] | None:
    """What exp_fixed and its kin enclose: exp, log, atan, or sin and cos; pi, log 2 at so many places."""
    from certify.verifier.arithmetic import elementary as el
    from certify.verifier.arithmetic.interval import Unbounded

    def about(value: int, error: int, exponent: int) -> Ends:
        unit = Fraction(2) ** exponent
        return (value - error) * unit, (value + error) * unit

    try:
        if name == "pi":
            return (about(el.pi_fixed(bits), 1, -bits),)
        if name == "half_pi":
            return (about(el.half_pi_fixed(bits), 1, -bits),)
        if name == "log2":
            return (about(el.log2_fixed(bits), 1, -bits),)
        x = _raw(argument)
        if name == "sin_cos":
            sine, cosine, error, w = el.sin_cos_fixed(x, bits)
            return about(sine, error, -w), about(cosine, error, -w)
        value, error, third = getattr(el, f"{name}_fixed")(x, bits)
        return (about(value, error, third if name == "exp" else -third),)
    except Unbounded:
        return None


def rectangle(name: str, arguments: Sequence[tuple[Ends, Ends]], bits: int) -> tuple[Ends, Ends] | None:
    """A primitive on rectangles; None where it says that there is no bound."""
    from certify.verifier.arithmetic import rectangle as rect
    from certify.verifier.arithmetic.interval import Unbounded
    from certify.verifier.arithmetic.primitives import FUNCTIONS, OPERATIONS

    given = [(_interval(re), _interval(im)) for re, im in arguments]
    function: Any = OPERATIONS.get(name) or FUNCTIONS.get(name) or getattr(rect, name)
    try:
        found = function(*given, bits)
        return _fractions(found[0]), _fractions(found[1])
    except Unbounded:
        return None


def power(argument: tuple[Ends, Ends], exponent: int, bits: int) -> tuple[Ends, Ends] | None:
    from certify.verifier.arithmetic import rectangle as rect
    from certify.verifier.arithmetic.interval import Unbounded

    try:
        found = rect.power((_interval(argument[0]), _interval(argument[1])), exponent, bits)
        return _fractions(found[0]), _fractions(found[1])
    except Unbounded:
        return None


def modulus(argument: tuple[Ends, Ends], bits: int) -> Ends | None:
    from certify.verifier.arithmetic import rectangle as rect
    from certify.verifier.arithmetic.interval import Unbounded

    try:
        return _fractions(rect.modulus((_interval(argument[0]), _interval(argument[1])), bits))
    except Unbounded:
        return None


def on_rectangle(term: Json, argument: tuple[Ends, Ends], bits: int, wide: bool) -> tuple[Ends, Ends] | None:
    """A guard-free term on a rectangle, as on a box of a cover; None where it is not shown analytic there."""
    from certify.certificate.strict import read_term
    from certify.verifier.arithmetic.interval import Unbounded
    from certify.verifier.enclosure.evaluate import Evaluator, NotEnclosed

    try:
        evaluate = Evaluator((read_term(term, "term", (), 1),), bits, wide=wide)
        (found,) = evaluate((_interval(argument[0]), _interval(argument[1])))
        return _fractions(found[0]), _fractions(found[1])
    except (NotEnclosed, Unbounded):
        return None


def extended(name: str, arguments: Sequence[Extent], exponent: int = 0) -> Extent:
    """An operation or a function on the extended line, where it is defined on all of it."""
    from certify.verifier.identity import extended as ex

    given = [ex.Extended(*extent) for extent in arguments]
    if name == "power":
        return Extent(*ex.power(given[0], exponent))
    if name in ("neg", "add", "mul", "reciprocal", "magnitude"):
        return Extent(*getattr(ex, name)(*given))
    return Extent(*ex.image(name, given[0]))


def on_extent(term: Json, argument: Extent) -> Extent | None:
    """A guard-free term on an interval of the extended line; None where that is not shown."""
    from certify.certificate.strict import read_term
    from certify.verifier.identity import extended as ex

    try:
        return Extent(*ex.Images(ex.Extended(*argument), {})(read_term(term, "term", (), 1)))
    except ex.NotShown:
        return None


def transformed(columns: Sequence[Sequence[tuple[Ends, Ends]]], bits: int) -> list[list[Ends]]:
    """The quotients Q_k of one or two functions, enclosed, from their values at half the nodes."""
    from certify.verifier.enclosure.transform import Roots, quotients
    from certify.verifier.work import Work

    given = [[(_interval(re), _interval(im)) for re, im in values] for values in columns]
    work = Work()
    roots = Roots(work)(2 * (len(given[0]) - 1), bits)
    enclosed = []
    for found in quotients(given, roots, bits, work):
        scale = Fraction(2) ** -found.places / len(found.numerators)
        ends = ((n - found.error, n + found.error) for n in found.numerators)
        enclosed.append([(lo * scale, hi * scale) for lo, hi in ends])
    return enclosed


# --- files ----------------------------------------------------------------------------------


def verify(data: bytes) -> str:
    """accepted, rejected or not checked: a certificate or a report."""
    from certify.certificate.files import is_report
    from certify.kernels.naming import check_name
    from certify.language.errors import NotChecked, Rejected
    from certify.verifier.checker import verify as check
    from certify.verifier.kernel import verify_report

    try:
        if is_report(data):
            check_name(verify_report(data))
        else:
            check(data)
    except Rejected:
        return "rejected"
    except NotChecked:
        return "not checked"
    return "accepted"


# --- claims ---------------------------------------------------------------------------------


class Answer(NamedTuple):
    """certified, refuted or undecided; the certificate's bytes; whether the verdict counts as true."""

    word: str
    data: bytes | None
    truth: bool


def prove(
    f: str, s: str, domain: Sequence[str], tol: str, rtol: str = "0", parameters: dict[str, str] | None = None
) -> Answer:
    """The verdict of the Python API; a usage error is an answer of its own."""
    import certify
    from certify.certificate.enclosure import encode
    from certify.language.errors import UsageError

    try:
        verdict = certify.prove(
            f, s, list(domain), tol, rtol, parameters=parameters, max_bits=1024, max_seconds=20
        )
    except UsageError as error:
        return Answer(f"usage: {error}", None, False)
    certificate = getattr(verdict, "certificate", None)
    data = encode(certificate) if certificate is not None else None
    return Answer(type(verdict).__name__.lower(), data, bool(verdict))


def assertion_passes(f: str, s: str, domain: Sequence[str], tol: str) -> bool:
    import certify

    try:
        certify.assert_derivative(f, s, list(domain), tol, max_bits=512)
    except AssertionError:
        return False
    return True


def anything(given: Sequence[Any], keywords: dict[str, Any]) -> str:
    """The type of what certify.prove returns or raises."""
    import certify
    from certify.language.errors import UsageError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return type(certify.prove(*given, **keywords, max_bits=256)).__name__
        except UsageError:
            return "UsageError"
        except Exception as error:
            return type(error).__name__


def parsed(text: str) -> Json:
    """The JSON of a formula; None where it is refused."""
    from certify.certificate.strict import encode_term
    from certify.language.errors import UsageError
    from certify.notation.parser import parse

    try:
        return encode_term(parse(text, output=True))
    except UsageError:
        return None


def printed(term: Json) -> str:
    """The text of a term."""
    from certify.certificate.strict import read_term
    from certify.language.printer import print_term

    return print_term(read_term(term, "term", (), 1))


# --- the command line -------------------------------------------------------------------------


def command(arguments: Sequence[str], folder: Path) -> Outcome:
    """`certify ARGUMENTS` in a folder, in a child process."""
    import certify.cli

    out, err = folder.with_name(f"{folder.name}.out"), folder.with_name(f"{folder.name}.err")
    child = os.fork()
    if not child:
        code = 70
        try:
            for stream, path in ((1, out), (2, err)):
                os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
            os.chdir(folder)
            sys.argv = ["certify", *arguments]
            certify.cli.main()
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return Outcome(os.waitstatus_to_exitcode(status), out.read_bytes(), err.read_bytes())


def pytest(folder: Path) -> Outcome:
    """`pytest --certificates` in a folder."""
    from subprocess import run

    line = [
        sys.executable,
        "-m",
        "pytest",
        "--certificates",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
    ]
    done = run([*line, str(folder)], cwd=folder, capture_output=True, check=False)
    return Outcome(done.returncode, done.stdout, done.stderr)


def load() -> None:
    """Import what the doors open, so that cases need not."""
    import certify.api
    import certify.certificate.kernel
    import certify.cli
    import certify.prover.enclosure.search
    import certify.prover.identity.search
    import certify.verifier.checker
    import certify.verifier.kernel  # noqa: F401
