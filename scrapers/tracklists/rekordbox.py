"""Rekordbox libraries as XML, with their playlists; its TXT is one of the tables."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from scrapers.tracklists.decoding import load_xml, whole_number
from scrapers.tracklists.names import row_of_fields_or_path
from scrapers.tracklists.tracklist import NoTracklist, NotUnderstood, Row, Tracklist

_BY_LOCATION = "1"
_PLAYLIST = "1"


def parse(content: str) -> tuple[Tracklist, ...]:
    """
    Read every playlist of an exported library; the library itself is no tracklist.

    Raises:
        NotUnderstood: the XML is broken, or of a playlist it has no track at all.
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
    if not any(key in tracks for key in keys):
        raise NotUnderstood(f"the library has no track of its playlist {name!r}")
    return Tracklist(
        format="rekordbox",
        rows=tuple(
            _row(position, key, tracks.get(key))
            for position, key in enumerate(keys, start=1)
        ),
        title=name,
        declared_rows=whole_number(node.get("Entries")),
    )


def _row(position: int, key: str, track: Element | None) -> Row:
    # A track that was deleted since keeps its place in the playlist.
    if track is None:
        return row_of_fields_or_path(position, "", "", path=key if "/" in key else "")
    return row_of_fields_or_path(
        position,
        track.get("Artist", "").strip(),
        track.get("Name", "").strip(),
        path=track.get("Location", ""),
        label=track.get("Label", "").strip() or None,
    )
