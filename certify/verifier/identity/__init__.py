"""Exact claims: towers of exponentials, logarithms and roots, and the identity in them [I0] to [I5]."""
