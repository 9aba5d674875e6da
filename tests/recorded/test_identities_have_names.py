"""No row of any file has an identity without artist and title."""

import gzip
import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from scrapers.tracklists import parse
from scrapers.tracklists.reading.lines import parse_line
from scrapers.tracklists.tracklist import Row, TracklistError
from tests.dresser import bare_lines, dressed
from tests.formats import FORMATS, Song

EXPECTED = (".expected.jsonl", ".expected.txt", ".gz", "manifest.jsonl")
EVERY_MIX = 10
EVERY_OUTFIT = 6
SONGS_OF_A_FILE = 6


def rows_of(content: bytes) -> list[Row]:
    try:
        return [row for each in parse(content) for row in each.rows]
    except TracklistError:
        return []


def nameless(rows: list[Row]) -> list[Row]:
    return [r for r in rows if r.track_id and not (r.artist and r.title)]


def mixes(data: Path) -> Iterator[list[str]]:
    with gzip.open(data / "tracklists/mixesdb/mixes.jsonl.gz", "rt") as every:
        for mix in map(json.loads, islice(every, 0, None, EVERY_MIX)):
            yield [" ".join(track["line"].split()) for track in mix["tracklist"]]


def identified(contents: Iterator[bytes]) -> list[Row]:
    return [r for content in contents for r in rows_of(content) if r.track_id]


def test_of_no_file_of_the_corpora(shared_data: Path):
    found = (f for f in (shared_data / "tracklists").rglob("*") if f.is_file())

    rows = identified(f.read_bytes() for f in found if not f.name.endswith(EXPECTED))

    assert nameless(rows) == []
    assert len(rows) > 2_000


def test_of_no_pasted_mix_and_of_no_line_alone(shared_data: Path):
    lists = list(mixes(shared_data))

    rows = identified("\n".join(lines).encode() for lines in lists)

    assert len(rows) > 5_000
    assert nameless(rows) == []
    assert nameless([parse_line(line) for lines in lists for line in lines]) == []


def test_of_no_dressed_list(shared_data: Path):
    lines = bare_lines(shared_data / "tracklists/mixesdb/mixes.jsonl.gz", 3000)
    outfits = islice(dressed(lines), 0, None, EVERY_OUTFIT)

    rows = identified(outfit.list_of(part).encode() for outfit, part in outfits)

    assert nameless(rows) == []
    assert len(rows) > 2_000


def test_of_no_file_of_any_format(shared_data: Path):
    """The fields hold halves of real lines: names, remarks, and nothing at all."""
    lines = [line for lines in mixes(shared_data) for line in lines][:3_000]
    parts = [(*line.split(" - ", 1), "")[:2] for line in lines]
    songs = [
        Song(artist, title, number % SONGS_OF_A_FILE, bpm=120, path=f"/{number}.mp3")
        for number, (artist, title) in enumerate(parts)
    ]
    made = (
        make(songs[start : start + SONGS_OF_A_FILE])
        for number, make in enumerate(FORMATS.values())
        for start in range(number, len(songs) - SONGS_OF_A_FILE, len(FORMATS) * 3)
    )

    rows = identified(made)

    assert nameless(rows) == []
    assert len(rows) > 2_000
