"""VirtualDJ's database and its lists, of all versions, in XML."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from scrapers.tracklists.bounds import Bounds
from scrapers.tracklists.facts import facts, number_of
from scrapers.tracklists.formats import markup
from scrapers.tracklists.names import row_of_entry
from scrapers.tracklists.tracklist import Row, Tracklist

_ENTRY = "song"
# From version 8 on the tempo is the length of a beat in seconds.
_LONGEST_BEAT_SECONDS = 3.0
_SECONDS_PER_MINUTE = 60
# Version 6 has 100 times the length of a beat of 44,100 samples.
_SAMPLES_PER_MINUTE = 44_100 * _SECONDS_PER_MINUTE
_LEAST_BEAT_SAMPLES = 4_000


def parse(content: str) -> tuple[Tracklist, ...]:
    """
    Read the songs of a database, a list or a folder, in the file's order.

    Raises:
        NotUnderstood: it is no XML.
        NoTracklist: there are no songs in it.
    """
    document = markup.load(content, _ENTRY)
    songs = markup.all_named(document.root, _ENTRY)
    rows = tuple(Bounds().counted(_rows(songs)))
    title = markup.attributes(document.root).get("name")
    return document.told(Tracklist(format="virtualdj", rows=rows, title=title or None))


def _rows(songs: Iterator[Element]) -> Iterator[Row]:
    for position, song in enumerate(songs, start=1):
        yield _row(position, song)


def _row(position: int, song: Element) -> Row:
    of = markup.attributes(song)
    path = of.get("filepath") or of.get("path") or ""
    parts = {markup.name_of(part): markup.attributes(part) for part in song}
    # "Display" is what "Tags" is since version 8
    tags = {**of, **parts.get("display", {}), **parts.get("tags", {})}
    scan, infos = parts.get("scan", {}), parts.get("infos", {})
    old = parts.get("bpm", {})
    return row_of_entry(
        position,
        tags.get("author") or tags.get("artist") or "",
        _title(tags.get("title", ""), tags.get("remix", "")),
        path=path,
        label=tags.get("label") or None,
        facts=facts(
            seconds=infos.get("songlength") or tags.get("songlength"),
            bpm=_tempo(tags.get("bpm") or scan.get("bpm") or old.get("bpm")),
            key=tags.get("key") or scan.get("key"),
            album=tags.get("album"),
            released=tags.get("year"),
            location=path,
        ),
    )


def _title(title: str, remix: str) -> str:
    if not title or not remix or remix.casefold() in title.casefold():
        return title
    return f"{title} ({remix})"


def _tempo(printed: str | None) -> float | None:
    number = number_of(printed)
    if number is None or number <= 0:
        return None
    if number <= _LONGEST_BEAT_SECONDS:
        return _SECONDS_PER_MINUTE / number
    return _SAMPLES_PER_MINUTE / number if number >= _LEAST_BEAT_SAMPLES else number
