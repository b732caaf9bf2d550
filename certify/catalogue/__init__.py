"""Activations as data: TOML entries, the built-in ones and a user's own, read alike.

An entry states a function, its claimed derivative, parameters with ranges, a domain, the
kinks it expects and its sources.  `Entry.spec` turns it into the one claim that is proved.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from certify.certificate import VERDICTS, Certificate, Enclosure, is_name
from certify.errors import ParseError, UsageError
from certify.language.numbers import describe, parse_number
from certify.language.parser import NAME, RESERVED, parse
from certify.language.terms import Term
from certify.spec import Bound, Spec, check_domain, format_domain, parse_interval, union
from certify.verdict import Certified, Obstruction, Undecided, Verdict

MAX_FILE = 2**20
DEFAULT_TOLERANCE = Fraction(1, 10**30)

_KEYS = {
    "function",
    "derivative",
    "domain",
    "parameters",
    "definitions",
    "kinks",
    "natural_domain",
    "sources",
}


@dataclass(frozen=True)
class ParameterRange:
    """A default and the interval, open or closed at each end, that values are taken from."""

    default: Fraction
    low: Bound
    high: Bound
    closed: tuple[bool, bool]

    def __contains__(self, value: Fraction) -> bool:
        above = self.low is None or value > self.low or (self.closed[0] and value == self.low)
        below = self.high is None or value < self.high or (self.closed[1] and value == self.high)
        return above and below

    def __str__(self) -> str:
        low = "-inf" if self.low is None else describe(self.low)
        high = "inf" if self.high is None else describe(self.high)
        return f"{'[' if self.closed[0] else '('}{low}, {high}{']' if self.closed[1] else ')'}"


@dataclass(frozen=True)
class Entry:
    """One activation.

    kinks           the points where f's formula changes, each with the least verdict that
                    the entry claims there; None where the entry says nothing of kinks
    natural_domain  where the function is defined; None for the whole line
    """

    name: str
    function: Term
    derivative: Term
    domain: tuple[tuple[Bound, Bound], ...]
    parameters: Mapping[str, ParameterRange]
    kinks: Mapping[Fraction, str] | None
    natural_domain: tuple[Bound, Bound] | None
    sources: tuple[str, ...]

    def spec(
        self,
        domain: tuple[tuple[Bound, Bound], ...] = (),
        parameters: Mapping[str, Fraction] | None = None,
        atol: Fraction = DEFAULT_TOLERANCE,
        rtol: Fraction = Fraction(0),
    ) -> Spec:
        """The claim, on the entry's domain and at its defaults where nothing else is given.

        UsageError for a parameter that is unknown or out of range, or a domain outside the
        function's.
        """
        chosen = {name: parameter.default for name, parameter in self.parameters.items()}
        for name, value in (parameters or {}).items():
            if name not in self.parameters:
                raise UsageError(f"{self.name} has no parameter {name!r}{_list_of(self.parameters)}")
            if value not in self.parameters[name]:
                allowed = self.parameters[name]
                raise UsageError(f"parameter {name} = {describe(value)} is not in its range {allowed}")
            chosen[name] = value
        stated = domain or self.domain
        if self.natural_domain and not all(_inside(i, self.natural_domain) for i in stated):
            where = format_domain((self.natural_domain,))
            raise UsageError(
                f"domain {format_domain(stated)} is outside that of {self.name}, which is inside {where}"
            )
        return Spec(self.name, self.function, self.derivative, stated, atol, rtol, chosen)

    def judge(self, verdict: Verdict) -> Verdict:
        """The verdict on the claim with the entry's kinks: Undecided where a proof shows a
        kink that the entry does not state, or less than the entry claims at one."""
        if not isinstance(verdict, Certified):
            return verdict
        found = tuple(self.unexpected_kinks(verdict.certificate))
        return Undecided(verdict.spec, found, verdict.statistics) if found else verdict

    def unexpected_kinks(self, certificate: Certificate) -> list[Obstruction]:
        """Where the kinks that a certificate shows are not those that the entry states."""
        return [] if self.kinks is None else _unexpected(certificate, self.kinks)


def _inside(interval: tuple[Bound, Bound], outer: tuple[Bound, Bound]) -> bool:
    (lo, hi), (low, high) = interval, outer
    return (low is None or (lo is not None and lo > low)) and (high is None or (hi is not None and hi < high))


def _unexpected(certificate: Certificate, expected: Mapping[Fraction, str]) -> list[Obstruction]:
    proof = certificate.proof
    shown = {kink.at: kink.verdict for kink in proof.kinks} if isinstance(proof, Enclosure) else {}
    domain = certificate.spec.bounded_domain() or ()
    found = []
    for at in sorted({*shown, *(at for at in expected if any(lo <= at <= hi for lo, hi in domain))}):
        verdict, claim = shown.get(at, "none"), expected.get(at, "none")
        if verdict == claim or (verdict, claim) == ("smooth", "subgradient"):
            continue
        why = f"the kink there is shown as {verdict}, the entry states {claim}"
        found.append(Obstruction(at, at, why, "another derivative there, or the entry's kinks"))
    return found


# --- reading ----------------------------------------------------------------------------


def builtin() -> dict[str, Entry]:
    """The built-in entries, in the order of the file."""
    return load(Path(__file__).with_name("activations.toml"))


def load(path: Path) -> dict[str, Entry]:
    """The entries of a TOML file; UsageError names the file and what is wrong in it."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE + 1)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from error
    if len(data) > MAX_FILE:
        raise UsageError(f"{path}: more than {MAX_FILE} bytes")
    try:
        return read_entries(data.decode("utf-8-sig"), str(path))
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8 at byte {error.start}") from error


