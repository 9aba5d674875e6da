"""One request and its answer in time: when it was opened, may be sent, has to end."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from time import perf_counter

from enrichment.providers.calls import Permit

# Until a connection is open, its handshakes included.
CONNECT_SECONDS = 5.0
# From the first byte sent to the last one received: a trickling body ends here.
TOTAL_SECONDS = 30.0
# What httpcore tells: https://www.encode.io/httpcore/extensions/#trace
_CONNECTS = "connection.connect_tcp.started"
_IS_OPEN = frozenset(
    {"connection.connect_tcp.complete", "connection.start_tls.complete"}
)
_SENDS = "send_request_headers.started"


class NotYet(Exception):  # noqa: N818 (no fault of anybody)
    """The turn is too far off for the connection in hand: nothing was sent."""


class Exchange:
    """
    Follows one exchange by what the HTTP library tells of it.

    Args:
        permit: asked when the connection is open and nothing is written to it.
    """

    def __init__(self, permit: Permit) -> None:
        self._permit = permit
        self._deadline = asyncio.timeout(2 * CONNECT_SECONDS)
        self._began = perf_counter()
        self._connecting_since = self._began
        self.opening_seconds: float | None = None
        self.sent = False
        self.status: int | None = None

    @property
    def seconds(self) -> float:
        """How long it has taken; what was waited for the turn is left out."""
        return perf_counter() - self._began

    @asynccontextmanager
    async def bounded(self) -> AsyncIterator[None]:
        """End the block with TimeoutError when opening or answer take too long."""
        async with self._deadline:
            yield

    async def trace(self, event: str, told: Mapping[str, object]) -> None:
        """Take note of what the library does; hold it before it sends."""
        if event == _CONNECTS:
            self._connecting_since = perf_counter()
        elif event in _IS_OPEN:
            self.opening_seconds = perf_counter() - self._connecting_since
        elif event.endswith(_SENDS) and not _asks_a_proxy(told):
            await self._send()

    async def _send(self) -> None:
        self._deadline.reschedule(None)
        if not await self._permit.to_send():
            raise NotYet
        self._began = perf_counter()
        self.sent = True
        self._deadline.reschedule(asyncio.get_running_loop().time() + TOTAL_SECONDS)


def _asks_a_proxy(told: Mapping[str, object]) -> bool:
    """Distinguish a proxy's CONNECT from our own request: it has no turn."""
    return getattr(told.get("request"), "method", b"") == b"CONNECT"
