"""The schema: up, down, up; by psql and by the runner; with writes, not only DDL."""

import asyncio
import os
import shutil
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit

import asyncpg
import pytest

import devstack
import devstack.postgres
from enrichment.store import migrations
from enrichment.store.tracks.write import Store
from tests import factories
from tests.conftest import missing

ALL = migrations.known()

# All that a user of the schema can tell.
_SCHEMA = """
SELECT 'column' AS kind, c.table_name || '.' || c.column_name AS name,
       concat_ws(' ', c.udt_name, c.character_maximum_length, c.numeric_precision,
                 c.numeric_scale, c.is_nullable, c.column_default, c.is_identity,
                 c.generation_expression) AS what
FROM information_schema.columns AS c WHERE c.table_schema = 'public'
UNION ALL
SELECT 'order', table_name, string_agg(column_name, ',' ORDER BY ordinal_position)
FROM information_schema.columns WHERE table_schema = 'public' GROUP BY table_name
UNION ALL
SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL
SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL
SELECT 'view', viewname, definition FROM pg_views WHERE schemaname = 'public'
UNION ALL
SELECT 'trigger', tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL
SELECT 'function', proname, pg_get_functiondef(oid) FROM pg_proc
WHERE pronamespace = 'public'::regnamespace
ORDER BY 1, 2
"""


@pytest.fixture
async def empty(empty_database_url):
    connection = await asyncpg.connect(empty_database_url)
    yield connection
    await connection.close()


@pytest.fixture
async def migrated(database_url):
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


