"""certify list, certify show: entries, and what files state; nothing is verified here."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from certify.cli import completion
from certify.cli.claims import Texts, entries_in, entries_of
from certify.cli.options import FOLDER
from certify.cli.results import add, as_json
from certify.cli.terminal import say, say_all, say_table
from certify.language.errors import Rejected, UsageError
from certify.language.exits import Exit

if TYPE_CHECKING:
    from certify.catalogue import Entry
    from certify.certificate.enclosure import Certificate, Enclosure
    from certify.certificate.kernel import Report
    from certify.certificate.kernel import Witness as ReportWitness

NOT_VERIFIED_HERE = "The tiers are what files state, not verified here: certify verify does that."
NOT_THERE = ("-", "malformed", "stale", "not stated")  # words of a tier that does not hold
TILE_HEADER = ("tile", "R", "N", "bits", "range of f'", "residual")


@click.command("list")
@click.argument("files", nargs=-1, metavar="[FILE.toml]...", shell_complete=completion.files)
@as_json
def list_entries(files: Texts, as_json: bool) -> Exit:
    """List the catalogue's entries, or those of TOML files, and the tiers that hold for each.

    enclosure and identity are what the files in certificates/ state, unverified (`certify verify` checks
    them); coq is what certificates/coq.accepted has on record (`certify formal` checks it). `certify show
    NAME` has the formulas, the ranges of the parameters, and what each tier states.
    """
    folder = Path(FOLDER)
    entries = entries_in(files)
    if as_json:
        add(_entry_row(entry, folder) for entry in entries)
        return Exit.HOLDS
    rows = [(entry.name, ", ".join(entry.parameters)) for entry in entries]
    if folder.is_dir():
        from certify.tiers import Tiers, of_entry

        marks = [tuple(map(_mark, of_entry(entry, folder))) for entry in entries]
        say_table(
            ("name", "parameters", *Tiers._fields), [(*row, *m) for row, m in zip(rows, marks, strict=True)]
        )
        say(NOT_VERIFIED_HERE)
    else:
        say_table(("name", "parameters"), rows)
        say(f"No proofs are marked: no folder {FOLDER}/ here (certify build writes one).")
    return Exit.HOLDS


def _mark(said: str) -> str:
    """What stands in the list for the words of a tier: yes, or why not."""
    return said if said in NOT_THERE else "yes"


@click.command()
@click.argument("target", metavar="NAME|FILE.toml:NAME|CERTIFICATE", shell_complete=completion.targets)
@as_json
def show(target: str, as_json: bool) -> Exit:
    """Show an entry, or what a certificate or a kernel's report states (without verifying it)."""
    if target.endswith(".json"):
        if as_json:
            add([_file_row(Path(target))])
        else:
            _show_file(Path(target))
        return Exit.HOLDS
    folder = Path(FOLDER)
    for entry in entries_of([target]):
        if as_json:
            path = folder / f"{entry.name}.json"
            add([{**_entry_row(entry, folder), "certificate": _file_row(path) if path.exists() else None}])
        else:
            _show_entry(entry, folder)
    return Exit.HOLDS


# --- as JSON ------------------------------------------------------------------------------


def _entry_row(entry: Entry, folder: Path) -> dict[str, Any]:
    """The entry, and the words of each tier; null where there is none."""
    from certify.language.numbers import format_number
    from certify.language.printer import print_term
    from certify.language.spec import format_domain
    from certify.tiers import NONE, of_entry

    parameters = {
        name: {"range": str(row.range), "default": format_number(row.default)}
        for name, row in entry.parameters.items()
    }
    kinks = [
        {
            "at": print_term(at),
            "verdict": kink.verdict,
            "value": None if kink.value is None else print_term(kink.value),
        }
        for at, kink in entry.kinks.items()
    ]
    tiers = {tier: None if said == NONE else said for tier, said in of_entry(entry, folder)._asdict().items()}
    return {
        "name": entry.name,
        "function": print_term(entry.function),
        "derivative": print_term(entry.derivative),
        "domain": format_domain(entry.domain),
        "parameters": parameters,
        "kinks": kinks,
        "sources": list(entry.sources),
        **tiers,
    }


def _file_row(path: Path) -> dict[str, Any]:
    """What a certificate or a report states, unverified."""
    from certify.certificate.enclosure import Certificate, Enclosure
    from certify.words.claims import as_json

    subject = _subject(path)
    if not isinstance(subject, Certificate):
        return _report_row(path, subject)
    certificate = subject
    tiles = _tiles(certificate.proof) if isinstance(certificate.proof, Enclosure) else []
    return {
        "file": str(path),
        "kind": certificate.kind,
        "name": certificate.spec.name,
        "verified": False,
        **as_json(certificate),
        "tiles": tiles,
    }


