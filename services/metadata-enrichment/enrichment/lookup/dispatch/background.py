"""Tasks that run beside a loop, and end with it."""

import asyncio
from collections.abc import Callable, Coroutine


class Background:
    """Tasks of one owner; nobody else holds on to them."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(
        self,
        act: Coroutine[None, None, None],
        ended: Callable[[], None] = lambda: None,
    ) -> None:
        """Run beside; `ended` is called whatever becomes of it."""

        def end(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            ended()

        task = asyncio.create_task(act)
        self._tasks.add(task)
        task.add_done_callback(end)

    async def cancel(self) -> None:
        """End all, and wait until they have ended."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Slot:
    """One place of a semaphore; given back once, whoever comes first."""

    def __init__(self, slots: asyncio.Semaphore) -> None:
        self._slots: asyncio.Semaphore | None = slots

    def release(self) -> None:
        """Release the place, if that was not done."""
        slots, self._slots = self._slots, None
        if slots is not None:
            slots.release()
