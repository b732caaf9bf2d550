"""What comparing a kernel with the truth costs, beside the kernel itself: one process, one thread,
over the whole format for 16 bits, and for float32 over every 64th block of 2**20 neighbours.

The time of the truth and the comparison holds the making of the tiles.
"""

import sys
from time import perf_counter

import torch

from certify.certificate.floats import FORMATS, Format
from certify.kernels.arrays import bits_of_keys
from certify.kernels.blocks import PIECE, identity_of
from certify.kernels.compare import Tally, compare
from certify.kernels.programs import KERNELS, gradient
from certify.kernels.truth import Truth
from certify.kernels.workers import start_worker

NAMES = ("sigmoid", "gelu_tanh", "mish", "tanhshrink")
STRIDE = 64


def measure(name: str, form: Format, stride: int) -> tuple[int, float, float]:
    """The inputs, and the seconds of the kernel and of the truth with the comparison."""
    kernel = KERNELS["torch"][name]
    truth, run = Truth(identity_of(kernel.stated), form), gradient(kernel, form)
    low, high = form.keys
    inputs, running, comparing, total = 0, 0.0, 0.0, Tally()
    for start in range(low, high, PIECE * stride):
        stop = min(start + PIECE, high)
        begun = perf_counter()
        outputs = run(bits_of_keys(form, start, stop))
        between = perf_counter()
        total += compare(truth, start, stop, outputs)
        running += between - begun
        comparing += perf_counter() - between
        inputs += stop - start
    return inputs, running, comparing


def main() -> None:
    """Print a row for each kernel and format."""
    quick = sys.argv[1:] == ["--quick"]
    start_worker()
    torch.set_num_threads(1)
    names = NAMES[:1] if quick else NAMES
    print(
        "| PyTorch kernel | inputs | kernel, ns | truth and comparison, ns | ratio |\n|---|---|---|---|---|"
    )
    for form in [FORMATS["bfloat16"]] if quick else [FORMATS[n] for n in ("bfloat16", "float16", "float32")]:
        for name in names:
            inputs, running, comparing = measure(name, form, STRIDE if form.width == 32 else 1)
            ns = [seconds / inputs * 1e9 for seconds in (running, comparing)]
            print(
                f"| {name} {form.name} | {inputs:,} | {ns[0]:.1f} | {ns[1]:.1f} ({comparing:.2f} s) |"
                f" {ns[1] / ns[0]:.1f} |"
            )


if __name__ == "__main__":
    main()
