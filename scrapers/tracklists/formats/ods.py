"""OpenDocument's spreadsheets as rows of printed cells."""

import re
from collections.abc import Iterator
from itertools import islice
from xml.etree.ElementTree import Element
from zipfile import ZipFile

from scrapers.tracklists.decoding import load_xml, whole_number
from scrapers.tracklists.formats.markup import all_named, attributes, name_of
from scrapers.tracklists.formats.zipped import DAMAGES
from scrapers.tracklists.tracklist import NotUnderstood

_CONTENT = "content.xml"
_MAX_COLUMNS = 100
_MAX_ROWS = 100_000
_TIME = re.compile(r"PT(\d{1,4})H(\d{1,2})M(\d{1,2})(?:[.,]\d{1,9})?S", re.ASCII)
_NOT_PRINTED = frozenset({"annotation"})


def sheets(archive: ZipFile, _content: bytes) -> Iterator[tuple[str, list[list[str]]]]:
    """
    Yield every sheet's name and rows.

    Raises:
        NotUnderstood: the document is damaged.
    """
    try:
        text = archive.read(_CONTENT).decode("utf-8", "replace")
    except DAMAGES as error:
        raise NotUnderstood(f"the spreadsheet is damaged: {error}") from error
    for table in all_named(load_xml(text), "table"):
        yield attributes(table).get("name", ""), _rows(table)


def _rows(table: Element) -> list[list[str]]:
    rows = islice(all_named(table, "table-row"), _MAX_ROWS)
    try:
        return [_cells(row) for row in rows]
    except RecursionError as error:
        raise NotUnderstood("a cell is nested beyond reason") from error


def _cells(row: Element) -> list[str]:
    cells: list[str] = []
    for cell in row:
        if name_of(cell) not in {"table-cell", "covered-table-cell"}:
            continue
        of = attributes(cell)
        # rows are filled up to thousands of columns with one empty cell
        repeated = whole_number(of.get("number-columns-repeated")) or 1
        left = _MAX_COLUMNS - len(cells)
        cells.extend([_printed(cell, of)] * min(repeated, left))
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _printed(cell: Element, of: dict[str, str]) -> str:
    if found := _TIME.fullmatch(of.get("time-value", "")):
        hours, minutes, seconds = (int(part) for part in found.groups())
        shown = _text(cell)
        if shown.count(":") == 1 and not seconds:
            return f"{hours}:{minutes:02}"
        return f"{hours}:{minutes:02}:{seconds:02}"
    return of.get("date-value") or _text(cell)


def _text(element: Element) -> str:
    """Return what is printed in a cell, without the remarks pinned to it."""
    parts = [element.text or ""]
    for part in element:
        name = name_of(part)
        if name not in _NOT_PRINTED:
            parts.append(" " if name in {"s", "tab", "line-break"} else _text(part))
        parts.append(part.tail or "")
        if name == "p":
            parts.append(" ")
    return " ".join("".join(parts).split())
