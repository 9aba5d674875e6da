"""One connection through the network: what passes, how late, and what is lost."""

import asyncio
import random
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from enum import Enum, auto

from provider_simulator.network.conditions import Network

_CHUNK_BYTES = 65_536
# Chunks under way in one direction.
_WINDOW = 64
# How often an idle connection looks whether idle ones are to be closed.
_LOOK_SECONDS = 1.0
# Pieces of a slow body, a second.
_PIECES_PER_SECOND = 10

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]
_Parcels = asyncio.Queue[tuple[float, bytes]]


class _Fate(Enum):
    """What becomes of a request and its answer."""

    PASSES = auto()
    RESET_BEFORE = auto()  # the provider never sees it
    RESET_AFTER = auto()  # the provider counts it
    HALF_CLOSE = auto()


class Passage:
    """
    Carries the bytes of one client to the provider and back.

    Args:
        conditions: asked again for everything that passes: they change at run time.
        chance: draws what is lost.
    """

    def __init__(
        self,
        client: Stream,
        provider: Stream,
        conditions: Callable[[], Network],
        chance: random.Random,
    ) -> None:
        self._client = client
        self._provider = provider
        self._conditions = conditions
        self._chance = chance
        self._fate = _Fate.PASSES
        self._awaits_answer = False
        self._swallowed = False
        self._moved_at = _now()

    async def run(self) -> None:
        """Carry until one side ends, or the network ends it."""
        there: _Parcels = asyncio.Queue(_WINDOW)
        back: _Parcels = asyncio.Queue(_WINDOW)
        parts = (
            self._requests(there),
            self._delivered(there, self._send),
            self._answers(back),
            self._delivered(back, self._answer),
        )
        tasks = [asyncio.ensure_future(part) for part in parts]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            # what has come in must come out, and its delay is its own
            await self._drained(tasks[1], there)
            await self._drained(tasks[3], back)
        except asyncio.CancelledError:
            self._client[1].transport.abort()
            raise
        finally:
            self._provider[1].transport.abort()
            self._client[1].close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _drained(self, task: asyncio.Task[None], parcels: _Parcels) -> None:
        waiting = asyncio.ensure_future(parcels.join())
        await asyncio.wait((task, waiting), return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()

    async def _requests(self, parcels: _Parcels) -> None:
        while some := await self._next_of_client():
            if self._swallows():
                continue
            if not self._awaits_answer:
                self._awaits_answer = True
                self._fate = self._drawn()
                some = self._asked_to_close(some)
            if self._fate is not _Fate.RESET_BEFORE:
                await parcels.put((_now(), some))
                continue
            await asyncio.sleep(self._conditions().round_trip_seconds)
            self._reset()
            return

    async def _answers(self, parcels: _Parcels) -> None:
        while some := await self._provider[0].read(_CHUNK_BYTES):
            if self._swallows():
                continue
            if self._awaits_answer:
                await asyncio.sleep(self._conditions().first_byte_delay_seconds)
            await parcels.put((_now(), some))

    async def _delivered(
        self, parcels: _Parcels, deliver: Callable[[bytes], Awaitable[None]]
    ) -> None:
        while True:
            came_at, some = await parcels.get()
            due = came_at + self._conditions().round_trip_seconds / 2
            await asyncio.sleep(max(0.0, due - _now()))
            self._moved_at = _now()
            await deliver(some)
            parcels.task_done()

    async def _send(self, some: bytes) -> None:
        await _written(self._provider[1], some)

    async def _answer(self, some: bytes) -> None:
        self._awaits_answer = False
        writer = self._client[1]
        if self._fate is _Fate.RESET_AFTER:
            self._reset()
        elif self._fate is _Fate.HALF_CLOSE:
            await _written(writer, some[: len(some) // 2])
            writer.get_extra_info("socket").shutdown(socket.SHUT_WR)
            self._swallowed = True
        elif pace := self._conditions().slow_body_bytes_per_second:
            await _trickled(writer, some, pace)
        else:
            await _written(writer, some)

    async def _next_of_client(self) -> bytes:
        """Return the client's next bytes; nothing when it or the network ends."""
        while True:
            idle = self._conditions().idle_close_seconds
            with suppress(TimeoutError):
                return await asyncio.wait_for(
                    self._client[0].read(_CHUNK_BYTES), idle or _LOOK_SECONDS
                )
            rests = not (self._awaits_answer or self._swallowed)
            if idle and rests and _now() - self._moved_at >= idle:
                return b""

    def _swallows(self) -> bool:
        # what a black hole has taken is missing for good: the connection is dead
        self._swallowed = self._swallowed or self._conditions().blackhole
        return self._swallowed

    def _drawn(self) -> _Fate:
        conditions, drawn = self._conditions(), self._chance.random()
        if drawn < conditions.reset_share / 2:
            return _Fate.RESET_BEFORE
        if drawn < conditions.reset_share:
            return _Fate.RESET_AFTER
        if drawn < conditions.reset_share + conditions.half_close_share:
            return _Fate.HALF_CLOSE
        return _Fate.PASSES

    def _asked_to_close(self, request: bytes) -> bytes:
        """Have the provider close after this one; the head's first line is whole."""
        if not self._conditions().connection_close:
            return request
        line, end, rest = request.partition(b"\r\n")
        return line + end + b"Connection: close\r\n" + rest

    def _reset(self) -> None:
        writer = self._client[1]
        # lingering for 0 seconds makes the kernel send RST instead of FIN
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, linger
        )
        writer.transport.abort()


async def _written(writer: asyncio.StreamWriter, some: bytes) -> None:
    writer.write(some)
    await writer.drain()


async def _trickled(writer: asyncio.StreamWriter, some: bytes, pace: float) -> None:
    size = max(1, int(pace / _PIECES_PER_SECOND))
    for at in range(0, len(some), size):
        piece = some[at : at + size]
        await _written(writer, piece)
        await asyncio.sleep(len(piece) / pace)


def _now() -> float:
    return asyncio.get_running_loop().time()
