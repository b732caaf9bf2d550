"""The same claim by other tools, in one run: |f' - s| <= tol on [-10, 10] for f = sigmoid and
s = y*(1 - y), each with the best settings that were found for it.

CoqInterval and Codac are given f' by rule; Sollya differentiates; gradcheck compares with central
differences at points and proves nothing.  A peer that is not installed is named as such: Debian
has coq, libcoq-interval and sollya, PyPI codac and torch.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from certify.api import MAX_PRECISION
from certify.catalogue import builtin
from certify.certificate.enclosure import encode
from certify.prover.enclosure.search import enclose
from certify.prover.verdict import Proved
from certify.verifier.checker import verify

ENTRY = builtin()["sigmoid"]


class Row(NamedTuple):
    """A tool, what it shows, and its seconds, None where it is not installed."""

    tool: str
    shows: str
    seconds: float | None


def timed(action: Callable[[], object]) -> float:
    """Its seconds."""
    begun = perf_counter()
    action()
    return perf_counter() - begun


def certify(digits: int) -> Iterator[Row]:
    """The enclosure from values of f, and its verification."""
    verdict = enclose(ENTRY.spec(atol=Fraction(1, 10**digits)), MAX_PRECISION)
    if not isinstance(verdict, Proved):
        raise SystemExit("sigmoid is not certified")
    data = encode(verdict.certificate)
    proving = min(
        timed(lambda: enclose(ENTRY.spec(atol=Fraction(1, 10**digits)), MAX_PRECISION)) for _ in range(5)
    )
    tiles = verdict.statistics.tiles
    yield Row("certify, proving", f"1e-{digits}, from values of f, {tiles} tiles", proving)
    yield Row("certify, verifying", f"1e-{digits}", min(timed(lambda: verify(data)) for _ in range(5)))


# The halves are written so that nothing overflows, which is worth a factor of 3.
COQ = """From Coq Require Import Reals.
From Interval Require Import Tactic.
Open Scope R_scope.
Goal forall x, 0 <= x <= 10 -> Rabs (exp (-x) / (1 + exp (-x)) ^ 2
  - (1 / (1 + exp (-x))) * (1 - 1 / (1 + exp (-x)))) <= 1 / 10 ^ {digits}.
Proof. intros x H. interval with (i_bisect x, i_taylor x, i_degree {degree}, i_prec {bits}). Qed.
Goal forall x, -10 <= x <= 0 -> Rabs (exp x / (1 + exp x) ^ 2
  - (exp x / (1 + exp x)) * (1 - exp x / (1 + exp x))) <= 1 / 10 ^ {digits}.
Proof. intros x H. interval with (i_bisect x, i_taylor x, i_degree {degree}, i_prec {bits}). Qed.
"""


def coq(digits: int, degree: int, bits: int) -> Row:
    """CoqInterval: Taylor models and bisection, checked by Coq's kernel."""
    shows = f"1e-{digits}, by Coq's kernel, f' supplied"
    if shutil.which("coqc") is None:
        return Row("CoqInterval", shows, None)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "claim.v"
        source.write_text(COQ.format(digits=digits, degree=degree, bits=bits))
        return Row("CoqInterval", shows, timed(lambda: run(["coqc", "-q", str(source)])))


SOLLYA = """prec=200!; f=1/(1+exp(-x)); r=infnorm(diff(f)-f*(1-f), [-10;10]);
display=decimal!; print(sup(r)); quit;
"""


def sollya() -> Row:
    """Sollya's infnorm, which bounds the maximum rigorously and differentiates by itself."""
    if shutil.which("sollya") is None:
        return Row("Sollya infnorm", "a bound", None)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "claim.sollya"
        source.write_text(SOLLYA)
        begun = perf_counter()
        bound = run(["sollya", str(source)])
        return Row("Sollya infnorm", f"{float(bound.split()[-1]):.0e}, 200 bits", perf_counter() - begun)


def codac(digits: int) -> Row:
    """Bisection by Codac's natural interval evaluation."""
    shows = f"1e-{digits}, f' supplied"
    try:
        from codac import AnalyticFunction, Interval, ScalarVar, exp, sqr
    except ImportError:
        return Row("Codac bisection", shows, None)
    x = ScalarVar()
    e = exp(-x)
    difference = AnalyticFunction([x], e / sqr(1 + e) - (1 / (1 + e)) * (1 - 1 / (1 + e)))
    boxes, stack = 0, [Interval(-10, 10)]
    begun = perf_counter()
    while stack:
        box = stack.pop()
        boxes += 1
        if not difference.eval(box).mag() <= 10.0**-digits:
            stack += box.bisect()
    return Row("Codac bisection", f"{shows}, {boxes} boxes", perf_counter() - begun)


def gradcheck() -> Row:
    """PyTorch's gradcheck at a thousand points."""
    try:
        import torch
    except ImportError:
        return Row("PyTorch gradcheck", "1000 points", None)
    points = torch.linspace(-10, 10, 1000, dtype=torch.float64, requires_grad=True)
    check = torch.autograd.gradcheck
    seconds = timed(lambda: check(torch.sigmoid, points, eps=1e-6, atol=1e-9, rtol=0))
    return Row("PyTorch gradcheck", "1e-9 at 1000 points, no proof", seconds)


def run(command: list[str]) -> str:
    """The output of a peer; the program ends where it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{command[0]}: {done.stderr or done.stdout}")
    return done.stdout


def main() -> None:
    """Print the table; seconds, and the ratio to certify's proving at 1e-10."""
    quick = sys.argv[1:] == ["--quick"]
    rows = [*certify(10), *certify(30), gradcheck(), codac(6 if quick else 8)]
    if not quick:
        rows += [coq(10, 8, 60), coq(15, 10, 80), sollya()]
    unit = rows[0].seconds or 1
    print("| tool | what it shows of sigmoid on [-10, 10] | seconds | ratio |\n|---|---|---|---|")
    for row in rows:
        time = "not installed |" if row.seconds is None else f"{row.seconds:.3g} | {row.seconds / unit:,.0f}"
        print(f"| {row.tool} | {row.shows} | {time} |")


if __name__ == "__main__":
    main()
