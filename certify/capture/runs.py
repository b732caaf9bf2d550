"""What was read of a program is what runs: the framework's own values at some points, beside the terms'.

A trace sees one call, at one shape, in one format, without values, for an incoming gradient of 1.  A
function that knows that it is traced, that returns something else in its second call, for arrays, in another
format, or where a graph of the gradient is made, or whose backward forgets the incoming gradient, is read as
less than it is: here it is run, and what it returns is held against the terms.  That finds what is wrong by
more than rounding, and proves nothing; a proof is only of the terms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from itertools import cycle, islice
from math import isfinite, prod
from typing import NamedTuple

from certify.capture.program import CapturedProgram, NotTraced, Shape, Unsupported
from certify.language.errors import GuardUndecided, TermError
from certify.language.terms import Term, expand_output
from certify.notation.trace import describe_error
from certify.prover.enclosure.ball import BallProgram, NotAnalytic, TooLarge, acb, exact, precision
from certify.prover.enclosure.kinks import germs

POINTS = tuple(n / 1024 for n in (-2355, -717, -317, 439, 851, 1945, 3175))  # exact at every dtype
# of 1 + |value|: far more than a kernel's rounding
SLACK = {"float64": 1e-6, "float32": 1e-3, "float16": 0.1, "bfloat16": 0.1}
ALL_NEED_ONE = "where the held arguments need one too"
_ROUNDED = {"float64": 0.0, "float32": 2.0**-20, "float16": 2.0**-8, "bfloat16": 2.0**-5}  # 8 units and more
WEIGHED = "where the incoming gradient is 3, and that is divided out"
_INCOMING = (1.0, -2.0, 0.5, 4.0)  # gradients, in turn: by which one divides without rounding
_OUTER: tuple[Shape, ...] = ((), (2,), (512, 1))  # of the shapes in which several points are run
_BITS = 128
_BLUR = 1e-9  # the radius beyond which a ball tells no value


class Run(NamedTuple):
    """What a function and its gradient returned, flat."""

    values: list[float]
    slopes: list[float]


Runner = Callable[[list[float], Shape], Run]  # of points in a shape


def incoming(count: int, factor: float = 1.0) -> list[float]:
    """The gradients of the outputs that a run is given: not all alike where there are several."""
    return [factor * weight for weight in islice(cycle(_INCOMING), count)]


def ran(values: list[float], slopes: list[float], given: list[float]) -> Run:
    """What a run returned, without the incoming gradients: each one's of as many outputs as inputs, or that
    of the only output."""
    weights = given if len(given) == len(slopes) else given[:1] * len(slopes)
    return Run(values, [slope / weight for slope, weight in zip(slopes, weights, strict=True)])


def other_formats(dtype: str) -> dict[str, str]:
    """The other formats that a function is run in, and what that is called."""
    return {f"at {other}": other for other in SLACK if other != dtype}


class _Seen(NamedTuple):
    point: float
    value: float
    slope: float


def checked_by_running(
    program: CapturedProgram, run: Runner, variants: Mapping[str, Runner], *, forward: bool = True
) -> CapturedProgram:
    """The program, with whether it is one of one number alone; Unsupported where what runs is not what was
    read, NotTraced where it does not run at all.

    variants  other ways to run it, which must not change the gradient, and when they are taken
    forward   whether the function was read, or only its gradient
    """
    slack = SLACK[program.dtype]
    s = expand_output(program.derivative, program.function)
    seen = list(_alone(program, run))
    for point, value, slope in seen:
        if forward:
            _compare("it", value, _value(program.function, point), point, slack)
        _compare("its gradient", slope, _value(s, point), point, slack)
    if seen:
        for when, variant in variants.items():
            for one in seen:
                _alike(program, variant, when, one, run)
        shapes = [(*outer, len(seen)) for outer in _OUTER]
        together = [_together(run, seen, shape, slack) for shape in shapes]
        return program._replace(alone=not all(together))
    return program


def _compare(what: str, found: float, read: float | None, point: float, slack: float) -> None:
    if read is not None and not _near(found, read, slack):
        _refuse(point, f"{what} is {found:.6g} when it runs, and {read:.6g} as it was traced")


def _alone(program: CapturedProgram, run: Runner) -> Iterator[_Seen]:
    """The function at each point at which it has a value and a gradient."""
    errors = []
    for point in POINTS:
        try:
            (value,), (slope,) = run([point], program.shape)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # out of its domain a function may raise anything
            errors.append(error)
            continue
        if isfinite(value) and isfinite(slope):
            yield _Seen(point, value, slope)
    if len(errors) == len(POINTS):
        raise NotTraced(f"{program.target} does not run: {describe_error(errors[0])}") from errors[0]


def _alike(program: CapturedProgram, variant: Runner, when: str, one: _Seen, run: Runner) -> None:
    """Run that way, the gradient must be the same; in another format, where it has a value, up to what an
    argument that is some units off explains too."""
    other = other_formats(program.dtype).get(when)
    try:
        (_,), (slope,) = variant([one.point], program.shape)
        moved = [] if other is None else _moved(program, run, one.point, _ROUNDED[other])
    except Exception:  # a function that cannot be run that way has no gradient there to be wrong
        return
    if other is not None and not isfinite(sum([slope, *moved])):  # too large or too small for that format
        return
    slack = max(SLACK[program.dtype], SLACK[other or program.dtype])
    spread = max((abs(at - one.slope) for at in moved), default=0.0)
    if not abs(slope - one.slope) <= slack * (1 + abs(one.slope)) + spread:
        _refuse(one.point, f"its gradient is {slope:.6g} {when}, and else {one.slope:.6g}")


def _moved(program: CapturedProgram, run: Runner, point: float, share: float) -> list[float]:
    """The gradients at both sides of a point, that share of it away."""
    found = [run([point * (1 + sign * share)], program.shape) for sign in (-1, 1)]
    return [slope for one in found for slope in one.slopes]


def _together(run: Runner, seen: list[_Seen], shape: Shape, slack: float) -> bool:
    """At several points at once, of a function that is then each one's, or their sum or mean, the gradient
    must be each one's. Any other, such as a softmax, or what raises, is False: of that nothing is said."""
    rows = seen * prod(shape[:-1])
    try:
        values, slopes = run([row.point for row in rows], shape)
    except Exception:  # a function, or a backward, that takes one number only
        return False
    total = sum(row.value for row in rows)
    if len(values) == len(rows) and all(
        _near(v, row.value, slack) for v, row in zip(values, rows, strict=True)
    ):
        share, what = 1.0, "each"
    elif len(values) == 1 and _near(values[0], total / len(rows), slack):
        share, what = 1 / len(rows), "their mean"
    elif len(values) == 1 and _near(values[0], total, slack):
        share, what = 1.0, "their sum"
    else:
        return False
    for row, slope in zip(rows, slopes, strict=True):
        if not _near(slope, row.slope * share, slack):
            at = f"of a tensor of shape {shape} it is {what}, and its gradient {slope:.6g}"
            _refuse(row.point, f"{at}, needs {row.slope * share:.6g}; incoming gradients are divided out")
    return True


def _refuse(point: float, what: str) -> None:
    raise Unsupported(f"what runs is not what was traced: at x = {point}, {what}")


def _near(found: float, expected: float, slack: float) -> bool:
    return abs(found - expected) <= slack * (1 + abs(expected))


def _value(term: Term, point: float) -> float | None:
    """The term's value, None where it has none, or none that balls can tell."""
    x = Fraction(point)
    try:
        with precision(_BITS):
            (value,) = BallProgram(germs(term, x)[1])(acb(exact(x)))
            middle, radius = float(value.real.mid()), float(value.real.rad())
    except (NotAnalytic, GuardUndecided, TermError, TooLarge):
        return None
    return middle if radius <= _BLUR * (1 + abs(middle)) else None
