"""The crawl's publisher on a real broker: nothing lost, nothing stuck, all counted."""

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from scrapy.statscollectors import StatsCollector
from scrapy.utils.test import get_crawler

from enrichment.contract import queues
from enrichment.contract.messages import EnrichmentRequest, Lane, now
from scrapers.items import TracklistItem, tracklist_item
from scrapers.pipelines.enrichment_queue_publisher import EnrichmentQueuePublisher
from scrapers.report import Tally
from scrapers.tracklists.tracklist import Row, Tracklist
from tests.crawls import channel, drained

pytestmark = pytest.mark.timeout(300)

numbers = count()


def item(tracks: int, lane: Lane = Lane.MAIN) -> TracklistItem:
    """What persistence hands on: committed tracks, each with its request."""
    made = tracklist_item(
        Tracklist("text", (Row(1, raw="A - B"),)),
        source="test",
        source_key="set",
        retrieved_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    requests = tuple(
        EnrichmentRequest(
            track_id=f"id-{next(numbers)}",
            artist="Artist",
            title="Title",
            priority=7,
            lane=lane,
            queued_at=now(),
        )
        for _ in range(tracks)
    )
    return replace(made, requests=requests)


class Crawl:
    """A crawl of which only the publisher runs."""

    def __init__(self, url: str, **settings: Any) -> None:
        self.stats = StatsCollector(get_crawler())
        self.marked: list[str] = []
        known: dict[str, Any] = {
            "patience_seconds": 10,
            "drain_seconds": 20,
            "buffer_messages": 50_000,
        }
        self.publisher = EnrichmentQueuePublisher(
            Tally(self.stats, "test"), mark=self.mark, url=url, **(known | settings)
        )

    async def mark(self, track_ids: Iterable[str]) -> None:
        self.marked += track_ids

    async def __aenter__(self) -> EnrichmentQueuePublisher:
        await self.publisher.open_spider()
        return self.publisher

    async def __aexit__(self, *_: object) -> None:
        await self.publisher.close_spider()

    def counted(self, what: str) -> int:
        return int(self.stats.get_value(f"crawl/published/{what}", 0))

    @property
    def note(self) -> str:
        return str(self.stats.get_value("crawl/notes/publisher", ""))


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 (notes and files have no event)
            await asyncio.sleep(0.02)


def grown_up(broker: Path) -> bool:
    """
    Whether the names of all its quorum queues are written.

    RabbitMQ loses a queue that is killed before that, in its first second.
    """
    names = next(broker.rglob("names.dets"))
    written = names.read_bytes()
    queues_here = [entry for entry in names.parent.iterdir() if entry.is_dir()]
    return all(entry.name.encode() in written for entry in queues_here)


async def test_confirmed_messages_are_in_the_queue_and_marked(rabbitmq_url):
    crawl = Crawl(rabbitmq_url)

    async with crawl as publisher:
        published = await publisher.process_item(item(25))

    messages = drained(rabbitmq_url)
    assert {body["track_id"] for _, body in messages} == set(crawl.marked)
    assert len(messages) == len(published.requests) == crawl.counted("confirmed") == 25


async def test_thousands_are_confirmed_in_bulk(rabbitmq_url):
    crawl = Crawl(rabbitmq_url)
    most = 0

    async with crawl as publisher:
        await publisher.process_item(item(1))  # connected
        items = [item(100) for _ in range(50)]
        publishing = asyncio.gather(*map(publisher.process_item, items))
        while not publishing.done():
            most = max(most, len(publisher._broker._unconfirmed))
            await asyncio.sleep(0)
        await publishing
        await publisher.settled()

    assert crawl.counted("confirmed") == 5001
    assert len(crawl.marked) == 5001
    # each would wait for its confirm, or each tracklist for its hundred
    assert most > 100


async def test_lanes_have_queues_of_their_own(rabbitmq_url):
    async with Crawl(rabbitmq_url) as publisher:
        await publisher.process_item(item(3, Lane.BACKLOG))
        await publisher.process_item(item(2))

    assert len(drained(rabbitmq_url, queues.BACKLOG_QUEUE)) == 3
    assert len(drained(rabbitmq_url)) == 2


async def test_an_item_without_requests_passes_at_once(rabbitmq_url):
    async with Crawl(rabbitmq_url) as publisher:
        assert (await publisher.process_item(item(0))).requests == ()


async def test_an_outage_holds_up_the_crawl_only_once_and_loses_nothing(
    stack, rabbitmq_url, broker_restarts
):
    crawl = Crawl(rabbitmq_url, patience_seconds=0.5, drain_seconds=60)

    async with crawl as publisher:
        await publisher.process_item(item(10))
        await asyncio.to_thread(stack.rabbitmq.stop)
        began = time.monotonic()
        for _ in range(20):
            await publisher.process_item(item(10))
        held_up = time.monotonic() - began
        await asyncio.to_thread(stack.rabbitmq.start)
        broker_restarts.append(rabbitmq_url)
        await publisher.process_item(item(10))

    assert held_up < 5
    assert len({body["track_id"] for _, body in drained(rabbitmq_url)}) == 220
    assert crawl.counted("confirmed") == len(set(crawl.marked)) == 220
    assert crawl.counted("failed") >= 200


async def test_a_killed_broker_gets_unconfirmed_messages_again_under_the_same_id(
    stack, rabbitmq_url, broker_restarts
):
    crawl = Crawl(rabbitmq_url, patience_seconds=0.1, drain_seconds=60)

    async with crawl as publisher:
        await publisher.process_item(item(1))
        await publisher.settled()
        await until(lambda: grown_up(stack.rabbitmq.folder))
        before = crawl.counted("confirmed")
        publishing = [
            asyncio.create_task(publisher.process_item(item(100))) for _ in range(30)
        ]
        await asyncio.to_thread(stack.rabbitmq.kill)
        await asyncio.to_thread(stack.rabbitmq.start)
        broker_restarts.append(rabbitmq_url)
        await asyncio.gather(*publishing)

    ids = {properties.message_id for properties, _ in drained(rabbitmq_url)}
    assert len(ids) == before + 3000
    assert len(set(crawl.marked)) == before + 3000


async def test_what_memory_cannot_hold_stays_in_the_rows():
    crawl = Crawl(
        "amqp://a:b@127.0.0.1:1/c",
        patience_seconds=0.1,
        drain_seconds=0.1,
        buffer_messages=5,
    )

    async with crawl as publisher:
        await publisher.process_item(item(8))

    assert crawl.counted("failed") == 8
    assert crawl.marked == []


async def test_a_deleted_queue_is_noticed_and_declared_again(rabbitmq_url):
    crawl = Crawl(rabbitmq_url)

    async with crawl as publisher:
        await publisher.process_item(item(1))
        await publisher.settled()
        with channel(rabbitmq_url) as broker:
            broker.queue_delete(queues.MAIN_QUEUE)
        await publisher.process_item(item(1))
        await publisher.settled()
        await publisher.process_item(item(1))

    assert crawl.counted("unroutable") == 1
    assert crawl.counted("confirmed") == 2
    assert len(drained(rabbitmq_url)) == 1


def limited(rabbitmq_url: str, longest: int) -> None:
    """Stand-in for a queue at its limit: ours, but short."""
    arguments = dict(queues.QUEUES[Lane.MAIN].arguments) | {"x-max-length": longest}
    with channel(rabbitmq_url) as broker:
        broker.queue_delete(queues.MAIN_QUEUE)
        broker.queue_declare(queues.MAIN_QUEUE, durable=True, arguments=arguments)


async def test_a_full_queue_refuses_and_the_rows_stay_pending(rabbitmq_url):
    crawl = Crawl(rabbitmq_url)
    async with crawl as publisher:
        await publisher.process_item(item(1))
        limited(rabbitmq_url, 3)
        sent = 1
        # the limit is no sharp one: RabbitMQ counts a little behind
        while not crawl.counted("refused") and sent < 1000:
            await publisher.process_item(item(10))
            sent += 10

    assert crawl.counted("refused") > 0
    assert len(crawl.marked) == crawl.counted("confirmed")
    assert crawl.counted("refused") + crawl.counted("confirmed") == sent
    assert "refused" in crawl.note


async def test_drift_is_told_by_name(rabbitmq_url):
    limited(rabbitmq_url, 3)
    crawl = Crawl(rabbitmq_url, patience_seconds=1, drain_seconds=0.1)

    async with crawl as publisher:
        await publisher.process_item(item(1))
        await until(lambda: "x-max-length" in crawl.note)

    assert queues.MAIN_QUEUE in crawl.note
    assert crawl.marked == []
