"""Tracks taken away with the last tracklist that listed them, and kept away."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from enrichment.contract import tracklist_rows
from enrichment.store.tracks import revocations
from enrichment.store.tracks.known import KnownTrack

if TYPE_CHECKING:
    from enrichment.store.tracks.write import Change

# What a crawl brought, no list mentions any more and no person has changed.
_UNMENTIONED = """
SELECT track_id FROM tracks AS t
WHERE track_id = ANY ($1::uuid[]) AND pinned_fields = '{}' AND source = ANY ($2)
  AND NOT EXISTS (SELECT FROM tracklist_rows AS r WHERE r.track_id = t.track_id)
ORDER BY track_id FOR UPDATE
"""
_LEFT = """
SELECT count(*) FROM tracks AS t
WHERE track_id = ANY ($1::uuid[])
  AND NOT EXISTS (SELECT FROM tracklist_rows AS r WHERE r.track_id = t.track_id)
"""
_CREDITED = """
SELECT DISTINCT artist_id FROM track_credits WHERE track_id = ANY ($1::uuid[])
"""
_NOTE = """
INSERT INTO removed_tracks (track_id)
SELECT track_id FROM tracks WHERE track_id = ANY ($1::uuid[])
ON CONFLICT (track_id) DO UPDATE SET removed_at = EXCLUDED.removed_at
"""
# Records and credits go with their track.
_DELETE = "DELETE FROM tracks WHERE track_id = ANY ($1::uuid[])"
_DELETE_ARTISTS = """
DELETE FROM artists AS a WHERE artist_id = ANY ($1::bigint[])
  AND NOT EXISTS (SELECT FROM track_credits AS c WHERE c.artist_id = a.artist_id)
"""
# No message waits for longer.
_FORGET = "DELETE FROM removed_tracks WHERE removed_at < now() - interval '400 days'"

_REMOVED = """
SELECT track_id::text, removed_at FROM removed_tracks WHERE track_id = ANY ($1::uuid[])
"""

_C = TypeVar("_C", bound="Change")
# A connection of asyncpg's pool has no public type.
_Connection = Any


@dataclass(frozen=True, slots=True)
class Gone:
    """
    What went with mentions.

    Args:
        kept: tracks that nothing mentions any more and that stay, since they were asked
            for by other ways or a person has changed them.
    """

    tracks: int = 0
    artists: int = 0
    kept: int = 0


async def hold(connection: _Connection) -> None:
    """Keep workers and crawls from writing until this transaction ends."""
    await connection.execute(revocations.HOLD_ALONE)
    await connection.execute(tracklist_rows.HOLD_ALONE)


async def remove_unmentioned(
    connection: _Connection, track_ids: Sequence[Any], sources: Collection[str]
) -> Gone:
    """
    Take away those of these tracks that no tracklist mentions any more.

    Args:
        sources: crawls, of which tracks go; what was asked for otherwise stays.
    """
    found = await connection.fetch(_UNMENTIONED, track_ids, [*sources])
    gone = await take_away(connection, [row["track_id"] for row in found])
    return replace(gone, kept=await connection.fetchval(_LEFT, track_ids))


async def take_away(connection: _Connection, track_ids: Sequence[Any]) -> Gone:
    """Delete tracks that no row names, and artists that nobody else's credit names."""
    credited = [r["artist_id"] for r in await connection.fetch(_CREDITED, track_ids)]
    await connection.execute(_NOTE, track_ids)
    tracks = await connection.execute(_DELETE, track_ids)
    artists = await connection.execute(_DELETE_ARTISTS, credited)
    await connection.execute(_FORGET)
    return Gone(_count(tracks), _count(artists))


def _count(tag: str) -> int:
    """Return how many rows a command's tag says."""
    return int(tag.rsplit(" ", 1)[1])


async def without_removed(
    connection: _Connection,
    changes: Sequence[_C],
    now_known: Mapping[str, KnownTrack],
) -> Sequence[_C]:
    """Leave out tracks that were removed after their message was made."""
    new = [change.track.wanted.track_id for change in changes]
    new = [track_id for track_id in new if track_id not in now_known]
    if not new:
        return changes
    removed = dict(map(tuple, await connection.fetch(_REMOVED, new)))
    return [c for c in changes if not _is_gone(c, now_known, removed)]


def _is_gone(
    change: "Change", now_known: Mapping[str, KnownTrack], removed: Mapping[Any, Any]
) -> bool:
    track_id = change.track.wanted.track_id
    if track_id in now_known or track_id not in removed:
        return False
    return change.asked_at is not None and change.asked_at <= removed[track_id]
