"""
The one seam to AMQP by hand: queues hand over deliveries as they are read.

aiormq 7.2.4 with pamqp 4.0.1 (pinned in requirements.txt) closes the connection when it
reads a property that it cannot decode: a time after the year 9999, a text that is no
UTF-8. The message comes again on the next connection, so one forged message would stop
every worker. `broker.frame_stream` takes deliveries out before aiormq reads them. One
test holds that aiormq still closes: when it does not, both modules can go.
"""

from collections.abc import Callable
from typing import Any, cast
from uuid import uuid4

import aio_pika
from aio_pika.abc import (
    AbstractConnection,
    AbstractIncomingMessage,
    AbstractRobustChannel,
    ConsumerTag,
)
from aio_pika.robust_connection import RobustConnection
from aio_pika.robust_queue import RobustQueue
from aiormq.exceptions import ConnectionNotAllowed, InvalidFrameError

from enrichment.errors import ServerAway
from enrichment.queueing.broker.frame_stream import Delivery, FrameStream, Streams

Message = Delivery

_NOT_ALLOWED = 530


class StreamConnection(RobustConnection):
    """A connection that comes back by itself, each time with a stream of ours."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:  # noqa: ANN401 (aio-pika's own)
        super().__init__(*arguments, **settings)
        self._streams = Streams()
        self.kwargs["transport_factory"] = self._streams

    async def connect(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 (aio-pika's)
        """Connect; a broker that refuses our virtual host is told as such."""
        try:
            await super().connect(timeout)
        except InvalidFrameError as error:
            # aiormq does not read what else than yes the broker answers here
            code, text = (self.stream and self.stream.closed_with) or (0, "")
            if code == _NOT_ALLOWED:
                raise ConnectionNotAllowed(text) from error
            raise

    @property
    def stream(self) -> FrameStream | None:
        """What the connection of now is read from."""
        return self._streams.newest


async def connect(url: str, **settings: Any) -> StreamConnection:  # noqa: ANN401 (as above)
    """Open a connection, as `aio_pika.connect_robust` does."""
    connection = await aio_pika.connect_robust(
        url, connection_class=StreamConnection, **settings
    )
    return cast("StreamConnection", connection)


class Callback:
    """What a queue is consumed with; aio-pika keeps it and gives it back."""

    def __init__(self, take: Callable[[Message], None]) -> None:
        self.take = take

    async def __call__(self, message: AbstractIncomingMessage) -> None:
        """Refuse: what comes for a consumer's tag is read out before aiormq's turn."""
        raise RuntimeError(f"{message!r} was not read out of the stream")


async def open_underlay(
    connection: AbstractConnection, *, confirms: bool = False
) -> Any:  # noqa: ANN401 (aiormq's channel)
    """Open a channel below aio-pika, which would do it all again after a reconnect."""
    if connection.transport is None:
        raise ServerAway("broker: not connected")
    underlay = connection.transport.connection
    return await underlay.channel(publisher_confirms=confirms)


async def open_channel(connection: StreamConnection) -> AbstractRobustChannel:
    """Open a channel whose queues hand over each `Delivery` as it is read."""
    prefetches: dict[str, int] = {}

    class StreamQueue(RobustQueue):
        """A queue that comes back by itself, and hands over what was read."""

        __slots__ = ()

        async def consume(  # type: ignore[override]
            self,
            callback: Callback,
            *,
            consumer_tag: ConsumerTag | None = None,
            prefetch: int | None = None,
            **settings: Any,  # noqa: ANN401 (aio-pika's own, handed back to it)
        ) -> ConsumerTag:
            """Start consuming; after a reconnect aio-pika calls it with its tag."""
            tag = str(consumer_tag or uuid4().hex)
            channel = await self.channel.get_underlay_channel()
            held = prefetches.setdefault(tag, prefetch or 0)
            # of the consumers that begin after it, so of this one
            await channel.basic_qos(prefetch_count=held)
            if connection.stream is not None:
                connection.stream.take(channel, tag, callback.take)
            return await super().consume(callback, consumer_tag=tag, **settings)

    channel = connection.channel()
    channel.QUEUE_CLASS = StreamQueue
    await channel.initialize()
    return channel


class Subscription:
    """
    Several consumers on one channel, each with its own number of messages.

    A consumer's number cannot change, so more are held by one more consumer, and fewer
    by one less: what it had taken already is still finished and acked.
    """

    def __init__(self, queue: Any, callback: Callback) -> None:  # noqa: ANN401 (a robust queue, typed loosely)
        self._queue = queue
        self._callback = callback
        self._held: dict[str, int] = {}

    @property
    def tags(self) -> frozenset[str]:
        """The consumers that are to be alive at the broker."""
        return frozenset(self._held)

    async def hold(self, messages: int) -> None:
        """Hold at most so many; at least what the first consumer was given."""
        while len(self._held) > 1 and sum(self._held.values()) > messages:
            await self._cancel(next(reversed(self._held)))
        more = messages - sum(self._held.values())
        if more > 0:
            tag = await self._queue.consume(self._callback, prefetch=more)
            self._held[tag] = more

    async def cancel(self) -> None:
        """Take no more messages."""
        for tag in list(self._held):
            await self._cancel(tag)

    async def _cancel(self, tag: str) -> None:
        # first: the watch misses no consumer that we have given up ourselves
        del self._held[tag]
        await self._queue.cancel(tag)
