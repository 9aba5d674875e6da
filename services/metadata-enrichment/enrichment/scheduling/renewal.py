"""
What is to be asked again: chosen by index, claimed in the row, published by pace.

A claim is `provider_records.published_at` together with a due time: the worker asks
exactly the parts that are due, and its write clears both. A scheduler that dies between
claim and confirm leaves parts that are found again (`lost_after`). Tracks stay readable
throughout: their status does not change. Rules and reasons: docs/reenrichment.md.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import asyncpg

from enrichment.errors import ServerAway
from enrichment.model import ProviderName
from enrichment.providers.registry import NAMES
from enrichment.store.errors import server_away

# Tracks claimed, published and confirmed in one go.
SLICE = 1000

# A part of a known track that fell due: marked, mentioned, or put off by a provider.
_CHOOSE_DUE = """
SELECT t.track_id FROM provider_records AS r JOIN tracks AS t USING (track_id)
WHERE r.due_at <= now() AND r.published_at IS NULL
  AND r.outcome IN ('found', 'absent', 'ambiguous') AND r.provider = ANY ($1)
  AND t.status IN ('completed', 'partial')
ORDER BY r.due_at LIMIT $2
FOR NO KEY UPDATE OF t SKIP LOCKED
"""

# Under way for long, while the queue is empty.
_CHOOSE_LOST = """
SELECT t.track_id FROM provider_records AS r JOIN tracks AS t USING (track_id)
WHERE r.published_at < now() - $3::interval AND r.provider = ANY ($1)
  AND t.status IN ('completed', 'partial')
ORDER BY r.published_at LIMIT $2
FOR NO KEY UPDATE OF t SKIP LOCKED
"""

_CHOOSE_STALE = """
SELECT t.track_id FROM provider_records AS r JOIN tracks AS t USING (track_id)
WHERE r.provider = $4 AND r.outcome = $5 AND r.unreleased = $6 AND r.absences = $7
  AND r.due_at IS NULL AND r.fetched_at < now() - $8::interval
  AND t.status IN ('completed', 'partial')
ORDER BY r.fetched_at LIMIT $2
FOR NO KEY UPDATE OF t SKIP LOCKED
"""

# A chosen track takes along all its parts that are to be asked again: one message. The
# update compares what was read, since a lock that was free may have just become so.
_CLAIM = """
WITH chosen AS MATERIALIZED (
    {choose}
), parts AS (
    SELECT r.track_id, r.provider, r.fetched_at, r.due_at, r.published_at,
           r.fetched_at + s.stale_after AS stale_since
    FROM (SELECT DISTINCT track_id FROM chosen) AS track
    JOIN provider_records AS r USING (track_id)
    LEFT JOIN staleness_rules AS s
      ON (s.provider, s.outcome, s.unreleased, s.absences)
       = (r.provider, r.outcome, r.unreleased, r.absences)
    WHERE r.provider = ANY ($1) AND r.outcome IN ('found', 'absent', 'ambiguous')
      AND (r.published_at IS NULL OR r.published_at < now() - $3::interval)
      AND coalesce(r.due_at, r.fetched_at + s.stale_after) <= now()
), claimed AS (
    UPDATE provider_records AS r
    SET due_at = coalesce(r.due_at, parts.stale_since),
        due_reason = coalesce(r.due_reason, 'stale'),
        published_at = now()
    FROM parts
    WHERE r.track_id = parts.track_id AND r.provider = parts.provider
      AND r.fetched_at = parts.fetched_at
      AND r.due_at IS NOT DISTINCT FROM parts.due_at
      AND r.published_at IS NOT DISTINCT FROM parts.published_at
    RETURNING r.track_id
)
SELECT track_id, artist, title, 0::smallint AS priority, attempts, source,
       'reenrichment' AS lane, isrc, spotify_id, musicbrainz_id, first_queued_at