def read_entries(text: str, source: str) -> dict[str, Entry]:
    """The entries that a TOML text states; UsageError where it does not."""
    try:
        tables = tomllib.loads(text, parse_float=_no_float)
    except ValueError as error:  # a TOMLDecodeError, or an integer of too many digits
        raise UsageError(f"{source}: {error}") from error
    except RecursionError as error:
        raise UsageError(f"{source}: values nested too deep") from error
    except UsageError as error:
        raise UsageError(f"{source}: {error}") from error
    entries = {}
    for name, table in tables.items():
        try:
            entries[name] = _read_entry(name, table)
        except UsageError as error:
            raise UsageError(f"{source}, entry {name}: {error}") from error
    if not entries:
        raise UsageError(f"{source}: no entries")
    return entries


def _no_float(text: str) -> Any:
    raise UsageError(f'the number {text} is a float: write it as a string, "{text}"')


def _read_entry(name: str, table: Any) -> Entry:
    if not is_name(name):
        raise UsageError("an entry's name is a letter, then letters, digits, . _ -")
    if name.endswith(".refuted"):
        raise UsageError("a name that ends in .refuted is that of a refutation's file")
    if not isinstance(table, dict):
        raise UsageError(f"expected a table, [{name}]")
    for key in table:
        if key not in _KEYS:
            raise UsageError(f"unknown key {key!r}{nearest(key, _KEYS)}")
    parameters = {key: _read_parameter(key, row) for key, row in _table(table, "parameters").items()}
    definitions: dict[str, Term] = {}
    for key, formula in _table(table, "definitions").items():
        _check_name("definition", key, (*parameters, *definitions))
        text = _text(formula, f"definition {key}")
        definitions[key] = _formula(f"definition {key}", text, parameters, definitions, False)
    formulas = {
        key: _formula(key, _text(table.get(key), key), parameters, definitions, key == "derivative")
        for key in ("function", "derivative")
    }
    return Entry(
        name=name,
        function=formulas["function"],
        derivative=formulas["derivative"],
        domain=_read_domain(table.get("domain", "-10,10")),
        parameters=parameters,
        kinks=_read_kinks(table["kinks"]) if "kinks" in table else None,
        natural_domain=_read_natural(table["natural_domain"]) if "natural_domain" in table else None,
        sources=tuple(_text(item, "sources") for item in _rows(table, "sources")),
    )


def _check_name(what: str, name: str, taken: tuple[str, ...]) -> None:
    if not NAME.match(name):
        raise UsageError(f"{what} {name!r} is not a name")
    if name in RESERVED or name in taken:
        raise UsageError(f"{what} {name!r} already has a meaning")


