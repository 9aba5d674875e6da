"""How much of the catalogue is known, by field and by source: the analysts' views."""

from collections.abc import Sequence
from typing import Any

import asyncpg

from enrichment.store.errors import server_away

_STATISTICS = "SELECT * FROM enrichment_coverage_stats"
_VIEWS = {
    "fields": "SELECT * FROM coverage_by_field ORDER BY field",
    "sources": "SELECT * FROM coverage_by_source ORDER BY field, tracks DESC, provider",
    "outcomes": "SELECT * FROM provider_outcomes ORDER BY provider, outcome",
}


async def coverage(pool: asyncpg.Pool) -> dict[str, Any]:
    """
    Read the views; each walks over all tracks.

    Returns:
        `statistics`, one row, and lists of rows: `fields`, `sources`, `outcomes`.
    """
    with server_away():
        async with (
            pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            statistics = await connection.fetchrow(_STATISTICS)
            rows: dict[str, Sequence[asyncpg.Record]] = {
                name: await connection.fetch(view) for name, view in _VIEWS.items()
            }
    return {
        "statistics": dict(statistics or {}),
        **{name: [dict(row) for row in found] for name, found in rows.items()},
    }
