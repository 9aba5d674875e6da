"""What `python -m devstack` says to a wrong call."""

import subprocess
import sys


def test_a_server_that_there_is_not_is_told_in_one_line():
    done = subprocess.run(
        [sys.executable, "-m", "devstack", "up", "banana"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 2
    assert "'banana'" in done.stderr
    assert "Traceback" not in done.stderr
