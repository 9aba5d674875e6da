"""/metrics, /healthz (is the loop alive), /readyz (our own servers); no third party."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from prometheus_client.process_collector import ProcessCollector

from enrichment.contract.health import HealthServer, Page
from enrichment.contract.metrics import REGISTRY

BEAT_SECONDS = 1.0
CHECK_SECONDS = 3.0

Check = Callable[[], Awaitable[None]]

ProcessCollector(registry=REGISTRY)


class Health(HealthServer):
    """
    The probes of a worker.

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
        super().__init__()
        self._checks = checks
        self._consumes = alive
        self._loops = loops
        self._loop: asyncio.AbstractEventLoop | None = None

    def open(self, host: str, port: int) -> None:
        """Listen; raises OSError when the port is taken."""
        self._loop = asyncio.get_running_loop()
        super().open(host, port)

    async def beat(self) -> None:
        """Show that the loop moves, forever."""
        while True:
            self.moved()
            await asyncio.sleep(BEAT_SECONDS)

    def pages(self) -> Mapping[str, Page]:
        """Return the probes by path."""
        return {**super().pages(), "/readyz": self._ready}

    def alive(self) -> tuple[bool, Mapping[str, object]]:
        """Return whether the loop moves, and what runs in it."""
        moves, _ = super().alive()
        well = moves and self._consumes()
        silent = round(self.silent_seconds, 1)
        loops = self._loops()
        return well, {"alive": well, "loop_silent_seconds": silent, "loops": loops}

    def _ready(self) -> tuple[bool, Mapping[str, object]]:
        servers = self._states()
        well = all(state == "ok" for state in servers.values())
        return well, {"ready": well, "servers": servers}

    def _states(self) -> dict[str, str]:
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
