"""The three answers, and no fourth; and what the prover alone has to say.

A search finds a proof, a witness, or neither.  A proof is `Proved` until the independent verifier has
accepted its certificate: only then is it `Certified`, and only a `Certified` is true.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from certify.certificate.enclosure import Certificate, Enclosure, Refutation, Tile
from certify.language.numbers import describe, describe_outward, format_number
from certify.language.printer import print_term
from certify.language.spec import Spec
from certify.language.terms import Apply, Term, written_power


class Statistics(NamedTuple):
    """What a proof cost: tiles, nodes (evaluations of f and s), the most bits, seconds."""

    tiles: int
    nodes: int
    bits: int
    seconds: float  # for people only; it enters no proof and no certificate


class Obstruction(NamedTuple):
    """Why a part [lo, hi] of the domain (None: an infinite end) was not decided.

    why   what stood in the way there
    hint  what would help
    """

    lo: Fraction | None
    hi: Fraction | None
    why: str
    hint: str

    def where(self) -> str:
        if self.lo is not None and self.lo == self.hi:
            return f"at x = {describe(self.lo)}"
        if self.lo is not None and self.hi is not None:
            return f"on {describe_outward(self.lo, self.hi)}"
        left = "(-inf" if self.lo is None else f"[{describe(self.lo)}"
        right = "inf)" if self.hi is None else f"{describe(self.hi)}]"
        return f"on {left}, {right}"


def kink_hint(at: Fraction, verdict: str) -> str:
    """The words that make a kink an exception of a claim."""
    point = format_number(at)
    line = f'kinks = [{{ at = "{point}", verdict = "{verdict}" }}]'
    return f"if that is meant, {line} in the entry, or --kink {point}={verdict}"


def power_hint(term: Term) -> str | None:
    """What would help a power that needs a base > 0 where a product would not: to write as a number the
    integer that a guard or a parameter made its exponent; None for any other term."""
    if not isinstance(term, Apply) or term.function != "pow":
        return None
    product = written_power(*term.arguments)
    if product.function == "pow":
        return None
    text = print_term(product)
    return f"{text}, its exponent written as a number, in a branch of its own where a guard chooses it"


class _Shown:
    """How a verdict shows itself, in a session and in a notebook; it is true where it says so."""

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        from certify.words.claims import brief

        return brief(self)  # type: ignore[arg-type]

    def __str__(self) -> str:
        from certify.words.claims import lines

        return "\n".join(lines(self))  # type: ignore[arg-type]

    def _repr_html_(self) -> str:
        from certify.words.claims import html

        return html(self)  # type: ignore[arg-type]


@dataclass(frozen=True, repr=False)
class Proved(_Shown):
    """A proof that the independent verifier has not accepted: the spec holds on the whole domain, its
    kinks included, by the prover's word.

    no_identity   why no identity stands beside the tiles: not identical, or none found
    not_verified  why the verifier has not accepted it
    """

    spec: Spec
    certificate: Certificate
    statistics: Statistics
    no_identity: str = ""
    not_verified: str = "nobody asked the verifier"

    @property
    def tiles(self) -> tuple[Tile, ...]:
        """The tiles of the enclosure, ascending; none for an identity alone."""
        return _tiles(self.certificate)


@dataclass(frozen=True, repr=False)
class Certified(_Shown):
    """A proof that the independent verifier has accepted: the spec holds on the whole domain, its
    kinks included.

    verifying    seconds that it took, for people only
    no_identity  why no identity stands beside the tiles
    """

    spec: Spec
    certificate: Certificate
    statistics: Statistics
    verifying: float
    no_identity: str = ""

    def __bool__(self) -> bool:
        return True

    @property
    def tiles(self) -> tuple[Tile, ...]:
        """The tiles of the enclosure, ascending; none for an identity alone."""
        return _tiles(self.certificate)


def _tiles(certificate: Certificate) -> tuple[Tile, ...]:
    proof = certificate.proof
    components = proof.components if isinstance(proof, Enclosure) else ()
    return tuple(tile for component in components for tile in component.tiles)


@dataclass(frozen=True, repr=False)
class Refuted(_Shown):
    """A counterexample: at the certificate's witness the spec fails.

    not_verified  why the independent verifier has not accepted it; empty where it has
    """

    spec: Spec
    certificate: Certificate
    statistics: Statistics
    not_verified: str = "nobody asked the verifier"

    @property
    def witness(self) -> Fraction:
        """The x at which the spec fails."""
        proof = self.certificate.proof
        if not isinstance(proof, Refutation):
            raise TypeError("the certificate of a refuted verdict is a refutation")
        return proof.witness.at


@dataclass(frozen=True, repr=False)
class Undecided(_Shown):
    """Neither: what stood in the way, where, and what would help."""

    spec: Spec
    obstructions: tuple[Obstruction, ...]
    statistics: Statistics


Found = Proved | Refuted | Undecided  # what a search finds
Verdict = Certified | Found
