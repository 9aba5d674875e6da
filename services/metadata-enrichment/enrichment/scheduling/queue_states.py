"""What is queued, what is in rows and what waits."""

from collections.abc import Mapping
from dataclasses import dataclass

import asyncpg

from enrichment.scheduling import due as waiting
from enrichment.store.errors import server_away

_STATUSES = "SELECT status, count(*) AS tracks FROM tracks GROUP BY 1 ORDER BY 1"


@dataclass(frozen=True, slots=True)
class QueueDepth:
    """Messages that nobody holds yet, and who consumes."""

    ready: int
    consumers: int


@dataclass(frozen=True, slots=True)
class WaitingParts:
    """Parts of tracks that wait for one provider, for one reason."""

    provider: str
    reason: str
    parts: int


@dataclass(frozen=True, slots=True)
class QueueState:
    """What is queued, what is in rows, what waits; a queue not declared is out."""

    queues: Mapping[str, QueueDepth]
    tracks: Mapping[str, int]
    unpublished: int
    waiting: tuple[WaitingParts, ...]


async def queue_state(
    pool: asyncpg.Pool, depths: Mapping[str, tuple[int, int]]
) -> QueueState:
    """Add what is in Postgres to the queues' depths and consumers."""
    with server_away():
        rows = await pool.fetch(_STATUSES)
    unpublished, parts = await waiting.counts(pool)
    return QueueState(
        queues={name: QueueDepth(*depth) for name, depth in depths.items()},
        tracks={row["status"]: row["tracks"] for row in rows},
        unpublished=unpublished,
        waiting=tuple(WaitingParts(*part) for part in parts),
    )
