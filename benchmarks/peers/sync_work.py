"""The work of one track in threads or processes: redis, psycopg."""

from functools import lru_cache

import redis
from psycopg import RawCursor
from psycopg_pool import ConnectionPool

from benchmarks.peers import same_work, work


@lru_cache(maxsize=1)
def _redis() -> redis.Redis:
    return redis.Redis.from_url(work.environment()[1])


@lru_cache(maxsize=1)
def _pool() -> ConnectionPool:
    return ConnectionPool(
        work.environment()[2],
        min_size=1,
        max_size=work.CONCURRENCY,
        open=True,
        # statements have the server's own placeholders
        kwargs={"autocommit": True, "cursor_factory": RawCursor},
    )


def enrich(track_id: str, artist: str, title: str) -> None:
    """Do the work that is measured; each process opens its clients at first use."""
    if work.IS_BARE:
        found = [_redis().get(key) for key in work.cache_keys(artist, title)]
        row = work.row_of(track_id, artist, title, found)
        with _pool().connection() as connection:
            connection.execute(work.UPSERT, row, prepare=True)
        return
    found = _redis().mget(same_work.cache_keys(track_id))
    statements = list(same_work.statements(track_id, artist, title, found))
    # all statements of the transaction in one round trip, as psycopg's guide shows
    with (
        _pool().connection() as connection,
        connection.pipeline(),
        connection.transaction(),
    ):
        for statement, parameters in statements:
            connection.execute(statement, parameters, prepare=True)
