"""Stored tracklists: listed, looked at, taken back, and written again."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import asyncpg

from enrichment.contract import tracklist_rows
from enrichment.contract.identity.identity import IDENTITY_VERSION
from enrichment.contract.messages import Lane, now, priority_of
from enrichment.store.errors import server_away
from enrichment.store.tracks import removals
from enrichment.store.tracks.removals import Gone

_COLUMNS = """
l.tracklist_id, l.source, l.source_key, l.format, l.title, l.artist, l.url,
l.recorded_on, l.venue, l.parsed_rows, l.content_hash, l.retrieved_at, l.part,
l.text_digest, t.bytes AS text_bytes,
ARRAY(SELECT CASE l.tracklist_id WHEN s.later_id THEN s.earlier_id ELSE s.later_id END
      FROM same_sets AS s WHERE l.tracklist_id IN (s.later_id, s.earlier_id)
      ORDER BY 1) AS same_as
"""
_LIST = f"""
SELECT {_COLUMNS}
FROM tracklists AS l LEFT JOIN tracklist_texts AS t ON t.digest = l.text_digest
WHERE ($1::text IS NULL OR l.source = $1)
  AND ($2::text IS NULL
       OR strpos(lower(concat_ws(' ', l.source_key, l.title, l.artist)), lower($2)) > 0)
  AND (NOT $3 OR EXISTS (SELECT FROM same_sets AS s
                         WHERE l.tracklist_id IN (s.later_id, s.earlier_id)))
ORDER BY l.tracklist_id DESC LIMIT $4
"""  # noqa: S608 (constants above)
_SOME = f"""
SELECT {_COLUMNS}
FROM tracklists AS l LEFT JOIN tracklist_texts AS t ON t.digest = l.text_digest
WHERE l.tracklist_id = ANY ($1::bigint[]) ORDER BY l.tracklist_id
"""  # noqa: S608 (as above)
_ROWS = """
SELECT r.position, r.cue_seconds, r.raw, r.artist, r.full_title, r.track_id::text,
       t.status
FROM tracklist_rows AS r LEFT JOIN tracks AS t USING (track_id)
WHERE r.tracklist_id = $1 ORDER BY r.position
"""
_READY = """
SELECT count(*) AS rows, count(t.bpm) AS bpm,
       count(coalesce(t.camelot_key, t.musical_key)) AS key, count(t.energy) AS energy,
       count(t.duration_ms) AS length, count(*) FILTER (WHERE t.genres <> '{}') AS genre
FROM tracklist_rows AS r LEFT JOIN tracks AS t USING (track_id)
WHERE r.tracklist_id = $1
"""
_SAME = """
SELECT l.tracklist_id, l.source, l.source_key, s.common, s.share
FROM same_sets AS s
JOIN tracklists AS l
  ON l.tracklist_id <> $1::bigint AND l.tracklist_id IN (s.later_id, s.earlier_id)
WHERE $1::bigint IN (s.later_id, s.earlier_id) ORDER BY l.tracklist_id
"""
_TEXT = "SELECT packed FROM tracklist_texts WHERE digest = $1"
_ALL_IDS = "SELECT tracklist_id FROM tracklists ORDER BY text_digest, tracklist_id"
_IDS_THERE = """
SELECT tracklist_id FROM tracklists WHERE tracklist_id = ANY ($1::bigint[])
ORDER BY text_digest, tracklist_id
"""
_SOURCES = "SELECT DISTINCT source FROM tracklists"
_MENTIONED = """
SELECT DISTINCT track_id FROM tracklist_rows
WHERE tracklist_id = ANY ($1::bigint[]) AND track_id IS NOT NULL
"""
_COUNT_ROWS = """
SELECT count(*) FROM tracklist_rows WHERE tracklist_id = ANY ($1::bigint[])
"""
# Rows, and what they are the same as, go with their tracklist; a text with its last.
_DELETE = "DELETE FROM tracklists WHERE tracklist_id = ANY ($1::bigint[])"
_UPDATE = """
UPDATE tracklists SET format = $4, title = $5, artist = $6, recorded_on = $7,
    declared_rows = $8, parsed_rows = $9, content_hash = $3, gaps_after = $10::integer[]
WHERE tracklist_id = $1 AND content_hash = $2
"""


@dataclass(frozen=True, slots=True)
class StoredTracklist:
    """
    One tracklist as `tracklists list` shows it.

    Args:
        part: which of the tracklists in its text it is.
        text_bytes: of the page or file; None where that is not kept.
        same_as: tracklists of the same set.
    """

    tracklist_id: int
    source: str
    source_key: str
    format: str
    title: str | None
    artist: str | None
    url: str | None
    recorded_on: str | None
    venue: str | None
    parsed_rows: int
    content_hash: str
    retrieved_at: datetime
    part: str | None
    text_digest: str | None
    text_bytes: int | None
    same_as: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """
    A stored tracklist as its text is read today.

    Args:
        columns: format, title, artist, recorded_on, declared_rows, parsed_rows,
            gaps_after.
        tracks, rows: values for json_to_recordset.
    """

    stored: StoredTracklist
    content_hash: str
    columns: tuple[object, ...]
    tracks: str
    rows: str


@dataclass(frozen=True, slots=True)
class Removed:
    """What went with tracklists."""

    tracklists: int
    rows: int
    gone: Gone


async def listed(
    pool: asyncpg.Pool, source: str | None, text: str | None, limit: int, *, same: bool
) -> list[StoredTracklist]:
    """Return the latest tracklists, filtered by source and by a part of their names."""
    with server_away():
        return _stored(await pool.fetch(_LIST, source, text, same, limit))


async def some(pool: asyncpg.Pool, ids: Sequence[int]) -> list[StoredTracklist]:
    """Return tracklists by their ids; those that are not there are left out."""
    with server_away():
        return _stored(await pool.fetch(_SOME, ids))


def _stored(rows: Sequence[asyncpg.Record]) -> list[StoredTracklist]:
    return [StoredTracklist(**{**r, "same_as": tuple(r["same_as"])}) for r in rows]


async def ids(pool: asyncpg.Pool, wanted: Sequence[int] | None) -> list[int]:
    """Return the ids that there are, those of one text together; all for None."""
    with server_away():
        query = (_ALL_IDS,) if wanted is None else (_IDS_THERE, wanted)
        return [row["tracklist_id"] for row in await pool.fetch(*query)]


async def rows_of(pool: asyncpg.Pool, tracklist_id: int) -> list[Mapping[str, Any]]:
    """Return the rows of a tracklist, with the status of their tracks."""
    with server_away():
        return [dict(row) for row in await pool.fetch(_ROWS, tracklist_id)]


async def readiness(pool: asyncpg.Pool, tracklist_id: int) -> dict[str, float]:
    """Return the share of a tracklist's rows that have what a DJ mixes by."""
    with server_away():
        counted = dict(await pool.fetchrow(_READY, tracklist_id) or {})
    rows = counted.pop("rows", 0)
    return {name: round(n / rows, 4) if rows else 0.0 for name, n in counted.items()}


