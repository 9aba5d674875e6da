"""
A database that an older version's worker filled is migrated and decided anew.

The rows of `filled_by_7528ff0.jsonl` were written by the crawl and the worker of commit
7528ff0, which asked `provider_simulator --world hostile` for invented tracks. Five of
its matches are of other recordings; two tracks are right everywhere.
"""

import json
from collections import Counter, defaultdict

import asyncpg
import pytest

from enrichment.pipeline import enrich
from enrichment.pipeline.rematch import Turn, rematch
from enrichment.store import migrations, rekeying
from tests.conftest import PROJECT

SAMPLE = PROJECT / "tests/samples/rows/filled_by_7528ff0.jsonl"
# The last migration that 7528ff0 had.
ITS_LAST = 12
WRONG = {
    ("Elias Vantongeren", "Neon Mirrors (Original Mix)", "musicbrainz"),
    ("Rookwood & Cassius Odell", "Paper Garden", "musicbrainz"),
    ("Northbound Choir", "Neon Machines", "spotify"),
    ("Nuvola", "Glass Dial", "spotify"),
    ("Solène Ardent vs. Tomoko Hayase", "Paper Dial (Original Mix)", "lastfm"),
}
RIGHT = ("Golden Motion (Pavel Drăgan Remix)", "Static Cathedral (Dub Mix)")
FOUND = """
SELECT artist, title, provider, provider_track_id
FROM tracks JOIN provider_records AS r USING (track_id) WHERE r.outcome = 'found'
"""


async def fill(connection):
    rows = defaultdict(list)
    for line in SAMPLE.read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        rows[one["table"]].append(one["row"])
    for table, several in rows.items():
        columns = await connection.fetchval(
            "SELECT string_agg(quote_ident(column_name), ', ')"
            " FROM information_schema.columns"
            " WHERE table_name = $1 AND is_generated = 'NEVER'",
            table,
        )
        statement = (
            f"INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE"  # noqa: S608 (the file's own names)
            f" SELECT {columns} FROM jsonb_populate_recordset(NULL::{table}, $1)"
        )
        await connection.execute(statement, json.dumps(several))


@pytest.fixture
async def pool(empty_database_url):
    """Filled under the old schema, then brought up to today's."""
    opened = await asyncpg.create_pool(empty_database_url, min_size=1, max_size=4)
    async with opened.acquire() as connection:
        known = migrations.known()
        await migrations.up(connection, [m for m in known if m.version <= ITS_LAST])
        await fill(connection)
        await migrations.up(connection, known)
    yield opened
    await opened.close()


async def decided(pool, **how):
    every = [
        done async for done in rematch(pool, data_version=enrich.DATA_VERSION, **how)
    ]
    turned = {
        (one.artist, one.title, one.provider): one.turn
        for done in every
        for one in done.turned
    }
    return turned, {name: p.tracks for d in every for name, p in d.to_ask.items()}


async def found(pool):
    return {tuple(row)[:3]: row[3] for row in await pool.fetch(FOUND)}


async def test_rows_of_7528ff0_are_decided_anew(pool):
    before = await found(pool)
    assert set(before) >= WRONG
    renamed = await rekeying.rekey(pool)
    assert (renamed.renamed, renamed.merged) == (7, 0)

    listed, to_ask = await decided(pool, dry_run=True)
    assert await found(pool) == before
    assert {one: listed.get(one) for one in WRONG} == dict.fromkeys(WRONG, Turn.NONE)
    assert await decided(pool) == (listed, to_ask)

    after = await found(pool)
    # its answers of MusicBrainz do not say what is a video
    assert to_ask == {"musicbrainz": sum(one[2] == "musicbrainz" for one in after)}
    assert WRONG.isdisjoint(after)
    right = {one: id_ for one, id_ in before.items() if one[1] in RIGHT}
    assert {one: after.get(one) for one in right} == right
    columns = await pool.fetchrow(
        "SELECT musicbrainz_id, source_data_version FROM tracks WHERE title ="
        " 'Paper Garden'"
    )
    assert tuple(columns) == (None, enrich.DATA_VERSION)
    assert await decided(pool) == ({}, {})


async def test_persons_decisions_stay_and_what_is_not_kept_is_marked(pool):
    await pool.execute(
        "UPDATE tracks SET pinned_fields = '{spotify_id}' WHERE title = 'Glass Dial'"
    )
    await pool.execute(
        "DELETE FROM provider_answers WHERE provider = 'spotify' AND question LIKE $1",
        "%neon machines%",
    )
    before = await found(pool)

    turned, to_ask = await decided(pool)

    pinned = ("Nuvola", "Glass Dial", "spotify")
    unkept = ("Northbound Choir", "Neon Machines", "spotify")
    assert {pinned, unkept}.isdisjoint(turned)
    assert to_ask["spotify"] == 1
    after = await found(pool)
    assert (after[pinned], after[unkept]) == (before[pinned], before[unkept])
    marked = await pool.fetch(
        "SELECT provider FROM provider_records WHERE due_at IS NOT NULL"
    )
    assert Counter(row["provider"] for row in marked) == to_ask
