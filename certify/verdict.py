"""The three answers, and no fourth."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from certify.certificate import Certificate, Enclosure, Refutation, Tile
from certify.language.numbers import describe, describe_outward
from certify.spec import Spec


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


class _Shown:
    """How a verdict shows itself, in a session and in a notebook."""

    def __repr__(self) -> str:
        from certify.summary import brief

        return brief(self)  # type: ignore[arg-type]

    def __str__(self) -> str:
        from certify.summary import lines

        return "\n".join(lines(self))  # type: ignore[arg-type]

    def _repr_html_(self) -> str:
        from certify.summary import html

        return html(self)  # type: ignore[arg-type]


@dataclass(frozen=True, repr=False)
class Certified(_Shown):
    """A proof: the spec holds on the whole domain less the certificate's kinks.

    no_identity  why no identity stands beside the tiles: not identical, or none found
    """

    spec: Spec
    certificate: Certificate
    statistics: Statistics
    no_identity: str = ""

    @property
    def tiles(self) -> tuple[Tile, ...]:
        """The tiles of the enclosure, ascending; none for an identity alone."""
        proof = self.certificate.proof
        components = proof.components if isinstance(proof, Enclosure) else ()
        return tuple(tile for component in components for tile in component.tiles)


@dataclass(frozen=True, repr=False)
class Refuted(_Shown):
    """A counterexample: at the certificate's witness the spec fails."""

    spec: Spec
    certificate: Certificate
    statistics: Statistics

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


Verdict = Certified | Refuted | Undecided
