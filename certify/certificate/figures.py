"""The figures of a report, one row each: what is counted, or what the largest is taken of.

A row's predicate asks of one output, beside the truth t = f'(x); it is written with < == & | alone, so
that the run asks it of arrays of outputs and the verifier of one, a `Seen`.  With RN(t) the number of
the format nearest to t (ties to even; an infinity beyond the last) and ulp the spacing of the format's
numbers in the binade of RN(t), of the greatest binade where RN(t) is infinite, the error of a finite
output in ULP is |got - t| / ulp.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from certify.certificate.floats import Format, KernelOutput

Ends = tuple[Fraction, Fraction]


class Seen(NamedTuple):
    """One output beside the truth; in the run the same names are arrays.

    got       the output, +-beyond where it is infinite; 0 where it is NaN, when only `nan` is asked
    nearest   RN(t)
    unit      the ulp there
    above_1   whether |got - t| > ulp, of a finite output
    error     the ends of an enclosure of |got - t|, of a finite output
    """

    nan: bool
    number: bool  # finite or infinite
    finite: bool
    infinite: bool
    got: Fraction
    nearest: Fraction
    unit: Fraction
    above_1: bool
    error: Ends


class Pair(NamedTuple):
    """Two neighbours' outputs, and the sign of the truth's difference; in the run arrays."""

    number: bool  # neither is NaN
    before: Fraction
    after: Fraction
    slope: int


class Figure(NamedTuple):
    """A row: its words, its sort, and whether an output, or a pair, is one of it.

    measure  of a maximum: of what, "ulps" or "error"
    """

    words: str
    sort: str
    of: Callable[[Any], Any]
    measure: str = ""


SHARE, COUNT, PAIRS, MAXIMUM = "share", "count", "pairs", "maximum"  # only a share has no witnesses


def _wrong_sign(o: Any) -> Any:
    return ((o.got < 0) & (o.nearest > 0)) | ((o.got > 0) & (o.nearest < 0))


def _falls(p: Any) -> Any:
    return p.number & (((p.after < p.before) & (p.slope > 0)) | ((p.after > p.before) & (p.slope < 0)))


def _is_large(o: Any) -> Any:
    return abs(o.nearest) * 1024 >= 1  # 1/1024 is a number of every format


# fmt: off
FIGURES: Mapping[str, Figure] = {
    "finite": Figure("finite", SHARE, lambda o: o.finite),
    "correctly_rounded": Figure("correctly rounded", SHARE, lambda o: o.number & (o.got == o.nearest)),
    "above_1": Figure("more than 1 ULP", COUNT, lambda o: o.finite & o.above_1),
    "nan": Figure("NaN", COUNT, lambda o: o.nan),
    "infinite": Figure("infinite where RN(f') is not so", COUNT, lambda o: o.infinite & (o.got != o.nearest)),
    "zero": Figure("0 where RN(f') is not", COUNT, lambda o: o.number & (o.got == 0) & (o.nearest != 0)),
    "wrong_sign": Figure("of the wrong sign", COUNT, lambda o: o.finite & _wrong_sign(o)),
    "not_monotone": Figure("not monotone, of pairs", PAIRS, _falls),
    "ulp": Figure("maximum error, ULP", MAXIMUM, lambda o: o.finite, "ulps"),
    "ulp_large": Figure("  where |RN(f')| >= 1/1024", MAXIMUM, lambda o: o.finite & _is_large(o), "ulps"),
    "absolute": Figure("maximum error", MAXIMUM, lambda o: o.finite, "error"),
}
# fmt: on


def of_sort(*sorts: str) -> tuple[str, ...]:
    """The kinds of these sorts, in order."""
    return tuple(kind for kind, figure in FIGURES.items() if figure.sort in sorts)


COUNTED = of_sort(SHARE, COUNT, PAIRS)  # what adds up over the blocks of a run
# An input of which a run did not settle RN(t), or whether the output is more than 1 ULP off: no other
# figure counts it, and no maximum is taken of it.
UNDECIDED = "undecided"
# shown by the input nearest to 0 and the one furthest from it
WITNESSED = (*of_sort(COUNT, PAIRS), UNDECIDED)
MAXIMA = of_sort(MAXIMUM)


def seen(form: Format, output: KernelOutput, truth: Ends) -> Seen | None:
    """An output beside an enclosure of the truth; None where that does not settle RN(t) and whether
    the error is more than 1 ULP."""
    low, high = truth
    nearest = form.nearest(low)
    if nearest != form.nearest(high):
        return None
    unit, got, finite, infinite = form.ulp(nearest), Fraction(0), False, False
    if output.got is not None:
        got, finite = output.got, True
    elif output.text != "nan":
        got, infinite = -form.beyond if output.text == "-inf" else form.beyond, True
    error = max(low - got, got - high, Fraction(0)), max(high - got, got - low)
    if finite and error[0] <= unit < error[1]:
        return None
    number = finite or infinite
    return Seen(not number, number, finite, infinite, got, nearest, unit, error[0] > unit, error)


def magnitude(key: int) -> tuple[int, int]:
    """The order of |x|, the positive one first."""
    return (key, 0) if key >= 0 else (-1 - key, 1)
