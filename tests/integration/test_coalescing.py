"""One lease per question: one asks, the rest is woken, a death hands over once."""

import asyncio
import time
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis

from enrichment.contract.keys import RELEASES_CHANNEL
from enrichment.errors import ServerAway
from enrichment.lookup.dispatch.leases import Leases, lease_key
from enrichment.lookup.redis_link import RedisLink, open_client
from enrichment.model import ProviderName, Question


def question(key: str) -> Question:
    return Question(ProviderName("musicbrainz"), "isrc", key, isrc=key)


ONE, TWO, THREE = map(question, ("USUS11000001", "USUS11000002", "USUS11000003"))


@asynccontextmanager
async def processes(server, count: int, **more):
    """Leases as so many processes have them."""
    clients: list[Redis] = [open_client(server.url) for _ in range(count)]
    leases = [Leases(RedisLink(client), **more) for client in clients]
    yield leases
    for each in leases:
        await each.close()
    for client in clients:
        await client.aclose()


async def test_of_many_processes_one_gets_the_lease(private_redis, redis_client):
    async with processes(private_redis, 8) as all_leases:
        owned = await asyncio.gather(
            *(each.acquire([ONE], f"owner {n}") for n, each in enumerate(all_leases))
        )

    assert sorted(map(len, owned)) == [0] * 7 + [1]


async def test_only_what_nobody_asks_is_ours(private_redis, redis_client):
    async with processes(private_redis, 2) as (one, other):
        first = await one.acquire([ONE, TWO], "one")
        second = await other.acquire([TWO, THREE], "other")

    assert (first, second) == ({ONE, TWO}, {THREE})


async def test_waiters_are_woken_by_the_release_without_polling(
    private_redis, redis_client
):
    async with processes(private_redis, 3) as (owner, one, other):
        await owner.acquire([ONE, TWO], "owner")
        waits = [
            asyncio.create_task(each.wait([ONE], timeout=10.0)) for each in (one, other)
        ]
        await until(lambda: one._listening.is_set() and other._listening.is_set())
        await quiet(redis_client)
        before = await commands(redis_client)
        await asyncio.sleep(0.3)
        idle = await commands(redis_client) - before
        released = time.monotonic()
        await owner.release([ONE], "owner")
        woken = await asyncio.gather(*waits)
        took = time.monotonic() - released

    assert woken == [{ONE}, {ONE}]
    assert took < 5, "not only when the wait was over"
    # our own look at the counter, and nothing else
    assert idle <= 1


async def test_a_dead_owner_hands_over_once(private_redis, redis_client):
    async with processes(private_redis, 4, lease_seconds=2.0) as (dead, *others):
        await dead.acquire([ONE], "dead")
        # killed: no renewal, no release
        await dead.close()

        async def follow(leases: Leases, name: str) -> bool:
            # who looks late finds the first heir asking
            free = await leases.wait([ONE], timeout=10.0)
            return bool(await leases.acquire(free, name))

        took_over = await asyncio.gather(
            *(follow(each, f"heir {n}") for n, each in enumerate(others))
        )

    assert sorted(took_over) == [False, False, True]


async def test_a_long_call_keeps_its_lease(private_redis, redis_client):
    async with processes(private_redis, 2, lease_seconds=3.0) as (owner, other):
        await owner.acquire([ONE], "owner")

        free = await other.wait([ONE], timeout=5.0)

        assert free == set()
        assert await other.acquire([ONE], "other") == set()


async def test_a_lease_that_nobody_held_is_free_at_once(private_redis, redis_client):
    async with processes(private_redis, 1) as (leases,):
        assert await leases.wait([ONE, TWO], timeout=5.0) == {ONE, TWO}


async def test_a_release_of_a_lost_lease_takes_nothing_from_its_heir(
    private_redis, redis_client
):
    async with processes(private_redis, 2) as (late, heir):
        await late.acquire([ONE], "late")
        await redis_client.delete(lease_key(ONE))
        await heir.acquire([ONE], "heir")

        await late.release([ONE], "late")

        assert await late.acquire([ONE], "late") == set()


async def test_without_redis_no_question_is_ours():
    leases = Leases(RedisLink(None))

    with pytest.raises(ServerAway):
        await leases.acquire([ONE, TWO], "me")
    with pytest.raises(ServerAway):
        await leases.wait([ONE], timeout=1.0)
    await leases.release([ONE], "me")
    await leases.close()


async def test_waiters_hear_again_after_redis_was_restarted(
    private_redis, redis_client
):
    async with processes(private_redis, 2, lease_seconds=20.0) as (owner, other):
        await owner.acquire([ONE], "owner")
        wait = asyncio.create_task(other.wait([ONE], timeout=20.0))
        await until(other._listening.is_set)
        await asyncio.to_thread(private_redis.stop)
        await asyncio.to_thread(private_redis.start)
        async with asyncio.timeout(60):
            while not await listeners(redis_client):  # noqa: ASYNC110 (Redis alone knows)
                await asyncio.sleep(0.01)

        await owner.release([ONE], "owner")

        assert await asyncio.wait_for(wait, 10.0) == {ONE}


async def commands(client: Redis) -> int:
    return int((await client.info("stats"))["total_commands_processed"])


async def quiet(client: Redis) -> None:
    """Wait until nobody but this looks at Redis."""
    before, now = 0, await commands(client)
    async with asyncio.timeout(60):
        while now - before > 1:
            await asyncio.sleep(0.1)
            before, now = now, await commands(client)


async def listeners(client: Redis) -> int:
    [(_, count)] = await client.pubsub_numsub(RELEASES_CHANNEL)
    return int(count)


async def until(condition, seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)
