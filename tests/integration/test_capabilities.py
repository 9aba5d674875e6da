"""What one worker learns of an account, all workers know; one call is the probe."""

import asyncio
import json
import os
from contextlib import asynccontextmanager

import pytest

from enrichment.errors import ServerAway
from enrichment.lookup.bench.bench import Bench, BenchReason
from enrichment.lookup.bench.blocked import CLOSED_SECONDS, LIFETIME_SECONDS
from enrichment.lookup.capabilities import Capabilities
from enrichment.lookup.redis_link import RedisLink, open_client
from enrichment.model import ProviderName
from tests import pipeline

SPOTIFY = ProviderName("spotify")
ACCOUNTS = {SPOTIFY: "one"}


class Clock:
    """Seconds of the epoch that a test sets forward."""

    def __init__(self):
        self.now = 1_800_000_000.0

    def __call__(self):
        return self.now


@asynccontextmanager
async def workers(server, count, clock=None, accounts=ACCOUNTS):
    clients = [open_client(server.url) for _ in range(count)]
    yield [Capabilities(RedisLink(c), accounts, clock or Clock()) for c in clients]
    for client in clients:
        await client.aclose()


async def test_what_one_has_learnt_a_worker_that_starts_reads(
    private_redis, redis_client
):
    async with workers(private_redis, 2) as (one, other):
        await one.learn(SPOTIFY, {"batch": False, "popularity": True})
        assert other.known(SPOTIFY, "batch") is None
        learnt = await other.read(SPOTIFY)

    assert {name: one.is_open for name, one in learnt.items()} == {
        "batch": False,
        "popularity": True,
    }
    assert other.known(SPOTIFY, "batch") is False
    assert other.known(SPOTIFY, "popularity") is True


async def test_other_credentials_learn_for_themselves(private_redis, redis_client):
    async with workers(private_redis, 1) as (one,):
        await one.learn(SPOTIFY, {"batch": False})
    async with workers(private_redis, 1, accounts={SPOTIFY: "two"}) as (other,):
        assert await other.read(SPOTIFY) == {}


@pytest.mark.parametrize(
    ("is_open", "seconds"), [(True, LIFETIME_SECONDS), (False, CLOSED_SECONDS)]
)
async def test_what_was_learnt_is_found_out_anew_after_its_lifetime(
    private_redis, redis_client, is_open, seconds
):
    clock = Clock()
    async with workers(private_redis, 1, clock) as (one,):
        await one.learn(SPOTIFY, {"batch": is_open})
        clock.now += seconds
        assert one.known(SPOTIFY, "batch") is is_open
        clock.now += 1
        assert one.known(SPOTIFY, "batch") is None
        assert await one.may_rely_on(SPOTIFY, "batch")


async def test_a_later_answer_is_believed_at_once(private_redis, redis_client):
    async with workers(private_redis, 1) as (one,):
        await one.learn(SPOTIFY, {"batch": True})
        await one.learn(SPOTIFY, {"batch": False})

        assert not await one.may_rely_on(SPOTIFY, "batch")


async def test_of_many_calls_one_is_the_probe_and_the_others_do_as_it_showed(
    private_redis, redis_client
):
    probes = []

    async def call(worker: Capabilities) -> bool:
        may = await worker.may_rely_on(SPOTIFY, "batch")
        if worker.known(SPOTIFY, "batch") is None:
            probes.append(worker)
            await worker.learn(SPOTIFY, {"batch": False})
        return may

    async with workers(private_redis, 4) as everybody:
        calls = [call(worker) for worker in everybody for _ in range(3)]
        async with asyncio.timeout(10):
            relied = await asyncio.gather(*calls)

    assert len(probes) == 1
    assert relied.count(True) == 1


async def test_a_probe_without_an_answer_is_followed_by_another(
    private_redis, redis_client
):
    async with workers(private_redis, 2) as (one, other):
        assert await one.may_rely_on(SPOTIFY, "batch")
        await one.showed_nothing(SPOTIFY, "batch")

        async with asyncio.timeout(5):
            assert await other.may_rely_on(SPOTIFY, "batch")


async def test_without_redis_nobody_probes_and_what_is_known_stands():
    alone = Capabilities(RedisLink(None), ACCOUNTS)

    with pytest.raises(ServerAway):
        await alone.may_rely_on(SPOTIFY, "batch")
    await alone.learn(SPOTIFY, {"batch": False})
    assert not await alone.may_rely_on(SPOTIFY, "batch")


async def test_people_are_shown_what_was_learnt(database_url, redis_url):
    client = open_client(redis_url)
    # as a worker without Spotify's credentials names the account
    await Capabilities(RedisLink(client), {}).learn(
        SPOTIFY, {"tracks_in_batches": False}
    )
    await client.aclose()
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("SPOTIFY")},
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        **{
            name: url
            for name, url in pipeline.Simulator("http://127.0.0.1:1").settings.items()
            if name.endswith("_URL")
        },
    }

    def run(*arguments):
        return pipeline.run_command(environment, *arguments).stdout.decode()

    listed = {s["provider"]: s for s in json.loads(run("providers", "list", "--json"))}
    assert listed["spotify"]["capabilities"]["tracks_in_batches"]["is_open"] is False
    assert listed["musicbrainz"]["capabilities"] == {}
    assert listed["musicbrainz"]["allowance"] == ["1 call in 1.05 s"]
    assert listed["spotify"]["calls_today"] == 0
    assert "tracks in batches" in run("providers", "list")
    findings = {f["subject"]: f for f in json.loads(run("doctor", "--json"))}
    assert findings["spotify account"]["detail"] == "tracks in batches closed"


async def test_doctor_says_that_an_account_is_refused(database_url, redis_url):
    client = open_client(redis_url)
    await Bench(RedisLink(client)).bench(SPOTIFY, BenchReason.AUTH)
    await client.aclose()
    environment = {**os.environ, "DATABASE_URL": database_url, "REDIS_URL": redis_url}

    came = pipeline.run_command(environment, "doctor", "--json").stdout.decode()

    finding = {f["subject"]: f for f in json.loads(came)}["spotify"]
    assert not finding["well"]
    assert finding["detail"].endswith("UTC: auth")
    assert "Premium" in finding["advice"]
