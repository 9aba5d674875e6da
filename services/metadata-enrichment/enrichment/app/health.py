"""/metrics, /healthz (is the loop alive), /readyz (our own servers); no third party."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterable, Mapping
from time import monotonic
from typing import Any

from prometheus_client import make_wsgi_app
from prometheus_client.process_collector import ProcessCollector

from enrichment.contract import health
from enrichment.contract.health import ProbeServer
from enrichment.contract.metrics import REGISTRY

# A loop that has not moved for this long is stuck, seconds.
LOOP_STUCK_SECONDS = 15.0
BEAT_SECONDS = 1.0
CHECK_SECONDS = 3.0

Check = Callable[[], Awaitable[None]]
StartResponse = Callable[[str, list[tuple[str, str]]], Any]

ProcessCollector(registry=REGISTRY)


class Health:
    """
    Answers from a thread of its own, so that a stuck loop is seen and not waited for.

    Args:
        checks: by server name, raises when that server does not answer.
        alive: extra condition for /healthz, such as "the consumer is registered".
        loops: says of each loop of the process whether it runs.
    """

    def __init__(
        self,
        checks: Mapping[str, Check],
        alive: Callable[[], bool] = lambda: True,
        loops: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self._checks = checks
        self._alive = alive
        self._loops = loops
        self._beat = monotonic()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: ProbeServer | None = None
        self._metrics = make_wsgi_app(REGISTRY)

    @property
    def port(self) -> int:
        """The port in use; 0 before `open`."""
        return self._server.server_port if self._server else 0

    def open(self, host: str, port: int) -> None:
        """Listen; raises OSError when the port is taken."""
        self._loop = asyncio.get_running_loop()
        self._server = health.listen(host, port, self._answer)
        threading.Thread(
            target=self._server.serve_forever, name="health", daemon=True
        ).start()

    async def beat(self) -> None:
        """Show that the loop moves, forever."""
        while True:
            self._beat = monotonic()
            await asyncio.sleep(BEAT_SECONDS)

    def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def _answer(
        self, environ: dict[str, Any], start_response: StartResponse
    ) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "/")
        if path == "/metrics":
            page: Iterable[bytes] = self._metrics(environ, start_response)
            return page
        if path == "/healthz":
            silent = monotonic() - self._beat
            well = silent < LOOP_STUCK_SECONDS and self._alive()
            return _json(
                start_response,
                well,
                {
                    "alive": well,
                    "loop_silent_seconds": round(silent, 1),
                    "loops": self._loops(),
                },
            )
        if path == "/readyz":
            servers = self._ready()
            well = all(state == "ok" for state in servers.values())
            return _json(start_response, well, {"ready": well, "servers": servers})
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b"/metrics, /healthz or /readyz\n"]

    def _ready(self) -> dict[str, str]:
        if self._loop is None:
            return {"worker": "not started"}
        future = asyncio.run_coroutine_threadsafe(states(self._checks), self._loop)
        try:
            return future.result(timeout=CHECK_SECONDS + 1)
        except TimeoutError:
            future.cancel()
            return {"worker": "the loop does not answer"}


async def states(checks: Mapping[str, Check]) -> dict[str, str]:
    """Return "ok" or the kind of fault, by server; all are asked at once."""
    found = await asyncio.gather(*map(_state, checks.values()))
    return dict(zip(checks, found, strict=True))


async def _state(check: Check) -> str:
    try:
        await asyncio.wait_for(check(), timeout=CHECK_SECONDS)
    except Exception as error:  # noqa: BLE001 (whatever it is, it is not ready)
        return f"{type(error).__name__}"
    return "ok"


def _json(
    start_response: StartResponse,
    well: bool,  # noqa: FBT001 (the status of the answer)
    body: Mapping[str, object],
) -> Iterable[bytes]:
    status = "200 OK" if well else "503 Service Unavailable"
    start_response(status, [("Content-Type", "application/json")])
    return [json.dumps(body).encode()]
