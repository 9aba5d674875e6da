"""Rows as JSON Lines: what `enrichment parse` prints, and what it says it left out."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson

from enrichment.contract.texts.plain_text import shown
from scrapers.tracklists import FORMATS, parse
from scrapers.tracklists.facts import NO_FACTS, Facts
from scrapers.tracklists.reading.lines import parse_line
from scrapers.tracklists.tracklist import Row, Tracklist

# By class of TracklistError: four different things are never one message.
KINDS: Mapping[str, str] = {
    "NoTracklist": "no tracklist",
    "NotUnderstood": "not understood",
    "Blocked": "blocked",
}
# A whole page is not repeated on a terminal.
_MOST_SHOWN_CHARACTERS = 200


def tracklists(content: bytes) -> tuple[Tracklist, ...]:
    """
    Return all tracklists of a file.

    Raises:
        TracklistError: the content gives no tracklist.
    """
    return parse(content)


def tracklist(content: bytes) -> Iterator[bytes]:
    """
    Yield the rows of all tracklists of a file, a line each.

    Raises:
        TracklistError: before the first line; the content gives no tracklist.
    """
    yield from rows(tracklists(content))


def rows(parsed: Iterable[Tracklist]) -> Iterator[bytes]:
    """Yield the rows of tracklists, a line each."""
    for each in parsed:
        for row in each.rows:
            yield orjson.dumps(_shown(row)) + b"\n"


def each_line(content: bytes) -> Iterator[bytes]:
    """Yield exactly one object for each line of the input, in order."""
    lines = content.decode("utf-8-sig", errors="replace").split("\n")
    if lines and not lines[-1]:
        lines.pop()
    for number, line in enumerate((line.removesuffix("\r") for line in lines), 1):
        row = parse_line(line)._replace(position=number, raw=line)
        yield orjson.dumps(_shown(row)) + b"\n"


def left_out(parsed: Sequence[Tracklist], *, each: bool) -> Iterator[str]:
    """
    Yield sentences on the lines that became no rows.

    Args:
        parsed: the tracklists of one file.
        each: a sentence for every line; else one for those among the rows.
    """
    lines = [line for tracklist in parsed for line in tracklist.left_out]
    if each:
        for line in lines:
            yield f"left out, {line.reason}: {shown(line.raw[:_MOST_SHOWN_CHARACTERS])}"
        return
    reasons = Counter(line.reason for line in lines if line.within)
    if reasons:
        told = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())
        yield f"lines among the rows were left out: {told} (--explain shows them)"


def understood() -> str:
    """Return the names of the formats, as a sentence lists them."""
    return ", ".join(name for name, _ in FORMATS)


# Where the user's own audio lies is nobody else's business.
_NOT_SHOWN = frozenset({"facts"})
_SHOWN = tuple(name for name in Row._fields if name not in _NOT_SHOWN)
_SHOWN_FACTS = tuple(name for name in Facts.__slots__ if name != "location")


def _shown(row: Row) -> dict[str, Any]:
    """Return a row as printed; what a file knows of its track, where it knows it."""
    printed = {name: getattr(row, name) for name in _SHOWN}
    if row.facts is not NO_FACTS:
        known = {name: getattr(row.facts, name) for name in _SHOWN_FACTS}
        printed |= {name: value for name, value in known.items() if value is not None}
    return printed
