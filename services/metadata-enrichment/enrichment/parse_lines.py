"""Rows as JSON Lines: what `enrichment parse` prints."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import orjson

from scrapers import tracklists
from scrapers.tracklists.lines import parse_line
from scrapers.tracklists.tracklist import Row

# By class of TracklistError: four different things are never one message.
KINDS: Mapping[str, str] = {
    "NoTracklist": "no tracklist",
    "NotUnderstood": "not understood",
    "Blocked": "blocked",
}


def tracklist(content: bytes) -> Iterator[bytes]:
    """
    Give the rows of all tracklists of a file, a line each.

    Raises:
        TracklistError: before the first line; the content gives no tracklist.
    """
    for parsed in tracklists.parse(content):
        for row in parsed.rows:
            yield orjson.dumps(_shown(row)) + b"\n"


def each_line(content: bytes) -> Iterator[bytes]:
    """Give exactly one object for each line of the input, in order."""
    lines = content.decode("utf-8-sig", errors="replace").split("\n")
    if lines and not lines[-1]:
        lines.pop()
    for number, line in enumerate((line.removesuffix("\r") for line in lines), 1):
        row = replace(parse_line(line), position=number, raw=line)
        yield orjson.dumps(_shown(row)) + b"\n"


def _shown(row: Row) -> dict[str, Any]:
    return {name: getattr(row, name) for name in Row.__slots__}
