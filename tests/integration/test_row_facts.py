"""What files know: on rows, on tracks where nobody knows better, and taken back."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace as struct

from enrichment.cli.actions import tracklist_reading
from enrichment.contract.tracklist_rows import fill_from_files
from enrichment.model import ProviderName
from enrichment.pipeline import revoke
from enrichment.pipeline.explaining.explain import explain
from enrichment.pipeline.recompute import Contribution
from enrichment.providers.registry import UNASKED
from enrichment.store.lists import tracklists
from enrichment.store.tracks import by_hand
from enrichment.store.tracks.write import Store
from scrapers.items import TracklistItem, tracklist_item
from scrapers.pipelines.validation import validated
from scrapers.tracklists import parse
from tests import factories, formats
from tests.formats import SET, Song
from tests.integration.connections import pool
from tests.integration.test_persistence import Crawl

__all__ = ["pool"]

LENGTH, PLACE = "duration_ms", "location"
TAGS = {LENGTH, "bpm", "camelot_key", "album", "released", PLACE}
ALL = TAGS | {"isrc", "artwork_url", "label"}
# What each format can say; the others say names and times alone.
KNOWN = {
    "list.pls": {LENGTH, PLACE},
    "list.xspf": {"isrc", LENGTH, "album", "artwork_url", PLACE},
    "list.jspf": {"isrc", LENGTH, "album", "artwork_url", PLACE},
    "library.xml": TAGS - {"camelot_key"},
    "itunes.txt": TAGS - {"camelot_key"},
    "database.xml": TAGS | {"label"},
    "list.vdjfolder": {LENGTH, "bpm", "camelot_key", PLACE},
    "night.crate": {PLACE},
    "database V2": TAGS | {"label"},
    "chapters.json": {"artwork_url"},
    "spotify.json": {"isrc", LENGTH, "album", "released", "artwork_url"},
    "Playlist1.json": {"album"},
    "rows.jsonl": ALL - {PLACE},
    "table.html": {"label"},
    "night.xlsx": ALL,
    "night.ods": ALL,
    "night.csv": ALL,
    "list.wpl": {LENGTH, "album", PLACE},
    "list.asx": {LENGTH, PLACE},
    "night.cue": {"isrc"},
    "night.m3u8": {LENGTH, PLACE},
    "rekordbox.xml": TAGS | {"label"},
    "collection.nml": TAGS | {"label"},
    "m.db": TAGS | {"label"},
}


def item(content: bytes, key: str, source: str = "mixesdb") -> TracklistItem:
    (tracklist,) = parse(content)
    made = tracklist_item(
        tracklist,
        source=source,
        source_key=key,
        retrieved_at=datetime(2031, 1, 1, tzinfo=UTC),
    )
    return validated(made)[0]


def told(song: Song) -> dict[str, Any]:
    return {
        "isrc": song.isrc,
        "duration_ms": song.seconds * 1000,
        "bpm": song.bpm,
        "camelot_key": song.key,
        "album": song.album,
        "label": song.label,
        "artwork_url": song.artwork,
    }


async def test_each_fact_of_each_format_is_on_its_row(database_url, pool):
    async with Crawl(database_url) as crawl:
        for name, write in formats.FORMATS.items():
            await crawl.process_item(item(write(SET), name))

    rows = await pool.fetch(
        "SELECT l.source_key, r.* FROM tracklist_rows AS r"
        " JOIN tracklists AS l USING (tracklist_id) ORDER BY 1, r.position"
    )
    of_format = {name: [r for r in rows if r[0] == name] for name in KNOWN}
    for name, wanted in KNOWN.items():
        assert len(of_format[name]) == len(SET), name
        for row, song in zip(of_format[name], SET, strict=True):
            assert {c for c in ALL if row[c] is not None} == wanted, name
            same = {c: v for c, v in told(song).items() if c in wanted}
            if name in {"library.xml", "itunes.txt"}:
                same["bpm"] = int(song.bpm)
            assert {c: row[c] for c in same} == same, name
            assert row["released"] is None or row["released"][:4] == str(song.year)
    assert {r["track_id"] for r in rows} == {
        r["track_id"] for r in of_format["night.csv"]
    }


TITLES = {
    "2031-05-01 - Vela Nord @ Pier, Port": "Pier, Port",
    "Vela Nord @ Stage, Harbour Festival 2031-05-01": "Stage, Harbour Festival",
    "Vela Nord - Live from Pier": None,
}


async def test_the_venue_of_a_list_is_what_its_title_says(database_url, pool):
    made = item(formats.csv(SET), "night.csv")
    async with Crawl(database_url) as crawl:
        for title in TITLES:
            named = replace(made.tracklist, title=title)
            await crawl.process_item(replace(made, tracklist=named, source_key=title))

    found = {
        one.title: one.venue
        for one in await tracklists.listed(pool, None, None, 9, same=False)
    }
    assert found == TITLES


async def test_files_that_differ_are_shown_and_none_overwrites_the_other(
    database_url, pool
):
    song = SET[0]
    other = replace(song, isrc="GBABC3199999", album="Elsewhere")
    async with Crawl(database_url) as crawl:
        for key, songs in (("a", [other]), ("b", [song]), ("c", [song, SET[1]])):
            await crawl.process_item(item(formats.csv(songs), key))

    shown = await pool.fetch("SELECT field, told, rows FROM file_disagreements")
    assert {r["field"]: (r["told"], r["rows"]) for r in shown} == {
        "isrc": ([song.isrc, other.isrc], [2, 1]),
        "album": ([song.album, other.album], [2, 1]),
    }
    agreed = await pool.fetch(
        "SELECT field, value FROM agreed_file_facts WHERE rows = 2"
    )
    assert ("isrc", song.isrc) in {tuple(r) for r in agreed}
    track_id = str(
        await pool.fetchval("SELECT track_id FROM tracks WHERE isrc = $1", song.isrc)
    )
    explained = await explain(pool, [track_id])
    told_apart = [(f.field, f.value, f.rows) for f in explained.files if f.differs]
    assert told_apart == [
        ("album", song.album, 2),
        ("album", other.album, 1),
        ("isrc", song.isrc, 2),
        ("isrc", other.isrc, 1),
    ]


FILE = UNASKED["file"]


async def crawled(database_url, *lists: tuple[str, list[Song]]) -> None:
    async with Crawl(database_url) as crawl:
        for key, songs in lists:
            await crawl.process_item(item(formats.csv(songs), key))


async def the_track(pool):
    return await pool.fetchrow("SELECT * FROM tracks ORDER BY track_key LIMIT 1")


async def by_files(pool, track_id):
    """The fields whose value is a file's."""
    return {
        row["field"]
        for row in await pool.fetch(
            "SELECT field FROM field_provenance WHERE track_id = $1 AND provider = $2"
            " AND confidence = $3 AND rule_version IS NULL AND NOT pinned",
            *(track_id, FILE.name, Decimal(str(FILE.fields["isrc"].confidence))),
        )
    }


