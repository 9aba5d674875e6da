"""A tracklist without its rows, and the text that it was read from, into Postgres."""

import logging
from typing import TYPE_CHECKING, Any, TypeAlias

from enrichment.contract.tracklist_rows import (
    DELETE_COPY,
    HAS_TEXT,
    HOLD,
    KEEP_TEXT,
    LOCK_TEXT,
    UPSERT_TRACKLIST,
    fill_from_files,
)
from scrapers.items import KeptText, TracklistItem
from scrapers.rows.columns import tracklist_columns
from scrapers.spiders.tracklist_files import TracklistFilesSpider

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

log = logging.getLogger(__name__)

Connection: TypeAlias = "PoolConnectionProxy[Any]"

# A file that was copied, linked or moved is no second tracklist: its mentions would
# count twice. Two crawls that meet the same content wait for each other.
LOCK_CONTENT = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"
COPY_OF = """
SELECT source_key FROM tracklists
WHERE source = $1 AND content_hash = $2 AND source_key <> $3 LIMIT 1
"""

# Of a tracklist that is there from before texts were kept.
NAME_TEXT = """
UPDATE tracklists SET text_digest = $3, part = $4
WHERE source = $1 AND source_key = $2 AND text_digest IS NULL
"""


async def write_tracklist(connection: Connection, item: TracklistItem) -> int | None:
    """Write the tracklist without its rows; None where there is nothing to do."""
    await connection.execute(HOLD)
    if item.source == TracklistFilesSpider.name and await _is_copy(connection, item):
        # What it held before it became a copy goes.
        copy = (item.source, item.source_key, item.content_hash)
        told = [row["track_id"] for row in await connection.fetch(DELETE_COPY, *copy)]
        await fill_from_files(connection, told)
        return None
    written: int | None = await connection.fetchval(
        UPSERT_TRACKLIST, *tracklist_columns(item)
    )
    if item.text is not None:
        await _keep_text(connection, item, item.text, is_written=written is not None)
    return written


async def _keep_text(
    connection: Connection,
    item: TracklistItem,
    text: KeptText,
    *,
    is_written: bool,
) -> None:
    """Keep the text that a tracklist names: one that none names would never go."""
    if not is_written:
        named = await connection.execute(
            NAME_TEXT, item.source, item.source_key, text.digest, item.part
        )
        if named == "UPDATE 0":
            return
    await connection.execute(LOCK_TEXT, text.digest)
    if not await connection.fetchval(HAS_TEXT, text.digest):
        await connection.execute(KEEP_TEXT, text.digest, text.packed, text.bytes)


async def _is_copy(connection: Connection, item: TracklistItem) -> bool:
    """Return whether another file with the same rows is stored already."""
    await connection.execute(LOCK_CONTENT, item.content_hash)
    other = await connection.fetchval(
        COPY_OF, item.source, item.content_hash, item.source_key
    )
    if other is not None:
        log.info("%s holds the rows of %s: not stored twice", item.source_key, other)
    return other is not None
