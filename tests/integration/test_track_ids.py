"""Ids of written tracks: kept after the commit, for crawls; no worker reads them."""

import asyncio
import json
from contextlib import AsyncExitStack

import pytest
from redis.asyncio import Redis

from benchmarks import servers
from benchmarks.catalogue import entries
from benchmarks.peers import same_work
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


# What says when or for whom a row was written.
TIMES = {"created_at", "updated_at", "completed_at", "published_at", "fetched_at"}
TIMES |= {"first_queued_at", "enrichment_timestamp", "source_data_version"}
TABLES = {
    "tracks": "track_id",
    "provider_records": "track_id, provider",
    "track_credits": "track_id, position",
}


async def rows_in(pool):
    return {
        table: [
            {name: value for name, value in row.items() if name not in TIMES}
            for row in await pool.fetch(
                f"SELECT * FROM {table} ORDER BY {order}"  # noqa: S608 (constants)
            )
        ]
        for table, order in TABLES.items()
    }


def without_times(rows):
    """Leave out artists' numbers, and when each value was fetched."""
    for track in rows["tracks"]:
        said = json.loads(track["provenance"])
        track["provenance"] = {
            name: (by, sure) for name, (by, sure, *_) in said.items()
        }
    for credit in rows["track_credits"]:
        del credit["artist_id"]
    return rows


async def test_a_peer_of_the_benchmark_writes_what_a_worker_writes(
    parts, pool, redis_client
):
    some = list(entries(30))
    await parts.lookup._cache.put_many(answers(30))
    await enrich.enrich([entry.request for entry in some], parts)
    ours = without_times(await rows_in(pool))
    await pool.execute("TRUNCATE tracks, artists CASCADE")

    for entry in some:
        asked = entry.request
        found = list(servers._answers(entry).values())
        named = asked.track_id, asked.artist, asked.title
        for statement, parameters in same_work.statements(*named, found):
            await pool.execute(statement, *parameters)

    assert without_times(await rows_in(pool)) == ours
    assert [len(rows) for rows in ours.values()][:2] == [30, 90]


async def test_ids_are_kept_as_long_as_any_provider_allows(redis_client):
    track = factories.enriched(0, {"isrc": ISRC, "album": "Ö"})

    await TrackIds(RedisLink(redis_client)).keep([track, factories.enriched(1)])

    [key] = [key async for key in redis_client.scan_iter("enrichment:*")]
    assert key.decode() == finished_tracks.key(factories.track_id(0))
    assert 29 * 86_400 < await redis_client.ttl(key) <= 30 * 86_400


async def test_without_redis_nothing_is_kept_and_nothing_breaks(redis_client):
    written = [factories.enriched(0, {"isrc": ISRC})]

    for link in (RedisLink(None), RedisLink(Redis(port=1))):
        await TrackIds(link).keep(written)
    assert await redis_client.dbsize() == 0

    await TrackIds(RedisLink(redis_client)).keep(written)
    assert await redis_client.dbsize() == 1
