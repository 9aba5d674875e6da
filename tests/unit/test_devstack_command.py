"""What `python -m devstack` says to a wrong call."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("arguments", "code", "named"),
    [
        (["banana"], 2, "'banana'"),
        (["--folder", "/proc/x"], 1, "/proc/x"),
        (["--folder", __file__], 1, __file__),
    ],
    ids=["no such server", "no such place", "a file"],
)
def test_a_wrong_call_is_told_in_one_line(arguments, code, named):
    done = subprocess.run(
        [sys.executable, "-m", "devstack", "up", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == code
    assert named in done.stderr
    assert "Traceback" not in done.stderr
