"""Take back what a provider or a rule contributed; recompute rows, without a call."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID

import asyncpg

from enrichment.model import Candidate, EnrichedTrack, ProviderName
from enrichment.pipeline.crediting import ARTIST_ID_COLUMNS
from enrichment.pipeline.recompute import (
    Contribution,
    TakenBack,
    counted,
    recomputed_track,
)
from enrichment.providers.registry import NAMES, SPECS
from enrichment.scheduling import retention
from enrichment.store.answers import kept_candidates
from enrichment.store.errors import server_away
from enrichment.store.tracks import revocations
from enrichment.store.tracks.known import lock
from enrichment.store.tracks.write import Store

# Tracks locked, recomputed and written in one transaction.
SLICE = 300
# By the primary key, so that a walk over millions of rows needs no memory.
_OF_PROVIDER = """
SELECT track_id FROM provider_records
WHERE track_id > $1 AND provider = $3
  AND ($4::timestamptz IS NULL OR fetched_at >= $4)
  AND ($5::timestamptz IS NULL OR fetched_at < $5)
ORDER BY track_id LIMIT $2
"""
_OF_RULE = """
SELECT track_id FROM tracks
WHERE track_id > $1 AND EXISTS (
    SELECT FROM jsonb_each(provenance) AS p
    WHERE (p.value ->> 3)::integer = $6 AND ($3::text IS NULL OR p.value ->> 0 = $3)
      AND ($4::timestamptz IS NULL
           OR to_timestamp((p.value ->> 2)::double precision) >= $4)
      AND ($5::timestamptz IS NULL
           OR to_timestamp((p.value ->> 2)::double precision) < $5)
)
ORDER BY track_id LIMIT $2
"""
_LOCK = """
SELECT track_id, track_key, artist, title, status, source, lane, attempts,
       completed_at
FROM tracks WHERE track_id = ANY ($1::uuid[]) ORDER BY track_id FOR NO KEY UPDATE
"""
_ANSWERS = """
SELECT r.track_id, r.provider, a.payload
FROM provider_records AS r
JOIN provider_answers AS a
  ON a.provider = r.provider AND a.question_md5 = md5(r.question)::uuid
WHERE r.track_id = ANY ($1::uuid[])
"""
_FORGET_RECORDS = """
DELETE FROM provider_records WHERE track_id = ANY ($1::uuid[]) AND provider = $2
"""
# Taking back is no attempt, and whoever was parked or under way stays so.
_KEEP_STATE = """
UPDATE tracks AS t
SET attempts = s.attempts, completed_at = coalesce(s.completed_at, t.completed_at),
    status = CASE WHEN s.status IN ('completed', 'partial') THEN t.status
                  ELSE s.status END
FROM unnest($1::uuid[], $2::text[], $3::integer[], $4::timestamptz[])
     AS s (track_id, status, attempts, completed_at)
WHERE t.track_id = s.track_id
"""
_CREDITED = "SELECT DISTINCT artist_id FROM track_credits WHERE track_id = ANY ($1)"
_CLEAR_CREDITS = "DELETE FROM track_credits WHERE track_id = ANY ($1::uuid[])"
_FORGET_ARTIST_IDS = """
UPDATE artists SET {column} = NULL, updated_at = now()
WHERE artist_id = ANY ($1) AND {column} IS NOT NULL
"""
_FORGET_ARTISTS = """
DELETE FROM artists AS a WHERE artist_id = ANY ($1)
  AND NOT EXISTS (SELECT FROM track_credits AS c WHERE c.artist_id = a.artist_id)
