"""How long answers are kept: their terms, a bound, and whoever takes them back."""

from collections.abc import Mapping
from datetime import datetime

import asyncpg

from enrichment.model import ProviderName
from enrichment.providers.registry import SPECS
from enrichment.store.errors import server_away

# Answers deleted in one statement.
PURGE_SLICE = 5000
# How many answers are kept for replay, newest first.
KEPT_ANSWERS: Mapping[ProviderName, int] = {
    name: spec.kept_answers for name, spec in SPECS.items()
}

_FORGET_ANSWERS = """
DELETE FROM provider_answers WHERE (provider, question_md5) IN (
    SELECT provider, question_md5 FROM provider_answers
    WHERE provider = $1
      AND ($2::timestamptz IS NULL OR fetched_at >= $2)
      AND ($3::timestamptz IS NULL OR fetched_at < $3)
    LIMIT $4
)
"""
_PURGE_EXPIRED = """
DELETE FROM provider_answers WHERE (provider, question_md5) IN (
    SELECT provider, question_md5 FROM provider_answers
    WHERE expires_at <= now() ORDER BY expires_at LIMIT $1
    FOR UPDATE SKIP LOCKED
)
"""
_BOUND = """
DELETE FROM provider_answers WHERE provider = $1 AND fetched_at <= (
    SELECT fetched_at FROM provider_answers
    WHERE provider = $1 ORDER BY fetched_at DESC OFFSET $2 LIMIT 1
)
"""


async def purge_expired(pool: asyncpg.Pool) -> int:
    """Delete answers that their provider's terms want gone; give how many."""
    return await _delete_in_slices(pool, _PURGE_EXPIRED)


async def forget_answers(
    pool: asyncpg.Pool,
    provider: ProviderName,
    since: datetime | None = None,
    before: datetime | None = None,
) -> int:
    """Delete what a provider said in this time; give how many."""
    return await _delete_in_slices(pool, _FORGET_ANSWERS, provider, since, before)


async def bound_answers(
    pool: asyncpg.Pool, kept: Mapping[ProviderName, int] = KEPT_ANSWERS
) -> int:
    """Delete the oldest answers beyond what is kept of each provider."""
    count = 0
    for provider, longest in kept.items():
        with server_away():
            tag = await pool.execute(_BOUND, provider, longest)
        count += int(tag.rsplit(" ", 1)[1])
    return count


async def _delete_in_slices(pool: asyncpg.Pool, statement: str, *facts: object) -> int:
    count = 0
    while True:
        with server_away():
            tag = await pool.execute(statement, *facts, PURGE_SLICE)
        deleted = int(tag.rsplit(" ", 1)[1])
        count += deleted
        if deleted < PURGE_SLICE:
            return count
