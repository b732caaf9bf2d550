"""The three answers, and no fourth; and what the prover alone has to say.

A search finds a proof, a witness, or neither.  A proof is `Proved` until the independent verifier has
accepted its certificate: only then is it `Certified`, and only a `Certified` is true.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from certify.certificate.enclosure import Certificate, Enclosure, TileClaim
from certify.language.errors import UsageError
from certify.language.exits import Exit
from certify.language.numbers import describe, describe_outward, format_number, round_up
from certify.language.printer import print_term
from certify.language.spec import Domain, Range, Spec, format_domain
from certify.language.terms import Apply, Term, written_power
from certify.prover.saving import Place, save
from certify.words.claims import (
    allowance,
    claims,
    count,
    counterexample,
    distance,
    scope,
    size,
    theorem,
    witness,
    worst_residual,
)
from certify.words.claims import as_json as certificate_as_json

NOT_ASKED = "nobody asked the verifier"
MOST_SHOWN = 5  # obstructions of an undecided verdict


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

    def lines(self) -> list[str]:
        """Where and why, and what would help."""
        return [f"{self.where()}: {self.why}", f"  what would help: {self.hint}"]


def kink_hint(at: Fraction, verdict: str) -> str:
    """The words that make a kink an exception of a claim."""
    point = format_number(at)
    line = f'kinks = [{{ at = "{point}", verdict = "{verdict}" }}]'
    return f"if that is meant, {line} in the entry, or --kink {point}={verdict}"


def without(domain: Domain, at: Fraction) -> list[Range]:
    """The domain without a point, about which its ends are open."""
    parts = []
    for part in domain:
        if at in part:
            parts += [] if at == part.low else [Range(part.low, at, (part.closed[0], False))]
            parts += [] if at == part.high else [Range(at, part.high, (False, part.closed[1]))]
        else:
            parts.append(part)
    return parts


def domain_options(domain: Iterable[Range]) -> str:
    """The options of the command line that state a domain."""
    texts = [(str(part).replace(", ", ","), part.is_closed) for part in domain]
    return " ".join(f"--domain {text[1:-1]}" if plain else f'--domain "{text}"' for text, plain in texts)


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


@dataclass(frozen=True, repr=False)
class _Verdict(ABC):
    """What every verdict says of itself, to a program, in a session and in a notebook.

    word  certified, refuted, undecided, or proved, not verified
    exit  what it makes of the exit code
    spec  the claim: name, function, derivative, domain, atol, rtol, parameters, exceptions, kink_values
    """

    word: ClassVar[str]
    exit: ClassVar[Exit]
    _colour: ClassVar[str] = "#9a6700"

    spec: Spec

    @property
    def is_verified(self) -> bool:
        """Whether the independent verifier has accepted the verdict's certificate."""
        return False

    def save(self, path: Place, *, replace: bool = False) -> Path:
        """Write the certificate to a file, or to the file of its name in a folder; the path of the file.

        What is not there yet is a folder if it ends in / or has no extension; a refutation of NAME goes to
        NAME.refuted.json. What the file proves is what `certify.verify` says of it: a `Proved` is saved too.
        NotReplaced for a file there that is no certificate or states something else, unless `replace`;
        UsageError where it cannot be written, or a *.json has another name, under which none is accepted.

        >>> import certify, tempfile
        >>> path = certify.prove("tanh(x)", "1 - y**2", name="mine").save(tempfile.mkdtemp())
        >>> path.name, certify.verify(path).spec.name
        ('mine.json', 'mine')
        """
        raise UsageError(f"{self._head()}: there is no certificate to save")

    @abstractmethod
    def lines(self) -> list[str]:
        """The whole verdict in sentences, then the numbers."""

    @abstractmethod
    def as_json(self, path: str | None) -> dict[str, Any]:
        """The verdict as a JSON object; exact numbers are strings, as in certificates.

        path  of the file that its certificate was written to
        """

    @abstractmethod
    def note(self) -> str:
        """The residual with the kinks, the witness, or the first obstruction: a cell of a table."""

    @abstractmethod
    def distance(self) -> str:
        """How far s is from f', and where; of what is undecided, the first obstruction."""

    @abstractmethod
    def _brief(self) -> str:
        """What is shown, in the parentheses of the one-line form."""

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._brief()})"

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def _repr_html_(self) -> str:
        """A coloured word, then the sentences."""
        first, *rest = self.lines()
        head = escape(first.partition(":")[2].strip())
        body = escape("\n".join(line.removeprefix("  ") for line in rest))
        return (
            f'<div><b style="color:{self._colour}">{self.word}</b> {head}'
            f'<pre style="margin:0.3em 0 0 1em">{body}</pre></div>'
        )

    def _head(self) -> str:
        return f"{self.word}: {scope(self.spec)}"

    def _facts(self, statistics: Statistics, path: str | None) -> dict[str, Any]:
        """What the JSON object of every verdict begins with."""
        spec = self.spec
        return {
            "name": spec.name,
            "verdict": self.word,
            "verified": self.is_verified,
            "domain": format_domain(spec.domain),
            "parameters": {
                name: str(value) if isinstance(value, Range) else format_number(value)
                for name, value in spec.parameters.items()
            },
            "atol": format_number(spec.atol),
            "rtol": format_number(spec.rtol),
            "tiles": statistics.tiles,
            "nodes": statistics.nodes,
            "bits": statistics.bits,
            "seconds": round(statistics.seconds, 6),
            "certificate": path,
        }


