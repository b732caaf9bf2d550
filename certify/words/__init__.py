"""Specs and certificates in sentences; verdicts, above, add their own."""
