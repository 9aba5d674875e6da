"""The network's near end: takes connections, and opens them as late as it should."""

import asyncio
import contextlib
import random
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from provider_simulator.network.conditions import Network
from provider_simulator.network.passage import Passage, Stream

_BACKLOG = 512
# How often a black hole looks whether it is still one, or its client is gone.
_LOOK_SECONDS = 0.2
# A client that does not close its side of TLS is left after this.
_GOODBYE_SECONDS = 1.0


class NearEnd:
    """
    Takes the connections to one provider.

    Args:
        context: of the TLS server that clients see.
        provider: the address behind it, reached without TLS.
    """

    def __init__(
        self,
        context: ssl.SSLContext,
        provider: tuple[str, int],
        conditions: Callable[[], Network],
        seed: int,
    ) -> None:
        self._context = context
        self._provider = provider
        self._conditions = conditions
        self._chance = random.Random(seed)  # noqa: S311 (a script, not a secret)
        self._connections: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def listening(self, host: str) -> AsyncIterator[int]:
        """Listen until the block ends; gives the port."""
        with socket.create_server((host, 0), backlog=_BACKLOG) as listener:
            listener.settimeout(0)  # the loop waits for it
            accepting = asyncio.ensure_future(self._accept(listener))
            try:
                yield int(listener.getsockname()[1])
            finally:
                tasks = [accepting, *self._connections]
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            connection, _ = await loop.sock_accept(listener)
            task = asyncio.ensure_future(self._serve(connection))
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)

    async def _serve(self, connection: socket.socket) -> None:
        try:
            # The kernel has completed the client's connect() by now: what can come
            # late is the handshake, and with it the opening as the client sees it.
            await asyncio.sleep(self._conditions().connect_delay_seconds)
            await self._vanished(connection)
        except BaseException:
            connection.close()
            raise
        # who hangs up or does not trust us costs nobody else anything
        with contextlib.suppress(OSError, EOFError):
            client = await self._shaken_hands(connection)
            try:
                provider = await asyncio.open_connection(*self._provider)
                await Passage(client, provider, self._conditions, self._chance).run()
            finally:
                await _closed(client[1])

    async def _vanished(self, connection: socket.socket) -> None:
        """Answer nothing while nothing gets through."""
        while self._conditions().blackhole:
            await asyncio.sleep(_LOOK_SECONDS)
            with contextlib.suppress(BlockingIOError):
                if not connection.recv(1, socket.MSG_PEEK):
                    return

    async def _shaken_hands(self, connection: socket.socket) -> Stream:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        transport, _ = await loop.connect_accepted_socket(
            lambda: protocol,
            connection,
            ssl=self._context,
            ssl_shutdown_timeout=_GOODBYE_SECONDS,
        )
        return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


async def _closed(writer: asyncio.StreamWriter) -> None:
    """Close TLS in order, and drop a peer that does not answer."""
    writer.close()
    try:
        with contextlib.suppress(OSError):
            await asyncio.wait_for(writer.wait_closed(), _GOODBYE_SECONDS)
    finally:
        writer.transport.abort()
