"""Kernels measured one after another: the truth that they are held to, the names of their reports, what runs,
and what a person gets wrong."""

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from certify.catalogue import builtin, read_entries
from certify.certificate.floats import BFLOAT16, FLOAT16
from certify.certificate.kernel import MODES, decode, encode
from certify.kernels import blocks, programs
from certify.kernels.blocks import NotDeterministic, identity_of
from certify.kernels.measurement import Measurement, Workplace, file_name, measure
from certify.kernels.naming import catalogued, check_name, is_named, stated
from certify.kernels.programs import KERNELS, describe, select
from certify.kernels.run import keys_within, run
from certify.kernels.words import lines, percent
from certify.language.errors import Rejected, UsageError
from certify.language.spec import LINE
from certify.verifier.kernel import verify_report

ODD = "tests.kernels.odd_kernels"
COMPILED = "tests.kernels.compiled_kernels"
ONE_TO_TWO = keys_within(BFLOAT16, "1,2")

MINE = """
[leaky]
function = "where(x > 0, x, negative_slope*x)"
derivative = "where(x > 0, 1, negative_slope)"
parameters.negative_slope = { default = "0.01", range = "(0, inf)" }

[sigmoid]
function = "x*sigmoid(x)"
derivative = "sigmoid(x)*(1 + x*(1 - sigmoid(x)))"

[mine]
function = "tanh(x)"
derivative = "1 - tanh(x)**2"

[softsign]
function = "x/(1 + abs(x))"
derivative = "1/(1 + abs(x))**2"
kinks = [{ at = "0", verdict = "open" }]
"""
ENTRIES = read_entries(MINE, "mine.toml")


# --- the truth --------------------------------------------------------------------------


def test_a_keyword_is_the_parameter_of_that_name_too():
    kernel = select(f"{ODD}:leaky", ENTRIES["leaky"], None, {"negative_slope": 0.2})
    report = run(kernel, BFLOAT16, within=keys_within(BFLOAT16, "-2,2"))
    assert report.program["function"] == f"{ODD}.leaky(x, negative_slope=0.2)"
    assert report.spec.values == {"negative_slope": Fraction(1, 5)}
    assert report.figures["above_1"] == 0
    assert "    with negative_slope = 0.2" in lines(report)
    assert encode(verify_report(encode(report))) == encode(report)
    other = select(f"{ODD}:leaky", ENTRIES["leaky"], None, {"negative_slope": 0.3})
    assert run(other, BFLOAT16, within=ONE_TO_TWO).spec.values == {"negative_slope": Fraction(3, 10)}


def test_torchs_negative_slope_is_the_catalogues_alpha():
    kernel = select("torch:leaky_relu", None, None, {"negative_slope": 0.2})
    report = run(kernel, BFLOAT16, within=keys_within(BFLOAT16, "-2,2"))
    assert (report.spec.name, report.spec.values, report.origin) == (
        "leaky_relu",
        {"alpha": Fraction(1, 5)},
        "",
    )
    assert report.figures["correctly_rounded"] == report.figures["inputs"]
    assert is_named(report)
    other = replace(report.spec, parameters={"alpha": Fraction(-1)})
    with pytest.raises(Rejected, match="the name leaky_relu"):
        check_name(report._replace(identity=report.identity._replace(spec=other)))


def test_the_wrong_value_of_a_parameter_shows():
    kernel = select(f"{ODD}:leaky", ENTRIES["leaky"], None, {"negative_slope": 0.2})
    wrong = kernel._replace(other=stated(ENTRIES["leaky"], {"negative_slope": Fraction(1, 4)}))
    report = run(wrong, BFLOAT16, within=keys_within(BFLOAT16, "-2,-1"))
    assert report.figures["above_1"] == report.figures["inputs"]


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"slope": 0.2}, "has no parameter 'slope'; it knows alpha: --against"),
        ({"negative_slope": -1}, "parameter alpha = -1 is not in its range"),
        ({"negative_slope": "much"}, "the parameter negative_slope is 'much', needs a number"),
        ({"negative_slope": True}, "needs a number"),
        ({"negative_slope": float("inf")}, "needs a number"),
    ],
)
def test_refuses_a_keyword(keywords, message):
    with pytest.raises(UsageError, match=message):
        select("torch:leaky_relu", None, None, keywords)


