"""Callers' looks at the dead letters: in turn, bounded, given up with the caller."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from fastapi import HTTPException, Request

from enrichment.errors import ServerAway
from enrichment.queueing.dead_letters.box import Seen
from enrichment.queueing.dead_letters.letters import Filter
from enrichment.queueing.dead_letters.looking import Bounds, BoxBusy

T = TypeVar("T")

# What a look may cost.
BOUNDS = Bounds(letters=10_000, seconds=5.0, patience=10.0)
# Between looks whether the caller is still there, seconds.
_STILL_THERE_SECONDS = 0.2

LookInto = Callable[[Filter, Bounds], Awaitable[Seen]]


class Looks:
    """
    Looks of all callers of this process, one after the other.

    Args:
        look: looks into the box.
    """

    def __init__(self, look: LookInto) -> None:
        self._look = look
        self._lock = asyncio.Lock()

    async def seen(self, request: Request, wanted: Filter) -> Seen:
        """
        Look for a caller who waits for it.

        Raises:
            HTTPException: others look now.
            ServerAway: the broker cannot be reached now.
        """
        try:
            return await _while_there(request, self._in_turn(wanted))
        except BoxBusy as error:
            raise HTTPException(503, str(error), {"Retry-After": "5"}) from error
        except HTTPException:
            raise
        except Exception as error:
            raise ServerAway(f"broker: {error}") from error

    async def _in_turn(self, wanted: Filter) -> Seen:
        try:
            async with asyncio.timeout(BOUNDS.patience):
                await self._lock.acquire()
        except TimeoutError:
            raise BoxBusy("dead letters: others are looking, try again") from None
        try:
            return await self._look(wanted, BOUNDS)
        finally:
            self._lock.release()


async def _while_there(request: Request, act: Awaitable[T]) -> T:
    """Do it as long as the caller is there to hear of it."""
    doing = asyncio.ensure_future(act)
    try:
        while not doing.done():
            await asyncio.wait({doing}, timeout=_STILL_THERE_SECONDS)
            if not doing.done() and await request.is_disconnected():
                # nobody reads it: nginx has the number for that
                raise HTTPException(499, "the caller has gone")
        return doing.result()
    finally:
        doing.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await doing
