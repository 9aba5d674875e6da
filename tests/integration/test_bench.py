"""A refused provider is benched for all workers, over restarts, until one probe."""

import asyncio
from collections.abc import Sequence
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from enrichment.contract.messages import Lane
from enrichment.errors import ServerAway
from enrichment.lookup.bench.bench import Bench, BenchReason, BenchState
from enrichment.lookup.ratelimit.budget_script import Patience
from enrichment.lookup.ratelimit.rate_budget import LimitedBy, RateBudget, Settlement
from enrichment.lookup.redis_link import RedisLink
from enrichment.model import ProviderName
from enrichment.providers.allowance import Limits, Window

SPOTIFY = ProviderName("spotify")
MUSICBRAINZ = ProviderName("musicbrainz")
LIMITS = {
    SPOTIFY: Limits((Window(100, 0.1),)),
    MUSICBRAINZ: Limits((Window(100, 0.1),)),
}


class RowsOfBenches:
    """Stands for the table: the last state per provider and operation."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], BenchState] = {}

    async def save(self, state: BenchState) -> None:
        self.rows[state.provider, state.operation] = state

    async def load_all(self) -> Sequence[BenchState]:
        return list(self.rows.values())


class Worker:
    """What one process has of bench and budget."""

    def __init__(self, client: Redis | None, store=None, probe=5.0, **more) -> None:
        self.link = RedisLink(client, retry_seconds=0.05)
        self.bench = Bench(self.link, store, **more)
        patience = Patience(probe=probe, look_again=0.5)
        self.budget = RateBudget(self.link, LIMITS, self.bench, patience=patience)

    async def take(self, provider=SPOTIFY, operation="search", **more):
        return await self.budget.take(
            provider,
            lane=Lane.MAIN,
            reservation=uuid4().hex,
            operation=operation,
            **more,
        )


async def test_a_refusal_keeps_every_worker_away_for_all_of_retry_after(redis_client):
    one, other = Worker(redis_client), Worker(redis_client)
    await other.take()

    await one.bench.bench(SPOTIFY, BenchReason.QUOTA, retry_after=48_925.0)

    refused = await other.take()
    assert (refused.granted, refused.paced_by) == (False, LimitedBy.BENCH)
    assert refused.wait_seconds == pytest.approx(48_925.0, abs=2)
    # nobody else is held up
    assert (await other.take(MUSICBRAINZ)).granted


async def test_a_bench_outlives_redis_and_every_worker(redis_client):
    store = RowsOfBenches()
    await Worker(redis_client, store).bench.bench(
        SPOTIFY, BenchReason.QUOTA, retry_after=48_925.0
    )

    await redis_client.flushall()
    refused = await Worker(redis_client, store).take()

    assert (refused.granted, refused.paced_by) == (False, LimitedBy.BENCH)
    assert refused.wait_seconds == pytest.approx(48_925.0, abs=2)


async def test_redis_emptied_under_running_workers_opens_no_bench(redis_client):
    worker = Worker(redis_client)
    await worker.take()
    await worker.bench.bench(SPOTIFY, BenchReason.BAN, retry_after=3600.0)

    await redis_client.flushall()

    assert (await worker.take()).paced_by is LimitedBy.BENCH


async def test_exactly_one_worker_probes_after_the_end(redis_client):
    workers = [Worker(redis_client) for _ in range(8)]
    await workers[0].bench.bench(SPOTIFY, BenchReason.RATE, retry_after=0.05)
    await asyncio.sleep(0.06)

    grants = await asyncio.gather(*(worker.take() for worker in workers))

    probes = [grant for grant in grants if grant.granted]
    assert [probe.probe for probe in probes] == [True]
    others = [grant for grant in grants if not grant.granted]
    assert {grant.paced_by for grant in others} == {LimitedBy.PROBE}
    assert all(0 < grant.wait_seconds <= 0.5 for grant in others)

    await workers[3].bench.succeeded(probes[0])
    assert all([(await worker.take()).granted for worker in workers])


async def test_a_call_from_before_the_bench_does_not_end_it(redis_client):
    one, other = Worker(redis_client), Worker(redis_client)
    earlier = await other.take()
    await one.bench.bench(SPOTIFY, BenchReason.RATE, retry_after=60.0)

    await other.bench.succeeded(earlier)

    assert not (await other.take()).granted


async def test_a_turn_promised_before_the_bench_is_not_used(redis_client):
    limits = {SPOTIFY: Limits((Window(1, 0.1),))}
    link = RedisLink(redis_client)
    bench = Bench(link)
    budget = RateBudget(link, limits, bench)
    first, promised = [
        await budget.take(SPOTIFY, lane=Lane.MAIN, reservation=name) for name in "ab"
    ]
    await bench.bench(SPOTIFY, BenchReason.QUOTA, retry_after=600.0)

    turn = await budget.wait_until_due(promised)

    assert first.granted
    assert (turn.granted, turn.paced_by) == (False, LimitedBy.BENCH)
    assert turn.wait_seconds == pytest.approx(600.0, abs=2)


async def test_a_probe_that_fails_climbs_the_ladder(redis_client):
    worker = Worker(redis_client, ladder=(0.05, 60.0, 300.0))
    await worker.bench.bench(SPOTIFY, BenchReason.RATE)
    await asyncio.sleep(0.06)
    probe = await worker.take()

    await worker.bench.failed(probe)

    refused = await worker.take()
    assert probe.probe
    assert refused.paced_by is LimitedBy.BENCH
    assert refused.wait_seconds == pytest.approx(60.0, abs=1)


async def test_a_probe_whose_worker_died_is_followed_by_one_other(redis_client):
    workers = [Worker(redis_client, probe=2.0) for _ in range(4)]
    await workers[0].bench.bench(SPOTIFY, BenchReason.RATE, retry_after=0.01)
    await asyncio.sleep(0.02)
    assert (await workers[0].take()).probe

    await asyncio.sleep(2.1)

    grants = await asyncio.gather(*(worker.take() for worker in workers))
    assert [grant.probe for grant in grants if grant.granted] == [True]


async def test_a_probe_that_was_never_sent_leaves_its_place(redis_client):
    worker = Worker(redis_client)
    await worker.bench.bench(SPOTIFY, BenchReason.RATE, retry_after=0.01)
    await asyncio.sleep(0.02)
    probe = await worker.take()

    await worker.budget.settle(probe, Settlement.NEVER_SENT)

    assert (await worker.take()).probe


async def test_many_refusals_of_one_moment_climb_one_rung(redis_client):
    workers = [Worker(redis_client) for _ in range(6)]

    untils = await asyncio.gather(
        *(worker.bench.bench(SPOTIFY, BenchReason.RATE) for worker in workers)
    )

    [bench] = (await workers[0].bench.state(SPOTIFY)).benches
    assert len(set(untils)) == 1
    assert bench.step == 1


async def test_success_steps_down_until_the_ladder_is_left(redis_client):
    worker = Worker(redis_client, ladder=(0.01, 0.01, 0.01))
    for _ in range(3):
        await worker.bench.bench(SPOTIFY, BenchReason.RATE)
        await asyncio.sleep(0.02)

    steps = []
    for _ in range(4):
        grant = await worker.take()
        steps.append(grant.step)
        await worker.bench.succeeded(grant)

    assert steps == [3, 2, 1, 0]


async def test_a_closed_operation_leaves_the_others_open(redis_client):
    one, other = Worker(redis_client), Worker(redis_client)

    await one.bench.bench(SPOTIFY, BenchReason.CAPABILITY, operation="batch")

    assert not (await other.take(operation="batch")).granted
    assert (await other.take(operation="search")).granted


async def test_an_operator_pauses_and_resumes_for_all(redis_client):
    store = RowsOfBenches()
    operator, worker = Worker(redis_client, store), Worker(redis_client, store)

    await operator.bench.pause(SPOTIFY)
    paused, shown = await worker.take(), await worker.bench.state(SPOTIFY)
    after_restart = await Worker(redis_client, store).take()
    await operator.bench.resume(SPOTIFY)
    resumed = await worker.take()

    assert (paused.granted, paused.paced_by) == (False, LimitedBy.PAUSE)
    assert shown.paused
    assert shown.benches == ()
    assert not after_restart.granted
    assert resumed.granted


async def test_resuming_lets_what_a_person_mended_be_probed_at_once(redis_client):
    worker = Worker(redis_client)
    await worker.bench.bench(SPOTIFY, BenchReason.AUTH)

    await worker.bench.resume(SPOTIFY)

    assert (await worker.take()).probe


async def test_a_wrong_bench_is_told_by_resuming_and_ended_by_lifting(redis_client):
    store = RowsOfBenches()
    operator, worker = Worker(redis_client, store), Worker(redis_client, store)
    await worker.bench.bench(SPOTIFY, BenchReason.QUOTA, retry_after=86_400.0)

    await operator.bench.resume(SPOTIFY)
    left = await operator.bench.in_force(SPOTIFY)
    still = await worker.take()
    await operator.bench.lift(SPOTIFY)
    lifted = await worker.take()
    after_restart = await Worker(redis_client, store).take()

    assert [standing.reason for standing in left] == [BenchReason.QUOTA]
    assert (still.granted, still.paced_by) == (False, LimitedBy.BENCH)
    assert await operator.bench.in_force(SPOTIFY) == ()
    assert lifted.granted
    assert after_restart.granted


async def test_a_bench_holds_while_redis_is_away(private_redis, redis_client):
    store = RowsOfBenches()
    one, other = Worker(redis_client, store), Worker(redis_client)
    await one.bench.bench(SPOTIFY, BenchReason.RATE, retry_after=3600.0)
    assert (await other.take()).paced_by is LimitedBy.BENCH

    await asyncio.to_thread(private_redis.stop)
    for worker in (one, other):
        with pytest.raises(ServerAway):
            await worker.take()
    await one.bench.bench(MUSICBRAINZ, BenchReason.RATE, retry_after=1800.0)
    await asyncio.to_thread(private_redis.start)
    await asyncio.sleep(0.06)
    back = await one.take(MUSICBRAINZ)

    # what was refused meanwhile is told to all
    assert back.paced_by is LimitedBy.BENCH
    assert (await other.take(MUSICBRAINZ)).paced_by is LimitedBy.BENCH