def test_a_users_sigmoid_is_not_the_catalogues():
    """It has the name, and other formulas."""
    kernel = select(f"{ODD}:silu", ENTRIES["sigmoid"], None)
    report = run(kernel, BFLOAT16, within=ONE_TO_TWO)
    data = encode(report)
    assert json.loads(data)["truth"]["origin"] == "given"
    check_name(decode(data))
    assert not is_named(report)
    assert (
        "the truth is the derivative of this f, given under the name sigmoid, which is not the"
        in lines(report)[1]
    )
    assert "    f(x) = x*sigmoid(x)" in lines(report)
    body = json.loads(data)
    del body["truth"]["origin"]
    with pytest.raises(Rejected, match="the name sigmoid, needed that of the catalogue's entry"):
        check_name(verify_report(json.dumps(body).encode()))


def test_a_users_entry_under_a_name_of_its_own_is_rejected_without_its_origin():
    report = run(select(f"{ODD}:silu", ENTRIES["mine"], None), BFLOAT16, within=ONE_TO_TWO)
    check_name(report)
    with pytest.raises(Rejected, match="the name mine"):
        check_name(report._replace(origin=""))


def test_a_users_copy_of_the_catalogues_entry_is_the_catalogues():
    copy = read_entries('[tanh]\nfunction = "tanh(x)"\nderivative = "1 - y*y"', "mine.toml")
    assert stated(copy["tanh"], {}) == catalogued("tanh")


def test_reports_of_the_catalogue_at_its_defaults_have_the_bytes_that_they_had():
    for name, target in (("right", "torch:relu"), ("kinks", "torch:hardswish"), ("smooth", "torch:elu")):
        old = json.loads(Path(f"tests/kernels/accept/{name}.json").read_bytes())
        new = json.loads(encode(run(select(target, None, None), BFLOAT16)))
        assert list(new) == list(old)
        assert {**new, "program": 0, "blocks": 0}.keys() == {**old, "program": 0, "blocks": 0}.keys()
        assert new["truth"] == old["truth"]
        assert (new["figures"], new["witnesses"]) == (old["figures"], old["witnesses"])


def test_zero_is_no_kink_where_the_derivative_exists_though_the_entry_excepts_it():
    assert ENTRIES["softsign"].spec((LINE,), None, Fraction(0)).exceptions == (0,)
    report = run(select(f"{ODD}:silu", ENTRIES["softsign"], None), BFLOAT16, within=(-3, 3))
    assert (report.kinks, report.figures["inputs"]) == ((), 6)
    jump = catalogued("hardshrink")
    assert identity_of(jump).left_out == jump.exceptions != ()


# --- names ------------------------------------------------------------------------------


def test_the_names_of_reports_tell_apart_what_is_measured():
    sigmoid = builtin()["sigmoid"]
    names = [
        file_name(m, form, keys, device)
        for m, form, keys, device in (
            (Measurement("torch:silu", "bfloat16"), BFLOAT16, None, "cpu"),
            (Measurement("torch:silu", "float16"), FLOAT16, None, "cpu"),
            (Measurement("jax:silu", "bfloat16"), BFLOAT16, None, "cpu"),
            (Measurement("jax:silu", "bfloat16"), BFLOAT16, None, "gpu"),
            (Measurement("torch:silu", "bfloat16"), BFLOAT16, ONE_TO_TWO, "cpu"),
            (Measurement("torch:silu", "bfloat16"), BFLOAT16, (-1, ONE_TO_TWO[1]), "cpu"),
            (Measurement("torch:silu", "bfloat16"), BFLOAT16, (0, ONE_TO_TWO[1]), "cpu"),
            (Measurement("torch:silu", "bfloat16", None, {"a": 1}), BFLOAT16, None, "cpu"),
            (Measurement("torch:silu", "bfloat16", None, {"a": "1"}), BFLOAT16, None, "cpu"),
            (Measurement("torch:silu", "bfloat16", None, {"a": "b"}), BFLOAT16, None, "cpu"),
            (Measurement("m:f", "bfloat16", sigmoid), BFLOAT16, None, "cpu"),
            (Measurement("m:f", "bfloat16", sigmoid, {}, "m:b"), BFLOAT16, None, "cpu"),
        )
    ]
    assert len(set(names)) == len(names)
    assert names[0] == "torch.silu.bfloat16.json"
    assert names[4] == "torch.silu.1..2.bfloat16.json"
    assert names[5] == "torch.silu.-0..2.bfloat16.json"
    assert names[-1] == "m.f.against=sigmoid.backward=m.b.bfloat16.json"
    assert file_name(Measurement("torch:silu", "bfloat16"), BFLOAT16, BFLOAT16.keys, "cpu") == names[0]


