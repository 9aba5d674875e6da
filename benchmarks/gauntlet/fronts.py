"""What is before Redis and the providers: it answers late, or with bombs."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.hostile import provider_answers

_CHUNK_BYTES = 65_536
_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


@dataclass(slots=True)
class SlowFront:
    """
    Passes bytes on to a server, whose replies come late.

    Args:
        delay_seconds: how late; may change at any time.
    """

    url: str
    delay_seconds: float = 0.0

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Pass one connection on."""
        there = urlsplit(self.url)
        with suppress(OSError):
            source, target = await asyncio.open_connection(there.hostname, there.port)
            await _first_of(
                self._carry(reader, target, lambda: 0.0),
                self._carry(source, writer, lambda: self.delay_seconds),
            )
            target.transport.abort()
        writer.transport.abort()

    async def _carry(
        self,
        source: asyncio.StreamReader,
        target: asyncio.StreamWriter,
        seconds: Callable[[], float],
    ) -> None:
        while some := await source.read(_CHUNK_BYTES):
            await asyncio.sleep(seconds())
            target.write(some)
            await target.drain()


def _hostile_answers() -> list[bytes]:
    return [*provider_answers.bombs().values(), *provider_answers.ANSWERS.values()]


@dataclass(slots=True)
class HostileFront:
    """
    Passes requests on to the simulator, which counts them, and spoils some answers.

    Args:
        share: of all answers, are replaced by bombs and other bytes.
    """

    url: str
    share: float
    drawn: random.Random
    done: Counter[str]
    answers: Sequence[bytes] = field(default_factory=_hostile_answers)

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Answer one request; the connection ends with it."""
        with suppress(OSError, asyncio.IncompleteReadError):
            answer = await self._asked(await _request(reader))
            if self.drawn.random() < self.share:
                self.done["answers spoilt"] += 1
                answer = self.drawn.choice(self.answers)
            writer.write(answer)
            await writer.drain()
        writer.close()

    async def _asked(self, request: bytes) -> bytes:
        there = urlsplit(self.url)
        source, target = await asyncio.open_connection(there.hostname, there.port)
        target.write(request)
        answer = await source.read(-1)
        target.close()
        return answer


@asynccontextmanager
async def listening(front: SlowFront | HostileFront) -> AsyncIterator[int]:
    """Listen on the loopback until the block ends; give the port."""
    serving: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 (the loop runs us in one)
        serving.add(task)
        try:
            await front.serve(reader, writer)
        except asyncio.CancelledError:
            writer.transport.abort()  # the end of the run: nobody waits for us
        finally:
            serving.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for task in tuple(serving):
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)


async def _request(reader: asyncio.StreamReader) -> bytes:
    """Read a request, and have the connection to the simulator end after it."""
    head = await reader.readuntil(_HEAD_END)
    line, _, fields = head.partition(b"\r\n")
    lengths = [
        int(one.partition(b":")[2])
        for one in fields.split(b"\r\n")
        if one.lower().startswith(_LENGTH)
    ]
    kept = [
        one
        for one in fields.split(b"\r\n")
        if one and not one.lower().startswith(b"connection:")
    ]
    body = await reader.readexactly(lengths[0]) if lengths else b""
    head = b"\r\n".join((line, *kept, b"Connection: close"))
    return head + _HEAD_END + body


async def _first_of(*parts: Coroutine[None, None, None]) -> None:
    """Run both until one ends, then end the other."""
    tasks = [asyncio.ensure_future(part) for part in parts]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
