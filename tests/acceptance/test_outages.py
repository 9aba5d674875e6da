"""A server of ours is away, or the worker is told to stop, while tracks flow."""

import contextlib
import json
import time
from collections.abc import Iterator
from uuid import UUID

import pytest
import redis as redis_library

from devstack import ports
from enrichment.contract import queues
from rehearsal import processes
from tests import pipeline

pytestmark = pytest.mark.timeout(300)

COUNT = 240
# Limits bind, so there is load, and windows that must pass after an outage are short.
SCALE = "40"
# Measured by `python -m benchmarks.chaos --outage 60`; a busy machine takes longer.
RESUMED_WITHIN_SECONDS = 30
GRACE_SECONDS = 4
STOPPED_WITHIN_SECONDS = 10
# Each server that is away is waited for a little, by a busy machine a little longer.
STOPPED_WITHOUT_SERVER_SECONDS = GRACE_SECONDS + 25
MENDED_WITHIN_SECONDS = 30


@pytest.fixture
def tracks():
    return pipeline.track_rows(COUNT)


@pytest.fixture
def scale():
    return SCALE


@pytest.fixture
def settings():
    """Workers that the providers' limits hold up: some seconds of load."""
    return {
        "ENRICHMENT_STOP_GRACE_SECONDS": str(GRACE_SECONDS),
        "PREFETCH_COUNT": "20",
    }


def statuses(database_url):
    found = pipeline.rows(
        database_url, "SELECT status, count(*) AS n FROM tracks GROUP BY 1"
    )
    return {row["status"]: row["n"] for row in found}


def done(database_url):
    return statuses(database_url).get("completed", 0)


def under_load(workers, tracks, database_url, rabbitmq_url, **environment):
    """A worker with some tracks done and most of them still to do."""
    pipeline.declare(rabbitmq_url)
    worker = workers.start(**environment)
    pipeline.until(lambda: "Waiting for enrichment" in worker.said())
    pipeline.publish(rabbitmq_url, pipeline.requests_of(tracks))
    pipeline.until(lambda: done(database_url) > 0)
    return worker


def is_away(server, worker):
    said = {
        "postgres": "Server away: consumption pauses",
        "redis": "Redis is away",
        "rabbitmq": "AMQPConnectionError",
    }
    return said[server] in worker.said()


@pytest.fixture
def away(stack, broker_restarts):
    @contextlib.contextmanager
    def without(name) -> Iterator[None]:
        """Without this server; it comes back even where the test fails."""
        server = stack.servers[name]
        server.stop()
        try:
            yield
        finally:
            server.start()
            if server is stack.rabbitmq:
                broker_restarts.append(server.url)

    return without


def progressed(database_url, before):
    return done(database_url) > before


@pytest.mark.parametrize(
    ("name", "scale"),
    # RabbitMQ lets the worker go on for seconds of its own stop
    [("postgres", SCALE), ("redis", SCALE), ("rabbitmq", "5")],
)
def test_work_goes_on_by_itself_when_a_server_comes_back(
    name, away, workers, tracks, database_url, rabbitmq_url
):
    worker = under_load(workers, tracks, database_url, rabbitmq_url)

    with away(name):
        pipeline.until(lambda: is_away(name, worker))
    back_at = time.monotonic()
    before = done(database_url)
    assert before < COUNT, "there was load"
    pipeline.until(lambda: progressed(database_url, before))

    assert time.monotonic() - back_at < RESUMED_WITHIN_SECONDS
    pipeline.until(lambda: done(database_url) == COUNT)
    assert worker.process.poll() is None
    assert statuses(database_url) == {"completed": COUNT}
    assert pipeline.depth(rabbitmq_url, queues.DEAD_LETTER_QUEUE) == 0


def test_an_outage_of_postgres_spends_no_delivery(
    away, workers, tracks, database_url, rabbitmq_url
):
    worker = under_load(workers, tracks, database_url, rabbitmq_url)

    with away("postgres"):
        pipeline.until(lambda: worker.said().count("consumption pauses") >= 4)
        worker.kill()  # which itself spends one
        with pipeline.channel(rabbitmq_url) as channel:
            spent = [
                (properties.headers or {}).get("x-delivery-count", 0)
                for _, properties, _ in _taken(channel)
            ]

    assert len(spent) > 0
    assert set(spent) <= {0, 1}
    assert spent.count(1) <= 20, "what was in hand"


def _taken(channel):
    while True:
        method, properties, body = channel.basic_get(queues.MAIN_QUEUE)
        if method is None:
            return
        yield method, properties, body


