"""Claims as they are written on the command line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from certify.language.errors import CertifyError, UsageError
from certify.notation.hints import near_names

if TYPE_CHECKING:
    from fractions import Fraction

    from certify.catalogue import Entry, Stated, StatedKink
    from certify.language.spec import Range, Spec
    from certify.language.terms import Term
    from certify.shipped import Shipped

Texts = tuple[str, ...]


def entries_of(targets: Iterable[str]) -> list[Entry]:
    """The entries NAME, FILE.toml or FILE.toml:NAME, whose code is traced."""
    return [item.entry for item in shipped_of(targets)]


def shipped_of(targets: Iterable[str]) -> list[Shipped]:
    """The entries NAME, FILE.toml or FILE.toml:NAME as they ship; UsageError, with the command that a word
    may mean."""
    return [_traced(entry) for target in targets for entry in _select(target)]


def _traced(entry: Stated) -> Shipped:
    from certify.catalogue import CodeEntry
    from certify.configuration import configuration
    from certify.shipped import shipped

    if isinstance(entry, CodeEntry):
        configuration().modules_first()
    return shipped(entry)


def _select(target: str) -> list[Stated]:
    from certify.catalogue import select

    try:
        return select(target)
    except UsageError as error:
        if target.isidentifier():
            near = near_names(target, _commands())
            hint = f" (or the command {near})" if near else ""
            raise UsageError(f"{error}{hint}") from error
        raise


def _commands() -> list[str]:
    context = click.get_current_context().find_root()
    return context.command.list_commands(context) if isinstance(context.command, click.Group) else []


def entries_in(files: Texts) -> list[Entry]:
    """The entries of TOML files; without them those of the whole catalogue."""
    from certify.catalogue import builtin

    return entries_of(files) if files else list(builtin().values())


def inline(name: str, function: str, derivative: str, parameters: Texts) -> Entry:
    """The entry of formulas on the command line; their parameters are those of --param."""
    from certify.claim import claim

    values = {}
    for text in parameters:
        key, value = _split(text)
        if value == "any":
            raise UsageError(f"--param {key}=any: write its range, such as {key}='(0, inf)'")
        values[key] = value
    return claim(function, derivative, parameters=values, name=name)[0]


def spec_of(entry: Entry, domains: Texts, parameters: Texts, tol: str | None, rtol: str | None) -> Spec:
    """The entry's claim with what --domain, --param, --tol and --rtol say."""
    from certify.language.spec import parse_interval, parse_range, union

    domain = union([parse_interval(text) for text in domains]) if domains else ()
    values: dict[str, Fraction | Range | None] = {}
    for text in parameters:
        name, value = _split(text)
        if name in values:
            raise UsageError(f"--param {name} is given twice")
        if value == "any":
            values[name] = None
        else:
            values[name] = parse_range(value) if value[:1] in ("(", "[") else number(f"--param {name}", value)
    atol = None if tol is None else number("--tol", tol)
    return entry.spec(domain, values, atol, None if rtol is None else number("--rtol", rtol))


def with_kinks(entry: Entry, kinks: Texts) -> Entry:
    """The entry with what --kink says of kinks beside what it states itself."""
    from certify.catalogue import kink_of

    stated: dict[Term, StatedKink] = {}
    for text in kinks:
        at, what = _split(text, "--kink", "AT=WHAT")
        place, kink = kink_of(number("--kink", at), what)
        if stated.setdefault(place, kink) != kink:
            raise UsageError(f"--kink {at} is given twice")
    return replace(entry, kinks={**entry.kinks, **stated}) if stated else entry


def _split(text: str, option: str = "--param", form: str = "NAME=VALUE") -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"{option} {text!r} is not {form}")
    return name.strip(), value.strip()


def number(what: str, text: str) -> Fraction:
    """The exact number that an option, what, says."""
    from certify.language.numbers import parse_number

    try:
        return parse_number(text.strip())
    except CertifyError as error:
        raise UsageError(f"{what}: {error}") from error
