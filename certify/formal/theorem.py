"""Theorems with their proofs, from what certify has proved: an identity, tiles or a witness."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from certify.certificate.enclosure import Certificate, Enclosure, Kink, Refutation, Undefined
from certify.certificate.identity import Identity, Join
from certify.formal.expression import NotExported, write
from certify.formal.statement import (
    Clause,
    Fails,
    Holds,
    HoldsAt,
    NoDerivative,
    Statement,
    Within,
    at_point,
    conditions,
    write_range,
    write_statement,
)
from certify.formal.vocabulary import identifier
from certify.language.errors import GuardUndecided
from certify.language.numbers import describe, format_number
from certify.language.printer import print_term
from certify.language.spec import Bound, Range, Spec, closed_range
from certify.language.terms import Apply, Rational, Term, Where, subterms
from certify.prover.pieces import germ_sign, is_smooth, open_interval_sign, partition, resolve

FINEST = Fraction(1, 10**12)  # the least tolerance that CoqInterval's proofs are asked for


class Theorem(NamedTuple):
    """A statement and its proof.

    tactics      one for each clause
    values       the parameters that have their values in f and s
    remarks      what the certificate says and the theorem does not
    by_interval  whether the proof needs CoqInterval
    """

    statement: Statement
    tactics: tuple[str, ...]
    remarks: tuple[str, ...]
    by_interval: bool
    values: tuple[tuple[str, Fraction], ...] = ()

    @property
    def name(self) -> str:
        return self.statement.name

    @property
    def claim(self) -> str:
        """What it says of f' and s, in a few words."""
        clauses = self.statement.clauses
        first = clauses[0]
        if isinstance(first, Fails):
            return f"f' is not s at x = {format_number(first.at)}{self._values}"
        intervals = [str(c.where) for c in clauses if isinstance(c, Holds | Within)]
        points = [f"at {format_number(c.at)}" for c in clauses if isinstance(c, HoldsAt)]
        kinks = [_none_at(c) for c in clauses if isinstance(c, NoDerivative)]
        where = " and ".join([f"on {', '.join(intervals)}"] * bool(intervals) + points)
        every = "".join(f", every {name} in {values}" for name, values in self.statement.parameters)
        return f"{_relation(first)} {where}{every}{self._values}{''.join(kinks)}"

    @property
    def _values(self) -> str:
        return "".join(f", {name} = {format_number(value)}" for name, value in self.values)


def _none_at(clause: NoDerivative) -> str:
    return f"; no f' at {format_number(clause.at)}{' where the slopes differ' if clause.slopes else ''}"


def _relation(clause: Clause) -> str:
    if not isinstance(clause, Within):
        return "f' = s"
    relative = f" + {format_number(clause.rtol)}*|f'|" if clause.rtol else ""
    return f"|f' - s| <= {format_number(clause.atol)}{relative}"


def of_certificate(certificate: Certificate) -> Theorem:
    """The strongest theorem that a certificate gives: the exact one where it has an identity,
    else its tolerance, else its counterexample.

    NotExported for what cannot be written in Coq, or is beyond what CoqInterval proves.
    """
    if certificate.identity is not None:
        return of_identity(certificate.identity)
    if isinstance(certificate.proof, Refutation):
        return of_refutation(certificate.spec, certificate.proof)
    if isinstance(certificate.proof, Enclosure):
        return of_enclosure(certificate.spec)
    raise NotExported("a certificate without a proof")


class _ProvedClause(NamedTuple):
    """A clause, its tactic, and what is not said."""

    clause: Clause | None
    tactic: str
    remark: str = ""


def _assembled(spec: Spec, claims: list[_ProvedClause], *, by_interval: bool) -> Theorem:
    f, s = spec.bound_terms()
    stated = [(claim.clause, claim.tactic) for claim in claims if claim.clause is not None]
    if not stated:
        raise NotExported(f"{spec.name} leaves nothing to state")
    statement = Statement(
        identifier(spec.name), tuple(spec.ranges.items()), f, s, tuple(clause for clause, _ in stated)
    )
    write_statement(statement)  # refuses what cannot be written
    remarks = tuple(claim.remark for claim in claims if claim.remark)
    tactics, values = tuple(tactic for _, tactic in stated), tuple(spec.values.items())
    return Theorem(statement, tactics, remarks, by_interval, values)


# --- formulas between the guards' roots -------------------------------------------------