@pytest.mark.parametrize("gone", [None, "postgres", "redis", "rabbitmq"])
def test_told_to_stop_under_load_it_stops_in_time_and_loses_nothing(
    gone, away, workers, tracks, database_url, rabbitmq_url
):
    worker = under_load(workers, tracks, database_url, rabbitmq_url)

    with away(gone) if gone else contextlib.nullcontext():
        began = time.monotonic()
        worker.terminate()
        code = worker.wait()
        took = time.monotonic() - began

    most = STOPPED_WITHOUT_SERVER_SECONDS if gone else STOPPED_WITHIN_SECONDS
    assert took < most
    assert code == 0
    assert "Traceback" not in worker.said()
    if gone is None:
        with pipeline.channel(rabbitmq_url) as channel:
            left = {json.loads(body)["track_id"] for _, _, body in _taken(channel)}
        written = _written(database_url)
        assert not left & written, "what was written is not delivered again"
        assert left | written == {track["track_id"] for track in tracks}
    workers.start()
    pipeline.until(lambda: done(database_url) == COUNT)
    assert pipeline.depth(rabbitmq_url, queues.DEAD_LETTER_QUEUE) == 0


def _written(database_url):
    found = pipeline.rows(
        database_url, "SELECT track_id FROM tracks WHERE status = 'completed'"
    )
    return {str(row["track_id"]) for row in found}


def test_what_comes_again_after_a_kill_costs_no_call(
    workers, world, tracks, database_url, rabbitmq_url
):
    """Written, but not yet acked: as after a kill between the two."""
    worker = under_load(workers, tracks[:40], database_url, rabbitmq_url)
    pipeline.until(lambda: done(database_url) == 40)
    worker.terminate()
    worker.wait()
    before = {name: counts["calls"] for name, counts in world.summary().items()}
    rows = pipeline.rows(database_url, "SELECT * FROM tracks ORDER BY track_id")

    pipeline.publish(rabbitmq_url, pipeline.requests_of(tracks[:40]))
    workers.start()
    pipeline.until(lambda: pipeline.depth(rabbitmq_url, queues.MAIN_QUEUE) == 0)
    workers.started[-1].terminate()
    workers.started[-1].wait()

    after = {name: counts["calls"] for name, counts in world.summary().items()}
    assert after == before
    assert pipeline.rows(database_url, "SELECT * FROM tracks ORDER BY track_id") == rows


def test_a_queue_deleted_under_the_worker_is_consumed_again(
    workers, tracks, database_url, rabbitmq_url
):
    # none that somebody's connection is given meanwhile
    port = ports.free_ports(["metrics"])["metrics"]
    pipeline.declare(rabbitmq_url)
    worker = workers.start(ENRICHMENT_METRICS_PORT=str(port))

    def gauge():
        values = processes.fetch_metrics(f"http://127.0.0.1:{port}/metrics")
        return values.get("enrichment_consumers_active")

    pipeline.until(lambda: gauge() == 1)
    with pipeline.channel(rabbitmq_url) as channel:
        channel.queue_delete(queues.MAIN_QUEUE)
    deleted_at = time.monotonic()

    pipeline.until(lambda: _consumers(rabbitmq_url) == 1)
    pipeline.until(lambda: gauge() == 1)
    assert time.monotonic() - deleted_at < MENDED_WITHIN_SECONDS
    pipeline.publish(rabbitmq_url, pipeline.requests_of(tracks[:5]))
    pipeline.until(lambda: done(database_url) == 5)
    assert worker.process.poll() is None


def _consumers(rabbitmq_url):
    try:
        with pipeline.channel(rabbitmq_url) as channel:
            state = channel.queue_declare(queues.MAIN_QUEUE, passive=True)
    except pipeline.pika.exceptions.ChannelClosedByBroker:
        return 0
    return state.method.consumer_count


def test_a_track_whose_message_was_lost_is_published_again(
    workers, tracks, database_url, rabbitmq_url
):
    track = tracks[0]
    pipeline.rows(
        database_url,
        "INSERT INTO tracks (track_id, track_key, artist, title, lane, status,"
        " first_queued_at, published_at) VALUES ($1, 'k', $2, $3, 'main',"
        " 'in_progress', now() - interval '1 hour', now() - interval '1 hour')",
        UUID(track["track_id"]),
        track["artist"],
        track["full_title"],
    )

    workers.start(ENRICHMENT_STRANDED_AFTER_SECONDS="60")

    pipeline.until(lambda: statuses(database_url).get("completed"))
    assert statuses(database_url) == {"completed": 1}


def test_a_redis_that_forgot_everything_costs_calls_but_no_track(
    stack, workers, tracks, database_url, rabbitmq_url
):
    worker = under_load(workers, tracks, database_url, rabbitmq_url)
    client = redis_library.Redis.from_url(stack.redis.url)

    client.flushall()
    client.close()

    pipeline.until(lambda: done(database_url) == COUNT)
    assert worker.process.poll() is None
    assert pipeline.depth(rabbitmq_url, queues.DEAD_LETTER_QUEUE) == 0
