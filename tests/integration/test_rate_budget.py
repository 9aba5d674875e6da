"""One budget for N workers, on a real Redis: no window over, nothing wasted."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from random import Random
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from devstack import Server
from enrichment.contract.keys import budget_key, lease_key
from enrichment.contract.messages import Lane
from enrichment.errors import ServerAway
from enrichment.lookup.bench.bench import Bench
from enrichment.lookup.dispatch.leases import claim_of
from enrichment.lookup.ratelimit.rate_budget import (
    LimitedBy,
    RateBudget,
    Reservation,
    Settlement,
)
from enrichment.lookup.redis_link import RedisLink, open_client
from enrichment.model import ProviderName, Question
from enrichment.providers.allowance import Limits, Quota, Window
from enrichment.providers.registry import SPECS

MUSICBRAINZ = ProviderName("musicbrainz")
SPOTIFY = ProviderName("spotify")
LIMITS = {
    MUSICBRAINZ: Limits((Window(1, 0.02),)),
    SPOTIFY: Limits((Window(5, 0.2),), Quota(40, 60.0)),
}


def budget_of(client: Redis | None, limits=LIMITS, **more) -> RateBudget:
    """The budget as a worker of its own has it."""
    link = RedisLink(client, retry_seconds=0.05)
    return RateBudget(link, limits, Bench(link), **more)


@asynccontextmanager
async def workers(server: Server, count: int, limits=LIMITS) -> AsyncIterator:
    """Workers with connections of their own, as processes have."""
    clients = [open_client(server.url) for _ in range(count)]
    yield [budget_of(client, limits) for client in clients]
    for client in clients:
        await client.aclose()


def take(budget: RateBudget, provider=MUSICBRAINZ, **more):
    asked = {"lane": Lane.MAIN, "reservation": uuid4().hex} | more
    return budget.take(provider, **asked)


async def take_in_turn(budget: RateBudget, provider, count, lane=Lane.MAIN):
    """Take one turn after the other, as a worker does."""
    grants = []
    for _ in range(count):
        grant = await take(budget, provider, lane=lane)
        if not grant.granted:
            break
        grants.append(grant)
        await asyncio.sleep(grant.wait_seconds)
    return grants


def turns(grants: list[Reservation]) -> list[float]:
    # seconds after the first: an epoch's microseconds are lost in a float
    at = [grant.turn_at for grant in grants if grant.granted]
    return sorted((turn - min(at)) / 1e6 for turn in at)


def most_within(times: list[float], seconds: float) -> int:
    """The fullest window that begins with a call."""
    return max(
        sum(1 for other in times if start <= other < start + seconds - 1e-7)
        for start in times
    )


@pytest.mark.parametrize("limit", [Window(1, 0.02), Window(5, 0.2)])
async def test_n_workers_never_overfill_a_window(private_redis, redis_client, limit):
    limits = {SPOTIFY: Limits((limit,))}
    async with workers(private_redis, 8, limits) as budgets:
        taken = await asyncio.gather(
            *(take_in_turn(budget, SPOTIFY, 5) for budget in budgets)
        )

    times = turns(list(itertools.chain(*taken)))
    assert len(times) == 40
    assert most_within(times, limit.seconds) <= limit.calls


@pytest.mark.parametrize("lane", [Lane.MAIN, Lane.BACKLOG])
@pytest.mark.parametrize("limit", [Window(1, 0.5), Window(10, 5.0)])
async def test_no_turn_is_wasted_while_work_waits(
    private_redis, redis_client, limit, lane
):
    limits = {SPOTIFY: Limits((limit,), Quota(1000, 600.0))}
    async with workers(private_redis, 4, limits) as budgets:
        grants = await asyncio.gather(
            *(take(budgets[n % 4], SPOTIFY, lane=lane) for n in range(50))
        )

    times = turns(grants)
    least = (50 / limit.calls - 1) * limit.seconds
    assert least <= times[-1] - times[0] <= least / 0.95
    assert most_within(times, limit.seconds) == limit.calls


@pytest.mark.parametrize("seed", range(4))
async def test_no_mixture_of_lanes_returns_and_waits_overfills_a_window(
    redis_client, seed
):
    chance = Random(seed)  # noqa: S311 (a test may be repeated)
    limits = Limits((Window(4, 0.3), Window(1, 0.02)), Quota(10, 1.2, buckets=12))
    budget = budget_of(redis_client, {SPOTIFY: limits})
    used: list[Reservation] = []

    for _ in range(120):
        grant = await take(
            budget,
            SPOTIFY,
            lane=chance.choice(list(Lane)),
            max_wait_seconds=chance.choice([0.0, 0.5, 3.0]),
        )
        if not grant.granted:
            await asyncio.sleep(0.005)
        elif chance.random() < 0.3:
            await budget.settle(grant, Settlement.NEVER_SENT)
        else:
            used.append(grant)

    assert len(used) >= 8
    assert most_within(turns(used), 0.3) <= 4
    assert most_within(turns(used), 0.02) == 1
    assert most_within(turns(used), 1.2) <= 10


async def test_two_windows_hold_at_once(redis_client):
    budget = budget_of(
        redis_client, {SPOTIFY: Limits((Window(4, 0.4), Window(1, 0.03)))}
    )

    times = turns([await take(budget, SPOTIFY) for _ in range(12)])

    assert most_within(times, 0.4) <= 4
    assert most_within(times, 0.03) == 1


async def test_a_quota_ends_what_the_window_would_allow(redis_client):
    limits = {SPOTIFY: Limits((Window(100, 0.1),), Quota(7, 60.0))}
    budget = budget_of(redis_client, limits)

    grants = [await take(budget, SPOTIFY) for _ in range(9)]

    assert [grant.granted for grant in grants] == [True] * 7 + [False] * 2
    assert grants[6].remaining == 0
    assert grants[8].paced_by is LimitedBy.QUOTA
    assert 50 < grants[8].wait_seconds <= 61


async def test_a_rolling_quota_comes_back_as_its_calls_grow_old(redis_client):
    limits = {SPOTIFY: Limits((Window(100, 0.05),), Quota(3, 0.4, buckets=8))}
    budget = budget_of(redis_client, limits)

    grants = await take_in_turn(budget, SPOTIFY, 9)

    times = turns(grants)
    assert len(times) == 9
    assert most_within(times, 0.4) <= 3
    assert times[-1] - times[0] < 5


async def test_the_same_reservation_counts_once(redis_client):
    budget = budget_of(redis_client)

    grants = await asyncio.gather(
        *(take(budget, SPOTIFY, reservation="one") for _ in range(5))
    )

    assert {grant.turn_at for grant in grants} == {grants[0].turn_at}
    other = await take(budget, SPOTIFY)
    assert other.remaining == 38


async def test_a_refused_call_is_no_spend_but_keeps_its_second(redis_client):
    limits = {SPOTIFY: Limits((Window(5, 5.0),), Quota(40, 60.0))}
    budget = budget_of(redis_client, limits)
    first = await take(budget, SPOTIFY)

    await budget.settle(first, Settlement.REFUSED)
    await budget.settle(first, Settlement.REFUSED)

    grants = [await take(budget, SPOTIFY) for _ in range(5)]
    assert [grant.remaining for grant in grants] == [39, 38, 37, 36, 35]
    assert most_within(turns([first, *grants]), 5.0) == 5


async def test_a_turn_that_was_never_used_is_somebody_elses(redis_client):
    budget = budget_of(redis_client, {MUSICBRAINZ: Limits((Window(1, 5.0),))})
    await take(budget)
    second = await take(budget)
    third = await take(budget)

    await budget.settle(second, Settlement.NEVER_SENT)

    again = await take(budget)
    assert again.turn_at == pytest.approx(second.turn_at, abs=1)
    assert third.turn_at > again.turn_at


async def test_what_is_too_far_away_is_not_promised(redis_client):
    budget = budget_of(redis_client, {MUSICBRAINZ: Limits((Window(1, 5.0),))})
    await take(budget)

    late = await take(budget, max_wait_seconds=1.0)
    promised = await take(budget, max_wait_seconds=6.0)

    assert not late.granted
    assert late.paced_by is LimitedBy.WINDOW
    assert late.wait_seconds == pytest.approx(5.0, abs=1)
    # the refusal took no place
    assert promised.granted
    assert promised.wait_seconds == pytest.approx(5.0, abs=1)


async def test_fresh_work_finds_its_fifth_among_a_backlog(private_redis, redis_client):
    limits = {MUSICBRAINZ: Limits((Window(1, 0.02),))}
    async with workers(private_redis, 12, limits) as budgets:
        backlog = [
            asyncio.create_task(take_in_turn(b, MUSICBRAINZ, 1000, Lane.BACKLOG))
            for b in budgets[1:]
        ]
        fresh = await take_in_turn(budgets[0], MUSICBRAINZ, 20)
        for task in backlog:
            task.cancel()
        await asyncio.gather(*backlog, return_exceptions=True)

    # 11 others in line: without the reserve each turn would come 12 spacings later
    assert sum(grant.wait_seconds for grant in fresh[2:]) < 18 * 0.02 * 8


async def test_backlog_leaves_a_day_its_reserve_while_there_is_fresh_work(redis_client):
    limits = {SPOTIFY: Limits((Window(1000, 0.1),), Quota(50, 600.0))}
    budget = budget_of(redis_client, limits)
    await take(budget, SPOTIFY)

    backlog = [await take(budget, SPOTIFY, lane=Lane.BACKLOG) for _ in range(42)]
    fresh = [await take(budget, SPOTIFY) for _ in range(10)]

    assert sum(grant.granted for grant in backlog) in (40, 41)
    assert backlog[-1].paced_by is LimitedBy.RESERVE
    assert sum(grant.granted for grant in fresh) in (8, 9)


async def test_backlog_that_has_used_up_a_day_waits_until_it_frees(redis_client):
    limits = {SPOTIFY: Limits((Window(1000, 0.1),), Quota(10, 600.0))}
    budget = budget_of(redis_client, limits)

    grants = [await take(budget, SPOTIFY, lane=Lane.BACKLOG) for _ in range(11)]

    assert [grant.granted for grant in grants] == [True] * 10 + [False]
    assert grants[-1].paced_by is LimitedBy.QUOTA
    assert grants[-1].wait_seconds >= 590


async def test_the_clock_of_a_worker_is_of_no_meaning(private_redis, redis_client):
    async with workers(private_redis, 2) as budgets:
        skewed = budget_of(redis_client, monotonic=lambda: 1e9)
        grants = [await take(budget) for _ in range(5) for budget in (*budgets, skewed)]

    assert most_within(turns(grants), 0.02) == 1


def question(key: str) -> Question:
    return Question(MUSICBRAINZ, "isrc", key, isrc=key)


async def test_leases_and_a_turn_are_had_in_one_step_or_not_at_all(redis_client):
    budget = budget_of(redis_client, {MUSICBRAINZ: Limits((Window(1, 5.0),))})
    one, two, three = map(question, ("A", "B", "C"))

    def claim(owner: str, *questions: Question):
        return budget.take_with_leases(
            claim_of(questions, owner, 30.0),
            lane=Lane.MAIN,
            reservation=uuid4().hex,
            max_wait_seconds=8.0,
        )

    grant, owned = await claim("first", one, two)
    nothing, none_owned = await claim("second", one, two)
    shared, part_owned = await claim("second", two, three)
    late, late_owned = await claim("third", question("D"))
    free, free_owned = await claim("fourth", question("E"))

    assert (grant.granted, owned) == (True, {one, two})
    # no turn was spent on what others ask
    assert (nothing.paced_by, none_owned) == (LimitedBy.LEASED, frozenset())
    assert (shared.granted, part_owned) == (True, {three})
    assert shared.wait_seconds == pytest.approx(5.0, abs=1)
    # and what got no turn is left for others
    assert (late.granted, late_owned) == (False, frozenset())
    assert (free.granted, free_owned) == (False, frozenset())
    assert await redis_client.keys("enrichment:v1:lease:*") != []
    assert len(await redis_client.keys("enrichment:v1:lease:*")) == 3


async def test_a_lease_that_others_have_written_without_an_end_gets_one(redis_client):
    budget = budget_of(redis_client, {MUSICBRAINZ: Limits((Window(1, 5.0),))})
    key = lease_key(MUSICBRAINZ, "isrc", "A", SPECS[MUSICBRAINZ].projection)
    await redis_client.set(key, "nobody")

    grant, owned = await budget.take_with_leases(
        claim_of((question("A"),), "first", 30.0),
        lane=Lane.MAIN,
        reservation=uuid4().hex,
    )

    assert (grant.paced_by, owned) == (LimitedBy.LEASED, frozenset())
    assert 0 < await redis_client.pttl(key) <= 30_000


async def test_without_redis_there_is_no_turn():
    with pytest.raises(ServerAway):
        await take(budget_of(None))


async def test_a_turn_that_was_granted_is_not_used_while_redis_is_away(
    private_redis, redis_client
):
    # this process' time stands still: the turn is to come, however long Redis takes
    limits = {SPOTIFY: Limits((Window(1, 0.2),))}
    budget = budget_of(redis_client, limits, monotonic=lambda: 0.0)
    await take(budget, SPOTIFY)
    grant = await take(budget, SPOTIFY)
    await asyncio.to_thread(private_redis.stop)

    with pytest.raises(ServerAway):
        await budget.wait_until_due(grant)


async def test_redis_stopped_means_no_turn_and_back_means_no_window_over(
    private_redis, redis_client
):
    limits = {SPOTIFY: Limits((Window(5, 0.2),))}
    taken: list[Reservation] = []
    refused, over = 0, asyncio.Event()

    async def work(budget: RateBudget) -> None:
        nonlocal refused
        while not over.is_set():
            try:
                grant = await take(budget, SPOTIFY)
            except ServerAway:
                refused += 1
                await asyncio.sleep(0.01)
                continue
            if grant.granted:
                taken.append(grant)
            await asyncio.sleep(grant.wait_seconds)

    async with workers(private_redis, 4, limits) as budgets:
        tasks = [asyncio.create_task(work(budget)) for budget in budgets]
        await until(lambda: len(taken) > 10)
        await asyncio.to_thread(private_redis.stop)
        before = len(taken)
        await until(lambda: refused > 100)
        assert len(taken) == before
        await asyncio.to_thread(private_redis.start)
        await until(lambda: len(taken) > before + 10)
        over.set()
        await asyncio.gather(*tasks)

    assert most_within(turns(taken), 0.2) <= 5


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 (what workers took has no event)
            await asyncio.sleep(0.02)


async def test_redis_that_lost_its_memory_does_not_open_the_window_twice(
    private_redis, redis_client
):
    limits = {SPOTIFY: Limits((Window(5, 5.0),), Quota(20, 600.0))}
    async with workers(private_redis, 2, limits) as (one, two):
        before = [await take(budget, SPOTIFY) for budget in (one, two, one, two, one)]

        await redis_client.flushall()
        after = [await take(one, SPOTIFY), await take(two, SPOTIFY)]

    assert most_within(turns([*before, *after]), 5.0) == 5
    assert after[0].paced_by is LimitedBy.REJOIN
    # the quota is remembered by those who used it
    assert after[1].remaining == 13


async def test_redis_that_lost_its_last_second_is_found_out(redis_client):
    budget = budget_of(redis_client, {SPOTIFY: Limits((Window(2, 5.0),))})
    before = [await take(budget, SPOTIFY) for _ in range(2)]

    # what a kill -9 between two writes of the append-only file leaves behind
    await redis_client.delete(budget_key(SPOTIFY, "turns"))
    after = [await take(budget, SPOTIFY) for _ in range(3)]

    assert after[0].paced_by is LimitedBy.REJOIN
    assert most_within(turns([*before, *after]), 5.0) == 2


async def test_a_turn_given_back_is_not_taken_for_a_lost_one(redis_client):
    budget = budget_of(redis_client, {SPOTIFY: Limits((Window(2, 5.0),))})

    grants = []
    for _ in range(3):
        grants.append(await take(budget, SPOTIFY))
        await budget.settle(grants[-1], Settlement.NEVER_SENT)

    assert [grant.paced_by for grant in grants] == [LimitedBy.NONE] * 3
