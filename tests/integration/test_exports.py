"""Exports of real rows: what comes out, what is left out and told, in one moment."""

import asyncio
import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import asyncpg
import httpx
import pytest

from enrichment.errors import InputInvalid
from enrichment.exports import parquet, target
from enrichment.exports.catalogue import FORMATS
from enrichment.exports.fields import VALUES
from enrichment.exports.preflight import INVENTED
from enrichment.exports.reading import reader
from enrichment.exports.row import Head
from enrichment.exports.selection import (
    Everything,
    Query,
    Reason,
    Tracklists,
    Tracks,
    Wish,
)
from enrichment.exports.tracklists import meant
from enrichment.model import Outcome, ProviderName
from enrichment.store.tracks import by_hand
from enrichment.store.tracks.write import Store
from enrichment.web.api.application import application
from enrichment.web.api.routes import Api
from rehearsal.stage import say_invented
from tests import factories
from tests.integration.connections import pool

__all__ = ["pool"]

SPOTIFY, LASTFM = ProviderName("spotify"), ProviderName("lastfm")
MATCHED, NAMED_ONLY, PLAYED = 1, 2, 3
IDS = {number: UUID(factories.track_id(number)) for number in (MATCHED, NAMED_ONLY, 9)}
COMMAND = Path(sys.executable).with_name("enrichment")


@pytest.fixture
async def rows(pool):
    """Two tracks, one of them known to no provider, and a tracklist of four rows."""
    matched = factories.enriched(
        MATCHED,
        {
            "isrc": "GBAAA2600001",
            "album": "=Album",
            "genres": factories.value(["house", "dub"], LASTFM, 0.7),
            "listeners": factories.value(7, LASTFM, 0.95),
        },
        records=[factories.record()],
    )
    unknown = factories.enriched(
        NAMED_ONLY, records=[factories.record(outcome=Outcome.ABSENT)]
    )
    await Store(pool, data_version="d1").write([matched, unknown])
    tracklist_id = await pool.fetchval(
        "INSERT INTO tracklists (source, source_key, format, parsed_rows,"
        " content_hash, recorded_on) VALUES ('tracklist_files', '/home/dj/night.txt',"
        " 'text', 4, 'x', '2026-01-02') RETURNING tracklist_id"
    )
    await pool.executemany(
        "INSERT INTO tracklist_rows (tracklist_id, position, cue_seconds, raw, artist,"
        " title, label, identified, track_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8,"
        " $9)",
        [
            (tracklist_id, 1, 0, "one", "a", "b", "Pier 9", True, IDS[MATCHED]),
            (tracklist_id, 2, 60, "ID - ID", "ID", "ID", None, False, None),
            (tracklist_id, 3, 90, "two", "c", "d", None, True, IDS[NAMED_ONLY]),
            (tracklist_id, 4, 120, "one", "a", "b", "Pier 9", True, IDS[MATCHED]),
        ],
    )
    return tracklist_id


async def exported(pool, form, wish, *, safe_cells=True):
    async with reader(pool, wish) as reading:
        found = await reading.preflight(safe_cells=safe_cells)
        head = Head("A night", found.exported, entries=reading.of_entries)
        written = FORMATS[form].written(reading, head, safe_cells=safe_cells)
        return found, b"".join([chunk async for chunk in written])


def cells(text):
    return list(csv.DictReader(io.StringIO(text.decode())))


async def test_a_tracklist_keeps_its_places_and_names_what_is_left_out(pool, rows):
    found, text = await exported(pool, "csv", Wish(Tracklists([rows])))

    first, last = cells(text)
    assert (first["position"], last["position"]) == ("1", "4")
    assert (first["label"], first["label_source"]) == ("Pier 9", "tracklist")
    assert (found.rows, found.exported) == (4, 2)
    assert found.reasons == {Reason.UNIDENTIFIED: 1, Reason.NO_MATCH: 1}
    assert [one.told for one in found.left_out] == [
        "night.txt, row 2: ID - ID: the tracklist names no track",
        "night.txt, row 3: Artist 2 - Title 2: no provider knows it",
    ]


async def test_tracks_that_no_provider_knows_are_exported_on_demand(pool, rows):
    wish = Wish(Tracklists([rows]), keep_unresolved=True)

    found, text = await exported(pool, "jsonl", wish)

    places = [json.loads(line)["position"] for line in text.splitlines()]
    assert places == [1, 3, 4]
    assert found.reasons == {Reason.UNIDENTIFIED: 1}


