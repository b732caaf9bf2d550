"""The benchmark: proving against the bare Arb evaluations, verifying against proving, for
enclosures and for identities, the whole process against its imports, and time against digits
and domain width.

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

import certify.catalogue
from certify.api import MAX_PRECISION, exactly
from certify.catalogue import DEFAULT_TOLERANCE, Entry, load
from certify.certificate.enclosure import Certificate, Enclosure, encode
from certify.certificate.identity import Identity
from certify.language.spec import parse_interval
from certify.prover.enclosure.ball import BallProgram, acb, exact, precision, roots_of_unity
from certify.prover.enclosure.quotient import START_DEPTH, cover_disc
from certify.prover.enclosure.search import enclose
from certify.prover.identity.search import identify
from certify.prover.pieces import open_interval_sign, resolve
from certify.prover.verdict import Proved
from certify.verifier.checker import verify
from certify.verifier.identity.checker import verify_identity

REPETITIONS = 5
IMPORTS = [sys.executable, "-c", "import flint, click, mpmath"]
CERTIFY = [str(Path(sys.executable).with_name("certify"))]


def least(action: Callable[[], object], repetitions: int = REPETITIONS) -> float:
    """The least time of a few runs, in seconds."""
    times = []
    for _ in range(repetitions):
        begun = perf_counter()
        action()
        times.append(perf_counter() - begun)
    return min(times)


def certified(entry: Entry, domain: str = "", atol: Fraction = DEFAULT_TOLERANCE) -> Proved:
    """The proof of an entry on a domain; the program ends where there is none."""
    stated = (parse_interval(domain),) if domain else ()
    verdict = enclose(entry.spec(stated, atol=atol), MAX_PRECISION)
    if not isinstance(verdict, Proved):
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
            work.append((BallProgram(resolve(f, sign), resolve(s, sign)), tile.quotient, (a + b) / 2))

    def run() -> None:
        for program, quotient, m in work:
            cover_disc(program, m, quotient.R, START_DEPTH, 10_000)
            with precision(quotient.bits):
                centre, radius = acb(exact(m)), exact(quotient.r)
                for w in roots_of_unity(quotient.nodes, quotient.bits):
                    program(centre + radius * w)

    return run


def entries_table(entries: list[Entry], repetitions: int) -> tuple[float, float]:
    """Prints a row for each entry; prove/bare of the smooth ones, verify/prove of all."""
    print("Proving and verifying on [-10, 10] at 1e-30 (times in ms)\n")
    print("entry           tiles  nodes   bare   prove  prove/bare  verify  verify/prove")
    smooth, everything = [0.0] * 5, [0.0] * 5
    for entry in entries:
        verdict = certified(entry)
        data = encode(verdict.certificate)
        bare = least(bare_evaluations(verdict.certificate), repetitions)
        proving = least(lambda entry=entry: certified(entry), repetitions)
        verifying = least(lambda data=data: verify(data), repetitions)
        tiles, nodes = verdict.statistics.tiles, verdict.statistics.nodes
        row = [tiles, nodes, bare * 1e3, proving * 1e3, verifying * 1e3]
        everything = [a + b for a, b in zip(everything, row, strict=True)]
        if not entry.kinks:
            smooth = [a + b for a, b in zip(smooth, row, strict=True)]
        print_row(entry.name, *row)
    print_row("smooth entries", *smooth)
    print_row("all entries", *everything)
    return smooth[3] / smooth[2], everything[4] / everything[3]


def print_row(name: str, tiles: float, nodes: float, bare: float, proving: float, verifying: float) -> None:
    """One row: counts, times and their ratios."""
    print(
        f"{name:15} {tiles:5.0f} {nodes:6.0f} {bare:6.1f} {proving:7.1f} {proving / bare:11.1f}"
        f" {verifying:7.0f} {verifying / proving:13.1f}"
    )


def identities_table(entries: list[Entry], repetitions: int) -> tuple[float, float]:
    """Prints a row for each entry; the seconds of all identities, and verify/prove."""
    print("\nIdentities on the whole line, for every parameter (times in ms)\n")
    print("entry              generators  prove  verify  verify/prove")
    total = [0.0, 0.0]
    for entry in entries:
        found = exactly(entry, entry.spec())
        if not isinstance(found, Identity):
            raise SystemExit(f"{entry.name}: {found}")
        proving = least(lambda spec=found.spec: identify(spec), repetitions)
        verifying = least(lambda found=found: verify_identity(found), repetitions)
        total = [total[0] + proving, total[1] + verifying]
        generators = sum(len(p.tower.generators) for section in found.sections for p in section.pieces)
        print(
            f"{entry.name:18} {generators:10} {proving * 1e3:6.1f} {verifying * 1e3:7.1f}"
            f" {verifying / proving:13.1f}"
        )
    ratio = total[1] / total[0]
    print(f"{'all entries':18} {'':10} {total[0] * 1e3:6.1f} {total[1] * 1e3:7.1f} {ratio:13.1f}")
    return total[0], ratio


def process_ratio(pairs: int) -> float:
    """The median over pairs of whole processes: certify, and its two imports alone."""
    with tempfile.TemporaryDirectory() as folder:
        command = [*CERTIFY, "sigmoid", "--domain", "-10,10"]
        whole(command, folder), whole(IMPORTS, folder)
        return median(whole(command, folder) / whole(IMPORTS, folder) for _ in range(pairs))


def whole(command: list[str], folder: str) -> float:
    """The time of a whole process, in seconds."""
    begun = perf_counter()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return perf_counter() - begun


def peak_memory() -> dict[str, str]:
    """MiB at the most of a process that builds, or verifies, the certificates."""
    code = (
        "from certify.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "status = dict(line.split(':', 1) for line in open('/proc/self/status'))\n"
        "print(int(status['VmHWM'].split()[0]) // 1024)"
    )
    with tempfile.TemporaryDirectory() as folder:
        return {
            name: subprocess.run(
                [sys.executable, "-c", code, name], cwd=folder, check=True, capture_output=True, text=True
            ).stdout.split()[-1]
            for name in ("build", "verify")
        }


def tile_ratio(entries: dict[str, Entry]) -> float:
    """Tiles on [-1e4, 1e4] over tiles on [-10, 10], the larger of sigmoid's and softplus's."""
    counts = {
        (name, domain): certified(entries[name], domain).statistics.tiles
        for name in ("sigmoid", "softplus")
        for domain in ("-10,10", "-10000,10000")
    }
    return max(counts[name, "-10000,10000"] / counts[name, "-10,10"] for name in ("sigmoid", "softplus"))


def wide_tables(entries: dict[str, Entry]) -> None:
    """Print tiles and times against domain width, and against digits."""
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
    """Print the rows that the README quotes, after the tables behind them (--quick: fewer)."""
    quick = sys.argv[1:] == ["--quick"]
    entries = load(Path(certify.catalogue.__file__).with_name("activations.toml"))
    measured = [entries["sigmoid"], entries["relu"]] if quick else list(entries.values())
    bare_ratio, verify_ratio = entries_table(measured, 1 if quick else REPETITIONS)
    seconds, identity_ratio = identities_table(list(entries.values()), 1 if quick else REPETITIONS)
    if not quick:
        wide_tables(entries)
    memory = peak_memory()
    rows = {
        "proving / its bare Arb node and box evaluations, the smooth of the fourteen": f"{bare_ratio:.1f}",
        "verifying / proving, the fourteen": f"{verify_ratio:.1f}",
        "proving the identities of the fourteen, ms": f"{seconds * 1e3:.0f}",
        "verifying / proving the identities of the fourteen": f"{identity_ratio:.1f}",
        "process `certify sigmoid --domain -10,10` / `python -c 'import flint, click, mpmath'`": (
            f"{process_ratio(3 if quick else 15):.1f}"
        ),
        "tiles on [-1e4, 1e4] / tiles on [-10, 10], sigmoid and softplus": f"{tile_ratio(entries):.1f}",
        "peak memory of `certify build` and `certify verify`": (
            f"{memory['build']} and {memory['verify']} MiB"
        ),
    }
    print("\n| measured | |\n|---|---|")
    for name, value in rows.items():
        print(f"| {name} | {value} |")


if __name__ == "__main__":
    main()
