"""What is done to RabbitMQ, Redis and Postgres while good tracks flow."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from itertools import cycle

import asyncpg
import redis.asyncio
from redis.exceptions import RedisError

from benchmarks.gauntlet.ground import Ground
from enrichment.contract import queues
from enrichment.contract.keys import PREFIX
from enrichment.contract.messages import encode
from tests import pipeline
from tests.hostile import amqp_by_hand
from tests.hostile.forged import READABLE, UNREADABLE

_FORGED_EVERY_SECONDS = 3.0
# Good tracks come so many at a time, some of them with forged properties.
_GOOD_AT_A_TIME = 5
_DAMAGE_EVERY_SECONDS = 1.0
_DAMAGED_AT_A_TIME = 8
_SLOW_EVERY_SECONDS, _SLOW_FOR_SECONDS, _SLOW_SECONDS = 20.0, 4.0, 1.0
_POSTGRES_EVERY_SECONDS, _LOCKED_FOR_SECONDS = 8.0, 3.0
_LOCKED = ("tracks", "provider_records", "provider_calls", "artists")
_STRANGE_ID = b'{"track_id": "%s", "artist": "A", "title": "B", "priority": 5}'
_NO_ID = b"00000000-0000-0000-0000-000000000000"
_JUNK = (
    b"",
    b"[" * 60_000,
    b'"\\ud800"',
    b"\xff\xfe{",
    b"x" * 200_000,
    _STRANGE_ID % (b"{%s}" % _NO_ID),
    _STRANGE_ID % (b"urn:uuid:" + _NO_ID),
)
_KILLED = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE pid <> pg_backend_pid() AND datname = current_database()
"""


async def good_messages(ground: Ground, spread_seconds: float) -> None:
    """Publish the good tracks that come as messages, over some time."""
    requests = pipeline.requests_of(ground.messages)
    properties = cycle([*READABLE.values(), *UNREADABLE.values()])
    pause = spread_seconds * _GOOD_AT_A_TIME / max(1, len(requests))
    for at in range(0, len(requests), _GOOD_AT_A_TIME):
        some = requests[at : at + _GOOD_AT_A_TIME]
        messages = [(encode(request), next(properties)) for request in some]
        await asyncio.to_thread(_send, ground.stack.rabbitmq.url, messages)
        await asyncio.sleep(pause)


async def forged_messages(ground: Ground) -> None:
    """Send what no client library would send, and bodies that are no messages."""
    forged = [*UNREADABLE.items(), *READABLE.items()]
    messages = [(name.encode(), given) for name, given in forged]
    messages += [(body, amqp_by_hand.properties()) for body in _JUNK]
    while True:
        await asyncio.to_thread(_send, ground.stack.rabbitmq.url, messages)
        ground.done["messages forged"] += len(messages)
        await asyncio.sleep(_FORGED_EVERY_SECONDS)


async def damaged_keys(ground: Ground) -> None:
    """Put into keys of ours what others might write there."""
    client = redis.asyncio.Redis.from_url(ground.stack.redis.url)
    async with client:
        while True:
            await asyncio.sleep(_DAMAGE_EVERY_SECONDS)
            keys = [key async for key in client.scan_iter(f"{PREFIX}:*", count=5000)]
            some = ground.drawn.sample(keys, min(_DAMAGED_AT_A_TIME, len(keys)))
            for key in some:
                with suppress(RedisError):  # another type than the damage is for
                    await ground.drawn.choice(_DAMAGES)(client, key, keys, ground.drawn)
                    ground.done["keys damaged"] += 1


async def slow_redis(ground: Ground) -> None:
    """Let Redis answer late, again and again."""
    while True:
        await asyncio.sleep(_SLOW_EVERY_SECONDS)
        ground.slow_redis.delay_seconds = _SLOW_SECONDS
        await asyncio.sleep(_SLOW_FOR_SECONDS)
        ground.slow_redis.delay_seconds = 0.0
        ground.done["times Redis was slow"] += 1


async def postgres(ground: Ground) -> None:
    """Lock tables as an analyst does, and end connections as an administrator does."""
    url = ground.stack.postgres.url
    for table in cycle(_LOCKED):
        await asyncio.sleep(_POSTGRES_EVERY_SECONDS)
        connection = await asyncpg.connect(url)
        try:
            await connection.execute("ALTER DATABASE musicdb SET lock_timeout = '1s'")
            async with connection.transaction():
                await connection.execute("SET LOCAL lock_timeout = 0")
                await connection.execute(f"LOCK TABLE {table}")
                await asyncio.sleep(_LOCKED_FOR_SECONDS)
            ground.done["tables locked"] += 1
            ground.done["connections killed"] += await connection.fetchval(_KILLED)
        finally:
            await connection.close()


def _send(url: str, messages: Sequence[tuple[bytes, bytes]]) -> None:
    with amqp_by_hand.client(url) as client:
        client.publish(messages, queues.MAIN_QUEUE)


Damage = Callable[
    [redis.asyncio.Redis, bytes, Sequence[bytes], random.Random], Awaitable[None]
]


async def _garbage(
    client: redis.asyncio.Redis, key: bytes, _: Sequence[bytes], drawn: random.Random
) -> None:
    await client.set(key, drawn.randbytes(200), keepttl=True)


async def _no_bytes(client: redis.asyncio.Redis, key: bytes, *_: object) -> None:
    await client.set(key, b'{"a": "\\u0000", "b": 1000000000000000}', keepttl=True)


async def _of_another(
    client: redis.asyncio.Redis, key: bytes, keys: Sequence[bytes], drawn: random.Random
) -> None:
    """Overwrite it with what another key of its kind holds."""
    kind = key.rpartition(b":")[0]
    others = [other for other in keys if other.rpartition(b":")[0] == kind]
    value = await client.dump(drawn.choice(others))
    if value is not None:
        await client.restore(key, 0, value, replace=True)


async def _another_type(client: redis.asyncio.Redis, key: bytes, *_: object) -> None:
    async with client.pipeline(transaction=True) as together:
        await together.delete(key).rpush(key, "a", "b").execute()


async def _gone(client: redis.asyncio.Redis, key: bytes, *_: object) -> None:
    await client.delete(key)


async def _locked(client: redis.asyncio.Redis, key: bytes, *_: object) -> None:
    """Leave a lock beside it that never ends."""
    await client.set(key + b":lock", "nobody")


_DAMAGES: Sequence[Damage] = (
    _garbage,
    _no_bytes,
    _of_another,
    _another_type,
    _gone,
    _locked,
)
