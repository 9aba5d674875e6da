"""iTunes' and Apple Music's libraries and playlists as XML property lists."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any
from xml.etree.ElementTree import Element

from scrapers.tracklists.bounds import Bounds
from scrapers.tracklists.decoding import single_spaced
from scrapers.tracklists.facts import facts
from scrapers.tracklists.formats import markup
from scrapers.tracklists.names import row_of_entry
from scrapers.tracklists.tracklist import NoTracklist, Row, Tracklist

# Lists that the program keeps by itself, and folders, which repeat what is in them.
_NOT_A_LIST = ("Master", "Distinguished Kind", "Folder")

# What a dictionary holds: texts, and elements of what holds more.
Fields = Mapping[str, Any]


def parse(content: str) -> tuple[Tracklist, ...]:
    """
    Read every playlist in its own order; without one, all of the library.

    Raises:
        NotUnderstood: it is no XML.
        NoTracklist: it is another property list, or has no tracks.
    """
    # A track that is cut off stays: what it is called stands first.
    document = markup.load(content, entry="")
    top = markup.child(document.root, "dict")
    library = {} if top is None else dict(_pairs(top))
    tracks_of = library.get("Tracks")
    if not isinstance(tracks_of, Element):
        raise NoTracklist("the property list is no library of iTunes or Apple Music")
    # once for all playlists: a track is in many of them
    tracks = {
        number: dict(_pairs(track))
        for number, track in _pairs(tracks_of)
        if isinstance(track, Element)
    }
    bounds = Bounds()
    playlists = [
        _playlist(fields, tracks, bounds)
        for fields in map(dict, map(_pairs, _elements(library.get("Playlists"))))
        if not any(name in fields for name in _NOT_A_LIST)
    ]
    if any(playlist.rows for playlist in playlists):
        return document.told(*playlists)
    named = [track for track in tracks.values() if _is_named(track)]
    rows = _rows(named, bounds)
    return document.told(Tracklist(format="itunes", rows=rows))


def _is_named(track: Fields) -> bool:
    return bool(_text(track, "Name") or _text(track, "Location"))


def _pairs(element: Element) -> Iterator[tuple[str, Any]]:
    """Yield keys and values of a dictionary: texts, and elements of what holds more."""
    for key, value in pairwise(element):
        if key.tag == "key":
            held = value if value.tag in ("dict", "array") else value.text or ""
            yield key.text or "", held


def _elements(array: object) -> list[Element]:
    return list(array) if isinstance(array, Element) else []


def _playlist(
    fields: Fields, tracks: Mapping[str, Fields], bounds: Bounds
) -> Tracklist:
    items = (dict(_pairs(item)) for item in _elements(fields.get("Playlist Items")))
    # A track that the library has no more keeps its place in the playlist.
    entries = [tracks.get(single_spaced(_text(item, "Track ID")), {}) for item in items]
    return Tracklist(
        format="itunes",
        rows=_rows(entries, bounds),
        title=single_spaced(_text(fields, "Name")) or None,
        source_key=_text(fields, "Playlist Persistent ID") or None,
    )


def _rows(entries: Sequence[Fields], bounds: Bounds) -> tuple[Row, ...]:
    rows = (_row(position, entry) for position, entry in enumerate(entries, start=1))
    return tuple(bounds.counted(rows))


def _row(position: int, track: Fields) -> Row:
    location = _text(track, "Location")
    return row_of_entry(
        position,
        single_spaced(_text(track, "Artist") or _text(track, "Album Artist")),
        single_spaced(_text(track, "Name")),
        path=location,
        facts=facts(
            duration_ms=_text(track, "Total Time"),
            bpm=_text(track, "BPM"),
            album=_text(track, "Album"),
            released=_text(track, "Release Date")[:10] or _text(track, "Year"),
            location=location,
        ),
    )


def _text(fields: Fields, name: str) -> str:
    value = fields.get(name, "")
    return value if isinstance(value, str) else ""
