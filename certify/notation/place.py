"""A place in a text, shown under it by a caret: the line that holds it, or a part of that."""

from __future__ import annotations

import unicodedata

from certify.language.printer import printable

WIDTH = 66  # columns of a terminal that a line takes, at most, without its number
_BEFORE = 36  # of which so many stand before the place, where the line is cut
_CUT = "..."


def pointed(text: str, column: int) -> tuple[str, str]:
    """The line of a text that holds a column, counted from 1 over the whole text, and a line whose caret
    stands under it; neither can move a cursor."""
    at = min(column - 1, len(text))
    start = max(text.rfind(end, 0, at) for end in "\r\n") + 1
    stops = [stop for stop in (text.find(end, at) for end in "\r\n") if stop >= 0]
    before, after = text[start:at], text[at : min(stops, default=len(text))]
    shown, left = _fitted(before, after)
    line = text.count("\n", 0, start) + 1
    head = f"line {line}: " if "\n" in text.strip() else ""
    return f"  {head}{shown}", f"  {' ' * len(head)}{' ' * left}^"


def _fitted(before: str, after: str) -> tuple[str, int]:
    """What is shown of a line, and the columns of it that stand before its place."""
    left, right = printable(before), printable(after)
    if _columns(left + right) > WIDTH:
        if _columns(left) > _BEFORE:
            left = _CUT + _last(left, _BEFORE - len(_CUT))
        room = WIDTH - _columns(left)
        if _columns(right) > room:
            right = _first(right, room - len(_CUT)) + _CUT
    return left + right, _columns(left)


def _columns(text: str) -> int:
    """The columns that a text takes: some letters two, some marks none."""
    return sum(map(_width, text))


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _first(text: str, columns: int) -> str:
    taken = ""
    for character in text:
        if _columns(taken) + _width(character) > columns:
            break
        taken += character
    return taken


def _last(text: str, columns: int) -> str:
    return _first(text[::-1], columns)[::-1]


def notes_of(error: BaseException | None) -> list[str]:
    """What an error shows below its line: its own notes, and those of the errors that it comes from."""
    found: list[str] = []
    while error is not None:
        found += getattr(error, "__notes__", ())
        error = error.__cause__
    return found
