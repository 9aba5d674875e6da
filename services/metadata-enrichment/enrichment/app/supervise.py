"""Loops beside each other: one that ends unasked ends the process, and is seen."""

import asyncio
import os
import sys
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from enrichment import logs
from enrichment.contract import metrics
from enrichment.errors import LoopEnded

log = logs.get("worker")

# What closing connections may take when all is well, seconds.
CLOSING_SECONDS = 10.0
# As sysexits.h calls it EX_SOFTWARE
BROKEN = 70


def end_by_force(after_seconds: float) -> None:
    """End this process when it is still there after so long, whatever it does."""

    def end() -> None:
        with suppress(Exception):
            log.error(
                "The process did not end within its grace: it is ended by force",
                event_name="enrichment.worker.forced",
                after_seconds=after_seconds,
            )
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(BROKEN)

    timer = threading.Timer(after_seconds, end)
    timer.daemon = True
    timer.start()


class Loops:
    """
    What runs forever beside the work of a process.

    Args:
        stop: set when the process is told to stop, or when one of its loops has ended.
        grace_seconds: how long the work may take to come to its end then.
        force: ends the process after so many seconds, whatever it does.
    """

    def __init__(
        self,
        stop: asyncio.Event,
        grace_seconds: float,
        force: Callable[[float], None] = end_by_force,
    ) -> None:
        self._stop = stop
        self._grace = grace_seconds
        self._force = force
        self._tasks: dict[str, asyncio.Task[Any]] = {}
        self._broken: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def start(self, name: str, loop: Coroutine[Any, Any, Any]) -> None:
        """Let a loop run until the work has ended."""
        metrics.LOOPS_ENDED.labels(name)
        task = asyncio.create_task(loop, name=name)
        self._tasks[name] = task
        task.add_done_callback(self._ended)

    @property
    def states(self) -> dict[str, str]:
        """Return for each loop whether it runs."""
        return {
            name: "ended" if task.done() else "running"
            for name, task in self._tasks.items()
        }

    @property
    def alive(self) -> bool:
        """Whether no loop has ended unasked."""
        return not self._broken.done()

    async def beside(self, work: Coroutine[Any, Any, None]) -> None:
        """
        Do the work while the loops run; end all of it when it ends.

        When the work has failed, or the process is told to stop, it ends within its
        grace whatever its tasks do.

        Raises:
            LoopEnded: a loop ended unasked; the work was told to stop.
        """
        working = asyncio.create_task(work)
        told = asyncio.create_task(self._stop.wait())
        ends: set[asyncio.Future[Any]] = {working, told, self._broken}
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            self._force(self._grace + CLOSING_SECONDS)
            self._stop.set()
            await asyncio.wait({working})
        finally:
            told.cancel()
            working.cancel()
            await self._end()
        if self._broken.done():
            raise LoopEnded(self._broken.result())
        working.result()

    async def _end(self) -> None:
        for task in self._tasks.values():
            task.cancel()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks.values(), timeout=CLOSING_SECONDS)
            for task in late:
                log.error(
                    f"The loop {task.get_name()} does not end",
                    event_name="enrichment.worker.loop_stuck",
                    loop=task.get_name(),
                )

    def _ended(self, task: asyncio.Task[Any]) -> None:
        if task.cancelled():
            return
        error = task.exception()
        if error is None and self._stop.is_set():
            return  # it was told to stop, too
        name = task.get_name()
        log.error(
            f"The loop {name} ended unasked: the process ends",
            event_name="enrichment.worker.loop_ended",
            loop=name,
            error=repr(error),
            exc_info=error,
        )
        metrics.LOOPS_ENDED.labels(name).inc()
        if not self._broken.done():
            why = f"{type(error).__name__}: {error}" if error else "it returned"
            self._broken.set_result(f"the loop {name} ended unasked: {why}")
