"""pytest plugin: certificates and specs as tests, where `--certificates` asks for them.

`*.cert.json` and the `*.json` files under a folder `certificates` are verified again, one test each,
certificates and reports of kernels alike; a refutation fails.  Each entry of a `*.spec.toml` is proved.
Without the option nothing is collected and nothing imported.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("certify")
    group.addoption(
        "--certificates",
        action="store_true",
        help="Verify *.cert.json and certificates/**/*.json, and prove the entries of *.spec.toml.",
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.File | None:
    if not parent.config.getoption("--certificates"):
        return None
    name = file_path.name.lower()
    is_certificate = name.endswith(".cert.json") or (
        name.endswith(".json") and "certificates" in _folders(file_path, parent.config.rootpath)
    )
    if is_certificate:
        return CertificateFile.from_parent(parent, path=file_path)
    if file_path.name.endswith(".spec.toml"):
        return SpecFile.from_parent(parent, path=file_path)
    return None


def _folders(path: Path, root: Path) -> tuple[str, ...]:
    """The names of the folders from the root, itself among them, down to a file."""
    return (root.name, *path.relative_to(root).parts[:-1]) if path.is_relative_to(root) else path.parts[:-1]


class CertificateFile(pytest.File):
    """A certificate, or a kernel's report, which is one test."""

    def collect(self) -> Iterator[pytest.Item]:
        yield CertificateItem.from_parent(self, name="verify")


class SpecFile(pytest.File):
    """A TOML file of entries, a test each."""

    def collect(self) -> Iterator[pytest.Item]:
        from certify.catalogue import load
        from certify.language.errors import CertifyError

        try:
            entries = load(self.path)
        except CertifyError as error:
            raise self.CollectError(str(error)) from error
        for name, entry in entries.items():
            yield EntryItem.from_parent(self, name=name, entry=entry)


class NotProved(Exception):
    """A certificate that is not accepted, or an entry that is not certified: its words are the report."""


class _Item(pytest.Item):
    """A test whose failure is told in certify's words, without a traceback."""

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, NotProved):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        return self.path, None, f"{self.path.name}: {self.name}"


class CertificateItem(_Item):
    """Verifies the certificate again."""

    def runtest(self) -> None:
        from certify.language.exits import Exit
        from certify.verification import verify
        from certify.verifier.outcome import NotAccepted

        outcome = verify(self.path)
        if isinstance(outcome, NotAccepted):
            word = "rejected" if outcome.exit is Exit.FAILS else "not independently checked"
            raise NotProved(f"{word} {self.path}: {outcome.why}")
        if not outcome:
            raise NotProved(f"the refutation holds: {self.path}")


class EntryItem(_Item):
    """Proves the entry's claim."""

    def __init__(self, *, entry: Any, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.entry = entry

    def runtest(self) -> None:
        from certify.api import prove

        verdict = prove(self.entry, self.entry.spec())
        if not verdict:
            raise NotProved(str(verdict))
