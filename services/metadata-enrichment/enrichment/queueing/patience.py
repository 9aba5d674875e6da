"""Holding on while one of our own servers is away: nothing is spent, nothing lost."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from enrichment import logs
from enrichment.errors import ServerAway

log = logs.get("consume")

T = TypeVar("T")

# Pause between tries while one of our own servers is away, seconds.
PAUSE_FIRST = 0.5
PAUSE_LONGEST = 5.0


async def when_back(act: Callable[[], Awaitable[T]]) -> T:
    """Do it; while one of our servers is away, hold everything and try again."""
    pause = PAUSE_FIRST
    while True:
        try:
            return await act()
        except ServerAway as error:
            log.warning(
                "Server away: consumption pauses, nothing is spent",
                event_name="enrichment.consume.paused",
                error=str(error),
                again_in_seconds=pause,
            )
        await asyncio.sleep(pause)
        pause = min(pause * 2, PAUSE_LONGEST)
