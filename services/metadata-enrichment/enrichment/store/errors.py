"""Postgres cannot do its work now, as one error of ours."""

from collections.abc import Iterator
from contextlib import contextmanager

from enrichment.contract.servers import postgres_faults
from enrichment.errors import ServerAway, ServerUnusable


@contextmanager
def server_away() -> Iterator[None]:
    """Turn every error that is no row's fault into `ServerAway`."""
    try:
        yield
    except Exception as error:
        if not postgres_faults.is_away(error):
            raise
        said = str(error) or type(error).__name__
        if "prepared statement" in said:
            said += " (behind a pooler such as PgBouncer: set DATABASE_POOLER=true)"
        kind = ServerUnusable if postgres_faults.needs_a_person(error) else ServerAway
        raise kind(f"Postgres: {said}") from error
