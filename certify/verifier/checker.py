"""The one way in: a certificate is accepted, or Rejected with the first thing wrong."""

from __future__ import annotations

from certify.certificate.enclosure import Certificate, Enclosure, Refutation, decode
from certify.certificate.identity import Identity
from certify.language.errors import Rejected, TermError
from certify.language.numbers import describe
from certify.verifier.arithmetic.primitives import check_functions
from certify.verifier.enclosure.checker import verify_enclosure, verify_refutation
from certify.verifier.enclosure.tools import Tools
from certify.verifier.identity.checker import verify_identity


def verify(data: bytes) -> Certificate:
    """The certificate in the bytes, if it proves what its kind says of its spec; else Rejected, or
    NotChecked where it needs a function that the verifier cannot evaluate.

    The one way in: what is accepted was read strictly and then checked in full.
    """
    try:
        certificate = decode(data)
        check_functions(certificate.spec)
        proof, identity = certificate.proof, certificate.identity
        f, s = certificate.spec.bound_terms()
        tools = Tools()
        if isinstance(proof, Enclosure):
            verify_enclosure(tools, certificate.spec, proof, f, s)
        elif isinstance(proof, Refutation):
            verify_refutation(tools, certificate.spec, proof.witness, f, s)
        elif identity is None:
            raise Rejected("certificate", "neither tiles, nor a witness, nor an identity", "a proof")
        if identity is not None:
            verify_identity(identity, tools.work)
            if isinstance(proof, Enclosure):
                _check_jumps(proof, identity)
    except TermError as error:
        raise Rejected("statement", str(error), "a formula within the limits") from error
    return certificate


def _check_jumps(proof: Enclosure, identity: Identity) -> None:
    """Rejected where tiles say that f is continuous at a point where the identity says that it jumps."""
    jumps = {join.at for join in identity.joins if join.verdict == "jump"}
    for kink in proof.kinks:
        if kink.at in jumps and kink.verdict not in ("jump", "open"):
            where = f"kink at x = {describe(kink.at)}"
            raise Rejected(
                where, f"the verdict {kink.verdict} beside an identity with a jump", "jump, or open"
            )
