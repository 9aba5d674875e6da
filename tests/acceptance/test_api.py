"""The real command `enrichment serve`: its process, its scheduler, its end."""

import json
import signal
import time

import pytest

from enrichment.contract import queues
from tests import pipeline
from tests.service import starter

pytestmark = pytest.mark.timeout(300)

TRACK = {"artist": "Mira Sol", "title": "Harbour Lights"}


@pytest.fixture
def serve(database_url, redis_url, rabbitmq_url, tmp_path):
    servers = {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "RABBITMQ_URL": rabbitmq_url,
    }
    return starter(servers, tmp_path)


def test_a_track_asked_for_is_queued_and_explained(serve, rabbitmq_url):
    with serve() as service:
        status, text = service.call("/tracks", TRACK)
        receipt = json.loads(text)

        assert (status, receipt["published"]) == (202, True)
        assert pipeline.depth(rabbitmq_url, queues.MAIN_QUEUE) == 1
        status, text = service.call(f"/tracks/{receipt['track_id']}", token=None)
        assert json.loads(text)["status"] == "in_progress"
        assert service.call("/healthz", token=None)[0] == 200
        assert service.call("/readyz", token=None)[0] == 200


def test_dead_letters_may_be_looked_at_again_and_again(serve, rabbitmq_url):
    with serve() as service:
        assert service.url
        pipeline.publish(rabbitmq_url, [b"{"], queues.DEAD_LETTER_QUEUE)
        for _ in range(3):
            pipeline.until(
                lambda: pipeline.depth(rabbitmq_url, queues.DEAD_LETTER_QUEUE) == 1
            )
            status, text = service.call("/dead-letters", token=None)

            assert (status, json.loads(text)["total"]) == (200, 1)


def test_its_scheduler_publishes_what_nobody_published(
    serve, database_url, rabbitmq_url
):
    pipeline.rows(
        database_url,
        "INSERT INTO tracks (track_id, track_key, artist, title, first_queued_at)"
        " VALUES (gen_random_uuid(), 'a|b', 'A', 'B', now() - interval '1 hour')",
    )
    with serve() as service:
        assert service.url
        pipeline.until(lambda: pipeline.depth(rabbitmq_url, queues.MAIN_QUEUE) == 1)

        swept = 'enrichment_tracks_swept_total{kind="unpublished"} 1.0'
        pipeline.until(lambda: swept in service.call("/metrics", token=None)[1])


def test_while_the_broker_is_away_a_track_is_kept_and_published_later(
    serve, broker_outage, rabbitmq_url
):
    with serve() as service:
        assert service.url
        with broker_outage():
            status, text = service.call("/tracks", TRACK)
            assert status == 202
            assert json.loads(text)["published"] is False
            assert json.loads(text)["status"] == "pending"
            assert service.call("/readyz")[0] == 503
            assert service.call("/queues")[0] == 503

        pipeline.until(lambda: pipeline.depth(rabbitmq_url, queues.MAIN_QUEUE) == 1)


def test_told_to_stop_it_ends_gently(serve):
    with serve() as service:
        assert service.url
        began = time.monotonic()

        service.process.send_signal(signal.SIGTERM)

        assert service.process.wait(timeout=120) == 0
    assert time.monotonic() - began < 30
    assert "Traceback" not in service.said()


def test_told_to_stop_while_it_waits_for_a_server_it_ends(serve):
    with serve(RABBITMQ_URL="amqp://nobody:x@127.0.0.1:1/v") as service:
        pipeline.until(lambda: "Waiting for RabbitMQ" in service.said())

        service.process.send_signal(signal.SIGTERM)

        assert service.process.wait(timeout=120) == 0


def test_a_secret_stands_in_no_log_and_no_answer(
    serve, database_url, rabbitmq_url, tmp_path
):
    file = tmp_path / "token"
    file.write_text("kept in a file\n")
    with serve(ENRICHMENT_API_TOKEN="", ENRICHMENT_API_TOKEN_FILE=str(file)) as service:
        wrong = service.call("/tracks", TRACK, token="guessed")
        right = service.call("/tracks", TRACK, token="kept in a file")
        bad = service.call("/tracks", {"artist": 1}, token="kept in a file")
        pages = [wrong[1], right[1], bad[1], service.call("/metrics")[1]]

        assert [wrong[0], right[0], bad[0]] == [401, 202, 422]
        told = service.said() + "".join(pages)
        for secret in ("kept in a file", "guessed", database_url, rabbitmq_url):
            assert secret not in told


def test_a_port_in_use_is_told_before_anything_is_opened(serve):
    with serve() as first:
        port = first.url.rsplit(":", 1)[1]
        first.log.rename(first.log.with_name("first.log"))
        with serve(ENRICHMENT_API_PORT=port) as second:
            assert second.process.wait(timeout=120) == 78
            assert "ENRICHMENT_API_PORT" in second.said()
            assert "Traceback" not in second.said()
