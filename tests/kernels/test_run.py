"""Runs, their state and their reports: interrupted, resumed, on several processes, on a cluster."""

import json
import os
import shutil
import signal
import sys
from fractions import Fraction
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from certify.certificate.floats import BFLOAT16, FLOAT16, FLOAT32, key_of, sampled
from certify.certificate.kernel import encode
from certify.kernels import measurement, workers
from certify.kernels import run as module
from certify.kernels.arrays import bits_of_keys
from certify.kernels.blocks import digest
from certify.kernels.programs import KERNELS, KernelError, gradient, select
from certify.kernels.rerun import Rerun, rerun
from certify.kernels.run import keys_within, run
from certify.kernels.workers import executor
from certify.language.errors import Rejected, UsageError
from certify.verifier.kernel import verify_report
from tests import corrupt_kernel

GELU = KERNELS["torch"]["gelu_tanh"]
SIGMOID = KERNELS["torch"]["sigmoid"]
ONE_TO_TWO = key_of(FLOAT32, Fraction(1)), key_of(FLOAT32, Fraction(1)) + 2**18


@pytest.fixture(scope="module")
def gelu():
    return run(GELU, BFLOAT16)


# --- what is found ----------------------------------------------------------------------


def test_tanh_gelu_is_nan_for_every_large_bfloat16(gelu):
    """x*x*x overflows from 2**64 on: 16,384 of the 65,280 finite numbers."""
    assert gelu.coverage == "every"
    assert (gelu.figures["inputs"], gelu.figures["nan"]) == (65280, 16384)
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
    assert report.figures["inputs"] == report.figures["finite"] == 2**18
    assert report.figures["correctly_rounded"] + report.figures["above_1"] <= 2**18
    assert 1 < report.maxima["ulp"].bound < 60


@pytest.mark.parametrize("form", [BFLOAT16, FLOAT16], ids=lambda form: form.name)
@pytest.mark.parametrize("name", [f"{f}:{name}" for f in KERNELS for name in KERNELS[f]])
def test_every_kernel_on_every_16_bit_number(name, form):
    report = run(select(name, None, None), form)
    assert report.figures["inputs"] + len(report.kinks) == 2 * form.infinity
    assert verify_report(encode(report)) == report


def test_float64_is_a_sample_and_says_so(certify):
    code, out, _ = certify("kernel torch:tanhshrink --dtype float64")
    assert code == 0
    assert "every maximum is a lower bound" in out
    report = verify_report(Path("certificates/kernels/torch.tanhshrink.float64.json").read_bytes())
    assert report.coverage == "sample"
    assert report.figures["inputs"] == 2 * 2 * 2047
    assert report.figures["zero"] > 0


def test_the_sample_has_two_numbers_of_each_binade_of_each_sign():
    keys = sampled(-(2**63), 2**63)
    assert keys == sorted(set(keys))
    assert [sum(k >= 0 and k >> 52 == field for k in keys) for field in range(2048)] == [2] * 2047 + [0]
    assert {-1 - key for key in keys} == set(keys)
    assert sampled(0, 2**63) == [key for key in keys if key >= 0]


def test_a_point_at_which_both_sides_agree_is_no_kink():
    """elu' is 1 at 0 from both sides, as alpha = 1, so that both zeros are inputs."""
    report = run(KERNELS["torch"]["elu"], BFLOAT16)
    assert (report.kinks, report.figures["inputs"]) == ((), 65280)


def test_the_blocks_have_the_tallies_and_the_hashes_of_their_outputs():
    report = run(SIGMOID, BFLOAT16)
    assert [b - a for a, b in report.ranges] == [4096] * 15 + [3840]
    outputs = gradient(SIGMOID, BFLOAT16)(bits_of_keys(BFLOAT16, *report.ranges[3]))
    assert report.blocks[3].sha256 == sha256(outputs.astype("<f8").tobytes()).hexdigest()
    for kind, number in report.figures.items():
        assert number == sum(block.figures[kind] for block in report.blocks)


def test_a_nan_is_one_whatever_its_bits():
    quiet, other = np.array([0x7FC00000, 0xFFC00001], np.uint32).view(np.float32).reshape(2, 1)
    assert digest(quiet) == digest(other)
    assert digest(np.array([0.0])) != digest(np.array([-0.0]))


