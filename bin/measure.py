"""The benchmark: proving against the bare Arb evaluations, verifying against proving, the
whole process against its imports, and time against digits and domain width.

Ratios of times taken in one run; each time is the least of a few repetitions.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from statistics import median
from time import perf_counter

from certify.api import MAX_PRECISION
from certify.catalogue import Entry, builtin
from certify.certificate import Certificate, Enclosure, encode
from certify.enclosure.ball import Program, acb, exact, precision, roots_of_unity
from certify.enclosure.prover import prove
from certify.enclosure.quotient import START_DEPTH, cover_disc
from certify.language.pieces import open_interval_sign, resolve
from certify.verdict import Certified
from certify.verifier.checker import verify

REPETITIONS = 5
IMPORTS = [sys.executable, "-c", "import flint, click"]
CERTIFY = [str(Path(sys.executable).with_name("certify"))]


def least(action: Callable[[], object]) -> float:
    """The least time of a few runs, in seconds."""
    times = []
    for _ in range(REPETITIONS):
        begun = perf_counter()
        action()
        times.append(perf_counter() - begun)
    return min(times)


def certified(entry: Entry, domain: str = "", atol: Fraction = Fraction(1, 10**30)) -> Certified:
    from certify.spec import parse_interval

    stated = (parse_interval(domain),) if domain else ()
    verdict = prove(entry.spec(stated, atol=atol), MAX_PRECISION)
    if not isinstance(verdict, Certified):
        raise SystemExit(f"{entry.name} is not certified")
    return verdict


def bare_evaluations(certificate: Certificate) -> Callable[[], None]:
    """The node and box evaluations of a proof, and nothing else: programs made beforehand."""
    f, s = certificate.spec.bound_terms()
    work = []
    proof = certificate.proof
    for component in proof.components if isinstance(proof, Enclosure) else ():
        for tile, a, b in zip(component.tiles, component.ends, component.ends[1:], strict=False):
            sign = open_interval_sign(a, b)
            work.append((Program(resolve(f, sign), resolve(s, sign)), tile.quotient, (a + b) / 2))

    def run() -> None:
        for program, quotient, m in work:
            cover_disc(program, m, quotient.R, START_DEPTH, 10_000)
            with precision(quotient.bits):
                centre, radius = acb(exact(m)), exact(quotient.r)
                for w in roots_of_unity(quotient.nodes, quotient.bits):
                    program(centre + radius * w)

    return run


def entries_table(entries: list[Entry]) -> None:
    print("Proving and verifying on [-10, 10] at 1e-30 (times in ms)\n")
    print("entry        tiles  nodes   bare   prove  prove/bare  verify  verify/prove")
    totals = [0.0, 0.0, 0.0, 0.0, 0.0]
    for entry in entries:
        verdict = certified(entry)
        data = encode(verdict.certificate)
        bare = least(bare_evaluations(verdict.certificate))
        proving = least(lambda entry=entry: certified(entry))
        verifying = least(lambda data=data: verify(data))
        tiles, nodes = verdict.statistics.tiles, verdict.statistics.nodes
        row = (tiles, nodes, bare * 1e3, proving * 1e3, verifying * 1e3)
        totals = [a + b for a, b in zip(totals, row, strict=True)]
        print_row(entry.name, *row)
    print_row("all", *totals)


def print_row(name: str, tiles: float, nodes: float, bare: float, proving: float, verifying: float) -> None:
    print(
        f"{name:12} {tiles:5.0f} {nodes:6.0f} {bare:6.1f} {proving:7.1f} {proving / bare:11.1f}"
        f" {verifying:7.0f} {verifying / proving:13.1f}"
    )


def process_table() -> None:
    with tempfile.TemporaryDirectory() as folder:
        command = [*CERTIFY, "sigmoid", "--domain", "-10,10"]
        pairs = []
        for _ in range(15):
            pairs.append((whole(command, folder), whole(IMPORTS, folder)))
    ratio = median(a / b for a, b in pairs[2:])
    print("\nWhole process, median of 13 pairs\n")
    print(f"certify sigmoid --domain -10,10   {ratio:.2f} x   python -c 'import flint, click'")


def whole(command: list[str], folder: str) -> float:
    begun = perf_counter()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return perf_counter() - begun


def memory_table() -> None:
    peak = "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
    main = "import sys; from certify.cli import main\ntry: main()\nexcept SystemExit: pass\n"
    print("\nPeak memory of a process, MiB\n")
    with tempfile.TemporaryDirectory() as folder:
        for arguments in (["build"], ["verify"]):
            code = f"{main}sys.stdout = sys.__stdout__; {peak}"
            command = [sys.executable, "-c", code, *arguments]
            out = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout
            print(f"certify {arguments[0]:7} (the fourteen)   {out.split()[-1]}")


def wide_tables(entries: dict[str, Entry]) -> None:
    print("\nTiles and time against domain width, 1e-30 (ratios to width 20)\n")
    print("entry       width  tiles  ratio  time ratio")
    for name in ("sigmoid", "softplus"):
        base = None
        for half in (10, 100, 1000, 10_000, 100_000, 1_000_000):
            domain = f"-{half},{half}"
            time = least(lambda name=name, domain=domain: certified(entries[name], domain))
            tiles = certified(entries[name], domain).statistics.tiles
            base = base or (tiles, time)
            print(f"{name:10} {2 * half:7} {tiles:6} {tiles / base[0]:6.1f} {time / base[1]:11.1f}")
    print("\nSigmoid on [-10, 10]: time against digits (ratios to 10 digits)\n")
    print("digits  tiles  nodes   bits  prove  prove ratio  verify/prove")
    base_time = None
    for digits in (10, 30, 100, 300, 1000):
        atol = Fraction(1, 10**digits)
        begun = perf_counter()
        verdict = certified(entries["sigmoid"], atol=atol)
        proving = perf_counter() - begun
        begun = perf_counter()
        verify(encode(verdict.certificate))
        verifying = perf_counter() - begun
        base_time = base_time or proving
        statistics = verdict.statistics
        print(
            f"{digits:6} {statistics.tiles:6} {statistics.nodes:6} {statistics.bits:6}"
            f" {proving:6.3f} {proving / base_time:12.1f} {verifying / proving:13.1f}"
        )


def main() -> None:
    """Print every table."""
    entries = builtin()
    entries_table(list(entries.values()))
    process_table()
    memory_table()
    wide_tables(entries)


if __name__ == "__main__":
    main()