class _Formulas:
    """f and s of a spec, and the one formula of each on every piece of the whole line."""

    def __init__(self, spec: Spec) -> None:
        self.name = identifier(spec.name)
        self.f, self.s = spec.bound_terms()
        self.smooth = is_smooth(self.f) and is_smooth(self.s)
        try:
            self.ends: list[Bound] = partition((self.f, self.s), None, None)
        except GuardUndecided as stop:
            raise NotExported(f"{spec.name}: {stop}") from stop
        self.roots = [end for end in self.ends if end is not None]

    def pieces(self, part: Range) -> Iterator[tuple[Range, Bound, Bound]]:
        """The part of the line without the guards' roots, each piece with the roots about it."""
        lo, hi = part.low, part.high
        for a, b in pairwise(self.ends):
            if not _before(hi, a) and not _before(b, lo):
                cut_low = a is not None and (lo is None or lo <= a)
                cut_high = b is not None and (hi is None or b <= hi)
                closed = (not cut_low and part.closed[0], not cut_high and part.closed[1])
                yield Range(a if cut_low else lo, b if cut_high else hi, closed), a, b

    def between(self, a: Bound, b: Bound) -> tuple[Term, Term]:
        """The formulas of f and s on the open interval."""
        sign = open_interval_sign(a, b)
        return _guard_free(resolve(self.f, sign)), _guard_free(resolve(self.s, sign))

    def at(self, point: Fraction, side: int) -> tuple[Term, Term]:
        """The formulas of f and s just left of a point, at it, or just right."""
        sign = germ_sign(point, side, _undecided)
        return _guard_free(resolve(self.f, sign)), _guard_free(resolve(self.s, sign))

    def within(self, part: Range) -> list[Fraction]:
        """The roots in a part of the line."""
        return [at for at in self.roots if at in part]

    def around(self, at: Fraction) -> tuple[Fraction, Fraction]:
        """Numbers left and right of a root with no other root between."""
        left = [root for root in self.roots if root < at]
        right = [root for root in self.roots if root > at]
        return (left[-1] if left else at - 1), (right[0] if right else at + 1)

    def side_formulas(self, at: Fraction) -> str:
        """`a b c g1 g2`, the arguments that the tactics of a point take."""
        a, c = self.around(at)
        numbers = " ".join(write(Rational(number)) for number in (a, at, c))
        return f"{numbers} {_lambda(self.at(at, -1)[0])} {_lambda(self.at(at, 1)[0])}"


def _before(a: Bound, b: Bound) -> bool:
    """Whether the end a of an interval is not beyond the start b of another."""
    return a is not None and b is not None and a <= b


def _undecided(guard: Term) -> int:
    raise NotExported(f"the guard {print_term(guard)} is not linear in x: its sign is not exported")


def _guard_free(term: Term) -> Term:
    for node in subterms(term):
        if isinstance(node, Where):
            _undecided(Apply("sub", (node.left, node.right)))
        if isinstance(node, Apply) and not is_smooth(Apply(node.function, ())):
            _undecided(node.arguments[0] if len(node.arguments) == 1 else Apply("sub", node.arguments))
    return term


def _lambda(term: Term) -> str:
    return f"(fun x : R => {write(term)})"


# --- identities -------------------------------------------------------------------------


def of_identity(identity: Identity) -> Theorem:
    """f' = s on each piece and at each smooth join, and no derivative where the slopes differ."""
    spec = identity.spec
    formulas = _Formulas(spec)
    joins = {join.at: join for join in identity.joins}
    claims: list[_ProvedClause] = []
    for part in spec.domain:
        claims += [_on_piece(formulas, *piece) for piece in formulas.pieces(part)]
        for at in formulas.within(part):
            claims.append(_at_root(formulas, at, joins.get(at), is_end=at in (part.low, part.high)))
    return _assembled(spec, claims, by_interval=False)


def _on_piece(formulas: _Formulas, where: Range, a: Bound, b: Bound) -> _ProvedClause:
    f, s = formulas.between(a, b)
    claim = Holds(where, conditions(f, s))
    if formulas.smooth:
        return _ProvedClause(claim, f"rule f_{formulas.name} s_{formulas.name}.")
    return _ProvedClause(claim, f"piece {_arguments(formulas, a, b, f, s)}.")


_ARTICLES = {"jump": "a jump", "open": "a join that is left open"}


def _at_root(formulas: _Formulas, at: Fraction, join: Join | None, *, is_end: bool) -> _ProvedClause:
    sides = formulas.side_formulas(at)
    f, s = formulas.at(at, 0)
    seam = join is None and formulas.at(at, -1)[0] == f == formulas.at(at, 1)[0]
    if (join is not None and join.verdict == "smooth") or seam or (join is None and not is_end):
        claim = HoldsAt(at, at_point(conditions(f, s), at))
        return _ProvedClause(claim, f"join f_{formulas.name} s_{formulas.name} {sides}.")
    if join is None or join.verdict != "subgradient":
        end = "is an end of the domain where f changes its formula"
        why = f"is {_ARTICLES.get(join.verdict, join.verdict)}" if join else end
        return _ProvedClause(None, "", f"Nothing is said at x = {format_number(at)}, which {why}.")
    left, right = (join.tower.expanded(slope) for slope in join.slopes)
    differ = isinstance(left, Rational) and isinstance(right, Rational) and left != right
    slopes = f"{_operand(left)} {_operand(right)}"
    return _ProvedClause(
        NoDerivative(at, None if differ else (left, right)), f"kink f_{formulas.name} {sides} {slopes}."
    )