@dataclass(frozen=True, repr=False)
class _Settled(_Verdict):
    """A verdict with a certificate, and what finding it cost; it is of no other claim than that."""

    certificate: Certificate
    statistics: Statistics

    def __post_init__(self) -> None:
        if self.spec != self.certificate.spec:
            raise ValueError(f"a verdict on {scope(self.spec)} by a certificate of another claim")

    @property
    def tiles(self) -> tuple[TileClaim, ...]:
        """What is claimed of each tile, ascending: lo, hi, slope (an interval that holds f') and residual
        (a bound of |f' - s|), exact fractions; () for a refutation or an identity alone.

        >>> import certify
        >>> [(tile.lo, tile.hi) for tile in certify.prove("x**2", "2*x", (-1, 1)).tiles]
        [(Fraction(-1, 1), Fraction(1, 1))]
        """
        return self.certificate.tiles

    def save(self, path: Place, *, replace: bool = False) -> Path:
        return save(self.certificate, path, replace=replace)


@dataclass(frozen=True, repr=False)
class _Proof(_Settled):
    """A verdict with a proof that the spec holds on the whole domain, its kinks included."""

    def note(self) -> str:
        proof, identity = self.certificate.proof, self.certificate.identity
        first = format_number(worst_residual(self.certificate)) if proof else "f' = s"
        if isinstance(proof, Enclosure):
            kinks = [(kink.verdict, kink.at) for kink in proof.kinks]
        else:
            kinks = [(join.verdict, join.at) for join in identity.joins] if identity else []
        said = ", ".join(f"{verdict} at {format_number(at)}" for verdict, at in kinks)
        return f"{first}{'; ' if proof else ', '}{said}" if said else first

    def distance(self) -> str:
        most = f"<= {allowance(self.spec)}" if self.certificate.proof else "0"
        return f"{most} on {format_domain(self.spec.domain)}"

    def _brief(self) -> str:
        return ", ".join(claims(self.certificate))

    def _sentences(self, no_identity: str, verified: str) -> list[str]:
        """The theorem, why there is no identity, and the numbers with what is said of verifying."""
        said = [*theorem(self.certificate), *([no_identity] if no_identity else [])]
        return [self._head(), *(f"  {line}" for line in said), f"  {self._numbers()}{verified}"]

    def _numbers(self) -> str:
        """tiles, nodes, bits, worst residual, time; of an identity alone pieces, generators, time"""
        certificate, statistics = self.certificate, self.statistics
        spent = f"{statistics.seconds * 1000:.0f} ms"
        if certificate.proof is None and certificate.identity:
            return f"identity: {size(certificate.identity)}, {spent}"
        kinds = [
            count(statistics.tiles, "tile"),
            f"{statistics.nodes} nodes",
            f"{statistics.bits} bits",
            f"worst residual {describe(round_up(worst_residual(certificate)))}",
            spent,
        ]
        return ", ".join(kinds)

    def _json(self, path: str | None, no_identity: str) -> dict[str, Any]:
        found = {**self._facts(self.statistics, path), **certificate_as_json(self.certificate)}
        return found if self.certificate.identity else {**found, "no_identity": no_identity}


@dataclass(frozen=True, repr=False)
class Proved(_Proof):
    """A proof that the independent verifier has not accepted: the spec holds on the whole domain, its
    kinks included, by the prover's word.

    certificate   the statement, and the proof that was found
    no_identity   why no identity stands beside the tiles: not identical, or none found
    not_verified  why the verifier has not accepted it

    >>> import certify
    >>> verdict = certify.prove("tanh(x)", "1 - y**2", (-1, 1), verify=False)
    >>> bool(verdict), verdict.not_verified
    (False, 'nobody asked the verifier')
    """

    word = "proved, not verified"
    exit = Exit.NOT_VERIFIED

    no_identity: str = ""
    not_verified: str = NOT_ASKED

    def lines(self) -> list[str]:
        return [*self._sentences(self.no_identity, ""), *_unverified(self.not_verified)]

    def as_json(self, path: str | None) -> dict[str, Any]:
        return self._json(path, self.no_identity)


