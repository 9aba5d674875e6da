"""Bars of what lasts: they fit a terminal, tell the time left, and are silent else."""

import io
import os
import pty
import subprocess
import sys

import pytest
from scrapy.exceptions import NotConfigured

from enrichment.cli import progress
from scrapers.extensions.progress import Progress, progress_line

BAR = """
import sys, time
from enrichment.cli.progress import bar
with bar("exporting", 1_000_000) as advance:
    advance(400_000)
    time.sleep(0.3)
    advance(600_000)
"""


def test_a_crawls_line_fits_80_columns_and_tells_the_time_left():
    line = progress_line(250_000, 1_000_000, seconds=100_000, width=79)

    assert len(line) < 80
    assert "250,000/1,000,000 files, 83:20:00 left" in line
    assert line.count("#") == 6
    assert progress_line(3, None, seconds=61, width=79) == "3 pages, 1:01"
    assert progress_line(0, 0, seconds=1, width=79).endswith("0/0 files")


def test_nothing_is_said_where_nobody_looks(capsys):
    with progress.bar("exporting", 10) as advance:
        advance(10)

    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_a_terminal_of_80_columns_sees_a_bar_on_one_line(encoding):
    terminal, theirs = pty.openpty()

    done = subprocess.run(
        [sys.executable, "-c", BAR],
        env={
            "PATH": os.environ["PATH"],
            "COLUMNS": "80",
            "TERM": "xterm",
            "PYTHONIOENCODING": encoding,
        },
        stdout=subprocess.PIPE,
        stderr=theirs,
        check=True,
        timeout=60,
    )

    said = os.read(terminal, 100_000).decode(encoding)
    os.close(theirs)
    os.close(terminal)
    assert done.stdout == b""
    assert "exporting" in said
    assert "1000000" in said
    assert "\n\n" not in said


def test_a_crawl_at_no_terminal_says_nothing_of_it(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())

    with pytest.raises(NotConfigured):
        Progress.from_crawler(None)