def _operand(term: Term) -> str:
    return f"({write(term)})"


# --- tolerances and refutations ---------------------------------------------------------

_WITHOUT_BOUNDS = ("erf", "erfc", "asin", "acos", "tan")


def of_enclosure(spec: Spec) -> Theorem:
    """|f' - s| within the tolerance on each piece, by CoqInterval, or within FINEST where the
    certificate's tolerance is finer.

    NotExported for what CoqInterval does not evaluate, or a tolerance that is relative only.
    """
    formulas = _Formulas(spec)
    _check_bounds(formulas)
    if spec.atol == 0:
        raise NotExported("a tolerance that is only relative is not exported: give an absolute one as well")
    atol = max(spec.atol, FINEST)
    claims = []
    for part in spec.domain:
        for where, a, b in formulas.pieces(part):
            f, s = formulas.between(a, b)
            ends = " ".join(write(Rational(end)) for end in (where.low, where.high) if end is not None)
            clause = Within(where, conditions(f, s), atol, spec.rtol)
            claims.append(_ProvedClause(clause, f"within {_arguments(formulas, a, b, f, s)} {ends}."))
        claims += [
            _ProvedClause(None, "", f"Nothing is said at x = {format_number(at)}.")
            for at in formulas.within(part)
        ]
    if atol != spec.atol:
        reached = f"the proof by CoqInterval stops at {format_number(atol)}"
        claims.append(_ProvedClause(None, "", f"The certificate says {format_number(spec.atol)}; {reached}."))
    return _assembled(spec, claims, by_interval=True)


def of_refutation(spec: Spec, proof: Refutation) -> Theorem:
    """That s is not f' at the witness, by CoqInterval; NotExported for what it does not evaluate."""
    formulas = _Formulas(spec)
    _check_bounds(formulas)
    if isinstance(proof.witness, Kink):
        raise NotExported(f"the witness x = {describe(proof.witness.at)} is a kink: it is not exported")
    at = proof.witness.at
    if isinstance(proof.witness, Undefined):
        raise NotExported(f"s has no value at x = {describe(at)}: it is not exported")
    if at in formulas.roots:
        raise NotExported(f"the witness x = {describe(at)} is where a guard changes sign: it is not exported")
    [(_, a, b)] = formulas.pieces(closed_range(at, at))
    f, s = formulas.between(a, b)
    clause = Fails(at, at_point(conditions(f, s), at))
    forms = "left_forms" if at < 0 else "right_forms"
    bits = min(max(64, proof.witness.quotient.bits), 1024)
    tactic = f"refuted {_arguments(formulas, a, b, f, s)} {forms} {bits}%positive."
    return _assembled(spec, [_ProvedClause(clause, tactic)], by_interval=True)


def _check_bounds(formulas: _Formulas) -> None:
    for node in (node for term in (formulas.f, formulas.s) for node in subterms(term)):
        if isinstance(node, Apply) and node.function in _WITHOUT_BOUNDS:
            raise NotExported(f"CoqInterval does not evaluate {node.function}")


def _arguments(formulas: _Formulas, a: Bound, b: Bound, f: Term, s: Term) -> str:
    """`f s D g t`, the arguments that the tactics of a piece take."""
    around = write_range("x", Range(a, b, (False, False))) or "True"
    names = f"f_{formulas.name} s_{formulas.name}"
    return f"{names}\n      (fun x : R => {around}) {_lambda(f)} {_lambda(s)}"


# --- text -------------------------------------------------------------------------------


def write_file(theorem: Theorem, requires: str) -> str:
    """A whole .v file: what it needs, the theorem, its proof, and what that assumes."""
    compile_first = "Certify.v" if requires == "Certify" else f"Certify.v && coqc {requires}.v"
    head = f"Checked by: coqc {compile_first} && coqc {theorem.name}.v"
    remarks = [f"(* {remark} *)" for remark in (head, *theorem.remarks)]
    return "\n".join(
        (
            *remarks,
            f"Require Import {requires}.",
            "Open Scope R_scope.",
            "",
            write_statement(theorem.statement),
            write_proof(theorem),
            "",
            f"Print Assumptions {theorem.statement.theorem}.",
            "",
        )
    )


def write_proof(theorem: Theorem) -> str:
    """`Proof. ... Qed.`"""
    tactics = theorem.tactics
    if len(tactics) == 1:
        return f"Proof. {tactics[0]} Qed."
    cases = "split"
    for _ in range(len(tactics) - 2):
        cases = f"split; [| {cases}]"
    return "\n".join(("Proof.", f"  intros. {cases}.", *(f"  - {tactic}" for tactic in tactics), "Qed."))
