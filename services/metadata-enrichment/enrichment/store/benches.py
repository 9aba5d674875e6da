"""Benches in Postgres: they outlive Redis."""

from collections.abc import Sequence
from datetime import UTC, datetime

import asyncpg

from enrichment.lookup.bench.states import BenchState, decode
from enrichment.providers.registry import NAMES
from enrichment.store.errors import server_away

_SAVE = """
INSERT INTO provider_benches (provider, operation, state, until)
VALUES ($1, $2, $3, $4)
ON CONFLICT (provider, operation) DO UPDATE SET
    state = EXCLUDED.state, until = EXCLUDED.until, updated_at = now()
"""
_LOAD = "SELECT state FROM provider_benches WHERE provider = ANY ($1::text[])"


class BenchTable:
    """The table provider_benches."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def save(self, state: BenchState) -> None:
        """Keep the state in place of an older one."""
        until = datetime.fromtimestamp(state.until, UTC)
        with server_away():
            await self._pool.execute(
                _SAVE, state.provider, state.operation, state.encode(), until
            )

    async def load_all(self) -> Sequence[BenchState]:
        """Return every state of the providers we know."""
        with server_away():
            rows = await self._pool.fetch(_LOAD, list(NAMES))
        return [decode(row["state"]) for row in rows]
