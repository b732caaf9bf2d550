"""Special functions on complex boxes, by Arb: the rules of `ball` for them.

Each encloses the one analytic function of its row in `language.functions`, and is not finite
where the box may touch a cut or a pole (near a pole the function is unbounded, so a finite
enclosure shows that there is none).  On a wide box Arb's own enclosures are far too wide:
there the mean value form f(c) + f'(box)*(box - c) is used, with a bound of |f'| that is
stated where it is used.
"""

from __future__ import annotations

from flint import acb, arb

NAN = acb("nan", "nan")
NARROW = 2**-20  # a box no wider on either side goes to Arb as it is
MAX_SHIFT = 64  # of the argument of the gamma functions to the right, on wide boxes
ERFINV_GROWTHS = 12  # of the box that is tried
ERFINV_STEPS = 40  # of Newton's method, which needs a dozen


def _is_narrow(z: acb) -> bool:
    return not z.is_finite() or bool(z.real.rad() < NARROW and z.imag.rad() < NARROW)


def _centre(z: acb) -> acb:
    return acb(z.real.mid(), z.imag.mid())


def _about(centre: acb, radius: arb) -> acb:
    """A box that contains the disc of that radius."""
    reach = arb(0, radius.abs_upper())
    return centre + acb(reach, reach)


def _lipschitz(value: acb, z: acb, slope: arb) -> acb:
    """f on the convex box z, from f at its centre and a bound of |f'| on it."""
    return _about(value, slope.abs_upper() * (z - _centre(z)).abs_upper())


# --- gamma functions --------------------------------------------------------------------


def _shift(z: acb) -> int | None:
    """n >= 0 with Re(z) + n > 1 on the whole box; None beyond MAX_SHIFT."""
    low = z.real.lower()
    return next((n for n in range(MAX_SHIFT) if low + n > 1), None)


def lgamma(z: acb) -> acb:
    """log Gamma on the plane less (-inf, 0], real on (0, inf) (DLMF 5.2)."""
    if not (z.real > 0 or not z.imag.contains(0)):
        return NAN
    if _is_narrow(z):
        return z.lgamma()
    return _lipschitz(_centre(z).lgamma(), z, digamma(z).abs_upper())


def digamma(z: acb) -> acb:
    """Gamma'/Gamma (DLMF 5.2.2)."""
    if _is_narrow(z):
        return z.digamma()
    n = _shift(z)
    if n is None:
        return NAN
    # |psi'(w)| <= sum 1/|w + k|**2 <= psi'(a) for Re w >= a > 0 (DLMF 5.15.1); 5.5.2 undoes the shift
    w = z + n
    value = _lipschitz(_centre(w).digamma(), w, acb(w.real.lower()).polygamma(1).real)
    for k in range(n):
        value -= 1 / (z + k)
    return value


def trigamma(z: acb) -> acb:
    """The derivative of digamma."""
    if _is_narrow(z):
        return z.polygamma(1)
    n = _shift(z)
    if n is None:
        return NAN
    # |psi''(w)| <= sum 2/|w + k|**3 <= |psi''(a)| for Re w >= a > 0 (DLMF 5.15.1)
    w = z + n
    value = _lipschitz(_centre(w).polygamma(1), w, acb(w.real.lower()).polygamma(2).real)
    for k in range(n):
        value += 1 / ((z + k) * (z + k))
    return value


def gamma(z: acb) -> acb:
    """Euler's Gamma (DLMF 5.2.1); on a wide box by Gamma(z) = Gamma(z + n)/(z*...*(z + n - 1))."""
    if _is_narrow(z):
        return z.gamma()
    n = _shift(z)
    if n is None:
        return NAN
    value = lgamma(z + n).exp()
    for k in range(n):
        value /= z + k
    return value


# --- entire functions -------------------------------------------------------------------


def _bessel_i(order: int, z: acb) -> acb:
    # I_n(z) = integral of exp(z*cos t)*cos(n*t) dt/pi over [0, pi] (DLMF 10.32.3), so that
    # |I_n(z)| and |I_n'(z)| are at most I_0(Re z) <= I_0(max |Re z|).
    if _is_narrow(z):
        return z.bessel_i(order)
    return _lipschitz(_centre(z).bessel_i(order), z, acb(z.real.abs_upper()).bessel_i(0).real)


def i0(z: acb) -> acb:
    """The modified Bessel function I_0 (DLMF 10.25.2)."""
    return _bessel_i(0, z)


def i1(z: acb) -> acb:
    """The modified Bessel function I_1 (DLMF 10.25.2)."""
    return _bessel_i(1, z)


def sinc(z: acb) -> acb:
    """sin(pi*z)/(pi*z), 1 at 0."""
    if _is_narrow(z):
        return z.sinc_pi()
    # sinc(z) is the integral of exp(i*pi*z*t) dt/2 over [-1, 1], so that |sinc(z)| <= E and
    # |sinc'(z)| <= pi/2*E with E = exp(pi*|Im z|); and sinc'(z) = (cos(pi*z) - sinc(z))/z.
    E = (arb.pi() * z.imag.abs_upper()).exp()
    away = z.abs_lower()
    slope = 2 / away if away > 2 else arb.pi() / 2
    return _lipschitz(_centre(z).sinc_pi(), z, slope * E)


# --- the inverse of erf -----------------------------------------------------------------


def erfinv(z: acb) -> acb:
    """The inverse of erf on (-1, 1), continued from there along vertical lines.

    Let T be the box z made symmetric about the real axis.  A box W about a real c, convex and
    symmetric, and Y != 0 are found such that for each t of T the map w -> w - Y*(erf(w) - t)
    takes W into itself and contracts there.  Then each t has one w(t) in W with erf(w(t)) = t; it
    is analytic in t since erf' != 0 on W; and it is real, so the inverse of erf, at the real t,
    since its conjugate is another such w.  Two boxes that share a point share the vertical
    line from it to the real axis, on which they agree: one function.
    """
    if not z.is_finite() or not z.real.abs_upper() < 1:
        return NAN
    c = acb(arb(z.real.mid()).erfinv().mid())
    tall = acb(z.real, arb(0, z.imag.abs_upper()))
    Y = acb(1 / _erf_slope(c).real.mid())
    step = c + Y * (tall - c.erf())
    image = step
    for _ in range(ERFINV_GROWTHS):
        W = _inflated(image, c)
        contraction = 1 - Y * _erf_slope(W)
        if not contraction.abs_upper() < 1:
            return NAN
        image = step + contraction * (W - c)
        if W.contains(image):
            return _in_solution_box(z, c, W)
    return NAN


def _inflated(box: acb, c: acb) -> acb:
    """A box about the real c, symmetric about the real axis, that contains more than the box."""
    across, up = (box - c).real.abs_upper(), box.imag.abs_upper()
    return acb(arb(c.real, 9 * across / 8), arb(0, 9 * up / 8))


def _in_solution_box(z: acb, c: acb, W: acb) -> acb:
    """w(z), from W that contains it: w(z) - p is in (z - erf(p))/erf'(W) for any p of W, by the
    mean value theorem on a convex box; p is a solution for the centre of z, to all bits."""
    p, target = c, _centre(z)
    for _ in range(ERFINV_STEPS):
        moved = _centre(p + (target - p.erf()) / _erf_slope(p))
        if moved == p or not moved.is_finite():
            break
        p = moved
    return p + (z - p.erf()) / _erf_slope(W) if W.contains(p) else W


def _erf_slope(w: acb) -> acb:
    return 2 / arb.pi().sqrt() * (-w * w).exp()