async def test_everything_stands_in_the_order_of_ids(pool, rows):
    found, text = await exported(pool, "csv", Wish(keep_unresolved=True))

    ids = [row["track_id"] for row in cells(text)]
    assert ids == sorted(map(str, (IDS[MATCHED], IDS[NAMED_ONLY])))
    assert found.missing["isrc"] == 1


async def test_a_playlist_keeps_its_order_and_names_unknown_ids(pool, rows):
    wish = Wish(Tracks([IDS[9], IDS[MATCHED], IDS[MATCHED]]))

    found, text = await exported(pool, "csv", wish)

    assert [row["track_id"] for row in cells(text)] == [str(IDS[MATCHED])] * 2
    assert [one.told for one in found.left_out] == [f"{IDS[9]}: no such track"]


async def test_a_query_chooses_and_orders(pool, rows):
    query = "SELECT track_id FROM tracks ORDER BY title DESC"

    found, text = await exported(pool, "csv", Wish(Query(query), keep_unresolved=True))

    assert [row["title"] for row in cells(text)] == ["Title 2", "Title 1"]
    assert found.rows == 2


@pytest.mark.parametrize(
    "query",
    [
        "SELECT nonsense",
        "SELECT 'no id'",
        "SELECT 1; DROP TABLE tracks",
        "DELETE FROM tracks RETURNING track_id",
        "SELECT track_id FROM tracks) AS x; DROP TABLE tracks; --",
        "WITH d AS (DELETE FROM tracks RETURNING track_id) SELECT track_id FROM d",
        "SELECT track_id FROM tracks WHERE bpm > $1",
        "SELECT (SELECT track_id FROM tracks)",
        "SELECT track_id FROM tracks WHERE 1 / (1 - 1) = 1",
    ],
)
async def test_a_query_that_is_none_is_refused(pool, rows, query):
    with pytest.raises(InputInvalid, match="cannot be run"):
        await exported(pool, "csv", Wish(Query(query)))

    assert await pool.fetchval("SELECT count(*) FROM tracks") == 2


async def test_no_formula_and_the_exact_text_where_it_is_wanted(pool, rows):
    wish = Wish(Tracks([IDS[MATCHED]]))

    found, guarded = await exported(pool, "csv", wish)
    _, exact = await exported(pool, "csv", wish, safe_cells=False)

    assert found.cells_made_safe == 1
    assert cells(guarded)[0]["album"] == "'=Album"
    assert cells(exact)[0]["album"] == "=Album"


@pytest.mark.parametrize("form", ["csv", "jsonl"])
async def test_a_commercial_export_leaves_other_values_out_and_says_so(
    pool, rows, form
):
    wish = Wish(Tracks([IDS[MATCHED]]), commercial=True)

    found, text = await exported(pool, form, wish)

    assert found.withheld == {"genres": 1, "listeners": 1}
    row = text.splitlines()[-1]
    assert b"house" not in row
    assert b"lastfm" not in row
    assert b"GBAAA2600001" in row
    assert len(found.notices) == 1
    assert found.notices[0].startswith("Spotify")


async def test_notices_are_told_of_providers_that_gave_something(pool, rows):
    found, _ = await exported(pool, "csv", Wish(Tracks([IDS[MATCHED]])))

    assert [notice.split("'")[0] for notice in found.notices] == ["Spotify", "Last.fm"]


async def test_rows_of_a_replay_say_that_their_values_are_invented(pool, rows):
    before, _ = await exported(pool, "csv", Wish(Tracks([IDS[MATCHED]])))
    await say_invented(pool)

    after, _ = await exported(pool, "csv", Wish(Tracks([IDS[MATCHED]])))

    assert after.notices == (INVENTED, *before.notices)


async def test_what_a_person_pinned_is_a_persons_in_commerce_too(pool, rows):
    await pool.execute(
        "UPDATE tracks SET pinned_fields = '{genres}' WHERE track_id = $1", IDS[MATCHED]
    )

    _, text = await exported(pool, "csv", Wish(Tracks([IDS[MATCHED]]), commercial=True))

    (row,) = cells(text)
    assert (row["genres"], row["genres_source"]) == ("house; dub", "person")


async def test_a_person_who_says_that_there_is_no_label_is_believed(pool, rows):
    wish = Wish(Tracklists([rows]))
    _, printed = await exported(pool, "csv", wish)
    await by_hand.correct(pool, str(IDS[MATCHED]), "label", "")
    _, text = await exported(pool, "csv", wish)

    for export, label, source in ((printed, "Pier 9", "tracklist"), (text, "", "")):
        row = cells(export)[0]
        assert (row["label"], row["label_source"]) == (label, source)