async def tracklist_ids(pool, *keys):
    found = await pool.fetch(
        "SELECT tracklist_id FROM tracklists WHERE source_key = ANY ($1)", keys
    )
    return [row["tracklist_id"] for row in found]


async def test_a_track_takes_what_most_rows_say_until_the_last_of_them_goes(
    database_url, pool
):
    song = SET[0]
    other = replace(song, album="Elsewhere")
    await crawled(database_url, ("a", [other]))
    alone = await the_track(pool)
    assert alone["album"] == "Elsewhere"
    assert await by_files(pool, alone["track_id"]) == {*FILE.fields}
    assert (alone["isrc"], alone["bpm"]) == (song.isrc, Decimal(str(song.bpm)))
    assert (alone["duration_ms"], alone["camelot_key"]) == (
        song.seconds * 1000,
        song.key,
    )
    assert (alone["release_date"].year, alone["release_date_precision"]) == (
        song.year,
        "year",
    )
    assert (alone["label"], alone["artwork_url"]) == (song.label, song.artwork)

    # of two that disagree none overwrites the other; the third decides
    await crawled(database_url, ("b", [song]))
    assert (await the_track(pool))["album"] == "Elsewhere"
    await crawled(database_url, ("c", [song, SET[1]]))
    assert (await the_track(pool))["album"] == song.album

    # a file that is written anew without the fact says nothing of it any more
    await crawled(database_url, ("c", [replace(song, album=""), SET[1]]))
    assert (await the_track(pool))["album"] == "Elsewhere"
    # as if the others had never been crawled
    await tracklists.remove(pool, await tracklist_ids(pool, "b", "c"), dry_run=False)
    assert await picture(pool) == [picture_of(alone)]
    # a track that a person changed stays; what files said of it goes
    assert await by_hand.correct(pool, str(alone["track_id"]), "label", "Mine")
    await tracklists.remove(pool, await tracklist_ids(pool, "a"), dry_run=False)
    left = await the_track(pool)
    assert (left["label"], left["isrc"], left["album"]) == ("Mine", None, None)
    assert (left["release_date"], left["release_date_precision"]) == (None, None)
    assert (left["file_facts"], left["bpm"]) == ("{}", None)
    assert await by_files(pool, left["track_id"]) == set()


def picture_of(track):
    return {n: v for n, v in dict(track).items() if n != "updated_at"}


async def picture(pool):
    rows = await pool.fetch("SELECT * FROM tracks ORDER BY track_key")
    return [picture_of(row) for row in rows]


