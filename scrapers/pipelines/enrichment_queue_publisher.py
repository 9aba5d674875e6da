"""400: requests of committed rows to RabbitMQ, confirmed, by pika on its own thread."""

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Self

from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from enrichment.contract import metrics, queues
from scrapers.items import TracklistItem
from scrapers.pipelines.broker_thread import BrokerThread, Settled
from scrapers.pipelines.broker_words import Refusal
from scrapers.pipelines.outbox import Marking, Outbox, Outgoing
from scrapers.pipelines.persistence import Persistence
from scrapers.report import Published, Tally
from scrapers.spiders.tracklist_spider import spider_of

log = logging.getLogger(__name__)

# While so few wait for the broker, and it is there, no item waits for its confirms.
FREELY = 1000


class EnrichmentQueuePublisher:
    """
    Hands requests to the broker's thread, which awaits their confirms, within a bound.

    Nothing depends on an item's own wait: its rows are committed, and marked once they
    are confirmed. A crawl waits only so as not to run ahead of a broker.

    Args:
        mark: notes in the rows that these tracks are published.
        patience_seconds: how long one tracklist, or a whole outage, may hold up the
            crawl; afterwards messages wait in memory, and rows in Postgres.
        drain_seconds: how long the end of the crawl waits for the rest.
    """

    def __init__(
        self,
        tally: Tally,
        *,
        mark: Callable[[Iterable[str]], Awaitable[None]],
        url: str,
        patience_seconds: float,
        drain_seconds: float,
        buffer_messages: int,
    ) -> None:
        self._tally = tally
        self._mark = mark
        self._url = url
        self._patience_seconds = patience_seconds
        self._drain_seconds = drain_seconds
        self._buffer_messages = buffer_messages
        self._away_since: float | None = None
        self._refusal: Refusal | None = None
        self._told: set[tuple[str, Published]] = set()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """
        Read the settings.

        Raises:
            NotConfigured: ENABLE_ENRICHMENT_QUEUE is false; rows wait for the sweep.
        """
        settings = crawler.settings
        if not settings.getbool("ENABLE_ENRICHMENT_QUEUE"):
            raise NotConfigured("ENABLE_ENRICHMENT_QUEUE is false: rows stay pending")

        async def mark(track_ids: Iterable[str]) -> None:
            # both pipelines are there once the crawl runs
            persistence = crawler.get_item_pipeline(Persistence)
            if persistence is not None:
                await persistence.mark_published(track_ids)

        return cls(
            spider_of(crawler).tally,
            mark=mark,
            url=settings["RABBITMQ_DSN"],
            patience_seconds=settings.getfloat("PUBLISH_PATIENCE_SECONDS"),
            drain_seconds=settings.getfloat("PUBLISH_DRAIN_SECONDS"),
            buffer_messages=settings.getint("PUBLISH_BUFFER_MESSAGES"),
        )

    async def open_spider(self) -> None:
        """Start the thread; a crawl does not wait for the broker."""
        # pika reports failed attempts with tracebacks; the thread says it in a line
        logging.getLogger("pika").setLevel(logging.CRITICAL)
        self._loop = asyncio.get_running_loop()
        self._refusal_came = asyncio.Event()
        self._outbox = Outbox(self._buffer_messages)
        self._away_since = time.monotonic()
        self._marking = Marking(self._mark)
        self._broker = BrokerThread(
            self._url,
            on_settled=lambda settled: self._soon(self._settled, settled),
            on_ready=lambda ready: self._soon(self._ready, ready),
            on_fault=lambda fault: self._soon(self._fault, fault),
            on_refusal=lambda refusal: self._soon(self._refused, refusal),
        )
        self._broker.start()

    async def process_item(self, item: TracklistItem) -> TracklistItem:
        """Publish what persistence has committed."""
        if not item.requests:
            return item
        queue = queues.QUEUES[item.requests[0].lane].name
        ticket, taken, left = self._outbox.take(map(Outgoing.of, item.requests))
        self._tally.published(queue, Published.FAILED, len(left))
        if not taken:
            return item
        self._broker.submit(taken)
        if self._away_since is not None or len(self._outbox) > FREELY:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ticket.done.wait(), self._patience_left())
            ticket.is_late = ticket.open_messages > 0
            self._tally.published(queue, Published.FAILED, ticket.open_messages)
        return item

    async def settled(self) -> None:
        """Wait until the broker has answered all that it was given."""
        await self._outbox.empty.wait()

    async def close_spider(self) -> None:
        """Wait for the rest within the deadline, mark it, close the connection."""
        settled = asyncio.ensure_future(self.settled())
        refused = asyncio.ensure_future(self._refusal_came.wait())
        await asyncio.wait(
            {settled, refused},
            timeout=self._drain_seconds,
            return_when=asyncio.FIRST_COMPLETED,
        )
        settled.cancel()
        refused.cancel()
        for queue, count in self._outbox.untold().items():
            self._tally.published(queue, Published.FAILED, count)
        if left := len(self._outbox):
            log.warning("%d tracks stay unpublished; the sweep publishes them", left)
            if self._refusal is not None:
                self._tally.note(
                    "login_refused" if self._refusal.of_login else "not_permitted",
                    self._refusal.sentence,
                )
        await asyncio.to_thread(self._broker.stop)
        await self._marking.close()

    def _patience_left(self) -> float:
        if self._refusal is not None:
            return 0.0  # no waiting ends it
        away = 0.0 if self._away_since is None else time.monotonic() - self._away_since
        return max(0.0, self._patience_seconds - away)

    def _soon(self, callback: Callable[[Any], None], value: object) -> None:
        with contextlib.suppress(RuntimeError):  # the crawl is over, its loop closed
            self._loop.call_soon_threadsafe(callback, value)

    def _ready(self, ready: bool) -> None:  # noqa: FBT001 (a callback's one value)
        if ready:
            self._away_since = None
        elif self._away_since is None:
            self._away_since = time.monotonic()

    def _refused(self, refusal: Refusal) -> None:
        if refusal != self._refusal:
            self._fault(refusal.sentence)
        self._refusal = refusal
        self._refusal_came.set()

    def _fault(self, sentence: str) -> None:
        log.warning("%s", sentence)
        self._tally.note("publisher", sentence)

    def _settled(self, settled: Settled) -> None:
        for outgoing, _ in settled:
            self._outbox.answered(outgoing.message_id)
        counts = Counter((outgoing.queue, outcome) for outgoing, outcome in settled)
        for (queue, outcome), count in counts.items():
            self._tally.published(queue, outcome, count)
            if outcome is Published.CONFIRMED:
                # somebody has given the permission
                self._refusal = None
                self._refusal_came.clear()
                log.info("Published enrichment task: %d to %s", count, queue)
            elif (queue, outcome) not in self._told:
                self._told.add((queue, outcome))
                self._fault(f"{queue}: messages are {outcome}; their rows stay pending")
        self._marking.add(
            outgoing.track_id
            for outgoing, outcome in settled
            if outcome is Published.CONFIRMED
        )
        metrics.UNPUBLISHED.set(len(self._outbox))