def test_two_ranges_do_not_overwrite_one_another(certify):
    for span in ("0,1", "1,2"):
        assert certify(f"kernel torch:relu --range {span} --jobs 1")[0] == 0
    assert sorted(p.name for p in Path("certificates/kernels").iterdir()) == [
        "torch.relu.-0..1.bfloat16.json",
        "torch.relu.1..2.bfloat16.json",
    ]
    assert certify("verify certificates/kernels --rerun none")[0] == 0


# --- what runs --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "backward", "mode"),
    [
        ("torch:silu", None, "eager, contiguous (vector path)"),
        ("jax:silu", None, "jit of vmap of grad"),
        (f"{ODD}:sigmoid", None, "user function, eager, contiguous"),
        (f"{ODD}:silu", f"{ODD}:faults", "user backward, eager, contiguous"),
        (f"{COMPILED}:compiled", None, "user function, torch.compile, contiguous"),
        (f"{COMPILED}:calls_compiled", None, "user function, torch.compile, contiguous"),
        (f"{COMPILED}:scripted", None, "user function, torch.jit, contiguous"),
        (f"{ODD}:silu", f"{COMPILED}:compiled", "user backward, torch.compile, contiguous"),
        ("jax:jax.nn.silu", None, "jit of vmap of grad"),
        ("jax:tests.kernels.jax_kernels:silu", None, "jit of vmap of grad of a user function"),
        ("jax:jax.nn.silu", "tests.kernels.jax_kernels:silu", "jit of vmap of a user backward"),
    ],
)
def test_the_mode_is_that_in_which_it_runs(target, backward, mode):
    against = "silu" if "." in target else None
    kernel = select(target, against, backward)
    assert describe(kernel, BFLOAT16)["mode"] == mode
    assert mode in MODES[kernel.framework]


def test_a_kernel_that_returns_other_bits_the_second_time_has_no_report():
    from tests.kernels import odd_kernels

    programs._mode.cache_clear()
    odd_kernels._Coin.tossed = -1  # the call that tells its mode
    with pytest.raises(
        NotDeterministic, match=r"at x = 1 it returned 0x.*, and on the same inputs once more nan"
    ):
        run(select(f"{ODD}:silu", "sigmoid", f"{ODD}:coin"), BFLOAT16, within=ONE_TO_TWO)


def test_zeros_of_other_signs_are_other_bits():
    import numpy as np

    outputs = iter((np.array([0.0]), np.array([-0.0])))
    first = next(outputs)
    with pytest.raises(NotDeterministic, match=r"0x0p[+]0, and on the same inputs once more -0x0p[+]0"):
        blocks._run_again(lambda bits: next(outputs), None, first, BFLOAT16, [7])
    nan = np.array([np.nan])
    blocks._run_again(lambda bits: -nan, None, nan, BFLOAT16, [7])


