"""Formulas: exact terms, their text and JSON forms, and the guards that cut them into pieces."""
