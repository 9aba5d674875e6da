"""Texts with a field a line: blocks of artist, title and what a page shows besides."""

import re
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from scrapers.tracklists.lists.block_rows import CLOCK, named, rows_of_blocks
from scrapers.tracklists.lists.listed_lines import HEADING
from scrapers.tracklists.tables import columns
from scrapers.tracklists.tables.columns import ARTISTS, LABELS, TITLES, column_name

# Fewer neighbours may be a coincidence among other text.
_LEAST_BLOCKS = 3
_NAMES = frozenset({"artist", "title"})
_MOST_LINES = 10
_FIELD = re.compile(r"(?P<name>[^\W\d_][^:]{1,30}?)\s?:\s*(?P<value>\S.*)")
_NUMBER_ALONE = re.compile(r"#?(\d{1,3})[.):]?")
# A track's length, alone or behind other fields, ends what a player shows of it.
_LENGTH_END = re.compile(r"(?:.*\s[·•]\s)?\d{1,2}(?::\d{2}){1,2}")
# What a player shows beside a title: its marks, in lines of their own.
_MARKS = frozenset(
    {"e", "explicit", "🅴", "lyrics", "video", "music video", "preview", "•", "·"}
)
_HEADER = frozenset(
    (
        *(*columns.ARTISTS, *columns.TITLES, *columns.LABELS, *columns.LENGTHS),
        *(*columns.MAYBE_CUES, *columns.NUMBERS),
        *map(column_name, ("album", "date added", "added", "added by", "plays", "#")),
    )
)

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
            rows += [named(**row)] if is_whole else []
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


def unlabelled(texts: Sequence[str]) -> Blocks:
    """
    Read blocks of equally many lines: below numbers, above lengths, or apart.

    Which line is the title is known by the versions in it, or below it, or by the
    kind of program; else nothing tells it from the artist.
    """
    texts = _without_marks(texts)
    for parts in (_counted(texts), _ended(texts), _parted(texts)):
        blocks, besides = _alike(parts)
        is_told = any(map(HEADING.search, besides))
        if blocks and (rows := rows_of_blocks(blocks, is_told=is_told)):
            return Blocks(rows, besides)
    return NO_BLOCKS


def _without_marks(texts: Sequence[str]) -> Texts:
    """Leave out a player's marks, and the names of its columns above the rows."""
    kept = [text for text in texts if text.casefold() not in _MARKS]
    first = next((n for n, text in enumerate(kept) if not _is_header(text)), 0)
    return kept[first:] if sum(map(bool, kept[:first])) > 1 else kept


def _is_header(text: str) -> bool:
    return not text or column_name(text) in _HEADER or text == "#"


def _ended(texts: Sequence[str]) -> list[Texts]:
    """Return the lines that end with a track's length, and all that are above it."""
    parts: list[Texts] = [[]]
    for text in filter(None, texts):
        parts[-1].append(text)
        if _LENGTH_END.fullmatch(text):
            parts.append([])
    # above the first block are the list's own title and facts
    usual = len(parts[1]) if len(parts) > _LEAST_BLOCKS else 0
    # with a time above the first names, or none below the last, times are places
    if not usual or len(parts[0]) == 1 or len(parts[-1]) == usual - 1:
        return []
    above, first = parts[0][:-usual], parts[0][-usual:]
    return [above, first, *parts[1:]] if above else parts


def _parted(texts: Sequence[str]) -> list[Texts]:
    runs = groupby(texts, key=bool)
    parts: list[Texts] = []
    for lines in (list(lines) for filled, lines in runs if filled):
        if parts and len(parts[-1]) == 1 and CLOCK.fullmatch(parts[-1][0]):
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
