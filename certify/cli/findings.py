"""What `certify check` finds, for people and for the programs that show it to them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from certify import __version__
from certify.cli.results import Row
from certify.language.printer import printable

if TYPE_CHECKING:
    from certify.catalogue import Place
    from certify.check import Finding

_WIDTH = 15  # of the words


def text_lines(finding: Finding) -> list[str]:
    """The kind, where, and the message; then what belongs to it."""
    first, *rest = finding.lines
    head = f"{finding.kind.value:<{_WIDTH}}{_located(first, finding.place) if finding.exit else first}"
    return [printable(line) for line in (head, *(f"  {line}" for line in rest))]


def _located(message: str, place: Place | None) -> str:
    """The message, which begins with the file and the line once."""
    if place is None or message.startswith(f"{place.path}:{place.line}"):
        return message
    if message.startswith(place.path):
        return f"{place}{message.removeprefix(place.path)}"
    return f"{place}: {message}"


def row(finding: Finding) -> Row:
    """A JSON object, as output.schema.json has it."""
    place = finding.place
    return {
        "kind": finding.kind.value,
        "subject": finding.subject,
        "exit": int(finding.exit),
        "message": "\n".join(finding.lines),
        "file": place.path if place else None,
        "line": place.line if place else None,
    }


def as_github(findings: Sequence[Finding]) -> str:
    """GitHub's workflow commands: an error for each finding that fails, and a notice for what is not looked
    at; a line of text for the others."""
    return "\n".join(_command(finding) for finding in findings)


def _command(finding: Finding) -> str:
    level = "error" if finding.exit else "notice" if finding.kind.value == "not looked at" else ""
    if not level:
        return "\n".join(text_lines(finding))
    place = finding.place
    where = [f"file={_property(place.path)}", f"line={place.line}"] if place else []
    title = _property(f"certify: {finding.subject}: {finding.kind.value}")
    message = "\n".join(finding.lines)
    return f"::{level} {','.join([*where, f'title={title}'])}::{_data(message)}"


def _data(text: str) -> str:
    """Text behind `::`, as a workflow command takes it."""
    lines = "\n".join(printable(line) for line in text.splitlines())
    return lines.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def as_sarif(findings: Sequence[Finding]) -> str:
    """SARIF 2.1.0: a result for each finding that fails, and a note for what is not looked at."""
    shown = [finding for finding in findings if finding.exit or finding.kind.value == "not looked at"]
    kinds = sorted({finding.kind.value for finding in shown})
    driver = {"name": "certify", "version": __version__, "rules": [{"id": _rule(kind)} for kind in kinds]}
    run = {"tool": {"driver": driver}, "results": [_result(finding) for finding in shown]}
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return json.dumps(log, indent=2)


def _rule(kind: str) -> str:
    return kind.replace(" ", "-")


def _result(finding: Finding) -> dict[str, Any]:
    place = finding.place
    path, line = (place.path, place.line) if place else (finding.subject, 1)
    region = {"startLine": line}
    location = {"physicalLocation": {"artifactLocation": {"uri": path}, "region": region}}
    return {
        "ruleId": _rule(finding.kind.value),
        "level": "error" if finding.exit else "note",
        "message": {"text": "\n".join(finding.lines)},
        "locations": [location],
    }


STYLES: dict[str, Callable[[Sequence[Finding]], str]] = {"github": as_github, "sarif": as_sarif}
