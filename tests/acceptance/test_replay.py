"""`enrichment replay`, as `make demo` runs it: the shipped tracklists, twice."""

import csv
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from devstack import COMPARED_PROVIDERS
from tests.pipeline import until
from tests.processes import processes_naming

pytestmark = pytest.mark.timeout(300)

PROJECT = Path(__file__).resolve().parents[2]
SAMPLES = PROJECT / "demo" / "tracklists"
# What is compared here is compared with these, whoever else is known.
COMPARED = ("--providers", COMPARED_PROVIDERS)
OUTCOMES = {
    "completed",
    "partial",
    "no_match",
    "ambiguous",
    "unidentified",
    "waiting",
    "dead_lettered",
}


def replay(
    *arguments: str, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "enrichment", "replay", *COMPARED, *arguments],
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("replay")


@pytest.fixture(scope="module")
def told(folder) -> str:
    done = replay(
        str(SAMPLES),
        *("--workers", "2", "--passes", "2", "--time-scale", "10"),
        *("--report", str(folder / "report.json")),
        *("--unresolved", str(folder / "unresolved.csv")),
        *("--html", str(folder / "report.html")),
    )
    assert done.returncode == 0, done.stderr
    assert "enriched" in done.stdout
    assert "Where to look next" in done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def report(told, folder) -> dict:
    return json.loads((folder / "report.json").read_text())


def test_the_first_and_the_last_line_say_that_values_are_invented(told, report):
    lines = told.strip().splitlines()

    assert "invented" in lines[0]
    assert "invented" in lines[-1]
    assert report["providers"] == "invented"


def test_what_is_not_resolved_is_named_everywhere(told, folder):
    with (folder / "unresolved.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    page = (folder / "report.html").read_text()

    assert [row["reason"] for row in rows] == ["unidentified"] * 4
    for row in rows:
        assert f"{row['tracklist']}, row {row['position']}" in told
        assert f"{row['tracklist']}, row {row['position']}" in page


def test_every_track_of_the_shipped_lists_is_enriched(report):
    assert report["workers"] == 2
    assert report["mentions"] >= 240
    assert report["tracks"] >= 150
    assert report["outcomes"]["completed"] == report["tracks"]
    assert set(report["outcomes"]) == OUTCOMES
    assert report["outcomes"]["dead_lettered"] == 0
    assert report["published"] == report["tracks"]
    assert report["lost"] == 0


def test_every_provider_was_asked_and_none_refused(report):
    assert set(report["calls"]) == {"spotify", "musicbrainz", "lastfm"}
    assert all(count > 0 for count in report["calls"].values())
    assert set(report["refusals"].values()) == {0}
    # identity and batches: far fewer than one call for each mention
    assert report["calls"]["musicbrainz"] < report["tracks"] / 5
    assert report["calls"]["spotify"] <= report["tracks"] * 1.1


def test_a_second_pass_over_forgotten_rows_makes_no_call(report):
    again = report["passes"][1]

    assert again["outcomes"] == report["outcomes"]
    assert set(again["calls"].values()) == {0}
    assert again["cache"]["misses"] == 0
    assert again["cache"]["hits"] >= again["tracks"]


def test_a_run_on_kept_data_has_nothing_left_to_do(tmp_path):
    sample = min(SAMPLES.iterdir())
    kept = ("--keep", str(tmp_path / "kept"), "--time-scale", "10", "--no-summary")
    first = replay(str(sample), *kept)
    again = replay(str(sample), *kept)

    assert first.returncode == again.returncode == 0, first.stderr + again.stderr
    before, after = json.loads(first.stdout), json.loads(again.stdout)
    assert before["published"] > 0
    assert (after["published"], after["tracks_per_second"]) == (0, 0)
    assert set(after["calls"].values()) == {0}
    assert after["outcomes"] == before["outcomes"]
    # the world is made of printed rows and of files' facts, not of names as parsed
    given = (tmp_path / "kept" / "tracks.jsonl").read_text().splitlines()
    facts = {"raw", "duration_ms", "isrc"}
    assert all(set(json.loads(row)) == facts for row in given)
    assert 0 < before["world_tracks"] <= len(given)


@pytest.mark.parametrize("network", ["near", "far"])
def test_providers_are_asked_over_a_network_with_tls(network):
    done = replay(
        str(min(SAMPLES.iterdir())),
        *("--network", network, "--time-scale", "2", "--no-summary"),
    )

    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert report["outcomes"]["completed"] == report["tracks"] > 10
    assert all(count > 0 for count in report["calls"].values())


def test_a_used_up_day_ends_the_run_and_is_told(tmp_path):
    file = tmp_path / "report.json"
    began = datetime.now(UTC)

    done = replay(
        str(min(SAMPLES.iterdir())),
        *("--spotify-day", "5", "--time-scale", "20", "--report", str(file)),
    )

    assert done.returncode == 75, done.stdout + done.stderr
    report = json.loads(file.read_text())
    waiting = report["waiting_for"]["spotify"]
    assert report["calls"]["spotify"] == 5
    assert set(report["refusals"].values()) == {0}
    assert waiting["questions"] == report["outcomes"]["partial"] == report["tracks"] - 5
    assert report["outcomes"]["completed"] == 5
    assert report["outcomes"]["waiting"] == 0
    assert f"{waiting['questions']} questions wait for Spotify until" in done.stdout
    # a day of the providers' clock, twenty times as fast
    first = datetime.fromisoformat(waiting["first_due_at"]) - began
    assert timedelta(minutes=60) < first < timedelta(minutes=80)


def test_what_goes_to_the_backlog_is_enriched_too(tmp_path):
    """Rows of a crawl beyond 5,000 go there; most of these are of the same track."""
    lines = ["Nova Kin - Harbour\n"] * 5100
    lines += [f"Other {name} - Another Title\n" for name in "ABCDEFGHIJ"]
    (tmp_path / "long.txt").write_text("".join(lines))

    done = replay(str(tmp_path), "--time-scale", "40", "--no-summary")

    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["mentions"] == len(lines)
    assert report["tracks"] == report["outcomes"]["completed"] == 11
    assert report["waiting_for"] == {}


def test_the_simulator_has_none_of_our_secrets(tmp_path):
    secrets = {
        "LASTFM_API_KEY": "Zq5-a-key-of-ours",
        "SPOTIFY_CLIENT_SECRET": "Zq5-a-secret-of-ours",
        "DATABASE_URL": "postgresql://u:Zq5-a-password-of-ours@127.0.0.1:9/x",
    }
    # takes the simulator's place, and writes down what it was given
    package = tmp_path / "provider_simulator"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "__main__.py").write_text(
        f"import os; open({str(tmp_path / 'given')!r}, 'w').write(str(os.environ))\n"
    )

    done = replay(
        str(min(SAMPLES.iterdir())),
        environment={**secrets, "PYTHONPATH": str(tmp_path)},
    )

    assert "simulator: ended before it was ready" in done.stderr
    given = (tmp_path / "given").read_text()
    assert "PYTHONPATH" in given
    assert "Zq5" not in given


