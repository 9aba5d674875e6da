"""One crawl as a process of its own: started, watched, ended gently, counted."""

import asyncio
import fcntl
import json
import logging
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from enrichment.contract import metrics
from scrapers.orchestrator.schedules import Schedule
from scrapers.report import Page, Published, RowOutcome, begin_at_zero

log = logging.getLogger(__name__)

OUTCOMES = ("achieved", "nothing", "refused", "stopped", "killed", "failed")
# As `scrapers.crawl` ends.
_BY_CODE = {0: "achieved", 1: "nothing", 2: "refused"}


class CrawlProcess:
    """
    Runs the crawl of one schedule, turn by turn.

    Args:
        grace_seconds: what a crawl that is told to end has for its last rows and
            messages; then it is killed.
    """

    def __init__(self, schedule: Schedule, *, grace_seconds: float) -> None:
        self._schedule = schedule
        self._grace_seconds = grace_seconds
        self._child: asyncio.subprocess.Process | None = None
        self._stopped = False
        self._begin_at_zero()

    async def run(self) -> None:
        """Run one crawl to its end, unless one of this name still runs anywhere."""
        name = self._schedule.name
        with _only_one(name) as lock:
            if lock is None:
                log.warning("%s: still running, this turn is left out", name)
                metrics.CRAWLS_SKIPPED.labels(name).inc()
                return
            with metrics.CRAWLS_RUNNING.labels(name).track_inprogress():
                await self._crawl(lock)

    async def stop(self) -> None:
        """End the crawl gently, if one runs; kill it after the grace."""
        self._stopped = True
        child = self._child
        if child is None or child.returncode is not None:
            return
        with suppress(ProcessLookupError):
            child.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(child.wait(), self._grace_seconds)
        except TimeoutError:
            self.kill()

    def kill(self) -> None:
        """End the crawl at once: what it has not written comes with the next."""
        if self._child is not None and self._child.returncode is None:
            with suppress(ProcessLookupError):
                self._child.kill()

    async def _crawl(self, lock: int) -> None:
        schedule, began = self._schedule, time.monotonic()
        with tempfile.TemporaryDirectory(prefix="crawl-") as folder:
            report = Path(folder) / "report.json"
            log.info("%s: %s begins", schedule.name, schedule.spider)
            self._child = await asyncio.create_subprocess_exec(
                *_command(schedule, report),
                env=_environment(os.environ),
                stdin=asyncio.subprocess.DEVNULL,
                # the report; what it logs goes where we log
                stdout=asyncio.subprocess.DEVNULL,
                # Ctrl-C reaches us alone, and we tell it
                start_new_session=True,
                # held as long as the crawl runs, should we be killed
                pass_fds=(lock,),
            )
            if self._stopped:  # told so while it began
                await self.stop()
            try:
                await asyncio.wait_for(
                    self._child.wait(), schedule.longest.total_seconds()
                )
            except TimeoutError:
                log.warning("%s: longer than %s", schedule.name, schedule.longest)
                await self.stop()
            code = await self._child.wait()
            self._count(code, _read(report), time.monotonic() - began)
            self._stopped = False

    def _count(self, code: int, report: Mapping[str, Any], seconds: float) -> None:
        name, source = self._schedule.name, self._schedule.source
        outcome = _BY_CODE.get(code, "killed" if code < 0 else "failed")
        if self._stopped:
            outcome = "stopped"
        log.info(
            "%s: %s after %.1f s, exit code %s, %s rows stored",
            *(name, outcome, seconds, code),
            report.get("rows", {}).get("stored", 0),
        )
        metrics.CRAWLS.labels(name, outcome).inc()
        metrics.CRAWL_SECONDS.labels(name).set(seconds)
        if code == 0:
            metrics.CRAWL_LAST_SUCCESS.labels(name).set_to_current_time()
        for page in Page:
            count = report.get("pages", {}).get(page, 0)
            metrics.TRACKLISTS.labels(source, page).inc(count)
        for row in RowOutcome:
            metrics.ROWS.labels(source, row).inc(report.get("rows", {}).get(row, 0))
        for novelty, count in report.get("tracks", {}).items():
            metrics.CRAWL_TRACKS.labels(name, novelty).inc(count)
        for queue, outcomes in report.get("queues", {}).items():
            for published in Published:
                count = outcomes.get(published, 0)
                metrics.PUBLISHES.labels(queue, published).inc(count)

    def _begin_at_zero(self) -> None:
        """Let what is counted by schedule begin, and what its source's crawls count."""
        name = self._schedule.name
        for outcome in OUTCOMES:
            metrics.CRAWLS.labels(name, outcome)
        for gauge in (metrics.CRAWL_LAST_SUCCESS, metrics.CRAWL_SECONDS):
            gauge.labels(name)
        metrics.CRAWLS_SKIPPED.labels(name)
        metrics.CRAWLS_RUNNING.labels(name)
        for novelty in ("new", "known"):
            metrics.CRAWL_TRACKS.labels(name, novelty)
        begin_at_zero(self._schedule.source)


def _command(schedule: Schedule, report: Path) -> list[str]:
    arguments = [
        part
        for name, value in schedule.arguments.items()
        for part in ("-a", f"{name}={value}")
    ]
    return [
        *(sys.executable, "-m", "scrapers.crawl", schedule.spider),
        *arguments,
        *("--report", str(report)),
    ]


def _environment(ours: Mapping[str, str]) -> dict[str, str]:
    """Return our environment: the port of metrics is ours, and the report counts."""
    return {
        **ours,
        "ENRICHMENT_CRAWL_METRICS_PORT": "0",
        "ENRICHMENT_CRAWL_METRICS_LINGER_SECONDS": "0",
    }


def _read(path: Path) -> dict[str, Any]:
    """Read the end report; a crawl that was killed has left none."""
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return report if isinstance(report, dict) else {}


@contextmanager
def _only_one(name: str) -> Iterator[int | None]:
    """Hold the machine's lock of this name; None where somebody else holds it."""
    folder = Path(tempfile.gettempdir()) / f"songnodes-crawls-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    lock = os.open(folder / f"{name}.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
        else:
            yield lock
    finally:
        os.close(lock)
