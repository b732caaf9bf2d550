"""One block of a run: the kernel's outputs on a range of inputs, compared with the truth.

The first inputs of each block are run twice, as a kernel that does not return the same bits again has no
report.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from itertools import combinations
from typing import NamedTuple

import numpy as np

from certify.certificate.floats import FLOAT64, FORMATS, Format, output, sampled, value
from certify.certificate.identity import Identity
from certify.kernels.arrays import Array, bits_of_keys, bits_of_sample
from certify.kernels.compare import Tally, compare, tally_of
from certify.kernels.naming import Stated
from certify.kernels.programs import Gradient, Kernel, KernelError, gradient
from certify.kernels.truth import Truth
from certify.language.errors import UsageError
from certify.language.numbers import describe

PIECE = 2**20  # inputs that a kernel is given at once
FEW = 4  # exceptions of an entry: of more not every choice is tried, but none and all


class NotDeterministic(KernelError):
    """A kernel that, run twice on the same inputs, returns other bits."""


class Done(NamedTuple):
    """What came of a block: the tally, and the sha256 of the outputs."""

    tally: Tally
    sha256: str


@cache
def prepared(kernel: Kernel, form_name: str) -> tuple[Truth, Gradient]:
    """The truth that a kernel is compared with, and the kernel itself."""
    form = FORMATS[form_name]
    return Truth(identity_of(kernel.stated), form), gradient(kernel, form)


@cache
def identity_of(stated: Stated) -> Identity:
    """The proof of f' = s on the whole line; UsageError where it has no identity, so that s is not known
    to be the truth.

    Of the exceptions the fewest are kept with which there is a proof: at the others f'(x) = s(x), and they
    are inputs like any other.
    """
    from certify.prover.identity.search import identify

    every = stated.exceptions
    some = range(1, len(every)) if len(every) <= FEW else ()
    for count in (0, *some, len(every)):
        for exceptions in combinations(every, count):
            found = identify(stated._replace(exceptions=exceptions).spec)
            if isinstance(found, Identity):
                return found
    raise UsageError(
        f"{stated.name}: no identity f' = s on the whole line, so s is not known to be the truth"
    )


def block(kernel: Kernel, form_name: str, start: int, stop: int, end: int) -> Done:
    """What comes of the block start <= key < stop of a run to the key before `end`."""
    truth, run = prepared(kernel, form_name)
    if truth.form is FLOAT64:
        return _sampled(truth, run, start, stop)
    pieces = [
        bits_of_keys(truth.form, first, min(first + PIECE, stop)) for first in range(start, stop, PIECE)
    ]
    parts = [run(bits) for bits in pieces]
    _run_again(run, pieces[0], parts[0], truth.form, range(start, stop))
    outputs = np.concatenate(parts) if len(parts) > 1 else parts[0]
    following = float(run(bits_of_keys(truth.form, stop, stop + 1))[0]) if stop < end else None
    return Done(compare(truth, start, stop, outputs, following), digest(outputs))


def _sampled(truth: Truth, run: Gradient, start: int, stop: int) -> Done:
    """What comes of the sample of binary64."""
    keys = sampled(start, stop)
    outputs = run(bits_of_sample(keys))
    _run_again(run, bits_of_sample(keys), outputs, truth.form, keys)
    rows = zip(keys, outputs.tolist(), strict=True)
    left_out = set(truth.kinks)
    tally = sum((tally_of(truth, key, g) for key, g in rows if key not in left_out), start=Tally())
    return Done(tally, digest(outputs))


def _run_again(run: Gradient, bits: Array, before: Array, form: Format, keys: Sequence[int]) -> None:
    """NotDeterministic where the kernel, on the same inputs once more, returns other bits."""
    after = run(bits)
    same = (before == after) & (np.signbit(before) == np.signbit(after))
    same |= np.isnan(before) & np.isnan(after)
    if same.all():
        return
    place = int(np.argmin(same))
    key = keys[place]
    first, second = (output(key, float(outputs[place])).text for outputs in (before, after))
    x = "-0" if key == -1 else describe(value(form, key))
    raise NotDeterministic(
        f"the kernel is not deterministic: at x = {x} it returned {first}, and on the same inputs once more"
        f" {second}, so that no report says what it computes"
    )


def digest(outputs: Array) -> str:
    """The sha256 of the outputs, ascending by input, as the little-endian binary32 or binary64 numbers
    that they are held in; every NaN as one, as its bits mean nothing."""
    held = np.where(np.isnan(outputs), np.abs(outputs.dtype.type(np.nan)), outputs)
    return sha256(held.astype(outputs.dtype.newbyteorder("<"), copy=False).data).hexdigest()
