"""What tracklists were read from, read by the parsers of today."""

import zlib

from enrichment.store.lists.tracklists import Reading, StoredTracklist
from scrapers.items import parts_of, tracklist_item
from scrapers.rows.columns import rows_json, tracks_json
from scrapers.rows.validating import has_places, validated
from scrapers.tracklists import parse
from scrapers.tracklists.tracklist import Tracklist


def tracklists_of(packed: bytes) -> dict[str, Tracklist]:
    """
    Return the tracklists of a kept text by their parts.

    Raises:
        TracklistError: today's parsers find none in it.
    """
    found = parse(zlib.decompress(packed))
    return dict(zip(parts_of(found), found, strict=True))


def reading(stored: StoredTracklist, tracklist: Tracklist) -> Reading | None:
    """Return a tracklist as it is to be written; None where its rows are no list."""
    item = tracklist_item(
        tracklist,
        source=stored.source,
        source_key=stored.source_key,
        retrieved_at=stored.retrieved_at,
    )
    if not has_places(item):
        return None
    item, _ = validated(item)
    return Reading(
        stored,
        item.content_hash,
        _columns(item.tracklist),
        tracks_json(item.tracks),
        rows_json(item),
    )


def _columns(tracklist: Tracklist) -> tuple[object, ...]:
    return (
        tracklist.format,
        tracklist.title,
        tracklist.artist,
        tracklist.recorded_on,
        tracklist.declared_rows,
        len(tracklist.rows),
        list(tracklist.gaps_after),
    )
