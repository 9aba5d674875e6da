"""Dead letters looked at, replayed and purged: filtered, paced, confirmed first."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aio_pika
from aio_pika.abc import AbstractConnection, AbstractIncomingMessage

from enrichment.contract import queues
from enrichment.contract.messages import MessageInvalid, decode

# Letters held at once while looking; they go back when the look is over.
LARGEST_LOOK = 100_000


@dataclass(frozen=True, slots=True)
class Letter:
    """
    One dead letter.

    Args:
        number: its place in the box, from 1.
        reason: class of the fault; for what the broker dead-lettered itself, its own
            reason ("delivery_limit", "rejected", "expired").
        track: "artist - title", where the body can be read.
    """

    number: int
    reason: str
    detail: str
    queue: str
    failed_at: str
    first_queued_at: str
    attempts: int
    message_id: str
    track: str
    body: bytes
    headers: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which letters are meant; what is not given matches all."""

    reason: str | None = None
    queue: str | None = None
    text: str | None = None
    since: datetime | None = None
    before: datetime | None = None
    limit: int | None = None

    def matches(self, letter: Letter) -> bool:
        """Say whether the letter is meant, the limit aside."""
        at = _time(letter.failed_at)
        return (
            (self.reason is None or letter.reason == self.reason)
            and (self.queue is None or letter.queue == self.queue)
            and (self.text is None or self.text.lower() in _searchable(letter))
            and (self.since is None or (at is not None and at >= self.since))
            and (self.before is None or (at is not None and at < self.before))
        )


async def look(connection: AbstractConnection, wanted: Filter) -> list[Letter]:
    """Give the letters that match; all of them stay where they are."""
    async with _opened(connection) as held:
        return [letter for letter, _ in _chosen(held, wanted)]


async def replay(
    connection: AbstractConnection,
    wanted: Filter,
    *,
    per_second: float,
    told: Callable[[Letter], None],
) -> int:
    """
    Publish letters to their queues again, each confirmed before it leaves the box.

    Cut off in between, a letter may be both replayed and still in the box: replaying it
    again changes nothing, since writing twice equals writing once.
    """
    count = 0
    sending = await connection.channel(publisher_confirms=True, on_return_raises=True)
    try:
        async with _opened(connection) as held:
            for letter, message in _chosen(held, wanted):
                await sending.default_exchange.publish(
                    _again(letter, message), _destination(letter), mandatory=True
                )
                await message.ack()
                count += 1
                told(letter)
                await asyncio.sleep(1 / per_second)
    finally:
        await sending.close()
    return count


async def purge(
    connection: AbstractConnection,
    wanted: Filter,
    *,
    told: Callable[[Letter], None],
) -> int:
    """Remove letters for good; `told` gets each, so that nothing goes unseen."""
    count = 0
    async with _opened(connection) as held:
        for letter, message in _chosen(held, wanted):
            told(letter)
            await message.ack()
            count += 1
    return count


@asynccontextmanager
async def _opened(
    connection: AbstractConnection,
) -> AsyncIterator[list[AbstractIncomingMessage]]:
    """Hold all letters; what is not acked goes back when the channel closes."""
    channel = await connection.channel()
    try:
        queue = await channel.get_queue(queues.DEAD_LETTER_QUEUE)
        held: list[AbstractIncomingMessage] = []
        while len(held) < LARGEST_LOOK:
            message = await queue.get(no_ack=False, fail=False)
            if message is None:
                break
            held.append(message)
        yield held
    finally:
        if not channel.is_closed:
            await channel.close()


def _chosen(
    held: Sequence[AbstractIncomingMessage], wanted: Filter
) -> list[tuple[Letter, AbstractIncomingMessage]]:
    letters = [(_letter(n, message), message) for n, message in enumerate(held, 1)]
    matching = [(letter, m) for letter, m in letters if wanted.matches(letter)]
    return matching[: wanted.limit]


def _letter(number: int, message: AbstractIncomingMessage) -> Letter:
    headers = dict(message.headers)
    death = _death(headers)
    try:
        request = decode(message.body)
        track = f"{request.artist} - {request.title}"
    except MessageInvalid:
        track = ""
    return Letter(
        number=number,
        reason=str(headers.get("x-error-type") or death.get("reason") or "unknown"),
        detail=str(headers.get("x-error-message") or ""),
        queue=str(headers.get("x-original-routing-key") or death.get("queue") or ""),
        failed_at=str(headers.get("x-failed-at") or death.get("time") or ""),
        first_queued_at=str(headers.get("x-first-queued-at") or ""),
        attempts=_number(headers.get("x-retry-count")),
        message_id=message.message_id or "",
        track=track,
        body=message.body,
        headers=headers,
    )


def _death(headers: dict[str, Any]) -> dict[str, Any]:
    """Give the broker's own account of why it dead-lettered a message."""
    deaths = headers.get("x-death")
    first = deaths[0] if isinstance(deaths, list) and deaths else {}
    return dict(first) if isinstance(first, dict) else {}


def _again(letter: Letter, message: AbstractIncomingMessage) -> aio_pika.Message:
    headers = {name: v for name, v in letter.headers.items() if name != "x-death"}
    headers["x-replayed-at"] = datetime.now(UTC).isoformat()
    return aio_pika.Message(
        message.body,
        headers=headers,
        content_type=message.content_type,
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        priority=message.priority,
        message_id=message.message_id,
        correlation_id=message.correlation_id,
        timestamp=message.timestamp,
    )


def _destination(letter: Letter) -> str:
    """Say where it came from; what says nothing of it goes to the main queue."""
    return letter.queue if queues.lane_of(letter.queue) else queues.MAIN_QUEUE


def _searchable(letter: Letter) -> str:
    body = letter.body.decode("utf-8", "replace")
    return f"{letter.track} {letter.detail} {letter.message_id} {body}".lower()


def _time(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _number(value: object) -> int:
    try:
        return int(str(value or 0))
    except ValueError:
        return 0
