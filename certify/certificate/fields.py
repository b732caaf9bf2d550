"""Fields: the format of a record, stated once, where the record is declared.

A record is a NamedTuple, and each of its annotations has beside the type the *kind* of the field, such
as `Annotated[Fraction, POSITIVE]`.  A kind reads strictly, writes what it would read, and says itself in
JSON Schema.  Fields stand in a file in the order of their declaration.  What no field can say alone
(R > r, the ends increase) a record says in its `checked`, which is called when its fields are read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from re import Pattern
from typing import Any, Generic, TypeVar, get_args, get_type_hints

from certify.certificate import strict
from certify.certificate.strict import Json
from certify.language.errors import Rejected, UsageError
from certify.language.numbers import describe, format_number
from certify.language.spec import Bound, Interval, Range, closed_range, parse_range

T = TypeVar("T")


@dataclass(frozen=True)
class Kind(Generic[T]):
    """What a value is.

    read    of a JSON value and its place in the file; Rejected where it is not of the kind
    write   the one JSON value that a file has for it
    schema  the kind in JSON Schema
    """

    read: Callable[[Json, str], T]
    write: Callable[[T], Json]
    schema: Mapping[str, Any]

    def that(self, holds: Callable[[T], object], needed: str, **schema: object) -> Kind[T]:
        """Values of the kind of which something holds, in words what."""

        def read(value: Json, where: str) -> T:
            found = self.read(value, where)
            if not holds(found):
                raise Rejected(where, strict.shown(value), needed)
            return found

        return replace(self, read=read, schema={**self.schema, **schema})


# --- texts, numbers, terms --------------------------------------------------------------

TEXT = Kind(strict.string, str, {"type": "string"})
FREE_NAME = TEXT.that(strict.is_free, "a name that is not reserved", pattern="^[A-Za-z_][A-Za-z0-9_]*$")
NUMBER = Kind(strict.number, format_number, {"$ref": "#/$defs/number"})
POSITIVE = NUMBER.that(lambda value: value > 0, "a positive number")
NOT_NEGATIVE = NUMBER.that(lambda value: value >= 0, "a number >= 0")
# Terms without parameters; and with any, of which the record that knows their names must check them.
CLOSED_TERM = Kind(
    lambda value, where: strict.read_term(value, where, ()), strict.encode_term, {"$ref": "#/$defs/term"}
)
TERM = replace(CLOSED_TERM, read=lambda value, where: strict.read_term(value, where, None))


def text(form: Pattern[str], needed: str) -> Kind[str]:
    return TEXT.that(form.match, needed, pattern="^" + form.pattern.replace("\\Z", "$"))


def word(*among: str) -> Kind[str]:
    return TEXT.that(among.__contains__, " or ".join(among), enum=list(among))


def integer(least: int, most: int) -> Kind[int]:
    return Kind(lambda value, where: strict.integer(value, where, least, most), str, NUMBER.schema)


def end(*infinity: str) -> Kind[Bound]:
    """An end of an interval: a number, or the infinity of its side, if it may be one."""
    return Kind(
        lambda value, where: None if value in infinity else strict.number(value, where),
        lambda value: infinity[0] if value is None else format_number(value),
        {"anyOf": [*({"const": text} for text in infinity), NUMBER.schema]},
    )


LOW_END, FINITE_END, HIGH_END = end("-inf"), end(), end("inf")


# --- lists and maps ---------------------------------------------------------------------


def many(
    of: Kind[T], most: int, *, by: Callable[[T], Fraction] | None = None, least: int = 0
) -> Kind[tuple[T, ...]]:
    """A list of at most so many; ascending by `by`, where that is given.

    least  what the rules of the record around it leave of a shorter one: for the schema alone
    """

    def read(value: Json, where: str) -> tuple[T, ...]:
        items = strict.listing(value, where, most)
        found = tuple(of.read(item, f"{where} {i}") for i, item in enumerate(items, 1))
        if by:
            check_increasing([by(item) for item in found], where)
        return found

    schema = {"type": "array", "minItems": least, "maxItems": most, "items": of.schema}
    return Kind(read, lambda items: [of.write(item) for item in items], schema)


def several(noun: str, *kinds: Kind[Any]) -> Kind[tuple[Any, ...]]:
    """A list of exactly these, each called so."""
    count = len(kinds)

    def read(value: Json, where: str) -> tuple[Any, ...]:
        items = strict.listing(value, where, count)
        if len(items) != count:
            raise Rejected(where, f"{len(items)} {noun}s", str(count))
        rows = enumerate(zip(kinds, items, strict=True), 1)
        return tuple(kind.read(item, f"{where} {noun} {i}") for i, (kind, item) in rows)

    schema = {"type": "array", "minItems": count, "maxItems": count, "prefixItems": [k.schema for k in kinds]}
    return Kind(read, lambda items: [k.write(item) for k, item in zip(kinds, items, strict=True)], schema)


_ENDS = several("end", NUMBER, NUMBER)


def _read_interval(value: Json, where: str) -> Interval:
    lo, hi = _ENDS.read(value, where)
    if lo > hi:
        raise Rejected(where, f"low end {describe(lo)} above high end {describe(hi)}", "order")
    return lo, hi


INTERVAL = Kind(_read_interval, _ENDS.write, {"$ref": "#/$defs/interval"})


# The parser of ranges takes what people write as well: a space anywhere, a sign before a positive number.
_RANGE_TEXT = text(re.compile(r"[(\[]-?[0-9i][^\s,]*, -?[0-9i][^\s,]*[)\]]\Z"), "a range as in (0, 1]")


def _read_range(value: Json, where: str) -> Range:
    try:
        return parse_range(_RANGE_TEXT.read(value, where))
    except UsageError as error:
        raise Rejected(where, strict.shown(value), f"a range ({error})") from error


RANGE = Kind(_read_range, str, _RANGE_TEXT.schema)

# An interval of a domain: two ends, closed where they are finite; or a range with an open finite end.
COMPACT = Kind(
    lambda value, where: closed_range(*INTERVAL.read(value, where)),
    lambda part: _ENDS.write((part.low, part.high)),
    INTERVAL.schema,
)
_LINE_ENDS = several("end", LOW_END, HIGH_END)


def _read_part(value: Json, where: str) -> Range:
    if not isinstance(value, str):
        return closed_range(*_LINE_ENDS.read(value, where))
    found = RANGE.read(value, where)
    if found.is_closed:
        raise Rejected(where, strict.shown(value), "two ends in a list, as its finite ends are closed")
    return found


PART = Kind(
    _read_part,
    lambda part: _LINE_ENDS.write((part.low, part.high)) if part.is_closed else RANGE.write(part),
    {"anyOf": [_LINE_ENDS.schema, RANGE.schema]},
)


def named(of: Kind[T], most: int) -> Kind[Mapping[str, T]]:
    """Names of parameters or generators, each with a value; written sorted."""

    def read(value: Json, where: str) -> Mapping[str, T]:
        rows = strict.mapping(value, where)
        if len(rows) > most:
            raise Rejected(where, f"{len(rows)}", f"at most {most}")
        return {FREE_NAME.read(name, where): of.read(item, f"{where} {name}") for name, item in rows.items()}

    schema = {"type": "object", "maxProperties": most, "propertyNames": FREE_NAME.schema}
    schema |= {"additionalProperties": of.schema}
    return Kind(read, lambda rows: {name: of.write(item) for name, item in sorted(rows.items())}, schema)


# --- records ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Field:
    """A field of a record, under a key.

    key        where that is not the field's name
    only       a word before it, and the words beside which it stands; beside all, if there are none
    optional   whether it does not stand where it is `otherwise`
    otherwise  what it is where it does not stand

    A field, `Inline` or not, has `keys`, those that it has beside the words in a row, each with whether it
    must; it can `take` its value from a row that has these, `put` it into one, and say its `schema`.
    """

    kind: Kind[Any]
    key: str = ""
    only: tuple[str, ...] = ()
    optional: bool = False
    otherwise: object = None

    def keys(self, row: Mapping[str, Json]) -> dict[str, bool]:
        stands = not self.only or row.get(self.only[0]) in self.only[1:]
        return {self.key: not self.optional} if stands else {}

    def take(self, row: Mapping[str, Json], where: str) -> object:
        if not self.keys(row) or (self.optional and self.key not in row):
            return self.otherwise
        here = f"{where} {self.key}" if where else self.key
        found = self.kind.read(row[self.key], here)
        if self.optional and found == self.otherwise:
            raise Rejected(here, "none", "no such key where there are none")
        return found

    def put(self, item: object, row: dict[str, Json]) -> None:
        if self.keys(row) and not (self.optional and item == self.otherwise):
            row[self.key] = self.kind.write(item)

    @property
    def schema(self) -> Mapping[str, Any]:
        required = [] if self.only or self.optional else [self.key]
        return {"required": required, "properties": {self.key: self.kind.schema}}


@dataclass(frozen=True)
class Inline:
    """A field that is a record, and whose keys stand among those of the record around it."""

    record: Record[Any]

    def keys(self, row: Mapping[str, Json]) -> dict[str, bool]:
        return self.record.keys(row)

    def take(self, row: Mapping[str, Json], where: str) -> object:
        return self.record.take(row, where)

    def put(self, item: object, row: dict[str, Json]) -> None:
        row |= self.record.row(item)

    @property
    def schema(self) -> Mapping[str, Any]:
        return self.record.schema


Declared = Field | Inline | Kind[Any]


def _declared(cls: Any) -> dict[str, Declared]:
    """The fields of a NamedTuple: of each Annotated[type, field or kind], or a NamedTuple itself."""
    hints = get_type_hints(cls, include_extras=True)
    return {n: get_args(h)[1] if hasattr(h, "__metadata__") else Record(h) for n, h in hints.items()}


class Record(Kind[T]):
    """An object with the keys of these fields, or else of those that a NamedTuple declares.

    make   what is called with the fields, by name
    given  more to call it with, which is not in the file
    """

    def __init__(
        self, make: Callable[..., T], fields: Mapping[str, Declared] | None = None, **given: object
    ) -> None:
        self.make = make
        self.given = given
        self.fields: dict[str, Field | Inline] = {}
        properties: dict[str, Any] = {}
        required: list[str] = []
        for name, declared in (fields or _declared(make)).items():
            if name not in given:
                field = Field(declared) if isinstance(declared, Kind) else declared
                if isinstance(field, Field) and not field.key:
                    field = replace(field, key=name)
                self.fields[name] = field
                properties |= field.schema["properties"]
                required += field.schema["required"]
        title = {} if make is dict else {"title": getattr(make, "__name__", "")}
        schema = {"required": required, "properties": properties, "additionalProperties": False}
        super().__init__(self._read, self.row, {**title, "type": "object", **schema})

    def keys(self, row: Mapping[str, Json]) -> dict[str, bool]:
        """The keys that the record has beside the words in the row, each with whether it must."""
        return {key: must for field in self.fields.values() for key, must in field.keys(row).items()}

    def _read(self, value: Json, where: str) -> T:
        row = strict.mapping(value, where)
        keys = self.keys(row)
        missing = [key for key, must in keys.items() if must and key not in row]
        unknown = [key for key in row if key not in keys]
        if missing:
            raise Rejected(where or "file", f"no key {missing[0]!r}", "it")
        found = self.take(row, where)
        if unknown:  # after a word, which may decide what keys there are
            raise Rejected(
                where or "file", f"unknown key {strict.shown(unknown[0])}", f"only {', '.join(keys)}"
            )
        return found

    def take(self, row: Mapping[str, Json], where: str) -> T:
        """The record that stands in a row, among other keys too."""
        found = self.make(**self.given, **{name: f.take(row, where) for name, f in self.fields.items()})
        checked = getattr(found, "checked", None)
        return checked(where) if checked else found

    def row(self, value: Any) -> dict[str, Json]:
        """The object that has the fields of the value, or a dict's items."""
        row: dict[str, Json] = {}
        for name, field in self.fields.items():
            field.put(value[name] if isinstance(value, dict) else getattr(value, name), row)
        return row


