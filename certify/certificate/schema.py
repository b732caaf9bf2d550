"""The JSON Schema of certificates, from the fields that their records declare.

`python -m certify.certificate.schema` writes `schema.json`; nothing that verifies reads either.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from certify.certificate.enclosure import FILES, FORMAT
from certify.language.functions import GUARDS, PRIMITIVES, RELATIONS
from certify.language.numbers import MAX_DIGITS

PLACE = Path(__file__).with_suffix(".json")
WIDTH = 110

_TERM = {"$ref": "#/$defs/term"}
_NUMBER = {"$ref": "#/$defs/number"}


def schema() -> dict[str, Any]:
    """What JSON Schema can say of the format."""
    records: dict[str, Any] = {}
    kinds = [_named(record.schema, records) for record in FILES.values()]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{FORMAT} certificate",
        "description": "What JSON Schema can say of the format; certificates/README.md says the rest.",
        "oneOf": kinds,
        "$defs": {
            "number": {
                "type": "string",
                "maxLength": 2 * MAX_DIGITS,
                "pattern": r"^-?[0-9]+(/[0-9]+|(\.[0-9]+)?([eE][+-]?[0-9]+)?)$",
            },
            "interval": _list(_NUMBER, _NUMBER),
            "term": _term(),
            **records,
        },
    }


def _named(schema: Any, records: dict[str, Any]) -> Any:
    """The schema with a reference in the place of each record, which is put among the others."""
    if isinstance(schema, list):
        return [_named(item, records) for item in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _named(item, records) for key, item in schema.items()}
    title = found.pop("title", None)
    if title is None or records.setdefault(title, found) != found:
        return found
    return {"$ref": f"#/$defs/{title}"}


def _list(*items: object) -> dict[str, Any]:
    return {"type": "array", "prefixItems": list(items), "minItems": len(items), "maxItems": len(items)}


def _term() -> dict[str, Any]:
    arities = {name: row.arity for name, row in PRIMITIVES.items()} | GUARDS
    one, two = ([name for name, n in arities.items() if n == k and name != "pown"] for k in (1, 2))
    condition = _list({"enum": list(RELATIONS)}, _TERM, _TERM)
    return {
        "oneOf": [
            {"type": "string", "pattern": "^(-?[0-9].*|[A-Za-z_][A-Za-z0-9_]*)$"},
            _list({"enum": one}, _TERM),
            _list({"enum": two}, _TERM, _TERM),
            _list({"const": "pown"}, _TERM, _NUMBER),
            _list({"const": "where"}, condition, _TERM, _TERM),
        ]
    }


def written(value: Any, indent: str = "") -> str:
    """JSON, on one line what fits there."""
    line = json.dumps(value)
    if len(indent) + len(line) <= WIDTH or not isinstance(value, dict | list):
        return line
    inner = indent + "  "
    if isinstance(value, dict):
        rows = [f"{inner}{json.dumps(key)}: {written(item, inner)}" for key, item in value.items()]
        return "{\n" + ",\n".join(rows) + f"\n{indent}}}"
    return "[\n" + ",\n".join(inner + written(item, inner) for item in value) + f"\n{indent}]"


if __name__ == "__main__":
    PLACE.write_text(written(schema()) + "\n")
