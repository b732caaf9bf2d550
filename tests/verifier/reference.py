"""Nasty arguments for the verifier's arithmetic, and Arb as the judge of what it returns."""

import contextlib

import flint
from flint import acb, arb
from mpmath.libmp import from_man_exp, fzero, mpf_add, mpf_mul, mpf_sub

BITS = (53, 128, 160, 400, 1000)


@contextlib.contextmanager
def arb_precision(bits):
    before = flint.ctx.prec
    flint.ctx.prec = bits
    try:
        yield
    finally:
        flint.ctx.prec = before


def number(man, exp=0, bits=0, rounding="n"):
    """man * 2**exp, exactly or rounded to some bits."""
    return from_man_exp(man, exp, bits, rounding)


def exact(raw):
    """The number as an arb of radius 0."""
    sign, man, exp, _ = raw
    return arb((-int(man) if sign else int(man), exp))


def rounded(x, bits):
    """The middle of an arb as a number of some bits."""
    return number(*(int(part) for part in x.mid().man_exp()), bits)


def softplus(z):
    return z + (-z).exp().log1p() if z.real > 0 else z.exp().log1p()


SINES = ("sin", "cos", "tan", "sinh", "cosh", "tanh")
INVERSES = ("asin", "acos", "atan", "asinh", "acosh", "atanh")
NAMED = ("exp", "log", "sqrt", "log1p", "expm1", *SINES, *INVERSES, "erf", "erfc")
FUNCTIONS = {
    **{name: getattr(acb, name) for name in NAMED},
    "neg": lambda z: -z,
    "sigmoid": lambda z: 1 / (1 + (-z).exp()),
    "softplus": softplus,
}


# --- arguments --------------------------------------------------------------------------


def component(rng, bits, most=1000):
    """A nasty real number of at most `bits` bits and size about 2**most."""
    kind = rng.choices(("ordinary", "special", "near", "tiny", "huge"), (5, 2, 5, 2, 1))[0]
    sign, man = rng.choice((-1, 1)), rng.getrandbits(bits) | 1
    if kind == "ordinary":
        return number(sign * man, rng.randint(-8, min(most, 5)) - bits)
    if kind == "special":
        return number(sign * rng.choice((0, 1, 1, 2, 3, 4, 8)), -rng.randint(0, 2))
    if kind == "near":  # a zero, a pole, an end of a cut
        with arb_precision(bits + 64):
            anchor = rng.choice((arb(1), arb(1), arb.pi() / 2 * rng.randint(1, 4 if most < 9 else 40)))
            distance = rng.choice((0, arb((rng.choice((-1, 1)) * man, -bits - rng.randint(0, bits)))))
            return rounded(sign * (anchor + distance), bits)
    if kind == "tiny":
        return number(sign * man, rng.choice((-1030, -2000, -bits, -2 * bits)) - bits)
    return number(sign * man, rng.randint(min(most, 6), most) - bits)


def point(rng, bits, most=1000):
    x = component(rng, bits, most)
    return x, x


def thin(rng, bits, most=1000):
    """A point or a few units in the last place."""
    x = component(rng, bits, most)
    width = mpf_mul(x, number(rng.randint(0, 8), -bits))
    return x, mpf_add(x, (0, *width[1:]), bits, "c")


def wide(rng, bits, most=1000):
    """An interval of positive width, one in four about 0."""
    x = component(rng, bits, most)
    if rng.random() < 0.25:
        a, b = (0, *x[1:]), (0, *component(rng, bits, most)[1:])
        return (1 if a[1] else 0, *a[1:]), b
    size = rng.choice((fzero, (0, *x[1:]), number(1)))
    width = mpf_add(mpf_mul(size, number(1, -rng.randint(0, 12))), number(1, -rng.randint(1, 40)))
    return x, mpf_add(x, width, bits, "c")


def inside(rng, interval):
    """An end of the interval or a point of its 32-fold division."""
    lo, hi = interval
    part = mpf_mul(mpf_sub(hi, lo), number(rng.choice((0, 0, 32, 32, rng.randint(1, 31))), -5))
    return mpf_add(lo, part)


def samples(rng, rectangle, count):
    """Points of the rectangle as exact acb."""
    return [acb(*(exact(inside(rng, side)) for side in rectangle)) for _ in range(count)]


# --- judgement --------------------------------------------------------------------------


def width(interval):
    return exact(interval[1]) - exact(interval[0])


def spread(rectangle):
    """The longer side of a rectangle."""
    a, b = (width(side) for side in rectangle)
    return a if a > b else b


def true_value(name, z, bits):
    """An acb ball about name(z), tiny beside what `bits` bits resolve."""
    prec = 2 * bits + 200
    while True:
        with arb_precision(prec):
            value = FUNCTIONS[name](z)
            if value.is_finite() and value.rad() <= abs(value.mid()) * arb((1, -bits - 60)):
                return value
        prec *= 2
        assert prec < 50_000, f"Arb finds no value of {name} at {z}"


def holds(rectangle, value):
    """Whether the ball meets the rectangle: its middle is within its radius of it."""
    return not any(
        part < exact(lo) or part > exact(hi)
        for (lo, hi), part in zip(rectangle, (value.real, value.imag), strict=True)
    )


def shown(rectangle):
    """The sides of a rectangle, exact: man*2**exp."""
    return " x ".join(str([f"{(-1) ** n[0] * int(n[1])}*2**{n[2]}" for n in side]) for side in rectangle)