def test_an_undecided_input_is_counted_and_does_not_end_the_run():
    """silu' is about 1 - x*exp(-x) beyond 12000: no bits tell 1 + 2**-7 from 1 ULP off."""
    report = run(
        select(f"{ODD}:silu", "silu", f"{ODD}:just_off"),
        BFLOAT16,
        within=keys_within(BFLOAT16, "13000,40000"),
    )
    assert 0 < report.figures["undecided"] < report.figures["inputs"]
    off = [w for w in report.witnesses if w.kind == "undecided"]
    assert len(off) == 2
    assert all(w.truth[0] < 1 < w.truth[1] for w in off)
    counted = sum(report.figures[kind] for kind in ("finite", "nan", "infinite", "undecided"))
    assert counted == report.figures["inputs"]
    assert report.maxima["ulp"].bound < 1
    assert encode(verify_report(encode(report))) == encode(report)
    assert any(line.startswith("  undecided  ") for line in lines(report))


# --- many -------------------------------------------------------------------------------


def test_one_bad_target_is_an_error_of_its_own_and_the_others_run(tmp_path):
    small = {"within": "1,2"}
    sigmoid = builtin()["sigmoid"]
    wanted = [
        Measurement("torch:sigmoid", "bfloat16", **small),
        Measurement("no_such_module_anywhere:f", "bfloat16", sigmoid, **small),
        Measurement(f"{ODD}:exits", "bfloat16", sigmoid, **small),
        Measurement(f"{ODD}:crashes", "bfloat16", sigmoid, **small),
        Measurement("torch:sigmoid", "float16", **small),
        Measurement("torch:sigmoid", "float8", **small),
    ]
    found = list(measure(wanted, Workplace(jobs=1, folder=tmp_path)))
    assert [m.measurement for m in found] == wanted
    assert [m.report is not None for m in found] == [True, False, False, False, True, False]
    assert "no module named" in str(found[1].error)
    assert "SystemExit: 0" in str(found[2].error)
    assert "ended the process" in str(found[3].error)
    assert "float8" in str(found[5].error)
    assert not list(tmp_path.glob("*.json"))
    found[0].write()
    assert verify_report(found[0].path.read_bytes()) == found[0].report


def test_the_same_twice_is_refused():
    twice = [Measurement("torch:relu", "bfloat16")] * 2
    with pytest.raises(UsageError, match="torch:relu at bfloat16 is given twice"):
        next(measure(twice))


def test_reports_of_one_name_do_not_overwrite_one_another(tmp_path):
    other = read_entries('[sigmoid]\nfunction = "x"\nderivative = "1"', "other.toml")["sigmoid"]
    wanted = [
        Measurement(f"{ODD}:sigmoid", "bfloat16", entry, within="1,2")
        for entry in (ENTRIES["sigmoid"], other)
    ]
    first, second = measure(wanted, Workplace(folder=tmp_path))
    assert first.report is not None
    assert "is the report of another of these kernels" in str(second.error)


# --- shares -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "total", "text"),
    [
        (0, 10**6, "0.00"),
        (1, 10**9, "<0.01"),
        (10**9 - 1, 10**9, ">99.99"),
        (10**9, 10**9, "100.00"),
        (1, 3, "33.33"),
        (2, 3, "66.67"),
        (9999, 10000, "99.99"),
        (0, 0, ""),
    ],
)
def test_a_share_is_100_only_where_it_is_all_and_0_only_where_it_is_none(number, total, text):
    assert percent(number, total) == text


# --- the command ------------------------------------------------------------------------


def test_the_command_holds_a_kernel_to_its_budget(certify):
    command = "kernel torch:sigmoid --range 1,50 --jobs 1"
    code, out, _ = certify(command)
    assert code == 0
    assert "held to no budget" in out
    code, out, _ = certify(f"{command} --max-ulp 2 --fail-on nan,sign,inf")
    assert code == 1
    assert "over the budget: max_ulp 255.5, allowed 2; at x = 45.75: it returns 0, f' = 1.35215803e-20" in out
    code, out, _ = certify(f"{command} --fail-on zero,nan")
    assert code == 1
    assert "over the budget: zero 385, allowed 0; at x = 6.25: it returns 0" in out
    code, out, _ = certify(f"{command} --max-ulp 256 --fail-on nan,sign,inf")
    assert code == 0
    assert "within the budget: max_ulp 256, nan 0, infinite 0, wrong_sign 0" in out


