"""`certify.kernel`: a kernel run and compared from Python."""

import pytest
import torch

import certify
from certify.certificate.kernel import encode


def test_a_kernel_s_report_is_that_of_the_command(certify, tmp_path):
    import certify as package

    report = package.kernel("torch:sigmoid", dtype="bfloat16", range=(-2, 2))
    code, _, _ = certify("kernel torch:sigmoid --dtype bfloat16 --range -2,2 --jobs 1 --output here")
    assert code == 0
    [path] = (tmp_path / "here").iterdir()
    assert path.read_bytes() == encode(report)
    assert package.verify(report) == report


def test_the_caller_keeps_the_threads_that_torch_had():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        certify.kernel("torch:relu", range="1,2")
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


REFUSED = {
    "no_kernel": (("torch:rely",), {}, "did you mean relu"),
    "no_format": (("torch:relu",), {"dtype": "float8"}, "float8"),
    "no_entry": (("mymodule:f",), {}, "against"),
    "no_range": (("torch:relu",), {"range": 3}, "domain is 3"),
    "two_ranges": (("torch:relu",), {"range": [(0, 1), (2, 3)]}, "2 intervals, needs one"),
    "no_processes": (("torch:relu",), {"jobs": 0}, "jobs is 0"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refuses(name):
    arguments, options, why = REFUSED[name]
    with pytest.raises(certify.UsageError, match=why):
        certify.kernel(*arguments, **options)


def test_an_option_that_there_is_not_is_refused():
    with pytest.raises(TypeError, match="'job'"):
        certify.kernel("torch:relu", job=1)
