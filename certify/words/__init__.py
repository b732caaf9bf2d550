"""Verdicts, certificates and reports in sentences."""
