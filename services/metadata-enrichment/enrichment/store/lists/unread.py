"""Files that a crawl has not understood: listed, set aside by people, taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from enrichment.store.errors import server_away

_COLUMNS = """
file_id, source, source_key, reason, bytes, first_seen_at, last_seen_at, set_aside_at,
set_aside_by, set_aside_why
"""
_OPEN = f"""
SELECT {_COLUMNS} FROM unread_files
WHERE set_aside_at IS NULL AND ($1::bigint IS NULL OR file_id < $1)
ORDER BY file_id DESC LIMIT $2
"""  # noqa: S608 (constants above)
_ASIDE = f"""
SELECT {_COLUMNS} FROM unread_files
WHERE set_aside_at IS NOT NULL ORDER BY set_aside_at DESC LIMIT $1
"""  # noqa: S608 (as above)
_COUNT = "SELECT count(*) FROM unread_files WHERE set_aside_at IS NULL"
_SET_ASIDE = """
UPDATE unread_files SET set_aside_at = now(), set_aside_by = $2, set_aside_why = $3
WHERE file_id = $1 AND set_aside_at IS NULL
"""
_TAKE_BACK = """
UPDATE unread_files
SET set_aside_at = NULL, set_aside_by = NULL, set_aside_why = NULL
WHERE file_id = $1 AND set_aside_at IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class UnreadFile:
    """A file or page that was not understood, and who has set it aside."""

    file_id: int
    source: str
    source_key: str
    reason: str
    bytes: int
    first_seen_at: datetime
    last_seen_at: datetime
    set_aside_at: datetime | None
    set_aside_by: str | None
    set_aside_why: str | None


async def waiting(
    pool: asyncpg.Pool, *, before: int | None = None, limit: int = 50
) -> Sequence[UnreadFile]:
    """Return the files that nobody has set aside, the latest first."""
    with server_away():
        rows = await pool.fetch(_OPEN, before, limit)
    return [UnreadFile(**row) for row in rows]


async def set_aside(pool: asyncpg.Pool, limit: int = 50) -> Sequence[UnreadFile]:
    """Return the files that were set aside, the latest first."""
    with server_away():
        rows = await pool.fetch(_ASIDE, limit)
    return [UnreadFile(**row) for row in rows]


async def how_many(pool: asyncpg.Pool) -> int:
    """Return how many files wait for a person."""
    with server_away():
        return int(await pool.fetchval(_COUNT))


async def put_aside(pool: asyncpg.Pool, file_id: int, who: str, why: str) -> bool:
    """Note that a person wants nothing of a file; false where it does not wait."""
    with server_away():
        done = await pool.execute(_SET_ASIDE, file_id, who, why or None)
    return not done.endswith(" 0")


async def take_back(pool: asyncpg.Pool, file_id: int) -> bool:
    """Let a file wait again; false where nobody had set it aside."""
    with server_away():
        done = await pool.execute(_TAKE_BACK, file_id)
    return not done.endswith(" 0")
