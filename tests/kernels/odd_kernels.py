"""Backward functions with one of every fault, for the reports of corrupt_kernel."""

import torch


def silu(x):
    """Imported for its name's framework: the function that the others should be the derivative of."""
    return x * torch.sigmoid(x)


def faults(x):
    """sigmoid', with each kind of fault in a binade of its own, and away from its ends."""
    y = torch.sigmoid(x.float())
    good = (y * (1 - y)).to(x.dtype)
    wrong = good.clone()
    for low, fault in (
        (0.0625, torch.full_like(good, float("nan"))),
        (0.125, torch.full_like(good, float("inf"))),
        (0.25, torch.full_like(good, -float("inf"))),
        (0.5, torch.zeros_like(good)),
        (1.0, -good),
        (2.0, good * (1 + 6 * x)),
        (4.0, good * (1 + 3 * 2**-10)),
    ):
        for sign in (1, -1):
            wrong = torch.where((x * sign > low * 1.1) & (x * sign < low * 1.9), fault, wrong)
    return wrong


def nan(x):
    """NaN everywhere."""
    return torch.full_like(x, float("nan"))


def double(x):
    """The derivative of x*x."""
    return 2 * x
