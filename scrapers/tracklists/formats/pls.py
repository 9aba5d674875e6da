"""PLS playlists: numbered entries of an INI file, in whatever order they stand."""

import re

from scrapers.tracklists.decoding import lines_of
from scrapers.tracklists.facts import facts
from scrapers.tracklists.names import names_in_path, row_of_entry
from scrapers.tracklists.tracklist import LeftOut, NoTracklist, Row, Tracklist

_HEAD = re.compile(r"\s*\[playlist\]", re.IGNORECASE)
_FILE = re.compile(r"^[ \t]*File\d{1,6}[ \t]*=", re.IGNORECASE | re.MULTILINE)
_ENTRY = re.compile(r"\s*(file|title|length)(\d{1,6})\s*=(.*)", re.IGNORECASE)
_COUNT = re.compile(r"\s*NumberOfEntries\s*=\s*(\d{1,6})\s*", re.IGNORECASE)
_NAME = re.compile(r"\s*(?:PlaylistName|X-GNOME-Title)\s*=\s*(.*\S)", re.IGNORECASE)


def looks_like_playlist(text: str) -> bool:
    """Recognise one by its section, or by an entry where the section is missing."""
    return _HEAD.match(text) is not None or _FILE.search(text) is not None


def parse(content: str) -> tuple[Tracklist, ...]:
    """
    Read a playlist; an entry without a title is named by its file.

    Raises:
        NoTracklist: it has no entries.
    """
    entries: dict[int, dict[str, str]] = {}
    count, name = None, None
    for line in lines_of(content):
        if found := _ENTRY.fullmatch(line):
            entries.setdefault(int(found[2]), {})[found[1].lower()] = found[3].strip()
        elif found := _COUNT.fullmatch(line):
            count = int(found[1])
        elif found := _NAME.match(line):
            name = found[1]
    named = [entry for _, entry in sorted(entries.items()) if _is_named(entry)]
    if not named:
        raise NoTracklist("the playlist has no entries")
    rows = tuple(_row(position, entry) for position, entry in enumerate(named, start=1))
    missing = (count or 0) - len(rows)
    told = f"the playlist says that it has {count} entries: {missing} are missing"
    left_out = (LeftOut("", told, within=True),) if missing > 0 else ()
    return (
        Tracklist(
            format="pls",
            rows=rows,
            title=name,
            declared_rows=count,
            left_out=left_out,
        ),
    )


def _is_named(entry: dict[str, str]) -> bool:
    return bool(entry.get("file") or entry.get("title"))


def _row(position: int, entry: dict[str, str]) -> Row:
    path = entry.get("file", "")
    title = entry.get("title", "")
    artist = ""
    # Some players write the file's own name for a title.
    if title and title == re.split(r"[/\\]", path)[-1]:
        artist, title = names_in_path(path)
    return row_of_entry(
        position,
        artist,
        title,
        path=path,
        facts=facts(seconds=entry.get("length"), location=path),
    )