FROM tracks WHERE track_id IN (SELECT track_id FROM claimed)
"""

CLAIM_STALE = _CLAIM.format(choose=_CHOOSE_STALE)
_CLAIM_DUE = _CLAIM.format(choose=_CHOOSE_DUE)
_CLAIM_LOST = _CLAIM.format(choose=_CHOOSE_LOST)

_GIVE_BACK = """
UPDATE provider_records SET published_at = NULL
WHERE track_id = ANY ($1::uuid[]) AND published_at IS NOT NULL
"""

# One index probe for each rule.
_RULES = """
SELECT s.provider, s.outcome, s.unreleased, s.absences, s.stale_after
FROM staleness_rules AS s
WHERE s.provider = ANY ($1) AND EXISTS (
    SELECT FROM provider_records AS r
    WHERE r.provider = s.provider AND r.outcome = s.outcome
      AND r.unreleased = s.unreleased AND r.absences = s.absences
      AND r.due_at IS NULL AND r.fetched_at < now() - s.stale_after
)
ORDER BY s.provider, s.outcome, s.unreleased, s.absences
"""

_BENCHED = (
    "SELECT provider FROM provider_benches WHERE operation = '' AND until > now()"
)

# Publishes claimed rows; gives the track ids that were confirmed. Raises ServerAway.
Publish = Callable[[Sequence[asyncpg.Record]], Awaitable[Sequence[str]]]


@dataclass(frozen=True, slots=True)
class RenewalPace:
    """
    How much renewal may be asked for.

    Args:
        providers: those that workers can ask; parts of others wait.
        per_sweep: tracks published in one sweep at most.
        queue_limit: with so many messages ready in the queue nothing is added.
    """

    providers: Collection[ProviderName] = NAMES
    per_sweep: int = 500
    queue_limit: int = 5000


class Renewal:
    """One sweep after the other; safe with several at once, by SKIP LOCKED."""

    def __init__(
        self, pool: asyncpg.Pool, publish: Publish, providers: Collection[ProviderName]
    ) -> None:
        self._pool = pool
        self._publish = publish
        self._providers = providers

    async def sweep(self, room: int, lost_after: timedelta | None) -> int:
        """
        Publish what is to be asked again; give how many tracks.

        Args:
            room: how many tracks at most.
            lost_after: take those claimed so long ago too; None while they may still
                are in the queue.

        Raises:
            ServerAway: what was not confirmed is given back, or found when it is back.
        """
        with server_away():
            await self._pool.execute("SELECT mark_mentioned()")
        count = 0
        async with aclosing(self._slices(room, lost_after)) as slices:
            coming = asyncio.ensure_future(anext(slices, None))
            try:
                while rows := await coming:
                    # the next slice is chosen while this one is published
                    coming = asyncio.ensure_future(anext(slices, None))
                    count += await self._send(rows)
            finally:
                unsent = (await asyncio.gather(coming, return_exceptions=True))[0]
                if isinstance(unsent, list):
                    await self._give_back([row["track_id"] for row in unsent])
        return count

    async def _send(self, rows: Sequence[asyncpg.Record]) -> int:
        ids = {str(row["track_id"]) for row in rows}
        try:
            confirmed = set(await self._publish(rows))
        except ServerAway:
            await self._give_back(sorted(ids))
            raise
        if ids - confirmed:
            await self._give_back(sorted(ids - confirmed))
        return len(confirmed)

    async def _give_back(self, track_ids: Sequence[Any]) -> None:
        with server_away():
            await self._pool.execute(_GIVE_BACK, track_ids)

    async def _slices(
        self, room: int, lost_after: timedelta | None
    ) -> AsyncGenerator[list[asyncpg.Record], None]:
        """Claim: what is due first, then what each rule calls stale, in equal parts."""
        with server_away():
            benched = {row["provider"] for row in await self._pool.fetch(_BENCHED)}
        providers = [name for name in self._providers if name not in benched]
        statements = [_CLAIM_DUE]
        if lost_after is not None:
            statements.append(_CLAIM_LOST)
        for statement in statements:
            async for rows in self._claims(statement, providers, room, lost_after):
                room -= len(rows)
                yield rows
        with server_away():
            rules = await self._pool.fetch(_RULES, providers)
        for place, rule in enumerate(rules):
            share = -(-room // (len(rules) - place))
            async for rows in self._claims(
                CLAIM_STALE, providers, share, lost_after, *rule
            ):
                room -= len(rows)
                yield rows

    async def _claims(
        self,
        statement: str,
        providers: Sequence[str],
        room: int,
        lost_after: timedelta | None,
        *facts: object,
    ) -> AsyncGenerator[list[asyncpg.Record], None]:
        """Claim one kind in slices, until there is no more or no room."""
        # a claim that is not lost is never older than this
        lost = lost_after or timedelta(days=36500)
        while room > 0:
            size = min(room, SLICE)
            with server_away():
                rows = await self._pool.fetch(statement, providers, size, lost, *facts)
            room -= len(rows)
            if rows:
                yield rows
            if len(rows) < size:
                return
