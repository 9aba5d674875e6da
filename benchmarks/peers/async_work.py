"""The work of one track where it is awaited: redis.asyncio, asyncpg."""

import asyncpg
from redis.asyncio import Redis

from benchmarks.peers import work


class AsyncWork:
    """Two clients with pools, and the work of a track on them."""

    def __init__(self) -> None:
        _, redis_url, self._database_url = work.environment()
        self._redis = Redis.from_url(redis_url)
        self._pool: asyncpg.Pool | None = None

    async def open(self) -> None:
        """Open the pool, as large as there are tracks in hand at once."""
        self._pool = await asyncpg.create_pool(
            self._database_url, min_size=work.CONCURRENCY, max_size=work.CONCURRENCY
        )

    async def close(self) -> None:
        """Close both."""
        await self._redis.aclose()
        if self._pool is not None:
            await self._pool.close()

    async def enrich(self, track_id: str, artist: str, title: str) -> None:
        """Look up three times, write once."""
        if self._pool is None:
            raise RuntimeError("not open")
        found = [await self._redis.get(key) for key in work.cache_keys(artist, title)]
        row = work.row_of(track_id, artist, title, found)
        await self._pool.execute(work.UPSERT_ASYNCPG, *row)
