"""Rekordbox's XML, which Engine DJ and Lexicon read too."""

import re
from collections.abc import AsyncGenerator, Iterator
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

from enrichment.exports.row import ExportRow, Head, Rows

_BEGIN = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<DJ_PLAYLISTS Version="1.0.0">\n'
    '  <PRODUCT Name="SongNodes Enrichment" Version="1" Company=""/>\n'
)
# What XML 1.0 cannot hold in any spelling.
_NO_XML = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF))
_FOLDER, _PLAYLIST = 0, 1


async def encode(rows: Rows, head: Head) -> AsyncGenerator[bytes, None]:
    """
    Yield the collection, each track once, and a playlist of the rows in their order.

    The playlist comes last, so that the numbers of its tracks are kept meanwhile.
    """
    numbers: dict[str, int] = {}
    playlist: list[int] = []
    collection: list[str] = []
    async for some in rows:
        for row in some:
            key = row.location or ""
            if key not in numbers:
                numbers[key] = len(numbers) + 1
                collection.append(_element("TRACK", _facts(row, numbers[key])))
            playlist.append(numbers[key])
    yield f'{_BEGIN}  <COLLECTION Entries="{len(collection)}">\n'.encode()
    for element in collection:
        yield f"    {element}\n".encode()
    yield b"  </COLLECTION>\n  <PLAYLISTS>\n"
    yield b'    <NODE Type="0" Name="ROOT" Count="1">\n'
    named = _attributes({"Name": head.title, "Type": _PLAYLIST, "KeyType": 0})
    yield f'      <NODE {named} Entries="{len(playlist)}">\n'.encode()
    for number in playlist:
        yield f'        <TRACK Key="{number}"/>\n'.encode()
    yield b"      </NODE>\n    </NODE>\n  </PLAYLISTS>\n</DJ_PLAYLISTS>\n"


def _facts(row: ExportRow, number: int) -> dict[str, object]:
    """Return the attributes of a track, in the order of rekordbox's own files."""
    values = row.values
    length, bpm = values.get("duration_ms"), values.get("bpm")
    genres = values.get("genres")
    return {
        "TrackID": number,
        "Name": row.title,
        "Artist": row.artist,
        "Album": values.get("album"),
        "Genre": ", ".join(genres) if isinstance(genres, list) else None,
        "TotalTime": round(length / 1000) if isinstance(length, int) else None,
        "Year": str(values["release_date"])[:4] if "release_date" in values else None,
        "AverageBpm": f"{bpm:.2f}" if isinstance(bpm, float) else None,
        "Comments": " ".join(_comments(row)),
        "Location": _address(str(row.location)),
        "Remixer": ", ".join(row.remixers) or None,
        "Tonality": values.get("camelot_key") or values.get("musical_key"),
        "Label": values.get("label"),
        "Mix": row.version,
    }


def _address(path: str) -> str:
    """Return a file's address; a drive keeps its colon, as rekordbox writes it."""
    plain = path.replace("\\", "/") if re.match(r"[A-Za-z]:", path) else path
    name = plain.lstrip("/").encode("utf-8", "surrogateescape")
    return f"file://localhost/{quote(name, safe='/:')}"


def _comments(row: ExportRow) -> Iterator[str]:
    """Yield what the format has no room for; rekordbox shows and searches it."""
    for name, word in (("isrc", "ISRC"), ("musicbrainz_id", "MBID")):
        if name in row.values:
            origin = row.origins.get(name)
            by = f" ({origin.provider})" if origin else ""
            yield f"{word} {row.values[name]}{by}"


def _element(name: str, facts: dict[str, object]) -> str:
    return f"<{name} {_attributes(facts)}/>"


def _attributes(facts: dict[str, object]) -> str:
    return " ".join(
        f"{name}={quoteattr(str(value).translate(_NO_XML))}"
        for name, value in facts.items()
        if value is not None
    )
