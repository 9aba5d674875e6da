"""Deliveries as aiormq reads them, without what aio-pika makes of each one."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aio_pika import IncomingMessage
from aio_pika.abc import (
    AbstractIncomingMessage,
    AbstractRobustChannel,
    AbstractRobustConnection,
    ConsumerTag,
)
from aio_pika.robust_queue import RobustQueue
from aiormq.abc import AbstractChannel, DeliveredMessage


@dataclass(slots=True, eq=False)
class Delivery:
    """
    One delivery.

    Args:
        channel: the one that it came through; its tag means nothing elsewhere.
    """

    channel: AbstractChannel
    delivery_tag: int
    body: bytes
    message: DeliveredMessage

    async def ack(self, *, multiple: bool = False) -> None:
        """Tell the broker that it is done; raises where the channel is gone."""
        await self.channel.basic_ack(self.delivery_tag, multiple=multiple)


# aio-pika's own comes where it starts a consumer again that the broker has cancelled.
Message = Delivery | AbstractIncomingMessage


def incoming(message: Message) -> AbstractIncomingMessage:
    """Give a message as aio-pika has it, with all its properties."""
    if isinstance(message, Delivery):
        return IncomingMessage(message.message)
    return message


class _PlainQueue(RobustQueue):
    """
    A queue that comes back by itself as aio-pika's, and hands over what was read.

    aio-pika makes a message of twenty attributes and a task of its own for each, which
    is a third of all that consuming costs.
    """

    __slots__ = ()

    async def consume(  # type: ignore[override]
        self,
        callback: Callable[[Message], Awaitable[None]],
        *,
        consumer_tag: ConsumerTag | None = None,
        **settings: Any,  # noqa: ANN401 (aio-pika's own, handed back to it)
    ) -> ConsumerTag:
        """Start consuming; after a reconnect aio-pika calls it with the same tag."""

        async def take(message: DeliveredMessage) -> None:
            tag = message.delivery.delivery_tag  # type: ignore[union-attr]
            await callback(Delivery(message.channel, tag or 0, message.body, message))

        channel = await self.channel.get_underlay_channel()
        started = await channel.basic_consume(
            self.name, take, consumer_tag=consumer_tag, **settings
        )
        tag = str(started.consumer_tag)
        self._consumers[tag] = {"callback": callback, **settings}
        return tag


async def open_channel(connection: AbstractRobustConnection) -> AbstractRobustChannel:
    """Open a channel whose queues hand over each `Delivery` as it is read."""
    channel = connection.channel()
    channel.QUEUE_CLASS = _PlainQueue
    await channel.initialize()
    return channel
