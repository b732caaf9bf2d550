"""certify capture"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from certify.cli import options as common
from certify.cli.claims import Texts, entries_of, number, spec_of, with_kinks
from certify.cli.options import Reporting, collected, reporting
from certify.cli.terminal import say, say_table
from certify.cli.verdicts import Failure, conclude, say_json, write
from certify.configuration import Configuration
from certify.language.errors import UsageError
from certify.language.exits import Exit, overall

if TYPE_CHECKING:
    from fractions import Fraction

    from certify.api import Goal
    from certify.capture.program import CapturedProgram
    from certify.capture.rules import Rule
    from certify.catalogue.request import Request
    from certify.language.terms import Term
    from certify.prover.verdict import Verdict

RULES = "torch-rules"
UNSUPPORTED = "unsupported"
WORDS = ("certified", "proved, not verified", "refuted", "undecided", UNSUPPORTED)
HEADER = ("verdict", "operation", "|f' - s|, or what stands in the way", "read", "formula")


@dataclass(frozen=True)
class Options(Reporting):
    """What `certify capture` is given."""

    targets: Texts
    keywords: Texts
    held: Texts
    dtype: str
    against: str | None
    name: str | None
    kinks: Texts
    domains: Texts
    tol: str
    at_most: str | None
    rtol: str

    @property
    def automatic(self) -> bool:
        """Whether the least tolerance is looked for."""
        return self.tol == "auto"


@click.command()
@click.argument("targets", nargs=-1, required=True, metavar="jax:PATH|torch:PATH|MODULE:FUNCTION|torch-rules")
@click.option(
    "--with", "keywords", multiple=True, metavar="NAME=VALUE", help="A keyword argument of it, as it is."
)
@click.option(
    "--at",
    "held",
    multiple=True,
    metavar="NAME=NUMBER",
    help="Another argument of it, by name or position, held at a number: a scalar of the dtype.",
)
@click.option("--dtype", default="float64", show_default=True, metavar="T", help="float64 or float32.")
@click.option("--against", metavar="NAME|FILE.toml:NAME", help="The function that it should differentiate.")
@click.option("--name", metavar="NAME", help="A name for the certificate.  [default: the target's path]")
@common.kinks
@click.option(
    "--domain", "domains", multiple=True, metavar="LO,HI", help="Interval, also '(0,inf)'.  [default: -10,10]"
)
@click.option(
    "--tol",
    default="auto",
    metavar="T",
    show_default=True,
    help="Absolute tolerance; 0 for f' = s; auto for the least T + T*|f'|.",
)
@click.option(
    "--at-most", metavar="T", help="The largest that auto takes.  [default: what rounding explains]"
)
@click.option("--rtol", default="0", metavar="T", show_default=True, help="Relative tolerance.")
@reporting
@collected(Options)
def capture(options: Options) -> Exit:
    """Prove the derivative program that JAX or PyTorch runs for a function.

    The program of the function and of its gradient are traced at a scalar and read as exact real
    arithmetic on the constants that they hold. The claim is that the gradient is the function's
    derivative, or that of --against, within the least tolerance T + T*|f'(x)| that can be certified,
    but no more than rounded constants explain: one that is further off is refuted.

    A constant of more than half of the dtype's bits is taken as rounded, off by one part in 2^53 (2^24
    at float32); integers and short ones such as 0.5 are exact. T goes up to twice what moving
    each rounded constant so much changes f' - s by, relative to 1 + |f'|; to 4 parts in 2^53 at
    least, and 1024 at most. Without a rounded constant it goes up to 1e-30.

    The first argument that is neither --at nor --with varies: certify capture
    torch:torch.nn.functional.mse_loss --at target=0.3

    torch-rules certifies the unary pointwise formulas of PyTorch's derivatives.yaml.
    """
    Configuration(Path()).modules_first()
    if RULES in options.targets:
        return _rules(options)
    from certify.api import MAX_PRECISION

    return conclude(_goals(options), options, MAX_PRECISION)


def _goals(options: Options) -> list[Goal | Failure]:
    """The goal of each target, whose program is told of; a failure among several where it cannot be read."""
    from certify.catalogue.request import Request, held_arguments, keyword_arguments

    if options.name is not None and len(options.targets) > 1:
        raise UsageError("--name names one certificate, the targets are several")
    if options.automatic and number("--rtol", options.rtol):
        raise UsageError("--rtol needs --tol T: auto takes T + T*|f'(x)|")
    at_most = None if options.at_most is None else number("--at-most", options.at_most)
    against = None if options.against is None else _function_of(options.against)
    _check_domains(options.domains)
    keywords, held = keyword_arguments(options.keywords), held_arguments(options.held)
    goals: list[Goal | Failure] = []
    for target in options.targets:
        try:
            request = Request(target, keywords, held, options.dtype, options.name)
            goals.append(_goal_of(request, against, options, at_most, _names(goals)))
        except UsageError as error:
            if len(options.targets) == 1:
                raise
            goals.append(Failure(target, str(error).removeprefix(f"{target}: ")))
    return goals


def _names(goals: list[Goal | Failure]) -> list[str]:
    return [goal.entry.name for goal in goals if not isinstance(goal, Failure)]


def _check_domains(domains: Texts) -> None:
    from certify.language.spec import parse_interval

    for text in domains:
        parse_interval(text)


def _goal_of(
    request: Request, against: Term | None, options: Options, at_most: Fraction | None, taken: list[str]
) -> Goal:
    from certify.capture.target import capture as read

    program = read(request, against)
    goal = _goal(program, options, at_most)
    if goal.entry.name in taken:
        raise UsageError(f"two of the targets are named {goal.entry.name!r}: each writes a file of its name")
    if options.in_words:
        say(_captured(request, program), err=options.to_stdout)
    return goal


def _goal(program: CapturedProgram, options: Options, at_most: Fraction | None) -> Goal:
    from certify.api import Goal
    from certify.capture.program import entry
    from certify.capture.rounding import within

    stated = with_kinks(entry(program), options.kinks)
    spec = spec_of(stated, options.domains, (), "0" if options.automatic else options.tol, options.rtol)
    return within(program, stated, spec, at_most) if options.automatic else Goal(stated, spec)


def _captured(request: Request, program: CapturedProgram) -> str:
    from certify.capture.program import constants

    found = [
        f"the {form} constants nearest to {', '.join(held)}" for form, held in constants(program).items()
    ]
    held = f", with {' and '.join(found)}" if found else ""
    shape = f" of shape {program.shape}" if program.shape else ""
    alone = "; of one number alone, as of several it is no function of each" if program.alone else ""
    return f"captured  {request} from {program.framework} at {program.dtype}{shape}{held}{alone}"


def _function_of(target: str) -> Term:
    """f of an entry, at its parameters' defaults."""
    entries = entries_of([target])
    if len(entries) != 1:
        raise UsageError(f"--against {target} names {len(entries)} entries, needs one")
    return entries[0].spec().bound_terms()[0]


