"""Budgets: what they read, what is within them, and that nothing worse than they allow is."""

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from certify.certificate.floats import BFLOAT16, FLOAT16, FLOAT64, key_of
from certify.certificate.kernel import encode
from certify.kernels.budget import Budget, breaches, read_baseline, read_budget, worse
from certify.kernels.programs import select
from certify.kernels.run import keys_within, run
from certify.kernels.words import breach, judged
from certify.language.errors import UsageError
from tests import corrupt_kernel

ODD = "tests.kernels.odd_kernels"


def report_of(function, against, form, within):
    kernel = select(f"{ODD}:silu", against, f"{ODD}:{function}")
    return run(kernel, form, within=keys_within(form, within))


def checked_in(name):
    return read_baseline(corrupt_kernel.ACCEPTED / f"{name}.json")


@pytest.fixture(scope="module")
def faults():
    """sigmoid' in float16 with every fault in a binade of its own."""
    return checked_in("faults")


@pytest.fixture(scope="module")
def gelu():
    """torch's tanh gelu in bfloat16: NaN for 16,384 inputs, and 254.6 ULP off."""
    return checked_in("gelu")


# --- reading ----------------------------------------------------------------------------


def test_reads_the_values_of_a_toml_table():
    table = {"max_ulp": "2", "max_absolute": "1e-3", "max_ulp_large": 1, "nan": 0, "not_monotone": 7}
    assert read_budget(table) == Budget(
        max_ulp=Fraction(2), max_absolute=Fraction(1, 1000), max_ulp_large=Fraction(1), nan=0, not_monotone=7
    )
    assert read_budget({}).is_empty
    assert not read_budget({"nan": 0}).is_empty


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"max_ulps": "2"}, "no figure 'max_ulps', did you mean max_ulp?"),
        ({"wrongsign": 0}, "did you mean wrong_sign?"),
        ({"undecided": 1}, "no figure 'undecided'"),
        ({"correctly_rounded": 1}, "no figure"),
        ({"max_ulp": 2.5}, "max_ulp is 2.5, needs an exact number as a string"),
        ({"max_ulp": True}, "max_ulp is True"),
        ({"max_ulp": None}, "max_ulp is None"),
        ({"max_ulp": "two"}, "max_ulp: "),
        ({"max_ulp": "inf"}, "max_ulp: "),
        ({"max_ulp": "-1"}, "max_ulp is -1, needs a number that is not negative"),
        ({"nan": "0"}, "nan is '0', needs a whole number"),
        ({"nan": -1}, "nan is -1, needs a number that is not negative"),
        ({"nan": False}, "nan is False, needs a whole number"),
        ({"baseline": 3}, "baseline is 3, needs the path of a report"),
        ({"baseline": []}, r"baseline is \[\], needs the path"),
        ({"baseline": "nowhere.json"}, "nowhere.json"),
    ],
)
def test_refuses_what_cannot_be_meant(table, message):
    with pytest.raises(UsageError, match=message):
        read_budget(table)


def test_a_baseline_that_the_verifier_rejects_or_that_is_no_report_is_refused(tmp_path):
    with pytest.raises(UsageError, match="no baseline, as it is not accepted"):
        read_budget({"baseline": str(corrupt_kernel.REJECTED / "maximum_too_small.json")})
    with pytest.raises(UsageError, match="no kernel's report"):
        read_budget({"baseline": str(Path("tests/accept/sigmoid.json").resolve())})
    body = corrupt_kernel.accepted_reports()["nan"].replace(b'"name": "sigmoid"', b'"name": "tanh"')
    (tmp_path / "a.json").write_bytes(body)
    with pytest.raises(UsageError, match="the name tanh"):
        read_budget({"baseline": "a.json"}, tmp_path)


# --- holding ----------------------------------------------------------------------------


def test_a_kernel_is_within_a_budget_of_exactly_its_own_figures(gelu):
    most = gelu.maxima["ulp"].bound
    assert breaches(Budget(max_ulp=most, nan=16384), gelu) == []
    assert breaches(Budget(nan=16384), gelu) == []


@pytest.mark.parametrize("figure", ["nan", "zero", "wrong_sign", "infinite", "not_monotone", "above_1"])
def test_one_fewer_than_there_are_is_over_the_budget_at_the_input_that_shows_it(faults, figure):
    number = faults.figures[figure]
    assert number
    assert breaches(Budget(**{figure: number}), faults) == []
    (found,) = breaches(Budget(**{figure: number - 1}), faults)
    witness = next(w for w in faults.witnesses if w.kind == figure)
    assert (found.figure, found.found, found.allowed) == (figure, number, number - 1)
    assert (found.at, found.truth) == (witness.output, witness.truth)


