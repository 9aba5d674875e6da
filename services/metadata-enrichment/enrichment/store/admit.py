"""Tracks asked for one by one: the row first, so that no wish is lost."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import asyncpg

from enrichment.contract.identity.identity import IDENTITY_VERSION, TrackKey
from enrichment.contract.identity.titles import parse_name
from enrichment.contract.messages import EnrichmentRequest
from enrichment.store.errors import server_away
from enrichment.store.tracks import revocations

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

# 'pending' is the outbox: what is not published now is published by a sweep.
_ADMIT = """
INSERT INTO tracks (track_id, track_key, identity_version, artist, title, version,
    remixers, featured, isrc, spotify_id, musicbrainz_id, lane, priority, source)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT (track_id) DO NOTHING
"""
_CLAIM = """
UPDATE tracks SET published_at = now()
WHERE track_id = $1 AND status = 'pending'
  AND (published_at IS NULL OR published_at < now() - interval '60 seconds')
RETURNING track_id, artist, title, priority, attempts, source, lane, isrc, spotify_id,
    musicbrainz_id, first_queued_at
"""
_STATUS = "SELECT status FROM tracks WHERE track_id = $1"

# A worker that writes the track holds its row, then its records, in this order.
_HOLD = "SELECT FROM tracks WHERE track_id = $1 FOR NO KEY UPDATE"
# A parked track begins again; the sweep asks the others' parts again, at its own pace.
_UNPARK = """
UPDATE tracks SET status = 'pending', status_reason = NULL, published_at = NULL
WHERE track_id = $1 AND status = 'failed'
"""
_MARK = """
UPDATE provider_records SET due_at = now(), due_reason = 'marked', published_at = NULL
WHERE track_id = $1 AND due_at IS NULL
  AND outcome IN ('found', 'absent', 'ambiguous')
"""


@dataclass(frozen=True, slots=True)
class Admitted:
    """
    What is in the row of a wish.

    Args:
        claimed: the row whose message is to be published now; None when a message is
            under way or none is needed.
        marked: how many providers' parts are to be asked again.
    """

    status: str
    known: bool
    claimed: asyncpg.Record | None = None
    marked: int = 0


async def admit(
    pool: asyncpg.Pool, key: TrackKey, wish: EnrichmentRequest, *, refresh: bool
) -> Admitted:
    """
    Write the row of a wish, and claim its message.

    Args:
        refresh: a known track is asked again of all providers that have answered.

    Raises:
        ServerAway: nothing is written.
    """
    name = parse_name(wish.artist, wish.title)
    with server_away():
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute(revocations.HOLD)
            tag = await connection.execute(
                _ADMIT,
                *(key.track_id, key.text, IDENTITY_VERSION, name.artist),
                *(name.full_title, name.version, name.remixers, name.featured),
                *(wish.isrc, wish.spotify_id, wish.musicbrainz_id),
                *(wish.lane.value, wish.priority, wish.source),
            )
            known = tag.endswith(" 0")
            marked = 0
            if known and refresh:
                marked = await _mark(connection, key.track_id)
            claimed = await connection.fetchrow(_CLAIM, key.track_id)
            status = await connection.fetchval(_STATUS, key.track_id)
    return Admitted(status, known, claimed, marked)


async def ask_again(pool: asyncpg.Pool, track_id: str) -> int:
    """
    Let a track be asked again of all providers that have answered; 0: none had.

    The scheduler publishes it, at the pace of re-enrichment.

    Raises:
        ServerAway: nothing is written.
    """
    with server_away():
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute(revocations.HOLD)
            return await _mark(connection, track_id)


async def _mark(connection: "PoolConnectionProxy[Any]", track_id: str) -> int:
    await connection.execute(_HOLD, track_id)
    await connection.execute(_UNPARK, track_id)
    tag = await connection.execute(_MARK, track_id)
    return int(tag.rsplit(" ", 1)[1])
