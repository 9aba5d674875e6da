"""Postgres' time, for all that is in rows: workers' own clocks differ."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from time import monotonic

import asyncpg

from enrichment.errors import ServerAway
from enrichment.store.errors import server_away

# Between two looks: two machines' oscillators part by less than a millisecond in it.
LOOK_SECONDS = 30.0
_READ = "SELECT clock_timestamp()"


class PostgresClock:
    """
    Goes on by itself between looks at Postgres', and is never set by this machine's.

    Args:
        monotonic: seconds of a clock that nobody sets.
    """

    def __init__(
        self, pool: asyncpg.Pool, monotonic: Callable[[], float] = monotonic
    ) -> None:
        self._pool = pool
        self._monotonic = monotonic
        self._at = datetime.now(UTC)
        self._since = monotonic()

    def now(self) -> datetime:
        """Return Postgres' time, as well as it is known."""
        return self._at + timedelta(seconds=self._monotonic() - self._since)

    def seconds(self) -> float:
        """Return it as Unix seconds."""
        return self.now().timestamp()

    async def look(self) -> None:
        """Read it. Raises ServerAway."""
        asked = self._monotonic()
        with server_away():
            said: datetime = await self._pool.fetchval(_READ)
        answered = self._monotonic()
        # it was read half-way
        self._at, self._since = said, (asked + answered) / 2

    async def run(self) -> None:
        """Look now and then, forever; while Postgres is away the last look holds."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            with suppress(ServerAway):
                await self.look()
