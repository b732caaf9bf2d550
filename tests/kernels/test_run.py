"""Runs, their state and their reports: interrupted, resumed, on several processes, on a cluster."""

import json
import os
import signal
from fractions import Fraction
from pathlib import Path

import pytest

from certify.errors import Rejected, UsageError
from certify.kernels import run as module
from certify.kernels.formats import BFLOAT16, FLOAT16, FLOAT32, key_of
from certify.kernels.programs import KERNELS, KernelError, select
from certify.kernels.report import decode, encode, is_report
from certify.kernels.rerun import rerun
from certify.kernels.run import keys_within, run
from certify.verifier.kernel import verify_report

GELU = KERNELS["torch"]["gelu_tanh"]
SIGMOID = KERNELS["torch"]["sigmoid"]
ONE_TO_TWO = key_of(FLOAT32, Fraction(1)), key_of(FLOAT32, Fraction(1)) + 2**18


@pytest.fixture(scope="module")
def gelu():
    return run(GELU, BFLOAT16)


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(module, "BLOCK", 2**15)


# --- what is found ----------------------------------------------------------------------


def test_tanh_gelu_is_nan_for_every_large_bfloat16(gelu):
    """x*x*x overflows from 2**64 on: 16,384 of the 65,280 finite numbers."""
    assert gelu.coverage == "every"
    assert (gelu.inputs, gelu.counts["nan"]) == (65280, 16384)
    first, last = (w.output for w in gelu.witnesses if w.kind == "nan")
    assert first.key == key_of(BFLOAT16, Fraction(2**64))
    assert last.key == BFLOAT16.keys[0]


def test_the_sigmoid_gradient_is_0_in_bfloat16_from_6_and_a_quarter_on():
    report = run(SIGMOID, BFLOAT16)
    first = next(w for w in report.witnesses if w.kind == "zero")
    assert first.output.key == key_of(BFLOAT16, Fraction(25, 4))
    assert Fraction(19, 10000) < first.truth[0] < Fraction(2, 1000)


def test_jaxs_hardswish_takes_the_wrong_branch_below_3():
    report = run(KERNELS["jax"]["hardswish"], FLOAT16)
    worst = report.maxima["absolute"]
    assert worst.output.key == key_of(FLOAT16, Fraction(3)) - 1
    assert worst.output.got == 1
    assert [kink.key for kink in report.kinks] == [key_of(FLOAT16, Fraction(x)) for x in (-3, 3)]


def test_one_range_of_float32_is_exhaustive():
    report = run(SIGMOID, FLOAT32, within=ONE_TO_TWO)
    assert report.coverage == "every"
    assert report.inputs == 2**18
    assert report.correct + report.counts["above_1"] <= 2**18
    assert 1 < report.maxima["ulp"].bound < 60


@pytest.mark.parametrize("form", [BFLOAT16, FLOAT16], ids=lambda form: form.name)
@pytest.mark.parametrize("name", [f"{f}:{name}" for f in KERNELS for name in KERNELS[f]])
def test_every_kernel_on_every_16_bit_number(name, form):
    report = run(select(name, None, None), form)
    assert report.inputs + len(report.kinks) == 2 * form.infinity
    verify_report(encode(report))


def test_float64_is_a_sample_and_says_so(certify):
    code, out, _ = certify("kernel torch:tanhshrink --dtype float64")
    assert code == 0
    assert "every maximum is a lower bound" in out
    report = verify_report(Path("certificates/kernels/torch.tanhshrink.float64.json").read_bytes())
    assert report.coverage == "sample"
    assert report.inputs == 2 * 2 * 2047
    assert report.counts["zero"] > 0


# --- processes, state, cluster -----------------------------------------------------------


def test_several_processes_give_the_same_report(small_blocks):
    alone = run(SIGMOID, FLOAT32, within=ONE_TO_TWO)
    assert run(SIGMOID, FLOAT32, within=ONE_TO_TWO, jobs=2) == alone


def test_an_interrupted_run_goes_on_where_it_stopped(small_blocks, tmp_path):
    whole = run(SIGMOID, FLOAT32, within=ONE_TO_TWO)
    state, seen = tmp_path / "a.partial", []

    def stop(done, total):
        seen.append(done)
        if len(seen) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(SIGMOID, FLOAT32, within=ONE_TO_TWO, state=state, progress=stop)
    assert len(json.loads(state.read_text())["blocks"]) == 3
    seen.clear()
    report = run(
        SIGMOID, FLOAT32, within=ONE_TO_TWO, state=state, resume=True, progress=lambda d, t: seen.append(d)
    )
    assert report == whole
    assert seen[0] == 4 * 2**15
    assert not state.exists()


def test_the_state_of_another_run_is_refused(small_blocks, tmp_path):
    state = tmp_path / "a.partial"
    state.write_text('{"run": "other", "blocks": {}}')
    with pytest.raises(UsageError, match="another kernel"):
        run(SIGMOID, FLOAT32, within=ONE_TO_TWO, state=state, resume=True)
    state.write_text("[1, 2")
    with pytest.raises(UsageError, match="no state of a run"):
        run(SIGMOID, FLOAT32, within=ONE_TO_TWO, state=state, resume=True)


