"""OGM's chapters, as mkvextract and many rippers write them: two lines a chapter."""

import re

from scrapers.tracklists.decoding import lines_of
from scrapers.tracklists.formats.chapters import seconds_of, tracklist
from scrapers.tracklists.tracklist import Tracklist

_LINE = re.compile(r"\s*CHAPTER(\d{1,4})(NAME)?\s*=(.*)", re.IGNORECASE | re.ASCII)
_START = re.compile(
    r"^[ \t]*CHAPTER\d{1,4}[ \t]*=[ \t]*\d{1,2}:\d", re.IGNORECASE | re.MULTILINE
)


def looks_like_chapters(text: str) -> bool:
    """Recognise them by a line with a chapter's time."""
    return _START.search(text) is not None


def parse(content: str) -> tuple[Tracklist, ...]:
    """
    Read the chapters in the order of their times' lines.

    Raises:
        NoTracklist: they name no tracks.
    """
    starts: dict[int, float | None] = {}
    names: dict[int, str] = {}
    for line in lines_of(content):
        found = _LINE.fullmatch(line)
        if found and found[2]:
            names.setdefault(int(found[1]), found[3].strip())
        elif found:
            starts.setdefault(int(found[1]), seconds_of(found[3]))
    chapters = ((start, names.get(number, ""), "") for number, start in starts.items())
    return (tracklist("ogm", chapters),)
