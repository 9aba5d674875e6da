"""What is done to the HTTP service, the workers' probes and the commands meanwhile."""

import asyncio
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from benchmarks.gauntlet.ground import API_TOKEN, Ground
from rehearsal import processes
from tests.hostile.bad_files import BAD
from tests.hostile.callers import HALF_SENT, NO_BODY, NO_REQUESTS

# At each port so many connections are held half-sent, and then opened again.
_HALF_SENT = 200
_HELD_SECONDS = 10.0
_ODD_EVERY_SECONDS = 2.0
_LOOK_EVERY_SECONDS = 3.0
_PARSE_EVERY_SECONDS = 10.0
_CALL_SECONDS = 30.0


async def half_sent(ground: Ground) -> None:
    """Hold connections at every port of ours that speaks HTTP."""
    ports = (ground.service_port, *ground.metrics_ports)
    while True:
        held = [
            await _opened(port, sent)
            for port in ports
            for sent in (b"", HALF_SENT, NO_BODY) * (_HALF_SENT // 3)
        ]
        ground.done["connections half-sent"] += len([one for one in held if one])
        await asyncio.sleep(_HELD_SECONDS)
        for writer in held:
            if writer is not None:
                writer.transport.abort()


async def odd_requests(ground: Ground) -> None:
    """Send what is no request, and leave."""
    while True:
        for sent in NO_REQUESTS:
            writer = await _opened(ground.service_port, sent)
            ground.done["requests that are none"] += writer is not None
            if writer is not None:
                writer.close()
        await asyncio.sleep(_ODD_EVERY_SECONDS)


async def looks_at_letters(ground: Ground) -> None:
    """Have the dead letters looked at again and again."""
    url = f"http://127.0.0.1:{ground.service_port}/dead-letters?limit=50"
    while True:
        await asyncio.sleep(_LOOK_EVERY_SECONDS)
        ground.done["looks at dead letters"] += await asyncio.to_thread(_answered, url)


async def bad_files_parsed(ground: Ground) -> None:
    """Have `enrichment parse` read the bad files, one after the other."""
    while True:
        for name in BAD:
            await asyncio.sleep(_PARSE_EVERY_SECONDS)
            await _parsed(ground, ground.crawls.portions[0] / name)


async def _parsed(ground: Ground, path: Path) -> None:
    log = ground.folder / "parse.log"
    command: Sequence[str] = [sys.executable, "-m", "enrichment", "parse", str(path)]
    process = await processes.start(command, ground.environment, log)
    try:
        while process.running:  # noqa: ASYNC110 (it may be ended with us)
            await asyncio.sleep(0.2)
    finally:
        await process.stop(1.0)
    ground.done["bad files parsed"] += 1


async def _opened(port: int, sent: bytes) -> asyncio.StreamWriter | None:
    """Open a connection and send; None where nobody takes it."""
    with suppress(OSError):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        return writer
    return None


def _answered(url: str) -> bool:
    request = urllib.request.Request(  # noqa: S310 (http to the loopback)
        url, headers={"Authorization": f"Bearer {API_TOKEN}"}
    )
    with (
        suppress(OSError),
        urllib.request.urlopen(request, timeout=_CALL_SECONDS) as answer,  # noqa: S310
    ):
        return bool(answer.read())
    return False
