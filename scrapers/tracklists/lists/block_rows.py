"""Blocks that have a field a line: which line is the artist, which the title."""

import operator
import re
from collections.abc import Iterator, Sequence

from enrichment.contract.identity.credits import single_artists
from enrichment.contract.identity.versions import is_version
from scrapers.tracklists.reading.names import parted

CLOCK = re.compile(r"\d{1,2}(?::\d{2}){1,2}")
# Lengths, tempi, keys, prices and dates of a shop's page.
_KEY = r"(?:1[0-2]|[1-9])[AB]|[A-G][#b♯♭]?\s?(?:m|maj|min|major|minor)?"
_TEMPO = r"\d{2,3}(?:\.\d+)?\s?bpm"
_NO_NAME = re.compile(
    rf"[#\d.,:%/€$£ -]*|{_TEMPO}|{_KEY}|{_TEMPO}\s?[-–—|/,·•]\s?(?:{_KEY})",
    re.IGNORECASE,
)
# What a shop has and a player has not.
_OF_A_SHOP = re.compile(rf"[€$£]\s?\d.*|.*\d\s?[€$£]|{_TEMPO}.*", re.IGNORECASE)
_SHOPS_VERSION = re.compile(r"\((?:original|extended) mix\)$", re.IGNORECASE)
_VERSION_END = re.compile(r"[(\[]([^()\[\]]{2,80})[)\]]$")
_PRINTED_VERSION = re.compile(
    r"(?<=\S)\s((?:original|extended|radio|club|dub|vocal|instrumental|main|album)\s"
    r"(?:mix|edit|version|dub))$",
    re.IGNORECASE,
)
_BY = re.compile(r"by:?\s(?=\S)", re.IGNORECASE)
# "M83 · Hurry Up, We're Dreaming": what a player prints in one line.
_BETWEEN_FIELDS = re.compile(r"\s[·•]\s")
# Titles have versions in brackets and artists have none.
_LEAST_VERSIONS_SHARE = 0.25
_VERSION_LINES_SHARE = 0.9
# "Night - Radio Edit": more titles with a dash name their artists by themselves.
_MOST_DASHED_SHARE = 0.34
# Artist, title and label.
_NAMES_OF_A_STATION = 3
_SHORTEST_SECONDS, _LONGEST_SECONDS = 60, 15 * 60

Column = tuple[str, ...]


def rows_of_blocks(blocks: Sequence[Sequence[str]], *, is_told: bool) -> list[str]:
    """
    Return a line `Artist - Title` for each of blocks of equally many lines.

    Args:
        blocks: the lines of each.
        is_told: a heading says that the text is a tracklist.
    """
    whole = list(_columns(blocks))
    columns = [column for column in whole if _are_names(column)]
    if len(columns) > 1 and all(map(_BY.match, columns[1])):
        return [
            named(_BY.sub("", artist, count=1), title)
            for title, artist in zip(*columns[:2], strict=True)
        ]
    versions = [place for place, column in enumerate(columns) if _are_versions(column)]
    if versions[:1] == [0] and len(columns) > 1:
        # nothing is above: titles that end with their versions
        columns[:1] = [tuple(map(_bracketed, columns[0], columns[1]))]
        versions = versions[1:]
    names = [column for place, column in enumerate(columns) if place not in versions]
    title = _title_place(columns, names, versions)
    if title is None:
        title = _usual_place(whole, names, is_told=is_told) if not versions else None
    if title is None or len(names) < 2:
        return []
    # a shop prints the title first, a station the artist
    artists = names[1] if title == 0 else names[0]
    if any(map(parted, artists)) or _are_dashed(names[title]):
        return []
    below = columns[versions[0]] if versions else ("",) * len(blocks)
    labels = _labels(whole, names) if title == 0 else ("",) * len(blocks)
    rows = [
        named(artist, _with_version(name, version), label)
        for artist, name, version, label in zip(
            artists, names[title], below, labels, strict=True
        )
    ]
    if not all(map(_is_by, rows, artists)):
        return []
    times = whole[0] if _are_cues(whole[0]) else ("",) * len(rows)
    return [
        f"[{time}] {row}" if time else row
        for time, row in zip(times, rows, strict=True)
    ]


