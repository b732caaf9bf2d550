"""Special functions on boxes against mpmath's values, and their poles and cuts."""

import random

import mpmath
import pytest

from certify.language.functions import PROVER_ONLY
from certify.prover.enclosure import special
from certify.prover.enclosure.ball import acb, arb, precision
from tests import routes

COMPLEX = sorted(PROVER_ONLY - {"erfinv"})


def box(x, y, r):
    return acb(arb(x, r), arb(y, r))


def number(ball):
    return mpmath.mpc(str(ball.real.mid().str(50, radius=False)), str(ball.imag.mid().str(50, radius=False)))


def holds(ball, value):
    """Whether the ball, with the digits that were printed, holds mpmath's value."""
    slack = mpmath.mpf(10) ** -35 * (1 + abs(value))
    mid, radii = number(ball), (float(ball.real.rad()), float(ball.imag.rad()))
    gaps = abs(mid.real - value.real), abs(mid.imag - value.imag)
    return all(gap <= rad * (1 + 1e-10) + slack for gap, rad in zip(gaps, radii, strict=True))


@pytest.mark.parametrize("bits", [53, 150])
@pytest.mark.parametrize("name", COMPLEX)
def test_encloses_the_values_on_a_box(name, bits):
    draw = random.Random(f"{name} {bits}")
    finite = 0
    with precision(bits), mpmath.workprec(200):
        for _ in range(60):
            x, y, r = draw.uniform(-5, 8), draw.uniform(-3, 3), 10 ** draw.uniform(-12, -0.3)
            found = getattr(special, name)(box(x, y, r))
            finite += found.is_finite()
            for _ in range(3 if found.is_finite() else 0):
                point = mpmath.mpc(x + draw.uniform(-0.99, 0.99) * r, y + draw.uniform(-0.99, 0.99) * r)
                assert holds(found, mpmath.mpc(routes.VALUES[name](point))), (name, x, y, r, point)
    assert finite > 50


@pytest.mark.parametrize("name", COMPLEX)
def test_a_wide_box_is_enclosed_no_wider_than_a_few_times_its_image(name):
    with precision(64), mpmath.workprec(100):
        found = getattr(special, name)(box(3, 0, 0.25))
        corners = [routes.VALUES[name](3 + mpmath.mpc(x, y)) for x in (-0.25, 0.25) for y in (-0.25, 0.25)]
        reach = max(abs(corner - routes.VALUES[name](3)) for corner in corners)
    assert float(found.real.rad()) < 6 * reach


@pytest.mark.parametrize("name", ["digamma", "trigamma", "gamma"])
@pytest.mark.parametrize("radius", [0, 1e-9, 0.25])
def test_poles_are_not_enclosed(name, radius):
    with precision(64):
        for pole in (0, -1, -5):
            assert not getattr(special, name)(box(pole, 0, radius)).is_finite()


def test_the_cut_of_lgamma_is_not_enclosed():
    with precision(64):
        for x in (0, -0.5, -3.5):
            assert not special.lgamma(box(x, 0, 1e-9)).is_finite()
        assert special.lgamma(box(-0.5, 0.5, 1e-9)).is_finite()


def test_erfinv_is_the_inverse_of_erf_off_the_real_axis_too():
    draw = random.Random(2)
    with precision(120):
        for _ in range(200):
            w = acb(draw.uniform(-0.7, 0.7), draw.uniform(-0.1, 0.1))
            found = special.erfinv(w.erf())
            assert found.is_finite(), w
            assert found.overlaps(w), w
            assert found.real.rad() < 1e-25, w


def test_erfinv_on_a_box_holds_its_values_on_the_reals():
    draw, finite = random.Random(3), 0
    with precision(80), mpmath.workdps(40):
        for _ in range(200):
            x, r = draw.uniform(-0.95, 0.95), 10 ** draw.uniform(-8, -1)
            found = special.erfinv(box(x, 0, r))
            finite += found.is_finite()
            for u in (-0.99, 0, 0.99) if found.is_finite() else ():
                assert holds(found, mpmath.mpc(mpmath.erfinv(mpmath.mpf(x + u * r)))), (x, r, u)
    assert finite > 120


def test_erfinv_is_not_enclosed_at_its_ends_and_far_off_the_axis():
    with precision(64):
        for z in (box(1, 0, 0), box(0.99, 0, 0.02), box(-3, 1, 0), box(0.9, 5, 0)):
            assert not special.erfinv(z).is_finite()
