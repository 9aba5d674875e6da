"""Whether this database is one that our rows can be written to, before any is."""

from dataclasses import dataclass
from typing import Any

from enrichment.errors import ConfigurationError, ServerUnusable
from enrichment.store import migrations
from enrichment.store.errors import server_away

# Names in every script are in the rows.
ENCODING = "UTF8"
# Pooled: the server process that answers is not the one that greeted us. As text, by
# the protocol without prepared statements, of which a pooler loses the names.
_SEE_SERVER = """
DO $$ BEGIN IF pg_backend_pid() <> {pid} THEN RAISE 'pooled'; END IF; END $$
"""
_POOLED_SQLSTATE = "P0001"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the database, and what to do about it."""

    subject: str
    detail: str
    advice: str


async def faults(
    connection: Any,  # noqa: ANN401 (asyncpg's pooled connection has no public type)
    *,
    pooler_is_told: bool,
) -> list[Fault]:
    """Look for a pooler nobody told us of, another encoding and an older schema."""
    if not pooler_is_told and await _is_pooled(connection):
        # no other statement of ours can be relied on
        return [
            Fault(
                "pooler",
                "a pooler such as PgBouncer stands before Postgres",
                "set DATABASE_POOLER=true",
            )
        ]
    found = []
    if (encoding := await encoding_fault(connection)) is not None:
        found.append(encoding)
    have = await migrations.applied(connection)
    missing = [m for m in migrations.known() if m.version not in have]
    if missing:
        names = ", ".join(f"{m.version:03} {m.name}" for m in missing)
        lacks = f"misses {names}" if have else "is not there"
        found.append(
            Fault("schema", f"the schema {lacks}", "run `enrichment migrate up`")
        )
    return found


async def encoding_fault(
    connection: Any,  # noqa: ANN401 (as above)
) -> Fault | None:
    """Report a database that cannot hold every name."""
    encoding = await connection.fetchval("SHOW server_encoding")
    if encoding == ENCODING:
        return None
    return Fault(
        "encoding",
        f"the database's encoding is {encoding}, not {ENCODING}",
        f"make it anew: CREATE DATABASE … ENCODING '{ENCODING}' TEMPLATE template0",
    )


async def require(
    connection: Any,  # noqa: ANN401 (as above)
    *,
    pooler_is_told: bool,
) -> None:
    """
    See that rows can be written.

    Raises:
        ConfigurationError: in one line, with what to do.
        ServerAway: it cannot be told now.
    """
    try:
        with server_away():
            found = await faults(connection, pooler_is_told=pooler_is_told)
    except ServerUnusable as error:
        raise ConfigurationError(str(error)) from error
    if found:
        raise ConfigurationError(
            "; ".join(f"Postgres: {f.detail}: {f.advice}" for f in found)
        )


async def _is_pooled(
    connection: Any,  # noqa: ANN401 (as above)
) -> bool:
    try:
        await connection.execute(_SEE_SERVER.format(pid=connection.get_server_pid()))
    except Exception as error:
        if getattr(error, "sqlstate", None) == _POOLED_SQLSTATE:
            return True
        raise
    return False
