"""Traktor: playlists and histories in NML."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from scrapers.tracklists.bounds import Bounds
from scrapers.tracklists.clock import DAY_SECONDS, since_first
from scrapers.tracklists.decoding import load_xml, whole_number
from scrapers.tracklists.facts import facts
from scrapers.tracklists.names import (
    names_in_path,
    row_of_entry,
    row_of_fields,
)
from scrapers.tracklists.tracklist import NoTracklist, Row, Tracklist

# NML separates folders by "/:", so that a slash may be part of a name.
_FOLDER_SEPARATOR = "/:"
_TONES = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")


def parse(content: str) -> tuple[Tracklist, ...]:
    """
    Read every playlist and history; the keys are joined to the collection.

    Tracks that were loaded but not played to the public stay rows: the history shows
    them, and only a person knows which of them were heard.

    Raises:
        NotUnderstood: the XML is broken.
        NoTracklist: it holds a collection and no playlist with tracks in it.
    """
    root = load_xml(content)
    collection = {_key(entry): entry for entry in root.iterfind("COLLECTION/ENTRY")}
    bounds = Bounds()
    tracklists = tuple(
        _tracklist(name, playlist, collection, bounds)
        for name, playlist in _playlists(root)
    )
    if not tracklists:
        raise NoTracklist("the NML has no playlist with tracks in it")
    return tracklists


def _key(entry: Element) -> str:
    """Build the key playlists use: volume, folders and file."""
    location = entry.find("LOCATION")
    if location is None:
        return ""
    return "".join(location.get(part, "") for part in ("VOLUME", "DIR", "FILE"))


def _playlists(root: Element) -> Iterator[tuple[str, Element]]:
    for node in root.iterfind("PLAYLISTS//NODE"):
        playlist = node.find("PLAYLIST")
        if playlist is not None and playlist.find("ENTRY/PRIMARYKEY") is not None:
            yield node.get("NAME", ""), playlist


def _tracklist(
    name: str, playlist: Element, collection: dict[str, Element], bounds: Bounds
) -> Tracklist:
    entries = [
        (key, entry.find("EXTENDEDDATA"))
        for entry in playlist.iterfind("ENTRY")
        if (key := entry.find("PRIMARYKEY")) is not None
    ]
    cues = since_first(
        (_number(played, "STARTTIME") for _, played in entries),
        wrap_seconds=DAY_SECONDS,
    )
    rows = tuple(
        bounds.counted(
            _row(position, key.get("KEY", ""), collection, cue)
            for position, ((key, _), cue) in enumerate(
                zip(entries, cues, strict=True), start=1
            )
        )
    )
    return Tracklist(
        format="traktor",
        rows=rows,
        title=name or None,
        source_key=playlist.get("UUID"),
        recorded_on=_day(entries[0][1]),
        declared_rows=whole_number(playlist.get("ENTRIES")),
    )


def _row(
    position: int, key: str, collection: dict[str, Element], cue_seconds: int | None
) -> Row:
    path = key.replace(_FOLDER_SEPARATOR, "/")
    entry = collection.get(key)
    if entry is None:
        artist, title = names_in_path(path)
        return row_of_fields(position, artist, title, cue_seconds=cue_seconds)
    info = _attributes(entry, "INFO")
    label = info.get("LABEL", "").strip()
    return row_of_entry(
        position,
        entry.get("ARTIST", "").strip(),
        entry.get("TITLE", "").strip(),
        path=path,
        label=label or None,
        cue_seconds=cue_seconds,
        facts=facts(
            seconds=info.get("PLAYTIME_FLOAT") or info.get("PLAYTIME"),
            bpm=_attributes(entry, "TEMPO").get("BPM"),
            key=_key_of(entry) or info.get("KEY"),
            album=_attributes(entry, "ALBUM").get("TITLE"),
            released=info.get("RELEASE_DATE"),
            location=path,
        ),
    )


def _attributes(entry: Element, name: str) -> dict[str, str]:
    part = entry.find(name)
    return part.attrib if part is not None else {}


def _key_of(entry: Element) -> str | None:
    """Return the key that Traktor found: twelve major keys from C up, then minor."""
    number = whole_number(_attributes(entry, "MUSICAL_KEY").get("VALUE"))
    if number is None or number >= 2 * len(_TONES):
        return None
    return _TONES[number % len(_TONES)] + ("m" if number >= len(_TONES) else "")


def _number(element: Element | None, name: str) -> int | None:
    return whole_number(element.get(name)) if element is not None else None


def _day(played: Element | None) -> str | None:
    """Unpack STARTDATE: year, month and day in 16, 8 and 8 bits."""
    packed = _number(played, "STARTDATE") or 0
    year, month, day = packed >> 16, packed >> 8 & 0xFF, packed & 0xFF
    if not (1990 <= year <= 2100 and 1 <= month <= 12 and 1 <= day <= 31):
        return None
    return f"{year:04}-{month:02}-{day:02}"
