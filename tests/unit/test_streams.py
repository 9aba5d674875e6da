"""Terminals that know few signs, the version, and a plan that needs no contact."""

import io
import json
import os
import pty
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from enrichment.cli.streams import json_fit_for, make_printable

COMMAND = Path(sys.executable).with_name("enrichment")
TRACKLIST = "1. Björk – Jóga\n2. 坂本龍一 - Parolibre\n3. Orbital - Halcyon\n"


def ascii_stream():
    return io.TextIOWrapper(io.BytesIO(), encoding="ascii")


def run(*arguments, **environment):
    return subprocess.run(
        [COMMAND, *arguments],
        env={"PATH": os.environ["PATH"], "ENRICHMENT_ENV_FILE": "", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_what_cannot_be_encoded_is_written_in_other_letters():
    stream = ascii_stream()

    make_printable(stream)
    stream.write("✗ Björk → 坂本")
    stream.flush()

    written = stream.buffer.getvalue().decode("ascii")
    assert written.startswith("x Bjork > ")
    assert "?" not in written


def test_json_stays_the_same_json():
    text = '{"artist": "Björk 🎧"}'

    fit = json_fit_for(text, ascii_stream())

    assert fit.isascii()
    assert json.loads(fit) == json.loads(text)
    assert json_fit_for(text, io.TextIOWrapper(io.BytesIO(), encoding="utf-8")) == text


def test_the_version_is_told():
    told = run("--version")

    assert (told.returncode, told.stdout) == (
        0,
        f"enrichment {version('songnodes-enrichment')}\n",
    )


@pytest.mark.parametrize("as_json", [False, True])
def test_a_plan_needs_no_contact_and_a_terminal_no_utf8(tmp_path, as_json):
    file = tmp_path / "night.txt"
    file.write_text(TRACKLIST)

    planned = run(
        "plan", str(file), *(["--json"] * as_json), PYTHONIOENCODING="ascii", LC_ALL="C"
    )

    assert planned.returncode == 0, planned.stderr
    assert planned.stdout.isascii()
    assert "musicbrainz" in planned.stdout


@pytest.mark.parametrize("wanted", [True, False])
def test_a_log_has_colours_at_a_terminal_unless_they_are_not_wanted(tmp_path, wanted):
    (tmp_path / "night.txt").write_text(TRACKLIST)
    (tmp_path / "none.txt").write_text("no list\n")
    terminal, theirs = pty.openpty()

    subprocess.run(
        [COMMAND, "plan", tmp_path],
        env={
            "PATH": os.environ["PATH"],
            "ENRICHMENT_ENV_FILE": "",
            **({} if wanted else {"NO_COLOR": "1"}),
        },
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        check=True,
        timeout=60,
    )

    said = os.read(terminal, 100_000)
    os.close(theirs)
    os.close(terminal)
    assert b"Left out" in said
    assert (b"\x1b[" in said) == wanted
