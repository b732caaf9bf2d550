"""certify init"""

from __future__ import annotations

from pathlib import Path

import click

from certify.cli.terminal import say, say_all
from certify.language.errors import UsageError
from certify.language.exits import Exit

_ENTRY = """\
# What `certify check` holds {target} to: its derivative program is the derivative of its function.
# More keys: function = "..." in x, what it should compute; domain = "-10,10"; atol, rtol; kinks;
# and [{name}.kernel] with a budget for what its kernel computes in floating point.
[{name}]
capture = "{target}"
"""


@click.command()
@click.argument("target", metavar="MODULE:FUNCTION")
@click.option("-o", "--output", metavar="FILE.spec.toml", help="[default: FUNCTION.spec.toml]")
def init(target: str, output: str | None) -> Exit:
    """Write a first spec of a function, and say what to do next.

    The spec names the code, so that certify check sees what it does today.
    """
    from certify.certificate.enclosure import is_name
    from certify.configuration import SPEC_SUFFIX, configuration

    name = target.replace(":", ".").rpartition(".")[2]
    if ":" not in target or not is_name(name):
        raise UsageError(f"{target!r} is not MODULE:FUNCTION, torch:PATH or jax:PATH")
    path = Path(f"{name}{SPEC_SUFFIX}" if output is None else output)
    if path.exists():
        raise UsageError(f"{path} exists: --output FILE{SPEC_SUFFIX} writes another")
    text = _ENTRY.format(name=name, target=target)
    try:
        path.write_text(text)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error
    say(f"wrote {path}:")
    say_all(f"  {line}" for line in text.splitlines())
    project = configuration()
    certificates = project.certificates
    say("next:")
    if not project.is_spec(path):
        say(f"  name {path} in specs of {project.source}: until then certify check passes over it")
    say(f"  certify build {path}   # proves it, and writes {certificates}/{name}.json: check both in")
    say("  certify check          # in continuous integration: fails when the code changes and is wrong")
    return Exit.HOLDS
