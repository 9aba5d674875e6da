"""What a Redis must be for us: its settings and its pace, read and judged."""

from contextlib import suppress
from dataclasses import dataclass
from time import perf_counter

from redis.asyncio import Redis
from redis.exceptions import (
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    ResponseError,
)

from enrichment.contract.keys import PREFIX
from enrichment.lookup.ratelimit.rate_budget import SLOW_SECONDS

# Commands that are timed: the quickest is the server's, not this process'.
_PINGS = 3
# A key of nobody's, gone at once.
_TRIAL_KEY = f"{PREFIX}:trial"
_TRIAL_MILLISECONDS = 1000


@dataclass(frozen=True, slots=True)
class Judgement:
    """
    What is wrong with a Redis.

    Args:
        unusable: whether no worker can work with it at all.
        not_permitted: whether our user lacks a right.
    """

    says: str
    advice: str
    unusable: bool = False
    not_permitted: bool = False


async def judge(redis: Redis) -> list[Judgement]:
    """Return all that is wrong; what the server does not tell is taken as well."""
    if mode := await _mode(redis):
        return mode  # it may refuse every command
    found = [*await _policy(redis), *await _writes(redis)]
    seconds = min([await _ping_seconds(redis) for _ in range(_PINGS)])
    if seconds > SLOW_SECONDS:
        found.append(
            Judgement(
                f"Redis answers in {seconds:.2f} s: every turn has passed by then",
                "use a Redis nearer to the workers, or less busy",
            )
        )
    return found


async def _mode(redis: Redis) -> list[Judgement]:
    if not (await _told(redis, "cluster")).get("cluster_enabled"):
        return []
    return [
        Judgement(
            "it runs in cluster mode, which spreads keys that one step changes",
            "use a Redis without cluster mode; replicas and failover are well",
            unusable=True,
        )
    ]


async def _policy(redis: Redis) -> list[Judgement]:
    policy = (await _told(redis, "memory")).get("maxmemory_policy", "")
    if not policy.startswith("allkeys"):
        return []
    return [
        Judgement(
            f"maxmemory-policy {policy} may evict budgets and benches",
            "set maxmemory-policy to volatile-lru",
        )
    ]


async def _writes(redis: Redis) -> list[Judgement]:
    """Write as a worker does: full, read-only and forbidden are told by the answer."""
    try:
        await redis.set(_TRIAL_KEY, b"", px=_TRIAL_MILLISECONDS)
    except OutOfMemoryError:
        return [
            Judgement(
                "it is full: it refuses every write",
                "give it more maxmemory, or set maxmemory-policy to volatile-lru",
            )
        ]
    except NoPermissionError as error:
        return [
            Judgement(
                f"its user may not write our keys ({error})",
                "give the user what docs/security.md names",
                not_permitted=True,
            )
        ]
    except ReadOnlyError:
        return [
            Judgement("it is a replica: it refuses every write", "name the primary")
        ]
    return []


async def _told(redis: Redis, section: str) -> dict[str, str]:
    with suppress(ResponseError):
        return await redis.info(section)
    return {}


async def _ping_seconds(redis: Redis) -> float:
    began = perf_counter()
    await redis.ping()
    return perf_counter() - began