def test_a_worse_kernel_does_not_replace_the_baseline_that_it_is_held_to(certify):
    command = "kernel torch:sigmoid --range 1,2 --jobs 1"
    path = Path("certificates/kernels/torch.sigmoid.1..2.bfloat16.json")
    assert certify(command)[0] == 0
    good = decode(path.read_bytes())
    code, out, _ = certify(f"{command} --baseline {path}")
    assert (code, "within the budget: no worse than the baseline" in out) == (0, True)
    better = good.figures | {"correctly_rounded": good.figures["correctly_rounded"] + 1}
    block = good.blocks[0]._replace(figures=better)
    path.write_bytes(encode(good._replace(figures=better, blocks=(block,))))
    before = path.read_bytes()
    code, out, _ = certify(f"{command} --baseline {path}")
    assert code in (1, 2)
    assert path.read_bytes() == before


def test_json_has_numbers_and_says_what_is_over_the_budget(certify):
    code, out, _ = certify("kernel torch:sigmoid --range 1,50 --jobs 1 --json --fail-on zero")
    assert code == 1
    (row,) = json.loads(out)
    assert row["figures"]["zero"] == 385
    assert row["breaches"][0]["found"] == 385
    assert (row["breaches"][0]["x"], row["breaches"][0]["got"]) == (6.25, 0.0)
    assert row["range"] == [1.0, 50.0]
    assert isinstance(row["maxima"]["ulp"]["at_most"], str)
    assert row["budget"] == "over"
    assert (
        json.loads(certify("kernel torch:relu --range 1,2 --jobs 1 --format json")[1])[0]["budget"] == "none"
    )


def test_a_batch_has_a_row_for_what_cannot_run_and_the_gravest_exit_code(certify):
    code, out, err = certify("kernel torch:sigmoid torch:gelu_tan torch:relu --range 1,50 --jobs 1")
    assert code == 2
    assert "error: torch:gelu_tan at bfloat16: no kernel torch:gelu_tan, did you mean gelu_tanh?" in err
    assert [line.split()[0] for line in out.splitlines()[1:4]] == [
        "torch:torch.nn.functional.sigmoid(x)",
        "torch:gelu_tan",
        "torch:torch.nn.functional.relu(x)",
    ]
    assert "held to no budget" in out
    assert certify("kernel torch:sigmoid torch:gelu_tan --range 1,50 --jobs 1 --fail-on zero")[0] == 1


def test_the_command_takes_an_entry_of_a_file(certify):
    Path("mine.toml").write_text(MINE)
    code, out, _ = certify(
        f"kernel {ODD}:leaky --against mine.toml:leaky --with negative_slope=0.2 --range 1,2 --jobs 1"
    )
    assert code == 0
    assert "given under the name leaky" in out
    assert certify("verify certificates/kernels")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("torch:relu --fail-on nans", "--fail-on has no 'nans', did you mean nan"),
        ("torch:relu --fail-on nan,", "--fail-on has no ''"),
        ("torch:relu --max-ulp two", "max_ulp: "),
        ("torch:relu --max-ulp -1", "not negative"),
        ("torch:relu --baseline nowhere.json", "nowhere.json"),
        ("torch:relu --dtype bfloat16,bfloat16", "given twice"),
        ("torch:relu torch:relu", "given twice"),
        ("torch:relu --against mine.toml", "mine.toml"),
        ("torch:relu --with slope", "is not NAME=VALUE"),
        ("torch:relu --range 5,1", "5,1"),
        ("torch:relu --dtype float64 --max-ulp 1e9 --range 1,2", "only sampled"),
        ("torch:relu --range 0,0 --max-ulp 2", "none but kinks"),
    ],
)
def test_the_command_says_what_is_wrong(certify, arguments, message):
    code, out, err = certify(f"kernel {arguments} --jobs 1")
    assert code == 2
    assert message in out + err


def test_every_row_of_the_table_of_kernels_has_a_truth():
    for rows in KERNELS.values():
        for kernel in rows.values():
            assert not kernel.stated.given
