"""What a Redis must be for us: its settings, read and judged."""

from contextlib import suppress

from redis.asyncio import Redis
from redis.exceptions import ResponseError


async def fault(redis: Redis) -> str | None:
    """Say why this Redis cannot be used; None for one that can, or does not tell."""
    with suppress(ResponseError):
        if (await redis.info("cluster")).get("cluster_enabled"):
            return (
                "it runs in cluster mode, which spreads keys that one step changes:"
                " use a Redis without it (replicas and failover are well)"
            )
    return None
