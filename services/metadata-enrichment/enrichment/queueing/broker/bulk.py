"""
Many messages to the broker in one write, each with a confirm of its own.

Does for all at once what aiormq's `basic_publish` does for each: the same bookkeeping
by delivery tag and message id, read by the same channel, but without a task, a lock, a
write and marshalling for every message, which cost 110 µs of it, and the broker 45 µs.
"""

import asyncio
from collections.abc import Callable, Sequence

from aiormq.abc import ChannelFrame
from aiormq.channel import Channel
from aiormq.exceptions import (
    ChannelAccessRefused,
    ChannelInvalidStateError,
    DeliveryError,
    PublishError,
)

Confirm = asyncio.Future[object]


# Gives all frames, for the number of a channel and the longest piece of a body.
Marshal = Callable[[int, int], bytes]


async def publish(channel: Channel, ids: Sequence[str], marshal: Marshal) -> list[str]:
    """
    Publish mandatory messages in one write; give what became of each, in order.

    Args:
        ids: their message ids, by which the broker's returns are told apart.
        marshal: makes their frames, in the same order.

    Returns:
        "confirmed", "refused" or "unroutable", when the broker has answered all.

    Raises:
        ChannelInvalidStateError: the channel was closed before all answers came.
        ChannelAccessRefused: the broker closed it, since we may not publish there.
    """
    confirms: list[Confirm] = [channel.loop.create_future() for _ in ids]
    tags = range(0)
    closing = channel.closing
    closing.add_done_callback(lambda closed: _give_up(confirms, closed))
    try:
        async with channel.lock:
            payload = marshal(channel.number, channel.max_content_size)
            await channel.write_queue.put(ChannelFrame(payload, should_close=False))
            # nothing else runs after the put: no answer can come before its entry
            first = channel.delivery_tag + 1
            tags = range(first, first + len(ids))
            channel.delivery_tag += len(ids)
            channel.confirmations.update(zip(tags, confirms, strict=True))
            channel.message_id_delivery_tag.update(zip(ids, tags, strict=True))
        return [await _outcome(confirm) for confirm in confirms]
    finally:
        closing.cancel()
        for message_id, tag in zip(ids, tags, strict=False):
            if channel.message_id_delivery_tag.get(message_id) == tag:
                del channel.message_id_delivery_tag[message_id]
        for confirm in confirms:
            # what nobody awaits any more; an answer that still comes is passed over
            if not confirm.cancel() and not confirm.cancelled():
                confirm.exception()


async def _outcome(confirm: Confirm) -> str:
    try:
        await confirm
    except PublishError:
        return "unroutable"
    except DeliveryError:
        return "refused"
    return "confirmed"


def _give_up(confirms: Sequence[Confirm], closed: asyncio.Future[object]) -> None:
    cause = None if closed.cancelled() else closed.exception()
    if not isinstance(cause, ChannelAccessRefused):
        cause = ChannelInvalidStateError("closed before the confirm")
    for confirm in confirms:
        if not confirm.done():
            confirm.set_exception(cause)
