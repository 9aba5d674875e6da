"""The consumer on a real broker: acked, dead-lettered, held or given back."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from enrichment.contract import metrics, queues
from enrichment.contract.messages import EnrichmentRequest
from enrichment.errors import ServerAway
from enrichment.queueing.consumer import ATTEMPTS_ALONE, Consumer
from enrichment.queueing.publisher import Publisher
from enrichment.store.tracks.write import Store
from tests import factories, pipeline
from tests.integration.connections import broker, declared, pool

__all__ = ["broker", "declared", "pool"]

COUNT = 20


@dataclass
class Path:
    """Stands where `enrich` does: remembers its batches and does as it is told."""

    act: object = None
    batches: list[list[str]] = field(default_factory=list)

    async def __call__(self, requests):
        self.batches.append([request.track_id for request in requests])
        return (await self.act(requests) or ()) if self.act else ()

    @property
    def seen(self):
        return [track_id for batch in self.batches for track_id in batch]


async def parks_nothing(reasons):
    raise AssertionError(f"parked {reasons}")


@asynccontextmanager
async def consuming(connection, path, park=parks_nothing, prefetch=3 * COUNT, grace=5):
    consumer = Consumer(
        connection,
        Publisher(connection),
        queue_name=queues.MAIN_QUEUE,
        prefetch=prefetch,
        enrich=path,
        park=park,
    )
    stop = asyncio.Event()
    running = asyncio.create_task(consumer.run(stop, grace))
    try:
        yield consumer
    finally:
        stop.set()
        await running


async def until(condition):
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 (counts and queues have no event)
            await asyncio.sleep(0.02)


def publish(rabbitmq_url, count=COUNT):
    requests = [factories.request(n) for n in range(count)]
    pipeline.publish(rabbitmq_url, requests)
    return requests


def left(rabbitmq_url):
    """What the broker gives back once the consumer is gone."""
    return pipeline.depth(rabbitmq_url, queues.MAIN_QUEUE)


async def test_a_message_is_acked_once_it_is_written(declared, rabbitmq_url):
    requests = publish(rabbitmq_url)
    path = Path()

    async with consuming(declared, path) as consumer:
        await until(lambda: consumer.statistics.succeeded == COUNT)

    assert sorted(path.seen) == sorted(request.track_id for request in requests)
    assert left(rabbitmq_url) == 0
    assert pipeline.depth(rabbitmq_url, queues.DEAD_LETTER_QUEUE) == 0


async def test_messages_that_stand_in_the_queue_come_in_one_batch(
    declared, rabbitmq_url
):
    publish(rabbitmq_url, 200)
    path = Path()

    async with consuming(declared, path, prefetch=300) as consumer:
        await until(lambda: consumer.statistics.succeeded == 200)

    assert max(map(len, path.batches)) <= 100, "a third of the prefetch"
    # a broker that is slow to hand them out may make some that are not full
    assert len(path.batches) <= 20


async def test_a_prefetch_of_one_is_obeyed(declared, rabbitmq_url):
    publish(rabbitmq_url, 5)
    path = Path()

    async with consuming(declared, path, prefetch=1) as consumer:
        await until(lambda: consumer.statistics.succeeded == 5)

    assert list(map(len, path.batches)) == [1] * 5


async def test_one_poisonous_track_is_dead_lettered_and_its_siblings_are_acked(
    declared, rabbitmq_url, pool
):
    store = Store(pool, data_version="t")
    culprit = publish(rabbitmq_url)[7]
    await store.write([factories.enriched(7)])

    async def breaks(requests: list[EnrichmentRequest]):
        if culprit in requests:
            raise ValueError("no such planet")

    path = Path(breaks)
    async with consuming(declared, path, park=store.park) as consumer:
        await until(lambda: consumer.statistics.processed == COUNT)

    assert consumer.statistics.succeeded == COUNT - 1
    assert consumer.statistics.failed == 1
    assert path.batches.count([culprit.track_id]) == ATTEMPTS_ALONE
    assert set(path.seen) == {factories.track_id(n) for n in range(COUNT)}
    assert left(rabbitmq_url) == 0
    ((headers, body),) = pipeline.dead_letters(rabbitmq_url)
    assert culprit.track_id.encode() in body
    assert headers["x-error-type"] == "ValueError"
    assert headers["x-error-message"] == "no such planet"
    assert headers["x-original-routing-key"] == queues.MAIN_QUEUE
    assert headers["x-retry-count"] == 0
    row = await pool.fetchrow("SELECT status, status_reason FROM tracks")
    assert tuple(row) == ("failed", "ValueError: no such planet")


async def test_a_poisonous_message_written_by_hand_stops_nobody(
    declared, rabbitmq_url, pool
):
    by_hand = factories.request(0, track_id="test_0")
    pipeline.publish(rabbitmq_url, [by_hand, factories.request(1)])

    async def breaks(requests):
        if by_hand in requests:
            raise ValueError

    store = Store(pool, data_version="t")
    async with consuming(declared, Path(breaks), park=store.park) as consumer:
        await until(lambda: consumer.statistics.processed == 2)

    assert left(rabbitmq_url) == 0
    assert len(pipeline.dead_letters(rabbitmq_url)) == 1


async def test_what_names_no_track_is_a_dead_letter_that_says_so(
    declared, rabbitmq_url, pool
):
    unknown = publish(rabbitmq_url, 3)[1]

    async def does_not_know(requests):
        return [request for request in requests if request == unknown]

    failed = {"source": unknown.source, "status": "failed"}
    before = metrics.REGISTRY.get_sample_value("enrichment_tasks_total", failed) or 0
    store = Store(pool, data_version="t")
    async with consuming(declared, Path(does_not_know), park=store.park) as consumer:
        await until(lambda: consumer.statistics.processed == 3)

    assert left(rabbitmq_url) == 0
    after = metrics.REGISTRY.get_sample_value("enrichment_tasks_total", failed)
    assert after == before + 1
    ((headers, _),) = pipeline.dead_letters(rabbitmq_url)
    assert headers["x-error-type"] == "unidentified"
    assert "Artist 1" in headers["x-error-message"]


async def test_a_long_error_is_cut_in_the_header(declared, rabbitmq_url, pool):
    publish(rabbitmq_url, 1)

    async def breaks(_):
        raise ValueError("x" * 5000)

    store = Store(pool, data_version="t")
    async with consuming(declared, Path(breaks), park=store.park) as consumer:
        await until(lambda: consumer.statistics.failed == 1)

    ((headers, _),) = pipeline.dead_letters(rabbitmq_url)
    assert headers["x-error-message"] == "x" * 500


async def test_a_server_away_holds_everything_and_spends_nothing(
    declared, rabbitmq_url
):
    publish(rabbitmq_url)
    away = asyncio.Event()
    away.set()

    async def enrich(_):
        if away.is_set():
            raise ServerAway("Postgres")

    path = Path(enrich)
    async with consuming(declared, path) as consumer:
        await until(lambda: len(path.batches) >= 2 and consumer.in_hand == COUNT)
        assert consumer.statistics.failed == 0
        away.clear()
        await until(lambda: consumer.statistics.succeeded == COUNT)

    assert left(rabbitmq_url) == 0
    assert pipeline.depth(rabbitmq_url, queues.DEAD_LETTER_QUEUE) == 0


async def test_what_is_unfinished_at_the_stop_goes_back_to_the_queue(
    declared, rabbitmq_url
):
    publish(rabbitmq_url)
    asked = asyncio.Event()

    async def never_ends(_):
        asked.set()
        await asyncio.Event().wait()

    async with consuming(declared, Path(never_ends), grace=0.1):
        await asyncio.wait_for(asked.wait(), 10)

    await until(lambda: left(rabbitmq_url) == COUNT)
    assert pipeline.depth(rabbitmq_url, queues.DEAD_LETTER_QUEUE) == 0


async def test_what_is_in_hand_at_the_stop_is_finished_within_the_grace(
    declared, rabbitmq_url
):
    publish(rabbitmq_url)
    asked, finish = asyncio.Event(), asyncio.Event()

    async def takes_its_time(_):
        asked.set()
        await finish.wait()

    path = Path(takes_its_time)
    async with consuming(declared, path) as consumer:
        await asyncio.wait_for(asked.wait(), 10)
        asyncio.get_running_loop().call_later(0.2, finish.set)

    assert consumer.statistics.succeeded == len(path.seen)
    await until(lambda: left(rabbitmq_url) == COUNT - len(path.seen))


async def test_a_message_delivered_again_is_processed_and_acked(declared, rabbitmq_url):
    publish(rabbitmq_url, 2)
    with pipeline.channel(rabbitmq_url) as channel:
        for _ in range(2):
            channel.basic_get(queues.MAIN_QUEUE)
        # closing the connection gives both back
    path = Path()

    async with consuming(declared, path) as consumer:
        await until(lambda: consumer.statistics.succeeded == 2)

    assert left(rabbitmq_url) == 0


async def test_a_lost_connection_costs_a_delivery_and_no_message(
    declared, rabbitmq_url
):
    everything = {request.track_id for request in publish(rabbitmq_url)}
    path = Path()

    def twice(path):
        # what was delivered by then, however much that was
        return all(path.seen.count(track_id) > 1 for track_id in path.batches[0])

    async def loses_it_once(_):
        if len(path.batches) == 1:
            await declared.transport.connection.close(ConnectionResetError())

    path.act = loses_it_once
    async with consuming(declared, path) as consumer:
        await until(lambda: set(path.seen) == everything and twice(path))
        await until(lambda: not consumer.in_hand)

    assert left(rabbitmq_url) == 0
    assert pipeline.depth(rabbitmq_url, queues.DEAD_LETTER_QUEUE) == 0


@pytest.mark.parametrize(
    "broken", [ValueError("\udc80 \x00 \x1b[2J"), RuntimeError("x" * 9000)]
)
async def test_no_error_of_parking_a_track_passes_the_consumer(
    declared, rabbitmq_url, broken
):
    culprit, *_ = publish(rabbitmq_url, 5)

    async def breaks(requests):
        if culprit in requests:
            raise broken

    async def park(_):
        raise ValueError("no row takes it")

    async with consuming(declared, Path(breaks), park=park) as consumer:
        await until(lambda: consumer.statistics.processed == 5)

    assert consumer.statistics.succeeded == 4
    assert left(rabbitmq_url) == 0
    ((headers, _),) = pipeline.dead_letters(rabbitmq_url)
    assert headers["x-error-type"] == type(broken).__name__


async def test_a_fault_of_ours_ends_the_consumer_though_no_message_wakes_it(
    declared, rabbitmq_url
):
    publish(rabbitmq_url, 1)

    async def breaks(_):
        raise ValueError

    class BrokenPublisher(Publisher):
        async def dead_letters(self, _):
            raise AssertionError("a fault of ours")

    consumer = Consumer(
        declared,
        BrokenPublisher(declared),
        queue_name=queues.MAIN_QUEUE,
        prefetch=10,
        enrich=Path(breaks),
        park=parks_nothing,
    )

    with pytest.raises(AssertionError, match="a fault of ours"):
        await asyncio.wait_for(consumer.run(asyncio.Event(), 1), 10)

    # what was not acked comes again
    await until(lambda: left(rabbitmq_url) == 1)
