"""What the tests of both frameworks share: functions, points, and values by mpmath."""

import mpmath

from certify.capture.program import entry
from certify.capture.rounding import within
from certify.language.spec import parse_interval
from certify.language.terms import Output, substitute
from tests import routes

POINTS = (-7.3, -2.6, -0.9, -0.3, 0.4, 0.8, 1.7, 5.2)


# What PyTorch's kernels for doubles have in the place of the decomposition's arithmetic: the float32
# next to 1/6, and a short series.
KERNELS = {"hardsigmoid": 1e-7, "torch.digamma": 1e-9}


def same_values(program, value, slope, points=POINTS):
    """The program's terms have the framework's values, which are rounded."""
    slack = KERNELS.get(program.target, 1e-11)
    derivative = substitute(program.derivative, lambda t: program.function if isinstance(t, Output) else t)
    with mpmath.workdps(30):
        for x in points:
            for term, expected in ((program.function, value(x)), (derivative, slope(x))):
                found = routes.value(term, mpmath.mpf(x))
                assert abs(found - expected) <= slack * (1 + abs(found)), (x, found, expected)


POSITIVE, UNIT, ABOVE_1 = (0.4, 0.8, 1.7, 5.2), (-0.9, -0.3, 0.4, 0.8), (1.7, 5.2)


def from_module(module, names):
    """The module's functions of these names."""
    return {name: getattr(module, name) for name in names.split()}


def named(module, names, points):
    """The same, with the points to evaluate them at, under names that tell the module."""
    prefix = module.__name__.rpartition(".")[2]
    return {f"{prefix}.{name}": (f, points) for name, f in from_module(module, names).items()}


def judged(program, domain="-10,10"):
    """The verdict of `certify capture` on a program."""
    claim = entry(program, (parse_interval(domain),))
    return within(program, claim, claim.spec()).prove()
