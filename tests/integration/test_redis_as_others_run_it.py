"""Redis as others run it: far away, full, emptied, in cluster mode."""

import asyncio
import re
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from devstack import ports, redis
from enrichment.app import clients, redis_server
from enrichment.contract.keys import budget_key
from enrichment.contract.messages import Lane
from enrichment.errors import ConfigurationError, PermissionMissing, ServerAway
from enrichment.lookup.bench.bench import Bench
from enrichment.lookup.ratelimit.budget_script import DaysSpent
from enrichment.lookup.ratelimit.rate_budget import SLOW_SECONDS, RateBudget
from enrichment.lookup.redis_link import RedisLink, open_client
from enrichment.lookup.spending import Spending
from enrichment.model import ProviderName
from enrichment.providers.allowance import Limits, Quota, Window
from enrichment.store.call_ledger import CallLedger, days_spent
from tests import pipeline
from tests.integration.connections import pool

__all__ = ["pool"]

SPOTIFY = ProviderName("spotify")
DAY = Limits((Window(60, 30.0),), Quota(2000))


def budget_of(client, limits=DAY, ledger=None) -> RateBudget:
    link = RedisLink(client, retry_seconds=0.0)
    return RateBudget(link, {SPOTIFY: limits}, Bench(link), ledger=ledger)


def take(budget: RateBudget):
    return budget.take(SPOTIFY, lane=Lane.MAIN, reservation=uuid4().hex)


async def until_refused(budget: RateBudget) -> str:
    """Take turns until Redis is too slow; give what is said then."""
    for _ in range(100):
        try:
            await take(budget)
        except ServerAway as away:
            return str(away)
    return "never"


class Distance:
    """How long a reply is on its way, seconds."""

    seconds = 0.0


@asynccontextmanager
async def far_away(url: str, distance: Distance) -> AsyncIterator[str]:
    """Give the address of a Redis whose replies come late."""
    there = urlsplit(url)

    async def carry(source, target, seconds):
        while body := await source.read(65536):
            await asyncio.sleep(seconds())
            target.write(body)
            await target.drain()
        target.close()

    async def serve(reader, writer):
        source, target = await asyncio.open_connection(there.hostname, there.port)
        await asyncio.gather(
            carry(reader, target, lambda: 0.0),
            carry(source, writer, lambda: distance.seconds),
            return_exceptions=True,
        )

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    yield f"redis://:{there.password}@127.0.0.1:{port}/0"
    server.close()


async def test_redis_that_answers_too_late_is_told_and_asked_again_later(
    private_redis, redis_client
):
    distance = Distance()
    async with far_away(private_redis.url, distance) as url:
        client = open_client(url)
        budget = budget_of(client)
        assert (await take(budget)).granted

        distance.seconds = 2 * SLOW_SECONDS
        told = await until_refused(budget)
        assert re.search(r"Redis answers in 0\.\d\d s", told)
        distance.seconds = 0.0

        assert (await take(budget)).granted
        await client.aclose()


async def test_a_slow_redis_and_one_that_evicts_anything_are_told(
    private_redis, redis_client
):
    distance = Distance()
    assert await redis_server.judge(redis_client) == []
    await redis_client.config_set("maxmemory-policy", "allkeys-lru")
    distance.seconds = 2 * SLOW_SECONDS

    async with far_away(private_redis.url, distance) as url:
        client = open_client(url)
        found = await redis_server.judge(client)
        await client.aclose()
    await redis_client.config_set("maxmemory-policy", "volatile-lru")

    evicts, slow = found
    assert "allkeys-lru" in evicts.says
    assert "Redis answers in" in slow.says
    assert not any(judgement.unusable for judgement in found)
    assert await redis_server.judge(redis_client) == []


async def test_a_full_redis_a_replica_and_a_user_without_keys_are_told(
    private_redis, redis_client
):
    await redis_client.config_set("maxmemory", 1)
    (full,) = await redis_server.judge(redis_client)
    await redis_client.config_set("maxmemory", 0)
    await redis_client.execute_command(
        *(["ACL", "SETUSER", "reader", "on", ">secret", "~other:*", "+@all"])
    )
    reader = open_client(
        private_redis.url.replace("redis://:", "redis://reader:").replace(
            urlsplit(private_redis.url).password, "secret"
        )
    )
    (forbidden,) = await redis_server.judge(reader)
    with pytest.raises(PermissionMissing, match="may not write"):
        await clients.reach_redis(reader)
    await reader.aclose()
    await redis_client.execute_command("ACL", "DELUSER", "reader")
    await redis_client.execute_command("REPLICAOF", "127.0.0.1", "1")
    (replica,) = await redis_server.judge(redis_client)
    await redis_client.execute_command("REPLICAOF", "NO", "ONE")

    assert "full" in full.says
    assert not full.unusable
    assert "may not write" in forbidden.says
    assert "replica" in replica.says


@pytest.fixture
def cluster(tmp_path):
    """A Redis in cluster mode, as many clouds sell it."""
    port = ports.free_ports(["redis"])["redis"]
    settings = ["--cluster-enabled", "yes", "--bind", "127.0.0.1", "--save", ""]
    server = subprocess.Popen(
        [str(redis.binary()), "--port", str(port), *settings, "--dir", str(tmp_path)],
        stdout=subprocess.DEVNULL,
    )
    yield f"redis://127.0.0.1:{port}/0"
    server.terminate()
    server.wait()


async def test_a_redis_in_cluster_mode_is_refused_in_one_line(cluster, database_url):
    client = open_client(cluster)
    with pytest.raises(ConfigurationError, match="cluster mode"):
        await clients.reach_redis(client)
    await client.aclose()

    settings = {"REDIS_URL": cluster, "DATABASE_URL": database_url}
    told = pipeline.run_command(settings, "doctor", "--json").stdout.decode()

    assert "it runs in cluster mode" in told


async def test_a_budget_that_redis_has_forgotten_begins_with_the_call_ledger(
    redis_client, pool
):
    spending = Spending()
    for _ in range(1990):
        spending.called(SPOTIFY, refused=False)
    await CallLedger(pool, spending, Lane.MAIN).flush()

    async def ledger(provider):
        return await days_spent(pool, provider)

    grant = await take(budget_of(redis_client, ledger=ledger))

    assert grant.remaining == 9
    # whoever comes next finds the budget as it is
    assert (await take(budget_of(redis_client, ledger=ledger))).remaining == 8


async def test_calls_of_the_day_before_count_until_they_have_left_the_day(redis_client):
    async def ledger(_):
        return DaysSpent(today=0, yesterday=2000, since_midnight=3600.0)

    refused = await take(budget_of(redis_client, ledger=ledger))

    assert not refused.granted
    # 23 hours, and the quarter of an hour in which such calls are counted
    assert 22.9 < refused.wait_seconds / 3600 < 23.3


async def test_what_a_full_redis_may_evict_is_no_budget(redis_client):
    await take(budget_of(redis_client))

    kept = [
        budget_key(SPOTIFY, *name) for name in (["state"], ["turns"], ["quota", ""])
    ]
    assert [await redis_client.ttl(key) for key in kept] == [-1, -1, -1]
