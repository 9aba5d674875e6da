"""A small HTTP server of /metrics and probes: nobody who says nothing holds it up."""

import socket
from collections import deque
from contextlib import suppress
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

# What comes of a caller within this, else its connection ends.
SILENT_SECONDS = 10.0
# Each has a thread; beyond them the oldest makes room.
MOST_CONNECTIONS = 50


class ProbeServer(ThreadingMixIn, WSGIServer):
    """Answers each caller in a thread of its own, of a bounded number."""

    daemon_threads = True
    # who connects while many do waits here, not for a second try of its own
    request_queue_size = 128

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 (the library's)
        super().__init__(*arguments, **named)
        self._open: deque[socket.socket] = deque()

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 (as above)
        """Answer, in the place of whoever has been there longest."""
        self._open.append(request)
        if len(self._open) > MOST_CONNECTIONS:
            with suppress(OSError):
                self._open.popleft().shutdown(socket.SHUT_RDWR)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401 (as above)
        """Forget a connection that ends."""
        with suppress(ValueError):
            self._open.remove(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 (as above)
        """Log nothing about a caller that went away or was too slow."""


class _Quiet(WSGIRequestHandler):
    """Probes come every few seconds: they are not worth a line each."""

    timeout = SILENT_SECONDS

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Log nothing."""


def listen(host: str, port: int, answer: Any) -> ProbeServer:  # noqa: ANN401 (WSGI's own)
    """Return a server of a WSGI application; raises OSError: the port is taken."""
    return make_server(
        host, port, answer, server_class=ProbeServer, handler_class=_Quiet
    )
