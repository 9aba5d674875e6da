"""HTTP connections that end: a head, a body and a reader have a time limit each."""

import asyncio
from time import monotonic

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

# From the connection, or from the last answer, to the end of the next request's head;
# and from there to the end of its body, which has 64 KiB at most.
HEAD_SECONDS = 10.0
BODY_SECONDS = 20.0
# An answer of which nothing leaves for so long has no reader.
READER_SECONDS = 30.0
# Connections that have not sent a whole request; beyond them the oldest makes room, so
# that whoever sends its head at once is always answered.
MOST_WAITING = 100


class BoundedConnection(H11Protocol):
    """Uvicorn's own, but nobody holds a connection by sending or reading nothing."""

    _limit: asyncio.TimerHandle | None = None
    _reader: asyncio.TimerHandle | None = None
    _state: object = None
    waiting_since: float | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for a head, in the place of whoever has waited longest."""
        waiting = [
            connection
            for connection in self.server_state.connections
            if isinstance(connection, BoundedConnection) and connection.waiting_since
        ]
        if len(waiting) >= MOST_WAITING:
            oldest = min(waiting, key=lambda one: one.waiting_since or 0.0)
            oldest.waiting_since = None
            oldest.transport.abort()
        super().connection_made(transport)
        self._follow()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the limits."""
        self.waiting_since = None
        for timer in (self._limit, self._reader):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on; only the end of a head or of a body moves the limit."""
        super().data_received(data)
        self._follow()

    def on_response_complete(self) -> None:
        """Wait for the next head."""
        super().on_response_complete()
        self._follow()

    def pause_writing(self) -> None:
        """Wait for the reader."""
        super().pause_writing()
        self._reader = self.loop.call_later(READER_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on: the reader is there."""
        super().resume_writing()
        if self._reader is not None:
            self._reader.cancel()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no request; a call whose body breaks off answers nobody."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            if self.cycle.response_started:
                self.transport.abort()
                return
        super().send_400_response(msg)

    def _follow(self) -> None:
        """Set the limit of what is waited for now, once for each."""
        state = self.conn.their_state
        if state is self._state or self.transport.is_closing():
            return
        self._state = state
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None
        seconds = {h11.IDLE: HEAD_SECONDS, h11.SEND_BODY: BODY_SECONDS}.get(state)
        self.waiting_since = None if seconds is None else monotonic()
        if seconds is not None:
            self._limit = self.loop.call_later(seconds, self.transport.abort)
