"""Folders and files of others: each bad one costs itself alone, and is named."""

import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from scrapers import files
from scrapers.parsing.child import PARSE_SECONDS
from scrapers.parsing.parent import ParseFailed, Parser
from tests.crawls import crawl, environment, finished, rows, start_crawl, wait_until
from tests.hostile import bad_files
from tests.hostile.bad_files import BAD

__all__ = ["environment"]

GOOD = 3
# What a command may take while it reads what is without end.
MEMORY_BYTES = 1_500 * 2**20


def good_list(number: int) -> str:
    return (
        f"1. Vela Nord {number} - Harbour Lights\n2. Tamsin Grey - Halyard {number}\n"
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Good lists beside everything that a folder can hold."""
    place = tmp_path / "lists"
    place.mkdir()
    for number in range(GOOD):
        (place / f"good {number}.txt").write_text(good_list(number))
    bad_files.put_into(place, good=good_list(9))
    return place


def test_a_crawl_reads_the_good_and_names_the_bad(folder, environment):
    done = crawl("tracklist_files", environment, path=folder)

    assert done.code == 0, done.log
    found = rows(environment["DATABASE_URL"], "SELECT source_key FROM tracklists")
    names = {Path(row["source_key"]).name for row in found}
    assert {f"good {n}.txt" for n in range(GOOD)} | {"caf\\xe9.txt"} <= names
    for name in BAD:
        assert name in done.log, name
    assert done.report["pages"]["unavailable"] == 6
    assert sum(done.report["pages"].values()) == len(list(folder.iterdir()))
    assert "\x1b" not in done.log
    assert not [line for line in done.log.splitlines() if line.endswith("forged.cue")]
    assert "Traceback" not in done.log


def test_files_that_vanish_while_a_crawl_reads_cost_themselves(tmp_path, environment):
    for number in range(400):
        (tmp_path / f"{number:03}.txt").write_text(good_list(number))
    crawling = start_crawl("tracklist_files", environment, path=tmp_path)
    wait_until(
        lambda: rows(environment["DATABASE_URL"], "SELECT 1 FROM tracklists LIMIT 1")
    )
    for path in sorted(tmp_path.iterdir())[1::2]:
        path.unlink()

    done = finished(crawling)

    pages = done.report["pages"]
    # a name that was gone before the folder was read is none of the crawl's
    assert pages["parsed"] >= 200
    assert pages["parsed"] + pages["unavailable"] == 400
    assert done.code == 0


def test_plan_prices_the_good_and_names_the_bad(folder):
    agent = "SongNodesTests/1.0 ( tests@localhost )"
    done = command("plan", str(folder), "--json", MUSICBRAINZ_USER_AGENT=agent)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["tracks"] >= 2 * GOOD
    for name in BAD:
        assert name in done.stderr.decode(), name


def command(*arguments: str, **settings: str) -> subprocess.CompletedProcess[bytes]:
    """Run `enrichment …` with as much memory as a container grants."""
    return subprocess.run(
        [sys.executable, "-m", "enrichment", *arguments],
        env={"PATH": os.environ["PATH"], "ENRICHMENT_ENV_FILE": "", **settings},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES,) * 2),
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    "arguments",
    [("parse",), ("parse", "--format", "lines"), ("match",)],
    ids=["parse", "lines", "match"],
)
def test_what_has_no_end_is_read_to_a_bound(arguments):
    done = command(*arguments, "/dev/zero")

    assert done.returncode == 65
    assert b"Traceback" not in done.stderr
    assert b"/dev/zero" in done.stderr


LONG = "A" * 100_000
LIBRARIES = {
    "one long name in many playlists": (
        f'<DJ_PLAYLISTS><COLLECTION><TRACK TrackID="1" Name="{LONG}" Artist="B"/>'
        '</COLLECTION><PLAYLISTS><NODE Type="0"><NODE Type="1" Name="p">'
        + '<TRACK Key="1"/>' * 290_000
        + "</NODE></NODE></PLAYLISTS></DJ_PLAYLISTS>"
    ),
    "many playlists of one track": (
        '<DJ_PLAYLISTS><COLLECTION><TRACK TrackID="1" Name="A" Artist="B"/>'
        '</COLLECTION><PLAYLISTS><NODE Type="0">'
        + ('<NODE Type="1" Name="p">' + '<TRACK Key="1"/>' * 999 + "</NODE>") * 300
        + "</NODE></PLAYLISTS></DJ_PLAYLISTS>"
    ),
    "elements": "<NML>" + "<A/>" * 10_000_000 + "</NML>",
    "markup": "<html>" + "<p>" * 15_000_000,
    "lists": "[" + "[]," * 15_000_000 + "[]]",
    "attributes": "<NML>" + f'<A B="{LONG}"/>' * 400 + "</NML>",
}


@pytest.mark.parametrize("kind", LIBRARIES)
def test_a_file_that_multiplies_itself_is_refused_in_time(kind, tmp_path):
    file = tmp_path / "library"
    file.write_text(LIBRARIES[kind])

    done = command("parse", str(file))

    assert done.returncode == 65, done.stderr[-2000:]
    assert b"Traceback" not in done.stderr
    assert len(done.stdout) < 64 * 2**20


async def test_a_parse_that_lasts_is_ended_and_the_next_one_is_read():
    parser = Parser()
    try:
        assert await parser.parse(good_list(1).encode())
        # the longest parse that there is: its process does not move
        [child] = parse_children(os.getpid())
        child.suspend()
        parser.seconds = 0.2
        with pytest.raises(ParseFailed, match=r"within 0\.2 s"):
            await parser.parse(good_list(2).encode())
        parser.seconds = 60
        assert await parser.parse(good_list(3).encode())
    finally:
        parser.close()
    assert parse_children(os.getpid()) == []


def parse_children(pid: int) -> list[psutil.Process]:
    return [
        child
        for child in psutil.Process(pid).children()
        if child.status() != psutil.STATUS_ZOMBIE
        and "scrapers.parsing.child" in child.cmdline()
    ]


def test_a_parse_that_lasts_holds_up_no_end(tmp_path, environment):
    for number in range(400):
        (tmp_path / f"{number:03}.txt").write_text(good_list(number))
    crawling = start_crawl("tracklist_files", environment, path=tmp_path)
    wait_until(
        lambda: rows(environment["DATABASE_URL"], "SELECT 1 FROM tracklists LIMIT 1")
    )
    [child] = parse_children(crawling.pid)
    child.suspend()

    # the second signal counts once the first one has been taken
    crawling.send_signal(signal.SIGTERM)
    assert crawling.stderr is not None
    while "shutting down gracefully" not in crawling.stderr.readline():
        assert crawling.poll() is None
    crawling.send_signal(signal.SIGTERM)

    # sooner than a parse may last
    finished(crawling, seconds=PARSE_SECONDS - 5)
    wait_until(lambda: not child.is_running())


def test_a_file_is_read_to_a_bound_and_a_pipe_is_not_waited_for(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, Path("/dev/zero"), tmp_path, tmp_path / "none"):
        with pytest.raises(files.CannotRead):
            files.contents(path)
    (tmp_path / "file").write_bytes(b"x" * 100)
    assert files.contents(tmp_path / "file", most=100) == b"x" * 100
    with pytest.raises(files.CannotRead, match="larger"):
        files.contents(tmp_path / "file", most=99)
