"""The composition root: wire, run, drain, close."""

import asyncio
import gc
import signal
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from functools import partial
from typing import Any

import asyncpg

from enrichment import logs
from enrichment.app import clients, provider_parts
from enrichment.app.health import Check, Health
from enrichment.app.settings import Settings
from enrichment.app.supervise import Loops
from enrichment.app.wiring import open_path
from enrichment.contract import metrics, queues
from enrichment.errors import ConfigurationError
from enrichment.pipeline import enrich
from enrichment.queueing import topology
from enrichment.queueing.broker import permissions
from enrichment.queueing.consumer import Consumer
from enrichment.queueing.publisher import Publisher
from enrichment.queueing.raw_deliveries import StreamConnection
from enrichment.scheduling import due
from enrichment.scheduling.renewal import RenewalPace
from enrichment.scheduling.scheduler import Pace, Scheduler

log = logs.get("worker")

# Batches make many short-lived objects and no cycles: the collector may look rarely,
# and never again at what was imported.
COLLECT_AFTER = (50_000, 20, 100)
GAUGES_SECONDS = 10.0


async def run(settings: Settings, queue_name: str, *, burst: bool = False) -> int:
    """
    Consume one queue until SIGTERM or SIGINT; give the exit code.

    Args:
        burst: stop when the queue is empty and nothing is in hand.

    Raises:
        ConfigurationError: before anything is consumed.
        TopologyDrift: before anything is consumed.
        PermissionMissing: before anything is consumed.
        LoopEnded: a loop beside the consumer ended unasked.
    """
    provider_parts.require_credentials(settings)
    lane = queues.lane_of(queue_name)
    if lane is None:
        known = ", ".join(queue.name for queue in queues.QUEUES.values())
        raise ConfigurationError(f"QUEUE_NAME {queue_name!r} is none of ours: {known}")
    stop = asyncio.Event()
    stop_on_signals(stop)
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    async with AsyncExitStack() as stack:
        opened = await unless_stopped(stop, clients.open_all(settings, stack))
        if opened is None:
            return 0
        pool, redis, connection = opened
        may_declare = await topology.require(connection)
        await clients.see_permissions(settings, permissions.WORKER_WRITES)
        log.info(
            f"Workers can now connect to: {queue_name}",
            event_name="enrichment.worker.ready",
        )
        metrics.begin_worker(queue_name, [q.name for q in queues.QUEUES.values()])
        publisher = Publisher(connection)
        stack.push_async_callback(publisher.close)
        parts, background = await open_path(settings, stack, pool, redis, lane)
        scheduler = scheduler_of(settings, pool, connection, publisher)
        consumer = Consumer(
            connection,
            publisher,
            queue_name=queue_name,
            prefetch=settings.prefetch_count,
            enrich=partial(enrich.enrich, parts=parts),
            park=parts.store.park,
            may_declare=may_declare,
        )
        loops = Loops(stop, settings.enrichment_stop_grace_seconds)
        health = _health(
            settings, clients.server_checks(pool, redis, connection), loops
        )
        stack.callback(health.close)
        for name, loop in {
            **background,
            "health": health.beat(),
            "scheduler": scheduler.run(stop),
            "gauges": keep_gauges(pool),
        }.items():
            loops.start(name, loop)
        if burst:
            ready = partial(_ready, topology.Depths(connection), queue_name)
            loops.start("burst", _stop_when_idle(consumer, ready, stop))
        await loops.beside(consumer.run(stop, settings.enrichment_stop_grace_seconds))
    return 0


def stop_on_signals(stop: asyncio.Event) -> None:
    """Stop gently on the first signal; a second one ends the process at once."""
    loop = asyncio.get_running_loop()

    def asked() -> None:
        if stop.is_set():
            raise SystemExit(1)
        log.info("Told to stop: draining", event_name="enrichment.worker.stopping")
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked)


async def unless_stopped(stop: asyncio.Event, act: Awaitable[Any]) -> Any:  # noqa: ANN401
    """Return what `act` gives, or None when told to stop first."""
    doing = asyncio.ensure_future(act)
    stopping = asyncio.ensure_future(stop.wait())
    await asyncio.wait({doing, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if doing.done():
        return doing.result()
    doing.cancel()
    with suppress(asyncio.CancelledError):
        await doing
    return None


def scheduler_of(
    settings: Settings,
    pool: asyncpg.Pool,
    connection: StreamConnection,
    publisher: Publisher,
) -> Scheduler:
    """Wire the scheduler: one runs in every worker and in the HTTP service."""
    pace = Pace(
        interval=timedelta(seconds=settings.enrichment_sweep_interval_seconds),
        unpublished_grace=timedelta(
            seconds=settings.enrichment_unpublished_grace_seconds
        ),
        stranded_after=timedelta(seconds=settings.enrichment_stranded_after_seconds),
    )
    renewal_pace = RenewalPace(
        providers=settings.enrichment_providers,
        per_sweep=settings.enrichment_reenrichment_per_sweep,
        queue_limit=settings.enrichment_reenrichment_queue_limit,
    )
    return Scheduler(pool, connection, publisher, pace, renewal_pace)


def _health(settings: Settings, checks: Mapping[str, Check], loops: Loops) -> Health:
    health = Health(checks, lambda: loops.alive, lambda: loops.states)
    try:
        health.open(settings.enrichment_metrics_host, settings.enrichment_metrics_port)
    except OSError as error:
        raise ConfigurationError(
            f"ENRICHMENT_METRICS_PORT {settings.enrichment_metrics_port}: {error};"
            " 0 takes any free port"
        ) from error
    return health


async def keep_gauges(pool: asyncpg.Pool) -> None:
    """Keep the gauges of what waits true."""
    while True:
        with suppress(Exception):  # Postgres away: the last values stand
            unpublished, parts = await due.counts(pool)
            metrics.UNPUBLISHED.set(unpublished)
            metrics.WAITING_PARTS.clear()
            for provider, reason, count in parts:
                metrics.WAITING_PARTS.labels(provider, reason).set(count)
            for lane, seconds in await due.oldest(pool):
                metrics.OLDEST_MESSAGE.labels(lane).set(seconds)
            overdue = await due.overdue(pool)
            metrics.WAITING_OVERDUE.clear()
            for provider, count in overdue:
                metrics.WAITING_OVERDUE.labels(provider).set(count)
        await asyncio.sleep(GAUGES_SECONDS)


async def _ready(depths: topology.Depths, queue_name: str) -> int:
    ready, _ = (await depths.read()).get(queue_name, (0, 0))
    return ready


async def _stop_when_idle(
    consumer: Consumer, ready: Callable[[], Awaitable[int]], stop: asyncio.Event
) -> None:
    """End a burst: the queue is empty, and nothing has been finished for a while."""
    seen, left = -1, 1
    while left or consumer.in_hand or consumer.statistics.processed != seen:
        seen, left = consumer.statistics.processed, 1
        await asyncio.sleep(1)
        with suppress(Exception):  # RabbitMQ away: it is looked at again
            left = await ready()
    stop.set()
