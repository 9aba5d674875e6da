"""Which reader reads which JSON, told by the names that it has."""

from collections.abc import Callable

from scrapers.tracklists.answers import object_of
from scrapers.tracklists.decoding import load_json
from scrapers.tracklists.formats import (
    chapters,
    json_lines,
    mixesdb,
    services,
    spotify,
    stations,
    xspf,
)
from scrapers.tracklists.tracklist import Tracklist

_READERS: tuple[Callable[[object], tuple[Tracklist, ...] | None], ...] = (
    lambda document: xspf.parse_json(object_of(document)),
    lambda document: services.mixcloud(object_of(document)),
    spotify.parse,
    chapters.parse_json,
)


def parse(content: str) -> tuple[Tracklist, ...]:
    """
    Read JSON or JSON Lines of any known kind.

    Raises:
        TracklistError: there is no tracklist in it, and why.
    """
    if json_lines.looks_like_lines(content):
        return json_lines.parse(content)
    document = load_json(content)
    if mixesdb.is_page(document):
        return mixesdb.parse_page(document)
    for read in _READERS:
        if found := read(document):
            return found
    return stations.parse(document)
