"""Ids of written tracks: kept after the commit, for crawls; no worker reads them."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from redis.asyncio import Redis

from benchmarks import servers
from benchmarks.catalogue import entries
from enrichment.app import settings
from enrichment.app.wiring import open_path
from enrichment.contract import finished_tracks
from enrichment.contract.messages import Lane
from enrichment.lookup.cache.track_ids import TrackIds
from enrichment.lookup.redis_link import RedisLink
from enrichment.model import Absent, Found
from enrichment.pipeline import enrich
from tests import factories
from tests.integration.connections import pool

__all__ = ["pool"]

ISRC = "USUS11000001"


@pytest.fixture
async def parts(pool, redis_client: Redis):
    """The path of a worker; no provider can be reached."""
    known = settings.load(dict(servers.SETTINGS))
    async with AsyncExitStack() as stack:
        made, background = await open_path(known, stack, pool, redis_client, Lane.MAIN)
        running = [asyncio.create_task(act) for act in background.values()]
        yield made
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def answers(count: int):
    return {
        question: Found(entry.answers[question.provider])
        for entry in entries(count)
        for question in servers._questions(entry)
    }


async def test_a_crawl_reads_the_ids_and_a_worker_decides_anew(
    parts, pool, redis_client
):
    [entry] = entries(1)
    await parts.lookup._cache.put_many(answers(1))
    await enrich.enrich([entry.request], parts)

    body = await redis_client.get(finished_tracks.key(entry.request.track_id))
    isrc = await pool.fetchval("SELECT isrc FROM tracks")
    assert finished_tracks.decode(body)["isrc"].value == isrc

    # the row is gone and the providers say something else: ids decide nothing
    await pool.execute("TRUNCATE tracks, artists CASCADE")
    await parts.lookup._cache.put_many(dict.fromkeys(answers(1), Absent()))
    await enrich.enrich([entry.request], parts)

    row = await pool.fetchrow("SELECT outcome, isrc FROM tracks")
    assert tuple(row) == ("no_match", None)


async def test_ids_are_kept_as_long_as_any_provider_allows(redis_client):
    track = factories.enriched(0, {"isrc": ISRC, "album": "Ö"})

    await TrackIds(RedisLink(redis_client)).keep([track, factories.enriched(1)])

    [key] = [key async for key in redis_client.scan_iter("enrichment:*")]
    assert key.decode() == finished_tracks.key(factories.track_id(0))
    assert 29 * 86_400 < await redis_client.ttl(key) <= 30 * 86_400


async def test_without_redis_nothing_is_kept_and_nothing_breaks():
    await TrackIds(RedisLink(None)).keep([factories.enriched(0, {"isrc": ISRC})])