async def test_a_providers_value_and_a_persons_stand_above_a_files(database_url, pool):
    song = SET[0]
    await crawled(database_url, ("a", [song]))
    track = await the_track(pool)
    track_id = str(track["track_id"])
    store = Store(pool, data_version="test-1")
    known = (await store.read([track_id]))[track_id]
    assert not known.values
    assert (known.file_isrc, known.length_known) == (song.isrc, song.seconds * 1000)

    said = {"album": "By a provider", "release_date": "2030-01-02"}
    made = factories.enriched(0, said)
    wanted = factories.wanted(track_id=track_id)
    await store.write([struct(made, wanted=wanted)])

    track = await the_track(pool)
    assert (track["album"], track["release_date"].year) == ("By a provider", 2030)
    assert (track["isrc"], track["camelot_key"]) == (song.isrc, song.key)
    assert track["enrichment_source_api"] == "spotify"
    theirs = {"album", "release_date"}
    assert await by_files(pool, track["track_id"]) == {*FILE.fields} - theirs
    # a new file makes no provider's answer fresher
    await pool.execute("UPDATE tracks SET enrichment_timestamp = $1", factories.AT)
    await crawled(database_url, ("b", [replace(song, album="Elsewhere", key="9A")] * 2))
    track = await the_track(pool)
    assert (track["album"], track["camelot_key"]) == ("By a provider", "9A")
    assert track["enrichment_timestamp"] == factories.AT

    # a person's stands above all; given back, the file's shows again
    await by_hand.correct(pool, track_id, "camelot_key", "1B")
    async with pool.acquire() as connection:
        await fill_from_files(connection, [track_id])
    assert (await the_track(pool))["camelot_key"] == "1B"
    await by_hand.fix(pool, track_id, {}, ["camelot_key"])
    assert (await the_track(pool))["camelot_key"] == "9A"

    # what covered a file's value goes: it shows again
    contribution = Contribution(ProviderName("spotify"))
    await revoke.take_back(pool, contribution, data_version="test-2")
    track = await the_track(pool)
    assert (track["album"], track["release_date"].year) == ("Elsewhere", song.year)
    assert await by_files(pool, track["track_id"]) == {*FILE.fields}


async def test_what_a_file_says_read_anew_is_what_its_track_has(database_url, pool):
    song = SET[0]
    await crawled(database_url, ("a", [song, SET[1]]))
    (number,) = await tracklist_ids(pool, "a")
    (stored,) = await tracklists.some(pool, [number])
    (found,) = parse(formats.csv([replace(song, album="Two", isrc=""), SET[1]]))
    reading = tracklist_reading.reading(stored, found)

    dry = await tracklists.rewrite(pool, reading, dry_run=True)
    assert dry.written
    assert (await the_track(pool))["album"] == song.album
    await tracklists.rewrite(pool, reading, dry_run=False)

    track = await the_track(pool)
    assert (track["album"], track["isrc"]) == ("Two", None)
    assert await by_files(pool, track["track_id"]) == {*FILE.fields} - {"isrc"}


async def test_what_a_file_said_before_it_became_a_copy_goes(database_url, pool):
    song = SET[0]
    async with Crawl(database_url) as crawl:
        for key, album in (("a", "One"), ("b", "Two"), ("b", "One")):
            content = formats.csv([replace(song, album=album), SET[1]])
            await crawl.process_item(item(content, key, "tracklist_files"))

    facts = json.loads((await the_track(pool))["file_facts"])
    assert facts["album"] == ["One", 1, 0]
    assert await pool.fetchval("SELECT count(*) FROM tracklists") == 1


async def test_two_files_stored_at_once_are_both_counted(database_url, pool):
    """The second waits for the first one's track, and reads its row then."""
    song = SET[0]
    other = replace(song, album="Elsewhere")
    await crawled(database_url, ("a", [other]))
    async with asyncio.TaskGroup() as crawls:
        for key in "bcdef":
            crawls.create_task(crawled(database_url, (key, [song, SET[1]])))

    facts = await pool.fetchval(
        "SELECT file_facts -> 'album' FROM tracks WHERE album = $1", song.album
    )
    assert json.loads(facts) == [song.album, 5, 1]


@pytest.mark.parametrize("lengths", [(251, 252), (251, 260)])
async def test_lengths_two_seconds_apart_are_one_length(database_url, pool, lengths):
    songs = [replace(SET[0], seconds=seconds) for seconds in lengths]
    await crawled(database_url, ("a", songs[:1]), ("b", songs[1:]))

    track_id = str((await the_track(pool))["track_id"])
    known = (await Store(pool, data_version="t").read([track_id]))[track_id]
    agree = lengths[1] - lengths[0] <= 2
    assert known.length_known == (251_000 if agree else None)
