"""
Confirmed publishes per second from a crawl, and what publishing adds to an item.

`python -m benchmarks.publish COUNT RABBITMQ_URL` prints one JSON object.
"""

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from scrapy.statscollectors import StatsCollector
from scrapy.utils.test import get_crawler

from benchmarks.catalogue import entries
from enrichment.contract.messages import EnrichmentRequest, now
from scrapers.items import TracklistItem, tracklist_item
from scrapers.pipelines.enrichment_queue_publisher import EnrichmentQueuePublisher
from scrapers.report import Tally
from scrapers.tracklists.tracklist import Row, Tracklist

TRACKS_PER_ITEM = 20
# Scrapy's own default: so many items are in the pipelines at once (CONCURRENT_ITEMS).
ITEMS_AT_ONCE = 100


async def measure(url: str, count: int) -> dict[str, float]:
    """Publish so many tracks as a crawl does: first at full speed, then one by one."""
    requests = [entry.request for entry in entries(count)]
    stats = StatsCollector(get_crawler())
    publisher = EnrichmentQueuePublisher(
        Tally(stats, "bench"),
        mark=_nobody,
        url=url,
        patience_seconds=60,
        drain_seconds=60,
        buffer_messages=50_000,
    )
    await publisher.open_spider()
    await publisher.process_item(_item(requests[:1]))  # connected from here on

    started = time.perf_counter()
    await _all(publisher, requests)
    await publisher.settled()
    per_second = len(requests) / (time.perf_counter() - started)

    seconds = []
    for request in requests[:500]:
        item = _item([request])
        began = time.perf_counter()
        await publisher.process_item(item)
        seconds.append(time.perf_counter() - began)
        await publisher.settled()  # as between a crawl's pages
    await publisher.close_spider()
    confirmed = stats.get_value("crawl/published/confirmed", 0)
    if confirmed != len(requests) + 1 + len(seconds):
        raise RuntimeError(f"{confirmed} of {len(requests)} were confirmed")
    return {
        "confirmed_per_second": round(per_second, 1),
        "median_ms_per_item": round(statistics.median(seconds) * 1000, 3),
        "mean_ms_per_track_at_full_speed": round(1000 / per_second, 3),
    }


async def _all(
    publisher: EnrichmentQueuePublisher, requests: Sequence[EnrichmentRequest]
) -> None:
    places = asyncio.Semaphore(ITEMS_AT_ONCE)

    async def one(some: Sequence[EnrichmentRequest]) -> None:
        async with places:
            await publisher.process_item(_item(some))

    starts = range(0, len(requests), TRACKS_PER_ITEM)
    await asyncio.gather(*(one(requests[n : n + TRACKS_PER_ITEM]) for n in starts))


def _item(requests: Sequence[EnrichmentRequest]) -> TracklistItem:
    """Return what persistence hands on: committed tracks, each with its request."""
    made = tracklist_item(
        Tracklist("text", (Row(1, raw="A - B"),)),
        source="bench",
        source_key="set",
        retrieved_at=datetime.now(UTC),
    )
    stamped = (request.model_copy(update={"queued_at": now()}) for request in requests)
    return replace(made, requests=tuple(stamped))


async def _nobody(track_ids: Iterable[str]) -> None:
    """Mark no rows: Postgres has its own benchmark."""


if __name__ == "__main__":
    measured = asyncio.run(measure(sys.argv[2], int(sys.argv[1])))
    sys.stdout.write(json.dumps(measured) + "\n")
