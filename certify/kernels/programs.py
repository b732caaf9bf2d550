"""Derivative kernels of frameworks: which functions, and how their own backward is run.

Inputs are bit patterns, one array; the outputs are the framework's gradient at each for an incoming
gradient of 1.  PyTorch runs eagerly, on contiguous tensors whose length is a multiple of 64 (the vector
path of its kernels); JAX compiles vmap(grad(f)).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache, partial
from importlib import metadata
from typing import Any, NamedTuple

import numpy as np

from certify.capture.target import INSTALL, find, framework_of, import_framework
from certify.certificate.floats import FLOAT64, Format, KernelOutput, output
from certify.certificate.kernel import MODES, read_program
from certify.kernels.arrays import Array, bits_of_keys, bits_of_sample
from certify.language.errors import CertifyError, Rejected, UsageError
from certify.notation.hints import or_near

Gradient = Callable[[Array], Array]  # from bit patterns to outputs, in float32 or binary64
WHOLE = 64  # numbers: a multiple of every processor's vectors


class KernelError(CertifyError):
    """A kernel that raises, or returns something else than one number for each input."""


class Kernel(NamedTuple):
    """A kernel: the framework's function, the catalogue's entry, and keyword arguments.

    backward  the path of a function that computes the derivative itself, "" for the framework's own
    """

    framework: str
    path: str
    entry: str
    keywords: tuple[tuple[str, Any], ...] = ()
    backward: str = ""

    @property
    def program(self) -> str:
        """The call, as its framework writes it."""
        given = "".join(f", {name}={value!r}" for name, value in self.keywords)
        return self.backward or f"{self.path.replace(':', '.')}(x{given})"


def _torch(name: str, entry: str = "", **keywords: Any) -> Kernel:
    return Kernel("torch", f"torch.nn.functional.{name}", entry or name, tuple(keywords.items()))


def _jax(name: str, entry: str = "", **keywords: Any) -> Kernel:
    return Kernel("jax", f"jax.nn.{name}", entry or name, tuple(keywords.items()))


# fmt: off
KERNELS: Mapping[str, Mapping[str, Kernel]] = {
    "torch": {
        **{name: _torch(name) for name in (
            "relu", "leaky_relu", "elu", "sigmoid", "tanh", "softplus", "silu", "relu6", "hardtanh",
            "hardsigmoid", "hardswish", "hardshrink", "softshrink", "tanhshrink", "selu", "celu", "mish",
            "softsign", "logsigmoid", "gelu", "rrelu",
        )},
        "gelu_tanh": _torch("gelu", "gelu_tanh", approximate="tanh"),
        "threshold": _torch("threshold", threshold=0.1, value=20.0),
    },
    "jax": {
        **{name: _jax(name) for name in (
            "relu", "elu", "sigmoid", "tanh", "softplus", "silu", "relu6", "hard_tanh", "selu", "celu",
            "mish", "squareplus", "sparse_plus", "sparse_sigmoid",
        )},
        "gelu": _jax("gelu", "gelu", approximate=False),
        "gelu_tanh": _jax("gelu", "gelu_tanh", approximate=True),
        "leaky_relu": _jax("leaky_relu", "leaky_relu_jax"),
        "hardsigmoid": _jax("hard_sigmoid", "hardsigmoid"),
        "hardswish": _jax("hard_silu", "hardswish"),
        "softsign": _jax("soft_sign", "softsign"),
        "logsigmoid": _jax("log_sigmoid", "logsigmoid"),
    },
}
# fmt: on


def select(target: str, against: str | None, backward: str | None) -> Kernel:
    """`torch:gelu_tanh`, `jax:...`, or `module:function` with the entry that it should be; UsageError."""
    framework, _, name = target.partition(":")
    if framework in KERNELS and name in KERNELS[framework] and against is None and backward is None:
        return KERNELS[framework][name]
    if framework in KERNELS and against is None:
        near = or_near(name, KERNELS[framework]) or ":"
        raise UsageError(f"no kernel {target}{near} one of {', '.join(KERNELS[framework])}")
    if against is None:
        raise UsageError(f"{target}: --against NAME says which function of the catalogue it should be")
    path = name if framework in INSTALL else target
    found = framework if framework in INSTALL else framework_of(find(path, target), target)
    return Kernel(found, path, against, (), backward or "")


def describe(kernel: Kernel, form: Format) -> dict[str, str]:
    """What exactly runs: framework and version, call, format, path and processor; UsageError where the
    call has no name that a report can hold."""
    import_framework(kernel.framework)
    if kernel.framework == "torch":
        import torch

        kind = torch.backends.cpu.get_cpu_capability()
    else:
        import jax

        kind = jax.devices()[0].platform
    described = {
        "framework": f"{kernel.framework} {metadata.version(kernel.framework)}",
        "function": kernel.program,
        "dtype": form.name,
        "mode": MODES[kernel.framework],
        "processor": re.sub(r"[^A-Za-z0-9 ,.()@+/_-]", "-", f"{kind}, {_processor()}", flags=re.ASCII)[:120],
    }
    try:
        return read_program(described)
    except Rejected as error:
        raise UsageError(f"{kernel.program}: no report can hold that: {error}") from error


def _processor() -> str:
    """The processor's name, which decides what a compiler makes of a program."""
    import platform
    from pathlib import Path

    information = Path("/proc/cpuinfo")
    text = information.read_text() if information.exists() else ""
    names = [line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def gradient(kernel: Kernel, form: Format) -> Gradient:
    """The kernel, as a function of bit patterns; KernelError where it cannot be run."""
    import_framework(kernel.framework)
    function = find(kernel.path, kernel.path)
    if kernel.keywords:
        function = partial(function, **dict(kernel.keywords))
    backward = find(kernel.backward, kernel.backward) if kernel.backward else None
    make = _torch_gradient if kernel.framework == "torch" else _jax_gradient
    run = make(function, backward, form)

    def checked(inputs: Array) -> Array:
        # filled up by the last one, so that none is left over from the vectors, where other code may run
        bits = np.concatenate((inputs, inputs[-1:].repeat(-len(inputs) % WHOLE)))
        try:
            outputs = run(bits)
        except Exception as error:  # a user's kernel may raise anything
            text = (str(error).splitlines() or [""])[0]
            raise KernelError(f"{kernel.program} at {form.name}: {type(error).__name__}: {text}") from error
        if outputs.shape != bits.shape:
            raise KernelError(f"{kernel.program} at {form.name}: shape {outputs.shape} for {bits.shape}")
        return outputs[: len(inputs)]

    return checked


def _torch_gradient(function: Callable[..., Any], backward: Any, form: Format) -> Gradient:
    import torch

    kind = getattr(torch, form.name)
    integers: Any = {16: np.int16, 32: np.int32, 64: np.int64}[form.width]

    def run(bits: Array) -> Array:
        x = torch.from_numpy(bits.view(integers)).view(kind).clone()
        if backward is not None:
            found = backward(x)
        else:
            y = function(x.requires_grad_())
            y.backward(torch.ones_like(y))
            found = x.grad
        if found.dtype != kind:
            raise TypeError(f"returns {found.dtype}, needs {kind}")
        found = found.detach()
        return found.double().numpy() if form.width == 16 else found.numpy()

    return run


def _jax_gradient(function: Callable[..., Any], backward: Any, form: Format) -> Gradient:
    import jax
    import jax.numpy as jnp

    kind = jnp.dtype(form.name)
    compiled = _compiled(function, backward)

    def run(bits: Array) -> Array:
        with jax.enable_x64(form.width == 64):
            found = compiled(jnp.asarray(bits.view(kind)))
        if found.dtype != kind:
            raise TypeError(f"returns {found.dtype}, needs {kind}")
        return np.asarray(jax.device_get(found).astype(np.float64) if form.width == 16 else found)

    return run


@cache
def _compiled(function: Callable[..., Any], backward: Any) -> Any:
    import jax

    return jax.jit(jax.vmap(backward or jax.grad(function)))


def output_at(run: Gradient, form: Format, key: int) -> KernelOutput:
    """The kernel's output at one input."""
    bits = bits_of_sample([key]) if form is FLOAT64 else bits_of_keys(form, key, key + 1)
    return output(key, float(run(bits)[0]))
