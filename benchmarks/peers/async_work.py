"""The work of one track where it is awaited: redis.asyncio, asyncpg."""

import asyncpg
from redis.asyncio import Redis

from benchmarks.peers import same_work, work


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
        """Do the work that is measured; asyncpg prepares each statement once."""
        if self._pool is None:
            raise RuntimeError("not open")
        if work.IS_BARE:
            keys = work.cache_keys(artist, title)
            found = [await self._redis.get(key) for key in keys]
            row = work.row_of(track_id, artist, title, found)
            await self._pool.execute(work.UPSERT, *row)
            return
        found = await self._redis.mget(same_work.cache_keys(track_id))
        statements = list(same_work.statements(track_id, artist, title, found))
        async with self._pool.acquire() as connection, connection.transaction():
            for statement, parameters in statements:
                await connection.execute(statement, *parameters)