# --- PyTorch's rule table -----------------------------------------------------------------


class _Judged(NamedTuple):
    """A rule, the verdict on it, None where it has no program, and the path of its certificate."""

    rule: Rule
    verdict: Verdict | None
    path: str | None

    @property
    def word(self) -> str:
        return UNSUPPORTED if self.verdict is None else self.verdict.word

    @property
    def exit(self) -> Exit:
        return Exit.UNDECIDED if self.verdict is None else self.verdict.exit

    def row(self) -> tuple[str, ...]:
        """Under HEADER."""
        said = self.rule.why if self.verdict is None else self.verdict.distance()
        return self.word, self.rule.name, said, self.rule.source, self.rule.formula

    def as_json(self) -> dict[str, object]:
        rule = self.rule
        head: dict[str, object] = {
            "name": rule.name,
            "formula": rule.formula,
            "verdict": self.word,
            "source": rule.source,
        }
        return {**head, **({"why": rule.why} if self.verdict is None else self.verdict.as_json(self.path))}


def _rules(options: Options) -> Exit:
    """A verdict on every unary pointwise formula."""
    from certify.capture.rules import judged

    ignored = _without_meaning(options)
    if ignored:
        raise UsageError(
            f"{RULES} takes no {ignored}: each formula has its own function, domain and tolerance"
        )
    if options.to_stdout:
        raise UsageError("torch-rules has a certificate for each formula: --output takes a folder")
    rules, others = judged(options.max_seconds)
    found = [_Judged(rule, verdict, _written(verdict, options.output)) for rule, verdict in rules]
    if options.as_json:
        say_json([item.as_json() for item in found])
    elif not options.quiet:
        say_table(HEADER, [item.row() for item in found])
        words = [item.word for item in found]
        counts = ", ".join(f"{words.count(word)} {word}" for word in WORDS)
        say()
        say(f"{len(words)} unary pointwise formulas: {counts}; {others} others are not such")
    return overall(item.exit for item in found)


def _without_meaning(options: Options) -> str | None:
    """The first option that the rules cannot heed."""
    given = {
        "other targets": options.targets != (RULES,),
        "--with": options.keywords,
        "--at": options.held,
        "--dtype": options.dtype != "float64",
        "--against": options.against is not None,
        "--name": options.name is not None,
        "--kink": options.kinks,
        "--domain": options.domains,
        "--tol": not options.automatic,
        "--at-most": options.at_most is not None,
        "--rtol": options.rtol != "0",
        "--no-verify": options.no_verify,
    }
    return next((option for option, said in given.items() if said), None)


def _written(verdict: Verdict | None, output: str | None) -> str | None:
    return write(verdict, output, several=True) if verdict is not None and output else None
