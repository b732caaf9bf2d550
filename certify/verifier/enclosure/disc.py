"""[T2], [T3] Quotients from values at the nodes of a disc, and what they and M bound."""

from __future__ import annotations

from fractions import Fraction

from certify.certificate.enclosure import Quotient
from certify.language.errors import Rejected
from certify.language.spec import Interval
from certify.verifier.arithmetic import interval as iv
from certify.verifier.arithmetic.interval import Unbounded
from certify.verifier.arithmetic.rectangle import Rectangle
from certify.verifier.enclosure.evaluate import Evaluator, NotEnclosed
from certify.verifier.enclosure.tools import Tools
from certify.verifier.enclosure.transform import Quotients, Table, quotients
from certify.verifier.guards import bits_of
from certify.verifier.work import exact, operation

ERROR_BITS = 64
_RECORD_WORK = 400  # what any quotient costs


def quotients_at(
    tools: Tools, where: str, evaluate: Evaluator, m: Fraction, quotient: Quotient
) -> list[Quotients]:
    """[T2] the values at m + r*w^j, j <= N/2, and their transforms."""
    bits, N = evaluate.bits, quotient.nodes
    length = bits + max(map(bits_of, (m, quotient.r, quotient.R, quotient.bound)))
    tools.work.spend(_RECORD_WORK + 2 * N * operation(length) + 16 * exact(length))  # of T3
    centre, r = iv.from_fraction(m, bits), iv.from_fraction(quotient.r, bits)
    try:
        roots = tools.roots(N, bits)
        values = [evaluate(node) for node in _nodes(centre, r, roots, bits)]
        columns = [list(column) for column in zip(*values, strict=True)]
        return quotients(columns, roots, bits, tools.work)
    except (NotEnclosed, Unbounded) as stop:
        raise Rejected(where, "a node without a finite value", "finite values") from stop


def _nodes(centre: iv.Interval, r: iv.Interval, roots: Table, bits: int) -> list[Rectangle]:
    """Rectangles about m + r*exp(2*pi*i*j/N) for 0 <= j <= N/2."""
    nodes = []
    for c, minus_s in (*roots.values, (-(1 << roots.places), 0)):
        x = _about(c, roots.places, bits)
        y = _about(-minus_s, roots.places, bits) if minus_s else iv.ZERO
        nodes.append((iv.add(centre, iv.mul(r, x, bits), bits), iv.mul(r, y, bits)))
    return nodes


def _about(component: int, places: int, bits: int) -> iv.Interval:
    """A component of a root of unity: within a unit of its integer.  The integers of 0 and +-1
    are exact: no other component of a root, N <= 2**14, is within 2**-30 of them."""
    reach = 0 if component in (0, 1 << places, -(1 << places)) else 1
    return iv.from_integers(component - reach, component + reach, -places, bits)


def truncation_errors(
    where: str, quotient: Quotient, spec_bound: Fraction
) -> tuple[Fraction, Fraction, Fraction]:
    """[T3] upper bounds of E_f/r, of E_s, and of the error of f'(m)."""

    def number(value: Fraction) -> iv.Interval:
        return iv.from_fraction(value, ERROR_BITS)

    b, N = ERROR_BITS, quotient.nodes
    try:
        one, q = number(Fraction(1)), number(quotient.r / quotient.R)
        gap = iv.sub(one, q, b)
        qN = q
        for _ in range(N.bit_length() - 1):  # N is a power of two
            qN = iv.square(qN, b)
        aliases = iv.div(q, iv.sub(one, qN, b), b)
        tail = iv.add(iv.mul(number(Fraction(N)), gap, b), q, b)
        over_r = iv.mul(iv.div(number(quotient.bound), number(quotient.r), b), qN, b)
        slope = iv.div(iv.mul(over_r, iv.add(aliases, tail, b), b), iv.square(gap, b), b)
        value = iv.div(iv.mul(number(2 * spec_bound), qN, b), gap, b)
        middle = iv.mul(over_r, aliases, b)
        return iv.to_fraction(slope[1]), iv.to_fraction(value[1]), iv.to_fraction(middle[1])
    except Unbounded as stop:
        raise Rejected(where, "R too close to r or too large", "a finite truncation error") from stop


def residual_of(Q: Quotients, S: Quotients, quotient: Quotient) -> Fraction:
    """[T3] an upper bound of sum |(k+1)*Q_(k+1)/r - S_k| + |S_(N-1)|, in exact rationals."""
    places = max(Q.places, S.places)
    f_unit, s_unit = 1 << (places - Q.places), 1 << (places - S.places)
    p, d = quotient.r.numerator, quotient.r.denominator
    N = quotient.nodes
    total = 0
    for k in range(N - 1):
        difference = (k + 1) * Q.numerators[k + 1] * f_unit * d - S.numerators[k] * s_unit * p
        total += abs(difference) + (k + 1) * Q.error * f_unit * d
    total += abs(S.numerators[N - 1]) * s_unit * p + N * S.error * s_unit * p
    return Fraction(total, N * p) * unit(places)


def slope_range(Q: Quotients, quotient: Quotient, error: Fraction) -> Interval:
    """[T3] Q_1/r +- (sum over k >= 2 of k*|Q_k|/r + E_f/r) contains f' on the tile."""
    N = quotient.nodes
    spread = Q.error + sum(k * (abs(Q.numerators[k]) + Q.error) for k in range(2, N))
    scale = unit(Q.places) / (N * quotient.r)
    return (
        (Q.numerators[1] - spread) * scale - error,
        (Q.numerators[1] + spread) * scale + error,
    )


def unit(places: int) -> Fraction:
    return Fraction(1, 1 << places) if places >= 0 else Fraction(1 << -places)
