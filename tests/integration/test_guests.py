"""Questions offered by one worker are asked along by another, each by one."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from enrichment.contract.cache_keys import guests_key
from enrichment.lookup.guests import KEEP_SECONDS, Guests
from enrichment.lookup.redis_link import RedisLink, open_client
from enrichment.tracks import ProviderName, Question

MUSICBRAINZ = ProviderName.MUSICBRAINZ
SINCE = datetime(2026, 1, 2, 3, 4, 5, 678900, UTC)


def question(key: str) -> Question:
    return Question(MUSICBRAINZ, "search", key, "Björk", "Jóga", "Live", "GBAAA9700001")


ONE, TWO, THREE = map(question, ("one", "two", "three"))


@asynccontextmanager
async def workers(server, count: int):
    clients = [open_client(server.url) for _ in range(count)]
    yield [Guests(RedisLink(client)) for client in clients]
    for client in clients:
        await client.aclose()


async def test_a_guest_comes_with_all_that_a_call_needs(private_redis, redis_client):
    async with workers(private_redis, 2) as (host, other):
        await other.offer({ONE: SINCE})

        guests = await host.invite(MUSICBRAINZ, "search", 5)

    assert guests == {ONE: SINCE}
    [guest] = guests
    told = (guest.artist, guest.title, guest.version, guest.isrc)
    assert told == ("Björk", "Jóga", "Live", "GBAAA9700001")


async def test_each_is_given_to_one_of_many_hosts(private_redis, redis_client):
    offered = {question(f"q{n}"): SINCE for n in range(100)}
    async with workers(private_redis, 8) as all_workers:
        await all_workers[0].offer(offered)

        given = await asyncio.gather(
            *(each.invite(MUSICBRAINZ, "search", 20) for each in all_workers)
        )

    assert sum(map(len, given)) == 100
    assert {q for guests in given for q in guests} == set(offered)


async def test_no_more_come_than_there_is_room_for(private_redis, redis_client):
    async with workers(private_redis, 1) as (host,):
        await host.offer(dict.fromkeys((ONE, TWO, THREE), SINCE))

        assert len(await host.invite(MUSICBRAINZ, "search", 2)) == 2
        assert await host.invite(MUSICBRAINZ, "search", 0) == {}
        assert len(await host.invite(MUSICBRAINZ, "search", 2)) == 1


async def test_what_we_ask_ourselves_is_nobodys_guest(private_redis, redis_client):
    async with workers(private_redis, 2) as (host, other):
        await host.offer(dict.fromkeys((ONE, TWO), SINCE))

        assert await host.invite(MUSICBRAINZ, "search", 5, ours=[ONE]) == {TWO: SINCE}
        assert await other.invite(MUSICBRAINZ, "search", 5) == {}


async def test_operations_do_not_mix(private_redis, redis_client):
    async with workers(private_redis, 1) as (host,):
        await host.offer({ONE: SINCE})

        assert await host.invite(MUSICBRAINZ, "isrc", 5) == {}
        assert await host.invite(ProviderName.SPOTIFY, "search", 5) == {}


async def test_what_a_dead_worker_offered_is_forgotten(private_redis, redis_client):
    async with workers(private_redis, 1) as (host,):
        await host.offer({ONE: SINCE})

    left = await redis_client.ttl(guests_key(MUSICBRAINZ, "search"))
    assert 0 < left <= KEEP_SECONDS


async def test_without_redis_a_call_is_made_without_guests():
    guests = Guests(RedisLink(None))

    await guests.offer({ONE: SINCE})

    assert await guests.invite(MUSICBRAINZ, "search", 5) == {}
