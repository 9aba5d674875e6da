"""What is committed while a batch asks its providers stands after its write."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from msgspec import structs
from redis.asyncio import Redis

from benchmarks import servers
from benchmarks.catalogue import entries
from enrichment.app import settings
from enrichment.app.wiring import open_path
from enrichment.contract.identity.identity import TrackKey
from enrichment.contract.identity.titles import parse_name
from enrichment.contract.messages import Lane
from enrichment.model import Found, ProviderName, Wanted
from enrichment.pipeline import enrich
from enrichment.pipeline import revoke as provenance
from enrichment.pipeline.revoke import Contribution
from enrichment.providers.registry import EXPECTED
from enrichment.scheduling.renewal import Renewal
from enrichment.store import admit
from tests.integration.connections import pool

__all__ = ["pool"]

SPOTIFY, MUSICBRAINZ, LASTFM = (
    ProviderName("spotify"),
    ProviderName("musicbrainz"),
    ProviderName("lastfm"),
)
# Joint names: providers know "… & …son" as one artist.
JOINT = [entry for entry in entries(200) if " & " in entry.request.artist][:3]
TRACK = JOINT[0]
ID = TRACK.request.track_id


class Meanwhile:
    """A look-up; something is committed after its answers came, before the write."""

    def __init__(self, lookup, happens):
        self._lookup, self._happens = lookup, happens

    async def look_up(self, *asked):
        replies = await self._lookup.look_up(*asked)
        if any(question.provider is LASTFM for question in replies):
            happens, self._happens = self._happens, None
            if happens is not None:
                await happens()
        return replies

    def __getattr__(self, name):
        return getattr(self._lookup, name)


@pytest.fixture
async def parts(pool, redis_client: Redis):
    """The path of a worker; every answer comes from the cache."""
    known = settings.load(dict(servers.SETTINGS))
    async with AsyncExitStack() as stack:
        made, background = await open_path(known, stack, pool, redis_client, Lane.MAIN)
        running = [asyncio.create_task(act) for act in background.values()]
        yield made
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def ways(parts, entry, provider):
    """Every question that a worker may ask a provider for this track."""
    name = parse_name(entry.request.artist, entry.request.title)
    isrc = entry.answers[SPOTIFY][0].isrcs[0]
    ids = {"isrc": isrc, "spotify_id": entry.answers[SPOTIFY][0].id}
    for known in ({}, {"isrc": isrc}, ids):
        wanted = Wanted(entry.request.track_id, name, **known)
        question = parts.providers[provider].question(wanted)
        if question is not None:
            yield question


async def remember(parts, providers=EXPECTED, at=None, **changed):
    """Let the cache hold fresh answers of these providers."""
    answers = {}
    for entry in JOINT:
        for provider in providers:
            found = Found((structs.replace(entry.answers[provider][0], **changed),))
            answers |= dict.fromkeys(ways(parts, entry, provider), found)
    await parts.lookup._cache.put_many(answers, at or datetime.now(UTC))


async def renew(pool, *providers):
    await pool.execute(
        "UPDATE provider_records SET due_at = now(), due_reason = 'stale'"
        " WHERE provider = ANY ($1)",
        list(providers),
    )


async def run(parts, happens=None):
    lookup = Meanwhile(parts.lookup, happens)
    await enrich.enrich([TRACK.request], replace(parts, lookup=lookup))


@pytest.fixture
async def half_asked(parts, pool):
    """A known track of which Last.fm's part is to be asked again, and can be."""
    await remember(parts)
    await enrich.enrich([TRACK.request], parts)
    await pool.execute(
        "UPDATE provider_records SET fetched_at = now() - '9 d'::interval"
    )
    await renew(pool, LASTFM)
    await remember(parts, [LASTFM], listeners=77)
    return parts


async def records(pool):
    rows = await pool.fetch("SELECT * FROM provider_records WHERE track_id = $1", ID)
    return {row["provider"]: row for row in rows}


async def track(pool):
    return await pool.fetchrow("SELECT * FROM tracks WHERE track_id = $1", ID)


