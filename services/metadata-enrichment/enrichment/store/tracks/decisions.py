"""What is written of decisions wherever fields of a person's change."""

from collections.abc import Collection, Iterable
from typing import Any

# Whoever decides holds it until the end, so that decisions can be read in the order of
# their numbers: none appears below one that was there before. Any fixed number of ours.
HOLD_ALONE = "SELECT pg_advisory_xact_lock(7265414010)"

_END = """
UPDATE review_decisions SET undone_at = now(), undone_by = $3
WHERE track_id = $1 AND ($2::text[] IS NULL OR field = ANY ($2::text[]))
  AND undone_at IS NULL AND replaced_by IS NULL
"""
_SYNC = "SELECT review_sync($1::uuid[])"

# A connection of asyncpg's pool has no public type.
_Connection = Any


async def end(
    connection: _Connection, track_id: str, by: str, fields: Collection[str] | None
) -> None:
    """
    Let decisions on these fields be in force no longer; the fields stay.

    Args:
        by: who has ended them.
        fields: None: all of the track.
    """
    of = None if fields is None else [*fields]
    await connection.execute(_END, track_id, of, by)


async def sync_questions(connection: _Connection, track_ids: Iterable[Any]) -> None:
    """Open and close questions as decisions say: their rows have no trigger."""
    await connection.execute(_SYNC, [*track_ids])
