"""`contract.queues` at the broker: looked at, declared; says which argument differs."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any

from aio_pika.abc import AbstractChannel, AbstractConnection
from aiormq.exceptions import ChannelNotFoundEntity, ChannelPreconditionFailed
from pamqp.commands import Queue

from enrichment.contract import queues
from enrichment.contract.servers.broker_refusals import (
    BIND,
    DECLARE_EXCHANGE,
    DECLARE_QUEUE,
    Attempt,
)
from enrichment.errors import PermissionMissing, TopologyDrift
from enrichment.queueing.broker.away import refusal_told
from enrichment.queueing.raw_deliveries import open_underlay

# PRECONDITION_FAILED - inequivalent arg 'x-overflow' for queue 'q' in vhost 'v':
# received 'reject-publish' but current is 'drop-head'
_DIFFERENCE = re.compile(
    r"inequivalent arg '(?P<argument>[^']+)'.*?received (?P<ours>.+?) but current is"
    r" (?P<theirs>.+?)(?:,|$)"
)


async def declare(connection: AbstractConnection) -> None:
    """
    Declare exchange, queues and binding: whoever may configure does it for all.

    Raises:
        TopologyDrift: something of that name exists with other arguments.
        PermissionMissing: our user may not configure it.
    """
    # A channel of its own: a refused declaration closes it
    async with _channel(connection) as channel:
        with _fault_told(queues.DEAD_LETTER_EXCHANGE, "exchange", DECLARE_EXCHANGE):
            await channel.exchange_declare(
                queues.DEAD_LETTER_EXCHANGE, exchange_type="direct", durable=True
            )
        for queue in queues.ALL_QUEUES:
            with _fault_told(queue.name, "queue", DECLARE_QUEUE):
                await channel.queue_declare(
                    queue.name, durable=True, arguments=dict(queue.arguments)
                )
        with refusal_told(BIND):
            await channel.queue_bind(
                queues.DEAD_LETTER_QUEUE,
                queues.DEAD_LETTER_EXCHANGE,
                queues.DEAD_LETTER_KEY,
            )


async def require(connection: AbstractConnection) -> bool:
    """
    See that all is there; declare what is missing. Return whether we may configure.

    Most users of a broker may not. They look only; whether an argument differs is for
    those to see who may.

    Raises:
        TopologyDrift: something of that name exists with other arguments.
        PermissionMissing: something is missing, and our user may not configure it.
    """
    missing = await missing_of(connection)
    try:
        await declare(connection)
    except PermissionMissing as error:
        if missing:
            raise PermissionMissing(
                f"not declared: {', '.join(missing)}: run `enrichment queue-init` as a"
                f" user that may ({error})"
            ) from error
        return False
    return True


async def missing_of(connection: AbstractConnection) -> list[str]:
    """Name what is not declared; to look needs no permission."""
    missing = []
    if not await _is_there(connection, _look_at_exchange):
        missing.append(queues.DEAD_LETTER_EXCHANGE)
    return missing + [
        queue.name
        for queue in queues.ALL_QUEUES
        if not await _is_there(connection, partial(_look_at_queue, queue.name))
    ]


async def _is_there(
    connection: AbstractConnection, look: Callable[[Any], Awaitable[object]]
) -> bool:
    # what is missing closes the channel
    async with _channel(connection) as channel:
        try:
            await look(channel)
        except ChannelNotFoundEntity:
            return False
    return True


async def _look_at_exchange(channel: Any) -> None:  # noqa: ANN401 (aiormq's channel)
    await channel.exchange_declare(queues.DEAD_LETTER_EXCHANGE, passive=True)


async def _look_at_queue(name: str, channel: Any) -> None:  # noqa: ANN401 (as above)
    await channel.queue_declare(name, passive=True)


@asynccontextmanager
async def _channel(connection: AbstractConnection) -> AsyncIterator[Any]:
    channel = await open_underlay(connection)
    try:
        yield channel
    finally:
        if not channel.is_closed:
            await channel.close()


@contextmanager
def _fault_told(name: str, kind: str, attempt: Attempt) -> Iterator[None]:
    try:
        with refusal_told(attempt):
            yield
    except ChannelPreconditionFailed as error:
        raise drift(str(error), name, kind) from error


# Ready messages and consumers by queue.
DepthByName = Mapping[str, tuple[int, int]]


class Depths:
    """
    Ready messages and consumers by queue, asked again and again through one channel.

    aio-pika keeps about 5 kB of every channel that it has opened on a connection, for
    as long as that lives: a sweep with channels of its own was 40 kB each time.
    """

    def __init__(self, connection: AbstractConnection) -> None:
        self._connection = connection
        self._channel: AbstractChannel | None = None
        self._lock = asyncio.Lock()

    async def read(self) -> DepthByName:
        """Return them by name; a queue that is not there is left out."""
        found = {}
        async with self._lock:
            for queue in queues.ALL_QUEUES:
                try:
                    state = await self._declared(queue.name)
                except ChannelNotFoundEntity:
                    # the broker has closed it
                    await self.close()
                    continue
                messages, consumers = state.message_count, state.consumer_count
                found[queue.name] = (messages or 0, consumers or 0)
        return found

    async def close(self) -> None:
        """Close the channel, if one is open."""
        channel, self._channel = self._channel, None
        if channel is not None and not channel.is_closed:
            await channel.close()

    async def _declared(self, name: str) -> Queue.DeclareOk:
        if self._channel is None or self._channel.is_closed:
            self._channel = await self._connection.channel()
        # below aio-pika, which would come back to the queue after a reconnect
        underlay = await self._channel.get_underlay_channel()
        return await underlay.queue_declare(name, passive=True)


async def depths(connection: AbstractConnection) -> DepthByName:
    """Return ready messages and consumers by queue, once."""
    reading = Depths(connection)
    try:
        return await reading.read()
    finally:
        await reading.close()


def drift(answer: str, name: str, kind: str) -> TopologyDrift:
    """Turn the broker's 406 into what differs and how to move on."""
    found = _DIFFERENCE.search(answer)
    what = (
        f"argument {found['argument']!r} is {found['theirs']}, ours is {found['ours']}"
        if found
        else answer
    )
    deletion = (
        "Let its consumers drain it, then delete it (rabbitmqctl delete_queue"
        f" {name} --if-empty)"
        if kind == "queue"
        else "Delete it in the management UI"
    )
    return TopologyDrift(
        f"{kind} {name} exists with other arguments: {what}. Its arguments are"
        f" fixed for its life. {deletion} and run `enrichment queue-init` again;"
        " unpublished rows stay pending in Postgres meanwhile and are published by the"
        " sweep."
    )
