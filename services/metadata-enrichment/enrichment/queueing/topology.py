"""Declare `contract.queues` on a channel; repeatable; says which argument differs."""

import asyncio
import re
from collections.abc import Mapping

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection
from aiormq.exceptions import ChannelPreconditionFailed
from pamqp.commands import Queue

from enrichment.contract import queues
from enrichment.errors import TopologyDrift

# PRECONDITION_FAILED - inequivalent arg 'x-overflow' for queue 'q' in vhost 'v':
# received 'reject-publish' but current is 'drop-head'
_DIFFERENCE = re.compile(
    r"inequivalent arg '(?P<argument>[^']+)'.*?received (?P<ours>.+?) but current is"
    r" (?P<theirs>.+?)(?:,|$)"
)


async def declare(connection: AbstractConnection) -> None:
    """
    Declare exchange, queues and binding: whoever starts first does it for all.

    Raises:
        TopologyDrift: something of that name exists with other arguments.
    """
    # A channel of its own: a refused declaration closes it
    channel = await connection.channel()
    try:
        exchange = await channel.declare_exchange(
            queues.DEAD_LETTER_EXCHANGE, aio_pika.ExchangeType.DIRECT, durable=True
        )
        for queue in queues.ALL_QUEUES:
            declared = await _declare_queue(channel, queue)
            if queue is queues.DEAD_LETTERS:
                await declared.bind(exchange, routing_key=queues.DEAD_LETTER_KEY)
    except ChannelPreconditionFailed as error:
        raise drift(str(error), queues.DEAD_LETTER_EXCHANGE, "exchange") from error
    finally:
        if not channel.is_closed:
            await channel.close()


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

    async def read(self) -> Mapping[str, tuple[int, int]]:
        """Give them by name; a queue that is not there is left out."""
        found = {}
        async with self._lock:
            for queue in queues.ALL_QUEUES:
                try:
                    state = await self._declared(queue.name)
                except aio_pika.exceptions.ChannelNotFoundEntity:
                    # the broker has closed it
                    await self.close()
                    continue
                messages, consumers = state.message_count, state.consumer_count
                found[queue.name] = (messages or 0, consumers or 0)
        return found

    async def close(self) -> None:
        """Give the channel back, if one is open."""
        channel, self._channel = self._channel, None
        if channel is not None and not channel.is_closed:
            await channel.close()

    async def _declared(self, name: str) -> Queue.DeclareOk:
        if self._channel is None or self._channel.is_closed:
            self._channel = await self._connection.channel()
        # below aio-pika, which would come back to the queue after a reconnect
        underlay = await self._channel.get_underlay_channel()
        return await underlay.queue_declare(name, passive=True)


async def depths(connection: AbstractConnection) -> Mapping[str, tuple[int, int]]:
    """Give ready messages and consumers by queue, once."""
    reading = Depths(connection)
    try:
        return await reading.read()
    finally:
        await reading.close()


async def _declare_queue(
    channel: AbstractChannel, queue: queues.Queue
) -> aio_pika.abc.AbstractQueue:
    try:
        return await channel.declare_queue(
            queue.name, durable=True, arguments=dict(queue.arguments)
        )
    except ChannelPreconditionFailed as error:
        raise drift(str(error), queue.name, "queue") from error


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
