"""The orchestrator's /metrics and /healthz, answered from a thread of its own."""

import threading
from collections.abc import Iterable
from time import monotonic
from typing import Any

from prometheus_client import make_wsgi_app

from enrichment.contract import health
from enrichment.contract.metrics import REGISTRY

# A loop that has not moved for this long is stuck, seconds.
LOOP_STUCK_SECONDS = 15.0


class Health:
    """Serves while open; whoever runs shows by `beat` that its loop moves."""

    def __init__(self, host: str, port: int) -> None:
        """Listen; raises OSError when the port is taken."""
        self._beat = monotonic()
        self._metrics = make_wsgi_app(REGISTRY)
        self._server = health.listen(host, port, self._answer)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.1,), name="health", daemon=True
        )
        self._thread.start()

    @property
    def port(self) -> int:
        """The port in use."""
        return self._server.server_port

    def beat(self) -> None:
        """Show that the loop moves."""
        self._beat = monotonic()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)

    def _answer(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:  # noqa: ANN401 (WSGI's own)
        path = environ.get("PATH_INFO", "/")
        if path == "/metrics":
            page: Iterable[bytes] = self._metrics(environ, start_response)
            return page
        if path == "/healthz":
            well = monotonic() - self._beat < LOOP_STUCK_SECONDS
            status = "200 OK" if well else "503 Service Unavailable"
            start_response(status, [("Content-Type", "application/json")])
            return [b'{"alive": true}' if well else b'{"alive": false}']
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b"/metrics or /healthz\n"]
