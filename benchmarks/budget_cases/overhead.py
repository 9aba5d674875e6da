"""What remembering costs in Redis, and what a call costs before it is made."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import perf_counter
from typing import TypeVar
from uuid import uuid4

from redis.asyncio import Redis

from benchmarks.catalogue import entries
from enrichment.contract.identity.titles import parse_name
from enrichment.contract.messages import Lane
from enrichment.lookup.bench.bench import Bench
from enrichment.lookup.cache.answers import AnswerCache
from enrichment.lookup.dispatch.leases import LEASE_SECONDS, Leases, claim_of
from enrichment.lookup.ratelimit.rate_budget import RateBudget
from enrichment.lookup.redis_link import RedisLink, open_client
from enrichment.model import Found, ProviderName, Question
from enrichment.providers.allowance import Limits, Window

CALLS = 300
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Overhead:
    """Memory of a track that three providers answered, and the cost of one call."""

    bytes_per_track: float
    round_trips_per_call: float
    milliseconds_per_call: float


async def run(redis_url: str, *, tracks: int) -> Overhead:
    """Fill Redis as workers do, then take and give back turns."""
    redis = Redis.from_url(redis_url)
    await redis.flushall()
    before = (await redis.info("memory"))["used_memory"]
    cache = AnswerCache(RedisLink(redis), memory_bytes=1)
    for entry in entries(tracks):
        key = f"{parse_name(entry.request.artist, entry.request.title)}"
        await cache.put_many(
            {
                Question(name, "search", key=key): Found(candidates)
                for name, candidates in entry.answers.items()
            }
        )
    after = (await redis.info("memory"))["used_memory"]
    await redis.flushall()
    await redis.aclose()
    trips, seconds = await _calls(redis_url)
    return Overhead((after - before) / tracks, trips, 1000 * seconds)


class CountingLink(RedisLink):
    """Counts what is sent; each is one round trip."""

    trips = 0

    async def ask(self, operation: str, command: Callable[[Redis], Awaitable[T]]) -> T:
        """Send what `command` sends."""
        self.trips += 1
        return await super().ask(operation, command)


async def _calls(redis_url: str) -> tuple[float, float]:
    """Take turns that are due at once: lease, turn, release."""
    client = open_client(redis_url)
    link = CountingLink(client)
    limits = {ProviderName("spotify"): Limits((Window(1_000_000, 1.0),))}
    bench, leases = Bench(link), Leases(link)
    budget = RateBudget(link, limits, bench)
    await bench.restore()
    link.trips = 0
    began = perf_counter()
    for number in range(CALLS):
        question = Question(ProviderName("spotify"), "isrc", key=f"QZ{number:010d}")
        claim = claim_of([question], "bench", LEASE_SECONDS)
        grant, owned = await budget.take_with_leases(
            claim, lane=Lane.MAIN, reservation=uuid4().hex
        )
        leases.hold(owned, "bench")
        await budget.wait_until_due(grant)
        await leases.release(owned, "bench")
    seconds = perf_counter() - began
    await leases.close()
    await client.aclose()
    return link.trips / CALLS, seconds / CALLS
