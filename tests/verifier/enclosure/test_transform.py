"""The transform against Arb's discrete Fourier transform: its error bound holds and is small."""

import random

import pytest
from flint import acb, arb
from mpmath.libmp import fzero, mpf_add, mpf_neg

from certify.verifier.arithmetic.interval import ZERO, Unbounded, exponent
from certify.verifier.enclosure.transform import Roots, quotients, roots_of_unity
from certify.verifier.work import Work
from tests.verifier.reference import arb_precision, exact, number, samples

SCALES = {
    "one_size": lambda rng: 0,
    "many_sizes": lambda rng: rng.randint(-300, 0),
    "huge": lambda rng: 3000,
    "tiny": lambda rng: -400,
}


def transformed(values, bits):
    """A function's quotients, which a second function in the same transform, with errors as large as
    its values, changes by no more than rounding."""
    work = Work()
    nodes = 2 * len(values) - 2
    roots = Roots(work)(nodes, bits)
    (alone,) = quotients([values], roots, bits, work)
    side = number(-1, -200), number(3, -200)
    loose = [(side, ZERO), *[(side, side)] * (len(values) - 2), (side, ZERO)]
    beside, _ = quotients([values, loose], roots, bits, work)
    _, after = quotients([loose, values], roots, bits, work)
    for found in (beside, after):
        assert (found.error, found.places) == (alone.error, alone.places)
        gaps = (abs(a - b) for a, b in zip(alone.numerators, found.numerators, strict=True))
        assert max(gaps) <= 8 * nodes
    return beside


def values_at_nodes(rng, nodes, bits, scale, width):
    """Rectangles at j = 0, ..., N/2, real at both ends, with sides of at most 2**width."""

    def side():
        lo = number(rng.getrandbits(bits) - (1 << bits - 1), scale(rng) - bits)
        return lo, mpf_add(lo, number(rng.getrandbits(30), width - 30))

    return [(side(), ZERO), *((side(), side()) for _ in range(nodes // 2 - 1)), (side(), ZERO)]


def true_sums(points):
    """N*Q_k from the values at half the nodes."""
    return acb.dft([*points, *(z.conjugate() for z in points[-2:0:-1])])


def assert_holds(found, sums):
    unit = arb((1, -found.places))
    for k, (numerator, true) in enumerate(zip(found.numerators, sums, strict=True)):
        assert true.real.rad() < unit
        assert abs(numerator * unit - true.real) <= found.error * unit, f"k = {k}"
        assert abs(true.imag) <= found.error * unit, f"k = {k}"


@pytest.mark.parametrize("nodes", [4, 8, 16, 64, 256])
@pytest.mark.parametrize("scale", SCALES)
def test_the_error_holds_the_true_quotients_and_is_small(scale, nodes):
    rng = random.Random(f"{scale} {nodes}")
    for bits in (32, 53, 128, 400):
        for width in (-10 * bits, -bits, -5):
            values = values_at_nodes(rng, nodes, bits, SCALES[scale], width)
            found = transformed(values, bits)
            with arb_precision(bits + 200):
                for _ in range(2):
                    assert_holds(found, true_sums([samples(rng, value, 1)[0] for value in values]))
            largest = max(exponent(end) for value in values for side in value for end in side)
            rounding = arb((1, max(largest, -8 * bits) - bits - 4))
            assert found.error * arb((1, -found.places)) <= nodes * (rounding + arb((1, width)))


@pytest.mark.parametrize("nodes", [4, 32, 1024])
def test_the_error_holds_for_values_as_large_as_they_can_be(nodes):
    """All parts just below a power of two, with signs that add up in one of the sums."""
    bits = 53
    top = number((1 << bits) - 1, 7)
    for step in (0, 1, nodes // 4 + 1, nodes // 2):
        values = []
        for j in range(nodes // 2 + 1):
            with arb_precision(100):
                w = (acb(0, 2) * acb.pi() * j * step / nodes).exp()
            parts = [mpf_neg(top) if part < 0 else top for part in (w.real, w.imag)]
            imaginary = parts[1] if 0 < j < nodes // 2 else fzero
            values.append(((parts[0],) * 2, (imaginary,) * 2))
        with arb_precision(300):
            sums = true_sums([acb(exact(x[0]), exact(y[0])) for x, y in values])
            assert_holds(transformed(values, bits), sums)


def test_zeros_stay_zero():
    found = transformed([(ZERO, ZERO)] * 9, 53)
    assert max(map(abs, found.numerators)) <= found.error
    assert found.error * arb((1, -found.places)) < arb((1, -400))


def test_values_too_large_to_be_counted_in_units_are_refused():
    """Of 2**(2**30): an answer would be turned into integers of that many bits."""
    huge = (number(1, 2**30), number(3, 2**30)), ZERO
    with pytest.raises(Unbounded):
        transformed([huge] * 5, 53)


@pytest.mark.parametrize("places", [20, 60, 500])
@pytest.mark.parametrize("nodes", [2, 4, 8, 512])
def test_roots_of_unity_are_within_a_unit(nodes, places):
    roots = roots_of_unity(nodes, places)
    assert len(roots) == nodes // 2
    assert roots[0] == (1 << places, 0)
    assert roots[nodes // 4] == (0, -(1 << places)) or nodes < 4
    with arb_precision(places + 100):
        for j, (c, s) in enumerate(roots):
            root = (acb(0, -2) * acb.pi() * j / nodes).exp() * arb((1, places))
            assert abs(root.real - c) < 1
            assert abs(root.imag - s) < 1
