"""
What stands before Postgres as a pooler does: it greets with an id of its own.

Whoever is connected ends before it does.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

# The message in which Postgres tells its process's id: 'K', length 12, id, key.
_KEY_DATA = b"K\x00\x00\x00\x0c"
_ID = b"\x00\x0f\x42\x40"


@contextmanager
def pooled(url: str) -> Iterator[str]:
    """The address of a database behind it."""
    parts = urlsplit(url)
    ready, ended = threading.Event(), threading.Event()
    ports: list[int] = []

    async def carry(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, greets: bool
    ) -> None:
        try:
            while some := await reader.read(65536):
                writer.write(_greeting(some) if greets else some)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_connection(
            parts.hostname, parts.port
        )
        await asyncio.gather(
            carry(reader, to_server, greets=False),
            carry(from_server, writer, greets=True),
        )

    async def serve() -> None:
        async with await asyncio.start_server(meet, "127.0.0.1", 0) as server:
            ports.append(server.sockets[0].getsockname()[1])
            ready.set()
            await asyncio.to_thread(ended.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    ready.wait(timeout=30)
    login = parts.netloc.rpartition("@")[0]
    try:
        yield parts._replace(netloc=f"{login}@127.0.0.1:{ports[0]}").geturl()
    finally:
        ended.set()
        thread.join()


def _greeting(some: bytes) -> bytes:
    at = some.find(_KEY_DATA)
    if at < 0:
        return some
    at += len(_KEY_DATA)
    return some[:at] + _ID + some[at + len(_ID) :]
