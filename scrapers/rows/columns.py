"""What is in the columns of a tracklist, its rows and its tracks; pure."""

from collections.abc import Iterable

import orjson

from scrapers.items import TrackItem, TracklistItem


def tracklist_columns(item: TracklistItem) -> tuple[object, ...]:
    """Return what a crawl writes of a tracklist, in the order of its statement."""
    tracklist = item.tracklist
    return (
        item.source,
        item.source_key,
        item.revision,
        tracklist.format,
        tracklist.title,
        tracklist.artist,
        item.url,
        tracklist.recorded_on,
        item.licence,
        tracklist.declared_rows,
        len(tracklist.rows),
        item.content_hash,
        list(tracklist.gaps_after),
        item.retrieved_at,
        item.text and item.text.digest,
        item.part,
    )


def tracks_json(tracks: Iterable[TrackItem]) -> str:
    """Return tracks as one value for json_to_recordset."""
    return orjson.dumps(list(tracks)).decode()


def rows_json(item: TracklistItem) -> str:
    """Return rows as one value for json_to_recordset."""
    return orjson.dumps([row._asdict() for row in item.tracklist.rows]).decode()
