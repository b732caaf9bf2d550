"""Fields: each kind reads what it writes, and nothing that it would write otherwise or not at all."""

import re
from fractions import Fraction
from typing import Annotated, NamedTuple

import pytest

from certify.certificate import fields
from certify.certificate.fields import (
    Field,
    Inline,
    Record,
    integer,
    many,
    named,
    several,
    tagged,
    text,
    word,
)
from certify.certificate.strict import load
from certify.language.errors import Rejected


class Size(NamedTuple):
    unit: Annotated[str, word("cm", "inch")]
    width: Annotated[Fraction, fields.POSITIVE]

    def checked(self, where):
        if self.width > 100:
            raise Rejected(f"{where} width", "more", "at most 100")
        return self


class Drawer(NamedTuple):
    size: Annotated[Size, Inline(Record(Size))]
    number: Annotated[int, Field(integer(0, 9), key="no")]
    lock: Annotated[str, Field(text(re.compile(r"[a-z]\Z"), "a letter"), only=("unit", "inch"), otherwise="")]
    notes: Annotated[tuple[str, ...], Field(many(fields.TEXT, 2), optional=True, otherwise=())]


DRAWER = Record(Drawer)
ROW = {"unit": "inch", "width": "1/3", "no": "7", "lock": "k", "notes": ["blue"]}
READ = Drawer(Size("inch", Fraction(1, 3)), 7, "k", ("blue",))


def without(*keys, **changes):
    return {key: item for key, item in {**ROW, **changes}.items() if key not in keys}


@pytest.mark.parametrize(
    ("row", "drawer"),
    [
        (ROW, READ),
        (without("notes"), READ._replace(notes=())),
        (without("lock", unit="cm"), READ._replace(size=READ.size._replace(unit="cm"), lock="")),
    ],
)
def test_a_record_reads_and_writes_the_fields_that_it_declares(row, drawer):
    assert DRAWER.read(row, "drawer") == drawer
    assert DRAWER.write(drawer) == row
    assert list(DRAWER.write(drawer)) == list(row)


@pytest.mark.parametrize(
    ("row", "where", "needed"),
    [
        ([], "drawer", "an object"),
        (without("width"), "drawer", "it"),
        (without(colour="red"), "drawer", "only unit, width, no, lock, notes"),
        (without(unit="cm"), "drawer", "only unit, width, no, notes"),
        (without("lock"), "drawer", "it"),
        (without(unit="mile"), "drawer unit", "cm or inch"),
        (without("unit"), "drawer", "it"),
        (without(width="0"), "drawer width", "a positive number"),
        (without(width="101"), "drawer width", "at most 100"),
        (without(width=True), "drawer width", "a string"),
        (without(no="10"), "drawer no", "an integer from 0 to 9"),
        (without(no="1/2"), "drawer no", "an integer from 0 to 9"),
        (without(lock="K"), "drawer lock", "a letter"),
        (without(lock="k\n"), "drawer lock", "a letter"),
        (without(notes=[]), "drawer notes", "no such key where there are none"),
        (without(notes=["a", "b", "c"]), "drawer notes", "at most 2"),
        (without(notes=["a", None]), "drawer notes 2", "a string"),
    ],
)
def test_a_record_rejects_all_else_and_says_where(row, where, needed):
    with pytest.raises(Rejected) as caught:
        DRAWER.read(row, "drawer")
    assert (caught.value.where, caught.value.needed) == (where, needed)


ASCENDING = many(fields.NUMBER, 3, by=lambda value: value)


@pytest.mark.parametrize(
    ("kind", "value", "needed"),
    [
        (ASCENDING, ["1", "1"], "more than 1"),
        (ASCENDING, ["2", "1"], "more than 2"),
        (several("end", fields.LOW_END, fields.HIGH_END), ["inf", "-inf"], "an exact number"),
        (several("end", fields.LOW_END, fields.HIGH_END), ["-inf"], "2"),
        (several("end", fields.LOW_END, fields.HIGH_END), ["-inf", "0", "inf"], "at most 2"),
        (fields.FINITE_END, "inf", "an exact number"),
        (fields.INTERVAL, ["1", "0"], "order"),
        (named(fields.NUMBER, 2), {"x": "1"}, "a name that is not reserved"),
        (named(fields.NUMBER, 2), {"1a": "1"}, "a name that is not reserved"),
        (named(fields.NUMBER, 2), {"a": "1", "b": "1", "c": "1"}, "at most 2"),
        (fields.CLOSED_TERM, "a", "a number, x, y, a constant or a parameter"),
        (fields.TERM, "sin", "a number, x, y, a constant or a parameter"),
        (tagged("kind", drawer=DRAWER), {**ROW, "kind": "shelf"}, "drawer"),
        (tagged("kind", drawer=DRAWER), ROW, "drawer"),
    ],
)
def test_a_kind_rejects(kind, value, needed):
    with pytest.raises(Rejected) as caught:
        kind.read(value, "here")
    assert needed in caught.value.needed


def test_the_fields_of_a_tagged_record_stand_beside_its_tag():
    kind = tagged("kind", drawer=DRAWER)
    assert kind.write(READ) == {"kind": "drawer", **ROW}
    assert kind.read({"kind": "drawer", **ROW}, "here") == READ


def test_names_are_written_in_their_order():
    assert list(named(fields.NUMBER, 2).write({"b": Fraction(1), "a": Fraction(2)})) == ["a", "b"]


@pytest.mark.parametrize("depth", [200, 100_000])
def test_values_nested_deep_are_rejected_and_no_more(depth):
    with pytest.raises(Rejected):
        fields.TERM.read(load(b'["neg",' * depth + b'"x"' + b"]" * depth), "f")
