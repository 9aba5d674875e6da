"""Texts with a field a line: blocks of artist, title and what a page shows besides."""

import operator
import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from enrichment.contract.identity.versions import is_version
from scrapers.tracklists.lists.listed_lines import HEADING
from scrapers.tracklists.reading.names import parted
from scrapers.tracklists.tables.columns import ARTISTS, LABELS, TITLES, column_name

# Fewer neighbours may be a coincidence among other text.
_LEAST_BLOCKS = 3
_NAMES = frozenset({"artist", "title"})
_MOST_LINES = 10
_FIELD = re.compile(r"(?P<name>[^\W\d_][^:]{1,30}?)\s?:\s*(?P<value>\S.*)")
_NUMBER_ALONE = re.compile(r"#?(\d{1,3})[.):]?")
# Lengths, tempi, keys, prices and dates of a shop's page.
_NO_NAME = re.compile(
    r"[#\d.,:%/€$£ -]*|\d{2,3}(?:\.\d+)?\s?bpm|(?:1[0-2]|[1-9])[AB]"
    r"|[A-G][#b♯♭]?\s?(?:m|maj|min|major|minor)?",
    re.IGNORECASE,
)
_VERSION_END = re.compile(r"[(\[]([^()\[\]]{2,80})[)\]]$")
# Titles have versions in brackets and artists have none.
_LEAST_VERSIONS_SHARE = 0.25
_VERSION_LINES_SHARE = 0.9
_BY = re.compile(r"by:?\s(?=\S)", re.IGNORECASE)
_CLOCK = re.compile(r"\d{1,2}(?::\d{2}){1,2}")
# Artist, title and label.
_NAMES_OF_A_STATION = 3

Texts = list[str]


class Blocks(NamedTuple):
    """Rows that were put together, and the lines that are in none of them."""

    rows: Texts
    besides: Texts


NO_BLOCKS = Blocks([], [])


def labelled(texts: Sequence[str]) -> Blocks:
    """
    Read `Artist: …` and `Title: …` on lines of their own, in any language.

    Each row begins with what the first one begins with: a name that is missing costs
    its own row and shifts no other.
    """
    rows: Texts = []
    besides: Texts = []
    row: dict[str, str] = {}
    first = ""
    for text in [*texts, ""]:
        kind, value = _field(text) if ":" in text else ("", "")
        first = first or (kind if kind in _NAMES else "")
        is_whole = row.keys() >= _NAMES
        is_next = kind in row or (kind == first and row.keys() & _NAMES)
        if is_next or (is_whole and not text):
            rows += [_named(**row)] if is_whole else []
            besides += [] if is_whole else row.values()
            row.clear()
        if kind:
            row[kind] = value
        elif text:
            besides.append(text)
    besides += row.values()
    return Blocks(rows, besides) if len(rows) >= _LEAST_BLOCKS else NO_BLOCKS


def _field(text: str) -> tuple[str, str]:
    """Return what a line says by its name, and its value; nothing for other lines."""
    found = _FIELD.fullmatch(text)
    name = column_name(found["name"]) if found else ""
    for kind, names in (("artist", ARTISTS), ("title", TITLES), ("label", LABELS)):
        if found and name in names:
            return kind, found["value"]
    return "", ""


def _named(artist: str, title: str, label: str = "") -> str:
    return f"{artist} - {title}" + (f" [{label}]" if label else "")


def unlabelled(texts: Sequence[str]) -> Blocks:
    """
    Read blocks of equally many lines, separated by blank lines or running numbers.

    Which line is the title is known by the versions in it, or below it; without any
    there is nothing that tells it from the artist.
    """
    for parts in (_counted(texts), _parted(texts)):
        blocks, besides = _alike(parts)
        if rows := _rows(blocks, is_told=any(map(HEADING.search, besides))):
            return Blocks(rows, besides)
    return NO_BLOCKS


def _parted(texts: Sequence[str]) -> list[Texts]:
    runs = groupby(texts, key=bool)
    parts: list[Texts] = []
    for lines in (list(lines) for filled, lines in runs if filled):
        if parts and len(parts[-1]) == 1 and _CLOCK.fullmatch(parts[-1][0]):
            # a place in the show is above its block
            parts[-1] += lines
        else:
            parts.append(lines)
    return parts


