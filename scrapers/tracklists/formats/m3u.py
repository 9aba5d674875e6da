"""M3U playlists with EXTINF, VirtualDJ's histories, and bare lists of files."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

from scrapers.tracklists.clock import since_first
from scrapers.tracklists.decoding import MAX_LINE_CHARACTERS, lines_of
from scrapers.tracklists.facts import facts
from scrapers.tracklists.names import (
    names_in_path,
    row_of_fields,
    row_of_fields_or_path,
    row_of_name,
)
from scrapers.tracklists.tracklist import NoTracklist, Row, Tracklist

_AUDIO_FILE = re.compile(
    r"\.(?:mp3|m4a|mp4|flac|wav|wave|aif|aiff|ogg|oga|opus|wma|aac|alac)$",
    re.IGNORECASE,
)
_EXTENDED = re.compile(r"^#EXT(?:M3U|INF|VDJ)\b", re.MULTILINE)
# After the length come attributes, key="value", whose values may hold commas.
_EXTINF = re.compile(
    r"#EXTINF:?\s*(-?[\d.]*)(?:\s+[\w-]+=\"[^\"]*\")*\s*,?(.*)", re.ASCII
)
_VIRTUALDJ_TAG = re.compile(r"<(\w{1,20})>([^<]*)</\1>", re.ASCII)
_ARTIST = "#EXTART:"
_ALBUM = "#EXTALB:"
_STREAM = "#EXT-X-"


@dataclass(frozen=True, slots=True)
class _Entry:
    path: str
    name: str
    tags: dict[str, str]


def has_directives(text: str) -> bool:
    """Recognise an extended playlist."""
    return _EXTENDED.search(text) is not None


def lists_files(text: str) -> bool:
    """Recognise a plain one by every line being an audio file."""
    lines = [line.strip() for line in lines_of(text[:100_000])]
    files = [line for line in lines if line and not line.startswith("#")]
    return bool(files) and all(map(is_audio, files))


def is_audio(line: str) -> bool:
    """Recognise an audio file by its name."""
    path = line.partition("?")[0] if "://" in line else line
    return _AUDIO_FILE.search(path) is not None


def parse(content: str) -> tuple[Tracklist, ...]:
    """
    Read a playlist; names come from the directives, else from the paths.

    Raises:
        NoTracklist: it lists a stream's segments, or no file at all.
    """
    lines = [line.strip() for line in lines_of(content)]
    if any(line.startswith(_STREAM) for line in lines):
        raise NoTracklist("the playlist lists segments of a stream, not tracks")
    entries = _entries(lines)
    if not entries:
        raise NoTracklist("the playlist lists no files")
    cues = since_first(_played_at(entry.tags) for entry in entries)
    rows = tuple(
        _row(position, entry, cue)
        for position, (entry, cue) in enumerate(
            zip(entries, cues, strict=True), start=1
        )
    )
    title = next(
        (line.partition(":")[2].strip() for line in lines if line[:9] == "#PLAYLIST"),
        None,
    )
    return (Tracklist(format="m3u", rows=rows, title=title or None),)


def _entries(lines: list[str]) -> list[_Entry]:
    entries: list[_Entry] = []
    name, tags = "", dict[str, str]()
    for line in _unwrapped(lines):
        if line.startswith("#EXTINF"):
            found = _EXTINF.match(line)
            name = found[2].strip() if found else ""
            if found:
                tags = {**tags, "length": found[1]}
        elif line.startswith(_ARTIST):
            tags = {**tags, "performer": line[len(_ARTIST) :].strip()}
        elif line.startswith(_ALBUM):
            tags = {**tags, "album": line[len(_ALBUM) :].strip()}
        elif line.startswith("#EXTVDJ"):
            tags |= {
                tag.lower(): unescape(value).strip()
                for tag, value in _VIRTUALDJ_TAG.findall(line)
            }
        elif line and not line.startswith("#"):
            entries.append(_Entry(line, name, tags))
            name, tags = "", {}
    return entries


def _unwrapped(lines: list[str]) -> Iterator[str]:
    """Yield each VirtualDJ directive on one line, though a tag of it was wrapped."""
    pending = ""
    for line in lines:
        if pending and (line.startswith("#") or len(pending) > MAX_LINE_CHARACTERS):
            yield pending
            pending = ""
        pending = f"{pending} {line}" if pending else ""
        if line.startswith("#EXTVDJ"):
            pending = line
        if not pending:
            yield line
        elif pending.count("<") == 2 * pending.count("</"):
            yield pending
            pending = ""
    if pending:
        yield pending


def _row(position: int, entry: _Entry, cue_seconds: int | None) -> Row:
    tags = entry.tags
    known = facts(
        seconds=tags.get("songlength") or tags.get("length"),
        bpm=tags.get("bpm"),
        key=tags.get("key"),
        album=tags.get("album"),
        released=tags.get("year"),
        location=entry.path,
    )
    return _named_row(position, entry, cue_seconds)._replace(facts=known)


def _named_row(position: int, entry: _Entry, cue_seconds: int | None) -> Row:
    title = entry.tags.get("title", "")
    if title:
        remix = entry.tags.get("remix", "")
        if remix and remix.lower() not in title.lower():
            title = f"{title} ({remix})"
        artist = entry.tags.get("artist", "")
        return row_of_fields(position, artist, title, cue_seconds=cue_seconds)
    # Some players write the file's name instead of "Artist - Title".
    if entry.name and _AUDIO_FILE.search(entry.name):
        artist, title = names_in_path(entry.name)
        return row_of_fields(position, artist, title, cue_seconds=cue_seconds)
    performer = entry.tags.get("performer", "")
    if entry.name and performer:
        # players without #EXTART need the artist in the name too
        title = entry.name.removeprefix(f"{performer} - ")
        return row_of_fields(position, performer, title, cue_seconds=cue_seconds)
    if entry.name:
        return row_of_name(position, entry.name, cue_seconds=cue_seconds)
    return row_of_fields_or_path(
        position, "", "", path=entry.path, cue_seconds=cue_seconds
    )


def _played_at(tags: dict[str, str]) -> int | None:
    """Unix time of the play in a VirtualDJ history."""
    value = tags.get("lastplaytime", "")
    return int(value) if re.fullmatch(r"\d{9,10}", value, re.ASCII) else None
