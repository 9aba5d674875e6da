"""Exports with a header row: rekordbox TXT, Serato CSV, 1001Tracklists CSV, others."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, replace

from scrapers.tracklists.clock import (
    DAY_SECONDS,
    clock_seconds,
    since_first,
    time_of_day_seconds,
)
from scrapers.tracklists.decoding import lines_of, single_spaced
from scrapers.tracklists.names import row_of_fields, row_of_name
from scrapers.tracklists.tracklist import NoTracklist, NotUnderstood, Row, Tracklist

# What exports call their columns, best first; compared in lower case.
_TITLE = ("track title", "title", "song", "track name", "track", "tracktitel", "titel")
_ARTIST = (
    "artist",
    "artists",
    "performer",
    "artist name",
    "artist name(s)",
    "künstler",
)
# One column that holds "Artist - Title"; 1001Tracklists also gives the artist alone.
_NAME = ("name", "raw")
_LEADING_ARTIST = ("byartist",)
_CUE = ("timestamp", "cue", "time", "start time", "position in mix")
_NUMBER = ("track_number", "#", "num.", "number", "position", "no.")
_LABEL = ("label",)
_PAGE_KEY = "tracklist_id"
_PART = ("part", _PAGE_KEY, "playlist")
_SET_TITLE = ("tracklist_name", "playlist_name")

_WITH_PREVIOUS = ("w/", "w", "+")
_HEADER_LINES = 3


@dataclass(frozen=True, slots=True)
class Table:
    """
    A header and the rows below it.

    Args:
        header: the columns' names in lower case.
    """

    header: tuple[str, ...]
    records: tuple[dict[str, str], ...]

    def column(self, names: Iterable[str]) -> str | None:
        """Give the first of the names that is a column here."""
        return next((name for name in names if name in self.header), None)


def read_table(text: str) -> Table | None:
    """Find a header with a title among the first lines; None when there is none."""
    lines = [line for line in lines_of(text) if line.strip()]
    for first, line in enumerate(lines[:_HEADER_LINES]):
        for delimiter in ("\t", ",", ";"):
            header = _fields([line], delimiter)
            if header and _is_header(header[0]):
                return _table(header[0], lines[first + 1 :], delimiter)
    return None


def _is_header(cells: list[str]) -> bool:
    names = {cell.strip().lower() for cell in cells}
    artist = names.intersection(_ARTIST + _LEADING_ARTIST)
    title = names.intersection(_TITLE + _NAME)
    return bool(artist and title)


def _table(header: list[str], lines: list[str], delimiter: str) -> Table:
    names = tuple(cell.strip().lower() for cell in header)
    records = tuple(
        dict(zip(names, (single_spaced(cell) for cell in cells), strict=False))
        for cells in _fields(lines, delimiter)
    )
    return Table(names, records)


def _fields(lines: list[str], delimiter: str) -> list[list[str]]:
    # Tab-separated exports do not quote: a quotation mark there is part of a title.
    try:
        if delimiter == "\t":
            return list(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
        return list(csv.reader(lines, delimiter=delimiter))
    except csv.Error as error:
        raise NotUnderstood(f"the table cannot be read: {error}") from error


def parse(table: Table) -> tuple[Tracklist, ...]:
    """
    Read a table; one tracklist for each part or set it names.

    Raises:
        NoTracklist: there are no rows below the header.
    """
    part = table.column(_PART)
    parts: dict[str, list[dict[str, str]]] = {}
    for record in table.records:
        if _named(table, record):
            parts.setdefault(record.get(part, "") if part else "", []).append(record)
    if not parts:
        raise NoTracklist("the table has a header and no tracks below it")
    set_title = table.column(_SET_TITLE)
    return tuple(
        Tracklist(
            format=_format(table),
            rows=_rows(table, records),
            title=(records[0].get(set_title, "") if set_title else name) or None,
            source_key=name if part == _PAGE_KEY else None,
        )
        for name, records in parts.items()
    )


def _format(table: Table) -> str:
    if "track title" in table.header:
        return "rekordbox"
    if "name" in table.header and "start time" in table.header:
        return "serato"
    return "tracklists1001" if _PAGE_KEY in table.header else "table"


def _named(table: Table, record: dict[str, str]) -> bool:
    """A row of the export's own (Serato's first is the session) names no track."""
    title = record.get(table.column(_TITLE) or table.column(_NAME) or "", "")
    artist = record.get(table.column(_ARTIST) or "", "")
    return bool(title or artist) and not (
        _format(table) == "serato" and not artist and not record.get("deck", "deck")
    )


def _rows(table: Table, records: list[dict[str, str]]) -> tuple[Row, ...]:
    number, cues = table.column(_NUMBER), _cues(table, records)
    rows = []
    for position, (record, cue) in enumerate(zip(records, cues, strict=True), start=1):
        row = _row(table, position, record, cue)
        printed = record.get(number, "1").lower() if number else "1"
        # In 1001Tracklists' exports the parts of a mashup have no number.
        part_of_mashup = not printed and record.get("mashup", "").lower() == "true"
        with_previous = printed in _WITH_PREVIOUS or part_of_mashup
        rows.append(replace(row, played_with_previous=with_previous))
    return tuple(rows)


def _row(
    table: Table, position: int, record: dict[str, str], cue_seconds: int | None
) -> Row:
    def value(names: Iterable[str]) -> str:
        return record.get(table.column(names) or "", "")

    label = value(_LABEL) or None
    artist, title = value(_ARTIST), value(_TITLE)
    if table.column(_ARTIST):
        title = title or value(_NAME)
        return row_of_fields(
            position, artist, title, label=label, cue_seconds=cue_seconds
        )
    name, leading = value(_NAME), value(_LEADING_ARTIST)
    if not name.startswith(leading):
        return row_of_name(position, name, cue_seconds=cue_seconds)
    # The separator stands behind the artist, who may have a dash in his name.
    credit, _, title = name[len(leading) :].partition(" - ")
    return row_of_fields(
        position, leading + credit, title, label=label, cue_seconds=cue_seconds
    )


def _cues(table: Table, records: list[dict[str, str]]) -> list[int | None]:
    # rekordbox' "Time" is how long the track is, not when it was played.
    if "track title" in table.header:
        return [None] * len(records)
    column = table.column(_CUE)
    if not column:
        return [None] * len(records)
    if column == "start time":
        times = [time_of_day_seconds(record.get(column, "")) for record in records]
        return since_first(times, wrap_seconds=DAY_SECONDS)
    return [clock_seconds(record.get(column, "")) for record in records]
