"""Deliveries made into batches: full ones at once, the last with what still comes."""

import asyncio
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from enrichment.queueing.raw_deliveries import Message

# A batch that is not full waits for more messages as long as one comes within a
# hundredth of the time that batches take, within these bounds, seconds …
LINGER_SHARE, LINGER_SHORTEST, LINGER_LONGEST = 0.01, 0.01, 0.25
# … but for no longer than ten such times, or this, in all.
LINGERS, LINGER_IN_ALL = 10, 1.0


@dataclass(frozen=True, slots=True)
class Patience:
    """
    How long a batch that is not full waits for more messages, seconds.

    What takes minutes may begin a second later: several small batches cost a provider
    more calls than one. What is answered from the cache is not kept waiting.
    """

    linger: float = LINGER_LONGEST

    @classmethod
    def of(cls, batch_seconds: float) -> "Patience":
        """Return what suits batches that take so long."""
        share = batch_seconds * LINGER_SHARE
        return cls(min(max(share, LINGER_SHORTEST), LINGER_LONGEST))

    @property
    def longest(self) -> float:
        """How long a batch waits in all."""
        return min(self.linger * LINGERS, LINGER_IN_ALL)


@dataclass(frozen=True, slots=True)
class Arrived:
    """A batch, and when its first message came, seconds of `perf_counter`."""

    messages: Sequence[Message]
    came_at: float


class Batcher:
    """
    What was delivered and is in no batch yet.

    Args:
        largest: messages of a full batch.
    """

    def __init__(self, largest: int) -> None:
        self.largest = largest
        self.patience = Patience()
        self._waiting: asyncio.Queue[tuple[Message, float]] = asyncio.Queue()
        self._is_full = asyncio.Event()

    def __len__(self) -> int:
        return self._waiting.qsize()

    def add(self, message: Message) -> None:
        """Take one delivery."""
        self._waiting.put_nowait((message, perf_counter()))
        if len(self) >= self.largest - 1:
            self._is_full.set()

    async def next_batch(self, others: AbstractSet[asyncio.Task[Any]]) -> Arrived:
        """Wait for messages; give none when another task has ended meanwhile."""
        first = asyncio.create_task(self._waiting.get())
        await asyncio.wait({first, *others}, return_when=asyncio.FIRST_COMPLETED)
        if not first.done():
            first.cancel()
            return Arrived((), perf_counter())
        message, came_at = first.result()
        batch = [message]
        await self._linger()
        while len(batch) < self.largest and not self._waiting.empty():
            batch.append(self._waiting.get_nowait()[0])
        return Arrived(batch, came_at)

    async def _linger(self) -> None:
        """Let a batch that is not full wait for company, as long as some comes."""
        patience = self.patience
        before, until = -1, perf_counter() + patience.longest
        self._is_full.clear()
        while before < len(self) < self.largest - 1:
            before = len(self)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._is_full.wait(), patience.linger)
            if perf_counter() > until:
                break
