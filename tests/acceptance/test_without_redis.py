"""Redis is away: a worker waits for it, asks nobody, and spends no delivery."""

import pytest
import redis as redis_library

from devstack import ports
from enrichment.contract import queues
from rehearsal import processes
from tests import pipeline
from tests.acceptance.test_outages import away, done, statuses, under_load

__all__ = ["away"]

pytestmark = pytest.mark.timeout(300)

COUNT = 120
# Limits bind, so there is load for some seconds.
SCALE = "10"
# So often a worker says that it waits while nothing else may happen.
PAUSES = 6


@pytest.fixture
def tracks():
    return pipeline.track_rows(COUNT)


@pytest.fixture
def scale():
    return SCALE


def calls(world):
    return {name: counts["calls"] for name, counts in world.summary().items()}


def refusals(world):
    return sum(counts["refusals"] for counts in world.summary().values())


def test_no_provider_is_asked_while_redis_is_away(
    away, workers, world, tracks, database_url, rabbitmq_url
):
    port = ports.free_ports(["metrics"])["metrics"]
    worker = under_load(
        workers, tracks, database_url, rabbitmq_url, ENRICHMENT_METRICS_PORT=str(port)
    )

    def gauge():
        values = processes.fetch_metrics(f"http://127.0.0.1:{port}/metrics")
        return values.get("enrichment_redis_away")

    def paused(times):
        return lambda: worker.said().count("consumption pauses") >= times

    with away("redis"):
        # what was under way when it stopped has ended by then
        pipeline.until(paused(2))
        assert gauge() == 1
        before, finished = calls(world), done(database_url)
        pipeline.until(paused(2 + PAUSES))
        assert calls(world) == before
        assert finished < COUNT, "there was load"
        assert worker.process.poll() is None

    pipeline.until(lambda: done(database_url) == COUNT)
    assert statuses(database_url) == {"completed": COUNT}
    assert gauge() == 0
    assert refusals(world) == 0
    assert pipeline.depth(rabbitmq_url, queues.DEAD_LETTER_QUEUE) == 0
    assert "no provider is asked until it is back" in worker.said()


def test_a_worker_starts_without_redis_and_waits_for_it(
    away, workers, world, tracks, database_url, rabbitmq_url
):
    pipeline.declare(rabbitmq_url)
    pipeline.publish(rabbitmq_url, pipeline.requests_of(tracks[:20]))

    with away("redis"):
        worker = workers.start()
        pipeline.until(lambda: worker.said().count("Waiting for Redis") >= 2)
        assert pipeline.depth(rabbitmq_url, queues.MAIN_QUEUE) == 20
        assert worker.process.poll() is None

    pipeline.until(lambda: done(database_url) == 20)


def test_an_error_of_redis_is_told_as_what_it_is_and_waited_for(
    stack, workers, world, tracks, database_url, rabbitmq_url
):
    pipeline.declare(rabbitmq_url)
    with redis_library.Redis.from_url(stack.redis.url) as client:
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", "1")
        try:
            pipeline.publish(rabbitmq_url, pipeline.requests_of(tracks[:5]))
            worker = workers.start()
            pipeline.until(lambda: "Redis answers with an error" in worker.said())
        finally:
            client.config_set("maxmemory", "0")

    pipeline.until(lambda: done(database_url) == 5)
    assert "OOM" in worker.said()
    assert "Redis is away" not in worker.said()


@pytest.mark.parametrize("part", ["state", "turns", "quota:"])
def test_a_budget_that_others_have_overwritten_is_begun_anew(
    stack, workers, world, tracks, database_url, rabbitmq_url, part
):
    pipeline.declare(rabbitmq_url)
    with redis_library.Redis.from_url(stack.redis.url) as client:
        for provider in ("spotify", "musicbrainz", "lastfm"):
            client.set(f"enrichment:v1:budget:{{{provider}}}:{part}", "no such type")
    pipeline.publish(rabbitmq_url, pipeline.requests_of(tracks[:5]))

    workers.start()

    pipeline.until(lambda: done(database_url) == 5)
    assert refusals(world) == 0
