"""Exports with a header row: rekordbox TXT, Serato CSV, 1001Tracklists CSV, others."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from scrapers.tracklists.clock import DAY_SECONDS, since_first, time_of_day_seconds
from scrapers.tracklists.facts import NO_FACTS
from scrapers.tracklists.names import row_of_fields, row_of_name
from scrapers.tracklists.reading.brackets import known_label
from scrapers.tracklists.reading.times import TIME, are_durations, mean_step, read_time
from scrapers.tracklists.tables import columns
from scrapers.tracklists.tables.cells import (
    DECK,
    MASHUP,
    NOWHERE,
    PAGE_KEY,
    PARTS,
    REKORDBOX_TITLE,
    SET_TITLES,
    START_TIME,
    Record,
    Table,
    cell,
    read_table,
)
from scrapers.tracklists.tables.table_facts import facts_of
from scrapers.tracklists.tracklist import NoTracklist, NotUnderstood, Row, Tracklist

__all__ = ["Table", "parse", "read_table"]

_WITH_PREVIOUS = ("w/", "w", "+")
_CLOCK = re.compile(rf"\s*{TIME}\s*")
# Of a column "name", the share that must hold artist and title.
_LEAST_NAMED_SHARE = 0.5
# Less between two tracks, and the column says how long they last.
_LEAST_STEP_SECONDS = 20


def parse(table: Table) -> tuple[Tracklist, ...]:
    """
    Read a table; one tracklist for each part or set it names.

    Raises:
        NoTracklist: there are no rows below the header.
        NotUnderstood: its names do not part into artist and title.
    """
    part, title = table.place(PARTS), table.place(SET_TITLES)
    parts: dict[str, list[Record]] = {}
    for record in _tracks(table):
        parts.setdefault(cell(record, part), []).append(record)
    if not parts:
        raise NoTracklist("the table has a header and no tracks below it")
    keyed = table.column(PARTS) == PAGE_KEY
    return tuple(
        Tracklist(
            format=_format(table),
            rows=_rows(table, records),
            title=(name if title == NOWHERE else cell(records[0], title)) or None,
            source_key=name if keyed else None,
        )
        for name, records in parts.items()
    )


def _format(table: Table) -> str:
    if REKORDBOX_TITLE in table.header:
        return "rekordbox"
    if "name" in table.header and START_TIME in table.header:
        return "serato"
    return "tracklists1001" if PAGE_KEY in table.header else "table"


class _Places(NamedTuple):
    """Where in a record the columns stand."""

    artist: int
    title: int
    name: int
    leading: int
    version: int
    label: int
    catalogue: int


def _places(table: Table) -> _Places:
    wanted = (
        *(columns.ARTISTS, columns.TITLES, columns.BOTH, columns.LEADING_ARTISTS),
        *(columns.VERSIONS, columns.LABELS, columns.CATALOGUE_NUMBERS),
    )
    found = _Places(*map(table.place, wanted))
    if found.artist == found.name == NOWHERE:
        # one column has both names
        return found._replace(name=found.title)
    return found


def _tracks(table: Table) -> Iterator[Record]:
    """Yield the records that name a track; an export has rows of its own."""
    names = _places(table)[:3]
    is_serato, deck = _format(table) == "serato", table.place((DECK,))
    for record in table.records:
        # the first row of Serato is the session: it has no artist and no deck
        of_session = (
            is_serato and not cell(record, names[0]) and not cell(record, deck, DECK)
        )
        if not of_session and any(cell(record, name) for name in names):
            yield record


def _rows(table: Table, records: Sequence[Record]) -> tuple[Row, ...]:
    number, mashup = table.place(columns.NUMBERS), table.place((MASHUP,))
    found, cues = _places(table), _cues(table, records)
    known = facts_of(table.header, time_is_length=not any(c is not None for c in cues))
    rows = []
    for position, (record, cue) in enumerate(zip(records, cues, strict=True), start=1):
        row = _row(found, position, record, cue)
        facts = known(record)
        row = row if facts is NO_FACTS else row._replace(facts=facts)
        printed = cell(record, number, "1").lower()
        # In 1001Tracklists' exports the parts of a mashup have no number.
        part_of_mashup = not printed and cell(record, mashup).lower() == "true"
        if printed in _WITH_PREVIOUS or part_of_mashup:
            row = row._replace(played_with_previous=True)
        rows.append(row)
    named = sum(row.artist is not None for row in rows)
    if found.artist == NOWHERE and named < len(rows) * _LEAST_NAMED_SHARE:
        raise NotUnderstood("the names in the table do not part into artist and title")
    return tuple(rows)


def _row(found: _Places, position: int, record: Record, cue_seconds: int | None) -> Row:
    # not `cell` seven times a row: tables have many rows
    width = len(record)
    artist, title, name, leading, version, printed_label, number = [
        record[place] if place < width else "" for place in found
    ]
    label = known_label(printed_label)
    if leading and name.startswith(leading):
        # The separator is behind the artist, who may have a dash in his name.
        credit, _, title = name[len(leading) :].partition(" - ")
        return row_of_fields(
            position,
            leading + credit,
            title,
            label=label,
            cue_seconds=cue_seconds,
        )
    if leading or found.artist == NOWHERE:
        row = row_of_name(position, name, cue_seconds=cue_seconds)
        return row._replace(label=row.label or label)
    row = row_of_fields(
        position,
        artist,
        _with_version(title or name, version),
        label=label,
        cue_seconds=cue_seconds,
    )
    if number and not row.catalog_number:
        return row._replace(catalog_number=number)
    return row


def _with_version(title: str, version: str) -> str:
    if not title or not version or version.casefold() in title.casefold():
        return title
    return f"{title} ({version.strip('()')})"


def _cues(table: Table, records: Sequence[Record]) -> list[int | None]:
    none: list[int | None] = [None] * len(records)
    column = table.column(columns.CUES)
    if column == START_TIME:
        place = table.place((START_TIME,))
        times = [time_of_day_seconds(cell(record, place)) for record in records]
        return since_first(times, wrap_seconds=DAY_SECONDS)
    sure = column or (
        table.column(columns.MAYBE_CUES) if PAGE_KEY in table.header else None
    )
    maybe = sure or table.column(columns.MAYBE_CUES)
    # rekordbox' "Time" is how long the track is, not when it was played.
    if not maybe or REKORDBOX_TITLE in table.header:
        return none
    place = table.place((maybe,))
    printed = [cell(record, place) for record in records]
    read = [read_time(text) if _CLOCK.fullmatch(text) else None for text in printed]
    known = [time for time in read if time]
    if not sure and (are_durations(known) or mean_step(known) < _LEAST_STEP_SECONDS):
        return none
    return [time.seconds if time else None for time in read]
