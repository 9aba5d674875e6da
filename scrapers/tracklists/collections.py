"""Where a DJ's own audio lies, as his library or a playlist of files tells it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from scrapers.tracklists import parse
from scrapers.tracklists.decoding import decode, load_xml
from scrapers.tracklists.names import row_of_fields_or_path

# The whole library is there, beside the playlists that are read as tracklists.
_COLLECTION = re.compile(rb"<(?:DJ_PLAYLISTS|NML)\b")
_HEAD_BYTES = 4096
_FOLDER_SEPARATOR = "/:"
_USERS = "/:Users/:"


@dataclass(frozen=True, slots=True)
class Held:
    """
    One audio file.

    Args:
        track_id: which track it is by its names; None: they name none.
        location: its path.
    """

    track_id: str | None
    location: str


def read(content: bytes) -> Iterator[Held]:
    """
    Yield the files of a rekordbox or Traktor collection, or of a playlist of files.

    Raises:
        TracklistError: it is none of these.
    """
    if _COLLECTION.search(content[:_HEAD_BYTES]):
        root = load_xml(decode(content))
        yield from map(_of_rekordbox, root.iterfind("COLLECTION/TRACK"))
        yield from map(_of_traktor, root.iterfind("COLLECTION/ENTRY"))
        return
    for tracklist in parse(content):
        for row in tracklist.rows:
            if row.facts.location:
                yield Held(row.track_id, _plain(row.facts.location))


def named_by_path(path: str) -> Held:
    """Return a file that nothing but its path names."""
    return _held("", "", path)


def _of_rekordbox(track: Element) -> Held:
    title, mix = track.get("Name", "").strip(), track.get("Mix", "").strip()
    if title and mix and mix.casefold() not in title.casefold():
        title = f"{title} ({mix})"
    path = _plain(track.get("Location", ""))
    return _held(track.get("Artist", "").strip(), title, path)


def _plain(location: str) -> str:
    """Return the path of an address; a path stays as it is."""
    if not location.startswith("file://"):
        return location
    path = unquote(location.removeprefix("file://").removeprefix("localhost"))
    # a drive of Windows: file://localhost/C:/Music
    return path.removeprefix("/") if path[2:3] == ":" else path


def _of_traktor(entry: Element) -> Held:
    place = entry.find("LOCATION")
    path = _traktor_path(place) if place is not None else ""
    return _held(entry.get("ARTIST", "").strip(), entry.get("TITLE", "").strip(), path)


def _traktor_path(place: Element) -> str:
    """Return a path of folders that are behind "/:"; drives and disks before it."""
    volume, folder = place.get("VOLUME", ""), place.get("DIR", "")
    path = f"{folder}{place.get('FILE', '')}".replace(_FOLDER_SEPARATOR, "/")
    if volume.endswith(":"):
        return f"{volume}{path}"
    # macOS: the disk that it started from is no folder; all others are
    is_start = not volume or folder.startswith(_USERS)
    return path if is_start else f"/Volumes/{volume}{path}"


def _held(artist: str, title: str, path: str) -> Held:
    row = row_of_fields_or_path(1, artist, title, path=path)
    return Held(row.track_id, path)
