"""A file is written whole or not at all, and read up to a limit."""

import errno
import os

import pytest

from certify.certificate import files
from certify.certificate.files import read_limited, write_whole
from certify.language.errors import UsageError


@pytest.fixture
def old(tmp_path):
    (tmp_path / "old.json").write_bytes(b"old")
    return tmp_path / "old.json"


def test_replaces_an_old_file_and_makes_the_folders_above_a_new_one(old):
    write_whole(old, b"new")
    write_whole(old.parent / "a" / "b.json", b"newer")
    assert (old.read_bytes(), (old.parent / "a" / "b.json").read_bytes()) == (b"new", b"newer")
    assert sorted(os.listdir(old.parent)) == ["a", "old.json"]


TROUBLE = {
    "full_disk": (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), UsageError),
    "ctrl_c": (KeyboardInterrupt(), KeyboardInterrupt),
}


@pytest.mark.parametrize("trouble", TROUBLE)
@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_what_stops_half_way_leaves_the_old_file_alone(old, monkeypatch, trouble, step):
    def stop(*_):
        raise TROUBLE[trouble][0]

    monkeypatch.setattr(files.os if step == "fsync" else files.Path, step, stop)
    with pytest.raises(TROUBLE[trouble][1]):
        write_whole(old, b"new")
    assert (old.read_bytes(), os.listdir(old.parent)) == (b"old", ["old.json"])


def test_a_pipe_or_device_is_written_to_and_not_replaced(tmp_path):
    # as /dev/stdout and /dev/null, which a rename would destroy for the whole machine
    os.mkfifo(tmp_path / "pipe")
    with open(os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK), "rb") as reader:
        write_whole(tmp_path / "pipe", b"new")
        assert reader.read() == b"new"
    assert (tmp_path / "pipe").is_fifo()


def test_a_link_stays_a_link(old):
    # as /dev/stdout, a link to the file that a shell redirects to
    (old.parent / "link").symlink_to(old)
    write_whole(old.parent / "link", b"new")
    assert ((old.parent / "link").is_symlink(), old.read_bytes()) == (True, b"new")


def test_reads_at_most_a_byte_over_the_limit_and_names_what_it_cannot_read(old):
    assert (read_limited(old, 3), read_limited(old, 1)) == (b"old", b"ol")
    for path in (old.parent, old / "below", old.parent / "missing"):
        with pytest.raises(UsageError, match=f"cannot read {path}"):
            read_limited(path, 10)
