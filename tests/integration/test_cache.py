"""The cache on a real Redis: one round trip for all, no failure in, no fault out."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis

from enrichment.contract.keys import answer_key
from enrichment.errors import ServerAway
from enrichment.lookup.cache import entries
from enrichment.lookup.cache.answers import ENTRY_BYTES, AnswerCache
from enrichment.lookup.redis_link import MAX_CONNECTIONS, LinkObserver, RedisLink
from enrichment.model import (
    Absent,
    Benched,
    Candidate,
    Failed,
    Found,
    ProviderName,
    Question,
)

SPOTIFY = ProviderName("spotify")

START = datetime(2026, 11, 1, tzinfo=UTC)


class Clock:
    """A time that a test moves."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now.timestamp()


class NoChance:
    """Jitter of nothing."""

    def random(self) -> float:
        return 0.5


def question(key: str, provider=SPOTIFY) -> Question:
    return Question(provider, "search", key)


def found(key: str, provider=SPOTIFY) -> Found:
    return Found((Candidate(provider, key, "deadmau5", key, isrcs=("USUS11000001",)),))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(redis_client, clock) -> AnswerCache:
    return cache_of(redis_client, clock)


def cache_of(client: Redis | None, clock: Clock, **more) -> AnswerCache:
    return AnswerCache(RedisLink(client, **more), clock=clock, rand=NoChance())


async def commands(client: Redis) -> dict[str, int]:
    stats = await client.info("commandstats")
    return {name: entry["calls"] for name, entry in stats.items()}


async def test_what_one_worker_learns_all_remember(redis_client, clock):
    one, other = cache_of(redis_client, clock), cache_of(redis_client, clock)
    questions = [question(f"track {n}") for n in range(50)]

    await one.put_many({q: found(q.key) for q in questions})
    remembered = await other.get_many(questions)

    assert {q: entry.answer for q, entry in remembered.items()} == {
        q: found(q.key) for q in questions
    }
    assert all(entry.is_fresh(clock.now) for entry in remembered.values())


async def test_a_batch_is_read_by_one_command_and_a_second_time_by_none(
    redis_client, clock
):
    questions = [question(f"track {n}") for n in range(200)]
    await cache_of(redis_client, clock).put_many({q: found(q.key) for q in questions})
    reader = cache_of(redis_client, clock)
    await redis_client.config_resetstat()

    await reader.get_many(questions)
    await reader.get_many(questions)

    assert (await commands(redis_client))["cmdstat_mget"] == 1


async def test_a_question_nobody_asked_is_a_miss(cache):
    assert await cache.get_many([question("new")]) == {}


@pytest.mark.parametrize("answer", [Failed("timeout"), Benched(START, "quota")])
async def test_a_failure_cannot_be_remembered(cache, redis_client, answer):
    with pytest.raises(TypeError):
        await cache.put_many({question("a"): found("a"), question("b"): answer})

    assert await redis_client.dbsize() == 0


async def test_an_absence_is_believed_twice_as_long_the_next_time(redis_client, clock):
    asked = question("nobody:nothing")
    lasted = []
    for _ in range(4):
        # another worker each time: the count is in the entry
        worker = cache_of(redis_client, clock)
        await worker.put_many({asked: Absent()})
        entry = (await worker.get_many([asked]))[asked]
        lasted.append((entry.fresh_until - clock.now).days)
        clock.now = entry.fresh_until + timedelta(hours=1)

    assert lasted == [1, 2, 4, 8]


async def test_an_old_answer_is_given_as_stale_and_then_not_at_all(cache, clock):
    asked = question("strobe")
    await cache.put_many({asked: found("strobe")})

    clock.now = START + timedelta(days=7.5)
    stale = await cache.get_many([asked])
    clock.now = START + timedelta(days=8.5)
    gone = await cache.get_many([asked])

    assert not stale[asked].is_fresh(START + timedelta(days=7.5))
    assert gone == {}


async def test_redis_itself_drops_what_is_too_old(cache, redis_client):
    await cache.put_many({question("strobe"): found("strobe")})

    [key] = await redis_client.keys()
    lasts = await redis_client.pttl(key)

    assert lasts == pytest.approx(8 * 86_400_000, rel=0.001)


