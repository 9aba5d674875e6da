"""Acks of batches that end in any order, as many deliveries as possible in a frame."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from aio_pika.exceptions import AMQPError

from enrichment.queueing.raw_deliveries import Message


class Acknowledgements:
    """
    Acks as many deliveries as possible in one frame.

    Batches end in any order; what is done is acked up to the first that is not, since
    `multiple` reaches back to everything before. Tags belong to the channel that
    delivered them: after a reconnect the old ones are the broker's affair again.
    """

    def __init__(self) -> None:
        self._open: dict[Any, OrderedDict[int, Message | None]] = {}

    def delivered(self, message: Message) -> None:
        """Note a delivery, in the order of arrival."""
        channel = self._open.setdefault(message.channel, OrderedDict())
        channel[message.delivery_tag] = None

    async def done(self, messages: Sequence[Message]) -> None:
        """Ack what is done, as far as nothing before it is open."""
        self._open = {c: tags for c, tags in self._open.items() if not c.is_closed}
        touched = set()
        for message in messages:
            tags = self._open.get(message.channel)
            if tags is not None and message.delivery_tag in tags:
                tags[message.delivery_tag] = message
                touched.add(message.channel)
        for channel in touched:
            await self._ack(channel)

    async def done_alone(self, messages: Sequence[Message]) -> None:
        """
        Ack each of them at once, whatever is open before it.

        A dead letter that comes again after a crash would be published again.
        """
        touched = set()
        for message in messages:
            try:
                await message.ack()
            except (AMQPError, OSError, RuntimeError):
                continue  # the channel is gone, and the broker delivers again
            tags = self._open.get(message.channel)
            if tags is not None:
                tags.pop(message.delivery_tag, None)
                touched.add(message.channel)
        for channel in touched:
            # what waited behind them need not wait any longer
            await self._ack(channel)

    async def done_for_good(self) -> None:
        """Ack one by one what waits behind open deliveries: nothing more gets done."""
        for tags in list(self._open.values()):
            await self.done_alone([message for message in tags.values() if message])

    async def _ack(self, channel: Any) -> None:  # noqa: ANN401 (aiormq's channel)
        tags = self._open.get(channel)
        if tags is None:
            return  # another batch has acked the last of them
        last = None
        while tags and (message := next(iter(tags.values()))) is not None:
            last = message
            tags.popitem(last=False)
        if not tags:
            del self._open[channel]
        if last is None:
            return
        try:
            await last.ack(multiple=True)
        except (AMQPError, OSError, RuntimeError):
            # The channel is gone and the broker delivers again; writing twice equals
            # writing once.
            self._open.pop(channel, None)
