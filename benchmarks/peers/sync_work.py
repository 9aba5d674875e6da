"""The work of one track in threads or processes: redis, psycopg."""

from functools import lru_cache

import redis
from psycopg_pool import ConnectionPool

from benchmarks.peers import work


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
        kwargs={"autocommit": True},
    )


def enrich(track_id: str, artist: str, title: str) -> None:
    """Look up three times, write once; each process opens its clients at first use."""
    known = _redis()
    found = [known.get(key) for key in work.cache_keys(artist, title)]
    row = work.row_of(track_id, artist, title, found)
    with _pool().connection() as connection:
        connection.execute(work.UPSERT_PSYCOPG, row)
