"""Questions that wait for company: pooled by all workers, each asked by one."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count

import pytest

from enrichment.contract.cache_keys import guests_keys, lease_key
from enrichment.contract.messages import Lane
from enrichment.errors import ServerAway
from enrichment.lookup.guests import KEEP_SECONDS, Company, Guests, Host
from enrichment.lookup.redis_link import RedisLink, open_client
from enrichment.tracks import ProviderName, Question

MUSICBRAINZ = ProviderName.MUSICBRAINZ
SINCE = datetime(2026, 1, 2, 3, 4, 5, 678900, UTC)
MAIN, BACKLOG = Lane.MAIN, Lane.BACKLOG
# Nobody waits for long, or nobody goes before the call is full.
AT_ONCE = Company(quiet=0.0)
WHEN_FULL = Company(quiet=60.0, linger=60.0)
_NUMBERS = count()


def question(key: str) -> Question:
    return Question(MUSICBRAINZ, "search", key, "Björk", "Jóga", "Live", "GBAAA9700001")


ONE, TWO, THREE = map(question, ("one", "two", "three"))


def host(lane: Lane = MAIN) -> Host:
    return Host(f"worker {next(_NUMBERS)}", lane, 15.0)


@asynccontextmanager
async def workers(server, count: int):
    clients = [open_client(server.url) for _ in range(count)]
    yield [Guests(RedisLink(client)) for client in clients]
    for client in clients:
        await client.aclose()


async def test_a_guest_comes_with_all_that_a_call_needs(private_redis, redis_client):
    async with workers(private_redis, 2) as (here, there):
        await there.offer({ONE: SINCE}, MAIN)
        await here.offer({TWO: SINCE}, MAIN)

        look = await here.look([TWO], host(), 2, WHEN_FULL)

    assert look.taken == {ONE: SINCE, TWO: SINCE}
    guest = next(q for q in look.taken if q == ONE)
    told = (guest.artist, guest.title, guest.version, guest.isrc)
    assert told == ("Björk", "Jóga", "Live", "GBAAA9700001")


async def test_a_call_waits_until_all_workers_together_fill_it(
    private_redis, redis_client
):
    async with workers(private_redis, 2) as (here, there):
        await here.offer({ONE: SINCE, TWO: SINCE}, MAIN)
        too_few = await here.look([ONE, TWO], host(), 3, WHEN_FULL)
        await there.offer({THREE: SINCE}, MAIN)
        enough = await there.look([THREE], host(), 3, WHEN_FULL)
        whose_they_were = await here.look([ONE, TWO], host(), 3, WHEN_FULL)

    assert not too_few.taken
    assert enough.taken.keys() == {ONE, TWO, THREE}
    assert not whose_they_were.taken
    assert whose_they_were.gone == {ONE, TWO}


async def test_eight_workers_make_as_many_calls_as_one(private_redis, redis_client):
    size, calls = 25, []

    async def ask(guests: Guests, number: int) -> None:
        ours = [question(f"{number}:{n}") for n in range(13)]
        await guests.offer(dict.fromkeys(ours, SINCE), MAIN)
        calls.append((await guests.look(ours, host(), size, WHEN_FULL)).taken)

    async with workers(private_redis, 8) as everybody:
        await asyncio.gather(*(ask(guests, n) for n, guests in enumerate(everybody)))
        last = question("last")
        await everybody[0].offer({last: SINCE}, MAIN)
        calls.append((await everybody[0].look([last], host(), size, AT_ONCE)).taken)

    # 105 questions
    assert sorted(map(len, calls), reverse=True)[:5] == [25, 25, 25, 25, 5]
    assert len({q for taken in calls for q in taken}) == 105


async def test_a_lone_question_goes_when_no_more_come(private_redis, redis_client):
    async with workers(private_redis, 1) as (guests,):
        await guests.offer({ONE: SINCE}, MAIN)

        assert (await guests.look([ONE], host(), 25, AT_ONCE)).taken == {ONE: SINCE}


async def test_those_who_come_one_by_one_hold_nobody_up_for_long(
    private_redis, redis_client
):
    lingering = Company(quiet=60.0, linger=1.0)
    async with workers(private_redis, 1) as (guests,):
        await guests.offer({ONE: SINCE}, MAIN)
        assert not (await guests.look([ONE], host(), 25, lingering)).taken

        taken = {}
        async with asyncio.timeout(10):
            while not taken:
                # somebody comes all the time
                await guests.offer({question(f"{next(_NUMBERS)}"): SINCE}, MAIN)
                taken = (await guests.look([ONE], host(), 10**6, lingering)).taken

    assert ONE in taken


async def test_while_enough_lies_ahead_an_answer_is_not_hurried(
    private_redis, redis_client
):
    patient = replace(AT_ONCE, enough=10, pace=60.0, longest=60.0)
    busy = host()
    async with workers(private_redis, 2) as (here, there):
        await here.offer({ONE: SINCE}, MAIN)
        await there.tell_ahead(MUSICBRAINZ, busy, 10)
        waits = await here.look([ONE], host(), 25, patient)
        await there.tell_ahead(MUSICBRAINZ, busy, 9)
        goes = await here.look([ONE], host(), 25, patient)

    assert not waits.taken
    assert goes.taken.keys() == {ONE}


@pytest.mark.parametrize(
    "company",
    [
        pytest.param(Company(pace=60.0, longest=0.0), id="never longer than this"),
        pytest.param(Company(pace=0.0, longest=60.0), id="than what lies ahead takes"),
    ],
)
async def test_but_not_for_longer_than_it_is_of_use(
    private_redis, redis_client, company
):
    async with workers(private_redis, 1) as (guests,):
        await guests.offer({ONE: SINCE}, MAIN)
        await guests.tell_ahead(MUSICBRAINZ, host(), 1000)

        look = await guests.look([ONE], host(), 25, company)

    assert look.taken.keys() == {ONE}


async def test_fresh_work_waits_for_no_backlog_and_has_its_first_places(
    private_redis, redis_client
):
    async with workers(private_redis, 2) as (fresh, patient):
        await patient.offer(dict.fromkeys((ONE, TWO), SINCE), BACKLOG)
        await patient.tell_ahead(MUSICBRAINZ, host(BACKLOG), 1000)
        await fresh.offer({THREE: SINCE}, MAIN)

        waits = replace(AT_ONCE, pace=60.0)
        backlog = await patient.look([ONE, TWO], host(BACKLOG), 3, waits)
        look = await fresh.look([THREE], host(), 2, AT_ONCE)

    assert not backlog.taken
    assert THREE in look.taken
    assert len(look.taken) == 2


async def test_what_is_taken_is_leased_in_the_same_step(private_redis, redis_client):
    us = host()
    async with workers(private_redis, 1) as (guests,):
        await guests.offer({ONE: SINCE}, MAIN)
        await guests.look([ONE], us, 25, AT_ONCE)

    owner = await redis_client.get(lease_key(MUSICBRAINZ, "search", ONE.key))
    assert owner.decode() == us.owner


async def test_what_is_being_asked_already_is_not_taken(private_redis, redis_client):
    await redis_client.set(lease_key(MUSICBRAINZ, "search", ONE.key), "another")
    async with workers(private_redis, 1) as (guests,):
        await guests.offer({ONE: SINCE}, MAIN)
        look = await guests.look([ONE], host(), 25, AT_ONCE)
        after = await guests.look([ONE], host(), 25, AT_ONCE)

    assert not look.taken
    assert after.gone == {ONE}


async def test_what_we_ask_ourselves_is_nobodys_guest(private_redis, redis_client):
    async with workers(private_redis, 2) as (here, there):
        await here.offer(dict.fromkeys((ONE, TWO), SINCE), MAIN)

        assert await here.withdraw([ONE], MAIN) == frozenset()
        assert (await there.look([TWO], host(), 5, AT_ONCE)).taken.keys() == {TWO}
        assert await here.withdraw([TWO], MAIN) == {TWO}


async def test_what_nobody_takes_is_forgotten(private_redis, redis_client):
    async with workers(private_redis, 1) as (guests,):
        await guests.offer({ONE: SINCE}, MAIN)

    for key in guests_keys(MUSICBRAINZ, "search", "m"):
        assert 0 < await redis_client.ttl(key) <= KEEP_SECONDS


async def test_without_redis_nobody_can_be_asked_along():
    guests = Guests(RedisLink(None))

    await guests.offer({ONE: SINCE}, MAIN)
    await guests.tell_ahead(MUSICBRAINZ, host(), 5)

    assert await guests.withdraw([ONE], MAIN) == frozenset()
    with pytest.raises(ServerAway):
        await guests.look([ONE], host(), 5, AT_ONCE)
