"""certify: proofs that a derivative is right.

Nothing is imported here, so that `certify --help` and `certify verify` start without
the libraries that only a proof needs.  The programming interface is `certify.api`.
"""

__version__ = "0.1.0"
