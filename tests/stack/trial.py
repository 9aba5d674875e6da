"""One trial of the stack: up, enrich, ask, restart, take away, upgrade, break."""

import json
import math
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.stack import guides, picture, roles, tightness
from tests.stack.api import Api
from tests.stack.compose import PROJECT, Compose, StackFault, run, until
from tests.stack.crawls import GOOD
from tests.stack.faults import Faults, Raised
from tests.stack.monitoring import Prometheus
from tests.stack.quick import quick_prometheus

WORKERS = 3
ENDED_WELL = ("enrichment-migrate", "enrichment-queue-init")
ALONGSIDE = ("prometheus", "alertmanager", "grafana", "provider-simulator")
OURS = (
    "metadata-enrichment", "scraper-orchestrator", "enrichment-worker",
    "enrichment-backlog-worker", "enrichment-reenrichment-worker",
)  # fmt: skip
STAY = ("postgres", "redis", "rabbitmq", *ALONGSIDE, *OURS)
IMAGES = ("worker", "scraper", "provider-simulator")
MIGRATION = (
    "/docker-entrypoint-initdb.d/migrations/008_enrichment_metadata_fields_up.sql"
)
UNFINISHED = "SELECT count(*) FROM tracks WHERE status <> 'completed'"
# From committed to enriched, with the demo's limits four times as fast.
ENRICH_SECONDS = 180


