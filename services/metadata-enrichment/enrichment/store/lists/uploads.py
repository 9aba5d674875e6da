"""Tracklists that people upload: written as a crawl writes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import asyncpg

from enrichment.contract import tracklist_rows
from enrichment.contract.identity.identity import IDENTITY_VERSION
from enrichment.contract.messages import Lane, now, priority_of
from enrichment.contract.sources import UPLOAD
from enrichment.store.errors import server_away

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Connection = PoolConnectionProxy[Any]

_KNOWN = "SELECT tracklist_id FROM tracklists WHERE source = $1 AND source_key = $2"


@dataclass(frozen=True, slots=True)
class Text:
    """What tracklists were read from: its digest, packed by zlib, its length."""

    digest: str
    packed: bytes
    bytes: int


@dataclass(frozen=True, slots=True)
class Upload:
    """
    One tracklist as its columns hold it.

    Args:
        columns: in the order of `INSERT_TRACKLIST`; source and key are the first.
        tracks, rows: values for json_to_recordset.
        told: tracks that its rows know more of than names.
    """

    columns: tuple[object, ...]
    tracks: str
    rows: str
    told: Sequence[str]


@dataclass(frozen=True, slots=True)
class Kept:
    """
    A tracklist that is stored now.

    Args:
        is_new: it was not stored before.
        new_tracks: tracks that nobody had asked for.
    """

    tracklist_id: int
    is_new: bool
    new_tracks: int = 0


async def keep(
    pool: asyncpg.Pool, uploads: Sequence[Upload], text: Text
) -> tuple[Kept, ...]:
    """
    Write tracklists, each for itself; what is stored already stays as it is.

    New tracks are pending: the scheduler publishes them.
    """
    return tuple([await _keep(pool, upload, text) for upload in uploads])


async def _keep(pool: asyncpg.Pool, upload: Upload, text: Text) -> Kept:
    with server_away():
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute(tracklist_rows.HOLD)
            tracklist_id = await connection.fetchval(
                tracklist_rows.INSERT_TRACKLIST, *upload.columns
            )
            if tracklist_id is None:
                known = await connection.fetchval(_KNOWN, *upload.columns[:2])
                return Kept(known, is_new=False)
            await _keep_text(connection, text)
            new = await _write_rows(connection, tracklist_id, upload)
        # after the commit: two tracklists stored at once see each other then
        await pool.execute(tracklist_rows.NOTE_SAME_SETS, tracklist_id)
    return Kept(tracklist_id, is_new=True, new_tracks=new)


async def _keep_text(connection: "Connection", text: Text) -> None:
    await connection.execute(tracklist_rows.LOCK_TEXT, text.digest)
    if not await connection.fetchval(tracklist_rows.HAS_TEXT, text.digest):
        await connection.execute(
            tracklist_rows.KEEP_TEXT, text.digest, text.packed, text.bytes
        )


async def _write_rows(
    connection: "Connection", tracklist_id: int, upload: Upload
) -> int:
    """Write rows and new tracks; return how many tracks are new."""
    inserted = await connection.fetch(
        tracklist_rows.INSERT_TRACKS,
        *(upload.tracks, IDENTITY_VERSION, Lane.MAIN.value),
        *(priority_of(UPLOAD, Lane.MAIN, new=True), UPLOAD, now()),
    )
    await connection.execute(tracklist_rows.INSERT_ROWS, tracklist_id, upload.rows)
    await tracklist_rows.fill_from_files(connection, upload.told)
    return len(inserted)