def named(artist: str, title: str, label: str = "") -> str:
    """Return the fields as one printed line."""
    return f"{artist} - {title}" + (f" [{label}]" if label else "")


def _columns(blocks: Sequence[Sequence[str]]) -> Iterator[Column]:
    """Yield the lines that are in one place; a line of several fields is parted."""
    for column in zip(*blocks, strict=True):
        fields = [_BETWEEN_FIELDS.split(text) for text in column]
        least = min(map(len, fields))
        for place in range(least):
            yield tuple(parts[place] for parts in fields)


def _are_cues(column: Column) -> bool:
    """Return whether lines are times that rise: lengths of tracks do not."""
    times = _times(column)
    return bool(times) and all(map(operator.lt, times, times[1:]))


def _are_lengths(column: Column) -> bool:
    """Return whether lines are times that are as long as tracks, in any order."""
    times = _times(column)
    return bool(times) and (
        not _are_cues(column)
        or (times[0] >= _SHORTEST_SECONDS and times[-1] < _LONGEST_SECONDS)
    )


def _times(column: Column) -> list[int]:
    """Return the seconds of lines that all are times; else nothing."""
    if not all(map(CLOCK.fullmatch, column)):
        return []
    times = []
    for text in column:
        seconds = 0
        for part in text.split(":"):
            seconds = seconds * 60 + int(part)
        times.append(seconds)
    return times


def _is_by(row: str, artist: str) -> bool:
    """Return whether a row that was put together parts again where it was."""
    parts = parted(row)
    return parts is not None and parts[0] == artist


def _title_place(
    columns: Sequence[Column], names: Sequence[Column], versions: Sequence[int]
) -> int | None:
    """Return which of the first two columns of names has the titles."""
    if versions:
        above = columns[versions[0] - 1]
        places = [place for place, column in enumerate(names[:2]) if column is above]
    else:
        places = [
            place for place, column in enumerate(names[:2]) if _have_versions(column)
        ]
    return places[0] if len(places) == 1 else None


def _usual_place(
    whole: Sequence[Column], names: Sequence[Column], *, is_told: bool
) -> int | None:
    """Return where programs of a kind print the title, whatever it is called."""
    if _are_lengths(whole[-1]) and len(names) > 1:
        # a player prints the title first; but who is named again and again made it
        repeated = [len(set(column)) < len(column) for column in names[:2]]
        return 1 if repeated == [True, False] else 0
    if len(names) == _NAMES_OF_A_STATION and (is_told or _are_cues(whole[0])):
        # a page of a station: a heading or a place in the show is above the artist
        return 1
    return None


def _labels(whole: Sequence[Column], names: Sequence[Column]) -> Column:
    """Return the labels, which a shop prints below title and artist."""
    none = ("",) * len(names[0])
    sells = any(all(map(_OF_A_SHOP.fullmatch, column)) for column in whole) or any(
        map(_SHOPS_VERSION.search, names[0])
    )
    return names[2] if sells and len(names) > 2 else none


def _are_names(column: Column) -> bool:
    return not all(map(_NO_NAME.fullmatch, column))


def _are_dashed(titles: Column) -> bool:
    return sum(parted(title) is not None for title in titles) > (
        _MOST_DASHED_SHARE * len(titles)
    )


def _are_versions(column: Column) -> bool:
    """Return whether lines are versions without brackets: "Original Mix"."""
    told = sum(is_version(text, last=True) for text in column)
    return told >= _VERSION_LINES_SHARE * len(column) and not _have_versions(column)


def _have_versions(column: Column) -> bool:
    told = sum(any(map(is_version, _ends(text))) for text in column)
    return told >= _LEAST_VERSIONS_SHARE * len(column)


def _ends(text: str) -> Iterator[str]:
    if found := _VERSION_END.search(text):
        yield found[1]


def _bracketed(title: str, artists: str) -> str:
    """Put brackets round the version with which a title ends, and its maker."""
    for artist in single_artists(artists):
        start = title.find(f" {artist}")
        if start > 0 and is_version(title[start + 1 :], last=True):
            return f"{title[:start]} ({title[start + 1 :]})"
    return _PRINTED_VERSION.sub(r" (\1)", title)


def _with_version(title: str, version: str) -> str:
    return f"{title} ({version})" if version else title
