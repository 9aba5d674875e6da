"""Servers, simulator and workers of one case, made empty before it begins."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis

from benchmarks.servers import publish_requests
from devstack import Server, private_environment
from enrichment.app import provider_parts, settings
from enrichment.cli.actions import parse_lines
from enrichment.contract import queues
from enrichment.contract.messages import EnrichmentRequest
from enrichment.model import ProviderName
from enrichment.providers.allowance import Limits
from enrichment.providers.registry import EXPECTED
from provider_simulator.world.names import invented_tracks
from tests import pipeline

PROVIDERS = EXPECTED
# Not to be met by accident: what a case is about, it sets itself.
GENEROUS = {"SPOTIFY_CALLS_PER_DAY": "1000000"}
SIMULATOR_GENEROUS = ("--set", "spotify_day_calls=1000000")
# Providers do not run on our machines: on a busy one, the simulator that stamps calls
# as they come must not wait for the workers whose calls it counts.
WORKERS_NICE = 5
_READY = "Waiting for enrichment tasks"
_DONE = "SELECT count(*) AS n FROM tracks WHERE status = 'completed'"
_OPEN = """
SELECT count(*) AS n FROM tracks
WHERE status IN ('pending', 'in_progress', 'partial')
"""
_EMPTY = """
TRUNCATE tracks, tracklists, artists, provider_answers, provider_benches,
    provider_calls RESTART IDENTITY CASCADE