async def test_a_report_counts_plays_of_each_track(pool, rows):
    for subject in (Tracklists([rows]), Everything()):
        found, text = await exported(pool, "report-of-use", Wish(subject, report=True))

        (row,) = cells(text)
        assert row["PLAY_FREQUENCY"] == "2"
        assert row["PLAYED_AT"] == "2026-01-02 00:00:00; 2026-01-02 00:02:00"
        assert row["MARKETING_LABEL"] == "Pier 9"
        assert Reason.NO_MATCH in found.reasons


async def test_a_report_counts_once_what_two_tracklists_of_one_set_list(pool, rows):
    copy = await pool.fetchval(
        "INSERT INTO tracklists (source, source_key, format, parsed_rows,"
        " content_hash, recorded_on) VALUES ('mixesdb', 'night', 'text', 1, 'y',"
        " '2026-01-02') RETURNING tracklist_id"
    )
    await pool.execute(
        "INSERT INTO tracklist_rows (tracklist_id, position, raw, identified, track_id)"
        " VALUES ($1, 1, 'one', true, $2)",
        *(copy, IDS[MATCHED]),
    )
    await pool.execute("INSERT INTO same_sets VALUES ($1, $2, 5, 1)", copy, rows)

    plays = {
        name: cells((await exported(pool, "report-of-use", wish))[1])[0]
        for name, wish in {
            "all": Wish(report=True),
            "both": Wish(Tracklists([rows, copy]), report=True),
            "copy": Wish(Tracklists([copy]), report=True),
        }.items()
    }

    told = {name: row["PLAY_FREQUENCY"] for name, row in plays.items()}
    assert told == {"all": "2", "both": "2", "copy": "1"}
    assert plays["all"]["PLAYED_AT"].count("2026-01-02") == 2


async def test_files_come_from_the_library_alone(pool, rows):
    library = {str(IDS[MATCHED]): "/music/one.mp3"}
    wish = Wish(Tracklists([rows]), keep_unresolved=True, library=library)

    found, text = await exported(pool, "m3u8", wish)

    assert text.decode().count("/music/one.mp3") == 2
    assert found.reasons == {Reason.UNIDENTIFIED: 1, Reason.NOT_IN_LIBRARY: 1}


async def test_what_workers_write_meanwhile_is_not_seen(pool, rows):
    async with reader(pool, Wish(keep_unresolved=True)) as reading:
        found = await reading.preflight()
        await Store(pool, data_version="d1").write([factories.enriched(5)])
        chunks = [chunk async for chunk in reading.csv(safe_cells=True)]

    assert len(cells(b"".join(chunks))) == found.exported == 2


async def test_a_reader_that_leaves_ends_the_export(pool, rows):
    async with reader(pool, Wish(keep_unresolved=True)) as reading:
        chunks = reading.csv(safe_cells=True)
        assert await anext(chunks)
        await chunks.aclose()

    assert await pool.fetchval("SELECT 1") == 1


async def test_a_tracklist_is_meant_by_number_key_or_name(pool, rows):
    for name in (str(rows), "/home/dj/night.txt", "night.txt"):
        (found,) = await meant(pool, [name])
        assert (found.tracklist_id, found.title) == (rows, "night.txt")

    with pytest.raises(InputInvalid, match=f"{rows} night.txt"):
        await meant(pool, ["another"])


@pytest.fixture
async def caller(pool):
    api = Api(pool, publisher=None, depths=None, letters=None, checks={})
    transport = httpx.ASGITransport(application(api))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://localhost"
    ) as client:
        yield client


async def test_over_http_rows_come_with_their_counts(caller, rows):
    given = await caller.get(
        "/export", params={"format": "csv", "tracklist": rows, "skip_unresolved": True}
    )

    assert given.status_code == 200
    assert given.headers["content-type"] == "text/csv; charset=utf-8"
    assert [row["position"] for row in cells(given.content)] == ["1", "4"]
    counts = json.loads(given.headers["Enrichment-Export"])
    assert (counts["rows"], counts["exported"], counts["left_out"]) == (4, 2, 2)


