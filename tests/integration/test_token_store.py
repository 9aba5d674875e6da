"""Spotify's token in Redis: shared, replaced when damaged, locked by its owner."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from enrichment.errors import ServerAway
from enrichment.lookup.redis_link import RedisLink
from enrichment.lookup.token_store import LOCK_SECONDS, RedisTokenStore
from enrichment.providers.tokens import Token
from tests import factories

KEY = "enrichment:v1:token:spotify:us"
TOKEN = Token("abc", datetime.now(UTC) + timedelta(hours=1))


@pytest.fixture
def store(redis_client) -> RedisTokenStore:
    return RedisTokenStore(RedisLink(redis_client), factories.SPOTIFY, "us")


async def test_a_token_is_shared(store, redis_client):
    await store.put(TOKEN)

    shared = await RedisTokenStore(
        RedisLink(redis_client), factories.SPOTIFY, "us"
    ).get()
    assert shared.value == "abc"
    assert abs(shared.usable_until - TOKEN.usable_until) < timedelta(seconds=1)


@pytest.mark.parametrize(
    "value",
    [b"garbage", b"[1, 2]", b'["abc"]', b'["abc", 1e300]', b'{"a": 1}', b"\xff"],
)
async def test_a_damaged_token_is_none_and_is_replaced(store, redis_client, value):
    await redis_client.set(KEY, value)

    assert await store.get() is None
    await store.put(TOKEN)
    assert (await store.get()).value == "abc"


async def test_a_key_of_another_type_is_none_and_is_replaced(store, redis_client):
    await redis_client.hset(KEY, "a", "b")

    assert await store.get() is None
    await store.put(TOKEN)
    assert (await store.get()).value == "abc"


async def test_a_lock_that_is_anothers_by_now_stays(store, redis_client):
    async with store.lock():
        # ours has ended by itself, and another worker has it
        await redis_client.set(f"{KEY}:lock", "another")

    assert await redis_client.get(f"{KEY}:lock") == b"another"


async def test_a_lock_is_given_back(store, redis_client):
    async with store.lock():
        assert await redis_client.exists(f"{KEY}:lock")

    assert not await redis_client.exists(f"{KEY}:lock")


async def test_a_lock_without_an_end_gets_one(store, redis_client):
    await redis_client.set(f"{KEY}:lock", "whoever")
    waiting = asyncio.create_task(store.lock().__aenter__())
    async with asyncio.timeout(10):
        while await redis_client.ttl(f"{KEY}:lock") == -1:  # noqa: ASYNC110 (Redis')
            await asyncio.sleep(0.01)

    assert 0 < await redis_client.ttl(f"{KEY}:lock") <= LOCK_SECONDS
    waiting.cancel()


async def test_without_redis_nobody_asks_for_a_token():
    store = RedisTokenStore(RedisLink(None), factories.SPOTIFY, "us")

    with pytest.raises(ServerAway):
        await store.get()
    with pytest.raises(ServerAway):
        async with store.lock():
            pass
