"""What waits for the scheduler: claimed with SKIP LOCKED, else given back."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import asyncpg

from enrichment.lookup.bench.blocked import UNREACHABLE
from enrichment.lookup.bench.states import BenchReason
from enrichment.lookup.ratelimit.reservation import LimitedBy
from enrichment.model import FailureReason
from enrichment.store.errors import server_away

# Every class of `due_reason`: why a part waits, and what a metric may name.
DUE_REASONS = frozenset(
    {
        *BenchReason,
        *LimitedBy,
        *FailureReason,
        "due",
        "marked",
        "mentioned",
        "monthly_budget",
        "stale",
        UNREACHABLE,
    }
)

_MESSAGE = """
tracks.track_id, tracks.artist, tracks.title, tracks.priority, tracks.attempts,
tracks.source, tracks.lane, tracks.isrc, tracks.spotify_id, tracks.musicbrainz_id,
tracks.first_queued_at
"""

# The claim of a pending row is published_at; its status changes with the confirm.
_CLAIM_UNPUBLISHED = f"""
UPDATE tracks SET published_at = now()
FROM (
    SELECT track_id FROM tracks
    WHERE status = 'pending' AND first_queued_at < now() - $1::interval
      AND (published_at IS NULL OR published_at < now() - interval '60 seconds')
    ORDER BY first_queued_at LIMIT $2
    FOR UPDATE SKIP LOCKED
) AS claimed
WHERE tracks.track_id = claimed.track_id
RETURNING {_MESSAGE}
"""  # noqa: S608 (a constant of this module)

_GIVE_BACK_UNPUBLISHED = """
UPDATE tracks SET published_at = NULL
WHERE track_id = ANY ($1::uuid[]) AND status = 'pending'
"""

_MARK_PUBLISHED = """
UPDATE tracks SET status = 'in_progress', published_at = now()
WHERE track_id = ANY ($1::uuid[]) AND status = 'pending'
"""

# A partial track with a part that is due becomes in_progress: the claim.
_CLAIM_DUE = f"""
UPDATE tracks SET status = 'in_progress', published_at = now()
FROM (
    SELECT t.track_id FROM tracks AS t
    WHERE t.status = 'partial' AND EXISTS (
        SELECT FROM provider_records AS r
        WHERE r.track_id = t.track_id AND r.due_at <= now() AND r.published_at IS NULL
    )
    LIMIT $1 FOR UPDATE OF t SKIP LOCKED
) AS claimed
WHERE tracks.track_id = claimed.track_id
RETURNING {_MESSAGE}
"""  # noqa: S608 (as above)

_GIVE_BACK_DUE = """
UPDATE tracks SET status = 'partial'
WHERE track_id = ANY ($1::uuid[]) AND status = 'in_progress'
"""

_CLAIM_STRANDED = f"""
UPDATE tracks SET published_at = now()
FROM (
    SELECT track_id FROM tracks
    WHERE status = 'in_progress' AND lane = $1
      AND published_at < now() - $2::interval
    ORDER BY published_at LIMIT $3
    FOR UPDATE SKIP LOCKED
) AS claimed
WHERE tracks.track_id = claimed.track_id
RETURNING {_MESSAGE}
"""  # noqa: S608 (as above)

_COUNTS = """
SELECT provider, coalesce(due_reason, 'due') AS reason, count(*) AS parts
FROM provider_records WHERE due_at IS NOT NULL GROUP BY 1, 2
"""

# The index on due_at finds them: what is paused is due within minutes anyway.
_BRING_FORWARD = """
UPDATE provider_records SET due_at = now()
WHERE provider = $1 AND due_reason = $2 AND due_at > now()
"""

_UNPUBLISHED = "SELECT count(*) FROM tracks WHERE status = 'pending'"

# Both sides of the lateral are read from the index on published_at.
_OLDEST = """
SELECT lanes.lane, coalesce(extract(epoch FROM now() - oldest.published_at), 0)::float8
       AS seconds
FROM unnest(ARRAY['main', 'backlog', 'reenrichment']) AS lanes (lane)
LEFT JOIN LATERAL (
    SELECT published_at FROM tracks
    WHERE status = 'in_progress' AND tracks.lane = lanes.lane
    ORDER BY published_at LIMIT 1
) AS oldest ON true
"""

# A sweep comes every few seconds: what is due for so long has been overlooked.
_OVERDUE = """
SELECT r.provider, count(*) AS parts
FROM provider_records AS r JOIN tracks AS t USING (track_id)
WHERE r.due_at < now() - interval '10 minutes' AND t.status = 'partial' GROUP BY 1
"""


async def claim_unpublished(
    pool: asyncpg.Pool, grace: timedelta, limit: int
) -> Sequence[asyncpg.Record]:
    """Claim pending rows that their crawl has not published within the grace."""
    with server_away():
        return await pool.fetch(_CLAIM_UNPUBLISHED, grace, limit)


async def give_back_unpublished(pool: asyncpg.Pool, track_ids: Sequence[str]) -> None:
    """Undo a claim whose message was not confirmed."""
    with server_away():
        await pool.execute(_GIVE_BACK_UNPUBLISHED, track_ids)


async def mark_published(pool: asyncpg.Pool, track_ids: Sequence[str]) -> None:
    """Note confirmed messages of rows that were pending."""
    with server_away():
        await pool.execute(_MARK_PUBLISHED, track_ids)


async def claim_due(pool: asyncpg.Pool, limit: int) -> Sequence[asyncpg.Record]:
    """Claim partial tracks of which a part is due."""
    with server_away():
        return await pool.fetch(_CLAIM_DUE, limit)


async def give_back_due(pool: asyncpg.Pool, track_ids: Sequence[str]) -> None:
    """Undo a claim whose message was not confirmed."""
    with server_away():
        await pool.execute(_GIVE_BACK_DUE, track_ids)


async def claim_stranded(
    pool: asyncpg.Pool, lane: str, after: timedelta, limit: int
) -> Sequence[asyncpg.Record]:
    """Claim tracks of one lane that were published long ago and never finished."""
    with server_away():
        return await pool.fetch(_CLAIM_STRANDED, lane, after, limit)


async def bring_forward(pool: asyncpg.Pool, provider: str, reason: str) -> int:
    """Make due what waits for a reason that is over; gives how many parts."""
    with server_away():
        done = await pool.execute(_BRING_FORWARD, provider, reason)
    return int(done.rsplit(" ", 1)[1])


async def counts(pool: asyncpg.Pool) -> tuple[int, Sequence[tuple[str, str, int]]]:
    """Return unpublished tracks, and waiting parts by provider and reason."""
    with server_away():
        unpublished = await pool.fetchval(_UNPUBLISHED)
        rows = await pool.fetch(_COUNTS)
    parts: Counter[tuple[str, str]] = Counter()
    for row in rows:
        # a row may be an older version's, or a person's: a reason is a class here
        reason = row["reason"] if row["reason"] in DUE_REASONS else "other"
        parts[row["provider"], reason] += row["parts"]
    return unpublished, [(*labels, count) for labels, count in parts.items()]


async def oldest(pool: asyncpg.Pool) -> Sequence[tuple[str, float]]:
    """Return the age in seconds of each lane's longest published, unfinished track."""
    with server_away():
        rows = await pool.fetch(_OLDEST)
    return [(row["lane"], row["seconds"]) for row in rows]


async def overdue(pool: asyncpg.Pool) -> Sequence[tuple[str, int]]:
    """Return how many parts of each provider should have been published long ago."""
    with server_away():
        rows = await pool.fetch(_OVERDUE)
    return [(row["provider"], row["parts"]) for row in rows]
