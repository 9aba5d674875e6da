"""A text as a table: its header, and the cells of the columns that we know."""

import csv
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from textwrap import shorten

from scrapers.tracklists.decoding import lines_of, single_spaced
from scrapers.tracklists.reading.names import parted
from scrapers.tracklists.reading.plain import plain
from scrapers.tracklists.tables import columns, table_facts
from scrapers.tracklists.tables.columns import column_name
from scrapers.tracklists.tracklist import NotUnderstood

PAGE_KEY = column_name("tracklist_id")
PARTS = ("part", PAGE_KEY, "playlist")
SET_TITLES = (column_name("tracklist_name"), column_name("playlist_name"))
REKORDBOX_TITLE = "track title"
START_TIME = "start time"
DECK, MASHUP = "deck", "mashup"
# The place of a column that a table has not.
NOWHERE = sys.maxsize

_KNOWN = frozenset(
    chain(*columns.ALL, PARTS, SET_TITLES, (DECK, MASHUP), table_facts.NAMES)
)
_DELIMITERS = ("\t", ",", ";", "|")
_HEADER_LINES = 3
# A sheet has a heading above it, with the DJ, the place and the date.
_HEADER_ROWS = 10
_MARKDOWN_RULE = re.compile(r"\|?[\s:|-]*-[\s:|-]*\|?")
# A table of another kind has as many cells in every row.
_LEAST_UNKNOWN_COLUMNS = 3
_LEAST_UNKNOWN_ROWS = 3

# Of a refused table's header, in the error.
_TOLD_LETTERS = 200
# Without a header: signs that are between cells, and in prose hardly ever.
_BETWEEN_CELLS = ("\t", ";", "|")
_LEAST_SIGNS = 2
# More columns than any program writes.
_MOST_SIGNS = 100
_TEXTS = (columns.ARTISTS[0], columns.TITLES[0], columns.LABELS[0])
_CLOCK = re.compile(r"\d{1,2}(?::\d{2}){1,2}")
# Places, sides of a record, times, years, tempi and keys.
_NUMBERS = re.compile(
    r"[#\d.,:%/ -]*|[A-H]{1,2}\d{1,2}|(?:1[0-2]|[1-9])[AB]|[A-G][#b♯♭]?m?"
)

# The cells of a row, as far as it has any.
Record = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """
    A header and the rows below it, without the columns that nobody asks for.

    Args:
        header: the columns' names, folded.
    """

    header: tuple[str, ...]
    records: tuple[Record, ...]

    def column(self, names: Iterable[str]) -> str | None:
        """Return the first of the names that is a column here."""
        return next((name for name in names if name in self.header), None)

    def place(self, names: Iterable[str]) -> int:
        """Return the place of that column in a record; NOWHERE if there is none."""
        name = self.column(names)
        return NOWHERE if name is None else self.header.index(name)


def cell(record: Record, place: int, default: str = "") -> str:
    """Return the cell at a place; the default where the row has none."""
    return record[place] if place < len(record) else default


def read_table(text: str) -> Table | None:
    """
    Find a header with a title among the first lines; None when this is no table.

    Raises:
        NotUnderstood: it is a table, and its columns are not known.
    """
    lines = [line for line in lines_of(text) if line.strip()]
    for first, line in enumerate(lines[:_HEADER_LINES]):
        # without any of them there is one column, whichever is meant
        found = [sign for sign in _DELIMITERS if sign in line] or [_DELIMITERS[0]]
        for delimiter in found:
            header = next(_fields([line], delimiter), None)
            if header and _is_header(header):
                del lines[: first + 1]
                return _table(header, lines, delimiter)
    for delimiter in _BETWEEN_CELLS:
        if table := _without_header(lines, delimiter):
            return table
    for delimiter in _DELIMITERS:
        if len(lines) > _LEAST_UNKNOWN_ROWS and (
            names := _unknown_columns(lines, delimiter)
        ):
            raise NotUnderstood(
                "the columns of the table are not known as artist and title: "
                + shorten(", ".join(names), _TOLD_LETTERS, placeholder=" …")
            )
    return None


def table_of(rows: Sequence[Sequence[str]]) -> Table | None:
    """Find a header among the first rows of cells; None when there is none."""
    for first, cells in enumerate(rows[:_HEADER_ROWS]):
        if _is_header(cells):
            return _of_records(cells, rows[first + 1 :])
    return None


