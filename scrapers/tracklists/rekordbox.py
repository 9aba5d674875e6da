"""Rekordbox libraries as XML, with their playlists; its TXT is one of the tables."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from scrapers.tracklists.decoding import load_xml
from scrapers.tracklists.names import row_of_fields_or_path
from scrapers.tracklists.tracklist import NoTracklist, NotUnderstood, Row, Tracklist

_BY_LOCATION = "1"
_PLAYLIST = "1"


def parse(content: str) -> tuple[Tracklist, ...]:
    """
    Read every playlist of an exported library; the library itself is no tracklist.

    Raises:
        NotUnderstood: the XML is broken, or a playlist names a track it lacks.
        NoTracklist: all playlists are empty.
    """
    root = load_xml(content)
    by_id: dict[str, Element] = {}
    by_location: dict[str, Element] = {}
    for track in root.iterfind("COLLECTION/TRACK"):
        by_id[track.get("TrackID", "")] = track
        by_location[track.get("Location", "")] = track
    playlists = tuple(
        _playlist(node, by_location if node.get("KeyType") == _BY_LOCATION else by_id)
        for node in _playlists(root)
    )
    if not playlists:
        raise NoTracklist("the rekordbox library has no playlist with tracks in it")
    return playlists


def _playlists(root: Element) -> Iterator[Element]:
    tree = root.find("PLAYLISTS")
    for node in tree.iter("NODE") if tree is not None else ():
        if node.get("Type") == _PLAYLIST and node.find("TRACK") is not None:
            yield node


def _playlist(node: Element, tracks: dict[str, Element]) -> Tracklist:
    name = node.get("Name") or None
    keys = [entry.get("Key", "") for entry in node.iterfind("TRACK")]
    missing = [key for key in keys if key not in tracks]
    if missing:
        raise NotUnderstood(
            f"playlist {name!r} names a track that the library lacks: {missing[0]!r}"
        )
    declared = node.get("Entries", "")
    return Tracklist(
        format="rekordbox",
        rows=tuple(
            _row(position, tracks[key]) for position, key in enumerate(keys, start=1)
        ),
        title=name,
        declared_rows=int(declared) if declared.isdecimal() else None,
    )


def _row(position: int, track: Element) -> Row:
    return row_of_fields_or_path(
        position,
        track.get("Artist", "").strip(),
        track.get("Name", "").strip(),
        path=track.get("Location", ""),
        label=track.get("Label", "").strip() or None,
    )
