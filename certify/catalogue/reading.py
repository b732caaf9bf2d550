"""Entries from TOML files, the built-in ones and a user's own, read alike."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from certify.catalogue.entry import (
    DEFAULT_TOLERANCE,
    FORMULA,
    SECOND,
    STATED,
    CodeEntry,
    Entry,
    Place,
    Stated,
    StatedKernel,
    StatedKink,
    StatedParameter,
)
from certify.catalogue.request import keywords, request_of
from certify.certificate.enclosure import is_name
from certify.language.errors import NumberError, ParseError, UsageError
from certify.language.names import NAME, RESERVED
from certify.language.numbers import describe, parse_number
from certify.language.spec import Domain, Range, check_domain, parse_interval, parse_range, union
from certify.language.terms import Rational, Term, bind, expand_output, rational_value
from certify.notation.hints import or_known, or_near
from certify.notation.parser import parse

MAX_FILE = 2**20

_BUILTIN = tuple(Path(__file__).with_name(name) for name in ("activations.toml", "frameworks.toml"))

_KEYS = {
    "capture",
    "function",
    "derivative",
    "second",
    "domain",
    "atol",
    "rtol",
    "parameters",
    "definitions",
    "kinks",
    "natural_domain",
    "sources",
    "kernel",
}


def builtin() -> dict[str, Entry]:
    """The built-in entries, in the order of the files."""
    return {
        name: entry for path in _BUILTIN for name, entry in load(path).items() if isinstance(entry, Entry)
    }


def load(path: Path, only: str | None = None) -> dict[str, Stated]:
    """The entries of a TOML file, or of one table of it; UsageError names the file and what is
    wrong in it."""
    return read_entries(read_text(path), str(path), only)


def read_text(path: Path) -> str:
    """The text of a TOML file; UsageError where it has none that is read."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE + 1)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from error
    if len(data) > MAX_FILE:
        raise UsageError(f"{path}: more than {MAX_FILE} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8 at byte {error.start}") from error


def read_entries(text: str, source: str, only: str | None = None) -> dict[str, Stated]:
    """The entries that a TOML text, or one table of it, states; UsageError where it does not."""
    entries: dict[str, Stated] = {}
    for name, table in read_tables(text, source).items():
        if only is None or name == only:
            for entry in read_table(name, table, Place(source, line_of(text, name))):
                if entry.name in entries:
                    raise UsageError(f"{source}, entry {name}: two entries are named {entry.name}")
                entries[entry.name] = entry
    return entries


def line_of(text: str, name: str) -> int:
    """The line of a TOML text in which the table of that name begins, by a header or else by its first key;
    the first line where none is seen."""
    own = rf"""["']?{re.escape(name)}["']?\s*"""
    for form in (rf"\s*\[\s*{own}[].]", rf"\s*{own}[.=]"):
        for number, line in enumerate(text.splitlines(), 1):
            if re.match(form, line):
                return number
    return 1


def read_tables(text: str, source: str) -> dict[str, Any]:
    """The tables of a TOML text, one at least, by their names; UsageError."""
    try:
        tables = tomllib.loads(text, parse_float=_no_float)
    except ValueError as error:  # a TOMLDecodeError, or an integer of too many digits
        raise UsageError(f"{source}: {error}") from error
    except RecursionError as error:
        raise UsageError(f"{source}: values nested too deep") from error
    except UsageError as error:
        raise UsageError(f"{source}: {error}") from error
    if not tables:
        raise UsageError(f"{source}: no entries")
    return tables


def read_table(name: str, table: Any, place: Place) -> list[Stated]:
    """The entries that a table states, the one of its name first; UsageError names file and entry."""
    try:
        return list(_read_entries(name, table, place))
    except UsageError as error:
        raise UsageError(f"{place.path}, entry {name}: {error}") from error


def _no_float(text: str) -> Any:
    raise UsageError(f'the number {text} is a float: write it as a string, "{text}"')


