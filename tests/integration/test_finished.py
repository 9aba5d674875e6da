"""Finished tracks: what one worker wrote, another writes without looking it up."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest
from asyncpg import DataError
from msgspec.structs import replace
from redis.asyncio import Redis

from benchmarks import servers
from benchmarks.catalogue import entries
from enrichment.app import settings
from enrichment.app.wiring import open_path
from enrichment.contract import finished_tracks
from enrichment.contract.keys import rows_key
from enrichment.contract.messages import EnrichmentRequest, Lane
from enrichment.errors import ServerAway
from enrichment.lookup.cache import finished_entries
from enrichment.lookup.cache.finished import FinishedTracks
from enrichment.lookup.redis_link import RedisLink
from enrichment.model import Found, Outcome, ProviderName
from enrichment.pipeline import enrich
from enrichment.store.tracks.rows import TRACK, rows_of
from tests import factories
from tests.integration.connections import pool

__all__ = ["pool"]

RULES = "identity-1.match-1"
ISRC = "USUS11000001"
NOW = factories.AT.timestamp() + 60


def finished_by(client, *, rules=RULES, now=NOW, providers=(ProviderName.SPOTIFY,)):
    return FinishedTracks(RedisLink(client), rules, providers, clock=lambda: now)


async def keep(client, track=None, request=None, *, pinned=False):
    track = track or factories.enriched(0, {"isrc": ISRC, "album": "Ö"}, credited=["A"])
    rows = None if pinned else rows_of(track, RULES)
    await finished_by(client).keep([(track, rows, request or factories.request(0))])
    return rows


async def test_what_was_kept_is_recalled_as_it_was_written(redis_client):
    rows = await keep(redis_client)

    known = await finished_by(redis_client).recall([factories.request(0)])

    assert known[factories.track_id(0)].rows == rows


@pytest.mark.parametrize(
    "request_",
    [
        factories.request(0, artist="ARTIST 0"),
        factories.request(0, title="Title 0 (Dub)"),
        factories.request(0, force_refresh=True),
        factories.request(0, isrc="GBAAA0000001"),
        factories.request(1),
    ],
    ids=["another spelling", "another title", "anew", "another isrc", "unknown"],
)
async def test_what_asks_for_something_else_is_looked_up(redis_client, request_):
    await keep(redis_client)

    assert await finished_by(redis_client).recall([request_]) == {}


async def test_a_batch_that_also_asks_anew_is_looked_up(redis_client):
    await keep(redis_client)
    both = [factories.request(0, force_refresh=True), factories.request(0)]

    assert await finished_by(redis_client).recall(both) == {}


async def test_the_id_that_a_crawl_found_in_it_is_no_news(redis_client):
    await keep(redis_client)

    known = await finished_by(redis_client).recall([factories.request(0, isrc=ISRC)])

    assert len(known) == 1


@pytest.mark.parametrize(
    "by",
    [
        {"rules": "identity-1.match-2"},
        {"providers": tuple(ProviderName)},
        # seven days, less a tenth of jitter and a last fifth for renewing early
        {"now": NOW + timedelta(days=5, hours=1).total_seconds()},
    ],
    ids=["other rules", "a provider more", "old"],
)
async def test_what_would_come_out_otherwise_now_is_looked_up(redis_client, by):
    await keep(redis_client)

    assert await finished_by(redis_client, **by).recall([factories.request(0)]) == {}


@pytest.mark.parametrize(
    "track",
    [
        factories.enriched(0, records=[factories.record(outcome=Outcome.FAILED)]),
        factories.enriched(0, records=[factories.record(due_at=factories.AT)]),
    ],
    ids=["a provider failed", "a part waits"],
)
async def test_what_is_not_complete_is_not_kept_whole(redis_client, track):
    await keep(redis_client, track)

    assert await finished_by(redis_client).recall([factories.request(0)]) == {}


async def test_what_a_person_pinned_is_not_kept_whole(redis_client):
    await keep(redis_client, pinned=True)

    assert await finished_by(redis_client).recall([factories.request(0)]) == {}


async def test_an_absence_is_believed_for_less_than_a_day(redis_client):
    absent = factories.enriched(0, records=[factories.record(outcome=Outcome.ABSENT)])
    await keep(redis_client, absent)
    hours = {n: finished_by(redis_client, now=NOW + n * 3600) for n in (12, 18)}

    assert await hours[12].recall([factories.request(0)])
    assert not await hours[18].recall([factories.request(0)])


async def test_rows_are_kept_no_longer_than_they_are_fresh(redis_client):
    await keep(redis_client)
    keys = rows_key(factories.track_id(0)), finished_tracks.key(factories.track_id(0))

    rows, ids = [await redis_client.ttl(key) for key in keys]

    assert rows < timedelta(days=7 * 0.9 * 0.8).total_seconds() < ids


@pytest.mark.parametrize("cut", [-1, -20, -200])
async def test_damage_is_a_miss(redis_client, cut):
    await keep(redis_client)
    key = rows_key(factories.track_id(0))
    await redis_client.set(key, (await redis_client.get(key))[:cut])

    assert await finished_by(redis_client).recall([factories.request(0)]) == {}


async def test_the_rows_of_another_track_are_not_recalled(redis_client):
    await keep(redis_client)
    body = await redis_client.get(rows_key(factories.track_id(0)))
    # as one that copies keys by hand leaves them
    foreign = factories.request(0, track_id=factories.track_id(1))
    await redis_client.set(rows_key(foreign.track_id), body)

    assert await finished_by(redis_client).recall([foreign]) == {}


async def test_a_crawl_reads_the_ids(redis_client):
    await keep(redis_client)

    body = await redis_client.get(finished_tracks.key(factories.track_id(0)))

    assert finished_tracks.decode(body)["isrc"].value == ISRC


async def test_without_redis_nobody_says_what_is_known():
    finished = FinishedTracks(RedisLink(None), RULES, [ProviderName.SPOTIFY])

    with pytest.raises(ServerAway):
        await finished.recall([factories.request(0)])


# The path over a batch, on real Postgres and Redis; no provider can be reached.

ROWS = "SELECT * FROM tracks ORDER BY track_id"
RECORDS = "SELECT * FROM provider_records ORDER BY track_id, provider"
CREDITS = """
SELECT track_id, position, role, credited_as, name_key, a.spotify_id, musicbrainz_id
FROM track_credits JOIN artists AS a USING (artist_id) ORDER BY track_id, position
"""
# What says when it was written, not what.
_TIMES = {"created_at", "updated_at", "completed_at", "published_at"}
_TIMES |= {"first_queued_at", "enrichment_timestamp", "attempts"}


def requests(count: int = 30) -> list[EnrichmentRequest]:
    return [entry.request for entry in entries(count)]


@pytest.fixture
async def parts(pool, redis_client: Redis):
    """The path of a worker, with the answers of the benchmark's tracks remembered."""
    lane, known = Lane.MAIN, settings.load(dict(servers.SETTINGS))
    async with AsyncExitStack() as stack:
        made, background = await open_path(known, stack, pool, redis_client, lane)
        running = [asyncio.create_task(act) for act in background.values()]
        await made.lookup._cache.put_many(
            {
                question: Found(entry.answers[question.provider])
                for entry in entries(30)
                for question in servers._questions(entry)
            }
        )
        yield made
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def rows_in(pool):
    return [
        [
            {k: v for k, v in row.items() if k not in _TIMES}
            for row in await pool.fetch(q)
        ]
        for q in (ROWS, RECORDS, CREDITS)
    ]


