"""Whose turn it is to ask a host, for all crawls of the cluster, kept over restarts."""

import asyncio
import logging
import secrets
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

SCRIPT = (Path(__file__).parent / "host_locks.lua").read_text(encoding="utf-8")
# Other crawls of the cluster go on unseen while Redis is away: less traffic, not more.
FACTOR_WITHOUT_REDIS = 2.0
MICROSECONDS = 1_000_000
REDIS_TIMEOUT_SECONDS = 2.0


class HostBlocked(Exception):  # noqa: N818 (a fact about the host)
    """
    The host has refused a crawl of the cluster; nobody asks before the time is over.

    Args:
        seconds: how long still.
    """

    def __init__(self, host: str, seconds: float) -> None:
        super().__init__(f"{host} has refused us; nobody asks for {seconds:.0f} s more")
        self.seconds = seconds


@dataclass(slots=True)
class _Host:
    """What this process alone knows of a host; times by its monotonic clock."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    last: float = float("-inf")
    published: float = 0.0
    blocked_until: float = 0.0


class HostLocks:
    """
    Gives one request at a time its turn; the next no sooner than the delay after it.

    Args:
        redis: None: this process is the only one.
        hold_seconds: a turn not given back by then was its process' last.
    """

    def __init__(self, redis: Redis | None, *, hold_seconds: float) -> None:
        self._redis = redis
        self._script = redis.register_script(SCRIPT) if redis else None
        self._hold_seconds = hold_seconds
        self._holder = secrets.token_hex(8)
        self._hosts: defaultdict[str, _Host] = defaultdict(_Host)
        self._redis_away = False

    async def take(self, host: str, delay_seconds: float) -> None:
        """
        Wait for our turn; `give_back` ends it.

        Raises:
            HostBlocked: instead of a turn.
        """
        own = self._hosts[host]
        await own.lock.acquire()
        try:
            pause = await self._wait_seconds(host, delay_seconds)
            while pause > 0:
                await asyncio.sleep(pause)
                pause = await self._wait_seconds(host, delay_seconds)
        except BaseException:
            own.lock.release()
            raise

    async def give_back(self, host: str) -> None:
        """End our turn: the delay counts from here."""
        own = self._hosts[host]
        own.last = time.monotonic()
        await self._ask(host, "give_back", self._holder)
        own.lock.release()

    async def publish(self, host: str, delay_seconds: float) -> None:
        """Note what the host's robots.txt asks for, for everyone."""
        self._hosts[host].published = delay_seconds
        await self._ask(host, "publish", int(delay_seconds * MICROSECONDS))

    async def block(self, host: str, seconds: float) -> None:
        """Let nobody ask the host for so long."""
        own = self._hosts[host]
        own.blocked_until = max(own.blocked_until, time.monotonic() + seconds)
        await self._ask(host, "block", int(seconds * MICROSECONDS))

    async def close(self) -> None:
        """Close the connection."""
        if self._redis is not None:
            await self._redis.aclose()

    async def _wait_seconds(self, host: str, delay_seconds: float) -> float:
        """Return 0 when it is our turn, else how long to wait before asking again."""
        own, now = self._hosts[host], time.monotonic()
        if own.blocked_until > now:
            raise HostBlocked(host, own.blocked_until - now)
        delay = max(delay_seconds, own.published)
        if (pause := own.last + delay - now) > 0:
            return pause
        answer = await self._ask(
            host,
            "take",
            self._holder,
            int(delay_seconds * MICROSECONDS),
            int(self._hold_seconds * MICROSECONDS),
        )
        if answer is None:
            factor = FACTOR_WITHOUT_REDIS if self._redis else 1.0
            return own.last + factor * delay - time.monotonic()
        what, seconds = answer
        if what == "blocked":
            raise HostBlocked(host, seconds)
        return seconds

    async def _ask(self, host: str, *arguments: str | int) -> tuple[str, float] | None:
        """Run the script; None where there is no Redis to ask."""
        if self._script is None:
            return None
        try:
            what, wait = await self._script(
                keys=[f"enrichment:v1:crawl:{host}"], args=arguments
            )
        except (RedisError, OSError, TimeoutError) as error:
            if not self._redis_away:
                log.warning("Redis is away, crawling slower by own clock: %r", error)
            self._redis_away = True
            return None
        self._redis_away = False
        return what.decode(), int(wait) / MICROSECONDS


def turns(redis_dsn: str, *, hold_seconds: float) -> HostLocks:
    """Return the turns kept in this Redis, or by this process alone."""
    if not redis_dsn:
        return HostLocks(None, hold_seconds=hold_seconds)
    redis = Redis.from_url(
        redis_dsn,
        socket_timeout=REDIS_TIMEOUT_SECONDS,
        socket_connect_timeout=REDIS_TIMEOUT_SECONDS,
    )
    return HostLocks(redis, hold_seconds=hold_seconds)
