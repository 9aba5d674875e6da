"""Formats of an export: rows in, what other programs read out."""

import csv
import io
import json
from datetime import UTC, datetime

import pytest
from defusedxml import ElementTree

from enrichment.errors import InputInvalid
from enrichment.exports import json_lines, jspf, m3u8, rekordbox, report_of_use
from enrichment.exports.row import Entry, ExportRow, Head, Origin
from enrichment.exports.selection import playlist_of
from enrichment.exports.spreadsheets import safe
from scrapers.tracklists import parse

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
HEAD = Head(title='A "night" & <day>', rows=2, notices=("Name Spotify.",))
HOSTILE = 'Rosé & the <"Ducks">\x0b'


def row(artist="Mira Sol", title="Harbour Lights (Oskar Lind Remix)", **changed):
    facts = {
        "track_id": "1c05254e-08af-589f-8c6b-d0c1f794835a",
        "artist": artist,
        "title": title,
        "version": "Oskar Lind Remix",
        "remixers": ("Oskar Lind",),
        "featured": (),
        "status": "completed",
        "outcome": "matched",
        "enriched_at": AT,
        "values": {
            "isrc": "GBAAA2600001",
            "musicbrainz_id": "67371cea-a128-423e-9299-2d40367e4bb9",
            "duration_ms": 371_400,
            "release_date": "2026-01",
            "album": "Harbour Lights",
            "genres": ["house", "dub techno"],
            "bpm": 124.0,
        },
        "origins": {"isrc": Origin("spotify", 0.95, AT, "terms-bound")},
        "location": "/music/Mira Sol/Harbour #1 Lights.mp3",
    }
    return ExportRow(**{**facts, **changed})


async def written(form, *rows, head=HEAD):
    async def some():
        for one in rows:
            yield [one]

    return b"".join([chunk async for chunk in form.encode(some(), head)])


async def test_json_lines_hold_values_and_who_gave_them():
    entry = Entry(3, "A night", 7, 61, "7. as printed", None)

    lines = (await written(json_lines, row(entry=entry), row())).splitlines()

    first, second = map(json.loads, lines)
    assert first["isrc"] == second["isrc"] == "GBAAA2600001"
    assert first["provenance"]["isrc"] == {
        "provider": "spotify",
        "confidence": 0.95,
        "fetched_at": "2026-03-01T12:00:00+00:00",
        "licence": "terms-bound",
    }
    assert (first["tracklist"], first["position"]) == ("A night", 7)
    assert "tracklist" not in second


async def test_a_playlist_is_read_back_with_the_same_names_and_its_files():
    text = await written(m3u8, row(), row(artist="A - B", title="Two - Three"))

    (read,) = parse(text)

    assert read.title == HEAD.title
    assert [(r.artist, r.full_title) for r in read.rows] == [
        ("Mira Sol", "Harbour Lights (Oskar Lind Remix)"),
        ("A - B", "Two - Three"),
    ]
    assert text.decode().splitlines()[2] == (
        "#EXTINF:371,Mira Sol - Harbour Lights (Oskar Lind Remix)"
    )
    assert "/music/Mira Sol/Harbour #1 Lights.mp3" in text.decode()


async def test_no_name_breaks_a_playlist_into_other_lines():
    text = await written(m3u8, row(title="One\n#EXTINF:1,Two\r\nthree"))

    assert text.decode().count("\n#EXTINF") == 1


async def test_rekordbox_has_each_track_once_and_the_playlist_in_order():
    other = row(HOSTILE, "x", location="C:/Music/ä.mp3", values={}, origins={})

    read = ElementTree.fromstring(await written(rekordbox, row(), other, row()))

    first, second = read.iterfind("COLLECTION/TRACK")
    assert read.find("COLLECTION").get("Entries") == "2"
    assert first.get("Location") == (
        "file://localhost/music/Mira%20Sol/Harbour%20%231%20Lights.mp3"
    )
    assert (first.get("TotalTime"), first.get("Year")) == ("371", "2026")
    assert "ISRC GBAAA2600001 (spotify)" in first.get("Comments")
    assert second.get("Artist") == 'Rosé & the <"Ducks">'
    assert second.get("Location") == "file://localhost/C:/Music/%C3%A4.mp3"
    node = read.find("PLAYLISTS/NODE/NODE")
    assert node.get("Name") == HEAD.title
    keys = [entry.get("Key") for entry in node.iterfind("TRACK")]
    assert keys == ["1", "2", "1"]


async def test_jspf_names_recordings_as_listenbrainz_reads_them():
    read = json.loads(await written(jspf, row(), row(values={}, origins={})))

    playlist = read["playlist"]
    first, second = playlist["track"]
    assert playlist["annotation"] == "Name Spotify."
    assert first["identifier"] == [
        "https://musicbrainz.org/recording/67371cea-a128-423e-9299-2d40367e4bb9"
    ]
    assert first["extension"][jspf.EXTENSION][0]["isrc"] == "GBAAA2600001"
    assert "identifier" not in second


@pytest.mark.parametrize("form", [jspf, json_lines, m3u8, rekordbox, report_of_use])
async def test_equal_rows_give_equal_bytes(form):
    assert await written(form, row(), row()) == await written(form, row(), row())


# Of the template as other programs write it: AzuraCast, Rivendell, OpenBroadcaster.
SOUNDEXCHANGE = [
    *("NAME_OF_SERVICE", "TRANSMISSION_CATEGORY", "FEATURED_ARTIST"),
    *("SOUND_RECORDING_TITLE", "ISRC", "ALBUM_TITLE", "MARKETING_LABEL"),
    *("ACTUAL_TOTAL_PERFORMANCES", "AGGREGATE_TUNING_HOURS"),
    *("CHANNEL_OR_PROGRAM_NAME", "PLAY_FREQUENCY"),
]


async def test_a_report_of_use_has_plays_times_and_no_formula():
    head = Head(title="Night", rows=1, service="Radio 9")
    played = row("=cmd()", plays=2, played_at=("2026-01-02 00:10:00", "2026-02-01"))

    (line,) = csv.DictReader(
        io.StringIO((await written(report_of_use, played, head=head)).decode())
    )

    assert (line["PLAY_FREQUENCY"], line["NAME_OF_SERVICE"]) == ("2", "Radio 9")
    assert line["PLAYED_AT"] == "2026-01-02 00:10:00; 2026-02-01"
    assert line["FEATURED_ARTIST"] == "'=cmd()"
    assert line["ISRC_SOURCE"] == "spotify"
    assert list(line)[: len(SOUNDEXCHANGE)] == SOUNDEXCHANGE


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@x", "\tx", "\rx"])
def test_a_cell_that_a_spreadsheet_would_run_is_text(cell):
    assert safe(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "1=1", "a-b", "'x"])
def test_other_cells_stay(cell):
    assert safe(cell) == cell


def test_a_playlist_of_ids_keeps_order_and_repeats():
    first, second = "1c05254e-08af-589f-8c6b-d0c1f794835a", "8f638970" * 4

    read = playlist_of(["# mine", f" {first}", "", second, first], "ids")

    assert [str(each).replace("-", "") for each in read.track_ids] == [
        first.replace("-", ""),
        second,
        first.replace("-", ""),
    ]


@pytest.mark.parametrize("lines", [["nothing"], [], ["# only a remark"]])
def test_a_playlist_without_ids_is_refused(lines):
    with pytest.raises(InputInvalid, match="ids"):
        playlist_of(lines, "ids")
