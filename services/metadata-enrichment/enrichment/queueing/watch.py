"""Is our consumer alive at the broker: the gauge tells, and what can be is mended."""

import asyncio
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from time import perf_counter
from typing import Any, NoReturn

from aio_pika.abc import AbstractRobustConnection

from enrichment import logs
from enrichment.contract import metrics
from enrichment.errors import PermissionMissing, ServerAway
from enrichment.queueing import topology
from enrichment.queueing.broker import permissions
from enrichment.queueing.broker.away import FAULTS

log = logs.get("consume")

# Between looks, seconds.
WATCH_SECONDS = 2.0
# Connected and not consuming for so long: the process is better started again, seconds.
ZOMBIE_SECONDS = 20.0


async def watch(
    connection: AbstractRobustConnection,
    channel: Any,  # noqa: ANN401 (a robust channel, typed loosely)
    queue_name: str,
    tags: Callable[[], AbstractSet[str]],
) -> NoReturn:
    """
    Keep the gauge true, and declare again what somebody has deleted.

    A consumer that the broker has cancelled (queue deleted, its node gone) looks well:
    connected, heartbeating, idle. aio-pika comes back by itself once the queue is
    there again.

    Args:
        tags: the consumers that are to be alive now.

    Raises:
        ServerAway: connected, but nothing helps: a new process may do better.
    """
    gauge = metrics.CONSUMING.labels(queue_name)
    idle_since: float | None = None
    why = "connected, but not consuming"
    try:
        while True:
            connected = connection.connected.is_set()
            consuming = connected and await _is_consuming(channel, tags())
            gauge.set(int(consuming))
            now = perf_counter()
            idle_since = None if consuming or not connected else idle_since or now
            if idle_since is not None:
                log.warning(
                    "Connected, but not consuming",
                    event_name="enrichment.consume.cancelled",
                    queue=queue_name,
                )
                if now - idle_since > ZOMBIE_SECONDS:
                    raise ServerAway(f"{queue_name}: {why}")
                why = await _mend(connection, queue_name) or why
            await asyncio.sleep(WATCH_SECONDS)
    finally:
        gauge.set(0)


async def _mend(connection: Any, queue_name: str) -> str:  # noqa: ANN401 (robust)
    """Declare what is missing; return which permission is missing for more, if one."""
    try:
        async with asyncio.timeout(5):
            await topology.require(connection)
            await permissions.require_read(connection, queue_name)
    except PermissionMissing as error:
        return str(error)
    except (ServerAway, *FAULTS):
        pass  # it is tried again
    return ""


async def _is_consuming(channel: Any, tags: AbstractSet[str]) -> bool:  # noqa: ANN401 (as above)
    try:
        underlay = await asyncio.wait_for(channel.get_underlay_channel(), 1)
    except FAULTS:
        return False
    return not underlay.is_closed and tags <= underlay.consumers.keys()