def _read_entries(name: str, table: Any, place: Place) -> Iterator[Stated]:
    """The entry that a table states; then that of its formula of the derivative, NAME.formula, where the
    entry is one of code, and that of its second derivative, NAME.second."""
    _check_table(name, table)
    parameters = {key: _read_parameter(key, row) for key, row in _table(table, "parameters").items()}
    formulas = _read_formulas(table, parameters)
    f, s = formulas.get("function"), formulas.get("derivative")
    given = _read_tolerances(table)
    plain = CodeEntry(
        name=name,
        code=request_of(table.get("capture", ""), "capture"),
        function=f,
        derivative=None,
        domain=_read_domain(table.get("domain", "-10,10")),
        parameters=parameters,
        kinks=_read_kinks(table.get("kinks", []), parameters),
        natural_domain=_read_natural(table.get("natural_domain")),
        sources=tuple(_text(item, "sources") for item in _rows(table, "sources")),
        tolerances=given,
        kernel=_read_kernel(table["kernel"]) if "kernel" in table else None,
        place=place,
    )
    formulas_alone = None if f is None or s is None else plain.with_formulas(f, s)
    if "capture" in table:
        yield plain
        if s is not None:
            yield replace(
                formulas_alone or replace(plain, derivative=s), name=f"{name}{FORMULA}", kernel=None
            )
    elif formulas_alone is None:
        raise UsageError(f"no {'function' if f is None else 'derivative'}, and no capture")
    else:
        yield formulas_alone
    if "second" in formulas:
        if formulas_alone is None:
            raise UsageError("second needs function and derivative as formulas")
        yield _second(formulas_alone, name, formulas["second"])


def _check_table(name: str, table: Any) -> None:
    if not is_name(name):
        raise UsageError("an entry's name is a letter, then letters, digits, . _ -")
    if name.endswith(".refuted"):
        raise UsageError("a name that ends in .refuted is that of a refutation's file")
    if not isinstance(table, dict):
        raise UsageError(f"expected a table, [{name}]")
    _check_keys(table, _KEYS)


def _check_keys(table: Mapping[str, Any], known: set[str]) -> None:
    for key in table:
        if key not in known:
            raise UsageError(f"unknown key {key!r}{or_near(key, known, most=3)}")


def _read_formulas(table: Mapping[str, Any], parameters: Mapping[str, StatedParameter]) -> dict[str, Term]:
    """function, derivative and second, those that are there."""
    definitions: dict[str, Term] = {}
    for key, formula in _table(table, "definitions").items():
        _check_name("definition", key, (*parameters, *definitions))
        text = _text(formula, f"definition {key}")
        definitions[key] = _formula(f"definition {key}", text, parameters, definitions, False)
    return {
        key: _formula(key, _text(table[key], key), parameters, definitions, key != "function")
        for key in ("function", "derivative", "second")
        if key in table
    }


def _second(entry: Entry, name: str, second: Term) -> Entry:
    return replace(
        entry,
        name=f"{name}{SECOND}",
        function=expand_output(entry.derivative, entry.function),
        derivative=expand_output(second, entry.function),
        kinks={},  # those of the derivative's formula are its own
        kernel=None,
    )


def _read_tolerances(table: Mapping[str, Any]) -> tuple[Fraction, Fraction] | None:
    """atol and rtol; None where neither is given."""
    if "atol" not in table and "rtol" not in table:
        return None
    defaults = {"atol": DEFAULT_TOLERANCE, "rtol": Fraction(0)}
    atol, rtol = (_tolerance(table[key], key) if key in table else row for key, row in defaults.items())
    return atol, rtol


def _tolerance(value: Any, key: str) -> Fraction:
    try:
        found = parse_number(_text(value, key))
    except NumberError as error:
        raise UsageError(f"{key}: {error}") from error
    if found < 0:
        raise UsageError(f"{key} is {describe(found)}, needs a number >= 0")
    return found


def _read_kernel(value: Any) -> StatedKernel:
    if not isinstance(value, dict):
        raise UsageError('kernel is not a table with run = "MODULE:FUNCTION", dtype = ["bfloat16"], ...')
    try:
        dtypes = value.get("dtype", ["bfloat16"])
        rows = dtypes if isinstance(dtypes, list) else [dtypes]
        if not rows:
            raise UsageError('dtype is empty, needs one format at least, such as ["bfloat16"]')
        known = ("run", "dtype", "with")
        return StatedKernel(
            _text(value.get("run"), "run"),
            tuple(_text(item, "dtype") for item in rows),
            keywords(value.get("with", {}), "with"),
            {key: row for key, row in value.items() if key not in known},
        )
    except UsageError as error:
        raise UsageError(f"kernel: {error}") from error


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
    parameters: Mapping[str, StatedParameter],
    definitions: Mapping[str, Term],
    output: bool,
) -> Term:
    try:
        return parse(text, tuple(parameters), definitions, output=output)
    except ParseError as error:
        raise UsageError(f"{what}: {error}") from error


