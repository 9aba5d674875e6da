"""Dead letters looked at, replayed and purged: filtered, paced, confirmed first."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import aio_pika
from aio_pika.abc import AbstractChannel

from enrichment.contract import queues
from enrichment.queueing.broker.away import broker_away
from enrichment.queueing.dead_letters.letters import Filter, Letter
from enrichment.queueing.dead_letters.looking import UNBOUNDED, Bounds, Look, looking
from enrichment.queueing.raw_deliveries import Message, StreamConnection

# A paced replay holds what it publishes within this time, and gives the others back.
HELD_SECONDS = 20.0
# Between two such parts others have their turn, seconds.
_GAP_SECONDS = 0.5
# Letters that are kept to be shown or replayed cost no more memory than this, bytes.
LARGEST_KEPT = 16 * 2**20
# What goes to other queues besides, or is the broker's own account of the past.
_NOT_REPLAYED = frozenset({"cc", "bcc", "x-death", "x-delivery-count"})


@dataclass(frozen=True, slots=True)
class Seen:
    """
    What a look has found.

    Args:
        letters: those that match, no more than the filter's limit.
        total: how many match, of those that were looked at; of all in the box
            where nothing is filtered.
        is_complete: whether it has seen all that it was to look for.
    """

    letters: tuple[Letter, ...]
    total: int
    looked_at: int
    is_complete: bool


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many letters were published again, and how many match but are not whole."""

    published: int
    left: int


async def look(
    connection: StreamConnection,
    wanted: Filter,
    bounds: Bounds = UNBOUNDED,
) -> Seen:
    """Return the letters that match; all of them stay where they are."""
    kept: list[Letter] = []
    weight = count = 0
    any_number = replace(wanted, limit=None)
    async with looking(connection, bounds) as under_way:
        async for letter, _ in matching(under_way, any_number, bounds):
            count += 1
            if wanted.limit is None or len(kept) < wanted.limit:
                kept.append(letter)
                weight += letter.weight
            has_all = wanted.takes_all and len(kept) == wanted.limit
            if has_all or weight > LARGEST_KEPT:
                break
        else:
            has_all = under_way.is_complete
        total = under_way.in_box if wanted.takes_all else count
        return Seen(tuple(kept), total, under_way.looked_at, has_all)


async def find(connection: StreamConnection, number: int) -> tuple[Letter | None, int]:
    """Return the letter of that number, and how many there are."""
    async with looking(connection) as under_way:
        bounds = Bounds(letters=number)
        async for letter, _ in matching(under_way, Filter(), bounds):
            if letter.number == number:
                return letter, under_way.in_box
        return None, under_way.in_box


async def replay(
    connection: StreamConnection,
    wanted: Filter,
    *,
    per_second: float,
    told: Callable[[Letter], None],
    held_seconds: float = HELD_SECONDS,
) -> Replayed:
    """
    Publish letters to their queues again, each confirmed before it leaves the box.

    Some at a time, so that none is held for longer than the broker allows, and only
    those that were there at the beginning: what fails again is not replayed again. Cut
    off in between, a letter may be both replayed and still in the box: replaying it
    again changes nothing, since writing twice equals writing once.
    """
    at_once = max(1, int(per_second * held_seconds))
    published = 0
    there: int | None = None
    with broker_away():
        sending = await connection.channel(
            publisher_confirms=True, on_return_raises=True
        )
    try:
        while True:
            room = at_once
            if wanted.limit is not None:
                room = min(room, wanted.limit - published)
            async with looking(connection) as under_way:
                there = under_way.in_box if there is None else there
                bounds = Bounds(letters=there - published)
                some = await _some_whole(under_way, wanted, bounds, room)
                for place, (letter, message) in enumerate(some.chosen):
                    if place:
                        await asyncio.sleep(1 / per_second)
                    await _publish_again(sending, letter, message)
                    await under_way.done(message)
                    # those before it have left the box
                    told(replace(letter, number=letter.number + published))
            published += len(some.chosen)
            if some.are_last or published == wanted.limit:
                return Replayed(published, some.left)
            await asyncio.sleep(max(1 / per_second, _GAP_SECONDS))
    finally:
        await sending.close()


async def purge(
    connection: StreamConnection,
    wanted: Filter,
    *,
    told: Callable[[Letter], None],
) -> int:
    """Remove letters for good; `told` gets each, so that nothing goes unseen."""
    count = 0
    async with looking(connection) as under_way:
        async for letter, message in matching(under_way, wanted):
            told(letter)
            await under_way.done(message)
            count += 1
    return count


async def matching(
    under_way: Look, wanted: Filter, bounds: Bounds = UNBOUNDED
) -> AsyncIterator[tuple[Letter, Message]]:
    """Yield the letters of a look that are meant, up to their limit."""
    count = 0
    async for some in under_way.letters(bounds):
        for letter, message in some:
            if wanted.matches(letter):
                yield letter, message
                count += 1
                if count == wanted.limit:
                    return
            # whoever else runs in this process has its turn
            await asyncio.sleep(0)


@dataclass(frozen=True, slots=True)
class _Some:
    """Letters to be replayed; how many before them cannot; whether more may follow."""

    chosen: list[tuple[Letter, Message]]
    left: int
    are_last: bool


async def _some_whole(
    under_way: Look, wanted: Filter, bounds: Bounds, most: int
) -> _Some:
    chosen: list[tuple[Letter, Message]] = []
    left = weight = 0
    any_number = replace(wanted, limit=None)
    async for letter, message in matching(under_way, any_number, bounds):
        if not letter.is_whole:
            left += 1
            continue
        chosen.append((letter, message))
        weight += letter.weight
        if len(chosen) >= most or weight > LARGEST_KEPT:
            return _Some(chosen, left, are_last=False)
    return _Some(chosen, left, are_last=True)


async def _publish_again(
    sending: AbstractChannel, letter: Letter, message: Message
) -> None:
    told = message.properties
    headers: dict[str, Any] = {
        name: value
        for name, value in told.headers.items()
        if name.lower() not in _NOT_REPLAYED
        and isinstance(value, str | int | float | datetime)
    }
    headers["x-replayed-at"] = datetime.now(UTC).isoformat()
    again = aio_pika.Message(
        message.body,
        headers=headers,
        content_type=told.content_type,
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        priority=told.priority,
        message_id=told.message_id,
        correlation_id=told.correlation_id,
        timestamp=told.timestamp,
    )
    with broker_away():
        await sending.default_exchange.publish(
            again, _destination(letter), mandatory=True
        )


def _destination(letter: Letter) -> str:
    """Return where it came from; what says nothing of it goes to the main queue."""
    return letter.queue if queues.lane_of(letter.queue) else queues.MAIN_QUEUE
