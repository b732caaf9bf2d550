"""What a project says of certify: `[tool.certify]` in pyproject.toml, or `[certify]` in setup.cfg.

    specs         patterns of the files that state entries, from the folder of the configuration
    certificates  the folder of the certificates
    max_seconds   for one claim, in check, build and pytest; beyond them it is undecided

The nearest folder from the current one upwards that says something is the project; without one the current
folder is, with the defaults.  A spec file is named NAME.spec.toml, unless `specs` says otherwise.
"""

from __future__ import annotations

import configparser
import os
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from certify.language.errors import UsageError
from certify.notation.hints import or_near

SPEC_SUFFIX = ".spec.toml"
DEFAULT_SPECS = (f"**/*{SPEC_SUFFIX}",)
DEFAULT_CERTIFICATES = "certificates"
DEFAULT_SECONDS, MOST_SECONDS = 60, 10**6
_KEYS = ("specs", "certificates", "max_seconds")
_PASSED_OVER = ("node_modules", "__pycache__", "site-packages", "build", "dist")


@dataclass(frozen=True)
class Configuration:
    """A project's folder, as a path from the current one, and what it says.

    source        the file that says it, or what stands in its place
    specs         patterns, from that folder
    certificates  where the certificates are, a path from the current folder
    """

    root: Path
    source: str = "the default"
    specs: tuple[str, ...] = DEFAULT_SPECS
    certificates: Path = Path(DEFAULT_CERTIFICATES)
    max_seconds: int = DEFAULT_SECONDS

    def spec_files(self) -> list[Path]:
        """The files that the patterns name, in the order of their paths."""
        return sorted({path for pattern in self.specs for path in self.files_of(pattern)})

    def files_of(self, pattern: str) -> list[Path]:
        """The files that one pattern names.  `*` and `**` pass over hidden folders, environments and what
        tools make; a folder that is named is looked into."""
        return list(_glob(self.root, Path(pattern).parts))

    def unnamed(self) -> list[Path]:
        """The files that are named as spec files are, whatever the case, and that no pattern names."""
        known = {os.path.realpath(path) for path in self.spec_files()}
        alike = (path for path in self.files_of("**/*") if path.name.lower().endswith(SPEC_SUFFIX))
        return sorted(path for path in alike if os.path.realpath(path) not in known)

    def modules_first(self) -> None:
        """Let a target name a module of this folder, before any other of that name; certify's own libraries
        are loaded before, so that no file of the folder takes their place."""
        import flint  # noqa: F401
        import mpmath  # noqa: F401

        folder = os.path.realpath(self.root)
        if sys.path[:1] != [folder]:
            sys.path.insert(0, folder)

    def is_spec(self, path: Path) -> bool:
        """Whether a file is one that the patterns name."""
        inside = Path(os.path.relpath(path, self.root))
        return any(_matches(inside, pattern) for pattern in self.specs)

    def is_certificate(self, path: Path) -> bool:
        """Whether a file lies under the folder of the certificates."""
        return ".." not in Path(os.path.relpath(path, self.certificates)).parts


def _matches(path: Path, pattern: str) -> bool:
    """Whether a path matches a pattern as a whole; ** stands for any number of folders, none among them."""
    return _match(path.parts, Path(pattern).parts)


def _match(parts: tuple[str, ...], patterns: tuple[str, ...]) -> bool:
    if not patterns:
        return not parts
    if patterns[0] == "**":
        return any(_match(parts[i:], patterns[1:]) for i in range(len(parts) + 1))
    return bool(parts) and Path(parts[0]).match(patterns[0]) and _match(parts[1:], patterns[1:])


def _glob(folder: Path, patterns: tuple[str, ...]) -> Iterator[Path]:
    head, *rest = patterns
    if head == "**":
        yield from _glob(folder, tuple(rest)) if rest else ()
        for inner in _folders(folder, "*"):
            yield from _glob(inner, patterns)
    elif rest:
        for inner in _folders(folder, head):
            yield from _glob(inner, tuple(rest))
    elif folder.is_dir():
        yield from (path for path in folder.iterdir() if path.is_file() and path.match(head))


def _folders(folder: Path, pattern: str) -> list[Path]:
    if not any(mark in pattern for mark in "*?["):
        return [folder / pattern] if (folder / pattern).is_dir() else []
    inner = [path for path in folder.iterdir() if path.is_dir() and not path.is_symlink()]
    return [path for path in inner if path.match(pattern) and _is_looked_into(path)]


def _is_looked_into(folder: Path) -> bool:
    name = folder.name
    return not (name.startswith(".") or name in _PASSED_OVER or (folder / "pyvenv.cfg").exists())


def configuration() -> Configuration:
    """That of the current folder; UsageError where it cannot be read, or says what has no meaning."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        for name, read in (("pyproject.toml", _of_pyproject), ("setup.cfg", _of_setup)):
            path = folder / name
            table = read(path) if path.is_file() else None
            if table is not None:
                return _read(table, Path(os.path.relpath(folder)), Path(os.path.relpath(path)))
    return Configuration(Path())


def _of_pyproject(path: Path) -> dict[str, Any] | None:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: {error}") from error
    tool = table.get("tool", {})
    found = tool.get("certify") if isinstance(tool, dict) else None
    if found is not None and not isinstance(found, dict):
        raise UsageError(f"{path}: tool.certify is not a table")
    return found


def _of_setup(path: Path) -> dict[str, Any] | None:
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(path.read_text(encoding="utf-8"), str(path))
    except (OSError, ValueError, configparser.Error) as error:
        text = " ".join(str(error).split())
        raise UsageError(f"{path}: {text}") from error
    if not parser.has_section("certify"):
        return None
    table: dict[str, Any] = dict(parser["certify"])
    if "specs" in table:
        table["specs"] = table["specs"].split()
    return table


def _read(table: dict[str, Any], root: Path, source: Path) -> Configuration:
    for key in table:
        if key not in _KEYS:
            raise UsageError(f"{source}, certify: unknown key {key!r}{or_near(key, _KEYS, most=3)}")
    specs, folder = table.get("specs", list(DEFAULT_SPECS)), table.get("certificates", DEFAULT_CERTIFICATES)
    if isinstance(specs, str):
        specs = [specs]
    if not isinstance(specs, list) or not specs or not all(map(_is_pattern, specs)):
        raise UsageError(f'{source}, certify: specs is not a list of patterns, such as ["specs/*.toml"]')
    if not isinstance(folder, str) or not folder:
        raise UsageError(f"{source}, certify: certificates is not the name of a folder")
    seconds = table.get("max_seconds", DEFAULT_SECONDS)
    if isinstance(seconds, str) and seconds.isdecimal():  # of setup.cfg, where all is text
        seconds = int(seconds)
    if not isinstance(seconds, int) or isinstance(seconds, bool) or not 1 <= seconds <= MOST_SECONDS:
        raise UsageError(f"{source}, certify: max_seconds is no whole number from 1 to {MOST_SECONDS}")
    return Configuration(root, str(source), tuple(specs), root / folder, seconds)


def _is_pattern(value: object) -> bool:
    return isinstance(value, str) and bool(Path(value).parts) and not Path(value).is_absolute()
