"""Activations as data: TOML entries, the built-in ones and a user's own.

An entry states a function, its claimed derivative, parameters with ranges, a domain, the
kinks it expects and its sources; a second derivative that it states is an entry of its own.
"""

from certify.catalogue.entry import (
    DEFAULT_TOLERANCE,
    FORMULA,
    SECOND,
    CodeEntry,
    Entry,
    Place,
    Stated,
    StatedKernel,
    StatedKink,
    StatedParameter,
)
from certify.catalogue.reading import MAX_FILE, builtin, kink_of, load, read_entries, select

__all__ = [
    "DEFAULT_TOLERANCE",
    "MAX_FILE",
    "FORMULA",
    "SECOND",
    "CodeEntry",
    "Entry",
    "Place",
    "Stated",
    "StatedKernel",
    "StatedKink",
    "StatedParameter",
    "builtin",
    "kink_of",
    "load",
    "read_entries",
    "select",
]
