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


def sigmoid(x):
    """A user's forward function, whose backward is the framework's."""
    return torch.sigmoid(x)


def leaky(x, negative_slope=0.01):
    """With a keyword that is a parameter of the function that it should be."""
    return torch.nn.functional.leaky_relu(x, negative_slope)


def relu(x):
    """relu', NaN at its kink."""
    return torch.where(x == 0, float("nan"), (x > 0).to(x.dtype))


def just_off(x):
    """The derivative of silu for x > 12000, where that is 1 + tiny: one spacing above 1 at some inputs."""
    y = torch.ones_like(x)
    return torch.where(x < 20000, y + 2**-7, y)


class _Coin:
    tossed = 0


def coin(x):
    """sigmoid', and from the second call on NaN at 1."""
    y = torch.sigmoid(x)
    good = y * (1 - y)
    _Coin.tossed += 1
    return good if _Coin.tossed < 2 else torch.where(x == 1, float("nan"), good)


def exits(x):
    """What would be exit code 0."""
    raise SystemExit(0)


def crashes(x):
    """What ends the process."""
    import os

    os._exit(0)