def _table(table: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = table.get(key, {})
    if not isinstance(value, dict):
        raise UsageError(f"{key} is not a table")
    return value


def _rows(table: Mapping[str, Any], key: str) -> list[Any]:
    value = table.get(key, [])
    if not isinstance(value, list):
        raise UsageError(f"{key} is not a list")
    return value


def _text(value: Any, what: str) -> str:
    if value is None:
        raise UsageError(f"no {what}")
    if not isinstance(value, str):
        raise UsageError(f"{what} is {value!r}, needs a string")
    return value


def _formula(
    what: str,
    text: str,
    parameters: Mapping[str, ParameterRange],
    definitions: Mapping[str, Term],
    output: bool,
) -> Term:
    try:
        return parse(text, tuple(parameters), definitions, output=output)
    except ParseError as error:
        raise UsageError(f"{what}: {error}") from error


def _read_parameter(name: str, row: Any) -> ParameterRange:
    _check_name("parameter", name, ())
    if not isinstance(row, dict) or not set(row) <= {"default", "range"}:
        raise UsageError(f'parameter {name} is not {{ default = "...", range = "(0, inf)" }}')
    default = parse_number(_text(row.get("default"), f"default of parameter {name}"))
    text = _text(row.get("range", "(-inf, inf)"), f"range of parameter {name}").strip()
    if text[:1] not in ("(", "[") or text[-1:] not in (")", "]"):
        raise UsageError(f"range {text!r} of parameter {name}: write (0, inf) or [0, 1]")
    low, high = parse_interval(text[1:-1])
    found = ParameterRange(default, low, high, (text[0] == "[", text[-1] == "]"))
    if default not in found:
        raise UsageError(f"default {describe(default)} of parameter {name} is not in {found}")
    return found


def _read_domain(value: Any) -> tuple[tuple[Bound, Bound], ...]:
    texts = value if isinstance(value, list) else [value]
    domain = union([parse_interval(_text(text, "domain")) for text in texts])
    check_domain(domain)
    return domain


def _read_natural(value: Any) -> tuple[Bound, Bound]:
    interval = parse_interval(_text(value, "natural_domain"))
    check_domain((interval,))
    return interval


def _read_kinks(value: Any) -> dict[Fraction, str]:
    kinks: dict[Fraction, str] = {}
    for row in value if isinstance(value, list) else [value]:
        if not isinstance(row, dict) or set(row) != {"at", "verdict"}:
            raise UsageError('a kink is not { at = "0", verdict = "subgradient" }')
        verdict = _text(row["verdict"], "verdict")
        if verdict not in VERDICTS:
            raise UsageError(f"verdict {verdict!r} is none of {', '.join(VERDICTS)}")
        at = parse_number(_text(row["at"], "at"))
        if at in kinks:
            raise UsageError(f"two kinks at {describe(at)}")
        kinks[at] = verdict
    return kinks


# --- naming -----------------------------------------------------------------------------


def select(target: str) -> list[Entry]:
    """The entries that a target names: NAME, FILE.toml, or FILE.toml:NAME.

    UsageError for an unknown one, with the nearest names.
    """
    if target.endswith(".toml"):
        return list(load(Path(target)).values())
    path, separator, name = target.rpartition(".toml:")
    if not separator:
        return [_pick(builtin(), target, "activation")]
    return [_pick(load(Path(path + ".toml")), name, f"entry of {path}.toml")]


def _pick(entries: Mapping[str, Entry], name: str, what: str) -> Entry:
    if name not in entries:
        raise UsageError(f"unknown {what} {name!r}{nearest(name, entries) or _list_of(entries)}")
    return entries[name]


def nearest(name: str, known: Any) -> str:
    """`, did you mean A or B?`, or nothing where no known name is near."""
    from difflib import get_close_matches

    near = get_close_matches(name, sorted(known), n=3, cutoff=0.5)
    return f", did you mean {' or '.join(near)}?" if near else ""


def _list_of(known: Any) -> str:
    names = ", ".join(known)
    return f"; it knows {names}" if names else ""
