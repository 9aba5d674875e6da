"""Faults injected into the running stack: each raises its own alert and no other."""

import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from tests.stack.api import Api
from tests.stack.compose import PROJECT, Compose, StackFault, run, until
from tests.stack.crawls import BROKEN, DRIFTED, REFUSED, UNSENT, one_crawl, schedule
from tests.stack.monitoring import Prometheus

ALERTMANAGER = PROJECT / "monitoring/alertmanager/alertmanager.yml"
# What an alert may take at most, what else may fire meanwhile, what healing may take.
FIRES_SECONDS, SETTLE_SECONDS, QUIET_SECONDS = 120, 6, 150
# Runs in the orchestrator's container, which has a client of the broker.
POISON = """
import os, pika
at = pika.ConnectionParameters(
    os.environ["RABBITMQ_HOST"], virtual_host=os.environ["RABBITMQ_VHOST"],
    credentials=pika.PlainCredentials(
        os.environ["RABBITMQ_USER"], os.environ["RABBITMQ_PASS"]))
channel = pika.BlockingConnection(at).channel()
channel.confirm_delivery()
for number in range(110):
    channel.basic_publish("", "metadata_enrichment_queue", b"no JSON: %d" % number)
"""
SIMULATED = """
import sys, urllib.request
urllib.request.urlopen(urllib.request.Request(
    "http://127.0.0.1:8100/_simulator/faults", sys.argv[1].encode(),
    {"Content-Type": "application/json"}))
"""


@dataclass(frozen=True)
class Fault:
    """
    One thing that goes wrong, for as long as the context is open.

    Args:
        work: done every second or two meanwhile.
        stays: its alert goes on firing when it is over, by the length of its window.
    """

    name: str
    alert: str
    open: Callable[[], "Iterator[None]"]
    work: Callable[[], object] | None = None
    stays: bool = False


@dataclass(frozen=True)
class Raised:
    """
    What an injected fault came to.

    Args:
        seconds: from the fault to its alert.
        wrong: which were raised instead of its own alone; empty when all is right.
    """

    seconds: float
    wrong: str


