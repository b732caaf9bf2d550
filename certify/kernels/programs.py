"""Derivative kernels of frameworks: which functions, and how their own backward is run.

Inputs are bit patterns, one array; the outputs are the framework's gradient at each for an incoming
gradient of 1.  PyTorch runs eagerly, on contiguous tensors whose length is a multiple of 64 (the vector
path of its kernels); JAX compiles vmap(grad(f)).  A user's function may compile itself, or have been
compiled: its mode says which.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache, partial
from importlib import metadata
from typing import Any, NamedTuple

import numpy as np

from certify.capture.target import INSTALL, find, framework_of, import_framework
from certify.catalogue import Entry, builtin
from certify.certificate.floats import FLOAT64, Format, KernelOutput, output
from certify.certificate.kernel import MODES, read_program
from certify.kernels.arrays import Array, bits_of_keys, bits_of_sample
from certify.kernels.naming import Stated, catalogued, stated
from certify.language.errors import CertifyError, NumberError, Rejected, UsageError
from certify.language.numbers import parse_number
from certify.notation.hints import or_known, or_near

Gradient = Callable[[Array], Array]  # from bit patterns to outputs, in float32 or binary64
WHOLE = 64  # numbers: a multiple of every processor's vectors


class KernelError(CertifyError):
    """A kernel that raises, or returns something else than one number for each input."""


class Kernel(NamedTuple):
    """A kernel: the framework's function, what it should be, and keyword arguments.

    entry     the name of the catalogue's function that it should be, at its defaults
    backward  the path of a function that computes the derivative itself, "" for the framework's own
    other     what it should be, where that is not the entry
    """

    framework: str
    path: str
    entry: str
    keywords: tuple[tuple[str, Any], ...] = ()
    backward: str = ""
    other: Stated | None = None

    @property
    def stated(self) -> Stated:
        """What its outputs are compared with the derivative of."""
        return self.other or catalogued(self.entry)

    @property
    def program(self) -> str:
        """The call, as its framework writes it."""
        given = "".join(f", {name}={value!r}" for name, value in self.keywords)
        if self.backward and not given:
            return self.backward
        return f"{(self.backward or self.path).replace(':', '.')}(x{given})"


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

# What the catalogue calls a keyword of a framework, where that is another name.
_CALLED = {"leaky_relu": {"negative_slope": "alpha"}}


def select(
    target: str, against: str | Entry | None, backward: str | None, keywords: Mapping[str, Any] | None = None
) -> Kernel:
    """The kernel that a target names; UsageError where it names none.

    target    torch:gelu_tanh, jax:..., or module:function
    against   the entry that it should be, or the name of one of the catalogue; needed for module:function
    keywords  of the function; where the entry has a parameter of the name, its value too
    """
    framework, _, name = target.partition(":")
    kernel = KERNELS.get(framework, {}).get(name)
    if kernel is None and against is None:
        if framework in KERNELS:
            near = or_near(name, KERNELS[framework]) or ":"
            raise UsageError(f"no kernel {target}{near} one of {', '.join(KERNELS[framework])}")
        raise UsageError(f"{target}: --against NAME, or FILE.toml:NAME, says which function it should be")
    if kernel is None:
        path = name if framework in INSTALL else target
        found = framework if framework in INSTALL else framework_of(find(path, target), target)
        kernel = Kernel(found, path, "")
    kernel = kernel._replace(backward=backward or "")
    if against is None and not keywords:
        return kernel
    entry = against if isinstance(against, Entry) else _entry(against or kernel.entry)
    return _with_keywords(kernel._replace(entry=entry.name), entry, keywords or {}, strict=against is None)


def _entry(name: str) -> Entry:
    catalogued(name)
    return builtin()[name]


def _with_keywords(kernel: Kernel, entry: Entry, keywords: Mapping[str, Any], *, strict: bool) -> Kernel:
    """The kernel with these keywords beside its own, and what it then should be.

    strict  whether each must be a parameter of the entry, which is not what the kernel is else
    """
    merged = {**dict(kernel.keywords), **keywords}
    values = {}
    for name, given in keywords.items():
        parameter = name if name in entry.parameters else _CALLED.get(entry.name, {}).get(name, name)
        if parameter in entry.parameters:
            values[parameter] = _exactly(name, given)
        elif strict:
            raise UsageError(
                f"{kernel.program}: its function, {entry.name}, has no parameter {name!r}"
                f"{or_known(entry.parameters)}: --against says which function it then should be"
            )
    truth = stated(entry, values)
    other = None if truth == _catalogued(entry.name) else truth
    return kernel._replace(keywords=tuple(merged.items()), other=other)


def _catalogued(name: str) -> Stated | None:
    try:
        return catalogued(name)
    except UsageError:  # the catalogue has no such name
        return None


def _exactly(name: str, given: Any) -> Fraction:
    """The number that a keyword argument is written as: 1/5 for 0.2."""
    try:
        if isinstance(given, int | float) and not isinstance(given, bool):
            return parse_number(repr(given))
    except NumberError:  # inf and nan
        pass
    raise UsageError(f"the parameter {name} is {given!r}, needs a number")


def device_of(kernel: Kernel) -> str:
    """Where it runs: cpu, or what JAX has in its place."""
    if kernel.framework == "torch":
        return "cpu"
    import_framework("jax")
    import jax

    return str(jax.devices()[0].platform)


def describe(kernel: Kernel, form: Format) -> dict[str, str]:
    """What exactly runs: framework and version, call, format, path and processor; UsageError where the
    call has no name that a report can hold."""
    import_framework(kernel.framework)
    if kernel.framework == "torch":
        import torch

        kind = torch.backends.cpu.get_cpu_capability()
    else:
        kind = device_of(kernel)
    described = {
        "framework": f"{kernel.framework} {metadata.version(kernel.framework)}",
        "function": kernel.program,
        "dtype": form.name,
        "mode": MODES[kernel.framework][0],
        "processor": re.sub(r"[^A-Za-z0-9 ,.()@+/_-]", "-", f"{kind}, {_processor()}", flags=re.ASCII)[:120],
    }
    try:
        read_program(described)
    except Rejected as error:
        raise UsageError(f"{kernel.program}: no report can hold that: {error}") from error
    return {**described, "mode": _mode(kernel, form)}


@cache
def _mode(kernel: Kernel, form: Format) -> str:
    """How it runs: one of MODES.  A user's function is called once, to see whether it compiles itself."""
    plain, *others = MODES[kernel.framework]
    root = kernel.path.replace(":", ".").partition(".")[0]
    if not kernel.backward and root == kernel.framework:
        return plain
    if kernel.framework == "jax":
        return others[1] if kernel.backward else others[0]
    import torch

    function = find(kernel.backward or kernel.path, kernel.path)
    if "torch._dynamo" in sys.modules:
        torch._dynamo.reset()  # else what was compiled before is not compiled again, and not seen
    before = _compilations()
    if isinstance(function, torch.jit.ScriptFunction | torch.jit.ScriptModule):
        how = "torch.jit"
    else:
        gradient(kernel, form)(bits_of_sample([0]) if form is FLOAT64 else bits_of_keys(form, 0, 1))
        compiled = hasattr(function, "_torchdynamo_orig_callable") or hasattr(function, "_orig_mod")
        how = "torch.compile" if compiled or _compilations() > before else "eager"
    return f"user {'backward' if kernel.backward else 'function'}, {how}, contiguous"


def _compilations() -> int:
    """How many frames torch.compile has compiled in this process; it need not be imported for that."""
    loaded = sys.modules.get("torch._dynamo.utils")
    return sum(loaded.counters["frames"].values()) if loaded else 0


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
    if backward and kernel.keywords:
        backward = partial(backward, **dict(kernel.keywords))
    make = _torch_gradient if kernel.framework == "torch" else _jax_gradient
    run = make(function, backward, form)

    def checked(inputs: Array) -> Array:
        # filled up by the last one, so that none is left over from the vectors, where other code may run
        bits = np.concatenate((inputs, inputs[-1:].repeat(-len(inputs) % WHOLE)))
        try:
            outputs = run(bits)
        except (Exception, SystemExit) as error:  # a user's kernel may raise anything
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