def tagged(key: str, **records: Record[Any]) -> Kind[Any]:
    """One of a few records of NamedTuples, and under `key` which."""
    rows = {tag: Record(record.make, {key: word(tag), **record.fields}) for tag, record in records.items()}
    tag_of = {record.make: tag for tag, record in records.items()}

    def read(value: Json, where: str) -> Any:
        row = strict.mapping(value, where)
        tag = word(*records).read(row.get(key, "none"), f"{where} {key}")
        return records[tag].read({k: item for k, item in row.items() if k != key}, where)

    def write(value: Any) -> Json:
        tag = tag_of[type(value)]
        return {key: tag, **records[tag].row(value)}

    return Kind(read, write, {"oneOf": [row.schema for row in rows.values()]})


# --- order ------------------------------------------------------------------------------


def check_increasing(points: Sequence[Bound], where: str) -> None:
    """Rejected unless each point is more than the one before; an infinite end is compared with none."""
    for i, (a, b) in enumerate(pairwise(points), 2):
        if a is not None and b is not None and a >= b:
            raise Rejected(f"{where} {i}", describe(b), f"more than {describe(a)}")


def check_ends(ends: Sequence[Bound], parts: int, noun: str, where: str) -> None:
    """Rejected unless the ends increase, and there is one part, such as a tile, between each two."""
    if len(ends) != parts + 1 or not parts:
        raise Rejected(where, f"{len(ends)} ends and {parts} {noun}", f"one end more than {noun}")
    check_increasing(ends, f"{where} end")
