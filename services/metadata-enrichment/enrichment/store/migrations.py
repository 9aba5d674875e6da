"""Run sql/migrations in order under an advisory lock: up, down, status."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import asyncpg

# Any fixed number: every runner of ours takes this lock, nobody else does.
_LOCK = 7_265_414_001
_LOCK_POLL_SECONDS = 0.2
# A statement that waits for its lock makes all writers queue behind it: it gives way
# after so long (ms) and is tried again, as long as some dump or report reads the table.
_TABLE_LOCK_MS = 300
_GIVE_WAY_SECONDS = 1.0
_TRIES = 600
_FILE = re.compile(r"(\d{3})_(\w+)_up\.sql")
_APPLIED = "SELECT version, applied_at FROM schema_migrations"

Connection = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema: a pair of plain SQL files."""

    version: int
    name: str
    up: Path
    down: Path


def folder() -> Path:
    """Find the SQL beside the package in an installed wheel, else in the checkout."""
    installed = Path(__file__).parents[1] / "sql" / "migrations"
    if installed.is_dir():
        return installed
    return Path(__file__).parents[4] / "sql" / "migrations"


def known(where: Path | None = None) -> tuple[Migration, ...]:
    """List the migrations in order. Raises FileNotFoundError for an up without down."""
    found = []
    for up in sorted((where or folder()).glob("*_up.sql")):
        match = _FILE.fullmatch(up.name)
        if match is None:
            continue
        down = up.with_name(up.name.replace("_up.sql", "_down.sql"))
        if not down.exists():
            raise FileNotFoundError(f"{up.name} has no {down.name}")
        found.append(Migration(int(match[1]), match[2], up, down))
    return tuple(found)


async def applied(connection: Connection) -> dict[int, datetime]:
    """Return which versions are in this database, and since when."""
    if await connection.fetchval("SELECT to_regclass('schema_migrations')") is None:
        return {}
    return {
        row["version"]: row["applied_at"] for row in await connection.fetch(_APPLIED)
    }


async def up(
    connection: Connection,
    migrations: Sequence[Migration] | None = None,
    *,
    advance: Callable[[int], None] = lambda _: None,
) -> list[Migration]:
    """
    Apply what is missing, in order; give what was applied.

    Args:
        advance: called with 1 whenever one is applied.
    """
    return await _run(connection, migrations or known(), None, advance)


async def down(
    connection: Connection, to: int, migrations: Sequence[Migration] | None = None
) -> list[Migration]:
    """Take back every version above `to`, newest first; give what was taken back."""
    return await _run(connection, migrations or known(), to, lambda _: None)


def _steps(sql: str) -> list[str]:
    """Return a file whole, or by statement where one refuses to share a transaction."""
    if "CONCURRENTLY" not in sql:
        return [sql]
    bare = re.sub(r"--[^\n]*", "", sql)
    return [statement for part in bare.split(";") if (statement := part.strip())]


@asynccontextmanager
async def alone(connection: Connection) -> AsyncIterator[None]:
    """Keep other runners of ours waiting; take back what is open at the end."""
    # A lock of the session, since every file commits its own transaction
    while not await connection.fetchval(  # noqa: ASYNC110 (another process holds it)
        "SELECT pg_try_advisory_lock($1)", _LOCK
    ):
        # Waiting inside a statement would keep a snapshot, and CREATE INDEX
        # CONCURRENTLY waits for every older one: a deadlock of two runners
        await asyncio.sleep(_LOCK_POLL_SECONDS)
    try:
        yield
    finally:
        if not connection.is_closed():
            # An error inside a file leaves its transaction open
            await connection.execute("ROLLBACK")
            await connection.execute("RESET lock_timeout")
            await connection.execute("SELECT pg_advisory_unlock($1)", _LOCK)


async def _run(
    connection: Connection,
    migrations: Sequence[Migration],
    down_to: int | None,
    advance: Callable[[int], None],
) -> list[Migration]:
    done = []
    async with alone(connection):
        have = await applied(connection)
        if down_to is None:
            steps = [(m, m.up) for m in migrations if m.version not in have]
        else:
            steps = [
                (m, m.down)
                for m in reversed(migrations)
                if m.version in have and m.version > down_to
            ]
        for migration, file in steps:
            for statement in _steps(file.read_text(encoding="utf-8")):
                await _apply(connection, statement)
            done.append(migration)
            advance(1)
    return done


async def _apply(connection: Connection, statement: str) -> None:
    """Run a file or statement; where workers would wait for it, try again later."""
    # CONCURRENTLY waits long and lets everybody through meanwhile
    patience = 0 if "CONCURRENTLY" in statement else _TABLE_LOCK_MS
    await connection.execute(f"SET lock_timeout = {patience}")
    for attempt in range(1, _TRIES + 1):
        try:
            await connection.execute(statement)
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            await connection.execute("ROLLBACK")
            if attempt == _TRIES:
                raise
            await asyncio.sleep(_GIVE_WAY_SECONDS)
        else:
            return
