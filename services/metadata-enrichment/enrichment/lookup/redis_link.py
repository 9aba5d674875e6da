"""Redis or nothing: an outage is told once, and asked about once a second."""

import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from enrichment import logs
from enrichment.errors import ServerAway

log = logs.get("lookup")

T = TypeVar("T")

# Longer than any of our scripts; a Redis that needs more is as good as away.
COMMAND_SECONDS = 2.0
CONNECT_SECONDS = 1.0
# More at once wait for each other: a command takes a fraction of a millisecond, and a
# hundred workers share what the server has. One of them listens.
MAX_CONNECTIONS = 16
# How often one caller may find out whether Redis is back.
RETRY_SECONDS = 1.0


def open_client(url: str) -> Redis:
    """Give a client that fails soon; commands of ours may all be sent twice."""
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=MAX_CONNECTIONS,
        timeout=COMMAND_SECONDS,
        socket_timeout=COMMAND_SECONDS,
        socket_connect_timeout=CONNECT_SECONDS,
        # one try more: the pool's idle connections do not survive a restart
        retry=Retry(NoBackoff(), 1),
    )
    return Redis.from_pool(pool)


def _nobody(operation: str) -> None:
    """Count nothing."""


class RedisLink:
    """
    The way to Redis that all parts of a process share.

    Args:
        client: None where there is no Redis at all.
        on_error: told the operation each time Redis did not do it.
    """

    def __init__(
        self,
        client: Redis | None,
        *,
        on_error: Callable[[str], None] = _nobody,
        retry_seconds: float = RETRY_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.client = client
        self._on_error = on_error
        self.retry_seconds = retry_seconds
        self._monotonic = monotonic
        self._away = client is None
        self._ask_again_at = float("inf") if client is None else 0.0

    @property
    def is_away(self) -> bool:
        """Whether the last command got no answer."""
        return self._away

    async def ask(
        self,
        operation: str,
        command: Callable[[Redis], Awaitable[T]],
        *,
        surely: bool = False,
    ) -> T:
        """
        Send what `command` sends.

        Args:
            surely: try even if Redis was away a moment ago.

        Raises:
            ServerAway: no answer, or there was none a moment ago.
        """
        if self.client is None:
            raise ServerAway("there is no Redis")
        if self._away:
            now = self._monotonic()
            if now < self._ask_again_at and not surely:
                self._on_error(operation)
                raise ServerAway("Redis is away")
            # the others go on without it while this one looks
            self._ask_again_at = now + self.retry_seconds
        try:
            answer = await command(self.client)
        except (RedisError, OSError, TimeoutError) as error:
            self._lost(operation, error)
            raise ServerAway(f"Redis is away: {error}") from error
        if self._away:
            self._away = False
            log.info("Redis is back", event_name="enrichment.lookup.redis_back")
        return answer

    def _lost(self, operation: str, error: Exception) -> None:
        self._on_error(operation)
        self._ask_again_at = self._monotonic() + self.retry_seconds
        if not self._away:
            self._away = True
            log.warning(
                "Redis is away: no cache, and a small local allowance per provider",
                event_name="enrichment.lookup.redis_away",
                operation=operation,
                error_type=type(error).__name__,
                error=str(error),
            )