def test_a_cluster_that_loses_a_worker_gives_the_same_report(small_blocks):
    from distributed import LocalCluster

    alone = run(SIGMOID, FLOAT32, within=ONE_TO_TWO)
    killed = []
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as cluster:
        victim = cluster.workers[0].pid

        def kill(done, total):
            if not killed:
                os.kill(victim, signal.SIGKILL)
                killed.append(victim)

        address = cluster.scheduler_address
        assert run(SIGMOID, FLOAT32, within=ONE_TO_TWO, dask=address, progress=kill) == alone
    assert killed


# --- reports ----------------------------------------------------------------------------


def test_a_report_reads_back_and_is_accepted(gelu):
    data = encode(gelu)
    assert is_report(data)
    assert decode(data) == gelu == verify_report(data)
    assert rerun(gelu).startswith("kernel run again at")


def edited(report, *path, to):
    body = json.loads(encode(report))
    place = body
    for step in path[:-1]:
        place = place[step]
    assert place[path[-1]] != to
    place[path[-1]] = to
    return json.dumps(body).encode()


def index(report, kind):
    return next(i for i, w in enumerate(report.witnesses) if w.kind == kind)


CORRUPT = {
    "truth_elsewhere": (("witnesses", "ulp", "truth"), ["1", "2"], "truth"),
    "truth_too_thin": (("witnesses", "ulp_large", "truth"), ["0.86", "0.86"], "truth"),
    "a_smaller_maximum": (("witnesses", "ulp", "at_most"), "200", "an error of"),
    "a_larger_maximum": (("witnesses", "ulp", "at_most"), "300", "an error of"),
    "nan_that_is_none": (("witnesses", "nan", "got"), "0x0p+0", "nan"),
    "zero_that_is_none": (("witnesses", "zero", "got"), "0x1p-5", "0 where the rounded truth is not"),
    "above_1_that_is_not": (("witnesses", "above_1", "got"), "-0x1.56p-15", "more than 1 ULP"),
    "another_kind": (("witnesses", "zero", "kind"), "wrong_sign", "a sign that is not"),
    "kind_unknown": (("witnesses", "zero", "kind"), "odd", "above_1 or nan"),
    "an_input_of_another_format": (("witnesses", "ulp", "x"), "0x1.0001p+0", "a number of bfloat16"),
    "a_count_without_witness": (("figures", "infinite"), "3", "a witness, unless it is 0"),
    "a_witness_without_count": (("figures", "zero"), "0", "a witness, unless it is 0"),
    "more_than_there_are": (("figures", "correctly_rounded"), "65000", "counts of the range"),
    "a_number": (("figures", "inputs"), 65280, "number"),
    "a_format_unknown": (("program", "dtype"), "float8", "bfloat16 or"),
    "covered_maybe": (("coverage",), "maybe", "every, and sample"),
    "a_sample_of_bfloat16": (("coverage",), "sample", "sample of float64"),
    "another_derivative": (("truth", "derivative"), ["tanh", "x"], "piece 1"),
    "another_function": (("truth", "function"), ["sin", "x"], "piece 1"),
    "another_name_for_it": (("truth", "name"), "gelu tanh", "the name of an entry"),
}


@pytest.mark.parametrize("name", CORRUPT)
def test_rejects_a_report_that_is_corrupt(gelu, name):
    path, to, message = CORRUPT[name]
    steps = [index(gelu, step) if i == 1 and path[0] == "witnesses" else step for i, step in enumerate(path)]
    with pytest.raises(Rejected) as caught:
        verify_report(edited(gelu, *steps, to=to))
    assert message in str(caught.value)


def test_a_kink_is_no_witness():
    """At 0 relu has no derivative, so no output there is wrong, whatever s is."""
    report = run(KERNELS["torch"]["relu"], BFLOAT16)
    wrong = report.maxima["ulp"].output._replace(key=0)
    witness = report.maxima["ulp"]._replace(output=wrong, truth=(Fraction(0), Fraction(0)))
    with pytest.raises(Rejected, match="the kink x = 0"):
        verify_report(encode(report._replace(witnesses=(witness,))))


def test_a_kernel_that_returns_something_else_today_is_rejected(gelu):
    place = index(gelu, "absolute")
    other = decode(edited(gelu, "witnesses", place, "got", to="0x1.24p+0"))
    with pytest.raises(Rejected, match=r"kernel at 0x1.24p\+0"):
        rerun(other)


def test_no_file_makes_anyone_import_a_module(gelu):
    other = decode(edited(gelu, "program", "function", to="os.system(x)"))
    assert rerun(other) == "kernel not run again: none that certify names"
    elsewhere = decode(edited(gelu, "program", "processor", to="another"))
    assert rerun(elsewhere).startswith("kernel not run again: here it is")


# --- what a person gets wrong -------------------------------------------------------------

