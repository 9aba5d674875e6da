"""`enrichment replay`, as `make demo` runs it: the shipped tracklists, twice."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(300)

PROJECT = Path(__file__).resolve().parents[2]
SAMPLES = PROJECT / "demo" / "tracklists"
OUTCOMES = {
    "completed",
    "partial",
    "no_match",
    "ambiguous",
    "unidentified",
    "waiting",
    "dead_lettered",
}


def replay(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "enrichment", "replay", *arguments],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> dict:
    file = tmp_path_factory.mktemp("replay") / "report.json"
    done = replay(
        str(SAMPLES),
        *("--workers", "2", "--passes", "2", "--time-scale", "10"),
        *("--report", str(file)),
    )
    assert done.returncode == 0, done.stderr
    assert "enriched" in done.stdout
    assert "Where to look next" in done.stdout
    return json.loads(file.read_text())


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
    assert after["published"] == 0
    assert set(after["calls"].values()) == {0}
    assert after["outcomes"] == before["outcomes"]


@pytest.mark.parametrize("made", ["nothing", "an empty folder", "a binary file"])
def test_a_path_without_a_tracklist_is_refused_in_one_line(made, tmp_path):
    path = tmp_path / "given"
    if made == "an empty folder":
        path.mkdir()
    elif made == "a binary file":
        path.write_bytes(bytes(range(256)) * 100)

    done = replay(str(path))

    assert done.returncode == 78
    assert str(path) in done.stderr
    assert "Traceback" not in done.stderr
