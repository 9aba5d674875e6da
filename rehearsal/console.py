"""The console left open on a replay's rows, until a person ends it."""

import asyncio
import secrets
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from enrichment.app import settings
from enrichment.errors import EnrichmentError
from enrichment.web.access.given import one_time_link
from enrichment.web.access.tokens import OPERATOR
from rehearsal.processes import Process, answers, free_ports, start
from rehearsal.stage import STOP_SECONDS, Stage

READY_SECONDS = 120.0
_LOOK_SECONDS = 0.2
_FIND = "SELECT review_find_conflicts()"


async def stay_open(run: Stage, say: Callable[[str], None]) -> None:
    """
    Serve the console; print a link that logs in once, and another for each Enter.

    Ctrl-C ends it.

    Raises:
        EnrichmentError: the service does not start, or has ended by itself.
    """
    # what the scheduler of a cluster finds within its first hour
    await run.pool.execute(_FIND)
    environment = {**run.environment, **_settings(free_ports(1)[0])}
    served = await start(
        [sys.executable, "-m", "enrichment", "serve"],
        environment,
        run.folder / "serve.log",
        holds=run.holds,
    )
    try:
        await _ready(served, environment)
        with _ending() as ended, _another_link(lambda: say(_link(environment))):
            say(_link(environment))
            say("Enter: another link (each works once, for ten minutes). Ctrl-C: end.")
            await _until(ended, served)
    finally:
        await served.stop(STOP_SECONDS)


def _settings(port: int) -> dict[str, str]:
    """Return what makes the service this run's own; nobody else knows the token."""
    return {
        "ENRICHMENT_API_PORT": str(port),
        "ENRICHMENT_API_TOKEN": secrets.token_hex(),
    }


def _link(environment: Mapping[str, str]) -> str:
    link = one_time_link(settings.load(dict(environment)), OPERATOR, None)
    return f"The console is open: {link}"


async def _ready(served: Process, environment: Mapping[str, str]) -> None:
    url = f"http://127.0.0.1:{environment['ENRICHMENT_API_PORT']}/healthz"
    try:
        async with asyncio.timeout(READY_SECONDS):
            while not await asyncio.to_thread(answers, url):
                _see_running(served)
                await asyncio.sleep(_LOOK_SECONDS)
    except TimeoutError as error:
        raise EnrichmentError(
            f"the console is not ready:\n{served.log_tail()}"
        ) from error


async def _until(ended: asyncio.Event, served: Process) -> None:
    while not ended.is_set():
        _see_running(served)
        await asyncio.sleep(_LOOK_SECONDS)


def _see_running(served: Process) -> None:
    if not served.running:
        raise EnrichmentError(f"the console ended by itself:\n{served.log_tail()}")


@contextmanager
def _ending() -> Iterator[asyncio.Event]:
    """Have Ctrl-C set an event: it is how a person closes the console."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGINT, ended.set)
    try:
        yield ended
    finally:
        loop.remove_signal_handler(signal.SIGINT)


@contextmanager
def _another_link(tell: Callable[[], None]) -> Iterator[None]:
    """Have each line of a terminal tell another link."""
    if not sys.stdin.isatty():
        yield
        return
    loop = asyncio.get_running_loop()

    def entered() -> None:
        if sys.stdin.readline():
            tell()
        else:
            # the terminal's end is told over and over
            loop.remove_reader(sys.stdin)

    loop.add_reader(sys.stdin, entered)
    try:
        yield
    finally:
        loop.remove_reader(sys.stdin)