@pytest.fixture(scope="module")
def psql():
    """Runs a file as users do: psql -f, stopping at the first error."""
    try:
        program = shutil.which("psql", path=str(devstack.postgres.binaries()))
    except devstack.NoServer:
        program = None
    program = program or shutil.which("psql")
    if program is None:
        missing("psql")

    def run(database_url: str, file: Path) -> None:
        server = urlsplit(database_url)
        done = subprocess.run(
            [program, "-X", "-v", "ON_ERROR_STOP=1", "-f", str(file)],
            env={
                **os.environ,
                "PGHOST": server.hostname,
                "PGPORT": str(server.port),
                "PGUSER": unquote(server.username),
                "PGPASSWORD": unquote(server.password),
                "PGDATABASE": server.path[1:],
            },
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{file.name}: {done.stderr}"
        assert "ERROR" not in done.stderr

    return run


async def schema(connection):
    return [tuple(row) for row in await connection.fetch(_SCHEMA)]


async def versions(connection):
    return sorted(await migrations.applied(connection))


def test_versions_count_up_without_a_gap_and_008_is_the_one_users_know():
    assert [m.version for m in ALL] == list(range(1, len(ALL) + 1))
    assert ALL[7].up.name == "008_enrichment_metadata_fields_up.sql"


async def test_up_down_up_leaves_the_same_schema(empty):
    before = await schema(empty)
    await migrations.up(empty)
    first = await schema(empty)

    taken_back = await migrations.down(empty, 0)

    assert [m.version for m in taken_back] == [m.version for m in reversed(ALL)]
    assert await schema(empty) == before == []
    await migrations.up(empty)
    assert await schema(empty) == first


async def test_each_single_step_down_and_up_leaves_the_same_schema(empty):
    for migration in ALL:
        below = await schema(empty)
        await migrations.up(empty, ALL[: migration.version])
        here = await schema(empty)
        assert here != below

        await migrations.down(empty, migration.version - 1)
        assert await schema(empty) == below

        await migrations.up(empty, ALL[: migration.version])
        assert await schema(empty) == here


async def test_psql_and_the_runner_agree(psql, empty, empty_database_url, migrated):
    for migration in ALL:
        psql(empty_database_url, migration.up)

    assert await schema(empty) == await schema(migrated)
    assert await versions(empty) == await versions(migrated)
    assert await migrations.up(empty) == [], "the runner sees what psql has done"


async def test_psql_takes_everything_back(psql, empty, empty_database_url):
    await migrations.up(empty)

    for migration in reversed(ALL):
        psql(empty_database_url, migration.down)

    assert await schema(empty) == []


@pytest.mark.parametrize("migration", ALL, ids=lambda m: m.up.name)
async def test_each_file_can_be_run_twice(migration, psql, database_url, migrated):
    expected = await schema(migrated)

    psql(database_url, migration.up)

    assert await schema(migrated) == expected
    assert await versions(migrated) == [m.version for m in ALL]


async def test_rows_survive_every_file_run_again(psql, database_url, migrated):
    async with asyncpg.create_pool(database_url, min_size=1, max_size=1) as pool:
        await Store(pool, data_version="t").write(
            [factories.enriched(0, {"album": "x"}, credited=["A"])]
        )
    tables = ("tracks", "artists", "track_credits", "provider_records")
    before = [await migrated.fetch(f"TABLE {name}") for name in tables]

    for migration in ALL:
        psql(database_url, migration.up)

    assert [await migrated.fetch(f"TABLE {name}") for name in tables] == before


async def test_tracks_survive_008_taken_back_and_applied_again(migrated):
    await insert(migrated, artist="Kept")

    await migrations.down(migrated, 7)
    await migrations.up(migrated)

    assert await migrated.fetchval("SELECT artist FROM tracks") == "Kept"


async def test_two_runners_at_once_apply_everything_once(empty_database_url):
    runners = [await asyncpg.connect(empty_database_url) for _ in range(4)]
    try:
        done = await asyncio.gather(*map(migrations.up, runners))

        assert sorted(map(len, done)) == [0, 0, 0, len(ALL)]
        assert await versions(runners[0]) == [m.version for m in ALL]
    finally:
        for runner in runners:
            await runner.close()


async def test_a_file_that_fails_leaves_nothing_half_done_and_no_lock(
    empty, empty_database_url, tmp_path
):
    bad = tmp_path / "999_bad_up.sql"
    bad.write_text("BEGIN; CREATE TABLE half (); SELECT no_such_thing; COMMIT;")
    bad.with_name("999_bad_down.sql").write_text("")
    await migrations.up(empty)

    with pytest.raises(asyncpg.UndefinedColumnError):
        await migrations.up(empty, migrations.known(tmp_path))

    assert await empty.fetchval("SELECT to_regclass('half')") is None
    other = await asyncpg.connect(empty_database_url)
    try:
        assert await asyncio.wait_for(migrations.up(other), 5) == []
    finally:
        await other.close()


def test_an_up_file_without_its_way_back_is_refused(tmp_path):
    (tmp_path / "001_lonely_up.sql").write_text("")

    with pytest.raises(FileNotFoundError, match="001_lonely_down"):
        migrations.known(tmp_path)


async def test_a_database_without_schema_says_so(empty):
    assert await migrations.applied(empty) == {}


# 008, as users know it.


async def insert(connection, number=0, **columns):
    facts = {
        "track_id": factories.track_id(number),
        "track_key": "k",
        "artist": "Artist",
        "title": "Title",
        **columns,
    }
    places = ", ".join(f"${n}" for n in range(1, len(facts) + 1))
    await connection.execute(
        f"INSERT INTO tracks ({', '.join(facts)}) VALUES ({places})",  # noqa: S608 (our columns)
        *facts.values(),
    )


async def test_008_has_the_columns_users_know(migrated):
    rows = await migrated.fetch(
        "SELECT attname, format_type(atttypid, atttypmod) AS kind FROM pg_attribute"
        " WHERE attrelid = 'tracks'::regclass AND attnum > 0"
    )
    found = {row["attname"]: row["kind"] for row in rows}

    expected = {
        "enrichment_timestamp": "timestamp with time zone",
        "enrichment_source_api": "character varying(50)",
        "source_data_version": "character varying(100)",
        "camelot_key": "character varying(3)",
        "tempo_confidence": "numeric(3,2)",
    }
    assert {name: found.get(name) for name in expected} == expected


async def test_008_has_the_indexes_users_know(migrated):
    rows = await migrated.fetch(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'tracks'"
    )
    found = {row["indexname"]: row["indexdef"] for row in rows}

    assert "(enrichment_timestamp)" in found["idx_tracks_enrichment_timestamp"]
    assert "(enrichment_source_api) WHERE" in found["idx_tracks_enrichment_source_api"]
    assert (
        "(enrichment_source_api, enrichment_timestamp) WHERE"
        in found["idx_tracks_stale_enrichment"]
    )
    assert "(camelot_key) WHERE" in found["idx_tracks_camelot_key"]


async def test_every_camelot_key_is_taken_and_no_other(migrated):
    keys = [f"{n}{mode}" for n in range(1, 13) for mode in "AB"]
    for number, key in enumerate(keys):
        await insert(migrated, number, camelot_key=key)

    for key in ["0A", "13A", "8C", "8a", "A8", "08A", "", "8"]:
        with pytest.raises(asyncpg.CheckViolationError) as caught:
            await insert(migrated, 99, camelot_key=key)
        assert caught.value.constraint_name == "tracks_camelot_key_format"


async def test_tempo_confidence_is_a_share(migrated):
    for number, confidence in enumerate([0, 0.5, 1]):
        await insert(migrated, number, tempo_confidence=confidence)

    for confidence in [1.01, -0.01]:
        with pytest.raises(asyncpg.CheckViolationError) as caught:
            await insert(migrated, 99, tempo_confidence=confidence)
        assert caught.value.constraint_name == "tracks_tempo_confidence_range"


async def stamp(connection):
    return await connection.fetchval("SELECT enrichment_timestamp FROM tracks")


async def age(connection):
    """Make every stamp old; the trigger does not look at this column."""
    await connection.execute(
        "UPDATE tracks SET enrichment_timestamp = '2020-01-01T00:00:00Z'"
    )


async def test_an_insert_of_enriched_values_stamps(migrated):
    await insert(migrated, enrichment_source_api="spotify")

    assert await stamp(migrated) is not None


async def test_an_insert_without_enrichment_is_not_stamped(migrated):
    await insert(migrated)

    assert await stamp(migrated) is None


async def test_an_update_that_confirms_equal_values_stamps(migrated):
    await insert(migrated, enrichment_source_api="spotify")
    await age(migrated)

    await migrated.execute("UPDATE tracks SET enrichment_source_api = 'spotify'")

    assert (await stamp(migrated)).year > 2020


async def test_an_update_of_other_columns_does_not_stamp(migrated):
    await insert(migrated, enrichment_source_api="spotify")
    await age(migrated)

    await migrated.execute("UPDATE tracks SET status = 'partial', published_at = now()")

    assert (await stamp(migrated)).year == 2020


async def test_a_write_of_the_store_stamps_each_time(database_url, migrated):
    async with asyncpg.create_pool(database_url, min_size=1, max_size=1) as pool:
        store = Store(pool, data_version="t")
        await store.write([factories.enriched(0, {"album": "x"})])
        await age(migrated)

        await store.write([factories.enriched(0, {"album": "x"})])

    assert (await stamp(migrated)).year > 2020


async def test_the_trigger_and_its_function_have_the_names_users_know(migrated):
    assert await migrated.fetchval(
        "SELECT tgfoid::regproc::text FROM pg_trigger WHERE tgname ="
        " 'auto_update_enrichment_timestamp'"
    ) == ("update_enrichment_timestamp")


async def test_the_coverage_view_answers_with_and_without_tracks(migrated):
    view = "SELECT * FROM enrichment_coverage_stats"
    nothing = dict(await migrated.fetchrow(view))
    assert list(nothing) == [
        "total_tracks",
        "with_spotify",
        "with_musicbrainz",
        "with_bpm",
        "with_audio_features",
        "enriched_tracks",
        "stale_tracks_90d",
        "stale_tracks_30d",
        "spotify_coverage_pct",
        "musicbrainz_coverage_pct",
        "audio_features_coverage_pct",
        "enrichment_rate_pct",
    ]
    assert nothing["total_tracks"] == 0

    await insert(migrated, 0, enrichment_source_api="spotify", spotify_id="x", energy=1)
    await migrated.execute(
        "UPDATE tracks SET enrichment_timestamp = now() - interval '60 days'"
    )
    await insert(migrated, 1, bpm=128)

    stats = dict(await migrated.fetchrow(view))
    assert (stats["total_tracks"], stats["with_spotify"], stats["with_bpm"]) == (
        2,
        1,
        1,
    )
    assert (stats["stale_tracks_30d"], stats["stale_tracks_90d"]) == (1, 0)
    assert float(stats["spotify_coverage_pct"]) == 50
    assert float(stats["audio_features_coverage_pct"]) == 50
    assert float(stats["enrichment_rate_pct"]) == 50