def _read_parameter(name: str, row: Any) -> StatedParameter:
    _check_name("parameter", name, ())
    if not isinstance(row, dict) or not set(row) <= {"default", "range"}:
        raise UsageError(f'parameter {name} is not {{ default = "...", range = "(0, inf)" }}')
    default = parse_number(_text(row.get("default"), f"default of parameter {name}"))
    try:
        allowed = parse_range(_text(row.get("range", "(-inf, inf)"), f"range of parameter {name}"))
    except UsageError as error:
        raise UsageError(f"parameter {name}: {error}") from error
    if default not in allowed:
        raise UsageError(f"default {describe(default)} of parameter {name} is not in {allowed}")
    return StatedParameter(default, allowed)


def _read_domain(value: Any) -> Domain:
    texts = value if isinstance(value, list) else [value]
    domain = union([parse_interval(_text(text, "domain")) for text in texts])
    check_domain(domain)
    return domain


def _read_natural(value: Any) -> Range | None:
    if value is None:
        return None
    natural = parse_interval(_text(value, "natural_domain"))
    check_domain((natural,))
    return natural


def _read_kinks(value: Any, parameters: Mapping[str, StatedParameter]) -> dict[Term, StatedKink]:
    kinks: dict[Term, StatedKink] = {}
    for row in value if isinstance(value, list) else [value]:
        if not isinstance(row, dict) or "at" not in row or not set(row) <= {"at", "verdict", "value"}:
            raise UsageError('a kink is not { at = "0", verdict = "subgradient", value = "0" }')
        text = _text(row["at"], "at")
        verdict = _text(row.get("verdict", "subgradient"), "verdict")
        if verdict not in STATED:
            raise UsageError(f"verdict {verdict!r} is none of {', '.join(STATED)}")
        at = _constant(f"kink at {text}", text, parameters)
        if at in kinks:
            raise UsageError(f"two kinks at {text}")
        stated = row.get("value")
        value_there = None if stated is None else _text(stated, f"value at {text}")
        kinks[at] = StatedKink(
            verdict,
            None if value_there is None else _constant(f"value at {text}", value_there, parameters),
        )
    return kinks


def kink_of(at: Fraction, text: str) -> tuple[Term, StatedKink]:
    """The row of a kink whose verdict, or whose value, is given by the text: "jump", "1/2"."""
    if text in STATED:
        return Rational(at), StatedKink(text)
    try:
        return Rational(at), StatedKink("subgradient", Rational(parse_number(text)))
    except NumberError as error:
        raise UsageError(
            f"kink {describe(at)}: {text!r} is none of {', '.join(STATED)}, nor a value"
        ) from error


def _constant(what: str, text: str, parameters: Mapping[str, StatedParameter]) -> Term:
    """A term in the parameters that is a rational number for their defaults."""
    term = _formula(what, text, parameters, {}, False)
    if rational_value(bind(term, {name: row.default for name, row in parameters.items()})) is None:
        raise UsageError(f"{what}: needs a rational number for the parameters' defaults")
    return term


# --- naming -----------------------------------------------------------------------------


def select(target: str) -> list[Stated]:
    """The entries that a target names: NAME, FILE.toml, or FILE.toml:NAME.

    UsageError for an unknown one, with the nearest names.
    """
    if target.endswith(".toml"):
        return list(load(Path(target)).values())
    path, separator, name = target.rpartition(".toml:")
    if not separator:
        for file in _BUILTIN:
            table = load(file, target.removesuffix(SECOND))
            if target in table:
                return [table[target]]
        return [_pick(builtin(), target, "activation")]
    return [_pick(load(Path(path + ".toml")), name, f"entry of {path}.toml")]


def _pick(entries: Mapping[str, Stated], name: str, what: str) -> Stated:
    if name not in entries:
        alike = [known for known in entries if known.endswith(SECOND) == name.endswith(SECOND)]
        raise UsageError(f"unknown {what} {name!r}{or_near(name, alike, most=3) or or_known(alike)}")
    return entries[name]