"""
_BEFORE_ALL = UUID(int=0)


async def take_back(
    pool: asyncpg.Pool,
    contribution: Contribution,
    *,
    data_version: str,
    dry_run: bool = False,
) -> TakenBack:
    """
    Remove a contribution and recompute its rows from the answers that are kept.

    Slice by slice, each in a transaction: cut off, it is simply run again. A pinned
    field stays. A provider's records and answers go with its values, so that it may be
    asked again; what Redis remembers of it is the caller's to forget.
    """
    c = contribution
    whole_provider = c.provider is not None and c.rule is None and not dry_run
    if c.provider is not None and whole_provider:
        with server_away():
            async with pool.acquire() as connection:
                await revocations.note(connection, c.provider, c.since, c.before)
    total = TakenBack()
    after = _BEFORE_ALL
    while True:
        with server_away():
            track_ids = await _next_tracks(pool, contribution, after)
            if not track_ids:
                break
            done = await _take_back(
                pool, contribution, track_ids, data_version, dry_run=dry_run
            )
        total = TakenBack(
            total.tracks + len(track_ids),
            total.values + done.values,
            total.replaced + done.replaced,
        )
        after = track_ids[-1]
    if c.provider is not None and whole_provider:
        await retention.forget_answers(pool, c.provider, c.since, c.before)
    return total


async def _next_tracks(
    pool: asyncpg.Pool, contribution: Contribution, after: UUID
) -> list[UUID]:
    facts: list[object] = [
        after,
        SLICE,
        contribution.provider or None,
        contribution.since,
        contribution.before,
    ]
    statement = _OF_PROVIDER
    if contribution.rule is not None:
        statement = _OF_RULE
        facts.append(contribution.rule)
    return [row["track_id"] for row in await pool.fetch(statement, *facts)]


async def _take_back(
    pool: asyncpg.Pool,
    contribution: Contribution,
    track_ids: Sequence[UUID],
    data_version: str,
    *,
    dry_run: bool,
) -> TakenBack:
    async with pool.acquire() as connection, connection.transaction():
        rows = await lock_rows(connection, track_ids)
        everybody = NAMES
        known = await lock(connection, {str(r["track_id"]): everybody for r in rows})
        kept = await kept_answers(connection, track_ids)
        recomputed = [
            recomputed_track(row, known[str(row["track_id"])], kept, contribution)
            for row in rows
        ]
        done = counted(recomputed, known, contribution)
        if dry_run:
            return done
        artists = await credited(connection, track_ids)
        await _forget(connection, contribution, track_ids, artists)
        await write_anew(connection, rows, recomputed, data_version)
    await forget_uncredited(pool, artists)
    return done


async def credited(
    connection: Any,  # noqa: ANN401 (asyncpg's pooled connection has no public type)
    track_ids: Sequence[UUID],
) -> list[int]:
    """Return the artists whom tracks credit."""
    return [row["artist_id"] for row in await connection.fetch(_CREDITED, track_ids)]


async def forget_uncredited(pool: asyncpg.Pool, artists: Sequence[int]) -> None:
    """Delete those whom no track credits any more."""
    # an artist whom another track names at this moment stays
    with suppress(asyncpg.ForeignKeyViolationError):
        await pool.execute(_FORGET_ARTISTS, artists)


async def lock_rows(
    connection: Any,  # noqa: ANN401 (asyncpg's pooled connection has no public type)
    track_ids: Sequence[UUID],
) -> list[asyncpg.Record]:
    """Return the rows of tracks, kept from others until the transaction ends."""
    rows: list[asyncpg.Record] = await connection.fetch(_LOCK, track_ids)
    return rows


async def write_anew(
    connection: Any,  # noqa: ANN401 (as above)
    rows: Sequence[asyncpg.Record],
    recomputed: Sequence[EnrichedTrack],
    data_version: str,
) -> None:
    """Write recomputed tracks over their locked rows, whose state and age stay."""
    if not recomputed:
        return
    anew = [track.wanted.track_id for track in recomputed if track.credits]
    await connection.execute(_CLEAR_CREDITS, anew)
    store = Store(_OneConnection(connection), data_version=data_version)  # type: ignore[arg-type]
    await store.write(recomputed)
    columns = ("track_id", "status", "attempts", "completed_at")
    await connection.execute(_KEEP_STATE, *([r[c] for r in rows] for c in columns))


async def _forget(
    connection: Any,  # noqa: ANN401 (asyncpg's pooled connection has no public type)
    contribution: Contribution,
    track_ids: Sequence[UUID],
    artists: Sequence[int],
) -> None:
    """Delete what a provider said; with a rule its answers are what we start from."""
    if contribution.provider is None or contribution.rule is not None:
        return
    name = contribution.provider
    await connection.execute(_FORGET_RECORDS, track_ids, name)
    column = ARTIST_ID_COLUMNS.get(contribution.provider)
    if column:
        await connection.execute(_FORGET_ARTIST_IDS.format(column=column), artists)


async def kept_answers(
    connection: Any,  # noqa: ANN401 (as above)
    track_ids: Sequence[UUID],
) -> dict[tuple[str, ProviderName], tuple[Candidate, ...]]:
    """Return the candidates of kept answers by track and provider, absences too."""
    return {
        (str(row["track_id"]), ProviderName(row["provider"])): kept_candidates(
            row["payload"]
        )
        for row in await connection.fetch(_ANSWERS, track_ids)
        if row["provider"] in SPECS
    }


class _OneConnection:
    """Lets the store write inside our transaction."""

    def __init__(self, connection: Any) -> None:  # noqa: ANN401 (as above)
        self._connection = connection

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Any]:
        yield self._connection
