"""Every SQL statement of the documents, and every file of sql/reenrichment, runs."""

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from devstack.postgres import binaries
from enrichment.model import Outcome, ProviderName
from enrichment.providers.musicbrainz.provider import ISRC_BATCH, SEARCH_BATCH
from enrichment.providers.registry import EXPECTED, NAMES, SPECS
from enrichment.store.provider_rows import add_missing
from enrichment.store.tracks.write import Store
from tests import factories
from tests.conftest import PROJECT, missing
from tests.integration.connections import pool

__all__ = ["pool"]

DOCUMENTS = sorted(
    path
    for path in (*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md"))
    if "```sql" in path.read_text(encoding="utf-8")
)
BLOCK = re.compile(r"^```sql\n(.*?)^```", re.MULTILINE | re.DOTALL)
STATEMENTS = [
    pytest.param(block, id=f"{path.stem}-{number}")
    for path in DOCUMENTS
    for number, block in enumerate(BLOCK.findall(path.read_text("utf-8")), 1)
]
FILES = sorted((PROJECT / "sql" / "reenrichment").glob("*.sql"))
OLD = factories.AT
# Of each file: its variables, and the parts that it finds in the rows below.
CASES = {
    "provider_before": ({"provider": "spotify", "before": "2026-06-01"}, 3),
    "main_source_before": ({"source": "spotify", "before": "2100-01-01"}, 3),
    "field_missing": ({"field": "isrc"}, 4),
    "data_version": ({"version": "identity-9.match-9.merge-9"}, 6),
    "rule_version": ({"rule": "1"}, 3),
    "tracklist": ({"source": "mixesdb", "key": "42"}, 2),
    "never_asked": ({"provider": "lastfm"}, 3),
}


def psql() -> str:
    bundled = binaries() / "psql"
    found = str(bundled) if bundled.is_file() else shutil.which("psql")
    if not found:
        missing("psql")
    return str(found)


def run(database_url: str, file: Path, **variables: str) -> str:
    options = [part for pair in variables.items() for part in ("-v", "=".join(pair))]
    done = subprocess.run(
        [psql(), database_url, "-XAt", "-v", "ON_ERROR_STOP=1", *options, "-f", file],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "ERROR" not in done.stderr
    return done.stdout


@pytest.fixture
async def rows(pool):
    """Three tracks: Spotify found all, MusicBrainz none; one is on a file's list."""
    store = Store(pool, data_version="identity-1.match-1.merge-1")
    for n in range(3):
        await store.write(
            [
                factories.enriched(
                    n,
                    # the first alone has an ISRC
                    {"album": "Album"} | ({"isrc": "USUS11000001"} if n == 0 else {}),
                    credited=[f"Artist {n}"],
                    records=[
                        factories.record(fetched_at=OLD, question=f"search:{n}"),
                        factories.record(
                            ProviderName("musicbrainz"),
                            Outcome.ABSENT,
                            fetched_at=OLD,
                            question=f"search:{n}",
                        ),
                    ],
                )
            ]
        )
    await pool.execute(
        """WITH made AS (
            INSERT INTO tracklists
                (source, source_key, format, parsed_rows, content_hash)
            VALUES ('mixesdb', '42', 'wiki', 1, 'x') RETURNING tracklist_id
        )
        INSERT INTO tracklist_rows
            (tracklist_id, position, raw, identified, track_id, isrc)
        SELECT tracklist_id, 1, 'raw', true, $1, 'USUS11000002' FROM made""",
        factories.track_id(1),
    )
    # a file's ISRC fills no gap: a provider is asked for it as before
    await pool.execute("SELECT fill_from_files($1)", [factories.track_id(1)])
    return pool


@pytest.mark.parametrize("statement", STATEMENTS)
async def test_a_documented_statement_runs(rows, statement):
    async with rows.acquire() as connection:
        try:
            done = await connection.execute(statement)
        except asyncpg.PostgresError as error:
            done = f"failed: {error}"

    assert not done.startswith("failed"), f"{done}\n{statement}"


def test_every_ready_made_file_has_a_case_here():
    assert {file.stem for file in FILES} == set(CASES)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_a_ready_made_file_prices_and_changes_nothing_unless_told(
    rows, database_url, file
):
    variables, expected = CASES[file.stem]
    marked = "SELECT count(*) FROM provider_records WHERE due_at IS NOT NULL"

    priced = run(database_url, file, **variables)

    assert await rows.fetchval(marked) == 0
    prices = [line.split("|") for line in priced.splitlines() if "|" in line]
    assert sum(int(price[1]) for price in prices) == expected
    assert {price[0] for price in prices} <= set(NAMES)

    run(database_url, file, **variables, mark="1")

    assert await rows.fetchval(marked) == expected


async def test_the_price_is_in_calls_of_the_size_a_provider_allows(rows):
    """Forty parts of MusicBrainz with 38 different questions: three calls of 18."""
    await rows.execute(
        """INSERT INTO tracks (track_id, track_key, artist, title, status)
        SELECT md5(n::text)::uuid, 'k', 'Artist', 'Title', 'completed'
        FROM generate_series(1, 40) AS n"""
    )
    await rows.execute(
        """INSERT INTO provider_records (track_id, provider, outcome, question,
               fetched_at)
        SELECT md5(n::text)::uuid, 'musicbrainz', 'found',
               'search:' || greatest(n, 3), $1
        FROM generate_series(1, 40) AS n""",
        OLD,
    )
    await rows.execute(
        "CREATE VIEW mine AS SELECT * FROM provider_records WHERE outcome = 'found'"
    )

    prices = await rows.fetch("SELECT * FROM reenrichment_price('mine')")

    assert [tuple(price) for price in prices] == [
        ("musicbrainz", 40, 38, 2),
        ("spotify", 3, 3, 3),
    ]


async def test_batch_sizes_and_fields_are_those_of_the_code(pool):
    batches = await pool.fetch(
        "SELECT operation, questions_per_call FROM provider_batches"
        " WHERE provider = 'musicbrainz'"
    )
    assert dict(map(tuple, batches)) == {"isrc": ISRC_BATCH, "search": SEARCH_BATCH}
    fields = {tuple(row) for row in await pool.fetch("SELECT * FROM provider_fields")}
    # those of other providers are added by `add_missing`, as `migrate up` does
    assert fields >= {(n, field) for n in EXPECTED for field in SPECS[n].fields}


async def test_rows_of_a_provider_are_added_where_missing_and_never_overwritten(pool):
    ages = "SELECT * FROM staleness_rules ORDER BY 1, 2, 3, 4"
    new = replace(SPECS[ProviderName("lastfm")], name=ProviderName("invented"))
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        before = await connection.fetch(ages)
        await connection.execute(
            "UPDATE staleness_rules SET stale_after = '90 days', reason = 'mine'"
            " WHERE provider = 'lastfm' AND outcome = 'found'"
        )
        await add_missing(connection, SPECS.values())
        mine = await connection.fetch(ages)

        await add_missing(connection, [*SPECS.values(), new])

        rows = await connection.fetch(ages)
        ruled = await connection.fetch("SELECT DISTINCT provider FROM staleness_rules")
        await transaction.rollback()
    assert [row for row in rows if row["provider"] != "invented"] == mine
    # what migration 009 wrote for ours, the reasons apart
    assert [tuple(row)[1:-1] for row in rows if row["provider"] == "invented"] == [
        tuple(row)[1:-1] for row in before if row["provider"] == "lastfm"
    ]
    assert {row["provider"] for row in ruled} == {*SPECS, "invented"}


async def test_coverage_counts_fields_and_their_sources(rows):
    by_field = {
        row["field"]: row for row in await rows.fetch("SELECT * FROM coverage_by_field")
    }
    # one of a provider, one of a file
    assert (by_field["isrc"]["filled"], by_field["isrc"]["tracks"]) == (2, 3)
    assert float(by_field["album"]["coverage_pct"]) == 100
    assert by_field["genres"]["filled"] == 0
    sources = await rows.fetch("SELECT * FROM coverage_by_source WHERE field = 'album'")
    assert [(s["provider"], s["tracks"], float(s["share_pct"])) for s in sources] == [
        ("spotify", 3, 100.0)
    ]


async def test_stale_tracks_are_those_of_one_provider_older_than_an_age(rows):
    await rows.execute(
        "UPDATE provider_records SET fetched_at = now() WHERE track_id = $1",
        factories.track_id(2),
    )

    stale = await rows.fetch("SELECT * FROM stale_tracks('spotify', '1 day')")
    absent = await rows.fetch(
        "SELECT * FROM stale_tracks('spotify', '1 day', 'absent')"
    )

    assert {str(row["track_id"]) for row in stale} == {
        factories.track_id(n) for n in (0, 1)
    }
    assert absent == []


async def test_what_is_due_is_in_the_view_with_its_reason(rows):
    await rows.execute(
        """UPDATE provider_records SET due_at = now(), due_reason = 'marked'
        WHERE track_id = $1 AND provider = 'spotify'""",
        factories.track_id(0),
    )

    due = await rows.fetch(
        "SELECT provider, reason, count(*) FROM reenrichment_due GROUP BY 1, 2"
    )

    assert {tuple(row) for row in due} == {
        ("spotify", "marked", 1),
        ("spotify", "stale", 2),
        ("musicbrainz", "stale", 3),
    }
