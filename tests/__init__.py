"""The tests: one file for each module of certify/, in folders of the same names."""

from pathlib import Path

TESTS = Path(__file__).parent
ROOT = TESTS.parent