def test_a_simulator_that_dies_is_told_without_a_traceback(tmp_path):
    world = tmp_path / "world.jsonl"
    world.write_text("no track\n")

    done = replay(
        str(min(SAMPLES.iterdir())),
        *("--catalogue", str(world)),
        environment={"TMPDIR": str(tmp_path)},
    )

    assert done.returncode == 69
    assert "simulator: ended before it was ready" in done.stderr
    assert "world.jsonl" in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["world.jsonl"]


@pytest.mark.parametrize("moment", ["Starting private", "Pass 1"])
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)]
)
def test_a_run_that_is_told_to_end_leaves_nothing(tmp_path, moment, number, code):
    with subprocess.Popen(
        # what a shell runs in the background ignores Ctrl-C
        [
            *("env", "--default-signal=INT", sys.executable, "-m", "enrichment"),
            *("replay", str(SAMPLES)),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path), "PYTHONUNBUFFERED": "1"},
    ) as run:
        assert run.stdout is not None
        for line in run.stdout:
            if moment in line:
                break
        run.send_signal(number)
        _, err = run.communicate(timeout=120)

    assert run.returncode == code, err
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []
    assert processes_naming(str(tmp_path)) == []


def test_a_run_that_is_killed_leaves_nothing(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-m", "enrichment", "replay", str(SAMPLES)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path), "PYTHONUNBUFFERED": "1"},
    ) as run:
        assert run.stdout is not None
        next(line for line in run.stdout if "Pass 1" in line)
        run.kill()

    until(lambda: not processes_naming(str(tmp_path)), 60)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("made", ["nothing", "an empty folder", "a binary file"])
def test_a_path_without_a_tracklist_is_refused_in_one_line(made, tmp_path):
    path = tmp_path / "given"
    if made == "an empty folder":
        path.mkdir()
    elif made == "a binary file":
        path.write_bytes(bytes(range(256)) * 100)

    done = replay(str(path))

    assert done.returncode == (66 if made == "nothing" else 65)
    assert str(path) in done.stderr
    assert "Traceback" not in done.stderr


def test_the_console_stays_open_on_the_rows_until_ctrl_c(tmp_path):
    rows = ("Vela Nord - Harbour Lights", "Mira Sol - Slow Rain", "Ona - Dawn")
    (tmp_path / "set.txt").write_text("\n".join(rows))
    with subprocess.Popen(
        [
            *(sys.executable, "-m", "enrichment", "replay", str(tmp_path)),
            *("--time-scale", "40", "--console", "--json"),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        # a token of the shell's is not this run's
        env={**os.environ, "ENRICHMENT_API_TOKEN": "of-another-cluster"},
    ) as run:
        assert run.stderr is not None
        line = next(line for line in run.stderr if "console is open" in line)
        link = line.partition("is open: ")[2].strip()
        with httpx.Client(follow_redirects=True) as person:
            inbox = person.get(link)
            assert inbox.url.path == "/console/inbox"
            found = person.get(inbox.url.join("search"), params={"text": "vela nord"})
            assert "Harbour Lights" in found.text
        assert "too old" in httpx.get(link).text
        run.send_signal(signal.SIGINT)
        _, err = run.communicate(timeout=120)

    assert run.returncode == 0, err
    assert "Traceback" not in err
