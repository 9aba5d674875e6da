"""M3U8: a playlist of files, as players and DJ programs open it."""

from collections.abc import AsyncGenerator

from enrichment.exports.row import ExportRow, Head, Rows


async def encode(rows: Rows, head: Head) -> AsyncGenerator[bytes, None]:
    """Yield the playlist; every row has its length, its name and its file."""
    yield f"#EXTM3U\n#PLAYLIST:{_line(head.title)}\n".encode()
    async for some in rows:
        # a name of a file may hold bytes that are no UTF-8: they stay what they are
        yield "".join(map(_track, some)).encode("utf-8", "surrogateescape")


def _track(row: ExportRow) -> str:
    artist, title = _line(row.artist), _line(row.title)
    album = row.values.get("album")
    return (
        f"#EXTINF:{_seconds(row)},{artist} - {title}\n#EXTART:{artist}\n"
        + (f"#EXTALB:{_line(str(album))}\n" if album else "")
        + f"{row.location}\n"
    )


def _seconds(row: ExportRow) -> int:
    """Return the length; -1 is the format's word for one that is unknown."""
    length = row.values.get("duration_ms")
    return round(int(length) / 1000) if isinstance(length, int) else -1


def _line(text: str) -> str:
    return " ".join(text.split())
