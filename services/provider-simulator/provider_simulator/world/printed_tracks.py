"""
Tracks of a world from rows as a tracklist prints them.

Names are read from the text of a row alone: those that the pipeline's parser breaks are
missing in such a world, and a replay shows it. Length and ISRC are those of the row's
file, where it has them: providers know the recording that a file is of.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from provider_simulator.world.catalogue import Given
from provider_simulator.world.keys import CREDIT_JOIN
from provider_simulator.world.printed import Printed, split, without_front

# "'''Tune Of The Week:'''" of a wiki is a remark on the row.
_REMARK = re.compile(r"\s*'{2,3}[^']+:\s*'{2,3}\s*")
_ONLY_GUESTS = re.compile(r"(?:feat(?:uring)?|ft)\b\.?\s+(.+)")
_GUESTS = re.compile(r"\s[(\[]?(?:feat(?:uring)?|ft)\b\.?\s+([^()\[\]]+)[)\]]?")
# Part the names of lists that have no dash between spaces, in this order.
_OTHER_SIGN = re.compile(r"\s+(?:\||//|~)\s+|—|\s-(?=\S)|(?<=\S)-\s|:\s+")
_QUOTED_TITLE = re.compile(r"(?P<artist>\S.*?)\s+[\"“](?P<title>[^\"”]+)[\"”]")
_TITLE_BY = re.compile(r"(?P<title>\S.*)\s+by\s+(?P<artist>\S.*)")


def read_printed(path: Path) -> list[Given]:
    """
    Read JSON Lines of rows, of each its keys `raw`, `duration_ms` and `isrc`.

    A row that cannot be split is known to no provider.
    """
    with path.open(encoding="utf-8") as lines:
        return list(_tracks(map(json.loads, lines)))


def _tracks(rows: Iterable[Mapping[str, Any]]) -> Iterator[Given]:
    for row in rows:
        line = _REMARK.sub("", str(row["raw"]))
        names = split(line) or split(_dashed(without_front(line)))
        if names is not None:
            length, isrc = row.get("duration_ms"), row.get("isrc")
            yield replace(_track(names), duration_ms=length, isrc=isrc)


def _dashed(names: str) -> str:
    """Return the names of a line as `Artist - Title`, whatever parts them."""
    if found := _OTHER_SIGN.search(names):
        return f"{names[: found.start()]} - {names[found.end() :]}"
    found = _QUOTED_TITLE.match(names) or _TITLE_BY.match(names)
    return f"{found['artist']} - {found['title']}" if found else names


def _track(names: Printed) -> Given:
    artist, of_artist = _without_guests(names.artist)
    title, of_title = _without_guests(names.title)
    guests = _ONLY_GUESTS.match(names.version or "")
    of_version = CREDIT_JOIN.split(guests[1].strip())[::2] if guests else ()
    return Given(
        artist=artist,
        title=title,
        version=None if guests else names.version,
        featured=(*of_artist, *of_title, *of_version),
        label=names.label,
    )


def _without_guests(text: str) -> tuple[str, tuple[str, ...]]:
    """Part "Artist feat. Guest & Other"; a text that is nothing else stays whole."""
    found = _GUESTS.search(text)
    if not found or not found.start():
        return text, ()
    rest = f"{text[: found.start()]}{text[found.end() :]}".strip()
    return rest, tuple(CREDIT_JOIN.split(found[1].strip())[::2])