class Faults:
    """The faults, and what each needs of the stack."""

    def __init__(self, stack: Compose, api: Api, prometheus: Prometheus) -> None:
        self._stack = stack
        self._api = api
        self._prometheus = prometheus
        self._asked = 0
        self._staying: set[str] = set()

    def all(self) -> Sequence[Fault]:
        """Return them, those first that a short time must not leave out."""
        ask = self._ask_for_unknown
        return (
            Fault("a worker hangs", "EnrichmentTargetDown",
                  lambda: self._hung("enrichment-worker")),
            Fault("a hundred and ten messages are no JSON", "EnrichmentDLQBacklog",
                  self._poison, stays=True),
            Fault("a scheduled crawl finds nothing", "EnrichmentCrawlFailing",
                  lambda: self._scheduled(BROKEN), stays=True),
            Fault("a site refuses a crawl", "EnrichmentCrawlBlocked",
                  self._refused_crawl, stays=True),
            Fault("a crawl cannot reach the broker", "EnrichmentPublisherFailing",
                  self._unsent),
            Fault("twenty pages have a new design", "EnrichmentSelectorDrift",
                  lambda: self._scheduled(DRIFTED), stays=True),
            Fault("Redis is away while tracks are looked up",
                  "EnrichmentCacheUnavailable", lambda: self._away("redis"), ask),
            Fault("a lane has work and no worker", "EnrichmentNoConsumers",
                  self._no_backlog_worker),
            Fault("Last.fm refuses a call", "EnrichmentRateLimitViolations",
                  self._refused_once, ask),
            # each another provider: the one before may still rest
            Fault("MusicBrainz answers with errors", "EnrichmentAPICompleteFail",
                  lambda: self._provider("musicbrainz", kind="server_error"), ask),
            Fault("the API is gone", "EnrichmentTargetDown",
                  lambda: self._away("metadata-enrichment")),
            Fault("the broker is away", "EnrichmentTargetDown",
                  lambda: self._away("rabbitmq")),
            Fault("Spotify takes 8 seconds", "EnrichmentAPIHighLatency",
                  lambda: self._provider("spotify", kind="slow", seconds=32), ask),
            Fault("Postgres is away", "EnrichmentSchedulerSilent",
                  lambda: self._away("postgres")),
            Fault("fifty tracks that nobody has asked for",
                  "EnrichmentCacheHitRateCritical", self._flood),
        )  # fmt: skip

    def inject(self, fault: Fault) -> Raised:
        """Let it happen and heal it; give the alerts that were raised."""
        self._quiet()
        began = time.time()
        with contextmanager(fault.open)():
            with suppress(StackFault):
                until("it fires", lambda: self._watched(fault), FIRES_SECONDS)
            seconds = time.time() - began
            time.sleep(SETTLE_SECONDS)
        staying = set(self._staying)
        if fault.stays:
            self._staying.add(fault.alert)
        # what is raised only when it is over is raised by it, too
        self._quiet()
        raised = self._prometheus.fired_since(began) - staying - muted_by(fault.alert)
        exact = raised == {fault.alert}
        wrong = f"{fault.name}: {sorted(raised)} instead of {fault.alert}"
        return Raised(round(seconds, 1), "" if exact else wrong)

    def _watched(self, fault: Fault) -> bool:
        if fault.work is not None:
            with suppress(OSError):
                fault.work()
        return fault.alert in self._prometheus.alerts("firing")

    def _quiet(self) -> None:
        """Wait until nothing of the last fault is left."""
        until(
            "no alert",
            lambda: not (self._prometheus.alerts("firing|pending") - self._staying),
            QUIET_SECONDS,
        )

    def _ask_for_unknown(self) -> None:
        self._asked += 1
        self._api.ask_for(f"Nobody Number {self._asked}", "Never Recorded")
        time.sleep(1)

    # each is open while the fault lasts

    def _hung(self, service: str) -> Iterator[None]:
        container = self._stack.containers(service)[0]["ID"]
        run("docker", "pause", container)
        try:
            yield
        finally:
            run("docker", "unpause", container)
        self._stack.wait([service])

    def _away(self, service: str) -> Iterator[None]:
        self._stack("stop", "-t", "20", service)
        try:
            yield
        finally:
            self._stack("start", service)
        self._stack.wait([service, "enrichment-worker", "enrichment-backlog-worker"])

    def _backlog(self) -> None:
        """Ten tracks of the backlog that are to be published."""
        self._stack.psql(
            "UPDATE tracks SET status = 'pending', published_at = NULL, lane ="
            " 'backlog', first_queued_at = now() - interval '2 minutes'"
            " WHERE track_id IN (SELECT track_id FROM tracks LIMIT 10)"
        )

    def _no_backlog_worker(self) -> Iterator[None]:
        self._stack("stop", "-t", "20", "enrichment-backlog-worker")
        self._backlog()
        try:
            yield
        finally:
            self._stack("start", "enrichment-backlog-worker")
        self._stack.wait(["enrichment-backlog-worker"])

    def _provider(self, name: str, **what: object) -> Iterator[None]:
        self._simulate({"provider": name, **what})
        try:
            yield
        finally:
            self._simulate({"clear": True})
            # as its runbook says: otherwise it rests for as long as it was in trouble
            self._enrichment("providers", "resume", name)

    def _refused_once(self) -> Iterator[None]:
        for _ in range(8):  # calls that succeed just before
            self._ask_for_unknown()
        yield from self._provider("lastfm", kind="rate_limited", count=1)

    def _simulate(self, fault: dict[str, object]) -> None:
        self._stack(
            *("exec", "-T", "provider-simulator", "python", "-c", SIMULATED),
            json.dumps(fault),
        )

    def _enrichment(self, *command: str) -> None:
        self._stack("exec", "-T", "enrichment-worker", "enrichment", *command)

    def _flood(self) -> Iterator[None]:
        for number in range(50):
            self._api.ask_for(f"Unheard Of {number}", "Brand New")
        yield

    def _poison(self) -> Iterator[None]:
        self._stack("exec", "-T", "scraper-orchestrator", "python", "-c", POISON)
        yield

    def _scheduled(self, crawl: str) -> Iterator[None]:
        schedule(self._stack.folder, crawl)
        self._stack("restart", "-t", "20", "scraper-orchestrator")
        yield

    def _unsent(self) -> Iterator[None]:
        command = ("tracklist_files", "-a", f"path={UNSENT}")
        crawl = ("python", "-m", "scrapers.crawl", *command)
        # nothing listens there
        with one_crawl(self._stack, "scraper-files", crawl, RABBITMQ_PORT="1"):
            yield

    def _refused_crawl(self) -> Iterator[None]:
        site = {"MIXESDB_BASE_URL": "http://127.0.0.1:8000", "SCRAPER_CONTACT": "us"}
        crawl = ("python", "-c", REFUSED)
        with one_crawl(self._stack, "scraper-mixesdb", crawl, **site):
            yield


def muted_by(alert: str) -> set[str]:
    """Name the alerts that Alertmanager does not tell of while this one fires."""
    rules = ALERTMANAGER.read_text().partition("inhibit_rules:")[2]
    found: set[str] = set()
    for source, target in re.findall(
        r"source_matchers: \[(.*)\]\n\s+target_matchers: \[(.*)\]", rules
    ):
        if f'"{alert}"' in source:
            found |= set(re.findall(r"\w{9,}", target.partition("alertname")[2]))
    return found
