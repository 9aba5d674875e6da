"""Declare `contract.queues` on a channel; repeatable; says which argument differs."""

import re
from collections.abc import Mapping

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection
from aiormq.exceptions import ChannelPreconditionFailed

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


async def depths(connection: AbstractConnection) -> Mapping[str, tuple[int, int]]:
    """Give ready messages and consumers by queue; a queue not there is left out."""
    found = {}
    for queue in queues.ALL_QUEUES:
        channel = await connection.channel()
        try:
            state = await channel.declare_queue(queue.name, passive=True)
            result = state.declaration_result
            found[queue.name] = (result.message_count or 0, result.consumer_count or 0)
        except aio_pika.exceptions.ChannelNotFoundEntity:
            continue
        finally:
            if not channel.is_closed:
                await channel.close()
    return found


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
