"""The judge of rows: what is right, wrong, a copy, a cascade; decisions as hashes."""

import subprocess
import sys
from collections import defaultdict

import pytest

from benchmarks.truth import decisions
from benchmarks.truth.judging import Row, cascades, judge, report
from provider_simulator.world.catalogue import Given
from provider_simulator.world.hostile.playlist import Played, Playlist
from provider_simulator.world.hostile.world import Hostile, Meaning

SALT = Given("Wren", "Salt")
SAND = Given("Ada", "Sand")
ALL = ("spotify", "musicbrainz", "lastfm")


@pytest.fixture
def made():
    played = tuple(
        Played(given.key, given, f"{given.artist} - {given.title}")
        for given in (SALT, SAND)
    )
    beside = {name: defaultdict(set) for name in ALL}
    beside["spotify"][SALT.key].add("version")
    return Hostile(
        Playlist((), played, {}),
        present={
            SALT.key: frozenset({"spotify", "musicbrainz"}),
            SAND.key: frozenset(),
        },
        meanings={
            "spotify": {
                "s": Meaning(SALT.key, "right"),
                "cut": Meaning(SALT.key, "dj-mix"),
                "remix": Meaning(SALT.key, "version"),
            },
            "musicbrainz": {
                "m": Meaning(SALT.key, "right"),
                "clean": Meaning(SALT.key, "clean"),
                "video": Meaning(SAND.key, "video"),
                "other": Meaning(SALT.key, "sequel"),
            },
            "lastfm": {},
        },
        beside=beside,
        isrcs={"other": ("ZZTST2600001",), "m": ("ZZTST2600002",)},
    )


@pytest.mark.parametrize(
    ("row", "verdict", "kind"),
    [
        (Row("Wren - Salt", "spotify", "s", "found"), "right", ""),
        (Row("Wren - Salt", "spotify", "cut", "found"), "copy", "dj-mix"),
        (Row("Wren - Salt", "spotify", "remix", "found"), "wrong", "version"),
        (Row("Ada - Sand", "spotify", "s", "found"), "wrong", "another track"),
        (Row("Ada - Sand", "spotify", "?", "found"), "wrong", "an id of no recording"),
        (Row("Wren - Salt", "spotify", None, "ambiguous"), "ambiguous", ""),
        (Row("Ada - Sand", "spotify", None, "absent"), "none", ""),
        (Row("Wren - Salt", "musicbrainz", "clean", "found"), "copy", "clean"),
        # a copy without its recording is another recording
        (Row("Ada - Sand", "musicbrainz", "video", "found"), "wrong", "video"),
    ],
)
def test_a_row_is_judged_by_what_its_id_is(made, row, verdict, kind):
    [judged] = judge([row], made)

    assert (judged.verdict, judged.kind) == (verdict, kind)


def test_lines_that_nobody_asked_are_not_judged(made):
    assert judge([Row("Bo - Stone", "spotify", "s", "found")], made) == []


@pytest.mark.parametrize(
    ("taken", "question", "expected"),
    [
        ("other", "isrc:ZZTST2600001", 1),
        # asked by names, or by the ISRC of a right match
        ("other", "search:wren:salt", 0),
        ("m", "isrc:ZZTST2600002", 0),
    ],
)
def test_a_cascade_is_a_wrong_id_that_a_wrong_match_asked_for(
    made, taken, question, expected
):
    rows = [
        Row("Wren - Salt", "musicbrainz", taken, "found"),
        Row("Wren - Salt", "spotify", "remix", "found", question),
    ]

    assert cascades(judge(rows, made), made) == expected


def test_the_report_has_its_keys(made):
    rows = [
        Row("Wren - Salt", "spotify", "remix", "found"),
        Row("Ada - Sand", "spotify", None, "absent"),
    ]

    told = report(judge(rows, made), made)

    assert told["tracks"] == 2
    assert told["wrong_by_kind"] == {"version": 1}
    assert told["cascades"] == 0
    spotify = told["providers"]["spotify"]
    assert spotify["present"] == {
        "n": 1, "right": 0, "wrong": 1, "copy": 0, "ambiguous": 0, "none": 0
    }  # fmt: skip
    assert spotify["absent"] == {"n": 1, "wrong": 0, "ambiguous": 0, "none": 1}
    assert set(spotify["by_kind"]) == {"version", "alone"}


def test_decisions_are_kept_without_names_and_compared_by_track(made, tmp_path):
    before = judge([Row("Wren - Salt", "spotify", "s", "found")], made)
    after = judge([Row("Wren - Salt", "spotify", "remix", "found")], made)
    file = tmp_path / "decisions.txt"

    decisions.write(decisions.hashed(before), file)

    recorded = decisions.read(file)
    assert "Wren" not in file.read_text()
    assert decisions.differences(recorded, decisions.hashed(before)) == []
    [difference] = decisions.differences(recorded, decisions.hashed(after))
    assert difference.provider == "spotify"
    assert difference.track == decisions.track_hash(before[0])


def test_without_mixes_it_says_so(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.truth", "--mixes", tmp_path / "none.jsonl"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 2
    assert "MIXES=FILE" in done.stderr
