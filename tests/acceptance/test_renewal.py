"""A stale part from row to provider and back: what the simulator saw is what counts."""

from collections import Counter
from uuid import UUID

import pytest

from enrichment.contract import queues
from tests import pipeline

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def enriched(workers, tracks, database_url, rabbitmq_url):
    """Twenty tracks that every provider has answered."""
    pipeline.declare(rabbitmq_url)
    pipeline.publish(rabbitmq_url, pipeline.requests_of(tracks))
    worker = workers.start()
    pipeline.until(lambda: completed(database_url) == 20)
    worker.terminate()
    worker.wait()
    return [UUID(track["track_id"]) for track in tracks]


def completed(database_url):
    found = pipeline.rows(
        database_url, "SELECT count(*) AS n FROM tracks WHERE status = 'completed'"
    )
    return found[0]["n"]


def waiting(database_url):
    return pipeline.rows(database_url, "SELECT * FROM waiting_parts")


def calls(world):
    return Counter({name: seen["calls"] for name, seen in world.summary().items()})


def test_only_the_stale_parts_are_asked_again_and_each_once(
    workers, world, enriched, database_url, rabbitmq_url
):
    """The answers in the cache are fresh, but no newer than the rows: no news."""
    before = calls(world)
    (latest,) = pipeline.rows(
        database_url, "SELECT max(fetched_at) AS at FROM provider_records"
    )
    pipeline.rows(
        database_url,
        """UPDATE provider_records SET due_at = now(), due_reason = 'marked'
        WHERE provider = 'spotify' AND track_id = ANY ($1::uuid[])""",
        enriched[:5],
    )

    workers.start("--queue", queues.REENRICHMENT_QUEUE)
    pipeline.until(lambda: not waiting(database_url))

    assert calls(world) - before == {"spotify": 5}
    assert completed(database_url) == 20
    renewed = pipeline.rows(
        database_url,
        "SELECT track_id FROM provider_records WHERE fetched_at > $1",
        latest["at"],
    )
    assert {row["track_id"] for row in renewed} == set(enriched[:5])


def test_a_message_that_comes_again_costs_nothing(
    workers, world, tracks, enriched, database_url, rabbitmq_url
):
    before = calls(world)

    pipeline.publish(
        rabbitmq_url, pipeline.requests_of(tracks), queues.REENRICHMENT_QUEUE
    )
    workers.start("--queue", queues.REENRICHMENT_QUEUE, "--burst").wait()

    assert calls(world) == before
    assert pipeline.depth(rabbitmq_url, queues.REENRICHMENT_QUEUE) == 0
