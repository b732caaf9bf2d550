"""What a name that is not known may have meant."""

from __future__ import annotations

from collections.abc import Iterable


def near_names(name: str, known: Iterable[str], most: int = 1) -> str:
    """ "A or B", the known names that are near, or nothing."""
    from difflib import get_close_matches

    return " or ".join(get_close_matches(name, sorted(known), n=most, cutoff=0.5))


def or_near(name: str, known: Iterable[str], most: int = 1) -> str:
    """ ", did you mean A or B?", or nothing where no known name is near."""
    near = near_names(name, known, most)
    return f", did you mean {near}?" if near else ""


def or_known(known: Iterable[str]) -> str:
    """ "; it knows A, B", or nothing where nothing is known."""
    names = ", ".join(known)
    return f"; it knows {names}" if names else ""
