"""One run of one contestant: queue filled, worker started, rows timed, worker ended."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import asyncpg
import psutil

import devstack
from benchmarks import servers as shared
from benchmarks.catalogue import Entry
from benchmarks.contestants import PROJECT, Contestant
from benchmarks.servers import Servers

# A run that gets no further within this time is broken, seconds.
STALLED_SECONDS = 60.0
READY = "Waiting for enrichment tasks"
_MIB = 1024 * 1024


class RunBroken(Exception):  # noqa: N818 (named as what happened)
    """A contestant has not done its work; its last words are in the message."""


@dataclass(frozen=True, slots=True)
class Run:
    """
    What one run came to.

    Args:
        per_second: tracks, from the first row to the last.
        rss_mb: the most memory of all processes of the contestant together.
        cpu_us_per_track: time on a processor, all processes of the contestant, its
            start included; what else the machine does at that time changes it little.
        startup_seconds: from start until it waits for tasks; ours only.
    """

    per_second: float
    rss_mb: float
    cpu_us_per_track: float = 0.0
    startup_seconds: float | None = None


def run(
    servers: Servers,
    contestant: Contestant,
    entries: Sequence[Entry],
    *,
    workers: int = 1,
    backlog: int = 0,
) -> Run:
    """
    Let a contestant do all tracks and time it by the rows' own clock.

    `created_at` is when a row's transaction began, so all are timed by one clock and
    without looking on; what the first transaction wrote counts for nothing.

    Args:
        backlog: messages behind those of the run: they wait while it is measured.
    """
    asyncio.run(shared.clear_rows(servers))
    _fill(servers, contestant, entries)
    for start in range(0, backlog, len(entries)):
        asyncio.run(shared.publish(servers, entries[: backlog - start]))
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        started = [
            stack.enter_context(
                _Worker(servers, contestant, Path(folder) / f"{number}.log")
            )
            for number in range(workers)
        ]
        startup = started[0].seconds_until_ready() if not contestant.publisher else None
        asyncio.run(_until_written(servers, len(entries), started))
        rss = sum(worker.peak_rss_mb() for worker in started) / workers
        cpu = sum(worker.cpu_seconds() for worker in started)
    asyncio.run(shared.purge(servers, contestant.queue))
    per_second = asyncio.run(_rate(servers, len(entries)))
    if not contestant.is_bare:
        asyncio.run(_check(servers, contestant.name, len(entries)))
    return Run(per_second, rss, cpu * 1e6 / len(entries), startup)


def _fill(servers: Servers, contestant: Contestant, entries: Sequence[Entry]) -> None:
    if not contestant.publisher:
        asyncio.run(shared.publish(servers, entries))
        return
    lines = "".join(
        json.dumps(entry.request.model_dump(include={"track_id", "artist", "title"}))
        + "\n"
        for entry in entries
    )
    done = subprocess.run(  # noqa: S603 (our own commands)
        contestant.publisher,
        input=lines.encode(),
        env=environment(servers),
        cwd=PROJECT,
        check=False,
        capture_output=True,
    )
    if done.returncode:
        raise RunBroken(f"{contestant.name}: {done.stderr.decode()[-2000:]}")


def _work(contestant: Contestant) -> str:
    return "bare" if contestant.is_bare else "same"


def environment(servers: Servers) -> dict[str, str]:
    """Return what every process of a run finds in its environment."""
    kept = devstack.private_environment(os.environ)
    # a peer decides, merges and writes with our own functions
    paths = [str(PROJECT), str(PROJECT / "services" / "metadata-enrichment")]
    paths += filter(None, [kept.get("PYTHONPATH")])
    kept["PYTHONPATH"] = os.pathsep.join(paths)
    return {**kept, **shared.SETTINGS, **servers.environment}


class _Worker:
    """A contestant's process while it runs."""

    def __init__(self, servers: Servers, contestant: Contestant, log: Path) -> None:
        self._name = contestant.name
        self._log = log
        self._began = time.monotonic()
        with log.open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603 (our own commands)
                contestant.worker,
                env={**environment(servers), "BENCH_WORK": _work(contestant)},
                cwd=PROJECT,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(timeout=10)

    def check(self) -> None:
        """Raise when the process has ended."""
        if self._process.poll() is not None:
            raise RunBroken(f"{self._name} ended: {self.last_words()}")

    def last_words(self) -> str:
        """Return the end of what it wrote."""
        return self._log.read_bytes()[-3000:].decode(errors="replace")

    def seconds_until_ready(self) -> float:
        """Wait until it says that it waits for tasks."""
        while READY.encode() not in self._log.read_bytes():
            self.check()
            if time.monotonic() - self._began > STALLED_SECONDS:
                raise RunBroken(f"{self._name} is not ready: {self.last_words()}")
            time.sleep(0.01)
        return time.monotonic() - self._began

    def peak_rss_mb(self) -> float:
        """Return the most memory so far, of the process and its children."""
        return sum(map(peak_mb, self._processes()))

    def cpu_seconds(self) -> float:
        """Return the time that the process and its children were computing."""
        times = [process.cpu_times() for process in self._processes()]
        return float(sum(time.user + time.system for time in times))

    def _processes(self) -> list[psutil.Process]:
        process = psutil.Process(self._process.pid)
        return [process, *process.children(recursive=True)]


def peak_mb(process: psutil.Process) -> float:
    """Return the most memory that a process has had so far."""
    status = Path(f"/proc/{process.pid}/status")
    if sys.platform == "linux" and status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return float(process.memory_info().rss) / _MIB


async def _until_written(
    servers: Servers, count: int, workers: Sequence[_Worker]
) -> None:
    connection = await asyncpg.connect(servers.database_url)
    try:
        seen, since = -1, time.monotonic()
        while seen < count:
            written = await connection.fetchval(
                "SELECT count(*) FROM tracks WHERE status = 'completed'"
            )
            if written != seen:
                seen, since = written, time.monotonic()
            for worker in workers:
                worker.check()
            if time.monotonic() - since > STALLED_SECONDS:
                words = workers[0].last_words()
                raise RunBroken(f"{seen} of {count} rows, then none: {words}")
            await asyncio.sleep(0.5)
    finally:
        await connection.close()


async def _rate(servers: Servers, count: int) -> float:
    connection = await asyncpg.connect(servers.database_url)
    try:
        first = await connection.fetchval("SELECT min(created_at) FROM tracks")
        last = await connection.fetchval("SELECT max(created_at) FROM tracks")
        of_first = await connection.fetchval(
            "SELECT count(*) FROM tracks WHERE created_at = $1", first
        )
    finally:
        await connection.close()
    seconds = (last - first).total_seconds()
    return float((count - of_first) / seconds) if seconds else 0.0


async def _check(servers: Servers, name: str, count: int) -> None:
    """Nothing may have been left out to be fast."""
    connection = await asyncpg.connect(servers.database_url)
    try:
        matched = await connection.fetchval(
            "SELECT count(*) FROM tracks WHERE outcome = 'matched'"
            " AND isrc IS NOT NULL AND spotify_id IS NOT NULL"
            " AND musicbrainz_id IS NOT NULL AND lastfm_url IS NOT NULL"
        )
        records = await connection.fetchval("SELECT count(*) FROM provider_records")
        credited = await connection.fetchval(
            "SELECT count(DISTINCT track_id) FROM track_credits"
        )
    finally:
        await connection.close()
    if (matched, records, credited) != (count, 3 * count, count):
        raise RunBroken(
            f"{name}: of {count} tracks {matched} are matched, {credited} credited,"
            f" with {records} records"
        )
