"""What the crawl's look into the shared cache counts."""

from datetime import UTC, datetime

import pytest
from redis.asyncio import Redis

from enrichment.contract import finished_tracks, metrics
from enrichment.contract.finished_tracks import KnownId
from scrapers.items import tracklist_item
from scrapers.pipelines.api_enrichment_pipeline import (
    CACHE_TTL,
    ID_PROVIDERS,
    ApiEnrichmentPipeline,
)
from scrapers.rows.validating import validated
from scrapers.tracklists.tracklist import Row, Tracklist


def counted(counter):
    return {
        provider: counter.labels(provider)._value.get() for provider in ID_PROVIDERS
    }


def item(*names):
    rows = tuple(
        Row(n, raw=name, artist=name, title="Tune", full_title="Tune", identified=True)
        for n, name in enumerate(names, 1)
    )
    made = tracklist_item(
        Tracklist(format="text", rows=rows),
        source="tracklist_files",
        source_key="set",
        retrieved_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    return validated(made)[0]


@pytest.fixture
async def pipeline(redis_url):
    opened = ApiEnrichmentPipeline(redis_url, CACHE_TTL)
    await opened.open_spider()
    yield opened
    await opened.close_spider()


async def test_misses_are_counted_beside_hits(pipeline, redis_url):
    crawled = item("Known", "New")
    known = KnownId("USUS11000001", "spotify", datetime.now(UTC).timestamp())
    async with Redis.from_url(redis_url) as redis:
        key = finished_tracks.key(crawled.tracks[0].track_id)
        await redis.set(key, finished_tracks.encode({"isrc": known}))
    hits, misses = counted(metrics.CACHE_HITS), counted(metrics.CACHE_MISSES)

    await pipeline.process_item(crawled)

    more_hits = counted(metrics.CACHE_HITS)
    more_misses = counted(metrics.CACHE_MISSES)
    assert more_hits["spotify"] - hits["spotify"] == 1
    assert more_misses["spotify"] - misses["spotify"] == 1
    assert more_misses["musicbrainz"] - misses["musicbrainz"] == 2