MINE = """
import torch

def swish(x):
    return x*torch.sigmoid(x)

def backward(x):
    return torch.sigmoid(x)*(1 + x*(1 - torch.sigmoid(x)))

def wrong_type(x):
    return torch.sigmoid(x).double()

def wrong_shape(x):
    return torch.sigmoid(x)[:1]

def raises(x):
    raise ValueError("boom")
"""


@pytest.fixture
def mine(tmp_path, monkeypatch):
    name = f"kernels_{tmp_path.name}".replace("-", "_")
    (tmp_path / f"{name}.py").write_text(MINE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    return name


def test_a_users_forward_and_its_pair_with_a_backward(mine):
    forward = run(select(f"{mine}:swish", "silu", None), BFLOAT16)
    pair = run(select(f"{mine}:swish", "silu", f"{mine}:backward"), BFLOAT16)
    assert forward.inputs == pair.inputs == 65280
    assert forward.correct != pair.correct
    verify_report(encode(pair))


@pytest.mark.parametrize(
    ("backward", "message"),
    [("wrong_type", "returns torch.float64"), ("wrong_shape", "shape"), ("raises", "ValueError: boom")],
)
def test_a_kernel_that_fails_is_named(mine, backward, message):
    with pytest.raises(KernelError, match=message):
        run(select(f"{mine}:swish", "silu", f"{mine}:{backward}"), BFLOAT16)


REFUSED = {
    "torch:gelu_tan": "did you mean gelu_tanh",
    "jax:nothing": "no kernel jax:nothing",
    "mine:f": "--against NAME",
}


@pytest.mark.parametrize("target", REFUSED)
def test_refuses_a_target(target):
    with pytest.raises(UsageError, match=REFUSED[target]):
        select(target, None, None)


def test_a_function_without_identity_on_the_line_is_no_truth(mine):
    with pytest.raises(UsageError, match="no identity f' = s on the whole line"):
        run(select(f"{mine}:swish", "log1mexp", None), BFLOAT16)


def test_a_range_of_inputs():
    assert keys_within(FLOAT16, "0,1") == (-1, key_of(FLOAT16, Fraction(1)) + 1)
    assert keys_within(FLOAT16, "-inf,inf") == FLOAT16.keys
    with pytest.raises(UsageError, match="no number of float16"):
        keys_within(FLOAT16, "70000,80000")


# --- the command ------------------------------------------------------------------------


def test_the_command_writes_a_report_that_verify_accepts(certify):
    code, out, _ = certify("kernel torch:gelu_tanh")
    assert code == 0
    assert "16,384   25.10 %  x = 1.84467441e+19 to -3.38953139e+38" in out
    path = "certificates/kernels/torch.gelu_tanh.bfloat16.json"
    assert out.splitlines()[-1].strip() == path
    code, out, _ = certify(f"verify {path}")
    assert code == 0
    assert out.startswith(f"accepted  {path}: kernel torch.nn.functional.gelu")
    Path(path).write_text(Path(path).read_text().replace('"at_most": "254', '"at_most": "255'))
    assert certify(f"verify {path}")[0] == 1


def test_the_command_prints_tables(certify):
    for style, start in (
        ("csv", "kernel,dtype"),
        ("json", "["),
        ("markdown", "| kernel |"),
        ("text", "kernel "),
    ):
        code, out, _ = certify(f"kernel torch:relu torch:elu --range 0,1 --format {style}")
        assert code == 0
        assert out.startswith(start)
        assert out.count("relu(x)") == 1


def test_the_command_says_what_is_wrong(certify, monkeypatch):
    monkeypatch.setattr(module, "CONNECT", "1s")
    for arguments, words in (
        ("", "kernel needs targets"),
        ("torch:relu --all torch", "kernel needs targets"),
        ("torch:relu --dtype float8", "float8"),
        ("torch:rel", "did you mean relu"),
        ("torch:relu --range 1", "LO,HI"),
        ("torch:relu --dask tcp://127.0.0.1:1", "no scheduler answers there"),
    ):
        code, out, err = certify(f"kernel {arguments}")
        assert code == 2, arguments
        assert words in out + err, out + err


def raises(error):
    def run_block(*_):
        raise error

    return run_block


def test_an_interrupt_and_a_failure_say_what_is_kept(certify, small_blocks, monkeypatch):
    original = module.block
    command = "kernel torch:sigmoid --dtype float32 --range 1,1.03125 --jobs 1"
    for error, expected in ((KeyboardInterrupt(), 130), (KernelError("it fails"), 2)):
        results = [original, original, raises(error)]
        monkeypatch.setattr(module, "block", lambda *a, left=results: left.pop(0)(*a))
        code, _, err = certify(command)
        assert code == expected
        assert "partial: 65,536 of 262,145 inputs are kept in certificates/kernels/torch.sigmoid" in err
    monkeypatch.setattr(module, "block", original)
    assert certify(f"{command} --resume")[0] == 0
    assert not list(Path("certificates/kernels").glob("*.partial"))
