"""Workers ask providers beyond the first three: what DJs want, at a known price."""

import json
from contextlib import contextmanager

import pytest

from tests import pipeline

pytestmark = pytest.mark.timeout(300)

ALL = "spotify,musicbrainz,lastfm,deezer,reccobeats"
SCALE = "20"
# An error in an HTTP 200, and an empty answer.
LIES = [
    {"provider": "reccobeats", "kind": "error_body"},
    {"provider": "deezer", "kind": "empty", "operation": "album"},
]
_WRITTEN = "SELECT count(*) FROM tracks WHERE status IN ('completed', 'partial')"
_KEPT = """
SELECT count(*) FROM provider_answers
WHERE provider = 'reccobeats' OR question LIKE 'album:%'
"""
_FILLED = """
SELECT count(*) AS tracks, count(bpm) AS bpm, count(musical_key) AS musical_key,
       count(camelot_key) AS camelot_key, count(energy) AS energy,
       count(label) AS label, count(barcode) AS barcode,
       count(deezer_id) AS deezer_id, count(spotify_id) AS spotify_id
FROM tracks
"""
_PARTS = """
SELECT provider, outcome, count(*) AS parts, count(due_at) AS due
FROM provider_records GROUP BY 1, 2
"""


@pytest.fixture
def workers(rabbitmq_url, redis_url, database_url, tmp_path):
    """One worker that asks all providers of a simulator."""
    pipeline.declare(rabbitmq_url)
    made = pipeline.Workers({}, tmp_path)

    def start(running):
        made.environment |= {
            **running.settings,
            "RABBITMQ_URL": rabbitmq_url,
            "REDIS_URL": redis_url,
            "DATABASE_URL": database_url,
            "ENRICHMENT_PROVIDERS": ALL,
            "ENRICHMENT_TIME_SCALE": SCALE,
        }
        made.start()

    yield start
    made.end()


@contextmanager
def simulated(tmp_path, tracks, *options):
    listed = pipeline.write_tracks(tmp_path / "tracks.jsonl", tracks)
    with pipeline.simulator(listed, "--time-scale", SCALE, *options) as running:
        yield running


def done(database_url, tracks):
    """Whether every track has been written with an answer or a reason for none."""
    (row,) = pipeline.rows(database_url, _WRITTEN)
    return row["count"] == len(tracks)


def calls(running):
    return {name: one["calls"] for name, one in running.summary().items()}


def test_fields_come_in_few_calls_without_a_refusal_and_once(
    workers, database_url, rabbitmq_url, tmp_path
):
    tracks = pipeline.track_rows(60)
    with simulated(tmp_path, tracks) as running:
        workers(running)
        pipeline.publish(rabbitmq_url, pipeline.requests_of(tracks))
        pipeline.until(lambda: done(database_url, tracks))
        (filled,) = pipeline.rows(database_url, _FILLED)
        first = calls(running)
        pipeline.rows(database_url, "TRUNCATE tracks CASCADE")
        pipeline.publish(rabbitmq_url, pipeline.requests_of(tracks))
        pipeline.until(lambda: done(database_url, tracks))
        seen = running.summary()

    for column, count in dict(filled).items():
        assert count >= 0.9 * len(tracks), column
    assert all(one["refusals"] == one["rejected"] == 0 for one in seen.values())
    # a page and an album for each track; one question in two calls for forty
    assert first["deezer"] <= 3 * len(tracks)
    assert first["reccobeats"] <= 8
    assert {name: one["calls"] for name, one in seen.items()} == first


def test_a_provider_that_lies_costs_its_own_calls_and_says_nothing(
    workers, database_url, rabbitmq_url, tmp_path
):
    tracks = pipeline.track_rows(12)
    faults = tmp_path / "faults.json"
    faults.write_text(json.dumps(LIES))
    with simulated(tmp_path, tracks, "--faults", str(faults)) as running:
        workers(running)
        pipeline.publish(rabbitmq_url, pipeline.requests_of(tracks))
        pipeline.until(lambda: done(database_url, tracks))

    parts = {
        (r["provider"], r["outcome"]): r for r in pipeline.rows(database_url, _PARTS)
    }
    assert parts["reccobeats", "failed"]["parts"] == len(tracks)
    assert ("reccobeats", "absent") not in parts
    # the match stands, and is asked to be completed again
    assert parts["deezer", "found"]["due"] == len(tracks)
    for name in ("spotify", "musicbrainz", "lastfm"):
        assert parts[name, "found"]["parts"] == len(tracks)
        assert not parts[name, "found"]["due"]
    (kept,) = pipeline.rows(database_url, _KEPT)
    assert kept["count"] == 0
