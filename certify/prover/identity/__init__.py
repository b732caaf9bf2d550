"""Exact proofs that f' = s, on unbounded domains and for symbolic parameters."""
