"""What files know of tracks: each fact on its row, and files that differ."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from scrapers.items import TracklistItem, tracklist_item
from scrapers.pipelines.validation import validated
from scrapers.tracklists import parse
from tests import formats
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
}


def item(content: bytes, key: str) -> TracklistItem:
    (tracklist,) = parse(content)
    made = tracklist_item(
        tracklist,
        source="mixesdb",
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
