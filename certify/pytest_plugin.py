"""pytest plugin: what `certify check` says, as tests, where `--certificates` asks for it.

Each entry of a spec file is a test, and each `*.json` among the certificates, which are where the
configuration of the current folder says; `*.cert.json` beside the tests are verified too.  Without the
option nothing is collected and nothing imported.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from certify.check import Entries, Finding, Plan


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("certify")
    group.addoption(
        "--certificates",
        action="store_true",
        help="Check *.spec.toml, certificates/**/*.json and *.cert.json, as certify check does.",
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.File | None:
    if not parent.config.getoption("--certificates"):
        return None
    from certify.language.errors import CertifyError

    try:
        project = _plan().configuration
    except CertifyError as error:
        raise pytest.UsageError(str(error)) from error
    if project.is_spec(file_path):
        return SpecFile.from_parent(parent, path=file_path)
    name = file_path.name.lower()
    if name.endswith(".cert.json") or (name.endswith(".json") and project.is_certificate(file_path)):
        return CertificateFile.from_parent(parent, path=file_path)
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Add the entries of spec files that testpaths leave out, where no paths were given: they would seem to
    have passed."""
    given = config.args_source is pytest.Config.ArgsSource.ARGS or config.getoption("ignore")
    if given or not config.getoption("--certificates"):
        return
    seen = {file.path for item in items if (file := item.getparent(SpecFile))}
    for path in _plan().configuration.spec_files():
        if path.resolve() not in seen:
            try:
                items.extend(SpecFile.from_parent(session, path=path.resolve()).collect())
            except pytest.Collector.CollectError as error:
                raise pytest.UsageError(str(error)) from error


@cache
def _plan() -> Plan:
    """What is checked: of the folder that pytest was started in."""
    from certify.check import Plan
    from certify.configuration import configuration

    return Plan(configuration())


@cache
def _entries() -> Entries | None:
    """The project's entries; None where it has no spec files."""
    from certify.check import read

    return read(_plan()) if _plan().configuration.spec_files() else None


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
            if entry.kernel is not None:
                yield KernelItem.from_parent(self, name=f"{name}.kernel", entry=entry)


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

    def fail_unless_it_holds(self, finding: Finding) -> None:
        if finding.exit:
            raise NotProved("\n".join((f"{finding.kind.value}: {finding.lines[0]}", *finding.lines[1:])))


class CertificateItem(_Item):
    """Verifies the certificate again; one among the project's must be of an entry."""

    def runtest(self) -> None:
        from certify.check import check_file

        entries = _entries() if _plan().configuration.is_certificate(self.path) else None
        self.fail_unless_it_holds(check_file(Path(os.path.relpath(self.path)), _plan(), entries))


class EntryItem(_Item):
    """Compares the entry with its certificate, and verifies that."""

    def __init__(self, *, entry: Any, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.entry = entry

    def runtest(self) -> None:
        from certify.check import check_entry

        _plan().configuration.modules_first()
        self.fail_unless_it_holds(check_entry(self.entry, _plan()))


class KernelItem(EntryItem):
    """Runs the entry's kernel, and holds it to its budget."""

    def runtest(self) -> None:
        from certify.check import check_kernel

        _plan().configuration.modules_first()
        for finding in check_kernel(self.entry, self.entry.kernel, _plan()):
            self.fail_unless_it_holds(finding)
