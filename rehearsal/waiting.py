"""What a replay has still to do, what it leaves waiting, and what it says of that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from enrichment.model import ProviderName
from enrichment.providers.registry import SPECS

# What falls due later than this, on the providers' clock, is not waited for, seconds.
HORIZON_SECONDS = 60.0

_OPEN = """
SELECT count(*) FROM tracks
WHERE status IN ('pending', 'in_progress') OR (status = 'partial' AND EXISTS (
    SELECT FROM provider_records AS r
    WHERE r.track_id = tracks.track_id AND r.due_at < now() + $1::interval
))
"""
_WAITING = """
SELECT r.provider, count(*) AS questions,
       min(r.due_at) AS first_due_at, max(r.due_at) AS last_due_at
FROM provider_records AS r JOIN tracks AS t USING (track_id)
WHERE t.status = 'partial' AND r.due_at IS NOT NULL
GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Questions that wait for one provider, and when the first and last fall due."""

    provider: str
    questions: int
    first_due_at: datetime
    last_due_at: datetime

    def as_dict(self) -> dict[str, Any]:
        """Return what the report says."""
        return {
            "questions": self.questions,
            "first_due_at": self.first_due_at,
            "last_due_at": self.last_due_at,
        }

    def sentence(self, now: datetime) -> str:
        """Return how much waits, for whom and until when."""
        is_one = self.questions == 1
        questions = (
            f"{self.questions:,} {'question waits' if is_one else 'questions wait'}"
        )
        until = self.first_due_at.astimezone(UTC)
        seconds = max((until - now).total_seconds(), 0.0)
        return (
            f"{questions} for {_title(self.provider)} until"
            f" {until:%Y-%m-%d %H:%M:%S} UTC, {_span(seconds)} from now"
        )


def _span(seconds: float) -> str:
    """Return a time span in the largest unit that says enough."""
    for unit, size in (("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} seconds"


def horizon(time_scale: float) -> timedelta:
    """Return how far ahead due work is waited for, in real time."""
    return timedelta(seconds=HORIZON_SECONDS / time_scale)


async def still_open(pool: asyncpg.Pool, ahead: timedelta) -> int:
    """Count the tracks that are on their way or have a part that is due soon."""
    return int(await pool.fetchval(_OPEN, ahead))


async def read(pool: asyncpg.Pool) -> Sequence[Waiting]:
    """Return what waits, by provider."""
    return [Waiting(**row) for row in await pool.fetch(_WAITING)]


def report(waiting: Sequence[Waiting]) -> Mapping[str, Any]:
    """Return what waits, as the report has it."""
    return {one.provider: one.as_dict() for one in waiting}


def _title(provider: str) -> str:
    """Return a provider's name as people write it; what is not installed as it is."""
    spec = SPECS.get(ProviderName(provider))
    return spec.title if spec else provider
