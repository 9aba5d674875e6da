"""What a Redis must be for us: its settings and its pace, read and judged."""

from contextlib import suppress
from dataclasses import dataclass
from time import perf_counter

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from enrichment.lookup.rate_budget import SLOW_SECONDS

# Commands that are timed: the quickest is the server's, not this process'.
_PINGS = 3


@dataclass(frozen=True, slots=True)
class Judgement:
    """
    What is wrong with a Redis.

    Args:
        unusable: whether no worker can work with it at all.
    """

    says: str
    advice: str
    unusable: bool = False


async def judge(redis: Redis) -> list[Judgement]:
    """Give all that is wrong; what the server does not tell is taken as well."""
    found = []
    with suppress(ResponseError):
        if (await redis.info("cluster")).get("cluster_enabled"):
            found.append(
                Judgement(
                    "it runs in cluster mode, which spreads keys that one step changes",
                    "use a Redis without cluster mode; replicas and failover are well",
                    unusable=True,
                )
            )
    with suppress(ResponseError):
        policy = (await redis.info("memory")).get("maxmemory_policy", "")
        if policy.startswith("allkeys"):
            found.append(
                Judgement(
                    f"maxmemory-policy {policy} may evict budgets and benches",
                    "set maxmemory-policy to volatile-lru",
                )
            )
    seconds = min([await _ping_seconds(redis) for _ in range(_PINGS)])
    if seconds > SLOW_SECONDS:
        found.append(
            Judgement(
                f"Redis answers in {seconds:.2f} s: every turn has passed by then",
                "use a Redis nearer to the workers, or less busy",
            )
        )
    return found


async def _ping_seconds(redis: Redis) -> float:
    began = perf_counter()
    await redis.ping()
    return perf_counter() - began
