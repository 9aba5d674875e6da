"""Connections to our own servers; nothing else opens a client of theirs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

import asyncpg
from aio_pika.exceptions import AMQPError, ProbableAuthenticationError
from aiormq.exceptions import ConnectionNotAllowed
from redis.asyncio import Redis
from redis.exceptions import (
    AuthenticationError,
    AuthenticationWrongNumberOfArgsError,
    NoPermissionError,
    RedisError,
)

from enrichment import logs
from enrichment.app import redis_server
from enrichment.app.health import Check
from enrichment.app.settings import Settings
from enrichment.contract import metrics
from enrichment.contract.servers import postgres_faults
from enrichment.errors import ConfigurationError, PermissionMissing, ServerAway
from enrichment.lookup.redis_link import LinkObserver, RedisLink, open_client
from enrichment.queueing import raw_deliveries
from enrichment.queueing.broker import permissions
from enrichment.queueing.raw_deliveries import StreamConnection
from enrichment.store import preflight
from enrichment.store.errors import server_away

log = logs.get("worker")

# One batch writes while another reads, and the scheduler sweeps: that is all we hold.
POOL_SIZE = 4
# Between tries to reach a server at start, seconds.
START_RETRY_FIRST = 0.5
START_RETRY_LONGEST = 5.0
HEARTBEAT_SECONDS = 30
CLOSE_SECONDS = 2.0
_REFUSALS = (
    ProbableAuthenticationError,
    AuthenticationError,
    AuthenticationWrongNumberOfArgsError,
    NoPermissionError,
)


async def open_all(
    settings: Settings, stack: AsyncExitStack, *, needs_redis: bool = True
) -> tuple[asyncpg.Pool, Redis, StreamConnection]:
    """
    Reach our own servers; wait for those that are not there yet.

    Raises:
        ConfigurationError: a server refuses us, or the database cannot hold our rows.
    """
    pool = await open_pool(settings, POOL_SIZE)
    stack.push_async_callback(_close_pool, pool)
    await patiently("Postgres", lambda: see_database(settings, pool))
    redis = open_redis(settings)
    stack.push_async_callback(redis.aclose)
    if needs_redis:
        await reach_redis(redis)
    connection = await open_broker(settings)
    stack.push_async_callback(connection.close)
    return pool, redis, connection


async def open_pool(
    settings: Settings, size: int, *, wait: bool = True, owner: bool = False
) -> asyncpg.Pool:
    """
    Open a small pool; no prepared statements by name, so that poolers work.

    Args:
        owner: as whoever may define and destroy.
    """

    async def connect() -> asyncpg.Pool:
        return await asyncpg.create_pool(
            settings.owner_dsn if owner else settings.postgres_dsn,
            min_size=1,
            max_size=size,
            command_timeout=60,
            reset=_as_it_is,
            statement_cache_size=0 if settings.database_pooler else 100,
            server_settings={"application_name": "enrichment-worker"},
        )

    return await patiently("Postgres", connect) if wait else await connect()


async def see_database(settings: Settings, pool: asyncpg.Pool) -> None:
    """See that the database can hold our rows. Raises ConfigurationError."""
    with server_away():
        async with pool.acquire() as connection:
            await preflight.require(connection, pooler_is_told=settings.database_pooler)


async def _as_it_is(connection: object) -> None:
    """
    Release a connection without a reset, which each batch would pay twice.

    No part of ours leaves settings, locks or cursors behind; a transaction that is
    still open is rolled back all the same.
    """


def open_redis(settings: Settings) -> Redis:
    """Return a client; it connects with its first command."""
    return open_client(settings.redis_dsn)


async def reach_redis(redis: Redis) -> None:
    """
    Wait until Redis answers: nobody is asked without the shared budget.

    Raises:
        ConfigurationError: it refuses our password, or is one that we cannot use.
        PermissionMissing: our user may not write our keys.
    """
    await patiently("Redis", redis.ping)
    for judgement in await redis_server.judge(redis):
        if judgement.not_permitted:
            raise PermissionMissing(f"Redis: {judgement.says}: {judgement.advice}")
        if judgement.unusable:
            raise ConfigurationError(f"Redis: {judgement.says}: {judgement.advice}")
        log.warning(
            "Redis is not as it should be",
            event_name="enrichment.worker.redis_judged",
            says=judgement.says,
            advice=judgement.advice,
        )


def link_to(redis: Redis) -> RedisLink:
    """Return the way to Redis that all parts share; its outages are counted."""
    observer = LinkObserver(
        failed=lambda operation: metrics.CACHE_ERRORS.labels(operation).inc(),
        away=metrics.REDIS_AWAY.set,
    )
    return RedisLink(redis, observer=observer)


async def open_broker(settings: Settings, *, wait: bool = True) -> StreamConnection:
    """Open a connection that comes back by itself."""

    async def connect() -> StreamConnection:
        return await raw_deliveries.connect(
            settings.rabbitmq_dsn,
            heartbeat=HEARTBEAT_SECONDS,
            timeout=10,
            reconnect_interval=1,
        )

    return await patiently("RabbitMQ", connect) if wait else await connect()


async def see_permissions(settings: Settings, exchanges: Iterable[str]) -> None:
    """
    See that our user may publish there: else nothing would be told until it has to.

    Raises:
        PermissionMissing: it may not.
    """
    async with passing_broker(settings) as connection:
        try:
            await permissions.require_write(connection, exchanges)
        except PermissionMissing:
            raise
        except ServerAway as error:
            log.warning(
                "Not known whether RabbitMQ lets us publish",
                event_name="enrichment.worker.permissions_unknown",
                error=str(error),
            )


@asynccontextmanager
async def passing_broker(settings: Settings) -> AsyncIterator[StreamConnection]:
    """Lend a connection; a broker with an alarm does not hold up its end."""
    connection = await open_broker(settings, wait=False)
    try:
        yield connection
    finally:
        with suppress(Exception):
            await asyncio.wait_for(connection.close(), CLOSE_SECONDS)


async def patiently(server: str, connect: Callable[[], Awaitable[Any]]) -> Any:  # noqa: ANN401
    """Try until it is there; a wrong password is a fault to tell, not to wait for."""
    pause = START_RETRY_FIRST
    while True:
        try:
            return await connect()
        except Exception as error:
            if is_refusal(error):
                raise ConfigurationError(f"{server} refuses us: {error}") from error
            if not is_away(error):
                raise
            log.warning(
                f"Waiting for {server}",
                event_name="enrichment.worker.waiting",
                server=server,
                error=f"{type(error).__name__}: {error}",
                again_in_seconds=pause,
            )
        await asyncio.sleep(pause)
        pause = min(pause * 2, START_RETRY_LONGEST)


def is_refusal(error: BaseException) -> bool:
    """Return whether a server is there and does not let us in."""
    if isinstance(error, ConnectionNotAllowed):
        # a virtual host that is not there or not ours; a limit is over some time
        return "limit" not in str(error)
    return isinstance(error, _REFUSALS) or postgres_faults.is_refusal(error)


def is_away(error: BaseException) -> bool:
    """Return whether a server cannot be reached now."""
    if isinstance(error, AMQPError | RedisError | ServerAway):
        return True
    return postgres_faults.is_away(error)


async def _close_pool(pool: asyncpg.Pool) -> None:
    try:
        await asyncio.wait_for(pool.close(), timeout=3)
    except TimeoutError:
        pool.terminate()


def server_checks(
    pool: asyncpg.Pool, redis: Redis, connection: StreamConnection
) -> Mapping[str, Check]:
    """Return what tells, server by server, whether ours answer."""

    async def postgres() -> None:
        await pool.fetchval("SELECT 1")

    async def cache() -> None:
        await redis.ping()

    async def broker() -> None:
        if connection.is_closed or not connection.connected.is_set():
            raise ConnectionError("not connected")

    return {"postgres": postgres, "redis": cache, "rabbitmq": broker}
