"""The processes of a run: started again when they end, killed when chaos says so."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from devstack import private_environment
from enrichment.contract import queues
from rehearsal import processes
from rehearsal.processes import Process

# Between looks at whether a process still runs, seconds.
LOOK_SECONDS = 0.2
# A worker that ended is started again after this, as an orchestrator does it, seconds.
RESTART_SECONDS = 0.5
STOP_SECONDS = 15.0


@dataclass(slots=True)
class Part:
    """
    One process that is always to run.

    Args:
        ended: how often it ended without being killed by us.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    announces: bool = False
    process: Process | None = None
    ended: int = 0
    killed: bool = False

    async def start(self) -> None:
        """Start it; its output goes to a file of its name."""
        self.killed = False
        self.process = await processes.start(
            self.command,
            self.environment,
            self.folder / f"{self.name}.log",
            announces=self.announces,
        )
        if self.announces:
            await self.process.first_line(timeout=60)

    def kill(self) -> bool:
        """End it with kill -9; tell whether it ran."""
        if self.process is None or not self.process.running:
            return False
        self.killed = True
        with suppress(ProcessLookupError):
            os.kill(self.process.pid, signal.SIGKILL)
        return True

    async def stop(self) -> None:
        """Ask it to end."""
        if self.process is not None:
            await self.process.stop(STOP_SECONDS)

    async def keep(self) -> None:
        """Start it again whenever it has ended, forever."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if self.process is not None and not self.process.running:
                self.ended += not self.killed
                await asyncio.sleep(RESTART_SECONDS)
                await self.start()


@dataclass(slots=True)
class Crawls:
    """Crawls portion after portion; a crawl that was killed is started again."""

    portions: Sequence[Path]
    environment: Mapping[str, str]
    folder: Path
    process: Process | None = None
    done: int = 0
    started: int = 0
    codes: list[str] = field(default_factory=list)

    @property
    def finished(self) -> bool:
        """Whether every portion has been crawled to its end."""
        return self.done == len(self.portions)

    def kill(self) -> bool:
        """End the crawl that runs now; tell whether one did."""
        if self.process is None or not self.process.running:
            return False
        with suppress(ProcessLookupError):
            os.kill(self.process.pid, signal.SIGKILL)
        return True

    async def crawl_next(self) -> None:
        """Crawl one portion, however many processes that takes."""
        portion = self.portions[self.done]
        report = self.folder / f"{portion.name}.json"
        while not report.exists():
            self.started += 1
            self.process = await processes.start(
                [
                    *(sys.executable, "-m", "scrapers.crawl", "tracklist_files"),
                    *("-a", f"path={portion}", "--report", str(report)),
                ],
                self.environment,
                self.folder / f"{portion.name}.log",
            )
            while self.process.running:  # noqa: ASYNC110 (it may be killed meanwhile)
                await asyncio.sleep(LOOK_SECONDS)
        self.done += 1

    async def stop(self) -> None:
        """End the crawl that runs now."""
        if self.process is not None:
            await self.process.stop(STOP_SECONDS)


def workers(
    count: int, environment: Mapping[str, str], folder: Path
) -> tuple[list[Part], list[int]]:
    """Return workers, the last for the backlog, and the ports of their metrics."""
    ports = processes.free_ports(count)
    lanes = [queues.MAIN_QUEUE] * (count - 1) + [queues.BACKLOG_QUEUE]
    parts = [
        Part(
            name=f"worker-{number}",
            command=[sys.executable, "-m", "enrichment", "worker", "--queue", lane],
            environment={**environment, "ENRICHMENT_METRICS_PORT": str(port)},
            folder=folder,
        )
        for number, (port, lane) in enumerate(zip(ports, lanes, strict=True), 1)
    ]
    return parts, ports


def simulator(world: Path, folder: Path, scale: float, options: Sequence[str]) -> Part:
    """Return the simulator on a port that it keeps over its restarts."""
    [port] = processes.free_ports(1)
    return Part(
        name="simulator",
        command=[
            *(sys.executable, "-m", "provider_simulator", "--port", str(port)),
            *("--tracks", str(world), "--coverage", "full", "--seed", "7"),
            *("--time-scale", str(scale)),
            *("--ledger", str(folder / "provider-calls.jsonl")),
            *options,
        ],
        environment={**private_environment(os.environ), "PORT": str(port)},
        folder=folder,
        announces=True,
    )
