"""Which pages and files were not understood, into Postgres: a person looks at them."""

import hashlib
from typing import Any

import asyncpg

from scrapers.items import MAX_COUNT, MAX_RAW_LENGTH, storable, storable_key

# What a person has set aside waits again when its content is another one.
_NOTE = """
INSERT INTO unread_files AS known (source, source_key, reason, digest, bytes)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (source, md5(source_key)) DO UPDATE SET
    reason = excluded.reason, digest = excluded.digest, bytes = excluded.bytes,
    last_seen_at = now(),
    (set_aside_at, set_aside_by, set_aside_why) = (
        SELECT known.set_aside_at, known.set_aside_by, known.set_aside_why
        WHERE known.digest = excluded.digest)
"""
_FORGET = "DELETE FROM unread_files WHERE source = $1 AND md5(source_key) = md5($2)"


async def note_page(
    pool: "asyncpg.Pool[Any]", source: str, key: str, content: bytes, why: str | None
) -> None:
    """Keep a page that was not understood; forget one that is understood now."""
    key = storable_key(key)
    if why is None:
        await pool.execute(_FORGET, source, key)
        return
    digest = hashlib.sha256(content).hexdigest()
    reason, size = storable(why)[:MAX_RAW_LENGTH], min(len(content), MAX_COUNT)
    await pool.execute(_NOTE, source, key, reason, digest, size)