async def same_as(pool: asyncpg.Pool, tracklist_id: int) -> list[Mapping[str, Any]]:
    """Return the tracklists of the same set, with what is common."""
    with server_away():
        return [dict(row) for row in await pool.fetch(_SAME, tracklist_id)]


async def packed_text(pool: asyncpg.Pool, digest: str) -> bytes | None:
    """Return what a tracklist was read from, packed; None where it is not kept."""
    with server_away():
        packed: bytes | None = await pool.fetchval(_TEXT, digest)
    return packed


async def note_same_sets(pool: asyncpg.Pool, tracklist_id: int) -> None:
    """Find again which tracklists are of the same set as one."""
    with server_away():
        await pool.execute(tracklist_rows.NOTE_SAME_SETS, tracklist_id)


async def remove(
    pool: asyncpg.Pool, wanted: Sequence[int], *, dry_run: bool
) -> Removed:
    """Take tracklists away, with tracks and artists that nothing else names."""
    async with _transaction(pool, dry_run=dry_run) as connection:
        return await _removed(connection, wanted)


@asynccontextmanager
async def _transaction(pool: asyncpg.Pool, *, dry_run: bool) -> AsyncIterator[Any]:
    """Lend a connection; what a dry run writes is taken back."""
    with server_away():
        async with pool.acquire() as connection:
            transaction = connection.transaction()
            await transaction.start()
            try:
                yield connection
            except BaseException:
                await transaction.rollback()
                raise
            await (transaction.rollback() if dry_run else transaction.commit())


async def _removed(connection: Any, wanted: Sequence[int]) -> Removed:  # noqa: ANN401 (asyncpg's pooled connection has no public type)
    await removals.hold(connection)
    sources = [row["source"] for row in await connection.fetch(_SOURCES)]
    mentioned = await connection.fetch(_MENTIONED, wanted)
    told = await tracklist_rows.told_of(connection, wanted)
    rows = await connection.fetchval(_COUNT_ROWS, wanted)
    deleted = await connection.execute(_DELETE, wanted)
    gone = await removals.remove_unmentioned(
        connection, [row["track_id"] for row in mentioned], sources
    )
    await tracklist_rows.fill_from_files(connection, told)
    return Removed(int(deleted.rsplit(" ", 1)[1]), rows, gone)


@dataclass(frozen=True, slots=True)
class Rewritten:
    """
    The outcome of writing a tracklist again.

    Args:
        written: false where a crawl has changed it meanwhile: it stays as that left it.
        new: tracks that are asked for.
    """

    written: bool
    new: int = 0
    gone: Gone = field(default_factory=Gone)


async def rewrite(pool: asyncpg.Pool, reading: Reading, *, dry_run: bool) -> Rewritten:
    """Write a tracklist as it is read today, its new tracks as crawls write them."""
    async with _transaction(pool, dry_run=dry_run) as connection:
        return await _rewritten(connection, reading)


async def _rewritten(connection: Any, reading: Reading) -> Rewritten:  # noqa: ANN401 (as above)
    stored = reading.stored
    await removals.hold(connection)
    updated = await connection.execute(
        _UPDATE,
        *(stored.tracklist_id, stored.content_hash, reading.content_hash),
        *reading.columns,
    )
    if updated.endswith(" 0"):
        return Rewritten(written=False)
    mentioned = await connection.fetch(_MENTIONED, [stored.tracklist_id])
    priority = priority_of(stored.source, Lane.MAIN, new=True)
    inserted = await connection.fetch(
        tracklist_rows.INSERT_TRACKS,
        *(reading.tracks, IDENTITY_VERSION, Lane.MAIN.value),
        *(priority, stored.source, now()),
    )
    told = await tracklist_rows.told_of(connection, [stored.tracklist_id])
    await connection.execute(tracklist_rows.DELETE_ROWS, stored.tracklist_id)
    await connection.execute(
        tracklist_rows.INSERT_ROWS, stored.tracklist_id, reading.rows
    )
    told |= await tracklist_rows.told_of(connection, [stored.tracklist_id])
    gone = await removals.remove_unmentioned(
        connection,
        [row["track_id"] for row in mentioned],
        [row["source"] for row in await connection.fetch(_SOURCES)],
    )
    await tracklist_rows.fill_from_files(connection, told)
    return Rewritten(written=True, new=len(inserted), gone=gone)
