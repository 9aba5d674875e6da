"""Serato's crates, which name files alone, and its database, which knows the tracks."""

from collections.abc import Iterator

from scrapers.tracklists.bounds import Bounds
from scrapers.tracklists.facts import facts
from scrapers.tracklists.names import row_of_entry
from scrapers.tracklists.tracklist import LeftOut, NoTracklist, Row, Tracklist

_HEAD_BYTES = 8
_TRACK = b"otrk"
_KINDS = ("crate", "database")


def looks_like_library(content: bytes) -> bool:
    """Distinguish a crate or the database from a session by its version."""
    length = int.from_bytes(content[4:_HEAD_BYTES], "big")
    version = content[_HEAD_BYTES : _HEAD_BYTES + min(length, 200)]
    told = version.decode("utf-16-be", "replace").lower()
    return any(kind in told for kind in _KINDS)


def parse(content: bytes) -> tuple[Tracklist, ...]:
    """
    Read the tracks in the order of the crate.

    Raises:
        NoTracklist: there are none in it.
    """
    tracks = (value for tag, value in _fields(content) if tag == _TRACK)
    rows = tuple(
        Bounds().counted(
            _row(position, dict(_fields(track)))
            for position, track in enumerate(tracks, start=1)
        )
    )
    is_cut = _end(content) != len(content)
    if not rows:
        why = "; the file is cut" if is_cut else ""
        raise NoTracklist(f"the Serato file holds no tracks{why}")
    cut = LeftOut("", "the file is cut after these rows", within=True)
    return (Tracklist(format="serato", rows=rows, left_out=(cut,) if is_cut else ()),)


def _fields(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield tags with their values; what is cut at the end is left out."""
    place = 0
    while place + _HEAD_BYTES <= len(content):
        length = int.from_bytes(content[place + 4 : place + _HEAD_BYTES], "big")
        start = place + _HEAD_BYTES
        if start + length > len(content):
            return
        yield content[place : place + 4], content[start : start + length]
        place = start + length


def _end(content: bytes) -> int:
    return sum(_HEAD_BYTES + len(value) for _, value in _fields(content))


def _row(position: int, fields: dict[bytes, bytes]) -> Row:
    def text(tag: bytes) -> str:
        return fields.get(tag, b"").decode("utf-16-be", "replace").strip("\0 ")

    # the crate's name of the file, then the database's
    path = text(b"ptrk") or text(b"pfil")
    return row_of_entry(
        position,
        text(b"tart"),
        text(b"tsng"),
        path=path,
        label=text(b"tlbl") or None,
        facts=facts(
            seconds=text(b"tlen"),
            bpm=text(b"tbpm"),
            key=text(b"tkey"),
            album=text(b"talb"),
            released=text(b"ttyr"),
            location=path,
        ),
    )
