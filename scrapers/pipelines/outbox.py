"""What has been handed to the broker and not been answered yet: bookkeeping, no I/O."""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

from enrichment.contract.messages import EnrichmentRequest, encode
from enrichment.contract.queues import QUEUES
from scrapers.report import Published

log = logging.getLogger(__name__)

# between two attempts to mark rows
PAUSE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message ready for the wire. `timestamp` is Unix seconds."""

    message_id: str
    track_id: str
    queue: str
    body: bytes
    priority: int
    timestamp: int
    schema_version: int

    @classmethod
    def of(cls, request: EnrichmentRequest) -> "Outgoing":
        """Encode a request; its message id is the same however often it is sent."""
        queued_at = request.queued_at
        return cls(
            message_id=request.message_id,
            track_id=request.track_id,
            queue=QUEUES[request.lane].name,
            body=encode(request),
            priority=request.priority,
            timestamp=int(queued_at.timestamp()) if queued_at else 0,
            schema_version=request.schema_version,
        )


class Unconfirmed:
    """Messages of one channel by delivery tag, oldest first, as confirms count them."""

    def __init__(self) -> None:
        self._by_tag: dict[int, Outgoing] = {}
        self._returned: set[str] = set()
        self._last_tag = 0

    def __len__(self) -> int:
        return len(self._by_tag)

    def sent(self, outgoing: Outgoing) -> None:
        """Note the next message of this channel: the broker counts from 1."""
        self._last_tag += 1
        self._by_tag[self._last_tag] = outgoing

    def returned(self, message_id: str) -> None:
        """Note that no queue took it; its confirm follows."""
        self._returned.add(message_id)

    def settle(
        self, tag: int, *, multiple: bool, accepted: bool
    ) -> list[tuple[Outgoing, Published]]:
        """Return the messages that one ack or nack speaks of, and what it says."""
        tags = [tag]
        if multiple:
            tags = []
            for sent in self._by_tag:
                if sent > tag:
                    break
                tags.append(sent)
        settled = []
        for answered in tags:
            outgoing = self._by_tag.pop(answered, None)
            if outgoing is not None:
                settled.append((outgoing, self._outcome(outgoing, accepted=accepted)))
        return settled

    def lost(self) -> list[Outgoing]:
        """Return what the closed channel left open, to be sent again; start again."""
        left = list(self._by_tag.values())
        self._by_tag.clear()
        self._returned.clear()
        self._last_tag = 0
        return left

    def _outcome(self, outgoing: Outgoing, *, accepted: bool) -> Published:
        if outgoing.message_id in self._returned:
            self._returned.discard(outgoing.message_id)
            return Published.UNROUTABLE
        return Published.CONFIRMED if accepted else Published.REFUSED


@dataclass(slots=True, eq=False)
class Ticket:
    """
    One tracklist's messages: `done` when the broker has answered all of them.

    Args:
        queue: where they go, all of them.
        is_late: it has been told that they were not answered in time.
    """

    open_messages: int
    queue: str = ""
    is_late: bool = False
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def answered(self) -> None:
        """Count one answer."""
        self.open_messages -= 1
        if self.open_messages <= 0:
            self.done.set()


class Outbox:
    """
    Bounded memory of what waits for the broker; beyond it the rows wait in Postgres.

    Args:
        bound: messages; one takes about half a kilobyte.
    """

    def __init__(self, bound: int) -> None:
        self._bound = bound
        self._tickets: dict[str, Ticket] = {}
        self.empty = asyncio.Event()
        self.empty.set()

    def __len__(self) -> int:
        return len(self._tickets)

    def take(
        self, messages: Iterable[Outgoing]
    ) -> tuple[Ticket, list[Outgoing], list[Outgoing]]:
        """Return a ticket, what there is room for, and what there is none for."""
        wanted = [m for m in messages if m.message_id not in self._tickets]
        room = max(0, self._bound - len(self._tickets))
        taken, left = wanted[:room], wanted[room:]
        ticket = Ticket(len(taken), taken[0].queue if taken else "")
        self._tickets.update((m.message_id, ticket) for m in taken)
        if taken:
            self.empty.clear()
        else:
            ticket.done.set()
        return ticket, taken, left

    def untold(self) -> Counter[str]:
        """Count by queue the open messages that nobody was told to be late."""
        return Counter(t.queue for t in self._tickets.values() if not t.is_late)

    def answered(self, message_id: str) -> None:
        """Forget a message that the broker has answered."""
        ticket = self._tickets.pop(message_id, None)
        if ticket is not None:
            ticket.answered()
        if not self._tickets:
            self.empty.set()


class Marking:
    """
    Marks confirmed tracks in batches: what comes in during one write is the next.

    Args:
        mark: writes one batch.
    """

    def __init__(self, mark: Callable[[Iterable[str]], Awaitable[None]]) -> None:
        self._mark = mark
        self._confirmed: set[str] = set()
        self._some = asyncio.Event()
        self._task = asyncio.create_task(self._run())

    def add(self, track_ids: Iterable[str]) -> None:
        """Note tracks to be marked."""
        self._confirmed.update(track_ids)
        if self._confirmed:
            self._some.set()

    async def close(self) -> None:
        """Mark the rest, once."""
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        try:
            await self._write()
        except Exception:
            # still 'pending' though published: published again, under the same id
            log.exception("%d published tracks are not marked", len(self._confirmed))

    async def _run(self) -> None:
        while True:
            await self._some.wait()
            self._some.clear()
            try:
                await self._write()
            except Exception:
                log.exception("Published tracks are not marked yet, trying again")
                await asyncio.sleep(PAUSE_SECONDS)
                self._some.set()

    async def _write(self) -> None:
        batch = frozenset(self._confirmed)
        if batch:
            await self._mark(batch)
            self._confirmed -= batch
