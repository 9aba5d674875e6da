"""The track list that Traktor exports as HTML, read without a tree of the page."""

import re

from scrapers.tracklists.clock import DAY_SECONDS, since_first, time_of_day_seconds
from scrapers.tracklists.decoding import single_spaced
from scrapers.tracklists.names import row_of_fields
from scrapers.tracklists.reading.pages import read_html
from scrapers.tracklists.tracklist import NoTracklist, Row, Tracklist

_TITLE_PREFIX = "Track List:"
# The columns that a row is made of.
_WANTED = ("Artist", "Title", "Label", "Start Time")
_ARTIST, _TITLE, _LABEL, _STARTED = range(len(_WANTED))
_NAMED_SO = re.compile(r"\s*track list", re.IGNORECASE)
_FIRST_NAME = re.compile(r"<(?:h1|title)\b[^<>]{0,500}>", re.IGNORECASE)

# A row's cells of the wanted columns; "" where the DJ has not shown one.
Record = list[str]


def is_export(content: str) -> bool:
    """Recognise the export by the page's title; other pages have tables, too."""
    first = _FIRST_NAME.search(content)
    return first is not None and _NAMED_SO.match(content, first.end()) is not None


def parse(content: str) -> tuple[Tracklist, ...]:
    """
    Read the export; its columns are those the DJ chose to show.

    Raises:
        NoTracklist: there is no table of tracks, or it is empty.
    """
    page = _Page()
    read_html(content, page)
    records = [record for record in page.records if record[_TITLE]]
    if not records:
        raise NoTracklist("Traktor's track list has no rows")
    title = page.title.removeprefix(_TITLE_PREFIX).strip()
    return (Tracklist(format="traktor", rows=_rows(records), title=title or None),)


def _rows(records: list[Record]) -> tuple[Row, ...]:
    times = (time_of_day_seconds(record[_STARTED]) for record in records)
    cues = since_first(times, wrap_seconds=DAY_SECONDS)
    return tuple(
        row_of_fields(
            position,
            record[_ARTIST],
            record[_TITLE],
            label=record[_LABEL] or None,
            cue_seconds=cue,
        )
        for position, (record, cue) in enumerate(
            zip(records, cues, strict=True), start=1
        )
    )


class _Page:
    """Takes tags and texts as they come, and keeps what rows are made of."""

    def __init__(self) -> None:
        self.title = ""
        self.records: list[Record] = []
        self._places: list[int | None] = []
        self._headings: list[str] = []
        self._cells: list[str] = []
        self._text: list[str] | None = None

    def start(self, tag: str, _attributes: object) -> None:
        """Begin an element."""
        if tag == "tr":
            self._headings, self._cells = [], []
        elif tag in {"td", "th", "h1"}:
            self._text = []

    def data(self, text: str) -> None:
        """Take text."""
        if self._text is not None:
            self._text.append(text)

    def end(self, tag: str) -> None:
        """End an element."""
        if tag == "tr":
            self._end_row()
        elif tag in {"td", "th", "h1"} and self._text is not None:
            text, self._text = single_spaced("".join(self._text)), None
            if tag == "h1":
                self.title = self.title or text
            else:
                (self._cells if tag == "td" else self._headings).append(text)

    def close(self) -> None:
        """End the page."""

    def _end_row(self) -> None:
        if self._headings and not self._places:
            # of two columns with one heading the later one counts
            places = {heading: place for place, heading in enumerate(self._headings)}
            if {"Artist", "Title"} <= places.keys():
                self._places = [places.get(heading) for heading in _WANTED]
        elif self._cells and self._places:
            cells = self._cells
            self.records.append(
                [
                    cells[place] if place is not None and place < len(cells) else ""
                    for place in self._places
                ]
            )