async def credits_of(pool):
    rows = await pool.fetch(
        "SELECT credited_as, role, a.spotify_id, a.musicbrainz_id FROM track_credits"
        " JOIN artists AS a USING (artist_id) ORDER BY track_id, position"
    )
    return [tuple(row) for row in rows]


async def mark(pool, provider):
    chosen = "CREATE TEMPORARY TABLE chosen AS SELECT track_id, provider"
    await pool.execute(f"{chosen} FROM provider_records WHERE provider = '{provider}'")
    return await pool.fetchval(
        "SELECT sum(marked)::int FROM mark_for_reenrichment('chosen')"
    )


async def test_a_refresh_by_api_stands(half_asked, pool):
    async def refresh():
        key = TrackKey((await track(pool))["track_key"], ID)
        done = await admit.admit(pool, key, TRACK.request, refresh=True)
        assert done.marked == 2

    await run(half_asked, refresh)

    now = await records(pool)
    assert now["lastfm"]["due_at"] is None
    assert {now[name]["due_reason"] for name in ("spotify", "musicbrainz")} == {
        "marked"
    }
    assert (await track(pool))["listeners"] == 77


async def test_a_mark_in_sql_stands(half_asked, pool):
    async def marks():
        async with pool.acquire() as connection:
            assert await mark(connection, "spotify") == 1

    await run(half_asked, marks)

    now = await records(pool)
    assert now["spotify"]["due_reason"] == "marked"
    assert now["lastfm"]["due_at"] is None


async def test_a_mark_on_the_very_part_wants_a_newer_answer(parts, pool):
    """The batch had read it before anybody wished for it, and its answer is older."""
    await remember(parts, [MUSICBRAINZ, SPOTIFY])
    await remember(parts, [LASTFM], at=datetime.now(UTC) - timedelta(minutes=1))
    await enrich.enrich([TRACK.request], parts)
    await pool.execute(
        "UPDATE provider_records SET fetched_at = now() - '9 d'::interval"
    )
    wish = replace_request(force_refresh=True)

    async def marks():
        async with pool.acquire() as connection:
            assert await mark(connection, "lastfm") == 1

    lookup = Meanwhile(parts.lookup, marks)
    await enrich.enrich([wish], replace(parts, lookup=lookup))

    now = await records(pool)
    assert now["lastfm"]["due_reason"] == "marked"
    assert now["spotify"]["due_at"] is None


def replace_request(**changed):
    return TRACK.request.model_copy(update=changed)


async def test_the_claim_of_a_renewal_stands(half_asked, pool):
    published = []

    async def publish(rows):
        published.extend(str(row["track_id"]) for row in rows)
        return [str(row["track_id"]) for row in rows]

    async def sweep():
        renewal = Renewal(pool, publish, [SPOTIFY])
        assert await renewal.sweep(10, None) == 1

    await run(half_asked, sweep)

    spotify = (await records(pool))["spotify"]
    assert published == [ID]
    assert spotify["due_reason"] == "stale"
    assert spotify["published_at"] is not None


@pytest.mark.parametrize("provider", [SPOTIFY, LASTFM], ids=["another", "the asked"])
async def test_what_is_revoked_stays_gone(provider, half_asked, pool):
    async def revoke():
        await provenance.take_back(
            pool, Contribution(provider), data_version=enrich.DATA_VERSION
        )

    await run(half_asked, revoke)

    assert provider not in await records(pool)
    row = await track(pool)
    gone = {"spotify": "spotify_id", "lastfm": "listeners"}[provider]
    assert row[gone] is None
    assert f'"{provider}"' not in row["provenance"]
    assert row["enrichment_source_api"] != provider


async def test_what_is_revoked_is_no_answer_to_later_batches(parts, pool):
    """Redis and the workers' memories may hold it for a while."""
    await remember(parts)
    await enrich.enrich([TRACK.request], parts)
    await provenance.take_back(
        pool, Contribution(LASTFM), data_version=enrich.DATA_VERSION
    )

    await asyncio.wait_for(enrich.enrich([TRACK.request], parts), 60)

    lastfm = (await records(pool)).get("lastfm")
    assert (await track(pool))["listeners"] is None
    # it was asked anew: in this test the provider cannot be reached
    assert lastfm["outcome"] in {"failed", "benched"}


