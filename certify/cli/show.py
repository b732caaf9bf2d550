"""certify list, certify show: entries, and what files state; nothing is verified here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from certify.cli.claims import Texts, entries_in, entries_of
from certify.cli.options import FOLDER
from certify.cli.terminal import say, say_all, say_table
from certify.language.errors import Rejected, UsageError
from certify.language.exits import Exit

if TYPE_CHECKING:
    from certify.catalogue import Entry
    from certify.certificate.enclosure import Certificate, Enclosure

NOT_VERIFIED_HERE = "The tiers are what files state; none was verified here: certify verify does that."


@click.command("list")
@click.argument("files", nargs=-1, metavar="[FILE.toml]...")
def list_entries(files: Texts) -> Exit:
    """List the catalogue's entries, or those of TOML files, and the tiers that hold for each.

    enclosure and identity are what the files in certificates/ state, unverified (`certify verify` checks
    them); coq is what certificates/coq.accepted has on record (`certify formal` checks it).
    """
    from certify.language.printer import print_term
    from certify.tiers import of_entry

    rows = [
        (
            entry.name,
            ", ".join(f"{k} in {p.range}" for k, p in entry.parameters.items()),
            *of_entry(entry, Path(FOLDER)),
            print_term(entry.function),
            print_term(entry.derivative),
        )
        for entry in entries_in(files)
    ]
    say_table(("name", "parameters", "enclosure", "identity", "coq", "function", "derivative"), rows)
    say(NOT_VERIFIED_HERE)
    return Exit.HOLDS


@click.command()
@click.argument("target", metavar="NAME|FILE.toml:NAME|CERTIFICATE")
def show(target: str) -> Exit:
    """Show an entry, or what a certificate or a kernel's report states (without verifying it)."""
    if target.endswith(".json"):
        _show_file(Path(target))
    else:
        for entry in entries_of([target]):
            _show_entry(entry, Path(FOLDER))
    return Exit.HOLDS


def _show_file(path: Path) -> None:
    from certify.certificate import kernel
    from certify.certificate.enclosure import MAX_BYTES
    from certify.certificate.files import is_report, read_limited
    from certify.kernels import words

    data = read_limited(path, MAX_BYTES)
    if not is_report(data):
        _show_certificate(path)
        return
    try:
        lines = words.lines(kernel.decode(data))
    except Rejected as error:
        raise UsageError(f"{path}: {error}") from error
    say_all([*lines, f"  {words.unverified()}"])


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
    for tier, holds in zip(Tiers._fields, of_entry(entry, folder), strict=True):
        say(f"  {tier}, stated, not verified here: {holds}")
    path = folder / f"{entry.name}.json"
    if path.exists():
        say(f"{path}:")
        _show_certificate(path)


def _show_certificate(path: Path) -> None:
    from certify.certificate.enclosure import Enclosure, Refutation
    from certify.words.claims import counterexample

    certificate = _load(path)
    spec, proof = certificate.spec, certificate.proof
    if isinstance(proof, Refutation):
        say(f"refutation of {spec.name}, not verified here")
        say_all(f"  {line}" for line in counterexample(certificate))
        return
    say(f"certificate of {spec.name}, not verified here")
    say_all(f"  {line}" for line in _proof_lines(certificate))
    if isinstance(proof, Enclosure):
        _say_tiles(proof)


def _load(path: Path) -> Certificate:
    from certify.api import load

    try:
        return load(path)
    except Rejected as error:
        raise UsageError(f"{path}: {error}") from error


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


def _say_tiles(proof: Enclosure) -> None:
    from certify.language.numbers import describe, format_number

    rows = []
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
    say_table(("tile", "R", "N", "bits", "range of f'", "residual"), rows)
