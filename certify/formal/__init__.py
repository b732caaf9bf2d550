"""Certificates' theorems for the proof assistant Coq: written, read back, and checked by coqc."""