async def forget_answers(redis_client):
    keys = [key async for key in redis_client.scan_iter("enrichment:v1:*")]
    await redis_client.delete(*(k for k in keys if b":rows:" not in k))


async def test_a_known_track_is_written_as_before_without_any_answer(
    parts, pool, redis_client
):
    await enrich.enrich(requests(), parts)
    before = await rows_in(pool)
    assert [len(rows) for rows in before[:2]] == [30, 90]
    await pool.execute("TRUNCATE tracks, artists CASCADE")
    await forget_answers(redis_client)
    parts.lookup._cache._memory._entries.clear()

    await enrich.enrich(requests(), parts)

    assert await rows_in(pool) == before


async def test_a_row_of_the_outbox_is_filled_and_keeps_what_is_its_own(parts, pool):
    await enrich.enrich(requests(1), parts)
    before = await rows_in(pool)
    await pool.execute(
        "UPDATE tracks SET status = 'in_progress', source = 'mixesdb',"
        " lane = 'backlog', provenance = '{}', isrc = NULL, spotify_id = NULL,"
        " musicbrainz_id = NULL"
    )
    await pool.execute("TRUNCATE provider_records, track_credits")

    await enrich.enrich(requests(1), parts)

    after = await rows_in(pool)
    assert (after[0][0].pop("source"), after[0][0].pop("lane")) == (
        "mixesdb",
        "backlog",
    )
    del before[0][0]["source"], before[0][0]["lane"]
    assert after == before


async def test_a_row_that_says_something_goes_the_long_way(parts, pool):
    await enrich.enrich(requests(1), parts)
    await pool.execute(
        "UPDATE tracks SET status = 'pending', album = 'By Hand',"
        " pinned_fields = '{album}'"
    )
    await pool.execute("TRUNCATE provider_records")

    await enrich.enrich(requests(1), parts)

    [row] = await pool.fetch(ROWS)
    assert (row["album"], row["status"]) == ("By Hand", "completed")
    assert await pool.fetchval("SELECT count(*) FROM provider_records") == 3


async def test_a_message_that_comes_twice_in_a_batch_is_one_row(parts, pool):
    await enrich.enrich(requests(2), parts)
    await pool.execute("TRUNCATE tracks CASCADE")

    await enrich.enrich([*requests(2), *requests(2)], parts)

    assert await pool.fetchval("SELECT count(*) FROM tracks") == 2
    assert await pool.fetchval("SELECT sum(attempts) FROM tracks") == 0


async def test_a_finished_track_that_no_column_takes_is_forgotten(
    parts, pool, redis_client
):
    await enrich.enrich(requests(1), parts)
    before = await rows_in(pool)
    await pool.execute("TRUNCATE tracks CASCADE")
    [request] = requests(1)
    key = rows_key(request.track_id)
    entry = finished_entries.decode(await redis_client.get(key))
    place = list(TRACK).index("duration_ms")
    columns = list(entry.rows.track)
    columns[place] = str(10**15)
    rows = replace(entry.rows, track=tuple(columns))
    damaged = finished_entries.encode(replace(entry, rows=rows))
    await redis_client.set(key, damaged)

    with pytest.raises(DataError):
        await enrich.enrich([request], parts)
    # as the consumer does with a message that breaks
    await enrich.enrich([request], parts)

    assert await rows_in(pool) == before
