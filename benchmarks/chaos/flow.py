"""One run: tracklists through spider, queue and workers to rows, on private servers."""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import aio_pika
import asyncpg
import orjson

import devstack
from benchmarks.chaos import comparing, parts
from benchmarks.chaos.catalogue import Catalogue
from benchmarks.chaos.parts import Crawls, Part
from enrichment.queueing import topology
from enrichment.store import migrations

LOOK_SECONDS = 1.0
# RabbitMQ 3.10 writes the names of new quorum queues within a second; one that is
# killed before comes back without a leader, forever.
SETTLE_SECONDS = 3.0
# The next portion is crawled once less than this share of what was crawled is open.
OPEN_SHARE = 0.5

_STATES = "SELECT status, count(*) AS n FROM tracks GROUP BY 1"


@dataclass(frozen=True, slots=True)
class Pace:
    """
    How fast the providers' clock runs, and whether their limits bind.

    Args:
        limits: what workers allow themselves, as environment.
        options: the same for the simulator.
    """

    scale: float
    limits: Mapping[str, str] = field(default_factory=dict)
    options: Sequence[str] = ()


# A day's quota would bind for days; the limits by window and by spacing stay.
_NO_DAY = {"SPOTIFY_CALLS_PER_DAY": "100000000"}
_NO_DAY_OPTIONS = ("--set", "spotify_day_calls=100000000")


def paced(scale: float) -> Pace:
    """Return the pace of a run whose refusals count: real limits, faster clock."""
    return Pace(scale, _NO_DAY, _NO_DAY_OPTIONS)


def unpaced() -> Pace:
    """Return a pace at which no limit binds, for rows to compare with."""
    return Pace(
        1000.0,
        {**_NO_DAY, "SPOTIFY_CALLS_PER_30_SECONDS": "1000000"},
        (
            *_NO_DAY_OPTIONS,
            *("--set", "spotify_window_calls=100000000"),
            *("--set", "lastfm_calls_per_second=1000000", "--latency", "0"),
        ),
    )


@dataclass(slots=True)
class Run:
    """Everything that runs, and what was seen of it."""

    stack: devstack.Stack
    catalogue: Catalogue
    folder: Path
    workers: Sequence[Part]
    metrics_ports: Sequence[int]
    simulator: Part
    crawls: Crawls
    began: float = field(default_factory=perf_counter)
    states: Mapping[str, int] = field(default_factory=dict)
    in_time: bool = False

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return perf_counter() - self.began

    @property
    def open_tracks(self) -> int:
        """Tracks that are neither done nor parked, as seen a moment ago."""
        there = sum(self.states.values())
        return there - self.states.get("completed", 0) - self.states.get("failed", 0)

    @property
    def finished(self) -> bool:
        """Whether all tracks have arrived and none is on its way."""
        there = sum(self.states.values())
        everything = there >= len(self.catalogue.tracks)
        return self.crawls.finished and everything and self.open_tracks == 0


@asynccontextmanager
async def opened(
    catalogue: Catalogue, folder: Path, workers: int, pace: Pace
) -> AsyncIterator[Run]:
    """Start servers, simulator and workers; end them whatever happens."""
    async with AsyncExitStack() as stack:
        servers = devstack.open_stack()
        running = await asyncio.to_thread(servers.__enter__)
        stack.callback(servers.__exit__, None, None, None)
        await prepare(running)
        world = catalogue.write_world(folder / "world.jsonl")
        simulator = parts.simulator(world, folder, pace.scale, pace.options)
        stack.push_async_callback(simulator.stop)
        await simulator.start()
        environment = environment_of(running, simulator, pace)
        environment["ENRICHMENT_BACKLOG_THRESHOLD_ROWS"] = str(
            catalogue.rows_to_backlog
        )
        started, ports = parts.workers(workers, environment, folder)
        for worker in started:
            stack.push_async_callback(worker.stop)
            await worker.start()
        crawls = Crawls(catalogue.portions, environment, folder)
        stack.push_async_callback(crawls.stop)
        run = Run(running, catalogue, folder, started, ports, simulator, crawls)
        kept = [asyncio.create_task(part.keep()) for part in (*started, simulator)]
        try:
            yield run
        finally:
            for task in kept:
                task.cancel()
            await asyncio.gather(*kept, return_exceptions=True)