@pytest.mark.parametrize("name", ["max_ulp", "max_ulp_large", "max_absolute"])
def test_a_bound_a_little_less_than_the_maximum_is_over_the_budget(gelu, name):
    witness = gelu.maxima[name.removeprefix("max_")]
    allowed = {"nan": 16384, "infinite": 0}
    assert breaches(Budget(**{name: witness.bound}, **allowed), gelu) == []
    (found,) = breaches(Budget(**{name: witness.bound - Fraction(1, 10**12)}, **allowed), gelu)
    assert (found.figure, found.found, found.at) == (name, witness.bound, witness.output)


def test_an_error_of_exactly_the_bound_is_never_called_less():
    """Within the budget is certain: at_most is no less than the error at its witness."""
    for name in ("gelu", "faults", "right", "overflow"):
        report = checked_in(name)
        for witness in report.maxima.values():
            assert witness.output.got is not None
            error = max(abs(witness.output.got - end) for end in witness.truth)
            least = min(abs(witness.output.got - end) for end in witness.truth)
            if witness.kind == "absolute":
                assert least <= witness.bound
                assert breaches(Budget(max_absolute=least - error / 10**9), report)


def test_a_maximum_allows_neither_nan_nor_infinity_unless_the_budget_says_how_many():
    """A kernel that is NaN everywhere has no finite output, and so no maximum error."""
    nan = checked_in("nan")
    assert not nan.maxima
    (found,) = breaches(Budget(max_ulp=Fraction(2)), nan)
    assert (found.figure, found.found) == ("nan", nan.figures["inputs"])
    assert breaches(Budget(max_ulp=Fraction(2), nan=nan.figures["nan"]), nan) == []


def test_nan_at_a_kink_is_nan():
    report = report_of("relu", "relu", BFLOAT16, "-1,1")
    assert report.figures["nan"] == 0
    assert [kink.text for kink in report.kinks] == ["nan", "nan"]
    for budget in (Budget(nan=0), Budget(max_ulp=Fraction(2))):
        (found,) = breaches(budget, report)
        assert (found.figure, found.found, found.at.key) == ("nan", 2, -1)
        assert "nan 2, allowed 0; at x = -0: it returns nan, a kink" in breach(report, found)
    assert breaches(Budget(nan=2), report) == []


def test_an_undecided_input_is_over_every_budget():
    report = report_of("just_off", "silu", BFLOAT16, "13000,40000")
    assert report.figures["undecided"] > 0
    first = next(w for w in report.witnesses if w.kind == "undecided")
    for budget in (Budget(zero=0), Budget(max_ulp=Fraction(100)), Budget(not_monotone=10**6)):
        found = breaches(budget, report)
        assert [b.figure for b in found] == ["undecided"]
        assert (found[0].at, found[0].allowed) == (first.output, 0)


def test_a_sample_and_a_range_of_kinks_alone_show_nothing():
    with pytest.raises(UsageError, match="a budget is for every input, and float64 is only sampled"):
        breaches(Budget(max_ulp=Fraction(10**9)), checked_in("sample"))
    kinks = run(select("torch:relu", None, None), BFLOAT16, within=(-1, 1))
    assert kinks.figures["inputs"] == 0
    with pytest.raises(UsageError, match="none but kinks"):
        breaches(Budget(nan=0), kinks)


def test_no_budget_is_said_to_be_none(gelu):
    assert "held to no budget" in judged(gelu, Budget(), [])[0]
    assert "within the budget: nan 16,384" in judged(gelu, Budget(nan=16384), [])[0]
    with_kinks = checked_in("kinks")
    assert "of the kinks, NaN and infinities alone" in judged(with_kinks, Budget(nan=0), [])[0]


# --- baselines --------------------------------------------------------------------------


def test_a_report_is_no_worse_than_itself(gelu, faults):
    for report in (gelu, faults, checked_in("nan"), checked_in("kinks"), checked_in("right")):
        assert worse(report, report) == []
        assert breaches(Budget(baselines=(report,)), report) == []


def changed(report, kind, by):
    return report._replace(figures=report.figures | {kind: report.figures[kind] + by})


