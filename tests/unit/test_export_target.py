"""A file that is exported to is whole or not there."""

import errno
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from enrichment.exports import target


def names(folder):
    return [each.name for each in folder.iterdir()]


def test_the_name_appears_with_the_whole_file(tmp_path):
    file = tmp_path / "rows.csv"

    with target.opened(file) as opened:
        opened.write(b"half")
        assert not file.exists()
        opened.write(b" and half")

    assert file.read_bytes() == b"half and half"
    assert names(tmp_path) == ["rows.csv"]


def test_what_is_cut_off_leaves_the_file_of_before_and_nothing_else(tmp_path):
    file = tmp_path / "rows.csv"
    file.write_bytes(b"of before")

    def cut_off():
        with target.opened(file) as opened:
            opened.write(b"half")
            raise ConnectionError

    with pytest.raises(ConnectionError):
        cut_off()

    assert file.read_bytes() == b"of before"
    assert names(tmp_path) == ["rows.csv"]


def test_a_link_and_the_mode_of_the_file_stay(tmp_path):
    file, link = tmp_path / "rows.csv", tmp_path / "link"
    file.write_bytes(b"of before")
    file.chmod(0o600)
    link.symlink_to(file)

    with target.opened(link) as opened:
        opened.write(b"new")

    assert link.is_symlink()
    assert file.read_bytes() == b"new"
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", [".", "no/such/folder"])
def test_what_cannot_be_written_is_named(tmp_path, name):
    with (
        pytest.raises(OSError, match=r"director") as raised,
        target.opened(tmp_path / name),
    ):
        pytest.fail("nothing can be written there")

    assert raised.value.filename == str(tmp_path / name)
    assert names(tmp_path) == []


def test_a_device_is_written_to_as_it_is():
    full = Path("/dev/full")

    with (
        pytest.raises(OSError, match="No space left"),
        target.opened(full) as opened,
        target.named(full),
    ):
        opened.write(b"x")


FULL = """
import pathlib, sys
from enrichment.exports import target
path = pathlib.Path(sys.argv[1])
try:
    with target.opened(path) as opened:
        for _ in range(100):
            with target.named(path):
                opened.write(b"x" * 10_000)
except OSError as error:
    sys.exit(f"{error.errno} {error.filename}")
"""


def test_a_disk_that_is_full_leaves_no_half_file(tmp_path):
    file = tmp_path / "rows.csv"

    run = subprocess.run(
        [sys.executable, "-c", FULL, file],
        # the file system's own limit is not ours to set: the process's is
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000)),
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.stderr.strip() == f"{errno.EFBIG} {file}"
    assert names(tmp_path) == []
