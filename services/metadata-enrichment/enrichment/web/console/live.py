"""Queues, tracks and what waits, now: a page, and events that renew it."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from time import monotonic, time

import asyncpg
import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from enrichment.scheduling.queue_states import QueueState, queue_state
from enrichment.web.console.frame.pages import page, part
from enrichment.web.console.frame.visitor import Visitor

PATH = "/console/live"
# How often figures are read, however many people look; counting may take a tenth of it.
SECONDS = 3.0
_SHARE = 10
# Each holds a connection for as long as its page is open.
MOST_WATCHING = 20
# Points that a page begins with: a quarter of an hour.
_KEPT = 300
# A page that is open for longer asks again.
LONGEST_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Figures:
    """
    What was counted at one moment.

    Args:
        at: seconds since 1970.
        state: None: a server was away.
    """

    at: float
    state: QueueState | None

    def as_point(self) -> Mapping[str, object]:
        """Return it as the chart reads it."""
        if self.state is None:
            return {"at": self.at, "queues": {}, "tracks": {}}
        queues = {name: depth.ready for name, depth in self.state.queues.items()}
        return {"at": self.at, "queues": queues, "tracks": dict(self.state.tracks)}


@dataclass(slots=True)
class Gauge:
    """
    Reads figures once for all who look, and keeps the last ones.

    Args:
        depths: ready messages and consumers by queue, now.
    """

    pool: asyncpg.Pool
    depths: Callable[[], Awaitable[Mapping[str, tuple[int, int]]]]
    kept: deque[Figures] = field(default_factory=lambda: deque(maxlen=_KEPT))
    _fresh_until: float = 0.0
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def now(self) -> Figures:
        """Return figures of the last seconds."""
        async with self._reading:
            if not self.kept or monotonic() >= self._fresh_until:
                began = monotonic()
                self.kept.append(Figures(time(), await self._read()))
                took = monotonic() - began
                self._fresh_until = monotonic() + max(SECONDS, _SHARE * took)
            return self.kept[-1]

    async def _read(self) -> QueueState | None:
        try:
            return await queue_state(self.pool, await self.depths())
        except Exception:  # noqa: BLE001 (a server that is away is a figure, too)
            return None


@dataclass(slots=True)
class LivePage:
    """
    The page of live figures.

    Args:
        stays: whether who has opened the page may still look.
        stopping: set when the service is told to end.
    """

    gauge: Gauge
    stays: Callable[[Request], bool]
    stopping: asyncio.Event
    _watching: int = 0

    async def show(self, _: Request, visitor: Visitor) -> Response:
        """Show the figures of now, as they are without scripts."""
        figures = await self.gauge.now()
        points = [one.as_point() for one in self.gauge.kept]
        return page(
            "live/page.html",
            visitor,
            here=PATH,
            figures=figures,
            point="",
            points=_json(points),
        )

    async def events(self, request: Request, _: Visitor) -> Response:
        """Send the figures again and again, as server-sent events."""
        if self._watching >= MOST_WATCHING:
            raise HTTPException(503, f"{MOST_WATCHING} people look already")
        return StreamingResponse(self._events(request), media_type="text/event-stream")

    async def _events(self, request: Request) -> AsyncIterator[str]:
        self._watching += 1
        end = monotonic() + LONGEST_SECONDS
        try:
            while monotonic() < end and self.stays(request):
                figures = await self.gauge.now()
                point = _json(figures.as_point())
                yield event(
                    "figures", part("live/tables.html", figures=figures, point=point)
                )
                if await self._told_to_end():
                    return
        finally:
            self._watching -= 1

    async def _told_to_end(self) -> bool:
        try:
            await asyncio.wait_for(self.stopping.wait(), SECONDS)
        except TimeoutError:
            return False
        return True


def event(name: str, text: str) -> str:
    """Return a text as an event: each of its lines is one of the data's."""
    lines = "".join(f"data: {line}\n" for line in text.splitlines())
    return f"event: {name}\n{lines}\n"


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