def say(sentence: str) -> None:
    """Log where the run is."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} stack-test: {sentence}\n")


class Trial:
    """One run over one stack; gathers what is wrong instead of ending at the first."""

    def __init__(
        self, stack: Compose, without: Sequence[str], picture_file: Path | None
    ) -> None:
        self.stack = stack
        self.picture = picture_file
        self.faults: list[str] = []
        self.report: dict[str, Any] = {"workers": WORKERS}
        port = stack.variables["PROMETHEUS_PORT"]
        self.prometheus = Prometheus(f"http://127.0.0.1:{port}")
        port = stack.variables["METADATA_ENRICHMENT_PORT"]
        token = stack.variables["ENRICHMENT_API_TOKEN"]
        self.api = Api(f"http://127.0.0.1:{port}", token)
        self.faults_until = math.inf
        without = [*without, *(() if _has_grafana() else ("grafana",))]
        self.services = [name for name in STAY if name not in without]
        if without:
            self.report["left_out"] = without

    def run(self) -> None:
        """Take every step in order."""
        self.up()
        self.ask_api()
        self.enrich()
        self.ask_orchestrator()
        enriched = time.monotonic()
        self.ask_commands()
        say("looking for passwords in logs and images")
        told = tightness.passwords_shown(self.stack, IMAGES)
        self.check(told, "passwords shown")
        self.ask_monitoring(enriched)
        self.restart()
        self.outage()
        self.upgrade()
        self.report["lost"] = self.lost()
        until("targets up", lambda: not self.prometheus.targets_down(), 90)
        self.report["targets_down"] = self.prometheus.targets_down()
        if self.picture:
            self.picture.write_text(picture.draw(self.prometheus))
        if time.monotonic() < self.faults_until:
            self.break_parts()

    def check(self, fault: object, sentence: str) -> None:
        """Note a fault."""
        if fault:
            self.faults.append(f"{sentence}: {fault}")
            say(f"FAULT {self.faults[-1]}")

    def up(self) -> None:
        say("building the images")
        for service in (
            "metadata-enrichment",
            "scraper-orchestrator",
            "provider-simulator",
        ):
            self.stack("build", service, timeout=1200)
        self.report["images_mb"] = {name: self.size(name) for name in IMAGES}
        say(f"starting {len(self.services)} services, {WORKERS} workers")
        began = time.monotonic()
        scale = f"enrichment-worker={WORKERS}"
        self.stack("up", "-d", "--scale", scale, *self.services)
        self.stack.wait([*self.services, *ENDED_WELL])
        self.report["services"] = len(self.services)
        say(f"all well after {time.monotonic() - began:.0f} s")
        targets = self.prometheus.targets
        until(
            "every worker scraped",
            lambda: targets().get("enrichment-worker") == ["up"] * WORKERS,
            90,
        )

    def size(self, image: str) -> float:
        """Return megabytes over the base image."""

        def of(name: str) -> int:
            return int(run("docker", "image", "inspect", "-f", "{{.Size}}", name))

        ours = of(f"songnodes-enrichment/{image}:{self.stack.version}")
        return round((ours - of("python:3.13-slim")) / 1e6, 1)

    def enrich(self) -> None:
        """Crawl the demo's tracklists and wait for rows."""
        say("crawling the demo's tracklists")
        began = time.monotonic()
        self.stack("up", "-d", "demo-crawl")
        until("the crawl's end", lambda: self.ended("demo-crawl"), ENRICH_SECONDS)
        self.stack.wait(["demo-crawl"])
        self.finished()
        self.report["tracks"] = int(self.stack.psql("SELECT count(*) FROM tracks"))
        self.report["enrich_seconds"] = round(time.monotonic() - began, 1)
        say(f"{self.report['tracks']} tracks in {self.report['enrich_seconds']} s")

    def ended(self, service: str) -> bool:
        """Return whether a service that does one thing has done it."""
        states = {c["State"] for c in self.stack.containers(service)}
        return states == {"exited"}

    def finished(self) -> None:
        """Wait until no track waits."""
        until(
            "every track completed",
            lambda: self.stack.psql(UNFINISHED) == "0",
            ENRICH_SECONDS,
        )

    def catalogue(self) -> list[dict[str, Any]]:
        """Return the identified rows of the demo's tracklists."""
        text = self.stack(
            *("run", "--rm", "-T", "--no-deps", "--entrypoint", "cat"),
            *("demo-catalogue", "/catalogue/tracks.jsonl"),
        )
        rows = map(json.loads, text.splitlines())
        return [row for row in rows if row["track_id"]]

    def ask_api(self) -> None:
        """Ask for a track that nobody has crawled yet, until it is explained."""
        say("asking the API")
        self.check(self.api.faults(WORKERS), "the API's answers")
        row = self.catalogue()[-1]
        names = row["artist"], row["full_title"]
        until("the track asked for is completed", self.api.completes(*names), 180)
        self.check(self.api.unexplained(row["track_id"], *names), "a track asked for")

    def ask_orchestrator(self) -> None:
        """See a scheduled crawl's end report in the metrics."""
        say("asking for the scheduled crawl")
        of_schedule = f'{{schedule="{GOOD}",outcome="achieved"}}'
        crawls = f"sum(enrichment_crawls_run_total{of_schedule})"
        until("a crawl achieved", lambda: self.prometheus.value(crawls) >= 1, 120)
        self.report["scheduled_crawls"] = int(self.prometheus.value(crawls))
        rows = 'sum(enrichment_rows_scraped_total{job="scraper-orchestrator"})'
        self.check(not self.prometheus.value(rows) > 0, "rows in its end report")

    def break_parts(self) -> None:
        """Inject fault after fault, as many as time allows; each has its alert."""
        say("breaking one part after the other")
        raised: dict[str, Raised] = {}
        with quick_prometheus(self.stack) as quick:
            faults = Faults(self.stack, self.api, quick)
            for fault in faults.all():
                if time.monotonic() > self.faults_until:
                    say(f"no time is left for: {fault.name}")
                    continue
                say(f"{fault.name}: {fault.alert}")
                raised[fault.name] = faults.inject(fault)
                self.check(raised[fault.name].wrong, "alerts raised")
        self.report["faults_injected"] = len(raised)
        self.report["alerts_exact"] = sum(not one.wrong for one in raised.values())
        self.report["alert_seconds"] = {k: one.seconds for k, one in raised.items()}

    def lost(self) -> int:
        """Count tracks of the tracklists that have no completed row."""
        expected = {row["track_id"] for row in self.catalogue()}
        done = self.stack.psql("SELECT track_id FROM tracks WHERE status = 'completed'")
        return len(expected - set(done.split()))

    def ask_monitoring(self, enriched: float) -> None:
        say("asking Prometheus")
        # two scrapes of the end of the crawl
        time.sleep(max(0.0, enriched + 35 - time.monotonic()))
        asked = self.prometheus
        self.check(asked.alerts_missing(), "alerts not loaded")
        self.check(not asked.told() and "no Alertmanager", "told of alerts")
        self.check(asked.undocumented(), "documented queries without an answer")
        empty = asked.panels_empty()
        self.check(empty, "panels without data")
        self.report["dashboard_panels_empty"] = len(empty)
        workers = asked.value('count(up{job="enrichment-worker"} == 1)')
        self.check(workers != WORKERS and workers, "workers seen")
        seen = asked.value("sum(enrichment_tasks_total)")
        self.check(seen < self.report["tracks"] and seen, "tracks counted in metrics")

    def ask_commands(self) -> None:
        say("running the commands that users know")
        stack = self.stack
        stack(
            *("exec", "-T", "postgres", "psql", "-U", "musicdb_user", "-d", "musicdb"),
            *("-v", "ON_ERROR_STOP=1", "-f", MIGRATION),
        )
        stack("up", "-d", "enrichment-queue-init")
        stack.wait(["enrichment-queue-init"])
        stack("exec", "-T", "enrichment-worker", "enrichment", "doctor")
        self.check(tightness.queues_unlike(stack, WORKERS), "rabbitmqctl list_queues")
        self.check(tightness.run_by_root(stack), "processes of root")
        say("trying what is forbidden")
        self.check(roles.forbidden_and_done(stack), "forbidden, and done")
        self.check(roles.passwords_of_others(stack), "passwords of others")
        say("running the guides' blocks")
        self.check(guides.faults(stack, stack.folder), "guides' blocks that fail")

    def put_back(self, tracks: int) -> None:
        """Make so many tracks unpublished: the sweep must bring them to their end."""
        self.stack.psql(
            "UPDATE tracks SET status = 'pending', published_at = NULL,"  # noqa: S608 (a number)
            " first_queued_at = now() - interval '2 minutes' WHERE track_id IN"
            f" (SELECT track_id FROM tracks ORDER BY random() LIMIT {tracks:d})"
        )

    def outage(self) -> None:
        """Take all servers away: workers must say so, wait, and go on by themselves."""
        say("stopping Postgres, Redis and RabbitMQ together")
        servers = ("postgres", "redis", "rabbitmq")
        self.put_back(30)
        self.stack("stop", "-t", "20", *servers)
        until("workers unhealthy", lambda: self.health() == {"unhealthy"}, 180)
        self.stack("start", *servers)
        self.stack.wait([*servers, "enrichment-worker"])
        self.finished()

    def health(self) -> set[str]:
        """Return what the workers' health checks say."""
        return {c["Health"] for c in self.stack.containers("enrichment-worker")}

    def restart(self) -> None:
        """Restart each service while work is there; all of it must be done."""
        # servers alone, what depends on none of the others together
        groups = (("postgres",), ("redis",), ("rabbitmq",), ALONGSIDE, OURS)
        for group in groups:
            services = [name for name in group if name in self.services]
            say(f"restarting {', '.join(services)}")
            self.put_back(10)
            self.stack("restart", "-t", "20", *services)
            self.stack.wait(services)
        self.stack.wait(self.services)
        self.finished()

    def upgrade(self) -> None:
        """Replace the workers one by one by those of a new image."""
        stack, version = self.stack, f"{self.stack.version}-next"
        image = "songnodes-enrichment/worker"
        # another image, not only another name for the same one
        run(
            *("docker", "build", "-q", "-t", f"{image}:{version}", "-"),
            stdin=f"FROM {image}:{stack.version}\nLABEL upgrade=next\n",
        )
        old = [c["ID"] for c in stack.containers("enrichment-worker")]
        self.put_back(60)
        for number, container in enumerate(old, 1):
            say(f"upgrading worker {number}")
            more = f"enrichment-worker={WORKERS + 1}"
            stack(
                *("up", "-d", "--no-deps", "--no-recreate", "--scale", more),
                *("--no-build", "enrichment-worker"),
                version=version,
            )
            stack.wait(["enrichment-worker"])
            run("docker", "stop", "-t", "20", container)
            run("docker", "rm", container)
        self.finished()
        images = {c["Image"] for c in stack.containers("enrichment-worker")}
        self.check(images != {f"{image}:{version}"} and images, "images after upgrade")


def _has_grafana() -> bool:
    """Where its image cannot be had, everything else is tried."""
    config = (PROJECT / "docker-compose.yml").read_text()
    (image,) = re.findall(r"image: (grafana/grafana:\S+)", config)
    if run("docker", "images", "-q", image).strip():
        return True
    try:
        run("docker", "pull", "-q", image, timeout=120)
    except (StackFault, subprocess.TimeoutExpired):
        say("Grafana's image cannot be had here: left out")
        return False
    return True
