"""Tracks and records, many rows in one statement; its SQL is at the top."""

from collections.abc import Sequence
from typing import Any

from enrichment.store.tracks.rows import (
    RECORD,
    STATE,
    TRACK,
    VALUES,
    Row,
    as_json,
    given,
)

# A connection of asyncpg's pool has no public type.
_Connection = Any


# Workers do not write all that files say: who gave it stays beside it. What they do
# write is filled again after it, where they have nothing.
_PROVENANCE = """
provenance = CASE WHEN tracks.file_facts = '{}' THEN EXCLUDED.provenance
    ELSE (SELECT coalesce(jsonb_object_agg(key, value), '{}')
          FROM jsonb_each(tracks.provenance) WHERE value ->> 0 = 'file')
         || EXCLUDED.provenance END
"""


def _updated(column: str) -> str:
    if column == "provenance":
        return _PROVENANCE
    if column in VALUES:
        pin = "release_date" if column == "release_date_precision" else column
        return (
            f"{column} = CASE WHEN '{pin}' = ANY (tracks.pinned_fields)"
            f" THEN tracks.{column} ELSE EXCLUDED.{column} END"
        )
    return f"{column} = EXCLUDED.{column}"


# Ordered by key, so that two workers with common tracks never wait for each other. A
# row that was not there when rows were locked has come since: it stays as it is.
WRITE_TRACKS = f"""
INSERT INTO tracks ({", ".join(TRACK)}, completed_at, published_at)
SELECT {", ".join(TRACK)},
       CASE WHEN status = 'completed' THEN now() END, now()
FROM {given(TRACK)}
ORDER BY track_id
ON CONFLICT (track_id) DO UPDATE SET
    {", ".join(_updated(c) for c in (*VALUES, *STATE))},
    attempts = tracks.attempts + 1,
    completed_at = EXCLUDED.completed_at,
    published_at = coalesce(tracks.published_at, EXCLUDED.published_at),
    status_reason = NULL,
    updated_at = now()
WHERE tracks.track_id = ANY ($2::uuid[])
"""  # noqa: S608 (column names are the constants above)

# A due time that stays is the same wish: its claim stays, too. No answer gives way to
# an older one.
WRITE_RECORDS = f"""
INSERT INTO provider_records ({", ".join(RECORD)})
SELECT {", ".join(RECORD)}
FROM {given(RECORD)}
ORDER BY track_id, provider
ON CONFLICT (track_id, provider) DO UPDATE SET
    outcome = EXCLUDED.outcome,
    provider_track_id = EXCLUDED.provider_track_id,
    score = EXCLUDED.score,
    reasons = EXCLUDED.reasons,
    question = EXCLUDED.question,
    fetched_at = EXCLUDED.fetched_at,
    attempts = EXCLUDED.attempts,
    due_at = EXCLUDED.due_at,
    due_reason = EXCLUDED.due_reason,
    due_detail = EXCLUDED.due_detail,
    artists = EXCLUDED.artists,
    published_at = CASE WHEN EXCLUDED.due_at = provider_records.due_at
                        THEN provider_records.published_at END
WHERE provider_records.fetched_at <= EXCLUDED.fetched_at
   OR provider_records.outcome IN ('failed', 'benched')
"""  # noqa: S608 (as above)


async def write_tracks(
    connection: _Connection, rows: Sequence[Row], locked: Sequence[str]
) -> int:
    """Insert tracks, update those that are locked, and return how many were written."""
    tag = await connection.execute(WRITE_TRACKS, as_json(rows), locked)
    return int(tag.rsplit(" ", 1)[1])


async def write_records(connection: _Connection, rows: Sequence[Row]) -> None:
    """Write the records of tracks."""
    if rows:
        await connection.execute(WRITE_RECORDS, as_json(rows))