def _tiles(proof: Enclosure) -> list[dict[str, Any]]:
    from certify.language.numbers import format_number

    return [
        {
            "interval": [format_number(a), format_number(b)],
            "R": format_number(tile.quotient.R),
            "nodes": tile.quotient.nodes,
            "bits": tile.quotient.bits,
            "slope": [format_number(end) for end in tile.slope],
            "residual": format_number(tile.residual),
        }
        for component in proof.components
        for tile, a, b in zip(component.tiles, component.ends, component.ends[1:], strict=False)
    ]


def _report_row(path: Path, report: Report) -> dict[str, Any]:
    from certify.language.numbers import format_number

    maxima = {
        kind: {"bound": format_number(found.bound or Fraction(0)), "at": format_number(_input(report, found))}
        for kind, found in report.maxima.items()
    }
    return {
        "file": str(path),
        "kind": "report",
        "name": report.spec.name,
        "verified": False,
        "program": dict(report.program),
        "coverage": report.coverage,
        "figures": dict(report.figures),
        "maxima": maxima,
    }


def _input(report: Report, witness: ReportWitness) -> Fraction:
    """The x of a witness."""
    from certify.certificate.floats import value

    return value(report.form, witness.output.key)


# --- in words -----------------------------------------------------------------------------


def _show_file(path: Path) -> None:
    from certify.certificate.enclosure import Certificate
    from certify.kernels import words

    subject = _subject(path)
    if isinstance(subject, Certificate):
        _show_certificate(subject)
    else:
        say_all([*words.lines(subject), f"  {words.unverified()}"])


def _subject(path: Path) -> Certificate | Report:
    """The certificate or the report that a file holds, unverified; UsageError where it is neither."""
    from certify.certificate import kernel
    from certify.certificate.enclosure import MAX_BYTES, decode
    from certify.certificate.files import is_report, read_limited

    data = read_limited(path, MAX_BYTES)
    try:
        return kernel.decode(data) if is_report(data) else decode(data)
    except Rejected as error:
        raise UsageError(f"{path}: {error}") from error


def _show_entry(entry: Entry, folder: Path) -> None:
    """The entry, the tiers that hold for it, and its certificate."""
    from certify.language.numbers import describe
    from certify.language.printer import print_term
    from certify.language.spec import format_domain
    from certify.tiers import Tiers, of_entry

    say(entry.name)
    say(f"  f(x) = {print_term(entry.function)}")
    say(f"  s(x) = {print_term(entry.derivative)}")
    say(f"  domain {format_domain(entry.domain)}")
    for name, parameter in entry.parameters.items():
        say(f"  parameter {name} in {parameter.range}, default {describe(parameter.default)}")
    for at, kink in entry.kinks.items():
        value = "" if kink.value is None else f", s = {print_term(kink.value)}"
        say(f"  kink at x = {print_term(at)}: {kink.verdict}{value}")
    for source in entry.sources:
        say(f"  source: {source}")
    if not folder.is_dir():
        say(f"  no proofs are on file: there is no folder {folder}/ here (certify prove writes one)")
        return
    for tier, holds in zip(Tiers._fields, of_entry(entry, folder), strict=True):
        say(f"  {tier}, stated, not verified here: {holds}")
    path = folder / f"{entry.name}.json"
    if path.exists():
        say(f"{path}:")
        _show_file(path)


def _show_certificate(certificate: Certificate) -> None:
    from certify.certificate.enclosure import Enclosure, Refutation
    from certify.words.claims import counterexample

    spec, proof = certificate.spec, certificate.proof
    if isinstance(proof, Refutation):
        say(f"refutation of {spec.name}, not verified here")
        say_all(f"  {line}" for line in counterexample(certificate))
        return
    say(f"certificate of {spec.name}, not verified here")
    say_all(f"  {line}" for line in _proof_lines(certificate))
    if isinstance(proof, Enclosure):
        say_table(TILE_HEADER, _tile_rows(proof))


def _proof_lines(certificate: Certificate) -> list[str]:
    """What is stated, and the size of the proofs."""
    from certify.certificate.enclosure import Enclosure
    from certify.language.numbers import format_number
    from certify.words.claims import count, size, theorem, worst_residual

    lines = theorem(certificate)
    if certificate.identity:
        lines.append(f"identity: {size(certificate.identity)}")
    if isinstance(certificate.proof, Enclosure):
        tiles = count(sum(len(component.tiles) for component in certificate.proof.components), "tile")
        lines.append(f"{tiles}, worst residual {format_number(worst_residual(certificate))}")
    return lines


def _tile_rows(proof: Enclosure) -> list[tuple[str, ...]]:
    """A row for each tile, under TILE_HEADER."""
    from certify.language.numbers import describe, format_number

    rows: list[tuple[str, ...]] = []
    for component in proof.components:
        for tile, a, b in zip(component.tiles, component.ends, component.ends[1:], strict=False):
            quotient = tile.quotient
            rows.append(
                (
                    f"[{describe(a)}, {describe(b)}]",
                    describe(quotient.R),
                    str(quotient.nodes),
                    str(quotient.bits),
                    f"[{describe(tile.slope[0])}, {describe(tile.slope[1])}]",
                    format_number(tile.residual),
                )
            )
    return rows
