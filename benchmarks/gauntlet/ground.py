"""Servers, simulator, workers, service and spider of a run, and what is between."""

import asyncio
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson

import devstack
from benchmarks.chaos import flow, parts
from benchmarks.chaos.catalogue import Catalogue
from benchmarks.chaos.parts import Crawls, Part
from benchmarks.gauntlet.fronts import HostileFront, SlowFront, listening
from enrichment.cli.actions import parse_lines
from rehearsal import processes
from tests.hostile import bad_files

# Of the portions of tracklists, every so many is crawled beside bad files; the tracks
# of the others come as messages.
_CRAWLED_EVERY = 2
API_TOKEN = "gauntlet-token-of-the-service"  # noqa: S105 (of a private run)


@dataclass(slots=True)
class Ground:
    """
    Everything that runs.

    Args:
        messages: tracks that come as messages; the others come by the spider.
        done: what was done to it, by name.
    """

    stack: devstack.Stack
    catalogue: Catalogue
    folder: Path
    environment: Mapping[str, str]
    simulator: Part
    workers: Sequence[Part]
    metrics_ports: Sequence[int]
    service: Part
    crawls: Crawls
    messages: Sequence[Mapping[str, Any]]
    slow_redis: SlowFront
    drawn: random.Random
    done: Counter[str] = field(default_factory=Counter)

    @property
    def good(self) -> list[str]:
        """The ids of all good tracks."""
        return list(self.catalogue.tracks)

    @property
    def service_port(self) -> int:
        """Where the HTTP service listens."""
        return int(self.service.environment["ENRICHMENT_API_PORT"])

    @property
    def simulator_url(self) -> str:
        """The simulator's own address, past the hostile front."""
        return f"http://127.0.0.1:{self.simulator.environment['PORT']}"


@asynccontextmanager
async def opened(
    catalogue: Catalogue, folder: Path, *, workers: int, scale: float, spoilt: float
) -> AsyncIterator[Ground]:
    """Start everything; end it whatever happens."""
    drawn = random.Random(7)  # noqa: S311 (what is hostile, no secret)
    crawled = catalogue.portions[::_CRAWLED_EVERY]
    ids = [row["track_id"] for portion in crawled for row in rows_of(portion)]
    for number, portion in enumerate(crawled):
        good = f"1. Nobody {number} - Bad Neighbour {number}\n"
        bad_files.put_into(portion, good)
    async with AsyncExitStack() as stack:
        servers = devstack.open_stack()
        running = await asyncio.to_thread(servers.__enter__)
        stack.callback(servers.__exit__, None, None, None)
        await flow.prepare(running)
        pace = flow.paced(scale)
        world = catalogue.write_world(folder / "world.jsonl")
        simulator = parts.simulator(world, folder, scale, pace.options)
        stack.push_async_callback(simulator.stop)
        await simulator.start()
        done: Counter[str] = Counter()
        slow_redis = SlowFront(running.redis.url)
        environment = {
            **flow.environment_of(running, simulator, pace),
            "ENRICHMENT_API_TOKEN": API_TOKEN,
            "REDIS_URL": at_port(
                running.redis.url,
                await stack.enter_async_context(listening(slow_redis)),
            ),
        }
        url = f"http://127.0.0.1:{simulator.environment['PORT']}"
        hostile = HostileFront(url, spoilt, drawn, done)
        port = await stack.enter_async_context(listening(hostile))
        environment = {
            name: at_port(value, port) if value.startswith(url) else value
            for name, value in environment.items()
        }
        started, ports = parts.workers(workers, environment, folder)
        service = _service(environment, folder)
        crawls = Crawls(crawled, environment, folder)
        for part in (*started, service):
            stack.push_async_callback(part.stop)
            await part.start()
        stack.push_async_callback(crawls.stop)
        kept = [asyncio.create_task(part.keep()) for part in (*started, service)]
        try:
            yield Ground(
                running,
                catalogue,
                folder,
                environment,
                simulator,
                started,
                ports,
                service,
                crawls,
                [t for i, t in catalogue.tracks.items() if i not in set(ids)],
                slow_redis,
                drawn,
                done,
            )
        finally:
            for task in kept:
                task.cancel()
            await asyncio.gather(*kept, return_exceptions=True)


def rows_of(portion: Path) -> list[dict[str, Any]]:
    """Return the rows of the good tracklists of a folder."""
    return [
        orjson.loads(row)
        for path in sorted(portion.glob("set-*.txt"))
        for row in parse_lines.tracklist(path.read_bytes())
    ]


def at_port(url: str, port: int) -> str:
    """Return an address at another port."""
    parts_of_url = urlsplit(url)
    login, at, _ = parts_of_url.netloc.rpartition("@")
    return parts_of_url._replace(netloc=f"{login}{at}127.0.0.1:{port}").geturl()


def _service(environment: Mapping[str, str], folder: Path) -> Part:
    [port] = processes.free_ports(1)
    return Part(
        name="service",
        command=[sys.executable, "-m", "enrichment", "serve"],
        environment={**environment, "ENRICHMENT_API_PORT": str(port)},
        folder=folder,
    )