async def test_another_workers_batch_stands(half_asked, pool):
    async def other():
        await renew(pool, SPOTIFY)
        await remember(half_asked, [SPOTIFY], popularity=99)
        await enrich.enrich([TRACK.request], half_asked)

    await run(half_asked, other)

    row, now = await track(pool), await records(pool)
    assert (row["popularity"], row["listeners"]) == (99, 77)
    assert now["spotify"]["fetched_at"] > datetime.now(UTC) - timedelta(minutes=5)
    assert now["spotify"]["due_at"] is None
    assert row["status"] == "completed"


async def test_a_newer_answer_of_another_worker_stands(half_asked, pool):
    async def other():
        await remember(half_asked, [LASTFM], listeners=99)
        await enrich.enrich([TRACK.request], half_asked)

    await run(half_asked, other)

    assert (await track(pool))["listeners"] == 99


async def test_workers_that_make_one_row_at_once_keep_each_others_parts(parts, pool):
    """Neither has seen a row when it read: the second writes upon the first."""
    await remember(parts, [MUSICBRAINZ, SPOTIFY])

    async def other():
        await remember(parts, [LASTFM], listeners=55)
        await enrich.enrich([TRACK.request], replace(parts, providers=only(LASTFM)))

    def only(*names):
        return {name: parts.providers[name] for name in names}

    class AfterTheFirst(Meanwhile):
        async def look_up(self, *asked):
            replies = await self._lookup.look_up(*asked)
            happens, self._happens = self._happens, None
            if happens is not None:
                await happens()
            return replies

    ours = replace(
        parts,
        lookup=AfterTheFirst(parts.lookup, other),
        providers=only(MUSICBRAINZ, SPOTIFY),
    )
    await enrich.enrich([TRACK.request], ours)

    row = await track(pool)
    assert set(await records(pool)) == {"spotify", "musicbrainz", "lastfm"}
    assert row["listeners"] == 55
    assert row["spotify_id"]


@pytest.mark.parametrize("provider", EXPECTED)
async def test_credits_after_a_renewal_of_one_provider_are_those_of_all(
    provider, parts, pool
):
    requests = [entry.request for entry in JOINT]
    await remember(parts)
    await enrich.enrich(requests, parts)
    before = await credits_of(pool)
    assert {credit[0] for credit in before} >= {r.artist for r in requests}

    await renew(pool, provider)
    await remember(parts, [provider])
    await enrich.enrich(requests, parts)

    assert (await records(pool))[provider]["due_at"] is None
    assert await credits_of(pool) == before


async def test_credits_of_parts_that_come_one_by_one_are_those_of_all_at_once(
    parts, pool
):
    requests = [entry.request for entry in JOINT]
    await remember(parts)
    await enrich.enrich(requests, parts)
    at_once = await credits_of(pool)
    await pool.execute("TRUNCATE tracks, artists CASCADE")
    parts.lookup._cache._memory.clear()

    for name in (MUSICBRAINZ, LASTFM, SPOTIFY):
        asked = replace(parts, providers={name: parts.providers[name]})
        anew = [r.model_copy(update={"force_refresh": True}) for r in requests]
        await remember(parts, [name])
        known = await pool.fetch("SELECT isrc FROM tracks")
        await enrich.enrich(anew, asked)
        assert name is MUSICBRAINZ or known

    assert await credits_of(pool) == at_once


async def test_credits_are_left_alone_where_nobody_noted_whom_an_answer_credits(
    parts, pool
):
    """Rows of an older version, and answers that are kept no longer."""
    await remember(parts)
    await enrich.enrich([TRACK.request], parts)
    before = await credits_of(pool)
    await pool.execute("DELETE FROM provider_answers")
    columns = await pool.fetch(
        "SELECT FROM information_schema.columns"
        " WHERE (table_name, column_name) = ('provider_records', 'artists')"
    )
    if columns:
        await pool.execute("UPDATE provider_records SET artists = NULL")

    await renew(pool, LASTFM)
    await remember(parts, [LASTFM])
    await enrich.enrich([TRACK.request], parts)

    assert await credits_of(pool) == before
