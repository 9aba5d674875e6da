"""Spreadsheets, XLSX and ODS: each sheet is a table or a list."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from zipfile import ZipFile

from scrapers.tracklists.formats import ods, tables, text, xlsx
from scrapers.tracklists.formats.zipped import opened
from scrapers.tracklists.tables import cells
from scrapers.tracklists.tracklist import (
    NoTracklist,
    NotUnderstood,
    Tracklist,
    TracklistError,
)

# A sheet's name and its rows of cells.
Sheet = tuple[str, list[list[str]]]

_READERS: tuple[tuple[str, str, Callable[[ZipFile, bytes], Iterable[Sheet]]], ...] = (
    ("xlsx", "xl/workbook.xml", xlsx.sheets),
    ("ods", "content.xml", ods.sheets),
)
_OTHERS = (
    ("word/document.xml", "a Word document; save it as text"),
    ("Index/Document.iwa", "a document of Numbers; export it as CSV"),
    ("Index/Tables/DataList.iwa", "a document of Numbers; export it as CSV"),
    ("xl/workbook.bin", "a binary Excel workbook; save it as XLSX or CSV"),
)
# Sheets name themselves so where nobody did.
_NO_NAMES = ("sheet", "tabelle", "table", "feuil", "hoja", "foglio", "planilha", "лист")


def parse(content: bytes) -> tuple[Tracklist, ...]:
    """
    Read every sheet that is a tracklist.

    Raises:
        NotUnderstood: the archive is another one, damaged, or too large.
        NoTracklist: there is none in any sheet.
    """
    archive = opened(content)
    names = set(archive.namelist())
    for form, part, sheets in _READERS:
        if part in names:
            return _tracklists(form, sheets(archive, content))
    look = next((look for part, look in _OTHERS if part in names), None)
    raise NotUnderstood(
        "the file is binary: it looks like " + (look or "a ZIP archive of another kind")
    )


def _tracklists(form: str, sheets: Iterable[Sheet]) -> tuple[Tracklist, ...]:
    found: list[Tracklist] = []
    why: TracklistError | None = None
    for name, rows in sheets:
        filled = [row for row in rows if any(row)]
        if not filled:
            continue
        try:
            of_sheet = _of_sheet(filled)
        except TracklistError as error:
            why = why or error
            continue
        title = None if name.lower().startswith(_NO_NAMES) else name
        found.extend(
            replace(one, format=form, title=one.title or title) for one in of_sheet
        )
    if found:
        return tuple(found)
    why = why or NoTracklist("it is empty")
    raise type(why)(f"it looks like a spreadsheet ({form.upper()}): {why}")


def _of_sheet(rows: Sequence[Sequence[str]]) -> tuple[Tracklist, ...]:
    if table := cells.table_of(rows):
        return tables.parse(table)
    return (text.parse("\n".join(_lines(rows))),)


def _lines(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield rows without a header as printed: one cell, or artist and title."""
    for row in rows:
        cells = [cell for cell in row if cell]
        yield " - ".join(cells) if len(cells) == 2 else "\t".join(cells)