@pytest.mark.parametrize("kind", ["nan", "zero", "wrong_sign", "infinite", "not_monotone", "above_1"])
def test_one_more_than_the_baseline_is_worse_and_one_fewer_is_not(faults, kind):
    (found,) = worse(faults, changed(faults, kind, -1))
    assert (found.figure, found.found, found.allowed, found.worse) == (
        kind,
        faults.figures[kind],
        faults.figures[kind] - 1,
        True,
    )
    assert worse(faults, changed(faults, kind, 1)) == []
    assert worse(changed(faults, "undecided", 1), faults)[0].figure == "undecided"


def test_fewer_that_are_correctly_rounded_are_worse(faults):
    assert [b.figure for b in worse(faults, changed(faults, "correctly_rounded", 1))] == ["correctly_rounded"]


@pytest.mark.parametrize("kind", ["ulp", "ulp_large", "absolute"])
def test_a_larger_maximum_is_worse_and_one_where_the_baseline_has_none(gelu, kind):
    place = next(i for i, w in enumerate(gelu.witnesses) if w.kind == kind)
    less = gelu.witnesses[place]._replace(bound=gelu.witnesses[place].bound - Fraction(1, 10**9))
    rows = [*gelu.witnesses]
    rows[place] = less
    assert [b.figure for b in worse(gelu, gelu._replace(witnesses=tuple(rows)))] == [f"max_{kind}"]
    assert worse(gelu._replace(witnesses=tuple(rows)), gelu) == []
    del rows[place]
    (found,) = worse(gelu, gelu._replace(witnesses=tuple(rows)))
    assert found.allowed is None
    assert "the baseline has none" in breach(gelu, found)


def test_a_baseline_of_another_processor_version_or_mode_is_one_still(gelu):
    other = gelu.program | {"framework": "torch 9.0", "processor": "another", "mode": "another"}
    assert worse(gelu, gelu._replace(program=other)) == []


def test_a_baseline_of_something_else_is_refused(gelu):
    others = {
        "another kernel": gelu._replace(program=gelu.program | {"function": "torch.other(x)"}),
        "another framework": gelu._replace(program=gelu.program | {"framework": "jax 0.10"}),
        "another dtype": gelu._replace(form=FLOAT16),
        "another coverage": gelu._replace(coverage="sample"),
        "another range": gelu._replace(start=gelu.start + 1),
        "another truth": gelu._replace(identity=checked_in("faults").identity),
    }
    for message, other in others.items():
        with pytest.raises(UsageError, match=message):
            worse(gelu, other)
        with pytest.raises(UsageError, match=message):
            breaches(Budget(nan=16384, baselines=(other,)), gelu)
        with pytest.raises(UsageError, match="none of the 2 baselines"):
            breaches(Budget(baselines=(other, other)), gelu)
    with pytest.raises(UsageError, match="another kernel"):
        worse(checked_in("nan"), checked_in("part")._replace(form=BFLOAT16))


def test_of_several_baselines_those_of_the_kernel_and_dtype_count(gelu, faults):
    budget = Budget(baselines=(faults, gelu))
    assert breaches(budget, gelu) == []
    assert [b.figure for b in breaches(budget, changed(gelu, "nan", 1))] == ["nan"]


def test_a_budget_of_float64_is_refused_whatever_it_is():
    sample = checked_in("sample")
    assert sample.form is FLOAT64
    for budget in (Budget(nan=0), Budget(baselines=(sample,))):
        with pytest.raises(UsageError, match="only sampled"):
            breaches(budget, sample)


def test_a_kernel_made_worse_is_red_against_its_own_checked_in_report(tmp_path):
    good = report_of("double", "square", FLOAT16, "1,2")
    (tmp_path / "good.json").write_bytes(encode(good))
    budget = read_budget({"baseline": "good.json"}, tmp_path)
    assert breaches(budget, good) == []
    bad = report_of("silu", "square", FLOAT16, "1,2")._replace(program=good.program)
    assert {b.figure for b in breaches(budget, bad)} >= {"max_ulp", "above_1", "correctly_rounded"}


def test_the_module_loads_neither_numpy_nor_a_prover_nor_a_framework():
    import subprocess
    import sys

    script = "import certify.kernels.budget, sys; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", f"import json; {script}"], capture_output=True, text=True, check=True
    )
    loaded = set(json.loads(done.stdout))
    assert not loaded & {"numpy", "torch", "jax", "flint", "mpmath"}


def test_what_is_frozen_is_frozen():
    with pytest.raises(AttributeError):
        Budget().nan = 1
    assert replace(Budget(), nan=1).counts == {"nan": 1}
    assert key_of(BFLOAT16, Fraction(1)) > 0