async def test_the_readable_key_stands_in_the_value(cache, redis_client):
    await cache.put_many({question("deadmau5:strobe"): found("strobe")})

    value = await redis_client.get(answer_key("spotify", "search", "deadmau5:strobe"))

    assert entries.decode(value)[0] == "deadmau5:strobe"


async def test_a_damaged_value_is_a_miss(cache, redis_client, clock):
    await redis_client.set(answer_key("spotify", "search", "x"), b"\x01damaged")

    assert await cache.get_many([question("x")]) == {}


async def test_an_answer_to_another_question_is_a_miss(cache, redis_client):
    strobe, other = (answer_key("spotify", "search", key) for key in ("strobe", "x"))
    await cache.put_many({question("strobe"): found("strobe")})
    await redis_client.set(other, await redis_client.get(strobe))

    assert await cache.get_many([question("x")]) == {}


async def test_a_key_of_another_type_is_a_miss_and_is_replaced(cache, redis_client):
    key = answer_key("spotify", "search", "strobe")
    await redis_client.hset(key, "a", "b")

    assert await cache.get_many([question("strobe")]) == {}
    await cache.put_many({question("strobe"): found("strobe")})
    assert entries.decode(await redis_client.get(key))[0] == "strobe"


async def test_forgotten_answers_are_gone(cache, redis_client):
    asked = question("strobe")
    await cache.put_many({asked: found("strobe")})

    assert await cache.forget([asked]) == 1
    assert await cache.get_many([asked]) == {}


async def test_without_redis_nobody_says_what_is_remembered_and_no_answer_is_lost(
    private_redis, redis_client, clock
):
    errors: list[str] = []
    away: list[int] = []
    observer = LinkObserver(errors.append, away.append)
    cache = cache_of(redis_client, clock, observer=observer, retry_seconds=0.05)
    await cache.put_many({question("known"): found("known")})
    await asyncio.to_thread(private_redis.stop)

    with pytest.raises(ServerAway):
        await cache.get_many([question("unknown"), question("known")])
    remembered = await cache.get_many([question("known")])
    await cache.put_many({question("learnt"): found("learnt")})
    learnt = await cache.get_many([question("learnt")])

    await asyncio.to_thread(private_redis.start)
    await asyncio.sleep(0.06)
    await cache.put_many({question("after"): found("after")})

    # memory goes on
    assert list(remembered) == [question("known")]
    assert list(learnt) == [question("learnt")]
    assert errors == ["get", "put"]
    assert away == [1, 0]
    assert await redis_client.exists(answer_key("spotify", "search", "after"))


async def test_an_outage_is_told_once(private_redis, redis_client, clock, capsys):
    cache = cache_of(redis_client, clock, retry_seconds=0.0)
    await asyncio.to_thread(private_redis.stop)
    capsys.readouterr()

    for n in range(5):
        with pytest.raises(ServerAway):
            await cache.get_many([question(f"track {n}")])
    await asyncio.to_thread(private_redis.start)
    await cache.get_many([question("again")])

    told = "".join(capsys.readouterr())
    assert told.count("Redis is away") == 1
    assert told.count("Redis is back") == 1


async def test_memory_is_bounded(redis_client, clock):
    cache = AnswerCache(RedisLink(redis_client), clock=clock, memory_bytes=5_000)

    await cache.put_many({q: found(q.key) for q in map(question, map(str, range(500)))})

    assert len(await cache.get_many([question("0"), question("499")])) == 2
    await redis_client.flushdb()
    asked = [question(str(n)) for n in range(500)]
    assert 0 < len(await cache.get_many(asked)) <= 5_000 // ENTRY_BYTES


async def test_a_worker_takes_a_bounded_number_of_connections(redis_client):
    before = len(await redis_client.client_list())

    values = await asyncio.gather(*(redis_client.incr("calls") for _ in range(500)))

    assert sorted(values) == list(range(1, 501)), "those who wait are served, too"
    taken = len(await redis_client.client_list()) - before
    assert 1 < taken < MAX_CONNECTIONS
