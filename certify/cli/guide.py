"""What the help of each command ends with: its exit codes and an example, and its line among the commands."""

from __future__ import annotations

from typing import NamedTuple

import click


class Guide(NamedTuple):
    """The words of a command's help.

    brief    its line among the commands, which fits a terminal of 80 columns
    exits    what its exit codes say
    example  a command line that works
    """

    brief: str
    exits: str
    example: str


_VERDICTS = "0 certified, 1 refuted, 2 usage, 3 undecided, 4 proved, but not verified, 130 interrupted."

GUIDES = {
    "build": Guide(
        "Write the certificates of entries.",
        "0 all certified, 1 one refuted, 2 usage, 3 one undecided, 4 not verified.",
        "certify build mine.toml",
    ),
    "capture": Guide(
        "Prove the derivative that PyTorch or JAX runs.",
        _VERDICTS,
        "certify capture torch:torch.nn.functional.gelu",
    ),
    "check": Guide(
        "Check that what ships is what was proved.",
        "0 all current and accepted; 1 one wrong, missing, out of date, rejected or of no entry; 2 one that "
        "cannot be read; 3 undecided; 4 not verified.",
        "certify check",
    ),
    "derive": Guide(
        "Print a derivative by rule, and the verdict on it.",
        _VERDICTS,
        'certify derive --function "x*tanh(x)" --domain -inf,inf',
    ),
    "export": Guide(
        "Write theorems for the proof assistant Coq.",
        "0 all written, 2 usage, 3 one that cannot be stated.",
        "certify export sigmoid --output coq/",
    ),
    "formal": Guide(
        "Have coqc check theorems.",
        "0 all accepted, 1 one rejected, 2 usage, 3 one unproved, coqc missing or out of time, or nothing "
        "to state.",
        "certify formal sigmoid",
    ),
    "init": Guide(
        "Write a first spec of a function.",
        "0 written, 2 usage.",
        "certify init mykernels:silu",
    ),
    "kernel": Guide(
        "Compare a derivative kernel with the truth.",
        "0 the kernel ran, whatever it returned; 2 usage, or a kernel that fails; 130 interrupted.",
        "certify kernel torch:gelu_tanh --dtype bfloat16",
    ),
    "list": Guide(
        "List entries, and which proofs their files state.",
        "0 listed, 2 usage.",
        "certify list mine.toml",
    ),
    "prove": Guide(
        "Prove or refute a derivative.",
        _VERDICTS,
        "certify prove mine.toml:cube --domain -1,1",
    ),
    "show": Guide(
        "Show an entry, or what a file states.",
        "0 shown, 2 usage.",
        "certify show sigmoid",
    ),
    "verify": Guide(
        "Verify certificates and reports again.",
        "0 all accepted; 1 one rejected, or a refutation that holds; 2 usage; 4 one prover-only, so not "
        "independently checked, and none of these.",
        "certify verify certificates/ --jobs 2",
    ),
}


def guided(name: str, command: click.Command) -> click.Command:
    """The command, whose help ends with its exit codes and an example."""
    guide = GUIDES.get(name)
    if guide is not None:
        command.short_help = guide.brief
        command.epilog = f"Exit codes: {guide.exits}\n\nExample: {guide.example}"
    return command
