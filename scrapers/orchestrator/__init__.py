"""Runs crawls on their schedules, one process each, until SIGTERM."""

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from apscheduler.events import EVENT_JOB_MAX_INSTANCES, JobSubmissionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from scrapy.settings import Settings
from scrapy.spiderloader import get_spider_loader

from enrichment.contract import metrics
from enrichment.contract.env_file import EnvFileInvalid, with_env_file
from enrichment.contract.health import HealthServer
from enrichment.contract.texts import log_lines
from scrapers.environment import Environment
from scrapers.orchestrator.crawl_process import CrawlProcess
from scrapers.orchestrator.schedules import Schedules, SchedulesInvalid, read_schedules

log = logging.getLogger(__name__)

# As the command `enrichment` ends: sysexits.h, EX_CONFIG
MISCONFIGURED = 78
BEAT_SECONDS = 1.0
# A turn that comes late by this much, on a busy machine, is still taken.
LATE_SECONDS = 300


class Orchestrator:
    """
    Holds the scheduler and every schedule's process.

    Args:
        grace_seconds: for crawls that are told to end.
    """

    def __init__(self, schedules: Schedules, *, grace_seconds: float) -> None:
        self._schedules = schedules
        self._slots = asyncio.Semaphore(schedules.at_once)
        self._stopping = False
        self._turns: set[asyncio.Task[None]] = set()
        self._crawls = {
            schedule.name: CrawlProcess(schedule, grace_seconds=grace_seconds)
            for schedule in schedules.crawl
        }
        self._scheduler = AsyncIOScheduler(timezone=UTC)

    def start(self) -> None:
        """Run every schedule at its times."""
        self._scheduler.add_listener(_skipped, EVENT_JOB_MAX_INSTANCES)
        for schedule in self._schedules.crawl:
            first = {"next_run_time": datetime.now(UTC)} if schedule.every else {}
            self._scheduler.add_job(
                self._turn,
                schedule.trigger,
                args=(schedule.name,),
                id=schedule.name,
                max_instances=1,
                # many turns missed are one
                coalesce=True,
                misfire_grace_time=LATE_SECONDS,
                **first,
            )
        self._scheduler.start()

    def note_next_turns(self) -> None:
        """Keep the gauge of what comes next true."""
        for turn in self._scheduler.get_jobs():
            if turn.next_run_time is not None:
                at = turn.next_run_time.timestamp()
                metrics.CRAWL_NEXT.labels(turn.id).set(at)

    async def stop(self) -> None:
        """Begin nothing more, end what runs gently, wait for it."""
        self._stopping = True
        self._scheduler.remove_all_jobs()
        await asyncio.gather(*(crawl.stop() for crawl in self._crawls.values()))
        await asyncio.gather(*self._turns, return_exceptions=True)
        self._scheduler.shutdown(wait=False)

    def kill(self) -> None:
        """End what runs at once."""
        for crawl in self._crawls.values():
            crawl.kill()

    async def _turn(self, name: str) -> None:
        # the scheduler's own shutdown would cancel it; a crawl is ended gently
        turn = asyncio.ensure_future(self._crawl(name))
        self._turns.add(turn)
        turn.add_done_callback(self._turns.discard)
        await asyncio.shield(turn)

    async def _crawl(self, name: str) -> None:
        async with self._slots:
            if self._stopping:
                return
            try:
                await self._crawls[name].run()
            except Exception:
                # one crawl that cannot be started stops no other
                log.exception("%s: cannot be run", name)
                metrics.CRAWLS.labels(name, "failed").inc()


async def run(
    schedules: Schedules, *, host: str, port: int, grace_seconds: float
) -> None:
    """
    Run until SIGTERM or SIGINT; a second one ends crawls at once.

    Raises:
        SchedulesInvalid: the port is taken.
    """
    stop = asyncio.Event()
    orchestrator = Orchestrator(schedules, grace_seconds=grace_seconds)

    def asked() -> None:
        if stop.is_set():
            orchestrator.kill()
        log.info("Told to stop: ending crawls")
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked)
    health = HealthServer()
    try:
        health.open(host, port)
    except OSError as error:
        raise SchedulesInvalid(
            f"ENRICHMENT_CRAWL_METRICS_PORT {port}: {error}; 0 takes any free one"
        ) from error
    log.info("%d schedules, metrics on port %d", len(schedules.crawl), health.port)
    orchestrator.start()
    beating = asyncio.create_task(_beat(health, orchestrator))
    told = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({told, beating}, return_when=asyncio.FIRST_COMPLETED)
        await orchestrator.stop()
        if beating.done():
            # it shows that we live and keeps the gauges: without it nobody knows
            beating.result()
    finally:
        told.cancel()
        beating.cancel()
        health.close()


async def _beat(health: HealthServer, orchestrator: Orchestrator) -> None:
    while True:
        health.moved()
        orchestrator.note_next_turns()
        await asyncio.sleep(BEAT_SECONDS)


def _skipped(event: JobSubmissionEvent) -> None:
    log.warning("%s: still running, this turn is left out", event.job_id)
    metrics.CRAWLS_SKIPPED.labels(event.job_id).inc()


def configured(
    variables: Mapping[str, str],
) -> tuple[Schedules, str, int, float]:
    """
    Read the environment and the file it names.

    Raises:
        SchedulesInvalid: naming all that is wrong.
    """
    environment = Environment(variables)
    port = int(environment.number("ENRICHMENT_CRAWL_METRICS_PORT", 0, most=65535))
    host = environment.text("ENRICHMENT_CRAWL_METRICS_HOST", "127.0.0.1")
    grace = environment.number("SCRAPER_STOP_GRACE_SECONDS", 50)
    path = environment.text("SCRAPER_SCHEDULES")
    schedules = read_schedules(Path(path)) if path else Schedules()
    faults = [*environment.faults]
    known = get_spider_loader(Settings({"SPIDER_MODULES": ["scrapers.spiders"]})).list()
    for schedule in schedules.crawl:
        if schedule.spider not in known:
            there_are = ", ".join(known)
            faults.append(
                f"crawl {schedule.name}: no spider {schedule.spider!r};"
                f" there are {there_are}"
            )
    if faults:
        raise SchedulesInvalid("; ".join(faults))
    return schedules, host, port, grace


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit code."""
    argparse.ArgumentParser(
        prog="python -m scrapers.orchestrator",
        description=__doc__,
        epilog="Settings come from the environment: SCRAPER_SCHEDULES names the file"
        " of schedules; .env.example lists the others. Exit codes: 0 after SIGTERM,"
        " 78 where a setting or the file is wrong.",
    ).parse_args(arguments)
    log_lines.install()
    logging.basicConfig(
        level=logging.INFO,
        stream=sys.stderr,
        format="%(asctime)s [%(name)s] %(levelname)s: %(message)s",
    )
    # says of every turn what we say ourselves
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    try:
        schedules, host, port, grace_seconds = configured(with_env_file())
        if not schedules.crawl:
            log.warning("SCRAPER_SCHEDULES names no schedules: nothing is crawled")
        asyncio.run(run(schedules, host=host, port=port, grace_seconds=grace_seconds))
    except (SchedulesInvalid, EnvFileInvalid) as error:
        sys.stderr.write(f"orchestrator: {error}\n")
        return MISCONFIGURED
    return 0