@dataclass(frozen=True, repr=False)
class Certified(_Proof):
    """A proof that the independent verifier has accepted: the spec holds on the whole domain, its
    kinks included.

    certificate  the statement, and its proof
    statistics   what the proof cost
    verifying    seconds that verifying took, for people only
    no_identity  why no identity stands beside the tiles

    >>> import certify
    >>> certify.prove("tanh(x)", "1 - y**2", (-1, 1))
    Certified(f on [-1, 1], |f' - s| <= 1e-30, 3 tiles, f' = s on (-inf, inf))
    """

    word = "certified"
    exit = Exit.HOLDS
    _colour = "#1a7f37"

    verifying: float
    no_identity: str = ""

    def __bool__(self) -> bool:
        return True

    @property
    def is_verified(self) -> bool:
        """Always: `certify.api.issued` makes no other."""
        return True

    def lines(self) -> list[str]:
        return self._sentences(self.no_identity, f", verified in {self.verifying * 1000:.0f} ms")

    def as_json(self, path: str | None) -> dict[str, Any]:
        return self._json(path, self.no_identity)


@dataclass(frozen=True, repr=False)
class Refuted(_Settled):
    """A counterexample: at the certificate's witness the spec fails.

    certificate   the statement, and the proof that it is false
    statistics    what the search cost
    not_verified  why the independent verifier has not accepted it; empty where it has

    >>> import certify
    >>> verdict = certify.prove("tanh(x)", "1 + y**2", (-1, 1))
    >>> bool(verdict), verdict.witness, verdict.is_verified
    (False, Fraction(1, 1), True)
    """

    word = "refuted"
    exit = Exit.FAILS
    _colour = "#cf222e"

    not_verified: str = NOT_ASKED

    @property
    def witness(self) -> Fraction:
        """The x at which the spec fails."""
        return witness(self.certificate).at

    @property
    def is_verified(self) -> bool:
        """Whether the independent verifier has accepted the refutation."""
        return not self.not_verified

    def lines(self) -> list[str]:
        said = (f"  {line}" for line in counterexample(self.certificate))
        return [self._head(), *said, *_unverified(self.not_verified)]

    def as_json(self, path: str | None) -> dict[str, Any]:
        return {**self._facts(self.statistics, path), **certificate_as_json(self.certificate)}

    def note(self) -> str:
        return f"x = {format_number(self.witness)}"

    def distance(self) -> str:
        return f"{distance(self.certificate)} at x = {self.witness}"

    def _brief(self) -> str:
        return f"{scope(self.spec)}, x = {format_number(self.witness)}"


def _unverified(why: str) -> list[str]:
    return [f"  Not verified: {why}."] if why else []


@dataclass(frozen=True, repr=False)
class Undecided(_Verdict):
    """Neither: what stood in the way, where, and what would help.

    obstructions  a row for each part of the domain that was not decided
    statistics    what the search cost

    >>> import certify
    >>> print(certify.prove("1/x", "-1/x**2"))
    undecided: f on [-10, 10]
      on [~-2.16841e-17, ~0.0000286103]: 1/x has its divisor x in [...], needs != 0
        what would help: a domain without the pole...
    """

    word = "undecided"
    exit = Exit.UNDECIDED

    obstructions: tuple[Obstruction, ...]
    statistics: Statistics

    def lines(self) -> list[str]:
        shown = self.obstructions[:MOST_SHOWN]
        more = len(self.obstructions) - len(shown)
        said = [f"  {line}" for item in shown for line in item.lines()]
        return [self._head(), *said, *([f"  and {more} more"] if more else [])]

    def as_json(self, path: str | None) -> dict[str, Any]:
        rows = [{"where": item.where(), "why": item.why, "hint": item.hint} for item in self.obstructions]
        return {**self._facts(self.statistics, path), "obstructions": rows}

    def note(self) -> str:
        first = self.obstructions[0]
        return f"{first.where()}: {first.why}"

    def distance(self) -> str:
        return self.note()

    def _brief(self) -> str:
        return f"{scope(self.spec)}, {self.note()}"


Found = Proved | Refuted | Undecided  # what a search finds
Verdict = Certified | Found
