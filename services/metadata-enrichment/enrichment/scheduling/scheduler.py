"""Due work, unpublished rows, stranded tracks → published; many may run at once."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

import asyncpg
from aio_pika.abc import AbstractConnection

from enrichment import logs
from enrichment.contract import metrics, queues
from enrichment.contract.messages import Lane
from enrichment.errors import ServerAway, ServerUnusable
from enrichment.queueing import topology
from enrichment.queueing.publisher import Publisher, as_requests
from enrichment.scheduling import due, retention
from enrichment.scheduling.renewal import Renewal, RenewalPace

log = logs.get("scheduler")

# Rows claimed, published and confirmed in one go.
SLICE = 500
# Between two looks for kept answers that have expired or are too many.
PURGE_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Pace:
    """When sweeps look, and how long they leave work alone."""

    interval: timedelta
    # the crawl that committed a row publishes it itself within this time
    unpublished_grace: timedelta
    # published this long ago, queue empty, never finished: published again
    stranded_after: timedelta


class Scheduler:
    """
    Sweeps; safe with several at once, since a row is claimed before it is published.

    A claim is a timestamp in the row: a scheduler that dies between claim and confirm
    leaves a row that the next sweep finds again.
    """

    def __init__(
        self,
        pool: asyncpg.Pool,
        connection: AbstractConnection,
        publisher: Publisher,
        pace: Pace,
        renewal_pace: RenewalPace | None = None,
    ) -> None:
        self._pool = pool
        self._queues = topology.Depths(connection)
        self._publisher = publisher
        self._pace = pace
        self._purge_at = 0.0
        self._renewal_pace = renewal_pace or RenewalPace()
        self._renewal = Renewal(pool, self._send_rows, self._renewal_pace.providers)

    async def run(self, stop: asyncio.Event) -> None:
        """Sweep every interval until told to stop."""
        while not stop.is_set():
            await self.sweep()
            try:
                await asyncio.wait_for(
                    stop.wait(), timeout=self._pace.interval.total_seconds()
                )
            except TimeoutError:
                continue

    async def sweep(self) -> int:
        """Publish everything that is due now; give how many messages went out."""
        published = 0
        for kind, act in (
            ("unpublished", self._unpublished),
            ("due", self._due),
            ("stranded", self._stranded),
            ("stale", self._stale),
            ("expired", self._expired),
        ):
            try:
                count = await act()
            except Exception as error:
                if isinstance(error, ServerAway) and not isinstance(
                    error, ServerUnusable
                ):
                    _put_off(kind, error)
                    continue
                # counted and loud, but the other kinds and later sweeps go on
                metrics.SWEEPS.labels(kind, "failed").inc()
                log.exception(
                    "Sweep failed", event_name="enrichment.scheduler.failed", kind=kind
                )
                continue
            metrics.SWEEPS.labels(kind, "done").inc()
            metrics.SWEPT.labels(kind).inc(count)
            published += count
            if count:
                log.info(
                    "Swept tracks published",
                    event_name="enrichment.scheduler.published",
                    kind=kind,
                    tracks=count,
                )
        return published

    async def _unpublished(self) -> int:
        grace = self._pace.unpublished_grace
        return await self._publish(
            lambda: due.claim_unpublished(self._pool, grace, SLICE),
            due.give_back_unpublished,
        )

    async def _due(self) -> int:
        return await self._publish(
            lambda: due.claim_due(self._pool, SLICE), due.give_back_due
        )

    async def _stale(self) -> int:
        depths = await self._depths()
        ready, _ = depths.get(queues.REENRICHMENT_QUEUE, (0, 0))
        pace = self._renewal_pace
        room = min(pace.per_sweep, pace.queue_limit - ready)
        if room <= 0:
            return 0
        # what looks lost may still are in the queue
        lost_after = None if ready else self._pace.stranded_after
        return await self._renewal.sweep(room, lost_after)

    async def _expired(self) -> int:
        """Delete answers as their terms ask; publishes nothing."""
        now = monotonic()
        if now >= self._purge_at:
            self._purge_at = now + PURGE_SECONDS
            deleted = await retention.purge_expired(self._pool)
            deleted += await retention.bound_answers(self._pool)
            # ids on several artists and files that differ: no single row tells of them
            await self._pool.execute("SELECT review_find_conflicts()")
            # changes of counts would be ever more where nobody looks at questions
            await self._pool.execute("SELECT fold_review_changes()")
            if deleted:
                log.info(
                    "Kept answers deleted: expired or too many",
                    event_name="enrichment.scheduler.purged",
                    answers=deleted,
                )
        return 0

    async def _send_rows(self, rows: Sequence[asyncpg.Record]) -> Sequence[str]:
        return await self._publisher.publish(as_requests(rows))

    async def _depths(self) -> Mapping[str, tuple[int, int]]:
        try:
            return await self._queues.read()
        except Exception as error:
            raise ServerAway(f"broker: {error}") from error

    async def _stranded(self) -> int:
        count = 0
        depths = await self._depths()
        for lane in Lane:
            ready, _ = depths.get(queues.QUEUES[lane].name, (0, 0))
            if ready:
                continue  # what looks stranded may still are in the queue
            count += await self._publish(
                lambda lane=lane: due.claim_stranded(  # type: ignore[misc]
                    self._pool, lane.value, self._pace.stranded_after, SLICE
                ),
                None,
            )
        return count

    async def _publish(
        self,
        claim: Callable[[], Awaitable[Sequence[asyncpg.Record]]],
        give_back: Callable[[asyncpg.Pool, Sequence[str]], Awaitable[None]] | None,
    ) -> int:
        """Claim, publish, confirm, slice by slice, until a slice is not full."""
        count = 0
        while True:
            rows = await claim()
            requests = as_requests(rows)
            try:
                confirmed = set(await self._publisher.publish(requests))
            except ServerAway:
                if give_back is not None:
                    await give_back(self._pool, [r.track_id for r in requests])
                raise
            await due.mark_published(self._pool, sorted(confirmed))
            refused = [r.track_id for r in requests if r.track_id not in confirmed]
            if refused and give_back is not None:
                await give_back(self._pool, refused)
            count += len(confirmed)
            if len(rows) < SLICE or refused:
                return count


def _put_off(kind: str, error: ServerAway) -> None:
    metrics.SWEEPS.labels(kind, "server_away").inc()
    log.warning(
        "Sweep put off: a server is away",
        event_name="enrichment.scheduler.put_off",
        kind=kind,
        error=str(error),
    )
