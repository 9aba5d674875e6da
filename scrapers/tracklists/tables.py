"""Exports with a header row: rekordbox TXT, Serato CSV, 1001Tracklists CSV, others."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from scrapers.tracklists import columns
from scrapers.tracklists.clock import DAY_SECONDS, since_first, time_of_day_seconds
from scrapers.tracklists.columns import column_name
from scrapers.tracklists.decoding import lines_of, single_spaced
from scrapers.tracklists.names import row_of_fields, row_of_name
from scrapers.tracklists.reading.names import parted
from scrapers.tracklists.reading.plain import plain
from scrapers.tracklists.reading.times import TIME, are_durations, mean_step, read_time
from scrapers.tracklists.tracklist import NoTracklist, NotUnderstood, Row, Tracklist

_PAGE_KEY = column_name("tracklist_id")
_PART = ("part", _PAGE_KEY, "playlist")
_SET_TITLE = (column_name("tracklist_name"), column_name("playlist_name"))
_REKORDBOX_TITLE = "track title"
_START_TIME = "start time"
_DECK, _MASHUP = "deck", "mashup"

_WITH_PREVIOUS = ("w/", "w", "+")
_DELIMITERS = ("\t", ",", ";", "|")
_HEADER_LINES = 3
_MARKDOWN_RULE = re.compile(r"\|?[\s:|-]*-[\s:|-]*\|?")
_CLOCK = re.compile(rf"\s*{TIME}\s*")
# A table of another kind has as many cells in every row.
_LEAST_UNKNOWN_COLUMNS = 3
_LEAST_UNKNOWN_ROWS = 3
# Of a column "name", the share that must hold artist and title.
_LEAST_NAMED_SHARE = 0.5
# Less between two tracks, and the column says how long they last.
_LEAST_STEP_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Table:
    """
    A header and the rows below it.

    Args:
        header: the columns' names, folded.
    """

    header: tuple[str, ...]
    records: tuple[dict[str, str], ...]

    def column(self, names: Iterable[str]) -> str | None:
        """Give the first of the names that is a column here."""
        return next((name for name in names if name in self.header), None)


def read_table(text: str) -> Table | None:
    """
    Find a header with a title among the first lines; None when this is no table.

    Raises:
        NotUnderstood: it is a table, and its columns are not known.
    """
    lines = [line for line in lines_of(text) if line.strip()]
    for first, line in enumerate(lines[:_HEADER_LINES]):
        for delimiter in _DELIMITERS:
            header = _fields([line], delimiter)
            if header and _is_header(header[0]):
                return _table(header[0], lines[first + 1 :], delimiter)
    for delimiter in _DELIMITERS:
        if len(lines) > _LEAST_UNKNOWN_ROWS and (
            names := _unknown_columns(lines, delimiter)
        ):
            raise NotUnderstood(
                "the columns of the table are not known as artist and title: "
                + ", ".join(names)
            )
    return None


def _is_header(cells: Sequence[str]) -> bool:
    names = {column_name(cell) for cell in cells}
    if names.intersection(columns.ARTISTS):
        return bool(names.intersection(columns.TITLES + columns.BOTH))
    others = names.intersection(
        columns.CUES + columns.LENGTHS + columns.LABELS + columns.ENDS + columns.NUMBERS
    )
    return bool(names.intersection(columns.BOTH) and others)


def _unknown_columns(lines: Sequence[str], delimiter: str) -> list[str]:
    """Give the header of a table of an unknown kind; empty when it is no table."""
    header = next(iter(_fields(lines[:1], delimiter)), [])
    if len(header) < _LEAST_UNKNOWN_COLUMNS or not all(
        cell.strip() and parted(cell) is None and not cell.strip()[0].isdigit()
        for cell in header
    ):
        return []
    sizes = {len(cells) for cells in _fields(lines, delimiter)}
    return [cell.strip() for cell in header] if sizes == {len(header)} else []


def _table(header: Sequence[str], lines: Sequence[str], delimiter: str) -> Table:
    names = tuple(column_name(cell) for cell in header)
    records = tuple(
        dict(zip(names, (_cell(cell) for cell in cells), strict=False))
        for cells in _fields(lines, delimiter)
    )
    return Table(names, records)


def _cell(text: str) -> str:
    text = single_spaced(text)
    return plain(text) if "&" in text or "*" in text or "](" in text else text


def _fields(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    # Exports with tabs or bars do not quote: a quotation mark there is of a title.
    try:
        if delimiter in "\t|":
            rows = csv.reader(
                _without_frame(lines, delimiter),
                delimiter=delimiter,
                quoting=csv.QUOTE_NONE,
            )
            return [[_unquoted(cell) for cell in row] for row in rows]
        # the line's end is given back: a quoted cell may hold one
        ended = (f"{line}\n" for line in lines)
        return list(csv.reader(ended, delimiter=delimiter, skipinitialspace=True))
    except csv.Error as error:
        raise NotUnderstood(f"the table cannot be read: {error}") from error


def _unquoted(cell: str) -> str:
    """Take off the quotation marks that hold all of a cell."""
    cell = cell.strip()
    inner = cell[1:-1]
    return inner if cell == f'"{inner}"' and '"' not in inner else cell


def _without_frame(lines: Sequence[str], delimiter: str) -> Iterator[str]:
    """Give the rows of a table in Markdown without its frame."""
    for line in lines:
        text = line.strip() if delimiter == "|" else line
        if delimiter == "|" and text.startswith("|"):
            if _MARKDOWN_RULE.fullmatch(text):
                continue
            text = text.strip("|")
        elif delimiter == "|" and _MARKDOWN_RULE.fullmatch(text):
            continue
        yield text


def parse(table: Table) -> tuple[Tracklist, ...]:
    """
    Read a table; one tracklist for each part or set it names.

    Raises:
        NoTracklist: there are no rows below the header.
        NotUnderstood: its names do not part into artist and title.
    """
    part, found = table.column(_PART), _columns(table)
    is_serato = _format(table) == "serato"
    parts: dict[str, list[dict[str, str]]] = {}
    for record in table.records:
        if _names_track(found, record, is_serato=is_serato):
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
    if _REKORDBOX_TITLE in table.header:
        return "rekordbox"
    if "name" in table.header and _START_TIME in table.header:
        return "serato"
    return "tracklists1001" if _PAGE_KEY in table.header else "table"


class _Columns(NamedTuple):
    """What the columns of a table are called; "" for one that it has not."""

    artist: str
    title: str
    name: str
    leading: str
    version: str
    label: str
    catalogue: str


def _columns(table: Table) -> _Columns:
    wanted = (
        *(columns.ARTISTS, columns.TITLES, columns.BOTH, columns.LEADING_ARTISTS),
        *(columns.VERSIONS, columns.LABELS, columns.CATALOGUE_NUMBERS),
    )
    return _Columns(*(table.column(names) or "" for names in wanted))


def _names_track(found: _Columns, record: dict[str, str], *, is_serato: bool) -> bool:
    """A row of the export's own (Serato's first is the session) names no track."""
    artist = record.get(found.artist, "")
    named = artist or record.get(found.title, "") or record.get(found.name, "")
    return bool(named) and not (
        is_serato and not artist and not record.get(_DECK, _DECK)
    )


def _rows(table: Table, records: list[dict[str, str]]) -> tuple[Row, ...]:
    number, cues = table.column(columns.NUMBERS), _cues(table, records)
    found = _columns(table)
    rows = []
    for position, (record, cue) in enumerate(zip(records, cues, strict=True), start=1):
        row = _row(found, position, record, cue)
        printed = record.get(number, "1").lower() if number else "1"
        # In 1001Tracklists' exports the parts of a mashup have no number.
        part_of_mashup = not printed and record.get(_MASHUP, "").lower() == "true"
        if printed in _WITH_PREVIOUS or part_of_mashup:
            row = replace(row, played_with_previous=True)
        rows.append(row)
    named = sum(row.artist is not None for row in rows)
    if not found.artist and named < len(rows) * _LEAST_NAMED_SHARE:
        raise NotUnderstood("the names in the table do not part into artist and title")
    return tuple(rows)


def _row(
    found: _Columns, position: int, record: dict[str, str], cue_seconds: int | None
) -> Row:
    artist, title, name, leading, version, label, number = (
        record.get(column, "") for column in found
    )
    if leading and name.startswith(leading):
        # The separator stands behind the artist, who may have a dash in his name.
        credit, _, title = name[len(leading) :].partition(" - ")
        return row_of_fields(
            position,
            leading + credit,
            title,
            label=label or None,
            cue_seconds=cue_seconds,
        )
    if leading or not found.artist:
        row = row_of_name(position, name, cue_seconds=cue_seconds)
        return replace(row, label=row.label or label or None)
    row = row_of_fields(
        position,
        artist,
        _with_version(title or name, version),
        label=label or None,
        cue_seconds=cue_seconds,
    )
    if number and not row.catalog_number:
        return replace(row, catalog_number=number)
    return row


def _with_version(title: str, version: str) -> str:
    if not title or not version or version.casefold() in title.casefold():
        return title
    return f"{title} ({version.strip('()')})"


def _cues(table: Table, records: list[dict[str, str]]) -> list[int | None]:
    none: list[int | None] = [None] * len(records)
    column = table.column(columns.CUES)
    if column == _START_TIME:
        times = [time_of_day_seconds(record.get(column, "")) for record in records]
        return since_first(times, wrap_seconds=DAY_SECONDS)
    sure = column or (
        table.column(columns.MAYBE_CUES) if _PAGE_KEY in table.header else None
    )
    maybe = sure or table.column(columns.MAYBE_CUES)
    # rekordbox' "Time" is how long the track is, not when it was played.
    if not maybe or _REKORDBOX_TITLE in table.header:
        return none
    printed = [record.get(maybe, "") for record in records]
    read = [read_time(text) if _CLOCK.fullmatch(text) else None for text in printed]
    known = [time for time in read if time]
    if not sure and (are_durations(known) or mean_step(known) < _LEAST_STEP_SECONDS):
        return none
    return [time.seconds if time else None for time in read]
