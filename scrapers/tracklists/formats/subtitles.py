"""Subtitles that show what plays, SubRip and WebVTT: times, then the text."""

import re
from collections.abc import Iterator

from scrapers.tracklists.decoding import lines_of
from scrapers.tracklists.formats.chapters import Chapter, seconds_of, tracklist
from scrapers.tracklists.reading.names import parted
from scrapers.tracklists.tracklist import Tracklist

_TIMES = re.compile(
    r"\s*((?:\d{1,3}:)?\d{1,2}:\d{2}[.,]\d{1,3})\s*-->\s*(?:\d{1,3}:)?\d{1,2}:\d{2}"
    r"[.,]\d{1,3}(?:\s.*)?",
    re.ASCII,
)
_IN_HEAD = re.compile(
    r"^[ \t]*(?:\d{1,3}:)?\d{1,2}:\d{2}[.,]\d{1,3}[ \t]*-->", re.MULTILINE | re.ASCII
)
_DRESS = re.compile(r"</?[A-Za-z][^<>]{0,100}>|\{\\[^{}]{1,100}\}|[♪♫]")


def looks_like_subtitles(text: str) -> bool:
    """Recognise them by a line with two times and an arrow."""
    return _IN_HEAD.search(text[:4096]) is not None


def parse(content: str) -> tuple[Tracklist, ...]:
    """
    Read one row a text; a text that stays or comes again at once is one row.

    Raises:
        NoTracklist: they name no tracks.
    """
    shown: list[Chapter] = []
    for start, text in _texts(lines_of(content)):
        if text and not (shown and shown[-1][1] == text):
            shown.append((start, text, ""))
    return (tracklist("subtitles", shown),)


def _texts(lines: list[str]) -> Iterator[tuple[float | None, str]]:
    start: float | None = None
    text: list[str] = []
    for line in [*lines, ""]:
        if times := _TIMES.fullmatch(line):
            start, text = seconds_of(times[1]), []
        elif line.strip() and start is not None:
            text.append(_DRESS.sub("", line).strip())
        elif start is not None:
            yield start, _name(text)
            start = None


def _name(lines: list[str]) -> str:
    """Return the text in one line; of two lines the first is the artist."""
    lines = [line for line in lines if line]
    named = next((line for line in lines if parted(line)), None)
    return named or " - ".join(lines[:2])
