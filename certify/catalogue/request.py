"""What is to be captured, as plain values: from the command line, from TOML, from Python.

It loads no framework: a request is made, compared and refused before any is imported.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from certify.language.errors import NumberError, UsageError
from certify.language.numbers import parse_number
from certify.notation.hints import or_near

DTYPES = ("float64", "float32")


@dataclass(frozen=True)
class Request:
    """A target, and how its function is called: with one argument that varies.

    target    jax:PATH, torch:PATH or MODULE:FUNCTION
    keywords  keyword arguments that it is given as they are
    held      its other arguments, by the parameter's name or, as "1", by position: exact numbers as text,
              given as scalars of the dtype
    dtype     float64 or float32
    name      of what is captured; None for the target's path

    UsageError for a dtype, a number or a name that cannot be meant.
    """

    target: str
    keywords: Mapping[str, Any] = field(default_factory=dict)
    held: Mapping[str, str] = field(default_factory=dict)
    dtype: str = "float64"
    name: str | None = None

    def __post_init__(self) -> None:
        if self.dtype not in DTYPES:
            raise UsageError(f"{self.target}: dtype {self.dtype!r}: {' or '.join(DTYPES)}")
        for name, text in self.held.items():
            if not (name.isidentifier() or name.isdecimal()):
                raise UsageError(f"{self.target}: {name!r} is neither a parameter's name nor a position")
            if name in self.keywords:
                raise UsageError(f"{self.target}: {name} is given as a keyword and held at a number too")
            _exact(self.target, name, text)

    def numbers(self) -> dict[str, Fraction]:
        """The held arguments, exactly as they are written."""
        return {name: _exact(self.target, name, text) for name, text in self.held.items()}

    def __str__(self) -> str:
        given = [f"{name}={value!r}" for name, value in self.keywords.items()]
        given += [f"{name}={text}" for name, text in self.held.items()]
        return self.target + (f" with {', '.join(given)}" if given else "")


def request_of(plain: object, where: str) -> Request:
    """The request that a TOML value makes: a target, or a table of `target`, `with`, `at` and `dtype`, where
    `with` holds values, text as on the command line, and `at` numbers as text; UsageError, which begins with
    `where`, for any other."""
    if isinstance(plain, str):
        return Request(plain)
    if not isinstance(plain, Mapping):
        raise UsageError(f"{where}: found {type(plain).__name__}, needs a target or a table with one")
    unknown = plain.keys() - _KEYS.keys()
    if unknown:
        key = min(unknown)
        raise UsageError(f"{where}: unknown key {key!r}{or_near(key, _KEYS, most=3)}")
    if "target" not in plain:
        raise UsageError(f'{where}: no target, such as target = "mymodule:function"')
    try:
        return Request(**{_KEYS[key][0]: _KEYS[key][1](value, key) for key, value in plain.items()})
    except UsageError as error:
        raise UsageError(f"{where}: {error}") from error


def _text(value: object, key: str) -> str:
    if not isinstance(value, str):
        raise UsageError(f"{key} is {value!r}, needs a string")
    return value


def _table(value: object, key: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise UsageError(f"{key} is {value!r}, needs a table of arguments")
    return value


def keywords(value: object, key: str) -> Mapping[str, Any]:
    """Keyword arguments; text is a Python literal, if it is one."""
    rows = _table(value, key).items()
    return {name: literal(given) if isinstance(given, str) else given for name, given in rows}


def literal(text: str) -> Any:
    """The value of a Python literal, or the text."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def _numbers(value: object, key: str) -> Mapping[str, str]:
    return {name: _text(number, f"{key}.{name}") for name, number in _table(value, key).items()}


_KEYS: dict[str, tuple[str, Callable[[object, str], Any]]] = {
    "target": ("target", _text),
    "with": ("keywords", keywords),
    "at": ("held", _numbers),
    "dtype": ("dtype", _text),
}


def _exact(target: str, name: str, text: str) -> Fraction:
    try:
        return parse_number(text)
    except NumberError as error:
        raise UsageError(f"{target}: {name} is held at {text!r}: {error}") from error


def keyword_arguments(texts: Iterable[str]) -> dict[str, Any]:
    """NAME=VALUE each; the value is a Python literal, or text."""
    found: dict[str, Any] = {}
    for text in texts:
        name, value = _split(text, "--with", "NAME=VALUE", found)
        if not name.isidentifier():
            raise UsageError(f"--with {text!r} is not NAME=VALUE")
        found[name] = literal(value)
    return found


def held_arguments(texts: Iterable[str]) -> dict[str, str]:
    """NAME=NUMBER or POSITION=NUMBER each, the numbers exact."""
    found: dict[str, str] = {}
    for text in texts:
        name, value = _split(text, "--at", "NAME=NUMBER or POSITION=NUMBER", found)
        if not (name.isidentifier() or (name.isascii() and name.isdecimal())):
            raise UsageError(f"--at {text!r} is not NAME=NUMBER or POSITION=NUMBER")
        try:
            parse_number(value)
        except NumberError as error:
            raise UsageError(f"--at {name}: {error}") from error
        found[name] = value
    return found


def _split(text: str, option: str, form: str, found: Mapping[str, Any]) -> tuple[str, str]:
    name, equals, value = (part.strip() for part in text.partition("="))
    if not equals:
        raise UsageError(f"{option} {text!r} is not {form}")
    if name in found:
        raise UsageError(f"{option} {name} is given twice")
    return name, value