# --- processes, state, cluster -----------------------------------------------------------


def test_several_processes_give_the_same_report():
    with executor(2, None) as pool:
        assert run(SIGMOID, FLOAT16, pool=pool) == run(SIGMOID, FLOAT16)


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path):
    whole = run(SIGMOID, FLOAT16)
    state, seen = tmp_path / "a.partial", []

    def stop(done, total):
        seen.append(done)
        if len(seen) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(SIGMOID, FLOAT16, state=state, progress=stop)
    assert len(json.loads(state.read_text())["blocks"]) == 3
    seen.clear()
    report = run(SIGMOID, FLOAT16, state=state, resume=True, progress=lambda d, t: seen.append(d))
    assert report == whole
    assert seen[0] == 4 * 2**12
    assert not state.exists()


def test_the_state_of_another_run_is_refused(tmp_path):
    state = tmp_path / "a.partial"
    state.write_text('{"run": "other", "blocks": {}}')
    with pytest.raises(UsageError, match="another kernel"):
        run(SIGMOID, FLOAT16, state=state, resume=True)
    state.write_text("[1, 2")
    with pytest.raises(UsageError, match="no state of a run"):
        run(SIGMOID, FLOAT16, state=state, resume=True)


def test_a_cluster_that_loses_a_worker_gives_the_same_report():
    from distributed import LocalCluster

    alone = run(SIGMOID, FLOAT16)
    killed = []
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as cluster:
        victim = cluster.workers[0].pid

        def kill(done, total):
            if not killed:
                os.kill(victim, signal.SIGKILL)
                killed.append(victim)

        with executor(1, cluster.scheduler_address) as pool:
            assert run(SIGMOID, FLOAT16, pool=pool, progress=kill) == alone
    assert killed


# --- reports ----------------------------------------------------------------------------


def test_all_blocks_run_again_give_the_report_and_some_are_drawn_at_random(gelu):
    whole = rerun(gelu, "all")
    assert whole == Rerun(tuple(range(1, 17)), 65280)
    drawn = {rerun(gelu).blocks for _ in range(4)}
    assert len(drawn) > 1
    assert all(len(blocks) == 3 and set(blocks) <= set(range(1, 17)) for blocks in drawn)
    assert rerun(gelu, "none") == Rerun(why="it was not asked for")
    with pytest.raises(UsageError, match="some, all, none"):
        rerun(gelu, "most")


def test_what_the_kernel_does_not_do_today_is_rejected(gelu):
    place = next(i for i, w in enumerate(gelu.witnesses) if w.kind == "absolute")
    shown = gelu.witnesses[place]
    other = shown._replace(output=shown.output._replace(text="0x1.24p+0"))
    witnesses = (*gelu.witnesses[:place], other, *gelu.witnesses[place + 1 :])
    with pytest.raises(Rejected, match=r"kernel run again: found 0x.+, needed the reported 0x1.24p\+0"):
        rerun(gelu._replace(witnesses=witnesses), "all")
    hashed = gelu.blocks[4]._replace(sha256="0" * 64)
    with pytest.raises(Rejected, match="block 5 run again: found outputs with sha256"):
        rerun(gelu._replace(blocks=(*gelu.blocks[:4], hashed, *gelu.blocks[5:])), "all")
    counted = gelu.blocks[4]._replace(figures=gelu.blocks[4].figures | {"correctly_rounded": 7})
    with pytest.raises(Rejected, match=r"block 5 run again, correctly_rounded: .* needed the reported 7"):
        rerun(gelu._replace(blocks=(*gelu.blocks[:4], counted, *gelu.blocks[5:])), "all")


def test_an_extreme_that_is_not_one_is_rejected_where_its_block_is_run_again(gelu):
    """A true witness that is not the first of its kind, and a maximum that is met but not the largest."""
    first = next(i for i, w in enumerate(gelu.witnesses) if w.kind == "nan")
    later = gelu.witnesses[first]
    moved = later._replace(output=later.output._replace(key=later.output.key + 1))
    witnesses = (*gelu.witnesses[:first], moved, *gelu.witnesses[first + 1 :])
    with pytest.raises(Rejected, match="nan: found one beyond the witnesses"):
        rerun(gelu._replace(witnesses=witnesses), "all")
    largest = gelu.witnesses[0]._replace(bound=Fraction(2))
    with pytest.raises(Rejected, match="ulp: found a larger error"):
        rerun(gelu._replace(witnesses=(largest, *gelu.witnesses[1:])), "all")


