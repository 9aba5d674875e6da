"""Rows from separate fields, a printed name or a file's path: what an export offers."""

import re
from urllib.parse import unquote

from scrapers.tracklists.facts import NO_FACTS, Facts
from scrapers.tracklists.reading.lines import parse_line, row_from_fields
from scrapers.tracklists.reading.names import parted
from scrapers.tracklists.tracklist import Row

_SEPARATOR = " - "
# "01 ", "1-04 ", "7. ", "12 - "; but "2 Unlimited" is a band.
_TRACK_NUMBER = re.compile(
    r"(?:\d{2}(?:\s*-\s+|[ ._]+)|\d{1,2}-\d{2,3}[ ._]+|\d\.\s+)(?=\S)", re.ASCII
)
_DASH = re.compile(r"\s[-‐-―−]{1,2}\s")
_TIGHT_DASH = re.compile(r"(?<=[^\W\d_])-(?=[^\W\d_])")
_SCHEME = re.compile(r"[a-z]{2,8}://", re.IGNORECASE)
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_EXTENSION = re.compile(r"\.(?:[A-Za-z0-9]{2,5})$")
# Folders that are where an artist's name is expected.
_NO_ARTIST = frozenset(
    {"various artists", "various", "va", "compilations", "soundtrack", "unknown artist"}
)
# …/Artist/Album/01 Title.mp3
_ARTIST_FOLDER = -3


def row_of_name(position: int, name: str, *, cue_seconds: int | None = None) -> Row:
    """Return the row of a name printed in one piece, `Artist - Title`."""
    row = parse_line(name, position=position)
    return row if cue_seconds is None else row._replace(cue_seconds=cue_seconds)


def row_of_fields(
    position: int,
    artist: str,
    title: str,
    *,
    label: str | None = None,
    cue_seconds: int | None = None,
) -> Row:
    """Return the row of an artist and a title; the title may hold both."""
    raw = _SEPARATOR.join(part for part in (artist, title) if part)
    if artist:
        title = _without_artist(title, artist)
    elif parted(title):
        row = row_of_name(position, title, cue_seconds=cue_seconds)
        return row._replace(label=row.label or label, raw=raw)
    return row_from_fields(
        position, raw, artist, title, label=label, cue_seconds=cue_seconds
    )


def _without_artist(title: str, artist: str) -> str:
    """Take off the artist with whom a title begins once more."""
    parts = parted(title) if title.casefold().startswith(artist.casefold()) else None
    if parts and parts[0].casefold() == artist.strip().casefold():
        return parts[1]
    return title


def row_of_fields_or_path(
    position: int,
    artist: str,
    title: str,
    *,
    path: str,
    label: str | None = None,
    cue_seconds: int | None = None,
) -> Row:
    """Return the row of the fields, or of the file's path where the tags are empty."""
    if not title and path:
        named_artist, title = names_in_path(path)
        artist = artist or named_artist
    return row_of_fields(position, artist, title, label=label, cue_seconds=cue_seconds)


def names_in_path(path: str) -> tuple[str, str]:
    """
    Read artist and title off a path, as music libraries lay them out.

    `01 Artist - Title.mp3` names both; `Artist/Album/01 Title.mp3` by its folders.
    The artist is "" where neither says it.
    """
    parts = [part for part in re.split(r"[/\\]", _decoded(path)) if part]
    if not parts:
        return "", ""
    stem = _spaced(_EXTENSION.sub("", parts[-1]))
    numbered = _TRACK_NUMBER.match(stem)
    if stem.partition(_SEPARATOR)[0] in parts[:-1]:
        numbered = None  # a folder bears the name, so "50 Cent" it is
    name = stem[numbered.end() :] if numbered else stem
    if _DASH.search(name) and (named := parted(name)):
        return named
    folder = parts[_ARTIST_FOLDER] if len(parts) > -_ARTIST_FOLDER else ""
    # Without a track number the folders are as likely a DJ's crates.
    if numbered and folder and folder.lower() not in _NO_ARTIST:
        return folder, name.strip()
    return "", name.strip()


def _decoded(path: str) -> str:
    """Return the path of an address: without its query, its bytes read as UTF-8."""
    if _SCHEME.match(path):
        path = path.partition("?")[0].partition("#")[0]
    return unquote(path) if _PERCENT.search(path) else path


def _spaced(stem: str) -> str:
    """Return the name of a file whose spaces became underscores."""
    if "_" not in stem or " " in stem:
        return stem
    spaced = stem.replace("_", " ")
    return spaced if _DASH.search(spaced) else _TIGHT_DASH.sub(" - ", spaced)


def row_of_entry(
    position: int,
    artist: str,
    title: str,
    *,
    path: str = "",
    label: str | None = None,
    cue_seconds: int | None = None,
    facts: Facts,
) -> Row:
    """Return the row of a playlist's entry with what else is said of its track."""
    row = row_of_fields_or_path(
        position, artist, title, path=path, label=label, cue_seconds=cue_seconds
    )
    return row if facts is NO_FACTS else row._replace(facts=facts)


def row_with_facts(
    position: int, name: str, *, cue_seconds: int | None = None, facts: Facts
) -> Row:
    """Return the row of a name printed in one piece with what else is said of it."""
    row = row_of_name(position, name, cue_seconds=cue_seconds)
    return row if facts is NO_FACTS else row._replace(facts=facts)
