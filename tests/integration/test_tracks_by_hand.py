"""Tracks that a person finds, corrects and deletes; providers respect it."""

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from enrichment.contract.identity.identity import track_key
from enrichment.contract.identity.titles import parse_name
from enrichment.errors import InputInvalid
from enrichment.store.tracks import by_hand
from enrichment.store.tracks.write import Change, Store
from tests import factories
from tests.integration.connections import pool

__all__ = ["pool"]

TRACK = factories.track_id(1)
COMMAND = Path(sys.executable).with_name("enrichment")


@pytest.fixture
async def store(pool):
    store = Store(pool, data_version="d1")
    await store.write(
        [
            factories.enriched(1, {"isrc": "GBAAA2600001", "album": "Old"}),
            factories.enriched(2, artist="Mira Sol", title="100% Harbour_Lights"),
        ]
    )
    return store


async def row(pool, track_id=TRACK):
    return await pool.fetchrow("SELECT * FROM tracks WHERE track_id = $1", track_id)


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("artist", ["Title 1"]),
        ("LIGHTS mira", ["100% Harbour_Lights"]),
        ("100%", ["100% Harbour_Lights"]),
        ("gbaaa2600001", ["Title 1"]),
        (TRACK.upper(), ["Title 1"]),
        ("_", ["100% Harbour_Lights"]),
        ("nobody", []),
    ],
)
async def test_tracks_are_found_by_words_and_by_ids(pool, store, text, titles):
    assert [found.title for found in await by_hand.search(pool, text, 10)] == titles


async def test_what_a_person_set_stays_when_a_provider_says_otherwise(pool, store):
    assert await by_hand.correct(pool, TRACK, "album", "Mine")
    assert await by_hand.correct(pool, TRACK, "isrc", "")

    values = {"isrc": "GBAAA2600002", "album": "Theirs"}
    await store.write([factories.enriched(1, values)])

    kept = await row(pool)
    assert (kept["album"], kept["isrc"]) == ("Mine", None)
    assert kept["pinned_fields"] == ["album", "isrc"]

    assert await by_hand.unpin(pool, TRACK, "album")
    await store.write([factories.enriched(1, values)])
    assert (await row(pool))["album"] == "Theirs"


@pytest.mark.parametrize(
    ("value", "stored", "precision"),
    [
        ("2009", date(2009, 1, 1), "year"),
        ("2009-09", date(2009, 9, 1), "month"),
        ("2009-09-22", date(2009, 9, 22), "day"),
        ("", None, None),
    ],
)
async def test_a_date_is_as_exact_as_it_is_given(pool, store, value, stored, precision):
    await by_hand.correct(pool, TRACK, "release_date", value)

    kept = await row(pool)
    assert (kept["release_date"], kept["release_date_precision"]) == (
        stored,
        precision,
    )


async def test_genres_are_a_list(pool, store):
    await by_hand.correct(pool, TRACK, "genres", "house, dub techno,")
    assert (await row(pool))["genres"] == ["house", "dub techno"]

    await by_hand.correct(pool, TRACK, "genres", "")
    assert (await row(pool))["genres"] == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("isrc", "none"),
        ("duration_ms", "-1"),
        ("bpm", "fast"),
        ("musicbrainz_id", "x"),
        ("release_date", "2009-13"),
        ("release_date", "soon"),
        ("track_key", "a|b"),
        ("album = '', title", "x"),
    ],
)
async def test_what_cannot_be_set_is_refused(pool, store, field, value):
    before = await row(pool)

    with pytest.raises(InputInvalid):
        await by_hand.correct(pool, TRACK, field, value)

    assert await row(pool) == before


async def test_of_several_values_all_are_set_or_none(pool, store):
    with pytest.raises(InputInvalid):
        await by_hand.fix(pool, TRACK, {"album": "Mine", "bpm": "fast"}, [])
    assert (await row(pool))["album"] == "Old"

    await by_hand.fix(pool, TRACK, {"album": "Mine", "bpm": "128"}, [])
    assert (await row(pool))["pinned_fields"] == ["album", "bpm"]
    given = await by_hand.fix(pool, TRACK, {}, ["bpm", "label"])
    assert given == {"bpm"}


async def test_a_deleted_track_leaves_the_rows_of_its_tracklists(pool, store):
    tracklist_id = await pool.fetchval(
        "INSERT INTO tracklists (source, source_key, format, parsed_rows, content_hash)"
        " VALUES ('tracklist_files', 'f', 'text', 1, 'x') RETURNING tracklist_id"
    )
    await pool.execute(
        "INSERT INTO tracklist_rows (tracklist_id, position, raw, identified, track_id)"
        " VALUES ($1, 1, 'as printed', true, $2)",
        *(tracklist_id, TRACK),
    )
    assert await by_hand.mentions(pool, TRACK) == 1

    assert await by_hand.delete(pool, TRACK)

    left = await pool.fetchrow("SELECT raw, track_id, identified FROM tracklist_rows")
    assert tuple(left) == ("as printed", None, False)
    assert await row(pool) is None
    assert not await by_hand.delete(pool, TRACK)


async def test_no_message_from_before_brings_a_deleted_track_back(pool, store):
    at = datetime.now(UTC)

    async def write(asked_at):
        change = Change(factories.enriched(1), asked_at=asked_at)
        return await store.change({TRACK: ["spotify"]}, lambda *_: [change])

    assert await by_hand.delete(pool, TRACK)
    assert not await write(at)
    assert await row(pool) is None

    # somebody asks for it again
    assert await write(at + timedelta(hours=1))
    assert await row(pool) is not None


async def test_the_command_adds_corrects_and_finds(pool, database_url, redis_url):
    def run(*arguments):
        return subprocess.run(
            [COMMAND, "tracks", *arguments],
            env=os.environ | {"DATABASE_URL": database_url, "REDIS_URL": redis_url},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    added = run("add", "Low Tide Theory", "Falling Cathedral")
    assert added.returncode == 0, added.stderr
    track_id = track_key(parse_name("Low Tide Theory", "Falling Cathedral")).track_id
    assert (await row(pool, track_id))["status"] == "pending"
    assert (await row(pool, track_id))["published_at"] is None

    fixed = run("fix", "Low Tide Theory - Falling Cathedral", "label=Pier 9")
    assert fixed.returncode == 0, fixed.stderr
    assert (await row(pool, track_id))["label"] == "Pier 9"

    refused = run("delete", track_id)
    assert refused.returncode == 2
    assert await row(pool, track_id) is not None
