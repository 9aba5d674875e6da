"""Rekordbox libraries as XML, with their playlists; its TXT is one of the tables."""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from scrapers.tracklists.bounds import Bounds
from scrapers.tracklists.decoding import load_xml, whole_number
from scrapers.tracklists.facts import facts
from scrapers.tracklists.names import row_of_entry, row_of_fields_or_path
from scrapers.tracklists.tracklist import (
    LeftOut,
    NoTracklist,
    NotUnderstood,
    Row,
    Tracklist,
)

_BY_LOCATION = "1"
_NOT_IN_LIBRARY = "the library has no track of its playlist"
_PLAYLIST = "1"


def parse(content: str) -> tuple[Tracklist, ...]:
    """
    Read every playlist of an exported library; the library itself is no tracklist.

    Raises:
        NotUnderstood: the XML is broken, or it has no track of any of its playlists.
        NoTracklist: all playlists are empty.
    """
    root = load_xml(content)
    by_id: dict[str, Element] = {}
    by_location: dict[str, Element] = {}
    for track in root.iterfind("COLLECTION/TRACK"):
        by_id[track.get("TrackID", "")] = track
        by_location[_place(track.get("Location", ""))] = track
    bounds = Bounds()
    read = [
        _playlist(
            node,
            by_location if node.get("KeyType") == _BY_LOCATION else by_id,
            bounds,
        )
        for node in _playlists(root)
    ]
    playlists = [each for each in read if isinstance(each, Tracklist)]
    broken = tuple(each for each in read if isinstance(each, LeftOut))
    if playlists:
        return (replace(playlists[0], left_out=broken), *playlists[1:])
    if broken:
        raise NotUnderstood(f"{broken[0].reason}: {broken[0].raw!r}")
    raise NoTracklist("the rekordbox library has no playlist with tracks in it")


def _playlists(root: Element) -> Iterator[Element]:
    tree = root.find("PLAYLISTS")
    for node in tree.iter("NODE") if tree is not None else ():
        if node.get("Type") == _PLAYLIST and node.find("TRACK") is not None:
            yield node


def _place(location: str) -> str:
    """Return the path of an address: a playlist names a file by either."""
    path = location.removeprefix("file://localhost").removeprefix("file://")
    return unquote(path)


def _playlist(
    node: Element, tracks: dict[str, Element], bounds: Bounds
) -> Tracklist | LeftOut:
    """Read a playlist; one of which the library has nothing costs itself alone."""
    name = node.get("Name") or None
    keys = [_place(entry.get("Key", "")) for entry in node.iterfind("TRACK")]
    if not any(key in tracks for key in keys):
        return LeftOut(name or "", _NOT_IN_LIBRARY, within=True)
    return Tracklist(
        format="rekordbox",
        rows=tuple(
            bounds.counted(
                _row(position, key, tracks.get(key))
                for position, key in enumerate(keys, start=1)
            )
        ),
        title=name,
        declared_rows=whole_number(node.get("Entries")),
    )


def _row(position: int, key: str, track: Element | None) -> Row:
    # A track that was deleted since keeps its place in the playlist.
    if track is None:
        return row_of_fields_or_path(position, "", "", path=key if "/" in key else "")
    return row_of_entry(
        position,
        track.get("Artist", "").strip(),
        _title(track),
        path=track.get("Location", ""),
        label=track.get("Label", "").strip() or None,
        facts=facts(
            seconds=track.get("TotalTime"),
            bpm=track.get("AverageBpm"),
            key=track.get("Tonality"),
            album=track.get("Album"),
            released=track.get("Year"),
            location=track.get("Location"),
        ),
    )


def _title(track: Element) -> str:
    """Return the name with the mix that the library keeps apart from it."""
    name, mix = track.get("Name", "").strip(), track.get("Mix", "").strip()
    if not name or not mix or mix.casefold() in name.casefold():
        return name
    return f"{name} ({mix})"
