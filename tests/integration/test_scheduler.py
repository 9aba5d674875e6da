"""Sweeps with a real broker and Postgres: once, later, or not at all, never lost."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from enrichment.contract import metrics, queues
from enrichment.contract.messages import Lane
from enrichment.model import Outcome
from enrichment.queueing.publisher import Publisher
from enrichment.scheduling.scheduler import Pace, Scheduler
from enrichment.store.tracks.write import Store
from tests import factories, pipeline
from tests.integration.connections import broker, declared, pool

__all__ = ["broker", "declared", "pool"]

PACE = Pace(
    interval=timedelta(seconds=0.1),
    unpublished_grace=timedelta(0),
    stranded_after=timedelta(minutes=15),
)


@pytest.fixture
def scheduler(pool, declared):
    return Scheduler(pool, declared, Publisher(declared), PACE)


async def pending(pool, count, **columns):
    facts = {"artist": "Artist", "title": "Title", "lane": "main", **columns}
    await pool.executemany(
        "INSERT INTO tracks (track_id, track_key, artist, title, lane, first_queued_at)"
        " VALUES ($1, 'k', $2, $3, $4, now() - interval '1 hour')",
        [
            (factories.track_id(n), facts["artist"], facts["title"], facts["lane"])
            for n in range(count)
        ],
    )


async def statuses(pool):
    rows = await pool.fetch("SELECT status, count(*) AS n FROM tracks GROUP BY 1")
    return {row["status"]: row["n"] for row in rows}


def taken(rabbitmq_url, queue=queues.MAIN_QUEUE):
    """Take every message of a queue: properties and body."""
    messages = []
    with pipeline.channel(rabbitmq_url) as channel:
        while True:
            method, properties, body = channel.basic_get(queue, auto_ack=True)
            if method is None:
                return messages
            messages.append((properties, json.loads(body)))


async def test_two_schedulers_at_once_publish_each_row_exactly_once(
    pool, declared, rabbitmq_url
):
    await pending(pool, 1200)
    both = [Scheduler(pool, declared, Publisher(declared), PACE) for _ in range(2)]

    counts = await asyncio.gather(*(scheduler.sweep() for scheduler in both))

    assert sum(counts) == 1200
    published = [body["track_id"] for _, body in taken(rabbitmq_url)]
    assert sorted(published) == sorted(factories.track_id(n) for n in range(1200))
    assert await statuses(pool) == {"in_progress": 1200}


@pytest.mark.parametrize("lane", Lane)
async def test_a_row_goes_through_the_queue_of_its_lane(
    lane, scheduler, pool, rabbitmq_url
):
    await pending(pool, 1, lane=lane.value)

    assert await scheduler.sweep() == 1

    ((_, body),) = taken(rabbitmq_url, queues.QUEUES[lane].name)
    assert body["lane"] == lane
    assert body["first_queued_at"] < body["queued_at"]


async def test_a_row_stays_pending_while_the_broker_is_away(
    scheduler, pool, declared, rabbitmq_url
):
    await pending(pool, 3)
    await declared.close()
    before = metrics.SWEEPS.labels("unpublished", "server_away")._value.get()

    assert await scheduler.sweep() == 0

    assert await statuses(pool) == {"pending": 3}
    assert await pool.fetchval("SELECT count(published_at) FROM tracks") == 0
    assert metrics.SWEEPS.labels("unpublished", "server_away")._value.get() > before


async def test_what_the_broker_refuses_stays_pending_and_goes_out_later(
    pool, broker, rabbitmq_url
):
    await pending(pool, 3)  # and no queue takes it
    scheduler = Scheduler(pool, broker, Publisher(broker), PACE)
    assert await scheduler.sweep() == 0
    assert await statuses(pool) == {"pending": 3}

    pipeline.declare(rabbitmq_url)

    assert await scheduler.sweep() == 3


async def test_a_due_part_is_published_again_with_its_attempts(
    scheduler, pool, rabbitmq_url
):
    store = Store(pool, data_version="t")
    due = factories.record(
        outcome=Outcome.FAILED, due_at=datetime.now(UTC), due_reason="timeout"
    )
    for _ in range(3):
        await store.write(
            [factories.enriched(0, {"isrc": "GBAAA9300001"}, records=[due])]
        )

    assert await scheduler.sweep() == 1
    assert await scheduler.sweep() == 0

    ((properties, body),) = taken(rabbitmq_url)
    assert body["track_id"] == factories.track_id(0)
    assert body["retry_count"] == 2
    assert body["isrc"] == "GBAAA9300001"
    assert properties.message_id == (factories.request(0, retry_count=2).message_id)


async def test_a_due_part_waits_on_while_the_broker_is_away(scheduler, pool, declared):
    due = factories.record(outcome=Outcome.FAILED, due_at=datetime.now(UTC))
    await Store(pool, data_version="t").write([factories.enriched(0, records=[due])])
    await declared.close()

    assert await scheduler.sweep() == 0

    assert await statuses(pool) == {"partial": 1}


async def test_a_track_is_stranded_only_when_its_queue_is_empty(
    scheduler, pool, rabbitmq_url
):
    await pending(pool, 1)
    await scheduler.sweep()
    await pool.execute("UPDATE tracks SET published_at = now() - interval '1 day'")
    assert await scheduler.sweep() == 0  # its message still stands in the queue
    assert len(taken(rabbitmq_url)) == 1

    assert await scheduler.sweep() == 1

    assert len(taken(rabbitmq_url)) == 1


async def test_a_row_that_cannot_be_a_message_stops_no_other(
    scheduler, pool, rabbitmq_url
):
    await pending(pool, 2)
    await pool.execute(
        "UPDATE tracks SET title = ' ' WHERE track_id = $1", factories.track_id(0)
    )

    assert await scheduler.sweep() == 1

    ((_, body),) = taken(rabbitmq_url)
    assert body["track_id"] == factories.track_id(1)


async def test_a_sweep_that_breaks_does_not_end_the_scheduler(pool, declared):
    scheduler = Scheduler(pool, declared, Publisher(declared), PACE)
    stop = asyncio.Event()
    running = asyncio.create_task(scheduler.run(stop))
    await pool.execute("ALTER TABLE tracks RENAME TO away")
    async with asyncio.timeout(10):
        while not metrics.SWEEPS.labels("due", "failed")._value.get():  # noqa: ASYNC110 (a counter has no event)
            await asyncio.sleep(0.05)
    await pool.execute("ALTER TABLE away RENAME TO tracks")
    await pending(pool, 1)

    async with asyncio.timeout(10):
        while "in_progress" not in await statuses(pool):  # noqa: ASYNC110 (nor has a row)
            await asyncio.sleep(0.05)

    assert await statuses(pool) == {"in_progress": 1}
    assert not running.done()
    stop.set()
    await running


async def test_a_sweep_looks_for_conflicts_and_folds_counts(pool, scheduler):
    await pending(pool, 2)
    await pool.execute(
        "UPDATE tracks SET spotify_id = 'one', track_key = track_id::text || '|k'"
    )
    await pool.executemany(
        "INSERT INTO review_counts VALUES ('ambiguous', 'spotify', $1)",
        [(1,), (1,), (-1,)],
    )

    await scheduler.sweep()

    counts = await pool.fetch("SELECT kind, open FROM review_counts ORDER BY kind")
    assert [tuple(row) for row in counts] == [("ambiguous", 1), ("conflicting_ids", 1)]
