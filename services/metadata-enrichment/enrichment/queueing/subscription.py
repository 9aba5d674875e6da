"""Our consumers of one queue at the broker: as many messages as we want to hold."""

from typing import Any

from enrichment.queueing.broker.deliveries import Callback


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
