"""One server after the other away for a while, and how soon work continues."""

import asyncio
from dataclasses import dataclass, field
from time import perf_counter

from benchmarks.chaos import flow
from benchmarks.chaos.flow import Run

LOOK_SECONDS = 0.25
SERVERS = ("postgres", "redis", "rabbitmq")


@dataclass(slots=True)
class Outages:
    """
    Stops each server for that long, under load.

    Args:
        resumed_seconds: from a server's return to the next track that is done.
    """

    run: Run
    seconds: float
    resumed_seconds: dict[str, float] = field(default_factory=dict)

    async def act(self) -> None:
        """Stop and start them in turn."""
        for name in SERVERS:
            await self._progress()
            server = self.run.stack.servers[name]
            await asyncio.to_thread(server.stop)
            await asyncio.sleep(self.seconds)
            await asyncio.to_thread(server.start)
            back = perf_counter()
            await flow.look(self.run)
            await self._progress()
            self.resumed_seconds[name] = round(perf_counter() - back, 1)

    async def _progress(self) -> None:
        """Wait until one track more is done, or all are."""
        before = self.run.states.get("completed", 0)
        while self.run.states.get("completed", 0) <= before and not self.run.finished:
            await asyncio.sleep(LOOK_SECONDS)
            await flow.look(self.run)