"""


class NotInTime(Exception):  # noqa: N818 (it says what is the matter)
    """A case did not come to its end."""


@dataclass(frozen=True, slots=True)
class Servers:
    """Our own servers; Redis may be stopped by a case."""

    database_url: str
    redis_url: str
    rabbitmq_url: str
    redis: Server

    @property
    def environment(self) -> dict[str, str]:
        """What workers find in their environment."""
        return {
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "RABBITMQ_URL": self.rabbitmq_url,
        }

    def empty(self) -> None:
        """Forget every row, answer, budget and message."""
        pipeline.rows(self.database_url, _EMPTY)
        self.flush_redis()
        pipeline.declare(self.rabbitmq_url)
        with pipeline.channel(self.rabbitmq_url) as broker:
            for queue in queues.ALL_QUEUES:
                broker.queue_purge(queue.name)

    def flush_redis(self) -> None:
        """Lose everything that Redis holds."""
        with contextlib.closing(redis.Redis.from_url(self.redis_url)) as client:
            client.flushall()


@dataclass
class Rig:
    """One case: a world, a cluster of workers, and what the simulator counted."""

    servers: Servers
    scale: float
    simulator: pipeline.Simulator
    workers: pipeline.Workers
    seconds: dict[str, float] = field(default_factory=dict)

    def start(self, count: int, **environment: str) -> list[pipeline.Worker]:
        """Start workers and wait until they consume."""
        started = [self.workers.start(**environment) for _ in range(count)]
        # nicer than the simulator, which is as nice as we are
        nice = os.getpriority(os.PRIO_PROCESS, 0) + WORKERS_NICE
        for worker in started:
            os.setpriority(os.PRIO_PROCESS, worker.process.pid, nice)
        self.until(lambda: all(_READY in worker.said() for worker in started), 180)
        return started

    def stop(self) -> None:
        """End every worker gently, together."""
        running = [w for w in self.workers.started if w.process.poll() is None]
        for worker in running:
            worker.terminate()
        for worker in running:
            worker.wait()

    def publish(self, tracks: Sequence[Mapping[str, Any]], queue: str = "") -> None:
        """Put one message a track into a queue, the main one by default."""
        self.send([request(track) for track in tracks], queue or queues.MAIN_QUEUE)

    def send(
        self, requests: Sequence[EnrichmentRequest], queue: str = queues.MAIN_QUEUE
    ) -> None:
        """Put messages into a queue."""
        asyncio.run(publish_requests(self.servers.rabbitmq_url, requests, queue))

    def rows(self, query: str, *arguments: object) -> list[Any]:
        """Ask Postgres."""
        return pipeline.rows(self.servers.database_url, query, *arguments)

    def done(self) -> int:
        """Count tracks that every provider has answered."""
        return int(self.rows(_DONE)[0]["n"])

    def drain(self, tracks: int, seconds: float = 600) -> float:
        """Wait until so many tracks are completed; give the seconds it took."""
        began = time.monotonic()
        self.until(lambda: self.done() >= tracks, seconds)
        return time.monotonic() - began

    def until(self, condition: Callable[[], object], seconds: float = 60) -> None:
        """Wait for a condition. Raises NotInTime."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if condition():
                return
            time.sleep(0.05)
        tails = "\n".join(w.said()[-1500:] for w in self.workers.started)
        raise NotInTime(
            f"not within {seconds} s; {self.done()} done, {self.counts()}\n{tails}"
        )

    def limits(self) -> Mapping[ProviderName, Limits]:
        """Return the allowances that the workers keep, in real seconds."""
        loaded = settings.load(dict(self.workers.environment))
        return provider_parts.limits(loaded)

    def summary(self) -> dict[str, Any]:
        """Return what the simulator counted, by provider."""
        return self.simulator.summary()

    def counts(self) -> dict[str, int]:
        """Return the calls that the simulator saw, by provider."""
        return {name: seen["calls"] for name, seen in self.summary().items()}

    def refusals(self) -> int:
        """Count calls over a limit."""
        return sum(seen["refusals"] for seen in self.summary().values())

    def calls(self, provider: str, since: float = 0.0) -> list[dict[str, Any]]:
        """Return the calls the simulator saw of a provider, tokens left out."""
        path = f"ledger/calls?provider={provider}&since={since}"
        calls: list[dict[str, Any]] = self.ask(path)["calls"]
        return [call for call in calls if call["operation"] != "token"]

    def busiest(self, provider: str, seconds: float, since: float = 0.0) -> int:
        """Return the most calls in any window of so many simulated seconds."""
        path = f"ledger/windows?provider={provider}&seconds={seconds}&since={since}"
        return int(self.ask(path)["max_calls"])

    def now(self) -> float:
        """Return the simulated time."""
        return float(self.ask("health")["now"])

    def fault(self, **fault: object) -> None:
        """Have calls fail from now on; without arguments, let all faults end."""
        if fault:
            self.ask("faults", fault)
        else:
            self.ask("faults", {"clear": True})

    def ask(self, path: str, body: object = None) -> Any:  # noqa: ANN401 (JSON)
        """Ask or steer the simulator."""
        call = urllib.request.Request(  # noqa: S310 (http to the loopback)
            f"{self.simulator.url}/_simulator/{path}",
            None if body is None else json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(call, timeout=10) as answer:  # noqa: S310 (as above)
            return json.load(answer)


@contextlib.contextmanager
def open_rig(
    servers: Servers,
    world: Sequence[Mapping[str, Any]],
    *,
    scale: float,
    options: Sequence[str] = (),
    **environment: str,
) -> Iterator[Rig]:
    """Empty the servers and simulate the providers over a world of tracks."""
    servers.empty()
    with tempfile.TemporaryDirectory(prefix="budget-use-") as folder:
        file = pipeline.write_tracks(Path(folder) / "tracks.jsonl", world)
        arguments = ["--time-scale", str(scale), *SIMULATOR_GENEROUS, *options]
        with pipeline.simulator(file, *arguments) as simulator:
            workers = pipeline.Workers(
                {
                    **servers.environment,
                    **simulator.settings,
                    **GENEROUS,
                    "ENRICHMENT_TIME_SCALE": str(scale),
                    "ENRICHMENT_STOP_GRACE_SECONDS": "2",
                    **environment,
                },
                Path(folder),
            )
            try:
                yield Rig(servers, scale, simulator, workers)
            finally:
                workers.end()


def invented(count: int, seed: int = 7) -> list[dict[str, Any]]:
    """Return different tracks as `enrichment parse` prints them."""
    rows: dict[str, dict[str, Any]] = {}
    while len(rows) < count:
        given = invented_tracks(count + 50, seed)
        lines = "\n".join(
            f"{track.artist} - {track.title}"
            + (f" ({track.version})" if track.version else "")
            for track in given
        )
        for line in parse_lines.each_line(lines.encode()):
            row = json.loads(line)
            rows.setdefault(row["track_id"], row)
        seed += 1
    return list(rows.values())[:count]


def request(track: Mapping[str, Any]) -> EnrichmentRequest:
    """Make the message that a crawl sends for a track."""
    return EnrichmentRequest(
        track_id=track["track_id"],
        artist=track["artist"],
        title=track["full_title"],
        isrc=track.get("isrc"),
        spotify_id=track.get("spotify_id"),
        priority=5,
    )


def kill(worker: pipeline.Worker) -> None:
    """End a worker as a power cut does."""
    os.kill(worker.process.pid, signal.SIGKILL)
    worker.process.wait(10)


def command(
    environment: Mapping[str, str], *arguments: str, timeout: float = 900
) -> str:
    """Run `enrichment …` and give what it prints."""
    ended = subprocess.run(  # noqa: S603 (our own command)
        [sys.executable, "-m", "enrichment", *arguments],
        env={**private_environment(os.environ), **environment},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=True,
    )
    return ended.stdout
