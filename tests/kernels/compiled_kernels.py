"""Functions that are compiled, or call what is."""

import torch


def sigmoid(x: torch.Tensor) -> torch.Tensor:
    return torch.sigmoid(x)


compiled = torch.compile(sigmoid, backend="eager")
scripted = torch.jit.script(sigmoid)


def calls_compiled(x):
    """Not compiled itself."""
    return compiled(x)
