"""What is seen of our processes meanwhile: health, memory, and the tracks' states."""

import asyncio
import urllib.request
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic

import asyncpg
import psutil

from benchmarks.gauntlet.ground import Ground
from benchmarks.measuring import peak_mb

_HEALTH_EVERY_SECONDS = 0.5
# A probe waits for so long at most, as Docker's health check does.
_PROBE_SECONDS = 5.0
_MEMORY_EVERY_SECONDS = 0.5
_COMPLETED = """
SELECT count(*) FROM tracks
WHERE status = 'completed' AND track_id = ANY ($1::uuid[])
"""


@dataclass(slots=True)
class Seen:
    """
    What was seen so far.

    Args:
        health_gaps_seconds: from the last good answer of /healthz to the next, where
            one between them was none.
        rss_mb: the most memory of each process.
    """

    health_gaps_seconds: float = 0.0
    probes: int = 0
    rss_mb: dict[str, float] = field(default_factory=dict)
    completed: int = 0


async def health(ground: Ground, seen: Seen) -> None:
    """Ask the service for its health forever."""
    url = f"http://127.0.0.1:{ground.service_port}/healthz"
    good_at = monotonic()
    failed = False
    while True:
        well = await asyncio.to_thread(is_well, url)
        now = monotonic()
        seen.probes += 1
        if well:
            seen.health_gaps_seconds += (now - good_at) if failed else 0.0
            good_at, failed = now, False
        else:
            failed = True
        await asyncio.sleep(_HEALTH_EVERY_SECONDS)


async def memory(ground: Ground, seen: Seen) -> None:
    """Note the most memory of every process of ours, forever."""
    while True:
        running = [
            (part.name, part.process) for part in (*ground.workers, ground.service)
        ]
        running.append(("crawl", ground.crawls.process))
        for name, process in running:
            if process is not None and process.running:
                seen.rss_mb[name] = max(seen.rss_mb.get(name, 0.0), _peak(process.pid))
        await asyncio.sleep(_MEMORY_EVERY_SECONDS)


async def completed(ground: Ground) -> int | None:
    """Count the good tracks that are completed; None where Postgres does not answer."""
    # the connection may be ended by what is done to Postgres, at any moment
    with suppress(
        OSError,
        TimeoutError,
        asyncpg.PostgresError,
        asyncpg.InterfaceError,
        asyncpg.InternalClientError,
    ):
        async with asyncio.timeout(10):
            connection = await asyncpg.connect(ground.stack.postgres.url)
            try:
                return int(await connection.fetchval(_COMPLETED, ground.good))
            finally:
                await connection.close()
    return None


def is_well(url: str) -> bool:
    """Return whether a probe is answered 200 in time."""
    with (
        suppress(OSError),
        urllib.request.urlopen(url, timeout=_PROBE_SECONDS) as answer,  # noqa: S310 (http to the loopback)
    ):
        return int(answer.status) == 200
    return False


def _peak(pid: int) -> float:
    """Return the peak of the largest of a process and its children."""
    peaks: Sequence[float] = ()
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        peaks = [_peak_of(one) for one in family]
    return max(peaks, default=0.0)


def _peak_of(process: psutil.Process) -> float:
    with suppress(psutil.Error, OSError):
        return peak_mb(process)
    return 0.0
