"""What was taken back of a provider: no batch that had read before writes it again."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from enrichment.model import ProviderName
from enrichment.providers.registry import SPECS

# Any fixed number of ours: every write holds it shared, noting a revocation alone.
_LOCK = 7_265_414_004
# Begins a write: a revocation is noted before it or after it, never meanwhile.
HOLD = f"SELECT pg_advisory_xact_lock_shared({_LOCK})"
HOLD_ALONE = f"SELECT pg_advisory_xact_lock({_LOCK})"

_NOTE = """
INSERT INTO provider_revocations (provider, since, before) VALUES ($1, $2, $3)
"""
# No answer is remembered for longer than a year.
_IN_FORCE = """
SELECT provider, since, before, revoked_at FROM provider_revocations
WHERE revoked_at > now() - interval '400 days'
"""

# asyncpg's connection or pool: both run statements, and have no common public type.
_Runs = Any


@dataclass(frozen=True, slots=True)
class Revocation:
    """
    Answers of a provider that are not to be written any more.

    Args:
        since, before: only what was fetched in this time.
        at: what is fetched later is new.
    """

    provider: ProviderName
    since: datetime | None
    before: datetime | None
    at: datetime

    def covers(self, provider: ProviderName, fetched_at: datetime) -> bool:
        """Return whether this answer was taken back."""
        return (
            provider == self.provider
            and fetched_at <= self.at
            and (self.since is None or fetched_at >= self.since)
            and (self.before is None or fetched_at < self.before)
        )


def newer_than(revoked: Iterable[Revocation]) -> dict[ProviderName, datetime]:
    """Return how old an answer of each provider must not be."""
    bounds: dict[ProviderName, datetime] = {}
    for one in revoked:
        until = one.at if one.before is None else min(one.at, one.before)
        bounds[one.provider] = max(until, bounds.get(one.provider, until))
    return bounds


async def note(
    connection: _Runs,
    provider: ProviderName,
    since: datetime | None,
    before: datetime | None,
) -> None:
    """Note a revocation in a transaction of its own, after the writes under way."""
    async with connection.transaction():
        await connection.execute(HOLD_ALONE)
        await connection.execute(_NOTE, provider, since, before)


async def in_force(connection: _Runs) -> tuple[Revocation, ...]:
    """Return what later writes have to leave out."""
    return tuple(
        Revocation(ProviderName(provider), since, before, at)
        for provider, since, before, at in await connection.fetch(_IN_FORCE)
        if provider in SPECS
    )
