"""Migrations from 009 on: up, down, up with rows in place, beside working workers."""

import asyncio
from datetime import UTC, datetime
from time import perf_counter

import asyncpg
import pytest

from enrichment.model import Outcome, ProviderName
from enrichment.store import migrations
from enrichment.store.tracks.write import Store
from tests import factories

EARLY = 8
# What this version's worker writes needs these; all others run beside it.
WRITTEN_BY = (9, 13, 15, 16, 17, 18, 21)
# Workers never wait longer than this for a migration that runs beside them.
LONGEST_WAIT_SECONDS = 1.0
# A write that took so long stood behind something.
BEHIND_SECONDS = 0.2
ROWS = 60_000


@pytest.fixture
async def pool(empty_database_url):
    opened = await asyncpg.create_pool(empty_database_url, min_size=1, max_size=4)
    yield opened
    await opened.close()


@pytest.fixture
async def early(pool):
    """A database as it was at 008, with rows in place."""
    known = migrations.known()
    async with pool.acquire() as connection:
        await migrations.up(connection, [m for m in known if m.version <= EARLY])
    await pool.execute(
        """INSERT INTO tracks (track_id, track_key, artist, title, status)
        SELECT md5(n::text)::uuid, n::text, 'Artist', 'Title', 'completed'
        FROM generate_series(1, $1) AS n""",
        ROWS,
    )
    await pool.execute(
        """INSERT INTO provider_records (track_id, provider, outcome, question,
               fetched_at)
        SELECT track_id, 'spotify',
               CASE WHEN track_key::int % 2 = 0 THEN 'found' ELSE 'absent' END,
               'search:' || track_key, now() - interval '30 days'
        FROM tracks"""
    )
    return pool


async def schema(pool):
    columns = await pool.fetch(
        """SELECT table_name, column_name, data_type, column_default
        FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2"""
    )
    indexes = await pool.fetch(
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
        " ORDER BY 1"
    )
    functions = await pool.fetch(
        """SELECT proname, pg_get_functiondef(oid) FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace ORDER BY 1"""
    )
    triggers = await pool.fetch(
        "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger"
        " WHERE NOT tgisinternal ORDER BY 1"
    )
    return columns, indexes, functions, triggers


async def up(pool):
    async with pool.acquire() as connection:
        return await migrations.up(connection)


async def test_up_down_up_leaves_one_schema_and_the_rows(early):
    before = await schema(early)
    await up(early)
    once = await schema(early)

    async with early.acquire() as connection:
        await migrations.down(connection, EARLY)
    assert await schema(early) == before
    await up(early)

    assert await schema(early) == once
    assert await early.fetchval("SELECT count(*) FROM provider_records") == ROWS


async def test_every_index_is_valid(early):
    await up(early)

    assert (
        await early.fetchval("SELECT count(*) FROM pg_index WHERE NOT indisvalid") == 0
    )


async def test_a_build_that_was_cut_off_is_made_good(early):
    await up(early)
    await early.execute(
        "DROP INDEX provider_records_stale_idx; DELETE FROM schema_migrations"
        " WHERE version = 10"
    )

    await up(early)

    names = await early.fetch("SELECT indexname FROM pg_indexes")
    assert "provider_records_stale_idx" in {row[0] for row in names}


async def test_rows_from_before_are_stale_by_rule(early):
    await up(early)

    due = await early.fetch(
        "SELECT outcome, count(*) FROM reenrichment_due GROUP BY 1 ORDER BY 1"
    )

    assert [tuple(row) for row in due] == [("absent", ROWS // 2), ("found", ROWS // 2)]


async def test_workers_write_while_migrations_run(early):
    known = migrations.known()
    async with early.acquire() as connection:
        needed = [m for m in known if m.version <= EARLY or m.version in WRITTEN_BY]
        await migrations.up(connection, needed)
    store = Store(early, data_version="v")
    longest = 0.0
    done = asyncio.Event()

    async def write():
        nonlocal longest
        number = 0
        while not done.is_set():
            number += 1
            begun = perf_counter()
            record = factories.record(
                ProviderName("spotify"), Outcome.FOUND, fetched_at=datetime.now(UTC)
            )
            await store.write([factories.enriched(number % 50, records=[record])])
            longest = max(longest, perf_counter() - begun)
        return number

    writing = asyncio.create_task(write())
    await up(early)
    done.set()

    assert await writing > 0
    assert longest < LONGEST_WAIT_SECONDS


async def test_a_migration_behind_a_long_report_lets_writers_through(
    pool, early, tmp_path
):
    """An ALTER TABLE waits for the report, and every write queues behind the ALTER."""
    file = tmp_path / "013_wider_up.sql"
    file.write_text("BEGIN; ALTER TABLE tracks ADD COLUMN wide integer; COMMIT;")
    file.with_name("013_wider_down.sql").write_text("")
    write = "UPDATE tracks SET updated_at = now() WHERE track_key = '1'"
    waited = 0.0

    async with pool.acquire() as reading, pool.acquire() as migrating:
        async with reading.transaction():
            await reading.execute("SELECT count(*) FROM tracks")
            running = asyncio.create_task(
                migrations.up(migrating, migrations.known(tmp_path))
            )
            # until a write stood behind the ALTER and was let through
            while waited < BEHIND_SECONDS:
                begun = perf_counter()
                await early.execute(write)
                waited = perf_counter() - begun
            assert not running.done()
        assert [m.name for m in await running] == ["wider"]
        assert await migrating.fetchval("SHOW lock_timeout") == "0"

    assert waited < LONGEST_WAIT_SECONDS
    assert await early.fetchval("SELECT count(wide) FROM tracks") == 0


async def test_two_runners_at_once_apply_each_migration_once(early):
    first, second = await asyncio.gather(up(early), up(early))

    applied = [m.version for m in (*first, *second)]
    assert sorted(applied) == [
        m.version for m in migrations.known() if m.version > EARLY
    ]
