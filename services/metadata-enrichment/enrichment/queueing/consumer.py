"""Drain, batch, pause, resume; the one place that acks or dead-letters."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from time import perf_counter
from typing import Any

from aio_pika.exceptions import AMQPError

from enrichment import logs
from enrichment.contract import metrics, queues
from enrichment.contract.messages import EnrichmentRequest, MessageInvalid, decode
from enrichment.contract.servers.broker_refusals import USE
from enrichment.queueing.acknowledgements import Acknowledgements
from enrichment.queueing.batcher import Arrived, Batcher, Patience
from enrichment.queueing.broker.away import refusal_told
from enrichment.queueing.dead_letters.headers import Refused, unreadable
from enrichment.queueing.holding import Holding
from enrichment.queueing.parking import Park, Parking
from enrichment.queueing.patience import when_back
from enrichment.queueing.publisher import Publisher
from enrichment.queueing.raw_deliveries import (
    Callback,
    Message,
    StreamConnection,
    Subscription,
    open_channel,
)
from enrichment.queueing.statistics import Statistics
from enrichment.queueing.watch import watch

log = logs.get("consume")

# A message that breaks our code alone is tried this often before it is dead-lettered.
ATTEMPTS_ALONE = 3
# The broker answers a consumer's begin or end within this, or is away.
HOLD_SECONDS = 10.0
_LOST = (AMQPError, OSError, TimeoutError, RuntimeError)

# Takes requests from message to rows; gives those that name no track at all.
Enrich = Callable[[Sequence[EnrichmentRequest]], Awaitable[Sequence[EnrichmentRequest]]]


class Consumer:
    """
    Consumes one queue in batches.

    Args:
        may_declare: whether our user may configure the queue; else it is looked up.

    What becomes of a message: written → acked with its batch. Not decodable, or names
    no track → dead letter, confirmed, then acked. Breaks our code → tried alone, then
    dead letter; its siblings are acked. One of our servers away → held, nothing spent.
    """

    def __init__(
        self,
        connection: StreamConnection,
        publisher: Publisher,
        *,
        queue_name: str,
        prefetch: int,
        enrich: Enrich,
        park: Park,
        may_declare: bool = True,
    ) -> None:
        self._may_declare = may_declare
        self._connection = connection
        self._queue_name = queue_name
        self._prefetch = prefetch
        self._holding = Holding(prefetch)
        self._enrich = enrich
        self._batcher = Batcher(self._holding.batch)
        self._acks = Acknowledgements()
        self._parking = Parking(publisher, self._acks, park, queue_name)
        self._stopping = asyncio.Event()
        self._in_hand = 0
        self.statistics = Statistics()

    @property
    def in_hand(self) -> int:
        """Messages delivered and not yet finished."""
        return self._in_hand + len(self._batcher)

    async def run(self, stop: asyncio.Event, grace_seconds: float) -> None:
        """Consume until told to stop; then finish what is in hand within the grace."""
        channel = await open_channel(self._connection)
        # where we may: it is declared again then wherever it is missed later
        queue = await channel.declare_queue(
            self._queue_name,
            durable=True,
            arguments=self._arguments(),
            passive=not self._may_declare,
        )
        subscription = Subscription(queue, Callback(self._take))
        with refusal_told(USE):
            await subscription.hold(self._holding.messages)
        watching = asyncio.create_task(
            watch(
                self._connection, channel, self._queue_name, lambda: subscription.tags
            )
        )
        log.info(
            "Waiting for enrichment tasks...",
            event_name="enrichment.consume.started",
            queue=self._queue_name,
            prefetch=self._prefetch,
            messages=self._holding.messages,
        )
        batches: set[asyncio.Task[None]] = set()
        stopped = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                batch = await self._batcher.next_batch({stopped, watching, *batches})
                if watching.done():
                    watching.result()
                if batch.messages:
                    batches.add(asyncio.create_task(self._process(batch)))
                while len(batches) >= self._holding.at_once and not stopped.done():
                    await asyncio.wait(
                        {*batches, stopped}, return_when=asyncio.FIRST_COMPLETED
                    )
                    _take_out_ended(batches)
                _take_out_ended(batches)
                await self._hold(subscription)
        finally:
            watching.cancel()
            stopped.cancel()
            self._stopping.set()
            await self._drain(subscription, batches, grace_seconds)
            if not channel.is_closed:
                # Whatever is unfinished goes back to the queue with its channel
                await asyncio.wait({asyncio.ensure_future(channel.close())}, timeout=2)

    def _arguments(self) -> dict[str, Any]:
        lane = queues.lane_of(self._queue_name)
        return dict(queues.QUEUES[lane].arguments) if lane else {}

    def _take(self, message: Message) -> None:
        self._acks.delivered(message)
        self._batcher.add(message)

    async def _drain(
        self,
        subscription: Subscription,
        batches: set[asyncio.Task[None]],
        grace_seconds: float,
    ) -> None:
        # where the connection is gone, the consumer is gone with it
        with suppress(*_LOST):
            await asyncio.wait_for(subscription.cancel(), timeout=2)
        if batches:
            _, late = await asyncio.wait(batches, timeout=grace_seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*batches, return_exceptions=True)
        await self._acks.done_for_good()
        self.statistics.requeued += len(self._batcher)
        log.info(
            "Consumer Statistics",
            event_name="enrichment.consume.stopped",
            queue=self._queue_name,
            **self.statistics.facts(),
        )

    async def _hold(self, subscription: Subscription) -> None:
        """Hold as many messages as are done soon; the broker gives others the rest."""
        self._batcher.largest = self._holding.batch
        try:
            await asyncio.wait_for(
                subscription.hold(self._holding.messages), HOLD_SECONDS
            )
        except _LOST as error:
            # once more after the next batch; the watch finds a consumer that is gone
            log.info(
                "The broker did not change how many messages are held",
                event_name="enrichment.consume.not_held",
                error=repr(error),
            )

    async def _process(self, batch: Arrived) -> None:
        """Take a batch to its end: rows or dead letters, then the acknowledgement."""
        messages = batch.messages
        metrics.BATCH_SIZE.observe(len(messages))
        metrics.IN_PROGRESS.inc(len(messages))
        self._in_hand += len(messages)
        try:
            readable, refused = _decoded(messages)
            await self._dead_letter(refused)
            await self._written(readable)
            self.statistics.processed += len(messages)
            self._learn(batch)
        finally:
            self._in_hand -= len(messages)
            metrics.IN_PROGRESS.dec(len(messages))

    def _learn(self, batch: Arrived) -> None:
        """Let the time that a batch took decide what is held and waited for."""
        now, messages = perf_counter(), len(batch.messages)
        self._holding.finished(messages, batch.came_at, now, self.in_hand)
        self._batcher.patience = Patience.of(now - batch.came_at)

    async def _written(
        self, pairs: Sequence[tuple[Message, EnrichmentRequest]]
    ) -> None:
        """Enrich and ack; a batch that breaks is halved until the culprit is alone."""
        if not pairs:
            return
        attempts = ATTEMPTS_ALONE if len(pairs) == 1 else 1
        error: Exception | None = None
        for _ in range(attempts):
            try:
                unidentified = await when_back(
                    lambda: self._enrich([request for _, request in pairs])
                )
            except Exception as broken:  # noqa: BLE001 (the table below decides)
                error = broken
            else:
                await self._finish(pairs, unidentified)
                return
        if len(pairs) > 1:
            middle = len(pairs) // 2
            await self._written(pairs[:middle])
            await self._written(pairs[middle:])
            return
        (message, request) = pairs[0]
        reason = type(error).__name__
        log.error(
            "Track could not be enriched",
            event_name="enrichment.consume.poison",
            track_id=request.track_id,
            artist=request.artist,
            title=request.title,
            error=repr(error),
            exc_info=error,
        )
        await self._dead_letter([Refused(message, reason, str(error), request)])

    async def _finish(
        self,
        pairs: Sequence[tuple[Message, EnrichmentRequest]],
        unidentified: Sequence[EnrichmentRequest],
    ) -> None:
        unknown = {id(request) for request in unidentified}
        done = [message for message, request in pairs if id(request) not in unknown]
        self.statistics.succeeded += len(done)
        metrics.MESSAGES.labels(self._queue_name, "acked").inc(len(done))
        await self._acks.done(done)
        await self._dead_letter(
            [
                Refused(
                    message,
                    "unidentified",
                    f"{request.artist!r} - {request.title!r} names no track",
                    request,
                )
                for message, request in pairs
                if id(request) in unknown
            ]
        )

    async def _dead_letter(self, refused: Sequence[Refused]) -> None:
        await self._parking.take(refused)
        self.statistics.failed += len(refused)


def _take_out_ended(batches: set[asyncio.Task[None]]) -> None:
    for task in [task for task in batches if task.done()]:
        batches.discard(task)
        task.result()


def _decoded(
    batch: Sequence[Message],
) -> tuple[list[tuple[Message, EnrichmentRequest]], list[Refused]]:
    """Read the bodies; give those that say what is wanted, and those that do not."""
    readable, refused = [], []
    for message in batch:
        try:
            request = decode(message.body, message.size)
        except MessageInvalid as error:
            refused.append(unreadable(message, error))
            continue
        log.debug(
            f"Processing enrichment task: {request.track_id}",
            event_name="enrichment.consume.started_task",
        )
        readable.append((message, request))
    return readable, refused