NOT_HERE = {
    "function": ("os.system(x)", "it is none that certify names"),
    "processor": ("another", "here it is"),
    "framework": ("torch 0.1", "this is torch"),
}


@pytest.mark.parametrize("key", NOT_HERE)
def test_what_is_not_here_is_not_run_and_said_to_be_the_runs_word(gelu, key):
    value, why = NOT_HERE[key]
    found = rerun(gelu._replace(program=gelu.program | {key: value}))
    assert (found.blocks, found.inputs) == ((), 0)
    assert found.why.startswith(why)


def test_a_kernel_that_fails_today_is_rejected(gelu, monkeypatch):
    from certify.kernels import programs

    def fails(kernel, form):
        raise KernelError("boom")

    monkeypatch.setattr(programs, "gradient", fails)
    with pytest.raises(Rejected, match="kernel run again: found boom"):
        rerun(gelu)


def test_a_framework_that_is_not_installed_is_not_run(gelu, monkeypatch):
    from importlib import metadata

    def version(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", version)
    assert rerun(gelu).why == "numpy is not installed"


@pytest.mark.parametrize("framework", ["evil.sub 1.0", "evil 1.0", "no.such.thing 1.0", "evil", ""])
def test_verifying_a_report_imports_nothing_that_it_names(certify, monkeypatch, framework):
    """find_spec("evil.sub") would run evil/__init__.py."""
    Path("evil").mkdir()
    Path("evil/__init__.py").write_text("from pathlib import Path\nPath('imported').write_text('')\n")
    Path("evil/sub.py").write_text("")
    monkeypatch.syspath_prepend(os.getcwd())
    body = json.loads(corrupt_kernel.accepted_reports()["right"])
    body["program"]["framework"] = framework
    Path("a.json").write_text(json.dumps(body))
    shutil.copy(corrupt_kernel.ACCEPTED / "nan.json", "torch.nan.bfloat16.json")
    code, out, err = certify("verify a.json torch.nan.bfloat16.json")
    assert (code, err) == (1, "")
    assert "\nrejected  a.json: program framework: found" in out
    assert "accepted  torch.nan.bfloat16.json" in out
    assert not Path("imported").exists()
    assert "evil" not in sys.modules


def test_no_text_of_a_report_forges_a_line(certify):
    forged = "torch 2.13.0\naccepted  certificates/other.json: kernel f, 0.01 s\x1b[2K"
    body = json.loads(corrupt_kernel.accepted_reports()["right"])
    for key in body["program"]:
        Path(f"{key}.json").write_text(json.dumps(body | {"program": body["program"] | {key: forged}}))
        for command, expected in (("verify", 1), ("show", 2)):
            code, out, err = certify(f"{command} {key}.json")
            assert code == expected
            assert (out + err).count("\n") == 1
            assert (out + err).rstrip("\n").isprintable()


def test_a_truth_has_the_name_of_the_catalogues_function_or_is_rejected(certify):
    """The figures are right, the name is another function's."""
    honest = corrupt_kernel.accepted_reports()["nan"]
    Path("a.json").write_bytes(honest.replace(b'"name": "sigmoid"', b'"name": "tanh"'))
    code, out, _ = certify("verify a.json")
    assert (code, "found the name tanh, needed that of the catalogue's entry" in out) == (1, True)
    code, out, _ = certify("show a.json")
    assert code == 0
    assert "the derivative of f (the file says tanh, which is not the catalogue's)" in out
    assert "f(x) = sigmoid(x)\n" in out
    assert "not verified here" in out


def test_verify_says_what_is_proved_what_was_run_again_and_what_is_the_runs_word(certify):
    assert certify("kernel torch:sigmoid")[0] == 0
    path = "certificates/kernels/torch.sigmoid.bfloat16.json"
    code, out, _ = certify(f"verify {path}")
    head, proved, shown, again, word = out.splitlines()
    assert code == 0
    assert head.startswith(f"accepted  {path}: kernel torch.nn.functional.sigmoid(x) at bfloat16, torch")
    assert "for every real x f' = s, where f(x) = sigmoid(x), s(x) = y*(1 - y), y = f(x)" in proved
    assert "7 witnesses" in shown
    assert "of 16 (" in again
    assert again.endswith("all as reported")
    assert "run's word: the counts of the other 13 blocks" in word
    assert "run again:      all of 16 blocks (65,280 inputs)" in certify(f"verify --rerun all {path}")[1]
    out = certify(f"verify --rerun none {path}")[1]
    assert "run again:      nothing: it was not asked for" in out
    assert "run's word: that the kernel returns these outputs, all counts" in out


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

def leaves(x):
    import os
    os._exit(3)

def leaves_well(x):
    import os
    os._exit(0)

def crashes(x):
    import ctypes
    ctypes.string_at(0)

def fickle(x):
    return torch.sigmoid(x)*(1 + x*(1 - torch.sigmoid(x))) if len(x) > 64 else torch.zeros_like(x)
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
    assert forward.figures["inputs"] == pair.figures["inputs"] == 65280
    assert forward.figures["correctly_rounded"] != pair.figures["correctly_rounded"]


@pytest.mark.parametrize(
    ("backward", "message"),
    [("wrong_type", "returns torch.float64"), ("wrong_shape", "shape"), ("raises", "ValueError: boom")],
)
def test_a_kernel_that_fails_is_named(mine, backward, message):
    with pytest.raises(KernelError, match=message):
        run(select(f"{mine}:swish", "silu", f"{mine}:{backward}"), BFLOAT16)


@pytest.mark.parametrize("backward", ["leaves", "leaves_well", "crashes"])
def test_a_kernel_that_ends_the_process_is_an_error_and_no_verdict(certify, mine, backward):
    """os._exit(3) would be "undecided", os._exit(0) "certified", and a crash no word at all."""
    code, out, err = certify(f"kernel {mine}:swish --against silu --backward {mine}:{backward} --jobs 1")
    assert (code, out) == (2, "")
    assert "error: the kernel ended the process that it ran in" in err
    assert not list(Path("certificates").rglob("*.json"))


def test_so_is_a_module_that_does_as_it_is_imported(certify, mine):
    Path(f"{mine}_too.py").write_text("import torch\nimport os\nos._exit(3)\n")
    code, _, err = certify(f"kernel {mine}_too:f --against silu")
    assert code == 2
    assert "the kernel ended the process" in err


def test_a_kernel_that_does_not_return_again_what_it_returned_gets_no_report(mine):
    with pytest.raises(KernelError, match="its report does not hold"):
        run(select(f"{mine}:swish", "silu", f"{mine}:fickle"), BFLOAT16)


def test_a_name_that_no_report_can_hold_is_refused_before_the_run(mine):
    with pytest.raises(UsageError, match="no report can hold that"):
        run(KERNELS["torch"]["silu"]._replace(path=f"{mine}:swish", backward=f"{mine}:é"), BFLOAT16)


def test_an_unknown_function_is_named(certify, mine):
    code, _, err = certify(f"kernel {mine}:swish --against sigmoi")
    assert (code, "'sigmoi' is no function of the catalogue, did you mean sigmoid?" in err) == (2, True)


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
    assert keys_within(FLOAT16, "(0,1)") == (1, key_of(FLOAT16, Fraction(1)))
    assert keys_within(FLOAT16, "[-1,0)") == (key_of(FLOAT16, Fraction(-1)), -1)
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
    monkeypatch.setattr(workers, "CONNECT", "1s")
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


def test_an_interrupt_and_a_failure_say_what_is_kept(certify, monkeypatch):
    original = module.block
    monkeypatch.setattr(measurement, "executor", lambda jobs, dask, alone: executor(jobs, dask, alone=False))
    command = "kernel torch:sigmoid --range 1e-10,1e10 --jobs 1"
    for error, expected in ((KeyboardInterrupt(), 130), (KernelError("it fails"), 2)):
        results = [original, raises(error)]
        monkeypatch.setattr(module, "block", lambda *a, left=results: left.pop(0)(*a))
        code, _, err = certify(command)
        assert code == expected
        assert "partial: 4,096 of 8,5" in err
        assert "are kept in certificates/kernels/torch.sigmoid" in err
    monkeypatch.setattr(module, "block", original)
    assert certify(f"{command} --resume")[0] == 0
    assert not list(Path("certificates/kernels").glob("*.partial"))
