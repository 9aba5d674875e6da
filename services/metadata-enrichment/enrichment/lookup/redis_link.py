"""Redis or nothing: an outage is told once, and asked about once a second."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError

from enrichment import logs
from enrichment.errors import ServerAway

log = logs.get("lookup")

T = TypeVar("T")

# Longer than any of our scripts; a Redis that needs more counts as away.
COMMAND_SECONDS = 2.0
CONNECT_SECONDS = 1.0
# More at once wait for each other: a command takes a fraction of a millisecond, and a
# hundred workers share what the server has. One of them listens.
MAX_CONNECTIONS = 16
# How often one caller may find out whether Redis is back.
RETRY_SECONDS = 1.0


def open_client(url: str) -> Redis:
    """Return a client that fails soon; commands of ours may all be sent twice."""
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


class RedisRefuses(ServerAway):
    """
    Redis answers, and does not do what it is told: full, read-only, a damaged key.

    To be waited for as an outage is; the other parts go on meanwhile.
    """


@dataclass(frozen=True, slots=True)
class LinkObserver:
    """
    Told what becomes of commands.

    Args:
        failed: the operation, each time Redis did not do it.
        away: 1 when a command got no answer, 0 when one did again.
    """

    failed: Callable[[str], None] = lambda _: None
    away: Callable[[int], None] = lambda _: None


class RedisLink:
    """
    The way to Redis that all parts of a process share.

    Args:
        client: None where there is no Redis at all.
    """

    def __init__(
        self,
        client: Redis | None,
        *,
        observer: LinkObserver = LinkObserver(),
        retry_seconds: float = RETRY_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.client = client
        self._observer = observer
        self.retry_seconds = retry_seconds
        self._monotonic = monotonic
        self._away = client is None
        self._ask_again_at = float("inf") if client is None else 0.0
        self._refused: str | None = None

    @property
    def is_away(self) -> bool:
        """Whether the last command got no answer."""
        return self._away

    async def ask(self, operation: str, command: Callable[[Redis], Awaitable[T]]) -> T:
        """
        Send what `command` sends.

        Raises:
            ServerAway: no answer, or there was none a moment ago.
            RedisRefuses: Redis answered with an error; it says which.
        """
        if self.client is None:
            raise ServerAway("there is no Redis")
        if self._away:
            now = self._monotonic()
            if now < self._ask_again_at:
                self._observer.failed(operation)
                raise ServerAway("Redis is away")
            # the others do not wait for this one to find out
            self._ask_again_at = now + self.retry_seconds
        try:
            answer = await command(self.client)
        except ResponseError as error:
            self._is_back()
            raise self._refuses(operation, error) from error
        except (RedisError, OSError, TimeoutError) as error:
            raise self._lost(operation, error) from error
        self._is_back()
        self._refused = None
        return answer

    def _is_back(self) -> None:
        if self._away:
            self._away = False
            self._observer.away(0)
            log.info("Redis is back", event_name="enrichment.lookup.redis_back")

    def _refuses(self, operation: str, error: Exception) -> RedisRefuses:
        """Return what Redis answers; once for each kind of error in a row."""
        self._observer.failed(operation)
        kind = f"{operation}: {str(error).partition(' ')[0]}"
        if kind != self._refused:
            self._refused = kind
            log.error(
                "Redis answers with an error: what needs it waits",
                event_name="enrichment.lookup.redis_refuses",
                operation=operation,
                error_type=type(error).__name__,
                error=str(error),
            )
        return RedisRefuses(f"Redis answers with an error to {operation}: {error}")

    def _lost(self, operation: str, error: Exception) -> ServerAway:
        self._observer.failed(operation)
        self._ask_again_at = self._monotonic() + self.retry_seconds
        if not self._away:
            self._away = True
            self._observer.away(1)
            log.warning(
                "Redis is away: no provider is asked until it is back",
                event_name="enrichment.lookup.redis_away",
                operation=operation,
                error_type=type(error).__name__,
                error=str(error),
            )
        return ServerAway(f"Redis is away: {error}")
