"""The second pair of eyes: certificates re-verified with other code and other arithmetic.

`checker.verify` is the one way in.  It searches for nothing: tile ends, R, N, bits, cover depth, generators
and their derivatives are the certificate's; every claim is computed again.  With `language` (what a claim
means) and `certificate` (what is in a file) this folder is all that must be trusted, beside Python and
mpmath's numbers.  To read it, in three sittings of about an hour:

1. Arithmetic.  `arithmetic/interval` (closed intervals), `elementary` (exp, log, sin, cos, atan on integers,
   each with its remainder bound), `real`, `rectangle` and `corners` (complex intervals), `erf`, `primitives`.
2. Enclosures.  The theorem [T0] to [T6] of certificates/README.md, then `guards` and `enclosure/signs` (which
   formula holds where), `evaluate` and `centred` (terms on rectangles), `cover` [T1], `transform` and `disc`
   [T2] [T3], `points` [T4] [T5], `enclosure/checker` (tiles and witnesses), `work` (what a file may cost).
3. Identities.  The theorem [I0] to [I5], then `identity/polynomial` and `tower` (f and f' in generators),
   `extended` (side conditions), `identity/checker`; at last `checker`, `outcome`, and `kernel` (reports).
"""