async def flow(
    run: Run,
    timeout_seconds: float,
    beside: Callable[[Run], Sequence[Awaitable[None]]] = lambda _: (),
) -> None:
    """Crawl everything and wait until nothing is open; chaos acts beside."""
    tasks = [asyncio.ensure_future(act) for act in (_crawl(run), *beside(run))]
    try:
        while not run.in_time and run.seconds < timeout_seconds:
            await asyncio.sleep(LOOK_SECONDS)
            await look(run)
            for task in tasks:
                if task.done():
                    task.result()
            run.in_time = run.finished and all(task.done() for task in tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def look(run: Run) -> None:
    """See how many tracks are in which state; Postgres away changes nothing."""
    with suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        async with asyncio.timeout(10):
            connection = await asyncpg.connect(run.stack.postgres.url)
            try:
                rows = await connection.fetch(_STATES)
            finally:
                await connection.close()
        run.states = {row["status"]: row["n"] for row in rows}


async def rows(run: Run) -> comparing.Rows:
    """Read what the run has written."""
    return await comparing.read(run.stack.postgres.url)


def calls(run: Run) -> Counter[str]:
    """Count the calls the simulator saw over all its lives, by their outcome."""
    counts: Counter[str] = Counter()
    ledger = run.folder / "provider-calls.jsonl"
    for line in ledger.read_bytes().splitlines():
        with suppress(orjson.JSONDecodeError):  # cut off by a kill
            counts[str(orjson.loads(line)["outcome"])] += 1
    return counts


async def prepare(stack: devstack.Stack) -> None:
    """Make the tables and queues of servers that are empty."""
    connection = await asyncpg.connect(stack.postgres.url)
    await migrations.up(connection)
    await connection.close()
    broker = await aio_pika.connect_robust(stack.rabbitmq.url)
    async with broker:
        await topology.declare(broker)
    await asyncio.sleep(SETTLE_SECONDS)


async def _crawl(run: Run) -> None:
    size = len(run.catalogue.tracks) / len(run.catalogue.portions)
    while not run.crawls.finished:
        await run.crawls.crawl_next()
        while not run.crawls.finished and run.open_tracks > size * OPEN_SHARE:  # noqa: ASYNC110 (rows have no event)
            await asyncio.sleep(LOOK_SECONDS)


def environment_of(
    stack: devstack.Stack, simulator: Part, pace: Pace
) -> dict[str, str]:
    """Return what workers and spiders find in their environment."""
    url = f"http://127.0.0.1:{simulator.environment['PORT']}"
    return {
        **devstack.private_environment(os.environ),
        **stack.environment,
        "SPOTIFY_BASE_URL": f"{url}/spotify/v1",
        "SPOTIFY_TOKEN_URL": f"{url}/spotify/api/token",
        "MUSICBRAINZ_BASE_URL": f"{url}/musicbrainz/ws/2",
        "LASTFM_BASE_URL": f"{url}/lastfm/2.0/",
        "SPOTIFY_CLIENT_ID": "chaos",
        "SPOTIFY_CLIENT_SECRET": "chaos",
        "LASTFM_API_KEY": "chaos",
        "MUSICBRAINZ_USER_AGENT": "SongNodesChaos/1.0 ( chaos@localhost )",
        "ENRICHMENT_TIME_SCALE": str(pace.scale),
        "ENRICHMENT_SWEEP_INTERVAL_SECONDS": "2",
        "ENRICHMENT_UNPUBLISHED_GRACE_SECONDS": "5",
        "ENRICHMENT_STRANDED_AFTER_SECONDS": "60",
        **pace.limits,
    }
