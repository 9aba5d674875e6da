"""A small HTTP server of /metrics and probes: nobody who says nothing holds it up."""

import json
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from socketserver import ThreadingMixIn
from time import monotonic
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import make_wsgi_app

from enrichment.contract.metrics import REGISTRY

# A loop that has not moved for this long is stuck, seconds.
LOOP_STUCK_SECONDS = 15.0

# What comes of a caller within this, else its connection ends.
SILENT_SECONDS = 10.0
# Each has a thread; beyond them the oldest makes room.
MOST_CONNECTIONS = 50


# What a probe says: whether all is well, and more.
Page = Callable[[], tuple[bool, Mapping[str, object]]]


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


class HealthServer:
    """
    Answers /metrics and probes from threads of its own: a stuck loop is seen.

    Whoever runs shows by `moved` that its loop moves.
    """

    def __init__(self) -> None:
        self._moved_at = monotonic()
        self._server: ProbeServer | None = None
        self._metrics = make_wsgi_app(REGISTRY)

    @property
    def port(self) -> int:
        """The port in use; 0 before `open`."""
        return self._server.server_port if self._server else 0

    @property
    def silent_seconds(self) -> float:
        """How long ago the loop moved."""
        return monotonic() - self._moved_at

    def moved(self) -> None:
        """Show that the loop moves."""
        self._moved_at = monotonic()

    def open(self, host: str, port: int) -> None:
        """Listen; raises OSError when the port is taken."""
        self._server = listen(host, port, self._answer)
        threading.Thread(
            target=self._server.serve_forever, args=(0.1,), name="health", daemon=True
        ).start()

    def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def pages(self) -> Mapping[str, Page]:
        """Return the probes by path."""
        return {"/healthz": self.alive}

    def alive(self) -> tuple[bool, Mapping[str, object]]:
        """Return whether the loop moves."""
        well = self.silent_seconds < LOOP_STUCK_SECONDS
        return well, {"alive": well}

    def _answer(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:  # noqa: ANN401 (WSGI's own)
        path, pages = environ.get("PATH_INFO", "/"), self.pages()
        if path == "/metrics":
            metrics: Iterable[bytes] = self._metrics(environ, start_response)
            return metrics
        if path not in pages:
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [f"{', '.join(('/metrics', *pages))}\n".encode()]
        well, body = pages[path]()
        status = "200 OK" if well else "503 Service Unavailable"
        start_response(status, [("Content-Type", "application/json")])
        return [json.dumps(body).encode()]
