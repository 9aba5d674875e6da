"""Who dies when: random parts, every few seconds, for as long as tracks flow."""

import asyncio
import random
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from benchmarks.chaos.flow import Run
from devstack import Server

# How often each part is drawn, of all draws.
_WEIGHTS = {
    "worker": 4,
    "rabbitmq": 2,
    "redis": 2,
    "postgres": 2,
    "spider": 2,
    "simulator": 1,
}
# A server stays away for so long, seconds.
_AWAY = (0.5, 5.0)
# One end in so many of a server is a clean one.
_CLEAN_EVERY = 3


@dataclass(slots=True)
class Disturber:
    """
    Kills with -9, mostly; a server is sometimes stopped instead.

    Args:
        every_seconds: from one disturbance to the next, on average.
        at_least: go on until so many, even when all tracks have arrived.
    """

    run: Run
    seed: int
    every_seconds: float
    at_least: int
    kills: Counter[str] = field(default_factory=Counter)
    stops: Counter[str] = field(default_factory=Counter)

    async def disturb(self) -> None:
        """Disturb while tracks flow; leaves everything running."""
        drawn = random.Random(self.seed)  # noqa: S311 (a choice of victims)
        ways: dict[str, Callable[[random.Random], Awaitable[None]]] = {
            "worker": self._worker,
            "spider": self._spider,
            "simulator": self._simulator,
        }
        bag: list[str] = []
        while not self.run.finished or self.kills.total() < self.at_least:
            await asyncio.sleep(drawn.uniform(0.5, 1.5) * self.every_seconds)
            if not bag:
                bag = [name for name, n in _WEIGHTS.items() for _ in range(n)]
                drawn.shuffle(bag)
            victim = bag.pop()
            if victim in ways:
                await ways[victim](drawn)
            else:
                await self._server(victim, drawn)
            self._tell(victim)

    async def _worker(self, drawn: random.Random) -> None:
        worker = drawn.choice(self.run.workers)
        self.kills["worker"] += worker.kill()

    async def _spider(self, _: random.Random) -> None:
        # between two crawls there is none to kill
        self.kills["spider"] += self.run.crawls.kill()

    async def _simulator(self, _: random.Random) -> None:
        self.kills["simulator"] += self.run.simulator.kill()

    async def _server(self, name: str, drawn: random.Random) -> None:
        server: Server = self.run.stack.servers[name]
        if drawn.randrange(_CLEAN_EVERY):
            await asyncio.to_thread(server.kill)
            self.kills[name] += 1
        else:
            await asyncio.to_thread(server.stop)
            self.stops[name] += 1
        await asyncio.sleep(drawn.uniform(*_AWAY))
        await asyncio.to_thread(server.start)

    def _tell(self, victim: str) -> None:
        sys.stderr.write(
            f"{self.run.seconds:6.0f} s  {victim:<10} {dict(self.run.states)}\n"
        )
