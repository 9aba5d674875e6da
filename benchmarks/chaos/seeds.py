"""Messages that must end as dead letters: malformed, nameless and poisonous ones."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice

import aio_pika
from aio_pika.exceptions import AMQPError

from enrichment.contract import queues

_CONFIRM_SECONDS = 5.0
_PREFIX = "chaos-seed-"


def _body(**fields: object) -> bytes:
    return json.dumps({"track_id": "seed", "priority": 5, **fields}).encode()


def _poison() -> bytes:
    """Return a message without a fault whose row breaks the statement that writes it.

    An artist of 2000 characters that do not repeat is longer than an index can hold.
    """
    artist = "".join(chr(0x4E00 + number * 7 % 20_000) for number in range(1990))
    return _body(artist=artist, title="Too long for an index")


KINDS: Sequence[Callable[[], bytes]] = (
    lambda: b"\x00\xff not json",
    lambda: b'{"track_id": "seed"}',
    lambda: _body(artist="A", title="B", schema_version=99),
    lambda: b"{" + b" " * 70_000 + b"}",
    lambda: _body(artist="a\x00b", title="c"),
    lambda: _body(artist="ID", title="ID"),
    _poison,
)


@dataclass(slots=True)
class Seeding:
    """What was sown; a seed is known again by its message id."""

    rabbitmq_url: str
    count: int
    every_seconds: float
    sown: set[str] = field(default_factory=set)

    async def run(self) -> None:
        """Publish the seeds one by one, each until it is confirmed."""
        for number, kind in enumerate(islice(cycle(KINDS), self.count)):
            await self._sow(f"{_PREFIX}{number}", kind())
            await asyncio.sleep(self.every_seconds)

    async def _sow(self, message_id: str, body: bytes) -> None:
        while True:
            try:
                async with asyncio.timeout(_CONFIRM_SECONDS):
                    await self._publish(message_id, body)
            except (AMQPError, OSError, TimeoutError, RuntimeError):
                await asyncio.sleep(0.5)
                continue
            self.sown.add(message_id)
            return

    async def _publish(self, message_id: str, body: bytes) -> None:
        connection = await aio_pika.connect(self.rabbitmq_url)
        async with connection:
            channel = await connection.channel(on_return_raises=True)
            await channel.default_exchange.publish(
                aio_pika.Message(
                    body,
                    message_id=message_id,
                    delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
                ),
                queues.MAIN_QUEUE,
                mandatory=True,
            )


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """
    What lies in the queue of dead letters at the end.

    Args:
        copies: dead letters beyond the first of a seed.
        strangers: reasons of those that nobody sowed.
    """

    distinct: int
    copies: int
    missing: int
    strangers: Sequence[str]


async def dead_letters(seeding: Seeding) -> DeadLetters:
    """Look at every dead letter, without taking any."""
    seen: list[str] = []
    strangers: list[str] = []
    connection = await aio_pika.connect(seeding.rabbitmq_url)
    async with connection:
        channel = await connection.channel()
        queue = await channel.get_queue(queues.DEAD_LETTER_QUEUE)
        while (letter := await queue.get(fail=False, timeout=10)) is not None:
            if letter.message_id in seeding.sown:
                seen.append(str(letter.message_id))
            else:
                strangers.append(_told(letter))
    distinct = set(seen)
    return DeadLetters(
        distinct=len(distinct) + len(strangers),
        copies=len(seen) - len(distinct),
        missing=len(seeding.sown - distinct),
        strangers=strangers,
    )


def _told(letter: aio_pika.abc.AbstractIncomingMessage) -> str:
    headers = letter.headers
    return (
        f"{headers.get('x-error-type')!r}: {headers.get('x-error-message')!r}"
        f" {headers.get('x-death')!r} {letter.body[:120]!r}"
    )