def _without_header(lines: Sequence[str], delimiter: str) -> Table | None:
    """
    Read rows of cells without a header: artist, title and perhaps a label.

    Columns of numbers and times may be between them. What parts by a dash within a
    cell, or has more columns of text, is no such table.
    """
    signs = lines[0].count(delimiter) if lines else 0
    if len(lines) < _LEAST_UNKNOWN_ROWS or not _LEAST_SIGNS <= signs <= _MOST_SIGNS:
        return None
    rows = list(_fields(lines, delimiter))
    if len({len(row) for row in rows}) != 1:
        return None
    cells_by_column = [
        [_cleaned(cell) for cell in column] for column in zip(*rows, strict=True)
    ]
    texts = [
        column for column in cells_by_column if not all(map(_NUMBERS.fullmatch, column))
    ]
    if not 2 <= len(texts) <= len(_TEXTS) or any(map(parted, chain(*texts))):
        return None
    cues = [column for column in cells_by_column if all(map(_CLOCK.fullmatch, column))]
    header = (*_TEXTS[: len(texts)], *columns.CUES[: len(cues[:1])])
    return Table(header, tuple(zip(*texts, *cues[:1], strict=True)))


def _is_header(cells: Sequence[str]) -> bool:
    names = {column_name(cell) for cell in cells}
    if names.intersection(columns.ARTISTS):
        return bool(names.intersection(columns.TITLES + columns.BOTH))
    others = names.intersection(
        columns.CUES + columns.LENGTHS + columns.LABELS + columns.ENDS + columns.NUMBERS
    )
    if names.intersection(columns.BOTH) and others:
        return True
    # "Time | Track" above "Artist - Title"
    timed = names.intersection(columns.CUES + columns.MAYBE_CUES + columns.NUMBERS)
    return bool(names.intersection(columns.TITLES) and timed)


def _unknown_columns(lines: Sequence[str], delimiter: str) -> list[str]:
    """Return the header of a table of an unknown kind; empty when it is no table."""
    if lines[0].count(delimiter) < _LEAST_UNKNOWN_COLUMNS - 1:
        return []
    header = next(_fields(lines[:1], delimiter), [])
    if len(header) < _LEAST_UNKNOWN_COLUMNS or not all(
        cell.strip() and parted(cell) is None and not cell.strip()[0].isdigit()
        for cell in header
    ):
        return []
    alike = all(len(cells) == len(header) for cells in _fields(lines, delimiter))
    return [cell.strip() for cell in header] if alike else []


def _table(header: Sequence[str], lines: Sequence[str], delimiter: str) -> Table:
    return _of_records(header, _fields(lines, delimiter))


def _of_records(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    # of two columns with one name the later one counts
    places = {column_name(cell): place for place, cell in enumerate(header)}
    kept = sorted((place, name) for name, place in places.items() if name in _KNOWN)
    records = (
        tuple(_cleaned(cells[place]) for place, _ in kept if place < len(cells))
        for cells in rows
    )
    return Table(tuple(name for _, name in kept), tuple(filter(any, records)))


def _cleaned(text: str) -> str:
    text = single_spaced(text)
    # Discogs prints a dash in front of each artist, or behind
    text = text[1:] if text[:1] == "–" and text[1:2].strip() else text
    text = text[:-1] if text[-1:] == "–" and text[-2:-1].strip() else text
    return plain(text) if "&" in text or "*" in text or "](" in text else text


def _fields(lines: Sequence[str], delimiter: str) -> Iterator[list[str]]:
    # Exports with tabs or bars do not quote: a quotation mark there is of a title.
    try:
        if delimiter in "\t|":
            rows = csv.reader(
                _without_frame(lines, delimiter),
                delimiter=delimiter,
                quoting=csv.QUOTE_NONE,
            )
            yield from ([_unquoted(cell) for cell in row] for row in rows)
            return
        # the line's end is given back: a quoted cell may hold one
        ended = (f"{line}\n" for line in lines)
        yield from csv.reader(ended, delimiter=delimiter, skipinitialspace=True)
    except csv.Error as error:
        raise NotUnderstood(f"the table cannot be read: {error}") from error


def _unquoted(cell: str) -> str:
    """Take off the quotation marks that hold all of a cell."""
    cell = cell.strip()
    inner = cell[1:-1]
    return inner if cell == f'"{inner}"' and '"' not in inner else cell


def _without_frame(lines: Sequence[str], delimiter: str) -> Iterator[str]:
    """Yield the rows of a table in Markdown without its frame."""
    for line in lines:
        text = line.strip() if delimiter == "|" else line
        if delimiter == "|" and text.startswith("|"):
            if _MARKDOWN_RULE.fullmatch(text):
                continue
            text = text.strip("|")
        elif delimiter == "|" and _MARKDOWN_RULE.fullmatch(text):
            continue
        yield text
