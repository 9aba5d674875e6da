"""The real command `enrichment worker`: message in, row out, whatever happens."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from enrichment.contract import queues
from enrichment.contract.messages import EnrichmentRequest
from tests import pipeline

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def tracks():
    return pipeline.track_rows(60)


@pytest.fixture
def world(tracks, tmp_path) -> Iterator[pipeline.Simulator]:
    file = pipeline.write_tracks(tmp_path / "tracks.jsonl", tracks)
    with pipeline.simulator(file, "--time-scale", "100", "--latency", "0.2") as running:
        yield running


def message(artist: str, title: str) -> bytes:
    body = {"track_id": "t", "artist": artist, "title": title, "priority": 5}
    return json.dumps(body).encode()


def done(database_url: str) -> int:
    found = pipeline.rows(
        database_url, "SELECT count(*) AS n FROM tracks WHERE status = 'completed'"
    )
    return found[0]["n"]


def test_a_published_track_becomes_an_enriched_row(
    workers, tracks, database_url, rabbitmq_url
):
    pipeline.declare(rabbitmq_url)
    pipeline.publish(rabbitmq_url, pipeline.requests_of(tracks))
    workers.start()

    pipeline.until(lambda: done(database_url) == len(tracks))

    row = pipeline.rows(
        database_url,
        "SELECT * FROM tracks WHERE track_id = $1",
        UUID(tracks[0]["track_id"]),
    )[0]
    assert row["outcome"] == "matched"
    assert row["spotify_id"]
    assert row["musicbrainz_id"]
    assert row["listeners"] > 0
    assert row["isrc"]
    provenance = json.loads(row["provenance"])
    assert provenance["spotify_id"][0] == "spotify"
    assert provenance["listeners"][0] == "lastfm"
    assert row["enrichment_timestamp"] is not None
    records = pipeline.rows(database_url, "SELECT * FROM provider_records")
    assert len(records) == 3 * len(tracks)
    credited = pipeline.rows(database_url, "SELECT count(*) AS n FROM track_credits")
    assert credited[0]["n"] >= len(tracks)
    assert pipeline.depth(rabbitmq_url, queues.MAIN_QUEUE) == 0
    assert pipeline.depth(rabbitmq_url, queues.DEAD_LETTER_QUEUE) == 0


def test_a_worker_killed_in_a_batch_leaves_every_track_completed_once(
    workers, world, tracks, database_url, rabbitmq_url
):
    pipeline.declare(rabbitmq_url)
    pipeline.publish(rabbitmq_url, pipeline.requests_of(tracks))
    victim = workers.start()
    # it has asked a provider, so a batch is in its hands, and nothing is written yet
    pipeline.until(lambda: sum(p["calls"] for p in world.summary().values()) > 0)
    victim.kill()

    workers.start()

    pipeline.until(lambda: done(database_url) == len(tracks))
    found = pipeline.rows(database_url, "SELECT count(*) AS n FROM tracks")
    assert found[0]["n"] == len(tracks)
    parts = pipeline.rows(
        database_url,
        "SELECT count(*) AS n FROM provider_records GROUP BY track_id, provider"
        " HAVING count(*) > 1",
    )
    assert parts == []
    pipeline.until(lambda: pipeline.depth(rabbitmq_url, queues.MAIN_QUEUE) == 0)
    assert pipeline.depth(rabbitmq_url, queues.DEAD_LETTER_QUEUE) == 0


@pytest.mark.parametrize("order", ["worker first", "publisher first", "init first"])
def test_parts_start_in_every_order(order, workers, tracks, database_url, rabbitmq_url):
    if order == "worker first":
        workers.start()
        pipeline.until(lambda: "Waiting for enrichment" in workers.started[0].said())
        pipeline.declare(rabbitmq_url)
    elif order == "publisher first":
        pipeline.declare(rabbitmq_url)
        pipeline.publish(rabbitmq_url, pipeline.requests_of(tracks[:1]))
        workers.start()
    else:
        for _ in range(2):
            initialised = pipeline.run_command(workers.environment, "queue-init")
            assert initialised.returncode == 0, initialised.stderr
        pipeline.declare(rabbitmq_url)
        workers.start()
    pipeline.publish(rabbitmq_url, pipeline.requests_of(tracks[:5]))

    pipeline.until(lambda: done(database_url) == 5)
    assert pipeline.depth(rabbitmq_url, queues.DEAD_LETTER_QUEUE) == 0


def test_bad_messages_are_dead_letters_with_their_reason_and_stop_nobody(
    workers, tracks, database_url, rabbitmq_url
):
    good = pipeline.requests_of(tracks[:3])
    newer = {**json.loads(good[0].model_dump_json()), "schema_version": 99}
    bad = [
        b"\x00\xff not json",
        b'{"track_id": "x"}',
        json.dumps(newer).encode(),
        message("ID", "ID"),
        message("a\x00b", "c"),
        b"{" + b" " * 100_000 + b"}",
    ]
    pipeline.declare(rabbitmq_url)
    mixed = [bad[0], good[0], *bad[1:4], good[1], *bad[4:], good[2]]
    pipeline.publish(rabbitmq_url, mixed)
    workers.start()

    pipeline.until(lambda: done(database_url) == len(good))
    pipeline.until(
        lambda: pipeline.depth(rabbitmq_url, queues.DEAD_LETTER_QUEUE) == len(bad)
    )

    letters = pipeline.dead_letters(rabbitmq_url)
    reasons = {body: headers["x-error-type"] for headers, body in letters}
    assert [reasons[body[:65_536]] for body in bad] == [
        "not_json",
        "schema",
        "newer_version",
        "unidentified",
        "schema",
        "too_large",
    ]
    headers = letters[0][0]
    assert headers["x-original-routing-key"] == queues.MAIN_QUEUE
    assert headers["x-source-service"] == "metadata-enrichment"
    assert headers["x-failed-at"]


def test_a_message_written_by_hand_makes_its_track(
    workers, world, tracks, database_url, rabbitmq_url
):
    track = tracks[0]
    pipeline.declare(rabbitmq_url)
    body = {
        "track_id": "test_0",
        "artist": track["artist"],
        "title": track["full_title"],
        "priority": 5,
    }
    pipeline.publish(rabbitmq_url, [json.dumps(body).encode()])
    workers.start()

    pipeline.until(lambda: done(database_url) == 1)

    row = pipeline.rows(database_url, "SELECT track_id FROM tracks")[0]
    assert str(row["track_id"]) == track["track_id"]


def test_the_same_track_again_costs_no_call(
    workers, world, tracks, database_url, rabbitmq_url
):
    pipeline.declare(rabbitmq_url)
    pipeline.publish(rabbitmq_url, pipeline.requests_of(tracks[:10]))
    workers.start()
    pipeline.until(lambda: done(database_url) == 10)
    before = world.summary()

    pipeline.publish(rabbitmq_url, pipeline.requests_of(tracks[:10]))
    pipeline.publish(rabbitmq_url, pipeline.requests_of(tracks[10:11]))
    pipeline.until(lambda: done(database_url) == 11)

    after = world.summary()
    for provider in after:
        # the eleventh track alone was asked for: at most one call per question
        assert after[provider]["calls"] - before[provider]["calls"] <= 2, provider


def test_sigterm_drains_and_gives_back(workers, tracks, database_url, rabbitmq_url):
    pipeline.declare(rabbitmq_url)
    worker = workers.start()
    pipeline.until(lambda: "Waiting for enrichment" in worker.said())
    pipeline.publish(rabbitmq_url, pipeline.requests_of(tracks))
    began = time.monotonic()

    worker.terminate()

    assert worker.wait() == 0
    # the grace, and what a busy machine adds
    assert time.monotonic() - began < 5 + 25
    assert "Consumer Statistics" in worker.said()
    written = done(database_url)
    workers.start()
    pipeline.until(lambda: done(database_url) == len(tracks))
    assert written <= len(tracks)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SPOTIFY_CLIENT_ID", ""),
        ("SPOTIFY_CLIENT_SECRET", ""),
        ("LASTFM_API_KEY", ""),
        ("MUSICBRAINZ_USER_AGENT", ""),
        ("PREFETCH_COUNT", "many"),
        ("QUEUE_NAME", "no_such_queue"),
    ],
)
def test_a_wrong_setting_is_named_before_anything_is_consumed(
    variable, value, workers, rabbitmq_url, tracks
):
    pipeline.declare(rabbitmq_url)
    pipeline.publish(rabbitmq_url, pipeline.requests_of(tracks[:1]))

    worker = workers.start(**{variable: value})

    assert worker.wait() == 78
    assert variable in worker.said()
    assert "Traceback" not in worker.said()
    assert pipeline.depth(rabbitmq_url, queues.MAIN_QUEUE) == 1


def test_a_server_that_is_not_there_yet_is_waited_for(
    workers, broker_outage, tracks, database_url, rabbitmq_url
):
    with broker_outage():
        worker = workers.start()
        pipeline.until(lambda: "Waiting for RabbitMQ" in worker.said())
    pipeline.until(lambda: "Waiting for enrichment" in worker.said())

    pipeline.publish(rabbitmq_url, pipeline.requests_of(tracks[:3]))

    pipeline.until(lambda: done(database_url) >= 3)
    assert done(database_url) == 3


def test_a_queue_with_other_arguments_is_an_error_that_says_which(
    workers, rabbitmq_url
):
    with pipeline.channel(rabbitmq_url) as broker:
        broker.queue_declare(
            queues.MAIN_QUEUE,
            durable=True,
            arguments={
                **queues.QUEUES[queues.Lane.MAIN].arguments,
                "x-delivery-limit": 5,
            },
        )

    worker = workers.start()

    assert worker.wait() == 69
    said = worker.said()
    assert queues.MAIN_QUEUE in said
    assert "x-delivery-limit" in said
    assert "Traceback" not in said


def test_an_unknown_track_ends_completed_without_a_match(
    workers, database_url, rabbitmq_url
):
    pipeline.declare(rabbitmq_url)
    request = EnrichmentRequest(
        track_id=str(uuid4()), artist="Nobody Ever", title="Never Heard", priority=5
    )
    pipeline.publish(rabbitmq_url, [request])
    workers.start()

    pipeline.until(lambda: done(database_url) == 1)

    row = pipeline.rows(database_url, "SELECT * FROM tracks")[0]
    assert row["outcome"] == "no_match"
    assert Path(workers.started[0].log).exists()
