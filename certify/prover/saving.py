"""Where the certificate of a verdict is written, and what it may replace.

A file says what it proves, and no more; but whoever looks for an entry's certificate looks for its name,
so that a certificate has its own name, and no file is replaced that states something else.
"""

from __future__ import annotations

import os
from pathlib import Path

from certify.certificate.enclosure import MAX_BYTES, Certificate, Refutation, decode, encode, statement_of
from certify.certificate.files import file_name, is_report, read_limited, write_whole
from certify.language.errors import Rejected, UsageError
from certify.notation.trace import shown
from certify.words.claims import allowance, scope

Place = str | os.PathLike[str]


class NotReplaced(UsageError):
    """A file that was kept, since it states something else than the certificate that should go there.

    path  of the file
    why   what it is: "states something else (relu on [-1, 1], f' = s)"

    >>> import certify, tempfile
    >>> folder = tempfile.mkdtemp()
    >>> path = certify.prove("x**2", "2*x", (-1, 1)).save(folder)
    >>> try:
    ...     certify.prove("x**3", "3*x**2", (-1, 1)).save(folder)
    ... except certify.NotReplaced as kept:
    ...     print(kept.path == path, kept.why)
    True states something else (f on [-1, 1], |f' - s| <= 1e-30, of other formulas)
    """

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(path, why)
        self.path = path
        self.why = why

    def __str__(self) -> str:
        hint = "save to another path, give the claim another name, or replace=True"
        return f"{self.path} {self.why}, and is kept: {hint}"


def save(certificate: Certificate, place: Place, *, replace: bool = False) -> Path:
    """Write the certificate, whole or not at all, and return the path of its file, as of `destination`.

    NotReplaced for a file there that states something else, unless `replace`; UsageError where it cannot be
    written, or would not be accepted under that name.
    """
    path = destination(certificate, place)
    if not replace:
        _check_replaced(path, certificate)
    write_whole(path, encode(certificate))
    return path


def destination(certificate: Certificate, place: Place) -> Path:
    """The file that the certificate goes to: the place, or the file of its name in that folder.

    What is there decides whether a place is a folder; what is not there is one if it ends in / or has no
    extension.  A refutation goes to a name of its own beside the place, so that none passes for a proof.
    """
    try:
        text = os.fspath(place)
    except TypeError as error:
        raise UsageError(f"a certificate is saved to a path, not to {shown(place)}") from error
    if not isinstance(text, str) or not text or "\0" in text:
        raise UsageError(f"a certificate is saved to a path, not to {shown(text)}")
    path = Path(text)
    if os.path.isdir(text) or text.endswith("/") or not (path.suffix or os.path.exists(text)):
        return _named(path / file_name(certificate), certificate)
    if os.path.exists(text) and not os.path.isfile(text):  # a pipe or a device
        return path
    if isinstance(certificate.proof, Refutation):
        path = _of_a_refutation(path, certificate.spec.name)
    return _named(path, certificate)


def _of_a_refutation(path: Path, name: str) -> Path:
    stem, extension = _split(path)
    if extension.lower().endswith(".json"):
        return path.with_name(f"{stem}.refuted{extension}") if stem == name else path
    return path if ".refuted" in path.name else path.with_name(f"{stem}.refuted{extension}")


def _split(path: Path) -> tuple[str, str]:
    """The name of what a file is about, and its extension: .json, .cert.json or any other."""
    stem, extension = path.stem, path.suffix
    if extension.lower() == ".json" and stem.endswith(".cert"):
        return stem.removesuffix(".cert"), f".cert{extension}"
    return stem, extension


def _named(path: Path, certificate: Certificate) -> Path:
    """The path, if a *.json has the name that the verifier accepts it under; UsageError else."""
    stem, extension = _split(path)
    own = file_name(certificate)
    if extension.lower().endswith(".json") and f"{stem}.json" != own:
        name = certificate.spec.name
        what = "refutation" if isinstance(certificate.proof, Refutation) else "certificate"
        raise UsageError(f"{path}: a {what} of {name} is accepted as {own} only")
    return path


def _check_replaced(path: Path, certificate: Certificate) -> None:
    if not os.path.isfile(path) or not os.path.getsize(path):
        return
    data = read_limited(path, MAX_BYTES)
    if is_report(data):
        raise NotReplaced(path, "is the report of a kernel")
    try:
        there = decode(data)
    except Rejected as why:
        raise NotReplaced(path, f"is no certificate ({why})") from why
    if statement_of(there) != statement_of(certificate) or _refutes(there) != _refutes(certificate):
        raise NotReplaced(path, f"states something else ({_said(there, certificate)})")


def _refutes(certificate: Certificate) -> bool:
    return isinstance(certificate.proof, Refutation)


def _said(there: Certificate, certificate: Certificate) -> str:
    """What the certificate there claims in a few words, and whether it is of the same formulas."""
    spec, own = there.spec, certificate.spec
    claim = f"|f' - s| <= {allowance(spec)}" if there.proof else "f' = s"
    word = "a refutation of " if _refutes(there) else ""
    same = (spec.function, spec.derivative) == (own.function, own.derivative)
    return f"{word}{scope(spec)}, {claim}{'' if same else ', of other formulas'}"
