"""How a command ends: the line and the exit code for each kind of fault."""

import asyncpg
from redis.exceptions import RedisError

from enrichment.app import clients
from enrichment.cli.shared import (
    CANNOT_CREATE,
    DEFECT,
    MISCONFIGURED,
    NO_INPUT,
    NO_PERMISSION,
    NOT_A_TRACKLIST,
    UNAVAILABLE,
)
from enrichment.errors import (
    ConfigurationError,
    EnrichmentError,
    InputInvalid,
    InputMissing,
    LoopEnded,
    PermissionMissing,
    ServerAway,
)

_SCHEMA_LACKS = (
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedColumnError,
    asyncpg.UndefinedFunctionError,
)
_NOT_LET_IN = (
    asyncpg.InvalidPasswordError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
)
# A worker waits for these as for a server that is away; a person is told what to do.
_TELLS_MORE = (*_SCHEMA_LACKS, *_NOT_LET_IN, asyncpg.InsufficientPrivilegeError)
# The first row whose class fits tells the line and the code; docs/commands.md.
_ENDINGS: tuple[tuple[type[Exception], str, int], ...] = (
    (InputMissing, "{error}", NO_INPUT),
    (InputInvalid, "{error}", NOT_A_TRACKLIST),
    (ConfigurationError, "{error}", MISCONFIGURED),
    (LoopEnded, "{error}", DEFECT),
    (PermissionMissing, "{error}", NO_PERMISSION),
    (EnrichmentError, "{error}", UNAVAILABLE),
    *(
        (
            kind,
            "run `enrichment migrate up`: the schema lacks it: {error}",
            MISCONFIGURED,
        )
        for kind in _SCHEMA_LACKS
    ),
    *(
        (kind, "Postgres refuses the login: {error}", MISCONFIGURED)
        for kind in _NOT_LET_IN
    ),
    (
        asyncpg.InsufficientPrivilegeError,
        "Postgres: {error}: this needs the owner of the tables (DATABASE_OWNER_URL)",
        NO_PERMISSION,
    ),
    (asyncpg.PostgresError, "Postgres cannot be used: {error}", UNAVAILABLE),
    (asyncpg.InterfaceError, "Postgres cannot be used: {error}", UNAVAILABLE),
    (RedisError, "Redis cannot be used: {error}", UNAVAILABLE),
)


def told(error: Exception) -> tuple[str, int] | None:
    """Return the line and the exit code of a known fault; None for a defect of ours."""
    if isinstance(error, ServerAway) and isinstance(error.__cause__, _TELLS_MORE):
        error = error.__cause__
    if clients.is_refusal(error) and not isinstance(error, asyncpg.PostgresError):
        return f"a server refuses the login: {error}", MISCONFIGURED
    for kind, sentence, code in _ENDINGS:
        if isinstance(error, kind):
            return sentence.format(error=error), code
    if isinstance(error, OSError) and isinstance(error.filename, str):
        return f"{error.filename}: {error.strerror}", CANNOT_CREATE
    if clients.is_away(error):
        return f"a server cannot be reached: {error}", UNAVAILABLE
    return None