def _counted(texts: Sequence[str]) -> list[Texts]:
    """Return the lines below 1, 2, 3, …, each number on a line of its own."""
    parts: list[Texts] = [[]]
    for text in filter(None, texts):
        number = _NUMBER_ALONE.fullmatch(text)
        if number and int(number[1]) == len(parts):
            parts.append([])
        else:
            parts[-1].append(text)
    return parts if len(parts) > _LEAST_BLOCKS else []


def _alike(parts: Sequence[Texts]) -> tuple[list[Texts], Texts]:
    """Return the longest run of blocks with equally many lines, and all other lines."""
    runs = [list(run) for _, run in groupby(parts, key=len)]
    blocks = max(runs, key=len, default=[])
    if len(blocks) < _LEAST_BLOCKS or not 2 <= len(blocks[0]) <= _MOST_LINES:
        return [], []
    chosen = set(map(id, blocks))
    return blocks, [line for part in parts if id(part) not in chosen for line in part]


def _rows(blocks: Sequence[Texts], *, is_told: bool) -> Texts:
    whole = list(zip(*blocks, strict=True))
    columns = [column for column in whole if _are_names(column)]
    if len(columns) > 1 and all(map(_BY.match, columns[1])):
        return [
            _named(_BY.sub("", artist, count=1), title)
            for title, artist in zip(*columns[:2], strict=True)
        ]
    versions = [place for place, column in enumerate(columns) if _are_versions(column)]
    names = [column for place, column in enumerate(columns) if place not in versions]
    title = _title_place(columns, names, versions)
    if (
        title is None
        and not versions
        # a page of a station: a heading or a place in the show is above the artist
        and len(names) == _NAMES_OF_A_STATION
        and (is_told or _are_cues(whole[0]))
    ):
        title = 1
    if title is None or len(names) < 2:
        return []
    # a shop prints the title first, a station the artist
    artists = names[1] if title == 0 else names[0]
    if any(map(parted, (*artists, *names[title]))):
        return []
    below = columns[versions[0]] if versions else [""] * len(blocks)
    rows = [
        _named(artist, _with_version(name, version))
        for artist, name, version in zip(artists, names[title], below, strict=True)
    ]
    pairs = zip(rows, artists, strict=True)
    if not all(_is_by(row, artist) for row, artist in pairs):
        return []
    times = whole[0] if _are_cues(whole[0]) else [""] * len(rows)
    return [
        f"[{time}] {row}" if time else row
        for time, row in zip(times, rows, strict=True)
    ]


def _are_cues(column: Sequence[str]) -> bool:
    """Return whether lines are times that rise: lengths of tracks do not."""
    if not all(map(_CLOCK.fullmatch, column)):
        return False
    times = [tuple(map(int, text.split(":"))) for text in column]
    return all(map(operator.lt, times, times[1:]))


def _is_by(row: str, artist: str) -> bool:
    """Return whether a row that was put together parts again where it was."""
    parts = parted(row)
    return parts is not None and parts[0] == artist


def _title_place(
    columns: Sequence[Sequence[str]],
    names: Sequence[Sequence[str]],
    versions: Sequence[int],
) -> int | None:
    """Return which of the first two columns of names has the titles."""
    if versions:
        above = columns[versions[0] - 1] if versions[0] else None
        places = [place for place, column in enumerate(names[:2]) if column is above]
    else:
        places = [
            place for place, column in enumerate(names[:2]) if _have_versions(column)
        ]
    return places[0] if len(places) == 1 else None


def _are_names(column: Sequence[str]) -> bool:
    return not all(map(_NO_NAME.fullmatch, column))


def _are_versions(column: Sequence[str]) -> bool:
    """Return whether lines are versions without brackets: "Original Mix"."""
    told = sum(is_version(text, last=True) for text in column)
    return told >= _VERSION_LINES_SHARE * len(column) and not _have_versions(column)


def _have_versions(column: Sequence[str]) -> bool:
    told = sum(any(map(is_version, _ends(text))) for text in column)
    return told >= _LEAST_VERSIONS_SHARE * len(column)


def _ends(text: str) -> Iterator[str]:
    if found := _VERSION_END.search(text):
        yield found[1]


def _with_version(title: str, version: str) -> str:
    return f"{title} ({version})" if version else title
