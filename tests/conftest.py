"""Fixtures for the whole suite."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def accepted():
    """The bytes of the honest certificates under tests/accept, by name."""
    return {path.stem: path.read_bytes() for path in sorted((HERE / "accept").glob("*.json"))}