async def test_over_http_what_cannot_be_exported_is_a_conflict(caller, rows):
    refused = await caller.get("/export", params={"format": "csv", "tracklists": True})
    of_files = await caller.get("/export", params={"format": "m3u8"})

    assert (refused.status_code, of_files.status_code) == (409, 409)
    preflight = refused.json()["preflight"]
    assert preflight["reasons"] == {"unidentified": 1, "no_match": 1}
    assert preflight["left_out_rows"][0]["position"] == 2
    assert "not_in_library" in of_files.json()["preflight"]["reasons"]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"format": "doc"}, 422),
        ({}, 422),
        ({"format": "csv", "tracklist": "another"}, 404),
        ({"format": "csv", "tracklist": "1", "tracklists": True}, 400),
        ({"format": "csv", "track_id": "no id"}, 422),
    ],
)
async def test_over_http_a_wrong_call_is_told(caller, rows, asked, status):
    assert (await caller.get("/export", params=asked)).status_code == status


async def test_over_http_a_commercial_playlist_of_ids(caller, rows):
    given = await caller.get(
        "/export",
        params={"format": "jsonl", "track_id": str(IDS[MATCHED]), "commercial": True},
    )

    (row,) = map(json.loads, given.content.splitlines())
    assert (row["isrc"], "genres" in row) == ("GBAAA2600001", False)
    counts = json.loads(given.headers["Enrichment-Export"])
    assert counts["withheld"] == {"genres": 1, "listeners": 1}


def run(database_url, *arguments, **options):
    return subprocess.run(
        [COMMAND, "export", *arguments],
        env=os.environ | {"DATABASE_URL": database_url},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        **options,
    )


async def test_the_command_refuses_names_and_goes_on_when_told(
    pool, rows, database_url, tmp_path
):
    file, others = tmp_path / "rows.csv", tmp_path / "others.csv"
    wanted = ("--format", "csv", "--tracklist", str(rows), "--output", str(file))

    refused = await asyncio.to_thread(
        run, database_url, *wanted, "--left-out", str(others)
    )
    assert refused.returncode == 1
    assert "row 2: ID - ID: the tracklist names no track" in refused.stderr
    assert not file.exists()
    assert [row["position"] for row in cells(others.read_bytes())] == ["2", "3"]

    done = await asyncio.to_thread(
        run, database_url, *wanted, "--skip-unresolved", "--json"
    )
    assert done.returncode == 0
    report = json.loads(done.stdout)
    assert (report["rows"], report["exported"], report["left_out"]) == (4, 2, 2)
    assert len(cells(file.read_bytes())) == 2


async def test_a_pipe_that_nobody_reads_ends_it_in_silence(rows, database_url):
    command = f"{COMMAND} export --format csv --keep-unresolved | head -c 0"
    piped = await asyncio.to_thread(
        subprocess.run,
        ["bash", "-c", f"{command}; exit ${{PIPESTATUS[0]}}"],
        env=os.environ | {"DATABASE_URL": database_url},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (piped.returncode, piped.stderr) == (141, "")


async def test_a_full_device_ends_in_one_line(rows, database_url):
    full = await asyncio.to_thread(
        run,
        database_url,
        *("--format", "csv", "--keep-unresolved", "--output", "/dev/full"),
    )
    assert (full.returncode, full.stderr) == (
        73,
        "enrichment: /dev/full: No space left on device\n",
    )


async def test_a_connection_that_is_cut_leaves_no_file(
    pool, rows, database_url, tmp_path
):
    file = tmp_path / "rows.csv"

    async def cut():
        async with reader(pool, Wish(keep_unresolved=True)) as reading:
            with target.opened(file) as opened:
                backend = await reading._connection.fetchval("SELECT pg_backend_pid()")
                other = await asyncpg.connect(database_url)
                await other.execute("SELECT pg_terminate_backend($1)", backend)
                await other.close()
                async for chunk in reading.csv(safe_cells=True):
                    opened.write(chunk)

    with pytest.raises(Exception, match=r"Postgres|connection"):
        await cut()

    assert list(tmp_path.iterdir()) == []


async def test_parquet_gives_every_value_the_kind_that_its_column_has(pool):
    kinds = {
        **dict.fromkeys(("smallint", "integer", "bigint"), "integer"),
        **dict.fromkeys(("real", "double precision", "numeric"), "number"),
        "ARRAY": "texts",
    }
    columns = await pool.fetch(
        "SELECT column_name, data_type FROM information_schema.columns"
        " WHERE table_name = 'tracks'"
    )
    types = {column["column_name"]: column["data_type"] for column in columns}
    told = {name: kind for name, kind, _ in parquet._columns(entries=False)}

    assert {name: told[name] for name in VALUES} == {
        name: kinds.get(types[name], "text") for name in VALUES
    }
