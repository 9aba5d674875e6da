"""
A look into the dead-letter box: letters as they come, held until the look is over.

A letter that is given back comes again at once, so what has been looked at is held;
the broker holds it, we do not. One look at a time sees them all: others wait for it.
"""

import asyncio
import random
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from enrichment.contract import queues
from enrichment.errors import ServerAway
from enrichment.queueing.broker.away import broker_away
from enrichment.queueing.dead_letters.letters import Letter, letter_in
from enrichment.queueing.raw_deliveries import (
    Message,
    StreamConnection,
    open_underlay,
)

# Letters held at once by a look that has no bound of its own …
LARGEST_LOOK = 100_000
# … and how long it may last, seconds; after 30 minutes the broker takes letters back.
LONGEST_LOOK = 600.0
# Letters under way to us at once.
_BATCH = 200
# Nothing has come for so long: is there still something, seconds? Asked so often, since
# what is on its way to us is no longer counted as there.
_QUIET = 0.5
_ASKED = 6
# Given back in pieces: RabbitMQ 3.10 returns more than so many at once in any order.
_IN_ORDER = 32
# Between looks whether another's is over, seconds.
_TURN_PAUSE = 0.1
_READY_SECONDS = 10.0


class BoxBusy(ServerAway):
    """Another look, replay or purge is under way, and was not over in time."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """
    What a look may cost.

    Args:
        letters: how many it looks at.
        seconds: how long it continues.
        patience: how long it waits for another look's end, seconds.
    """

    letters: int = LARGEST_LOOK
    seconds: float = LONGEST_LOOK
    patience: float = 30.0


UNBOUNDED = Bounds()


class Look:
    """
    One look, oldest letter first.

    Args:
        in_box: how many letters there were when it began; later ones are not seen.
    """

    def __init__(
        self,
        channel: Any,  # noqa: ANN401 (aiormq's channel)
        connection: StreamConnection,
        in_box: int,
    ) -> None:
        self._channel = channel
        self._connection = connection
        self._arrived: deque[Message] = deque()
        self._held: dict[int, None] = {}
        self._news = asyncio.Event()
        self._credit = 0
        self._tags: list[str] = []
        self._is_drained = False
        self.in_box = in_box
        self.looked_at = 0
        channel.closing.add_done_callback(lambda _: self._news.set())

    @property
    def is_complete(self) -> bool:
        """Whether it has come to the end of the box."""
        return self._is_drained or self.looked_at >= self.in_box

    async def letters(
        self, bounds: Bounds = UNBOUNDED
    ) -> AsyncIterator[list[tuple[Letter, Message]]]:
        """Yield letters, some at a time, each with the delivery that holds it."""
        until = asyncio.get_running_loop().time() + bounds.seconds
        most = min(self.in_box, bounds.letters)
        while self.looked_at < most:
            with broker_away():
                some = await self._next(most, until)
            if not some:
                return
            first = self.looked_at + 1
            self.looked_at += len(some)
            yield [(letter_in(m, n), m) for n, m in enumerate(some, first)]

    async def begin(self) -> bool:
        """Start to consume; say whether we are the only one."""
        await self._consume(min(_BATCH, self.in_box))
        return await self._others() == 0

    async def give_back(self) -> None:
        """Return what is held, in its order: letters keep their numbers."""
        for tag in self._tags:
            await self._channel.basic_cancel(tag, nowait=True)
        held = list(self._held)
        for last in dict.fromkeys([*held[_IN_ORDER - 1 :: _IN_ORDER], *held[-1:]]):
            await self._channel.basic_nack(last, multiple=True, requeue=True)

    async def done(self, message: Message) -> None:
        """Let a letter leave the box for good."""
        with broker_away():
            await message.ack()
        self._held.pop(message.delivery_tag, None)

    async def _next(self, most: int, until: float) -> list[Message]:
        """Wait for what comes next; give nothing where nothing comes in time."""
        clock = asyncio.get_running_loop().time
        asked = 0
        while not self._arrived:
            if self._channel.is_closed:
                raise ServerAway("broker: the connection was lost while looking")
            if clock() >= until:
                return []
            if self._credit <= 0:
                await self._consume(min(_BATCH, most - self.looked_at))
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), _QUIET)
            except TimeoutError:
                # others give back what they have taken
                is_empty = await self._ready() == 0 and await self._others() == 0
                asked = asked + 1 if is_empty else 0
                if asked == _ASKED and not self._arrived:
                    self._is_drained = True
                    return []
        some = [self._arrived.popleft() for _ in range(len(self._arrived))]
        self._credit -= len(some)
        return some

    async def _consume(self, most: int) -> None:
        """Ask for so many letters: what a consumer holds unacked is its prefetch."""
        # the broker gives back by consumer, in the order of their tags
        tag = f"look-{len(self._tags):06}-{uuid4().hex}"
        if self._connection.stream is None:
            raise ServerAway("broker: not connected")
        self._connection.stream.take(self._channel, tag, self._take)
        await self._channel.basic_qos(prefetch_count=most)
        await self._channel.basic_consume(
            queues.DEAD_LETTER_QUEUE, _not_read_out, consumer_tag=tag
        )
        self._credit += most
        self._tags.append(tag)

    def _take(self, message: Message) -> None:
        self._held[message.delivery_tag] = None
        self._arrived.append(message)
        self._news.set()

    async def _ready(self) -> int:
        return (await _state(self._channel))[0]

    async def _others(self) -> int:
        return (await _state(self._channel))[1] - len(self._tags)


@asynccontextmanager
async def looking(
    connection: StreamConnection, bounds: Bounds = UNBOUNDED
) -> AsyncIterator[Look]:
    """
    Begin a look when no other is under way; what is not acked goes back at its end.

    Raises:
        BoxBusy: another was under way for longer than our patience.
        ServerAway: the broker cannot be reached now.
    """
    until = asyncio.get_running_loop().time() + bounds.patience
    while True:
        channel = await _open(connection)
        look = None
        try:
            with broker_away():
                look = await _begun(channel, connection)
            if look is not None:
                yield look
                return
        finally:
            await _close(channel, look)
        if asyncio.get_running_loop().time() > until:
            raise BoxBusy(
                "dead letters: another look, replay or purge is under way, or somebody"
                f" else consumes {queues.DEAD_LETTER_QUEUE}; try again when it is over"
            )
        # of two that began at once, one comes first the next time
        await asyncio.sleep(_TURN_PAUSE * (1 + random.random()))  # noqa: S311 (no secret)


async def _begun(channel: Any, connection: StreamConnection) -> Look | None:  # noqa: ANN401 (as above)
    ready, consumers = await _state(channel)
    if consumers:
        return None
    look = Look(channel, connection, ready)
    if ready and not await look.begin():
        return None
    return look


async def _open(connection: StreamConnection) -> Any:  # noqa: ANN401 (as above)
    with broker_away():
        await asyncio.wait_for(connection.ready(), _READY_SECONDS)
        return await open_underlay(connection)


async def _close(channel: Any, look: Look | None) -> None:  # noqa: ANN401 (as above)
    # where the channel is gone, all has been given back with it
    with suppress(ServerAway), broker_away():
        if look is not None and not channel.is_closed:
            await look.give_back()
        if not channel.is_closed:
            await channel.close()


async def _state(channel: Any) -> tuple[int, int]:  # noqa: ANN401 (as above)
    """Return ready letters and consumers."""
    told = await channel.queue_declare(queues.DEAD_LETTER_QUEUE, passive=True)
    return told.message_count or 0, told.consumer_count or 0


async def _not_read_out(message: object) -> None:
    """Refuse: what comes for a consumer's tag is read out before aiormq's turn."""
    raise RuntimeError(f"{message!r} was not read out of the stream")
