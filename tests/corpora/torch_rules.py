"""Writes torch_rules.spec.toml: the unary pointwise formulas of PyTorch's derivatives.yaml as captured."""

from pathlib import Path

from certify.capture.rules import jumps, rules
from certify.language.printer import print_term

PATH = Path(__file__).with_name("torch_rules.spec.toml")


def text():
    """The corpus that the installed torch gives, and the rows that have no term."""
    found, _ = rules()
    framework = next(rule.program.framework for rule in found if rule.program)
    unsupported = [rule.name for rule in found if rule.program is None]
    lines = [
        f"# The unary pointwise formulas of derivatives.yaml as captured from {framework} at float64, by",
        "# tests/corpora/torch_rules.py. Without a term:",
        *(f"#   {name}" for name in unsupported),
    ]
    for rule in found:
        if rule.program is not None:
            lines += [
                "",
                f'["{rule.name}"]',
                f'function = "{print_term(rule.program.function)}"',
                f'derivative = "{print_term(rule.program.derivative)}"',
                f'domain = "{rule.domain}"',
                *_kinks(jumps(rule)),
                f"sources = ['{rule.source}: {rule.formula}']",
            ]
    return "\n".join(lines) + "\n"


def _kinks(points):
    rows = ", ".join(f'{{ at = "{at}", verdict = "jump" }}' for at in points)
    return [f"kinks = [{rows}]"] if rows else []


if __name__ == "__main__":
    PATH.write_text(text())
